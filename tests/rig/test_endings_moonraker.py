"""Moonraker is killed, or restarted gently, in every phase of the queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .endings import (
    DWELL,
    PART,
    SECONDS,
    balance,
    begin,
    check,
    gcode,
    only_a_clear_bed_goes_on,
    order,
)
from .queue import GCODE, HELD, SHORT, Payload, Queue, reason

pytestmark = pytest.mark.parametrize("gently", [False, True], ids=["kill", "restart"])

CALM = "NEEDS_ACTION"
SLOW_SCRIPT = "bed_clearing: gcode\nbed_clearing_gcode:\n  G4 P12000\n"


async def bounce(queue: Queue, gently: bool, *phases: str) -> Payload:
    """Moonraker dies in this phase and comes back; the state it settles in."""
    assert (await queue.state())["phase"] in phases
    stack = queue.stack
    await (stack.stop_moonraker() if gently else stack.kill_moonraker())
    await stack.start_moonraker()
    return await queue.reach(lambda s: reason(s) != "waiting_for_klipper")


async def start_goes_on(queue: Queue, ordered: int) -> None:
    """The bed is clear: a person's Start is all that was missing."""
    started = len(queue.stack.prints())
    await gcode(queue, "M400")
    assert len(queue.stack.prints()) == started, "not before Start"
    for _ in range(3):
        await queue.start()
    await queue.phase("idle")
    assert await balance(queue, ordered) == 0


async def test_inactive(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add(PART, count=2)
    state = await bounce(queue, gently, "inactive")
    assert (state["phase"], state["active"], state["reason"]) == (
        "inactive",
        False,
        None,
    )
    await start_goes_on(queue, 2)


async def test_idle(stack_factory: Any, gently: bool) -> None:
    section = GCODE + "clear_after_last: True\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, DWELL, count=1)
    await queue.phase("idle")
    state = await bounce(queue, gently, "idle")
    check(state, "restarted", "Moonraker", bed="clear", status_type=CALM)
    await queue.add(PART)
    await start_goes_on(queue, 2)


async def test_idle_with_the_last_part_on_the_bed(
    stack_factory: Any, gently: bool
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, DWELL, count=1)
    await queue.phase("idle")
    state = await bounce(queue, gently, "idle")
    check(state, "restarted", "Moonraker", status_type=CALM)
    await queue.add(PART)
    await only_a_clear_bed_goes_on(queue)


async def test_preparing(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.client.subscribe(idle_timeout=None)
    await gcode(queue, DWELL * 120)  # answered at once, but it takes a while
    await queue.client.wait_status(lambda s: s["idle_timeout"]["state"] == "Printing")
    await order(queue, SHORT)
    state = await bounce(queue, gently, "preparing")
    check(state, "restarted", "Moonraker", bed="clear", status_type=CALM)
    await start_goes_on(queue, 2)


async def test_starting(stack_factory: Any, gently: bool) -> None:
    """Klipper has our start, but somebody's script holds it up; then it prints.

    A start that was never sent looks the same; only when Klipper has carried out
    whatever it holds can be told what became of the run.
    """
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add(PART, SECONDS, count=2)
    wait = "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"
    held = asyncio.ensure_future(gcode(queue, wait))
    await queue.start()
    # Klipper reads in order: what is answered proves that the start was read.
    await queue.client.rpc("printer.objects.query", objects={"webhooks": None})
    run = (await queue.state())["run"]
    await (queue.stack.stop_moonraker() if gently else queue.stack.kill_moonraker())
    with pytest.raises(ConnectionError):
        await held
    await queue.stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) == "waiting_for_klipper")
    assert (state["run"]["id"], state["bed"]["state"]) == (run["id"], "clear")
    await queue.release()
    state = await queue.printing(PART)
    assert state["run"]["id"] == run["id"], "the same run, begun late"
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "success")] * 2
    assert await queue.copies_left() == 0
    assert queue.stack.done_printing() == [PART] * 2


async def test_printing(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, HELD, count=1)
    await queue.add("next.gcode")
    run = (await queue.state())["run"]
    state = await bounce(queue, gently, "printing")
    assert (state["phase"], state["run"]["id"]) == ("printing", run["id"])
    assert state["active"], "Start is a durable intent"
    await queue.release()
    await queue.phase("idle")
    done = [(PART, "success"), ("next.gcode", "success")]
    assert await queue.outcomes() == done
    assert await balance(queue, 2) == 0


async def test_printing_and_it_ends_meanwhile(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS)
    stack = queue.stack
    await (stack.stop_moonraker() if gently else stack.kill_moonraker())
    await stack.wait_done_printing(1)
    await stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) == "finished_while_away")
    check(state, "finished_while_away", PART, status_type=CALM)
    assert await queue.outcomes() == [(PART, "success")]
    assert await balance(queue, 2) == 1
    await only_a_clear_bed_goes_on(queue)


async def test_printing_and_it_fails_meanwhile(
    stack_factory: Any, gently: bool
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS + "M104 T7 S200\n")
    stack = queue.stack
    await (stack.stop_moonraker() if gently else stack.kill_moonraker())
    await stack.console.wait_for_line("Extruder not configured", 60)
    await stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) == "print_failed")
    check(state, "print_failed", PART, "Extruder not configured")
    assert await queue.outcomes() == [(PART, "failure")]
    await only_a_clear_bed_goes_on(queue)


async def test_paused(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS)
    await queue.client.rpc("printer.print.pause")
    run = (await queue.phase("paused"))["run"]
    state = await bounce(queue, gently, "paused")
    assert (state["phase"], state["run"]["id"]) == ("paused", run["id"])
    assert await balance(queue, 2) == 2
    await queue.client.rpc("printer.print.resume")
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "success")] * 2
    assert await balance(queue, 2) == 0


async def test_cooling(stack_factory: Any, gently: bool) -> None:
    section = GCODE + "release_temperature: 30\n"
    queue = Queue(await stack_factory(section=section, thermal_speed=1))
    await queue.stack.fault("temperature", name="bed", celsius=100)
    await order(queue, DWELL)
    await queue.phase("cooling")
    state = await bounce(queue, gently, "cooling")
    check(state, "restarted", "Moonraker", status_type=CALM)
    await queue.stack.fault("temperature", name="bed", celsius=20)
    await only_a_clear_bed_goes_on(queue)


async def test_clearing(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section=SLOW_SCRIPT))
    await order(queue, DWELL, count=3)
    await queue.phase("clearing")
    state = await bounce(queue, gently, "clearing")
    check(state, "restarted", "Moonraker", status_type=CALM)
    await only_a_clear_bed_goes_on(queue, ordered=3)


async def test_finishing(stack_factory: Any, gently: bool) -> None:
    section = GCODE + "finish_gcode:\n  G4 P12000\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, DWELL, count=1)
    await queue.phase("finishing")
    state = await bounce(queue, gently, "finishing")
    check(state, "script_in_doubt", "Moonraker")
    await queue.add(PART)
    await only_a_clear_bed_goes_on(queue)


async def test_blocked_by_the_bed(stack_factory: Any, gently: bool) -> None:
    queue = Queue(await stack_factory(section="bed_clearing: manual"))
    await order(queue, DWELL)
    await queue.phase("blocked")
    state = await bounce(queue, gently, "blocked")
    check(state, "restarted", "Moonraker", status_type=CALM)
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert await balance(queue, 2) == 0


async def test_blocked_by_a_failure(stack_factory: Any, gently: bool) -> None:
    """Its words are kept, until they are answered."""
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, "M104 T7 S200\n")
    await queue.phase("blocked")
    state = await bounce(queue, gently, "blocked")
    check(state, "print_failed", PART, "Extruder not configured")
    await only_a_clear_bed_goes_on(queue)
