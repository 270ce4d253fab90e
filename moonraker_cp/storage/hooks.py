"""The scripts that people set for hooks: stored, and kept at hand."""

from __future__ import annotations

import sqlite3

from ..core.errors import Unavailable
from ..core.hooks import Hook, Hooks, Script
from .store import OnDatabaseThread, in_savepoint

SELECT = """
    SELECT hook, name, gcode, condition FROM continuousprint_scripts
    ORDER BY hook, position
"""
DELETE = "DELETE FROM continuousprint_scripts WHERE hook = ?"
INSERT = """
    INSERT INTO continuousprint_scripts (hook, position, name, gcode, condition)
    VALUES (?, ?, ?, ?, ?)
"""


class HookStore:
    """hooks: what is stored, as of the newest `open` or `put`; without hooks that have
    no scripts."""

    def __init__(self, on_thread: OnDatabaseThread) -> None:
        self._on_thread = on_thread
        self.hooks: Hooks = {}

    async def open(self) -> Hooks:
        """Read them, once the store has brought the tables up to date. Raises
        sqlite3.Error."""
        self.hooks = await self._on_thread(_read)
        return self.hooks

    async def put(self, hook: Hook, scripts: tuple[Script, ...]) -> None:
        """These are the hook's scripts from here on. Raises Unavailable when the disk
        says no; the old ones stay then."""

        def work(conn: sqlite3.Connection) -> Hooks:
            conn.execute(DELETE, (hook.value,))
            rows = [
                (hook.value, position, one.name, one.gcode, one.condition)
                for position, one in enumerate(scripts)
            ]
            conn.executemany(INSERT, rows)
            return _read(conn)

        try:
            self.hooks = await self._on_thread(lambda conn: in_savepoint(conn, work))
        except sqlite3.Error as error:
            raise Unavailable(f"The scripts were not saved: {error}.") from error


def _read(conn: sqlite3.Connection) -> Hooks:
    found: dict[Hook, tuple[Script, ...]] = {}
    for row in conn.execute(SELECT):
        hook = Hook(row["hook"])
        script = Script(row["name"], row["gcode"], row["condition"])
        found[hook] = (*found.get(hook, ()), script)
    return found
