"""Klipper's status behind Moonraker, for scripts; it moves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Callable, cast

from moonraker_cp.core.decisions import Situation
from moonraker_cp.core.model import Run
from moonraker_cp.core.records import PathStats
from moonraker_cp.printer.scripts import Scripts, Sources

COMMANDS = (
    *("G0", "G1", "G28", "G90", "G91", "M104", "M117", "M140", "M190", "M400"),
    *("CLEAR_BED", "EJECT_PART"),
)
STATUS: Mapping[str, Any] = {
    "gcode": {"commands": {name: {} for name in COMMANDS}},
    "configfile": {
        "settings": {"gcode_macro eject_part": {}, "gcode_macro clear_bed": {}}
    },
    "toolhead": {
        "homed_axes": "",
        "axis_minimum": [0.0, 0.0, -2.0, 0.0],
        "axis_maximum": [220.0, 220.0, 250.0, 0.0],
    },
    "gcode_move": {
        "absolute_coordinates": True,
        "position": [0.0, 0.0, 0.0, 0.0],
        "gcode_position": [0.0, 0.0, 0.0, 0.0],
    },
    "heater_bed": {"temperature": 60.0, "target": 0.0},
}


class KlippyError(Exception):
    """Moonraker's ServerError."""

    def __init__(self, message: str, status_code: int = 400) -> None:
        super().__init__(message)
        self.status_code = status_code


@dataclass
class Klippy:
    """failure: raised by each request until it is None again. asked: object names of
    each query. help: what gcode/help lists."""

    error = KlippyError
    status: dict[str, Any] = field(default_factory=lambda: deepcopy(dict(STATUS)))
    failure: Exception | None = None
    asked: list[list[str]] = field(default_factory=list)
    help: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    # Moonraker's server.

    def lookup_component(self, name: str) -> Any:
        assert name in ("klippy_apis", "internal_transport")
        return self

    def add_warning(self, warning: str, warn_id: str, log: bool = True) -> str:
        self.warnings[warn_id] = warning
        return warn_id

    def remove_warning(self, warn_id: str) -> None:
        self.warnings.pop(warn_id, None)

    # Its components.

    async def get_object_list(self) -> list[str]:
        self._fail()
        return list(self.status)

    async def query_objects(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        self._fail()
        self.asked.append(sorted(objects))
        return {name: deepcopy(self.status.get(name, {})) for name in objects}

    async def call_method(self, name: str) -> dict[str, str]:
        assert name == "printer.gcode.help"
        return self.help

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


async def no_runs(limit: int) -> tuple[Run, ...]:
    return ()


async def no_stats(paths: Iterable[str]) -> Mapping[str, PathStats]:
    return {}


def scripts(
    klippy: Klippy, situation: Callable[[], Situation], **sources: Any
) -> Scripts:
    """The real ones, on that Klipper; sources that are not said know nothing."""
    known = {"external": dict, "runs": no_runs, "stats": no_stats, **sources}
    return Scripts(cast(Any, klippy), Sources(situation, **known))
