"""The library of bed-clearing procedures, to choose from and to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, Protocol

from . import schemas
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .params import Param, Text
from .schemas import Named, listing, number, optional, record, text

PARAMETER = Named(
    "ProcedureParameter",
    record(
        {
            "name": text(),
            "meaning": text(),
            "unit": text("Empty for a name."),
            "default": {
                "type": ["number", "string"],
                "description": "A text: it wants the name of a macro.",
            },
            "least": optional(number("null: no number is wanted.")),
            "most": optional(number("null: no number is wanted.")),
        }
    ),
)
PROCEDURE = Named(
    "Procedure",
    record(
        {
            "name": text("For programs."),
            "title": text("For people."),
            "meaning": text("What it does."),
            "assumes": listing(text("What has to be true; nobody checks it.")),
            "parameters": listing(PARAMETER.ref),
            "sketch": text("An SVG."),
        }
    ),
    "A way to get a part off the bed.",
)
LIBRARY = Named("Library", record({"procedures": listing(PROCEDURE.ref)}))
SCRIPT = Named(
    "LibraryScript",
    record({"script": schemas.text("In Klipper's dialect, ready to be copied.")}),
)
LIST_PROSE = """\
[Clearing](clearing.md) has them all, with their sketches and examples.
"""
SCRIPT_PROSE = """\
Every other field is one of the procedure's parameters: `&speed=40&column_width=25`;
what is not sent has its default. Nothing is stored: put the script into
`bed_clearing_gcode`, and try it with `scripts/simulate` first.
"""


class Parameter(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def meaning(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def default(self) -> float | str: ...

    @property
    def least(self) -> float | None: ...

    @property
    def most(self) -> float | None: ...


class Procedure(Protocol):
    """script may raise BadRequest."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def meaning(self) -> str: ...

    @property
    def assumes(self) -> Sequence[str]: ...

    @property
    def parameters(self) -> Sequence[Parameter]: ...

    @property
    def sketch(self) -> str: ...

    def script(self, given: Mapping[str, object]) -> str: ...


class LibraryApi:
    """find: the procedure of that name; may raise NotFound."""

    def __init__(
        self, procedures: Sequence[Procedure], find: Callable[[str], Procedure]
    ) -> None:
        self._procedures = procedures
        self._find = find

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "GET library",
                Call(
                    self.library,
                    "The procedures that clear a bed.",
                    returns=LIBRARY,
                    prose=LIST_PROSE,
                ),
            ),
            (
                "GET library/script",
                Call(
                    self.script,
                    "A procedure as a script, with numbers of your own.",
                    (Param("name", Text(60), "The procedure's.", required=True),),
                    SCRIPT,
                    (404,),
                    {"name": "belt_short", "distance": 200},
                    SCRIPT_PROSE,
                    free=True,
                ),
            ),
        )

    async def library(self, request: Request) -> Any:  # noqa: ARG002
        return {"procedures": [_shown(one) for one in self._procedures]}

    async def script(self, request: Request) -> Any:
        given = {key: value for key, value in request.sent.items() if key != "name"}
        return {"script": self._find(request.args["name"]).script(given)}


def _shown(one: Procedure) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "meaning": one.meaning,
        "assumes": list(one.assumes),
        "parameters": [
            {
                "name": parameter.name,
                "meaning": parameter.meaning,
                "unit": parameter.unit,
                "default": parameter.default,
                "least": parameter.least,
                "most": parameter.most,
            }
            for parameter in one.parameters
        ],
        "sketch": one.sketch,
    }
