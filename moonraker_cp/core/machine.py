"""The machine: a situation and an event -> what follows. Pure.

`arrows` declares every move; `people`, `reports` and `own_actions` hold the handlers;
`steps` knows what comes next; `turn` is what they have in common, with the law.
"""

from __future__ import annotations

from .arrows import ARROWS
from .bad_ends import HANDLERS as BAD_ENDS
from .decisions import Decision, Situation
from .errors import Conflict
from .events import (
    Answered,
    BedSaid,
    ClearingAsked,
    CopyRecalled,
    Event,
    FailureReported,
    PrintAnyway,
    ScriptAsked,
)
from .model import Phase
from .own_actions import HANDLERS as OWN_ACTIONS
from .people import HANDLERS as PEOPLE
from .reports import HANDLERS as REPORTS
from .turn import Turn

WORDS_OF_PEOPLE = (
    *(BedSaid, ClearingAsked, ScriptAsked),
    *(CopyRecalled, PrintAnyway, FailureReported),
)
"""Whoever says one of these at the wrong moment has to be told."""

HANDLERS = {**PEOPLE, **REPORTS, **BAD_ENDS, **OWN_ACTIONS}


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
        if isinstance(event, WORDS_OF_PEOPLE):
            raise Conflict(_not_now(before))
        return turn.decision()
    HANDLERS[type(event)](turn, event)
    decision = turn.decision()
    after = decision.state.control.phase
    if after not in targets:
        raise UndeclaredMove(f"{type(event).__name__}: {before.value} -> {after.value}")
    return decision


def _not_now(phase: Phase) -> str:
    doing = "running a script" if phase is Phase.SCRIPT else phase.value
    return f"Not now: the queue is {doing}."


def _is_late(situation: Situation, event: Event) -> bool:
    ticket = getattr(event, "ticket", None)
    return ticket is not None and ticket != situation.state.control.ticket
