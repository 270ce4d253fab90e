"""Rows of the arrow table: copies that wait, power, and what changes no phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.events import (
    Activated,
    Answered,
    BedSaid,
    CopyRecalled,
    Edited,
    Event,
    FailureReported,
    HistoryLinked,
    PowerOffDue,
    PrintAnyway,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    ScriptEnded,
    SkipAsked,
    VideoMade,
    WaitMayEnd,
)
from moonraker_cp.core.printer import PrintState

from . import phases as at
from .arrows import Row, Step, describe
from .story import GCODE, NOW, Story, fresh, printing

Before = Callable[[], Story]


def _event(event: Event) -> Step:
    return lambda story: story.tell(event)


def _answer(word: str) -> Step:
    return lambda story: story.answer(word)


LOOK_AGAIN = _event(WaitMayEnd())
ANYWAY = _event(PrintAnyway("ann"))
SKIP = _event(SkipAsked("ann"))
AT_ONCE = _event(Activated("ann", at=NOW))
SAID = Story.bed_is_clear
RECALL = _event(CopyRecalled("ann"))


def goes_on(event: type, before: Before, step: Step, path: str = "a") -> list[Row]:
    """The wait is over: the copy starts, unless the printer is in use."""
    return [
        Row(event, before, step, f"starting, clear bed, send start {path} | open"),
        Row(event, lambda: at.busy(before()), step, "preparing, clear bed"),
        Row(
            event,
            lambda: at.taken(before()),
            step,
            "blocked, foreign bed, foreign_print",
        ),
    ]


def stays(event: type, before: Before, step: Step) -> Row:
    """Whatever it changes, the phase, the bed and the reason are as they were."""
    story = before()
    story.sent = []
    return Row(event, before, step, describe(story))


WAITS = [
    *goes_on(WaitMayEnd, lambda: at.reloaded(at.awaiting()), LOOK_AGAIN),
    Row(WaitMayEnd, at.awaiting, LOOK_AGAIN, "idle, clear bed"),
    *goes_on(Activated, at.early, AT_ONCE),
    *goes_on(BedSaid, lambda: at.in_time(at.early()), SAID)[:2],
    Row(
        BedSaid,
        at.early,
        _event(BedSaid(False, "ann")),
        "blocked, taken bed, bed_occupied",
    ),
    *goes_on(PrintAnyway, at.awaiting, ANYWAY),
    Row(PrintAnyway, lambda: at.rendering(at.awaiting()), ANYWAY, "idle, clear bed"),
    *goes_on(SkipAsked, at.awaiting, SKIP, "b"),
    Row(
        SkipAsked,
        lambda: at.awaiting("a", rules=at.MATERIAL_FINISH, after="z"),
        SKIP,
        "finishing, clear bed, send finish | done",
    ),
    Row(
        Edited,
        lambda: at.awaiting("a", rules=at.MATERIAL_FINISH, after="z"),
        _event(Edited(RemoveJobs(frozenset({2})), "ann")),
        "finishing, clear bed, send finish | done",
    ),
    Row(
        PrinterCalmed,
        lambda: at.rendering(at.waits_after_a_print()),
        at.calm,
        "idle, clear bed | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.rendering(at.preparing()),
        Story.script_ends,
        "idle, clear bed",
    ),
]

ANSWERED = [
    *goes_on(Answered, at.awaiting, _answer("print_anyway")),
    Row(Answered, lambda: at.awaiting("a"), _answer("skip"), "idle, clear bed"),
    Row(
        Answered,
        lambda: at.awaiting("a", rules=at.MATERIAL_FINISH, after="z"),
        _answer("skip"),
        "finishing, clear bed, send finish | done",
    ),
    Row(Answered, at.awaiting, _answer("stop"), "inactive, clear bed"),
]

# -- a copy that was counted is bad after all ----------------------------------

RECALLED = [
    *(
        stays(CopyRecalled, before, RECALL)
        for before in (
            lambda: at.bed_asked().stop(),
            at.waits_after_a_print,
            at.cooling,
            at.clearing,
            at.finishing,
            at.ended,
            at.bed_asked,
        )
    ),
    Row(
        CopyRecalled,
        at.idle_over_our_part,
        RECALL,
        "blocked, old bed, bed_occupied | done",
    ),
    Row(
        CopyRecalled,
        lambda: at.idle_over_our_part(GCODE),
        RECALL,
        "clearing, good bed, send clearing | done",
    ),
    Row(
        CopyRecalled,
        lambda: at.warm(at.idle_over_our_part(at.COOL)),
        RECALL,
        "cooling, good bed, send cool | done",
    ),
    Row(
        CopyRecalled,
        lambda: at.without_jobs(at.idle_over_our_part()),
        RECALL,
        "idle, good bed | done",
    ),
    Row(
        CopyRecalled,
        lambda: at.idle_over_our_part().bed_is_clear(),
        RECALL,
        "starting, clear bed, send start a | done open",
    ),
    Row(
        CopyRecalled,
        lambda: at.busy(at.idle_over_our_part().bed_is_clear()),
        RECALL,
        "preparing, clear bed | done",
    ),
]

# -- power ---------------------------------------------------------------------


def _comes_up(story: Story, **more: object) -> Story:
    story.see(ready=True, not_ready="", **more)
    return story.tell(PrinterSeen(story.look))


def _comes_up_homing(story: Story) -> Story:
    return _comes_up(story, busy=True)


def _comes_up_printing(story: Story) -> Story:
    """Turned on by a person, who began a print before Moonraker was there."""
    return _comes_up(story, state=PrintState.PRINTING, filename="x", reading=True)


POWER_FINISH = replace(at.POWER, finish_gcode="PARK")
_FINISHES = "finishing, clear bed, send finish | done"


def _emptied_while_powering() -> Story:
    """Switched off by hand between two prints; then nobody wanted the second."""
    story = printing("a", "b", rules=POWER_FINISH).print_ends().klippy_vanishes()
    return at.without_jobs(story.start(bed_clear=True))


def _turned_on(*paths: str) -> Story:
    """Start on a printer that is there: its power is turned on all the same."""
    return fresh(*paths, rules=at.POWER).start()


def _up_before_it_is_seen() -> Story:
    """Klipper is back; the event that says so is still in the mailbox."""
    story = _emptied_while_powering()
    story.see(ready=True, not_ready="")
    return story


def _stays_on(story: Story) -> Story:
    return story.script_ends("No such device")


POWER = [
    Row(
        PowerOffDue,
        lambda: at.idle(at.POWER),
        at.power_off,
        "idle, clear bed, send power",
    ),
    Row(PrinterLost, at.switched_off, Story.klippy_vanishes, "idle, clear bed"),
    Row(ScriptEnded, at.switched_off, _stays_on, "idle, clear bed"),
    *goes_on(ScriptEnded, lambda: _turned_on("a"), Story.script_ends),
    Row(ScriptEnded, _turned_on, Story.script_ends, "idle, clear bed"),
    Row(ScriptEnded, _up_before_it_is_seen, Story.script_ends, _FINISHES),
    Row(PrinterSeen, _emptied_while_powering, _comes_up, _FINISHES),
    Row(PrinterSeen, at.gone_dark, _comes_up, "idle, clear bed"),
    Row(
        PrinterSeen,
        at.gone_dark,
        _comes_up_printing,
        "blocked, foreign bed, foreign_print",
    ),
    Row(PrinterSeen, at.powering, _comes_up, "idle, clear bed"),
    Row(
        PrinterSeen,
        lambda: at.powering("a"),
        _comes_up,
        "starting, clear bed, send start a | open",
    ),
    Row(
        PrinterSeen, lambda: at.powering("a"), _comes_up_homing, "preparing, clear bed"
    ),
]

# -- what changes no phase -----------------------------------------------------

REPORTED = [
    Row(
        FailureReported,
        lambda: printing("a"),
        _event(FailureReported("Spaghetti", "camera")),
        "printing, bad bed, send pause, failure_reported | open",
    ),
    Row(
        FailureReported,
        at.paused,
        _event(FailureReported("Spaghetti", "camera")),
        "paused, bad bed, failure_reported | open",
    ),
]

NOTED = [
    stays(HistoryLinked, at.ended, _event(HistoryLinked("00002A", "a", 2e9))),
    *(
        stays(VideoMade, before, _event(VideoMade("a", "a.mp4", 2e9)))
        for before in at.ONE_OF_EACH.values()
    ),
]

ROWS = [*WAITS, *ANSWERED, *RECALLED, *POWER, *REPORTED, *NOTED]
