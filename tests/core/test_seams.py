"""Stories at the seams: hooks, power, reports and bugs that meet in one life.

Each was once told wrongly.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import PausePrint, Rules
from moonraker_cp.core.events import (
    Activated,
    Answer,
    BedCooled,
    BugFound,
    FailureReported,
    Loss,
    PrinterLost,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
    VideoMade,
)
from moonraker_cp.core.failures import FailureRules, OnTrouble
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import BedState, Outcome, Phase
from moonraker_cp.core.printer import PrintState
from moonraker_cp.core.questions import Answer as QuestionAnswer
from moonraker_cp.core.questions import question

from . import phases as at
from .story import GCODE, MANUAL, NOW, Story, fresh, printing

H = Hook
POWER_FINISH = replace(at.POWER, finish_gcode="PARK")


def policy(base: Rules = MANUAL, **more: object) -> Rules:
    return replace(base, failures=replace(FailureRules(), **more))  # type: ignore[arg-type]


def started() -> Story:
    return fresh("a", "b").has(H.PRINT_STARTED).start().our_print_begins()


def report(s: Story) -> Story:
    return s.tell(FailureReported("spaghetti", "camera"))


def test_foreign_print_during_cool_down_script_is_left_alone() -> None:
    s = at.cool_down().print_begins("x").script_ends()
    assert not s.cooling  # WatchCooling turns the bed off under x


def test_foreign_part_is_not_swept_after_cool_down_script() -> None:
    s = at.cool_down().print_begins("x").script_ends().print_ends()
    s.tell(BedCooled(s.state.control.ticket, 25.0))
    assert s.scripts == []


def test_verify_script_is_not_run_under_a_foreign_print() -> None:
    assert at.clearing().has(H.VERIFY_BED).print_begins("x").script_ends().scripts == []


def test_stop_during_cool_down_script_stops() -> None:
    s = at.cool_down().stop().script_ends()
    assert s.phase is Phase.INACTIVE


def test_moonraker_restart_while_powering_needs_a_start() -> None:
    s = at.powering("a")
    s.tell(PrinterLost(Loss.DISCONNECT, "Moonraker", restarted=True))
    assert s.klippy_is_back().starts == []


def test_a_fault_while_powering_is_told_and_needs_a_start() -> None:
    s = at.powering("a").klippy_stops("Heater heater_bed not heating")
    assert "not heating" in s.words
    assert s.klippy_is_back().starts == []


def test_start_over_a_shutdown_is_not_powering() -> None:
    s = at.idle(at.POWER).klippy_stops("Thermal runaway").add("a").start()
    assert s.why == reasons.LOST
    assert s.klippy_is_back().starts == []


def swept() -> Story:
    """The last part has just been pushed off, as far as Klipper knows."""
    s = printing("a", rules=replace(GCODE, clear_after_last=True)).print_ends()
    s.script_ends()
    assert s.state.control.bed.state is BedState.CLEAR
    return s


def test_a_sweep_that_a_dead_controller_did_not_make_is_in_doubt() -> None:
    """Klipper sends to it for some seconds before it notices."""
    s = swept()
    s.clock += 4
    s.klippy_stops("Lost communication with MCU 'mcu'")
    asked = question(s.situation)
    assert s.state.control.bed.state is BedState.OCCUPIED
    assert s.klippy_is_back().add("b").start().starts == ["a"]
    assert asked is not None
    assert QuestionAnswer.PRINT_AGAIN in asked.answers


def test_a_person_who_restarts_klipper_at_once_leaves_it_in_doubt_as_well() -> None:
    s = swept()
    s.clock += 4
    s.klippy_vanishes()
    assert s.state.control.bed.state is BedState.OCCUPIED
    assert s.klippy_is_back().add("b").start().starts == ["a"]


@pytest.mark.parametrize(
    ("after", "clock_set", "in_doubt"),
    [(4, 0, True), (4, 3600, True), (4, -3600, True), (60, 0, False), (60, -59, False)],
)
def test_how_long_ago_a_sweep_was_is_told_by_no_wall_clock(
    after: float, clock_set: float, in_doubt: bool
) -> None:
    s = swept()
    s.clock += after
    s.skipped += clock_set
    s.klippy_stops()
    assert (s.state.control.bed.state is BedState.OCCUPIED) is in_doubt


@pytest.mark.parametrize(("up", "in_doubt"), [(5.0, True), (300.0, False)])
def test_a_sweep_before_the_computer_has_booted_is_at_least_as_old_as_that(
    up: float, in_doubt: bool
) -> None:
    """Its monotonic clock begins anew."""
    s = swept()
    assert s.clock > up
    s.clock = up
    s.klippy_stops()
    assert (s.state.control.bed.state is BedState.OCCUPIED) is in_doubt


def test_a_start_that_a_stop_has_overtaken_never_was() -> None:
    """The adapter had not sent it yet, and says so. It is no failure of anything."""
    s = at.starting("a")
    before = s.state.control
    s.stop()
    words = "Stop was pressed before it was sent."
    s.tell(StartAnswered(before.ticket, Answer.NOT_SENT, words))
    after = s.state.control
    assert (s.phase, s.state.run, s.runs) == (Phase.INACTIVE, None, {})
    assert (after.active, after.reason, after.bed) == (False, None, before.bed)
    assert (after.tries, after.early_failures) == ((), ())
    assert (s.left, question(s.situation)) == ([1], None)
    assert s.start().starts == ["a", "a"]
    s.prints()
    assert [(run.outcome, run.retries) for run in s.runs.values()] == [
        (Outcome.SUCCESS, 0)
    ]


def test_a_start_that_something_else_holds_back_never_was_either() -> None:
    """But the queue is active, so somebody has to look."""
    s = at.starting("a")
    s.tell(StartAnswered(s.state.control.ticket, Answer.NOT_SENT, "Klipper is busy."))
    assert (s.phase, s.state.run, s.runs, s.left) == (Phase.BLOCKED, None, {}, [1])
    assert s.words == "a was not started: Klipper is busy."
    assert s.state.control.bed.state is BedState.CLEAR
    assert s.start().starts == ["a", "a"]


def test_a_bug_without_a_run_leaves_no_bed_clear() -> None:
    """What was lost by it may have been somebody's print."""
    s = at.idle().tell(BugFound("KeyError"))
    assert s.state.control.bed.state is BedState.OCCUPIED
    assert s.add("b").start().starts == []
    assert s.bed_is_clear().starts == ["b"]


def test_a_bug_in_a_request_says_nothing_of_the_bed() -> None:
    s = at.idle().tell(BugFound("KeyError", in_request=True))
    assert s.state.control.bed.state is BedState.CLEAR


def test_a_sweep_of_a_while_ago_stands() -> None:
    s = swept()
    s.clock += 60
    s.klippy_stops("Lost communication with MCU 'mcu'")
    assert s.klippy_is_back().add("b").start().starts == ["a", "b"]


def test_a_copy_reported_bad_is_not_counted_over_a_restart() -> None:
    s = report(printing("a", "b"))
    s.clock += 60
    s.see(state=PrintState.COMPLETE, reading=False, busy=False)
    assert s.moonraker_restarts().counted == 0


def test_before_print_cut_off_by_a_shutdown_is_told_and_may_run_again() -> None:
    s = at.before_print().klippy_stops("M112").klippy_is_back()
    assert s.why == reasons.DOUBT
    assert "M112" in s.words
    assert s.answer("run_script").fired == [H.BEFORE_PRINT] * 2


def test_a_bug_found_in_a_print_still_needs_a_person_after_it_failed() -> None:
    s = printing("a", "b", rules=policy(on_failure=OnTrouble.SKIP)).tell(
        BugFound("KeyError")
    )
    s.print_fails()
    reason = s.state.control.reason
    assert reason is not None
    assert reason.needs_start
    assert s.bed_is_clear().starts == ["a"]


def test_the_same_with_by_script() -> None:
    s = printing(
        "a", "b", rules=policy(GCODE, on_failure=OnTrouble.SKIP, by_script=True)
    )
    s.tell(BugFound("KeyError")).print_fails()
    assert (s.phase, s.scripts) == (Phase.BLOCKED, [])


def test_a_bug_in_a_print_and_a_hook_at_its_end() -> None:
    printing("a", "b").has(H.PRINT_SUCCEEDED).tell(BugFound("x")).print_ends()


def test_a_job_added_while_the_power_goes_off_does_not_start() -> None:
    assert at.switched_off().add("a").starts == []


def test_power_is_not_cut_while_hot() -> None:
    assert at.power_off(at.warm(at.idle(at.POWER))).sent == []


def test_stop_during_before_print_forgets_that_it_ran() -> None:
    s = at.before_print().stop().script_ends().start()
    assert s.fired == [H.BEFORE_PRINT] * 2


def test_start_time_is_kept_after_a_stop_in_before_print() -> None:
    s = at.before_print().stop().script_ends()
    s.tell(Activated("ann", at=NOW + s.clock + 86400.0))
    assert s.starts == []


def test_doubt_is_told_though_an_answered_reason_was_shown() -> None:
    s = at.restarted().has(H.BEFORE_PRINT).start().moonraker_restarts()
    assert s.why == reasons.DOUBT


def test_a_failed_before_print_is_told_as_such() -> None:
    s = at.bed_asked().has(H.BEFORE_PRINT).bed_is_clear().script_ends("no home")
    assert s.why == reasons.SCRIPT


def test_and_its_words_outlive_a_restart() -> None:
    s = at.bed_asked().has(H.BEFORE_PRINT).bed_is_clear().script_ends("no home")
    assert "no home" in s.moonraker_restarts().words


def test_power_on_failed_is_told_after_an_edit() -> None:
    s = at.powering("a")
    t = s.state.control.ticket
    s.tell(SkipAsked("ann"))
    s.add("b").tell(ScriptEnded(t, "No such device"))
    assert s.why == reasons.NOT_READY


def test_finish_after_powering() -> None:
    s = (
        printing("a", "b", rules=POWER_FINISH)
        .print_ends()
        .klippy_vanishes()
        .start(bed_clear=True)
    )
    assert s.why == reasons.POWERING
    at.without_jobs(s).klippy_is_back()


def test_power_off_that_failed() -> None:
    s = at.switched_off().script_ends("No such device")
    assert not s.state.control.powered_off
    assert s.klippy_stops("Thermal runaway").why == reasons.LOST


def test_cancel_reason_outlives_the_deactivated_script() -> None:
    s = (
        printing("a", "b")
        .has(H.DEACTIVATED)
        .print_ends(Outcome.CANCELLED)
        .script_ends()
    )
    assert (s.phase, s.why) == (Phase.BLOCKED, reasons.CANCELLED)


def test_failed_reason_outlives_stop_and_deactivated() -> None:
    s = (
        printing("a")
        .has(H.PRINT_FAILED, H.DEACTIVATED)
        .print_fails()
        .stop()
        .script_ends()
        .script_ends()
    )
    assert (s.phase, s.why) == (Phase.BLOCKED, reasons.FAILED)


def test_print_started_failed_then_stop() -> None:
    assert started().script_ends("bad").stop().print_ends().why == reasons.SCRIPT


def test_print_started_failed_then_the_print_fails() -> None:
    assert "bad" in started().script_ends("bad").print_fails().words


def test_print_started_failed_then_moonraker_restarts() -> None:
    assert "bad" in started().script_ends("bad").moonraker_restarts().print_ends().words


def test_print_started_failed_then_reported_and_resumed() -> None:
    s = report(started().script_ends("bad")).pauses().resumes().print_ends()
    assert s.why == reasons.SCRIPT


def test_report_outlives_a_restart() -> None:
    s = report(printing("a", "b")).pauses().moonraker_restarts()
    assert s.why == reasons.REPORTED


def test_resume_after_a_restart_answers_the_report() -> None:
    s = report(printing("a", "b")).pauses().moonraker_restarts().resumes().print_ends()
    assert s.counted == 1


def test_our_own_cancel_over_a_restart_is_a_failure_not_a_stop() -> None:
    s = report(printing("a", "b", rules=policy(cancel_on_report=True)))
    s.clock += 5
    s.see(state=PrintState.CANCELLED, reading=False, busy=False)
    s.moonraker_restarts()
    assert s.state.control.active
    assert s.outcomes == [Outcome.FAILURE]


def test_by_script_without_clearing_keeps_the_words() -> None:
    s = printing(
        "a", "b", rules=policy(on_failure=OnTrouble.SKIP, by_script=True)
    ).print_fails("cold")
    assert s.why == reasons.FAILED


def test_by_script_with_nothing_left_keeps_the_words() -> None:
    s = printing(
        "a", rules=policy(GCODE, on_failure=OnTrouble.SKIP, by_script=True)
    ).print_fails("cold")
    assert s.why == reasons.FAILED


def test_print_failed_script_in_doubt_is_told() -> None:
    s = printing("a", "b").has(H.PRINT_FAILED).print_fails("cold").moonraker_restarts()
    assert "print_failed script" in s.words


def test_error_of_print_started_is_told_beside_a_report() -> None:
    s = started()
    t = s.state.control.ticket
    report(s).tell(ScriptEnded(t, "bad"))
    assert s.state.control.hook is None
    assert "bad" in s.words


def test_print_succeeded_before_deactivated() -> None:
    s = (
        printing("a", "b")
        .has(H.DEACTIVATED, H.PRINT_SUCCEEDED)
        .stop()
        .print_ends()
        .scripts_end()
    )
    assert s.fired == [H.PRINT_SUCCEEDED, H.DEACTIVATED]


def test_run_script_is_not_offered_when_it_cannot_be() -> None:
    assert "run_script" not in started().moonraker_restarts().print_ends().answers


def test_start_before_klipper_is_there_does_not_forget_the_doubt() -> None:
    s = at.stopped(at.ended().moonraker_restarts()).start().klippy_is_back()
    assert s.answer("run_script").fired == [H.PRINT_SUCCEEDED] * 2


def test_run_clearing_is_a_start_with_a_cool_down_script_too() -> None:
    s = at.warm(at.finished_away("a", "b", rules=at.COOL)).has(H.COOL_DOWN)
    s.answer("run_clearing").script_ends()
    s.tell(BedCooled(s.state.control.ticket, 25.0)).script_ends()
    assert s.starts == ["a", "b"]


def test_stop_start_in_the_deactivated_script_does_not_sweep_unasked() -> None:
    assert (
        at.cooling().has(H.DEACTIVATED).stop().start().script_ends().why == reasons.BED
    )


def test_retries_used_up_is_no_printer_in_doubt() -> None:
    s = printing("a", rules=policy(on_failure=OnTrouble.RETRY, retries=0)).print_fails()
    assert s.why == reasons.FAILED


def test_a_refused_start_uses_no_plate() -> None:
    s = at.starting("a", rules=replace(MANUAL, pause_after=1))
    s.tell(StartAnswered(s.state.control.ticket, Answer.REFUSED, "no"))
    assert s.state.control.service.prints == 0


def test_a_stopped_queue_pauses_what_is_reported() -> None:
    s = report(printing("a", rules=policy(on_failure=OnTrouble.RETRY)).stop())
    assert isinstance(s.sent[-1], PausePrint)


def test_a_late_video_is_noted() -> None:
    s = (
        printing("a", "b")
        .print_ends()
        .bed_is_clear()
        .our_print_begins()
        .tell(VideoMade("a", "a.mp4", 2e9))
    )
    assert s.last is not None
    assert s.last.video is not None


def test_run_the_script_again_does_not_say_that_the_bed_is_clear() -> None:
    rules = replace(MANUAL, start_means_bed_clear=True)
    s = at.ended(rules=rules).moonraker_restarts().answer("run_script").script_ends()
    assert s.starts == ["a"]


def test_after_it_ran_again_there_is_no_doubt() -> None:
    s = at.ended().moonraker_restarts().answer("run_script").script_ends()
    assert s.why == reasons.BED
    assert "run_script" not in s.answers


def test_start_over_an_occupied_bed_does_not_offer_what_it_refuses() -> None:
    s = at.ended().moonraker_restarts().start()
    assert "run_script" not in s.answers or s.answer("run_script")


def test_stop_in_doubt_forgets_before_print() -> None:
    s = at.before_print().moonraker_restarts().stop().start()
    assert s.fired == [H.BEFORE_PRINT] * 2


def test_quiet_hours_hold_a_copy_whose_script_ran_before_a_stop() -> None:
    s = at.before_print().stop().script_ends()
    s.rules = at.MATERIAL
    s.files = at.awaiting().files
    s.spools = (at.PLA,)
    assert s.start().starts == []


def test_nothing_is_asked_while_the_printer_comes_up() -> None:
    story = at.powering("a")
    assert (story.why, story.answers) == (reasons.POWERING, [])
    failed = story.script_ends("No such device")
    assert "stop" in failed.answers


def test_a_start_time_is_forgotten_by_the_next_start() -> None:
    story = printing("a", "b")
    story.tell(Activated("ann", at=NOW + story.clock + 86400.0))
    story.print_ends(Outcome.CANCELLED).start(bed_clear=True)
    assert story.starts == ["a", "a"]


def test_a_start_in_a_print_that_a_bug_stopped_still_has_its_moment() -> None:
    story = printing("a", "b").has(H.ACTIVATED).stop().start()
    story.tell(BugFound("KeyError")).print_ends()
    story.start(bed_clear=True)
    assert story.fired == [H.ACTIVATED]
