"""The library's procedures on a real klippy: where they go, and when they do not.

Each G1 that klippy runs is written down by klippy itself, with the bed's temperature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from moonraker_cp.printer.library import find

from .endings import balance, check
from .queue import Queue

pytestmark = pytest.mark.slow  # beside what CI has time for

TRACE = """
[gcode_macro G1]
rename_existing: G1.1
gcode:
    G1.1 {rawparams}
    _WHERE

[gcode_macro _WHERE]
gcode:
    {% set at = printer.toolhead.position %}
    {% set bed = printer.heater_bed.temperature %}
    M118 to {at.x} {at.y} {at.z} bed {bed} axes {printer.toolhead.homed_axes}

[gcode_macro EJECT_PART]
gcode:
    G90
    G1 Z100 F1200
"""
BEGINS, ENDS = "clearing begins", "clearing ends"
PRINT = """\
;FLAVOR:Marlin
;MAXZ:12.5
;Generated with Cura_SteamEngine 5.4.0
EXCLUDE_OBJECT_DEFINE NAME=A POLYGON=[[90,80],[130,80],[130,120],[90,120]]
EXCLUDE_OBJECT_DEFINE NAME=B POLYGON=[[20,60],[40,60],[40,90],[20,90]]
G28
G1 X100 Y100 Z12.5 F6000
"""
LEAST, MOST = (0.0, 0.0, -2.0), (220.0, 220.0, 250.0)

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Move:
    """An end of a move in mm, and what was true of the printer then."""

    x: float
    y: float
    z: float
    bed: float
    homed: str


async def start(stack_factory: Any, name: str, **numbers: float) -> Queue:
    """A queue whose bed is cleared by that procedure."""
    script = find(name).script(numbers).splitlines()
    lines = [f"M118 {BEGINS}", *script, f"M118 {ENDS}"]
    body = "".join(f"  {line}\n" for line in lines)
    section = f"bed_clearing: gcode\nbed_clearing_gcode:\n{body}"
    stack = await stack_factory(section=section, printer_cfg=TRACE)
    return Queue(stack)


def cleared(queue: Queue) -> list[list[Move]]:
    """The moves of each clearing that began; it ended, too."""
    text = "\n".join(queue.stack.console.lines)
    parts = text.split(BEGINS)[1:]
    assert all(ENDS in part for part in parts)
    return [_moves(part.split(ENDS)[0]) for part in parts]


def _moves(text: str) -> list[Move]:
    number = r"(-?[\d.]+)"
    found = re.findall(rf"to {number} {number} {number} bed {number} axes (\w*)", text)
    return [
        Move(float(x), float(y), float(z), float(t), on) for x, y, z, t, on in found
    ]


def moves(queue: Queue) -> int:
    """How many klippy ran, those of prints too: one each."""
    return len(_moves("\n".join(queue.stack.console.lines)))


async def hold_bed(queue: Queue, celsius: float) -> None:
    await queue.client.subscribe(heater_bed=["temperature"])
    await queue.stack.fault("temperature", name="bed", celsius=celsius, hold=True)
    await queue.client.wait_status(
        lambda s: abs(s["heater_bed"]["temperature"] - celsius) < 0.2
    )


async def refused(queue: Queue, words: str, prints: int) -> None:
    """Blocked after so many prints; klippy ran no move but theirs."""
    state = await queue.phase("blocked", "idle")
    check(state, "script_failed", words)
    await queue.nothing_starts()
    assert cleared(queue) == []
    assert moves(queue) == prints


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("gantry_sweep", {"column_width": 40, "speed": 100}),
        ("toolhead_push", {"speed": 100}),
        ("bed_slinger_push", {"speed": 100, "acceleration": 1000}),
        ("belt_short", {"speed": 25}),
        ("belt_long", {"distance": 200, "speed": 25}),
        ("macro", {}),
    ],
)
async def test_a_procedure_between_prints(
    stack_factory: Any, name: str, numbers: dict[str, float]
) -> None:
    """After four prints: a warm bed, motors that are off, all well, nothing to do."""
    queue = await start(stack_factory, name, **numbers)
    await hold_bed(queue, 50)
    texts = {"a": PRINT, "b": PRINT + "M84\n", "c": PRINT, "d": PRINT}
    sets = [{"path": queue.file(f"{one}.gcode", text)} for one, text in texts.items()]
    await queue.call("jobs", sets=sets)
    await queue.start()
    await refused(queue, "reads 50.0 °C, and this part lets go at 30 °C", prints=1)
    await hold_bed(queue, 29.5)
    await queue.bed_clear()
    await refused(queue, "The X axis is not homed", prints=2)
    await queue.bed_clear()
    state = await queue.phase("blocked", "idle")
    assert state["reason"] is None
    assert await balance(queue, 4) == 0
    (done,) = cleared(queue)
    assert [(one.x, one.y, one.z) for one in done] == WAYS[name]
    for one in done:
        assert (one.homed, one.bed <= 30.0) == ("xyz", True)
        for at, least, most in zip((one.x, one.y, one.z), LEAST, MOST):
            assert least <= at <= most


def pushes(low: float, *columns: float) -> list[Place]:
    """From behind parts that end at Y120 and are 12.5 mm high."""
    ways: list[Place] = [(100.0, 100.0, 22.5)]
    for x in columns:
        ways += [(x, 160.0, 22.5), (x, 160.0, low), (x, 1.0, low), (x, 1.0, 22.5)]
    return ways


WAYS: dict[str, list[Place]] = {
    "gantry_sweep": pushes(2.0, 26.25, 58.75, 91.25, 123.75),
    "toolhead_push": pushes(10.0, 110.0, 30.0),
    "bed_slinger_push": pushes(10.0, 110.0, 30.0),
    "belt_short": [(100.0, 100.0, 162.5)],
    "belt_long": [(100.0, 100.0, 212.5)],
    "macro": [(100.0, 100.0, 100.0)],
}
"""Where each has to go, in mm."""
