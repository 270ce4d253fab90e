"""How much is left and when it is done: sums over what is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings

from moonraker_cp.core.conditions import Conditions, Strategy
from moonraker_cp.core.decisions import Rules, Situation
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.forecast import Cost, Forecast, HistoryFacts, Left, Sum
from moonraker_cp.core.hours import Hours, Period, next_start
from moonraker_cp.core.model import (
    ENDLESS,
    Bed,
    BedState,
    Control,
    Job,
    Phase,
    Run,
    State,
)
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.printing_order import printing_order

from . import queues
from .queues import NOW, job, one_set

FILES = {
    "a": FileFacts(estimated_time=100.0, filament_length=1000.0, filament_weight=3.0),
    "b": FileFacts(estimated_time=400.0, filament_length=500.0),
    "unknown": FileFacts(),
    "gone": FileFacts(exists=False, estimated_time=100.0),
}
IDLE = Look(ready=True, not_ready="")
CLEAR = Bed(BedState.CLEAR)
OCCUPIED = Bed(BedState.OCCUPIED)
MANUAL = Rules()


def situation(
    *jobs: Job,
    run: Run | None = None,
    look: Look = IDLE,
    bed: Bed = CLEAR,
    rules: Rules = MANUAL,
    **control: object,
) -> Situation:
    phase = Phase.IDLE if run is None else Phase.PRINTING
    state = Control(active=True, phase=phase, bed=bed)
    state = replace(state, **control)  # type: ignore[arg-type]
    return Situation(State(state, jobs, run), look, rules, NOW, 0.0, FILES)


def printing(path: str = "a", elapsed: float = 40.0, used: float = 250.0) -> Look:
    return replace(
        IDLE,
        state=PrintState.PRINTING,
        filename=path,
        reading=True,
        print_duration=elapsed,
        filament_used=used,
    )


def run_of(set_id: int, path: str = "a") -> Run:
    return Run(1, set_id // 10, set_id, "", path, 0, "ann", NOW, 0.0, accepted=True)


# -- sums -------------------------------------------------------------------------


def test_sums_of_a_set_a_job_and_the_queue() -> None:
    boxes = job(1, one_set("a", 2), "b", passes=3)
    forecast = Forecast(situation(boxes, job(2, "a")))
    assert forecast.set_left(boxes, boxes.sets[0]) == Left(
        6, Sum(600.0), Sum(6000.0), Sum(18.0)
    )
    left = forecast.job_left(boxes)
    assert (left.copies, left.seconds) == (9, Sum(1800.0))
    assert left.weight == Sum(18.0, unknown=3)
    assert left.weight.total is None
    assert forecast.queue_left.seconds.total == 1900.0


def test_what_was_printed_and_extras() -> None:
    one = job(1, one_set("a", 2), passes=2)
    more = replace(one, sets=(replace(one.sets[0], remaining=5),))
    forecast = Forecast(situation(one))
    assert forecast.job_left(one.copy_done(10)).copies == 3
    assert forecast.job_left(more).copies == 7
    assert forecast.job_left(replace(one, remaining=0)) == Left()


def test_the_queue_counts_what_will_be_printed_here_alone() -> None:
    draft, held = job(1, "a", draft=True), job(2, "a", hold=True)
    stuck = job(3, "gone", "b", passes=2)
    forecast = Forecast(situation(draft, held, stuck))
    assert forecast.job_left(draft).copies == 1
    assert forecast.job_left(stuck).copies == 4
    assert forecast.queue_left.copies == 1
    assert forecast.finish == NOW + 400
    assert forecast.finishes() == {}, "the job cannot finish"


def test_an_endless_job_is_summed_up_for_its_pass_and_never_done() -> None:
    endless = job(1, one_set("a", 2), passes=ENDLESS)
    forecast = Forecast(situation(endless.copy_done(10), job(2, "b")))
    assert forecast.job_left(endless).seconds == Sum(200.0)
    assert forecast.job_left(endless).endless
    assert forecast.queue_left.endless
    assert forecast.queue_left.copies == 2
    assert forecast.finish is None
    assert forecast.finishes(most=50) == {}


def test_an_endless_job_that_cannot_print_does_not_matter() -> None:
    forecast = Forecast(situation(job(1, "gone", passes=ENDLESS), job(2, "a")))
    assert forecast.finish == NOW + 100


def test_history_corrects_estimates_of_the_file_or_of_all() -> None:
    history = HistoryFacts(ratios={"a": 1.5}, ratio=1.1)
    forecast = Forecast(situation(job(1, "a", "b", "unknown")), history)
    assert forecast.cost("a").seconds == 150.0
    assert forecast.cost("b").seconds == pytest.approx(440.0)
    assert forecast.cost("unknown") == forecast.cost("nobody looked") == Cost()
    left = forecast.queue_left.seconds
    assert left.known == pytest.approx(590.0)
    assert left.unknown == 1


# -- the copy in the printer --------------------------------------------------------


def test_what_is_left_of_the_copy_in_the_printer() -> None:
    jobs = job(1, one_set("a", 2))
    forecast = Forecast(situation(jobs, run=run_of(10), look=printing()))
    assert forecast.run_left == Cost(60.0, 750.0, 2.25)
    assert forecast.run_end == NOW + 60
    assert forecast.job_left(jobs) == Left(2, Sum(160.0), Sum(1750.0), Sum(5.25))
    assert forecast.queue_left == forecast.job_left(jobs)
    assert forecast.finish == NOW + 160


def test_a_print_that_lasts_longer_is_judged_by_its_file() -> None:
    late = printing(elapsed=300.0)
    here = situation(job(1, "a"), run=run_of(10), look=late)
    assert Forecast(here, fraction=0.75).run_end == NOW + 100
    assert Forecast(here).run_end is None, "nobody knows"
    assert Forecast(here).finish is None
    assert Forecast(here).finishes() == {}


def test_a_print_without_an_estimate() -> None:
    look = printing("unknown", elapsed=300.0)
    here = situation(job(1, "unknown"), run=run_of(10, "unknown"), look=look)
    assert Forecast(here).run_left == Cost()
    assert Forecast(here, fraction=0.5).run_left == Cost(300.0, None, None)


def test_a_file_that_is_gone_is_known_to_its_run() -> None:
    run = replace(run_of(10, "deleted"), estimate=100.0)
    here = situation(run=run, look=printing("deleted"))
    history = HistoryFacts(ratio=2.0)
    assert Forecast(here, history).run_end == NOW + 160
    assert Forecast(here, history).queue_left.copies == 1


def test_before_it_begins_and_while_klipper_is_away() -> None:
    starting = situation(job(1, "a"), run=run_of(10), phase=Phase.STARTING)
    assert Forecast(starting).run_end == NOW + 100
    away = replace(starting, look=Look())
    away = replace(away, state=situation(run=run_of(10), phase=Phase.BLOCKED).state)
    assert Forecast(away).run_end is None


# -- ends ---------------------------------------------------------------------------


def test_the_ends_of_jobs_in_queue_order() -> None:
    jobs = (job(1, "a", "b"), job(2, one_set("a", 2)), job(3, "unknown"), job(4, "a"))
    forecast = Forecast(situation(*jobs))
    assert forecast.finishes() == {1: NOW + 500, 2: NOW + 700}
    assert forecast.finish is None
    assert forecast.queue_left.seconds == Sum(800.0, unknown=1)
    assert forecast.finishes(most=2) == {1: NOW + 500}


def test_the_ends_follow_the_strategy() -> None:
    jobs = (job(1, "b"), job(2, "a"))
    rules = Rules(strategy=Strategy.SHORTEST_FIRST)
    found = Forecast(situation(*jobs, rules=rules)).finishes()
    assert found == {2: NOW + 100, 1: NOW + 500}


def quiet_in(seconds: float, keep_clear: bool) -> tuple[Rules, float]:
    """Rules with one quiet hour a day, which begins about so many seconds from now."""
    wall = datetime.fromtimestamp(NOW + seconds)
    begin = wall.hour * 60 + wall.minute
    week = tuple(Period(day, begin, begin + 60) for day in range(7))
    begins = NOW + seconds - wall.second - wall.microsecond / 1e6
    return Rules(hours=Hours(week), ends_before_quiet=keep_clear), begins


@pytest.mark.parametrize("keep_clear", [False, True])
def test_the_ends_count_quiet_hours(keep_clear: bool) -> None:
    """As the queue will: a print that would begin in them begins when they end."""
    rules, quiet = quiet_in(3600.0, keep_clear)
    many = int((quiet - NOW) // 400) + 1  # the last of them begins before, and lasts
    jobs = (job(1, one_set("b", many)), job(2, "a"))
    forecast = Forecast(situation(*jobs, rules=rules))
    first = NOW + 400 * many
    if keep_clear:
        first = quiet + 3600 + 400
    second = first + 100 if keep_clear else quiet + 3600 + 100
    assert forecast.finishes() == {1: first, 2: second}
    assert forecast.finish == second


def test_the_ends_count_the_time_at_which_the_queue_is_to_begin() -> None:
    forecast = Forecast(situation(job(1, "a"), job(2, "b"), not_before=NOW + 900))
    assert forecast.finishes() == {1: NOW + 1000, 2: NOW + 1400}
    assert forecast.finish == NOW + 1400


def test_what_never_may_begin_has_no_end() -> None:
    always = Hours(tuple(Period(day, 0, 24 * 60) for day in range(7)))
    forecast = Forecast(situation(job(1, "a"), rules=Rules(hours=always)))
    assert forecast.finishes() == {}
    assert forecast.finish is None


def test_each_print_begins_when_the_hours_let_it() -> None:
    """Many short ones share a free time: found once, and as each alone would be."""
    rules, _ = quiet_in(1000.0, True)
    jobs = tuple(job(number, "a") for number in range(1, 200))
    ends = Forecast(situation(*jobs, rules=rules)).finishes()
    time = NOW
    for one in jobs:
        begin = next_start(rules.hours, time, 100.0, True)
        assert begin is not None
        time = begin + 100.0
        assert ends[one.id] == time


def test_the_job_whose_last_copy_is_in_the_printer() -> None:
    jobs = (job(1, "a"), job(2, "b"))
    forecast = Forecast(situation(*jobs, run=run_of(10), look=printing()))
    assert forecast.finishes() == {1: NOW + 60, 2: NOW + 460}
    two = situation(job(1, one_set("a", 2)), run=run_of(10), look=printing())
    assert Forecast(two).finishes() == {1: NOW + 160}
    assert Forecast(two).finishes(most=0) == {}


def test_the_order_is_that_of_the_time_when_the_print_has_ended() -> None:
    """By then a job has waited for a day."""
    rules = Rules(strategy=Strategy.SHORTEST_FIRST)
    old = job(3, "b", created=NOW - queues.DAY + 30)
    jobs = (job(1, "a"), job(2, "a"), old)
    run, look = run_of(10), printing()
    found = Forecast(situation(*jobs, run=run, look=look, rules=rules)).finishes()
    assert found == {1: NOW + 60, 3: NOW + 460, 2: NOW + 560}


@pytest.mark.parametrize(
    ("bed", "with_run", "gaps"),
    [(CLEAR, False, 1), (OCCUPIED, False, 2), (OCCUPIED, True, 2)],
)
def test_the_bed_gets_clear_between_prints(bed: Bed, with_run: bool, gaps: int) -> None:
    """After the last one nobody has to wait for it."""
    jobs = (job(9, "a"), job(1, "a"), job(2, "b"))[0 if with_run else 1 :]
    run = run_of(90) if with_run else None
    here = situation(*jobs, run=run, bed=bed, look=printing() if with_run else IDLE)
    forecast = Forecast(here, HistoryFacts(clearing_seconds=1000.0))
    first = 60.0 if with_run else 0.0
    assert forecast.finish == NOW + first + 500 + gaps * 1000
    assert forecast.finishes()[2] == forecast.finish
    assert forecast.finishes()[1] == NOW + first + 100 + (gaps - 1) * 1000


def test_nothing_is_left() -> None:
    forecast = Forecast(situation(job(1, "a", remaining=0)))
    assert forecast.queue_left == Left()
    assert forecast.finish is None
    assert forecast.finishes() == {}


def test_what_a_forecast_assumes_is_said() -> None:
    known = HistoryFacts(clearing_seconds=720.0)
    assert Forecast(situation(), known).assumes == (
        "After each print it takes 12 min until the bed is clear.",
    )
    stopped = Forecast(situation(active=False, phase=Phase.INACTIVE)).assumes
    assert stopped[0] == "Counted from now, though the queue is stopped."
    assert "not known yet" in stopped[1]
    assert "waits for a person" in Forecast(situation(phase=Phase.BLOCKED)).assumes[0]
    assert "is paused" in Forecast(situation(phase=Phase.PAUSED)).assumes[0]


# -- whatever the queue -------------------------------------------------------------


@settings(deadline=None)
@given(queues.queues(endless=False), queues.conditions)
def test_the_sums_are_those_of_the_copies_one_by_one(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    rules = Rules(strategy=here.strategy, profile=here.profile)
    state = State(Control(bed=CLEAR), jobs)
    whole = Situation(state, IDLE, rules, NOW, 0.0, here.files)
    forecast = Forecast(whole)
    copies = Counter(one.set.path for one in printing_order(jobs, here))
    lasts = {path: facts.estimated_time for path, facts in here.files.items()}
    known = sum(n * (lasts.get(path) or 0.0) for path, n in copies.items())
    unknown = sum(n for path, n in copies.items() if lasts.get(path) is None)
    left = forecast.queue_left
    assert left.copies == sum(copies.values())
    assert (left.seconds.known, left.seconds.unknown) == (known, unknown)
    ends = forecast.finishes()
    if not unknown and copies:
        assert forecast.finish == NOW + known
        assert max(ends.values(), default=0.0) <= NOW + known
        finished = {one.job.id for one in printing_order(jobs, here)} - {
            one.id for one in _after(jobs, here) if not one.is_done
        }
        assert set(ends) == finished


def _after(jobs: tuple[Job, ...], here: Conditions) -> list[Job]:
    """When everything that can be printed here is printed."""
    after = {one.id: one for one in jobs}
    for each in printing_order(jobs, here):
        after[each.job.id] = after[each.job.id].copy_done(each.set.id)
    return list(after.values())


def test_one_look_at_a_long_job_is_no_walk() -> None:
    """10,000 passes of 10,000 copies: sums use counts."""
    endless_work = job(1, one_set("a", 10_000), passes=10_000)
    forecast = Forecast(situation(endless_work))
    assert forecast.queue_left.copies == 10**8
    assert forecast.finish == NOW + 10**10
    assert forecast.finishes() == {}


def test_step_by_step_the_same_is_found() -> None:
    """And nothing is left to be worked out after the last one."""
    jobs = tuple(job(n, "ab"[n % 2], passes=2) for n in range(1, 40))
    for strategy in Strategy:
        here = situation(*jobs, rules=Rules(strategy=strategy))
        forecast, whole = Forecast(here), Forecast(here)
        assert len(list(forecast.steps())) >= len(jobs)
        known = dict(vars(forecast))
        assert forecast.finishes() == whole.finishes()
        assert len(forecast.finishes()) == len(jobs)
        assert forecast.queue_left == whole.queue_left
        assert forecast.finish == whole.finish
        assert vars(forecast)["_ends"] is known["_ends"]
        assert vars(forecast)["_to_come"] is known["_to_come"]
