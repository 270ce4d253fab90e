"""The diary: what each turn decided and why, for a person who was not there. Pure.

An entry is stored with the commit of its decision, so that it says what was stored; it
is about the decision and no part of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from . import events as ev
from .edits import FollowFile, LookAgain
from .event_words import ended, in_words, one_line, sent, some
from .model import Bed, BedCause, Phase, Reason, Run, State
from .notices import Notice, notices

if TYPE_CHECKING:
    from .decisions import Decision


class Level(str, Enum):
    """How much a decision is worth in a log."""

    DEBUG = "debug"
    INFO = "info"  # what a person did, and what the queue does once for each print
    WARNING = "warning"  # wants attention


@dataclass(frozen=True)
class Entry:
    """One decision. when: seconds since the epoch. event, done, reason: sentences.

    before, after: phases. bed: after it. run: the open one's id, after it. done: what
    was written in the books, and what was sent. reason: why the queue is blocked then,
    or why a request was refused. revision: the queue's after it. changed: False when
    nothing was stored.
    """

    when: float
    revision: int
    event: str
    before: str
    after: str
    bed: str
    run: int | None = None
    done: tuple[str, ...] = ()
    reason: str = ""
    level: str = Level.DEBUG.value
    changed: bool = True

    @property
    def line(self) -> str:
        """All of it in one line."""
        stood = f"{self.before} -> {self.after}, bed {self.bed}, revision"
        nothing = "" if self.changed else "Nothing was changed."
        parts = filter(None, (self.event, *self.done, self.reason, nothing))
        return f"{' '.join(parts)} ({stood} {self.revision})"


BY_PEOPLE = (
    *(ev.Activated, ev.Deactivated, ev.BedSaid, ev.ClearingAsked, ev.Answered),
    *(ev.ScriptAsked, ev.CopyRecalled, ev.PrintAnyway, ev.FailureReported),
    *(ev.SkipAsked, ev.Edited),
)
TROUBLES = (Notice.QUEUE_BLOCKED, Notice.PRINT_FAILED)

_CAUSES = {
    BedCause.NEVER_SEEN: "nobody has said",
    BedCause.OWN_GOOD: "a good print of ours",
    BedCause.OWN_OLD: "a good print of ours, before the queue stopped",
    BedCause.OWN_BAD: "a print of ours that has not ended well, or not yet",
    BedCause.OWN_FAILED: "a failed print of ours, which a script may clear",
    BedCause.FOREIGN: "a print of somebody else",
    BedCause.PERSON: "a person said so",
    BedCause.SCRIPT: "a script has cleared it",
}


def entry_of(before: State, event: ev.Event, decision: Decision) -> Entry:
    """What the diary says of a decision. before: the state that it was made from."""
    after = decision.state
    changed = decision.changes(before)
    control = after.control
    return Entry(
        decision.now,
        control.revision,
        in_words(event),
        before.control.phase.value,
        control.phase.value,
        control.bed.state.value,
        after.run.id if after.run else None,
        tuple(_done(before, decision)) if changed else (),
        _why(control.reason),
        _level(before, event, decision).value if changed else Level.DEBUG.value,
        changed,
    )


def refused(state: State, event: ev.Event, why: str, now: float) -> Entry:
    """The entry of a request that was refused."""
    control = state.control
    return Entry(
        now,
        control.revision,
        in_words(event),
        control.phase.value,
        control.phase.value,
        control.bed.state.value,
        state.run.id if state.run else None,
        reason=ended(one_line(f"Refused: {why}")),
        changed=False,
    )


def _why(reason: Reason | None) -> str:
    """Klipper's words, with which a text may end, have no full stop; they may be long,
    and what to do is behind them."""
    if reason is None:
        return ""
    return f"{ended(one_line(reason.text, 500))} {one_line(reason.advice, 500)}"


def _level(before: State, event: ev.Event, decision: Decision) -> Level:
    told = notices(before, decision.state, decision.runs)
    if any(notice in TROUBLES for notice, _ in told):
        return Level.WARNING
    by_files = isinstance(event, ev.Edited) and isinstance(
        event.edit, (LookAgain, FollowFile)
    )
    by_person = isinstance(event, BY_PEOPLE) and not by_files
    new_run = (before.run and before.run.id) != decision.state.control.run_id
    return Level.INFO if told or by_person or new_run else Level.DEBUG


# -- what was done ---------------------------------------------------------------


def _done(before: State, decision: Decision) -> Iterator[str]:
    for run in decision.runs:
        yield from _of_run(before.run, run)
    if decision.dropped_run is not None:
        yield f"Run {decision.dropped_run} never reached the printer; it is forgotten."
    old, new = before.control, decision.state.control
    if old.active != new.active:
        yield "The queue is active." if new.active else "The queue is stopped."
    if old.bed != new.bed:
        yield _of_bed(new.bed)
    if new.phase is Phase.IDLE and new.awaits not in ("", old.awaits):
        yield "The next copy waits for material."
    yield from _of_jobs(before, decision)
    yield from map(sent, decision.actions)


def _of_run(before: Run | None, run: Run) -> Iterator[str]:
    was_open = before is not None and before.id == run.id
    if run.outcome is None and not was_open:
        yield one_line(f"Run {run.id} of {run.path} was opened.")
    elif run.outcome is not None and was_open:
        counted = "counted" if run.counted else "not counted"
        closed = f"was closed as {run.outcome.value} and {counted}"
        yield one_line(f"Run {run.id} of {run.path} {closed}.")


def _of_bed(bed: Bed) -> str:
    by = f", {bed.by}" if bed.by else ""
    return one_line(f"The bed is {bed.state.value} ({_CAUSES[bed.cause]}{by}).")


def _of_jobs(before: State, decision: Decision) -> Iterator[str]:
    edit, newest = decision.edit, before.control.last_job_id
    added = [job.id for job in edit.put if job.id > newest]
    changed = [job.id for job in edit.put if job.id <= newest]
    for what, ids in (
        ("added", added),
        ("changed", changed),
        ("removed", list(edit.removed)),
    ):
        if ids:
            yield f"Job{'s' * (len(ids) > 1)} {what}: {some(ids)}."
    if edit.reordered and not added:
        yield "The order of the jobs was changed."


# -- in memory -------------------------------------------------------------------


@dataclass
class Diary:
    """The newest entries since the start. Those that changed nothing are apart: a flood
    of requests that are refused must not wash the others away."""

    changes: deque[Entry] = field(default_factory=lambda: deque(maxlen=50))
    others: deque[Entry] = field(default_factory=lambda: deque(maxlen=100))

    def add(self, entry: Entry) -> None:
        (self.changes if entry.changed else self.others).append(entry)
