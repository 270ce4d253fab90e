"""The machine: a situation and an event -> what follows. Pure.

The order of things is in three places: `arrows` declares every move, `people` and
`reports` hold the handlers, and `turn` what they have in common, with the law.
"""

from __future__ import annotations

from .arrows import ARROWS
from .decisions import Decision, Situation
from .errors import Conflict
from .events import Answered, BedSaid, ClearingAsked, Event
from .people import HANDLERS as PEOPLE
from .reports import HANDLERS as REPORTS
from .turn import Turn

HANDLERS = {**PEOPLE, **REPORTS}


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
    HANDLERS[type(event)](turn, event)
    decision = turn.decision()
    after = decision.state.control.phase
    if after not in targets:
        raise UndeclaredMove(f"{type(event).__name__}: {before.value} -> {after.value}")
    return decision


def _is_late(situation: Situation, event: Event) -> bool:
    ticket = getattr(event, "ticket", None)
    return ticket is not None and ticket != situation.state.control.ticket
