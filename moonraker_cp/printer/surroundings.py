"""What the queue runs on and beside, for diagnostics. Nothing here may raise."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moonraker.server import Server

NEIGHBOURS = (
    *("announcements", "history", "job_queue", "mqtt", "notifier", "power"),
    *("spoolman", "timelapse"),
)
"""Components of Moonraker that the queue has to do with."""

NAMED = {"notifier": "notifiers", "power": "devices"}
"""Components with sections that have names, and where those are."""


class Surroundings:
    """own: our version. schema: the newest change of our tables."""

    def __init__(self, server: Server, own: str, schema: str) -> None:
        self._server = server
        self._own = own
        self._schema = schema

    def versions(self) -> Mapping[str, str]:
        klippy = _part(lambda: self._server.get_klippy_info())
        return {
            "moonraker_cp": self._own,
            "schema": self._schema,
            "moonraker": _word(
                _part(lambda: self._server.get_app_args()), "software_version"
            ),
            "klipper": _word(klippy, "software_version"),
            "klipper_host": _word(klippy, "app"),
            "python": platform.python_version(),
            "os": self._system(),
        }

    def _system(self) -> str:
        machine: Any = self._server.lookup_component("machine", None)
        system = _part(lambda: machine.get_system_info())
        name = _word(_part(lambda: system["distribution"]), "name")
        return " ".join(filter(None, (name, platform.platform())))

    def neighbours(self) -> Iterator[tuple[str, bool, str]]:
        """Name, whether Moonraker has it, and what else is known."""
        for name in NEIGHBOURS:
            component: Any = self._server.lookup_component(name, None)
            yield name, component is not None, _note(name, component)


def _note(name: str, component: Any) -> str:
    if component is None:
        return ""
    if name in NAMED:
        return ", ".join(_part(lambda: getattr(component, NAMED[name])))
    if name == "spoolman":
        return "" if getattr(component, "ws_connected", True) else "not connected"
    return ""


def _part(ask: Any) -> Mapping[str, Any]:
    """What it answers; {} when Moonraker's insides are not as they are known."""
    try:
        found = ask()
    except Exception:
        return {}
    return found if isinstance(found, Mapping) else {}


def _word(whole: Mapping[str, Any], name: str) -> str:
    found = whole.get(name)
    return found if isinstance(found, str) else ""
