"""What follows a print that ended badly: the policy, and reports of detectors."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import CancelPrint, PausePrint, Rules
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import FailureReported
from moonraker_cp.core.failures import (
    MOST_REMEMBERED,
    FailureRules,
    OnTrouble,
    judge_cancel,
    judge_failure,
    note_failure,
)
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import BedCause, BedState, Outcome, Phase, Run, Set

from . import phases as at
from .story import GCODE, MANUAL, Story, fresh, printing

STOP, SKIP, HOLD, RETRY = OnTrouble
FAILED, CANCELLED = Outcome.FAILURE, Outcome.CANCELLED


def rules(on_failure: OnTrouble = STOP, base: Rules = MANUAL, **more: object) -> Rules:
    policy = FailureRules(on_failure, **more)  # type: ignore[arg-type]
    return replace(base, failures=policy)


def both(then: OnTrouble) -> Rules:
    return rules(then, on_cancel=then)


def run(retries: int = 0, lasted: float = 60.0, path: str = "a") -> Run:
    first = Run(1, 1, 1, "Job", path, 0, "ann", 0.0, 0.0)
    return replace(first, retries=retries, print_duration=lasted, outcome=FAILED)


def wants(on_failure: OnTrouble | None, retries: int | None = None) -> Set:
    return Set(1, "a", 1, 1, on_failure=on_failure, retries=retries)


# -- the table ------------------------------------------------------------------

TABLE = [
    # policy, set says, retries so far, lasted, early failures -> then
    (FailureRules(), None, 0, 60.0, ("a",), STOP),
    (FailureRules(SKIP), None, 0, 60.0, ("a",), SKIP),
    (FailureRules(HOLD), None, 0, 60.0, ("a",), HOLD),
    (FailureRules(RETRY), None, 0, 60.0, ("a",), RETRY),
    (FailureRules(RETRY), None, 1, 60.0, ("a",), RETRY),
    (FailureRules(RETRY), None, 2, 60.0, ("a",), STOP),
    (FailureRules(RETRY, retries=0), None, 0, 60.0, ("a",), STOP),
    (FailureRules(RETRY), None, 0, 9000.0, (), RETRY),
    (FailureRules(RETRY, retry_within=300.0), None, 0, 300.0, ("a",), RETRY),
    (FailureRules(RETRY, retry_within=300.0), None, 0, 301.0, (), STOP),
    (FailureRules(SKIP, retry_within=300.0), None, 0, 301.0, (), SKIP),
    (FailureRules(SKIP), wants(STOP), 0, 60.0, ("a",), STOP),
    (FailureRules(STOP), wants(RETRY), 1, 60.0, ("a",), RETRY),
    (FailureRules(STOP), wants(RETRY, 1), 1, 60.0, ("a",), STOP),
    (FailureRules(RETRY), wants(None, 5), 4, 60.0, ("a",), RETRY),
    (FailureRules(SKIP), None, 0, 60.0, ("a", "b", "a"), STOP),
    (FailureRules(SKIP), None, 0, 60.0, ("a", "b"), SKIP),
    (FailureRules(SKIP), None, 0, 60.0, ("a", "a", "a", "a"), SKIP),
    (FailureRules(SKIP, stop_after=0), None, 0, 60.0, ("a", "b", "c"), SKIP),
    (FailureRules(STOP), wants(RETRY), 0, 60.0, ("a", "b", "c"), STOP),
]


@pytest.mark.parametrize(("policy", "one", "retries", "lasted", "early", "then"), TABLE)
def test_what_a_failure_means(
    policy: FailureRules,
    one: Set | None,
    retries: int,
    lasted: float,
    early: tuple[str, ...],
    then: OnTrouble,
) -> None:
    assert judge_failure(policy, one, run(retries, lasted), early).then is then


@pytest.mark.parametrize("then", OnTrouble)
def test_what_a_cancel_means(then: OnTrouble) -> None:
    assert judge_cancel(FailureRules(on_cancel=then), run()).then is then
    failing = FailureRules(on_failure=then)
    assert judge_cancel(failing, run()).then is STOP, "a person cancelled it"


def test_a_cancelled_copy_is_not_tried_for_ever() -> None:
    assert judge_cancel(FailureRules(on_cancel=RETRY), run(retries=2)).then is STOP


def test_early_failures_in_a_row() -> None:
    policy = FailureRules(retry_within=300.0)
    assert note_failure(policy, run(lasted=300.0), ("b",)) == ("b", "a")
    assert note_failure(policy, run(lasted=301.0), ("b",)) == ()
    many = ("b",) * MOST_REMEMBERED
    assert note_failure(policy, run(), many) == (*many[1:], "a")


# -- what the queue does --------------------------------------------------------


@pytest.mark.parametrize("outcome", [FAILED, CANCELLED])
@pytest.mark.parametrize(
    ("then", "left", "following"),
    [(SKIP, [0, 1], "b"), (HOLD, [2, 1], "b"), (RETRY, [2, 1], "a")],
)
def test_it_goes_on_when_a_person_has_cleared_the_bed(
    then: OnTrouble, left: list[int], following: str, outcome: Outcome
) -> None:
    story = fresh("a", rules=both(then), count=2).add("b").start().our_print_begins()
    story.print_ends(outcome, "Too cold")
    assert (story.phase, story.starts) == (Phase.BLOCKED, ["a"])
    assert story.bed == (BedState.OCCUPIED, BedCause.OWN_BAD)
    assert (story.left, story.counted) == (left, 0)
    assert story.state.jobs[0].hold is (then is HOLD)
    assert story.bed_is_clear().starts == ["a", following]


def test_stop_asks_and_keeps_the_copy() -> None:
    failed = printing("a", "b", rules=both(STOP)).print_fails("Too cold")
    assert (failed.why, failed.left) == (reasons.FAILED, [1, 1])
    assert "Too cold" in failed.words
    assert failed.bed_is_clear().starts == ["a", "a"]
    cancelled = printing("a", "b", rules=both(STOP)).print_ends(CANCELLED)
    assert (cancelled.why, cancelled.state.control.active) == (reasons.CANCELLED, False)
    assert cancelled.bed_is_clear().starts == ["a"]
    assert cancelled.start().starts == ["a", "a"]


def _fails(story: Story, times: int) -> Story:
    """The copy fails, the bed is cleared and it is tried again: so often."""
    for _ in range(times):
        story.print_fails().bed_is_clear().our_print_begins()
    return story.print_fails()


def test_retries_are_extra_attempts() -> None:
    story = _fails(printing("a", "b", rules=rules(RETRY, retries=2)), 2)
    assert story.starts == ["a"] * 3
    assert story.bed_is_clear().starts == ["a"] * 3, "a person has to press Start"
    reason = story.state.control.reason
    assert reason is not None
    assert "tried 3 times" in reason.advice
    assert (story.left, story.outcomes) == ([1, 1], [FAILED] * 3)
    assert story.start().starts == ["a"] * 4


def test_the_next_copy_has_retries_of_its_own() -> None:
    story = fresh("a", rules=rules(RETRY, retries=1), count=2).start()
    story.our_print_begins().print_fails().bed_is_clear().prints().bed_is_clear()
    story.our_print_begins().print_fails()
    assert story.why == reasons.FAILED
    assert story.bed_is_clear().starts == ["a"] * 4


def test_what_fails_late_is_not_tried_again() -> None:
    story = printing("a", rules=rules(RETRY, retry_within=300.0))
    story.print_fails(seconds=1200.0).bed_is_clear()
    assert (story.phase, story.starts) == (Phase.BLOCKED, ["a"])
    reason = story.state.control.reason
    assert reason is not None
    assert "20 minutes" in reason.advice


def test_a_set_may_say_otherwise() -> None:
    story = fresh("a", "b", rules=rules(SKIP)).add("c")
    jobs = story.state.jobs
    one = replace(jobs[0].sets[0], on_failure=STOP)
    changed = replace(jobs[0], sets=(one,))
    story.state = replace(story.state, jobs=(changed, *jobs[1:]))
    story.start().our_print_begins().print_fails()
    assert (story.left, story.bed_is_clear().starts) == ([1, 1, 1], ["a", "a"])
    story.prints().bed_is_clear().our_print_begins().print_fails()
    assert story.left == [0, 0, 1]


def test_files_that_fail_early_one_after_another_mean_the_printer() -> None:
    story = printing("a", "b", "c", "d", rules=rules(SKIP))
    for _ in "ab":
        story.print_fails().bed_is_clear().our_print_begins()
    story.print_fails("No heat")
    assert (story.why, story.starts) == (reasons.PRINTER, ["a", "b", "c"])
    assert "No heat" in story.words
    assert story.left == [0, 0, 1, 1], "the third is not thrown away"
    assert story.bed_is_clear().starts == ["a", "b", "c"]
    story.start().our_print_begins().print_fails()
    assert story.why == reasons.FAILED, "counted anew since a person has looked"


@pytest.mark.parametrize("outcome", [Outcome.SUCCESS, FAILED])
def test_a_good_or_a_long_print_speaks_for_the_printer(outcome: Outcome) -> None:
    story = printing("a", "b", "c", "d", rules=rules(SKIP))
    for _ in "ab":
        story.print_fails().bed_is_clear().our_print_begins()
    story.print_ends(outcome, seconds=9000.0).bed_is_clear()
    assert story.our_print_begins().print_fails().why == reasons.FAILED


def test_a_job_that_was_removed_meanwhile_is_not_missed() -> None:
    for then in (SKIP, HOLD, RETRY):
        story = at.without_jobs(printing("a", rules=rules(then))).add("b")
        story.print_fails()
        assert (story.why, story.left) == (reasons.FAILED, [1])


@pytest.mark.parametrize("then", [SKIP, HOLD, RETRY])
def test_after_stop_nothing_is_let_go(then: OnTrouble) -> None:
    story = fresh("a", rules=rules(then, base=GCODE, by_script=True), count=2)
    story.start().our_print_begins().stop().print_fails()
    assert (story.left, story.state.jobs[0].hold) == ([2], False)
    assert (story.why, story.scripts) == (reasons.FAILED, [])
    assert story.bed == (BedState.OCCUPIED, BedCause.OWN_BAD)


# -- the bed of a failed print --------------------------------------------------


@pytest.mark.parametrize("then", OnTrouble)
def test_the_script_sweeps_a_failed_print_only_by_a_policy_that_goes_on(
    then: OnTrouble,
) -> None:
    plain = printing("a", "b", rules=rules(then, base=GCODE)).print_fails()
    assert (plain.phase, plain.scripts) == (Phase.BLOCKED, [])
    swept = printing("a", "b", rules=rules(then, base=GCODE, by_script=True))
    swept.print_fails()
    if then is STOP:
        assert (swept.phase, swept.scripts) == (Phase.BLOCKED, [])
        return
    assert (swept.phase, swept.scripts) == (Phase.CLEARING, [Hook.CLEAR_BED])
    assert swept.script_ends().starts == ["a", "a" if then is RETRY else "b"]
    assert swept.counted == 0


def test_it_cools_before_it_is_swept() -> None:
    story = printing("a", "b", rules=rules(RETRY, base=at.COOL, by_script=True))
    assert at.warm(story).print_fails().phase is Phase.COOLING


def test_the_sweep_waits_for_the_script_of_the_failure() -> None:
    story = printing("a", "b", rules=rules(RETRY, base=GCODE, by_script=True))
    story.has(Hook.PRINT_FAILED).print_fails()
    assert story.fired == [Hook.PRINT_FAILED]
    assert story.script_ends().fired == [Hook.PRINT_FAILED, Hook.CLEAR_BED]


def test_stop_during_that_script_leaves_it_to_a_person() -> None:
    story = printing("a", "b", rules=rules(RETRY, base=GCODE, by_script=True))
    story.has(Hook.PRINT_FAILED).print_fails("Too cold").stop().script_ends()
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.FAILED)
    assert story.fired == [Hook.PRINT_FAILED]


@pytest.mark.parametrize("outcome", [FAILED, CANCELLED])
def test_the_end_is_told_when_nothing_is_left(outcome: Outcome) -> None:
    story = printing("a", rules=both(SKIP)).has(Hook.PRINT_FAILED, Hook.PRINT_CANCELLED)
    story.print_ends(outcome, "Too cold").script_ends()
    assert (story.phase, story.left) == (Phase.BLOCKED, [0])
    assert story.why in (reasons.FAILED, reasons.CANCELLED)
    assert story.bed_is_clear().phase is Phase.IDLE


def test_a_lost_printer_is_never_tried_again_by_itself() -> None:
    story = printing("a", "b", rules=rules(RETRY, base=GCODE, by_script=True))
    story.klippy_stops("Heater extruder not heating").klippy_is_back()
    assert (story.why, story.starts, story.scripts) == (reasons.LOST, ["a"], [])
    assert story.outcomes == [FAILED]


def test_used_up_retries_are_not_swept() -> None:
    story = printing("a", rules=rules(RETRY, base=GCODE, by_script=True, retries=0))
    story.print_fails()
    assert (story.phase, story.scripts) == (Phase.BLOCKED, [])


# -- detectors ------------------------------------------------------------------


def _report(story: Story, words: str = "Spaghetti") -> Story:
    return story.tell(FailureReported(words, "camera"))


def _acted(story: Story) -> list[type]:
    return [type(action) for action in story.sent]


def test_a_report_pauses_and_a_person_looks() -> None:
    story = _report(printing("a", "b"))
    assert (_acted(story), story.why) == ([PausePrint], reasons.REPORTED)
    assert "Spaghetti" in story.words
    story.pauses()
    assert (story.phase, story.why) == (Phase.PAUSED, reasons.REPORTED)
    story.print_ends(CANCELLED)
    assert (story.outcomes, story.why, story.counted) == ([FAILED], reasons.FAILED, 0)
    assert story.state.control.active, "it was a failure, and no person's Stop"
    assert "Spaghetti" in story.words


def test_whoever_resumes_has_looked() -> None:
    story = _report(printing("a", "b")).pauses().resumes()
    assert (story.phase, story.why) == (Phase.PRINTING, "")
    assert story.print_ends().counted == 1


def test_a_print_that_ends_before_the_pause_is_not_counted() -> None:
    story = _report(printing("a", "b")).print_ends()
    assert (story.outcomes, story.counted) == ([FAILED], 0)
    assert (story.left, story.why) == ([1, 1], reasons.FAILED)
    assert story.bed == (BedState.OCCUPIED, BedCause.OWN_BAD)


def test_a_report_of_a_paused_print() -> None:
    story = _report(at.paused())
    assert (_acted(story), story.why) == ([], reasons.REPORTED)
    assert story.resumes().why == ""


@pytest.mark.parametrize("then", [SKIP, HOLD, RETRY])
def test_what_would_be_thrown_away_anyway_is_cancelled(then: OnTrouble) -> None:
    story = _report(printing("a", "b", rules=rules(then)))
    assert (_acted(story), story.why) == ([CancelPrint], "")
    story.print_ends(CANCELLED)
    assert (story.outcomes, story.why) == ([FAILED], reasons.FAILED)
    assert story.state.control.active
    assert story.bed_is_clear().starts == ["a", "a" if then is RETRY else "b"]


def test_the_option_cancels_in_any_case() -> None:
    story = _report(printing("a", "b", rules=rules(cancel_on_report=True)))
    assert _acted(story) == [CancelPrint]
    assert story.print_ends(CANCELLED).why == reasons.FAILED
    assert story.bed_is_clear().starts == ["a", "a"]


def test_a_late_report_pauses_where_an_early_one_is_tried_again() -> None:
    story = printing("a", rules=rules(RETRY, retry_within=300.0))
    story.see(print_duration=301.0)
    assert _acted(_report(story)) == [PausePrint]


def test_the_report_that_blames_the_printer_pauses() -> None:
    story = printing("a", "b", "c", rules=rules(SKIP, stop_after=2))
    story.print_fails().bed_is_clear().our_print_begins()
    assert _acted(_report(story)) == [PausePrint]


@pytest.mark.parametrize("before", [at.idle, at.starting, at.bed_asked, at.ended])
def test_nothing_can_fail_when_nothing_prints(before: Callable[[], Story]) -> None:
    with pytest.raises(Conflict):
        _report(before())


def test_a_report_without_words() -> None:
    story = _report(printing("a"), "").print_ends()
    assert story.outcomes == [FAILED]
    assert "No reason was given" in story.words


def test_who_pauses_it_too_is_not_helped() -> None:
    event = FailureReported("It has paused the print.", "camera", pauses=True)
    story = printing("a", "b").tell(event)
    assert story.sent == []
    story = story.pauses()
    assert (story.phase, story.why) == (Phase.PAUSED, reasons.REPORTED)
    assert "camera says that a fails" in story.words
