"""Counting: what a good copy does to its set, its job and the next pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moonraker_cp.core.model import Job, Set


def job(*counts: int, passes: int = 1) -> Job:
    sets = tuple(Set(i, f"{i}.gcode", n, n) for i, n in enumerate(counts, start=1))
    return Job(1, "Job 1", passes, passes, False, 0.0, sets=sets)


def print_all(one: Job) -> list[int]:
    """The ids of its sets, in the order in which they are printed."""
    order = []
    while (following := one.next_set) is not None:
        order.append(following.id)
        one = one.copy_done(following.id)
    assert (one.remaining, one.copies_left, one.is_done) == (0, 0, True)
    return order


def test_all_copies_of_a_set_then_the_next_set_then_the_job_again() -> None:
    assert print_all(job(2, 1, passes=2)) == [1, 1, 2, 1, 1, 2]


@given(st.lists(st.integers(0, 3), max_size=4), st.integers(1, 3))
def test_no_copy_is_lost_or_printed_twice(counts: list[int], passes: int) -> None:
    one = job(*counts, passes=passes)
    printed = print_all(one) if one.copies_left else []
    assert len(printed) == one.copies_left == sum(counts) * passes


def test_a_copy_moves_from_remaining_to_completed() -> None:
    one = job(3).copy_done(1).sets[0]
    assert (one.count, one.remaining, one.completed) == (3, 2, 1)


def test_the_next_pass_fills_the_sets_again() -> None:
    one = job(1, passes=2).copy_done(1)
    assert (one.remaining, one.passes_done) == (1, 1)
    assert (one.sets[0].remaining, one.sets[0].completed) == (1, 0)


def test_the_last_pass_stays_as_it_ended() -> None:
    one = job(2).copy_done(1).copy_done(1)
    assert (one.remaining, one.sets[0].remaining, one.sets[0].completed) == (0, 0, 2)
    again = one.copy_done(1)
    assert (again.remaining, again.sets[0].remaining) == (0, 0), "never negative"


def test_one_off_extras_are_printed_and_not_repeated() -> None:
    extra = job(1, passes=2)
    sets = (Set(1, "1.gcode", count=1, remaining=3),)
    assert print_all(Job(1, "", 2, 2, False, 0.0, sets=sets)) == [1, 1, 1, 1]
    assert extra.copies_left == 2


def test_a_job_without_copies_is_done() -> None:
    assert job().is_done
    assert job(0, 0, passes=2).is_done
