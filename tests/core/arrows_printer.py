"""Rows of the arrow table: what the printer does by itself."""

from __future__ import annotations

from typing import Callable

from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.events import (
    Answer,
    BugFound,
    Event,
    HistoryLinked,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    StartAnswered,
)
from moonraker_cp.core.model import Outcome, Phase
from moonraker_cp.core.printer import PrintState

from . import phases as at
from .arrows import Row, Step
from .story import GCODE, MANUAL, Story, printing

P = Phase
BOOT = PrinterLost(Loss.DISCONNECT, "Moonraker")
ENDS = Story.print_ends


def _event(event: Event) -> Step:
    return lambda story: story.tell(event)


def _ticketed(event_type: type, *args: object) -> Step:
    """An answer that carries the ticket of the newest action."""
    return lambda s: s.tell(event_type(s.state.control.ticket, *args))


def _begins(path: str) -> Step:
    return lambda story: story.print_begins(path)


def _ended(outcome: Outcome, words: str = "") -> Step:
    return lambda story: story.print_ends(outcome, words)


def _seen(story: Story) -> Story:
    story.see()
    return story.tell(PrinterSeen(story.look))


def _pauses(story: Story) -> Story:
    story.see(state=PrintState.PAUSED, reading=False)
    return story.tell(PrintPaused(story.look))


def _resumes(story: Story) -> Story:
    story.see(state=PrintState.PRINTING, reading=True)
    return story.tell(PrintResumed(story.look))


def _complete(story: Story) -> Story:
    story.clock += 60
    story.see(state=PrintState.COMPLETE, reading=False)
    return story


def _accepted(*paths: str, rules: Rules = MANUAL) -> Story:
    """Klipper took the start, and the file has ended before anybody saw it."""
    story = at.starting(*paths, rules=rules)
    story.tell(StartAnswered(story.state.control.ticket, Answer.ACCEPTED))
    story.see(filename=paths[0] if paths else "a")
    return story


def _cancel_emptied(story: Story) -> Story:
    """A cancel macro that resets the file: no name is left."""
    story.see(state=PrintState.STANDBY, filename="", reading=False, busy=False)
    return story.tell(PrintEnded(story.look, Outcome.CANCELLED))


SEEN = [
    Row(
        PrintStarted,
        at.in_doubt,
        lambda story: story.print_begins("a"),
        "printing, bad bed | open",
    ),
    Row(PrinterSeen, at.inactive, _seen, "inactive, clear bed"),
    Row(PrinterSeen, lambda: at.taken(at.inactive()), _seen, "inactive, foreign bed"),
    Row(
        PrinterSeen,
        lambda: at.idle().tell(BOOT),
        _seen,
        "blocked, clear bed, restarted",
    ),
    Row(
        PrinterSeen,
        lambda: printing("a").stop().tell(BOOT),
        lambda s: _seen(_complete(s)),
        "inactive, old bed | done",
    ),
    Row(PrinterSeen, lambda: at.waiting("a"), _seen, "printing, bad bed | open"),
    Row(PrinterSeen, lambda: at.paused().tell(BOOT), _seen, "paused, bad bed | open"),
]

LOST = [
    Row(PrinterLost, at.inactive, Story.klippy_stops, "inactive, clear bed"),
    Row(PrinterLost, at.idle, Story.klippy_stops, "blocked, clear bed, printer_lost"),
    Row(
        PrinterLost,
        at.preparing,
        Story.klippy_vanishes,
        "blocked, clear bed, restarted",
    ),
    Row(
        PrinterLost,
        at.starting,
        Story.klippy_stops,
        "blocked, bad bed, printer_lost | failure",
    ),
    Row(
        PrinterLost,
        lambda: printing("a"),
        Story.klippy_stops,
        "blocked, bad bed, printer_lost | failure",
    ),
    Row(
        PrinterLost,
        lambda: printing("a"),
        _event(BOOT),
        "blocked, bad bed, waiting_for_klipper | open",
    ),
    Row(
        PrinterLost,
        at.paused,
        Story.klippy_stops,
        "blocked, bad bed, printer_lost | failure",
    ),
    Row(
        PrinterLost,
        at.cooling,
        Story.klippy_stops,
        "blocked, old bed, printer_lost | done",
    ),
    Row(PrinterLost, at.cooling_on_request, Story.klippy_stops, "inactive, taken bed"),
    Row(PrinterLost, at.clearing, _event(BOOT), "blocked, old bed, restarted | done"),
    Row(PrinterLost, at.clearing_on_request, _event(BOOT), "inactive, taken bed"),
    Row(
        PrinterLost,
        at.finishing,
        Story.klippy_stops,
        "blocked, old bed, script_in_doubt | done",
    ),
    Row(
        PrinterLost,
        lambda: at.finishing().stop(),
        _event(BOOT),
        "inactive, old bed | done",
    ),
    Row(
        PrinterLost,
        at.failed,
        Story.klippy_stops,
        "blocked, bad bed, print_failed | failure",
    ),
]

STARTED = [
    Row(PrintStarted, at.inactive, _begins("x"), "inactive, foreign bed"),
    Row(PrintStarted, at.starting, _begins("a"), "printing, bad bed | open"),
    Row(PrintStarted, at.starting, _begins("x"), "starting, foreign bed | open"),
    Row(
        PrintStarted,
        lambda: printing("a"),
        _begins("x"),
        "blocked, foreign bed, foreign_print | aborted",
    ),
    Row(
        PrintStarted,
        at.paused,
        _begins("a"),
        "blocked, foreign bed, foreign_print | aborted",
    ),
    Row(PrintStarted, at.idle, _begins("x"), "blocked, foreign bed, foreign_print"),
    Row(
        PrintStarted, at.preparing, _begins("x"), "blocked, foreign bed, foreign_print"
    ),
    Row(
        PrintStarted,
        at.cooling,
        _begins("x"),
        "blocked, foreign bed, foreign_print | done",
    ),
    Row(PrintStarted, at.cooling_on_request, _begins("x"), "inactive, foreign bed"),
    Row(PrintStarted, at.clearing, _begins("x"), "clearing, foreign bed | done"),
    Row(PrintStarted, at.finishing, _begins("x"), "finishing, foreign bed | done"),
    Row(
        PrintStarted,
        at.bed_asked,
        _begins("x"),
        "blocked, foreign bed, foreign_print | done",
    ),
    Row(
        PrintStarted,
        at.failed,
        _begins("x"),
        "blocked, foreign bed, print_failed | failure",
    ),
    Row(
        PrintStarted,
        lambda: at.starting().tell(BugFound("x")),
        _begins("a"),
        "blocked, bad bed, internal_error | open",
    ),
]

PAUSES = [
    Row(PrintPaused, lambda: printing("a"), _pauses, "paused, bad bed | open"),
    Row(PrintResumed, at.paused, _resumes, "printing, bad bed | open"),
]


def _printed(*paths: str, rules: Rules = MANUAL) -> Story:
    return printing(*(paths or ("a", "b")), rules=rules)


def _endings(begin: Callable[..., Story]) -> list[Row]:
    """The same endings, from each phase in which our print may be."""

    def row(before: Callable[[], Story], step: Step, expected: str) -> Row:
        return Row(PrintEnded, before, step, expected)

    return [
        row(begin, ENDS, "blocked, old bed, bed_occupied | done"),
        row(lambda: begin("a"), ENDS, "idle, good bed | done"),
        row(
            lambda: begin("a", rules=at.FINISH),
            ENDS,
            "finishing, good bed, send finish | done",
        ),
        row(
            lambda: begin("a", "b", rules=GCODE),
            ENDS,
            "clearing, good bed, send clearing | done",
        ),
        row(
            lambda: at.warm(begin("a", "b", rules=at.COOL)),
            ENDS,
            "cooling, good bed, send cool | done",
        ),
        row(lambda: begin().stop(), ENDS, "inactive, old bed | done"),
        row(
            lambda: begin("a", "b", rules=GCODE),
            _ended(Outcome.FAILURE, "no"),
            "blocked, bad bed, print_failed | failure",
        ),
        row(
            begin,
            _ended(Outcome.CANCELLED),
            "blocked, bad bed, print_cancelled | cancelled",
        ),
        row(
            begin,
            _cancel_emptied,
            "blocked, bad bed, print_cancelled | cancelled",
        ),
    ]


ENDED = [
    *_endings(_printed),
    *_endings(at.paused),
    *_endings(_accepted),
    Row(
        PrintEnded,
        lambda: at.starting().print_begins("x"),
        ENDS,
        "starting, foreign bed | open",
    ),
    Row(
        PrintEnded,
        lambda: at.starting().print_begins("x"),
        _cancel_emptied,
        "starting, foreign bed | open",
    ),
    Row(PrintEnded, at.foreign, ENDS, "blocked, foreign bed, foreign_print"),
    Row(PrintEnded, at.bug_in_print, ENDS, "blocked, old bed, internal_error | done"),
    Row(PrintEnded, lambda: at.bug_in_print().stop(), ENDS, "inactive, old bed | done"),
    Row(
        PrintEnded,
        lambda: at.inactive().print_begins("x"),
        ENDS,
        "inactive, foreign bed",
    ),
    Row(
        PrintEnded,
        lambda: at.clearing().print_begins("x"),
        ENDS,
        "clearing, foreign bed | done",
    ),
    Row(
        PrintEnded,
        lambda: at.finishing().print_begins("x"),
        ENDS,
        "finishing, foreign bed | done",
    ),
]

CALMED = [
    Row(
        PrinterCalmed,
        lambda: at.flagged(at.waits_for_calm()),
        at.calm,
        "preparing, clear bed, send prepare",
    ),
    Row(
        PrinterCalmed,
        at.waits_for_calm,
        at.calm,
        "starting, clear bed, send start a | open",
    ),
    Row(
        PrinterCalmed,
        lambda: at.taken(at.waits_for_calm()),
        at.calm,
        "blocked, foreign bed, foreign_print",
    ),
]

LINKED = [
    Row(HistoryLinked, before, _event(HistoryLinked("00002A", "a", 2e9)), expected)
    for before, expected in (
        (at.inactive, "inactive, clear bed"),
        (lambda: _printed().stop().print_ends(), "inactive, old bed | done"),
        (at.idle_over_our_part, "idle, good bed | done"),
        (at.starting, "starting, clear bed | open"),
        (lambda: printing("a"), "printing, bad bed | open"),
        (at.paused, "paused, bad bed | open"),
        (at.cooling, "cooling, good bed | done"),
        (at.clearing, "clearing, good bed | done"),
        (at.finishing, "finishing, good bed | done"),
        (at.failed, "blocked, bad bed, print_failed | failure"),
        (at.waiting, "blocked, bad bed, waiting_for_klipper | open"),
        (at.foreign, "blocked, foreign bed, foreign_print"),
    )
]

ROWS = [*SEEN, *LOST, *STARTED, *PAUSES, *ENDED, *CALMED, *LINKED]
