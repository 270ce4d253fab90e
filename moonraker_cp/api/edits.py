"""Edits of the queue under /server/continuousprint/: jobs and sets.

Each takes the `revision` of the queue as its sender saw it, if it likes: then a change
made from an old picture is refused with 409 and says what has changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from ..core.edits import (
    AddSet,
    CopyJob,
    Edit,
    EditJob,
    EditSet,
    MoveJob,
    MoveSet,
    PrintNext,
    RemoveSet,
    ResetJobs,
    RestoreJobs,
    SkipSet,
    job_of_set,
)
from ..core.errors import BadRequest
from ..core.events import Edited
from ..core.job_edits import MAX_NOTE
from ..core.model import ENDLESS, MAX_COPIES, State
from . import payloads, schemas
from .endpoint import Call, Endpoint, Request, Wheel, table
from .native import PREFIX, STORED, NativeApi, own_fields
from .params import Boolean, Integer, Integers, Line, Param, Params, Text, Texts
from .wanted import DUE, IDS, NEW_SET, OWN, PRIORITY, REVISION

MAX_PAGE = 500
"""The most jobs that one page of removed jobs lists."""

REFUSED = (404, 409, STORED)
_ID = Param("id", Integer(), "The job's.", required=True)
_SET_ID = Param("id", Integer(), "The set's.", required=True)
MANY = Param("job_ids", Integers(), IDS, True, aliases=("id",))
_JOB_FIELDS: Params = (
    Param("name", Line(), "Its name."),
    Param("count", Integer(ENDLESS, MAX_COPIES), "Passes; -1 is without end."),
    Param("remaining", Integer(0, MAX_COPIES), "Passes left, this one included."),
    Param("draft", Boolean(), "false releases it for printing."),
    Param("hold", Boolean(), "true: pass it over until it is released."),
    Param("priority", PRIORITY, "Higher goes first."),
    Param("due", DUE, "When it should be done; null: no matter.", nullable=True),
    Param("note", Text(MAX_NOTE), "For people."),
)
_SET_FIELDS: Params = (
    Param("path", Text(), "Another G-code file."),
    Param("count", Integer(0, MAX_COPIES), "Copies in each pass."),
    Param("remaining", Integer(0, MAX_COPIES), "Copies left in this pass."),
    Param("materials", Texts(nulls=True), "What it needs, by tool."),
    Param("profiles", Texts(), "The kinds of printer it is for."),
    *OWN,
)

EDIT_PROSE = """\
Only what is sent changes. `count` and `remaining` are two ways to say the same, so send
one of them. The pass whose copy is in the printer goes on, whatever they say.
"""
SET_PROSE = """\
Only what is sent changes. More or fewer copies in each pass are more or fewer in this
pass, too; `remaining` alone changes this pass alone, and may be more than `count`. The
copy in the printer is always one of those that are left.
"""


class EditApi:
    def __init__(self, driver: Wheel, native: NativeApi) -> None:
        self._driver = driver
        self._native = native

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(PREFIX, *self._jobs(), *self._sets())

    def _jobs(self) -> Iterable[tuple[str, Call]]:
        yield (
            "POST job",
            Call(
                self.edit_job,
                "Change a job.",
                (_ID, *_JOB_FIELDS, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 2, "draft": False, "count": 3},
                EDIT_PROSE,
            ),
        )
        yield (
            "POST job/move",
            Call(
                self.move_job,
                "Put a job behind another one, or in front of all.",
                (
                    _ID,
                    Param(
                        "after",
                        Integer(),
                        "The job to stand behind; null or 0: none.",
                        nullable=True,
                        default=None,
                    ),
                    REVISION,
                ),
                schemas.JOBS,
                REFUSED,
                {"id": 2, "after": None},
            ),
        )
        yield (
            "POST job/copy",
            Call(
                self.copy_job,
                "Put a fresh copy of a job behind it.",
                (_ID, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 1},
            ),
        )
        yield (
            "POST job/next",
            Call(
                self.print_next,
                "Print this job next, whatever the strategy, until it is done.",
                (_ID, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 1},
                "The copy in the printer is printed to its end first.",
            ),
        )
        yield (
            "POST jobs/reset",
            Call(
                self.reset,
                "Forget what was printed of jobs: all their copies are left again.",
                (MANY, REVISION),
                schemas.JOBS,
                REFUSED,
                {"job_ids": [1]},
                "Their runs stay in the history.",
            ),
        )

    def _sets(self) -> Iterable[tuple[str, Call]]:
        yield (
            "POST sets",
            Call(
                self.add_set,
                "Append a set to a job.",
                (
                    Param("job_id", Integer(), "The job's.", required=True),
                    *NEW_SET,
                    REVISION,
                ),
                schemas.JOBS,
                REFUSED,
                {"job_id": 1, "path": "clip.gcode", "count": 2},
            ),
        )
        yield (
            "POST set",
            Call(
                self.edit_set,
                "Change a set.",
                (_SET_ID, *_SET_FIELDS, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 1, "count": 12},
                SET_PROSE,
            ),
        )
        yield (
            "DELETE set",
            Call(
                self.remove_set,
                "Take a set out of its job.",
                (_SET_ID, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 1},
                "The copy in the printer goes on, and its run is kept.",
            ),
        )
        yield (
            "POST set/move",
            Call(
                self.move_set,
                "Put a set behind another one, or first; also into another job.",
                (
                    _SET_ID,
                    Param(
                        "job_id",
                        Integer(),
                        "The job to go to; its own when left out.",
                        nullable=True,
                    ),
                    Param(
                        "after",
                        Integer(),
                        "The set to stand behind; null or 0: none.",
                        nullable=True,
                        default=None,
                    ),
                    REVISION,
                ),
                schemas.JOBS,
                REFUSED,
                {"id": 1, "job_id": 2, "after": None},
            ),
        )
        yield (
            "POST set/skip",
            Call(
                self.skip_set,
                "Drop the copies of a set that are left in this pass.",
                (_SET_ID, REVISION),
                schemas.JOBS,
                REFUSED,
                {"id": 1},
                "The copy in the printer goes on and is counted.",
            ),
        )

    # -- answers --------------------------------------------------------------

    async def edit_job(self, request: Request) -> Any:
        fields = _said(request, _JOB_FIELDS)
        if "due" in fields:
            fields["due"] = fields["due"] or 0
        return await self._edit(EditJob(request.args["id"], **fields), request)

    async def move_job(self, request: Request) -> Any:
        edit = MoveJob(request.args["id"], request.args["after"] or None)
        return await self._edit(edit, request)

    async def copy_job(self, request: Request) -> Any:
        edit = CopyJob(request.args["id"], time.time(), request.user)
        return await self._edit(edit, request)

    async def print_next(self, request: Request) -> Any:
        return await self._edit(PrintNext(request.args["id"]), request)

    async def reset(self, request: Request) -> Any:
        return await self._edit(ResetJobs(frozenset(request.args["job_ids"])), request)

    async def add_set(self, request: Request) -> Any:
        new = await self._native.checked(request.args)
        return await self._edit(AddSet(request.args["job_id"], new), request)

    async def edit_set(self, request: Request) -> Any:
        fields = _said(request, _SET_FIELDS)
        if "path" in fields:
            fields["path"] = await self._native.check_path(fields["path"])
        fields.update(own_fields(fields))
        edit = EditSet(self._job_of(request), request.args["id"], **fields)
        return await self._edit(edit, request)

    async def remove_set(self, request: Request) -> Any:
        edit = RemoveSet(self._job_of(request), request.args["id"])
        return await self._edit(edit, request)

    async def move_set(self, request: Request) -> Any:
        own = self._job_of(request)
        target = request.args.get("job_id") or own
        after = request.args["after"] or None
        return await self._edit(
            MoveSet(own, request.args["id"], target, after), request
        )

    async def skip_set(self, request: Request) -> Any:
        edit = SkipSet(self._job_of(request), request.args["id"])
        return await self._edit(edit, request)

    def _job_of(self, request: Request) -> int:
        """The set's job now; the edit checks once more when its turn comes."""
        return job_of_set(self._driver.state.jobs, request.args["id"]).id

    async def _edit(self, edit: Edit, request: Request) -> Any:
        """Answers with the jobs that it is about."""
        seen = request.args.get("revision")
        state = await self._driver.submit(Edited(edit, request.user, seen))
        return answer(state, edit)


def answer(state: State, edit: Edit) -> payloads.Payload:
    ids = set(edit.touches().jobs)
    if isinstance(edit, MoveJob):
        ids.add(edit.job_id)
    revision = state.control.revision
    makes_jobs = isinstance(edit, (CopyJob, RestoreJobs))
    jobs = (
        one
        for one in state.jobs
        if one.id in ids or (makes_jobs and one.revision == revision)
    )
    return payloads.some_jobs(state, jobs)


def _said(request: Request, params: Params) -> dict[str, Any]:
    names = [param.name for param in params]
    said = {name: request.args[name] for name in names if name in request.args}
    if not said:
        raise BadRequest(f"Say what to change: {', '.join(names)}.")
    return said
