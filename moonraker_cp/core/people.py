"""What people and clients say: a handler for each event of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .decisions import Recall
from .edits import Edit, LookAgain, PrintAgain
from .errors import Conflict, StaleEdit
from .events import (
    Activated,
    Answered,
    BedSaid,
    ClearingAsked,
    CopyRecalled,
    Deactivated,
    Edited,
    PrintAnyway,
    ScriptAsked,
    SkipAsked,
)
from .hooks import Hook
from .model import BedCause, BedState, Phase, copy_key
from .questions import events_for, to_skip
from .reports import (
    has_bug,
    remember_print,
    see_open_run,
    waits_for_run,
)
from .service import Due, done
from .steps import (
    advance,
    clear_bed,
    foreign_print,
    may_sweep,
    power_on,
    stop_managing,
)
from .strategies import next_copy
from .turn import Turn

P = Phase


def _on_activated(turn: Turn, event: Activated) -> None:
    """Start: the table of "what happens at Start" in docs/safety.md."""
    control = turn.control
    if event.bed_clear:
        turn.refuse_bed_word_during_print()
        if control.phase in (P.CLEARING, P.SCRIPT):
            raise Conflict("Not now: a script of the queue runs.")
    is_start = not event.by_program and (
        not control.active or control.phase is P.BLOCKED
    )
    begins = not control.active and control.phase is P.INACTIVE
    if not control.active:
        _begin_managing(turn, event.user)
    if event.at is not None:
        turn.update(not_before=event.at)
    if event.bed_clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
    if control.phase in (P.INACTIVE, P.BLOCKED):
        _start(turn, event.user, is_start=is_start, begins=begins)
        return
    if control.phase in (P.COOLING, P.CLEARING) or control.hook is Hook.COOL_DOWN:
        turn.update(reason=None)  # the bed is being cleared on request; go on then
    if (event.at is not None and control.phase is P.IDLE) or (
        event.bed_clear and control.phase in (P.IDLE, P.COOLING)
    ):
        advance(turn)


def _begin_managing(turn: Turn, user: str) -> None:
    turn.drop_due(Hook.DEACTIVATED)
    turn.update(active=True, active_by=user, early_failures=(), not_before=0.0)
    turn.note_due(Hook.ACTIVATED)


def _start(
    turn: Turn, user: str, *, is_start: bool = False, begins: bool = False
) -> None:
    """is_start: a person's, who may be taken at their word about the bed.
    begins: nothing was managed before, so that the power may be off."""
    if turn.run is not None:
        _ask_about_run(turn)
        return
    unknown = turn.control.bed.state is BedState.UNKNOWN
    if not turn.look.ready:
        # Stopped: without power, or by a fault, which the queue was told of if it ran.
        may_be_off = turn.rules.power_device and (begins or not turn.look.stopped)
        if is_start and unknown and may_be_off:
            turn.set_bed(BedState.CLEAR, BedCause.PERSON, f"{user} (by Start)")
        if may_be_off:
            power_on(turn)
        elif turn.control.reason is None:
            turn.block(reasons.not_ready(turn.now, turn.look.not_ready))
        return
    _take_as_looked_at(turn)
    if turn.look.has_print:
        turn.update(reason=None)
        foreign_print(turn)
        return
    if is_start and (unknown or turn.rules.start_means_bed_clear):
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, f"{user} (by Start)")
    if turn.control.reason is not None:
        turn.update(reason=replace(turn.control.reason, needs_start=False))
    if begins and turn.rules.power_device:
        power_on(turn)  # whether it is on nobody knows; on twice is harmless
    else:
        advance(turn)


def _take_as_looked_at(turn: Turn) -> None:
    """A person pressed Start: they have done what was asked of them."""
    control, reason = turn.control, turn.control.reason
    # The script in doubt is not run again without being told to.
    turn.update(early_failures=(), hook=None)
    if reason is not None and reason.code in (reasons.PLATE_STACK, reasons.MAINTENANCE):
        turn.update(service=done(Due(reason.code), control.service))


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
    if turn.control.active:
        turn.note_due(Hook.DEACTIVATED)
    turn.drop_due(Hook.ACTIVATED)
    turn.update(active=False, not_before=0.0, prepared=None)
    phase = turn.control.phase
    if turn.run is None:
        turn.let_bed_age()
    if turn.control.hook is Hook.COOL_DOWN:
        turn.update(hook=None)  # nothing follows it
    waits = phase in (P.IDLE, P.PREPARING, P.COOLING, P.BLOCKED)
    if waits and turn.run is None:
        turn.update(ticket=turn.control.ticket + 1, reason=None)
        stop_managing(turn)


def _on_bed_said(turn: Turn, event: BedSaid) -> None:
    turn.refuse_bed_word_during_print()
    phase = turn.control.phase
    if event.clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.COOLING, P.BLOCKED):
            advance(turn)
        return
    if turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.PREPARING):
            advance(turn)


def _on_clearing_asked(turn: Turn, event: ClearingAsked) -> None:
    turn.refuse_bed_word_during_print()
    if turn.control.bed.state is BedState.CLEAR:
        raise Conflict("The bed is clear already.")
    if not may_sweep(turn):
        raise Conflict("No clearing script is set (option bed_clearing: gcode).")
    problem = turn.look.idle_problem(calm=True)  # the script waits for motion
    if problem:
        raise Conflict(f"The bed cannot be cleared now. {problem}")
    reason = turn.control.reason
    if reason is not None and reason.code == reasons.DOUBT:
        # Its words stay, but it is another script that runs now.
        turn.update(reason=replace(reason, code=reasons.RESTARTED), hook=None)
    # Whatever lay there before: a foreign bed from here on is a newer print's.
    turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
    clear_bed(turn)


def _on_script_asked(turn: Turn, event: ScriptAsked) -> None:
    """The moment is had once more, and a Start with it."""
    hook, reason = turn.control.hook, turn.control.reason
    if hook is None or reason is None or reason.code != reasons.DOUBT:
        raise Conflict("There is no script of which nobody knows whether it ran.")
    if not turn.look.ready:
        raise Conflict(f"No script can run now. {turn.look.not_ready}")
    if hook is Hook.BEFORE_PRINT:
        turn.update(prepared=None)
    elif hook is Hook.FINISH:
        turn.update(finish_due=True)
    elif turn.has_scripts(hook):
        turn.update(due=(hook, *turn.control.due))
    of_bad_end = hook in (Hook.PRINT_FAILED, Hook.PRINT_CANCELLED)
    code = reasons.FAILED if hook is Hook.PRINT_FAILED else reasons.CANCELLED
    told = replace(reason, code=code) if of_bad_end else None
    turn.update(reason=None, hook=None)
    if not turn.control.active:
        _begin_managing(turn, event.user)
    _start(turn, event.user)
    if turn.control.phase is P.SCRIPT:
        turn.update(reason=told)


def _on_copy_recalled(turn: Turn, event: CopyRecalled) -> None:
    """The newest copy was counted, and is bad: it is to be printed again."""
    control = turn.control
    if turn.run is not None or control.counted_set is None:
        raise Conflict("There is no copy that was counted and could be taken back.")
    turn.edit(PrintAgain(control.counted_set))
    why = event.reason or f"{event.user or 'Somebody'} said that it was bad."
    turn.recall = Recall(control.last_run_id, why)
    turn.update(counted_set=None)
    if control.phase is P.IDLE:
        advance(turn)


def _on_print_anyway(turn: Turn, event: PrintAnyway) -> None:  # noqa: ARG001
    candidate = next_copy(turn.jobs, turn.conditions)
    if candidate is None or not turn.control.awaits:
        raise Conflict("No print waits for material.")
    turn.update(anyway=copy_key(candidate.job, candidate.set), awaits="")
    advance(turn)


def _on_answered(turn: Turn, event: Answered) -> None:
    """All that an answer stands for happens in this one turn, or nothing."""
    asked = turn.situation
    for each in events_for(asked, event.question, event.answer, event.user):
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
        advance(turn)


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
    ScriptAsked: _on_script_asked,
    CopyRecalled: _on_copy_recalled,
    PrintAnyway: _on_print_anyway,
    Answered: _on_answered,
    SkipAsked: _on_skip_asked,
    Edited: _on_edited,
}
