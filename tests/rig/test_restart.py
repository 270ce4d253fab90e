"""Moonraker and Klipper die and come back: nothing lost, nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from .queue import BUSY, GCODE, HELD, Queue, reason


@pytest.mark.parametrize("gently", [False, True], ids=["kill", "restart"])
async def test_moonraker_comes_back_to_its_print(
    stack_factory: Any, gently: bool
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", HELD, count=1)
    await queue.add("b.gcode")
    await queue.start()
    run = (await queue.printing("a.gcode"))["run"]
    if gently:
        await queue.stack.stop_moonraker()
    else:
        await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    state = await queue.printing("a.gcode")
    assert state["run"]["id"] == run["id"], "the same run goes on"
    assert state["active"], "Start is a durable intent"
    await queue.release()
    await queue.phase("idle")
    names = ["a.gcode", "b.gcode"]
    assert queue.stack.done_printing() == names
    assert await queue.outcomes() == [(name, "success") for name in names]
    assert await queue.copies_left() == 0


async def test_a_print_that_ends_while_moonraker_is_away_counts_once(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", BUSY, count=2)
    await queue.start()
    await queue.printing("a.gcode")
    await queue.stack.kill_moonraker()
    await queue.stack.wait_done_printing(1)
    await queue.stack.start_moonraker()
    state = await queue.phase("blocked")
    assert reason(state) == "finished_while_away"
    assert await queue.outcomes() == [("a.gcode", "success")]
    assert await queue.copies_left() == 1
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode"] * 2


async def test_both_killed_nothing_starts_until_the_bed_is_said_to_be_clear(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", BUSY)
    await queue.start()
    await queue.printing("a.gcode")
    await queue.stack.kill_moonraker()
    await queue.stack.kill_klippy()
    await queue.stack.start_klippy(wait_ready=False)
    await queue.stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) == "print_aborted")
    assert state["bed"]["state"] == "occupied"
    await queue.nothing_starts()
    assert await queue.copies_left() == 1
    await queue.bed_clear()
    await queue.phase("idle")
    assert await queue.outcomes() == [("a.gcode", "aborted"), ("a.gcode", "success")]
    assert await queue.copies_left() == 0


async def test_moonraker_killed_while_idle_waits_for_start(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await queue.add("a.gcode")
    await queue.start()
    await queue.phase("idle")
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    await queue.add("b.gcode")
    state = await queue.phase("blocked")
    assert (reason(state), state["bed"]["state"]) == ("restarted", "clear")
    await queue.start()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]


async def test_moonraker_killed_while_the_clearing_script_runs(
    stack_factory: Any,
) -> None:
    section = "bed_clearing: gcode\nbed_clearing_gcode:\n  G4 P20000\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("a.gcode", count=2)
    await queue.start()
    await queue.phase("clearing")
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    state = await queue.phase("blocked")
    assert (reason(state), state["bed"]["state"]) == ("restarted", "occupied")
    await queue.nothing_starts()
    assert queue.stack.done_printing() == ["a.gcode"]
    await queue.bed_clear()
    await queue.phase("idle", "finishing", timeout=90)
    assert queue.stack.done_printing() == ["a.gcode"] * 2
    assert await queue.copies_left() == 0


async def test_what_was_acknowledged_is_stored(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=""))
    for name in ("a.gcode", "b.gcode", "c.gcode"):
        await queue.add(name, count=3, draft=name == "b.gcode")
    before = await queue.state()
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    assert (await queue.state())["jobs"] == before["jobs"]
