"""Unattended: heat up, print, cool, sweep, and the next one; and what may come between.

The sweep is the library's, asked for over the API as a person does. Where it goes, and
how warm the bed is there, is klippy's own word at each of its moves. That a Stop during
a long cooling takes effect at once is in test_cooling.
"""

from __future__ import annotations

from typing import Any

import pytest

from .endings import balance, check, klipper_comes_back, only_a_clear_bed_goes_on
from .queue import PREFIX, Payload, Queue, reason
from .test_library import BEGINS, ENDS, PRINT, TRACE, WAYS, Move, cleared

PART = "part.gcode"
EVENT = "notify_continuousprint_event"
RELEASE = 30.0
HEAT = 50.0
HEATED = PRINT.replace("G28\n", f"M190 S{HEAT:g}\nG28\n")
SWEEP = "name=gantry_sweep&release_temperature=30&column_width=40&speed=100"
WAIT = "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"
"""Klipper stays in the script until the test lets it go (Queue.release)."""


async def unattended(stack_factory: Any, more: str = "", first: str = "") -> Queue:
    """A queue that cools to a degree below what the library's sweep wants.

    first: a line of G-code before the sweep.
    """
    stack = await stack_factory(section="", printer_cfg=TRACE)
    reply = await stack.client.get(f"{PREFIX}/library/script?{SWEEP}")
    assert reply.status == 200, reply.body
    script = reply.body["result"]["script"].splitlines()
    lines = [f"M118 {BEGINS}", first, *script, f"M118 {ENDS}"]
    body = "".join(f"  {line}\n" for line in lines)
    stack.options.section = (
        f"bed_clearing: gcode\nrelease_temperature: {RELEASE - 1:g}\n{more}"
        f"bed_clearing_gcode:\n{body}"
    )
    stack.write_configs()
    await stack.stop_moonraker()
    await stack.start_moonraker()
    return Queue(stack)


async def hold_bed(queue: Queue, celsius: float) -> None:
    await queue.stack.fault("temperature", name="bed", celsius=celsius, hold=True)


async def cooling(stack_factory: Any, limit: float = 1800, first: str = "") -> Queue:
    """One of two copies is printed, and something keeps the bed warm."""
    queue = await unattended(stack_factory, f"cooling_time_limit: {limit}\n", first)
    await hold_bed(queue, HEAT)
    await order(queue, 2)
    await queue.phase("cooling")
    return queue


async def order(queue: Queue, count: int) -> None:
    await queue.add(PART, HEATED, count=count)
    await queue.start()


async def comes_back(queue: Queue) -> Payload:
    """Moonraker was killed; what it says when it has seen the printer again."""
    await queue.stack.start_moonraker()
    return await queue.reach(lambda s: reason(s) != "waiting_for_klipper")


def sweeps(queue: Queue) -> int:
    """How many began, whether they ended or not."""
    return sum(BEGINS in line for line in queue.stack.console.lines)


def notices(queue: Queue) -> list[str]:
    told = (n.params[0] for n in queue.client.notifications if n.method == EVENT)
    return [f"{one['event']}: {one['text']}" for one in told]


async def told(queue: Queue, words: str) -> None:
    """Whoever looks at no screen is told so."""
    await queue.client.wait(
        lambda note: note.method == EVENT and words in note.params[0]["text"], since=0
    )


def is_safe(move: Move) -> bool:
    return move.homed == "xyz" and move.bed <= RELEASE


# -- all well -----------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, pytest.param(10, marks=pytest.mark.slow)])
async def test_copies_with_a_sweep_between_them(stack_factory: Any, count: int) -> None:
    """Ten of them take two minutes."""
    queue = await unattended(stack_factory)
    await queue.client.subscribe(heater_bed=["temperature", "target"])
    await order(queue, count)
    state = await queue.reach(
        lambda s: s["phase"] in ("blocked", "idle"), timeout=300.0
    )
    assert state["phase"] == "idle", state
    assert await queue.outcomes() == [(PART, "success")] * count
    assert await queue.history() == [(PART, "completed")] * count
    assert await balance(queue, count) == 0
    done = cleared(queue)
    assert len(done) == count - 1, "between the prints, and not after the last"
    for moves in done:
        assert [(one.x, one.y, one.z) for one in moves] == WAYS["gantry_sweep"]
        assert all(map(is_safe, moves)), moves
    assert not any("Must home axis" in line for line in queue.stack.console.lines)
    finished = [one for one in notices(queue) if one.startswith("queue_finished")]
    assert notices(queue) == finished, "nobody was called for anything else"
    assert len(finished) == 1


# -- the bed ------------------------------------------------------------------------


async def test_the_sensor_fails_while_the_bed_cools(stack_factory: Any) -> None:
    queue = await cooling(stack_factory)
    await queue.stack.fault("heater", name="bed", mode="open")
    state = await queue.phase("blocked")
    check(state, "printer_lost", "ADC out of range")
    await told(queue, "ADC out of range")
    await queue.stack.fault("heater", name="bed", mode="normal")
    await hold_bed(queue, 22)
    await klipper_comes_back(queue)
    check(await queue.state(), "printer_lost", "ADC out of range")
    await only_a_clear_bed_goes_on(queue, text=PRINT)
    assert sweeps(queue) == 0


async def test_the_bed_stays_warm_and_people_are_told(stack_factory: Any) -> None:
    queue = await cooling(stack_factory, limit=2)
    state = await queue.phase("blocked")
    check(state, "cooling_timed_out", "29 °C", "it reads 50.0 °C")
    await told(queue, "The bed did not cool to 29 °C in time")
    (notice,) = notices(queue)
    assert notice.startswith("queue_blocked: ")
    assert state["reason"]["advice"] in notice
    await queue.nothing_starts()
    assert len(notices(queue)) == 1, "once, however often Start is pressed"
    assert sweeps(queue) == 0
    await hold_bed(queue, 22)
    await queue.call("bed/run_clearing")
    await queue.phase("idle")
    assert await balance(queue, 2) == 0
    (moves,) = cleared(queue)
    assert all(map(is_safe, moves))


async def test_a_person_is_slower_than_the_bed(stack_factory: Any) -> None:
    """The sweep is asked for while the bed is warm: it cools first, even then."""
    queue = await cooling(stack_factory, limit=2)
    await queue.phase("blocked")
    state = await queue.call("bed/run_clearing")
    assert state["phase"] == "cooling"
    state = await queue.phase("blocked")
    assert reason(state) == "cooling_timed_out"
    assert sweeps(queue) == 0


# -- Moonraker ----------------------------------------------------------------------


async def test_moonraker_dies_while_the_bed_cools(stack_factory: Any) -> None:
    queue = await cooling(stack_factory)
    await queue.stack.kill_moonraker()
    await hold_bed(queue, 22)  # nobody is there to see it
    check(await comes_back(queue), "restarted", "Moonraker", status_type="NEEDS_ACTION")
    await only_a_clear_bed_goes_on(queue, text=PRINT)
    assert sweeps(queue) == 0


async def test_moonraker_dies_while_it_sweeps(stack_factory: Any) -> None:
    queue = await cooling(stack_factory)
    await hold_bed(queue, 22)
    await queue.stack.console.wait_for_line(BEGINS, 60.0)
    await queue.stack.kill_moonraker()
    check(await comes_back(queue), "restarted", "Moonraker", status_type="NEEDS_ACTION")
    await only_a_clear_bed_goes_on(queue, text=PRINT)
    assert sweeps(queue) == 1, "nothing is swept twice"


async def test_nothing_is_printed_while_the_old_sweep_goes_on(
    stack_factory: Any,
) -> None:
    """Klipper carries on without Moonraker; a Start that comes early waits for it.

    Klipper says nothing of a script that only waits: then the start is sent, and waits
    behind it.
    """
    queue = await cooling(stack_factory, first=WAIT)
    await hold_bed(queue, 22)
    await queue.stack.console.wait_for_line(BEGINS, 60.0)
    await queue.stack.kill_moonraker()
    await comes_back(queue)
    state = await queue.start(bed="clear")
    assert state["phase"] in ("preparing", "starting")
    await queue.release()
    await queue.phase("idle")
    lines = queue.stack.console.lines
    opened = [at for at, line in enumerate(lines) if "File opened" in line]
    (ended,) = (at for at, line in enumerate(lines) if ENDS in line)
    assert opened[0] < ended < opened[1]
    assert sweeps(queue) == 1
    assert await balance(queue, 2) == 0
