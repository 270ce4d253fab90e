"""The law, and the table of what happens at Start and between prints, as stories."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Rules, Situation
from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import (
    Activated,
    Answer,
    BedCooled,
    BugFound,
    ClearingAsked,
    CoolingExpired,
    Edited,
    PrinterSeen,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Bed, BedCause, BedState, Outcome, Phase, Run
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.strategies import next_copy
from moonraker_cp.core.turn import LawBroken, Turn

from . import phases as at
from .story import GCODE, IDLE_PRINTER, MANUAL, Story, fresh, printing, with_bed

BOTH = pytest.mark.parametrize("rules", [MANUAL, GCODE], ids=["manual", "gcode"])
ON = Activated("power switch", by_program=True)
STOPPED = replace(IDLE_PRINTER, ready=False, not_ready="Shutdown")


def press_three_times(story: Story) -> Story:
    """However often it is sent, Start never turns an occupied bed clear."""
    for _ in range(3):
        story.start()
        assert story.phase is Phase.BLOCKED
        assert story.sent == []
        assert story.bed[0] is BedState.OCCUPIED
    return story


# -- the table ----------------------------------------------------------------


@BOTH
def test_start_with_a_clear_bed_starts(rules: Rules) -> None:
    assert fresh("a", rules=rules).start().starts == ["a"]


@BOTH
def test_start_with_an_unknown_bed_asserts_it_clear_and_records_who(
    rules: Rules,
) -> None:
    story = Story(rules=rules).add("a").start()
    assert story.starts == ["a"]
    assert story.state.control.bed.by == "ann (by Start)"


@BOTH
def test_a_start_by_a_program_is_no_word_about_an_unknown_bed(rules: Rules) -> None:
    story = Story(rules=rules).add("a").tell(ON)
    assert (story.why, story.sent) == (reasons.BED, [])
    assert story.bed[0] is BedState.UNKNOWN
    assert story.answer("bed_clear").starts == ["a"]


@BOTH
def test_nor_when_the_job_comes_later(rules: Rules) -> None:
    story = Story(rules=rules).tell(ON)
    assert story.phase is Phase.IDLE
    story.add("a")
    assert (story.why, story.starts) == (reasons.BED, [])
    assert story.start().starts == ["a"], "a person's Start is their word, as ever"


def test_nor_while_its_power_comes() -> None:
    """Klipper is ready later, when nobody presses anything."""
    story = Story(rules=at.POWER).add("a")
    story.see(ready=False, not_ready="Disconnected")
    assert story.tell(ON).why == reasons.POWERING
    story.tell(PrinterSeen(story.see(ready=True, not_ready="")))
    assert (story.why, story.starts) == (reasons.BED, [])


def test_a_start_by_a_program_never_means_that_the_bed_is_clear() -> None:
    rules = replace(MANUAL, start_means_bed_clear=True)
    story = at.inactive_over_a_part(rules).tell(ON)
    assert (story.why, story.sent) == (reasons.BED, [])
    assert story.stop().start().starts == ["a"]


def test_a_start_by_a_program_over_a_clear_bed_starts() -> None:
    assert fresh("a").tell(ON).starts == ["a"]


@BOTH
def test_start_with_an_occupied_bed_moves_nothing_until_answered(rules: Rules) -> None:
    story = press_three_times(at.inactive_over_a_part(rules))
    assert story.state.control.active
    assert story.why == reasons.BED
    assert story.bed_is_clear().starts == ["a"]


def test_the_other_answers_to_an_occupied_bed() -> None:
    swept = at.inactive_over_a_part(GCODE).start().tell(ClearingAsked("ann"))
    assert swept.scripts == [Hook.CLEAR_BED]
    assert swept.script_ends().starts == ["a"]
    assert at.inactive_over_a_part(GCODE).start().stop().phase is Phase.INACTIVE
    with_word = at.inactive_over_a_part(GCODE).start().start(bed_clear=True)
    assert with_word.starts == ["a"]


def test_our_good_print_and_a_successor() -> None:
    by_hand = printing("a", "b").print_ends()
    assert (by_hand.why, by_hand.starts) == (reasons.BED, ["a"])
    assert by_hand.bed_is_clear().starts == ["a", "b"]
    by_script = printing("a", "b", rules=GCODE).print_ends()
    assert by_script.scripts == [Hook.CLEAR_BED]
    assert by_script.starts == ["a"]
    assert by_script.script_ends().starts == ["a", "b"]


@BOTH
def test_the_last_print_is_done(rules: Rules) -> None:
    rules = replace(rules, finish_gcode="PARK")
    story = printing("a", rules=rules).print_ends()
    assert story.scripts == [Hook.FINISH]
    story.script_ends()
    assert (story.phase, story.bed[0]) == (Phase.IDLE, BedState.OCCUPIED)
    assert story.state.control.active


def test_clear_after_last() -> None:
    rules = replace(GCODE, finish_gcode="PARK", clear_after_last=True)
    story = printing("a", rules=rules).print_ends()
    assert story.scripts == [Hook.CLEAR_BED]
    assert story.script_ends().scripts == [Hook.FINISH]
    assert story.script_ends().bed[0] is BedState.CLEAR


def test_a_job_is_added_over_our_own_good_print() -> None:
    by_hand = at.idle_over_our_part().add("b")
    assert (by_hand.phase, by_hand.sent) == (Phase.BLOCKED, [])
    assert at.idle_over_our_part(GCODE).add("b").scripts == [Hook.CLEAR_BED]


@BOTH
@pytest.mark.parametrize("outcome", [Outcome.FAILURE, Outcome.CANCELLED])
def test_a_print_that_ended_badly_is_never_swept_or_retried(
    rules: Rules, outcome: Outcome
) -> None:
    story = printing("a", rules=rules, count=2).print_ends(outcome, "Too cold")
    assert (story.phase, story.sent, story.left) == (Phase.BLOCKED, [], [2])
    press_three_times(story)
    assert story.bed_is_clear().starts == ["a", "a"]
    assert story.counted == 0


def test_klippys_words_are_kept_until_answered() -> None:
    story = printing("a", "b").print_ends(Outcome.FAILURE, "Heater extruder too cold")
    story.add("c").print_begins("x").print_ends()
    story.klippy_stops().klippy_is_back().moonraker_restarts()
    assert "Heater extruder too cold" in story.words
    assert "Heater" not in story.start().bed_is_clear().words


def test_a_cancel_that_we_did_not_issue_stops_management() -> None:
    story = printing("a", "b", rules=GCODE).print_ends(Outcome.CANCELLED)
    assert (story.state.control.active, story.why) == (False, reasons.CANCELLED)
    assert story.bed_is_clear().phase is Phase.INACTIVE
    assert story.starts == ["a"]


@BOTH
@pytest.mark.parametrize("before", [at.inactive, at.idle])
def test_a_print_of_somebody_else_is_left_alone(
    rules: Rules, before: Callable[..., Story]
) -> None:
    story = before(rules=rules).print_begins("x")
    with pytest.raises(Conflict, match="x is on the printer"):
        story.bed_is_clear()
    with pytest.raises(Conflict):
        story.start(bed_clear=True)
    story.print_ends().add("c")
    assert (story.starts, story.sent) == ([], [])
    press_three_times(story)
    assert len(story.bed_is_clear().starts) == 1


def test_a_print_that_takes_the_place_of_ours() -> None:
    story = printing("a", "b").print_begins("x")
    assert story.outcomes == [Outcome.ABORTED]
    story.print_ends()
    assert (story.counted, story.left) == (0, [1, 1])
    assert press_three_times(story).bed_is_clear().starts == ["a", "a"]


@BOTH
def test_moonraker_came_back_and_our_print_is_not_running(rules: Rules) -> None:
    idle = at.idle(rules).moonraker_restarts().add("a")
    assert (idle.why, idle.starts) == (reasons.RESTARTED, [])
    assert idle.start().starts == ["a"]
    lost = printing("a", rules=rules, count=2).klippy_vanishes().klippy_is_back()
    assert (lost.why, lost.outcomes) == (reasons.ABORTED, [Outcome.ABORTED])
    press_three_times(lost)
    assert lost.bed_is_clear().starts == ["a", "a"]


@BOTH
def test_moonraker_came_back_and_our_print_still_runs(rules: Rules) -> None:
    story = printing("a", "b", rules=rules).moonraker_restarts()
    assert (story.phase, story.words) == (Phase.PRINTING, "")
    story.print_ends()
    assert (story.counted, story.left) == (1, [0, 1])


@BOTH
def test_it_finished_while_moonraker_was_away(rules: Rules) -> None:
    story = at.finished_away("a", "b", rules=rules)
    assert (story.counted, story.why) == (1, reasons.FINISHED_AWAY)
    press_three_times(story)
    assert story.bed_is_clear().starts == ["a", "b"]


def test_the_start_never_reached_klipper() -> None:
    story = printing("a", "b").print_ends().bed_is_clear().moonraker_restarts()
    assert (story.outcomes, story.why) == ([Outcome.SUCCESS], reasons.RESTARTED)
    assert story.bed[0] is BedState.CLEAR
    assert story.start().starts == ["a", "b", "b"]


def test_a_start_that_waited_in_klipper_is_ours_when_it_begins() -> None:
    story = fresh("a", count=2).start().moonraker_is_back()
    assert (story.phase, story.outcomes) == (Phase.BLOCKED, [None])
    assert story.start().start().starts == ["a"]
    story.print_begins("a")
    assert story.phase is Phase.PRINTING
    story.print_ends()
    assert (story.counted, story.left) == (1, [1])


def test_a_start_after_a_restart_is_asked_for_even_if_the_bed_is_clear() -> None:
    for trouble in (Story.klippy_stops, Story.klippy_vanishes):
        story = trouble(at.bed_asked()).klippy_is_back().bed_is_clear()
        assert (story.phase, story.starts) == (Phase.BLOCKED, ["a"])
        assert story.start().starts == ["a", "b"]


def test_nothing_takes_the_need_of_a_start_away_but_a_start() -> None:
    lost = at.bed_asked(rules=GCODE).klippy_stops().klippy_is_back()
    script = lost.tell(ClearingAsked("ann")).script_ends("Must home axis first")
    assert script.bed_is_clear().starts == ["a"]
    foreign = script.print_begins("x").print_ends()
    assert foreign.bed_is_clear().starts == ["a"]
    assert foreign.start().starts == ["a", "b"]


def test_start_means_bed_clear_for_those_who_want_it() -> None:
    rules = replace(MANUAL, start_means_bed_clear=True)
    assert at.inactive_over_a_part(rules).start().starts == ["a"]


# -- between the lines --------------------------------------------------------


def test_stop_and_start_in_the_middle_of_a_print() -> None:
    story = printing("a", "b", rules=GCODE).stop().start().print_ends()
    assert (story.counted, story.scripts) == (1, [Hook.CLEAR_BED])
    stopped = printing("a", "b", rules=GCODE).stop().print_ends()
    assert (stopped.counted, stopped.phase) == (1, Phase.INACTIVE)
    press_three_times(stopped)


def test_stop_also_stops_the_finish_script() -> None:
    story = printing("a", rules=at.FINISH).stop().print_ends()
    assert story.start().phase is Phase.IDLE


def test_a_job_removed_while_it_prints() -> None:
    story = printing("a", "b").tell(Edited(RemoveJobs(frozenset({1})), "ann"))
    story.print_ends()
    assert (story.outcomes, story.counted) == ([Outcome.SUCCESS], 0)
    assert story.bed_is_clear().starts == ["a", "b"]


def test_a_script_that_fails_leaves_the_bed_occupied() -> None:
    story = at.clearing().script_ends("Must home axis first")
    assert (story.why, story.bed[0]) == (reasons.SCRIPT, BedState.OCCUPIED)
    assert "Must home axis first" in story.words
    press_three_times(story)


def test_clearing_on_request_works_over_somebody_elses_part() -> None:
    story = at.idle(GCODE).print_begins("x").print_ends().tell(ClearingAsked("ann"))
    assert story.script_ends().bed[0] is BedState.CLEAR


def test_the_bed_word_during_clearing_is_refused_in_every_form() -> None:
    story = at.clearing()
    with pytest.raises(Conflict):
        story.bed_is_clear()
    with pytest.raises(Conflict):
        story.start(bed_clear=True)


def test_nothing_is_swept_while_somebody_prints() -> None:
    story = at.cooling_on_request().print_begins("x")
    story.tell(BedCooled(story.state.control.ticket, 20.0))
    assert (story.phase, story.sent) == (Phase.INACTIVE, [])


def test_a_bug_of_ours_never_wedges_the_queue() -> None:
    story = at.starting("a").tell(BugFound("KeyError"))
    story.see()
    # The start may still wait inside Klipper: first whatever is held there.
    assert story.start().outcomes == [None]
    assert story.barrier_passes().outcomes == [Outcome.ABORTED]
    assert story.bed_is_clear().start().starts == ["a", "a"]


def test_a_stopped_klipper_has_no_print() -> None:
    """Klipper shows a print that a shutdown has ended as paused."""
    story = printing("a", "b").klippy_stops()
    assert story.bed_is_clear().bed[0] is BedState.CLEAR
    assert story.klippy_is_back().starts == ["a"]
    assert story.start().starts == ["a", "a"]


def test_a_foreign_print_cut_off_while_moonraker_was_away() -> None:
    story = at.inactive()
    story.see(state=PrintState.PAUSED, filename="x", ready=False, not_ready="M112")
    story.tell(PrinterSeen(story.look))
    assert story.bed[0] is BedState.OCCUPIED


def test_a_foreign_print_that_ended_while_moonraker_was_away() -> None:
    story = at.inactive()
    story.see(state=PrintState.COMPLETE, filename="x", total_duration=50.0)
    assert story.moonraker_restarts().bed[0] is BedState.OCCUPIED
    assert story.bed_is_clear().moonraker_restarts().bed[0] is BedState.CLEAR


LATE = [
    lambda ticket: StartAnswered(ticket, Answer.REFUSED, "no"),
    lambda ticket: ScriptEnded(ticket),
    lambda ticket: ScriptEnded(ticket, "error"),
    lambda ticket: BedCooled(ticket, 20.0),
    lambda ticket: CoolingExpired(ticket, None),
]


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("phase", Phase)
def test_a_late_answer_changes_nothing(phase: Phase, late: Callable) -> None:  # type: ignore[type-arg]
    story = at.ONE_OF_EACH[phase]()
    before = story.state
    for ticket in (before.control.ticket - 1, before.control.ticket + 1):
        assert story.tell(late(ticket)).state == before
        assert story.sent == []


# -- the law, asked directly --------------------------------------------------


def _turn(story: Story, look: Look = IDLE_PRINTER) -> Turn:
    return Turn(Situation(story.state, look, story.rules, 0.0, 0.0))


def _ready_to_start() -> Story:
    """Everything is as it must be: the printer is busy only until we look."""
    return at.calm_unseen(at.waits_for_calm())


def _with_run(story: Story) -> Story:
    run = Run(1, 1, 1, "", "a", 0, "ann", 0.0, 0.0)
    story.state = replace(story.state, run=run)
    return story


def _inactive(story: Story) -> Story:
    control = replace(story.state.control, active=False)
    story.state = replace(story.state, control=control)
    return story


def _bed(state: BedState) -> Callable[[Story], Story]:
    return lambda story: with_bed(story, replace(at.OLD_PART, state=state))


def _same(story: Story) -> Story:
    return story


ILLEGAL: dict[str, tuple[Callable[[Story], Story], Look]] = {
    "management is stopped": (_inactive, IDLE_PRINTER),
    "a run is open": (_with_run, IDLE_PRINTER),
    "the bed is occupied": (_bed(BedState.OCCUPIED), IDLE_PRINTER),
    "the bed is unknown": (_bed(BedState.UNKNOWN), IDLE_PRINTER),
    "klipper is stopped": (_same, STOPPED),
    "a print runs": (_same, replace(IDLE_PRINTER, state=PrintState.PRINTING)),
    "a print is paused": (_same, replace(IDLE_PRINTER, state=PrintState.PAUSED)),
    "a file is fed": (_same, replace(IDLE_PRINTER, reading=True)),
    "it moves": (_same, replace(IDLE_PRINTER, busy=True)),
}


def test_the_law_allows_what_is_legal() -> None:
    turn = _turn(_ready_to_start())
    candidate = next_copy(turn.jobs, turn.conditions)
    assert candidate is not None
    turn.open_run(candidate, calm=False)
    assert turn.run is not None


@pytest.mark.parametrize("clause", ILLEGAL)
def test_the_law(clause: str) -> None:
    spoil, look = ILLEGAL[clause]
    turn = _turn(spoil(_ready_to_start()), look)
    candidate = next_copy(turn.jobs, turn.conditions)
    assert candidate is not None
    with pytest.raises(LawBroken):
        turn.open_run(candidate, calm=False)


def test_a_script_that_just_ended_excuses_movement_and_nothing_else() -> None:
    def open_run(look: Look) -> None:
        turn = _turn(_ready_to_start(), look)
        candidate = next_copy(turn.jobs, turn.conditions)
        assert candidate is not None
        turn.open_run(candidate, calm=True)

    open_run(replace(IDLE_PRINTER, busy=True))
    for look in (STOPPED, replace(IDLE_PRINTER, reading=True)):
        with pytest.raises(LawBroken):
            open_run(look)


def test_an_unknown_bed_is_not_the_default_of_a_queue_that_has_printed() -> None:
    assert Bed().state is BedState.UNKNOWN
    for before in at.ONE_OF_EACH.values():
        assert before().bed[0] is not BedState.UNKNOWN


def test_an_ending_that_nobody_was_told_of_yet_counts() -> None:
    """The look is newer than the events that are still in the mailbox."""
    story = fresh("a")
    story.see(state=PrintState.COMPLETE, filename="x", total_duration=50.0)
    story.start()
    assert (story.starts, story.why) == ([], reasons.BED)
    assert story.bed == (BedState.OCCUPIED, BedCause.FOREIGN)
    assert story.bed_is_clear().starts == ["a"]
