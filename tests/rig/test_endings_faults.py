"""Klipper or the machine stops in the middle of a print, and is brought back.

Nobody may sweep or print after that until a person has looked: Start alone, however
often, starts nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moonraker_cp.demo.stack import StackError

from .endings import (
    DWELL,
    ENDLESS,
    NOT_RESET,
    PART,
    SECONDS,
    balance,
    begin,
    check,
    gcode,
    klipper_comes_back,
    only_a_clear_bed_goes_on,
    order,
    restart,
    with_section,
)
from .queue import GCODE, Queue, reason

STRETCH = "M83\n" + "G1 E0.05 F300\n" * 2000


async def was_lost(queue: Queue, *words: str) -> None:
    """Klipper has shut down: the copy failed, and Start does nothing now."""
    state = await queue.phase("blocked")
    check(state, "printer_lost", PART, *words)
    assert await queue.outcomes() == [(PART, "failure")]
    assert words[0] in (await queue.runs())[0]["reason"]
    state = await queue.start()
    check(state, "printer_lost", PART, *words)
    assert len(queue.stack.prints()) == 1
    assert await balance(queue, 2) == 2


async def comes_back(queue: Queue, *words: str) -> None:
    """Ready again: the words are kept until they are answered."""
    check(await queue.state(), "printer_lost", PART, *words)
    await only_a_clear_bed_goes_on(queue)


async def was_aborted(queue: Queue, *words: str) -> None:
    """Klipper's process has gone and came back: nobody can tell how it ended."""
    state = await queue.reach(lambda s: reason(s) == "print_aborted")
    check(state, "print_aborted", PART, *words)
    assert await queue.outcomes() == [(PART, "aborted")]
    assert await balance(queue, 2) == 2


async def test_the_micro_controller_is_unplugged(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.fault("unplug")
    await was_lost(queue, "Lost communication with MCU")
    await queue.stack.fault("plug")
    await klipper_comes_back(queue)
    await comes_back(queue, "Lost communication with MCU")


async def test_the_micro_controller_hangs(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.fault("hang", seconds=8)
    await was_lost(queue, "Lost communication with MCU")
    await klipper_comes_back(queue)
    await comes_back(queue, "Lost communication with MCU")


async def test_a_short_hang_is_not_an_ending(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS, count=1)
    await queue.stack.fault("hang", seconds=0.5)
    await queue.phase("idle", "blocked")
    assert await queue.outcomes() == [(PART, "success")]
    assert await balance(queue, 1) == 0


async def test_the_micro_controller_reboots(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.fault("reboot")
    await was_lost(queue, "MCU 'mcu'")
    await klipper_comes_back(queue)
    await comes_back(queue, "MCU 'mcu'")


async def test_the_micro_controller_shuts_down(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.fault("shutdown", message="Timer too close")
    await was_lost(queue, "Timer too close")
    await klipper_comes_back(queue)
    await comes_back(queue, "Timer too close")


async def test_emergency_stop_by_the_api(stack_factory: Any) -> None:
    """A RESTART does not bring the printer back then, a FIRMWARE_RESTART does."""
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.client.rpc("printer.emergency_stop")
    await was_lost(queue, "Shutdown due to webhooks request")
    with pytest.raises(StackError, match="it is shutdown"):
        await restart(queue, "restart")
    state = await queue.start()
    check(state, "printer_lost", PART, "Shutdown due to webhooks request")
    await klipper_comes_back(queue)
    await comes_back(queue, "Shutdown due to webhooks request")


async def test_emergency_stop_inside_the_file(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, DWELL * 10 + "M112\n" + DWELL * 10)
    await was_lost(queue, "Shutdown due to M112 command")
    await klipper_comes_back(queue)
    await comes_back(queue, "Shutdown due to M112 command")


@pytest.mark.parametrize("command", ["restart", "firmware_restart"])
async def test_klipper_is_restarted(stack_factory: Any, command: str) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    at_once = await klipper_comes_back(queue, command)
    await was_aborted(queue, "Klipper was restarted" if at_once else NOT_RESET)
    await only_a_clear_bed_goes_on(queue)


async def test_klippy_is_killed_cold(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.kill_klippy()
    state = await queue.phase("blocked")
    assert reason(state) == "waiting_for_klipper"
    assert PART in state["reason"]["text"]
    await queue.start()
    reply = await queue.client.post(
        "/server/continuousprint/bed", json={"state": "clear"}
    )
    assert reply.status == 409, "nobody knows yet that the print has ended"
    await queue.stack.start_klippy()
    await was_aborted(queue, "Klipper was restarted")
    await only_a_clear_bed_goes_on(queue)


async def test_klippy_is_killed_with_a_hot_heater(stack_factory: Any) -> None:
    """The micro-controller shuts down alone; klippy comes back stopped."""
    queue = Queue(await stack_factory(section=GCODE, thermal_speed=5))
    await begin(queue, "M109 S200\n" + ENDLESS)
    await queue.client.subscribe(extruder=["temperature"])
    await queue.client.wait_status(lambda s: s["extruder"]["temperature"] > 50)
    await queue.stack.kill_klippy()
    await queue.phase("blocked")
    await asyncio.wait_for(micro_controller_stops(queue), 20)
    await queue.stack.start_klippy(wait_ready=False)
    await was_aborted(queue, "Can not update MCU 'mcu' config as it is shutdown")
    await queue.start()
    assert len(queue.stack.prints()) == 1
    await klipper_comes_back(queue)
    await only_a_clear_bed_goes_on(queue)


async def micro_controller_stops(queue: Queue) -> None:
    """It tells nobody, so it has to be asked."""
    while not (await queue.stack.fault("status"))["is_shutdown"]:
        pass


async def test_a_heater_that_does_not_heat(stack_factory: Any) -> None:
    impatient = with_section(
        "verify_heater extruder",
        "[verify_heater extruder]\ncheck_gain_time: 2\nmax_error: 5\n",
    )
    queue = Queue(await stack_factory(section=GCODE, printer_cfg=impatient))
    await queue.stack.fault("heater", name="extruder", mode="no_heat")
    await begin(queue, "M109 S200\n" + ENDLESS)
    await was_lost(queue, "Heater extruder not heating at expected rate")
    await queue.stack.fault("heater", name="extruder", mode="normal")
    await klipper_comes_back(queue)
    await comes_back(queue, "Heater extruder not heating at expected rate")


async def test_a_thermistor_breaks_in_a_pause_of_the_extruder(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.stack.fault("heater", name="extruder", mode="open")
    await was_lost(queue, "ADC out of range")
    await queue.stack.fault("heater", name="extruder", mode="normal")
    await klipper_comes_back(queue)
    await comes_back(queue, "ADC out of range")


async def test_a_thermistor_breaks_while_it_extrudes(stack_factory: Any) -> None:
    """First the file fails, for the nozzle reads cold; then Klipper stops."""
    queue = Queue(await stack_factory(section=GCODE))
    await queue.client.subscribe(extruder=["temperature"], webhooks=None)
    await begin(queue, "M109 S200\n" + STRETCH)
    await queue.client.wait_status(lambda s: s["extruder"]["temperature"] > 195)
    await queue.stack.fault("heater", name="extruder", mode="open")
    await queue.phase("blocked")
    await queue.client.wait_status(lambda s: s["webhooks"]["state"] == "shutdown")
    state = await queue.reach(lambda s: s["reason"]["needs_start"])
    assert reason(state) in ("print_failed", "printer_lost")
    check(state, reason(state), PART)
    assert await queue.outcomes() == [(PART, "failure")]
    await queue.stack.fault("heater", name="extruder", mode="normal")
    await klipper_comes_back(queue)
    await only_a_clear_bed_goes_on(queue)


async def test_a_config_error_after_a_restart_and_mended(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    path = queue.stack.data.printer_cfg
    good = path.read_text("utf-8")
    path.write_text(good + "\n[no_such_module]\n", "utf-8")
    await queue.client.rpc("printer.restart")
    await was_aborted(queue, "no_such_module")
    state = await queue.start()
    check(state, "print_aborted", PART, "no_such_module")
    path.write_text(good, "utf-8")
    await klipper_comes_back(queue, "restart")
    await only_a_clear_bed_goes_on(queue)


async def test_klipper_stops_while_the_queue_is_idle(stack_factory: Any) -> None:
    """No print was hurt: the bed is as clear as it was, and Start goes on."""
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, DWELL, count=1)
    await queue.phase("idle")
    await queue.bed_clear()
    await queue.client.rpc("printer.emergency_stop")
    state = await queue.phase("blocked")
    check(state, "printer_lost", "Shutdown due to webhooks request", bed="clear")
    await klipper_comes_back(queue)
    await queue.add("next.gcode")
    check(await queue.state(), "printer_lost", bed="clear")
    await queue.start()
    await queue.phase("idle")
    assert await balance(queue, 2) == 0


async def test_klipper_stops_right_after_a_sweep(stack_factory: Any) -> None:
    """Nothing may have moved: Klipper takes seconds to miss a micro-controller."""
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await order(queue, DWELL, count=1)
    state = await queue.reach(
        lambda s: s["phase"] == "idle" and s["bed"]["state"] == "clear"
    )
    assert state["bed"]["cause"] == "script"
    await queue.client.rpc("printer.emergency_stop")
    state = await queue.phase("blocked")
    check(state, "printer_lost", "Shutdown due to webhooks request")
    await klipper_comes_back(queue)
    await queue.add(PART)
    await only_a_clear_bed_goes_on(queue)


async def test_klipper_stops_while_the_bed_is_cleared(stack_factory: Any) -> None:
    section = "bed_clearing: gcode\nbed_clearing_gcode:\n  G4 P60000\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, DWELL)
    await queue.phase("clearing")
    await queue.client.rpc("printer.emergency_stop")
    state = await queue.phase("blocked")
    assert reason(state) in ("printer_lost", "script_failed")
    check(state, reason(state), "Shutdown due to webhooks request")
    await klipper_comes_back(queue)
    assert await balance(queue, 2) == 1
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert await balance(queue, 2) == 0


async def test_klipper_stops_while_the_bed_cools(stack_factory: Any) -> None:
    section = GCODE + "release_temperature: 30\n"
    queue = Queue(await stack_factory(section=section, thermal_speed=1))
    await queue.stack.fault("temperature", name="bed", celsius=100)
    await order(queue, DWELL)
    await queue.phase("cooling")
    await gcode(queue, "M112")
    state = await queue.phase("blocked")
    check(state, "printer_lost", "Shutdown due to M112 command")
    await klipper_comes_back(queue)
    await only_a_clear_bed_goes_on(queue)
