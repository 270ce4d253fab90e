"""Notices to programs, as a Moonraker event, and to people, by [notifier] sections."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable

from ..core.notices import Notice

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

EVENT = "continuousprint:event"
COMPONENT = "notifier"

PATIENCE = 60.0
"""Seconds that one message may take: a service on the internet may be away."""

AT_ONCE = 3
"""The most messages that are on their way at the same time."""

MOST_WAITING = 20
"""The most that wait for them; of more, the oldest are given up."""


class Notifier:
    """names: of the [notifier] sections that people are told by. which: the notices
    that people are told; programs get all.

    Nobody ever waits for it, and nothing that goes wrong here is an exception.
    """

    def __init__(
        self,
        server: Server,
        names: tuple[str, ...],
        which: frozenset[Notice],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._server = server
        self._names = names
        self._which = which
        self._now = now
        self._waiting: deque[tuple[str, str]] = deque()
        self._sending: dict[asyncio.Task[None], str] = {}
        self._failing: dict[str, str] = {}  # what was said last of a name, to log once

    def tell(self, notice: Notice, text: str) -> None:
        """The event's fields are part of the API: docs/notifications.md."""
        news = {"event": notice.value, "text": text, "time": self._now()}
        self._server.send_event(EVENT, news)
        if notice in self._which:
            self._waiting.extend((name, text) for name in self._names)
            self._give_up_oldest()
            self._send_more()

    def stop(self) -> None:
        self._waiting.clear()
        for task in list(self._sending):
            task.cancel()

    def _give_up_oldest(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            name, text = self._waiting.popleft()
            log.warning("[notifier %s] is too slow; this was not sent: %s", name, text)

    def _send_more(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._sending) < AT_ONCE:
            name, text = self._waiting.popleft()
            task = loop.create_task(self._send(name, text))
            self._sending[task] = name
            task.add_done_callback(self._sent)

    async def _send(self, name: str, text: str) -> None:
        """Raises whatever the notifier does. It may be loaded after us."""
        notifier: Any = self._server.lookup_component(COMPONENT, None)
        if notifier is None:
            raise LookupError(f"moonraker.conf has no section [notifier {name}]")
        await asyncio.wait_for(notifier.notify_action(name, text), PATIENCE)

    def _sent(self, task: asyncio.Task[None]) -> None:
        name = self._sending.pop(task)
        if not task.cancelled():
            self._note(name, task.exception())
        self._send_more()

    def _note(self, name: str, error: BaseException | None) -> None:
        """The same trouble is logged once, until a message gets through."""
        if error is None:
            self._failing.pop(name, None)
            return
        words = f"{type(error).__name__}: {error}"
        if isinstance(error, asyncio.TimeoutError):
            words = f"no end after {PATIENCE:g} s"
        if self._failing.get(name) != words:
            self._failing[name] = words
            log.warning("[notifier %s] could not be used: %s", name, words)
