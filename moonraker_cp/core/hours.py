"""Quiet hours: when no print may begin, and the next time when one may. Pure.

Times are the clock on the wall: the computer's local time, changes to and from
daylight saving time included. A quiet time that begins or ends at a time which the
clock skips that night does so when it skips it; of an hour that comes twice, the first
time counts for a begin and the second one for an end, so that the night is quiet
throughout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
"""Minutes."""

HORIZON = 14
"""Days from now in which a print has to begin, or it never does."""

TIMES = re.compile("([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
ADVICE = (
    "Write a quiet time as 22:00-07:00, with its days in front if it is not for every"
    " day: Mon-Fri 22:00-07:00, Sat, Sun 00:00-24:00."
)


@dataclass(frozen=True, order=True)
class Period:
    """A quiet time of every week. It belongs to the day on which it begins.

    day: 0 is Monday. begin, end: minutes since that day's midnight; an end over 1440
    is on the next day.
    """

    day: int
    begin: int
    end: int


@dataclass(frozen=True)
class Hours:
    """The quiet times of a week, each once, in order; none: always allowed."""

    quiet: tuple[Period, ...] = ()


def parse_hours(text: str) -> Hours:
    """Quiet times, with commas or line breaks between them: `[days] HH:MM-HH:MM`.

    A day has three letters, several days are a range with a dash or a list; they
    belong to the time that follows. No days: every day; but not beside a time that has
    some, which others would read as its days too. Raises ValueError with advice.
    """
    found: set[Period] = set()
    daily: list[str] = []
    named: list[str] = []
    days: list[int] = []
    for word in re.sub(r"\s*-\s*", "-", text).replace(",", " ").split():
        if ":" not in word:
            days += _days(word)
            continue
        begin, end = _times(word)
        (named if days else daily).append(word)
        found |= {Period(day, begin, end) for day in days or range(len(DAYS))}
        days = []
    if days:
        raise ValueError(f"The last days of {text.strip()!r} have no time. {ADVICE}")
    if named and daily:
        raise ValueError(
            f"{daily[0]!r} has no days, but {named[0]!r} has some. Write the days of"
            " each; for every day, Mon-Sun."
        )
    return Hours(tuple(sorted(found)))


def _days(word: str) -> list[int]:
    """ "Fri-Mon" is Friday, Saturday, Sunday and Monday."""
    first, dash, last = word.casefold().partition("-")
    if not dash:
        last = first
    if first not in DAYS or last not in DAYS:
        names = ", ".join(day.capitalize() for day in DAYS)
        raise ValueError(f"{word!r} is not a day ({names}). {ADVICE}")
    begin = DAYS.index(first)
    count = (DAYS.index(last) - begin) % len(DAYS) + 1
    return [(begin + more) % len(DAYS) for more in range(count)]


def _times(word: str) -> tuple[int, int]:
    """Begin and end in minutes, the end behind the begin."""
    match = TIMES.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is not a time of the day. {ADVICE}")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) >= 60 or begin >= DAY or end > DAY:
        raise ValueError(
            f"{word!r} has a time that no clock shows: they go from 00:00 to 23:59, an"
            " end to 24:00."
        )
    if begin == end:
        raise ValueError(
            f"{word!r} ends when it begins. A whole day is 00:00-24:00; for no quiet"
            " time, leave it out."
        )
    return begin, end if end > begin else end + DAY


def next_start(
    hours: Hours, now: float, lasts: float | None, keep_clear: bool
) -> float | None:
    """The earliest time from `now` on at which a print may begin.

    Both in seconds since the epoch; None: not within HORIZON days, so that it would
    wait for ever. keep_clear: a print of `lasts` seconds has to end before the next
    quiet time begins; one of which nobody knows how long it lasts need not.
    """
    needed = lasts if keep_clear and lasts is not None else 0.0
    start = now
    for begin, end in _quiet_times(hours, now):
        if start < begin and start + needed <= begin:
            break
        start = max(start, end)
    return start if start <= now + HORIZON * DAY * 60 else None


def free_until(hours: Hours, now: float) -> float:
    """When the next quiet time after `now` begins, which is in none itself."""
    begins = (begin for begin, _ in _quiet_times(hours, now) if begin > now)
    return next(begins, math.inf)


def _quiet_times(hours: Hours, now: float) -> Iterator[tuple[float, float]]:
    """Begin and end of each, from yesterday's on, by their begins.

    A gap between them may begin at the horizon, so they have to go on beyond it until
    each has come back, even if the clock skips it once.
    """
    today = datetime.fromtimestamp(now).date()
    for more in range(-1, 2 * HORIZON + 1):
        day = today + timedelta(days=more)
        for period in hours.quiet:
            if period.day == day.weekday():
                begin = _moment(day, period.begin, last=False)
                end = _moment(day, period.end, last=True)
                if begin < end:  # else the clock skipped all of it
                    yield begin, end


def _moment(day: date, minutes: int, *, last: bool) -> float:
    """When the clock shows that time; last: for the last time, if it does so twice."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    early, late = sorted((wall.timestamp(), wall.replace(fold=1).timestamp()))
    if datetime.fromtimestamp(early) == wall:
        return late if last else early
    # The clock skips that time: the first minute at which it is past it.
    each = range(int(early), int(late) + 60, 60)
    return next(float(one) for one in each if datetime.fromtimestamp(one) > wall)
