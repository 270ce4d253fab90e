"""Why is nothing printing, and what comes next: an answer in every phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.edits import EditJob, EditSet
from moonraker_cp.core.events import Activated, BedCooled, Edited
from moonraker_cp.core.files import FileFacts, Files
from moonraker_cp.core.forecast import Forecast, HistoryFacts
from moonraker_cp.core.holds import Wait
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Outcome, Phase
from moonraker_cp.core.outlook import (
    NextStep,
    Outlook,
    What,
    choice_to_come,
    outlook,
)
from moonraker_cp.core.spools import MaterialPolicy, Spool

from . import phases as at
from .story import GCODE, MANUAL, Story, fresh, printing

HOUR = FileFacts(estimated_time=3600.0)
FILES = {"a": HOUR, "b": HOUR}
HISTORY = HistoryFacts(clearing_seconds=600.0)


def seen(
    story: Story, files: Files = FILES, history: HistoryFacts = HISTORY
) -> Outlook:
    """As of the newest turn of the story."""
    here = replace(story.situation, files=files)
    return outlook(here, choice_to_come(here), Forecast(here, history))


def whats(said: Outlook) -> list[str]:
    return [step.what.value for step in said.steps]


def drafted(story: Story, job_id: int) -> Story:
    return story.tell(Edited(EditJob(job_id, draft=True), "ann"))


def held(story: Story, job_id: int) -> Story:
    return story.tell(Edited(EditJob(job_id, hold=True), "ann"))


# -- what it waits for ----------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "code", "words"),
    [
        (at.inactive, reasons.STOPPED, "The queue is stopped."),
        (at.preparing, reasons.BUSY, "a waits for the printer to come to rest."),
        (at.waits_for_calm, reasons.BUSY, "The printer is moving or runs a script."),
        (at.starting, reasons.STARTING, "a was sent to Klipper"),
        (lambda: printing("a"), reasons.PRINTING, "a is printing."),
        (at.paused, reasons.PAUSED, "a is paused."),
        (at.cooling, reasons.COOLS, "The bed cools to 30 °C; it reads 60.0 °C."),
        (at.clearing, reasons.CLEARING, "The clearing script runs."),
        (
            lambda: printing("a", rules=at.FINISH).print_ends(),
            reasons.FINISHING,
            "The finish script runs.",
        ),
        (lambda: printing("a").stop(), reasons.PRINTING, "nothing follows it"),
        (
            lambda: at.inactive().print_begins("x"),
            reasons.OTHER_PRINT,
            "x is printed without it",
        ),
        (
            lambda: printing("a").print_ends(Outcome.FAILURE, "No filament"),
            reasons.FAILED,
            "a failed: No filament",
        ),
    ],
)
def test_every_phase_has_an_answer(
    story: Callable[[], Story], code: str, words: str
) -> None:
    told = story()
    said = seen(told)
    assert said.waits_for == code
    assert words in said.text
    assert said.advice
    reason = told.state.control.reason
    since = reason.since if reason else told.state.control.phase_since
    assert said.since == (since or None)


def runs_a_script() -> Story:
    """Of the hook after a good print."""
    return printing("a", "b").has(Hook.PRINT_SUCCEEDED).print_ends()


@pytest.mark.parametrize("phase", Phase)
def test_no_phase_is_forgotten(phase: Phase) -> None:
    stories = {**at.ONE_OF_EACH, Phase.SCRIPT: runs_a_script}
    story = stories[phase]()
    assert story.phase is phase
    said = seen(story)
    assert said.text.endswith(".")
    assert said.advice.endswith(".")


def test_a_wait_says_until_when() -> None:
    story = fresh("a")
    at_six = story.situation.now + 3600
    said = seen(story.tell(Activated("ann", bed_clear=True, at=at_six)))
    assert (said.waits_for, said.until) == (Wait.START_TIME.value, at_six)
    assert said.steps == (NextStep(What.PRINT_STARTS, "a", 1, at_six),)
    assert seen(at.paused()).until is None


def test_a_wait_whose_end_nobody_knows() -> None:
    rules = replace(MANUAL, material_policy=MaterialPolicy.BLOCK)
    story = fresh("a", rules=rules)
    story.tell(Edited(EditSet(1, 1, materials=("PETG",)), "ann"))
    story.spools = (Spool("PLA", 7, 500.0),)
    story.start()
    said = seen(story)
    assert (said.waits_for, said.until) == (Wait.MATERIAL.value, None)
    assert "waits for material" in said.text


def test_klipper_is_away_while_the_queue_is_stopped() -> None:
    said = seen(at.stopped(at.inactive()))
    assert said.waits_for == reasons.STOPPED
    assert said.advice.startswith("Shutdown")


def test_nothing_to_print_and_what_to_do() -> None:
    def said_of(story: Story, files: Files = FILES) -> tuple[str, str, str]:
        said = seen(story.start(), files)
        assert said.next is None
        return said.waits_for, said.text, said.advice

    drafts = drafted(fresh("a"), 1)
    assert said_of(fresh()) == (reasons.EMPTY, "The queue is empty.", "Add a job.")
    assert said_of(drafts) == (
        "draft",
        "Nothing can be printed: 1 draft.",
        "Release a draft.",
    )
    assert said_of(held(fresh("a"), 1))[0] == "on_hold"
    both = held(drafted(fresh("a", "b"), 1), 2)
    code, text, advice = said_of(both)
    assert (code, text) == (
        reasons.NOTHING,
        "Nothing can be printed: 1 draft, 1 job on hold.",
    )
    assert advice.startswith("Look at the jobs")
    done = seen(printing("a").print_ends())
    assert (done.waits_for, done.text) == (
        "done",
        "Everything in the queue is printed.",
    )


def test_files_that_are_missing_or_for_another_printer() -> None:
    idle = drafted(fresh("a"), 1).start()
    job = replace(idle.state.jobs[0], draft=False)
    idle.state = replace(idle.state, jobs=(job,))
    missing = seen(idle, {"a": FileFacts(exists=False)})
    assert (missing.waits_for, missing.next) == ("file_missing", None)
    assert missing.advice.startswith("Upload the files again")
    idle.rules = replace(MANUAL, profile="MK3")
    assert seen(idle, {"a": FileFacts(profile="X")}).waits_for == "other_printer"
    assert seen(idle).text == "a is next."


# -- what comes next --------------------------------------------------------------


def test_the_end_of_a_print_the_person_and_the_next_print() -> None:
    story = printing("a", "b")
    now = 1_700_000_000.0 + story.clock
    assert seen(story).steps == (
        NextStep(What.PRINT_ENDS, "a", 1, now + 3600),
        NextStep(What.PERSON, expected=now + 3600),
        NextStep(What.PRINT_STARTS, "b", 2, now + 4200),
    )
    assert seen(story, history=HistoryFacts()).steps[2].expected is None
    assert seen(story, files={}).steps[0].expected is None


def test_cooling_clearing_and_the_next_print() -> None:
    story = printing("a", "b", rules=at.COOL)
    now = 1_700_000_000.0 + story.clock
    assert seen(story).steps == (
        NextStep(What.PRINT_ENDS, "a", 1, now + 3600),
        NextStep(What.BED_COOLS, expected=now + 3600),
        NextStep(What.CLEARING),
        NextStep(What.PRINT_STARTS, "b", 2, now + 4200),
    )
    story = at.warm(story).print_ends()
    ended = 1_700_000_000.0 + story.clock
    assert seen(story).steps == (
        NextStep(What.CLEARING),
        NextStep(What.PRINT_STARTS, "b", 2, ended + 600),
    )
    story.clock += 700
    assert seen(story).steps[-1].expected is None, "it takes longer than it did"


def test_a_paused_print_ends_nobody_knows_when() -> None:
    said = seen(at.paused())
    assert whats(said) == ["print_ends", "person", "print_starts"]
    assert [step.expected for step in said.steps] == [None, None, None]


def test_nothing_follows_while_the_queue_is_stopped() -> None:
    assert whats(seen(printing("a", "b").stop())) == ["print_ends"]
    assert whats(seen(at.inactive())) == ["person", "print_starts"]
    assert whats(seen(at.cooling_on_request())) == ["clearing"]
    assert whats(seen(at.clearing_on_request())) == []
    after = seen(at.cooling_after_restart())
    assert whats(after) == ["clearing", "person", "print_starts"]


def test_somebody_elses_print() -> None:
    said = seen(at.idle().print_begins("x").add("a"))
    assert said.waits_for == reasons.FOREIGN
    assert said.next == NextStep(What.PRINT_ENDS, "x")
    assert whats(said) == ["print_ends", "person", "print_starts"]


def test_a_print_that_is_about_to_start() -> None:
    story = at.starting()
    now = 1_700_000_000.0 + story.clock
    assert seen(story).steps == (NextStep(What.PRINT_STARTS, "a", 1, now),)
    assert whats(seen(at.preparing())) == ["print_starts"]


ENTERED = {
    Phase.BLOCKED: What.PERSON,
    Phase.COOLING: What.BED_COOLS,
    Phase.CLEARING: What.CLEARING,
    Phase.FINISHING: What.FINISHING,
    Phase.STARTING: What.PRINT_STARTS,
}


def _goes_on(story: Story) -> None:
    """What is under way goes well; a person answers."""
    if story.phase is Phase.STARTING:
        story.our_print_begins()
    elif story.phase is Phase.PRINTING:
        at.warm(story).print_ends()
    elif story.phase is Phase.COOLING:
        story.tell(BedCooled(story.state.control.ticket, 29.0))
    elif story.phase is Phase.BLOCKED:
        story.bed_is_clear()
    else:
        story.script_ends()


@pytest.mark.parametrize(
    "rules",
    [
        MANUAL,
        at.FINISH,
        GCODE,
        at.GCODE_FINISH,
        at.COOL,
        at.COOL_LAST,
        at.COOL_FINISH,
        replace(GCODE, clear_after_last=True),
    ],
)
def test_what_is_foretold_comes_true(rules: Rules) -> None:
    """At every step of a queue that is printed to its end."""
    story = fresh("a", "b", rules=rules, count=2).start()
    foretold: list[tuple[int, list[What]]] = []
    came: list[What] = []
    while story.phase is not Phase.IDLE:
        steps = [step.what for step in seen(story).steps]
        if story.phase is Phase.BLOCKED:
            assert steps.pop(0) is What.PERSON, "who has come already"
        if story.phase is not Phase.STARTING:
            foretold.append((len(came), steps))
        before = story.phase
        _goes_on(story)
        if before is Phase.PRINTING:
            came.append(What.PRINT_ENDS)
        if story.phase in ENTERED:
            came.append(ENTERED[story.phase])
    assert len(story.starts) == 4
    assert len(foretold) >= 4
    for start, steps in foretold:
        end = start + len(steps)
        assert came[start:end] == steps
        assert end == len(came) or steps[-1] is What.PRINT_STARTS
