"""Scripts of hooks that fail, are cut off by a restart, or outlived by a Stop."""

from __future__ import annotations

from typing import Callable

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import ScriptAsked, ScriptEnded
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import BedCause, BedState, Outcome, Phase

from . import phases as at
from .story import Story, fresh, printing

H = Hook


# -- a script that fails -------------------------------------------------------


def _stopped_cooling() -> Story:
    return at.cooling().has(H.DEACTIVATED).stop()


def _awaits() -> Story:
    story = fresh("a", rules=at.MATERIAL).has(H.AWAITING_MATERIAL)
    story.files, story.spools = at.awaiting().files, (at.PLA,)
    return story.start()


def _verify_script() -> Story:
    return at.clearing().has(H.VERIFY_BED).script_ends()


RUNNING: dict[Hook, Callable[[], Story]] = {
    H.ACTIVATED: lambda: fresh("a", "b").has(H.ACTIVATED).start(),
    H.BEFORE_PRINT: at.before_print,
    H.PRINT_SUCCEEDED: at.ended,
    H.COOL_DOWN: at.cool_down,
    H.CLEAR_BED: at.clearing,
    H.VERIFY_BED: _verify_script,
    H.FINISH: at.finishing,
    H.AWAITING_MATERIAL: _awaits,
    H.DEACTIVATED: _stopped_cooling,
}
"""Each hook whose scripts run while nothing prints, and no trouble is to be told."""


@pytest.mark.parametrize("hook", RUNNING)
def test_a_script_that_fails_blocks_with_its_words(hook: Hook) -> None:
    story = RUNNING[hook]()
    assert story.state.control.hook is hook
    starts, fired = list(story.starts), list(story.fired)
    story.script_ends("Unknown command: FOO")
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.SCRIPT)
    assert "Unknown command: FOO" in story.words
    assert (story.starts, story.fired) == (starts, fired)
    assert story.bed[1] is not BedCause.OWN_GOOD, "no script clears it by itself"


def test_the_script_before_a_print_is_tried_again_after_it_failed() -> None:
    story = at.before_print().script_ends("no").start()
    assert (story.fired, story.starts) == ([H.BEFORE_PRINT] * 2, [])


@pytest.mark.parametrize("hook", [H.ACTIVATED, H.PRINT_SUCCEEDED, H.FINISH])
def test_other_scripts_that_failed_are_not_tried_again(hook: Hook) -> None:
    story = RUNNING[hook]().script_ends("no").start(bed_clear=True)
    assert story.fired.count(hook) == 1
    assert story.phase in (Phase.STARTING, Phase.IDLE)


# -- a restart in the middle ---------------------------------------------------

REPEATABLE = [H.ACTIVATED, H.BEFORE_PRINT, H.PRINT_SUCCEEDED, H.FINISH]


@pytest.mark.parametrize("hook", REPEATABLE)
def test_a_restart_leaves_the_script_in_doubt(hook: Hook) -> None:
    story = RUNNING[hook]()
    starts = list(story.starts)
    story.moonraker_restarts()
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.DOUBT)
    assert hook.value in story.words
    assert "run_script" in story.answers
    assert (story.fired.count(hook), story.starts) == (1, starts)


@pytest.mark.parametrize("hook", REPEATABLE)
def test_start_goes_on_without_it(hook: Hook) -> None:
    story = RUNNING[hook]().moonraker_restarts().start(bed_clear=True)
    assert story.fired.count(hook) == 1
    assert story.phase in (Phase.STARTING, Phase.IDLE)


@pytest.mark.parametrize("hook", REPEATABLE)
def test_the_answer_runs_it_again_once(hook: Hook) -> None:
    story = RUNNING[hook]().moonraker_restarts().answer("run_script")
    assert (story.state.control.hook, story.fired.count(hook)) == (hook, 2)
    with pytest.raises(Conflict):
        story.answer("run_script")
    story.script_ends()
    assert story.fired.count(hook) == 2
    assert story.phase is not Phase.SCRIPT


@pytest.mark.parametrize("hook", REPEATABLE)
def test_a_second_restart_leaves_it_in_doubt_still(hook: Hook) -> None:
    story = RUNNING[hook]().moonraker_restarts().moonraker_restarts()
    assert (story.why, story.state.control.hook) == (reasons.DOUBT, hook)
    story.answer("run_script").moonraker_restarts()
    assert (story.phase, story.fired.count(hook)) == (Phase.BLOCKED, 2)


def test_the_word_about_the_bed_does_not_answer_the_doubt() -> None:
    story = at.ended().moonraker_restarts().bed_is_clear()
    assert (story.why, story.starts) == (reasons.DOUBT, ["a"])
    assert story.answer("run_script").fired == [H.PRINT_SUCCEEDED] * 2


@pytest.mark.parametrize(
    "hook", [H.COOL_DOWN, H.CLEAR_BED, H.VERIFY_BED, H.AWAITING_MATERIAL]
)
def test_after_other_scripts_a_restart_asks_and_repeats_nothing(hook: Hook) -> None:
    story = RUNNING[hook]().moonraker_restarts()
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.RESTARTED)
    story.start()
    assert story.fired.count(hook) == 1
    if hook is not H.AWAITING_MATERIAL:
        assert (story.why, story.starts) == (reasons.RESTARTED, ["a"])
        assert story.bed == (BedState.OCCUPIED, BedCause.OWN_OLD)


def test_a_restart_while_the_queue_stops_leaves_it_stopped() -> None:
    story = _stopped_cooling().moonraker_restarts()
    assert (story.phase, story.fired) == (Phase.INACTIVE, [H.DEACTIVATED])


def test_what_else_was_due_has_missed_its_moment() -> None:
    story = printing("a", "b").has(H.PRINT_CANCELLED, H.DEACTIVATED)
    story.print_ends(Outcome.CANCELLED).moonraker_restarts()
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.DOUBT)
    assert "was cancelled" in story.words
    assert story.bed_is_clear().fired == [H.PRINT_CANCELLED]


def test_nothing_is_run_again_that_is_not_in_doubt() -> None:
    with pytest.raises(Conflict, match="script"):
        at.bed_asked().tell(ScriptAsked("ann"))


def test_an_answer_of_before_the_restart_is_late() -> None:
    story = at.before_print()
    ticket = story.state.control.ticket
    story.moonraker_restarts()
    before = story.state
    assert story.tell(ScriptEnded(ticket)).state == before


# -- Stop in the middle --------------------------------------------------------

STOPPABLE = [
    *(H.ACTIVATED, H.BEFORE_PRINT, H.PRINT_SUCCEEDED, H.CLEAR_BED),
    *(H.VERIFY_BED, H.FINISH, H.AWAITING_MATERIAL),
]


@pytest.mark.parametrize("hook", STOPPABLE)
def test_stop_during_a_script_ends_with_it(hook: Hook) -> None:
    story = RUNNING[hook]().has(H.DEACTIVATED)
    starts, fired = list(story.starts), list(story.fired)
    story.stop()
    assert (story.state.control.hook, story.sent) == (hook, [])
    story.scripts_end()
    assert story.fired == [*fired, H.DEACTIVATED]
    assert (story.phase, story.starts) == (Phase.INACTIVE, starts)


def test_a_script_that_fails_after_stop_is_told() -> None:
    story = at.before_print().stop().script_ends("Must home axis first")
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.SCRIPT)
    assert story.stop().phase is Phase.INACTIVE


def test_deactivated_waits_for_the_end_of_the_print() -> None:
    story = printing("a", "b").has(H.DEACTIVATED).stop()
    assert story.fired == []
    story.print_ends()
    assert (story.phase, story.fired) == (Phase.SCRIPT, [H.DEACTIVATED])
    assert story.stop().script_ends().phase is Phase.INACTIVE


def test_a_hook_that_klipper_cannot_run_has_missed_its_moment() -> None:
    story = at.stopped(at.idle().has(H.DEACTIVATED)).stop()
    assert (story.phase, story.fired) == (Phase.INACTIVE, [])
    assert story.klippy_is_back().fired == []
