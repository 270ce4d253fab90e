"""The computer's clock is set while Moonraker runs: 1970 at boot, then the network's.

Moonraker's `time.time` is wrapped from outside; everything else is as it always is.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from .endings import PART, balance
from .queue import HELD, PREFIX, SHORT, Queue
from .test_waits import HOUR, SWEEP, at, waits

SETS_CLOCK = '''
"""Moves the clocks of Moonraker's process by the seconds in files."""
import pathlib, time

WATCH = pathlib.Path("@FILE@")
UP = WATCH.with_name("up")

if b"moonraker\\0" in pathlib.Path("/proc/self/cmdline").read_bytes():
    real, real_up = time.time, time.clock_gettime
    time.time = lambda: real() + float(WATCH.read_text())
    time.clock_gettime = lambda which: real_up(which) + float(UP.read_text())
'''
DAY = 24 * HOUR
YEARS = 40 * 365 * DAY


class Watch:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.set_by(0.0)
        self.goes_on(0.0)

    def set_by(self, seconds: float) -> None:
        """From the real time."""
        new = self._path.with_suffix(".new")
        new.write_text(f"{seconds}", "utf-8")
        new.replace(self._path)

    def goes_on(self, seconds: float) -> None:
        """The computer has run for so much longer; nobody sets its clock."""
        new = self._path.with_name("up.new")
        new.write_text(f"{seconds}", "utf-8")
        new.replace(self._path.with_name("up"))

    def boots_in_1970(self) -> None:
        self.set_by(60.0 - time.time())


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    hook = tmp_path / "hook"
    hook.mkdir()
    path = hook / "clock"
    code = SETS_CLOCK.replace("@FILE@", str(path))
    (hook / "sitecustomize.py").write_text(code, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hook))
    return Watch(path)


async def every_look_is_answered(queue: Queue) -> None:
    csv = "history/export?format=csv"
    for call in ("state", "history", "history/totals", "forecast", csv):
        reply = await queue.client.get(f"{PREFIX}/{call}")
        assert reply.status == 200, (call, reply.body)


async def test_it_is_set_while_it_prints_and_sweeps(
    stack_factory: Any, watch: Watch
) -> None:
    """Begun in 1970, ended in this century, and put back an hour after that."""
    watch.boots_in_1970()
    queue = Queue(await stack_factory(section=SWEEP + "clear_after_last: True\n"))
    await queue.add(PART, HELD, count=2)
    await queue.start()
    state = await queue.printing(PART)
    assert state["run"]["opened"] < HOUR, "the test's clock is Moonraker's"
    watch.set_by(0.0)
    await queue.release()
    await queue.reach(lambda s: len(queue.stack.done_printing()) == 1)
    watch.set_by(-HOUR)
    await queue.phase("idle")
    assert await balance(queue, 2) == 0
    first, second = await queue.runs()
    assert first["ended"] - first["opened"] > YEARS
    assert [run["total_duration"] < 600 for run in (first, second)] == [True, True]
    await every_look_is_answered(queue)


@pytest.mark.slow
async def test_moonraker_comes_back_in_another_year(
    stack_factory: Any, watch: Watch
) -> None:
    """Before 1970, even: the print is its own still, and ends before it began."""
    queue = Queue(await stack_factory(section=SWEEP + "clear_after_last: True\n"))
    await queue.add(PART, HELD)
    await queue.start()
    run = (await queue.printing(PART))["run"]
    await queue.stack.kill_moonraker()
    watch.set_by(-2 * YEARS)
    await queue.stack.start_moonraker()
    state = await queue.printing(PART)
    assert state["run"]["id"] == run["id"]
    await queue.release()
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "success")]
    (ended,) = await queue.runs()
    assert ended["ended"] < 0 < ended["opened"]
    await every_look_is_answered(queue)


@pytest.mark.slow
async def test_it_is_set_while_an_hour_is_waited_for(
    stack_factory: Any, watch: Watch
) -> None:
    """A start at an hour, told to a computer in 1970; the network says it has passed.
    Then quiet hours, out of which the clock is put back."""
    watch.boots_in_1970()
    quiet = f"quiet_hours: {at(-HOUR)}-{at(2 * HOUR)}\n"
    queue = Queue(await stack_factory(section=SWEEP + quiet))
    await queue.add(PART, SHORT, count=1)
    await queue.call("active", active=True, at=20 * HOUR)
    await queue.reach(waits("start_time"))
    watch.set_by(0.0)
    await queue.reach(waits("quiet_hours"), timeout=90)
    assert queue.stack.prints() == []
    watch.set_by(-3 * HOUR)
    await queue.reach(
        lambda s: s["phase"] == "idle" and not s["jobs"][0]["copies_left"], timeout=90
    )
    assert queue.stack.done_printing() == [PART]


async def test_removed_jobs_are_forgotten_while_moonraker_runs(
    moonraker_factory: Any, watch: Watch
) -> None:
    """It may run for months. There is no timer: it is done with what is stored."""
    queue = Queue(await moonraker_factory("", section="keep_removed_days: 30\n"))

    async def removed() -> int:
        reply = await queue.client.get(f"{PREFIX}/removed")
        return len(reply.body["result"]["jobs"])

    job = await queue.add("a.gcode")
    await queue.client.delete(f"{PREFIX}/jobs", json={"job_ids": [job["id"]]})
    watch.set_by(31 * DAY)
    await queue.add("b.gcode")
    assert await removed() == 1, "by the wall's clock alone no day has passed"
    watch.goes_on(31 * DAY)
    await queue.add("c.gcode")
    deadline = asyncio.get_running_loop().time() + 60
    while await removed():  # done beside the queue, and nobody is told
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    assert len((await queue.state())["jobs"]) == 2
