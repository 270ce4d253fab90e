"""A plot of curves over a growing queue, both axes logarithmic, as an SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 960, 560
LEFT, RIGHT, TOP, BOTTOM = 90, 700, 60, 490
COLOURS = ("#1976d2", "#ef6c00", "#2e9e5b", "#8e5bd0", "#c2185b", "#00838f")

# An image on a page knows the browser's wish, not the page's switch; on its own card
# it is readable on both.
STYLE = """\
text{font:15px Roboto,Helvetica,Arial,sans-serif;fill:#212121}
.small{font-size:13px;fill:#555}.title{font-size:18px;font-weight:600}
.card{fill:#fff}.grid{stroke:#dedede;stroke-width:1}
.curve{fill:none;stroke-width:2.5}.theirs{stroke-dasharray:7 5}
@media (prefers-color-scheme:dark){
text{fill:#eee}.small{fill:#b5b5b5}.card{fill:#1e2129}.grid{stroke:#3a3f4b}}
"""

Points = Mapping[int, float]


@dataclass(frozen=True)
class Curve:
    """theirs: drawn dashed, as what the others are compared with."""

    name: str
    points: Points
    theirs: bool = False


@dataclass(frozen=True)
class Scale:
    """From a value to a place between two others, by its logarithm."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def decades(self) -> Iterable[float]:
        first, last = round(math.log10(self.low)), round(math.log10(self.high))
        return (10.0**power for power in range(first, last + 1))


def draw(title: str, unit: str, curves: Iterable[Curve]) -> str:
    """The picture; lengths and values that are not above zero have no place in it."""
    shown = [_positive(one) for one in curves]
    shown = [one for one in shown if one.points]
    lengths = [length for one in shown for length in one.points]
    values = [value for one in shown for value in one.points.values()]
    across = Scale(_below(min(lengths)), _above(max(lengths)), LEFT, RIGHT)
    up = Scale(_below(min(values)), _above(max(values)), BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{escape(title)}">',
        f"<style>\n{STYLE}</style>",
        f'<rect class="card" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        f'<text class="title" x="{LEFT}" y="34">{escape(title)}</text>',
        *_grid(across, up, unit),
        *_curves(shown, across, up),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _positive(curve: Curve) -> Curve:
    points = {n: value for n, value in curve.points.items() if n > 0 and value > 0}
    return Curve(curve.name, points, curve.theirs)


def _below(value: float) -> float:
    return float(10 ** math.floor(math.log10(value)))


def _above(value: float) -> float:
    return max(float(10 ** math.ceil(math.log10(value))), _below(value) * 10)


def _grid(across: Scale, up: Scale, unit: str) -> Iterable[str]:
    for value in across.decades():
        x = across.at(value)
        yield f'<path class="grid" d="M{x} {TOP}V{BOTTOM}"/>'
        yield _text(x, BOTTOM + 24, f"{value:,.0f}", "middle")
    yield _text((LEFT + RIGHT) / 2, BOTTOM + 50, "jobs in the queue", "middle")
    for value in up.decades():
        y = up.at(value)
        yield f'<path class="grid" d="M{LEFT} {y}H{RIGHT}"/>'
        yield _text(LEFT - 10, y + 5, f"{value:g} {unit}", "end")


def _curves(curves: list[Curve], across: Scale, up: Scale) -> Iterable[str]:
    for index, (curve, y) in enumerate(zip(curves, _places(curves, up))):
        colour = COLOURS[index % len(COLOURS)]
        ends = sorted(curve.points.items())
        way = "L".join(f"{across.at(n)} {up.at(value)}" for n, value in ends)
        kind = "curve theirs" if curve.theirs else "curve"
        yield f'<path class="{kind}" stroke="{colour}" d="M{way}"/>'
        for n, value in ends:
            at = f'cx="{across.at(n)}" cy="{up.at(value)}"'
            yield f'<circle {at} r="3.5" fill="{colour}"/>'
        x = across.at(ends[-1][0])
        yield f'<path stroke="{colour}" d="M{x + 6} {up.at(ends[-1][1])}L712 {y}"/>'
        yield _text(718, y + 5, curve.name, "start")


def _places(curves: list[Curve], up: Scale) -> list[float]:
    """Where each name stands: beside its curve's end, and not over another one."""
    ends = [up.at(one.points[max(one.points)]) for one in curves]
    order = sorted(range(len(ends)), key=lambda index: ends[index])
    places, free = [0.0] * len(ends), float(TOP)
    for index in order:
        places[index] = max(ends[index], free)
        free = places[index] + 20
    return places


def _text(x: float, y: float, words: str, anchor: str) -> str:
    where = f'x="{x}" y="{y}" text-anchor="{anchor}"'
    return f'<text class="small" {where}>{escape(words)}</text>'
