"""/server/continuousprint/…: over HTTP, websocket JSON-RPC and MQTT."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable
from typing import Any, Callable

from ..core.edits import AddJobs, NewJob, NewSet, RemoveJobs, SetDraft
from ..core.errors import BadRequest
from ..core.events import (
    Activated,
    Answered,
    BedSaid,
    ClearingAsked,
    Deactivated,
    Edited,
    SkipAsked,
)
from ..core.model import BedState, Job, State
from . import arguments, payloads
from .endpoint import Endpoint, Records, Request, Wheel

PREFIX = "/server/continuousprint"
MAX_RUNS = 500
"""The most runs that one call lists."""

MAX_BATCH = 1000
"""The most jobs that one call adds."""

MAX_EXTERNAL = 64 * 1024
"""The most bytes of JSON that ``external`` may hold."""

CheckFile = Callable[[str], Awaitable[str]]


class NativeApi:
    """check_file: a path as it was sent -> the path to queue, or a QueueError."""

    def __init__(self, driver: Wheel, store: Records, check_file: CheckFile) -> None:
        self._driver = driver
        self._store = store
        self._check_file = check_file
        self._external: dict[str, Any] = {}

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                f"{PREFIX}/state",
                {"GET": self.state},
                "Everything visible: what management does, the bed, the jobs.",
            ),
            Endpoint(
                f"{PREFIX}/active",
                {"POST": self.active},
                "Start or stop management.",
            ),
            Endpoint(
                f"{PREFIX}/jobs",
                {"GET": self.jobs, "POST": self.add, "DELETE": self.remove},
                "List, add or remove jobs.",
            ),
            Endpoint(
                f"{PREFIX}/job",
                {"POST": self.edit},
                "Change a job: release a draft, or make it one.",
            ),
            Endpoint(
                f"{PREFIX}/bed",
                {"POST": self.bed},
                "A person's word about the bed.",
            ),
            Endpoint(
                f"{PREFIX}/bed/run_clearing",
                {"POST": self.run_clearing},
                "Answer the bed question with the clearing script.",
            ),
            Endpoint(
                f"{PREFIX}/answer",
                {"POST": self.answer},
                "Answer the question that is asked; the first answer wins.",
            ),
            Endpoint(
                f"{PREFIX}/skip",
                {"POST": self.skip},
                "Drop the copies left of the file that prints or is next.",
            ),
            Endpoint(
                f"{PREFIX}/external",
                {"GET": self.get_external, "POST": self.set_external},
                "Values that other programs leave for scripts.",
            ),
            Endpoint(
                f"{PREFIX}/runs",
                {"GET": self.runs},
                "What was printed, newest first.",
            ),
        )

    async def state(self, request: Request) -> Any:  # noqa: ARG002
        return self._shown(self._driver.state)

    def _shown(self, state: State) -> Any:
        return payloads.snapshot(state, self._driver.question)

    async def active(self, request: Request) -> Any:
        return self._shown(await self._driver.submit(start_or_stop(request)))

    async def jobs(self, request: Request) -> Any:  # noqa: ARG002
        state = self._driver.state
        return {
            "revision": state.control.revision,
            "jobs": [payloads.job(one) for one in state.jobs],
        }

    async def add(self, request: Request) -> Any:
        """One job by `path`, or several by `jobs`; all of them or none."""
        many = request.args.get("jobs")
        wanted = [request.args] if many is None else many
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= MAX_BATCH:
            raise BadRequest(f"jobs must be a list of 1 to {MAX_BATCH} jobs.")
        new = tuple([await self._new_job(one) for one in wanted])
        state = await self._driver.submit(
            Edited(AddJobs(new, time.time(), request.user), request.user)
        )
        return self._added(state, state.jobs[-len(new) :])

    def _added(self, state: State, jobs: tuple[Job, ...]) -> Any:
        return {
            "revision": state.control.revision,
            "jobs": [payloads.job(one) for one in jobs],
        }

    async def _new_job(self, args: Any) -> NewJob:
        if not isinstance(args, dict):
            raise BadRequest("A job must be an object with path or sets.")
        sets = args.get("sets")
        if sets is None:
            one = await self.new_set(args)
            return NewJob((one,), arguments.job_name(args, "name"), draft=_draft(args))
        if not isinstance(sets, list) or not sets:
            raise BadRequest("sets must be a list with at least one set.")
        return NewJob(
            tuple([await self.new_set(item) for item in sets]),
            arguments.job_name(args, "name"),
            arguments.integer(args, "count", 1),
            _draft(args),
        )

    async def new_set(self, args: Any) -> NewSet:
        if not isinstance(args, dict):
            raise BadRequest("A set must be an object with path.")
        return NewSet(
            await self._check_file(arguments.text(args, "path")),
            arguments.integer(args, "count", 1),
            materials=arguments.texts(args, "materials"),
            profiles=tuple(p for p in arguments.texts(args, "profiles") if p),
        )

    async def remove(self, request: Request) -> Any:
        ids = arguments.integers(request.args, "job_ids", "id")
        edit = RemoveJobs(frozenset(ids))
        state = await self._driver.submit(Edited(edit, request.user))
        return {"revision": state.control.revision, "removed": list(ids)}

    async def edit(self, request: Request) -> Any:
        job_id = arguments.integer(request.args, "id")
        draft = arguments.boolean(request.args, "draft")
        state = await self._driver.submit(Edited(SetDraft(job_id, draft), request.user))
        changed = tuple(one for one in state.jobs if one.id == job_id)
        return self._added(state, changed)

    async def bed(self, request: Request) -> Any:
        word = bed_word(request, "state")
        if word is None:
            raise BadRequest("state is missing; say clear or occupied.")
        event = BedSaid(word is BedState.CLEAR, request.user)
        return self._shown(await self._driver.submit(event))

    async def run_clearing(self, request: Request) -> Any:
        event = ClearingAsked(request.user)
        return self._shown(await self._driver.submit(event))

    async def answer(self, request: Request) -> Any:
        number = arguments.integer(request.args, "question")
        word = arguments.text(request.args, "answer")
        event = Answered(number, word, request.user)
        return self._shown(await self._driver.submit(event))

    async def skip(self, request: Request) -> Any:
        return self._shown(await self._driver.submit(SkipAsked(request.user)))

    async def get_external(self, request: Request) -> Any:  # noqa: ARG002
        return self._external

    async def set_external(self, request: Request) -> Any:
        """Replace the values; kept until Moonraker stops."""
        if not request.args:
            raise BadRequest("Send a JSON object, as application/json.")
        try:
            json.dumps(request.args, allow_nan=False)
        except (ValueError, RecursionError):
            raise BadRequest("NaN and Infinity are no numbers in JSON.") from None
        if len(json.dumps(request.args)) > MAX_EXTERNAL:
            raise BadRequest(f"external values may be {MAX_EXTERNAL} bytes at most.")
        self._external = dict(request.args)
        return self._external

    async def runs(self, request: Request) -> Any:
        limit = arguments.integer(request.args, "limit", 50)
        if not 1 <= limit <= MAX_RUNS:
            raise BadRequest(f"limit must be between 1 and {MAX_RUNS}.")
        return {"runs": [payloads.run(r) for r in await self._store.newest_runs(limit)]}


def _draft(args: dict[str, Any]) -> bool:
    return arguments.boolean(args, "draft", default=False)


def start_or_stop(request: Request) -> Activated | Deactivated:
    """active=true or false, and with true perhaps the word that the bed is clear."""
    wanted = arguments.boolean(request.args, "active")
    word = bed_word(request)
    if word is not None and not (wanted and word is BedState.CLEAR):
        raise BadRequest("bed can only be clear here, and only with active=true.")
    if not wanted:
        return Deactivated(request.user)
    return Activated(request.user, bed_clear=word is not None)


def bed_word(request: Request, name: str = "bed") -> BedState | None:
    """ "clear" or "occupied", as a person says it; None when nothing was said."""
    value = request.args.get(name)
    if value is None:
        return None
    said = value.strip().lower() if isinstance(value, str) else value
    if said not in (BedState.CLEAR.value, BedState.OCCUPIED.value):
        raise BadRequest(f"{name} must be clear or occupied.")
    return BedState(said)
