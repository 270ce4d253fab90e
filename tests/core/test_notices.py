"""Notices: what each commit means to people, told once, in one line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.events import (
    Answer,
    BedSaid,
    ClearingAsked,
    Event,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.model import Outcome, Phase
from moonraker_cp.core.notices import (
    ENOUGH,
    QUESTIONS,
    Notice,
    Said,
    Shortages,
    material_low,
    notices,
)

from . import phases as at
from .arrows import Row
from .story import GCODE, Story, fresh, printing, with_bed
from .test_arrows import NAMES, ROWS

CLEAR_BED = reasons.CLEAR_BED
FINISHED = (Notice.QUEUE_FINISHED, "The queue has finished: everything is printed.")
FINISHED_OVER_PART = (Notice.QUEUE_FINISHED, f"{FINISHED[1]} The bed is not clear.")
ASKED = (
    Notice.NEEDS_PERSON,
    f"The bed has to be cleared before the next print. {CLEAR_BED}",
)


@dataclass
class Heard(Story):
    """A story, and what people heard of it."""

    heard: list[Said] = field(default_factory=list)

    def tell(self, event: Event) -> Story:
        before = self.state
        super().tell(event)
        assert self.last is not None
        self.heard += notices(before, self.state, self.last.runs)
        return self

    def since(self) -> list[Said]:
        """What was heard since this was asked last."""
        news, self.heard = self.heard, []
        return news


def hear(story: Story) -> Heard:
    """From here on."""
    return Heard(**{**vars(story), "runs": dict(story.runs)})


def which(heard: list[Said]) -> list[Notice]:
    return [notice for notice, _ in heard]


# -- hands are wanted -------------------------------------------------------------


def test_a_good_day_is_told_by_its_questions_and_its_end() -> None:
    story = hear(fresh("a", "b"))
    story.start()
    story.our_print_begins()
    assert story.since() == []
    story.print_ends()
    assert story.since() == [ASKED]
    story.bed_is_clear()
    story.prints()
    assert story.since() == [FINISHED_OVER_PART]


def test_the_bed_is_asked_for_anew_after_each_print() -> None:
    story = hear(printing("a", count=3))
    story.print_ends()
    story.bed_is_clear()
    story.prints()
    assert story.since() == [ASKED, ASKED]


def test_an_edit_while_the_bed_is_asked_for_asks_nobody_again() -> None:
    story = hear(at.bed_asked())
    story.add("c").add("d").tell(BedSaid(False, "ann"))
    assert story.since() == []


def test_somebody_elses_print_is_told_when_it_begins_and_when_it_has_ended() -> None:
    story = hear(at.idle())
    story.print_begins("x")
    (begun,) = story.since()
    assert begun == (
        Notice.NEEDS_PERSON,
        "x was started by somebody else; the queue leaves it alone."
        " When it has ended, clear the bed and say so.",
    )
    story.add("a")
    story.start()  # it is looked at again, and is still there
    assert story.since() == []
    story.print_ends()
    (ended,) = story.since()
    assert ended[0] is Notice.NEEDS_PERSON
    assert ended[1].startswith("x, which the queue did not start, was printed.")


# -- troubles ---------------------------------------------------------------------


def test_a_failed_print_that_blocks_the_queue_is_both() -> None:
    story = hear(printing("a", "b"))
    story.print_ends(Outcome.FAILURE, "Heater bed\n  not heating\tas expected")
    words = "a failed: Heater bed not heating as expected."
    assert story.since() == [
        (Notice.PRINT_FAILED, f"{words} The copy was not counted."),
        (Notice.QUEUE_BLOCKED, f"{words} {CLEAR_BED} The copy was not counted."),
    ]


def test_a_failed_print_is_told_once_even_when_its_run_is_written_again() -> None:
    """As when a video is linked to it, or its bed was cleared."""
    story = hear(printing("a", "b"))
    story.print_ends(Outcome.FAILURE, "Too cold")
    (failed,) = story.runs.values()
    linked = (replace(failed, video="a.mp4"),)
    assert notices(story.state, story.state, linked) == ()
    story.start(bed_clear=True)
    assert story.state.run is not None
    assert notices(story.state, story.state, linked) == ()


def test_two_failures_in_the_same_words_are_two() -> None:
    story = hear(printing("a", count=2))
    for _ in range(2):
        story.print_ends(Outcome.FAILURE, "Too cold")
        assert which(story.since()) == [Notice.PRINT_FAILED, Notice.QUEUE_BLOCKED]
        story.start(bed_clear=True)
        story.our_print_begins()
        assert story.since() == []


def test_a_run_that_nobody_can_judge_is_told_as_such() -> None:
    story = hear(printing("a", "b"))
    story.klippy_vanishes()
    assert which(story.since()) == [Notice.QUEUE_BLOCKED]
    story.klippy_is_back()
    aborted, blocked = story.since()
    assert aborted[0] is Notice.PRINT_FAILED
    assert aborted[1].startswith("Nobody can tell how a ended: Klipper was restarted")
    assert blocked[0] is Notice.QUEUE_BLOCKED
    assert reasons.CLEAR_AND_START in blocked[1]


def test_a_start_that_klipper_refuses_is_a_failed_print() -> None:
    story = hear(at.starting("a"))
    ticket = story.state.control.ticket
    story.tell(StartAnswered(ticket, Answer.REFUSED, "Unable to open file"))
    assert which(story.since()) == [Notice.PRINT_FAILED, Notice.QUEUE_BLOCKED]


def test_a_cancel_stops_the_queue_but_is_no_failed_print() -> None:
    story = hear(printing("a", "b"))
    story.print_ends(Outcome.CANCELLED)
    assert which(story.since()) == [Notice.QUEUE_BLOCKED]


def test_a_trouble_is_not_told_again_after_a_clearing() -> None:
    """The bed is clear now, but the Start that was needed is needed still."""
    asked = with_bed(fresh("a", rules=GCODE), at.OLD_PART).start()
    story = hear(asked.moonraker_restarts())
    story.tell(ClearingAsked("ann"))
    assert story.phase is Phase.CLEARING
    story.script_ends()
    assert (story.phase, story.since()) == (Phase.BLOCKED, [])


def test_a_restart_over_a_question_is_a_trouble_of_its_own() -> None:
    story = hear(at.bed_asked())
    story.moonraker_restarts()
    story.moonraker_restarts()
    assert which(story.since()) == [Notice.QUEUE_BLOCKED]


# -- the end ----------------------------------------------------------------------


def test_with_a_finish_script_the_end_is_told_after_it() -> None:
    story = hear(printing("a", rules=at.FINISH))
    story.print_ends()
    assert (story.phase, story.since()) == (Phase.FINISHING, [])
    story.script_ends()
    assert story.since() == [FINISHED_OVER_PART]


def test_a_finish_script_that_fails_is_no_good_end() -> None:
    story = hear(at.finishing())
    story.tell(ScriptEnded(story.state.control.ticket, "Must home axis first"))
    assert which(story.since()) == [Notice.QUEUE_BLOCKED]


def test_a_job_that_comes_during_the_finish_script_puts_off_the_end() -> None:
    story = hear(at.finishing())
    story.add("b")
    story.script_ends()
    assert story.since() == [ASKED]
    story.bed_is_clear()
    story.prints()
    story.script_ends()
    assert story.since() == [FINISHED_OVER_PART]


def test_each_emptying_is_told_once() -> None:
    story = hear(printing("a"))
    story.print_ends()
    story.bed_is_clear()
    story.start()
    assert story.since() == [FINISHED_OVER_PART]
    story.add("b")
    story.prints()
    assert story.since() == [FINISHED_OVER_PART]


def test_a_bed_that_was_swept_is_not_mentioned() -> None:
    rules = replace(GCODE, clear_after_last=True)
    story = hear(printing("a", rules=rules))
    story.print_ends()
    story.script_ends()
    assert story.since() == [FINISHED]


def test_an_end_that_leaves_jobs_behind_says_so() -> None:
    story = hear(printing("a"))
    waiting = replace(story.state.jobs[0], id=9, hold=True)
    held = (*story.state.jobs, waiting, replace(waiting, id=10))
    story.state = replace(story.state, jobs=held)
    story.print_ends()
    assert story.since() == [
        (
            Notice.QUEUE_FINISHED,
            "The queue has finished: nothing more can be printed now."
            " Passed over: 2 jobs. The bed is not clear.",
        )
    ]


def test_who_takes_the_last_job_away_after_a_print_ends_the_queue() -> None:
    story = hear(at.bed_asked())
    at.without_jobs(story)
    assert story.since() == [FINISHED_OVER_PART]


def test_an_empty_queue_that_printed_nothing_has_finished_nothing() -> None:
    story = hear(fresh("a"))
    story.look = replace(story.look, busy=True)
    story.start()
    at.without_jobs(story)
    assert (story.phase, story.since()) == (Phase.IDLE, [])


def test_a_person_who_stops_the_queue_is_told_nothing() -> None:
    story = hear(printing("a"))
    story.stop()
    story.print_ends()
    assert (story.phase, story.since()) == (Phase.INACTIVE, [])


# -- every move -------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_what_is_told_of_a_move_fits_it(row: Row) -> None:
    before = row.before()
    story = hear(before)
    old = story.state.control.reason
    row.step(story)
    told = which(story.heard)
    assert len(told) == len(set(told))
    asks = [one for one in told if one in (Notice.NEEDS_PERSON, Notice.QUEUE_BLOCKED)]
    reason = story.state.control.reason
    if reason is not None and story.phase is Phase.BLOCKED and old is None:
        expected = Notice.QUEUE_BLOCKED
        if reason.code in QUESTIONS:
            expected = Notice.NEEDS_PERSON
        assert asks == [expected]
    if story.phase is not Phase.BLOCKED:
        assert asks == []
    ended = [run.outcome for run in story.runs.values() if run.id not in _ended(before)]
    bad = {Outcome.FAILURE, Outcome.ABORTED}
    assert (Notice.PRINT_FAILED in told) == bool(bad & set(ended))
    for _, text in story.heard:
        assert text == " ".join(text.split())
        assert text.endswith(".")
        assert ".." not in text


def _ended(story: Story) -> set[int]:
    return {run.id for run in story.runs.values() if not run.is_open}


def test_the_moves_tell_of_everything_that_a_move_can_tell() -> None:
    told: set[Notice] = set()
    for row in ROWS:
        story = hear(row.before())
        row.step(story)
        told |= set(which(story.heard))
    assert told == set(Notice) - {Notice.MATERIAL_LOW}


# -- materials --------------------------------------------------------------------

LOW = Shortages("a.gcode", ("Tool 0 has 12 g of PLA left, but 30 g are needed",))


def test_a_material_that_is_low_is_told_once() -> None:
    text = "a.gcode is next. Tool 0 has 12 g of PLA left, but 30 g are needed."
    assert material_low(ENOUGH, LOW) == ((Notice.MATERIAL_LOW, text),)
    assert material_low(LOW, LOW) == ()
    assert material_low(LOW, ENOUGH) == ()


def test_another_material_or_another_file_is_told() -> None:
    both = Shortages("a.gcode", (*LOW.sentences, "Tool 1 has no spool."))
    text = "a.gcode is next. Tool 1 has no spool."
    assert material_low(LOW, both) == ((Notice.MATERIAL_LOW, text),)
    other = replace(LOW, path="b.gcode")
    assert which(list(material_low(LOW, other))) == [Notice.MATERIAL_LOW]
