"""Files of real slicers, printed to the end, unattended.

Give a folder of G-code: make slow REAL_GCODES=DIR. Each takes minutes.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from .queue import Queue, reason

pytestmark = pytest.mark.slow

SWEEP = """
bed_clearing: gcode
bed_clearing_gcode:
  G28 X Y
  G90
  G1 X110 Y215 F9000
  G1 Y20 F9000
"""
MINUTES = 15 * 60.0
CALLS_MACRO = re.compile(r"^(print_start|start_print)\b", re.IGNORECASE | re.MULTILINE)


@pytest.fixture
def files(request: pytest.FixtureRequest) -> list[Path]:
    folder = request.config.getoption("--real-gcodes")
    found = sorted(Path(folder).glob("*.gcode")) if folder else []
    if not found:
        pytest.skip("no folder of real files was given (REAL_GCODES=DIR)")
    return found


async def test_real_files_print_to_the_end(
    stack_factory: Any, files: list[Path]
) -> None:
    queue = Queue(await stack_factory(section=SWEEP))
    for path in files:
        shutil.copy(path, queue.stack.data.gcodes / path.name)
        await queue.call("jobs", path=path.name)
    await queue.start()
    state = await queue.phase("idle", "blocked", timeout=MINUTES)
    assert state["reason"] is None
    names = [path.name for path in files]
    assert queue.stack.done_printing() == names
    assert await queue.history() == [(name, "completed") for name in names]
    assert await queue.outcomes() == [(name, "success") for name in names]
    assert await queue.copies_left() == 0


async def test_without_the_start_macro_it_is_the_files_failure(
    stack_factory: Any, files: list[Path]
) -> None:
    def without_macros(text: str) -> str:
        return re.sub(
            r"\[gcode_macro (PRINT_START|START_PRINT)\]", r"[gcode_macro _\1]", text
        )

    callers = [path for path in files if CALLS_MACRO.search(path.read_text("utf-8"))]
    assert callers, "none of the files calls PRINT_START"
    queue = Queue(await stack_factory(section=SWEEP, printer_cfg=without_macros))
    for path in callers:
        shutil.copy(path, queue.stack.data.gcodes / path.name)
        await queue.call("jobs", path=path.name)
        await queue.start(bed="clear")
        state = await queue.phase("blocked", timeout=MINUTES)
        assert reason(state) == "print_failed"
        assert path.name in state["reason"]["text"]
        assert "Must home axis first" in state["reason"]["text"]
        await queue.call("skip")
        await queue.stop()
    assert await queue.outcomes() == [(path.name, "failure") for path in callers]
