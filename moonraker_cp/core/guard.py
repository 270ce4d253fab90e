"""Between a decision and its action: neither the printer nor people stand still.

Asked when the decision is stored, and again by whoever has waited since.
"""

from __future__ import annotations

from .decisions import (
    Action,
    CancelPrint,
    EndCooling,
    PausePrint,
    RunHook,
    SendStart,
    SetPower,
    Situation,
)
from .events import Answer, Event, ScriptEnded, StartAnswered
from .hooks import Hook
from .model import Phase

GOES_ANYWAY = (EndCooling, SetPower)
"""What needs no Klipper that is ready."""


def obstacle(action: Action, situation: Situation) -> Event | None:
    """What is reported instead of acting, if somebody was faster; else None."""
    if isinstance(action, SendStart):
        problem = _speaks_against(action, situation)
        if problem:
            return StartAnswered(action.ticket, Answer.NOT_SENT, problem)
        return None
    look = situation.look
    if not look.ready and not isinstance(action, GOES_ANYWAY):
        return ScriptEnded(action.ticket, look.not_ready)
    if look.has_print and not _is_for(action, situation):
        words = f"{look.filename or 'Another print'} is on the printer."
        return ScriptEnded(action.ticket, words)
    return None


def _speaks_against(action: SendStart, situation: Situation) -> str:
    control, run = situation.state.control, situation.state.run
    stands = control.phase is Phase.STARTING and control.ticket == action.ticket
    if run is None or not stands:
        return "The queue has gone on meanwhile."
    if not control.active:
        return "Stop was pressed before it was sent."
    problem = situation.look.idle_problem(calm=True)
    if not problem and situation.look.fingerprint != run.before:
        return "Another print was made meanwhile."
    return problem


def _is_for(action: Action, situation: Situation) -> bool:
    """Whether it is meant for the print that is on the printer."""
    run = situation.state.run
    if run is None:
        return False
    if isinstance(action, (CancelPrint, PausePrint)):
        return situation.look.filename == run.path
    return not isinstance(action, RunHook) or action.hook is Hook.PRINT_STARTED
