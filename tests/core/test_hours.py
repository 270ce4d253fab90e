"""Quiet hours: how they are written, and when a print may begin."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moonraker_cp.core.hours import HORIZON, Hours, Period, next_start, parse_hours

# As rules, so that the tests need no files about zones. The clock jumps at 2:00 and
# back at 3:00; at midnight; by half an hour.
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
AZORES = "<-01>1<+00>,M3.5.0/0,M10.5.0/1"
LORD_HOWE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

H = 3600.0
DAY = 24 * H
NIGHT = Hours(tuple(Period(day, 22 * 60, 31 * 60) for day in range(7)))
WEEK = Hours(tuple(Period(day, 0, 24 * 60) for day in range(7)))


@contextmanager
def zone(name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()


@pytest.fixture
def berlin() -> Iterator[None]:
    with zone(BERLIN):
        yield


def at(text: str, fold: int = 0) -> float:
    """ "2026-11-23 21:30" by the clock on the wall; fold 1: the second time."""
    return datetime.fromisoformat(text).replace(fold=fold).timestamp()


def shown(when: float | None) -> str:
    """What the clock on the wall shows then, with the zone's name."""
    if when is None:
        return "never"
    return time.strftime("%a %d %H:%M %Z", time.localtime(when))


# -- how they are written -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("", []),
        (" , \n", []),
        ("Tue 22:00-07:00", [(1, 1320, 1860)]),
        ("tue 9:05 - 10:00", [(1, 545, 600)]),
        ("Fri 22:00-00:00", [(4, 1320, 1440)]),
        ("Fri 22:00-24:00", [(4, 1320, 1440)]),
        ("Fri 22:00-24:00, FRI 22:00-00:00", [(4, 1320, 1440)]),
        ("Sat, Sun 00:00-24:00", [(5, 0, 1440), (6, 0, 1440)]),
        ("Sat Sun\n00:00-24:00,", [(5, 0, 1440), (6, 0, 1440)]),
        ("Sun-Mon 1:00-2:00", [(0, 60, 120), (6, 60, 120)]),
        ("Wed-Wed 1:00-2:00", [(2, 60, 120)]),
        ("Wed 1:00-2:00\nMon 3:00-4:00", [(0, 180, 240), (2, 60, 120)]),
        ("Mon 3:00-4:00, Mon 1:00-2:00", [(0, 60, 120), (0, 180, 240)]),
        ("Mon - Tue, Sun 3:00-4:00", [(0, 180, 240), (1, 180, 240), (6, 180, 240)]),
    ],
)
def test_how_they_are_written(text: str, quiet: list[tuple[int, int, int]]) -> None:
    assert parse_hours(text).quiet == tuple(Period(*each) for each in quiet)


def test_without_days_it_is_every_day() -> None:
    assert parse_hours("22:00-07:00") == NIGHT
    assert parse_hours("Mon-Sun 22:00-07:00") == NIGHT
    assert parse_hours("Thu-Wed 22:00-07:00") == NIGHT


@pytest.mark.parametrize(
    ("text", "named", "advice"),
    [
        ("22:00", "'22:00'", "as 22:00-07:00"),
        ("22-07", "'22-07'", "Mon, Tue"),
        ("night", "'night'", "Mon, Tue"),
        ("Monday 22:00-07:00", "'Monday'", "Mon, Tue"),
        ("Mon- 22:00-07:00", "'Mon-22:00-07:00'", "as 22:00-07:00"),
        ("Mon-Tue-Wed 22:00-07:00", "'Mon-Tue-Wed'", "Mon, Tue"),
        ("Sat, Sun", "'Sat, Sun'", "Sun 00:00-24:00"),
        ("Fri 22:00-07:00, Sat", "have no time", "Sun 00:00-24:00"),
        ("22:00-7", "'22:00-7'", "as 22:00-07:00"),
        ("22:00-07:00:00", "'22:00-07:00:00'", "as 22:00-07:00"),
        ("22:00-07:00pm", "'22:00-07:00pm'", "as 22:00-07:00"),
        ("22:00–07:00", "'22:00–07:00'", "as 22:00-07:00"),
        ("٢٢:٠٠-٠٧:٠٠", "is not a time", "as 22:00-07:00"),
        ("22:60-07:00", "'22:60-07:00'", "00:00 to 23:59"),
        ("24:00-07:00", "'24:00-07:00'", "00:00 to 23:59"),
        ("22:00-24:01", "'22:00-24:01'", "an end to 24:00"),
        ("22:00-25:00", "'22:00-25:00'", "an end to 24:00"),
        ("07:00-07:00", "'07:00-07:00'", "A whole day is 00:00-24:00"),
        ("Mon 22:00-07:00, 12:00-13:00", "'12:00-13:00'", "Mon-Sun"),
        ("22:00-07:00, Mon 12:00-13:00", "'22:00-07:00'", "Mon-Sun"),
    ],
)
def test_what_is_refused_and_why(text: str, named: str, advice: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_hours(text)
    assert named in str(refused.value)
    assert advice in str(refused.value)


# -- when a print may begin -----------------------------------------------------


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-23 21:59", "Mon 23 21:59 CET"),
        ("2026-11-23 22:00", "Tue 24 07:00 CET"),
        ("2026-11-24 03:00", "Tue 24 07:00 CET"),
        ("2026-11-24 07:00", "Tue 24 07:00 CET"),
    ],
)
def test_a_night(now: str, start: str) -> None:
    assert shown(next_start(NIGHT, at(now), None, False)) == start


@pytest.mark.usefixtures("berlin")
def test_a_time_belongs_to_the_day_on_which_it_begins() -> None:
    hours = parse_hours("Fri 22:00-07:00")
    for now, start in (
        ("2026-11-27 03:00", "Fri 27 03:00 CET"),
        ("2026-11-28 03:00", "Sat 28 07:00 CET"),
        ("2026-11-29 03:00", "Sun 29 03:00 CET"),
    ):
        assert shown(next_start(hours, at(now), None, False)) == start


@pytest.mark.usefixtures("berlin")
def test_times_that_touch_or_overlap_are_one() -> None:
    hours = parse_hours("Mon-Fri 22:00-07:00, Sat, Sun 00:00-24:00, Sun 20:00-06:00")
    now = at("2026-11-27 23:00")
    assert shown(next_start(hours, now, None, False)) == "Mon 30 06:00 CET"
    inner = parse_hours("Mon 08:00-20:00, Mon 09:00-10:00")
    now = at("2026-11-23 09:30")
    assert shown(next_start(inner, now, None, False)) == "Mon 23 20:00 CET"


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("lasts", "keep_clear", "start"),
    [
        (2 * H, True, "Mon 23 20:00 CET"),  # to the second
        (2 * H + 1, True, "Tue 24 07:00 CET"),
        (15 * H, True, "Tue 24 07:00 CET"),
        (15 * H + 1, True, "never"),
        (15 * H + 1, False, "Mon 23 20:00 CET"),
        (None, True, "Mon 23 20:00 CET"),
    ],
)
def test_a_print_that_has_to_end_in_time(
    lasts: float | None, keep_clear: bool, start: str
) -> None:
    now = at("2026-11-23 20:00")
    assert shown(next_start(NIGHT, now, lasts, keep_clear)) == start


@pytest.mark.usefixtures("berlin")
def test_a_long_print_waits_for_the_long_gap() -> None:
    hours = parse_hours("Mon-Thu 22:00-07:00, Fri 22:00-23:00")
    now = at("2026-11-24 12:00")  # from Friday 23:00 to Monday 22:00 are 71 hours
    assert shown(next_start(hours, now, 71 * H, True)) == "Fri 27 23:00 CET"
    assert next_start(hours, now, 71 * H + 1, True) is None


@pytest.mark.usefixtures("berlin")
def test_without_quiet_hours_it_is_always_now() -> None:
    assert next_start(Hours(), 1234.5, None, False) == 1234.5
    assert next_start(Hours(), 1234.5, 1000 * DAY, True) == 1234.5


@pytest.mark.usefixtures("berlin")
def test_a_week_without_a_gap_is_never() -> None:
    assert next_start(WEEK, at("2026-11-23 12:00"), None, False) is None


# -- the two nights a year ------------------------------------------------------


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "now", "start"),
    [
        # Spring: after 01:59 CET comes 03:00 CEST.
        ("22:00-07:00", "2026-03-28 23:00", "Sun 29 07:00 CEST"),
        ("22:00-02:30", "2026-03-28 23:00", "Sun 29 03:00 CEST"),
        ("02:30-04:00", "2026-03-29 01:59", "Sun 29 01:59 CET"),
        ("02:30-04:00", "2026-03-29 03:00", "Sun 29 04:00 CEST"),
        ("02:10-02:50", "2026-03-29 03:00", "Sun 29 03:00 CEST"),
        # Autumn: after 02:59 CEST comes 02:00 CET.
        ("22:00-07:00", "2026-10-24 23:00", "Sun 25 07:00 CET"),
        ("22:00-02:30", "2026-10-24 23:00", "Sun 25 02:30 CET"),
        ("02:30-04:00", "2026-10-25 02:29", "Sun 25 02:29 CEST"),
        ("02:30-04:00", "2026-10-25 02:30", "Sun 25 04:00 CET"),
    ],
)
def test_the_nights_when_the_clock_jumps(text: str, now: str, start: str) -> None:
    assert shown(next_start(parse_hours(text), at(now), None, False)) == start


@pytest.mark.usefixtures("berlin")
def test_a_time_that_has_begun_stays_when_the_clock_goes_back() -> None:
    hours = parse_hours("02:30-04:00")
    now = at("2026-10-25 02:10", fold=1)
    assert shown(now) == "Sun 25 02:10 CET"
    assert shown(next_start(hours, now, None, False)) == "Sun 25 04:00 CET"


@pytest.mark.usefixtures("berlin")
def test_a_night_is_as_long_as_it_is() -> None:
    """Between 00:00 and 07:00 there are six hours in spring and eight in autumn."""
    hours = parse_hours("07:00-24:00")
    spring, autumn = at("2026-03-29 00:00"), at("2026-10-25 00:00")
    assert next_start(hours, spring, 6 * H, True) == spring
    assert next_start(hours, spring, 6 * H + 1, True) == spring + 23 * H
    assert next_start(hours, autumn, 8 * H, True) == autumn
    assert next_start(hours, autumn, 8 * H + 1, True) is None


# -- nothing earlier is allowed -------------------------------------------------

# The two weeks before and after each jump of 2026, with room for what follows.
FIRST_DAYS = {
    BERLIN: ("2026-03-20", "2026-10-16"),
    AZORES: ("2026-03-20", "2026-10-16"),
    LORD_HOWE: ("2026-03-27", "2026-09-25"),
}
SPAN = 45  # days
MINUTE = 60


@cache
def walls(name: str, first_day: str) -> tuple[int, list[datetime], list[datetime]]:
    """In that zone, which has to be set: the first minute of the span, and for each of
    its minutes the latest time that the clock has shown until then, and the earliest
    that it will show from then on."""
    begin = int(at(first_day))
    times = [
        datetime(*time.localtime(begin + each * MINUTE)[:5])
        for each in range(SPAN * 1440)
    ]
    latest, earliest = list(times), list(times)
    for i in range(1, len(times)):
        latest[i] = max(times[i], latest[i - 1])
    for i in reversed(range(len(times) - 1)):
        earliest[i] = min(times[i], earliest[i + 1])
    return begin, latest, earliest


def quiet_minutes(hours: Hours, name: str, first_day: str) -> bytes:
    """For each minute of the span 1 if it is quiet: the clock has already shown the
    begin of a quiet time, and will yet show a time before its end."""
    _, latest, earliest = walls(name, first_day)
    found = bytearray(len(latest))
    monday = datetime.fromisoformat(first_day) - timedelta(days=14)
    monday -= timedelta(days=monday.weekday())
    for week in range(SPAN // 7 + 4):
        for period in hours.quiet:
            day = monday + timedelta(days=7 * week + period.day)
            begin = bisect_left(latest, day + timedelta(minutes=period.begin))
            end = bisect_left(earliest, day + timedelta(minutes=period.end))
            found[begin:end] = b"\1" * max(end - begin, 0)
    return bytes(found)


periods = st.builds(
    lambda day, begin, lasts: Period(day, begin, begin + lasts),
    st.integers(0, 6),
    st.integers(0, 1439) | st.integers(0, 240),
    st.integers(1, 1439) | st.integers(1, 120),
)


@settings(max_examples=100, deadline=None)
@given(
    place=st.sampled_from(
        [(name, day) for name, days in FIRST_DAYS.items() for day in days]
    ),
    quiet=st.frozensets(periods, min_size=1, max_size=12)
    | st.builds(
        lambda one: frozenset(Period(day, one.begin, one.end) for day in range(7)),
        periods,
    ),
    minute=st.integers(0, 11 * 1440),
    second=st.integers(0, 59),
    lasts=st.none() | st.integers(0, 8 * 24 * 3600) | st.integers(0, 24 * 3600),
    keep_clear=st.booleans(),
)
def test_it_is_allowed_and_nothing_earlier_is(
    place: tuple[str, str],
    quiet: frozenset[Period],
    minute: int,
    second: int,
    lasts: float | None,
    keep_clear: bool,
) -> None:
    hours = Hours(tuple(sorted(quiet)))
    with zone(place[0]):
        begin, _, _ = walls(*place)
        minutes = quiet_minutes(hours, *place)
        now = float(begin + minute * MINUTE + second)
        start = next_start(hours, now, lasts, keep_clear)
    needed = lasts if keep_clear and lasts is not None else 0

    def allowed(when: float) -> bool:
        index = int(when - begin) // MINUTE
        if minutes[index]:
            return False
        ends = minutes.find(1, index)
        return ends < 0 or when + needed <= begin + ends * MINUTE

    later = range(begin + (minute + 1) * MINUTE, int(now) + HORIZON * 86400 + 1, MINUTE)
    candidates = (float(each) for each in (now, *later))
    assert start == next((each for each in candidates if allowed(each)), None)
