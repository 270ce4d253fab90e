"""Scripts checked and tried, with nothing sent to the printer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from ..core.decisions import Rules
from ..core.errors import BadRequest
from . import schemas
from .arguments import Arguments
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .params import Choice, Integer, Param, Text
from .schemas import Named, Schema, listing, optional, record, text, whole

LONGEST = 64 * 1024
"""Characters of a script."""

MOST_OVERRIDES = 64 * 1024
"""Bytes of JSON."""

NAMES = Choice(("clearing", "finish"))
FINDING = Named(
    "Finding",
    record(
        {
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
            "gcode": optional(text("What would be sent; null: it makes no G-code.")),
            "findings": listing(FINDING.ref),
        }
    ),
)
CHECK_PROSE = """\
A script with braces is rendered with the printer's present status and an example of a
print. [Scripts](scripts.md) has all that is looked for.
"""
SIMULATE_PROSE = """\
`script`, or the configured one by `name`. `job_id`, `set_id` or `path` say after which
print; without them it is the newest run. `printer` pretends:
`{"toolhead": {"homed_axes": ""}}`.
"""


class Found(Protocol):
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


class Trying(Protocol):
    """May raise NotFound and Unavailable."""

    async def check(self, script: str) -> Report: ...

    async def simulate(
        self,
        script: str,
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


class ScriptsApi:
    def __init__(self, scripts: Trying, rules: Rules) -> None:
        self._scripts = scripts
        self._configured = {
            "clearing": rules.clearing_gcode,
            "finish": rules.finish_gcode,
        }

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "POST scripts/check",
                Call(
                    self.check,
                    "What is wrong with a script; nothing is sent.",
                    (Param("script", Text(LONGEST), "Its text.", required=True),),
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
                        Param("script", Text(LONGEST), "Its text.", nullable=True),
                        Param("name", NAMES, "A configured script.", nullable=True),
                        Param("job_id", Integer(1), "After its print.", nullable=True),
                        Param("set_id", Integer(1), "After its print.", nullable=True),
                        Param("path", Text(4096), "After that file.", nullable=True),
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
        return _shown(await self._scripts.check(request.args["script"]))

    async def simulate(self, request: Request) -> Any:
        args = request.args
        report = await self._scripts.simulate(
            self._script(args.get("script"), args.get("name")),
            job_id=args.get("job_id"),
            set_id=args.get("set_id"),
            path=args.get("path"),
            printer=args.get("printer"),
        )
        return _shown(report)

    def _script(self, script: str | None, name: str | None) -> str:
        if (script is None) is (name is None):
            raise BadRequest("Send either script, or name: clearing or finish.")
        if name is None:
            return str(script)
        if not self._configured[name]:
            raise BadRequest(f"No {name} script is set in moonraker.conf.")
        return self._configured[name]


def _shown(report: Report) -> dict[str, Any]:
    findings = [
        {
            "line": one.line,
            "severity": one.severity.value,
            "code": one.code,
            "text": one.text,
            "advice": one.advice,
        }
        for one in report.findings
    ]
    return {"ok": report.ok, "gcode": report.gcode, "findings": findings}
