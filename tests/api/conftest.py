"""An API that has started, with three files to print."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from .rig import Api

FILES = ("a.gcode", "b.gcode", "sub/c.gcode", "ü 'q' \"Q\".gcode", "notes.txt")


@pytest.fixture
def gcodes(tmp_path: Path) -> Path:
    folder = tmp_path / "gcodes"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("G28\n", "utf-8")
    (tmp_path / "outside.gcode").write_text("G28\n", "utf-8")
    return folder


@pytest_asyncio.fixture
async def api(gcodes: Path) -> AsyncIterator[Api]:
    made = Api(gcodes)
    await made.start()
    yield made
    await made.driver.stop()
