"""What the first look at the printer means for an open run: a pure table.

Klipper keeps the name and the durations of the newest print until it restarts
itself. A run is known again by its file and by when it began, on the clock that
Klipper and Moonraker share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .model import Run
from .printer import Look, PrintState

SAME_START = 10.0
"""Seconds by which two readings of one print's start may differ: status is sent every
0.25 s, but a small computer that starts Moonraker may read it seconds late."""

START_DELAY = 30.0
"""Seconds within which a start that was sent must have begun, to be taken for
ours when nobody saw it begin."""

TELLING = 1.0
"""Seconds that a print must have lasted for its duration to name it: two runs of
a one-line file may take equally long."""


class Verdict(str, Enum):
    ADOPT = "adopt"  # it is still printing: go on
    COUNT = "count"  # it ended well while nobody looked: count it once
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEVER_WAS = "never_was"  # proven: the start never reached the printer
    ABORTED = "aborted"  # nobody can know


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    why: str


def judge(run: Run, look: Look) -> Judgement:
    """What became of this run, by one look at the printer.

    The first row that fits:

    | Klipper shows | verdict |
    |---|---|
    | the print that was there before the start was sent, unchanged | never was |
    | the same, but too short to tell it from its successor | aborted |
    | same file printing or paused, began when the run began, ready | adopt |
    | same file complete, not longer than the run is old | count |
    | same file cancelled / error | cancelled / failed |
    | same file, but Klipper is stopped | failed |
    | anything else | aborted |
    """
    if _shows_earlier_print(run, look):
        if look.total_duration >= TELLING:
            return Judgement(Verdict.NEVER_WAS, "The start never reached Klipper.")
        return Judgement(Verdict.ABORTED, "the file is too short to be told again.")
    if look.filename != run.path:
        return Judgement(Verdict.ABORTED, _absent(run, look))
    if look.state is PrintState.COMPLETE and _fits_age(run, look):
        return Judgement(Verdict.COUNT, "")
    if look.state is PrintState.ERROR and _fits_age(run, look):
        return Judgement(Verdict.FAILED, look.message)
    if look.state is PrintState.CANCELLED and _fits_age(run, look):
        return Judgement(Verdict.CANCELLED, "")
    if not look.ready:
        return Judgement(Verdict.FAILED, look.not_ready)
    if look.has_print and _same_start(run, look):
        return Judgement(Verdict.ADOPT, "")
    return Judgement(
        Verdict.ABORTED, "the file on the printer was started at another time."
    )


def may_still_begin(run: Run, look: Look) -> bool:
    """Whether the start may be waiting inside Klipper, behind somebody's script.

    Then no look can tell what becomes of it until that script has ended.
    """
    return _is_unseen(run) and look.ready and not look.has_print


def _is_unseen(run: Run) -> bool:
    return not run.accepted and run.start_clock is None


def _shows_earlier_print(run: Run, look: Look) -> bool:
    """Klipper still shows the earlier print: accepting a start wipes it.

    An empty printer proves nothing, for a restart of Klipper leaves the same.
    """
    unseen = _is_unseen(run)
    return unseen and look.has_ended_print and look.fingerprint == run.before


def _same_start(run: Run, look: Look) -> bool:
    if run.start_clock is not None:
        return abs(look.start_clock - run.start_clock) <= SAME_START
    delay = look.start_clock - run.sent_clock
    return -SAME_START <= delay <= START_DELAY


def _fits_age(run: Run, look: Look) -> bool:
    return look.total_duration <= look.clock - run.sent_clock + SAME_START


def _absent(run: Run, look: Look) -> str:
    if not look.ready:
        return look.not_ready or "Klipper is not ready."
    if look.filename:
        return f"Klipper shows {look.filename} instead."
    if _is_unseen(run):
        return "Klipper shows no print."
    return "Klipper was restarted, or its file was reset."
