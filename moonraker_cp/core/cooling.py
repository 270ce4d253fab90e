"""Cooling: how cold the bed has to get, how far it is, and when it will be. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from .decisions import Rules, Situation
from .model import Control, Materials, Phase

Sample = tuple[float, float]
"""A reading of the bed's sensor: host clock in seconds, °C."""

COLDEST = -30.0
"""°C: no bed is colder. A sensor whose wire is broken reads far less."""

LINE = 60.0
"""Seconds whose readings tell how fast the bed cools at present."""

LEAST_SPAN = 10.0
LEAST_FALL = 0.5
"""Seconds and °C between two readings that tell more than the sensor's noise."""


@dataclass(frozen=True)
class Progress:
    """Temperatures in °C, times in seconds since the epoch.

    temperature: as it is now; None when it is not known. expected: when the target
    is reached; None when nobody can know.
    """

    target: float
    temperature: float | None
    since: float
    limit_at: float
    expected: float | None


def release_temperature(rules: Rules, loaded: Materials) -> float:
    """°C at which a part of these materials lets go; 0: it need not cool.

    Of several materials the one that needs the coldest bed counts.
    """
    said = dict(rules.release_temperatures)
    default = rules.release_temperature
    each = [said.get(_kind(one), default) for one in loaded if one] or [default]
    return min((one for one in each if one > 0), default=0.0)


def release_of(rules: Rules, control: Control) -> float:
    """The same for the newest print, as it was when that began; its set may have
    said it."""
    if control.release is not None:
        return control.release
    return release_temperature(rules, control.loaded)


def _kind(material: str) -> str:
    """The type, as `Rules.release_temperatures` names it: "PLA_red" is "pla"."""
    return material.split("_", 1)[0].strip().casefold()


def is_cold(temperature: float | None, below: float) -> bool:
    """A temperature that is not known, or cannot be, is not cold."""
    return temperature is not None and COLDEST <= temperature <= below


def progress(situation: Situation) -> Progress | None:
    """None when the bed is not being cooled."""
    control, rules = situation.state.control, situation.rules
    if control.phase is not Phase.COOLING:
        return None
    expected = None
    if situation.cold_at is not None:
        expected = situation.now + max(situation.cold_at - situation.clock, 0.0)
    return Progress(
        release_of(rules, control),
        situation.look.bed_temperature,
        control.phase_since,
        control.phase_since + rules.cooling_limit,
        expected,
    )


def cold_at(samples: Sequence[Sample], below: float) -> float | None:
    """The clock at which a bed that cools like this reads `below`; None: not known.

    samples: oldest first. By the curve of cooling, once it bends more than the
    sensor's noise; before that by a straight line through the last minute.
    """
    if not samples:
        return None
    (start, first), (end, last) = samples[0], samples[-1]
    if last <= below:
        return end
    half = (end - start) / 2
    middle = _reading(samples, start + half)
    if half * 2 >= LINE and last < middle and first - 2 * middle + last >= LEAST_FALL:
        left = _left_on_curve(first - middle, middle - last, last - below)
        return None if left is None else end + left * half
    return _on_line(samples, below)


def _left_on_curve(earlier: float, later: float, to_go: float) -> float | None:
    """How many more of two equal spans it takes, in which it fell by so much.

    What it falls shrinks from span to span by the same ratio, so that all falls to
    come have a sum: if that is less than what is to go, it never gets there.
    """
    ratio = later / earlier
    falls_to_come = later * ratio / (1 - ratio)
    if falls_to_come <= to_go:
        return None
    return math.log(1 - to_go / falls_to_come) / math.log(ratio)


def _on_line(samples: Sequence[Sample], below: float) -> float | None:
    end, last = samples[-1]
    start, first = samples[bisect_left(samples, (end - LINE, -math.inf))]
    if end - start < LEAST_SPAN or first - last < LEAST_FALL:
        return None
    return end + (last - below) * (end - start) / (first - last)


def _reading(samples: Sequence[Sample], clock: float) -> float:
    """At that time, between the two nearest readings."""
    after = bisect_left(samples, (clock, -math.inf))
    (start, one), (end, other) = samples[max(after - 1, 0)], samples[after]
    if end <= start:
        return other
    return one + (other - one) * (clock - start) / (end - start)
