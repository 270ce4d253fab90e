"""Moonraker's own job queue, answered by ours: the panels of Mainsail and Fluidd.

Both front ends show what /server/job_queue answers, and send back whole lists of file
names (see `core.panel`). These are the five endpoints in Moonraker's shapes; `takeover`
puts them in the place of Moonraker's own.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Callable

from ..core.decisions import Decision
from ..core.edits import (
    AddJobs,
    Arrange,
    DropAllRows,
    DropRows,
    Edit,
    NewJob,
    NewSet,
    RowFirst,
)
from ..core.errors import BadRequest
from ..core.events import Activated, Answered, Deactivated, Edited
from ..core.model import Bed, State
from ..core.panel import Row, Rows, closest, is_listed, queue_state, rows
from ..core.questions import Answer, Question
from .arguments import Arguments
from .endpoint import Call, Endpoint, Request, Wheel, table
from .params import Boolean, Param, Text
from .schemas import Named, Schema, listing, number, record, text

PREFIX = "/server/job_queue"
MOST_NAMES = 1000
"""The longest list of file names that a panel may send."""

OLD_LIST = 10.0
"""Seconds for which a list that is no longer shown may still be what a person moved
rows in."""

READ_QUESTION = 2.0
"""Seconds after which the bed question counts as seen: Start twice is no answer."""

CheckFile = Callable[[str], Awaitable[str]]
Send = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Names:
    """A list of texts, or one text with commas, as Moonraker reads them."""

    flat = True

    def read(self, args: Arguments, name: str) -> tuple[str, ...]:
        value = args.get(name)
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise BadRequest(f"{name} must be a list of texts.")
        if len(value) > MOST_NAMES:
            raise BadRequest(f"{name} may hold {MOST_NAMES} texts at most.")
        return tuple(value)

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": MOST_NAMES,
        }


_ROW = Named(
    "QueuedCopy",
    record(
        {
            "filename": text("Relative to the gcodes folder."),
            "job_id": text("Job, set, pass and copy."),
            "time_added": number("When its job was added, in seconds since the epoch."),
            "time_in_queue": number("In seconds."),
        }
    ),
)
_STATE: Schema = {
    "type": "string",
    "enum": ["ready", "paused", "loading", "starting"],
}
STATUS = Named(
    "JobQueue",
    record({"queued_jobs": listing(_ROW.ref), "queue_state": _STATE}),
    "The next 100 copies, without the one in the printer, drafts and held jobs.",
)


@dataclass(frozen=True)
class _Seen:
    """What panels show."""

    state: State
    rows: Rows = ()

    @property
    def run_id(self) -> int | None:
        return self.state.run.id if self.state.run else None

    @property
    def printing(self) -> int | None:
        return self.state.run.set_id if self.state.run else None

    @property
    def word(self) -> str:
        return queue_state(self.state).value


class JobQueueApi:
    """check_file: a name as it was sent -> the path to queue, or a QueueError. send:
    puts a payload into `notify_job_queue_changed`. clock: in seconds, monotonic."""

    def __init__(
        self,
        driver: Wheel,
        check_file: CheckFile,
        send: Send,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._driver = driver
        self._check_file = check_file
        self._send = send
        self._clock = clock
        self._begun = False
        self._seen = _Seen(State())
        self._recent: deque[tuple[float, Rows]] = deque(maxlen=8)
        self._asked: tuple[Bed, float] | None = None

    def endpoints(self) -> tuple[Endpoint, ...]:
        files = Param("filenames", Names(), "Files to print, in order.", required=True)
        reset = Param(
            "reset",
            Boolean(),
            "The names are the whole queue as it shall be.",
            default=False,
            nullable=True,
        )
        ids = Param("job_ids", Names(), "Of the copies.", default=())
        everything = Param("all", Boolean(), "All copies.", default=False)
        one = Param("job_id", Text(), "Of the copy.", required=True)
        return table(
            PREFIX,
            ("GET status", _call(self.status, "The copies to come.")),
            ("POST job", _call(self.post, "Add files, or reorder.", files, reset)),
            ("DELETE job", _call(self.delete, "Drop copies.", ids, everything)),
            ("POST start", _call(self.start, "Start management.")),
            ("POST pause", _call(self.pause, "Stop management.")),
            ("POST jump", _call(self.jump, "Put a copy in front of all.", one)),
        )

    async def status(self, request: Request) -> Any:  # noqa: ARG002
        return self._shown(self._driver.state)

    async def post(self, request: Request) -> Any:
        names = request.args["filenames"]
        if request.args["reset"]:
            return await self.arrange(names, request.user)
        return await self.add(names, request.user)

    async def add(self, names: Sequence[str], user: str) -> Any:
        """Append: adjacent equal names are one job."""
        paths = [await self._check_file(name) for name in names]
        sets = [NewSet(path, len(list(some))) for path, some in groupby(paths)]
        if not sets:
            return self._shown(self._driver.state)
        jobs = tuple(NewJob((one,)) for one in sets)
        return await self._edit(AddJobs(jobs, time.time(), user), user)

    async def arrange(self, names: Sequence[str], user: str) -> Any:
        shown = self._recently_shown()
        known = {row.path for one in shown for row in one}
        checked = {n: await self._check_file(n) for n in set(names) if n not in known}
        paths = [checked.get(name, name) for name in names]
        made_from = closest(shown, paths)
        for path in Counter(paths) - Counter(row.path for row in made_from):
            await self._check_file(path)
        edit = Arrange(made_from, tuple(paths), time.time(), user)
        return await self._edit(edit, user)

    def _recently_shown(self) -> list[Rows]:
        """The rows that a panel may have had before it, the newest first."""
        oldest = self._clock() - OLD_LIST
        recent = [one for until, one in self._recent if until >= oldest]
        return [self._seen_of(self._driver.state).rows, *reversed(recent)]

    async def delete(self, request: Request) -> Any:
        if request.args["all"]:
            return await self._edit(DropAllRows(), request.user)
        edit = DropRows(frozenset(request.args["job_ids"]))
        return await self._edit(edit, request.user)

    async def jump(self, request: Request) -> Any:
        return await self._edit(RowFirst(request.args["job_id"]), request.user)

    async def _edit(self, edit: Edit, user: str) -> Any:
        state = await self._driver.submit(Edited(edit, user))
        # The sender knows the new rows: a list that looks like the old ones is meant.
        self._recent.clear()
        return self._shown(state)

    async def start(self, request: Request) -> Any:
        """Start, and the answer to the bed question if it was there to be read."""
        asked = self._driver.question
        if asked is not None and self._was_read(asked):
            event = Answered(asked.id, Answer.BED_CLEAR.value, request.user)
            return self._shown(await self._driver.submit(event))
        return self._shown(await self._driver.submit(Activated(request.user)))

    def _was_read(self, asked: Question) -> bool:
        if self._asked is None or Answer.BED_CLEAR not in asked.answers:
            return False
        bed, since = self._asked
        same = bed == self._driver.state.control.bed
        return same and self._clock() - since >= READ_QUESTION

    async def pause(self, request: Request) -> Any:
        return self._shown(await self._driver.submit(Deactivated(request.user)))

    # -- what panels show --------------------------------------------------------

    def _seen_of(self, state: State) -> _Seen:
        """Rows are made anew only when something of theirs has changed."""
        seen = _Seen(state, self._seen.rows)
        old = self._seen
        if state.jobs is old.state.jobs and seen.printing == old.printing:
            return seen
        return _Seen(state, rows(state.jobs, seen.printing))

    def _shown(self, state: State) -> dict[str, Any]:
        seen = self._seen_of(state)
        return {"queued_jobs": _payloads(seen.rows), "queue_state": seen.word}

    def begin(self) -> None:
        """From here on panels look at the queue as it is now."""
        self._begun = True
        self._seen = self._seen_of(self._driver.state)
        self._note_question()

    def publish(self, state: State, decision: Decision) -> None:
        """Tell the panels, if anything that they show has changed."""
        if not self._begun:
            return
        old, new = self._seen, self._seen_of(state)
        self._seen = new
        self._note_question()
        if new.rows != old.rows:
            self._recent.append((self._clock(), old.rows))
        action = _action(old, new, decision)
        if action:
            updated = new.rows != old.rows or action == "jobs_added"
            self._send(
                {
                    "action": action,
                    "updated_queue": _payloads(new.rows) if updated else None,
                    "queue_state": new.word,
                }
            )

    def _note_question(self) -> None:
        """Since when the bed is asked about; another next file asks nothing new."""
        asked, bed = self._driver.question, self._driver.state.control.bed
        if asked is None or Answer.BED_CLEAR not in asked.answers:
            self._asked = None
        elif self._asked is None or self._asked[0] != bed:
            self._asked = (bed, self._clock())


def _call(answer: Callable[[Request], Awaitable[Any]], what: str, *p: Param) -> Call:
    return Call(answer, what, p, STATUS, errors=(404, 409, 503))


def _payloads(shown: Iterable[Row]) -> list[dict[str, Any]]:
    now = time.time()
    return [
        {
            "filename": row.path,
            "job_id": row.id,
            "time_added": row.created,
            "time_in_queue": max(now - row.created, 0.0),
        }
        for row in shown
    ]


def _action(old: _Seen, new: _Seen, decision: Decision) -> str:
    """Moonraker's word for it, "" when nothing visible changed.

    jobs_added switches power devices on (on_when_job_queued), so that it is not said of
    a copy that failed and waits again.
    """
    last = old.state.control.last_job_id
    if any(job.id > last and is_listed(job) for job in decision.edit.put):
        return "jobs_added"
    if new.rows == old.rows:
        return "state_changed" if new.word != old.word else ""
    if new.run_id not in (None, old.run_id):
        return "job_loaded"
    if decision.runs or decision.dropped_run is not None:
        return "state_changed"
    if len(new.rows) > len(old.rows):
        return "jobs_added"
    left = {row.id for row in new.rows}
    gone = any(row.id not in left for row in old.rows)
    return "jobs_removed" if gone else "state_changed"
