"""An idle queue does nothing by itself: no timer, no task, no thread of ours.

Moonraker runs with tests/bench/inside on its path, which notes what the component
begins. Each test first shows that it does: the queue's loop is begun at the start.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from moonraker_cp.demo.stack import Stack

from .conftest import StackFactory
from .queue import Queue
from .test_waits import sliced, slicer_is_known

INSIDE = Path(__file__).parent.parent / "bench" / "inside"
TURNS = 3
"""Moonraker tells of itself once a second; so many times are waited for."""


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "timers"
    monkeypatch.setenv("MOONRAKER_CP_TIMERS", str(path))
    monkeypatch.setenv("PYTHONPATH", str(INSIDE))
    return path


def begun(noted: Path) -> list[str]:
    return noted.read_text("utf-8").splitlines()


async def nothing_begins(stack: Stack, noted: Path) -> None:
    """While Moonraker lives, and klippy reports, if it is there."""
    client = stack.client
    for _ in range(TURNS):
        await client.wait("notify_proc_stat_update", since=len(client.notifications))
        await client.rpc("server.info")
    settled = begun(noted)
    assert any(line.startswith("create_task driver.start") for line in settled)
    # From here on nothing is left of the start, or of what a person did.
    for _ in range(TURNS):
        await client.wait("notify_proc_stat_update", since=len(client.notifications))
    assert begun(noted)[len(settled) :] == []


async def test_inactive_and_active_with_nothing_queued(
    stack_factory: StackFactory, noted: Path
) -> None:
    stack = await stack_factory(section="bed_clearing: manual")
    queue = Queue(stack)
    await queue.add("later.gcode", sliced())
    await slicer_is_known(queue)  # it is looked at when it is new
    await nothing_begins(stack, noted)
    job = (await queue.state())["jobs"][0]
    await queue.client.delete("/server/continuousprint/jobs", json={"id": job["id"]})
    await queue.start()
    assert (await queue.phase("idle"))["active"]
    await nothing_begins(stack, noted)


async def test_no_printer_at_all(stack_factory: StackFactory, noted: Path) -> None:
    stack = await stack_factory(section="bed_clearing: manual")
    await stack.kill_klippy()
    await stack.client.wait("notify_klippy_disconnected", since=0)
    await nothing_begins(stack, noted)
