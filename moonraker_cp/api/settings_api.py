"""The options in force, to be shown. They are changed in moonraker.conf alone."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, Callable, Protocol, Union
from urllib.parse import urlsplit

from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .schemas import Named, listing, number, optional, record, text, truth, whole

Value = Union[str, bool, float]

KINDS = ("switch", "number", "choice", "text")
VALUE = {"type": ["string", "number", "boolean"]}

OPTION = Named(
    "Option",
    record(
        {
            "name": text(),
            "kind": {"enum": list(KINDS)},
            "unit": text("Of a number; empty for the other kinds."),
            "meaning": text(),
            "default": VALUE,
            "value": {**VALUE, "description": "What is in force."},
            "changed": truth("Whether it is another than the default."),
            "hidden": truth("Parts of the value may be secret and are left out."),
            "choices": listing(text("A word that a choice may be.")),
            "least": optional(number("null: it is no number.")),
        }
    ),
    "One option of the section `[continuousprint]`.",
)
SETTINGS = Named(
    "Settings",
    record(
        {
            "version": text("Of moonraker_cp."),
            "utc_offset": whole(
                "Seconds that the printer's clock on the wall is ahead of UTC now;"
                " quiet hours are read by it.",
                least=None,
            ),
            "options": listing(OPTION.ref),
        }
    ),
)
PROSE = """\
See [configuration](configuration.md). Options are changed in `moonraker.conf`, which
Moonraker reads when it starts. Of an address that may hold a password only the
beginning is told.
"""


class Option(Protocol):
    """What is shown of an option. secret: an address that may hold a password."""

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> Value: ...

    @property
    def unit(self) -> str: ...

    @property
    def meaning(self) -> str: ...

    @property
    def choices(self) -> tuple[str, ...]: ...

    @property
    def least(self) -> float: ...

    @property
    def secret(self) -> bool: ...


class SettingsApi:
    """in_force: every option and its value. version: of moonraker_cp.

    utc_offset: in seconds, at this moment.
    """

    def __init__(
        self,
        in_force: Iterable[tuple[Option, Value]],
        version: str,
        utc_offset: Callable[[], int],
    ) -> None:
        self._utc_offset = utc_offset
        self._answer: dict[str, Any] = {
            "version": version,
            "options": [_shown(one, value) for one, value in in_force],
        }

    @property
    def options(self) -> list[dict[str, Any]]:
        """As they are told: without what may be secret."""
        return list(self._answer["options"])

    def endpoints(self) -> tuple[Endpoint, ...]:
        call = Call(
            self.settings,
            "The options in force, with their defaults and meanings.",
            returns=SETTINGS,
            prose=PROSE,
        )
        return table(PREFIX, ("GET settings", call))

    async def settings(self, request: Request) -> Any:  # noqa: ARG002
        return {**self._answer, "utc_offset": self._utc_offset()}


def _shown(one: Option, value: Value) -> dict[str, Any]:
    kind = kind_of(one)
    value = value.strip() if isinstance(value, str) else value
    told = beginning(str(value)) if one.secret else _in_json(value)
    return {
        "name": one.name,
        "kind": kind,
        "unit": one.unit,
        "meaning": one.meaning,
        "default": one.default,
        "value": told,
        "changed": value != one.default,
        "hidden": told != value,
        "choices": list(one.choices),
        "least": one.least if kind == "number" else None,
    }


def _in_json(value: Value) -> Value:
    """JSON has no word for what is without end."""
    return value if not isinstance(value, float) or isfinite(value) else str(value)


def kind_of(one: Option) -> str:
    if isinstance(one.default, bool):
        return "switch"
    if isinstance(one.default, float):
        return "number"
    return "choice" if one.choices else "text"


def beginning(address: str) -> str:
    """Scheme, host and port; names, passwords, paths and queries may be secret."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # no address at all
        return "…"
    if not parts.hostname:
        return "…" if address else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    start = f"{parts.scheme}://{host}{port}"
    return start if start == address.rstrip("/") else f"{start}/…"
