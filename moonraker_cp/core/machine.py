"""The one file that knows the order of things.

`decide` takes a situation and an event and says what follows; it is pure.
`ARROWS` declares every move that an event may make. It is checked at each turn,
drawn in the docs and listed by the tests. An event without an arrow from the
present phase changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from . import reasons
from .decisions import BedClearing, Decision, Situation
from .errors import Conflict
from .events import (
    Activated,
    Answer,
    Answered,
    BedCooled,
    BedSaid,
    BugFound,
    ClearingAsked,
    CoolingExpired,
    Deactivated,
    Edited,
    Event,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
)
from .model import BedCause, BedState, Outcome, Phase, Run
from .printer import Look, PrintState
from .questions import events_for, to_skip
from .restart import Verdict, judge
from .turn import Turn

P = Phase
_RUNNING = (P.STARTING, P.PRINTING, P.PAUSED)
_ALL = tuple(P)
# Where a turn may end when nothing runs and the next step is chosen.
_START_OR_REST = {P.PREPARING, P.STARTING, P.IDLE, P.FINISHING}  # bed clear
_NEXT_OR_ASK = _START_OR_REST | {P.COOLING, P.CLEARING, P.BLOCKED}
_AFTER_PRINT = {P.IDLE, P.FINISHING, P.COOLING, P.CLEARING, P.BLOCKED, P.INACTIVE}

Arrows = Mapping[type, Mapping[Phase, "set[Phase]"]]

ARROWS: Arrows = {
    Activated: {
        P.INACTIVE: {P.IDLE, P.PREPARING, P.STARTING, P.BLOCKED},
        P.IDLE: {P.IDLE},
        P.COOLING: _START_OR_REST | {P.COOLING},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.PRINTING, P.PAUSED},
        **{p: {p} for p in (*_RUNNING, P.PREPARING, P.CLEARING, P.FINISHING)},
    },
    Deactivated: {
        **{p: {P.INACTIVE} for p in (P.IDLE, P.PREPARING, P.COOLING)},
        P.BLOCKED: {P.INACTIVE, P.BLOCKED},
        **{p: {p} for p in (*_RUNNING, P.CLEARING, P.FINISHING, P.INACTIVE)},
    },
    BedSaid: {
        P.INACTIVE: {P.INACTIVE},
        P.IDLE: {P.IDLE},
        P.PREPARING: {P.PREPARING, P.BLOCKED},
        P.COOLING: _START_OR_REST | {P.COOLING, P.BLOCKED, P.INACTIVE},
        P.FINISHING: {P.FINISHING},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE},
    },
    ClearingAsked: {
        p: {P.CLEARING, P.COOLING} for p in (P.INACTIVE, P.IDLE, P.BLOCKED)
    },
    Answered: {
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE, P.CLEARING, P.COOLING},
    },
    SkipAsked: {
        **{p: {p} for p in _ALL},
        P.IDLE: {P.IDLE},
        P.PREPARING: _START_OR_REST | {P.BLOCKED},
        P.BLOCKED: {P.BLOCKED, P.IDLE, P.FINISHING},
    },
    Edited: {
        **{p: {p} for p in _ALL},
        P.IDLE: _NEXT_OR_ASK - {P.FINISHING},
        P.PREPARING: _START_OR_REST | {P.BLOCKED},
        P.BLOCKED: {P.BLOCKED, P.IDLE, P.FINISHING},
    },
    PrinterSeen: {
        P.INACTIVE: {P.INACTIVE},
        P.BLOCKED: {P.BLOCKED, P.INACTIVE, P.PRINTING, P.PAUSED},
    },
    PrinterLost: {
        **{p: {P.BLOCKED} for p in _ALL},
        P.INACTIVE: {P.INACTIVE},
        **{p: {P.BLOCKED, P.INACTIVE} for p in (P.COOLING, P.CLEARING, P.FINISHING)},
    },
    PrintStarted: {
        P.INACTIVE: {P.INACTIVE},
        P.STARTING: {P.PRINTING, P.STARTING},
        P.PRINTING: {P.BLOCKED},
        P.PAUSED: {P.BLOCKED},
        P.IDLE: {P.BLOCKED},
        P.PREPARING: {P.BLOCKED},
        P.COOLING: {P.BLOCKED, P.INACTIVE},
        P.CLEARING: {P.CLEARING},
        P.FINISHING: {P.FINISHING},
        P.BLOCKED: {P.BLOCKED},
    },
    PrintPaused: {P.PRINTING: {P.PAUSED}},
    PrintResumed: {P.PAUSED: {P.PRINTING}},
    PrintEnded: {
        P.STARTING: _AFTER_PRINT | {P.STARTING},
        P.PRINTING: _AFTER_PRINT,
        P.PAUSED: _AFTER_PRINT,
        P.BLOCKED: {P.BLOCKED, P.INACTIVE},
        **{p: {p} for p in (P.INACTIVE, P.CLEARING, P.FINISHING)},
    },
    PrinterCalmed: {P.PREPARING: {P.PREPARING, P.STARTING, P.BLOCKED}},
    StartAnswered: {
        P.STARTING: {P.STARTING, P.BLOCKED},
        P.PRINTING: {P.PRINTING},
        P.PAUSED: {P.PAUSED},
    },
    ScriptEnded: {
        P.PREPARING: {P.PREPARING, P.STARTING, P.BLOCKED},
        P.COOLING: {P.BLOCKED},
        P.CLEARING: _START_OR_REST | {P.BLOCKED, P.INACTIVE},
        P.FINISHING: _NEXT_OR_ASK - {P.FINISHING} | {P.INACTIVE},
    },
    BedCooled: {P.COOLING: {P.CLEARING, P.BLOCKED, P.INACTIVE}},
    CoolingExpired: {P.COOLING: {P.BLOCKED}},
    BugFound: {p: {P.BLOCKED} for p in _ALL},
}


class UndeclaredMove(AssertionError):
    """Our own bug: a handler made a move that ARROWS does not declare."""


def decide(situation: Situation, event: Event) -> Decision:
    """What follows from this event.

    Raises QueueError for a request that is refused; nothing changes then.
    """
    before = situation.state.control.phase
    turn = Turn(situation)
    targets = ARROWS[type(event)].get(before)
    if targets is None or _is_late(situation, event):
        if isinstance(event, Answered):
            raise Conflict("This question has been answered already.")
        if isinstance(event, (BedSaid, ClearingAsked)):
            turn.refuse_bed_word_during_print()
            raise Conflict(f"Not now: the queue is {before.value}.")
        return turn.decision()
    _HANDLERS[type(event)](turn, event)
    decision = turn.decision()
    after = decision.state.control.phase
    if after not in targets:
        raise UndeclaredMove(f"{type(event).__name__}: {before.value} -> {after.value}")
    return decision


def _is_late(situation: Situation, event: Event) -> bool:
    ticket = getattr(event, "ticket", None)
    return ticket is not None and ticket != situation.state.control.ticket


# -- people ------------------------------------------------------------------


def _on_activated(turn: Turn, event: Activated) -> None:
    """Start: the table of "what happens at Start" in docs/safety.md."""
    control = turn.control
    if event.bed_clear:
        turn.refuse_bed_word_during_print()
        if control.phase is P.CLEARING:
            raise Conflict("Not now: the queue is clearing the bed.")
    is_start = not control.active or control.phase is P.BLOCKED
    if not control.active:
        turn.update(active=True, active_by=event.user)
    if event.bed_clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
    if control.phase in (P.INACTIVE, P.BLOCKED):
        _start(turn, event.user, is_start)
        return
    if control.reason is not None:
        turn.update(reason=None)  # the bed is being cleared on request; go on then
    if event.bed_clear and control.phase in (P.IDLE, P.COOLING):
        turn.advance()


def _start(turn: Turn, user: str, is_start: bool) -> None:
    if turn.run is not None:
        _ask_about_run(turn)
        return
    if not turn.look.ready:
        if turn.control.reason is None:
            turn.block(reasons.not_ready(turn.now, turn.look.not_ready))
        return
    if turn.look.has_print:
        turn.update(reason=None)
        turn.foreign_print()
        return
    unknown = turn.control.bed.state is BedState.UNKNOWN
    if is_start and (unknown or turn.rules.start_means_bed_clear):
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, f"{user} (by Start)")
    if turn.control.reason is not None:
        turn.update(reason=replace(turn.control.reason, needs_start=False))
    turn.advance()


def _has_bug(turn: Turn) -> bool:
    reason = turn.control.reason
    return reason is not None and reason.code == reasons.BUG


def _ask_about_run(turn: Turn) -> None:
    """Start while blocked and a run is open.

    Either the connection is lost, and PrinterSeen will tell; or a bug of ours
    left the run open, and nothing but a look at the printer can close it.
    """
    if _has_bug(turn) and turn.look.ready:
        turn.update(reason=None)  # a person has looked: answered
        _judge_run(turn)
        _remember_print(turn)


def _on_deactivated(turn: Turn, event: Deactivated) -> None:  # noqa: ARG001
    """Stop: a print that runs goes on and is counted; nothing follows it."""
    turn.update(active=False)
    phase = turn.control.phase
    waits = phase in (P.IDLE, P.PREPARING, P.COOLING, P.BLOCKED)
    if waits and turn.run is None:
        turn.update(ticket=turn.control.ticket + 1)
        turn.go(P.INACTIVE)


def _on_bed_said(turn: Turn, event: BedSaid) -> None:
    turn.refuse_bed_word_during_print()
    phase = turn.control.phase
    if event.clear:
        turn.set_bed(BedState.CLEAR, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.COOLING, P.BLOCKED):
            turn.advance()
        return
    if turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
        if phase in (P.IDLE, P.PREPARING):
            turn.advance()


def _on_clearing_asked(turn: Turn, event: ClearingAsked) -> None:
    turn.refuse_bed_word_during_print()
    if turn.control.bed.state is BedState.CLEAR:
        raise Conflict("The bed is clear already.")
    if turn.rules.bed_clearing is not BedClearing.GCODE:
        raise Conflict("No clearing script is set (option bed_clearing: gcode).")
    problem = turn.look.idle_problem(calm=True)  # the script waits for motion
    if problem:
        raise Conflict(f"The bed cannot be cleared now. {problem}")
    # Whatever lay there before: a foreign bed from here on is a newer print's.
    turn.set_bed(BedState.OCCUPIED, BedCause.PERSON, event.user)
    turn.clear_bed()


def _on_answered(turn: Turn, event: Answered) -> None:
    """All that an answer stands for happens in this one turn, or nothing."""
    for each in events_for(
        turn.state, turn.rules, event.question, event.answer, event.user
    ):
        _HANDLERS[type(each)](turn, each)


def _on_skip_asked(turn: Turn, event: SkipAsked) -> None:
    _on_edited(turn, Edited(to_skip(turn.state), event.user))


def _on_edited(turn: Turn, event: Edited) -> None:
    turn.edit(event.edit)
    control = turn.control
    asks_for_bed = (
        control.phase is P.BLOCKED
        and control.reason is not None
        and control.reason.code == reasons.BED
    )
    if control.phase in (P.IDLE, P.PREPARING) or asks_for_bed:
        turn.advance()


# -- the printer --------------------------------------------------------------


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
        _close_badly(turn, Outcome.FAILURE, event.message)
        turn.block(reasons.lost_print(turn.now, path, event.message))
    elif not _has_bug(turn):
        # The print may go on without us: PrinterSeen tells.
        turn.block(reasons.waiting(turn.now, path, f"{event.message} restarted"))


def _close_badly(turn: Turn, outcome: Outcome, why: str) -> None:
    run = turn.close_run(outcome, why)
    turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")


def _on_printer_seen(turn: Turn, event: PrinterSeen) -> None:
    turn.look = event.look
    if turn.run is not None:
        _judge_run(turn)
    elif event.look.has_print:
        turn.foreign_print(needs_start=True)
    elif event.look.has_ended_print and _is_news(turn):
        name = event.look.filename
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
    elif event.look.cut_off and turn.control.bed.state is not BedState.OCCUPIED:
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, event.look.filename)
    _remember_print(turn)


def _is_news(turn: Turn) -> bool:
    return turn.look.fingerprint != turn.control.last_print


def _remember_print(turn: Turn) -> None:
    if turn.look.has_ended_print:
        turn.update(last_print=turn.look.fingerprint)


def _judge_run(turn: Turn) -> None:
    run, look, now = turn.run, turn.look, turn.now
    assert run is not None
    judgement = judge(run, look)
    verdict, why = judgement.verdict, judgement.why
    if verdict is Verdict.ADOPT:
        _adopt(turn)
        return
    if verdict is Verdict.NEVER_WAS:
        turn.drop_run()
        reason = reasons.restarted(now, "Moonraker")
    elif verdict is Verdict.COUNT:
        _take_figures(turn)
        turn.close_run(Outcome.SUCCESS)
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, f"run {run.id}")
        reason = reasons.finished_away(now, run.path)
    elif verdict is Verdict.FAILED:
        _close_badly(turn, Outcome.FAILURE, why)
        reason = replace(reasons.failed(now, run.path, why), needs_start=True)
    elif verdict is Verdict.CANCELLED:
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
    if _has_bug(turn):
        return  # a restart is no answer: a person has to look first
    paused = turn.look.state is PrintState.PAUSED
    turn.go(P.PAUSED if paused else P.PRINTING)


def _on_print_started(turn: Turn, event: PrintStarted) -> None:
    look, run, phase = event.look, turn.run, turn.control.phase
    if run and run.start_clock is None and look.filename == run.path:
        turn.change_run(accepted=True, started=turn.now, start_clock=look.start_clock)
        # Until it has ended well, what lies there is not for a script to clear.
        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")
        if phase is P.STARTING:
            turn.go(P.PRINTING)
        return
    name = look.filename
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
    _take_figures(turn, event)
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


def _take_figures(turn: Turn, event: PrintEnded | None = None) -> None:
    look = event.look if event else turn.look
    turn.change_run(
        print_duration=look.print_duration,
        total_duration=look.total_duration,
        filament_used=look.filament_used,
    )


def _foreign_ended(turn: Turn, event: PrintEnded) -> None:
    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, event.look.filename)
    reason = turn.control.reason
    if turn.control.phase is P.BLOCKED and reason and reason.code == reasons.FOREIGN:
        ended = reasons.foreign_ended(turn.now, event.look.filename)
        turn.block(replace(ended, needs_start=reason.needs_start))


def _on_printer_calmed(turn: Turn, event: PrinterCalmed) -> None:  # noqa: ARG001
    turn.advance()


# -- our own actions ----------------------------------------------------------


def _on_start_answered(turn: Turn, event: StartAnswered) -> None:
    run = turn.run
    assert run is not None
    if event.answer is Answer.ACCEPTED:
        turn.change_run(accepted=True)
    elif event.answer is Answer.REFUSED and turn.control.phase is P.STARTING:
        turn.close_run(Outcome.FAILURE, event.message)
        if turn.look.has_print:
            turn.foreign_print()
        turn.block(reasons.refused(turn.now, run.path, event.message))


def _on_script_ended(turn: Turn, event: ScriptEnded) -> None:
    phase = turn.control.phase
    if event.error is not None:  # told even when Stop came while it ran
        turn.block(reasons.script_failed(turn.now, phase.value, event.error))
        return
    foreign = turn.control.bed.cause is BedCause.FOREIGN or turn.look.has_print
    if phase is P.CLEARING and not foreign:
        turn.set_bed(BedState.CLEAR, BedCause.SCRIPT, "bed clearing")
    turn.advance(calm=True, prepared=phase is P.PREPARING)


def _on_bed_cooled(turn: Turn, event: BedCooled) -> None:  # noqa: ARG001
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
    warm = event.temperature
    reads = "nothing" if warm is None else f"{warm:.1f} °C"
    below = turn.rules.release_temperature
    turn.block(reasons.cooling_timed_out(turn.now, below, reads))


def _on_bug_found(turn: Turn, event: BugFound) -> None:
    """A run stays open: the next first look at the printer says what it was."""
    turn.block(reasons.bug(turn.now, event.text))


_HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    Activated: _on_activated,
    Deactivated: _on_deactivated,
    BedSaid: _on_bed_said,
    ClearingAsked: _on_clearing_asked,
    Answered: _on_answered,
    SkipAsked: _on_skip_asked,
    Edited: _on_edited,
    PrinterSeen: _on_printer_seen,
    PrinterLost: _on_printer_lost,
    PrintStarted: _on_print_started,
    PrintPaused: _on_print_paused,
    PrintResumed: _on_print_resumed,
    PrintEnded: _on_print_ended,
    PrinterCalmed: _on_printer_calmed,
    StartAnswered: _on_start_answered,
    ScriptEnded: _on_script_ended,
    BedCooled: _on_bed_cooled,
    CoolingExpired: _on_cooling_expired,
    BugFound: _on_bug_found,
}
