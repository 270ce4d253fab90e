"""CPQ's default scripts and preprocessors, as docs/hooks.md has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.printer.check import check
from moonraker_cp.printer.known import Machine
from moonraker_cp.printer.scripts import ScriptRefused

from .test_render_scripts import World

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")

MACHINE = Machine(
    commands=frozenset(
        (
            *("G0", "G1", "G4", "G20", "G21", "G28", "G90", "G91", "G92", "M18", "M82"),
            *("M83", "M84", "M104", "M105", "M106", "M107", "M109", "M110", "M112"),
            *("M114", "M115", "M117", "M140", "M190", "M204", "M220", "M221", "M400"),
            *("BED_MESH_CALIBRATE", "PAUSE", "RESUME", "CANCEL_PRINT", "RESPOND"),
        )
    ),
    complete=True,
    homed="XYZ",
    absolute=True,
    limits=((0.0, 0.0, 0.0), (220.0, 220.0, 250.0)),
    offset=(0.0, 0.0, 0.0),
    bed=60.0,
)
"""A Klipper of 220 by 220 mm after a print, without macros for Marlin's commands."""

LIFT = ("M17", "G91", "G0 Z10", "G90")
OFF = ("M104 T0 S0", "M140 S0")


def sweep(columns: tuple[str, ...], back: str, low: str) -> Iterator[str]:
    """Down behind the part, to the front and back again."""
    for column in columns:
        yield from (f"G0 {column} {back}", f"G0 {low}", "G0 Y0", f"G0 {back}")


SCRIPTS = {
    "Sweep Gantry": (
        *(*LIFT, "M190 R25", "G0 X200 Y235"),
        *(*sweep(("X110",), "Y235", "Z1"), "G28"),
    ),
    "Prusa Mini": (
        *(*LIFT, "M190 R25"),
        *(*sweep(("X180", "X135", "X90", "X45"), "Y180", "Z1"), "G28"),
    ),
    "Creality Ender 3 S1 Pro": (
        *(*LIFT, *OFF, "M190 R25", "G0 X220 Y220"),
        *(*sweep(("X110",), "Y220", "Z5"), "G28"),
    ),
    "Advance Belt Short": ("M17", "G91", "G21", "G0 Z10", "G90", "M104 S0", "M140 S0"),
    "Advance Belt Long": (
        *("M17", "G91", "G21", "G0 Z300", "M18", "G90", "M104 S0", "M140 S0"),
    ),
    "Pause": ("M18", *OFF, "@pause"),
    "Generic Off": ("M18", *OFF, "M300 S880 P300"),
}
"""What each sends, line by line."""


def documented(heading: str) -> dict[str, str]:
    """The second column of the first table below a heading, by the first."""
    lines = PAGE.split(f"\n{heading}\n", 1)[1].splitlines()
    start = next(i for i, line in enumerate(lines) if line[:1] == "|") + 2
    rows = {}
    for line in lines[start:]:
        if line[:1] != "|":
            break
        first, second = (cell.strip() for cell in line.split("|")[1:3])
        rows[first] = second
    return rows


def said(name: str) -> dict[str, list[str]]:
    """What the page says that a check finds: the G-code by the finding's code."""
    groups = documented("### Default scripts")[name].split(";")
    marks = [re.findall(r"`([^`]+)`", group) for group in groups]
    return {code: lines for code, *lines in marks}


def test_every_default_script_is_on_the_page() -> None:
    assert set(documented("### Default scripts")) == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_the_check_says_of_a_default_script(name: str) -> None:
    gcode = SCRIPTS[name]
    found: dict[str, list[str]] = {}
    for one in check("\n".join(gcode), MACHINE):
        assert one.line is not None
        line = gcode[one.line - 1]
        shown = line.split()[0] if one.code == "unknown_command" else line
        found.setdefault(one.code, []).append(shown)
    # A place is told each time that something goes there; once is enough here.
    once = {code: list(dict.fromkeys(lines)) for code, lines in found.items()}
    assert once == said(name)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_none_of_them_is_sent_as_it_is(name: str) -> None:
    with pytest.raises(ScriptRefused):
        await World().send(Hook.CLEAR_BED, Script(name, "\n".join(SCRIPTS[name])))


CONDITIONS = {
    "If the bed temperature is >40C": True,
    'If print filename ends in "_special.gcode"': False,
    "If print will be at least 10mm high": True,
    "If print takes on average over an hour to complete": False,
    "If print has failed more than 10% of the time": False,
    "Also notify of bed temperature": None,
    "Error and pause if bed is >60C": True,
    "If starting from idle (first run, or ran finished script)": None,
    "If externally set variable is True": False,
}
"""What each is for a part of 12.5 mm on a bed of 60 °C; None: it is no condition."""


def test_every_preprocessor_is_on_the_page() -> None:
    assert list(documented("### Preprocessors")) == list(CONDITIONS)


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_preprocessor_as_a_condition(name: str) -> None:
    text, wanted = documented("### Preprocessors")[name], CONDITIONS[name]
    if wanted is None:
        assert text.startswith("none")
        return
    gcode = await World().send(Hook.CLEAR_BED, Script(name, "G28", text.strip("`")))
    assert (gcode == "G28") is wanted


async def test_an_error_of_a_preprocessor_stops_the_hook() -> None:
    world = World()
    world.klippy.status["heater_bed"]["temperature"] = 60.5
    name = "Error and pause if bed is >60C"
    condition = documented("### Preprocessors")[name].strip("`")
    with pytest.raises(ScriptRefused, match="The bed is too hot"):
        await world.send(Hook.CLEAR_BED, Script(name, "G28", condition))
