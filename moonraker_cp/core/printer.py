"""The printer as the core sees it: one look, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

UNNOTICED = 10.0
"""Seconds in which Klipper has given up a micro-controller that does not answer; it
takes about five."""


class PrintState(str, Enum):
    """Klipper's ``print_stats.state``."""

    STANDBY = "standby"
    PRINTING = "printing"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True)
class Look:
    """One look at the printer.

    ready: Klipper is up and takes commands (``webhooks.state`` is "ready");
    not_ready says why not; stopped: because it shut itself down.
    reading: ``virtual_sdcard`` is feeding a file.
    busy: ``idle_timeout`` says Printing (moving, homing, or a script runs).
    pause_flag: ``pause_resume.is_paused``, which may outlive its print.
    clock: monotonic host seconds at this look, on the clock that Klipper uses.
    """

    ready: bool = False
    not_ready: str = "Klipper has not been seen yet."
    stopped: bool = False
    state: PrintState = PrintState.STANDBY
    filename: str = ""
    message: str = ""
    reading: bool = False
    busy: bool = False
    pause_flag: bool = False
    total_duration: float = 0.0
    print_duration: float = 0.0
    filament_used: float = 0.0
    bed_temperature: float | None = None
    nozzle_temperature: float | None = None
    clock: float = 0.0

    @property
    def has_print(self) -> bool:
        """A print is under way on the printer, whoever started it."""
        return self.ready and self._shows_print

    @property
    def cut_off(self) -> bool:
        """Klipper stopped in the middle of a print: that print is over."""
        return not self.ready and self._shows_print

    @property
    def _shows_print(self) -> bool:
        return self.reading or self.state in (PrintState.PRINTING, PrintState.PAUSED)

    @property
    def has_ended_print(self) -> bool:
        return bool(self.filename) and self.state in (
            PrintState.COMPLETE,
            PrintState.CANCELLED,
            PrintState.ERROR,
        )

    @property
    def start_clock(self) -> float:
        """When the print under way began, on Klipper's clock."""
        return self.clock - self.total_duration

    @property
    def fingerprint(self) -> str:
        """Names what is loaded or was printed last, to tell two prints apart."""
        return f"{self.filename}|{self.total_duration:.4f}"

    def idle_problem(self, calm: bool = False) -> str:
        """Why no print may be started now; "" when the printer is idle.

        calm: a script of ours, which waits for the G-code lock and for the end
        of motion, has just answered. That proves more than ``idle_timeout``,
        which says Printing for half a second or more after the last move.
        """
        if not self.ready:
            return self.not_ready or "Klipper is not ready."
        if self.has_print:
            return f"The printer is busy with {self.filename or 'another print'}."
        if self.busy and not calm:
            return "The printer is moving or runs a script."
        return ""
