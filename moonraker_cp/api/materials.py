"""/server/continuousprint/materials: what is loaded, from Spoolman or by hand."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from ..core.errors import BadRequest, Conflict
from ..core.event_words import who
from ..core.spools import MOST_TOOLS, Spool, Spools
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX, STORED
from .params import Integer, Line, Number, Param
from .schemas import Named, listing, number, optional, record, text, whole

log = logging.getLogger(__name__)

LONGEST = 100
"""Characters of a material."""

MOST_GRAMS = 1_000_000

MATERIALS = Named(
    "Materials",
    record(
        {
            "tools": listing(
                record(
                    {
                        "tool": whole("From 0."),
                        "material": optional(text("As PLA_red_#ff0000.")),
                        "name": text("Vendor and filament, as Spoolman has them."),
                        "spool_id": optional(whole("Spoolman's.", least=None)),
                        "remaining": optional(number("In grams.")),
                        "source": optional(
                            {"type": "string", "enum": ["spoolman", "manual"]}
                        ),
                    }
                )
            )
        }
    ),
    "By tool; null where nothing is known. Tools above the last one of which something"
    " is known are left out.",
)
LOADED_PROSE = """\
Tool 0 is Moonraker's active spool, where `[spoolman]` is set up and a spool is chosen;
other tools, and every tool without Spoolman, are as people said.
[Materials](materials.md) has what it is compared with.
"""
SAY_PROSE = """\
Replaces what was said of that tool; without `remaining` nobody knows how much is left.
`material` null takes the row out. Refused with 409 where Spoolman says what is in the
tool.
"""


class Source(Protocol):
    """What calls need. set_manual: one row of the manual table, stored before it
    returns; may raise Unavailable."""

    @property
    def spools(self) -> Spools: ...

    async def set_manual(self, tool: int, spool: Spool | None) -> None: ...


class MaterialsApi:
    def __init__(self, source: Source) -> None:
        self._source = source

    def endpoints(self) -> tuple[Endpoint, ...]:
        tool = Param("tool", Integer(0, MOST_TOOLS - 1), "From 0.", required=True)
        material = Param(
            "material", Line(LONGEST), "TYPE, TYPE_colour or so.", nullable=True
        )
        remaining = Param(
            "remaining", Number(0, MOST_GRAMS), "Grams of filament.", nullable=True
        )
        return table(
            PREFIX,
            (
                "GET materials",
                Call(
                    self.loaded,
                    "What is loaded, by tool.",
                    returns=MATERIALS,
                    prose=LOADED_PROSE,
                ),
            ),
            (
                "POST materials",
                Call(
                    self.say,
                    "Say what is loaded in a tool.",
                    (tool, material, remaining),
                    MATERIALS,
                    (409, STORED),
                    {"tool": 0, "material": "PLA_red_#ff0000", "remaining": 420},
                    SAY_PROSE,
                ),
            ),
        )

    async def loaded(self, request: Request) -> Any:  # noqa: ARG002
        return self._shown()

    async def say(self, request: Request) -> Any:
        args = request.args
        tool, remaining = args["tool"], args.get("remaining")
        material = args.get("material") or None
        if material is None and remaining is not None:
            raise BadRequest("remaining is of a material; say material, too.")
        there = self._source.spools[:1]
        if tool == 0 and there and there[0] and there[0].id is not None:
            raise Conflict(
                f"Spoolman says what is in tool 0: spool {there[0].id}. Choose another"
                " spool there, or none."
            )
        spool = None if material is None else Spool(material, None, remaining)
        await self._source.set_manual(tool, spool)
        log.info("%s said what is loaded in tool %d.", who(request.user), tool)
        return self._shown()

    def _shown(self) -> dict[str, Any]:
        spools = enumerate(self._source.spools)
        return {"tools": [_row(tool, spool) for tool, spool in spools]}


def _row(tool: int, spool: Spool | None) -> dict[str, Any]:
    if spool is None:
        spool, source = Spool("", None, None), None
    else:
        source = "manual" if spool.id is None else "spoolman"
    return {
        "tool": tool,
        "material": spool.material or None,
        "name": spool.name,
        "spool_id": spool.id,
        "remaining": spool.remaining,
        "source": source,
    }
