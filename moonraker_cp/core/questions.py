"""What a blocked queue asks, and which answers there are. Pure.

The same question is put as a prompt in the front ends, in the state, and to macros;
the first answer wins. An answer names its question, so that a dialog that was left
open cannot answer a newer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from . import reasons
from .conditions import Conditions
from .decisions import BedClearing, Situation
from .edits import SkipSet, job_of_set
from .errors import BadRequest, Conflict
from .events import (
    Activated,
    ClearingAsked,
    CopyRecalled,
    Deactivated,
    Event,
    PrintAnyway,
    ScriptAsked,
    SkipAsked,
)
from .holds import Wait, hold
from .hooks import REPEATABLE, Hook
from .model import BedCause, BedState, Phase, State
from .scripts import scripts_of
from .strategies import Candidate, next_copy

OWN_GOOD_PARTS = (BedCause.OWN_GOOD, BedCause.OWN_OLD)


class Answer(str, Enum):
    BED_CLEAR = "bed_clear"
    PRINT_AGAIN = "print_again"
    RUN_CLEARING = "run_clearing"
    START = "start"
    RUN_SCRIPT = "run_script"
    PRINT_ANYWAY = "print_anyway"
    NOT_YET = "not_yet"
    SKIP = "skip"
    STOP = "stop"


LABELS = {
    Answer.BED_CLEAR: "Bed is clear, go on",
    Answer.PRINT_AGAIN: "Bed is clear, but print this one again",
    Answer.RUN_CLEARING: "Run bed clearing",
    Answer.START: "Start",
    Answer.RUN_SCRIPT: "Run the script again",
    Answer.PRINT_ANYWAY: "Print anyway",
    Answer.NOT_YET: "Not yet",
    Answer.SKIP: "Skip the next file",
    Answer.STOP: "Stop the queue",
}


@dataclass(frozen=True)
class Question:
    """id changes with every new question. next_path: the file that would be next.
    picture: an address, "" for none."""

    id: int
    text: str
    advice: str
    answers: tuple[Answer, ...]
    next_path: str = ""
    picture: str = ""


def question(situation: Situation) -> Question | None:
    """What is asked now; None when nobody has to decide anything."""
    control, reason = situation.state.control, situation.state.control.reason
    if situation.state.run is not None:
        return None  # what became of the print is not known yet: nothing to decide
    if control.phase is Phase.IDLE and control.active and control.awaits:
        return _about_material(situation)
    if control.phase is not Phase.BLOCKED or reason is None:
        return None
    if reason.code == reasons.POWERING and not reason.needs_start:
        return None  # it goes on by itself
    if reason.code == reasons.UNUSABLE:
        return None  # nothing can be stored, and no answer helps
    candidate = next_copy(situation.state.jobs, situation.conditions)
    answers = (*_go_on(situation), *_or_not(candidate))
    path = candidate.set.path if candidate is not None else ""
    words = (reason.text, reason.advice)
    return Question(control.ticket, *words, answers, path, reason.picture)


def _go_on(situation: Situation) -> Iterator[Answer]:
    """The answers that go on, by what is on the bed."""
    control, rules = situation.state.control, situation.rules
    if control.bed.state is BedState.CLEAR:
        yield Answer.START
    else:
        yield Answer.BED_CLEAR
        if control.counted_set is not None and control.bed.cause in OWN_GOOD_PARTS:
            yield Answer.PRINT_AGAIN
        has_script = scripts_of(rules, situation.hooks, Hook.CLEAR_BED)
        if rules.bed_clearing is BedClearing.GCODE and has_script:
            yield Answer.RUN_CLEARING
        yield Answer.NOT_YET
    in_doubt = control.reason is not None and control.reason.code == reasons.DOUBT
    if in_doubt and control.hook in REPEATABLE:
        yield Answer.RUN_SCRIPT


def _or_not(candidate: Candidate | None) -> Iterator[Answer]:
    if candidate is not None:
        yield Answer.SKIP
    yield Answer.STOP


def _about_material(situation: Situation) -> Question | None:
    control = situation.state.control
    candidate = next_copy(situation.state.jobs, situation.conditions)
    if candidate is None:
        return None
    wait = hold(control, situation.rules, situation.conditions, candidate)
    if wait is None or wait.wait is not Wait.MATERIAL:
        return None
    answers = (Answer.PRINT_ANYWAY, *_or_not(candidate))
    path = candidate.set.path
    return Question(control.ticket, wait.text, wait.advice, answers, path)


def events_for(
    situation: Situation, question_id: int, answer: str, user: str
) -> tuple[Event, ...]:
    """The events that an answer stands for, in order.

    Raises Conflict when the question has been answered already, BadRequest for an
    answer that it does not offer.
    """
    now = question(situation)
    if now is None or now.id != question_id:
        raise Conflict("This question has been answered already.")
    if answer not in [one.value for one in now.answers]:
        offered = ", ".join(one.value for one in now.answers)
        raise BadRequest(f"answer must be one of {offered}.")
    return {
        Answer.BED_CLEAR: (Activated(user, bed_clear=True),),
        Answer.PRINT_AGAIN: (CopyRecalled(user), Activated(user, bed_clear=True)),
        Answer.RUN_CLEARING: (ClearingAsked(user), Activated(user)),
        Answer.START: (Activated(user),),
        Answer.RUN_SCRIPT: (ScriptAsked(user),),
        Answer.PRINT_ANYWAY: (PrintAnyway(user),),
        Answer.NOT_YET: (),
        Answer.SKIP: (SkipAsked(user),),
        Answer.STOP: (Deactivated(user),),
    }[Answer(answer)]


def to_skip(state: State, conditions: Conditions | None = None) -> SkipSet:
    """The edit that skips. Raises Conflict when there is nothing to skip."""
    run = state.run
    if run is not None:
        return SkipSet(job_of_set(state.jobs, run.set_id).id, run.set_id)
    candidate = next_copy(state.jobs, conditions or Conditions())
    if candidate is None:
        raise Conflict("There is nothing to skip.")
    return SkipSet(candidate.job.id, candidate.set.id)
