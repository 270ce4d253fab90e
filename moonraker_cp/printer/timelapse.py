"""moonraker-timelapse: whether it renders a video, and which video it made.

It is a component of somebody else's that may be loaded or not; without it, none of its
events ever comes. What is taken from them is written in docs/notifications.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from moonraker.server import Server

EVENT = "timelapse:timelapse_event"

STARTED = "started"
SUCCESS = "success"
ENDS = (SUCCESS, "error", "skipped")
"""The last word on a rendering. "running" is none, and does not begin one either: it
is told at each percent, so that it would outlive the limit."""


class Timelapse:
    """rendered(file, video): a video was made. file: the G-code file's name without
    its folder, which is all that is told; video: a path below the timelapse root.
    calmed: nothing is rendered any more, or for longer than `limit` seconds.

    Some renderings never end: when its ffmpeg could not be run, nothing more is told.
    """

    def __init__(
        self,
        server: Server,
        rendered: Callable[[str, str], None],
        calmed: Callable[[], None],
        limit: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._rendered = rendered
        self._calmed = calmed
        self._limit = limit
        self._now = now
        self._timer: asyncio.TimerHandle | None = None
        self.began = 0.0
        """When the newest rendering began, in seconds since the epoch: a video is of
        a print that began earlier, even when it is made late."""
        server.register_event_handler(EVENT, self._on_event)

    @property
    def rendering(self) -> bool:
        """Never for longer than the limit; never at all with a limit of 0."""
        return self._timer is not None

    def stop(self) -> None:
        """Nothing more is told to anybody who waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_event(self, news: Any) -> None:
        """Never raises: the component is not ours to disturb."""
        if not isinstance(news, Mapping) or news.get("action") != "render":
            return
        status = news.get("status")
        if status == STARTED:
            self._begin()
        elif status in ENDS:
            if status == SUCCESS:
                self._tell_video(news.get("printfile"), news.get("filename"))
            self._calm()

    def _begin(self) -> None:
        self.stop()
        self.began = self._now()
        if self._limit > 0:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limit, self._calm)

    def _tell_video(self, file: Any, video: Any) -> None:
        """Without the file's name nobody can tell whose video it is."""
        named = isinstance(file, str) and isinstance(video, str)
        if named and file and video:
            self._rendered(file, video)

    def _calm(self) -> None:
        if self._timer is not None:
            self.stop()
            self._calmed()
