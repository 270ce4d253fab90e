"""Moonraker's own history: which of its records is of which print.

Moonraker tells of a record when a print begins and when it has ended; the first is
enough. Where its history is not loaded, nothing is ever told, and runs have no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from ..core.events import Event, HistoryLinked

if TYPE_CHECKING:
    from moonraker.server import Server

CHANGED = "history:history_changed"


class MoonrakerHistory:
    """Posts HistoryLinked for every record that is begun."""

    def __init__(self, server: Server, post: Callable[[Event], None]) -> None:
        self._post = post
        server.register_event_handler(CHANGED, self._on_changed)

    def _on_changed(self, news: Any) -> None:
        """Never raises: Moonraker's history is not ours to disturb."""
        event = read_news(news)
        if event is not None:
            self._post(event)


def read_news(news: Any) -> HistoryLinked | None:
    """What is said, if it is of a record that is begun and has the known form:

    {"action": "added" or "finished",
     "job": {"job_id": text, "filename": path, "start_time": seconds, …}}
    """
    if not isinstance(news, Mapping) or news.get("action") != "added":
        return None
    job = news.get("job")
    if not isinstance(job, Mapping):
        return None
    history_id, path = job.get("job_id"), job.get("filename")
    began = job.get("start_time")
    if not isinstance(history_id, str) or not isinstance(path, str):
        return None
    if not isinstance(began, (int, float)):
        return None
    return HistoryLinked(history_id, path, float(began))
