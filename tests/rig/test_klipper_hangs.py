"""Klippy answers late: its process stands still at each step, and goes on later.

What it was sent meanwhile it still carries out, or it finds that it lost its printer.
Either way nothing is started, swept or counted twice, and a person's answers go on.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from .endings import DWELL, PART, balance, gcode, klipper_comes_back
from .queue import Payload, Queue

SWEEP = "sweep begins"
LAST_WORDS = "finish begins"
SECTION = (
    "bed_clearing: gcode\nclear_after_last: True\n"
    f"bed_clearing_gcode:\n  M118 {SWEEP}\n  G4 P4000\n"
    f"finish_gcode:\n  M118 {LAST_WORDS}\n  G4 P4000\n"
)
PRINT = DWELL * 40
SHORT_HANG = 6.0
"""Seconds: longer than klippy's patience with its micro-controller."""
LONG_HANG = 65.0
"""Seconds: Moonraker says in its log that klippy does not answer."""
PHASES = ["starting", "printing", "clearing", "finishing"]


async def hang(queue: Queue, seconds: float) -> None:
    """klippy stands still; Moonraker and the queue go on answering."""
    pid = queue.stack.pids["klippy"]
    os.killpg(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
        state = await asyncio.wait_for(queue.state(), 5)
        assert state["active"]
    finally:
        os.killpg(pid, signal.SIGCONT)


async def in_phase(queue: Queue, phase: str) -> None:
    """Two copies are wanted; the first is in this phase, or the last for finishing."""
    await queue.add(PART, PRINT, count=2)
    if phase == "starting":  # klippy stands still before it is asked
        os.killpg(queue.stack.pids["klippy"], signal.SIGSTOP)
    await queue.start()
    state = await queue.phase(phase)
    assert state["phase"] == phase


def settled(state: Payload) -> bool:
    asked = state["phase"] == "blocked" and state["run"] is None
    return asked or (state["phase"] == "idle" and state["active"])


async def look_after(queue: Queue) -> list[str]:
    """As a careful person does, until all is printed; the reasons that were given."""
    told: list[str] = []
    for _ in range(6):
        state = await queue.reach(settled)
        if state["phase"] == "idle":
            return told
        told.append(state["reason"]["code"])
        assert state["reason"]["text"]
        assert state["reason"]["advice"]
        info = await queue.client.rpc("printer.info")
        if info["state"] != "ready":
            await klipper_comes_back(queue)
        await queue.call("active", active=True, bed="clear")
    raise AssertionError(f"answered, and it asks again: {told}")


def said(queue: Queue, words: str) -> int:
    return sum(words in line for line in queue.stack.console.lines)


async def hangs_in(
    stack_factory: Any, phase: str, seconds: float, **options: Any
) -> Queue:
    queue = Queue(await stack_factory(section=SECTION, **options))
    await in_phase(queue, phase)
    await hang(queue, seconds)
    told = await look_after(queue)
    assert await balance(queue, 2) == 0
    assert queue.stack.done_printing() == [PART] * 2
    bad = len(await queue.runs()) - 2
    assert len(queue.stack.prints()) <= 2 + bad, "each start has a run of its own"
    assert bad <= len(told)
    assert said(queue, SWEEP) <= 2, "no part is swept twice"
    assert said(queue, LAST_WORDS) <= 2
    await gcode(queue, "M400")
    assert (await queue.state())["phase"] == "idle"
    return queue


@pytest.mark.parametrize(
    "phase",
    [
        phase if phase == "clearing" else pytest.param(phase, marks=pytest.mark.slow)
        for phase in PHASES
    ],
)
async def test_klippy_stands_still(stack_factory: Any, phase: str) -> None:
    await hangs_in(stack_factory, phase, SHORT_HANG)


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
async def test_klippy_stands_still_for_a_minute(stack_factory: Any, phase: str) -> None:
    """A print that tells nothing is asked about once, beside the look after its start.

    At the speed of real printers: after such a gap klippy takes minutes to learn how
    fast a clock runs that is faster.
    """
    queue = await hangs_in(stack_factory, phase, LONG_HANG, speed=1.0)
    pending = queue.stack.moonraker_log().count("'objects/query' pending")
    assert pending <= 2, "each of them would be answered at the end"


@pytest.mark.slow
async def test_klippy_never_answers_and_is_killed(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=SECTION))
    await in_phase(queue, "starting")
    await queue.stop()
    state = await queue.state()
    assert (state["phase"], state["active"]) == ("starting", False)
    await queue.stack.kill_klippy()
    await queue.phase("blocked")
    await queue.stack.start_klippy()
    await queue.reach(lambda s: s["run"] is None)
    assert queue.stack.prints() == []
    assert await queue.copies_left() == 2
    await queue.call("active", active=True, bed="clear")
    await queue.phase("idle")
    assert queue.stack.done_printing() == [PART] * 2


@pytest.mark.slow
async def test_a_start_that_somebodys_script_holds_up_for_a_minute(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=SECTION))
    await queue.add(PART, PRINT)
    wait = "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"
    held = asyncio.ensure_future(gcode(queue, wait))
    await queue.start()
    await asyncio.sleep(LONG_HANG)
    assert (await queue.state())["phase"] in ("starting", "preparing")
    assert queue.stack.prints() == []
    await queue.release()
    await asyncio.wait((held,))
    held.exception()  # the client that sent it has lost its patience
    await queue.phase("idle")
    assert queue.stack.done_printing() == [PART]
    assert len(queue.stack.prints()) == 1
    assert await queue.outcomes() == [(PART, "success")]
