"""Cooling on a real Klipper: the bed, the fan, the motors, and who may interrupt it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from moonraker_cp.demo.client import Notification

from .endings import (
    DWELL,
    PART,
    Edit,
    balance,
    check,
    klipper_comes_back,
    only_a_clear_bed_goes_on,
    order,
    with_section,
)
from .queue import PREFIX, Payload, Queue, reason

SWEPT = "swept at"
SWEEP = "bed_clearing: gcode\nbed_clearing_gcode: SWEEP\n"
MACRO = f"""
[gcode_macro SWEEP]
gcode:
    M118 {SWEPT} {{printer.heater_bed.temperature}}
    G1 X50 F6000
"""
HALF_AN_HOUR = "release_temperature: 30\ncooling_time_limit: 1800\n"
WARM = "cooling_time_limit: 1\nrelease_temperature: 30\n"
HOMED = "G28\n" + DWELL
NAP = 4.0
"""A short idle timeout, in seconds."""


def with_nap(text: str) -> str:
    nap = f"[idle_timeout]\ntimeout: {NAP}\n\n"
    return with_section("idle_timeout", nap)(text) + MACRO


def with_macro(text: str) -> str:
    return text + MACRO


async def start(
    stack_factory: Any, section: str, edit: Edit = with_macro, **options: Any
) -> Queue:
    section = SWEEP + section
    return Queue(await stack_factory(section=section, printer_cfg=edit, **options))


async def cooling(
    stack_factory: Any, section: str, edit: Edit = with_macro, text: str = HOMED
) -> Queue:
    """One of two copies is printed; something keeps the bed at 50 °C."""
    queue = await start(stack_factory, section, edit)
    await hold_bed(queue, 50)
    await queue.client.subscribe(
        fan=["speed"], toolhead=["homed_axes"], idle_timeout=["state"]
    )
    await order(queue, text)
    await queue.phase("cooling")
    return queue


async def hold_bed(queue: Queue, celsius: float) -> None:
    await queue.stack.fault("temperature", name="bed", celsius=celsius, hold=True)


def swept(queue: Queue) -> list[float]:
    """The bed's temperatures at which the script ran, by its own word."""
    found = (
        re.search(rf"{SWEPT} ([\d.]+)", line) for line in queue.stack.console.lines
    )
    return [float(one[1]) for one in found if one]


async def fan(queue: Queue, speed: float) -> None:
    await queue.client.wait_status(lambda s: abs(s["fan"]["speed"] - speed) < 0.01)


async def progress(queue: Queue) -> Payload:
    return dict((await queue.state())["cooling"])


# -- the bed ------------------------------------------------------------------------


async def test_the_script_runs_below_the_temperature_and_never_above(
    stack_factory: Any,
) -> None:
    queue = await start(stack_factory, "release_temperature: 30\n")
    await order(queue, "G28\nM190 S45\n" + DWELL, count=3)
    await queue.phase("idle")
    assert len(swept(queue)) == 2
    assert max(swept(queue)) <= 30.0
    assert await balance(queue, 3) == 0
    assert (await queue.state())["cooling"] is None


async def test_the_material_of_the_print_says_how_cold(stack_factory: Any) -> None:
    section = "release_temperature: 30\nrelease_temperatures: PLA: 30, PETG: 45\n"
    queue = await start(stack_factory, section)
    await hold_bed(queue, 40)
    path = queue.file(PART, HOMED)
    sets = [{"path": path, "count": 2, "materials": ["PETG_black"]}]
    await queue.call("jobs", sets=sets)
    await queue.start()
    await queue.phase("idle")
    assert len(swept(queue)) == 1
    await queue.add("pla.gcode", HOMED, materials=["PLA"])
    state = await queue.phase("clearing", "cooling")
    assert state["phase"] == "clearing", "what lies there is still of PETG"
    await queue.phase("idle")
    await queue.add("more.gcode", HOMED)
    state = await queue.phase("cooling")
    assert state["cooling"]["target"] == 30
    await hold_bed(queue, 29)
    await queue.phase("idle")
    assert [one > 30 for one in swept(queue)] == [True, True, False]


async def test_a_held_bed_and_the_fan(stack_factory: Any) -> None:
    section = HALF_AN_HOUR + "cooling_temperature: 25\ncooling_fan: 0.5\n"
    queue = await cooling(stack_factory, section)
    await queue.client.subscribe(fan=["speed"], heater_bed=["target"])
    await queue.client.wait_status(lambda s: s["heater_bed"]["target"] == 25)
    await fan(queue, 0.5)
    await hold_bed(queue, 29)
    await queue.phase("idle")
    await fan(queue, 0.0)
    assert len(swept(queue)) == 1
    assert await balance(queue, 2) == 0


# -- the limit ----------------------------------------------------------------------


async def test_a_bed_that_stays_warm_is_held_and_said(stack_factory: Any) -> None:
    queue = await cooling(stack_factory, WARM + "cooling_fan: 1\n")
    state = await queue.phase("blocked")
    check(state, "cooling_timed_out", "30 °C", "it reads 50.0 °C")
    await fan(queue, 0.0)
    assert swept(queue) == []
    await only_a_clear_bed_goes_on(queue)
    assert swept(queue) == []


async def test_a_bed_that_stays_warm_is_cleared_if_that_is_wanted(
    stack_factory: Any,
) -> None:
    queue = await cooling(stack_factory, WARM + "cooling_timeout_action: clear\n")
    await queue.phase("idle")
    assert [round(one) for one in swept(queue)] == [50]
    assert await balance(queue, 2) == 0


# -- trouble ------------------------------------------------------------------------


async def test_a_sensor_that_fails_blocks_at_once(stack_factory: Any) -> None:
    queue = await cooling(stack_factory, HALF_AN_HOUR)
    await queue.stack.fault("heater", name="bed", mode="open")
    state = await queue.phase("blocked")
    check(state, "printer_lost", "ADC out of range")
    await queue.start()
    assert swept(queue) == []
    await queue.stack.fault("heater", name="bed", mode="normal")
    await hold_bed(queue, 22)
    await klipper_comes_back(queue)
    await only_a_clear_bed_goes_on(queue)
    assert swept(queue) == []


async def test_moonraker_dies_while_the_bed_cools(stack_factory: Any) -> None:
    section = HALF_AN_HOUR + "cooling_fan: 0.5\n"
    queue = await cooling(stack_factory, section, with_nap)
    await fan(queue, 0.5)
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) != "waiting_for_klipper")
    check(state, "restarted", "Moonraker", status_type="NEEDS_ACTION")
    await queue.client.subscribe(
        fan=["speed"], toolhead=["homed_axes"], idle_timeout=["state"]
    )
    await fan(queue, 0.0)
    # The idle timeout is the configured one: nobody keeps Klipper awake now.
    await queue.client.wait_status(lambda s: s["idle_timeout"]["state"] == "Idle")
    await hold_bed(queue, 22)
    await only_a_clear_bed_goes_on(queue)
    assert swept(queue) == []


async def test_a_strangers_print_ends_it(stack_factory: Any) -> None:
    queue = await cooling(stack_factory, HALF_AN_HOUR)
    queue.file("theirs.gcode", DWELL * 40)
    await queue.client.rpc("printer.print.start", filename="theirs.gcode")
    state = await queue.phase("blocked")
    assert reason(state) == "foreign_print"
    await hold_bed(queue, 22)
    await queue.stack.console.wait_for_prints(2, 60.0)
    await only_a_clear_bed_goes_on(queue, "theirs.gcode")
    assert swept(queue) == []


# -- the motors ---------------------------------------------------------------------


def _awake(note: Notification) -> bool:
    said = "Timeout set to" in str(note.params)
    return note.method == "notify_gcode_response" and said


async def test_the_motors_keep_their_place_while_the_queue_waits(
    stack_factory: Any,
) -> None:
    queue = await cooling(stack_factory, HALF_AN_HOUR, with_nap)
    begun = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < begun + 2 * NAP:
        note = await queue.client.wait(_awake, timeout=NAP)
        assert f"Timeout set to {NAP:.2f}" in note.params[0]
        assert queue.client.status["idle_timeout"]["state"] != "Idle"
    assert queue.client.status["toolhead"]["homed_axes"] == "xyz"
    await hold_bed(queue, 29)
    await queue.phase("idle")
    assert len(swept(queue)) == 1
    assert await balance(queue, 2) == 0
    await queue.client.wait_status(lambda s: s["idle_timeout"]["state"] == "Idle")


# -- who may interrupt it -----------------------------------------------------------


async def test_stop_takes_effect_at_once(stack_factory: Any) -> None:
    queue = await cooling(stack_factory, HALF_AN_HOUR + "cooling_fan: 1\n")
    await fan(queue, 1.0)
    begun = asyncio.get_running_loop().time()
    state = await queue.stop()
    assert state["phase"] == "inactive"
    await fan(queue, 0.0)
    assert asyncio.get_running_loop().time() - begun < 1.0
    await hold_bed(queue, 22)
    await queue.nothing_starts()
    assert swept(queue) == []


async def test_the_word_that_the_bed_is_clear_takes_effect_at_once(
    stack_factory: Any,
) -> None:
    queue = await cooling(stack_factory, HALF_AN_HOUR + "cooling_fan: 1\n")
    await fan(queue, 1.0)
    begun = asyncio.get_running_loop().time()
    state = await queue.bed_clear()
    assert state["phase"] in ("preparing", "starting", "printing")
    await fan(queue, 0.0)
    assert asyncio.get_running_loop().time() - begun < 1.0
    await queue.phase("idle")
    assert swept(queue) == []
    assert await balance(queue, 2) == 0


# -- what is shown ------------------------------------------------------------------


async def test_progress_is_live_and_no_storm(stack_factory: Any) -> None:
    section = HALF_AN_HOUR
    queue = await start(stack_factory, section, thermal_speed=1)
    await queue.stack.fault("temperature", name="bed", celsius=100)
    await queue.client.subscribe(heater_bed=["temperature"])
    await order(queue, HOMED)
    before = await queue.phase("cooling")
    first = await progress(queue)
    assert (first["target"], first["since"]) == (30, before["phase_since"])
    assert first["limit_at"] == first["since"] + 1800
    # For so long it falls that a line can be laid through it.
    goal = first["temperature"] - 25
    await queue.client.wait_status(lambda s: s["heater_bed"]["temperature"] < goal)
    reply = await queue.client.get(f"{PREFIX}/state")
    later = reply.body["result"]
    assert later["revision"] == before["revision"], "nobody is told of each degree"
    assert later["cooling"]["temperature"] < first["temperature"] - 20
    expected = later["cooling"]["expected"]
    assert expected is not None, (first, later)
    assert first["since"] < expected < first["limit_at"]
    assert later["next"][0] == {
        "what": "clearing",
        "path": None,
        "job_id": None,
        "expected": later["next"][0]["expected"],
    }
    assert abs(later["next"][0]["expected"] - expected) < 1.0
    assert "cools to 30 °C" in later["waits_for"]["text"]
