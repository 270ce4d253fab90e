"""A database thread that does what Moonraker's does, on a file of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, TypeVar

from moonraker_cp.storage.schema import MIGRATIONS_PROTOTYPE
from moonraker_cp.storage.store import Store

T = TypeVar("T")


class DatabaseThread:
    """One thread, one connection; a function is handed to it and awaited."""

    def __init__(self, path: Path) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._conn = self._pool.submit(_connect, path).result()

    def __call__(self, call: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pool, call, self._conn)

    def now(self, call: Callable[[sqlite3.Connection], T]) -> T:
        """The same, for a test that waits."""
        return self._pool.submit(call, self._conn).result()

    def execute(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """A statement of another component's, which commits when it likes."""
        return self.now(lambda conn: [tuple(r) for r in conn.execute(sql, values)])

    def store(self) -> Store:
        return Store(self)

    def close(self) -> None:
        self.now(lambda conn: conn.close())
        self._pool.shutdown()


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(
        str(path),
        timeout=1.0,
        detect_types=sqlite3.PARSE_DECLTYPES,
        check_same_thread=True,
    )
    conn.row_factory = sqlite3.Row
    with conn:  # Moonraker makes this one from the table's prototype
        conn.execute(f"CREATE TABLE IF NOT EXISTS {MIGRATIONS_PROTOTYPE}")
    return conn
