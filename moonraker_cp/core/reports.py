"""What the printer, our own actions and our own bugs report: a handler for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .cooling import COLDEST, release_temperature
from .decisions import Link, ScriptKind
from .events import (
    Answer,
    BedCooled,
    BugFound,
    CoolingExpired,
    HistoryLinked,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from .model import BedCause, BedState, Outcome, Phase, Run
from .printer import Look, PrintState
from .restart import Verdict, judge, may_still_begin
from .turn import Turn

P = Phase


def has_bug(turn: Turn) -> bool:
    reason = turn.control.reason
    return reason is not None and reason.code == reasons.BUG


def _on_printer_lost(turn: Turn, event: PrinterLost) -> None:
    reason = turn.control.reason
    if turn.run is not None:
        _lose_print(turn, event)
    elif turn.control.phase is P.BLOCKED and reason and reason.code != reasons.BED:
        if not reason.needs_start:
            advice = reasons.CLEAR_AND_START
            turn.update(reason=replace(reason, advice=advice, needs_start=True))
    elif turn.control.active:
        if event.kind is Loss.SHUTDOWN:
            turn.block(reasons.lost(turn.now, event.message))
        else:
            turn.block(reasons.restarted(turn.now, event.message))
    else:
        turn.update(ticket=turn.control.ticket + 1)
        turn.go(P.INACTIVE)


def _lose_print(turn: Turn, event: PrinterLost) -> None:
    assert turn.run is not None
    path = turn.run.path
    if event.kind is Loss.SHUTDOWN:
        if turn.look.filename == path:
            _take_figures(turn, turn.look)
        _close_badly(turn, Outcome.FAILURE, event.message)
        turn.block(reasons.lost_print(turn.now, path, event.message))
    elif not has_bug(turn):
        # The print may go on without us: PrinterSeen tells.
        turn.block(reasons.waiting(turn.now, path, f"{event.message} went away"))


def _close_badly(turn: Turn, outcome: Outcome, why: str) -> None:
    run = turn.close_run(outcome, why)
    turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")


def _on_printer_seen(turn: Turn, event: PrinterSeen) -> None:
    turn.look = event.look
    turn.news = True  # what is waited for is another thing now
    if turn.run is not None:
        see_open_run(turn)
    elif event.look.has_print:
        turn.foreign_print(needs_start=True)
    elif event.look.has_ended_print and _is_news(turn):
        name = event.look.filename
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
    elif event.look.cut_off and turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, event.look.filename)
    remember_print(turn)


def see_open_run(turn: Turn) -> None:
    """Judge the run, or first wait for whatever Klipper still holds."""
    assert turn.run is not None
    if may_still_begin(turn.run, turn.look):
        turn.send_script(ScriptKind.BARRIER, "")
    else:
        judge_open_run(turn)


def _is_news(turn: Turn) -> bool:
    return turn.look.fingerprint != turn.control.last_print


def remember_print(turn: Turn) -> None:
    if turn.look.has_ended_print:
        turn.update(last_print=turn.look.fingerprint)


def judge_open_run(turn: Turn) -> None:
    run, look, now = turn.run, turn.look, turn.now
    assert run is not None
    judgement = judge(run, look)
    verdict, why = judgement.verdict, judgement.why
    if verdict is Verdict.ADOPT:
        _adopt(turn)
        return
    if verdict is Verdict.NEVER_WAS:
        turn.drop_run()
        reason = reasons.never_started(now, run.path)
    elif verdict is Verdict.COUNT:
        _take_figures(turn, look)
        turn.close_run(Outcome.SUCCESS)
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, f"run {run.id}")
        reason = reasons.finished_away(now, run.path)
    elif verdict is Verdict.FAILED:
        _take_figures(turn, look)
        _close_badly(turn, Outcome.FAILURE, why)
        reason = replace(reasons.failed(now, run.path, why), needs_start=True)
    elif verdict is Verdict.CANCELLED:
        _take_figures(turn, look)
        _close_badly(turn, Outcome.CANCELLED, why)
        turn.update(active=False)
        reason = reasons.cancelled(now, run.path)
    else:
        _close_badly(turn, Outcome.ABORTED, why)
        reason = reasons.aborted(now, run.path, why)
    if verdict in (Verdict.NEVER_WAS, Verdict.COUNT) and not turn.control.active:
        turn.go(P.INACTIVE)
    elif look.has_print:
        turn.foreign_print(needs_start=True)
        turn.block(reason)
    else:
        turn.block(reason)


def _adopt(turn: Turn) -> None:
    assert turn.run is not None
    if turn.run.start_clock is None:
        turn.change_run(accepted=True, start_clock=turn.look.start_clock)
    turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {turn.run.id}")
    if has_bug(turn):
        return  # a restart is no answer: a person has to look first
    paused = turn.look.state is PrintState.PAUSED
    turn.go(P.PAUSED if paused else P.PRINTING)


def _on_print_started(turn: Turn, event: PrintStarted) -> None:
    look, run, phase = event.look, turn.run, turn.control.phase
    if run and run.start_clock is None and look.filename == run.path:
        turn.change_run(accepted=True, started=turn.now, start_clock=look.start_clock)
        # Until it has ended well, what lies there is not for a script to clear.
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")
        if phase is P.STARTING or waits_for_run(turn):
            turn.go(P.PRINTING)
        return
    name = look.filename
    turn.news = True  # the bed may have been a stranger's already
    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
    if phase in (P.STARTING, P.CLEARING, P.FINISHING):
        return  # the answer that is still out says what becomes of it
    if run is not None:
        turn.close_run(Outcome.ABORTED, f"{name} was started in its place")
        turn.tell_foreign(name)
    elif turn.control.active:
        turn.tell_foreign(name)
    elif phase is P.COOLING:
        _stop_cooling(turn)


def waits_for_run(turn: Turn) -> bool:
    reason = turn.control.reason
    return reason is not None and reason.code == reasons.WAITING


def _on_print_paused(turn: Turn, event: PrintPaused) -> None:  # noqa: ARG001
    turn.go(P.PAUSED)


def _on_print_resumed(turn: Turn, event: PrintResumed) -> None:  # noqa: ARG001
    turn.go(P.PRINTING)


def _on_print_ended(turn: Turn, event: PrintEnded) -> None:
    turn.update(last_print=event.look.fingerprint)
    run = turn.run
    if run is None or not _is_end_of(run, event.look, turn.control.phase):
        _foreign_ended(turn, event)
        return
    _take_figures(turn, event.look)
    if event.outcome is Outcome.SUCCESS:
        turn.close_run(Outcome.SUCCESS)
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, f"run {run.id}")
        turn.advance()
    elif event.outcome is Outcome.CANCELLED:
        _close_badly(turn, Outcome.CANCELLED, event.message)
        turn.update(active=False)
        turn.block(reasons.cancelled(turn.now, run.path))
    else:
        _close_badly(turn, Outcome.FAILURE, event.message)
        turn.block(reasons.failed(turn.now, run.path, event.message))


def _is_end_of(run: Run, look: Look, phase: Phase) -> bool:
    """A cancel may empty the name; that says nothing while a start is out."""
    if look.filename:
        return look.filename == run.path
    return phase is not P.STARTING or run.accepted


def _take_figures(turn: Turn, look: Look) -> None:
    turn.change_run(
        print_duration=look.print_duration,
        total_duration=look.total_duration,
        filament_used=look.filament_used,
        bed_temperature=look.bed_temperature,
        nozzle_temperature=look.nozzle_temperature,
    )


def _foreign_ended(turn: Turn, event: PrintEnded) -> None:
    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, event.look.filename)
    reason = turn.control.reason
    if turn.control.phase is P.BLOCKED and reason and reason.code == reasons.FOREIGN:
        ended = reasons.foreign_ended(turn.now, event.look.filename)
        turn.block(replace(ended, needs_start=reason.needs_start))


def _on_history_linked(turn: Turn, event: HistoryLinked) -> None:
    """Note Moonraker's record of a print with the run that it is of.

    One that began before the open run is of an earlier print. Without an open run it
    may be of the newest, which had ended before its record was told.
    """
    run, part = turn.run, turn.control.bed_run
    if run is None:
        if part is not None:
            turn.link = Link(part, event.path, event.history_id)
    elif run.path == event.path and not run.history_id and event.began >= run.opened:
        turn.change_run(history_id=event.history_id)


def _on_printer_calmed(turn: Turn, event: PrinterCalmed) -> None:  # noqa: ARG001
    turn.advance()


# -- our own actions ----------------------------------------------------------


def _on_start_answered(turn: Turn, event: StartAnswered) -> None:
    run = turn.run
    assert run is not None
    if event.answer is Answer.ACCEPTED:
        turn.change_run(accepted=True)
    elif turn.control.phase is not P.STARTING:
        return
    elif event.answer is Answer.UNKNOWN:
        turn.block(reasons.waiting(turn.now, run.path, "Klipper went away"))
    else:
        turn.close_run(Outcome.FAILURE, event.message)
        if turn.look.has_print:
            turn.foreign_print()
        turn.block(reasons.refused(turn.now, run.path, event.message))


def _on_script_ended(turn: Turn, event: ScriptEnded) -> None:
    phase = turn.control.phase
    if phase is P.BLOCKED:
        if event.error is None:  # else Klipper is gone again, and comes back
            _on_barrier(turn)
        return
    if event.error is not None:  # told even when Stop came while it ran
        turn.block(reasons.script_failed(turn.now, phase.value, event.error))
        return
    foreign = turn.control.bed.cause is BedCause.FOREIGN or turn.look.has_print
    if phase is P.CLEARING and not foreign:
        turn.set_bed(BedState.CLEAR, BedCause.SCRIPT, "bed clearing")
    preparing = phase is P.PREPARING  # it waits for no motion, as the others do
    turn.advance(calm=not preparing, prepared=preparing)


def _on_barrier(turn: Turn) -> None:
    """Whatever waited in Klipper has been carried out: now a look can tell."""
    if turn.run is not None:
        judge_open_run(turn)
        remember_print(turn)


def _on_bed_cooled(turn: Turn, event: BedCooled) -> None:  # noqa: ARG001
    _clear_after_cooling(turn)


def _clear_after_cooling(turn: Turn) -> None:
    if not turn.look.has_print:
        turn.run_clearing()
    elif turn.control.active:
        turn.foreign_print()
    else:
        turn.foreign_print()
        _stop_cooling(turn)


def _stop_cooling(turn: Turn) -> None:
    turn.update(ticket=turn.control.ticket + 1)
    turn.go(P.INACTIVE)


def _on_cooling_expired(turn: Turn, event: CoolingExpired) -> None:
    """The option to clear anyway is about a warm bed, not about one nobody knows."""
    warm = event.temperature
    if turn.rules.clear_when_expired and warm is not None and warm >= COLDEST:
        _clear_after_cooling(turn)
        return
    reads = "nothing" if warm is None else f"{warm:.1f} °C"
    below = release_temperature(turn.rules, turn.control.loaded)
    turn.block(reasons.cooling_timed_out(turn.now, below, reads))


def _on_bug_found(turn: Turn, event: BugFound) -> None:
    """A run stays open: the next first look at the printer says what it was."""
    turn.block(reasons.bug(turn.now, event.text))


HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    PrinterSeen: _on_printer_seen,
    PrinterLost: _on_printer_lost,
    PrintStarted: _on_print_started,
    PrintPaused: _on_print_paused,
    PrintResumed: _on_print_resumed,
    PrintEnded: _on_print_ended,
    PrinterCalmed: _on_printer_calmed,
    HistoryLinked: _on_history_linked,
    StartAnswered: _on_start_answered,
    ScriptEnded: _on_script_ended,
    BedCooled: _on_bed_cooled,
    CoolingExpired: _on_cooling_expired,
    BugFound: _on_bug_found,
}
