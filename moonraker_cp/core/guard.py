"""Between the commit and the action: the printer does not stand still meanwhile."""

from __future__ import annotations

from .decisions import Action, CancelPrint, EndCooling, PausePrint, SendStart, SetPower
from .events import Answer, Event, ScriptEnded, StartAnswered
from .model import Run
from .printer import Look

GOES_ANYWAY = (EndCooling, SetPower)
"""What is right for a printer that has come back, too."""


def obstacle(action: Action, look: Look, run: Run | None, lost: bool) -> Event | None:
    """What is reported instead of acting, if somebody was faster; else None.

    run: the one that is open. lost: the printer went away since the decision, and is
    judged next.
    """
    if isinstance(action, SendStart):
        problem = look.idle_problem(calm=True)
        if run is not None and look.fingerprint != run.before:
            problem = "Another print was made meanwhile."
        if problem:
            return StartAnswered(action.ticket, Answer.REFUSED, problem)
    elif lost and not isinstance(action, GOES_ANYWAY):
        return ScriptEnded(action.ticket, look.not_ready)
    elif look.has_print and (run is None or _is_strangers(look, action, run)):
        words = f"{look.filename or 'Another print'} is on the printer."
        return ScriptEnded(action.ticket, words)
    return None


def _is_strangers(look: Look, action: Action, run: Run) -> bool:
    """Whether what is meant for a print of ours would hit somebody else's."""
    return isinstance(action, (CancelPrint, PausePrint)) and look.filename != run.path
