"""The demo's three files: a clip, a washer and a tag, as a slicer would write them.

`python -m moonraker_cp.demo.gcodes` writes them into assets/gcodes, always with the
same bytes. Real shapes of a few layers; each takes about half a minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import thumbnails

FOLDER = Path(__file__).resolve().parent / "assets" / "gcodes"

Point = tuple[float, float]
Loop = list[Point]

LAYER = 0.2
WIDTH = 0.45
FILAMENT_DIAMETER = 1.75
FILAMENT_DENSITY = 1.24
PRINT_SPEED = 50.0
TRAVEL_SPEED = 120.0
BED = 45
HOTEND = 185
CENTRE: Point = (110.0, 110.0)

_E_PER_MM = LAYER * WIDTH / (math.pi * (FILAMENT_DIAMETER / 2) ** 2)


@dataclass(frozen=True)
class Part:
    """A flat thing: its outlines, moved inwards by a distance, and its height."""

    name: str
    loops: Callable[[float], list[Loop]]
    layers: int
    walls: int
    reach: float

    @property
    def file(self) -> str:
        return f"{self.name}.gcode"


# --- shapes, around the origin -----------------------------------------------


def _arc(radius: float, start: float, end: float, steps: int) -> Loop:
    """Points on a circle, angles in degrees."""
    angles = (start + (end - start) * step / steps for step in range(steps + 1))
    return [
        (radius * math.cos(math.radians(a)), radius * math.sin(math.radians(a)))
        for a in angles
    ]


def _circle(radius: float, x: float = 0.0) -> Loop:
    return [(px + x, py) for px, py in _arc(radius, 0, 360, 36)[:-1]]


def _washer(inset: float) -> list[Loop]:
    return [_circle(10.0 - inset), _circle(5.0 + inset)]


def _tag(inset: float) -> list[Loop]:
    half_length, half_width, corner = 15.0, 6.0, 3.0
    outline: Loop = []
    for quarter, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        x, y = sx * (half_length - corner), sy * (half_width - corner)
        start = 90.0 * quarter
        outline += [
            (x + px, y + py) for px, py in _arc(corner - inset, start, start + 90, 6)
        ]
    return [outline, _circle(2.0 + inset, x=-10.5)]


def _clip(inset: float) -> list[Loop]:
    outer, inner, opening = 12.0 - inset, 8.0 + inset, 35.0
    outer_start = opening + math.degrees(math.asin(inset / outer))
    inner_start = opening + math.degrees(math.asin(inset / inner))
    there = _arc(outer, outer_start, 360 - outer_start, 40)
    back = _arc(inner, 360 - inner_start, inner_start, 40)
    return [there + back]


PARTS = (
    Part("clip", _clip, layers=3, walls=3, reach=14.0),
    Part("washer", _washer, layers=3, walls=3, reach=12.0),
    Part("tag", _tag, layers=3, walls=3, reach=17.0),
)


# --- files -------------------------------------------------------------------


class _Writer:
    """Collects lines and what a slicer sums up about them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.filament = 0.0
        self.seconds = 0.0
        self._at: Point = (0.0, 0.0)

    def add(self, *lines: str) -> None:
        self.lines += lines

    def travel(self, point: Point) -> None:
        self.seconds += math.dist(self._at, point) / TRAVEL_SPEED
        self._at = point
        self.add(f"G1 X{point[0]:.3f} Y{point[1]:.3f} F{TRAVEL_SPEED * 60:.0f}")

    def loop(self, loop: Loop) -> None:
        self.travel(loop[0])
        self.add(f"G1 F{PRINT_SPEED * 60:.0f}")
        for point in (*loop[1:], loop[0]):
            length = math.dist(self._at, point)
            amount = round(length * _E_PER_MM, 5)
            self.filament += amount
            self.seconds += length / PRINT_SPEED
            self._at = point
            self.add(f"G1 X{point[0]:.3f} Y{point[1]:.3f} E{amount:.5f}")


def gcode(part: Part) -> str:
    """The whole file."""
    writer = _Writer()
    writer.add(*_start(part))
    for layer in range(part.layers):
        z = (layer + 1) * LAYER
        writer.add(
            ";LAYER_CHANGE",
            f";Z:{z:.1f}",
            f";HEIGHT:{LAYER}",
            ";BEFORE_LAYER_CHANGE",
            "G92 E0",
            f";{z:.1f}",
            f"SET_PRINT_STATS_INFO CURRENT_LAYER={layer + 1}",
            f"G1 Z{z:.1f} F720",
            ";AFTER_LAYER_CHANGE",
            f"EXCLUDE_OBJECT_START NAME={part.name}",
        )
        for loop in _walls(part):
            writer.loop(loop)
        writer.add(f"EXCLUDE_OBJECT_END NAME={part.name}")
        if layer == 0:
            writer.add("M106 S127")
    writer.add("M107", "PRINT_END")
    writer.add(*_summary(part, writer))
    return _header(part) + "\n".join(writer.lines) + "\n"


def _walls(part: Part) -> Iterator[Loop]:
    for wall in range(part.walls):
        for loop in part.loops((wall + 0.5) * WIDTH):
            yield [(x + CENTRE[0], y + CENTRE[1]) for x, y in loop]


def _header(part: Part) -> str:
    blocks = [
        thumbnails.gcode_block(thumbnails.png(part.loops(0.0), size, part.reach), size)
        for size in (32, 300)
    ]
    # Named after a slicer, because Moonraker and the front ends read a file's data
    # only when they know who wrote it; the version says where it really comes from.
    return (
        "; generated by PrusaSlicer 2.8.0+moonraker_cp-demo on 2024-01-01 at "
        "12:00:00 UTC\n\n" + "".join(blocks) + "\n"
    )


def _start(part: Part) -> list[str]:
    outline = part.loops(0.0)[0]
    xs = [x + CENTRE[0] for x, _ in outline]
    ys = [y + CENTRE[1] for _, y in outline]
    corners = (
        f"[[{min(xs):.1f},{min(ys):.1f}],[{max(xs):.1f},{min(ys):.1f}],"
        f"[{max(xs):.1f},{max(ys):.1f}],[{min(xs):.1f},{max(ys):.1f}]]"
    )
    return [
        f"EXCLUDE_OBJECT_DEFINE NAME={part.name} "
        f"CENTER={CENTRE[0]:.1f},{CENTRE[1]:.1f} POLYGON={corners}",
        f"SET_PRINT_STATS_INFO TOTAL_LAYER={part.layers}",
        f"PRINT_START BED_TEMP={BED} EXTRUDER_TEMP={HOTEND}",
        "G21",
        "G90",
        "M83",
    ]


def _summary(part: Part, writer: _Writer) -> list[str]:
    volume = writer.filament * math.pi * (FILAMENT_DIAMETER / 2) ** 2 / 1000
    weight = volume * FILAMENT_DENSITY
    return [
        f"; filament used [mm] = {writer.filament:.2f}",
        f"; filament used [cm3] = {volume:.2f}",
        f"; filament used [g] = {weight:.2f}",
        f"; total filament used [g] = {weight:.2f}",
        f"; total layers count = {part.layers}",
        f"; estimated printing time (normal mode) = {math.ceil(writer.seconds)}s",
        "",
        "; prusaslicer_config = begin",
        f"; bed_temperature = {BED}",
        "; filament_colour = #2196F3",
        f"; filament_diameter = {FILAMENT_DIAMETER}",
        "; filament_settings_id = Demo PLA",
        "; filament_type = PLA",
        f"; first_layer_bed_temperature = {BED}",
        f"; first_layer_height = {LAYER}",
        f"; first_layer_temperature = {HOTEND}",
        f"; layer_height = {LAYER}",
        "; nozzle_diameter = 0.4",
        f"; temperature = {HOTEND}",
        "; prusaslicer_config = end",
    ]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        # Bytes, so that no platform changes the line ends.
        (FOLDER / part.file).write_bytes(gcode(part).encode())


if __name__ == "__main__":
    main()
