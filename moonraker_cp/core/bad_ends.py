"""Prints that end badly, or are said to: what becomes of the copy, and what is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .decisions import CancelPrint, PausePrint
from .edits import EditJob, SkipSet, job_of_set
from .errors import Conflict, NotFound
from .events import FailureReported
from .failures import OnTrouble, Verdict, judge_cancel, judge_failure, note_failure
from .hooks import Hook
from .model import BedCause, BedState, Outcome, Phase, Reason, Run, Set
from .steps import after_bad_end
from .turn import AFTER_PRINT, Turn


def end_badly(turn: Turn, outcome: Outcome, words: str) -> None:
    """Close the run and do what the policy says; its hook comes before what follows."""
    is_cancel = outcome is Outcome.CANCELLED
    one = set_of(turn, turn.run) if turn.run else None
    run = turn.close_run(outcome, words)
    rules, early = turn.rules.failures, turn.control.early_failures
    if is_cancel:
        policy = judge_cancel(rules, run)
    else:
        policy = judge_failure(rules, one, run, early)
    goes_on = policy.then is not OnTrouble.STOP and turn.control.active
    cause = BedCause.OWN_FAILED if goes_on and rules.by_script else BedCause.OWN_BAD
    turn.set_bed(BedState.OCCUPIED, cause, f"run {run.id}")
    if goes_on:
        _let_go(turn, run, policy.then)
    turn.update(reason=with_earlier(turn, _words_for(turn, run, words, policy)))
    turn.note_due(Hook.PRINT_CANCELLED if is_cancel else Hook.PRINT_FAILED)
    if is_cancel and not goes_on:
        turn.update(active=False)
        turn.note_due(Hook.DEACTIVATED)
    after_bad_end(turn)


def with_earlier(turn: Turn, reason: Reason) -> Reason:
    """What was to be told after the print is told with it."""
    told = turn.control.reason
    if told is None or told.code not in AFTER_PRINT:
        return reason
    if told.code == reasons.REPORTED and not told.needs_start:
        if reason.code != reasons.SCRIPT:
            return reason  # its words are those of the run
        return replace(told, text=f"{told.text} {reason.text}", needs_start=True)
    return replace(reason, text=f"{reason.text} {told.text}", needs_start=True)


def _let_go(turn: Turn, run: Run, then: OnTrouble) -> None:
    """Of a set, or a job, that is not to be tried again now."""
    try:
        job = job_of_set(turn.jobs, run.set_id)
    except NotFound:
        return  # removed meanwhile
    if then is OnTrouble.SKIP:
        turn.edit(SkipSet(job.id, run.set_id))
    elif then is OnTrouble.HOLD:
        turn.edit(EditJob(job.id, hold=True))


def _words_for(turn: Turn, run: Run, words: str, policy: Verdict) -> Reason:
    now, stops = turn.now, policy.then is OnTrouble.STOP
    if run.outcome is Outcome.CANCELLED:
        if stops:
            return reasons.cancelled(now, run.path)
        return reasons.cancelled_goes_on(now, run.path, policy.words)
    if stops and policy.words:
        printer = policy.blames_printer
        return reasons.failed_for_good(
            now, run.path, words, policy.words, printer=printer
        )
    return reasons.failed(now, run.path, words, policy.words)


def _on_failure_reported(turn: Turn, event: FailureReported) -> None:
    """Cancel what is tried again anyway; else pause, and let a person look."""
    run = turn.run
    if run is None or run.start_clock is None:
        raise Conflict("The queue prints nothing now, so nothing of it can fail.")
    turn.change_run(trouble=event.text or "No reason was given.")
    if _is_not_wanted(turn, run):
        turn.act(CancelPrint(turn.control.ticket))
        return
    told = reasons.reported(turn.now, run.path, event.user, event.text)
    turn.update(reason=with_earlier(turn, told))
    if turn.control.phase is Phase.PRINTING and not event.pauses:
        turn.act(PausePrint(turn.control.ticket))


def _is_not_wanted(turn: Turn, run: Run) -> bool:
    """Whether nobody has to look before the print is thrown away."""
    rules = turn.rules.failures
    lasted = replace(run, print_duration=turn.look.print_duration)
    early = note_failure(rules, lasted, turn.control.early_failures)
    verdict = judge_failure(rules, set_of(turn, run), lasted, early)
    goes_on = turn.control.active and verdict.then is not OnTrouble.STOP
    return rules.cancel_on_report or goes_on


def set_of(turn: Turn, run: Run) -> Set | None:
    try:
        return job_of_set(turn.jobs, run.set_id).find_set(run.set_id)
    except NotFound:
        return None


HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    FailureReported: _on_failure_reported,
}
