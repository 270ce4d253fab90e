"""What people said is loaded: a row for each tool."""

from __future__ import annotations

import sqlite3

from ..core.errors import Unavailable
from ..core.spools import Spool, Spools, with_row
from .store import OnDatabaseThread, in_savepoint

SELECT = "SELECT tool, material, remaining FROM continuousprint_spools ORDER BY tool"
DELETE = "DELETE FROM continuousprint_spools WHERE tool = ?"
INSERT = """
    INSERT INTO continuousprint_spools (tool, material, remaining) VALUES (?, ?, ?)
"""


class SpoolStore:
    def __init__(self, on_thread: OnDatabaseThread) -> None:
        self._on_thread = on_thread

    async def read(self) -> Spools:
        """By tool. Raises sqlite3.Error."""
        return await self._on_thread(_read)

    async def put(self, tool: int, spool: Spool | None) -> Spools:
        """One row, or none any more; the whole table then. Raises Unavailable."""

        def work(conn: sqlite3.Connection) -> Spools:
            conn.execute(DELETE, (tool,))
            if spool is not None:
                conn.execute(INSERT, (tool, spool.material, spool.remaining))
            return _read(conn)

        try:
            return await self._on_thread(lambda conn: in_savepoint(conn, work))
        except sqlite3.Error as error:
            raise Unavailable(f"Nothing was stored: {error}.") from error


def _read(conn: sqlite3.Connection) -> Spools:
    table: Spools = ()
    for row in conn.execute(SELECT):
        spool = Spool(row["material"], None, row["remaining"])
        table = with_row(table, row["tool"], spool)
    return table
