"""Moonraker's history -> core events; anything else that it may say is let be."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from moonraker_cp.core.events import Event, HistoryLinked
from moonraker_cp.printer.history import CHANGED, MoonrakerHistory

JOB = {
    "job_id": "00002A",
    "filename": "sub/a.gcode",
    "start_time": 1_700_000_000.25,
    "status": "in_progress",
    "total_duration": 0.0,
    "auxiliary_data": [],
    "metadata": {},
    "user": "ann",
    "exists": True,
}


class Server:
    """Hands its events to whoever asked for them."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Any], None]] = {}

    def register_event_handler(self, event: str, handler: Any) -> None:
        self.handlers[event] = handler


def told(news: Any) -> list[Event]:
    server, posted = Server(), list[Event]()
    MoonrakerHistory(server, posted.append)
    server.handlers[CHANGED](news)
    return posted


def test_a_record_that_is_begun_is_told() -> None:
    linked = HistoryLinked("00002A", "sub/a.gcode", 1_700_000_000.25)
    assert told({"action": "added", "job": JOB}) == [linked]


@pytest.mark.parametrize(
    "news",
    [
        {"action": "finished", "job": JOB},
        {"action": "added"},
        {"action": "added", "job": None},
        {"action": "added", "job": {**JOB, "job_id": 42}},
        {"action": "added", "job": {**JOB, "filename": None}},
        {"action": "added", "job": {**JOB, "start_time": "now"}},
        {"job": JOB},
        None,
        [],
    ],
)
def test_anything_else_is_let_be(news: Any) -> None:
    assert told(news) == []
