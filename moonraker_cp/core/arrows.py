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
    BedVerified,
    BugFound,
    ClearingAsked,
    CoolingExpired,
    CopyRecalled,
    Deactivated,
    Edited,
    FailureReported,
    HistoryLinked,
    PowerOffDue,
    PrintAnyway,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptAsked,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
    VideoMade,
    WaitMayEnd,
)
from .model import Phase

P = Phase
_RUNNING = (P.STARTING, P.PRINTING, P.PAUSED)
_SCRIPTS = (P.CLEARING, P.FINISHING, P.SCRIPT)  # one of a person's runs
_ALL = tuple(P)
# Where a turn may end when nothing runs and the next step is chosen.
_START = {P.PREPARING, P.STARTING, P.SCRIPT}  # bed clear, and a copy is next
_START_OR_REST = _START | {P.IDLE, P.FINISHING}  # bed clear
_NEXT_OR_ASK = _START_OR_REST | {P.COOLING, P.CLEARING, P.BLOCKED}
_WAIT_MAY_END = _START | {P.IDLE, P.BLOCKED}  # idle, with a copy that had to wait
_AFTER_PRINT = {
    *(P.IDLE, P.FINISHING, P.COOLING, P.CLEARING),
    *(P.SCRIPT, P.BLOCKED, P.INACTIVE),
}

Arrows = Mapping[type, Mapping[Phase, "set[Phase]"]]

ARROWS: Arrows = {
    Activated: {
        P.INACTIVE: _START | {P.IDLE, P.BLOCKED},
        P.IDLE: _WAIT_MAY_END,
        P.COOLING: _START_OR_REST | {P.COOLING, P.BLOCKED},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.PRINTING, P.PAUSED},
        **{p: {p} for p in (*_RUNNING, *_SCRIPTS, P.PREPARING)},
    },
    Deactivated: {
        **{p: {P.INACTIVE, P.SCRIPT} for p in (P.IDLE, P.PREPARING, P.COOLING)},
        P.BLOCKED: {P.INACTIVE, P.SCRIPT, P.BLOCKED},
        **{p: {p} for p in (*_RUNNING, *_SCRIPTS, P.INACTIVE)},
    },
    BedSaid: {
        P.INACTIVE: {P.INACTIVE},
        P.IDLE: _WAIT_MAY_END,
        P.PREPARING: {P.PREPARING, P.BLOCKED, P.IDLE},
        P.COOLING: _START_OR_REST | {P.COOLING, P.BLOCKED, P.INACTIVE},
        P.FINISHING: {P.FINISHING},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE},
    },
    ClearingAsked: {
        p: {P.CLEARING, P.COOLING, P.SCRIPT} for p in (P.INACTIVE, P.IDLE, P.BLOCKED)
    },
    Answered: {
        P.IDLE: _WAIT_MAY_END | {P.FINISHING, P.INACTIVE},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE, P.CLEARING, P.COOLING},
    },
    ScriptAsked: {P.BLOCKED: _START_OR_REST | {P.BLOCKED}},
    CopyRecalled: {
        **{p: {p} for p in (*_SCRIPTS, P.INACTIVE, P.PREPARING, P.COOLING, P.BLOCKED)},
        P.IDLE: _NEXT_OR_ASK - {P.FINISHING},
    },
    PrintAnyway: {P.IDLE: _WAIT_MAY_END},
    FailureReported: {P.PRINTING: {P.PRINTING}, P.PAUSED: {P.PAUSED}},
    SkipAsked: {
        **{p: {p} for p in _ALL},
        P.IDLE: _START_OR_REST | {P.BLOCKED},
        P.PREPARING: _START_OR_REST | {P.BLOCKED},
        P.BLOCKED: {P.BLOCKED, P.IDLE, P.FINISHING},
    },
    Edited: {
        **{p: {p} for p in _ALL},
        P.IDLE: _NEXT_OR_ASK,
        P.PREPARING: _START_OR_REST | {P.BLOCKED},
        P.BLOCKED: {P.BLOCKED, P.IDLE, P.FINISHING},
    },
    PrinterSeen: {
        P.INACTIVE: {P.INACTIVE},
        P.IDLE: {P.IDLE, P.BLOCKED},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE, P.PRINTING, P.PAUSED},
    },
    PrinterLost: {
        **{p: {P.BLOCKED} for p in _ALL},
        P.INACTIVE: {P.INACTIVE},
        P.IDLE: {P.BLOCKED, P.IDLE},
        **{p: {P.BLOCKED, P.INACTIVE} for p in (*_SCRIPTS, P.COOLING)},
    },
    PrintStarted: {
        P.INACTIVE: {P.INACTIVE},
        P.STARTING: {P.PRINTING, P.STARTING},
        P.PRINTING: {P.BLOCKED},
        P.PAUSED: {P.BLOCKED},
        P.IDLE: {P.BLOCKED},
        P.PREPARING: {P.BLOCKED},
        P.COOLING: {P.BLOCKED, P.INACTIVE},
        **{p: {p} for p in _SCRIPTS},
        P.BLOCKED: {P.BLOCKED, P.PRINTING},
    },
    PrintPaused: {P.PRINTING: {P.PAUSED}},
    PrintResumed: {P.PAUSED: {P.PRINTING}},
    PrintEnded: {
        P.STARTING: _AFTER_PRINT | {P.STARTING},
        P.PRINTING: _AFTER_PRINT,
        P.PAUSED: _AFTER_PRINT,
        P.BLOCKED: {P.BLOCKED, P.INACTIVE},
        **{p: {p} for p in (*_SCRIPTS, P.INACTIVE)},
    },
    PrinterCalmed: {P.PREPARING: _WAIT_MAY_END},
    # Every phase in which a run is open, or the newest run's part on the bed.
    HistoryLinked: {p: {p} for p in _ALL if p is not P.PREPARING},
    StartAnswered: {
        P.STARTING: {P.STARTING, P.BLOCKED, P.INACTIVE, P.SCRIPT},
        P.PRINTING: {P.PRINTING},
        P.PAUSED: {P.PAUSED},
    },
    ScriptEnded: {
        P.IDLE: {P.IDLE},
        P.PREPARING: _WAIT_MAY_END,
        P.PRINTING: {P.PRINTING},
        P.PAUSED: {P.PAUSED},
        P.COOLING: {P.BLOCKED},
        P.CLEARING: _START_OR_REST | {P.CLEARING, P.BLOCKED, P.INACTIVE},
        P.FINISHING: _NEXT_OR_ASK - {P.FINISHING} | {P.INACTIVE},
        P.SCRIPT: _NEXT_OR_ASK | {P.INACTIVE},
        P.BLOCKED: _START_OR_REST | {P.BLOCKED, P.INACTIVE},
    },
    BedVerified: {P.CLEARING: _START_OR_REST | {P.BLOCKED, P.INACTIVE}},
    BedCooled: {P.COOLING: {P.CLEARING, P.BLOCKED, P.INACTIVE}},
    CoolingExpired: {P.COOLING: {P.CLEARING, P.BLOCKED, P.INACTIVE}},
    WaitMayEnd: {P.IDLE: _WAIT_MAY_END},
    PowerOffDue: {P.IDLE: {P.IDLE}},
    VideoMade: {p: {p} for p in _ALL},
    BugFound: {p: {P.BLOCKED} for p in _ALL},
}
