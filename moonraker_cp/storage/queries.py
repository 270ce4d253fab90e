"""One function per question; rows in, frozen values out.

Every statement is a constant with a name; values are always bound.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..core.model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Outcome,
    Phase,
    Reason,
    Run,
    Set,
)

SELECT_JOBS = "SELECT * FROM continuousprint_jobs ORDER BY position, id"
SELECT_SETS = "SELECT * FROM continuousprint_sets ORDER BY job_id, position"
SELECT_CONTROL = "SELECT * FROM continuousprint_control WHERE id = 1"
SELECT_OPEN_RUN = "SELECT * FROM continuousprint_runs WHERE outcome IS NULL"
SELECT_RUNS = "SELECT * FROM continuousprint_runs ORDER BY id DESC LIMIT ?"
UPSERT_JOB = """
    INSERT INTO continuousprint_jobs
        (id, position, name, count, remaining, draft, created, owner)
    VALUES (:id,
        (SELECT COALESCE(MAX(position), 0) + 1 FROM continuousprint_jobs),
        :name, :count, :remaining, :draft, :created, :owner)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, count = excluded.count,
        remaining = excluded.remaining, draft = excluded.draft,
        owner = excluded.owner
"""
MOVE_JOB = "UPDATE continuousprint_jobs SET position = ? WHERE id = ?"
DELETE_JOB = "DELETE FROM continuousprint_jobs WHERE id = ?"
DELETE_SETS = "DELETE FROM continuousprint_sets WHERE job_id = ?"
INSERT_SET = """
    INSERT INTO continuousprint_sets
        (id, job_id, position, path, count, remaining, completed,
         metadata, materials, profiles)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DELETE_RUN = "DELETE FROM continuousprint_runs WHERE id = ?"

_RUN_FIELDS = tuple(Run.__dataclass_fields__)
_RUN_COLUMNS = ", ".join(_RUN_FIELDS)
_RUN_VALUES = ", ".join(f":{name}" for name in _RUN_FIELDS)
_RUN_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _RUN_FIELDS[1:])
# Not OR REPLACE, which would silently delete another run that is still open.
UPSERT_RUN = f"""
    INSERT INTO continuousprint_runs ({_RUN_COLUMNS})
    VALUES ({_RUN_VALUES})
    ON CONFLICT (id) DO UPDATE SET {_RUN_UPDATES}
"""  # noqa: S608 - column names of our own dataclass

_CONTROL_FIELDS = (
    *(f for f in Control.__dataclass_fields__ if f != "bed"),
    "bed_state",
    "bed_cause",
    "bed_since",
    "bed_by",
)
_CONTROL_COLUMNS = ", ".join(_CONTROL_FIELDS)
_CONTROL_VALUES = ", ".join(f":{name}" for name in _CONTROL_FIELDS)
PUT_CONTROL = f"""
    INSERT OR REPLACE INTO continuousprint_control (id, {_CONTROL_COLUMNS})
    VALUES (1, {_CONTROL_VALUES})
"""  # noqa: S608 - column names of our own dataclass


def all_jobs(conn: sqlite3.Connection) -> tuple[Job, ...]:
    sets: dict[int, list[Set]] = {}
    for row in conn.execute(SELECT_SETS):
        sets.setdefault(row["job_id"], []).append(_set(row))
    return tuple(
        Job(
            id=row["id"],
            name=row["name"],
            count=row["count"],
            remaining=row["remaining"],
            draft=bool(row["draft"]),
            created=row["created"],
            owner=row["owner"],
            sets=tuple(sets.get(row["id"], ())),
        )
        for row in conn.execute(SELECT_JOBS)
    )


def _set(row: sqlite3.Row) -> Set:
    return Set(
        id=row["id"],
        path=row["path"],
        count=row["count"],
        remaining=row["remaining"],
        completed=row["completed"],
        metadata=row["metadata"],
        materials=tuple(json.loads(row["materials"])),
        profiles=tuple(json.loads(row["profiles"])),
    )


def put_job(conn: sqlite3.Connection, job: Job) -> None:
    """Insert a job at the end, or replace it in its place, sets included."""
    row = asdict(job)
    del row["sets"]
    conn.execute(UPSERT_JOB, row)
    conn.execute(DELETE_SETS, (job.id,))
    conn.executemany(
        INSERT_SET,
        [
            (
                one.id,
                job.id,
                position,
                one.path,
                one.count,
                one.remaining,
                one.completed,
                one.metadata,
                json.dumps(one.materials),
                json.dumps(one.profiles),
            )
            for position, one in enumerate(job.sets)
        ],
    )


def remove_jobs(conn: sqlite3.Connection, job_ids: Iterable[int]) -> None:
    rows = [(job_id,) for job_id in job_ids]
    conn.executemany(DELETE_SETS, rows)
    conn.executemany(DELETE_JOB, rows)


def order_jobs(conn: sqlite3.Connection, job_ids: Iterable[int]) -> None:
    conn.executemany(MOVE_JOB, list(enumerate(job_ids, start=1)))


def open_run(conn: sqlite3.Connection) -> Run | None:
    row = conn.execute(SELECT_OPEN_RUN).fetchone()
    return None if row is None else _run(row)


def newest_runs(conn: sqlite3.Connection, limit: int) -> tuple[Run, ...]:
    return tuple(_run(row) for row in conn.execute(SELECT_RUNS, (limit,)))


def put_run(conn: sqlite3.Connection, run: Run) -> None:
    row = asdict(run)
    row["outcome"] = run.outcome.value if run.outcome else None
    conn.execute(UPSERT_RUN, row)


def delete_run(conn: sqlite3.Connection, run_id: int) -> None:
    conn.execute(DELETE_RUN, (run_id,))


def _run(row: sqlite3.Row) -> Run:
    values: dict[str, Any] = {name: row[name] for name in _RUN_FIELDS}
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    values["accepted"] = bool(row["accepted"])
    values["counted"] = bool(row["counted"])
    return Run(**values)


def control(conn: sqlite3.Connection) -> Control:
    """The control row; the default one when nothing was ever stored."""
    row = conn.execute(SELECT_CONTROL).fetchone()
    if row is None:
        return Control()
    values: dict[str, Any] = {
        name: row[name] for name in Control.__dataclass_fields__ if name != "bed"
    }
    values["active"] = bool(row["active"])
    values["finish_due"] = bool(row["finish_due"])
    values["phase"] = Phase(row["phase"])
    values["reason"] = Reason(**json.loads(row["reason"])) if row["reason"] else None
    values["bed"] = Bed(
        BedState(row["bed_state"]),
        BedCause(row["bed_cause"]),
        row["bed_since"],
        row["bed_by"],
    )
    return Control(**values)


def put_control(conn: sqlite3.Connection, value: Control) -> None:
    row = asdict(value)
    bed = row.pop("bed")
    row["phase"] = value.phase.value
    row["reason"] = json.dumps(row["reason"]) if row["reason"] else None
    row.update(
        bed_state=bed["state"].value,
        bed_cause=bed["cause"].value,
        bed_since=bed["since"],
        bed_by=bed["by"],
    )
    conn.execute(PUT_CONTROL, row)
