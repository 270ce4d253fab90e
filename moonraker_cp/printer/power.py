"""The printer's power, by one of Moonraker's [power] devices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable

from ..core.cooling import is_cold
from ..core.errors import Conflict
from ..core.printer import UNNOTICED

if TYPE_CHECKING:
    from moonraker.server import Server

COMPONENT = "power"

PATIENCE = 30.0
"""Seconds that a device may take; Moonraker itself would try for minutes."""

STILL_BEGINS = "init"
"""What a device says that Moonraker has not reached yet, since its own start."""

AGAIN = 1.0
"""Seconds until such a device is asked again."""


class Power:
    """device: as in the section's name, [power printer]. has_print: whether a print is
    on the printer, paused ones too; a device's own lock knows nothing of those."""

    def __init__(
        self, server: Server, device: str, has_print: Callable[[], bool]
    ) -> None:
        self._server = server
        self._device = device
        self._has_print = has_print

    async def turn_on(self) -> str | None:
        """None: it is on. Otherwise a sentence that says why it is not."""
        return await self._turn("on")

    async def turn_off(self) -> str | None:
        """None: it is off. Otherwise a sentence that says why it is not."""
        return await self._turn("off")

    async def _turn(self, wanted: str) -> str | None:
        power: Any = self._server.lookup_component(COMPONENT, None)
        device = power.devices.get(self._device) if power is not None else None
        if device is None:
            return (
                f"Moonraker has no section [power {self._device}]. Add it to"
                " moonraker.conf, or give the name of another device."
            )
        request = asyncio.ensure_future(self._request(device, wanted))
        try:
            await asyncio.wait({request}, timeout=PATIENCE)
            return self._problem(request, wanted)
        finally:
            request.cancel()  # "off" must not come true long after it was wanted

    async def _request(self, device: Any, wanted: str) -> str:
        """The device's state after it; one that has it already is left alone."""
        while True:
            if wanted == "off" and self._has_print():
                raise Conflict("a print is on the printer.")
            state = str(await device.process_request(wanted))
            if state != STILL_BEGINS:
                return state
            await asyncio.sleep(AGAIN)

    def _problem(self, request: asyncio.Future[str], wanted: str) -> str | None:
        """A device may raise anything; that is its answer."""
        name = f"The power device {self._device}"
        if not request.done() or request.cancelled():
            return f"{name} did not answer within {PATIENCE:g} s."
        error = request.exception()
        if error is not None:
            words = str(error) or type(error).__name__
            return f"{name} could not be turned {wanted}: {words}"
        state = request.result()
        if state != wanted:
            return f"{name} was to be turned {wanted}, but says {state}."
        return None


class OffWhenCool:
    """Calls `off` once, when bed and nozzle are both at `below` °C or less and stay so:
    until Klipper would have noticed that its micro-controller is dead. What goes away
    after we have turned it off is asked about no more.

    Close it when anything else happens; there is no time limit, for a printer that
    does not cool stays on.
    """

    def __init__(self, below: float, off: Callable[[], None]) -> None:
        self._below = below
        self._off = off
        self._believer: asyncio.TimerHandle | None = None
        self.is_open = True

    def look(self, bed: float | None, nozzle: float | None) -> None:
        """The newest readings; None as soon as Klipper is not ready to tell: an old
        reading must not be believed. The same ones may be told again."""
        if not self.is_open:
            return
        if not (is_cold(bed, self._below) and is_cold(nozzle, self._below)):
            self._doubt()
        elif self._believer is None:
            loop = asyncio.get_running_loop()
            self._believer = loop.call_later(UNNOTICED, self._believe)

    def close(self) -> None:
        self.is_open = False
        self._doubt()

    def _doubt(self) -> None:
        if self._believer is not None:
            self._believer.cancel()
            self._believer = None

    def _believe(self) -> None:
        self.close()
        self._off()
