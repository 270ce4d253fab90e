"""Switches: every change is told to the host until the host has taken it."""

from __future__ import annotations

from .dictionary import pin_name
from .kernel import Handler, Kernel, Timer, lookup

_MAX_PENDING = 8


class Switches:
    """The levels of the input pins; they outlive every reset of the firmware."""

    FILAMENT = "FILAMENT_SWITCH"

    def __init__(self) -> None:
        self._levels = {self.FILAMENT: 1}

    @property
    def filament_present(self) -> bool:
        return bool(self._levels[self.FILAMENT])

    @filament_present.setter
    def filament_present(self, present: bool) -> None:
        self._levels[self.FILAMENT] = int(present)

    def level(self, pin: str) -> int:
        return self._levels.get(pin, 0)


class ButtonGroup:
    """Pins that are reported together, one bit each."""

    def __init__(self, kernel: Kernel, switches: Switches, oid: int) -> None:
        self._kernel = kernel
        self._switches = switches
        self._oid = oid
        self._pins: dict[int, str] = {}
        self._last = 0
        self._pending: list[int] = []
        self._taken = 0
        self._retry_ticks = 0
        self._retry: Timer | None = None

    def add(self, position: int, pin: int) -> None:
        self._pins[position] = pin_name(pin)

    def query(self, rest_ticks: int, retransmit_count: int, invert: int) -> None:
        self._pending.clear()
        self._taken = 0
        # The host takes every button for released until it hears otherwise.
        self._last = invert
        self._retry_ticks = rest_ticks * retransmit_count
        self._cancel_retry()
        if self._retry_ticks:
            self.look()

    def look(self) -> None:
        """Compare the pins with what was last seen."""
        if not self._retry_ticks:
            return
        state = 0
        for position, pin in self._pins.items():
            state |= self._switches.level(pin) << position
        if state != self._last and len(self._pending) < _MAX_PENDING:
            self._last = state
            self._pending.append(state)
            self._report(self._kernel.now())

    def acknowledge(self, count: int) -> None:
        del self._pending[:count]
        self._taken = (self._taken + count) & 0xFF
        if not self._pending:
            self._cancel_retry()

    def _report(self, clock: int) -> None:
        self._cancel_retry()
        self._kernel.respond(
            "buttons_state", self._oid, self._taken, bytes(self._pending)
        )
        self._retry = self._kernel.at(clock + self._retry_ticks, self._report)

    def _cancel_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None


class Buttons:
    """All groups, and their commands."""

    def __init__(self, kernel: Kernel, switches: Switches) -> None:
        self._kernel = kernel
        self._switches = switches
        self._groups: dict[int, ButtonGroup] = {}

    def commands(self) -> dict[str, Handler]:
        return {
            "config_buttons": self._config,
            "buttons_add": self._add,
            "buttons_query": self._query,
            "buttons_ack": self._ack,
        }

    def look(self) -> None:
        for group in self._groups.values():
            group.look()

    def _config(self, oid: int, _count: int) -> None:
        self._groups[oid] = ButtonGroup(self._kernel, self._switches, oid)

    def _add(self, oid: int, position: int, pin: int, _pull_up: int) -> None:
        lookup(self._groups, oid).add(position, pin)

    def _query(
        self, oid: int, _clock: int, rest_ticks: int, retransmit_count: int, invert: int
    ) -> None:
        lookup(self._groups, oid).query(rest_ticks, retransmit_count, invert)

    def _ack(self, oid: int, count: int) -> None:
        lookup(self._groups, oid).acknowledge(count)
