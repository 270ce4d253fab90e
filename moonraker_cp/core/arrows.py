"""Every move that an event may make, declared.

Checked at each turn, drawn in the docs and listed by the tests. An event without an
arrow from the present phase changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from .events import (
    Activated,
    Answered,
    BedCooled,
    BedSaid,
    BugFound,
    ClearingAsked,
    CoolingExpired,
    Deactivated,
    Edited,
    HistoryLinked,
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
from .model import Phase

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
        P.COOLING: _START_OR_REST | {P.COOLING, P.BLOCKED},
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
        P.BLOCKED: {P.BLOCKED, P.PRINTING},
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
    # Every phase in which a run is open, or the newest run's part on the bed.
    HistoryLinked: {p: {p} for p in _ALL if p is not P.PREPARING},
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
        P.BLOCKED: {P.BLOCKED, P.INACTIVE},
    },
    BedCooled: {P.COOLING: {P.CLEARING, P.BLOCKED, P.INACTIVE}},
    CoolingExpired: {P.COOLING: {P.CLEARING, P.BLOCKED, P.INACTIVE}},
    BugFound: {p: {P.BLOCKED} for p in _ALL},
}
