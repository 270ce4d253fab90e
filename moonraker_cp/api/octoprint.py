"""CPQ's HTTP API, versions 1 and 2, under its own paths and by its own words."""

from __future__ import annotations

import time
from typing import Any

from ..core.edits import AddJobs, AddSet, NewJob
from ..core.errors import Unavailable
from ..core.events import Edited
from ..core.model import State
from . import arguments, payloads
from .endpoint import Answer, Endpoint, Records, Request, Wheel
from .native import NativeApi, start_or_stop

PREFIXES = ("/plugin/continuousprint", "/api/plugin/continuousprint")
"""The documented path, and one that the stock nginx forwards to Moonraker."""


class CpqApi:
    def __init__(self, driver: Wheel, store: Records, native: NativeApi) -> None:
        self._driver = driver
        self._store = store
        self._native = native

    def endpoints(self) -> tuple[Endpoint, ...]:
        calls: tuple[tuple[str, str, Answer, str], ...] = (
            ("state", "GET", self.state, "CPQ 1.x: the flat queue."),
            ("state/get", "GET", self.state_get, "CPQ 2.x: queues of jobs of sets."),
            ("set_active", "POST", self.set_active, "Start or stop management."),
            ("set/add", "POST", self.set_add, "Add a set to a job, or a new job."),
            (
                "automation/external",
                "POST",
                self.set_external,
                "Values that other programs leave for scripts.",
            ),
        )
        return tuple(
            Endpoint(f"{prefix}/{path}", {method: answer}, summary)
            for prefix in PREFIXES
            for path, method, answer, summary in calls
        )

    async def state(self, request: Request) -> Any:  # noqa: ARG002
        return await self._v1(self._driver.state)

    async def state_get(self, request: Request) -> Any:  # noqa: ARG002
        return payloads.cpq_v2(self._driver.state)

    async def set_active(self, request: Request) -> Any:
        state = await self._driver.submit(start_or_stop(request))
        return {**await self._v1(state), **payloads.cpq_v2(state)}

    async def _v1(self, state: State) -> dict[str, Any]:
        try:
            runs = await self._store.newest_runs(payloads.FLAT_QUEUE_DONE)
        except Unavailable:
            runs = ()  # a change that was stored must not look refused
        return payloads.cpq_v1(state, runs)

    async def set_add(self, request: Request) -> Any:
        args = dict(request.args)
        if "json" in args:
            args = arguments.json_object(arguments.text(args, "json"), "json")
        new = await self._native.new_set(args)
        if args.get("job") not in (None, ""):
            edit: AddJobs | AddSet = AddSet(arguments.integer(args, "job"), new)
        else:
            name = arguments.job_name(args, "jobName")
            draft = arguments.boolean(args, "jobDraft", default=True)
            job = NewJob((new,), name, draft=draft)
            edit = AddJobs((job,), time.time(), request.user)
        state = await self._driver.submit(Edited(edit, request.user))
        wanted = edit.job_id if isinstance(edit, AddSet) else state.jobs[-1].id
        job_now = next(one for one in state.jobs if one.id == wanted)
        rank = len(job_now.sets) - 1
        return {
            "job_id": job_now.id,
            "set_": payloads.cpq_set(job_now.sets[rank], rank),
        }

    async def set_external(self, request: Request) -> Any:
        args = dict(request.args)
        if set(args) == {"json"} and isinstance(args["json"], str):
            args = arguments.json_object(args["json"], "json")
        await self._native.set_external(Request(args, request.user))
        return "OK"
