"""Rows of the arrow table: what became of our own actions, and our own bugs."""

from __future__ import annotations

from dataclasses import replace

from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.events import (
    Answer,
    BedCooled,
    BugFound,
    CoolingExpired,
    Event,
    PrintPaused,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.printer import PrintState

from . import phases as at
from .arrows import Row, Step
from .story import Story, printing


def _event(event: Event) -> Step:
    return lambda story: story.tell(event)


def _ticketed(event_type: type, *args: object) -> Step:
    """An answer that carries the ticket of the newest action."""
    return lambda s: s.tell(event_type(s.state.control.ticket, *args))


def _pauses(story: Story) -> Story:
    story.see(state=PrintState.PAUSED, reading=False)
    return story.tell(PrintPaused(story.look))


_ACCEPTED = _ticketed(StartAnswered, Answer.ACCEPTED)
_REFUSED = _ticketed(StartAnswered, Answer.REFUSED, "SD busy")
_NOT_SENT = _ticketed(StartAnswered, Answer.NOT_SENT, "Stop was pressed.")

ANSWERED = [
    Row(StartAnswered, at.starting, _ACCEPTED, "starting, clear bed | open"),
    Row(
        StartAnswered,
        at.starting,
        _ticketed(StartAnswered, Answer.UNKNOWN),
        "blocked, clear bed, waiting_for_klipper | open",
    ),
    Row(
        StartAnswered,
        at.starting,
        _REFUSED,
        "blocked, clear bed, start_refused | failure",
    ),
    Row(
        StartAnswered,
        lambda: at.starting().print_begins("x"),
        _REFUSED,
        "blocked, foreign bed, start_refused | failure",
    ),
    Row(
        StartAnswered,
        at.starting,
        _NOT_SENT,
        "blocked, clear bed, start_refused",
    ),
    Row(
        StartAnswered,
        lambda: at.taken(at.starting()),
        _NOT_SENT,
        "blocked, foreign bed, start_refused",
    ),
    Row(
        StartAnswered,
        lambda: at.starting().stop(),
        _NOT_SENT,
        "inactive, clear bed",
    ),
    Row(
        StartAnswered,
        lambda: at.taken(at.starting().stop()),
        _NOT_SENT,
        "inactive, foreign bed",
    ),
    Row(
        StartAnswered,
        lambda: at.starting().has(Hook.DEACTIVATED).stop(),
        _NOT_SENT,
        "script, clear bed, send deactivated",
    ),
    Row(
        StartAnswered,
        lambda: at.starting().print_begins("a"),
        _ACCEPTED,
        "printing, bad bed | open",
    ),
    Row(
        StartAnswered,
        lambda: _pauses(at.starting().print_begins("a")),
        _ACCEPTED,
        "paused, bad bed | open",
    ),
]


def _fails(story: Story) -> Story:
    return story.script_ends("Must home axis first")


def _hot_again() -> Story:
    return at.warm(at.finishing(replace(at.COOL, finish_gcode="PARK")).add("z"))


def _finishing_with_more(rules: Rules = at.FINISH) -> Story:
    return at.finishing(rules).add("z")


SCRIPTS = [
    Row(
        ScriptEnded,
        lambda: at.stopped(at.preparing()),
        Story.script_ends,
        "preparing, clear bed",
    ),
    Row(
        ScriptEnded,
        at.preparing,
        Story.script_ends,
        "starting, clear bed, send start a | open",
    ),
    Row(ScriptEnded, at.preparing, _fails, "blocked, clear bed, script_failed"),
    Row(ScriptEnded, at.cooling, _fails, "blocked, old bed, script_failed | done"),
    Row(
        ScriptEnded,
        at.clearing,
        Story.script_ends,
        "starting, swept bed, send start b | done open",
    ),
    Row(
        ScriptEnded,
        lambda: at.flagged(at.clearing()),
        Story.script_ends,
        "preparing, swept bed, send prepare | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.without_jobs(at.clearing()),
        Story.script_ends,
        "idle, swept bed | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.without_jobs(at.clearing(rules=at.GCODE_FINISH)),
        Story.script_ends,
        "finishing, swept bed, send finish | done",
    ),
    Row(ScriptEnded, at.clearing, _fails, "blocked, old bed, script_failed | done"),
    Row(
        ScriptEnded,
        lambda: at.clearing().print_begins("x"),
        Story.script_ends,
        "blocked, foreign bed, foreign_print | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.clearing().print_begins("x").print_ends(),
        Story.script_ends,
        "blocked, foreign bed, bed_occupied | done",
    ),
    Row(ScriptEnded, at.clearing_on_request, Story.script_ends, "inactive, swept bed"),
    Row(ScriptEnded, at.finishing, Story.script_ends, "idle, good bed | done"),
    Row(
        ScriptEnded,
        _finishing_with_more,
        Story.script_ends,
        "blocked, old bed, bed_occupied | done",
    ),
    Row(
        ScriptEnded,
        lambda: _finishing_with_more(at.GCODE_FINISH),
        Story.script_ends,
        "clearing, good bed, send clearing | done",
    ),
    Row(
        ScriptEnded,
        _hot_again,
        Story.script_ends,
        "cooling, good bed, send cool | done",
    ),
    Row(
        ScriptEnded,
        lambda: _finishing_with_more().bed_is_clear(),
        Story.script_ends,
        "starting, clear bed, send start z | done open",
    ),
    Row(
        ScriptEnded,
        lambda: at.flagged(_finishing_with_more().bed_is_clear()),
        Story.script_ends,
        "preparing, clear bed, send prepare | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.finishing().stop(),
        Story.script_ends,
        "inactive, old bed | done",
    ),
    Row(
        ScriptEnded,
        at.in_doubt,
        Story.script_ends,
        "blocked, bad bed, print_aborted | aborted",
    ),
    Row(
        ScriptEnded,
        at.in_doubt_and_stopped,
        Story.script_ends,
        "inactive, clear bed | done",
    ),
]

_COOLED = _ticketed(BedCooled, 29.5)

COOLED = [
    Row(BedCooled, at.cooling, _COOLED, "clearing, good bed, send clearing | done"),
    Row(
        BedCooled,
        lambda: at.taken(at.cooling()),
        _COOLED,
        "blocked, foreign bed, foreign_print | done",
    ),
    Row(
        BedCooled,
        lambda: at.taken(at.cooling_on_request()),
        _COOLED,
        "inactive, foreign bed",
    ),
    Row(
        CoolingExpired,
        at.cooling,
        _ticketed(CoolingExpired, None),
        "blocked, old bed, cooling_timed_out | done",
    ),
    Row(
        CoolingExpired,
        lambda: at.cooling(rules=at.COOL_ANYWAY),
        _ticketed(CoolingExpired, 45.0),
        "clearing, good bed, send clearing | done",
    ),
    Row(
        CoolingExpired,
        lambda: at.taken(at.cooling_on_request(at.COOL_ANYWAY)),
        _ticketed(CoolingExpired, 45.0),
        "inactive, foreign bed",
    ),
]

_BUG = _event(BugFound("KeyError"))
_E = "internal_error"

BUGS = [
    Row(BugFound, at.inactive, _BUG, "blocked, foreign bed, internal_error"),
    Row(BugFound, at.idle, _BUG, "blocked, foreign bed, internal_error"),
    Row(BugFound, at.preparing, _BUG, "blocked, foreign bed, internal_error"),
    Row(BugFound, at.starting, _BUG, "blocked, clear bed, internal_error | open"),
    Row(
        BugFound, lambda: printing("a"), _BUG, "blocked, bad bed, internal_error | open"
    ),
    Row(BugFound, at.paused, _BUG, "blocked, bad bed, internal_error | open"),
    Row(BugFound, at.cooling, _BUG, "blocked, old bed, internal_error | done"),
    Row(BugFound, at.clearing, _BUG, "blocked, old bed, internal_error | done"),
    Row(BugFound, at.finishing, _BUG, "blocked, old bed, internal_error | done"),
    Row(BugFound, at.bed_asked, _BUG, "blocked, old bed, internal_error | done"),
]

ROWS = [*ANSWERED, *SCRIPTS, *COOLED, *BUGS]
