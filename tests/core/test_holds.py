"""What a queue waits for by itself, and what a person has to do from time to time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import (
    Activated,
    PrintAnyway,
    WaitMayEnd,
)
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.holds import Hold, Wait, alarm_at, hold
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.hours import Hours, Period
from moonraker_cp.core.model import BedCause, BedState, Outcome, Phase
from moonraker_cp.core.service import Service
from moonraker_cp.core.spools import MaterialPolicy, Spool
from moonraker_cp.core.strategies import next_copy

from . import phases as at
from .story import GCODE, MANUAL, NOW, Story, fresh, printing

HOUR = 3600.0


def waits_for(story: Story) -> Hold | None:
    situation = story.situation
    candidate = next_copy(story.state.jobs, situation.conditions)
    assert candidate is not None
    conditions = situation.conditions
    return hold(story.state.control, story.rules, conditions, candidate)


def kind(story: Story) -> Wait | None:
    wait = waits_for(story)
    return wait.wait if wait else None


def look_again(story: Story) -> Story:
    return story.tell(WaitMayEnd())


# -- quiet hours ----------------------------------------------------------------


def quiet(begins: float, lasts: float) -> Hours:
    """Every day, from so many minutes after NOW on, for so many minutes."""
    wall = datetime.fromtimestamp(NOW)
    begin = int(wall.hour * 60 + wall.minute + begins) % 1440
    return Hours(tuple(Period(day, begin, int(begin + lasts)) for day in range(7)))


NIGHT = replace(MANUAL, hours=quiet(-60, 180))
EVENING = replace(MANUAL, hours=quiet(120, 180))


def test_nothing_starts_in_quiet_hours() -> None:
    story = fresh("a", rules=NIGHT).start()
    assert (story.phase, kind(story), story.starts) == (
        Phase.IDLE,
        Wait.QUIET_HOURS,
        [],
    )
    wait = waits_for(story)
    assert wait is not None
    assert wait.until is not None
    assert 0 < wait.until - NOW <= 2 * HOUR
    assert look_again(story).starts == []
    story.skipped = wait.until - NOW - story.clock
    assert look_again(story).starts == ["a"]


def test_a_print_under_way_goes_on_and_the_bed_is_still_cleared() -> None:
    story = printing("a", "b", rules=replace(GCODE, hours=quiet(60, 180)))
    story.skipped = 2 * HOUR
    story.print_ends()
    assert story.scripts == [Hook.CLEAR_BED]
    story.script_ends()
    assert (story.phase, story.starts, story.counted) == (Phase.IDLE, ["a"], 1)


def test_a_print_that_would_last_into_them_waits_if_so_chosen() -> None:
    rules = replace(EVENING, ends_before_quiet=True)
    long = fresh("a", rules=rules)
    long.files = {"a": FileFacts(estimated_time=3 * HOUR)}
    assert (long.start().starts, kind(long)) == ([], Wait.QUIET_HOURS)
    long.rules = EVENING
    assert look_again(long).starts == ["a"]
    short = fresh("a", rules=rules)
    short.files = {"a": FileFacts(estimated_time=HOUR)}
    assert short.start().starts == ["a"]
    unknown = fresh("a", rules=rules)
    assert unknown.start().starts == ["a"], "what is not known holds nothing up"


def test_a_print_that_never_fits_says_so() -> None:
    story = fresh("a", "b", rules=replace(EVENING, ends_before_quiet=True))
    story.files = {"a": FileFacts(estimated_time=30 * HOUR)}
    wait = waits_for(story.start())
    assert wait is not None
    assert (wait.until, "does not fit" in wait.text) == (None, True)


# -- a start time ---------------------------------------------------------------


def test_a_start_time_holds_the_first_print_alone() -> None:
    story = at.early()
    assert (story.phase, kind(story), story.starts) == (Phase.IDLE, Wait.START_TIME, [])
    assert look_again(story.start()).starts == [], "a plain Start changes no time"
    look_again(at.in_time(story))
    assert story.starts == ["a"]
    assert story.prints().bed_is_clear().starts == ["a", "b"]
    assert story.state.control.not_before == 0.0


def test_stop_and_start_begin_now() -> None:
    assert at.early().stop().start().starts == ["a"]


def test_a_start_time_given_during_a_print_holds_the_next() -> None:
    story = printing("a", "b")
    story.tell(Activated("ann", at=NOW + story.clock + HOUR))
    story.print_ends().bed_is_clear()
    assert (story.phase, kind(story)) == (Phase.IDLE, Wait.START_TIME)
    assert look_again(at.in_time(story)).starts == ["a", "b"]


def test_the_bed_is_asked_about_before_the_hour_comes() -> None:
    story = at.inactive_over_a_part()
    story.tell(Activated("ann", at=NOW + story.clock + HOUR))
    assert story.why == reasons.BED
    assert story.bed_is_clear().phase is Phase.IDLE
    assert look_again(at.in_time(story)).starts == ["a"]


def test_only_a_wait_for_an_hour_has_one() -> None:
    assert alarm_at(at.awaiting().situation) is None
    for hours in (1, 30):
        story = fresh("a")
        now = story.situation.now
        story.tell(Activated("ann", at=now + hours * HOUR))
        assert alarm_at(story.situation) == now + hours * HOUR
        assert alarm_at(story.stop().situation) is None


# -- material -------------------------------------------------------------------


def test_a_wrong_spool_holds_the_copy_and_is_asked_about() -> None:
    story = at.awaiting()
    assert (story.phase, kind(story), story.starts) == (Phase.IDLE, Wait.MATERIAL, [])
    wait = waits_for(story)
    assert wait is not None
    assert "PETG" in wait.text
    assert story.answers == ["print_anyway", "skip", "stop"]


@pytest.mark.parametrize("policy", [MaterialPolicy.OFF, MaterialPolicy.WARN])
def test_only_block_blocks(policy: MaterialPolicy) -> None:
    rules = replace(MANUAL, material_policy=policy)
    assert at.awaiting(rules=rules).starts == ["a"]


def test_what_is_not_known_never_blocks() -> None:
    unknown = fresh("a", rules=at.MATERIAL)
    unknown.files = {"a": FileFacts(materials=("PETG",), filament_weight=100.0)}
    assert unknown.start().starts == ["a"]
    no_weight = fresh("a", rules=at.MATERIAL)
    no_weight.files, no_weight.spools = unknown.files, (at.PETG,)
    assert no_weight.start().starts == ["a"]


def test_too_little_filament_blocks() -> None:
    story = fresh("a", rules=at.MATERIAL)
    story.files = {"a": FileFacts(materials=("PETG",), filament_weight=100.0)}
    story.spools = (Spool("PETG", 2, 105.0),)
    assert kind(story.start()) is Wait.MATERIAL, "a margin of 10 % is wanted"
    story.spools = (Spool("PETG", 2, 110.0),)
    assert look_again(story).starts == ["a"]


def test_the_right_spool_ends_the_wait_by_itself() -> None:
    story = look_again(at.awaiting())
    assert story.starts == []
    assert look_again(at.reloaded(story)).starts == ["a"]
    assert story.state.control.awaits == ""


def test_print_anyway_is_for_this_copy_alone() -> None:
    story = fresh("a", rules=at.MATERIAL, count=2)
    story.files, story.spools = {"a": FileFacts(materials=("PETG",))}, (at.PLA,)
    story.start().tell(PrintAnyway("ann"))
    assert story.starts == ["a"]
    story.prints().bed_is_clear()
    assert (story.phase, kind(story), story.starts) == (
        Phase.IDLE,
        Wait.MATERIAL,
        ["a"],
    )
    assert story.answer("print_anyway").starts == ["a", "a"]


def test_a_copy_that_failed_is_asked_about_again() -> None:
    story = at.awaiting().answer("print_anyway")
    story.our_print_begins().print_fails().bed_is_clear()
    assert (story.phase, kind(story)) == (Phase.IDLE, Wait.MATERIAL)


def test_print_anyway_without_a_wait_is_refused() -> None:
    for story in (at.idle(), at.early(), at.bed_asked()):
        with pytest.raises(Conflict):
            story.tell(PrintAnyway("ann"))


def test_the_other_answers() -> None:
    assert at.awaiting().answer("skip").starts == ["b"]
    assert at.awaiting().answer("stop").phase is Phase.INACTIVE


def test_an_answer_to_an_older_wait_is_late() -> None:
    story = at.awaiting("a", "b")
    old = story.state.control.ticket
    story.spools = (Spool("ABS", 3, None),)
    look_again(story)
    assert story.state.control.ticket != old
    story.answer("print_anyway")
    with pytest.raises(Conflict, match="answered already"):
        story.answer("print_anyway")


def _asks_by_script() -> Story:
    story = fresh("a", "b", rules=at.MATERIAL).has(Hook.AWAITING_MATERIAL)
    story.files, story.spools = at.awaiting().files, (at.PLA,)
    return story.start()


def test_the_script_asks_once() -> None:
    story = _asks_by_script()
    assert (story.fired, story.phase) == ([Hook.AWAITING_MATERIAL], Phase.SCRIPT)
    assert story.answers == [], "while it runs there is nothing to answer"
    story.script_ends()
    assert (story.phase, len(story.answers)) == (Phase.IDLE, 3)
    for _ in range(3):
        look_again(story)
    story.add("c")
    assert story.fired == [Hook.AWAITING_MATERIAL]
    story.spools = (Spool("ABS", 3, None),)
    assert look_again(story).fired == [Hook.AWAITING_MATERIAL], "for another reason"


def test_the_spool_that_is_set_while_the_script_runs() -> None:
    story = at.reloaded(_asks_by_script())
    assert look_again(story).starts == []
    assert story.script_ends().starts == ["a"]


def test_after_a_stop_it_is_asked_anew() -> None:
    story = _asks_by_script().script_ends().stop().start()
    assert story.fired == [Hook.AWAITING_MATERIAL] * 2


# -- time-lapse -----------------------------------------------------------------


def test_the_next_print_waits_for_the_time_lapse() -> None:
    story = at.rendering(printing("a", "b", rules=GCODE)).print_ends().script_ends()
    assert (story.phase, kind(story), story.starts) == (
        Phase.IDLE,
        Wait.TIMELAPSE,
        ["a"],
    )
    assert story.bed == (BedState.CLEAR, BedCause.SCRIPT), "the bed does not wait"
    story.rendering = False
    assert look_again(story).starts == ["a", "b"]


def test_one_wait_after_the_other() -> None:
    story = at.rendering(at.early(rules=at.MATERIAL))
    story.files, story.spools = at.awaiting().files, (at.PLA,)
    assert kind(story) is Wait.START_TIME
    look_again(at.in_time(story))
    assert kind(story) is Wait.MATERIAL
    look_again(at.reloaded(story))
    assert kind(story) is Wait.TIMELAPSE
    story.rendering = False
    assert look_again(story).starts == ["a"]


def test_stop_ends_every_wait() -> None:
    for story in (at.early(), at.awaiting(), fresh("a", rules=NIGHT).start()):
        story.stop()
        control = story.state.control
        assert (story.phase, control.not_before, control.awaits) == (
            Phase.INACTIVE,
            0.0,
            "",
        )
        assert look_again(at.in_time(at.reloaded(story))).starts == []


# -- plates and maintenance -----------------------------------------------------

STACK = replace(GCODE, pause_after=2)
UPKEEP = replace(GCODE, maintenance_hours=1.0)


def _prints(rules: Rules, *outcomes: Outcome, seconds: float = 60.0) -> Story:
    story = fresh("a", rules=rules, count=9).start()
    for outcome in outcomes:
        story.our_print_begins().print_ends(outcome, seconds=seconds)
        if story.phase is Phase.BLOCKED:
            story.bed_is_clear()
        story.scripts_end()
    return story


def test_the_plate_stack() -> None:
    story = _prints(STACK, Outcome.SUCCESS, Outcome.FAILURE)
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.PLATE_STACK)
    assert (len(story.starts), story.answers) == (2, ["start", "skip", "stop"])
    assert story.bed_is_clear().why == reasons.PLATE_STACK
    story.answer("start")
    assert (len(story.starts), story.state.control.service.prints) == (3, 0)


def test_maintenance() -> None:
    story = _prints(UPKEEP, Outcome.SUCCESS, seconds=0.5 * HOUR)
    assert len(story.starts) == 2
    story.our_print_begins().print_ends(seconds=0.5 * HOUR).script_ends()
    assert (story.why, len(story.starts)) == (reasons.MAINTENANCE, 2)
    assert "1 hours" in story.words
    assert len(story.start().starts) == 3
    assert story.state.control.service == Service(prints=2, seconds=0.0)


def test_each_is_reset_by_itself() -> None:
    both = replace(STACK, maintenance_hours=0.03)
    story = _prints(both, Outcome.SUCCESS, Outcome.SUCCESS)
    assert story.why == reasons.PLATE_STACK
    story.start()
    assert (story.why, len(story.starts)) == (reasons.MAINTENANCE, 2)
    assert len(story.start().starts) == 3


def test_a_stop_is_no_fresh_plate() -> None:
    story = _prints(STACK, Outcome.SUCCESS, Outcome.SUCCESS).stop().start()
    assert (story.why, len(story.starts)) == (reasons.PLATE_STACK, 2)
    assert len(story.start().starts) == 3


def test_it_is_counted_across_a_restart() -> None:
    story = _prints(STACK, Outcome.SUCCESS).our_print_begins()
    story.moonraker_restarts().print_ends().script_ends()
    assert story.why == reasons.PLATE_STACK


def test_an_empty_queue_needs_no_plates() -> None:
    story = at.without_jobs(_prints(STACK, Outcome.SUCCESS).our_print_begins())
    story.print_ends()
    assert (story.phase, story.why) == (Phase.IDLE, "")
    assert story.add("z").script_ends().why == reasons.PLATE_STACK
