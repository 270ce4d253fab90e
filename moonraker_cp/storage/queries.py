"""One function per question; rows in, frozen values out.

Every statement is a constant with a name; values are always bound.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..core.decisions import Link, Recall, Video
from ..core.failures import OnTrouble
from ..core.hooks import Hook
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
    Tries,
)
from ..core.service import Service

SELECT_JOBS = """
    SELECT * FROM continuousprint_jobs WHERE removed IS NULL ORDER BY position, id
"""
SELECT_SETS = """
    SELECT * FROM continuousprint_sets WHERE job_id IN
        (SELECT id FROM continuousprint_jobs WHERE removed IS NULL)
    ORDER BY job_id, position
"""
SELECT_REMOVED = """
    SELECT * FROM continuousprint_jobs WHERE removed IS NOT NULL
    ORDER BY removed DESC, id DESC LIMIT ? OFFSET ?
"""
SELECT_REMOVED_JOB = """
    SELECT * FROM continuousprint_jobs WHERE id = ? AND removed IS NOT NULL
"""
SELECT_SETS_OF = "SELECT * FROM continuousprint_sets WHERE job_id = ? ORDER BY position"
SELECT_CONTROL = "SELECT * FROM continuousprint_control WHERE id = 1"
SELECT_OPEN_RUN = "SELECT * FROM continuousprint_runs WHERE outcome IS NULL"
SELECT_RUNS = "SELECT * FROM continuousprint_runs ORDER BY id DESC LIMIT ?"
SELECT_REMOVED_HOLDER = """
    SELECT * FROM continuousprint_jobs WHERE removed IS NOT NULL
        AND id = (SELECT job_id FROM continuousprint_sets WHERE id = ?)
"""
UPSERT_JOB = """
    INSERT INTO continuousprint_jobs
        (id, position, name, count, remaining, draft, created, owner, passes_done,
         hold, pinned, priority, due, note, revision)
    VALUES (:id,
        (SELECT COALESCE(MAX(position), 0) + 1 FROM continuousprint_jobs),
        :name, :count, :remaining, :draft, :created, :owner, :passes_done,
        :hold, :pinned, :priority, :due, :note, :revision)
    ON CONFLICT (id) DO UPDATE SET
        position = CASE WHEN removed IS NULL THEN position
            ELSE (SELECT MAX(position) + 1 FROM continuousprint_jobs) END,
        removed = NULL,
        name = excluded.name, count = excluded.count,
        remaining = excluded.remaining, draft = excluded.draft,
        owner = excluded.owner, passes_done = excluded.passes_done,
        hold = excluded.hold, pinned = excluded.pinned,
        priority = excluded.priority, due = excluded.due, note = excluded.note,
        revision = excluded.revision
"""
MOVE_JOB = "UPDATE continuousprint_jobs SET position = ? WHERE id = ?"
REMOVE_JOB = "UPDATE continuousprint_jobs SET removed = ? WHERE id = ?"
PURGE_SETS = """
    DELETE FROM continuousprint_sets WHERE job_id IN
        (SELECT id FROM continuousprint_jobs WHERE removed < ?)
"""
PURGE_JOBS = "DELETE FROM continuousprint_jobs WHERE removed < ?"
DELETE_SETS = "DELETE FROM continuousprint_sets WHERE job_id = ?"
INSERT_SET = """
    INSERT INTO continuousprint_sets
        (id, job_id, position, path, count, remaining, completed,
         metadata, materials, profiles, release_temperature, on_failure, retries,
         spools)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DELETE_RUN = "DELETE FROM continuousprint_runs WHERE id = ?"
NOTE_CLEARED = "UPDATE continuousprint_runs SET cleared = ? WHERE id = ?"
LINK_RUN = """
    UPDATE continuousprint_runs SET history_id = :history_id
    WHERE id = :run_id AND path = :path AND history_id = ''
"""

RECALL_RUN = """
    UPDATE continuousprint_runs SET outcome = 'failure', counted = 0, reason = :reason
    WHERE id = :run_id AND outcome = 'success'
"""
NOTE_VIDEO = """
    UPDATE continuousprint_runs SET video = :video WHERE id =
        (SELECT MAX(id) FROM continuousprint_runs
            WHERE outcome IS NOT NULL AND opened <= :began
            AND (path = :name OR substr(path, -length(:name) - 1) = '/' || :name))
"""

_JOB_FIELDS = tuple(name for name in Job.__dataclass_fields__ if name != "sets")
_RUN_FIELDS = tuple(Run.__dataclass_fields__)
_RUN_COLUMNS = ", ".join(_RUN_FIELDS)
_RUN_VALUES = ", ".join(f":{name}" for name in _RUN_FIELDS)
_RUN_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _RUN_FIELDS[1:])
# Not OR REPLACE, which would silently delete another run that is still open.
UPSERT_RUN = f"""
    INSERT INTO continuousprint_runs ({_RUN_COLUMNS})
    VALUES ({_RUN_VALUES})
    ON CONFLICT (id) DO UPDATE SET {_RUN_UPDATES}
"""  # noqa: S608 - column names of our own  # nosec B608

_CONTROL_FIELDS = (
    *(f for f in Control.__dataclass_fields__ if f != "bed"),
    "bed_state",
    "bed_cause",
    "bed_since",
    "bed_by",
    "bed_clock",
)
_CONTROL_COLUMNS = ", ".join(_CONTROL_FIELDS)
_CONTROL_VALUES = ", ".join(f":{name}" for name in _CONTROL_FIELDS)
PUT_CONTROL = f"""
    INSERT OR REPLACE INTO continuousprint_control (id, {_CONTROL_COLUMNS})
    VALUES (1, {_CONTROL_VALUES})
"""  # noqa: S608 - column names of our own  # nosec B608


def all_jobs(conn: sqlite3.Connection) -> tuple[Job, ...]:
    sets: dict[int, list[Set]] = {}
    for row in conn.execute(SELECT_SETS):
        sets.setdefault(row["job_id"], []).append(_set(row))
    return tuple(
        _job(row, tuple(sets.get(row["id"], ()))) for row in conn.execute(SELECT_JOBS)
    )


def removed_jobs(
    conn: sqlite3.Connection, limit: int, offset: int
) -> tuple[tuple[Job, float], ...]:
    """Jobs that were removed and not purged yet, newest first, each with when."""
    rows = conn.execute(SELECT_REMOVED, (limit, offset)).fetchall()
    return tuple((_removed(conn, row), row["removed"]) for row in rows)


def removed_job(conn: sqlite3.Connection, job_id: int) -> Job | None:
    row = conn.execute(SELECT_REMOVED_JOB, (job_id,)).fetchone()
    return None if row is None else _removed(conn, row)


def _removed(conn: sqlite3.Connection, row: sqlite3.Row) -> Job:
    return _job(row, _sets_of(conn, row["id"]))


def count_late_copy(conn: sqlite3.Connection, set_id: int) -> None:
    """A good copy that was in the printer when its job was removed: should the job be
    brought back, the copy is not printed again."""
    row = conn.execute(SELECT_REMOVED_HOLDER, (set_id,)).fetchone()
    if row is not None:
        job = _removed(conn, row).copy_done(set_id)
        put_jobs(conn, (job,))
        remove_jobs(conn, (job.id,), row["removed"])


def _sets_of(conn: sqlite3.Connection, job_id: int) -> tuple[Set, ...]:
    return tuple(_set(row) for row in conn.execute(SELECT_SETS_OF, (job_id,)))


def _job(row: sqlite3.Row, sets: tuple[Set, ...]) -> Job:
    values: dict[str, Any] = {name: row[name] for name in _JOB_FIELDS}
    for name in ("draft", "hold", "pinned"):
        values[name] = bool(values[name])
    return Job(sets=sets, **values)


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
        release_temperature=row["release_temperature"],
        on_failure=OnTrouble(row["on_failure"]) if row["on_failure"] else None,
        retries=row["retries"],
        spools=tuple(json.loads(row["spools"])),
    )


def put_jobs(conn: sqlite3.Connection, jobs: Iterable[Job]) -> None:
    """Insert jobs at the end, or replace them in their places, sets included."""
    jobs = tuple(jobs)
    # First of all of them: a set may have moved from one of these to another.
    conn.executemany(DELETE_SETS, [(job.id,) for job in jobs])
    for job in jobs:
        _put_job(conn, job)


def _put_job(conn: sqlite3.Connection, job: Job) -> None:
    row = asdict(job)
    del row["sets"]
    conn.execute(UPSERT_JOB, row)
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
                one.release_temperature,
                one.on_failure.value if one.on_failure else None,
                one.retries,
                json.dumps(one.spools),
            )
            for position, one in enumerate(job.sets)
        ],
    )


def remove_jobs(conn: sqlite3.Connection, job_ids: Iterable[int], now: float) -> None:
    """Out of the queue; kept until they are purged."""
    conn.executemany(REMOVE_JOB, [(now, job_id) for job_id in job_ids])


def purge_jobs(conn: sqlite3.Connection, before: float) -> int:
    """Forget jobs that were removed before that time; how many."""
    conn.execute(PURGE_SETS, (before,))
    return conn.execute(PURGE_JOBS, (before,)).rowcount


def order_jobs(conn: sqlite3.Connection, job_ids: Iterable[int]) -> None:
    conn.executemany(MOVE_JOB, list(enumerate(job_ids, start=1)))


def open_run(conn: sqlite3.Connection) -> Run | None:
    rows = conn.execute(SELECT_OPEN_RUN).fetchall()
    if len(rows) > 1:
        raise ValueError(f"{len(rows)} runs are open at once")
    return to_run(rows[0]) if rows else None


def newest_runs(conn: sqlite3.Connection, limit: int) -> tuple[Run, ...]:
    return tuple(to_run(row) for row in conn.execute(SELECT_RUNS, (limit,)))


def put_run(conn: sqlite3.Connection, run: Run) -> None:
    row = asdict(run)
    row["outcome"] = run.outcome.value if run.outcome else None
    conn.execute(UPSERT_RUN, row)


def delete_run(conn: sqlite3.Connection, run_id: int) -> None:
    conn.execute(DELETE_RUN, (run_id,))


def note_cleared(conn: sqlite3.Connection, run_id: int, when: float) -> None:
    conn.execute(NOTE_CLEARED, (when, run_id))


def link_run(conn: sqlite3.Connection, link: Link) -> None:
    """If the run is of that path, and has no record yet."""
    conn.execute(LINK_RUN, asdict(link))


def recall_run(conn: sqlite3.Connection, recall: Recall) -> None:
    """It is good no more."""
    conn.execute(RECALL_RUN, asdict(recall))


def note_video(conn: sqlite3.Connection, video: Video) -> None:
    """With the newest run of a file of that name that began before it was made."""
    conn.execute(NOTE_VIDEO, asdict(video))


def to_run(row: sqlite3.Row) -> Run:
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
    values["powered_off"] = bool(row["powered_off"])
    values["due"] = tuple(Hook(one) for one in json.loads(row["due"]))
    values["hook"] = Hook(row["hook"]) if row["hook"] else None
    values["early_failures"] = tuple(json.loads(row["early_failures"]))
    values["service"] = Service(**json.loads(row["service"]))
    values["phase"] = Phase(row["phase"])
    values["loaded"] = tuple(json.loads(row["loaded"]))
    values["tries"] = tuple(Tries(**one) for one in json.loads(row["tries"]))
    values["reason"] = Reason(**json.loads(row["reason"])) if row["reason"] else None
    values["bed"] = Bed(
        BedState(row["bed_state"]),
        BedCause(row["bed_cause"]),
        row["bed_since"],
        row["bed_by"],
        row["bed_clock"],
    )
    return Control(**values)


def put_control(conn: sqlite3.Connection, value: Control) -> None:
    row = asdict(value)
    bed = row.pop("bed")
    row["phase"] = value.phase.value
    row["reason"] = json.dumps(row["reason"]) if row["reason"] else None
    row["tries"] = json.dumps(row["tries"])
    row["loaded"] = json.dumps(row["loaded"])
    row["due"] = json.dumps([hook.value for hook in value.due])
    row["hook"] = value.hook.value if value.hook else None
    row["early_failures"] = json.dumps(row["early_failures"])
    row["service"] = json.dumps(row["service"])
    row.update(
        bed_state=bed["state"].value,
        bed_cause=bed["cause"].value,
        bed_since=bed["since"],
        bed_by=bed["by"],
        bed_clock=bed["clock"],
    )
    conn.execute(PUT_CONTROL, row)
