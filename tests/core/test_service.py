"""When plates and maintenance are due, and that nothing is forgotten meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core.model import Outcome, Run
from moonraker_cp.core.service import Due, Service, after, done, due

RUN = Run(
    id=1,
    job_id=1,
    set_id=1,
    job_name="",
    path="a.gcode",
    pass_index=0,
    user="",
    opened=0.0,
    sent_clock=0.0,
    print_duration=1800.0,
)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_run_counts_however_it_ended(outcome: Outcome) -> None:
    closed = replace(RUN, outcome=outcome)
    assert after(closed, Service(4, 60.0)) == Service(5, 1860.0)


def test_an_open_run_does_not_count_yet() -> None:
    assert after(RUN, Service(4, 60.0)) == Service(4, 60.0)


def test_what_klipper_says_never_takes_time_back() -> None:
    closed = replace(RUN, outcome=Outcome.FAILURE, print_duration=-5.0)
    assert after(closed, Service(0, 60.0)).seconds == 60.0


@pytest.mark.parametrize(
    ("service", "pause_after", "hours", "what"),
    [
        (Service(99, 1e9), 0, 0.0, None),
        (Service(4, 0.0), 5, 0.0, None),
        (Service(5, 0.0), 5, 0.0, Due.PLATE_STACK),
        (Service(6, 0.0), 5, 0.0, Due.PLATE_STACK),
        (Service(0, 7199.0), 0, 2.0, None),
        (Service(0, 7200.0), 0, 2.0, Due.MAINTENANCE),
        (Service(0, 1800.0), 0, 0.5, Due.MAINTENANCE),
        (Service(5, 7200.0), 5, 2.0, Due.PLATE_STACK),
        (Service(), 0, 0.0, None),
        (Service(), 1, 0.1, None),
    ],
)
def test_what_is_due(
    service: Service, pause_after: int, hours: float, what: Due | None
) -> None:
    assert due(service, pause_after, hours) is what


def test_each_is_done_by_itself() -> None:
    service = done(Due.PLATE_STACK, Service(5, 7200.0))
    assert service == Service(0, 7200.0)
    assert due(service, 5, 2.0) is Due.MAINTENANCE
    assert done(Due.MAINTENANCE, Service(5, 7200.0)) == Service(5, 0.0)
