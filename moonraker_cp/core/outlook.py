"""What the queue waits for at this moment, since when, and what comes next. Pure.

There is always an answer to "why is nothing printing?": a blocked queue gives its
reason, any other the one of its phase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Callable

from . import reasons
from .conditions import Obstacle
from .cooling import progress, release_of
from .decisions import BedClearing, Situation
from .forecast import Forecast
from .holds import Hold, hold
from .hooks import Hook
from .model import Bed, BedCause, BedState, Phase, Reason, Run
from .printing_order import jobs_after
from .scripts import scripts_of
from .strategies import Candidate, Choice, choose


class What(str, Enum):
    """What can happen next; the first print that starts ends the list."""

    PRINT_ENDS = "print_ends"
    BED_COOLS = "bed_cools"
    CLEARING = "clearing"  # the script gets the part off
    PERSON = "person"  # somebody clears the bed, or presses Start
    PRINT_STARTS = "print_starts"
    FINISHING = "finishing"  # the finish script


@dataclass(frozen=True)
class NextStep:
    """expected: when it begins (ends: PRINT_ENDS), in seconds since the epoch; None
    when nobody can know.

    path, job_id: of the print that ends or starts; job_id None for one that the queue
    did not start.
    """

    what: What
    path: str | None = None
    job_id: int | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Outlook:
    """waits_for: a code of `reasons`, or of `Obstacle` when that is what keeps all
    jobs from being printed. since: None when it never was otherwise. steps: what
    happens next, in order, up to the next print. until: when the wait ends by itself,
    in seconds since the epoch; None when nobody can know, or it does not.
    """

    waits_for: str
    text: str
    advice: str
    since: float | None
    steps: tuple[NextStep, ...] = ()
    until: float | None = None

    @property
    def next(self) -> NextStep | None:
        return self.steps[0] if self.steps else None


def choice_to_come(situation: Situation) -> Choice:
    """What is printed next, after the copy in the printer if there is one."""
    jobs = jobs_after(situation.state.jobs, situation.state.run)
    return choose(jobs, situation.conditions)


def outlook(
    situation: Situation, choice: Choice, forecast: Forecast | None = None
) -> Outlook:
    """choice: `choice_to_come`. forecast: for the times, with what history teaches."""
    wait = _wait(situation, choice.candidate)
    reason = _reason(situation, choice, wait)
    steps = _steps(situation, choice.candidate, forecast or Forecast(situation), wait)
    since = reason.since or None
    until = None if wait is None else wait.until
    return Outlook(reason.code, reason.text, reason.advice, since, steps, until)


# -- what it waits for ----------------------------------------------------------


_OF_PRINT: Mapping[Phase, Callable[[float, str], Reason]] = {
    Phase.STARTING: reasons.starting,
    Phase.PRINTING: reasons.printing,
    Phase.PAUSED: reasons.paused,
}
_OF_SCRIPT: Mapping[Phase, Callable[[float], Reason]] = {
    Phase.CLEARING: reasons.clearing,
    Phase.FINISHING: reasons.finishing,
}


def _reason(situation: Situation, choice: Choice, wait: Hold | None) -> Reason:
    control, run = situation.state.control, situation.state.run
    phase, since = control.phase, control.phase_since
    if phase is Phase.BLOCKED and control.reason is not None:
        return control.reason
    if phase is Phase.SCRIPT and control.hook is not None:
        return reasons.script(since, control.hook.value)
    if wait is not None:
        return Reason(wait.wait.value, wait.text, wait.advice, since)
    if phase is Phase.IDLE:
        return _idle(choice, since)
    if phase is Phase.PREPARING:
        path = choice.candidate.set.path if choice.candidate else "The next file"
        return reasons.busy(since, path, situation.look.idle_problem())
    cooling = progress(situation)
    if cooling is not None:
        return reasons.cools(since, cooling.target, cooling.temperature)
    if phase in _OF_SCRIPT:
        return _OF_SCRIPT[phase](since)
    if phase in _OF_PRINT and run is not None:
        last = phase is Phase.PRINTING and not control.active
        words = reasons.printing_last if last else _OF_PRINT[phase]
        return words(since, run.path)
    return _inactive(situation, since)


def _inactive(situation: Situation, since: float) -> Reason:
    look = situation.look
    if look.has_print:
        return reasons.other_print(since, look.filename)
    return reasons.stopped(since, "" if look.ready else look.not_ready)


def _wait(situation: Situation, candidate: Candidate | None) -> Hold | None:
    """What keeps a queue idle though a copy is next and the bed is clear."""
    control = situation.state.control
    is_clear = control.bed.state is BedState.CLEAR
    if control.phase is not Phase.IDLE or candidate is None or not is_clear:
        return None
    return hold(control, situation.rules, situation.conditions, candidate)


def _idle(choice: Choice, since: float) -> Reason:
    if choice.candidate is not None:
        return reasons.about_to_start(since, choice.candidate.set.path)
    codes = {passed.code for passed in choice.passed_over} - {Obstacle.DONE}
    if not choice.passed_over:
        code = reasons.EMPTY
    elif len(codes) == 1:
        code = next(iter(codes)).value
    else:
        code = reasons.NOTHING if codes else Obstacle.DONE.value
    return Reason(code, choice.why, _ADVICE.get(code, _LOOK_AT_JOBS), since)


_LOOK_AT_JOBS = "Look at the jobs: each says what keeps it from being printed."
_ADVICE: Mapping[str, str] = {
    reasons.EMPTY: "Add a job.",
    Obstacle.DONE.value: "Add a job, or reset one that is to be printed again.",
    Obstacle.DRAFT.value: "Release a draft.",
    Obstacle.ON_HOLD.value: "Release a job that is on hold.",
    Obstacle.NO_COPIES.value: "Say how many copies are wanted.",
    Obstacle.FILE_MISSING.value: "Upload the files again, or remove the jobs.",
    Obstacle.OTHER_PRINTER.value: (
        "Slice them for this printer, or mend their profiles or the printer's."
    ),
}


# -- what comes next ------------------------------------------------------------


def _steps(
    situation: Situation,
    candidate: Candidate | None,
    forecast: Forecast,
    wait: Hold | None,
) -> tuple[NextStep, ...]:
    state, look = situation.state, situation.look
    phase, run = state.control.phase, state.run
    if phase in (Phase.INACTIVE, Phase.BLOCKED):
        foreign = look.has_print and run is None
        ends = (NextStep(What.PRINT_ENDS, look.filename or None),) if foreign else ()
        return (*ends, *_person_then(candidate))
    if run is not None:
        return _with_run(situation, run, candidate, forecast)
    if phase in (Phase.COOLING, Phase.CLEARING):
        return _while_clearing(situation, candidate, forecast)
    if candidate is None:
        return ()
    if wait is not None:
        return (_start_of(candidate, wait.until),)
    return _bed_to_start(situation, candidate, state.control.bed, forecast, None)


def _while_clearing(
    situation: Situation, candidate: Candidate | None, forecast: Forecast
) -> tuple[NextStep, ...]:
    cooling, earliest = progress(situation), situation.now
    sweeps: tuple[NextStep, ...] = ()
    if cooling is not None:
        sweeps = (NextStep(What.CLEARING, expected=cooling.expected),)
        earliest = cooling.expected or earliest
    clear = _later(situation.state.control.bed.since, forecast.clearing_seconds)
    if clear is not None and clear < earliest:
        clear = None  # this time it takes longer than it did so far
    return (*sweeps, *_bed_clear(situation, candidate, clear))


def _with_run(
    situation: Situation, run: Run, candidate: Candidate | None, forecast: Forecast
) -> tuple[NextStep, ...]:
    control = situation.state.control
    if control.phase is Phase.STARTING:
        return (NextStep(What.PRINT_STARTS, run.path, run.job_id, situation.now),)
    end = None if control.phase is Phase.PAUSED else forecast.run_end
    ends = NextStep(What.PRINT_ENDS, run.path, run.job_id, end)
    if not control.active:
        return (ends,)
    bed = Bed(BedState.OCCUPIED, BedCause.OWN_GOOD)
    return (ends, *_bed_to_start(situation, candidate, bed, forecast, end))


def _bed_to_start(
    situation: Situation,
    candidate: Candidate | None,
    bed: Bed,
    forecast: Forecast,
    since: float | None,
) -> tuple[NextStep, ...]:
    """As `Turn` does it, from a printer that is at rest since then."""
    rules = situation.rules
    by_script = (
        rules.bed_clearing is BedClearing.GCODE and bed.cause is BedCause.OWN_GOOD
    )
    stays = candidate is None and not (by_script and rules.clear_after_last)
    if bed.state is BedState.CLEAR or stays:
        return _bed_clear(situation, candidate, since)
    then = _bed_clear(situation, candidate, _later(since, forecast.clearing_seconds))
    if not by_script:
        return (NextStep(What.PERSON, expected=since), *then)
    if not release_of(rules, situation.state.control):
        return (NextStep(What.CLEARING, expected=since), *then)
    cools = NextStep(What.BED_COOLS, expected=since)
    return (cools, NextStep(What.CLEARING), *then)


def _bed_clear(
    situation: Situation, candidate: Candidate | None, since: float | None
) -> tuple[NextStep, ...]:
    control = situation.state.control
    if not control.active:
        return ()
    if control.reason is not None and control.reason.needs_start:
        return _person_then(candidate)
    if candidate is not None:
        return (_start_of(candidate, since),)
    scripts = scripts_of(situation.rules, situation.hooks, Hook.FINISH)
    if control.finish_due and scripts:
        return (NextStep(What.FINISHING, expected=since),)
    return ()


def _person_then(candidate: Candidate | None) -> tuple[NextStep, ...]:
    person = NextStep(What.PERSON)
    return (person,) if candidate is None else (person, _start_of(candidate, None))


def _start_of(candidate: Candidate, expected: float | None) -> NextStep:
    path, job_id = candidate.set.path, candidate.job.id
    return NextStep(What.PRINT_STARTS, path, job_id, expected)


def _later(time: float | None, seconds: float | None) -> float | None:
    return None if time is None or seconds is None else time + seconds
