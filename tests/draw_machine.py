"""Draws docs/state-machine.md and its picture from the declared moves.

python -m tests.draw_machine
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple
from xml.sax.saxutils import escape

from moonraker_cp.core.arrows import ARROWS
from moonraker_cp.core.model import Phase

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "state-machine.md"
PICTURE = DOCS / "images" / "state-machine.svg"

HEAD = """# The state machine

![The phases of the queue, and the usual way through them](images/state-machine.svg)

The blue arrows are the usual way: print, cool, clear, print. Each phase can be
interrupted: by Stop, or when a person has to look. Shortcuts are left out of the
picture: without `release_temperature` nothing cools, with `bed_clearing: manual`
the queue is blocked after each print until a person has cleared the bed.

This page and the picture are drawn from `core/arrows.py`; a test compares them, and
every arrow has a test that tells its story.

## Every move

| phase | may lead to |
|---|---|
"""

EVENTS = """
## Every event

Each row is what an event may do in a phase. An event that has no row for a phase
changes nothing there.
"""

Move = tuple[Phase, Phase]


def declared() -> set[Move]:
    """All moves from one phase to another."""
    return {
        (source, target)
        for moves in ARROWS.values()
        for source, targets in moves.items()
        for target in targets
        if source is not target
    }


def draw() -> str:
    parts = [HEAD, *_moves(), EVENTS]
    for event, moves in ARROWS.items():
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()
        parts.append(f"\n### {words.capitalize()}\n\n")
        parts.append(_said(event))
        parts.append("| in | leads to |\n|---|---|\n")
        for source in Phase:
            if source in moves:
                targets = [one.value for one in Phase if one in moves[source]]
                parts.append(f"| {source.value} | {', '.join(targets)} |\n")
    return "".join(parts)


def _said(event: type) -> str:
    """Its docstring's first sentences, without what its fields are."""
    words = " ".join((event.__doc__ or "").partition("\n\n")[0].split())
    if words.startswith(f"{event.__name__}("):  # a dataclass's own
        return ""
    sentences = re.split(r"[.;] (?=[a-z_]+(?:, [a-z_]+)*: )", words)[0].rstrip(".")
    return "\n".join(wrap(f"{sentences}.", 88)) + "\n\n"


def _moves() -> Iterator[str]:
    moves = declared()
    for source in Phase:
        targets = [one.value for one in Phase if (source, one) in moves]
        yield f"| {source.value} | {', '.join(targets)} |\n"


# -- the picture ----------------------------------------------------------------


class Box(NamedTuple):
    """x, y: its middle."""

    x: int
    y: int
    width: int
    kind: str
    says: str


HIGH = 54
BOXES = {
    Phase.INACTIVE: Box(480, 56, 880, "off", "nobody has pressed Start"),
    Phase.IDLE: Box(140, 210, 136, "rest", "nothing to do now"),
    Phase.PREPARING: Box(310, 210, 136, "rest", "next copy chosen"),
    Phase.STARTING: Box(480, 210, 136, "hot", "start is sent"),
    Phase.PRINTING: Box(650, 210, 136, "hot", "Klipper prints"),
    Phase.PAUSED: Box(820, 210, 136, "hot", "the print waits"),
    Phase.FINISHING: Box(140, 340, 136, "rest", "finish script"),
    Phase.SCRIPT: Box(820, 340, 136, "note", "hooks, in between"),
    Phase.CLEARING: Box(480, 340, 136, "hot", "the part comes off"),
    Phase.COOLING: Box(650, 340, 136, "rest", "the bed gets cold"),
    Phase.BLOCKED: Box(
        480, 494, 880, "ask", "a person has to look, and says what is so"
    ),
}
USUAL: dict[Move, str] = {
    (Phase.IDLE, Phase.PREPARING): "",
    (Phase.PREPARING, Phase.STARTING): "",
    (Phase.STARTING, Phase.PRINTING): "",
    (Phase.PRINTING, Phase.PAUSED): "",
    (Phase.PAUSED, Phase.PRINTING): "",
    (Phase.PRINTING, Phase.COOLING): "a good end",
    (Phase.COOLING, Phase.CLEARING): "",
    (Phase.CLEARING, Phase.STARTING): "bed clear: the next copy",
    (Phase.CLEARING, Phase.FINISHING): "bed clear: nothing is left",
    (Phase.FINISHING, Phase.IDLE): "",
}
ACTIVE = tuple(one for one in Phase if one not in (Phase.INACTIVE, Phase.BLOCKED))
FRAME = (40, 138, 920, 408)
"""Around the active phases: left, top, right, bottom."""

STYLE = """
text{font:15px Roboto,Helvetica,Arial,sans-serif;fill:#212121;text-anchor:middle}
.name{font-weight:600}.says{font-size:12px;fill:#555}.word{font-size:12.5px;fill:#333}
.off{fill:#eceff1;stroke:#78909c}.rest{fill:#e3f2fd;stroke:#1976d2}
.hot{fill:#fff3e0;stroke:#ef6c00}.ask{fill:#ffebee;stroke:#d32f2f}
.note{fill:#fff;stroke:#757575;stroke-dasharray:5 4}
.frame{fill:none;stroke:#bdbdbd;stroke-width:1.5}
.way{stroke:#1976d2;stroke-width:2.5;fill:none}
.stop{stroke:#78909c;stroke-width:2;fill:none}.bad{stroke:#d32f2f;stroke-width:2;fill:none}
"""


def picture() -> str:
    """Raises AssertionError when it shows a move that is not declared."""
    moves = declared()
    assert moves.issuperset(USUAL), set(USUAL) - moves
    for end in (Phase.INACTIVE, Phase.BLOCKED):  # the arrows of the whole frame
        assert all((one, end) in moves for one in ACTIVE), end
        assert (end, Phase.PREPARING) in moves, end
    return "\n".join(_picture()) + "\n"


def _picture() -> Iterator[str]:
    yield (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 550" role="img"'
        ' aria-label="The phases of the queue">'
    )
    yield f"<style>{STYLE}</style>"
    yield '<rect width="960" height="550" rx="8" fill="#fff"/>'
    yield "<defs>" + "".join(map(_head, ("1976d2", "78909c", "d32f2f"))) + "</defs>"
    left, top, right, bottom = FRAME
    yield (
        f'<rect class="frame" x="{left}" y="{top}" width="{right - left}"'
        f' height="{bottom - top}" rx="10"/>'
    )
    yield _text("word", 106, top + 22, "after Start: active")
    for phase, box in BOXES.items():
        yield from _box(phase, box)
    for (source, target), words in USUAL.items():
        yield from _usual(BOXES[source], BOXES[target], words)
    yield from _ends()
    yield "</svg>"


def _box(phase: Phase, box: Box) -> Iterator[str]:
    yield (
        f'<rect class="{box.kind}" x="{box.x - box.width // 2}" y="{box.y - HIGH // 2}"'
        f' width="{box.width}" height="{HIGH}" rx="8" stroke-width="1.5"/>'
    )
    yield _text("name", box.x, box.y - 3, phase.value)
    yield _text("says", box.x, box.y + 16, box.says)


def _usual(source: Box, target: Box, words: str) -> Iterator[str]:
    """A straight arrow between two boxes of one row or one column."""
    if source.y == target.y:
        side = 1 if target.x > source.x else -1
        # Two that point at each other lie side by side.
        y = source.y + (10 * side if 820 in (source.x, target.x) else 0)
        start, end = source.x + side * 68, target.x - side * 70
        yield _line("way", "1976d2", start, y, end, y)
        yield _text("word", (start + end) // 2, y + 18, words)
    else:
        side = 1 if target.y > source.y else -1
        start, end = source.y + side * HIGH // 2, target.y - side * (HIGH // 2 + 2)
        yield _line("way", "1976d2", source.x, start, source.x, end)
        shift = 80 if source.y > target.y else 42
        yield _text("word", source.x + shift, (start + end) // 2 + 4, words)


def _ends() -> Iterator[str]:
    """Of the frame as a whole, to and from the two bars."""
    _, top, _, bottom = FRAME
    above, below = 56 + HIGH // 2, 494 - HIGH // 2
    for name, colour, x, start, end, words, shift in (
        ("stop", "78909c", 310, above, top - 2, "Start", 24),
        (
            "stop",
            "78909c",
            650,
            top,
            above + 2,
            "Stop; a print goes on to its end",
            108,
        ),
        (
            "bad",
            "d32f2f",
            650,
            bottom,
            below - 2,
            "not proven, failed, or in doubt",
            104,
        ),
        ("bad", "d32f2f", 310, below, bottom + 2, "an answer", 40),
    ):
        yield _line(name, colour, x, start, x, end)
        yield _text("word", x + shift, (start + end) // 2 + 5, words)


def _line(name: str, colour: str, x1: int, y1: int, x2: int, y2: int) -> str:
    return (
        f'<line class="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
        f' marker-end="url(#h{colour})"/>'
    )


def _head(colour: str) -> str:
    return (
        f'<marker id="h{colour}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
        ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="#{colour}"/></marker>'
    )


def _text(name: str, x: int, y: int, words: str) -> str:
    return f'<text class="{name}" x="{x}" y="{y}">{escape(words)}</text>' * bool(words)


if __name__ == "__main__":
    PAGE.write_text(draw(), "utf-8")
    PICTURE.write_text(picture(), "utf-8")
