"""Hooks: each fires at its moment, once; and what becomes of scripts that fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import (
    BedClearing,
    RunHook,
    SetPower,
    VerifyBed,
    Video,
    WatchCooling,
)
from moonraker_cp.core.edits import MoveJob
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import (
    BedCooled,
    BedSaid,
    BedVerified,
    ClearingAsked,
    Edited,
    PowerOffDue,
    PrinterCalmed,
    ScriptEnded,
    SkipAsked,
    VideoMade,
)
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.model import BedCause, BedState, Outcome, Phase

from . import phases as at
from .story import GCODE, MANUAL, Story, fresh, printing, with_bed

H = Hook


# -- when ----------------------------------------------------------------------


def test_each_hook_once_and_in_order() -> None:
    story = at.warm(fresh("a", "b", rules=at.COOL_LAST)).has(*Hook)
    story.start().scripts_end()
    for _ in "ab":
        story.our_print_begins()
        story.script_ends()
        story.print_ends().scripts_end()
        story.tell(BedCooled(story.state.control.ticket, 29.0))
        story.scripts_end()
    assert (story.phase, story.counted) == (Phase.IDLE, 2)
    story.stop().scripts_end()
    each = [
        *(H.BEFORE_PRINT, H.PRINT_STARTED, H.PRINT_SUCCEEDED),
        *(H.COOL_DOWN, H.CLEAR_BED, H.VERIFY_BED),
    ]
    assert story.fired == [H.ACTIVATED, *each, *each, H.FINISH, H.DEACTIVATED]
    assert story.phase is Phase.INACTIVE


def test_none_fires_without_scripts() -> None:
    story = fresh("a").start().prints().bed_is_clear().stop()
    assert (story.fired, story.counted) == ([], 1)


def test_the_script_of_an_option_runs_before_those_of_people() -> None:
    story = at.clearing(rules=GCODE)
    assert isinstance(story.sent[-1], RunHook)
    assert [one.gcode for one in story.sent[-1].scripts] == ["SWEEP"]
    both = printing("a", "b", rules=GCODE).has(H.CLEAR_BED).print_ends()
    assert isinstance(both.sent[-1], RunHook)
    assert [one.gcode for one in both.sent[-1].scripts] == ["SWEEP", "CLEAR_BED"]


def test_a_clearing_script_of_people_is_enough() -> None:
    rules = replace(MANUAL, bed_clearing=BedClearing.GCODE)
    assert at.bed_asked(rules=rules).why == reasons.BED
    story = printing("a", "b", rules=rules).has(H.CLEAR_BED).print_ends()
    assert story.script_ends().starts == ["a", "b"]


def test_activated_waits_for_a_clear_bed() -> None:
    story = with_bed(at.inactive(), at.OLD_PART).has(H.ACTIVATED).start()
    assert (story.why, story.fired) == (reasons.BED, [])
    story.bed_is_clear()
    assert (story.fired, story.starts) == ([H.ACTIVATED], [])
    assert story.script_ends().starts == ["a"]
    assert story.prints().bed_is_clear().fired == [H.ACTIVATED]


def test_activated_with_an_empty_queue() -> None:
    story = fresh().has(H.ACTIVATED).start()
    assert story.fired == [H.ACTIVATED]
    assert story.script_ends().phase is Phase.IDLE
    assert story.start().add("a").fired == [H.ACTIVATED]


def test_a_second_start_after_a_stop_is_another_moment() -> None:
    story = fresh().has(H.ACTIVATED, H.DEACTIVATED).start().script_ends()
    story.stop().script_ends().start().script_ends()
    assert story.fired == [H.ACTIVATED, H.DEACTIVATED, H.ACTIVATED]


def test_stop_before_the_bed_was_clear_drops_activated() -> None:
    story = with_bed(at.inactive(), at.OLD_PART).has(H.ACTIVATED).start().stop()
    story.bed_is_clear()
    assert (story.fired, story.state.control.due) == ([], ())


def test_stop_and_start_during_a_print_is_no_deactivation() -> None:
    story = printing("a", "b").has(H.ACTIVATED, H.DEACTIVATED).stop().start()
    story.print_ends().bed_is_clear()
    assert story.fired == [H.ACTIVATED]
    assert story.script_ends().starts == ["a", "b"]


# -- before a print ------------------------------------------------------------


def test_before_print_is_not_sent_twice_for_one_copy() -> None:
    story = at.before_print()
    at.flagged(story).script_ends()  # now the pause flag is cleared first
    assert story.phase is Phase.PREPARING
    story.see(pause_flag=False)
    story.script_ends()
    assert (story.fired, story.starts) == ([H.BEFORE_PRINT], ["a"])


def test_before_print_for_another_copy_when_the_queue_was_edited() -> None:
    story = at.before_print().tell(SkipAsked("ann")).script_ends()
    assert (story.fired, story.starts) == ([H.BEFORE_PRINT] * 2, [])
    assert story.script_ends().starts == ["b"]


def test_the_copy_that_was_put_back_gets_its_script_too() -> None:
    story = at.before_print().tell(Edited(MoveJob(2, None), "ann")).script_ends()
    story.script_ends().prints().bed_is_clear().script_ends()
    assert story.starts == ["b", "a"]
    assert story.fired == [H.BEFORE_PRINT] * 3


def test_before_print_once_for_each_copy_of_a_set() -> None:
    story = fresh("a", count=3).has(H.BEFORE_PRINT).start().script_ends()
    for _ in range(2):
        story.prints().bed_is_clear().script_ends()
    assert story.starts == ["a"] * 3
    assert story.fired == [H.BEFORE_PRINT] * 3


def test_nothing_starts_when_somebody_printed_during_the_script() -> None:
    story = at.before_print().print_begins("x").script_ends()
    assert (story.why, story.starts) == (reasons.FOREIGN, [])
    assert story.print_ends().bed == (BedState.OCCUPIED, BedCause.FOREIGN)


# -- beside a print ------------------------------------------------------------


def _started() -> Story:
    return fresh("a", "b").has(H.PRINT_STARTED).start().our_print_begins()


def test_print_started_runs_beside_the_print() -> None:
    story = _started()
    assert (story.phase, story.fired) == (Phase.PRINTING, [H.PRINT_STARTED])
    story.pauses().resumes().script_ends()
    assert (story.phase, story.why) == (Phase.PRINTING, "")
    assert story.print_ends().fired == [H.PRINT_STARTED]


def test_its_failure_is_told_when_the_print_has_ended() -> None:
    story = _started().script_ends("Unknown command: LAMP")
    assert (story.phase, story.sent) == (Phase.PRINTING, [])
    story.pauses().resumes().print_ends()
    assert (story.phase, story.why, story.counted) == (Phase.BLOCKED, reasons.SCRIPT, 1)
    assert "LAMP" in story.words
    assert story.bed_is_clear().starts == ["a"], "a person has to press Start"
    assert story.start().starts == ["a", "b"]


def test_the_end_of_its_script_after_the_print_is_late() -> None:
    story = _started()
    ticket = story.state.control.ticket
    story.print_ends()
    before = story.state
    assert story.tell(ScriptEnded(ticket, "late")).state == before


def test_its_doubt_is_told_when_the_print_has_ended() -> None:
    story = _started().moonraker_restarts()
    assert (story.phase, story.why) == (Phase.PRINTING, reasons.DOUBT)
    story.print_ends()
    assert (story.phase, story.counted) == (Phase.BLOCKED, 1)
    assert story.start(bed_clear=True).starts == ["a", "b"]
    assert story.fired == [H.PRINT_STARTED]


# -- how a print ended ---------------------------------------------------------

ENDINGS = [
    (Outcome.SUCCESS, H.PRINT_SUCCEEDED, reasons.BED),
    (Outcome.FAILURE, H.PRINT_FAILED, reasons.FAILED),
    (Outcome.CANCELLED, H.PRINT_CANCELLED, reasons.CANCELLED),
]


@pytest.mark.parametrize(("outcome", "hook", "why"), ENDINGS)
def test_the_hook_of_an_ending(outcome: Outcome, hook: Hook, why: str) -> None:
    three = (H.PRINT_SUCCEEDED, H.PRINT_FAILED, H.PRINT_CANCELLED)
    story = printing("a", "b").has(*three).print_ends(outcome, "words")
    assert (story.phase, story.fired) == (Phase.SCRIPT, [hook])
    story.script_ends()
    assert (story.phase, story.why, story.fired) == (Phase.BLOCKED, why, [hook])


@pytest.mark.parametrize("hook", [H.PRINT_FAILED, H.PRINT_CANCELLED])
def test_the_words_of_a_bad_end_are_kept_beside_those_of_its_script(hook: Hook) -> None:
    outcome = Outcome.FAILURE if hook is H.PRINT_FAILED else Outcome.CANCELLED
    story = printing("a", "b").has(hook).print_ends(outcome, "Too cold")
    story.script_ends("Must home axis first")
    first = "Too cold" if hook is H.PRINT_FAILED else "cancelled at the printer"
    assert first in story.words
    assert "Must home axis first" in story.words
    assert story.bed_is_clear().starts == ["a"]


# -- is the bed clear? ---------------------------------------------------------


def test_clearing_scripts_that_all_declined_clear_nothing() -> None:
    story = at.clearing().has(H.VERIFY_BED).script_ends(ran=False)
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.NOT_CLEARED)
    assert story.bed == (BedState.OCCUPIED, BedCause.OWN_OLD)
    assert (story.starts, story.fired) == (["a"], [H.CLEAR_BED])
    assert story.bed_is_clear().starts == ["a", "b"]


def test_a_veto_keeps_the_bed_occupied() -> None:
    story = at.verifying()
    assert isinstance(story.sent[-1], VerifyBed)
    ticket = story.state.control.ticket
    story.tell(BedVerified(ticket, False, "The plate is not empty.", "http://cam"))
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.VETO)
    assert (story.bed[0], story.starts) == (BedState.OCCUPIED, ["a"])
    reason = story.state.control.reason
    assert reason is not None
    assert (reason.picture, "not empty" in reason.text) == ("http://cam", True)
    assert story.bed_is_clear().starts == ["a", "b"]


def test_a_late_verdict_clears_nothing() -> None:
    story = at.verifying()
    ticket = story.state.control.ticket
    story.tell(BedVerified(ticket, False, "No answer within 30 s."))
    before = story.state
    assert story.tell(BedVerified(ticket, True)).state == before


def test_the_script_is_asked_first_and_then_the_switch() -> None:
    story = at.clearing(rules=at.VERIFY).has(H.VERIFY_BED).script_ends()
    assert story.scripts == [H.VERIFY_BED]
    story.script_ends()
    assert isinstance(story.sent[-1], VerifyBed)
    assert (story.phase, story.bed[0]) == (Phase.CLEARING, BedState.OCCUPIED)
    story.tell(BedVerified(story.state.control.ticket, True))
    assert story.starts == ["a", "b"]


def test_a_persons_word_is_not_verified() -> None:
    assert at.bed_asked(rules=at.VERIFY).phase is Phase.CLEARING
    story = at.failed(rules=at.VERIFY).bed_is_clear()
    assert (story.starts, story.scripts) == (["a", "a"], [])


def test_clearing_on_request_is_verified_too() -> None:
    story = at.inactive_over_a_part(at.VERIFY).tell(ClearingAsked("ann")).script_ends()
    story.tell(BedVerified(story.state.control.ticket, False, "no"))
    assert (story.why, story.starts) == (reasons.VETO, [])
    assert not story.state.control.active


def test_cooling_follows_its_script() -> None:
    story = at.cool_down()
    assert (story.phase, story.cooling) == (Phase.SCRIPT, False)
    story.script_ends()
    watch = story.sent[-1]
    assert isinstance(watch, WatchCooling)
    assert watch.below == at.COOL.release_temperature
    cold = printing("a", "b", rules=at.COOL).has(H.COOL_DOWN).print_ends()
    assert cold.fired == [H.CLEAR_BED], "nothing to wait for"


def test_nobody_speaks_of_the_bed_while_a_script_runs() -> None:
    for clear in (True, False):
        with pytest.raises(Conflict, match="running a script"):
            at.ended().tell(BedSaid(clear, "ann"))
    with pytest.raises(Conflict, match="a script"):
        at.ended().start(bed_clear=True)


# -- finish, power, videos -----------------------------------------------------


def test_finish_once_until_something_is_printed_again() -> None:
    story = printing("a").has(H.FINISH).print_ends().script_ends()
    story.bed_is_clear().tell(PrinterCalmed(story.look)).start()
    assert story.fired == [H.FINISH]
    story.add("b").prints()
    assert story.fired == [H.FINISH] * 2


def test_start_turns_the_printer_on_and_goes_on_by_itself() -> None:
    story = at.powering("a")
    assert (story.why, story.starts) == (reasons.POWERING, [])
    assert isinstance(story.sent[-1], SetPower)
    assert story.sent[-1].on
    story.klippy_vanishes()
    assert story.why == reasons.POWERING, "a printer that comes up may come and go"
    assert story.klippy_is_back().starts == ["a"]


def test_a_device_that_cannot_be_turned_on() -> None:
    story = at.powering("a").script_ends("No such device")
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.NOT_READY)
    assert "No such device" in story.words
    assert story.klippy_is_back().starts == [], "now a Start is needed"


def test_stop_while_the_printer_comes_up() -> None:
    story = at.powering("a").stop().klippy_is_back()
    assert (story.phase, story.starts) == (Phase.INACTIVE, [])


def test_power_off_is_no_trouble() -> None:
    story = at.switched_off()
    assert isinstance(story.sent[-1], SetPower)
    assert not story.sent[-1].on
    story.klippy_stops("Lost communication with MCU").klippy_vanishes()
    assert (story.phase, story.why) == (Phase.IDLE, "")
    story.add("a")
    assert (story.why, story.starts) == (reasons.POWERING, [])
    assert story.klippy_is_back().starts == ["a"]


def test_power_off_and_then_a_moonraker_restart_needs_a_start() -> None:
    story = at.gone_dark().moonraker_is_back()
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.RESTARTED)
    assert story.add("a").klippy_is_back().starts == []


def test_a_printer_that_is_lost_later_is_trouble_again() -> None:
    story = at.gone_dark().klippy_is_back().klippy_stops("Heater fault")
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.LOST)


def test_nothing_is_turned_off_under_a_print_or_without_a_device() -> None:
    assert at.taken(at.idle(at.POWER)).tell(PowerOffDue()).sent == []
    assert at.idle().tell(PowerOffDue()).sent == []


def test_a_video_is_noted_with_the_run_that_ended() -> None:
    story = at.bed_asked().tell(VideoMade("a", "a.mp4", 2e9))
    assert story.last is not None
    assert story.last.video is not None
    assert story.last.video == Video("a", "a.mp4", 2e9)
    opened = printing("folder/a").tell(VideoMade("a", "a.mp4", 2e9)).runs[1]
    assert opened.video == "a.mp4"
    older = printing("a").tell(VideoMade("a", "a.mp4", 1.0))
    assert older.runs[1].video == "", "a video of an earlier print"


def test_two_scripts_of_a_hook_are_sent_together_in_order() -> None:
    story = fresh("a")
    story.hooks[H.BEFORE_PRINT] = (Script("1", "ONE"), Script("2", "TWO", "0"))
    sent = story.start().sent[-1]
    assert isinstance(sent, RunHook)
    assert [one.gcode for one in sent.scripts] == ["ONE", "TWO"]
