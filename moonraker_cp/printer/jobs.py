"""The print in the printer, seen and handled as front ends do it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..core.errors import Conflict, Unavailable
from ..core.printer import Look
from .catalog import amount
from .klipper import KLIPPER_AWAY
from .observer import SUBSCRIPTION, read_look
from .parts import host_clock

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a command waits for Klipper's answer.

Klipper carries out pause, resume and cancel only between two lines of G-code: while
the bed heats up that takes minutes, and nobody's client waits that long. A command that
was sent is carried out, so that after this time it counts as done.
"""

_OBJECTS: Mapping[str, list[str] | None] = {
    **SUBSCRIPTION,
    "virtual_sdcard": ["is_active", "file_position", "file_size"],
}


@dataclass(frozen=True)
class PrintSeen:
    """A fresh look, and how far the print is.

    connected: false when there is no Klipper at all. position, size: in the file, in
    bytes. estimated_time (seconds) and filament_length (mm): the slicer's words, None
    when it gave none.
    """

    look: Look
    connected: bool = True
    position: int = 0
    size: int = 0
    estimated_time: float | None = None
    filament_length: float | None = None


class PrintControls:
    """Pause, resume and cancel are Moonraker's own, with whatever listens to them.

    Each raises Conflict when Klipper refuses and Unavailable when it is gone.
    """

    def __init__(self, server: Server) -> None:
        self._apis = server.lookup_component("klippy_apis")
        self._file_manager = server.lookup_component("file_manager")
        self._error: type[Exception] = server.error
        self._tasks: set[asyncio.Task[Any]] = set()

    async def see(self) -> PrintSeen:
        """What a query shows now: subscriptions are up to 0.25 s late."""
        try:
            status = await self._apis.query_objects(_OBJECTS)
        except self._error as error:
            connected = getattr(error, "status_code", 0) != KLIPPER_AWAY
            return PrintSeen(Look(not_ready=str(error)), connected)
        look = read_look(status, host_clock())
        card = status.get("virtual_sdcard", {})
        facts = self._metadata(look.filename)
        return PrintSeen(
            look,
            position=int(card.get("file_position") or 0),
            size=int(card.get("file_size") or facts.get("size") or 0),
            estimated_time=amount(facts.get("estimated_time")),
            filament_length=amount(facts.get("filament_total")),
        )

    async def pause(self) -> None:
        await self._send(self._apis.pause_print)

    async def resume(self) -> None:
        await self._send(self._apis.resume_print)

    async def cancel(self) -> None:
        await self._send(self._apis.cancel_print)

    def _metadata(self, filename: str) -> Mapping[str, Any]:
        if not filename:
            return {}
        return dict(self._file_manager.get_file_metadata(filename))

    async def _send(self, request: Callable[[], Awaitable[Any]]) -> None:
        task = asyncio.ensure_future(request())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        error = task.exception() if done else None
        if error is None:
            return
        if not isinstance(error, self._error):
            raise error
        if getattr(error, "status_code", 0) == KLIPPER_AWAY:
            raise Unavailable(f"Klipper went away: {error}. Look at the printer.")
        raise Conflict(f"Klipper refused: {error}")

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.info("A command for the print failed: %s", error)
