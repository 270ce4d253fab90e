"""What a blocked queue asks, and that the first answer wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import (
    BedClearing,
    Decision,
    Rules,
    SendScript,
    Situation,
)
from moonraker_cp.core.errors import BadRequest, Conflict
from moonraker_cp.core.events import (
    Answered,
    Loss,
    PrintEnded,
    PrinterLost,
    PrintStarted,
    SkipAsked,
)
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Outcome,
    Phase,
    Run,
    Set,
    State,
)
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.questions import Answer, question

READY = Look(ready=True, not_ready="")
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="X")
OCCUPIED = Bed(BedState.OCCUPIED, BedCause.OWN_OLD)
CLEAR = Bed(BedState.CLEAR, BedCause.PERSON)


def job(job_id: int, remaining: int, passes: int = 1) -> Job:
    one = Set(job_id * 10, f"{job_id}.gcode", count=3, remaining=remaining)
    return Job(job_id, f"Job {job_id}", passes, passes, False, 0.0, sets=(one,))


def blocked(bed: Bed = OCCUPIED, *, active: bool = True) -> State:
    control = Control(
        active=active,
        phase=Phase.BLOCKED,
        reason=reasons.failed(0.0, "1.gcode", "no"),
        bed=bed,
        ticket=41,
        last_job_id=2,
        last_set_id=20,
    )
    return State(control, (job(1, 2), job(2, 1)))


def answered(
    state: State, answer: str, rules: Rules = GCODE, number: int = 41
) -> Decision:
    event = Answered(number, answer, "ann")
    return decide(Situation(state, READY, rules, 1.0, 1.0), event)


def offered(state: State, rules: Rules = GCODE) -> tuple[Answer, ...]:
    asked = question(state, rules)
    return () if asked is None else asked.answers


def test_what_is_offered() -> None:
    bed, run, start = Answer.BED_CLEAR, Answer.RUN_CLEARING, Answer.START
    skip, stop = Answer.SKIP, Answer.STOP
    assert offered(blocked()) == (bed, run, skip, stop)
    assert offered(blocked(), Rules()) == (bed, skip, stop)
    assert offered(blocked(CLEAR)) == (start, skip, stop)
    assert offered(replace(blocked(), jobs=())) == (bed, run, stop)
    assert offered(State()) == ()
    run_open = Run(1, 1, 10, "Job 1", "1.gcode", 0, "ann", 0.0, 0.0)
    assert offered(replace(blocked(), run=run_open)) == ()


def test_bed_clear_goes_on() -> None:
    state = answered(blocked(active=False), "bed_clear").state
    assert (state.control.phase, state.control.active) == (Phase.STARTING, True)
    assert state.control.bed.by == "ann"


def test_run_clearing_is_a_start_too() -> None:
    stopped = blocked()
    reason = stopped.control.reason
    assert reason is not None
    control = replace(stopped.control, reason=replace(reason, needs_start=True))
    decision = answered(replace(stopped, control=control), "run_clearing")
    assert decision.state.control.phase is Phase.CLEARING
    assert decision.state.control.reason is None
    assert isinstance(decision.actions[0], SendScript)


def test_stop_and_start() -> None:
    assert answered(blocked(), "stop").state.control.phase is Phase.INACTIVE
    assert answered(blocked(CLEAR), "start").state.control.phase is Phase.STARTING


def test_skip_drops_the_rest_of_the_set_and_still_asks() -> None:
    state = answered(blocked(), "skip").state
    assert [one.copies_left for one in state.jobs] == [0, 1]
    assert state.control.phase is Phase.BLOCKED
    asked = question(state, GCODE)
    assert asked is not None
    assert asked.id != 41, "a second click must not skip the next file too"
    with pytest.raises(Conflict, match="answered already"):
        answered(state, "skip")
    assert asked.next_path == "2.gcode"


def test_the_first_answer_wins() -> None:
    after = answered(blocked(), "bed_clear").state
    with pytest.raises(Conflict, match="answered already"):
        answered(after, "stop")
    with pytest.raises(Conflict, match="answered already"):
        answered(blocked(), "stop", number=40)


def test_an_answer_that_is_not_offered() -> None:
    with pytest.raises(BadRequest, match="bed_clear, run_clearing, skip, stop"):
        answered(blocked(), "start")
    with pytest.raises(BadRequest):
        answered(blocked(), "<b>")


def test_skip_while_printing_keeps_the_copy_in_the_printer() -> None:
    run = Run(1, 1, 10, "Job 1", "1.gcode", 0, "ann", 0.0, 0.0)
    control = Control(active=True, phase=Phase.PRINTING, run_id=1)
    state = State(control, (job(1, 3, passes=2),), run)
    look = replace(READY, reading=True, filename="1.gcode")
    after = decide(Situation(state, look, GCODE, 1.0, 1.0), SkipAsked("ann")).state
    assert after.jobs[0].sets[0].remaining == 1
    assert after.jobs[0].remaining == 2


def test_nothing_to_skip() -> None:
    empty = Situation(State(), READY, GCODE, 1.0, 1.0)
    with pytest.raises(Conflict, match="nothing to skip"):
        decide(empty, SkipAsked("ann"))


def test_an_old_word_about_the_bed_does_not_speak_of_a_newer_part() -> None:
    """Cancelled, cleared by hand, then somebody printed: the dialog is still open."""
    before = blocked(active=False)
    theirs = replace(READY, state=PrintState.COMPLETE, filename="x", total_duration=9.0)
    printing = replace(theirs, state=PrintState.PRINTING, reading=True)
    begun = decide(
        Situation(before, printing, GCODE, 1.0, 1.0), PrintStarted(printing)
    ).state
    over = Situation(begun, theirs, GCODE, 2.0, 2.0)
    ended = decide(over, PrintEnded(theirs, Outcome.SUCCESS)).state
    with pytest.raises(Conflict, match="answered already"):
        answered(ended, "bed_clear")
    asked = question(ended, GCODE)
    assert asked is not None
    assert answered(ended, "bed_clear", number=asked.id).state.run is not None


def test_a_restart_of_klipper_voids_the_old_question() -> None:
    before = blocked()
    lost = decide(
        Situation(before, Look(), GCODE, 1.0, 1.0),
        PrinterLost(Loss.DISCONNECT, "Klipper"),
    ).state
    with pytest.raises(Conflict, match="answered already"):
        answered(lost, "bed_clear")
