"""What a run says of itself: copy, tries, estimate, figures at its end, its record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core.decisions import Link, Situation
from moonraker_cp.core.edits import EditJob
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BugFound,
    ClearingAsked,
    Edited,
    HistoryLinked,
    PrinterCalmed,
)
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Outcome, Run
from moonraker_cp.core.printer import PrintState
from moonraker_cp.core.tries import MAX_TRIES, after

from . import phases as at
from .story import GCODE, Story, fresh, printing

FAILS = Outcome.FAILURE
LATER = 2e9


def newest(story: Story) -> Run:
    return story.runs[max(story.runs)]


def again(story: Story) -> Story:
    """The bed is clear, and the next print begins."""
    return story.bed_is_clear().our_print_begins()


# -- copies and tries --------------------------------------------------------------


def test_the_copies_of_each_pass_are_numbered() -> None:
    story = fresh("a", count=2, passes=2).start()
    for _ in range(3):
        story.prints().bed_is_clear()
    story.prints()
    numbers = [(r.pass_index, r.copy, r.copies, r.retries) for r in story.runs.values()]
    assert numbers == [(0, 1, 2, 0), (0, 2, 2, 0), (1, 1, 2, 0), (1, 2, 2, 0)]


def test_tries_are_counted_until_the_copy_is_good() -> None:
    story = printing("a", count=3).print_ends(FAILS)
    again(story).print_ends(Outcome.CANCELLED)
    again(story.start()).print_ends()
    again(story).print_ends(FAILS)
    again(story).print_ends()
    tries = [(run.copy, run.retries) for run in story.runs.values()]
    assert tries == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]
    assert story.state.control.tries == ()


def test_tries_are_remembered_while_another_job_is_printed() -> None:
    story = printing("a", "b").print_ends(FAILS)
    story.tell(Edited(EditJob(1, draft=True), "ann"))
    again(story).print_ends()
    story.tell(Edited(EditJob(1, draft=False), "ann"))
    again(story)
    assert [(run.path, run.retries) for run in story.runs.values()] == [
        ("a", 0),
        ("b", 0),
        ("a", 1),
    ]


def test_a_start_that_never_reached_the_printer_is_no_try() -> None:
    story = printing("a", "b").print_ends().bed_is_clear()
    story.moonraker_restarts()
    assert story.outcomes == [Outcome.SUCCESS]
    assert story.start().our_print_begins().state.run is not None
    assert newest(story).retries == 0


def test_the_memory_of_tries_has_an_end() -> None:
    run = replace(newest(printing("a")), outcome=FAILS)
    tries = after(run, ())
    for set_id in range(100, 100 + MAX_TRIES):
        tries = after(replace(run, set_id=set_id), tries)
    assert len(tries) == MAX_TRIES
    assert tries[-1].set_id == 99 + MAX_TRIES


# -- figures -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "estimate"),
    [
        ({}, None),
        ({"a": FileFacts()}, None),
        ({"a": FileFacts(estimated_time=9.5)}, 9.5),
    ],
)
def test_the_estimate_is_the_files_at_its_start(
    facts: dict[str, FileFacts], estimate: float | None
) -> None:
    story = fresh("a")
    situation = Situation(story.state, story.look, story.rules, 5.0, 5.0, facts)
    run = decide(situation, Activated("ann")).state.run
    assert run is not None
    assert run.estimate == estimate


def heated(story: Story) -> Story:
    story.see(
        bed_temperature=61.0,
        nozzle_temperature=211.0,
        print_duration=50.0,
        filament_used=99.0,
    )
    return story


FIGURES = (50.0, 99.0, 61.0, 211.0)


def figures(run: Run) -> tuple[float | None, ...]:
    spent = (run.print_duration, run.filament_used)
    return (*spent, run.bed_temperature, run.nozzle_temperature)


@pytest.mark.parametrize("outcome", [Outcome.SUCCESS, FAILS, Outcome.CANCELLED])
def test_figures_are_those_at_the_end(outcome: Outcome) -> None:
    story = heated(printing("a")).print_ends(outcome)
    assert figures(newest(story)) == FIGURES
    assert newest(story).total_duration == 60.0


def test_figures_when_klipper_stops() -> None:
    story = heated(printing("a")).klippy_stops()
    assert newest(story).outcome is FAILS
    assert figures(newest(story)) == FIGURES


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (PrintState.COMPLETE, Outcome.SUCCESS),
        (PrintState.ERROR, FAILS),
        (PrintState.CANCELLED, Outcome.CANCELLED),
    ],
)
def test_figures_of_a_print_that_ended_while_nobody_looked(
    state: PrintState, outcome: Outcome
) -> None:
    story = heated(printing("a"))
    story.clock += 60
    story.see(state=state, reading=False, busy=False)
    story.moonraker_restarts()
    assert newest(story).outcome is outcome
    assert figures(newest(story)) == FIGURES


def test_a_run_of_which_nobody_can_know_has_no_figures() -> None:
    story = heated(printing("a")).klippy_vanishes().klippy_is_back()
    assert newest(story).outcome is Outcome.ABORTED
    assert figures(newest(story)) == (0.0, 0.0, None, None)


# -- the bed ---------------------------------------------------------------------------


def cleared(story: Story) -> tuple[int, float] | None:
    assert story.last is not None
    return story.last.cleared


def test_the_clearing_of_a_run_is_told_once() -> None:
    story = printing("a", "b").print_ends()
    assert cleared(story) is None
    story.bed_is_clear()
    assert story.last is not None
    assert cleared(story) == (1, story.last.now)
    assert story.state.control.bed_run is None
    story.our_print_begins()
    assert cleared(story) is None


def test_clearing_by_script_and_on_request() -> None:
    story = at.clearing()
    assert cleared(story.script_ends()) == (1, story.state.control.bed.since)
    story = printing("a", rules=GCODE).print_ends(FAILS).tell(ClearingAsked("ann"))
    assert cleared(story) is None
    assert cleared(story.script_ends()) == (1, story.state.control.bed.since)


def test_a_failed_run_and_one_that_a_start_declares_gone() -> None:
    story = printing("a").print_ends(FAILS)
    assert cleared(story.start(bed_clear=True)) == (1, story.state.control.bed.since)


def test_a_bed_that_was_somebody_elses_clears_no_run() -> None:
    story = printing("a").print_ends().print_begins("x").print_ends()
    assert cleared(story.bed_is_clear()) is None
    story.tell(BedSaid(False, "ann"))
    assert cleared(story.bed_is_clear()) is None


# -- Moonraker's history ------------------------------------------------------------


def linked(path: str = "a", began: float = LATER) -> HistoryLinked:
    return HistoryLinked("00002A", path, began)


def test_the_open_run_gets_its_record_once() -> None:
    story = printing("a").tell(linked())
    assert newest(story).history_id == "00002A"
    revision = story.state.control.revision
    story.tell(HistoryLinked("00002B", "a", LATER))
    assert newest(story).history_id == "00002A"
    assert story.state.control.revision == revision
    assert newest(story.print_ends()).history_id == "00002A"


def test_another_files_record_and_an_older_one_are_not_its() -> None:
    story = printing("a")
    opened = newest(story).opened
    for event in (linked("x"), linked(began=opened - 0.1)):
        story.tell(event)
        assert story.last is not None
        assert not story.last.changes(story.state)
    assert newest(story.tell(linked(began=opened))).history_id == "00002A"


def test_a_record_that_comes_after_the_end_is_left_to_the_store() -> None:
    story = printing("a").print_ends()
    before = story.state
    story.tell(linked())
    assert story.last is not None
    assert story.last.link == Link(1, "a", "00002A")
    assert story.last.changes(before)
    assert story.runs[1].history_id == "", "a closed run is not the core's any more"


def test_a_record_of_somebody_elses_print_changes_nothing() -> None:
    for story in (at.foreign(), at.idle(), at.inactive()):
        before = story.state
        story.tell(linked("x"))
        assert story.last is not None
        assert not story.last.changes(before)


def test_a_record_answers_no_question() -> None:
    """What is asked stays asked, under its number."""
    story = at.bed_asked().tell(BugFound("KeyError"))
    question = story.state.control.ticket
    assert story.tell(linked()).state.control.ticket == question
    assert story.tell(PrinterCalmed(story.look)).state.control.ticket == question
