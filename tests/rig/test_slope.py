"""Hours of printing leave nothing behind: memory, files, threads and tasks stay flat.

`--minutes` says for how long; `make soak` takes six hours, which are 24 of the
printer's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.core.model import ENDLESS

from ..commit import commit
from .conftest import SPEED
from .queue import GCODE, PREFIX, Queue
from .vitals import Sample, Vitals, hints, leaks, report, watch

SAMPLES = 30
FEWEST = 12
"""Samples; a machine that is too slow for them takes longer."""

# Moonraker keeps temperatures and console lines of the last minutes: a growth of its
# own, until it has so many.
SMALL_STORES = "[data_store]\ntemperature_store_size: 10\ngcode_store_size: 10\n"


async def print_on(queue: Queue, vitals: Vitals, minutes: float) -> Sequence[Sample]:
    """An endless job of a tiny file, while a person edits and a page listens."""
    # Half a second each in a short test, two in a long one, which is to cost little.
    seconds = min(max(minutes / 5, 0.5), 2.0)
    text = f"G4 P{seconds * 1000 * SPEED:.0f}\n"
    sets = [{"path": queue.file("tiny.gcode", text)}]
    await queue.call("jobs", sets=sets, count=ENDLESS)
    await queue.start()
    clock = asyncio.get_running_loop().time
    begun, samples = clock(), list[Sample]()
    pid = queue.stack.pids["moonraker"]
    prints = 0
    while clock() < begun + 60 * minutes or len(samples) < FEWEST:
        prints += 1
        await queue.stack.console.wait_for_prints(prints, 120.0)
        await edit(queue)
        if clock() >= begun + 60 * minutes * len(samples) / SAMPLES:
            samples.append(await vitals.sample(pid, prints))
        queue.client.notifications.clear()  # a page does not keep them either
    assert queue.stack.pids["moonraker"] == pid, "it is the same one all the time"
    return samples


async def edit(queue: Queue) -> None:
    """What people do: add, look, change, remove."""
    sets = [{"path": "tiny.gcode"}, {"path": "tiny.gcode", "count": 2}]
    job = (await queue.call("jobs", jobs=[{"sets": sets, "draft": True}]))["jobs"][0]
    await queue.call("job", id=job["id"], name="Clips")
    await queue.call("job/move", id=job["id"], after=None)
    state = await queue.state()
    assert len(state["jobs"]) == 2
    assert state["active"], state["reason"]
    body = {"job_ids": [job["id"]]}
    reply = await queue.client.delete(f"{PREFIX}/jobs", json=body)
    assert reply.status == 200, reply.body


def minutes_of(request: pytest.FixtureRequest) -> float:
    return float(request.config.getoption("--minutes"))


@pytest.mark.longest
async def test_nothing_grows_while_it_prints(
    stack_factory: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    vitals = watch(monkeypatch, tmp_path)
    queue = Queue(await stack_factory(section=GCODE, moonraker_conf=SMALL_STORES))
    samples = await print_on(queue, vitals, minutes_of(request))
    print(f"{report(samples)}\ncommit {commit()}")
    found = leaks(samples)
    assert not found, "\n".join(
        [*found, "There are more of these:", hints(samples), report(samples)]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leak", "count", "hint"),
    [
        ("decision", "held_kB", "object Decision"),
        ("bytes", "held_kB", ""),
        ("task", "tasks", "task _never"),
        ("file", "files", "file /dev/null"),
        ("thread", "threads", "object Thread"),
    ],
)
async def test_a_leak_is_found(
    leak: str,
    count: str,
    hint: str,
    stack_factory: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One more with each print, for a minute; of bytes, two thousand."""
    vitals = watch(monkeypatch, tmp_path, leak)
    queue = Queue(await stack_factory(section=GCODE, moonraker_conf=SMALL_STORES))
    samples = await print_on(queue, vitals, minutes=1.0)
    found = leaks(samples)
    print("\n".join([*found, hints(samples)]))
    assert count in [line.split(":")[0] for line in found], report(samples)
    assert hint in hints(samples, 40)
