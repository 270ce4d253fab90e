"""The stored decisions: bounded, with their commit, and never in its way."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.diary import Entry
from moonraker_cp.core.edits import Change
from moonraker_cp.core.model import Control, State
from moonraker_cp.storage.decisions import KEPT

from .examples import CONTROL, JOB
from .thread import DatabaseThread

TABLE = "continuousprint_decisions"
ENTRY = Entry(
    1_700_000_000.5,
    1,
    "Der Druck – 'x' \"y\" endete.",
    "printing",
    "blocked",
    "occupied",
    7,
    ("Run 7 was closed.", "The bed is occupied."),
    "The bed has to be cleared.",
    "warning",
)


def turn(revision: int) -> Decision:
    entry = replace(ENTRY, revision=revision)
    return Decision(State(Control(revision=revision)), entry=entry)


async def test_what_is_kept_comes_back_after_a_crash(
    database: DatabaseThread, tmp_path: Path
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(turn(1))
    other = DatabaseThread(tmp_path / "moonraker-sql.db")
    try:
        kept = await other.store().decisions.newest()
    finally:
        other.close()
    assert (kept.entries, kept.trouble) == ((ENTRY,), "")


async def test_the_newest_are_kept_and_no_more(database: DatabaseThread) -> None:
    store = database.store()
    await store.open(0.0)
    for revision in range(1, KEPT + 8):
        await store.commit(turn(revision))
    kept = await store.decisions.newest()
    newest = [one.revision for one in kept.entries]
    assert newest == list(range(KEPT + 7, 7, -1))
    assert database.execute(f"SELECT COUNT(*) FROM {TABLE}") == [(KEPT,)]


async def test_a_decision_writes_one_row_more_however_long_the_queue(
    database: DatabaseThread,
) -> None:
    jobs = tuple(replace(JOB, id=n, sets=()) for n in range(1, 2001))
    store = database.store()
    await store.open(0.0)
    await store.commit(Decision(State(CONTROL, jobs), Change(jobs)))
    written = []
    for entry in (None, ENTRY):
        before = database.now(lambda conn: conn.total_changes)
        await store.commit(Decision(State(CONTROL, jobs), entry=entry))
        written.append(database.now(lambda conn: conn.total_changes) - before)
    assert written[1] - written[0] == 1


async def test_a_commit_that_fails_is_not_told(database: DatabaseThread) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(turn(1))
    database.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON continuousprint_control"
        " BEGIN SELECT RAISE(ABORT, 'made to order'); END"
    )
    database.now(lambda conn: conn.commit())
    with pytest.raises(sqlite3.Error):
        await store.commit(turn(2))
    assert [one.revision for one in (await store.decisions.newest()).entries] == [1]


DAMAGES = {
    "the table is gone": f"DROP TABLE {TABLE}",
    "it refuses": f"CREATE TRIGGER broken BEFORE INSERT ON {TABLE}"
    " BEGIN SELECT RAISE(ABORT, 'made to order'); END",
    "another table is there": f"ALTER TABLE {TABLE} RENAME COLUMN entry TO other",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
async def test_a_damaged_table_stops_nothing_and_is_said(
    database: DatabaseThread, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(turn(1))
    database.execute(damage)
    database.now(lambda conn: conn.commit())
    with caplog.at_level(logging.WARNING):
        await store.commit(turn(2))
        await store.commit(turn(3))
    assert (await store.open(0.0)).control.revision == 3, "and it starts"
    assert not database.now(lambda conn: conn.in_transaction)
    assert len(caplog.records) == 1, "said once"
    assert "not kept" in caplog.text
    assert (await store.decisions.newest()).trouble


async def test_a_transaction_that_is_lost_is_an_error(
    database: DatabaseThread,
) -> None:
    """The trouble was not with the decisions alone: nothing may count as stored."""
    store = database.store()
    await store.open(0.0)
    await store.commit(turn(1))
    database.execute(
        f"CREATE TRIGGER broken BEFORE INSERT ON {TABLE}"
        " BEGIN SELECT RAISE(ROLLBACK, 'made to order'); END"
    )
    database.now(lambda conn: conn.commit())
    with pytest.raises(sqlite3.Error, match="made to order"):
        await store.commit(turn(2))
    assert (await store.open(0.0)).control.revision == 1


async def test_rows_that_nobody_of_ours_wrote_are_left_out(
    database: DatabaseThread,
) -> None:
    store = database.store()
    await store.open(0.0)
    await store.commit(turn(1))
    bad = ("", "[]", "{}", '{"when": "x"}', b"\xff\xfe", 7, "[" * 100_000)
    for slot, value in enumerate(bad, start=100):
        database.execute(f"INSERT INTO {TABLE} VALUES (?, ?, ?)", slot, slot, value)
    database.now(lambda conn: conn.commit())
    kept = await store.decisions.newest()
    assert kept.entries == (ENTRY,)
    assert (
        kept.trouble == f"Stored decisions that are damaged, and left out: {len(bad)}."
    )
