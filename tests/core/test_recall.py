"""Copies that were counted, and turn out to be bad."""

from __future__ import annotations

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Recall
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import Answer, CopyRecalled, StartAnswered
from moonraker_cp.core.model import Outcome, Phase

from . import phases as at
from .story import Story, fresh, printing


def _recall(story: Story, words: str = "") -> Recall:
    story.tell(CopyRecalled("ann", words))
    assert story.last is not None
    assert story.last.recall is not None
    return story.last.recall


def test_a_copy_that_is_taken_back_is_printed_again() -> None:
    story = at.bed_asked()
    assert story.left == [0, 1]
    recall = _recall(story, "It came loose.")
    assert (recall.run_id, recall.reason) == (1, "It came loose.")
    assert (story.left, story.starts) == ([1, 1], ["a"])
    assert story.bed_is_clear().starts == ["a", "a"]
    assert story.prints().left == [0, 1]


def test_it_is_taken_back_once() -> None:
    story = at.bed_asked()
    assert "ann" in _recall(story).reason
    with pytest.raises(Conflict, match="no copy"):
        _recall(story)
    assert story.left == [1, 1]


def test_print_again_answers_for_the_bed_too() -> None:
    story = at.bed_asked()
    assert "print_again" in story.answers
    story.answer("print_again")
    assert (story.starts, story.left) == (["a", "a"], [1, 1])
    assert story.state.control.tries == ()


def test_it_is_offered_for_a_good_part_alone() -> None:
    assert "print_again" not in at.failed().answers
    again = printing("a", "b").print_fails().bed_is_clear().prints()
    assert "print_again" in again.answers
    theirs = at.bed_asked().print_begins("x").print_ends()
    assert "print_again" not in theirs.answers


@pytest.mark.parametrize("outcome", [Outcome.FAILURE, Outcome.CANCELLED])
def test_what_was_not_counted_cannot_be_taken_back(outcome: Outcome) -> None:
    story = printing("a", "b").print_ends(outcome)
    with pytest.raises(Conflict):
        _recall(story)


def test_once_the_next_has_begun_it_is_too_late() -> None:
    story = at.bed_asked().bed_is_clear()
    with pytest.raises(Conflict):
        _recall(story)
    story.our_print_begins()
    with pytest.raises(Conflict):
        _recall(story)


def test_the_last_copy_of_a_job_and_of_a_pass() -> None:
    done = at.idle_over_our_part()
    assert done.left == [0]
    _recall(done)
    assert (done.left, done.why) == ([1], reasons.BED)
    passes = fresh("a", passes=2).start().prints()
    _recall(passes)
    assert passes.left == [2]
    passes.bed_is_clear().prints().bed_is_clear().prints()
    assert (passes.left, len(passes.starts)) == ([0], 3)


def test_a_copy_that_was_counted_while_nobody_looked() -> None:
    story = at.finished_away("a", "b").answer("print_again")
    assert (story.starts, story.left) == (["a", "a"], [1, 1])


def test_of_a_job_that_was_removed_only_the_record_changes() -> None:
    story = at.without_jobs(at.idle_over_our_part())
    assert _recall(story).run_id == 1
    assert (story.phase, story.left) == (Phase.IDLE, [])


def test_a_start_that_klipper_refused_takes_nothing_back() -> None:
    story = at.bed_asked().bed_is_clear()
    story.tell(StartAnswered(story.state.control.ticket, Answer.REFUSED, "no"))
    with pytest.raises(Conflict):
        _recall(story)


def test_the_copy_that_is_taken_back_goes_before_the_one_that_was_prepared() -> None:
    story = at.before_print("a", "b").script_ends().prints().bed_is_clear()
    _recall(story)
    assert story.script_ends().starts == ["a"], "b was prepared, and a comes first"
    assert story.script_ends().starts == ["a", "a"]
