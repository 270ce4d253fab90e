"""Start and stop, as our own calls and CPQ's take them."""

from __future__ import annotations

import time

from ..core.errors import BadRequest
from ..core.events import Activated, Deactivated
from .endpoint import Request
from .params import Boolean, Choice, Number, Param
from .wanted import CLEAR

LONGEST_WAIT = 366 * 24 * 3600.0
"""Seconds to the latest time that a Start may be for."""

START = (
    Param("active", Boolean(), "true: Start. false: stop after the print.", True),
    Param(
        "bed",
        Choice((CLEAR,)),
        "Beside active=true: the sender's word that the bed is clear.",
        nullable=True,
    ),
    Param(
        "at",
        Number(0),
        "Beside active=true: no print begins before this time, which is to come and at"
        " most a year away.",
        nullable=True,
    ),
)
START_PROSE = """\
With `at` the queue is active at once and its next print waits; see
[when it prints](when.md#start-at-a-time). A Stop takes the time back.
"""


def start_or_stop(request: Request) -> Activated | Deactivated:
    """active=true or false; with true perhaps the word that the bed is clear, and when
    to begin."""
    args = request.args
    wanted, at = args["active"], args.get("at")
    bed_clear = args.get("bed") is not None
    if wanted:
        if at is not None:
            _check_start_time(at, time.time())
        return Activated(request.user, bed_clear, at)
    if bed_clear:
        raise BadRequest("bed can only be clear here, and only with active=true.")
    if at is not None:
        raise BadRequest("at is the time of a Start; send it with active=true.")
    return Deactivated(request.user)


def _check_start_time(at: float, now: float) -> None:
    if at <= now:
        raise BadRequest(
            f"at must be a time to come, in seconds since the epoch; it is {now:.0f}"
            " now. Leave it out to begin at once."
        )
    if at > now + LONGEST_WAIT:
        raise BadRequest("at must be within a year; seconds since the epoch, not ms.")
