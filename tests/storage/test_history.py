"""The records of ended runs: one contract for the real reader and the fake."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import asdict, replace
from functools import partial
from typing import Callable

import pytest

from moonraker_cp.core.decisions import Decision, Link, Recall, Video
from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.model import Control, Outcome, Run, State
from moonraker_cp.core.records import (
    EVERYTHING,
    MAX_PAGE,
    By,
    Pace,
    Page,
    PathStats,
    RunFilter,
    Totals,
)
from moonraker_cp.storage import history as real
from moonraker_cp.storage import queries
from moonraker_cp.storage.history import CHUNK, NEWEST_OF_PATH, History
from moonraker_cp.storage.schema import migrate

from ..fakes import MemoryStore
from ..past import MemoryHistory
from .examples import CLOSED_RUN, OPEN_RUN
from .thread import DatabaseThread

GOOD, BAD = Outcome.SUCCESS, Outcome.FAILURE
NOBODY = Totals()


class Records:
    """A history and the store that it is of."""

    def __init__(self, database: DatabaseThread | None) -> None:
        memory = MemoryStore()
        self.store = database.store() if database else memory
        self.past: History | MemoryHistory = (
            History(database) if database else MemoryHistory(memory)
        )
        self._revision = 0

    async def put(self, *runs: Run, **noted: object) -> None:
        if not self._revision:
            await self.store.open(0.0)
        self._revision += 1
        state = State(Control(revision=self._revision))
        decision = replace(Decision(state, runs=runs), **noted)  # type: ignore[arg-type]
        await self.store.commit(decision)

    async def ids(
        self, wanted: RunFilter = EVERYTHING, before: int | None = None
    ) -> list[int]:
        return [run.id for run in (await self.past.page(wanted, before)).runs]


@pytest.fixture(params=["sqlite", "memory"])
def records(request: pytest.FixtureRequest, database: DatabaseThread) -> Records:
    return Records(database if request.param == "sqlite" else None)


def run(number: int, path: str = "a.g", outcome: Outcome = GOOD, **more: object) -> Run:
    """Ended at 1000 * number; printed for 60 s in all, 50 without pauses."""
    one = replace(CLOSED_RUN, id=number, path=path, outcome=outcome)
    figures = {"print_duration": 50.0, "total_duration": 60.0, "filament_used": 100.0}
    fields = {"ended": 1000.0 * number, "estimate": 40.0, "cleared": None, **figures}
    return replace(one, **{**fields, **more})  # type: ignore[arg-type]


# -- pages ---------------------------------------------------------------------


async def test_an_empty_history(records: Records) -> None:
    await records.put()
    assert await records.ids() == []
    assert await records.past.totals() == (NOBODY,)
    assert await records.past.totals(By.FILE) == ()
    assert await records.past.totals(By.JOB) == ()
    assert await records.past.path_stats(["a.g"]) == {}
    assert await records.past.pace() == Pace()
    assert await records.past.purge(2e9) == 0


async def test_a_run_comes_back_whole_and_an_open_one_not_at_all(
    records: Records,
) -> None:
    await records.put(CLOSED_RUN, OPEN_RUN)
    assert (await records.past.page()).runs == (CLOSED_RUN,)
    assert (await records.past.totals())[0].runs == 1


async def test_pages_hold_every_run_once_newest_first(records: Records) -> None:
    await records.put(*(run(n) for n in range(1, 8)))
    first = await records.past.page(limit=3)
    assert [one.id for one in first.runs] == [7, 6, 5]
    await records.put(run(8))  # printed while somebody reads
    second = await records.past.page(before=first.older, limit=3)
    assert [one.id for one in second.runs] == [4, 3, 2]
    third = await records.past.page(before=second.older, limit=3)
    assert ([one.id for one in third.runs], third.older) == ([1], None)
    exact = await records.past.page(before=second.runs[0].id, limit=3)
    assert ([one.id for one in exact.runs], exact.older) == ([3, 2, 1], None)


async def test_pages_follow_the_ends_when_the_clock_was_put_back(
    records: Records,
) -> None:
    await records.put(run(1), run(2, ended=9000.0), run(3), run(4, ended=3000.0))
    assert await records.ids() == [2, 4, 3, 1]
    assert await records.ids(before=2) == [4, 3, 1]
    assert await records.ids(before=4) == [3, 1], "ended in the same instant"
    assert await records.ids(before=3) == [1]


async def test_a_part_is_found_in_the_job_name_as_well(records: Records) -> None:
    await records.put(run(1, job_name="Gears"), run(2, "gears.g"), run(3))
    page = await records.past.page(RunFilter(contains="GEAR"))
    assert [one.id for one in page.runs] == [2, 1]
    only = await records.past.page(RunFilter(contains="gear", path="a.g"))
    assert [one.id for one in only.runs] == [1], "both have to fit"


async def test_a_page_behind_a_run_that_was_purged(records: Records) -> None:
    await records.put(run(1), run(2), run(3), run(5))
    assert await records.ids(before=4) == [3, 2, 1]
    await records.past.purge(2500.0)
    assert await records.ids(before=2) == []


async def test_no_page_is_longer_than_allowed(records: Records) -> None:
    await records.put(*(run(n) for n in range(1, MAX_PAGE + 3)))
    page = await records.past.page(limit=10 * MAX_PAGE)
    assert (len(page.runs), page.older) == (MAX_PAGE, 3)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (RunFilter(outcome=BAD), [4, 2]),
        (RunFilter(job_id=9), [5, 4]),
        (RunFilter(path="a.g"), [3, 2, 1]),
        (RunFilter(path="a"), []),
        (RunFilter(contains="SUB/"), [5, 4]),
        (RunFilter(contains="%"), [5]),
        (RunFilter(contains="_"), []),
        (RunFilter(contains="\\"), []),
        (RunFilter(since=2000.0, until=4000.0), [3, 2]),
        (RunFilter(BAD, 9, "sub/b.g", "B.G", 4000.0, 4000.5), [4]),
        (RunFilter(BAD, path="a.g"), [2]),
        (RunFilter(GOOD, job_id=9, until=5000.0), []),
    ],
)
async def test_all_that_is_said_has_to_fit(
    records: Records, wanted: RunFilter, ids: list[int]
) -> None:
    await records.put(
        run(1),
        run(2, outcome=BAD),
        run(3),
        run(4, "sub/b.g", BAD, job_id=9),
        run(5, "sub/50%.g", job_id=9),
        replace(OPEN_RUN, id=6, path="a.g", job_id=9),
    )
    assert await records.ids(wanted) == ids
    counted = sum(one.runs for one in await records.past.totals(By.FILE, wanted))
    assert counted == len(ids)
    if ids:
        assert await records.ids(wanted, before=ids[0]) == ids[1:]


# -- totals --------------------------------------------------------------------


async def test_totals_of_all_by_file_and_by_job(records: Records) -> None:
    await records.put(
        run(1, job_name="old name"),
        run(2, outcome=BAD, print_duration=5.0, total_duration=6.0, estimate=1.0),
        run(3, outcome=Outcome.CANCELLED, filament_used=0.5),
        run(4, outcome=Outcome.ABORTED, print_duration=0.0, total_duration=0.0),
        run(5, "b.g", job_id=9, job_name="Nine", estimate=None),
        run(6, job_name="new name", estimate=100.0),
    )
    (everything,) = await records.past.totals()
    assert everything == Totals(
        success=3,
        failure=1,
        cancelled=1,
        aborted=1,
        print_duration=205.0,
        total_duration=246.0,
        filament_used=500.5,
        ratio=(50 / 40 + 50 / 100) / 2,
        last_ended=6000.0,
    )
    assert (everything.runs, everything.success_rate) == (6, 0.5)
    b = Totals("b.g", None, "", 1, 0, 0, 0, 50.0, 60.0, 100.0, None, 5000.0)
    by_file = await records.past.totals(By.FILE)
    assert [(one.path, one.runs) for one in by_file] == [("a.g", 5), ("b.g", 1)]
    assert by_file[1] == b
    by_job = await records.past.totals(By.JOB)
    assert [(one.job_id, one.job_name) for one in by_job] == [
        (7, "new name"),
        (9, "Nine"),
    ]
    assert by_job[1] == replace(b, path=None, job_id=9, job_name="Nine")
    assert await records.past.totals(By.JOB, limit=1) == by_job[:1]
    assert NOBODY.success_rate is None


# -- for forecasts -------------------------------------------------------------


async def test_a_files_figures_are_those_of_its_newest_good_runs(
    records: Records,
) -> None:
    old = [run(n, print_duration=900.0) for n in range(1, 4)]
    new = [run(n, estimate=25.0) for n in range(4, 4 + NEWEST_OF_PATH)]
    rest = (run(40, outcome=BAD, print_duration=1.0), run(41, "b.g", estimate=None))
    await records.put(*old, *new, *rest)
    assert await records.past.path_stats(["b.g", "a.g", "never.g", "a.g"]) == {
        "a.g": PathStats("a.g", NEWEST_OF_PATH, 50.0, 2.0),
        "b.g": PathStats("b.g", 1, 50.0, None),
    }


async def test_many_paths_at_once(records: Records) -> None:
    paths = [f"{n}.g" for n in range(2 * CHUNK + 1)]
    await records.put(*(run(n + 1, path) for n, path in enumerate(paths)))
    assert set(await records.past.path_stats(paths)) == set(paths)


async def test_the_pace_is_that_of_good_runs(records: Records) -> None:
    def cleared(number: int, after: float, outcome: Outcome = GOOD) -> Run:
        return run(number, outcome=outcome, cleared=1000.0 * number + after)

    await records.put(
        replace(cleared(1, 30.0), estimate=50.0),
        cleared(2, 40.0),
        replace(cleared(3, 40_000.0), estimate=None),  # in the morning
        replace(cleared(4, 1.0, BAD), estimate=1.0),
        replace(cleared(5, -500.0), estimate=0.0),  # the clock was put back
        run(6, estimate=None),
    )
    assert await records.past.pace() == Pace((1 + 50 / 40) / 2, 40.0)


# -- purging -------------------------------------------------------------------


async def test_a_purge_forgets_what_ended_before_and_never_an_open_run(
    records: Records,
) -> None:
    await records.put(*(run(n) for n in range(1, 6)), replace(OPEN_RUN, id=6))
    assert await records.past.purge(3000.0) == 2
    assert await records.ids() == [5, 4, 3]
    assert await records.past.clear() == 3
    assert await records.ids() == []
    assert (await records.store.open(0.0)).run == replace(OPEN_RUN, id=6)


async def test_a_purge_of_many(records: Records) -> None:
    await records.put(*(run(n) for n in range(1, 2 * CHUNK + 1)), OPEN_RUN)
    await records.put(run(5000))
    assert await records.past.purge(4_000_000.0) == 2 * CHUNK - 1
    assert await records.past.clear() == 1


# -- what is noted later ---------------------------------------------------------


async def test_a_closed_run_gets_its_clearing_and_its_record(records: Records) -> None:
    bare = replace(CLOSED_RUN, cleared=None, history_id="")
    await records.put(bare)
    await records.put(cleared=(bare.id, 5.5), link=Link(bare.id, bare.path, "0000FF"))
    noted = replace(bare, cleared=5.5, history_id="0000FF")
    assert (await records.past.page()).runs == (noted,)
    await records.put(link=Link(bare.id, bare.path, "000100"))
    await records.put(link=Link(bare.id, "another.g", "000101"))
    await records.put(cleared=(99, 6.5), link=Link(99, bare.path, "000102"))
    assert (await records.past.page()).runs == (noted,)


async def test_a_copy_that_is_taken_back_is_a_failure(records: Records) -> None:
    await records.put(CLOSED_RUN)
    await records.put(recall=Recall(99, "of nobody"))
    assert (await records.past.page()).runs == (CLOSED_RUN,)
    await records.put(recall=Recall(CLOSED_RUN.id, "It is warped."))
    bad = replace(
        CLOSED_RUN, outcome=Outcome.FAILURE, counted=False, reason="It is warped."
    )
    assert (await records.past.page()).runs == (bad,)
    await records.put(recall=Recall(CLOSED_RUN.id, "once more"))
    assert (await records.past.page()).runs == (bad,)


async def test_a_video_is_noted_with_the_newest_run_of_its_file(
    records: Records,
) -> None:
    first = replace(CLOSED_RUN, path="sub/b.g", video="")
    again = replace(first, id=first.id + 1, opened=first.opened + 500)
    other = replace(again, id=first.id + 2, path="sub/ab.g")
    await records.put(first, again, other)
    await records.put(video=Video("b.g", "late.mp4", first.opened + 10))
    await records.put(video=Video("b.g", "new.mp4", again.opened + 10))
    await records.put(video=Video("nobody.g", "x.mp4", 3e9))
    videos = {run.id: run.video for run in (await records.past.page()).runs}
    assert videos == {first.id: "late.mp4", again.id: "new.mp4", other.id: ""}


# -- the real one ----------------------------------------------------------------


async def test_a_history_that_cannot_be_read_is_a_sentence(
    database: DatabaseThread,
) -> None:
    """Nothing was migrated: the table is not there."""
    past = History(database)
    for work in (past.page(), past.totals(), past.pace(), past.path_stats(["a"])):
        with pytest.raises(Unavailable, match="could not be read"):
            await work
    with pytest.raises(Unavailable, match="0 runs were purged"):
        await past.purge(5.0)


def plan(database: DatabaseThread, query: tuple[str, real.Values]) -> str:
    sql, values = query
    return database.now(
        lambda conn: " / ".join(
            row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        )
    )


@pytest.mark.parametrize("before", [None, 50])
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(), "ended (ended"),
        (RunFilter(contains="x"), "ended (ended"),
        (RunFilter(since=1.0, until=9.0), "ended (ended>? AND ended<?"),
        (RunFilter(outcome=BAD), "outcome (outcome=? AND ended"),
        (RunFilter(path="a.g"), "path (path=? AND ended"),
        (RunFilter(BAD, path="a.g", since=1.0), "path (path=? AND ended"),
        (RunFilter(BAD, job_id=7, until=9.0), "job (job_id=? AND ended"),
    ],
)
async def test_a_page_is_read_by_an_index_in_its_order(
    database: DatabaseThread, wanted: RunFilter, index: str, before: int | None
) -> None:
    await database.store().open(0.0)
    found = plan(database, real.page_query(wanted, before, 50))
    assert found.startswith(
        f"SEARCH continuousprint_runs USING INDEX continuousprint_runs_{index}"
    )
    assert "TEMP B-TREE FOR ORDER BY" not in found


@pytest.mark.parametrize("by", By)
async def test_totals_read_no_rows(database: DatabaseThread, by: By) -> None:
    await database.store().open(0.0)
    found = plan(database, real.totals_query(by, RunFilter(), 100))
    assert "USING COVERING INDEX" in found
    assert "TEMP B-TREE FOR GROUP BY" not in found


@pytest.mark.parametrize(
    ("statement", "values"),
    [(real.PURGE_RUNS, (5.0, 9)), (real.DELETE_ENDED, (9,))],
)
async def test_a_purge_is_by_an_index(
    database: DatabaseThread, statement: str, values: tuple[float, ...]
) -> None:
    await database.store().open(0.0)
    found = database.execute(f"EXPLAIN QUERY PLAN {statement}", *values)
    assert not [row for row in found if row[-1] == "SCAN continuousprint_runs"]


MANY = 100_000
BUSY = 2.0
"""How many times slower a host is whose other core is busy."""


def fill(conn: sqlite3.Connection) -> None:
    migrate(conn, 0.0)
    outcomes = [GOOD.value] * 18 + [BAD.value, Outcome.CANCELLED.value]
    usual = asdict(run(1))

    def row(number: int) -> dict[str, object]:
        path = f"folder/sub/a_name_of_usual_length_{number % 2000}.gcode"
        outcome, job_id = outcomes[number % 20], number % 700
        own = {"id": number, "path": path, "outcome": outcome, "job_id": job_id}
        return {**usual, **own, "ended": 1000.0 * number}

    conn.executemany(queries.UPSERT_RUN, map(row, range(1, MANY + 1)))
    conn.commit()


def spent(
    database: DatabaseThread, work: Callable[[sqlite3.Connection], object]
) -> float:
    """Milliseconds of work on the database thread, whatever else the host does."""

    def timed(conn: sqlite3.Connection) -> float:
        best = 1e9
        for _ in range(7):
            began = time.thread_time()
            work(conn)
            best = min(best, time.thread_time() - began)
        return best * 1000

    return database.now(timed)


@pytest.mark.slow
def test_a_hundred_thousand_runs(database: DatabaseThread) -> None:
    database.now(fill)
    wanted = {
        "newest": (RunFilter(), None),
        "middle": (RunFilter(), MANY // 2),
        "failures": (RunFilter(BAD), MANY // 2),
        "file": (RunFilter(path="folder/sub/a_name_of_usual_length_7.gcode"), None),
        "job": (RunFilter(BAD, job_id=7), MANY // 2),
        "times": (RunFilter(since=10.0, until=5e7), None),
    }
    pages = {
        name: spent(database, partial(page_of, one, before))
        for name, (one, before) in wanted.items()
    }
    assert max(pages.values()) < 5.0 * BUSY, pages
    sums = {by: spent(database, partial(totals_of, by)) for by in By}
    assert max(sums.values()) < 100.0 * BUSY, sums
    assert spent(database, real.pace) < 20.0 * BUSY


def page_of(wanted: RunFilter, before: int | None, conn: sqlite3.Connection) -> Page:
    return real.page(conn, wanted, before, 50)


def totals_of(by: By, conn: sqlite3.Connection) -> tuple[Totals, ...]:
    return real.totals(conn, by, RunFilter(), 100)
