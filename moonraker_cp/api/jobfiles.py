"""Job files (.gjob) under /server/continuousprint/job/: export and import."""

from __future__ import annotations

import time
from typing import Any, Protocol

from ..core.edits import AddJobs, NewJob, find_job
from ..core.events import Edited
from ..core.model import Job
from . import payloads, schemas
from .endpoint import Call, Endpoint, Request, Wheel, table
from .native import PREFIX, STORED
from .params import Integer, Param, Text
from .schemas import Named, record, text

EXPORTED = Named("Exported", record({"path": text("Relative to the gcodes folder.")}))


class JobFiles(Protocol):
    """Job files in the gcodes folder; paths are relative to it."""

    async def export(self, job: Job) -> str: ...

    async def load(self, path: str) -> NewJob: ...


class JobFileApi:
    def __init__(self, driver: Wheel, files: JobFiles) -> None:
        self._driver = driver
        self._files = files

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "POST job/export",
                Call(
                    self.export,
                    "Write a job with its files into one job file.",
                    (Param("id", Integer(), "The job's.", required=True),),
                    EXPORTED,
                    (404, STORED),
                    {"id": 1},
                    "A zip with `manifest.json` and the G-code, which CPQ reads, too.",
                ),
            ),
            (
                "POST job/import",
                Call(
                    self.load,
                    "Unpack a job file and add its job as a draft.",
                    (Param("path", Text(), "The .gjob file.", required=True),),
                    schemas.JOBS,
                    (404, 409, STORED),
                    {"path": "boxes.gjob"},
                    "The files appear in a new folder beside it, all or none.",
                ),
            ),
        )

    async def export(self, request: Request) -> Any:
        job = find_job(self._driver.state.jobs, request.args["id"])
        return {"path": await self._files.export(job)}

    async def load(self, request: Request) -> Any:
        new = await self._files.load(request.args["path"])
        edit = AddJobs((new,), time.time(), request.user)
        state = await self._driver.submit(Edited(edit, request.user))
        return payloads.some_jobs(state, state.jobs[-1:])
