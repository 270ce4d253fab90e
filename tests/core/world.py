"""What is really there: a printer, its bed and what lies on it.

Knows nothing of the queue. Whoever starts a print is told apart by `owner`: the
id of the run it was started for, or None for a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.spools import Spool, Spools

FILES = {"b": FileFacts(materials=("PETG",))}
"""What is known of files: one needs a material of its own."""

TINY = "tiny"
"""A file of one line: it has ended before anybody can see it run."""


class Klippy(Enum):
    READY = "ready"
    STOPPED = "stopped"  # shut down, but there
    GONE = "gone"


@dataclass
class Print:
    path: str
    owner: int | None
    began: float


@dataclass
class World:
    klippy: Klippy = Klippy.READY
    clock: float = 1000.0
    print: Print | None = None
    state: PrintState = PrintState.STANDBY
    filename: str = ""
    total: float = 0.0
    part: bool = False
    hot: bool = False
    moving: bool = False
    flag: bool = False
    script: bool = False
    spool: str = "PETG"  # what is loaded; "": nobody knows
    rendering: bool = False  # a time-lapse is being made
    ends: int = 0
    good: set[int] = field(default_factory=set)  # runs that really ended well
    reached: set[int] = field(default_factory=set)  # starts that Klipper took
    strangers: list[tuple[str, float]] = field(default_factory=list)

    @property
    def look(self) -> Look:
        if self.klippy is Klippy.GONE:
            return Look(not_ready="Klipper is not connected.", clock=self.clock)
        running = self.state is PrintState.PRINTING
        if self.print is not None:
            self.total = self.clock - self.print.began
        ready = self.klippy is Klippy.READY
        return Look(
            ready=ready,
            not_ready="" if ready else "Klipper is stopped.",
            stopped=not ready,
            state=self.state,
            filename=self.filename,
            reading=running and ready,
            busy=self.moving or self.script or self.print is not None,
            pause_flag=self.flag,
            total_duration=self.total,
            print_duration=self.total,
            bed_temperature=60.0 if self.hot else 22.0,
            clock=self.clock,
        )

    @property
    def spools(self) -> Spools:
        return (Spool(self.spool, None, None),) if self.spool else ()

    def lacks_material(self, path: str) -> bool:
        """Whether what is loaded is known to be wrong."""
        return path == "b" and self.spool == "PLA"

    @property
    def free(self) -> bool:
        """Nothing prints and no script runs."""
        ready = self.klippy is Klippy.READY
        return ready and self.print is None and not self.script

    def begin(self, path: str, owner: int | None) -> None:
        """A print begins; one that was paused is thrown away by it."""
        self.print = Print(path, owner, self.clock)
        self.state, self.filename, self.total = PrintState.PRINTING, path, 0.0
        self.part = self.hot = True
        if owner is not None:
            self.reached.add(owner)

    def end(self, state: PrintState, *, empties_name: bool = False) -> Print:
        assert self.print is not None
        ended, self.print = self.print, None
        self.ends += 1  # two real prints never last equally long, to the millisecond
        lasted = self.clock - ended.began + self.ends / 1000
        self.total = 0.001 if ended.path == TINY else lasted
        self.state, self.moving = state, True
        if state is PrintState.COMPLETE:
            if ended.owner is None:
                self.strangers.append((ended.path, self.clock))
            else:
                self.good.add(ended.owner)
        if empties_name:
            self.state, self.filename, self.total = PrintState.STANDBY, "", 0.0
        return ended

    def lose(self, klippy: Klippy) -> None:
        """Shut down or killed: a print is over; Klipper shows it as paused."""
        self.klippy = klippy
        if self.print is not None:
            self.state = PrintState.PAUSED
        self.print, self.script, self.moving = None, False, False

    def come_back(self) -> None:
        self.klippy, self.state = Klippy.READY, PrintState.STANDBY
        self.filename, self.total, self.flag = "", 0.0, False
