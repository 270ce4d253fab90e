"""Rows of the arrow table: scripts of hooks.

Many are made of rows without scripts: where a print would start, the scripts before
it run first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Callable

from moonraker_cp.core.events import (
    Activated,
    Answer,
    BedSaid,
    BedVerified,
    BugFound,
    ClearingAsked,
    Deactivated,
    Edited,
    Event,
    Loss,
    PrintEnded,
    PrinterLost,
    PrintStarted,
    ScriptAsked,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
)
from moonraker_cp.core.hooks import Hook

from . import (
    arrows_actions,
    arrows_answers,
    arrows_people,
    arrows_printer,
    arrows_waits,
)
from . import phases as at
from .arrows import Row, Step
from .arrows_waits import stays
from .story import GCODE, Story, fresh, printing

BOOT = PrinterLost(Loss.DISCONNECT, "Moonraker", restarted=True)
ENDS = Story.script_ends


def _event(event: Event) -> Step:
    return lambda story: story.tell(event)


def _with(hook: Hook, step: Step) -> Step:
    """The hook has a script from now on."""
    return lambda story: step(story.has(hook))


# -- rows made of rows ---------------------------------------------------------


def with_script_before_print(rows: Iterable[Row]) -> Iterable[Row]:
    """Where a print would start, its script is sent instead."""
    for row in rows:
        if "send start" in row.expected:
            step = _with(Hook.BEFORE_PRINT, row.step)
            expected = _instead(row, "before_print").replace(" open", "")
            yield replace(row, step=step, expected=expected)


def with_script_to_cool(rows: Iterable[Row]) -> Iterable[Row]:
    """Where the bed would be cooled on request, a script is sent first."""
    for row in rows:
        if row.event is ClearingAsked and "send cool" in row.expected:
            step = _with(Hook.COOL_DOWN, row.step)
            yield replace(row, step=step, expected=_instead(row, "cool_down"))


def _instead(row: Row, hook: str) -> str:
    """The same ending, with a script in place of what is sent."""
    bed, runs = row.expected.split(", ")[1], row.expected.partition(" | ")[2]
    reason = row.before().state.control.reason
    # Clearing on request answers the bed, not the need of a Start.
    shows = row.event is ClearingAsked and reason is not None and reason.needs_start
    why = f", {reason.code}" if reason is not None and shows else ""
    runs = "" if runs == "open" else f" | {runs}" if runs else ""
    return f"script, {bed}, send {hook}{why}{runs}"


# -- Stop ----------------------------------------------------------------------

_STOP = _with(Hook.DEACTIVATED, Story.stop)

STOPPED = [
    Row(Deactivated, at.idle, _STOP, "script, clear bed, send deactivated"),
    Row(Deactivated, at.preparing, _STOP, "script, clear bed, send deactivated"),
    Row(Deactivated, at.cooling, _STOP, "script, old bed, send deactivated | done"),
    Row(Deactivated, at.bed_asked, _STOP, "script, old bed, send deactivated | done"),
]

# -- a print ends --------------------------------------------------------------


def _seen_late() -> Story:
    """Klipper took the start, and the file has ended before anybody saw it."""
    story = at.starting()
    story.tell(StartAnswered(story.state.control.ticket, Answer.ACCEPTED))
    story.see(filename="a")
    return story


_SUCCEEDED = _with(Hook.PRINT_SUCCEEDED, Story.print_ends)

ENDED = [
    Row(PrintEnded, before, _SUCCEEDED, "script, good bed, send print_succeeded | done")
    for before in (_seen_late, lambda: printing("a", "b"), at.paused)
]

# -- the scripts end -----------------------------------------------------------


def _started() -> Story:
    """Klipper has begun the print, and the script for that runs."""
    return fresh("a").has(Hook.PRINT_STARTED).start().our_print_begins()


SCRIPTS = [
    Row(ScriptEnded, at.ended, ENDS, "blocked, old bed, bed_occupied | done"),
    Row(
        ScriptEnded,
        lambda: at.ended(rules=GCODE),
        ENDS,
        "clearing, good bed, send clearing | done",
    ),
    Row(ScriptEnded, at.cool_down, ENDS, "cooling, good bed, send cool | done"),
    Row(
        ScriptEnded,
        lambda: at.ended("a", rules=at.FINISH),
        ENDS,
        "finishing, good bed, send finish | done",
    ),
    Row(ScriptEnded, lambda: at.ended("a"), ENDS, "idle, good bed | done"),
    Row(ScriptEnded, at.deactivated, ENDS, "inactive, clear bed"),
    Row(
        ScriptEnded,
        lambda: at.flagged(at.before_print()),
        ENDS,
        "preparing, clear bed, send prepare",
    ),
    Row(
        ScriptEnded,
        at.before_print,
        ENDS,
        "starting, clear bed, send start a | open",
    ),
    Row(
        ScriptEnded,
        lambda: at.inactive().has(Hook.ACTIVATED, Hook.BEFORE_PRINT).start(),
        ENDS,
        "script, clear bed, send before_print",
    ),
    Row(ScriptEnded, _started, ENDS, "printing, bad bed | open"),
    Row(ScriptEnded, lambda: _started().pauses(), ENDS, "paused, bad bed | open"),
    Row(
        ScriptEnded,
        lambda: at.clearing(rules=at.VERIFY),
        ENDS,
        "clearing, good bed, send verify | done",
    ),
    Row(
        ScriptEnded,
        lambda: at.clearing().has(Hook.VERIFY_BED),
        ENDS,
        "clearing, good bed, send verify_bed | done",
    ),
]

# -- is the bed clear? ---------------------------------------------------------


def _verified(story: Story) -> Story:
    return story.tell(BedVerified(story.state.control.ticket, clear=True))


def _vetoed(story: Story) -> Story:
    return story.tell(BedVerified(story.state.control.ticket, False, "Still there"))


VERIFIED = [
    Row(
        BedVerified,
        at.verifying,
        _verified,
        "starting, swept bed, send start b | done open",
    ),
    Row(
        BedVerified,
        lambda: at.flagged(at.verifying()),
        _verified,
        "preparing, swept bed, send prepare | done",
    ),
    Row(
        BedVerified,
        lambda: at.without_jobs(at.verifying()),
        _verified,
        "idle, swept bed | done",
    ),
    Row(
        BedVerified,
        lambda: at.without_jobs(
            at.verifying(rules=replace(at.VERIFY, finish_gcode="PARK"))
        ),
        _verified,
        "finishing, swept bed, send finish | done",
    ),
    Row(
        BedVerified, at.verifying, _vetoed, "blocked, old bed, bed_not_verified | done"
    ),
    Row(
        BedVerified,
        lambda: at.verifying().stop(),
        _verified,
        "inactive, swept bed | done",
    ),
]

# -- the same script again -----------------------------------------------------


def _in_doubt(before: Callable[[], Story]) -> Callable[[], Story]:
    """Moonraker went away while its script ran."""
    return lambda: before().moonraker_restarts()


def _unset(before: Callable[[], Story]) -> Callable[[], Story]:
    """The same, and a person has deleted the script since."""

    def story() -> Story:
        doubted = before().moonraker_restarts()
        doubted.hooks.clear()
        return doubted

    return story


def _finish_script() -> Story:
    return printing("a").has(Hook.FINISH).print_ends()


_AGAIN = _event(ScriptAsked("ann"))


def _busy_with_nothing_to_print() -> Story:
    """Start on an empty queue while somebody homes: the script has to wait."""
    story = fresh().has(Hook.ACTIVATED)
    return at.busy(story).start()


AGAIN = [
    Row(
        BedSaid,
        _busy_with_nothing_to_print,
        _event(BedSaid(False, "ann")),
        "idle, taken bed",
    ),
    Row(
        ScriptAsked,
        _in_doubt(at.ended),
        _AGAIN,
        "script, old bed, send print_succeeded | done",
    ),
    Row(
        ScriptAsked,
        lambda: at.before_print().moonraker_restarts().tell(BedSaid(False, "ann")),
        _AGAIN,
        "blocked, taken bed, bed_occupied",
    ),
    Row(
        ScriptAsked,
        _in_doubt(_finish_script),
        _AGAIN,
        "finishing, old bed, send finish | done",
    ),
    Row(ScriptAsked, _unset(_finish_script), _AGAIN, "idle, old bed | done"),
    Row(
        ScriptAsked,
        lambda: at.busy(at.before_print().moonraker_restarts()),
        _AGAIN,
        "preparing, clear bed",
    ),
    Row(
        ScriptAsked,
        _unset(at.before_print),
        _AGAIN,
        "starting, clear bed, send start a | open",
    ),
]

# -- while they run ------------------------------------------------------------

LOST = [
    Row(
        PrinterLost,
        at.ended,
        _event(BOOT),
        "blocked, old bed, script_in_doubt | done",
    ),
    Row(PrinterLost, at.deactivated, _event(BOOT), "inactive, clear bed"),
    Row(
        BugFound,
        at.ended,
        _event(BugFound("KeyError")),
        "blocked, old bed, internal_error | done",
    ),
]

MEANWHILE = [
    stays(Activated, at.ended, Story.start),
    Row(Deactivated, at.ended, Story.stop, "script, old bed | done"),
    stays(SkipAsked, at.ended, _event(SkipAsked("ann"))),
    stays(Edited, at.ended, lambda story: story.add("z")),
    Row(
        PrintStarted,
        at.ended,
        lambda story: story.print_begins("x"),
        "script, foreign bed | done",
    ),
    stays(
        PrintEnded,
        lambda: at.ended().print_begins("x"),
        Story.print_ends,
    ),
]

_PLAIN = [
    *arrows_people.ROWS,
    *arrows_answers.ROWS,
    *arrows_printer.ROWS,
    *arrows_actions.ROWS,
    *arrows_waits.ROWS,
    *VERIFIED,
    *AGAIN,
]

ROWS = [
    *with_script_before_print(_PLAIN),
    *with_script_to_cool(_PLAIN),
    *STOPPED,
    *ENDED,
    *SCRIPTS,
    *VERIFIED,
    *AGAIN,
    *LOST,
    *MEANWHILE,
]
