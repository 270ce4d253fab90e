"""Tables that somebody holds locked, has edited by hand, or that the disk has lost.

What cannot be read is said, and left as it is.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from moonraker_cp.api.wanted import DUE
from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.edits import Change
from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.model import State
from moonraker_cp.storage.history import History
from moonraker_cp.storage.sanity import Unreadable, check
from moonraker_cp.storage.store import TRIES, Store

from .examples import CLOSED_RUN, CONTROL, JOB, OPEN_RUN
from .thread import DatabaseThread

WHOLE = Decision(
    State(CONTROL, (JOB,), OPEN_RUN), Change((JOB,)), (CLOSED_RUN, OPEN_RUN)
)
PAGE = 4096


@pytest.fixture
async def stored(database: DatabaseThread) -> DatabaseThread:
    """With something in every table."""
    await database.store().open(0.0)
    await database.store().commit(WHOLE)
    return database


@pytest.fixture
def another(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program on the same file."""
    conn = sqlite3.connect(tmp_path / "moonraker-sql.db", isolation_level=None)
    yield conn
    conn.close()


def test_what_a_request_may_say_is_no_nonsense_at_the_next_start() -> None:
    """Else one request would cost the whole queue."""
    assert DUE.most is not None
    latest = State(CONTROL, (replace(JOB, due=DUE.most),), OPEN_RUN)
    assert check(latest) is latest
    with pytest.raises(Unreadable, match="due"):
        check(replace(latest, jobs=(replace(JOB, due=1e30),)))


# -- locked ----------------------------------------------------------------------


async def test_somebody_who_locks_it_for_a_while_is_waited_for(
    stored: DatabaseThread, another: sqlite3.Connection
) -> None:
    tries = 0

    def held(work: object) -> object:
        nonlocal tries
        tries += 1
        if tries == TRIES:  # the last one finds it free
            another.execute("ROLLBACK")
        return stored(work)  # type: ignore[arg-type]

    stored.execute("PRAGMA busy_timeout = 0")
    another.execute("BEGIN EXCLUSIVE")
    store = Store(held, pause=0.0)  # type: ignore[arg-type]
    await store.prepare(1.0)
    assert tries == TRIES
    assert await store.open(1.0) == WHOLE.state


async def test_somebody_who_never_lets_go_is_not_waited_for(
    database: DatabaseThread, another: sqlite3.Connection
) -> None:
    database.execute("PRAGMA busy_timeout = 0")
    another.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await Store(database, pause=0.0).prepare(1.0)


async def test_locked_while_it_is_written_nothing_is_written(
    stored: DatabaseThread, another: sqlite3.Connection
) -> None:
    stored.execute("PRAGMA busy_timeout = 0")
    another.execute("BEGIN EXCLUSIVE")
    store = stored.store()
    after = replace(WHOLE, state=replace(WHOLE.state, jobs=()), runs=())
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await store.commit(after)
    with pytest.raises(Unavailable, match="locked"):
        await store.newest_runs(9)
    another.execute("ROLLBACK")
    assert await store.open(1.0) == WHOLE.state
    await asyncio.wait_for(store.commit(WHOLE), 30)


async def test_what_sqlite_has_rolled_back_is_told_by_its_own_words(
    stored: DatabaseThread,
) -> None:
    """As it does when the disk is full, at times: our savepoint is gone then."""
    stored.execute(
        "CREATE TRIGGER full BEFORE INSERT ON continuousprint_sets"
        " BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
    )
    stored.now(lambda conn: conn.commit())
    with pytest.raises(sqlite3.Error, match="the disk is full"):
        await stored.store().commit(WHOLE)
    assert await stored.store().open(1.0) == WHOLE.state


# -- written by others -------------------------------------------------------------

CONTROL_ROW = "UPDATE continuousprint_control SET "
RUNS = "UPDATE continuousprint_runs SET "
SETS = "UPDATE continuousprint_sets SET "
JOBS = "UPDATE continuousprint_jobs SET "


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (CONTROL_ROW + "phase = 'dancing'", "the control row .*dancing"),
        (CONTROL_ROW + "bed_state = 'clean'", "the control row .*clean"),
        (CONTROL_ROW + "reason = '{'", "the control row"),
        (CONTROL_ROW + "reason = '{\"code\": 1}'", "the control row"),
        (CONTROL_ROW + "tries = '7'", "the control row"),
        (CONTROL_ROW + "due = '[\"lunch\"]'", "lunch"),
        (CONTROL_ROW + "ticket = 'many'", "the control row has 'many' for its ticket"),
        (CONTROL_ROW + 'service = \'{"prints": "x"}\'', "the service row has 'x'"),
        (CONTROL_ROW + "bed_since = 9e999", "the bed has inf for its since"),
        (JOBS + "count = 'two'", "job 7 has 'two' for its count"),
        (JOBS + "due = x'00'", "job 7 has .* for its due"),
        (SETS + "remaining = 1.5", "set 1[01] has 1.5 for its remaining"),
        (SETS + "materials = '{'", "the jobs cannot be read"),
        (SETS + "materials = '[7]'", "set 1[01] has 7 in a list"),
        (SETS + "spools = '[\"7\"]'", "set 1[01] has '7' in a list"),
        (SETS + "on_failure = 'weep'", "weep"),
        (RUNS + "sent_clock = 'noon' WHERE outcome IS NULL", "run 21 has 'noon'"),
        ("DROP TABLE continuousprint_jobs", "no such table"),
        (
            "ALTER TABLE continuousprint_runs DROP COLUMN trouble",
            "open run cannot be read",
        ),
    ],
)
async def test_nonsense_is_named_and_left_alone(
    stored: DatabaseThread, statement: str, words: str
) -> None:
    stored.execute(statement)
    stored.now(lambda conn: conn.commit())
    before = stored.now(lambda conn: list(conn.iterdump()))
    with pytest.raises((Unreadable, sqlite3.Error), match=words):
        await stored.store().open(1.0)
    assert stored.now(lambda conn: list(conn.iterdump())) == before


async def test_two_runs_that_are_open_at_once(stored: DatabaseThread) -> None:
    stored.execute("DROP INDEX continuousprint_runs_one_open")
    stored.execute(RUNS + "outcome = NULL")
    stored.now(lambda conn: conn.commit())
    with pytest.raises(Unreadable, match="2 runs are open at once"):
        await stored.store().open(1.0)


async def test_more_copies_done_than_wanted_are_no_nonsense(
    stored: DatabaseThread,
) -> None:
    stored.execute(SETS + "completed = 99, remaining = -3")
    stored.now(lambda conn: conn.commit())
    (job,) = (await stored.store().open(1.0)).jobs
    assert job.is_done


async def test_a_record_that_is_nonsense_is_told_and_stops_nothing(
    stored: DatabaseThread,
) -> None:
    stored.execute(RUNS + "outcome = 'glory' WHERE outcome IS NOT NULL")
    stored.now(lambda conn: conn.commit())
    store = stored.store()
    assert await store.open(1.0) == WHOLE.state
    with pytest.raises(Unavailable, match="glory"):
        await store.newest_runs(9)
    with pytest.raises(Unavailable, match="glory"):
        await History(stored).page()


# -- damaged ------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["control", "jobs", "sets", "runs"])
async def test_a_page_that_the_disk_has_lost(
    tmp_path: Path, stored: DatabaseThread, table: str
) -> None:
    (row,) = stored.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", f"continuousprint_{table}"
    )
    path = tmp_path / "moonraker-sql.db"
    damage(path, int(str(row[0])))
    damaged = path.read_bytes()
    again = DatabaseThread(path)
    try:
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            await again.store().open(1.0)
    finally:
        again.close()
    assert path.read_bytes() == damaged, (
        "whatever can still be saved is saved by others"
    )


def damage(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)
