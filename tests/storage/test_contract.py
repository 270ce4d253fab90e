"""What the driver may expect of a store: the real one and the fake, alike."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Union

import pytest

from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.edits import Change, Jobs, difference
from moonraker_cp.core.model import Control, Job, Outcome, Run, Set, State
from moonraker_cp.storage.store import Store

from ..fakes import MemoryStore
from .examples import CLOSED_RUN, CONTROL, JOB, OPEN_RUN, defaults_left
from .thread import DatabaseThread

AnyStore = Union[Store, MemoryStore]


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, database: DatabaseThread) -> AnyStore:
    return database.store() if request.param == "sqlite" else MemoryStore()


def job(number: int, remaining: int = 1) -> Job:
    one = Set(id=number * 10, path=f"{number}.g", count=1, remaining=remaining)
    return Job(number, f"Job {number}", 1, 1, False, 5.0, sets=(one,))


async def put(store: AnyStore, jobs: Jobs, *runs: Run) -> State:
    """Commit a change from what is stored to these jobs; returns what is stored."""
    old = await store.open(0.0)
    control = replace(old.control, revision=old.control.revision + 1)
    open_runs = [run for run in runs if run.is_open]
    state = State(control, jobs, open_runs[0] if open_runs else None)
    await store.commit(Decision(state, difference(old.jobs, jobs), runs))
    return await store.open(0.0)


async def test_an_empty_store(store: AnyStore) -> None:
    assert await store.open(0.0) == State()
    assert await store.newest_runs(10) == ()


async def test_every_field_comes_back(store: AnyStore) -> None:
    left = defaults_left(JOB, *JOB.sets, OPEN_RUN, CLOSED_RUN, CONTROL)
    assert left == set(), "an example leaves a field unsaid"
    state = State(CONTROL, (JOB,), OPEN_RUN)
    await store.open(0.0)
    await store.commit(Decision(state, Change((JOB,)), (CLOSED_RUN, OPEN_RUN)))
    assert await store.open(0.0) == state
    assert await store.newest_runs(10) == (OPEN_RUN, CLOSED_RUN)


async def test_the_types_of_what_comes_back(store: AnyStore) -> None:
    """A number where a truth was would be equal, and shown as 1."""
    await store.open(0.0)
    state = State(CONTROL, (JOB,), OPEN_RUN)
    await store.commit(Decision(state, Change((JOB,)), (OPEN_RUN,)))
    back = await store.open(0.0)
    assert back.control.active is True
    assert back.control.finish_due is True
    (job,) = back.jobs
    assert (job.draft, job.hold, job.pinned) == (True, True, True)
    assert back.run is not None
    assert back.run.accepted is True
    assert back.run.counted is False
    assert repr(back) == repr(state)


async def test_a_control_row_of_defaults(store: AnyStore) -> None:
    await store.open(0.0)
    await store.commit(Decision(State(CONTROL)))
    await store.commit(Decision(State(Control(revision=100))))
    assert await store.open(0.0) == State(Control(revision=100))


async def test_jobs_keep_the_order_in_which_they_were_added(store: AnyStore) -> None:
    jobs = tuple(job(n) for n in (3, 1, 2))
    assert (await put(store, jobs)).jobs == jobs
    jobs += (job(9), job(4))
    assert (await put(store, jobs)).jobs == jobs


async def test_a_changed_job_keeps_its_place(store: AnyStore) -> None:
    await put(store, (job(1), job(2), job(3)))
    changed = (job(1), job(2, remaining=0), job(3))
    assert (await put(store, changed)).jobs == changed


async def test_jobs_are_moved_removed_and_added_at_once(store: AnyStore) -> None:
    await put(store, tuple(job(n) for n in (1, 2, 3, 4)))
    jobs = (job(4), job(2, remaining=0), job(5), job(1))
    assert (await put(store, jobs)).jobs == jobs


async def test_a_job_loses_and_gains_sets(store: AnyStore) -> None:
    (one,) = job(1).sets
    await put(store, (replace(job(1), sets=(one, replace(one, id=12))),))
    jobs = (replace(job(1), sets=(replace(one, id=13), one)),)
    assert (await put(store, jobs)).jobs == jobs
    jobs = (replace(job(1), sets=()),)
    assert (await put(store, jobs)).jobs == jobs


async def test_a_run_is_opened_changed_and_closed(store: AnyStore) -> None:
    fresh = replace(OPEN_RUN, accepted=False, start_clock=None, started=None)
    assert (await put(store, (), fresh)).run == fresh
    assert (await put(store, (), OPEN_RUN)).run == OPEN_RUN
    closed = replace(OPEN_RUN, outcome=Outcome.ABORTED, ended=5.0)
    assert (await put(store, (), closed)).run is None
    assert await store.newest_runs(1) == (closed,)


async def test_a_run_that_never_was_leaves_no_trace(store: AnyStore) -> None:
    state = await put(store, (), CLOSED_RUN, OPEN_RUN)
    dropped = Decision(replace(state, run=None), dropped_run=OPEN_RUN.id)
    await store.commit(dropped)
    assert (await store.open(0.0)).run is None
    assert await store.newest_runs(10) == (CLOSED_RUN,)


async def test_one_run_is_closed_while_the_next_is_opened(store: AnyStore) -> None:
    await put(store, (), OPEN_RUN)
    closed = replace(OPEN_RUN, outcome=Outcome.SUCCESS)
    following = replace(OPEN_RUN, id=OPEN_RUN.id + 1)
    assert (await put(store, (), closed, following)).run == following


async def test_there_is_never_a_second_open_run(store: AnyStore) -> None:
    before = await put(store, (job(1),), OPEN_RUN)
    with pytest.raises(sqlite3.IntegrityError):
        await put(store, (), replace(OPEN_RUN, id=OPEN_RUN.id + 1))
    assert await store.open(0.0) == before
    assert await store.newest_runs(10) == (OPEN_RUN,)


async def test_the_newest_runs_come_first_and_no_more_than_asked(
    store: AnyStore,
) -> None:
    runs = tuple(replace(CLOSED_RUN, id=n) for n in range(1, 8))
    await put(store, (), *runs)
    assert [run.id for run in await store.newest_runs(3)] == [7, 6, 5]


async def test_opening_twice_changes_nothing(store: AnyStore) -> None:
    before = await put(store, (job(1), job(2)), OPEN_RUN)
    assert await store.open(1.0) == before


async def remove(store: AnyStore, *job_ids: int, now: float) -> State:
    old = await store.open(0.0)
    jobs = tuple(one for one in old.jobs if one.id not in job_ids)
    change = difference(old.jobs, jobs)
    await store.commit(Decision(State(old.control, jobs), change, now=now))
    return await store.open(0.0)


async def test_removed_jobs_can_be_read_until_they_are_purged(store: AnyStore) -> None:
    await put(store, tuple(job(n) for n in (1, 2, 3, 4)))
    await remove(store, 2, now=10.0)
    state = await remove(store, 1, 3, now=20.0)
    assert state.jobs == (job(4),)
    newest = ((job(3), 20.0), (job(1), 20.0), (job(2), 10.0))
    assert await store.removed_jobs(10, 0) == newest
    assert await store.removed_jobs(1, 1) == newest[1:2]
    assert await store.removed_job(2) == job(2)
    assert await store.removed_job(4) is None, "it is in the queue"
    assert await store.purge_jobs(20.0) == 1
    assert await store.removed_job(2) is None
    assert await store.purge_jobs(21.0) == 2
    assert await store.removed_jobs(10, 0) == ()
    assert (await store.open(0.0)).jobs == (job(4),)


async def test_a_job_is_brought_back_to_the_end(store: AnyStore) -> None:
    await put(store, tuple(job(n) for n in (1, 2, 3)))
    await remove(store, 1, now=10.0)
    back = await store.removed_job(1)
    assert back is not None
    state = await put(store, (job(2), job(3), back))
    assert [one.id for one in state.jobs] == [2, 3, 1]
    assert await store.removed_job(1) is None
    assert await store.purge_jobs(99.0) == 0


async def test_a_copy_that_was_in_the_printer_counts_for_a_removed_job(
    store: AnyStore,
) -> None:
    """Else it would be printed once more after its job was brought back."""
    one = replace(job(1), sets=(Set(10, "1.g", count=3, remaining=2, completed=1),))
    ended = replace(CLOSED_RUN, job_id=1, set_id=10, counted=False, ended=11.0)
    await put(store, (one,), replace(ended, id=5, ended=9.0))
    await remove(store, 1, now=10.0)
    failed = replace(ended, id=6, outcome=Outcome.FAILURE)
    counted = replace(ended, id=7, counted=True)
    await put(store, (), ended, failed, counted)
    back = await store.removed_job(1)
    assert back == one.copy_done(10)
    assert await store.removed_jobs(1, 0) == ((back, 10.0),)
    assert (await store.open(0.0)).jobs == ()


async def test_a_late_copy_counts_though_the_clock_was_put_back(
    store: AnyStore,
) -> None:
    one = replace(job(1), sets=(Set(10, "1.g", count=3, remaining=2, completed=1),))
    await put(store, (one,), replace(OPEN_RUN, job_id=1, set_id=10))
    await remove(store, 1, now=1000.0)
    ended = replace(OPEN_RUN, set_id=10, outcome=Outcome.SUCCESS, ended=900.0)
    await put(store, (), replace(ended, job_id=1, counted=False))
    assert await store.removed_job(1) == one.copy_done(10)
