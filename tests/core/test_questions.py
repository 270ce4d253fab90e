"""What a blocked queue asks, and that the first answer wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import (
    BedClearing,
    Decision,
    Rules,
    RunHook,
    Situation,
)
from moonraker_cp.core.errors import BadRequest, Conflict
from moonraker_cp.core.events import (
    Answered,
    BedVerified,
    Loss,
    PrintEnded,
    PrinterLost,
    PrintStarted,
    SkipAsked,
)
from moonraker_cp.core.hooks import Hook
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

from . import phases as at

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
    asked = question(Situation(state, READY, rules, 1.0, 1.0))
    return () if asked is None else asked.answers


def test_what_is_offered() -> None:
    bed, run, start = Answer.BED_CLEAR, Answer.RUN_CLEARING, Answer.START
    skip, stop = Answer.SKIP, Answer.STOP
    wait = Answer.NOT_YET
    assert offered(blocked()) == (bed, run, wait, skip, stop)
    assert offered(blocked(), Rules()) == (bed, wait, skip, stop)
    assert offered(blocked(CLEAR)) == (start, skip, stop)
    assert offered(replace(blocked(), jobs=())) == (bed, run, wait, stop)
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
    assert isinstance(decision.actions[0], RunHook)


def test_stop_and_start() -> None:
    assert answered(blocked(), "stop").state.control.phase is Phase.INACTIVE
    assert answered(blocked(CLEAR), "start").state.control.phase is Phase.STARTING


def test_skip_drops_the_rest_of_the_set_and_still_asks() -> None:
    state = answered(blocked(), "skip").state
    assert [one.copies_left for one in state.jobs] == [0, 1]
    assert state.control.phase is Phase.BLOCKED
    asked = question(Situation(state, READY, GCODE, 1.0, 1.0))
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
    with pytest.raises(
        BadRequest, match="bed_clear, run_clearing, not_yet, skip, stop"
    ):
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
    asked = question(Situation(ended, theirs, GCODE, 2.0, 2.0))
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


# -- what stories ask --------------------------------------------------------------


def test_not_yet_changes_nothing_and_asks_still() -> None:
    story = at.bed_asked()
    before, asked = story.state, story.answers
    story.answer("not_yet")
    assert (story.state, story.sent, story.answers) == (before, [], asked)
    assert story.answer("bed_clear").starts == ["a", "b"]


def test_a_good_part_may_be_printed_again() -> None:
    assert at.bed_asked().answers == [
        *("bed_clear", "print_again", "not_yet"),
        *("skip", "stop"),
    ]
    assert "print_again" not in at.failed().answers
    assert "print_again" not in at.foreign().print_ends().answers


def test_a_script_of_people_may_clear_too() -> None:
    rules = Rules(bed_clearing=BedClearing.GCODE)
    story = at.failed(rules)
    assert "run_clearing" not in story.answers
    story.has(Hook.CLEAR_BED)
    assert "run_clearing" in story.answers
    assert story.answer("run_clearing").scripts == [Hook.CLEAR_BED]


def test_the_doubt_about_a_script_is_asked() -> None:
    story = at.before_print().moonraker_restarts()
    assert story.answers == ["start", "run_script", "skip", "stop"]
    after = at.ended().moonraker_restarts()
    assert {"bed_clear", "run_script"} <= set(after.answers)
    assert after.answer("bed_clear").starts == ["a", "b"]


def test_a_veto_shows_its_picture() -> None:
    story = at.verifying()
    ticket = story.state.control.ticket
    story.tell(BedVerified(ticket, False, "Not empty", "http://cam/1.jpg"))
    asked = question(story.situation)
    assert asked is not None
    assert (asked.picture, "Not empty" in asked.text) == ("http://cam/1.jpg", True)


def test_material_is_asked_about_while_idle() -> None:
    story = at.awaiting()
    asked = question(story.situation)
    assert asked is not None
    assert (asked.next_path, "PETG" in asked.text) == ("a", True)
    assert at.reloaded(story).answers == [], "it ends by itself in a moment"
    assert at.early().answers == []
    assert at.rendering(at.inactive().start()).answers == []


def test_an_answer_about_the_bed_is_none_about_material() -> None:
    story = at.awaiting("a", after="z")
    with pytest.raises(BadRequest, match="print_anyway, skip, stop"):
        story.answer("bed_clear")
    assert story.phase is Phase.IDLE


def test_a_script_or_a_print_leaves_nothing_to_decide() -> None:
    for story in (at.ended(), at.clearing(), at.verifying(), at.paused()):
        assert story.answers == []
        with pytest.raises(Conflict, match="answered already"):
            story.answer("stop")


def test_the_question_of_before_a_script_is_void() -> None:
    story = at.bed_asked()
    old = story.state.control.ticket
    story.has(Hook.BEFORE_PRINT).bed_is_clear().script_ends("Must home axis first")
    assert story.phase is Phase.BLOCKED
    with pytest.raises(Conflict, match="answered already"):
        story.tell(Answered(old, "stop", "bob"))
