"""What no view may have: cut or covered text, and what axe calls serious."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from .browser import Screen

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "moonraker_cp" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = HERE / "screenshots"
BAD = ("serious", "critical")

RUN_AXE = """() => axe.run(document, {
  resultTypes: ["violations"],
  rules: {"target-size": {enabled: true}},
})"""


@lru_cache(maxsize=1)
def _axe() -> str:
    assert AXE.is_file(), f"{AXE} is missing: `make browser` gets it"
    return AXE.read_text("utf-8")


@lru_cache(maxsize=1)
def _layout() -> str:
    return (HERE / "checks.js").read_text("utf-8")


async def look_at(screen: Screen, name: str) -> list[str]:
    """Take a picture; what is wrong with this view, each a line."""
    await screen.page.mouse.move(0, 0)
    await screen.frames(2)
    PICTURES.mkdir(exist_ok=True)
    picture = PICTURES / f"{name}-{screen.look}.png"
    await screen.page.screenshot(path=picture)
    cut: list[str] = await screen.page.evaluate(_layout())
    found = [*cut, *await inaccessible(screen)]
    return [f"{name} {screen.look}: {one}" for one in found]


async def inaccessible(screen: Screen) -> list[str]:
    """What axe finds serious or critical."""
    # Not by a script tag: the page's policy refuses those, as it should.
    await screen.page.evaluate(f"window.axe || (() => {{ {_axe()} }})()")
    result: dict[str, Any] = await screen.page.evaluate(RUN_AXE)
    return [
        f"axe {rule['id']} ({rule['impact']}): {json.dumps(node['target'])}"
        f" {node['failureSummary']}"
        for rule in result["violations"]
        if rule["impact"] in BAD
        for node in rule["nodes"]
        if not _is_scrolled_away(rule["id"], node["failureSummary"])
    ]


def _is_scrolled_away(rule: str, words: str) -> bool:
    """A button half below a bar that stays in its place; checks.js finds worse."""
    return rule == "target-size" and "partially obscured" in words
