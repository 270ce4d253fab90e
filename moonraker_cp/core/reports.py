"""What the printer, and those who watch it, report: a handler for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .bad_ends import end_badly, with_earlier
from .decisions import Link, ScriptKind, Video
from .events import (
    HistoryLinked,
    Loss,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    VideoMade,
)
from .hooks import MOMENTARY, REPEATABLE, Hook
from .model import BedCause, BedState, Outcome, Phase, Reason, Run
from .printer import UNNOTICED, Look, PrintState
from .restart import Verdict, judge, may_still_begin
from .steps import (
    advance,
    foreign_print,
    stop_cooling,
    tell_foreign,
)
from .turn import Turn

P = Phase


def has_bug(turn: Turn) -> bool:
    reason = turn.control.reason
    return reason is not None and reason.code == reasons.BUG


def _on_printer_lost(turn: Turn, event: PrinterLost) -> None:
    turn.drop_due(*MOMENTARY)
    if not event.restarted and not turn.control.powered_off:
        _doubt_sweep(turn)
    control = turn.control
    if turn.run is not None:
        _lose_print(turn, event)
    elif control.phase is P.IDLE and control.powered_off and not event.restarted:
        turn.news = True  # we turned it off ourselves
    elif control.reason is not None and control.reason.code != reasons.BED:
        _keep_reason(turn, control.reason, event)
    elif control.active:
        _lose_printer(turn, event)
    else:
        turn.update(ticket=control.ticket + 1)
        turn.go(P.INACTIVE)


def _doubt_sweep(turn: Turn) -> None:
    """A script that has just ended may have moved nothing: Klipper sends to a
    micro-controller that is dead for some seconds before it notices; and a person who
    has noticed restarts it before that."""
    bed = turn.control.bed
    by_script = bed.state is BedState.CLEAR and bed.cause is BedCause.SCRIPT
    # By a clock that has run for less, the computer has booted since.
    ago = turn.clock - bed.clock if turn.clock >= bed.clock else turn.clock
    if by_script and ago <= UNNOTICED:
        counted = turn.control.counted_set is not None
        cause = BedCause.OWN_OLD if counted else BedCause.OWN_BAD
        turn.set_bed(BedState.OCCUPIED, cause, bed.by)


def _keep_reason(turn: Turn, reason: Reason, event: PrinterLost) -> None:
    """It is unanswered still; but now a person has to press Start, too."""
    powers = reason.code == reasons.POWERING
    if powers and event.kind is Loss.SHUTDOWN:
        turn.block(reasons.lost(turn.now, event.message))
        return
    if powers and not event.restarted:
        return  # a printer that comes up may come and go
    doubt = _with_doubt(turn, reason, event)
    if doubt is not None:
        reason = doubt
    elif not reason.needs_start:
        advice = reasons.CLEAR_AND_START
        reason = replace(reason, advice=advice, needs_start=True)
    if turn.control.phase is P.BLOCKED:
        turn.update(reason=reason)
    elif turn.control.active or turn.control.phase is P.SCRIPT:
        turn.block(reason)
    else:
        turn.update(ticket=turn.control.ticket + 1)
        turn.go(P.INACTIVE)


def _lose_printer(turn: Turn, event: PrinterLost) -> None:
    if event.kind is Loss.SHUTDOWN:
        reason = reasons.lost(turn.now, event.message)
    else:
        reason = reasons.restarted(turn.now, event.message)
    turn.block(_with_doubt(turn, reason, event) or reason)


def _with_doubt(turn: Turn, reason: Reason, event: PrinterLost) -> Reason | None:
    """Of a script that was out, with what else is to be told; None: none was."""
    hook = turn.control.hook
    if hook is None or hook not in REPEATABLE or turn.control.phase is P.BLOCKED:
        return None
    doubt = reasons.script_in_doubt(turn.now, hook.value, event.message)
    if reason.code == reasons.RESTARTED:
        return doubt
    return replace(doubt, text=f"{reason.text} {doubt.text}")


def _lose_print(turn: Turn, event: PrinterLost) -> None:
    assert turn.run is not None
    path = turn.run.path
    if event.kind is Loss.SHUTDOWN:
        if turn.look.filename == path:
            _take_figures(turn, turn.look)
        _close_badly(turn, Outcome.FAILURE, event.message)
        lost = reasons.lost_print(turn.now, path, event.message)
        turn.block(with_earlier(turn, lost))
    elif not has_bug(turn):
        # The print may go on without us: PrinterSeen tells.
        turn.block(reasons.waiting(turn.now, path, f"{event.message} went away"))


def _close_badly(turn: Turn, outcome: Outcome, why: str) -> None:
    run = turn.close_run(outcome, why)
    turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")


def _on_printer_seen(turn: Turn, event: PrinterSeen) -> None:
    turn.look = event.look
    turn.news = True  # what is waited for is another thing now
    turn.update(powered_off=False)
    if turn.run is not None:
        see_open_run(turn)
    elif event.look.has_print:
        foreign_print(turn, needs_start=True)
    elif event.look.has_ended_print and _is_news(turn):
        name = event.look.filename
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
    elif event.look.cut_off and turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, event.look.filename)
    elif _was_powered_on(turn):
        turn.update(reason=None)
        advance(turn)
    remember_print(turn)


def _was_powered_on(turn: Turn) -> bool:
    reason = turn.control.reason
    if reason is None or reason.code != reasons.POWERING or reason.needs_start:
        return False
    return turn.control.active and turn.look.ready


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
    if run.trouble and verdict in (Verdict.COUNT, Verdict.CANCELLED):
        verdict, why = Verdict.FAILED, run.trouble
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
        foreign_print(turn, needs_start=True)
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
    in_doubt = turn.control.hook is Hook.PRINT_STARTED
    paused = turn.look.state is PrintState.PAUSED
    turn.go(P.PAUSED if paused else P.PRINTING)
    turn.update(hook=None)
    if in_doubt:
        name = Hook.PRINT_STARTED.value
        doubt = reasons.script_in_doubt(turn.now, name, "The connection")
        tell_after_print(turn, doubt)
    else:
        _tell_what_was_noted(turn)


def tell_after_print(turn: Turn, reason: Reason) -> None:
    """Asked about when the print has ended; a restart does not make it forgotten."""
    turn.change_run(reason=reason.text)
    turn.update(reason=with_earlier(turn, reason))


def _tell_what_was_noted(turn: Turn) -> None:
    assert turn.run is not None
    path, trouble = turn.run.path, turn.run.trouble
    if trouble:
        turn.update(reason=reasons.reported(turn.now, path, "", trouble))
    elif turn.run.reason:
        turn.update(reason=reasons.noted(turn.now, turn.run.reason))


def _on_print_started(turn: Turn, event: PrintStarted) -> None:
    look, run, phase = event.look, turn.run, turn.control.phase
    if run and run.start_clock is None and look.filename == run.path:
        turn.change_run(accepted=True, started=turn.now, start_clock=look.start_clock)
        # Until it has ended well, what lies there is not for a script to clear.
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")
        if phase is P.STARTING or waits_for_run(turn):
            turn.go(P.PRINTING)
            if phase is P.STARTING and turn.has_scripts(Hook.PRINT_STARTED):
                turn.run_hook(Hook.PRINT_STARTED, P.PRINTING)
        return
    name = look.filename
    turn.news = True  # the bed may have been a stranger's already
    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
    if phase in (P.STARTING, P.CLEARING, P.FINISHING, P.SCRIPT):
        return  # the answer that is still out says what becomes of it
    if run is not None:
        turn.close_run(Outcome.ABORTED, f"{name} was started in its place")
        tell_foreign(turn, name)
    elif turn.control.active:
        tell_foreign(turn, name)
    elif phase is P.COOLING:
        stop_cooling(turn)


def waits_for_run(turn: Turn) -> bool:
    reason = turn.control.reason
    return reason is not None and reason.code == reasons.WAITING


def _on_print_paused(turn: Turn, event: PrintPaused) -> None:  # noqa: ARG001
    turn.go(P.PAUSED)


def _on_print_resumed(turn: Turn, event: PrintResumed) -> None:  # noqa: ARG001
    """Whoever resumes a print that was said to fail, has looked at it."""
    reason = turn.control.reason
    if reason is not None and reason.code == reasons.REPORTED:
        turn.update(reason=None)
        turn.change_run(trouble="")
        _tell_what_was_noted(turn)
    turn.go(P.PRINTING)


def _on_print_ended(turn: Turn, event: PrintEnded) -> None:
    turn.update(last_print=event.look.fingerprint)
    run = turn.run
    if run is None or not _is_end_of(run, event.look, turn.control.phase):
        _foreign_ended(turn, event)
        return
    _take_figures(turn, event.look)
    run = turn.run or run
    if turn.control.phase is P.BLOCKED:
        _ended_while_blocked(turn, run, event)
    elif run.trouble:
        end_badly(turn, Outcome.FAILURE, run.trouble)
    elif event.outcome is Outcome.SUCCESS:
        turn.close_run(Outcome.SUCCESS)
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, f"run {run.id}")
        turn.note_due(Hook.PRINT_SUCCEEDED)
        advance(turn)
    else:
        end_badly(turn, event.outcome, event.message)


def _ended_while_blocked(turn: Turn, run: Run, event: PrintEnded) -> None:
    """A person has to press Start in any case: no hook, and no policy."""
    turn.drop_due(*MOMENTARY)
    outcome, words = event.outcome, event.message
    if run.trouble:
        outcome, words = Outcome.FAILURE, run.trouble
    if outcome is Outcome.SUCCESS:
        turn.close_run(Outcome.SUCCESS)
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, f"run {run.id}")
        advance(turn)
        return
    _close_badly(turn, outcome, words)
    if outcome is Outcome.CANCELLED:
        turn.update(active=False)
        turn.block(reasons.cancelled(turn.now, run.path))
    else:
        turn.block(reasons.failed(turn.now, run.path, words))


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


def _on_video_made(turn: Turn, event: VideoMade) -> None:
    """Of the newest run of that file that had begun: it may be open still."""
    run = turn.run
    named = run is not None and run.path.rpartition("/")[2] == event.name
    if run is not None and named and run.opened <= event.began:
        turn.change_run(video=event.video)
    else:
        turn.video = Video(event.name, event.video, event.began)


HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    PrinterSeen: _on_printer_seen,
    PrinterLost: _on_printer_lost,
    PrintStarted: _on_print_started,
    PrintPaused: _on_print_paused,
    PrintResumed: _on_print_resumed,
    PrintEnded: _on_print_ended,
    HistoryLinked: _on_history_linked,
    VideoMade: _on_video_made,
}
