"""The printer as a check of scripts sees it: what it knows, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Axes = tuple[float, float, float]

QUERY: Mapping[str, Any] = {
    "gcode": ["commands"],
    "configfile": ["settings"],
    "toolhead": ["homed_axes", "axis_minimum", "axis_maximum"],
    "gcode_move": ["absolute_coordinates", "position", "gcode_position"],
    "heater_bed": ["temperature"],
}

MACRO = "gcode_macro "


@dataclass(frozen=True)
class Machine:
    """None: not known.

    commands: all that Klipper knows; complete: false when some may be missing.
    macros: those of them that are macros. homed: axes in upper case. absolute: G90.
    limits: the least and the most coordinates, in mm. offset: where Klipper's own zero
    is, seen from the script's. bed: °C.
    """

    commands: frozenset[str] | None = None
    complete: bool = False
    macros: frozenset[str] = frozenset()
    homed: str | None = None
    absolute: bool | None = None
    limits: tuple[Axes, Axes] | None = None
    offset: Axes | None = None
    bed: float | None = None


def read_machine(status: Mapping[str, Any], helped: Iterable[str] = ()) -> Machine:
    """From Klipper's status; helped: commands with a help text, for a Klipper whose
    status does not name all of them."""
    commands = _of(status, "gcode").get("commands")
    settings = _of(_of(status, "configfile"), "settings")
    toolhead, move = _of(status, "toolhead"), _of(status, "gcode_move")
    least, most = (_axes(toolhead.get(f"axis_{one}")) for one in ("minimum", "maximum"))
    there, seen = (_axes(move.get(one)) for one in ("position", "gcode_position"))
    macros = {name[len(MACRO) :].upper() for name in settings if name.startswith(MACRO)}
    known = frozenset(commands or ())
    helped = frozenset(helped)
    if not known and helped:
        known = helped | macros | BUILT_IN
    homed = toolhead.get("homed_axes")
    absolute = move.get("absolute_coordinates")
    bed = _of(status, "heater_bed").get("temperature")
    return Machine(
        commands=known or None,
        complete=bool(commands),
        macros=frozenset(macros),
        homed=homed.upper() if isinstance(homed, str) else None,
        absolute=absolute if isinstance(absolute, bool) else None,
        limits=(least, most) if least and most else None,
        offset=None
        if there is None or seen is None
        else (there[0] - seen[0], there[1] - seen[1], there[2] - seen[2]),
        bed=float(bed) if isinstance(bed, (int, float)) else None,
    )


BUILT_IN = frozenset(
    (
        *("G0", "G1", "G4", "G28", "G90", "G91", "G92", "M18", "M82", "M83", "M84"),
        *("M105", "M110", "M112", "M114", "M115", "M204", "M220", "M221", "M400"),
        *("RESTART", "FIRMWARE_RESTART", "ECHO", "STATUS", "HELP"),
    )
)
"""What every Klipper with a motor knows, with a help text or not."""


def _of(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = status.get(name)
    return value if isinstance(value, Mapping) else {}


def _axes(value: Any) -> Axes | None:
    if not isinstance(value, (list, tuple)) or len(value) < 3:
        return None
    if not all(isinstance(one, (int, float)) for one in value[:3]):
        return None
    return float(value[0]), float(value[1]), float(value[2])
