"""The records of ended runs: pages, totals, figures for forecasts, purging.

Pages are in the order of the runs' ends, which is also that of every index, so that a
page costs the same however long the history is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Callable, TypeVar

from ..core.errors import BadRequest, Unavailable
from ..core.records import (
    EVERYTHING,
    MAX_PAGE,
    By,
    Pace,
    Page,
    PathStats,
    RunFilter,
    Totals,
)
from .queries import to_run
from .store import NONSENSE, TOO_LARGE, OnDatabaseThread, in_savepoint

T = TypeVar("T")
Values = dict[str, Any]

CHUNK = 500
"""Rows or paths in one call, so that others get the database thread in between."""
NEWEST_OF_PATH = 20
"""How many good runs of a file its figures are made of: it may be sliced anew."""
NEWEST_OF_ALL = 500
"""How many of the newest runs the pace is made of."""

SELECT_PAGE = """
    SELECT * FROM continuousprint_runs WHERE {where}
    ORDER BY ended DESC, id DESC LIMIT :limit
"""
# The end of the run that a page begins behind; if it was purged, of the one before.
BEHIND = """(ended, id) < ((SELECT ended FROM continuousprint_runs
    WHERE id <= :before AND outcome IS NOT NULL ORDER BY id DESC LIMIT 1), :before)"""

FIGURES = """
    COALESCE(SUM(outcome = 'success'), 0) AS success,
    COALESCE(SUM(outcome = 'failure'), 0) AS failure,
    COALESCE(SUM(outcome = 'cancelled'), 0) AS cancelled,
    COALESCE(SUM(outcome = 'aborted'), 0) AS aborted,
    COALESCE(SUM(print_duration), 0.0) AS print_duration,
    COALESCE(SUM(total_duration), 0.0) AS total_duration,
    COALESCE(SUM(filament_used), 0.0) AS filament_used,
    AVG(CASE WHEN outcome = 'success' AND estimate > 0
        THEN print_duration / estimate END) AS ratio,
    MAX(ended) AS last_ended
"""
MOST_FIRST = "ORDER BY COUNT(*) DESC, last_ended DESC LIMIT :limit"
SELECT_TOTALS = {
    By.ALL: f"SELECT {FIGURES} FROM continuousprint_runs WHERE {{where}}",  # noqa: S608 - our own names  # nosec B608
    By.FILE: f"""
        SELECT path, {FIGURES} FROM continuousprint_runs WHERE {{where}}
        GROUP BY path {MOST_FIRST}
    """,  # noqa: S608 - our own names  # nosec B608
    By.JOB: f"""
        SELECT (SELECT job_name FROM continuousprint_runs WHERE job_id = one.job_id
                ORDER BY ended DESC LIMIT 1) AS job_name, * FROM (
            SELECT job_id, {FIGURES} FROM continuousprint_runs WHERE {{where}}
            GROUP BY job_id {MOST_FIRST}
        ) AS one
        ORDER BY success + failure + cancelled + aborted DESC, last_ended DESC
    """,  # noqa: S608 - our own names  # nosec B608
}

SELECT_PATH_STATS = """
    SELECT COUNT(*) AS runs, AVG(print_duration) AS print_duration,
        AVG(CASE WHEN estimate > 0 THEN print_duration / estimate END) AS ratio
    FROM (
        SELECT print_duration, estimate FROM continuousprint_runs
        WHERE path = ? AND ended IS NOT NULL AND +outcome = 'success'
        ORDER BY ended DESC LIMIT ?
    )
"""
SELECT_NEWEST_GOOD = """
    SELECT ended, cleared, print_duration, estimate FROM (
        SELECT * FROM continuousprint_runs WHERE outcome IS NOT NULL
        ORDER BY id DESC LIMIT ?
    ) WHERE outcome = 'success'
"""
PURGE_RUNS = """
    DELETE FROM continuousprint_runs WHERE id IN (
        SELECT id FROM continuousprint_runs
        WHERE ended < ? AND +outcome IS NOT NULL LIMIT ?
    )
"""
DELETE_ENDED = """
    DELETE FROM continuousprint_runs WHERE id IN (
        SELECT id FROM continuousprint_runs WHERE outcome IS NOT NULL LIMIT ?
    )
"""


class History:
    """Reads and purges. Raises Unavailable when the disk says no."""

    def __init__(self, on_thread: OnDatabaseThread) -> None:
        self._on_thread = on_thread

    async def page(
        self,
        wanted: RunFilter = EVERYTHING,
        before: int | None = None,
        limit: int = 100,
    ) -> Page:
        """At most `limit` (and MAX_PAGE) runs behind the run with the id `before`."""
        return await self._read(lambda conn: page(conn, wanted, before, limit))

    async def totals(
        self,
        by: By = By.ALL,
        wanted: RunFilter = EVERYTHING,
        limit: int = MAX_PAGE,
    ) -> tuple[Totals, ...]:
        """Of all runs (one), or of each file or job, those with most runs first."""
        return await self._read(lambda conn: totals(conn, by, wanted, limit))

    async def path_stats(self, paths: Iterable[str]) -> Mapping[str, PathStats]:
        """By path; one that was never printed well is not there."""
        left, found = list(dict.fromkeys(paths)), {}
        while left:
            some, left = left[:CHUNK], left[CHUNK:]
            found.update(await self._read(_stats_of(some)))
        return found

    async def pace(self) -> Pace:
        return await self._read(pace)

    async def purge(self, before: float) -> int:
        """Forget the runs that ended before that time; how many they were."""
        return await self._delete(PURGE_RUNS, before)

    async def clear(self) -> int:
        """Forget every run that has ended; how many they were."""
        return await self._delete(DELETE_ENDED)

    async def _delete(self, statement: str, *values: float) -> int:
        def work(conn: sqlite3.Connection) -> int:
            return conn.execute(statement, (*values, CHUNK)).rowcount

        total, deleted = 0, CHUNK
        try:
            while deleted == CHUNK:
                deleted = await self._on_thread(lambda conn: in_savepoint(conn, work))
                total += deleted
        except sqlite3.Error as error:
            raise Unavailable(
                f"{total} runs were purged, then the database said {error}."
            ) from error
        return total

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._on_thread(work)
        except (sqlite3.Error, *NONSENSE) as error:
            raise Unavailable(f"The history could not be read: {error}.") from error
        except OverflowError as error:  # it has 64 bits
            raise BadRequest(TOO_LARGE) from error


def page(
    conn: sqlite3.Connection, wanted: RunFilter, before: int | None, limit: int
) -> Page:
    sql, values = page_query(wanted, before, limit)
    rows = conn.execute(sql, values).fetchall()
    most = values["limit"] - 1
    runs = tuple(to_run(row) for row in rows[:most])
    return Page(runs, runs[-1].id if len(rows) > most else None)


def page_query(wanted: RunFilter, before: int | None, limit: int) -> tuple[str, Values]:
    """The statement and its values: one row more than wanted tells of more to come."""
    where, values = _where(wanted, is_behind=before is not None)
    if before is not None:
        where += f" AND {BEHIND}"
        values["before"] = before
    values["limit"] = min(limit, MAX_PAGE) + 1
    return SELECT_PAGE.format(where=where), values


def totals(
    conn: sqlite3.Connection, by: By, wanted: RunFilter, limit: int
) -> tuple[Totals, ...]:
    sql, values = totals_query(by, wanted, limit)
    return tuple(Totals(**dict(row)) for row in conn.execute(sql, values))


def totals_query(by: By, wanted: RunFilter, limit: int) -> tuple[str, Values]:
    where, values = _where(wanted)
    values["limit"] = min(limit, MAX_PAGE)
    return SELECT_TOTALS[by].format(where=where), values


def _where(wanted: RunFilter, *, is_behind: bool = False) -> tuple[str, Values]:
    """Conditions on ended runs. A + keeps an index from being chosen that fits less:
    one outcome's runs are many, a path's or a job's are few."""
    few = wanted.path or wanted.job_id is not None
    outcome = wanted.outcome.value if wanted.outcome else None
    conditions = {
        "outcome": ("+outcome = :outcome" if few else "outcome = :outcome", outcome),
        "job_id": ("job_id = :job_id", wanted.job_id),
        "path": ("path = :path", wanted.path or None),
        "part": (
            "(path LIKE :part ESCAPE '\\' OR job_name LIKE :part ESCAPE '\\')",
            _pattern(wanted.contains),
        ),
        "since": ("ended >= :since", wanted.since),
        # behind another run, that run's end is the nearer bound
        "until": ("+ended < :until" if is_behind else "ended < :until", wanted.until),
    }
    chosen = {name: one for name, one in conditions.items() if one[1] is not None}
    where = ["ended IS NOT NULL", *(sql for sql, _ in chosen.values())]
    return " AND ".join(where), {name: value for name, (_, value) in chosen.items()}


def _pattern(part: str) -> str | None:
    if not part:
        return None
    for special in ("\\", "%", "_"):
        part = part.replace(special, f"\\{special}")
    return f"%{part}%"


def _stats_of(
    paths: list[str],
) -> Callable[[sqlite3.Connection], dict[str, PathStats]]:
    def work(conn: sqlite3.Connection) -> dict[str, PathStats]:
        found = {}
        for path in paths:
            values = (path, NEWEST_OF_PATH)
            row = conn.execute(SELECT_PATH_STATS, values).fetchone()
            if row["runs"]:
                found[path] = PathStats(path, **dict(row))
        return found

    return work


def pace(conn: sqlite3.Connection) -> Pace:
    rows = conn.execute(SELECT_NEWEST_GOOD, (NEWEST_OF_ALL,)).fetchall()
    ratios = [r["print_duration"] / r["estimate"] for r in rows if r["estimate"]]
    waits = [r["cleared"] - r["ended"] for r in rows if r["cleared"] is not None]
    # Below zero the clock was put back.
    waits = sorted(one for one in waits if one >= 0)
    return Pace(
        sum(ratios) / len(ratios) if ratios else None,
        _median(waits) if waits else None,
    )


def _median(values: list[float]) -> float:
    """Of values in their order. The library's own brings decimals and fractions along,
    half a megabyte for this."""
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2
