"""The faults of Continuous Print that no other story here is about.

docs/compared.md names the test of each; G numbers are those of its table.
"""

from __future__ import annotations

from typing import Any

import pytest

from .queue import GCODE, Queue, reason

FAILING = "G28 X Y\nG1 X20 Y20 F6000\nFAIL_HERE\n"
"""With a macro that raises, a print that fails whenever it is tried."""
MACROS = """
[gcode_macro FAIL_HERE]
gcode:
  {action_raise_error("The nozzle is blocked")}
"""


async def test_g9_a_path_out_of_the_folder_is_refused(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("good.gcode")
    path = "/plugin/continuousprint/set/add"
    evil = {"path": "../../etc/passwd", "jobDraft": "false"}
    reply = await queue.client.post(path, form=evil)
    assert reply.status == 400
    await queue.start()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["good.gcode"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("@pause", id="g10"),  # CPQ's default
        pytest.param("G1 X{bounds} F3000", id="g11"),  # braces of no preprocessor
    ],
)
async def test_a_clearing_script_of_cpq_stops_with_its_line(
    stack_factory: Any, line: str
) -> None:
    """Never wedged: the reason is shown, the bed stays, one answer goes on."""
    section = f"bed_clearing: gcode\nbed_clearing_gcode:\n  {line}\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("a.gcode", count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    assert "line 1" in state["reason"]["text"]
    assert state["bed"]["state"] == "occupied"
    assert len((await queue.nothing_starts())["jobs"]) == 1
    await queue.call("active", active=True, bed="clear")
    await queue.stack.wait_done_printing(2)


async def test_g12_a_copy_that_fails_again_and_again_is_never_counted(
    stack_factory: Any,
) -> None:
    """Two extra attempts, each over a cleared bed; then it stops, and says so."""
    section = GCODE + "on_failure: retry\nretries: 2\nclear_after_failure: True\n"
    stack = await stack_factory(section=section, printer_cfg=lambda cfg: cfg + MACROS)
    queue = Queue(stack)
    await queue.add("bad.gcode", FAILING)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "print_failed"
    assert "The nozzle is blocked" in state["reason"]["text"]
    assert "tried 3 times" in state["reason"]["advice"]
    assert await queue.copies_left() == 1
    assert await queue.outcomes() == [("bad.gcode", "failure")] * 3
    after = await queue.nothing_starts()
    assert after["reason"]["text"] == state["reason"]["text"], "kept until answered"


async def test_g13_a_job_that_is_added_to_an_idle_queue_starts_at_once(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await queue.add("a.gcode")
    await queue.start()
    await queue.phase("idle")
    since = len(queue.client.notifications)
    await queue.add("b.gcode")
    await queue.stack.wait_done_printing(2)
    told = queue.phases(since)
    assert not {"clearing", "finishing", "script", "blocked"} & set(
        told[: told.index("printing")]
    ), "nothing comes before it"


async def test_g16_a_cancel_while_the_bed_is_cleared_cancels_no_bed(
    stack_factory: Any,
) -> None:
    """Klipper has no print to cancel; the script runs on, and is not run twice."""
    section = "bed_clearing: gcode\nbed_clearing_gcode:\n  M117 sweeping\n  G4 P1500\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("a.gcode", count=2)
    await queue.start()
    await queue.phase("clearing")
    await queue.client.post("/printer/print/cancel")
    await queue.stack.wait_done_printing(2)
    await queue.phase("idle")
    outcomes = await queue.outcomes()
    assert outcomes == [("a.gcode", "success")] * 2
    assert await queue.copies_left() == 0


async def test_g17_materials_that_nobody_knows_wedge_nothing(
    stack_factory: Any,
) -> None:
    """Without Spoolman and without a table: what is not known never blocks."""
    queue = Queue(await stack_factory(section=GCODE + "material_policy: block\n"))
    await queue.add("a.gcode", materials=["PLA_red_#ff0000"])
    await queue.add("b.gcode")
    await queue.start()
    await queue.stack.wait_done_printing(2)
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]
