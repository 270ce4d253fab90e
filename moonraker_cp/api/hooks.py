"""The scripts of hooks: shown, and replaced hook by hook."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from ..core.decisions import Rules
from ..core.errors import BadRequest, Unavailable
from ..core.event_words import who
from ..core.hooks import Hook, Hooks, Script
from ..core.scripts import OPTIONS, scripts_of
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .params import Line, Listing, Param, Record, Text
from .schemas import Named, listing, optional, record, text, words
from .scripts import (
    FINDING,
    HOOKS,
    LONGEST,
    LONGEST_CONDITION,
    Report,
    shown_findings,
)

log = logging.getLogger(__name__)

MOST = 20
"""Scripts of one hook."""

LONGEST_NAME = 100

MEANINGS: Mapping[Hook, str] = {
    Hook.ACTIVATED: "Start was pressed and the bed is clear; before anything prints.",
    Hook.BEFORE_PRINT: "The next copy is chosen and the bed is clear; its start waits.",
    Hook.PRINT_STARTED: "Klipper has begun the print; sent between its lines.",
    Hook.PRINT_SUCCEEDED: "A print of the queue ended well.",
    Hook.PRINT_CANCELLED: "A print of the queue was cancelled.",
    Hook.PRINT_FAILED: "A print of the queue failed.",
    Hook.COOL_DOWN: "The queue is about to wait for a cold bed.",
    Hook.CLEAR_BED: "A part is to come off the bed.",
    Hook.VERIFY_BED: "The clearing scripts have ended; an error here is a veto.",
    Hook.FINISH: "Nothing is left to print.",
    Hook.AWAITING_MATERIAL: "The next print needs another spool.",
    Hook.DEACTIVATED: "The queue was stopped and nothing prints.",
}
FROM_FILE, FROM_API = "moonraker.conf", "api"

SCRIPT = Record(
    "NewHookScript",
    (
        Param("name", Line(LONGEST_NAME), "Its own in this hook.", required=True),
        Param("gcode", Text(LONGEST), "Its text.", required=True),
        Param(
            "condition",
            Line(LONGEST_CONDITION),
            "An expression that says whether it runs; empty: always.",
            default="",
        ),
    ),
    "A script must be an object with name and gcode, and condition if you like.",
)
HOOK = Named(
    "Hook",
    record(
        {
            "hook": words(Hook),
            "when": text("When its scripts run."),
            "scripts": listing(
                record(
                    {
                        "name": text(),
                        "gcode": text(),
                        "condition": text("Empty: it always runs."),
                        "from": {
                            "enum": [FROM_FILE, FROM_API],
                            "description": "Those of moonraker.conf are edited there.",
                        },
                    }
                )
            ),
        }
    ),
)
ALL = Named("Hooks", record({"hooks": listing(HOOK.ref)}))
SAVED = Named(
    "HookSaved",
    record(
        {
            "hook": HOOK.ref,
            "findings": optional(listing(FINDING.ref)),
        }
    ),
    "findings: of a check of all its scripts; null: Klipper could not be asked.",
)
SAVE_PROSE = """\
The list takes the place of the one that was sent before; `[]` empties it. A script that
is no template is refused with its line. What a check finds besides is told, and does
not refuse; an error among it will stop the hook when it fires. [Hooks](hooks.md) has
them all.
"""


class Store(Protocol):
    @property
    def hooks(self) -> Hooks: ...

    async def put(self, hook: Hook, scripts: tuple[Script, ...]) -> None: ...


class Trying(Protocol):
    """May raise BadRequest and Unavailable."""

    async def parse(self, scripts: tuple[Script, ...]) -> None: ...

    async def check(self, scripts: tuple[Script, ...], hook: Hook) -> Report: ...


class HooksApi:
    def __init__(self, store: Store, scripts: Trying, rules: Rules) -> None:
        self._store = store
        self._scripts = scripts
        self._rules = rules

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "GET hooks",
                Call(self.show, "Every hook, when it fires, and its scripts.", (), ALL),
            ),
            (
                "POST hooks",
                Call(
                    self.save,
                    "Set the scripts of a hook.",
                    (
                        Param("hook", HOOKS, "Which.", required=True),
                        Param(
                            "scripts",
                            Listing(SCRIPT, MOST, "scripts", least=0),
                            "In the order in which they run.",
                            required=True,
                        ),
                    ),
                    SAVED,
                    (503,),
                    {
                        "hook": "before_print",
                        "scripts": [
                            {"name": "Home", "gcode": "G28"},
                            {
                                "name": "Tall parts",
                                "gcode": "M117 {file.name} is tall",
                                "condition": "file.object_height > 100",
                            },
                        ],
                    },
                    SAVE_PROSE,
                ),
            ),
        )

    async def show(self, request: Request) -> Any:  # noqa: ARG002
        return {"hooks": [self._shown(hook) for hook in Hook]}

    async def save(self, request: Request) -> Any:
        hook = Hook(request.args["hook"])
        scripts = tuple(Script(**one) for one in request.args["scripts"])
        _check_names([one.name for one in scripts])
        _check_texts(scripts)
        await self._scripts.parse(scripts)
        await self._store.put(hook, scripts)
        log.info("%s set the scripts of %s.", who(request.user), hook.value)
        return {"hook": self._shown(hook), "findings": await self._found(hook)}

    async def _found(self, hook: Hook) -> Any:
        scripts = scripts_of(self._rules, self._store.hooks, hook)
        try:
            return shown_findings(await self._scripts.check(scripts, hook))
        except Unavailable:  # it is saved all the same, and checked before it is sent
            return None

    def _shown(self, hook: Hook) -> dict[str, Any]:
        places = (
            (FROM_FILE, scripts_of(self._rules, {}, hook)),
            (FROM_API, self._store.hooks.get(hook, ())),
        )
        return {
            "hook": hook.value,
            "when": MEANINGS[hook],
            "scripts": [
                {
                    "name": one.name,
                    "gcode": one.gcode,
                    "condition": one.condition,
                    "from": place,
                }
                for place, scripts in places
                for one in scripts
            ],
        }


def _check_names(names: list[str]) -> None:
    for name in names:
        if not name:
            raise BadRequest("Every script needs a name.")
        if not name.isprintable():
            raise BadRequest(f"The name {name!r:.60} has characters that do not print.")
        if name in OPTIONS.values():
            raise BadRequest(f"{name} is a script of moonraker.conf. Edit it there.")
        if names.count(name) > 1:
            raise BadRequest(f"Two scripts are named {name}. Give each its own name.")


def _check_texts(scripts: tuple[Script, ...]) -> None:
    """Lone surrogates, which JSON lets in and a database refuses."""
    try:
        "".join(one.gcode for one in scripts).encode()
    except UnicodeEncodeError:
        raise BadRequest("A script is not valid Unicode.") from None
