"""What becomes of our own actions, and of our own bugs: a handler for each report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .cooling import COLDEST, is_cold, release_of
from .decisions import SetPower
from .events import (
    Answer,
    BedCooled,
    BedVerified,
    BugFound,
    CoolingExpired,
    PowerOffDue,
    PrinterCalmed,
    ScriptEnded,
    StartAnswered,
    WaitMayEnd,
)
from .hooks import Hook
from .model import BedCause, BedState, Outcome, Phase, Reason
from .reports import judge_open_run, remember_print, tell_after_print
from .steps import (
    advance,
    after_bad_end,
    bed_is_cleared,
    foreign_print,
    is_foreign,
    run_clearing,
    stop_cooling,
    verify_bed,
    watch_cooling,
)
from .turn import Turn

P = Phase

OVER_THE_BED = (Hook.COOL_DOWN, Hook.CLEAR_BED, Hook.VERIFY_BED)
"""What follows these is nothing for a bed that somebody prints on."""

CALLED = {Hook.CLEAR_BED: "clearing", Hook.FINISH: "finishing"}
"""What people are told of a hook's scripts, where that is not its name."""


def _on_start_answered(turn: Turn, event: StartAnswered) -> None:
    run = turn.run
    assert run is not None
    if event.answer is Answer.ACCEPTED:
        turn.change_run(accepted=True)
    elif turn.control.phase is not P.STARTING:
        return
    elif event.answer is Answer.UNKNOWN:
        turn.block(reasons.waiting(turn.now, run.path, "Klipper went away"))
    elif event.answer is Answer.NOT_SENT:
        turn.drop_run()
        _not_started(turn, reasons.held_back(turn.now, run.path, event.message))
    else:
        turn.close_run(Outcome.FAILURE, event.message, begun=False)
        if turn.look.has_print:
            foreign_print(turn)
        turn.block(reasons.refused(turn.now, run.path, event.message))


def _not_started(turn: Turn, reason: Reason) -> None:
    """The copy and the bed are as they were; after a Stop there is nothing to ask."""
    if turn.look.has_print:
        foreign_print(turn)
    if turn.control.active:
        turn.block(reason)
    else:
        advance(turn)


# -- scripts -------------------------------------------------------------------


def _on_script_ended(turn: Turn, event: ScriptEnded) -> None:
    phase, hook = turn.control.phase, turn.control.hook
    if phase is P.BLOCKED:
        _ended_while_blocked(turn, event)
        return
    turn.update(hook=None)
    if event.error is not None:  # told even when Stop came while it ran
        _script_failed(turn, hook, event.error)
    elif phase in (P.PRINTING, P.PAUSED, P.IDLE):
        return
    elif hook in OVER_THE_BED and is_foreign(turn):
        advance(turn, calm=True)
    elif hook is Hook.CLEAR_BED and not event.ran:
        turn.block(reasons.not_cleared(turn.now))
    else:
        _AFTER.get(hook, _go_on)(turn)


def _script_failed(turn: Turn, hook: Hook | None, words: str) -> None:
    """A print that runs goes on; it is told when that has ended."""
    name = turn.control.phase.value if hook is None else CALLED.get(hook, hook.value)
    failed = reasons.script_failed(turn.now, name, words)
    if turn.control.phase is P.IDLE:  # the power could not be turned off
        turn.update(powered_off=False)
        return
    if hook is Hook.BEFORE_PRINT:
        turn.update(prepared=None)  # the print needs it still
    if turn.run is not None:
        tell_after_print(turn, failed)
        return
    told = turn.control.reason
    if told is not None and hook in (Hook.PRINT_CANCELLED, Hook.PRINT_FAILED):
        text = f"{told.text} {failed.text}"
        failed = replace(told, text=text, needs_start=True)
    turn.block(failed)


def _prepared(turn: Turn) -> None:
    """Our own script, which waits for no motion, as those of people do."""
    advance(turn, prepared=True)


def _go_on(turn: Turn) -> None:
    advance(turn, calm=True)


def _stopped(turn: Turn) -> None:
    """What the print before it was stopped for is not told yet."""
    if turn.control.reason is not None:
        turn.block(turn.control.reason)
    else:
        advance(turn, calm=True)


_AFTER: Mapping[Hook | None, Callable[[Turn], None]] = {
    None: _prepared,
    Hook.PRINT_CANCELLED: after_bad_end,
    Hook.PRINT_FAILED: after_bad_end,
    Hook.DEACTIVATED: _stopped,
    Hook.COOL_DOWN: watch_cooling,
    Hook.CLEAR_BED: verify_bed,
    Hook.VERIFY_BED: lambda turn: verify_bed(turn, by_script=False),
}
"""What follows a hook's scripts; the others go on to the next step."""


def _ended_while_blocked(turn: Turn, event: ScriptEnded) -> None:
    """The barrier, behind which a look can tell; or what was to turn the printer on."""
    reason = turn.control.reason
    if event.error is not None:
        if reason is not None and reason.code == reasons.POWERING:
            device = turn.rules.power_device
            turn.block(reasons.no_power(turn.now, device, event.error))
        return  # else Klipper is gone again, and comes back
    if reason is not None and reason.code == reasons.POWERING:
        if turn.control.active and turn.look.ready and not reason.needs_start:
            turn.update(reason=None)
            advance(turn)
        return
    if turn.run is not None:
        judge_open_run(turn)
        remember_print(turn)


def _on_bed_verified(turn: Turn, event: BedVerified) -> None:
    if event.clear:
        bed_is_cleared(turn, calm=False)  # it took its time
    else:
        turn.block(reasons.not_verified(turn.now, event.text, event.picture))


# -- waits -----------------------------------------------------------------------


def _on_bed_cooled(turn: Turn, event: BedCooled) -> None:  # noqa: ARG001
    _clear_after_cooling(turn)


def _clear_after_cooling(turn: Turn) -> None:
    if not turn.look.has_print:
        run_clearing(turn)
        return
    foreign_print(turn)
    if not turn.control.active:
        stop_cooling(turn)


def _on_cooling_expired(turn: Turn, event: CoolingExpired) -> None:
    """The option to clear anyway is about a warm bed, not about one nobody knows."""
    warm = event.temperature
    if turn.rules.clear_when_expired and warm is not None and warm >= COLDEST:
        _clear_after_cooling(turn)
        return
    reads = "nothing" if warm is None else f"{warm:.1f} °C"
    below = release_of(turn.rules, turn.control)
    turn.block(reasons.cooling_timed_out(turn.now, below, reads))


def _on_printer_calmed(turn: Turn, event: PrinterCalmed) -> None:  # noqa: ARG001
    advance(turn)


def _on_wait_may_end(turn: Turn, event: WaitMayEnd) -> None:  # noqa: ARG001
    turn.news = True
    if turn.control.phase is P.IDLE:
        advance(turn)


def _on_power_off_due(turn: Turn, event: PowerOffDue) -> None:  # noqa: ARG001
    """Stored before it is done: that Klipper goes away then is no trouble."""
    device, below = turn.rules.power_device, turn.rules.power_off_below
    look = turn.look
    is_bed_cold = is_cold(look.bed_temperature, below)
    is_cool = is_bed_cold and is_cold(look.nozzle_temperature, below)
    if device and below > 0 and look.ready and not look.has_print and is_cool:
        turn.update(powered_off=True)
        turn.act(SetPower(turn.ticket(), device, on=False))


def _on_bug_found(turn: Turn, event: BugFound) -> None:
    """A run stays open: the next first look at the printer says what it was.

    Without one nothing tells what lies on the bed: that somebody printed may be just
    what was lost.
    """
    if turn.run is None and not event.in_request:
        bed = turn.control.bed
        if bed.state is not BedState.OCCUPIED:
            turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, "nobody knows what")
    turn.block(reasons.bug(turn.now, event.text))


HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    StartAnswered: _on_start_answered,
    ScriptEnded: _on_script_ended,
    BedVerified: _on_bed_verified,
    BedCooled: _on_bed_cooled,
    CoolingExpired: _on_cooling_expired,
    PrinterCalmed: _on_printer_calmed,
    WaitMayEnd: _on_wait_may_end,
    PowerOffDue: _on_power_off_due,
    BugFound: _on_bug_found,
}
