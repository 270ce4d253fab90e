"""The library of procedures: checked numbers, refusals, and where the moves go.

The moves are followed here by a small printer of its own, which knows nothing of how
the scripts were made.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from moonraker_cp.core.decisions import Rules, Situation
from moonraker_cp.core.errors import BadRequest, NotFound
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.hooks import Script
from moonraker_cp.core.model import Control, Phase, State
from moonraker_cp.core.printer import Look
from moonraker_cp.printer.check import check, errors
from moonraker_cp.printer.context import Subject, context
from moonraker_cp.printer.known import Machine
from moonraker_cp.printer.library import PROCEDURES, Procedure, find
from moonraker_cp.printer.render import LONGEST, Needs, RenderFailed, render
from moonraker_cp.printer.render_child import (
    Failed,
    Refused,
    environment,
    parsed,
    rendered,
    shaped,
)

DOCS = Path(__file__).parents[2] / "docs" / "clearing.md"
NAMES = tuple(one.name for one in PROCEDURES)
PUSHES = ("gantry_sweep", "toolhead_push", "bed_slinger_push")
BELTS = ("belt_short", "belt_long")
MOVING = (*PUSHES, *BELTS, "macro")
COMMANDS = frozenset(
    (
        *("G1", "G90", "G91", "M84", "M220", "SAVE_GCODE_STATE", "EJECT_PART"),
        *("RESTORE_GCODE_STATE", "SET_VELOCITY_LIMIT", "TURN_OFF_HEATERS"),
    )
)
PATH = "a/clip.gcode"
SQUARE = [[90.0, 80.0], [130.0, 80.0], [130.0, 120.0], [90.0, 120.0]]
STATUS: dict[str, Any] = {
    "heater_bed": {"temperature": 24.0, "target": 0.0},
    "toolhead": {
        "homed_axes": "xyz",
        "axis_minimum": [0.0, 0.0, -2.0, 0.0],
        "axis_maximum": [220.0, 220.0, 250.0, 0.0],
        "position": [5.0, 210.0, 25.0, 0.0],
        "max_accel": 3000.0,
    },
    "gcode_move": {
        "homing_origin": [0.0, 0.0, 0.0, 0.0],
        "position": [5.0, 210.0, 25.0, 0.0],
        "gcode_position": [5.0, 210.0, 25.0, 0.0],
    },
    "print_stats": {"filename": PATH},
    "exclude_object": {"objects": [{"name": "CLIP", "polygon": SQUARE}]},
}
Status = Mapping[str, Mapping[str, Any]]


def status(changes: Status | None = None, *missing: str) -> dict[str, Any]:
    """A printer that has ended a print, but for these fields and objects."""
    made = deepcopy(STATUS)
    for name, fields in (changes or {}).items():
        made[name] = {**made.get(name, {}), **fields}
    return {name: fields for name, fields in made.items() if name not in missing}


def values(
    height: float | None = 20.0, phase: Phase = Phase.CLEARING, ours: bool = True
) -> dict[str, Any]:
    about = Subject(PATH, facts=FileFacts(object_height=height)) if ours else Subject()
    state = State(replace(Control(), phase=phase), ())
    here = Situation(state, Look(ready=True), Rules(), now=1.0, clock=1.0)
    return context(about, here, {})


def made(
    name: str,
    printer: Mapping[str, Any] | None = None,
    given: Mapping[str, object] | None = None,
    known: Mapping[str, Any] | None = None,
) -> list[str]:
    """The commands that a procedure would send."""
    script = find(name).script(given or {})
    everything = {**(known or values()), "printer": printer or status()}
    named = {name: shaped(value, name) for name, value in everything.items()}
    lines = rendered(parsed(script), named, LONGEST).splitlines()
    return [line.strip() for line in lines if line.strip()]


def refusal(name: str, *args: Any, **more: Any) -> str:
    """What the script itself says, instead of any command."""
    with pytest.raises(Failed) as caught:
        made(name, *args, **more)
    assert caught.value.refused, caught.value
    return str(caught.value)


LONG_BELT = status({"toolhead": {"axis_maximum": [220.0, 220.0, 9999.0, 0.0]}})


# -- what is in it ---------------------------------------------------------------


def test_the_procedures() -> None:
    assert set(NAMES) == {"wait", *MOVING, "off"}
    assert len(NAMES) == 8


@pytest.mark.parametrize("one", PROCEDURES, ids=NAMES)
def test_a_sketch_is_a_small_svg_with_a_title(one: Procedure) -> None:
    root = ElementTree.fromstring(one.sketch)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].tag.endswith("title")
    assert len(root[0].text or "") > 20
    assert len(one.sketch) < 2000
    assert "id=" not in one.sketch, "two sketches on one page would share it"


@pytest.mark.parametrize("one", PROCEDURES, ids=NAMES)
def test_every_default_is_one_that_it_takes(one: Procedure) -> None:
    given = {parameter.name: parameter.default for parameter in one.parameters}
    assert one.script(given) == one.script({})
    for parameter in one.parameters:
        assert f"set {parameter.name} =" in one.script({})
        assert re.search(rf"\b{parameter.name}\b", one.template), "it is used"


@pytest.mark.parametrize("one", PROCEDURES, ids=NAMES)
def test_a_script_may_stand_in_moonrakers_configuration(one: Procedure) -> None:
    """Which drops empty lines, and cuts lines at what it takes for a comment."""
    for line in one.script({}).splitlines():
        assert line.strip()
        assert not re.search(r"(^|\s)[;#]", line)


@pytest.mark.parametrize("name", NAMES)
async def test_what_it_needs_of_klipper_is_named(name: str) -> None:
    """As in production: rendered in the child, with the named objects alone."""
    asked: list[Needs] = []

    async def supply(wanted: Needs) -> dict[str, Any]:
        asked.append(wanted)
        known = values(phase=Phase.FINISHING)
        return {**known, "printer": {n: LONG_BELT[n] for n in wanted.objects}}

    if name == "wait":
        with pytest.raises(RenderFailed) as caught:
            await render((Script("", find(name).script({})),), supply)
        assert str(caught.value) == "A person has to take the part off."
        assert caught.value.line == 1
    else:
        await render((Script("", find(name).script({})),), supply)
    assert not asked[0].every


# -- parameters ---------------------------------------------------------------------


def test_numbers_are_set_at_the_head() -> None:
    given = {"speed": "40", "column_width": 25.5, "height": 1}
    lines = find("gantry_sweep").script(given).splitlines()[:8]
    assert "{% set speed = 40 %}" in lines
    assert "{% set column_width = 25.5 %}" in lines
    assert "{% set height = 1 %}" in lines
    assert "{% set release_temperature = 30 %}" in lines


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"speed": "fast"}, "speed must be a number, in mm/s."),
        ({"speed": None}, "speed must be a number"),
        ({"speed": True}, "speed must be a number"),
        ({"speed": [1]}, "speed must be a number"),
        ({"speed": "nan"}, "speed must be a number"),
        ({"speed": 10**400}, "speed must be a number"),
        ({"speed": 0}, "speed must be between 1 and 500 mm/s."),
        ({"release_temperature": 151}, "must be between 1 and 150 °C."),
        ({"sped": 3}, "gantry_sweep has no parameter 'sped'; it has release_temp"),
        ({"%}{evil}": 3}, "has no parameter"),
    ],
)
def test_numbers_that_it_does_not_take(given: dict[str, object], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        find("gantry_sweep").script(given)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["", "A B", 'X"', "G1\nG28", "1A", "X" * 61, 3, None])
def test_names_of_macros_that_it_does_not_take(name: object) -> None:
    with pytest.raises(BadRequest) as caught:
        find("macro").script({"macro": name})
    assert "macro must be the name of a macro" in str(caught.value)


def test_a_procedure_that_is_not_there() -> None:
    with pytest.raises(NotFound) as caught:
        find("sweep")
    assert "no procedure 'sweep'; there are wait, gantry_sweep" in str(caught.value)
    with pytest.raises(BadRequest) as wrong:
        find("off").script({"speed": 1})
    assert "it has none at all" in str(wrong.value)


# -- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize("name", MOVING)
@pytest.mark.parametrize(
    ("printer", "words"),
    [
        (status({"heater_bed": {"temperature": 30.1}}), "reads 30.1 °C, and"),
        (status({"heater_bed": {"temperature": None}}), "temperature is not known"),
        (status({"heater_bed": {"temperature": -200.0}}), "temperature is not known"),
        (status({"heater_bed": {"temperature": float("nan")}}), "reads nan °C"),
        (status({}, "heater_bed"), "temperature is not known"),
        (status({"toolhead": {"homed_axes": ""}}), "The X axis is not homed"),
        (status({"toolhead": {"homed_axes": "xy"}}), "The Z axis is not homed"),
    ],
)
def test_what_stops_everything_that_moves(
    name: str, printer: dict[str, Any], words: str
) -> None:
    assert words in refusal(name, printer)


@pytest.mark.parametrize("name", MOVING)
def test_a_print_that_is_not_known(name: str) -> None:
    assert "Nothing is known of the print" in refusal(name, known=values(ours=False))


def test_the_bed_may_read_exactly_the_release_temperature() -> None:
    exact = status({"heater_bed": {"temperature": 27.5}})
    assert made("gantry_sweep", exact, {"release_temperature": 27.5})
    assert "27.4 °C" in refusal("macro", exact, {"release_temperature": 27.4})


@pytest.mark.parametrize("name", [*PUSHES, "macro"])
def test_a_part_that_is_too_high_or_of_unknown_height(name: str) -> None:
    assert "not known" in refusal(name, known=values(None))
    high = refusal(name, given={"max_height": 19.5})
    assert high.startswith("The part is 20 mm high, and max_height is 19.5 mm.")
    assert made(name, given={"max_height": 20})


@pytest.mark.parametrize("name", PUSHES)
def test_what_stops_a_push(name: str) -> None:
    low = refusal(name, given={"height": 5}, known=values(5.9))
    assert "a push at 5 mm would not move it" in low
    small = status({"toolhead": {"axis_maximum": [220.0, 220.0, 30.0, 0.0]}})
    assert "there is no way over it" in refusal(name, small)
    assert "ends at Y120" in refusal(name, given={"behind": 99.5})
    moved = status({"gcode_move": {"gcode_position": [5.0, 210.0, 0.0, 0.0]}})
    assert "G92 has moved the zero of the Z axis" in refusal(name, moved)


@pytest.mark.parametrize("name", PUSHES)
@pytest.mark.parametrize("field", ["axis_minimum", "axis_maximum"])
def test_without_the_axes_limits_nothing_is_sent(name: str, field: str) -> None:
    printer = status()
    del printer["toolhead"][field]
    with pytest.raises(Failed) as caught:
        made(name, printer)
    assert f"printer.toolhead has no {field}" in str(caught.value)


UNNAMED = {
    "no [exclude_object]": status({}, "exclude_object"),
    "no objects": status({"exclude_object": {"objects": []}}),
    "one has no outline": status(
        {
            "exclude_object": {
                "objects": [{"name": "A", "polygon": SQUARE}, {"name": "B"}]
            }
        }
    ),
    "of another file": status({"print_stats": {"filename": "b.gcode"}}),
}


@pytest.mark.parametrize("printer", UNNAMED.values(), ids=UNNAMED)
def test_parts_at_places_that_nobody_knows(printer: dict[str, Any]) -> None:
    for name in ("toolhead_push", "bed_slinger_push"):
        assert "The file names no objects" in refusal(name, printer)
    pushes = Follow(printer).pushes(made("gantry_sweep", printer))
    assert [one.y for one in pushes] == [219.0] * 8, "from behind all"
    assert pushes[0].x - 1.0 <= 15.0, "the whole width"
    assert 219.0 - pushes[-1].x <= 15.0


@pytest.mark.parametrize("name", BELTS)
def test_a_belt_at_its_end(name: str) -> None:
    given = {"distance": 225.1}
    assert "its axis has 225 mm left" in refusal(name, given=given)
    lines = made(name, given={"distance": 225})
    assert "G91" in lines
    assert [line for line in lines if line.startswith("G1 Z225")]


def test_who_moves_nothing() -> None:
    assert refusal("wait") == "A person has to take the part off."
    assert made("off", known=values(phase=Phase.FINISHING)) == [
        *("TURN_OFF_HEATERS", "M107", "M84")
    ]
    assert "takes no part off the bed" in refusal("off")
    assert made("macro", given={"macro": "TILT_BED"}) == ["TILT_BED"]


# -- where the moves go ------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """In the script's own coordinates."""

    x: float
    y: float
    z: float


class Follow:
    """A printer that goes where a script says, and holds what it must not do."""

    def __init__(self, printer: Mapping[str, Any]) -> None:
        toolhead, move = printer["toolhead"], printer["gcode_move"]
        zero = move["homing_origin"]
        self.least = [a - b for a, b in zip(toolhead["axis_minimum"][:3], zero)]
        self.most = [a - b for a, b in zip(toolhead["axis_maximum"][:3], zero)]
        self.start = Place(*move["gcode_position"][:3])
        objects = printer.get("exclude_object", {}).get("objects", ())
        self.parts = [one["polygon"] for one in objects if "polygon" in one]

    def path(self, lines: list[str]) -> Iterator[tuple[Place, Place]]:
        here, absolute = self.start, None
        for line in lines:
            if line in ("G90", "G91"):
                absolute = line == "G90"
            if not line.startswith("G1 "):
                continue
            assert absolute is not None, "it does not lean on what was set before"
            words = {word[0].lower(): float(word[1:]) for word in line.split()[1:]}
            assert words.pop("f") > 0
            if not absolute:
                words = {axis: getattr(here, axis) + by for axis, by in words.items()}
            there = replace(here, **words)
            for value, least, most in zip(
                (there.x, there.y, there.z), self.least, self.most
            ):
                assert least <= value <= most, (line, self.least, self.most)
            yield here, there
            here = there

    def pushes(self, lines: list[str]) -> list[Place]:
        """Where each push begins."""
        return [
            a for a, b in self.path(lines) if b.y < a.y and (a.x, a.z) == (b.x, b.z)
        ]

    def meets(self, pushes: list[Place], reach: float, middle: bool) -> None:
        """Pushes of that reach to each side meet each part: its middle, or all of it.

        As far as X goes, less the millimetre that is left at its ends.
        """
        for part in self.parts:
            left, right = min(x for x, _ in part), max(x for x, _ in part)
            if middle:
                left = right = (left + right) / 2
            for step in range(21):
                spot = left + (right - left) * step / 20
                spot = min(max(spot, self.least[0] + 1), self.most[0] - 1)
                assert any(abs(one.x - spot) <= reach + 0.02 for one in pushes), spot


def laws(follow: Follow, lines: list[str], height: float, clear: float) -> list[Place]:
    """What holds for every push, whatever its numbers are; where the pushes begin."""
    behind = max(y for part in follow.parts for _, y in part)
    for a, b in follow.path(lines):
        if b.z < a.z and b.z < height:  # it comes down: behind every part
            assert (a.x, a.y) == (b.x, b.y)
            assert b.y > behind
        if (a.x, a.y) != (b.x, b.y):
            over = min(a.z, b.z) >= height + clear - 0.01
            pushing = a.z == b.z < height and a.x == b.x and b.y < a.y
            assert over or pushing, (a, b)
            assert over or b.y <= follow.least[1] + 1.01, "to the very front"
    return follow.pushes(lines)


def some_printer(chance: random.Random) -> dict[str, Any]:
    """Any limits, offsets, place of the toolhead, and parts."""
    least = [chance.uniform(-20, 5), chance.uniform(-20, 5), chance.uniform(-5, 0)]
    most = [chance.uniform(80, 400) for _ in range(3)]
    zero = [chance.uniform(-1, 1) for _ in range(3)]
    here = [chance.uniform(a, b) for a, b in zip(least, most)]
    parts = []
    for number in range(chance.randint(1, 6)):
        x, y = chance.uniform(-5, most[0]), chance.uniform(0, most[1])
        wide, deep = chance.uniform(1, 90), chance.uniform(1, 60)
        outline = [[x, y], [x + wide, y], [x + wide, y + deep], [x, y + deep]]
        parts.append({"name": f"P{number}", "polygon": outline})
    return status(
        {
            "toolhead": {"axis_minimum": [*least, 0], "axis_maximum": [*most, 0]},
            "gcode_move": {
                "homing_origin": [*zero, 0],
                "position": [*here, 0],
                "gcode_position": [*(a - b for a, b in zip(here, zero)), 0],
            },
            "exclude_object": {"objects": parts},
        }
    )


@pytest.mark.parametrize("name", PUSHES)
def test_on_any_printer_with_any_parts(name: str) -> None:
    """Either it refuses, or it stays inside and comes down behind all parts."""
    chance, went = random.Random(name), 0
    for _ in range(8):
        given = {
            "height": chance.uniform(0.2, 15),
            "clearance": chance.uniform(1, 40),
            "behind": chance.uniform(1, 60),
        }
        if name == "gantry_sweep":
            given["column_width"] = chance.uniform(5, 120)
            given["margin"] = chance.uniform(0, 60)
        template = environment().from_string(find(name).script(given))
        for _ in range(40):
            printer, height = some_printer(chance), chance.uniform(0.2, 120)
            known = {**values(height), "printer": printer}
            lines = _lines(template, known)
            if lines:
                went += 1
                follow = Follow(printer)
                pushes = laws(follow, lines, height, given["clearance"])
                reach = given.get("column_width", 0.2) / 2
                follow.meets(pushes, reach, middle=name != "gantry_sweep")
    assert went > 30


def _lines(template: Any, known: dict[str, Any]) -> list[str]:
    """Without any when it refuses."""
    try:
        text = template.render({key: shaped(one, key) for key, one in known.items()})
    except Refused:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_a_push_goes_from_behind_to_the_front_at_each_middle() -> None:
    other = [[x - 60, y - 30] for x, y in SQUARE]
    objects = [{"name": "A", "polygon": SQUARE}, {"name": "B", "polygon": other}]
    twin = {"name": "C", "polygon": [[x, y - 45] for x, y in SQUARE]}
    printer = status({"exclude_object": {"objects": [*objects, twin]}})
    pushes = Follow(printer).pushes(made("toolhead_push", printer))
    assert pushes == [Place(110.0, 160.0, 10.0), Place(50.0, 160.0, 10.0)]


def test_a_bed_slinger_is_gentle_and_says_so_afterwards() -> None:
    lines = made("bed_slinger_push", given={"acceleration": 400})
    assert lines[0] == "SET_VELOCITY_LIMIT ACCEL=400"
    assert lines[-1] == "SET_VELOCITY_LIMIT ACCEL=3000.0"
    slow = status({"toolhead": {"max_accel": 200.0}})
    assert made("bed_slinger_push", slow)[0] == "SET_VELOCITY_LIMIT ACCEL=200.0"


@pytest.mark.parametrize("name", [*MOVING, "off"])
def test_the_check_of_scripts_finds_nothing_wrong(name: str) -> None:
    lines = made(name, LONG_BELT, known=values(phase=Phase.FINISHING))
    limits = ((0.0, 0.0, -2.0), (220.0, 220.0, 9999.0))
    machine = Machine(COMMANDS, complete=True, homed="XYZ", limits=limits)
    machine = replace(machine, absolute=True, offset=(0.0, 0.0, 0.0), bed=24.0)
    found = check("\n".join(lines), machine)
    assert errors(found) == ()
    assert [one for one in found if one.code in ("not_homed", "out_of_range")] == []
    assert not [line for line in lines if line.startswith("G28")]


# -- the page ------------------------------------------------------------------------


@pytest.mark.parametrize("one", PROCEDURES, ids=NAMES)
def test_a_procedure_is_documented(one: Procedure) -> None:
    text = DOCS.read_text("utf-8")
    start = text.index(f"## {one.title}\n")
    part = re.split(r"^## ", text[start + 3 :], maxsplit=1, flags=re.M)[0]
    assert f"clearing/{one.name}.svg)" in part
    assert f"`{one.name}`" in part
    flat = " ".join(part.split())
    for sentence in one.assumes:
        assert sentence in flat
    for parameter in one.parameters:
        default = parameter.default
        shown = default if isinstance(default, str) else f"{default:g}"
        row = (
            f"| `{parameter.name}` | {shown} | {parameter.unit} | {parameter.meaning} |"
        )
        assert row in part


def test_the_examples_on_the_page_are_what_the_library_makes() -> None:
    text = DOCS.read_text("utf-8")
    begun = "    bed_clearing_gcode:\n"
    example = text[text.index(begun) + len(begun) :].split("\n\n", 1)[0]
    lines = [line[6:] for line in example.splitlines()]
    assert "\n".join(lines) == find("belt_short").script({"distance": 200})
    queries = re.findall(r"library/script\?name=(\w+)&?(\S*?)'?$", text, flags=re.M)
    assert {name for name, _ in queries} == set(MOVING)
    for name, query in queries:
        given = dict(pair.split("=") for pair in query.split("&"))
        assert given
        assert find(name).script(dict(given)) != find(name).script({})
