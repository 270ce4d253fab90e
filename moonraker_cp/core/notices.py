"""What people want to hear of, even when they look at no screen. Pure.

Each notice is told once for what it is about; its text is one line that says what
happened and what to do, so that a phone can show it as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from . import reasons
from .model import BedState, Control, Outcome, Phase, Reason, Run, State


class Notice(str, Enum):
    NEEDS_PERSON = "needs_person"  # nothing is wrong, but hands are wanted
    PRINT_FAILED = "print_failed"  # or nobody can tell how it ended
    QUEUE_FINISHED = "queue_finished"  # nothing more can be printed now
    QUEUE_BLOCKED = "queue_blocked"  # something is wrong, and the queue waits
    MATERIAL_LOW = "material_low"  # what is loaded does not last for the next copy


Said = tuple[Notice, str]
"""A notice and its text, which is one line."""

QUESTIONS = frozenset(
    {reasons.BED, reasons.FOREIGN, reasons.PLATE_STACK, reasons.MAINTENANCE}
)
"""Codes of reasons that ask for hands; every other one is a trouble."""

NO_NEWS = frozenset({reasons.POWERING})
"""Codes of reasons that end by themselves: nobody is needed."""

_FAILURES = {
    Outcome.FAILURE: "{path} failed: {why}",
    Outcome.ABORTED: "Nobody can tell how {path} ended: {why}",
}


def notices(before: State, after: State, runs: tuple[Run, ...]) -> tuple[Said, ...]:
    """What one commit means to people. runs: those that were written with it.

    A print that fails and stops the queue is both: a failed print, and a queue that
    is blocked.
    """
    return (
        *_failed(before, runs),
        *_blocked(before.control, after.control),
        *_finished(before.control, after),
    )


def _failed(before: State, runs: tuple[Run, ...]) -> tuple[Said, ...]:
    """Of the run that was open before: a closed one may be written again later."""
    if before.run is None:
        return ()
    return tuple(
        (Notice.PRINT_FAILED, _failure(run))
        for run in runs
        if run.id == before.run.id and run.outcome in _FAILURES
    )


def _failure(run: Run) -> str:
    assert run.outcome is not None
    why = run.reason or "Klipper gave no reason"
    what = _FAILURES[run.outcome].format(path=run.path, why=why)
    return _line(what, "The copy was not counted.")


def _blocked(before: Control, after: Control) -> tuple[Said, ...]:
    reason = after.reason
    if after.phase is not Phase.BLOCKED or reason is None:
        return ()
    if reason.code in NO_NEWS:
        return ()
    if _is_same(before.reason, reason):
        return ()  # it only waits for more, or came back after a clearing
    notice = Notice.QUEUE_BLOCKED
    if reason.code in QUESTIONS:
        notice = Notice.NEEDS_PERSON
    return ((notice, _line(reason.text, reason.advice)),)


def _is_same(old: Reason | None, new: Reason) -> bool:
    """A print that somebody else makes is found anew at every look, for one."""
    return old is not None and (old.code, old.text) == (new.code, new.text)


def _finished(before: Control, after: State) -> tuple[Said, ...]:
    """Once for each time that it runs empty: the finish script is due once, too."""
    control = after.control
    at_once = before.finish_due and not control.finish_due
    by_script = before.phase is Phase.FINISHING
    if control.phase is not Phase.IDLE or not (at_once or by_script):
        return ()
    waiting = sum(not job.is_done for job in after.jobs)
    text = "The queue has finished: everything is printed."
    if waiting:
        text = (
            "The queue has finished: nothing more can be printed now. Passed over:"
            f" {waiting} job{'s' * (waiting != 1)}."
        )
    part = control.bed.state is BedState.OCCUPIED
    return ((Notice.QUEUE_FINISHED, _line(text, "The bed is not clear." * part)),)


# -- materials ------------------------------------------------------------------


@dataclass(frozen=True)
class Shortages:
    """What does not last for the next copy: its file, and a sentence for each
    material; without any, there is enough of all."""

    path: str = ""
    sentences: tuple[str, ...] = ()


ENOUGH = Shortages()


def material_low(before: Shortages, after: Shortages) -> tuple[Said, ...]:
    """Told once, until another file is next or another material is short."""
    said = before.sentences if before.path == after.path else ()
    new = [one for one in after.sentences if one not in said]
    if not new:
        return ()
    return ((Notice.MATERIAL_LOW, _line(f"{after.path} is next.", *new)),)


def _line(*sentences: str) -> str:
    """One line: Klipper's words may have several, and no full stop."""
    plain = (" ".join(one.split()) for one in sentences)
    return " ".join(_ended(one) for one in plain if one)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?" else f"{sentence}."
