"""Every way in which a person, a macro or the file itself cancels or pauses.

A cancel that the queue did not send is a person: management stops, the copy is not
counted, the bed stays occupied and asks.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moonraker_cp.demo.client import RpcError

from .endings import (
    DWELL,
    ENDLESS,
    PART,
    SECONDS,
    balance,
    begin,
    check,
    gcode,
    only_a_clear_bed_goes_on,
    order,
    with_macro,
    without,
)
from .queue import GCODE, Payload, Queue

RENAMED = "rename_existing: BASE_CANCEL_PRINT"


async def was_cancelled(queue: Queue) -> None:
    """The whole of what a cancel means, and the way out of it."""
    state = await queue.phase("blocked")
    check(state, "print_cancelled", PART, "cancelled", active=False)
    assert await queue.outcomes() == [(PART, "cancelled")]
    assert (await queue.history())[-1] == (PART, "cancelled")
    assert await balance(queue, 2) == 2
    await only_a_clear_bed_goes_on(queue)


async def test_cancel_by_the_api(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.client.rpc("printer.print.cancel")
    await was_cancelled(queue)


async def test_cancel_by_the_macro(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await gcode(queue, "CANCEL_PRINT")
    await was_cancelled(queue)


async def test_cancel_by_a_macro_that_resets_the_file(stack_factory: Any) -> None:
    """Klipper then shows standby and an empty name, never 'cancelled'."""
    macro = with_macro(
        "CANCEL_PRINT",
        RENAMED,
        "gcode:",
        "  BASE_CANCEL_PRINT",
        "  SDCARD_RESET_FILE",
    )
    queue = Queue(await stack_factory(section=GCODE, printer_cfg=macro))
    await queue.client.subscribe(print_stats=None)
    await begin(queue)
    await queue.client.rpc("printer.print.cancel")
    stats = queue.client.status["print_stats"]
    await queue.client.wait_status(lambda _: stats["state"] == "standby")
    assert stats["filename"] == ""
    await was_cancelled(queue)


async def test_a_cancel_macro_without_its_base_call_breaks_nothing(
    stack_factory: Any,
) -> None:
    macro = with_macro("CANCEL_PRINT", RENAMED, "gcode:", "  M118 no base call")
    queue = Queue(await stack_factory(section=GCODE, printer_cfg=macro))
    await begin(queue, SECONDS)
    await queue.client.rpc("printer.print.cancel")
    state = await queue.state()
    assert (state["phase"], state["active"]) == ("printing", True)
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "success")] * 2
    assert await balance(queue, 2) == 0


async def test_cancel_without_pause_resume(stack_factory: Any) -> None:
    def edit(text: str) -> str:
        sections = ["pause_resume", "filament_switch_sensor runout"]
        sections += ["gcode_macro PAUSE", "gcode_macro RESUME"]
        text = without(*sections)(text)
        return with_macro("CANCEL_PRINT", "gcode:", "  SDCARD_RESET_FILE")(text)

    queue = Queue(await stack_factory(section=GCODE, printer_cfg=edit))
    await begin(queue)
    with pytest.raises(RpcError, match="pause_resume/cancel"):
        await queue.client.rpc("printer.print.cancel")
    assert (await queue.state())["phase"] == "printing"
    await gcode(queue, "CANCEL_PRINT")
    await was_cancelled(queue)


async def test_cancel_while_paused(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue)
    await queue.client.rpc("printer.print.pause")
    await queue.phase("paused")
    await queue.client.rpc("printer.print.cancel")
    await was_cancelled(queue)


async def test_cancel_during_homing(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, "G28\n" + ENDLESS)
    await queue.client.rpc("printer.print.cancel")  # answers when homing has ended
    await was_cancelled(queue)


async def test_cancel_while_heating(stack_factory: Any) -> None:
    """Pause and cancel wait for the target, and the queue with them."""
    queue = Queue(await stack_factory(section=GCODE, thermal_speed=2))
    await begin(queue, "M109 S200\n" + ENDLESS)
    await queue.client.subscribe(extruder=["temperature", "target"])
    await queue.client.wait_status(lambda s: s["extruder"]["target"] == 200)
    pause = asyncio.ensure_future(queue.client.rpc("printer.print.pause"))
    cancel = asyncio.ensure_future(queue.client.rpc("printer.print.cancel"))
    await queue.client.wait_status(lambda s: s["extruder"]["temperature"] > 30)
    assert not pause.done()
    assert (await queue.state())["phase"] == "printing"
    await queue.stack.fault("temperature", name="extruder", celsius=200)
    await asyncio.gather(pause, cancel)
    await was_cancelled(queue)


async def test_cancel_from_inside_the_file(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, DWELL * 10 + "CANCEL_PRINT\n" + DWELL)
    await was_cancelled(queue)


async def test_pause_and_resume_count_once(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS)
    run = (await queue.state())["run"]
    for _ in range(2):  # the second does nothing, and says so on the console only
        await queue.client.rpc("printer.print.pause")
        state = await queue.phase("paused")
    assert (state["active"], state["status_type"]) == (True, "NEEDS_ACTION")
    assert state["run"]["id"] == run["id"]
    await queue.start()
    assert (await queue.state())["phase"] == "paused", "Start is no Resume"
    for _ in range(2):
        await queue.client.rpc("printer.print.resume")
    state = await queue.printing(PART)
    assert state["run"]["id"] == run["id"]
    await goes_on_to_the_end(queue)


async def test_pause_inside_the_file(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, DWELL * 10 + "PAUSE\n" + DWELL * 10, count=1)
    await queue.phase("paused")
    assert await balance(queue, 1) == 1
    await queue.client.rpc("printer.print.resume")
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "success")]
    assert await balance(queue, 1) == 0


async def test_filament_runs_out_and_is_loaded_again(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.client.subscribe(pause_resume=None, print_stats=None)
    await begin(queue, SECONDS)
    await queue.stack.fault("runout", present=False)
    await queue.phase("paused")
    # Klipper's word "paused" comes before its macro has paused.
    await queue.client.wait_status(lambda s: s["pause_resume"]["is_paused"])
    await queue.stack.fault("runout", present=True)
    assert await balance(queue, 2) == 2
    await queue.client.rpc("printer.print.resume")
    await queue.printing(PART)
    await goes_on_to_the_end(queue)


async def goes_on_to_the_end(queue: Queue) -> Payload:
    state = await queue.phase("idle")
    assert state["bed"]["state"] == "occupied", "the last part is still there"
    assert await queue.outcomes() == [(PART, "success")] * 2
    assert await queue.history() == [(PART, "completed")] * 2
    assert await balance(queue, 2) == 0
    return state
