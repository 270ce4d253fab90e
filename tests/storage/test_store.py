"""The real store on a shared connection: whole or not at all, and upgrades."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.edits import Change
from moonraker_cp.core.errors import BadRequest, Unavailable
from moonraker_cp.core.model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Outcome,
    Phase,
    Run,
    Set,
    State,
)
from moonraker_cp.storage.history import History
from moonraker_cp.storage.schema import MIGRATIONS, MIGRATIONS_TABLE, migrate
from moonraker_cp.storage.store import Store, in_savepoint

from .examples import CONTROL, JOB, OPEN_RUN
from .thread import DatabaseThread

WHOLE = Decision(State(CONTROL, (JOB,), OPEN_RUN), Change((JOB,)), (OPEN_RUN,))
OTHERS = "SELECT value FROM others ORDER BY value"


@pytest.fixture
def others(database: DatabaseThread) -> DatabaseThread:
    """The connection, with a table of another component."""
    database.execute("CREATE TABLE others (value TEXT)")
    database.now(lambda conn: conn.commit())
    return database


def break_table(database: DatabaseThread, name: str) -> None:
    """Writing to this table fails from here on."""
    database.execute(
        f"CREATE TRIGGER broken BEFORE INSERT ON {name}"
        " BEGIN SELECT RAISE(ABORT, 'made to order'); END"
    )
    database.now(lambda conn: conn.commit())


@pytest.mark.parametrize("table", ["jobs", "sets", "runs", "control"])
async def test_a_commit_that_fails_in_the_middle_leaves_nothing(
    database: DatabaseThread, table: str
) -> None:
    store = database.store()
    before = await store.open(0.0)
    break_table(database, f"continuousprint_{table}")
    with pytest.raises(sqlite3.Error, match="made to order"):
        await store.commit(WHOLE)
    assert await store.open(0.0) == before
    assert await store.newest_runs(10) == ()
    assert not database.now(lambda conn: conn.in_transaction)


async def test_what_is_committed_is_on_the_disk(
    database: DatabaseThread, tmp_path: Path
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(WHOLE)
    assert not database.now(lambda conn: conn.in_transaction)
    other = DatabaseThread(tmp_path / "moonraker-sql.db")
    try:
        assert await other.store().open(0.0) == WHOLE.state
    finally:
        other.close()


async def test_a_failure_leaves_anothers_pending_row_pending(
    others: DatabaseThread,
) -> None:
    store = others.store()
    await store.open(0.0)
    break_table(others, "continuousprint_control")
    others.execute("INSERT INTO others VALUES ('pending')")
    with pytest.raises(sqlite3.Error):
        await store.commit(WHOLE)
    assert others.execute(OTHERS) == [("pending",)]
    assert others.now(lambda conn: conn.in_transaction), "still theirs to end"
    others.now(lambda conn: conn.commit())
    assert others.execute(OTHERS) == [("pending",)]
    assert await store.newest_runs(1) == (), "their commit wrote nothing of ours"


async def test_a_failure_leaves_anothers_rollback_to_them(
    others: DatabaseThread,
) -> None:
    store = others.store()
    await store.open(0.0)
    break_table(others, "continuousprint_runs")
    others.execute("INSERT INTO others VALUES ('unwanted')")
    with pytest.raises(sqlite3.Error):
        await store.commit(WHOLE)
    others.now(lambda conn: conn.rollback())
    assert others.execute(OTHERS) == []


async def test_a_commit_keeps_anothers_pending_row(others: DatabaseThread) -> None:
    store = others.store()
    await store.open(0.0)
    others.execute("INSERT INTO others VALUES ('pending')")
    await store.commit(WHOLE)
    others.now(lambda conn: conn.rollback())  # nothing is left to roll back
    assert others.execute(OTHERS) == [("pending",)]
    assert await store.open(0.0) == WHOLE.state


async def test_a_commit_that_the_disk_refuses_is_not_written_later(
    others: DatabaseThread, tmp_path: Path
) -> None:
    """Another program holds the file locked when all statements have run."""
    store = others.store()
    before = await store.open(0.0)
    reader = sqlite3.connect(tmp_path / "moonraker-sql.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute(OTHERS).fetchall()
    try:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await store.commit(WHOLE)
    finally:
        reader.close()
    others.execute("INSERT INTO others VALUES ('later')")
    others.now(lambda conn: conn.commit())
    assert await store.open(0.0) == before


async def test_the_store_goes_on_after_a_failure(database: DatabaseThread) -> None:
    store = database.store()
    await store.open(0.0)
    break_table(database, "continuousprint_runs")
    with pytest.raises(sqlite3.Error):
        await store.commit(WHOLE)
    database.execute("DROP TRIGGER broken")
    await store.commit(WHOLE)
    assert await store.open(0.0) == WHOLE.state


async def test_runs_that_cannot_be_read_are_a_sentence(
    database: DatabaseThread,
) -> None:
    """Nothing was migrated: the table is not there."""
    with pytest.raises(Unavailable, match="could not be read"):
        await database.store().newest_runs(10)


# -- migrations -----------------------------------------------------------------


def schema(database: DatabaseThread) -> list[tuple[object, ...]]:
    return database.execute("SELECT name, sql FROM sqlite_master ORDER BY name")


def test_a_new_database_gets_every_migration_once(database: DatabaseThread) -> None:
    names = [name for name, _ in MIGRATIONS]
    assert names == sorted(names)
    assert database.now(lambda conn: migrate(conn, 5.0)) == names
    listed = database.execute(f"SELECT name, applied FROM {MIGRATIONS_TABLE}")
    assert listed == [(name, 5.0) for name in names]
    before = schema(database)
    assert database.now(lambda conn: migrate(conn, 6.0)) == []
    assert schema(database) == before


async def test_a_database_with_jobs_is_kept_by_the_next_start(
    database: DatabaseThread, tmp_path: Path
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(WHOLE)
    second = DatabaseThread(tmp_path / "moonraker-sql.db")
    try:
        assert await second.store().open(9.0) == WHOLE.state
    finally:
        second.close()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    database: DatabaseThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema(database)
    broken = (*MIGRATIONS, ("9999_broken", ("CREATE TABLE half (x)", "NONSENSE")))
    monkeypatch.setattr("moonraker_cp.storage.schema.MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        database.now(lambda conn: in_savepoint(conn, lambda c: migrate(c, 5.0)))
    assert schema(database) == before
    assert database.execute(f"SELECT * FROM {MIGRATIONS_TABLE}") == []


async def test_a_later_migration_is_applied_alone(
    database: DatabaseThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(WHOLE)
    added = ("9999_more", ("CREATE TABLE continuousprint_more (x)",))
    monkeypatch.setattr("moonraker_cp.storage.schema.MIGRATIONS", (*MIGRATIONS, added))
    assert await store.open(7.0) == WHOLE.state
    assert database.execute("SELECT * FROM continuousprint_more") == []


async def test_a_queue_of_the_first_version_goes_on(database: DatabaseThread) -> None:
    """With rows in every table: a job in its second pass, a run in the printer."""
    name, statements = MIGRATIONS[0]
    for statement in statements:
        database.execute(statement)
    for sql in (
        f"INSERT INTO {MIGRATIONS_TABLE} VALUES ('{name}', 1.0)",
        """INSERT INTO continuousprint_jobs
            (id, position, name, count, remaining, draft, created, owner)
            VALUES (3, 1, 'Boxes', 3, 2, 0, 5.0, 'ann')""",
        """INSERT INTO continuousprint_sets VALUES
            (7, 3, 0, 'a.gcode', 2, 1, 1, NULL, '["PLA", null]', '[]')""",
        """INSERT INTO continuousprint_runs (id, job_id, set_id, job_name, path,
            pass_index, user, opened, sent_clock, before, accepted, reason, counted,
            print_duration, total_duration, filament_used)
            VALUES (9, 3, 7, 'Boxes', 'a.gcode', 1, 'ann', 6.0, 60.0, '', 1, '', 0,
                0, 0, 0)""",
        """INSERT INTO continuousprint_control VALUES (1, 12, 1, 'ann', 'printing',
            6.0, NULL, 'occupied', 'own_bad', 6.0, 'run 9', 4, 9, 1, '', 3, 7, 9)""",
    ):
        database.execute(sql)
    database.now(lambda conn: conn.commit())
    state = await database.store().open(2.0)
    one = Set(7, "a.gcode", 2, 1, 1, materials=("PLA", None))
    assert state.jobs == (
        Job(3, "Boxes", 3, 2, False, 5.0, "ann", (one,), passes_done=1),
    )
    run = Run(9, 3, 7, "Boxes", "a.gcode", 1, "ann", 6.0, 60.0, accepted=True)
    assert state.run == run
    bed = Bed(BedState.OCCUPIED, BedCause.OWN_BAD, 6.0, "run 9")
    assert state.control == Control(
        revision=12,
        active=True,
        active_by="ann",
        phase=Phase.PRINTING,
        phase_since=6.0,
        bed=bed,
        ticket=4,
        run_id=9,
        finish_due=True,
        last_job_id=3,
        last_set_id=7,
        last_run_id=9,
    )
    counted = state.jobs[0].copy_done(7)
    closed = replace(run, outcome=Outcome.SUCCESS, ended=8.0, counted=True)
    after = State(replace(state.control, revision=13, run_id=None), (counted,))
    await database.store().commit(Decision(after, Change((counted,)), (closed,)))
    assert await database.store().open(3.0) == after


async def test_a_late_copy_outlives_the_history(database: DatabaseThread) -> None:
    """A job is removed while it prints, the history is forgotten, the job comes back:
    the copy that came out well must not be printed again."""
    store, run = database.store(), OPEN_RUN
    await store.open(0.0)
    one = Set(run.set_id, "a.gcode", count=2, remaining=2)
    job = replace(JOB, id=run.job_id, sets=(one,))
    await store.commit(Decision(State(CONTROL, (job,), run), Change((job,)), (run,)))
    gone = State(CONTROL, (), run)
    await store.commit(Decision(gone, Change(removed=(job.id,)), now=10.0))
    closed = replace(run, outcome=Outcome.SUCCESS, ended=11.0, counted=False)
    await store.commit(Decision(replace(gone, run=None), runs=(closed,)))
    await History(database).clear()
    assert await store.removed_job(job.id) == job.copy_done(one.id)


# -- size -----------------------------------------------------------------------


async def test_ten_thousand_jobs(database: DatabaseThread) -> None:
    def made(n: int) -> Job:
        one = Set(id=n, path=f"folder/{n}.gcode", count=2, remaining=2)
        return Job(n, f"Job {n}", 1, 1, False, 5.0, sets=(one,))

    jobs = tuple(made(n) for n in range(1, 10_001))
    store = database.store()
    await store.open(0.0)
    await store.commit(Decision(State(CONTROL, jobs), Change(jobs)))
    started = time.monotonic()
    assert (await store.open(0.0)).jobs == jobs
    assert time.monotonic() - started < 5.0
    written = database.now(lambda conn: conn.total_changes)
    changed = replace(jobs[5000], remaining=0)
    await store.commit(Decision(State(CONTROL, jobs), Change((changed,))))
    written = database.now(lambda conn: conn.total_changes) - written
    assert written < 10, "one copy counted is a few rows written"


async def test_a_number_that_no_database_holds_is_the_asker_s_mistake(
    database: DatabaseThread,
) -> None:
    store = Store(database)
    await store.prepare(0.0)
    with pytest.raises(BadRequest, match="64 bits"):
        await store.removed_job(2**63)
    assert await store.removed_job(2**63 - 1) is None
