"""Small working stand-ins for the store and the printer, and virtual time.

They do what the real ones do, as far as the queue can tell; `MemoryStore` is
held to the same contract as the real store (storage/test_contract.py).
"""

from __future__ import annotations

import asyncio
import functools
import selectors
import sqlite3
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Callable

from moonraker_cp.core.decisions import Action, Decision, SendStart
from moonraker_cp.core.diary import Entry
from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.events import (
    Answer,
    Event,
    Loss,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.model import Control, Job, Outcome, Run, State
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.storage.decisions import KEPT, Kept

READY = Look(ready=True, not_ready="", bed_temperature=22.0)


@dataclass
class MemoryStore:
    """Keeps what is committed; survives the driver that wrote it.

    failure: raised by each commit until it is None again. log: what happened,
    in order, shared with the other fakes of a test.
    """

    failure: Exception | None = None
    log: list[str] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    jobs: dict[int, Job] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    removed: dict[int, tuple[Job, float]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    async def open(self, now: float) -> State:
        if self.failure is not None:
            raise self.failure
        open_runs = [run for run in self.runs.values() if run.is_open]
        run = open_runs[0] if open_runs else None
        return State(self.control, tuple(self.jobs.values()), run)

    async def commit(self, decision: Decision) -> None:
        await asyncio.sleep(0)  # as the thread does, it lets others run
        revision = decision.state.control.revision
        if self.failure is not None:
            self.log.append(f"failed {revision}")
            raise self.failure
        runs = {**self.runs, **{run.id: run for run in decision.runs}}
        if decision.dropped_run is not None:
            del runs[decision.dropped_run]
        if decision.cleared is not None:
            run_id, when = decision.cleared
            if run_id in runs:
                runs[run_id] = replace(runs[run_id], cleared=when)
        if decision.link is not None:
            one = runs.get(decision.link.run_id)
            if one and one.path == decision.link.path and not one.history_id:
                runs[one.id] = replace(one, history_id=decision.link.history_id)
        if decision.recall is not None:
            bad = runs.get(decision.recall.run_id)
            if bad is not None and bad.outcome is Outcome.SUCCESS:
                why = decision.recall.reason
                runs[bad.id] = replace(
                    bad, outcome=Outcome.FAILURE, counted=False, reason=why
                )
        if decision.video is not None:
            made = decision.video
            fits = [
                run
                for run in runs.values()
                if not run.is_open
                and run.opened <= made.began
                and run.path.rpartition("/")[2] == made.name
            ]
            if fits:
                newest = max(fits, key=lambda run: run.id)
                runs[newest.id] = replace(newest, video=made.video)
        if sum(run.is_open for run in runs.values()) > 1:
            raise sqlite3.IntegrityError("a second open run")
        edit = decision.edit
        for job_id in edit.removed:
            self.removed[job_id] = (self.jobs[job_id], decision.now)
        jobs = {k: job for k, job in self.jobs.items() if k not in edit.removed}
        for job in edit.put:
            self.removed.pop(job.id, None)
        jobs.update({job.id: job for job in edit.put})
        if edit.reordered:
            jobs = {job.id: jobs[job.id] for job in decision.state.jobs}
        for run in decision.runs:
            self._count_late_copy(run)
        self.control, self.jobs, self.runs = decision.state.control, jobs, runs
        if decision.entry is not None:
            self.entries.append(decision.entry)
        self.log.append(f"commit {revision}")

    async def removed_jobs(
        self, limit: int, offset: int
    ) -> tuple[tuple[Job, float], ...]:
        newest = sorted(
            self.removed.values(), key=lambda one: (one[1], one[0].id), reverse=True
        )
        found = newest[offset : offset + limit]
        return tuple(found)

    async def removed_job(self, job_id: int) -> Job | None:
        found = self.removed.get(job_id)
        return None if found is None else found[0]

    def _count_late_copy(self, run: Run) -> None:
        if run.outcome is Outcome.SUCCESS and not run.counted:
            for job, when in list(self.removed.values()):
                if job.find_set(run.set_id):
                    self.removed[job.id] = (job.copy_done(run.set_id), when)

    async def purge_jobs(self, before: float) -> int:
        gone = [job_id for job_id, (_, when) in self.removed.items() if when < before]
        for job_id in gone:
            del self.removed[job_id]
        return len(gone)

    async def clear(self) -> int:
        gone = [run.id for run in self.runs.values() if not run.is_open]
        for run_id in gone:
            del self.runs[run_id]
        return len(gone)

    async def newest(self) -> Kept:
        """As DecisionLog does."""
        return Kept(tuple(self.entries[: -KEPT - 1 : -1]))

    async def newest_runs(self, limit: int) -> tuple[Run, ...]:
        if self.failure is not None:
            raise Unavailable(f"The runs could not be read: {self.failure}.")
        newest = sorted(self.runs.values(), key=lambda run: run.id, reverse=True)
        return tuple(newest[:limit])


@dataclass
class FakePrinter:
    """A printer whose answers the test gives, one call each.

    It posts what the real adapter posts. `post` is set once the driver exists;
    printed: the files that it has finished well, by its own account.
    """

    look: Look = READY
    log: list[str] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    clock: float = 1000.0
    post: Callable[[Event], None] = lambda event: None

    def perform(self, action: Action) -> None:
        self.log.append(_shown(action))
        self.actions.append(action)

    def connect(self, look: Look = READY) -> None:
        self.look = replace(look, clock=self.clock)
        self.post(PrinterSeen(self.look))

    def lose(self, kind: Loss = Loss.DISCONNECT, message: str = "Klipper") -> None:
        words = message if kind is Loss.SHUTDOWN else "Klipper is not connected."
        self.look = Look(ready=False, not_ready=words, clock=self.clock)
        self.post(PrinterLost(kind, message))

    def begin(self) -> None:
        """Take the start that was asked for last, and print."""
        action = self.actions[-1]
        assert isinstance(action, SendStart)
        self.post(StartAnswered(action.ticket, Answer.ACCEPTED))
        self.print_begins(action.path)

    def print_begins(self, path: str) -> None:
        """A print begins, whoever asked for it."""
        self.look = replace(
            self.look,
            state=PrintState.PRINTING,
            filename=path,
            reading=True,
            total_duration=0.0,
            clock=self.clock,
        )
        self.post(PrintStarted(self.look))

    def refuse(self, words: str = "Unable to open file") -> None:
        self.post(StartAnswered(self.actions[-1].ticket, Answer.REFUSED, words))

    def end(self, outcome: Outcome = Outcome.SUCCESS, words: str = "") -> None:
        state = {
            Outcome.SUCCESS: PrintState.COMPLETE,
            Outcome.FAILURE: PrintState.ERROR,
            Outcome.CANCELLED: PrintState.CANCELLED,
        }[outcome]
        self.clock += 60.0
        self.look = replace(
            self.look,
            state=state,
            reading=False,
            total_duration=60.0,
            message=words,
            clock=self.clock,
        )
        if outcome is Outcome.SUCCESS:
            self.printed.append(self.look.filename)
        self.post(PrintEnded(self.look, outcome, words))

    def script_ends(self, error: str | None = None) -> None:
        self.post(ScriptEnded(self.actions[-1].ticket, error))


def _shown(action: Action) -> str:
    if isinstance(action, SendStart):
        return f"start {action.path}"
    return f"send {type(action).__name__}"


class _JumpingSelector(selectors.DefaultSelector):
    """Where the loop would wait, time jumps instead."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout is None:
            raise AssertionError("Everybody waits, and nothing will ever happen.")
        if not found:
            self.jumped += max(timeout or 0.0, 0.0)
        return found


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop on which a sleep takes no time. Not for threads."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def in_virtual_time(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """The async test, run to its end on a loop of virtual time."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        loop = VirtualTime()
        try:
            loop.run_until_complete(test(*args, **kwargs))
        finally:
            loop.run_until_complete(_end(asyncio.all_tasks(loop)))
            loop.close()

    return run
