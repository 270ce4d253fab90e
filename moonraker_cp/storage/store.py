"""The store: one call, one function on the database thread, one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable
from typing import Callable, Protocol, TypeVar

from ..core.decisions import Decision
from ..core.errors import BadRequest, Unavailable
from ..core.model import Job, Outcome, Run, State
from . import queries
from .decisions import DecisionLog
from .sanity import Unreadable, check
from .schema import migrate

T = TypeVar("T")

TOO_LARGE = "A number is too large; whole numbers have 64 bits here."

TRIES = 5
PAUSE = 1.0
"""How often, and after how many seconds, tables are opened that somebody has locked: a
backup takes a moment, and without the queue Moonraker runs until its next restart."""

NONSENSE = (ValueError, TypeError, LookupError, AttributeError)
"""What reading a row raises that nobody of us has written."""


class OnDatabaseThread(Protocol):
    """Queues a function to the thread that owns the connection."""

    def __call__(self, call: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


class Store:
    """Reads and writes the queue. Raises sqlite3.Error when the disk says no."""

    def __init__(self, on_thread: OnDatabaseThread, pause: float = PAUSE) -> None:
        self._on_thread = on_thread
        self.decisions = DecisionLog(on_thread)
        self._pause = pause

    async def prepare(self, now: float) -> None:
        """Bring the tables up to date; waits for somebody who has locked them."""
        for left in reversed(range(TRIES)):
            try:
                await self._transact(lambda conn: migrate(conn, now))
                return
            except sqlite3.OperationalError as error:
                if not left or "locked" not in str(error):
                    raise
            await asyncio.sleep(self._pause)

    async def open(self, now: float) -> State:
        """Bring the tables up to date and read everything that is stored. Raises
        Unreadable, too."""

        def work(conn: sqlite3.Connection) -> State:
            migrate(conn, now)
            return check(
                State(
                    _told("the control row", queries.control, conn),
                    _told("the jobs", queries.all_jobs, conn),
                    _told("the open run", queries.open_run, conn),
                )
            )

        return await self._transact(work)

    async def commit(self, decision: Decision) -> None:
        """Store what a turn decided, whole or not at all."""

        def work(conn: sqlite3.Connection) -> None:
            edit = decision.edit
            queries.remove_jobs(conn, edit.removed, decision.now)
            queries.put_jobs(conn, edit.put)
            if edit.reordered:
                queries.order_jobs(conn, [job.id for job in decision.state.jobs])
            if decision.dropped_run is not None:
                queries.delete_run(conn, decision.dropped_run)
            for run in decision.runs:
                queries.put_run(conn, run)
                if run.outcome is Outcome.SUCCESS and not run.counted:
                    queries.count_late_copy(conn, run.set_id)
            if decision.cleared is not None:
                queries.note_cleared(conn, *decision.cleared)
            if decision.link is not None:
                queries.link_run(conn, decision.link)
            if decision.recall is not None:
                queries.recall_run(conn, decision.recall)
            if decision.video is not None:
                queries.note_video(conn, decision.video)
            queries.put_control(conn, decision.state.control)
            if decision.entry is not None:
                self.decisions.put(conn, decision.entry)

        await self._transact(work)

    async def newest_runs(self, limit: int) -> tuple[Run, ...]:
        """For a request: raises Unavailable when the disk says no."""
        return await self._read(lambda conn: queries.newest_runs(conn, limit))

    async def removed_jobs(
        self, limit: int, offset: int
    ) -> tuple[tuple[Job, float], ...]:
        """Newest first, each with when. Raises Unavailable."""
        return await self._read(lambda conn: queries.removed_jobs(conn, limit, offset))

    async def removed_job(self, job_id: int) -> Job | None:
        return await self._read(lambda conn: queries.removed_job(conn, job_id))

    async def purge_jobs(self, before: float) -> int:
        """Forget jobs removed before that time; how many. Raises Unavailable."""
        try:
            return await self._transact(lambda conn: queries.purge_jobs(conn, before))
        except sqlite3.Error as error:
            raise Unavailable(f"Nothing was purged: {error}.") from error

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._on_thread(work)
        except (sqlite3.Error, *NONSENSE) as error:
            raise Unavailable(f"The database could not be read: {error}.") from error
        except OverflowError as error:  # it has 64 bits
            raise BadRequest(TOO_LARGE) from error

    async def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._on_thread(lambda conn: in_savepoint(conn, work))


def _told(
    what: str,
    read: Callable[[sqlite3.Connection], T],
    conn: sqlite3.Connection,
) -> T:
    """What was read; nonsense in it is told with where it is."""
    try:
        return read(conn)
    except NONSENSE as error:
        raise Unreadable(f"{what} cannot be read: {error}") from error


def in_savepoint(
    conn: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
) -> T:
    """Run a change whole or not at all on Moonraker's shared connection.

    A savepoint, because rolling back the connection would take other components'
    rows with it. Only when the commit itself fails is all of it rolled back: our
    rows must not be written later by somebody else's commit, after we said that
    nothing was stored.
    """
    conn.execute("SAVEPOINT continuousprint")
    try:
        result = work(conn)
    except BaseException:
        if conn.in_transaction:  # a full disk, for one, may have ended it already
            conn.execute("ROLLBACK TO continuousprint")
            conn.execute("RELEASE continuousprint")
        raise
    try:
        conn.execute("RELEASE continuousprint")
        conn.commit()
    except sqlite3.Error:
        conn.rollback()
        raise
    return result
