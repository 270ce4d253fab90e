"""The library of bed-clearing procedures: scripts to copy, with their own numbers.

A procedure is put together of the pieces in clearing/: first those that look whether
it may run at all, then the moves. What is looked at is looked at by the script itself,
so that it stays safe wherever it is copied to. docs/clearing.md describes all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from ..core.errors import BadRequest, NotFound

FOLDER = Path(__file__).parent / "clearing"
LONGEST_NAME = 60
MACRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

Value = Union[float, str]


@dataclass(frozen=True)
class Parameter:
    """A number between least and most; or, when its default is a text, a macro's name.

    unit: "mm", "mm/s", "mm/s²" or "°C"; "" for a name.
    """

    name: str
    meaning: str
    default: Value
    unit: str = ""
    least: float | None = None
    most: float | None = None

    def read(self, value: object) -> Value:
        """What was given, numbers also as text. Raises BadRequest."""
        if isinstance(self.default, str):
            return self._macro(value)
        number = _number(value)
        if number is None:
            raise BadRequest(f"{self.name} must be a number, in {self.unit}.")
        assert self.least is not None
        assert self.most is not None
        if not self.least <= number <= self.most:
            raise BadRequest(
                f"{self.name} must be between {self.least:g} and {self.most:g}"
                f" {self.unit}."
            )
        return number

    def _macro(self, value: object) -> str:
        fits = isinstance(value, str) and len(value) <= LONGEST_NAME
        if not fits or not MACRO_NAME.match(str(value)):
            raise BadRequest(
                f"{self.name} must be the name of a macro: up to {LONGEST_NAME}"
                " letters, digits and underscores."
            )
        return str(value)

    def line(self, value: Value) -> str:
        """The line of the script that sets it."""
        shown = f'"{value}"' if isinstance(value, str) else f"{value:.10g}"
        return f"{{% set {self.name} = {shown} %}}"


@dataclass(frozen=True)
class Procedure:
    """A way to get a part off the bed.

    assumes: what has to be true of the printer, a sentence each; nobody checks it.
    template: the script without the lines that set its parameters. sketch: an SVG.
    """

    name: str
    title: str
    meaning: str
    assumes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    template: str
    sketch: str

    def script(self, given: Mapping[str, object]) -> str:
        """Ready to be copied; what is not given has its default. Raises BadRequest."""
        names = [one.name for one in self.parameters]
        strange = next((name for name in given if name not in names), None)
        if strange is not None:
            known = ", ".join(names) or "none at all"
            raise BadRequest(
                f"{self.name} has no parameter {strange[:LONGEST_NAME]!a};"
                f" it has {known}."
            )
        lines = [
            one.line(one.read(given.get(one.name, one.default)))
            for one in self.parameters
        ]
        return "\n".join((*lines, self.template))


def find(name: str) -> Procedure:
    """Raises NotFound."""
    for one in PROCEDURES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in PROCEDURES)
    raise NotFound(f"There is no procedure {name[:LONGEST_NAME]!a}; there are {known}.")


def _number(value: object) -> float | None:
    """A finite number to a thousandth, as more would say nothing to a printer."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return round(number, 3) if math.isfinite(number) else None


def _piece(name: str) -> str:
    return (FOLDER / name).read_text("utf-8").strip()


def _procedure(
    name: str,
    title: str,
    meaning: str,
    assumes: tuple[str, ...],
    parameters: tuple[Parameter, ...],
    *pieces: str,
) -> Procedure:
    template = "\n".join(_piece(f"{piece}.gcode") for piece in pieces)
    sketch = _piece(f"{name}.svg")
    return Procedure(name, title, meaning, assumes, parameters, template, sketch)


# -- parameters ----------------------------------------------------------------------

RELEASE = Parameter(
    "release_temperature",
    "The bed reads this or less, or nothing moves.",
    30.0,
    "°C",
    1.0,
    150.0,
)
CLEARANCE = Parameter(
    "clearance",
    "Between the part and the nozzle that passes over it.",
    10.0,
    "mm",
    1,
    200,
)
BEHIND = Parameter(
    "behind",
    "From the nozzle to the toolhead's foremost point, and some.",
    40.0,
    "mm",
    0,
    500,
)


def _max_height(default: float) -> Parameter:
    meaning = "A higher part is left to a person."
    return Parameter("max_height", meaning, default, "mm", 1.0, 2000.0)


def _height(default: float) -> Parameter:
    meaning = (
        "Of the nozzle over the bed while it pushes; a part is at least 1 mm higher."
    )
    return Parameter("height", meaning, default, "mm", 0.2, 200.0)


def _speed(default: float, meaning: str = "Of the push.") -> Parameter:
    return Parameter("speed", meaning, default, "mm/s", 1.0, 500.0)


def _distance(default: float, meaning: str) -> Parameter:
    return Parameter("distance", meaning, default, "mm", 1.0, 100_000.0)


PUSH = (RELEASE, _max_height(150), _height(10), CLEARANCE, BEHIND, _speed(30))

# -- what is assumed -----------------------------------------------------------------

LETS_GO = "The part lets go of the bed by itself at `release_temperature`."
FRONT = "The least Y is the front, and what is pushed over the front edge falls off."
FREE = "Nothing stands on or above the bed's path: no clips, no brush, no camera."
LEFTOVERS = (
    "Skirts, purge lines and prime towers are no objects of the file: they may stay,"
    " and none of them stands behind the parts, where the toolhead comes down."
)
ALL_HIGH = "Each part of the file is at least 1 mm higher than `height`."
NAMED = (
    "The slicer labels objects and printer.cfg has [exclude_object]; without both it"
    " refuses."
)
BELT = "The belt is the Z axis, and carries parts away from the nozzle as Z grows."

# -- procedures ----------------------------------------------------------------------

_PUSHED = ("cold", "homed", "room", "tall", "flat", "objects")

PROCEDURES: tuple[Procedure, ...] = (
    _procedure(
        "wait",
        "Wait for a person",
        "Moves nothing and asks, each time. The option bed_clearing: manual does the"
        " same; this is for a place that wants a script.",
        (),
        (),
        "wait",
    ),
    _procedure(
        "gantry_sweep",
        "Sweep with the gantry",
        "Goes over the part, comes down behind it, and sweeps to the front, column"
        " after column over the width of the print.",
        (
            LETS_GO,
            FRONT,
            FREE,
            ALL_HIGH,
            LEFTOVERS,
            "When the file names no objects, the whole width of the bed is swept, and"
            " the last `behind` mm of the Y axis are free of parts.",
        ),
        (
            RELEASE,
            _max_height(60),
            _height(2),
            CLEARANCE,
            BEHIND,
            Parameter(
                "margin",
                "Swept beside the print, too; a large one sweeps the whole bed.",
                10.0,
                "mm",
                0.0,
                2000.0,
            ),
            Parameter(
                "column_width",
                "Not more than what the toolhead pushes at once.",
                30.0,
                "mm",
                5.0,
                500.0,
            ),
            _speed(50),
        ),
        *_PUSHED,
        "gantry_sweep",
    ),
    _procedure(
        "toolhead_push",
        "Push with the toolhead from behind",
        "Goes over the parts, comes down behind all of them, and pushes each one off"
        " the front at its own middle.",
        (LETS_GO, FRONT, FREE, ALL_HIGH, LEFTOVERS, NAMED),
        PUSH,
        *_PUSHED,
        "named",
        "push",
    ),
    _procedure(
        "bed_slinger_push",
        "Push on a bed slinger",
        "The bed comes to the front, the nozzle comes down behind the parts, and the"
        " bed draws back under it, gently, so that they are pushed off the front.",
        (
            *(LETS_GO, FRONT, FREE, ALL_HIGH, LEFTOVERS, NAMED),
            "The part may hang over the front while the bed moves back.",
        ),
        (
            *PUSH,
            Parameter(
                "acceleration",
                "Of all moves of the script; a fast bed throws high parts over.",
                500.0,
                "mm/s²",
                10.0,
                50_000.0,
            ),
        ),
        *_PUSHED,
        "named",
        "slow",
        "push",
        "usual",
    ),
    _procedure(
        "belt_short",
        "Belt: a short way",
        "Advances the belt so far that the next part has room; the parts ride on.",
        (BELT, "`distance` is longer than any part is along the belt.", LETS_GO),
        (
            RELEASE,
            _distance(150, "That the belt advances."),
            _speed(10, "Of the belt."),
        ),
        "cold",
        "homed",
        "belt",
    ),
    _procedure(
        "belt_long",
        "Belt: to its end",
        "Advances the belt so far that the part comes over its end and falls off.",
        (BELT, "`distance` is longer than the belt is from the nozzle on.", LETS_GO),
        (
            RELEASE,
            _distance(600, "That the belt advances."),
            _speed(20, "Of the belt."),
        ),
        "cold",
        "homed",
        "belt",
    ),
    _procedure(
        "macro",
        "Tilt or eject by a macro",
        "Calls a macro of yours that tilts the bed, or drives an ejector.",
        (
            LETS_GO,
            "The macro is written for this printer, takes the toolhead out of the way"
            " first, and fails (action_raise_error) when the part is still there.",
        ),
        (
            RELEASE,
            _max_height(200),
            Parameter("macro", "Its name in printer.cfg.", "EJECT_PART"),
        ),
        "cold",
        "homed",
        "tall",
        "macro",
    ),
    _procedure(
        "off",
        "Turn everything off",
        "Heaters, part fan and motors off, for finish_gcode: it takes no part off, and"
        " refuses to clear a bed.",
        ("Without motors, nothing falls: neither the gantry nor the bed.",),
        (),
        "off",
    ),
)
