"""A database on a thread, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .thread import DatabaseThread


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DatabaseThread]:
    thread = DatabaseThread(tmp_path / "moonraker-sql.db")
    yield thread
    thread.close()
