"""Jobs that were removed, which can be brought back until they are purged."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any, Protocol

from ..core.edits import RestoreJobs
from ..core.errors import NotFound
from ..core.event_words import who
from ..core.events import Edited
from ..core.model import Job
from . import payloads, schemas
from .edits import MANY, REFUSED, answer
from .endpoint import Call, Endpoint, Request, Wheel, table
from .native import PREFIX, STORED
from .params import Integer, Number, Param
from .schemas import Named

log = logging.getLogger(__name__)

MAX_PAGE = 500
"""The most jobs that one page lists."""

REMOVED_JOBS = Named(
    "RemovedJobs",
    schemas.record(
        {
            "jobs": schemas.listing(
                schemas.record(
                    {**schemas.JOB.schema["properties"], "removed": schemas.time()}
                )
            )
        }
    ),
    "Newest first; each as it was when it left.",
)
PURGED = Named("Purged", schemas.record({"purged": schemas.whole("How many.")}))


class Archive(Protocol):
    """What is needed of the store: jobs that were removed."""

    async def removed_jobs(
        self, limit: int, offset: int
    ) -> tuple[tuple[Job, float], ...]: ...

    async def removed_job(self, job_id: int) -> Job | None: ...

    async def purge_jobs(self, before: float) -> int: ...


class RemovedApi:
    def __init__(self, driver: Wheel, archive: Archive) -> None:
        self._driver = driver
        self._archive = archive

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(PREFIX, *self._calls())

    def _calls(self) -> Iterable[tuple[str, Call]]:
        yield (
            "GET removed",
            Call(
                self.removed,
                "Jobs that were removed and can be brought back, newest first.",
                (
                    Param("limit", Integer(1, MAX_PAGE), "The most.", default=50),
                    Param("offset", Integer(0), "How many to leave out.", default=0),
                ),
                REMOVED_JOBS,
                (STORED,),
            ),
        )
        yield (
            "POST removed/restore",
            Call(
                self.restore,
                "Bring removed jobs back, to the end of the queue.",
                (MANY,),
                schemas.JOBS,
                REFUSED,
                {"job_ids": [3]},
            ),
        )
        yield (
            "DELETE removed",
            Call(
                self.purge,
                "Forget removed jobs for good.",
                (
                    Param(
                        "before",
                        Number(0),
                        "Those removed before that time; left out: all.",
                        nullable=True,
                    ),
                ),
                PURGED,
                (STORED,),
            ),
        )

    async def removed(self, request: Request) -> Any:
        args = request.args
        found = await self._archive.removed_jobs(args["limit"], args["offset"])
        jobs = [{**payloads.own_job(one), "removed": when} for one, when in found]
        return {"jobs": jobs}

    async def restore(self, request: Request) -> Any:
        run = self._driver.state.run
        jobs = []
        for job_id in dict.fromkeys(request.args["job_ids"]):
            job = await self._archive.removed_job(job_id)
            if job is None:
                raise NotFound(f"There is no removed job {job_id}.")
            jobs.append(job)
        edit = RestoreJobs(tuple(jobs), run.set_id if run else None)
        return answer(await self._driver.submit(Edited(edit, request.user)), edit)

    async def purge(self, request: Request) -> Any:
        before = request.args.get("before")
        limit = time.time() if before is None else before
        purged = await self._archive.purge_jobs(limit)
        log.info("%s had %d removed jobs forgotten.", who(request.user), purged)
        return {"purged": purged}
