"""CPQ's HTTP API, versions 1 and 2, under its own paths and by its own words."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from ..core.edits import AddJobs, AddSet, NewJob
from ..core.errors import Unavailable
from ..core.events import Edited
from ..core.model import State
from . import arguments, cpq_payloads, cpq_schemas
from .endpoint import Call, Endpoint, Records, Request, Wheel, table
from .native import STORED, NativeApi
from .params import Boolean, Integer, Line, Param
from .start import START, START_PROSE, start_or_stop
from .wanted import SET

PREFIXES = ("/plugin/continuousprint", "/api/plugin/continuousprint")
"""The documented path, and one that the stock nginx forwards to Moonraker."""

_JOB = (
    Param(
        "job",
        Integer(),
        "A job that exists; empty: a new one.",
        default=None,
        nullable=True,
    ),
    Param("jobName", Line(), "Empty: the job is named by its number.", default=""),
    Param("jobDraft", Boolean(), "Wait until it is released.", default=True),
)
FLAT_PROSE = """\
One entry per print, done and to come. The list holds the newest 100 that are done and
the next 200 to come; `queue_left_out` says how many more there are.
"""


class CpqApi:
    def __init__(self, driver: Wheel, store: Records, native: NativeApi) -> None:
        self._driver = driver
        self._store = store
        self._native = native

    def endpoints(self) -> tuple[Endpoint, ...]:
        first, second = PREFIXES
        return table(first, *self._calls(), native=False, also=(second,))

    def _calls(self) -> Iterable[tuple[str, Call]]:
        return (
            (
                "GET state",
                Call(
                    self.state,
                    "CPQ 1.x: the flat queue.",
                    returns=cpq_schemas.V1,
                    prose=FLAT_PROSE,
                ),
            ),
            (
                "POST set_active",
                Call(
                    self.set_active,
                    "Start or stop management.",
                    START,
                    cpq_schemas.BOTH,
                    errors=(409, STORED),
                    example={"active": True, "bed": "clear"},
                    prose="Answers with both state objects in one. " + START_PROSE,
                ),
            ),
            (
                "GET state/get",
                Call(
                    self.state_get,
                    "CPQ 2.x: queues of jobs of sets.",
                    returns=cpq_schemas.V2,
                ),
            ),
            (
                "POST set/add",
                Call(
                    self.set_add,
                    "Add a set to a job, or to a new one.",
                    (*SET, *_JOB),
                    cpq_schemas.ADDED,
                    errors=(404, 409, STORED),
                    example={"path": "clip.gcode", "count": 2, "jobName": "Clips"},
                    prose="Form fields, one form field `json`, or a JSON body.",
                    json_field="json",
                ),
            ),
            (
                "POST automation/external",
                Call(
                    self.set_external,
                    "Replace the values that another program left for scripts.",
                    returns=cpq_schemas.OK,
                    free=True,
                    example={"operator": "anna"},
                ),
            ),
        )

    async def state(self, request: Request) -> Any:  # noqa: ARG002
        return await self._v1(self._driver.state)

    async def state_get(self, request: Request) -> Any:  # noqa: ARG002
        return await self._v2(self._driver.state)

    async def set_active(self, request: Request) -> Any:
        state = await self._driver.submit(start_or_stop(request))
        return {**await self._v1(state), **await self._v2(state)}

    async def _v2(self, state: State) -> dict[str, Any]:
        rules = self._driver.view_of(state).situation.rules
        return await cpq_payloads.cpq_v2(state, rules)

    async def _v1(self, state: State) -> dict[str, Any]:
        try:
            runs = await self._store.newest_runs(cpq_payloads.FLAT_QUEUE_DONE)
        except Unavailable:
            runs = ()  # a change that was stored must not look refused
        return await cpq_payloads.cpq_v1(self._driver.view_of(state), runs)

    async def set_add(self, request: Request) -> Any:
        args = request.args
        new = await self._native.checked(args)
        if args["job"] is not None:
            edit: AddJobs | AddSet = AddSet(args["job"], new)
        else:
            job = NewJob((new,), args["jobName"], draft=args["jobDraft"])
            edit = AddJobs((job,), time.time(), request.user)
        state = await self._driver.submit(Edited(edit, request.user))
        wanted = edit.job_id if isinstance(edit, AddSet) else state.jobs[-1].id
        job_now = next(one for one in state.jobs if one.id == wanted)
        rank = len(job_now.sets) - 1
        return {
            "job_id": job_now.id,
            "set_": cpq_payloads.cpq_set(job_now.sets[rank], rank),
        }

    async def set_external(self, request: Request) -> Any:
        sent = request.sent
        if set(sent) == {"json"} and isinstance(sent["json"], str):
            sent = arguments.json_object(sent["json"], "json")
        await self._native.set_external(Request({}, request.user, sent))
        return "OK"
