"""What a blocked queue asks, and which answers there are. Pure.

The same question is put as a prompt in the front ends, in the state, and to macros;
the first answer wins. An answer names its question, so that a dialog that was left
open cannot answer a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .conditions import Conditions
from .decisions import BedClearing, Rules
from .edits import SkipSet, job_of_set
from .errors import BadRequest, Conflict
from .events import Activated, ClearingAsked, Deactivated, Event, SkipAsked
from .model import BedState, Phase, State
from .strategies import next_copy


class Answer(str, Enum):
    BED_CLEAR = "bed_clear"
    RUN_CLEARING = "run_clearing"
    START = "start"
    SKIP = "skip"
    STOP = "stop"


LABELS = {
    Answer.BED_CLEAR: "Bed is clear, go on",
    Answer.RUN_CLEARING: "Run bed clearing",
    Answer.START: "Start",
    Answer.SKIP: "Skip the next file",
    Answer.STOP: "Stop the queue",
}


@dataclass(frozen=True)
class Question:
    """id changes with every new question. next_path: the file that would be next."""

    id: int
    text: str
    advice: str
    answers: tuple[Answer, ...]
    next_path: str = ""


def question(
    state: State, rules: Rules, conditions: Conditions | None = None
) -> Question | None:
    """What is asked now; None when nobody has to decide anything.

    conditions: of the situation; without them nothing is known of files.
    """
    control = state.control
    if control.phase is not Phase.BLOCKED or control.reason is None:
        return None
    if state.run is not None:
        return None  # what became of the print is not known yet: nothing to decide
    answers: list[Answer] = []
    if control.bed.state is BedState.CLEAR:
        answers.append(Answer.START)
    else:
        answers.append(Answer.BED_CLEAR)
        if rules.bed_clearing is BedClearing.GCODE:
            answers.append(Answer.RUN_CLEARING)
    candidate = next_copy(state.jobs, _known(rules, conditions))
    if candidate is not None:
        answers.append(Answer.SKIP)
    answers.append(Answer.STOP)
    reason = control.reason
    path = candidate.set.path if candidate is not None else ""
    return Question(control.ticket, reason.text, reason.advice, tuple(answers), path)


def events_for(
    state: State,
    rules: Rules,
    question_id: int,
    answer: str,
    user: str,
    conditions: Conditions | None = None,
) -> tuple[Event, ...]:
    """The events that an answer stands for, in order.

    Raises Conflict when the question has been answered already, BadRequest for an
    answer that it does not offer.
    """
    now = question(state, rules, conditions)
    if now is None or now.id != question_id:
        raise Conflict("This question has been answered already.")
    if answer not in [one.value for one in now.answers]:
        offered = ", ".join(one.value for one in now.answers)
        raise BadRequest(f"answer must be one of {offered}.")
    return {
        Answer.BED_CLEAR: (Activated(user, bed_clear=True),),
        Answer.RUN_CLEARING: (ClearingAsked(user), Activated(user)),
        Answer.START: (Activated(user),),
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


def _known(rules: Rules, conditions: Conditions | None) -> Conditions:
    return conditions or Conditions(rules.strategy, rules.profile)
