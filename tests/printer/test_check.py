"""What is found in a script's G-code before it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moonraker_cp.printer.check import MOST, Finding, Severity, check, errors, lines
from moonraker_cp.printer.known import Machine, read_machine

COMMANDS = (
    *("G0", "G1", "G2", "G4", "G28", "G90", "G91", "G92", "M18", "M84", "M400"),
    *("M104", "M109", "M117", "M140", "M190", "TEMPERATURE_WAIT"),
    *("SET_GCODE_OFFSET", "EJECT_PART", "PARK"),
)
STATUS: dict[str, Any] = {
    "gcode": {"commands": {name: {} for name in COMMANDS}},
    "configfile": {"settings": {"gcode_macro eject_part": {}, "gcode_macro PARK": {}}},
    "toolhead": {
        "homed_axes": "xyz",
        "axis_minimum": [0.0, 0.0, -2.0, 0.0],
        "axis_maximum": [220.0, 220.0, 250.0, 0.0],
    },
    "gcode_move": {
        "absolute_coordinates": True,
        "position": [0.0, 0.0, 10.0, 0.0],
        "gcode_position": [0.0, 0.0, 10.0, 0.0],
    },
    "heater_bed": {"temperature": 60.0},
}
MACHINE = read_machine(STATUS)


def codes(gcode: str, machine: Machine = MACHINE) -> list[tuple[int | None, str]]:
    return [(one.line, one.code) for one in check(gcode, machine)]


def only(gcode: str, machine: Machine = MACHINE) -> Finding:
    (one,) = check(gcode, machine)
    return one


def test_a_good_script_has_no_findings() -> None:
    script = """
    G90
    g1 x110 y220 f9000 ; behind the part
    G1X10Y10
    N12 G1 Z2*33
    M117 Wiping {off} @pause
    M117 12
    EJECT_PART SPEED=20
    M104 S0
    M190 S0
    M107
    ; M300
    M400"""
    assert codes(script) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@pause", "bed_clearing: manual"),
        ("M17 ; steppers on", "Leave it out"),
        ("M300 S880 P300", "[gcode_macro M300]"),
        ("EJECT_PRT", "Did you mean EJECT_PART?"),
        ("Eject Part", "write a macro of that name"),
        ("%", "write a macro of that name"),
    ],
)
def test_an_unknown_command_is_an_error_with_advice(text: str, words: str) -> None:
    one = only(f"M400\n\n{text}")
    assert (one.line, one.severity, one.code) == (
        3,
        Severity.ERROR,
        "unknown_command",
    )
    assert text.split()[0] in one.text
    assert words in one.advice
    assert one.sentence.startswith("line 3: ")


def test_without_klippers_list_nothing_is_sure_but_names_that_cannot_be() -> None:
    found = check("EJECT_PRT\n@pause", Machine())
    assert [(one.code, one.severity.value) for one in found] == [
        ("commands_not_known", "warning"),
        ("unknown_command", "error"),
    ]
    assert found[1].line == 2


def test_the_list_of_help_texts_is_not_complete() -> None:
    old = {name: one for name, one in STATUS.items() if name != "gcode"}
    machine = read_machine(old, ["SET_GCODE_OFFSET"])
    found = check("G28\nM73 P1\nEJECT_PART\nSET_GCODE_OFFSET Z=0", machine)
    assert [(one.line, one.severity.value) for one in found] == [
        (None, "warning"),
        (2, "warning"),
    ]


def test_a_command_is_told_once_and_errors_are_never_crowded_out() -> None:
    assert codes("M300\nM300\nM300") == [(1, "unknown_command")]
    many = "\n".join(["M109 S200"] * (MOST + 9) + ["EJECT_PRT"])
    found = check(many, MACHINE)
    assert len(found) == MOST + 1
    assert [one.line for one in errors(found)] == [MOST + 10]
    wrong = "\n".join(f"WRONG_{letter}{n}" for letter in "ABCD" for n in range(50))
    assert len(check(wrong, MACHINE)) == MOST


@pytest.mark.parametrize(
    ("line", "code", "severity"),
    [
        ("M190 R27", "ignored_r", Severity.ERROR),
        ("M190 S27", "waits_for_cooling", Severity.WARNING),
        ("M190 S70", "holds_klipper", Severity.WARNING),
        ("M190 S18", "below_room", Severity.WARNING),
        ("M109 S200", "holds_klipper", Severity.WARNING),
        ("TEMPERATURE_WAIT SENSOR=heater_bed MAXIMUM=30", "waits_for_cooling", "warn"),
        ("TEMPERATURE_WAIT SENSOR=heater_bed MAXIMUM=20", "below_room", "warn"),
        ("TEMPERATURE_WAIT SENSOR=extruder MINIMUM=200", "holds_klipper", "warn"),
        ("G1 X221", "out_of_range", "warn"),
        ("G0 Z-2.5", "out_of_range", "warn"),
        ("G2 X300 Y10 I5", "out_of_range", "warn"),
    ],
)
def test_traps(line: str, code: str, severity: Any) -> None:
    one = only(line)
    wanted = Severity.WARNING if severity == "warn" else severity
    assert (one.code, one.severity) == (code, wanted)
    assert one.advice


def test_a_wait_for_cooling_points_to_the_option() -> None:
    for line in ("M190 R27", "M190 S27", "TEMPERATURE_WAIT SENSOR=b MAXIMUM=30"):
        assert "release_temperature" in only(line).advice


def test_a_macro_that_replaces_a_command_is_no_trap() -> None:
    machine = replace(MACHINE, macros=MACHINE.macros | {"M190"})
    assert codes("M190 R27", machine) == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("G1 X10", [(1, "not_homed")]),
        ("G1 X10\nG1 X20\nG1 Y5", [(1, "not_homed"), (3, "not_homed")]),
        ("G28\nG1 X10 Y10 Z5", []),
        ("G28 X\nG1 X10\nG1 Y10", [(3, "not_homed")]),
        ("G28 X0 Y0\nG1 X10 Y1\nG1 Z10", [(3, "not_homed")]),
        ("PARK\nG1 X10", []),
        ("G1 E5 F300", []),
        ("G28\nM84\nG0 Z5", [(3, "not_homed")]),
    ],
)
def test_moves_of_a_printer_that_is_not_homed(
    script: str, found: list[tuple[int, str]]
) -> None:
    assert codes(script, replace(MACHINE, homed="")) == found


@pytest.mark.parametrize(
    "script",
    [
        "G91\nG1 X300",
        "PARK\nG1 X300",
        "G92 X0\nG1 X300",
        "SET_GCODE_OFFSET X=5\nG1 X300",
    ],
)
def test_where_a_move_ends_is_not_always_known(script: str) -> None:
    assert codes(script) == []


def test_coordinates_count_from_klippers_own_zero() -> None:
    moved = replace(MACHINE, offset=(50.0, 0.0, 0.0))
    assert codes("G90\nG1 X180", moved) == [(2, "out_of_range")]
    assert codes("G90\nG1 X-20", moved) == []
    assert codes("G91\nG90\nG1 X300") == [(3, "out_of_range")]


def test_nothing_is_made_up_of_a_status_that_is_not_there() -> None:
    assert read_machine({}) == Machine()
    odd: dict[str, Any] = {"toolhead": None, "gcode": [], "configfile": {"settings": 3}}
    assert read_machine(odd) == Machine()


@pytest.mark.parametrize(
    "text", ["", "\n\n", ";", "  ;x", "N10", "N", "*", "G", "=", "A=1", "\x00", "é;"]
)
def test_odd_lines_are_read(text: str) -> None:
    assert all(one.command for one in lines(text))
    check(text, MACHINE)
