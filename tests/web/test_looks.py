"""Every view in every size and theme: nothing cut, nothing covered, good for all.

Its pictures are in tests/web/screenshots.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable
from typing import Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from moonraker_cp.demo.printer_data import PRINTER_CFG

from ..rig.queue import HELD, Queue
from .browser import Look, Screen
from .checks import WEB, look_at
from .conftest import OpenPage
from .jobs import add

LOOKS = [
    *(
        Look(size, theme)
        for size in ("desktop", "phone")
        for theme in ("dark", "light")
    ),
    Look("desktop", "light", "de"),
    Look("phone", "dark", "de"),
    Look("phone", "light", "de"),
]
ASSETS = PRINTER_CFG.parent / "gcodes"
# Scrolled to its end: whether the cards that stay in sight lie over what is below them.
COVERS = """() => {
  const end = (selector, edge) =>
    document.querySelector(selector).getBoundingClientRect()[edge];
  scrollTo(0, document.body.scrollHeight);
  const over = end(".now-side", "bottom") > end('[data-testid="timeline"]', "top");
  scrollTo(0, 0);
  return over;
}"""
SCRIPT = "M117 clear\nG28\nG1 X5 Y5 F3000\nCLEAR_IT_ALL\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lived_in(queue: Queue) -> AsyncIterator[Queue]:
    """A printer with some history, a script, and jobs of each kind; one is printing."""
    await add(queue, "parts/washer.gcode", count=2)
    await queue.start(bed="clear")
    await queue.reach(lambda s: s["question"] is not None)
    await queue.bed_clear()
    await queue.phase("idle")
    await queue.bed_clear()
    await queue.call(
        "hooks", hook="clear_bed", scripts=[{"name": "Push it off", "gcode": SCRIPT}]
    )
    await add(queue, "gears/planet.gcode", HELD, count=10, name="Gears")
    await add(queue, "brackets.gcode", count=4, priority=5, note="for the shelf")
    await add(queue, "clips.gcode", (ASSETS / "clip.gcode").read_text(), draft=True)
    await add(queue, "spool-holder-with-a-rather-long-name-v12.gcode", count=3)
    await add(queue, "box.gcode", hold=True)
    await queue.printing("gears/planet.gcode")
    yield queue


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asking(lived_in: Queue) -> Queue:
    """Its print is done, and somebody has to look at the bed."""
    await lived_in.release()
    await lived_in.reach(lambda s: s["question"] is not None)
    return lived_in


async def queue_view(screen: Screen) -> None:
    await screen.open("#/")
    await expect(screen.at("queue").get_by_test_id("job").first).to_be_visible()
    await expect(screen.at("printing")).to_be_visible()
    await expect(screen.at("timeline")).to_be_visible()
    assert not await screen.page.evaluate(COVERS)


async def job_menu(screen: Screen) -> None:
    await screen.at("job-menu").first.click()
    await expect(screen.page.get_by_role("menu")).to_be_visible()


async def selecting(screen: Screen) -> None:
    await screen.open("#/")
    await screen.press("select")
    await screen.at("box").first.check()
    await expect(screen.at("selection")).to_be_visible()


async def add_view(screen: Screen) -> None:
    await screen.open("#/")
    await screen.press("add-button")
    await screen.page.locator('[data-path="box.gcode"]').click()
    await screen.page.locator('[data-path="clips.gcode"]').click()


async def add_what(screen: Screen) -> None:
    if screen.look.size == "phone":
        await screen.press("add-next")
    await screen.press("add-more")
    await expect(screen.at("add-note")).to_be_attached()


async def edit_view(screen: Screen) -> None:
    await screen.open("#/")
    await screen.page.locator(".job-name", has_text="Gears").click()
    await expect(screen.at("edit-set")).to_be_visible()


async def history_view(screen: Screen) -> None:
    await screen.open("#/history")
    await expect(screen.at("history-row")).to_have_count(2)


async def history_figures(screen: Screen) -> None:
    if screen.look.size == "phone":
        await screen.press("history-side-figures")
    await expect(screen.at("history-chart-prints")).to_be_visible()


async def history_run(screen: Screen) -> None:
    await screen.open("#/history/1")
    # As the reader's country has it, which is none of these with twelve hours.
    await expect(screen.at("history-run")).to_contain_text(
        re.compile(r":\d\d:\d\d(?!\s?[AP]M)")
    )


async def scripts_view(screen: Screen) -> None:
    await screen.open("#/scripts")
    await expect(screen.at("hook-clear_bed")).to_be_visible()


async def hook_view(screen: Screen) -> None:
    await screen.open("#/scripts/clear_bed")
    await screen.unfold("script")
    await expect(screen.at("check")).to_have_attribute("data-is", "done")


async def dry_run(screen: Screen) -> None:
    await screen.press("script-try")
    await expect(screen.at("verdict")).to_be_visible()
    await expect(screen.at("dry-run-gcode").get_by_text("G28")).to_be_in_viewport()


async def procedure_view(screen: Screen) -> None:
    await screen.open("#/scripts/library/gantry_sweep")
    await expect(screen.at("procedure-script")).to_be_visible()


async def library_view(screen: Screen) -> None:
    await screen.open("#/scripts/library")
    await expect(screen.main.locator("img").first).to_be_visible()


async def settings_view(screen: Screen) -> None:
    await screen.open("#/settings")
    await expect(screen.at("options")).to_be_visible()


View = Callable[[Screen], Awaitable[None]]
VIEWS: dict[str, View] = {
    "queue": queue_view,
    "menu": job_menu,
    "select": selecting,
    "add": add_view,
    "add-job": add_what,
    "edit": edit_view,
    "history": history_view,
    "figures": history_figures,
    "run": history_run,
    "scripts": scripts_view,
    "hook": hook_view,
    "dry-run": dry_run,
    "library": library_view,
    "procedure": procedure_view,
    "settings": settings_view,
}


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_nothing_is_cut_covered_or_hard_to_use(
    lived_in: Queue, open_page: OpenPage, look: Look
) -> None:
    screen = await open_page(lived_in, look)
    wrong: list[str] = []
    for name, show in VIEWS.items():
        await show(screen)
        wrong += await look_at(screen, name)
        wrong += await untranslated(screen, name)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_the_question_is_seen_at_once(
    asking: Queue, open_page: OpenPage, look: Look
) -> None:
    """With its one button, without scrolling."""
    screen = await open_page(asking, look)
    main = screen.at("main-action")
    await expect(main).to_be_in_viewport(ratio=1)
    words = {"en": "Bed is clear, go on", "de": "Druckbett ist frei, weiter"}
    await expect(main).to_have_text(words[look.language])
    assert await look_at(screen, "question") == []


async def untranslated(screen: Screen, name: str) -> list[str]:
    """English words of ours on a German page."""
    if screen.look.language == "en":
        return []
    english, german = [
        json.loads((WEB / "src" / "words" / f"{one}.json").read_text("utf-8"))
        for one in ("en", "de")
    ]
    ours = {text for key, text in english.items() if german[key] != text}
    # Single small words are values of options, which nobody translates.
    ours -= {*german.values(), *(text for text in ours if text.islower())}
    assert await screen.page.evaluate("document.documentElement.lang") == "de"
    texts = (await screen.page.locator("body").inner_text()).splitlines()
    return [f"{name}: {text!r} is English" for text in texts if text.strip() in ours]
