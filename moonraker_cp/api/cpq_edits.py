"""CPQ's private calls that clients use all the same, first half: jobs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..core.edits import (
    AddJobs,
    Edit,
    EditJob,
    MoveJob,
    NewJob,
    RemoveJobs,
    ResetJobs,
    RewriteJob,
    SetWish,
    find_job,
)
from ..core.errors import NotFound, QueueError
from ..core.events import Edited
from ..core.model import MAX_COPIES, Job, State
from . import cpq_payloads, cpq_schemas, payloads
from .endpoint import Call, Endpoint, Request, Wheel, table
from .native import STORED, NativeApi
from .octoprint import PREFIXES
from .params import (
    Boolean,
    Integer,
    Integers,
    Line,
    Listing,
    Param,
    Params,
    Record,
    Text,
    Texts,
)
from .schemas import Named, listing, record, text, whole

LOCAL = "local"
_REFUSED = (404, 409, STORED)
_QUEUE = Param("queue", Text(), "Always local.", default=LOCAL)
_IDS = Param("job_ids", Integers(), "The jobs'.", required=True, aliases=("job_ids[]",))
_SET: Params = (
    Param("id", Integer(), "The set's; unknown or null: a new one.", nullable=True),
    Param("path", Text(), "A G-code file.", required=True),
    Param("count", Integer(0, MAX_COPIES), "Copies in each pass.", default=1),
    Param("remaining", Integer(0, MAX_COPIES), "Left in this pass.", nullable=True),
    Param("materials", Texts(nulls=True), "What it needs, by tool.", default=()),
    Param("profiles", Texts(), "The kinds of printer it is for.", default=()),
    Param("metadata", Text(), "Kept as it is.", nullable=True),
)
_SETS = Listing(
    Record("CpqEditedSet", _SET, "A set must be an object with path."), 500, "sets", 0
)
_EDIT: Params = (
    Param("id", Integer(), "The job's.", required=True),
    _QUEUE,
    Param("name", Line(), "Its name."),
    Param("count", Integer(0, MAX_COPIES), "Passes."),
    Param("remaining", Integer(0, MAX_COPIES), "Passes left."),
    Param("draft", Boolean(), "false releases it for printing."),
    Param("sets", _SETS, "All its sets, in order.", nullable=True),
)

REMOVED = Named("CpqRemoved", record({"jobs_deleted": whole()}))
RESET = Named("CpqReset", record({"num_updated": whole("Jobs and sets.")}))
EXPORTED = Named(
    "CpqExported", record({"paths": listing(text()), "errors": listing(text())})
)


class JobFiles(Protocol):
    """Job files in the gcodes folder; paths are relative to it."""

    async def export(self, job: Job) -> str: ...

    async def load(self, path: str) -> NewJob: ...


class CpqEditApi:
    def __init__(
        self,
        driver: Wheel,
        native: NativeApi,
        files: JobFiles,
    ) -> None:
        self._driver = driver
        self._native = native
        self._files = files

    def endpoints(self) -> tuple[Endpoint, ...]:
        first, second = PREFIXES
        return table(first, *self._jobs(), native=False, also=(second,))

    def _jobs(self) -> Iterable[tuple[str, Call]]:
        name = Param("name", Line(), "Empty: it is named by its number.", default="")
        yield (
            "POST job/add",
            _call(self.add, "Add an empty draft.", (name,), {"name": "Boxes"}),
        )
        yield (
            "POST job/mv",
            Call(
                self.move,
                "Put a job behind another one; after_id empty: in front.",
                (
                    Param("id", Integer(), "The job's.", required=True),
                    Param("after_id", Integer(), "Or -1.", default=None, nullable=True),
                    Param("src_queue", Text(), "Always local.", default=LOCAL),
                    Param("dest_queue", Text(), "Always local.", default=LOCAL),
                ),
                cpq_schemas.OK,
                _REFUSED,
                {"id": 2, "after_id": ""},
            ),
        )
        yield (
            "POST job/edit",
            _call(self.edit, "Change a job.", _EDIT, {"id": 1, "count": 3}),
        )
        yield (
            "POST job/rm",
            Call(
                self.remove,
                "Remove jobs.",
                (_QUEUE, _IDS),
                REMOVED,
                _REFUSED,
                {"queue": LOCAL, "job_ids[]": [2]},
                "Jobs that are not there are left out of the number.",
            ),
        )
        yield (
            "POST job/reset",
            Call(
                self.reset,
                "Forget what was printed of jobs.",
                (_QUEUE, _IDS),
                RESET,
                _REFUSED,
                {"queue": LOCAL, "job_ids[]": [1]},
            ),
        )
        yield (
            "POST job/export",
            Call(
                self.export,
                "Write job files (.gjob) into the gcodes folder.",
                (_IDS,),
                EXPORTED,
                (STORED,),
                {"job_ids[]": [1]},
                "What could not be written is said in `errors`.",
            ),
        )
        yield (
            "POST job/import",
            Call(
                self.load,
                "Unpack a job file of the gcodes folder and add it as a draft.",
                (_QUEUE, Param("path", Text(), "The .gjob file.", required=True)),
                cpq_schemas.JOB,
                _REFUSED,
                {"path": "boxes.gjob"},
            ),
        )

    # -- jobs -----------------------------------------------------------------

    async def add(self, request: Request) -> Any:
        job = NewJob((), request.args["name"], draft=True)
        edit = AddJobs((job,), time.time(), request.user)
        state = await self._edit(edit, request)
        return _shown(state, state.jobs[-1])

    async def move(self, request: Request) -> Any:
        args = request.args
        _check_queue(args["src_queue"])
        _check_queue(args["dest_queue"])
        after = args["after_id"]
        await self._edit(MoveJob(args["id"], None if after == -1 else after), request)
        return "OK"

    async def edit(self, request: Request) -> Any:
        args = request.args
        _check_queue(args["queue"])
        job = EditJob(
            args["id"],
            name=args.get("name"),
            draft=args.get("draft"),
            **_passes(args, self._driver.state.jobs),
        )
        edit: Edit = job
        if args.get("sets") is not None:
            edit = RewriteJob(
                job, tuple([await self._wish(one) for one in args["sets"]])
            )
        state = await self._edit(edit, request)
        return _shown(state, next(one for one in state.jobs if one.id == args["id"]))

    async def _wish(self, args: Mapping[str, Any]) -> SetWish:
        new = await self._native.checked(args)
        return SetWish(new, args.get("id"), args.get("remaining"))

    async def remove(self, request: Request) -> Any:
        ids = self._known(request)
        if ids:
            await self._edit(RemoveJobs(ids), request)
        return {"jobs_deleted": len(ids)}

    async def reset(self, request: Request) -> Any:
        ids = self._known(request)
        if not ids:
            return {"num_updated": 0}
        state = await self._edit(ResetJobs(ids), request)
        sets = sum(len(one.sets) for one in state.jobs if one.id in ids)
        return {"num_updated": len(ids) + sets}

    def _known(self, request: Request) -> frozenset[int]:
        """Of the ids that were sent those of jobs that are there, as CPQ does."""
        _check_queue(request.args["queue"])
        there = {one.id for one in self._driver.state.jobs}
        return frozenset(request.args["job_ids"]) & there

    async def export(self, request: Request) -> Any:
        written = [await self._export(one) for one in request.args["job_ids"]]
        return {
            "paths": [path for path, _ in written if path],
            "errors": [error for _, error in written if error],
        }

    async def _export(self, job_id: int) -> tuple[str, str]:
        """The path of its job file, or else what was wrong."""
        try:
            job = find_job(self._driver.state.jobs, job_id)
            return await self._files.export(job), ""
        except QueueError as error:
            return "", str(error)

    async def load(self, request: Request) -> Any:
        _check_queue(request.args["queue"])
        new = await self._files.load(request.args["path"])
        edit = AddJobs((new,), time.time(), request.user)
        state = await self._edit(edit, request)
        return _shown(state, state.jobs[-1])

    async def _edit(self, edit: Edit, request: Request) -> State:
        return await self._driver.submit(Edited(edit, request.user))


def _call(answer: Any, summary: str, params: Params, example: dict[str, Any]) -> Call:
    return Call(
        answer,
        summary,
        params,
        cpq_schemas.JOB,
        _REFUSED,
        example,
        "Form field `json`, or a JSON body. Answers with the job.",
        json_field="json",
    )


def _check_queue(name: str) -> None:
    if name != LOCAL:
        raise NotFound("There is one queue, local.")


def _passes(args: Mapping[str, Any], jobs: tuple[Job, ...]) -> dict[str, Any]:
    """CPQ allows a job of no passes; ours is done, and keeps what was printed.

    An endless job stays endless when its editor sends back what it was shown.
    """
    passes = {name: args[name] for name in ("count", "remaining") if name in args}
    endless = [one for one in jobs if one.id == args["id"] and one.is_endless]
    for one in endless:
        shown = range(1, cpq_payloads.cpq_job(one, False)["count"] + 1)
        if passes.get("count") in shown and passes.get("remaining") == 1:
            return {}
    return {"remaining": 0} if passes.get("count") == 0 else passes


def _shown(state: State, one: Job) -> payloads.Payload:
    acquired = state.run is not None and state.run.job_id == one.id
    return cpq_payloads.cpq_job(one, acquired)
