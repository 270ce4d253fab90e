"""What really happened, whatever the books say: klippy's console and the motors.

The console is read past Moonraker. Its lines say when a file was opened and read to
its end, and when the sweep ran; a part lies on the bed from the one until the other, or
until the person takes it off. Each file moves the extruder by a weight of its own, so
that the simulated motor says how often each was really printed.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass

from moonraker_cp.demo.stack import Stack

from .crash_stack import extruder

BED, DOUBLED, LOST = "bed", "doubled", "lost"
"""What a broken law begins with; other words are of none of these."""
SWEEPING, SWEPT = "sweeping", "swept"
ON_ITS_WAY = 3.0
"""Seconds that a script which was sent may wait inside Klipper after Moonraker died."""
STILL_MOVES = 1.0
"""Seconds for which it moves on at most, once its file is read to its end."""
SEEN = 0.5
"""Seconds; Moonraker looks four times a second, and has no record of what it missed."""
KNOWN_WITHIN = 3.0
"""Seconds after its end in which it is in the books, if nothing fails."""
BASE = 16
"""Far enough apart, that copies of one file do not pass for those of another."""
STEPS_PER_MM = 3200 / 33.5
_OPENED = re.compile(r"^File opened: ?(?P<name>.*) Size: ?\d+$")


def weight(index: int) -> int:
    """Steps of the extruder for the file of that number."""
    return int(2 * BASE**index)


def gcode(index: int, dwells: int, bed: int = 0) -> str:
    """A file that extrudes its weight, and then lasts for so many dwells of 50 ms.

    bed: °C that it waits for first, and leaves the bed at; 0: it does not heat.
    """
    length = weight(index) / STEPS_PER_MM
    heats = f"M190 S{bed}\n" if bed else ""
    return f"{heats}M83\nG1 E{length:.6f} F3000\n" + "G4 P200\n" * dwells


@dataclass
class Printed:
    """One file that klippy opened; times are monotonic."""

    path: str
    opened: float
    done: float | None = None
    swept: float | None = None

    @property
    def lasted(self) -> float:
        return self.done - self.opened if self.done is not None else 0.0


class Truth:
    """The bed and the prints as they are; `wrong`: laws that were broken."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._at = 0
        self.prints: list[Printed] = []
        self.part: Printed | None = None
        """What lies on the bed."""
        self.crashed: list[float] = []
        self._disturbed: list[tuple[float, float]] = []
        """From when to when anything of the machine was away or failed."""
        self._dead: list[tuple[float, float]] = []
        """From when to when klippy, its controller or the power were away."""
        self.answered: list[float] = []
        self.meddled: list[float] = []
        """When a person cancelled a print, or said that it fails."""
        self.sweep_asked = 0.0
        self.wrong: list[str] = []

    def read(self) -> None:
        """Take in what klippy has said since."""
        console = self._stack.console
        while self._at < len(console.lines):
            line, when = console.lines[self._at], console.times[self._at]
            self._at += 1
            self._note(line, when)

    def _note(self, line: str, when: float) -> None:
        match = _OPENED.match(line)
        if match:
            if self.part is not None and not self._is_dead(when):
                self.wrong.append(
                    f"{BED}: {match['name']} was started over {self.part.path}"
                )
            self.part = Printed(match["name"], when)
            self.prints.append(self.part)
        elif line == "Done printing file" and self.prints:
            self.prints[-1].done = when
        elif line == f"echo: {SWEEPING}":
            self._check_sweep(when)
        elif line == f"echo: {SWEPT}":
            self._sweep(when)

    def _sweep(self, when: float) -> None:
        """Nothing moves while the controller is dead, whatever klippy believes."""
        if self.part is not None and not self._is_dead(when):
            self.part.swept = when
            self.part = None

    def _is_dead(self, when: float) -> bool:
        return any(dies <= when < back for dies, back in self._dead)

    def _check_sweep(self, when: float) -> None:
        """By itself only over a good part, of which nobody has lost sight."""
        part = self.part
        if part is None or self.sweep_asked > part.opened:
            return
        if part.done is None:
            self.wrong.append(f"{BED}: swept over {part.path}, which was not done")
        elif any(part.done < t < when - ON_ITS_WAY for t in self.crashed):
            self.wrong.append(f"{BED}: swept over {part.path} after a crash, unasked")

    def take_off(self) -> None:
        """The person has looked, and takes off whatever is there."""
        self.read()
        if self.part is not None:
            self.part.swept = time.monotonic()
        self.part = None

    @property
    def still_moves(self) -> float:
        """Seconds to wait before a hand goes in."""
        if self.part is None or self.part.done is None:
            return 0.0
        return max(self.part.done + STILL_MOVES - time.monotonic(), 0.0)

    @property
    def is_printing(self) -> bool:
        """As far as one can see from beside the printer."""
        last = self.prints[-1] if self.prints else None
        if last is None or last.done is not None or self.part is not last:
            return False
        return not any(t > last.opened for t in self.crashed)

    def is_cut_short(self, part: Printed) -> bool:
        """Whether it is no good, as anybody can see.

        klippy calls a print complete when it has read the file; and for some seconds
        it does not notice that nobody carries out what it sends.
        """
        end = float("inf")
        if part.done is not None:
            end = part.done + STILL_MOVES
            end = min(end, part.swept or end)  # motion ends before a sweep
        return any(t < end and part.opened < back for t, back in self._dead)

    def is_overtaken(self, part: Printed) -> bool:
        """Whether klippy opened another file before it noticed: nobody is asked."""
        later = [p for p in self.prints if p.opened > part.opened]
        return bool(later) and self._is_dead(later[0].opened)

    def in_peace(self, path: str) -> int:
        """Its prints that ended well with all parts alive all the time, and that
        Moonraker cannot have overlooked."""
        mine = [p for p in self.prints if p.path == path and p.done is not None]
        return sum(p.lasted >= SEEN and not self._is_disturbed(p) for p in mine)

    def _is_disturbed(self, part: Printed, until: float = STILL_MOVES) -> bool:
        end = (part.done or part.opened) + until
        return any(t < end and part.opened < back for t, back in self._disturbed)

    def is_in_doubt(self, part: Printed) -> bool:
        """Whether nobody can blame the books for not counting what klippy has done.

        Something of the machine was away before its end was known, or a person
        meddled with it.
        """
        end = (part.done or part.opened) + KNOWN_WITHIN
        meddled = any(part.opened < when < end for when in self.meddled)
        return meddled or self._is_disturbed(part, KNOWN_WITHIN)

    def trouble(self, *, printer: bool) -> None:
        """printer: it is klippy, its controller or the power that dies."""
        now = time.monotonic()
        self._disturbed.append((now, float("inf")))
        if printer:
            self._dead.append((now, float("inf")))

    def all_is_back(self) -> None:
        """From whatever it has died of, also while it came back."""
        now = time.monotonic()
        self._dead = [(dies, min(back, now)) for dies, back in self._dead]
        self._disturbed = [(t, min(back, now)) for t, back in self._disturbed]

    def whole(self, path: str) -> int:
        mine = [p for p in self.prints if p.path == path and p.done is not None]
        return sum(not self.is_cut_short(p) for p in mine)

    def done(self, path: str) -> int:
        return sum(p.path == path and p.done is not None for p in self.prints)

    def opened(self, path: str) -> int:
        return sum(p.path == path for p in self.prints)


class Odometer:
    """All that the extruder's motor has moved, over resets of its controller."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._before = 0
        self._last = (0, 0)

    @property
    def steps(self) -> int:
        return self._before + self._last[0]

    async def look(self) -> None:
        now = await extruder(self._stack)
        if now[1] != self._last[1]:
            self._before += self._last[0]
        self._last = now

    async def look_if_there(self) -> None:
        with contextlib.suppress(OSError):
            await self.look()

    def power_lost(self) -> None:
        self._before += self._last[0]
        self._last = (0, 0)


def wall(monotonic: float) -> float:
    """The time of day of a monotonic one, as the books note it."""
    return monotonic + time.time() - time.monotonic()
