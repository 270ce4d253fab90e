"""Before a start is sent: Moonraker has to see the print begin."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moonraker.server import Server

PATIENCE = 5.0
"""Seconds in which Moonraker is done with a Klipper that came back. A component that
takes longer holds no print back."""


async def settled(server: Server) -> None:
    """Wait until Moonraker is done with a Klipper that has just come back.

    Its components ask then for what they follow. What Klipper says between such a
    question and its answer reaches none of them. A print that begins just then has no
    name in Moonraker's history; nor have later ones of that file, for Klipper tells a
    name only when it is another.
    """
    connection = server.lookup_component("klippy_connection")
    wait = getattr(connection, "wait_started", None)
    if wait is not None:  # as in all versions that were tried
        with contextlib.suppress(asyncio.TimeoutError):
            await wait(PATIENCE)
