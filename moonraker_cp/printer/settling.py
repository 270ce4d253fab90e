"""Before a start is sent: Moonraker has to see the print begin."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Callable

from ..core.printer import Look

if TYPE_CHECKING:
    from moonraker.server import Server

PATIENCE = 5.0
"""Seconds in which Moonraker is done with a Klipper that came back. A component that
takes longer holds no print back."""


async def settle(
    server: Server,
    look: Callable[[], Look],
    make_sure: Callable[[], Awaitable[None]],
) -> str:
    """Wait until Moonraker is done with a Klipper that has just come back.

    Its components ask then for what they follow. What Klipper says between such a
    question and its answer reaches none of them. A print that begins just then has no
    name in Moonraker's history; nor have later ones of that file, for Klipper tells a
    name only when it is another.

    make_sure: asks Klipper, if the look may be an old one.

    Returns what speaks against a start by now, "" when nothing does.
    """
    before = look().fingerprint
    connection = server.lookup_component("klippy_connection")
    with contextlib.suppress(asyncio.TimeoutError):
        await connection.wait_started(PATIENCE)
    await make_sure()
    now = look()
    if now.has_print or now.fingerprint != before:
        return "Another print was made meanwhile."
    return ""
