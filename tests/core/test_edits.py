"""Edits: old queue to new queue, and what the store is told."""

from __future__ import annotations

import pytest

from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    Change,
    Desk,
    Edit,
    EditJob,
    Jobs,
    NewJob,
    NewSet,
    RemoveJobs,
    difference,
    put,
)
from moonraker_cp.core.errors import BadRequest, NotFound
from moonraker_cp.core.model import MAX_COPIES


def add(*paths: str, count: int = 1, name: str = "") -> AddJobs:
    jobs = tuple(NewJob((NewSet(path, count),), name) for path in paths)
    return AddJobs(jobs, created=7.0, owner="ann")


def apply(*edits: Edit) -> Jobs:
    jobs: Jobs = ()
    ids = Desk(0, 0)
    for edit in edits:
        jobs = edit.apply(jobs, ids)
    return jobs


def test_each_addition_makes_a_new_job_even_of_the_same_name() -> None:
    jobs = apply(add("a", name="x"), add("a", name="x"))
    assert [(job.id, job.name) for job in jobs] == [(1, "x"), (2, "x")]


def test_a_new_job_has_everything_left() -> None:
    (job,) = apply(add("folder/a.gcode", count=3))
    assert (job.name, job.owner, job.created) == ("Job 1", "ann", 7.0)
    assert (job.count, job.remaining, job.copies_left) == (1, 1, 3)
    assert (job.sets[0].path, job.sets[0].completed) == ("folder/a.gcode", 0)


def test_a_set_is_appended_to_its_job() -> None:
    (job,) = apply(add("a"), AddSet(1, NewSet("b", 2)))
    assert [(one.id, one.path) for one in job.sets] == [(1, "a"), (2, "b")]
    assert job.copies_left == 3


def test_a_set_for_a_job_that_was_done_is_printed() -> None:
    (job,) = apply(add("a"))
    done = job.copy_done(1)
    (again,) = AddSet(1, NewSet("b")).apply((done,), Desk(1, 1))
    assert again.next_set is not None
    assert (again.next_set.path, again.copies_left) == ("b", 1)


def test_ids_are_never_used_again() -> None:
    jobs = apply(add("a", "b"), RemoveJobs(frozenset({1, 2})), add("c"))
    assert [(job.id, job.sets[0].id) for job in jobs] == [(3, 3)]


def test_all_or_nothing() -> None:
    jobs = apply(add("a"))
    with pytest.raises(NotFound, match="no job 9"):
        RemoveJobs(frozenset({1, 9})).apply(jobs, Desk(1, 1))
    with pytest.raises(NotFound):
        AddSet(9, NewSet("b")).apply(jobs, Desk(1, 1))
    with pytest.raises(NotFound):
        EditJob(9, draft=True).apply(jobs, Desk(1, 1))


@pytest.mark.parametrize("count", [-1, MAX_COPIES + 1])
def test_counts_have_limits(count: int) -> None:
    with pytest.raises(BadRequest, match="between 0 and 10000"):
        apply(add("a", count=count))
    with pytest.raises(BadRequest, match="between 1 and 10000"):
        apply(AddJobs((NewJob((), count=0),), 0.0))


def test_difference_tells_what_changed() -> None:
    jobs = apply(add("a", "b", "c"))
    a, b, c = jobs
    renamed = put(jobs, b.copy_done(2))
    assert difference(jobs, jobs) == Change()
    assert difference(jobs, (*jobs,)).is_empty
    assert difference(jobs, renamed) == Change(put=(renamed[1],))
    assert difference(jobs, (a, c)) == Change(removed=(2,))
    assert difference((a, b), jobs) == Change(put=(c,))
    assert difference(jobs, (b, a, c)) == Change(reordered=True)
    assert difference((a, b), (c, a, b)) == Change(put=(c,), reordered=True)
    assert difference((a, b), (b, c)) == Change(put=(c,), removed=(1,))
