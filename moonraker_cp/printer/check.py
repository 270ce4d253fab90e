"""What is wrong with a script's G-code, before it is sent. Pure.

Klipper says of an unknown command only a line on the console and runs the rest, so that
half a script can sweep a bed. Errors here stop a script; warnings are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from .known import Axes, Machine

MOST = 50
"""The most errors, and the most warnings, that are told."""

ROOM = 25.0
"""°C: what is colder may never be reached."""


class Severity(str, Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """line: of the script's G-code, from 1; None: about the whole script."""

    line: int | None
    severity: Severity
    code: str
    text: str
    advice: str

    @property
    def sentence(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        return f"{where}{self.text} {self.advice}"


UNSURE = Finding(
    None,
    Severity.WARNING,
    "commands_not_known",
    "Klipper did not name all commands that it knows.",
    "Commands that are not known may be missed here, or be known after all.",
)


@dataclass(frozen=True)
class Line:
    """One line as Klipper reads it. letters: {"S": 60.0}; names: {"SENSOR": "bed"}."""

    number: int
    text: str
    command: str
    letters: dict[str, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


_PARTS = re.compile(r"([A-Z_]+|[A-Z*])")
_LETTER = re.compile(r"([A-Z])\s*([-+]?(?:\d+\.?\d*|\.\d+))")
_NAMED = re.compile(r"([A-Z_]+)=(\S+)")
_CLASSIC = re.compile(r"[A-Z]\d+(\.\d+)?$")
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*$")

SILENT = {"M105", "M21", "M107", "M106", "M104", "M140"}
"""Accepted, or nearly always so, by every Klipper."""

TEXT_FOLLOWS = ("M117", "M118", "M23")

MARLIN = {
    "@PAUSE": "Use bed_clearing: manual to wait for a person.",
    "M17": "Leave it out: Klipper turns motors on when they move.",
    "M300": "Leave it out, or write a [gcode_macro M300] for your beeper.",
    "M0": "Use bed_clearing: manual to wait for a person.",
    "M1": "Use bed_clearing: manual to wait for a person.",
    "M211": "Leave it out: Klipper always keeps within the axes.",
    "M500": "Klipper keeps its settings in printer.cfg.",
    "G20": "Write millimetres.",
    "G29": "Use BED_MESH_CALIBRATE, or write a [gcode_macro G29].",
}
RELEASE = "Use the option release_temperature: it waits without holding Klipper up."
HOLDS = "Until it ends no cancel gets through; heat in the print file instead."


def check(gcode: str, machine: Machine) -> tuple[Finding, ...]:
    """The findings by line."""
    found = [] if machine.complete else [UNSURE]
    left = dict.fromkeys(Severity, MOST)
    walk = _Walk(machine)
    for line in lines(gcode):
        for one in walk.see(line):
            left[one.severity] -= 1
            if left[one.severity] >= 0:
                found.append(one)
        if left[Severity.ERROR] <= 0:
            break
    return tuple(found)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.severity is Severity.ERROR)


def lines(gcode: str) -> Iterator[Line]:
    """The lines that hold a command."""
    for number, raw in enumerate(gcode.split("\n"), 1):
        text = raw.strip().split(";", 1)[0].strip()
        upper = text.upper()
        parts = _PARTS.split(upper)
        if "".join(parts[:2]) == "N":  # a line number
            parts = ["", *parts[3:]]
            upper = "".join(parts)
        command = "".join(parts[:3]).strip()
        if not command:
            continue
        rest = upper[len("".join(parts[:3])) :]
        if _CLASSIC.match(command):
            letters = {key: float(value) for key, value in _LETTER.findall(rest)}
            yield Line(number, text, command, letters)
        else:
            yield Line(number, text, command, names=dict(_NAMED.findall(upper)))


class _Walk:
    """Goes through a script and keeps what is known of the printer on the way."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._absolute = machine.absolute
        self._homed: set[str] | None = (
            None if machine.homed is None else set(machine.homed)
        )
        self._offset: Axes | None = machine.offset
        self._told: set[str] = set()

    def see(self, line: Line) -> Iterator[Finding]:
        machine = self._machine
        if line.command in machine.macros:
            self._forget()  # a macro may home, move, and change anything
            return
        unknown = self._unknown(line)
        if unknown is not None:
            yield unknown
        trap = _TRAPS.get(line.command)
        if trap is not None:
            yield from trap(self, line)

    def _forget(self) -> None:
        self._absolute = self._homed = self._offset = None

    def _unknown(self, line: Line) -> Finding | None:
        machine, command = self._machine, line.command
        first = command.split()[0]
        is_name = bool(_CLASSIC.match(command) or _NAME.match(command))
        if first in TEXT_FOLLOWS or command in SILENT or command in self._told:
            return None
        if is_name and (machine.commands is None or command in machine.commands):
            return None
        self._told.add(command)
        advice = MARLIN.get(command)
        if advice is None:
            near = _near(command, machine.commands or ())
            advice = (
                f"Did you mean {near[0]}?"
                if near
                else "Correct it, or write a macro of that name."
            )
        sure = machine.complete or not is_name
        severity = Severity.ERROR if sure else Severity.WARNING
        text = f"Klipper does not know {_quoted(line.text.split()[0])}."
        return Finding(line.number, severity, "unknown_command", text, advice)

    # -- traps -----------------------------------------------------------------

    def bed_wait(self, line: Line) -> Iterator[Finding]:
        if "S" not in line.letters:
            if "R" in line.letters:
                text = f"{_quoted(line.text)} turns the bed off and waits for nothing."
                advice = f"Klipper ignores R. {RELEASE}"
                yield Finding(line.number, Severity.ERROR, "ignored_r", text, advice)
            return
        yield from self._wait(line, line.letters["S"], self._machine.bed)

    def nozzle_wait(self, line: Line) -> Iterator[Finding]:
        yield from self._wait(line, line.letters.get("S", 0.0), None)

    def _wait(self, line: Line, target: float, now: float | None) -> Iterator[Finding]:
        if target <= 0:
            return  # turns the heater off and does not wait
        if target < ROOM:
            yield _below_room(line, target)
        elif now is not None and target < now:
            yield _cooling(line)
        else:
            yield _warning(line, "holds_klipper", "holds Klipper up.", HOLDS)

    def sensor_wait(self, line: Line) -> Iterator[Finding]:
        most = _number(line.names.get("MAXIMUM"))
        if most is None:
            yield _warning(line, "holds_klipper", "holds Klipper up.", HOLDS)
        elif most < ROOM:
            yield _below_room(line, most)
        else:
            yield _cooling(line)

    def home(self, line: Line) -> Iterator[Finding]:
        axes = {one for one in "XYZ" if re.search(rf"\b{one}", line.text.upper()[3:])}
        self._homed = None if self._homed is None else self._homed | (axes or {*"XYZ"})
        return iter(())

    def motors_off(self, line: Line) -> Iterator[Finding]:  # noqa: ARG002
        self._homed = set() if self._homed is not None else None
        return iter(())

    def absolute(self, line: Line) -> Iterator[Finding]:
        self._absolute = line.command == "G90"
        return iter(())

    def shift(self, line: Line) -> Iterator[Finding]:  # noqa: ARG002
        self._offset = None
        return iter(())

    def move(self, line: Line) -> Iterator[Finding]:
        wanted = {axis: line.letters[axis] for axis in "XYZ" if axis in line.letters}
        homed = self._homed
        loose = [axis for axis in wanted if homed is not None and axis not in homed]
        if loose and homed is not None:
            homed.update(loose)  # say it once for each axis
            yield _warning(
                line,
                "not_homed",
                f"moves {', '.join(loose)}, and the printer is not homed.",
                "Home first, if no part is in the way: G28 "
                + " ".join(loose)
                + ". Klipper would stop there.",
            )
        if self._absolute and self._offset is not None:
            yield from self._outside(line, wanted, self._offset)

    def _outside(
        self, line: Line, wanted: dict[str, float], offset: Axes
    ) -> Iterator[Finding]:
        limits = self._machine.limits
        if limits is None:
            return
        for index, axis in enumerate("XYZ"):
            if axis not in wanted:
                continue
            least, most = limits[0][index], limits[1][index]
            if not least <= wanted[axis] + offset[index] <= most:
                yield _warning(
                    line,
                    "out_of_range",
                    f"goes to {axis}{wanted[axis]:g}, outside of the axis.",
                    f"It goes from {least:g} to {most:g}. Klipper would stop there.",
                )


_TRAPS = {
    "M190": _Walk.bed_wait,
    "M109": _Walk.nozzle_wait,
    "TEMPERATURE_WAIT": _Walk.sensor_wait,
    "G28": _Walk.home,
    "M84": _Walk.motors_off,
    "M18": _Walk.motors_off,
    "G90": _Walk.absolute,
    "G91": _Walk.absolute,
    "G92": _Walk.shift,
    "SET_GCODE_OFFSET": _Walk.shift,
    "RESTORE_GCODE_STATE": _Walk.shift,
    **{f"G{number}": _Walk.move for number in range(4)},
}


def _near(command: str, known: Iterable[str]) -> list[str]:
    """The known command that is most like it, if one is. Few scripts have a mistake,
    so the library that can tell is loaded for those."""
    from difflib import get_close_matches

    return get_close_matches(command[:60], list(known), 1, 0.75)


def _warning(line: Line, code: str, says: str, advice: str) -> Finding:
    text = f"{_quoted(line.text)} {says}"
    return Finding(line.number, Severity.WARNING, code, text, advice)


def _cooling(line: Line) -> Finding:
    says = "waits for cooling, and holds Klipper up until then."
    return _warning(line, "waits_for_cooling", says, RELEASE)


def _below_room(line: Line, target: float) -> Finding:
    says = f"waits for {target:g} °C, which a room may never be cold enough for."
    return _warning(line, "below_room", says, RELEASE)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
