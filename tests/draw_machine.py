"""Draws docs/state-machine.md from the declared moves.

python -m tests.draw_machine > docs/state-machine.md
"""

from __future__ import annotations

import re

from moonraker_cp.core.arrows import ARROWS
from moonraker_cp.core.model import Phase

HEAD = """# The state machine

Drawn from `core/arrows.py`; a test compares. Each row is what an event may do in a
phase: an event that has no row for a phase changes nothing there. Every arrow has a
test that tells its story.
"""


def draw() -> str:
    parts = [HEAD]
    for event, moves in ARROWS.items():
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()
        parts.append(f"\n## {words.capitalize()}\n\n| in | leads to |\n|---|---|\n")
        for source in Phase:
            if source in moves:
                targets = [one.value for one in Phase if one in moves[source]]
                parts.append(f"| {source.value} | {', '.join(targets)} |\n")
    return "".join(parts)


if __name__ == "__main__":
    print(draw(), end="")
