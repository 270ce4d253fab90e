"""What a queue waits for though the bed is clear and a copy is next. Pure.

Each wait ends by itself: when the hour comes, the right spool is set, the time-lapse is
done. Nobody has to press Start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .conditions import Conditions
from .decisions import Rules, Situation
from .hours import next_start
from .model import Control, Phase, copy_key
from .spools import obstacle
from .strategies import Candidate, next_copy


class Wait(str, Enum):
    START_TIME = "start_time"  # a person said when to begin
    QUIET_HOURS = "quiet_hours"
    MATERIAL = "awaiting_material"
    TIMELAPSE = "timelapse"


@dataclass(frozen=True)
class Hold:
    """until: when it ends, in seconds since the epoch; None when nobody can know."""

    wait: Wait
    text: str
    advice: str
    until: float | None = None


def hold(
    control: Control, rules: Rules, conditions: Conditions, candidate: Candidate
) -> Hold | None:
    """Why this copy is not started now; None when it may be."""
    return (
        _start_time(control, conditions)
        or _quiet(rules, conditions, candidate)
        or _material(control, rules, conditions, candidate)
        or _timelapse(conditions)
    )


def _start_time(control: Control, conditions: Conditions) -> Hold | None:
    if control.not_before <= conditions.now:
        return None
    text = "The queue waits for the time at which it was told to begin."
    advice = "There is nothing to do; press Stop and Start to begin now."
    return Hold(Wait.START_TIME, text, advice, control.not_before)


def _quiet(rules: Rules, conditions: Conditions, candidate: Candidate) -> Hold | None:
    facts = conditions.files.get(candidate.set.path)
    lasts = facts.estimated_time if facts is not None else None
    start = next_start(rules.hours, conditions.now, lasts, rules.ends_before_quiet)
    if start is not None and start <= conditions.now:
        return None
    path = candidate.set.path
    if start is None:
        text = f"{path} does not fit between the quiet hours."
        advice = "Shorten them, or allow prints that last into them."
    else:
        text = f"{path} waits for the end of the quiet hours."
        advice = "There is nothing to do."
    return Hold(Wait.QUIET_HOURS, text, advice, start)


def _material(
    control: Control, rules: Rules, conditions: Conditions, candidate: Candidate
) -> Hold | None:
    if control.anyway == copy_key(candidate.job, candidate.set):
        return None
    missing = obstacle(
        candidate.set,
        conditions.files,
        conditions.spools,
        rules.material_policy,
        rules.material_margin,
    )
    if missing is None:
        return None
    text = f"{candidate.set.path} waits for material. {missing.text}"
    advice = "Load it and say so, print anyway, or skip the file."
    return Hold(Wait.MATERIAL, text, advice)


def _timelapse(conditions: Conditions) -> Hold | None:
    if not conditions.rendering:
        return None
    text = "The time-lapse of the last print is being made."
    return Hold(Wait.TIMELAPSE, text, "There is nothing to do.")


def alarm_at(situation: Situation) -> float | None:
    """The hour that is waited for; None when nothing waits for one."""
    state, now = situation.state, situation.now
    if state.control.phase is not Phase.IDLE or not state.control.active:
        return None
    if not situation.rules.hours.quiet and state.control.not_before <= now:
        return None
    candidate = next_copy(state.jobs, situation.conditions)
    if candidate is None:
        return None
    wait = hold(state.control, situation.rules, situation.conditions, candidate)
    return None if wait is None else wait.until
