"""CPQ's private calls, second half: history, queues and scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..core.decisions import BedClearing, Rules
from ..core.errors import BadRequest, Conflict
from ..core.model import Outcome, Run
from . import arguments, cpq_schemas, payloads
from .cpq_edits import LOCAL
from .endpoint import Call, Endpoint, Records, Request, table
from .native import STORED
from .octoprint import PREFIXES
from .schemas import Named, listing, optional, record, text, whole

MAX_HISTORY = 100
_TIME = whole("In seconds since the epoch.")
HISTORY = Named(
    "CpqHistory",
    listing(
        record(
            {
                "start": _TIME,
                "end": optional(_TIME),
                "result": {"enum": ["success", "failure", "aborted", None]},
                "queue_name": text(),
                "job_name": text(),
                "set_path": text(),
                "run_id": whole(),
                "movie_path": optional(text()),
                "thumb_path": optional(text()),
            }
        )
    ),
    "Newest first.",
)
QUEUES = Named(
    "CpqQueues",
    listing(
        record({"name": text(), "addr": optional(text()), "strategy": text()}),
    ),
)
AUTOMATION = Named(
    "CpqAutomation",
    record(
        {
            "scripts": {"type": "object", "additionalProperties": text()},
            "events": {"type": "object"},
            "preprocessors": {"type": "object"},
        }
    ),
)
SIMULATED = Named(
    "CpqSimulated",
    record(
        {
            "gcode": text(),
            "symtable_diff": {"type": "object"},
            "stderr": text(),
            "stdout": text(),
        }
    ),
)

# CPQ's events and our scripts for them; the others have none.
EVENTS = (
    "activate",
    "deactivate",
    "start_print",
    "print_success",
    "bed_cooldown",
    "finish",
    "cancel",
    "awaiting_material",
)
CLEARING, FINISH = "Bed clearing", "Finish"


class Ended(Protocol):
    async def clear(self) -> int: ...


class CpqRecordsApi:
    def __init__(self, runs: Records, ended: Ended, rules: Rules) -> None:
        self._runs = runs
        self._ended = ended
        self._rules = rules
        self._strategy = rules.strategy.name

    def endpoints(self) -> tuple[Endpoint, ...]:
        first, second = PREFIXES
        return table(first, *self._calls(), native=False, also=(second,))

    def _calls(self) -> Iterable[tuple[str, Call]]:
        yield (
            "GET history/get",
            Call(self.history, "The newest 100 runs.", returns=HISTORY, errors=(503,)),
        )
        yield (
            "POST history/reset",
            Call(
                self.forget,
                "Forget all runs that have ended.",
                returns=cpq_schemas.OK,
                errors=(STORED,),
            ),
        )
        yield "GET queues/get", Call(self.queues, "The one queue.", returns=QUEUES)
        yield (
            "POST queues/edit",
            Call(
                self.edit_queues,
                "Accepts the queue as it is; anything else is refused.",
                returns=cpq_schemas.OK,
                errors=(400, 409),
                free=True,
                example={"json": '[{"name": "local", "strategy": "IN_ORDER"}]'},
                prose="The strategy is an option in moonraker.conf.",
            ),
        )
        yield (
            "GET automation/get",
            Call(
                self.automation,
                "The scripts of moonraker.conf, in CPQ's words.",
                returns=AUTOMATION,
            ),
        )
        yield (
            "POST automation/edit",
            Call(
                self.edit_automation,
                "Refused: scripts are set in moonraker.conf.",
                returns=cpq_schemas.OK,
                errors=(400, 409),
                free=True,
                example={},
            ),
        )
        yield (
            "POST automation/simulate",
            Call(
                self.simulate,
                "The G-code of plain scripts, one after the other.",
                returns=SIMULATED,
                errors=(400,),
                free=True,
                example={"automation": '[["G28", null]]', "symtable": "{}"},
                prose="CPQ's preprocessors are Python and are refused.",
            ),
        )

    async def history(self, request: Request) -> Any:  # noqa: ARG002
        return [_past(one) for one in await self._runs.newest_runs(MAX_HISTORY)]

    async def forget(self, request: Request) -> Any:  # noqa: ARG002
        await self._ended.clear()
        return "OK"

    async def queues(self, request: Request) -> Any:  # noqa: ARG002
        return [{"name": LOCAL, "addr": None, "strategy": self._strategy}]

    async def edit_queues(self, request: Request) -> Any:
        wanted = _json(request.sent, "json", list)
        if not all(isinstance(one, dict) for one in wanted):
            raise BadRequest("json must be a list of queues.")
        for one in wanted:
            if one.get("name") != LOCAL or one.get("strategy") not in (
                None,
                self._strategy,
            ):
                raise Conflict(
                    "There is one queue, local. Its strategy is set in moonraker.conf."
                )
        return "OK"

    async def automation(self, request: Request) -> Any:  # noqa: ARG002
        scripts, events = {}, {name: list[Any]() for name in EVENTS}
        rules = self._rules
        if rules.bed_clearing is BedClearing.GCODE:
            scripts[CLEARING] = rules.clearing_gcode
            events["print_success"] = [{"script": CLEARING, "preprocessor": None}]
        if rules.finish_gcode:
            scripts[FINISH] = rules.finish_gcode
            events["finish"] = [{"script": FINISH, "preprocessor": None}]
        return {"scripts": scripts, "events": events, "preprocessors": {}}

    async def edit_automation(self, request: Request) -> Any:
        if request.sent:
            _json(request.sent, "json", dict)
        raise Conflict(
            "Scripts are set in moonraker.conf: bed_clearing_gcode and finish_gcode."
            " Nothing was changed."
        )

    async def simulate(self, request: Request) -> Any:
        _json(request.sent, "symtable", dict)
        lines = []
        for one in _json(request.sent, "automation", list):
            if not (isinstance(one, list) and len(one) == 2):
                raise BadRequest("automation must be a list of [script, preprocessor].")
            script, preprocessor = one
            if not isinstance(script, str) or preprocessor not in (None, ""):
                raise BadRequest(
                    "A preprocessor is Python and is not run here; write the"
                    " condition in Klipper's Jinja2 instead."
                )
            lines.append(script)
        return {
            "gcode": "\n".join(lines),
            "symtable_diff": {},
            "stderr": "",
            "stdout": "",
        }


def _past(run: Run) -> payloads.Payload:
    outcome = run.outcome
    # CPQ knows no "cancelled": a cancelled print was an aborted one.
    result = Outcome.ABORTED if outcome is Outcome.CANCELLED else outcome
    return {
        "start": int(run.started or run.opened),
        "end": None if run.ended is None else int(run.ended),
        "result": None if result is None else result.value,
        "queue_name": LOCAL,
        "job_name": run.job_name,
        "set_path": run.path,
        "run_id": run.id,
        "movie_path": run.video or None,
        "thumb_path": None,
    }


def _json(sent: Mapping[str, Any], name: str, kind: type) -> Any:
    """A form field that holds JSON, or the same in a JSON body."""
    value = sent.get(name)
    if isinstance(value, str):
        value = arguments.json_value(value, name)
    if not isinstance(value, kind):
        wanted = "an object" if kind is dict else "a list"
        raise BadRequest(f"{name} must be {wanted}.")
    return value
