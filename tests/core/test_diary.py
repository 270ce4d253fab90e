"""Everything that can happen has words, and they stay one short line."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from moonraker_cp.core import decisions, edits, event_words, events
from moonraker_cp.core.diary import Diary, Entry, Level, entry_of
from moonraker_cp.core.edits import AddJobs, LookAgain, NewJob, NewSet
from moonraker_cp.core.event_words import in_words, one_line, some
from moonraker_cp.core.events import Activated, Edited, PrintEnded
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Outcome, State
from moonraker_cp.core.printer import Look

from ..fakes import READY

HOSTILE = "a\n2026-01-01 [x] forged\x1b[2J\u2028\u202e\udc80.gcode"


@pytest.mark.parametrize(
    ("kinds", "worded"),
    [
        (get_args(events.Event), event_words._EVENTS),
        (get_args(decisions.Action), event_words._ACTIONS),
        (get_args(edits.Edit), {LookAgain: None, **event_words._EDITS}),
    ],
    ids=["events", "actions", "edits"],
)
def test_every_kind_has_words(kinds: tuple[type, ...], worded: object) -> None:
    assert isinstance(worded, dict)
    assert set(worded) == set(kinds)


def test_one_line_is_one_short_line_that_prints() -> None:
    line = one_line(HOSTILE)
    assert line.isprintable()
    assert line.startswith("a 2026-01-01 [x] forged")
    assert one_line("x" * 10_000) == "x" * 299 + "…"
    assert one_line("plain ü") == "plain ü"


def test_a_batch_of_jobs_is_one_short_sentence() -> None:
    jobs = tuple(NewJob((NewSet(f"{n}.gcode"),)) for n in range(1000))
    words = in_words(Edited(AddJobs(jobs, 0.0), "ann"))
    assert words.startswith("ann added 1000 jobs: 0.gcode, 1.gcode")
    assert len(words) < 120
    assert some(range(7)) == "0, 1, 2, 3, 4 and 2 more"


def entry(event: events.Event, look: Look = READY) -> Entry:
    """Of the decision about this event, with nothing queued."""
    situation = decisions.Situation(State(), look, decisions.Rules(), 5.0, 50.0)
    return entry_of(State(), event, decide(situation, event))


def test_an_entry_says_what_came_of_what() -> None:
    jobs = (NewJob((NewSet("a.gcode"),)),)
    made = entry(Edited(AddJobs(jobs, 0.0), "ann"))
    assert (made.event, made.done) == ("ann added 1 job: a.gcode.", ("Job added: 1.",))
    assert (made.before, made.after, made.revision) == ("inactive", "inactive", 1)
    assert (made.when, made.changed, made.level) == (5.0, True, "info")
    assert made.line == (
        "ann added 1 job: a.gcode. Job added: 1."
        " (inactive -> inactive, bed unknown, revision 1)"
    )


def test_an_event_that_changes_nothing_is_said_to() -> None:
    made = entry(events.PrinterCalmed(READY))
    assert (made.changed, made.level, made.done) == (False, Level.DEBUG.value, ())
    assert "Nothing was changed." in made.line


def test_an_entry_is_one_line_of_json_whatever_files_are_called() -> None:
    made = entry(PrintEnded(Look(filename=HOSTILE), Outcome.FAILURE, HOSTILE))
    assert made.line.isprintable()
    json.dumps(vars(made)).encode("ascii")


def test_a_flood_of_nothing_leaves_what_changed() -> None:
    diary = Diary()
    changed = entry(Activated("ann", bed_clear=True))
    assert changed.changed
    diary.add(changed)
    for _ in range(1000):
        diary.add(entry(events.PrinterCalmed(READY)))
    assert list(diary.changes) == [changed]
    assert len(diary.others) == 100
