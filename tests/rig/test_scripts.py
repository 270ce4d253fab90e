"""Scripts in Klipper's dialect with a real Moonraker and klippy behind them."""

from __future__ import annotations

import html
import time
from typing import Any

from .queue import PREFIX, SHORT, Queue, reason

TALL = ";FLAVOR:Marlin\n;MAXZ:12.5\n;Generated with Cura_SteamEngine 5.4.0\n" + SHORT
SWEEP = """\
bed_clearing: gcode
bed_clearing_gcode:
  G90
  G28 X Y
  {% if file.object_height %}
  M117 tall {file.object_height}
  {% else %}
  M117 flat {file.name}
  {% endif %}
  G1 X{printer.toolhead.axis_maximum.x - 20} F9000
  M117 cleared {job.name} {set.path} {run.copy_number} by {external.operator}
"""
UNKNOWN = """\
bed_clearing: gcode
bed_clearing_gcode:
  M117 swept
  EJECT_PRT SPEED=20
"""
ENDLESS = """\
bed_clearing: gcode
bed_clearing_gcode:
  M117 swept
  {% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}
"""


async def gcodes(queue: Queue) -> list[str]:
    """Everything that Moonraker was told of G-code sent through it, oldest first."""
    store = await queue.client.rpc("server.gcode_store", count=1000)
    return [one["message"] for one in store["gcode_store"] if one["type"] == "command"]


async def shown(queue: Queue) -> str:
    """What stands on the printer's display."""
    status = await queue.client.rpc(
        "printer.objects.query", objects={"display_status": ["message"]}
    )
    return str(status["status"]["display_status"]["message"])


async def test_a_script_names_the_print_and_the_printer(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=SWEEP))
    await queue.call("external", operator="ann")
    queue.file("a.gcode", TALL)
    await queue.call("jobs", path="a.gcode", count=2, name="Clips")
    await queue.start()
    state = await queue.phase("idle", "blocked")
    assert state["reason"] is None
    assert queue.stack.done_printing() == ["a.gcode"] * 2
    assert await shown(queue) == "cleared Clips a.gcode 1 by ann"
    reply = await queue.call("scripts/simulate", name="clearing")
    assert [line.strip() for line in reply["gcode"].splitlines() if line.strip()] == [
        "M400",
        "G90",
        "G28 X Y",
        "M117 tall 12.5",
        "G1 X200.0 F9000",
        "M117 cleared Clips a.gcode 2 by ann",
        "M400",
    ]
    assert (reply["ok"], reply["findings"]) == (True, [])
    reply = await queue.call("scripts/simulate", name="clearing", path="x/b.gcode")
    assert "M117 flat b.gcode" in reply["gcode"]


async def test_a_misspelt_macro_blocks_before_anything_is_sent(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=UNKNOWN))
    await queue.add("a.gcode", count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    assert "line 2: Klipper does not know EJECT_PRT." in state["reason"]["text"]
    assert state["bed"]["state"] == "occupied"
    assert await shown(queue) != "swept"
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode"] * 2


async def test_errors_of_configured_scripts_are_told_at_once(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=UNKNOWN))
    reply = await queue.call("scripts/check", script="G28\nM117 {job.name}")
    assert reply["ok"], reply
    await queue.client.rpc("printer.gcode.script", script="M400")
    warnings = (await queue.client.rpc("server.info"))["warnings"]
    words = "line 2: Klipper does not know EJECT_PRT."
    assert [one for one in warnings if words in html.unescape(one)]


async def test_a_script_without_end_blocks_within_seconds(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=ENDLESS))
    await queue.add("a.gcode", count=2)
    await queue.start()
    await queue.phase("clearing")
    began = time.monotonic()
    await queue.client.get(f"{PREFIX}/state")
    assert time.monotonic() - began < 2.0, "Moonraker goes on"
    state = await queue.phase("blocked", timeout=30.0)
    assert reason(state) == "script_failed"
    assert await shown(queue) != "swept"


async def test_stop_while_a_script_is_rendered(stack_factory: Any) -> None:
    """Stop, as during any script, lets it end; then nothing more happens."""
    queue = Queue(await stack_factory(section=ENDLESS))
    await queue.add("a.gcode", count=2)
    await queue.start()
    await queue.phase("clearing")
    await queue.stop()
    state = await queue.phase("blocked", "inactive", timeout=30.0)
    assert not state["active"]
    assert queue.stack.done_printing() == ["a.gcode"]
    assert await shown(queue) != "swept"


async def test_what_this_klipper_knows(stack_factory: Any) -> None:
    """The whole list, so that errors are sure; and the traps of this very printer."""
    queue = Queue(await stack_factory(section=""))
    script = "M17\nM300\n@pause\nG1 X10\nM190 R25\nG28\nG1 X900\nG4 P1\nM400"
    reply = await queue.call("scripts/check", script=script)
    assert [(one["line"], one["code"]) for one in reply["findings"]] == [
        (1, "unknown_command"),
        (2, "unknown_command"),
        (3, "unknown_command"),
        (4, "not_homed"),
        (5, "ignored_r"),
        (7, "out_of_range"),
    ]
    every = "{% for name in printer %}{% endfor %}M117 {printer | length}"
    reply = await queue.call("scripts/simulate", script=every)
    count = int(reply["gcode"].splitlines()[1].split()[1])
    objects = (await queue.client.rpc("printer.objects.list"))["objects"]
    assert count == len(objects)
    assert "M117" not in " ".join(await gcodes(queue))
