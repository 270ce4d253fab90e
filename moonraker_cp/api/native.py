"""/server/continuousprint/…: over HTTP, websocket JSON-RPC and MQTT."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable

from ..core.edits import AddJobs, NewJob, NewSet, RemoveJobs
from ..core.errors import BadRequest
from ..core.events import (
    Answered,
    BedSaid,
    ClearingAsked,
    Edited,
    Event,
    SkipAsked,
)
from ..core.failures import OnTrouble
from ..core.model import Job, State
from ..core.questions import Answer
from ..slices import in_slices
from . import payloads, schemas
from .endpoint import Call, Endpoint, Records, Request, Wheel, table
from .params import Integer, Integers, Param, read
from .start import START, START_PROSE, start_or_stop
from .wanted import (
    ADD_PROSE,
    ANSWER_PROSE,
    ANSWERS,
    BED,
    CLEAR,
    IDS,
    JOB,
    JOBS,
    LIST_PROSE,
    MAX_RUNS,
    OWN,
    PAGE,
    REMOVE_PROSE,
    REVISION,
    SET,
    STATE_PROSE,
)

PREFIX = "/server/continuousprint"
MAX_EXTERNAL = 64 * 1024
"""The most bytes of JSON that ``external`` may hold."""

STORED = 503
"""What a call answers that needs the store, when it is not to be had."""

CheckFile = Callable[[str], Awaitable[str]]


def _nothing(question: int) -> None:
    """Where no dialogs are shown."""


class NativeApi:
    """check_file: a path as it was sent -> the path to queue, or a QueueError.
    put_off: told of the question that somebody will answer later."""

    def __init__(
        self,
        driver: Wheel,
        store: Records,
        check_file: CheckFile,
        put_off: Callable[[int], None] = _nothing,
    ) -> None:
        self._driver = driver
        self._store = store
        self.check_path = check_file
        self._put_off = put_off
        self._external: dict[str, Any] = {}

    @property
    def external(self) -> dict[str, Any]:
        """The values that another program left for scripts."""
        return self._external

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(PREFIX, *self._management(), *self._jobs(), *self._rest())

    def _management(self) -> Iterable[tuple[str, Call]]:
        return (
            (
                "GET state",
                Call(
                    self.state,
                    "Everything visible: what management does, the bed, the jobs.",
                    returns=schemas.STATE,
                    prose=STATE_PROSE,
                ),
            ),
            (
                "POST active",
                Call(
                    self.active,
                    "Start or stop management.",
                    START,
                    schemas.STATE,
                    errors=(409, STORED),
                    example={"active": True, "bed": "clear"},
                    prose=START_PROSE,
                ),
            ),
            (
                "POST bed",
                Call(
                    self.bed,
                    "Say, as a person who looked, whether the bed is clear.",
                    (Param("state", BED, "What the bed is.", required=True),),
                    schemas.STATE,
                    errors=(409, STORED),
                    example={"state": "clear"},
                    prose="Refused with 409 while a print is on the printer.",
                ),
            ),
            (
                "POST bed/run_clearing",
                Call(
                    self.run_clearing,
                    "Answer the bed question with the clearing script.",
                    returns=schemas.STATE,
                    errors=(409, STORED),
                    prose="Refused with 409 when none is set or the bed is clear.",
                ),
            ),
            (
                "POST answer",
                Call(
                    self.answer,
                    "Answer the question that is asked; the first answer wins.",
                    (
                        Param("question", Integer(), "Its `id`.", required=True),
                        Param("answer", ANSWERS, "One of its answers.", required=True),
                    ),
                    schemas.STATE,
                    errors=(409, STORED),
                    example={"question": 1, "answer": "bed_clear"},
                    prose=ANSWER_PROSE,
                ),
            ),
            (
                "POST skip",
                Call(
                    self.skip,
                    "Drop the copies left, in this pass, of the set that prints or is"
                    " next.",
                    returns=schemas.STATE,
                    errors=(409, STORED),
                    prose="The copy in the printer goes on and is counted.",
                ),
            ),
        )

    def _jobs(self) -> Iterable[tuple[str, Call]]:
        return (
            (
                "GET jobs",
                Call(
                    self.jobs,
                    "The jobs in queue order, with the revision.",
                    PAGE,
                    schemas.LISTED,
                    example={"limit": 1},
                    prose=LIST_PROSE,
                ),
            ),
            (
                "POST jobs",
                Call(
                    self.add,
                    "Add a job, or several: all of them or none.",
                    (
                        *JOB,
                        Param("jobs", JOBS, "Several jobs at once.", nullable=True),
                    ),
                    schemas.JOBS,
                    errors=(404, 409, STORED),
                    example={"path": "clip.gcode", "count": 10, "name": "Clips"},
                    prose=ADD_PROSE,
                ),
            ),
            (
                "DELETE jobs",
                Call(
                    self.remove,
                    "Remove jobs: all that are named, or none.",
                    (
                        Param("job_ids", Integers(), IDS, True, aliases=("id",)),
                        REVISION,
                    ),
                    schemas.REMOVED,
                    errors=(404, 409, STORED),
                    example={"job_ids": [2]},
                    prose=REMOVE_PROSE,
                ),
            ),
        )

    def _rest(self) -> Iterable[tuple[str, Call]]:
        return (
            (
                "GET external",
                Call(
                    self.get_external,
                    "The values that another program left.",
                    returns=schemas.VALUES,
                ),
            ),
            (
                "POST external",
                Call(
                    self.set_external,
                    "Replace the values that another program left for scripts.",
                    returns=schemas.VALUES,
                    free=True,
                    example={"operator": "anna"},
                    prose="64 kB at most. They are kept until Moonraker stops.",
                ),
            ),
            (
                "GET runs",
                Call(
                    self.runs,
                    "What was printed, newest first.",
                    (Param("limit", Integer(1, MAX_RUNS), "The most.", default=50),),
                    schemas.RUNS,
                    errors=(STORED,),
                    example={"limit": 1},
                ),
            ),
        )

    async def state(self, request: Request) -> Any:  # noqa: ARG002
        return await payloads.newest(self._driver)

    async def _after(self, event: Event) -> Any:
        await self._driver.submit(event)
        return await payloads.newest(self._driver)

    async def active(self, request: Request) -> Any:
        return await self._after(start_or_stop(request))

    async def jobs(self, request: Request) -> Any:
        args = request.args
        page, _ = _page(self._driver.state, args)
        await payloads.job.fill(page)
        state = self._driver.state  # of the newest one, as in payloads.newest
        page, total = _page(state, args)
        answer = {**payloads.some_jobs(state, page), "total": total}
        if args.get("since") is not None:
            answer["ids"] = [one.id for one in state.jobs]
        return answer

    async def add(self, request: Request) -> Any:
        """One job by `path`, or several by `jobs`; all of them or none."""
        sent, check = request.args.get("jobs"), _once(self.check_path)
        wanted = await JOBS.records(sent) if sent else [request.args]
        new = [await self._new_job(one, check) async for one in in_slices(wanted)]
        state = await self._driver.submit(
            Edited(AddJobs(tuple(new), time.time(), request.user), request.user)
        )
        return payloads.some_jobs(state, state.jobs[-len(new) :])

    async def _new_job(self, args: Mapping[str, Any], check: CheckFile) -> NewJob:
        sets = args.get("sets")
        if sets is None:
            if "path" not in args:
                raise BadRequest("path is missing; name a file, or several in sets.")
            sets, count = [args], 1
        else:
            count = args["count"]
        return NewJob(
            tuple([await _checked(one, check) for one in sets]),
            args["name"],
            count,
            args["draft"],
            args["hold"],
            args["priority"],
            args["due"],
            args["note"],
        )

    async def new_set(self, sent: Mapping[str, Any]) -> NewSet:
        """The set of a request that is not in a table, such as a macro's."""
        return await self.checked(read(SET, sent))

    async def checked(self, args: Mapping[str, Any]) -> NewSet:
        """The set of these values (see SET), if its file is there."""
        return await _checked(args, self.check_path)

    async def remove(self, request: Request) -> Any:
        ids = request.args["job_ids"]
        edit = RemoveJobs(frozenset(ids))
        seen = request.args.get("revision")
        state = await self._driver.submit(Edited(edit, request.user, seen))
        return {"revision": state.control.revision, "removed": list(ids)}

    async def bed(self, request: Request) -> Any:
        event = BedSaid(request.args["state"] == CLEAR, request.user)
        return await self._after(event)

    async def run_clearing(self, request: Request) -> Any:
        event = ClearingAsked(request.user)
        return await self._after(event)

    async def answer(self, request: Request) -> Any:
        args = request.args
        event = Answered(args["question"], args["answer"], request.user)
        await self._driver.submit(event)
        if args["answer"] == Answer.NOT_YET.value:
            self._put_off(args["question"])
        return await payloads.newest(self._driver)

    async def skip(self, request: Request) -> Any:
        return await self._after(SkipAsked(request.user))

    async def get_external(self, request: Request) -> Any:  # noqa: ARG002
        return self._external

    async def set_external(self, request: Request) -> Any:
        """Replace the values; kept until Moonraker stops."""
        if not request.sent:
            raise BadRequest("Send a JSON object, as application/json.")
        try:
            size = len(json.dumps(request.sent, allow_nan=False))
        except (ValueError, RecursionError):
            raise BadRequest("NaN and Infinity are no numbers in JSON.") from None
        if size > MAX_EXTERNAL:
            raise BadRequest(f"external values may be {MAX_EXTERNAL} bytes at most.")
        self._external = dict(request.sent)
        return self._external

    async def runs(self, request: Request) -> Any:
        newest = await self._store.newest_runs(request.args["limit"])
        return {"runs": [payloads.run(one) for one in newest]}


def _page(state: State, args: Mapping[str, Any]) -> tuple[tuple[Job, ...], int]:
    """The jobs that are asked for, and how many there are to page through."""
    since, limit, start = args.get("since"), args.get("limit"), args["offset"]
    chosen = state.jobs
    if since is not None:
        chosen = tuple(one for one in chosen if one.revision > since)
    end = None if limit is None else start + limit
    return chosen[start:end], len(chosen)


async def _checked(args: Mapping[str, Any], check: CheckFile) -> NewSet:
    return NewSet(
        await check(args["path"]),
        args["count"],
        metadata=args.get("metadata"),
        materials=args["materials"],
        profiles=args["profiles"],
        **own_fields(args),
    )


def own_fields(args: Mapping[str, Any]) -> dict[str, Any]:
    """Those of OWN that were sent, as a set has them."""
    sent = {one.name: args[one.name] for one in OWN if one.name in args}
    if sent.get("on_failure") is not None:
        sent["on_failure"] = OnTrouble(sent["on_failure"])
    return sent


def _once(check: CheckFile) -> CheckFile:
    """Looks at each file once, however many jobs of a batch are to print it."""
    known: dict[str, str] = {}

    async def checked(path: str) -> str:
        if path not in known:
            known[path] = await check(path)
        return known[path]

    return checked
