"""What people and clients say: a handler for each event of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .decisions import BedClearing
from .edits import Edit, LookAgain
from .errors import Conflict, StaleEdit
from .events import (
    Activated,
    Answered,
    BedSaid,
    ClearingAsked,
    Deactivated,
    Edited,
    SkipAsked,
)
from .model import BedCause, BedState, Phase
from .questions import events_for, to_skip
from .reports import (
    has_bug,
    remember_print,
    see_open_run,
    waits_for_run,
)
from .turn import Turn

P = Phase


def _on_activated(turn: Turn, event: Activated) -> None:
    """Start: the table of "what happens at Start" in docs/safety.md."""
    control = turn.control
    if event.bed_clear:
        turn.refuse_bed_word_during_print()
        if control.phase is P.CLEARING:
            raise Conflict("Not now: the queue is clearing the bed.")
    is_start = not control.active or control.phase is P.BLOCKED
    if not control.active:
        turn.update(active=True, active_by=event.user)
    if event.bed_clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
    if control.phase in (P.INACTIVE, P.BLOCKED):
        _start(turn, event.user, is_start)
        return
    if control.reason is not None:
        turn.update(reason=None)  # the bed is being cleared on request; go on then
    if event.bed_clear and control.phase in (P.IDLE, P.COOLING):
        turn.advance()


def _start(turn: Turn, user: str, is_start: bool) -> None:
    if turn.run is not None:
        _ask_about_run(turn)
        return
    if not turn.look.ready:
        if turn.control.reason is None:
            turn.block(reasons.not_ready(turn.now, turn.look.not_ready))
        return
    if turn.look.has_print:
        turn.update(reason=None)
        turn.foreign_print()
        return
    unknown = turn.control.bed.state is BedState.UNKNOWN
    if is_start and (unknown or turn.rules.start_means_bed_clear):
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, f"{user} (by Start)")
    if turn.control.reason is not None:
        turn.update(reason=replace(turn.control.reason, needs_start=False))
    turn.advance()


def _ask_about_run(turn: Turn) -> None:
    """Start while blocked and a run is open.

    While Klipper is away, PrinterSeen will tell. If it is there, a bug of ours or an
    answer that never came left the run open, and a look at the printer closes it.
    """
    if has_bug(turn) and turn.look.ready and turn.run is not None:
        turn.update(reason=None)  # a person has looked: answered
        what = "The queue had an error"
        turn.block(reasons.waiting(turn.now, turn.run.path, what))
    if waits_for_run(turn) and turn.look.ready:
        see_open_run(turn)
        remember_print(turn)


def _on_deactivated(turn: Turn, event: Deactivated) -> None:  # noqa: ARG001
    """Stop: a print that runs goes on and is counted; nothing follows it."""
    turn.update(active=False)
    phase = turn.control.phase
    waits = phase in (P.IDLE, P.PREPARING, P.COOLING, P.BLOCKED)
    if waits and turn.run is None:
        turn.update(ticket=turn.control.ticket + 1)
        turn.go(P.INACTIVE)


def _on_bed_said(turn: Turn, event: BedSaid) -> None:
    turn.refuse_bed_word_during_print()
    phase = turn.control.phase
    if event.clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.COOLING, P.BLOCKED):
            turn.advance()
        return
    if turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.PREPARING):
            turn.advance()


def _on_clearing_asked(turn: Turn, event: ClearingAsked) -> None:
    turn.refuse_bed_word_during_print()
    if turn.control.bed.state is BedState.CLEAR:
        raise Conflict("The bed is clear already.")
    if turn.rules.bed_clearing is not BedClearing.GCODE:
        raise Conflict("No clearing script is set (option bed_clearing: gcode).")
    problem = turn.look.idle_problem(calm=True)  # the script waits for motion
    if problem:
        raise Conflict(f"The bed cannot be cleared now. {problem}")
    # Whatever lay there before: a foreign bed from here on is a newer print's.
    turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
    turn.clear_bed()


def _on_answered(turn: Turn, event: Answered) -> None:
    """All that an answer stands for happens in this one turn, or nothing."""
    for each in events_for(
        turn.state,
        turn.rules,
        event.question,
        event.answer,
        event.user,
        turn.conditions,
    ):
        HANDLERS[type(each)](turn, each)


def _on_skip_asked(turn: Turn, event: SkipAsked) -> None:
    _on_edited(turn, Edited(to_skip(turn.state, turn.conditions), event.user))


def _on_edited(turn: Turn, event: Edited) -> None:
    if event.revision is not None:
        _refuse_stale(turn, event.edit, event.revision)
    turn.edit(event.edit)
    control = turn.control
    if isinstance(event.edit, LookAgain):
        turn.news = True  # other jobs may be passed over now
    asks_for_bed = (
        control.phase is P.BLOCKED
        and control.reason is not None
        and control.reason.code == reasons.BED
    )
    if control.phase in (P.IDLE, P.PREPARING) or asks_for_bed:
        turn.advance()


def _refuse_stale(turn: Turn, edit: Edit, seen: int) -> None:
    """What the edit depends on must be as its sender saw it."""
    touched = edit.touches()
    changed = [j for j in turn.jobs if j.id in touched.jobs and j.revision > seen]
    order = touched.order and turn.control.order_revision > seen
    if changed or order:
        names = ", ".join(f"{job.name} (job {job.id})" for job in changed)
        what = names or "The order of the queue"
        now = turn.control.revision
        raise StaleEdit(
            f"{what} changed after revision {seen}; the queue is at {now}. Nothing"
            " was done: look at it again, then repeat the change.",
            now,
            tuple(job.id for job in changed),
            order,
        )


HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    Activated: _on_activated,
    Deactivated: _on_deactivated,
    BedSaid: _on_bed_said,
    ClearingAsked: _on_clearing_asked,
    Answered: _on_answered,
    SkipAsked: _on_skip_asked,
    Edited: _on_edited,
}
