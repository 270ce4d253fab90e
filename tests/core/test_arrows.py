"""One story per declared transition, and none that is not declared."""

from __future__ import annotations

import pytest

from moonraker_cp.core.arrows import ARROWS
from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import (
    Activated,
    Answer,
    Answered,
    BedCooled,
    BedSaid,
    BedVerified,
    BugFound,
    ClearingAsked,
    CoolingExpired,
    CopyRecalled,
    Deactivated,
    Edited,
    Event,
    FailureReported,
    HistoryLinked,
    Loss,
    PowerOffDue,
    PrintAnyway,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptAsked,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
    VideoMade,
    WaitMayEnd,
)
from moonraker_cp.core.machine import WORDS_OF_PEOPLE, UndeclaredMove
from moonraker_cp.core.model import Outcome, Phase

from . import (
    arrows_actions,
    arrows_answers,
    arrows_hooks,
    arrows_people,
    arrows_printer,
    arrows_waits,
    phases,
)
from .arrows import Row, describe
from .story import Story

ROWS = [
    *arrows_people.ROWS,
    *arrows_answers.ROWS,
    *arrows_printer.ROWS,
    *arrows_actions.ROWS,
    *arrows_waits.ROWS,
    *arrows_hooks.ROWS,
]
SOURCES = [row.before().phase for row in ROWS]
NAMES = [
    f"{row.event.__name__}: {source.value} -> {row.target.value}"
    for row, source in zip(ROWS, SOURCES)
]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_arrow(row: Row) -> None:
    source, story = row.tell()
    assert row.target in ARROWS[row.event][source]
    assert describe(story) == row.expected
    run = story.state.run
    assert story.state.control.run_id == (run.id if run else None)


def test_every_declared_arrow_has_a_story_and_no_other() -> None:
    declared = {
        f"{event.__name__}: {source.value} -> {target.value}"
        for event, moves in ARROWS.items()
        for source, targets in moves.items()
        for target in targets
    }
    assert set(NAMES) == declared


def _each_event(story: Story) -> list[Event]:
    ticket, look = story.state.control.ticket, story.look
    return [
        Activated("ann"),
        Deactivated("ann"),
        BedSaid(True, "ann"),
        ClearingAsked("ann"),
        Answered(ticket, "stop", "ann"),
        ScriptAsked("ann"),
        CopyRecalled("ann"),
        PrintAnyway("ann"),
        FailureReported("Spaghetti", "camera"),
        SkipAsked("ann"),
        Edited(RemoveJobs(frozenset()), "ann"),
        PrinterSeen(look),
        PrinterLost(Loss.SHUTDOWN, "M112"),
        PrintStarted(look),
        PrintPaused(look),
        PrintResumed(look),
        PrintEnded(look, Outcome.SUCCESS),
        PrinterCalmed(look),
        HistoryLinked("00002A", "a", 2e9),
        StartAnswered(ticket, Answer.ACCEPTED),
        ScriptEnded(ticket),
        BedVerified(ticket, clear=True),
        BedCooled(ticket, 20.0),
        CoolingExpired(ticket, None),
        WaitMayEnd(),
        PowerOffDue(),
        VideoMade("a", "a.mp4", 2e9),
        BugFound("KeyError"),
    ]


@pytest.mark.parametrize("phase", Phase)
def test_an_event_without_an_arrow_changes_nothing(phase: Phase) -> None:
    story = phases.ONE_OF_EACH[phase]()
    assert story.phase is phase
    events = _each_event(story)
    assert {type(event) for event in events} == set(ARROWS)
    for event in events:
        if phase in ARROWS[type(event)]:
            continue
        before = story.state
        if isinstance(event, (*WORDS_OF_PEOPLE, Answered)):
            with pytest.raises(Conflict):
                story.tell(event)
        else:
            story.tell(event)
            assert story.last is not None
            assert not story.last.changes(before)
            assert story.sent == []
        assert story.state == before


def test_an_undeclared_move_is_told() -> None:
    """The declaration works: a handler that leaves it is our own bug."""
    story = phases.idle()
    targets = ARROWS[BugFound][Phase.IDLE]
    targets.remove(Phase.BLOCKED)
    try:
        with pytest.raises(UndeclaredMove, match="BugFound: idle -> blocked"):
            story.tell(BugFound("KeyError"))
    finally:
        targets.add(Phase.BLOCKED)
