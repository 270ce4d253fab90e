"""Scripts checked and tried, with nothing sent to the printer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Callable, Protocol

from ..core.decisions import Rules
from ..core.errors import BadRequest
from ..core.hooks import Hook, Hooks, Script
from ..core.scripts import scripts_of
from . import schemas
from .arguments import Arguments
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .params import Choice, Integer, Line, Param, Text
from .schemas import Named, Schema, listing, optional, record, text, whole

LONGEST = 64 * 1024
"""Characters of a script."""

MOST_OVERRIDES = 64 * 1024
"""Bytes of JSON."""

LONGEST_CONDITION = 1000
"""Characters of a condition."""

NAMED = {"clearing": Hook.CLEAR_BED, "finish": Hook.FINISH}
NAMES = Choice(tuple(NAMED))
HOOKS = Choice(tuple(hook.value for hook in Hook))
FINDING = Named(
    "Finding",
    record(
        {
            "script": text("The name of the script; empty when it is about all."),
            "line": optional(whole("Of the script's own lines, from 1.", least=1)),
            "severity": {"type": "string", "enum": ["error", "warning"]},
            "code": text("For programs."),
            "text": text("What is wrong."),
            "advice": text("What to do."),
        }
    ),
    "An error stops a script before anything of it is sent; a warning does not.",
)
REPORT = Named(
    "ScriptReport",
    record(
        {
            "ok": schemas.truth("There are no errors."),
            "gcode": optional(text("What would be sent; null: nothing.")),
            "skipped": listing(text("A script whose condition is false.")),
            "findings": listing(FINDING.ref),
        }
    ),
)
CHECK_PROSE = """\
A script with braces is rendered with the printer's present status and an example of a
print. [Scripts](scripts.md) has all that is looked for.
"""
SIMULATE_PROSE = """\
`hook` alone: all scripts of that [hook](hooks.md), in order; `script`: that text, at
`hook`, or as one that clears the bed. `name` is a configured script. `job_id`, `set_id`
or `path` say for which print; without them it is the one that the hook would be about.
`printer` pretends: `{"toolhead": {"homed_axes": ""}}`.
"""


class Found(Protocol):
    @property
    def script(self) -> str: ...

    @property
    def line(self) -> int | None: ...

    @property
    def severity(self) -> Enum: ...

    @property
    def code(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def advice(self) -> str: ...


class Report(Protocol):
    @property
    def ok(self) -> bool: ...

    @property
    def gcode(self) -> str | None: ...

    @property
    def findings(self) -> Sequence[Found]: ...

    @property
    def skipped(self) -> Sequence[str]: ...


class Trying(Protocol):
    """May raise NotFound and Unavailable."""

    async def check(self, scripts: tuple[Script, ...], hook: Hook) -> Report: ...

    async def simulate(
        self,
        scripts: tuple[Script, ...],
        hook: Hook,
        *,
        job_id: int | None = None,
        set_id: int | None = None,
        path: str | None = None,
        printer: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Report: ...


@dataclass(frozen=True)
class Overrides:
    """Klipper's objects by name, each with some of its fields."""

    flat = False

    def read(self, args: Arguments, name: str) -> Mapping[str, Mapping[str, Any]]:
        value = args.get(name)
        fits = isinstance(value, Mapping) and all(
            isinstance(one, Mapping) for one in value.values()
        )
        if not fits:
            raise BadRequest(
                f'{name} must be an object of objects: {{"toolhead": {{"homed_axes":'
                ' ""}}.'
            )
        if len(json.dumps(value)) > MOST_OVERRIDES:
            raise BadRequest(f"{name} may be {MOST_OVERRIDES} bytes at most.")
        return dict(value or {})

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "object"}}


WHAT = (
    Param("script", Text(LONGEST), "Its text.", nullable=True),
    Param("condition", Line(LONGEST_CONDITION), "Of the script.", nullable=True),
    Param("hook", HOOKS, "All of its scripts; or when the script runs.", nullable=True),
)


class ScriptsApi:
    """stored: the scripts that were set over the API."""

    def __init__(
        self, scripts: Trying, rules: Rules, stored: Callable[[], Hooks] = dict
    ) -> None:
        self._scripts = scripts
        self._rules = rules
        self._stored = stored

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "POST scripts/check",
                Call(
                    self.check,
                    "What is wrong with a script; nothing is sent.",
                    WHAT,
                    REPORT,
                    (503,),
                    {"script": "G28\nG1 X110 Y225\nM300\nEJECT_PRT"},
                    CHECK_PROSE,
                ),
            ),
            (
                "POST scripts/simulate",
                Call(
                    self.simulate,
                    "The exact G-code that would be sent; nothing is sent.",
                    (
                        *WHAT,
                        Param("name", NAMES, "A configured script.", nullable=True),
                        Param("job_id", Integer(1), "For its print.", nullable=True),
                        Param("set_id", Integer(1), "For its print.", nullable=True),
                        Param("path", Text(4096), "For that file.", nullable=True),
                        Param("printer", Overrides(), "To pretend.", nullable=True),
                    ),
                    REPORT,
                    (404, 503),
                    {
                        "script": "G90\nG1 Z{printer.toolhead.axis_maximum.z - 10}\n"
                        "{% if file.object_height %}M117 {job.name} is off{% endif %}",
                        "set_id": 1,
                        "printer": {"toolhead": {"homed_axes": "xyz"}},
                    },
                    SIMULATE_PROSE,
                ),
            ),
        )

    async def check(self, request: Request) -> Any:
        scripts, hook = self._wanted(request.args)
        return _shown(await self._scripts.check(scripts, hook))

    async def simulate(self, request: Request) -> Any:
        args = request.args
        scripts, hook = self._wanted(args)
        report = await self._scripts.simulate(
            scripts,
            hook,
            job_id=args.get("job_id"),
            set_id=args.get("set_id"),
            path=args.get("path"),
            printer=args.get("printer"),
        )
        return _shown(report)

    def _wanted(self, args: Mapping[str, Any]) -> tuple[tuple[Script, ...], Hook]:
        script, hook, name = (args.get(one) for one in ("script", "hook", "name"))
        condition = args.get("condition")
        if name is not None and script is None and hook is None and condition is None:
            hook = NAMED[name]
            scripts = scripts_of(self._rules, {}, hook)
            if not scripts:
                raise BadRequest(f"No {name} script is set in moonraker.conf.")
            return scripts, hook
        if name is not None or (script is None and (hook is None or condition)):
            raise BadRequest(
                "Send script, with hook and condition if you like; or hook alone for"
                " its scripts; or name: clearing or finish."
            )
        moment = Hook.CLEAR_BED if hook is None else Hook(hook)
        if script is not None:
            return (Script("script", script, condition or ""),), moment
        scripts = scripts_of(self._rules, self._stored(), moment)
        if not scripts:
            raise BadRequest(f"No script is set for {moment.value}.")
        return scripts, moment


def _shown(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "gcode": report.gcode,
        "skipped": list(report.skipped),
        "findings": shown_findings(report),
    }


def shown_findings(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "script": one.script,
            "line": one.line,
            "severity": one.severity.value,
            "code": one.code,
            "text": one.text,
            "advice": one.advice,
        }
        for one in report.findings
    ]
