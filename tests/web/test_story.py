"""An empty queue is filled, put in order and printed, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from ..rig.queue import HELD, SHORT, Payload, Queue
from .browser import Look, Screen
from .conftest import OpenPage
from .jobs import clean

NAMES = ["cube", "lid", "ring"]


def name_of(job: Payload) -> str:
    """What its card is headed by: its file's name, as nobody has named it."""
    return str(job["sets"][0]["path"].rpartition("/")[2].partition(".")[0])


async def choose(screen: Screen, folder: str) -> None:
    """Pick the three files, by folder and by search, and add a job for each."""
    await screen.press("add-button")
    dialog = screen.at("add")
    await dialog.get_by_role("option", name=re.compile(folder)).click()
    for name in NAMES[:2]:
        await dialog.get_by_role("option", name=re.compile(f"^{name}")).click()
    await screen.at("add-search").fill(NAMES[2])
    found = dialog.locator(f'[data-path="{folder}/{NAMES[2]}.gcode"]')
    await found.click()
    await expect(found).to_have_attribute("aria-selected", "true")
    if screen.look.size == "phone":
        await screen.press("add-next")
    await expect(screen.at("add-chosen")).to_have_count(len(NAMES))
    await dialog.get_by_role("radio", name="3 separate jobs").check()
    await dialog.get_by_role("button", name="Add 3 jobs").click()
    await expect(dialog).to_have_count(0)
    await screen.shows("toast", "3 jobs are in the queue.")
    await screen.close_toasts()


async def ordered(screen: Screen, queue: Queue, *names: str) -> None:
    """The server has them so, and the page shows them so."""
    await queue.reach(lambda s: [name_of(job) for job in s["jobs"]] == list(names))
    for at, name in enumerate(names):
        row = screen.at("queue-rows").locator(f'[aria-posinset="{at + 1}"]')
        await expect(row.locator(".job-name")).to_have_text(name)


async def move_down_by_keyboard(screen: Screen, name: str, place: int) -> None:
    handle = screen.button(f"Move {name}")
    await handle.evaluate("one => one.scrollIntoView({block: 'center'})")
    await handle.focus()
    for key, said in (
        ("Space", f"{name} is lifted, place {place} of 3."),
        ("ArrowDown", f"{name} is over place {place + 1} of 3."),
        ("Space", f"{name} is put down at place {place + 1} of 3."),
    ):
        await screen.frames(10)  # a phone scrolls under it
        await screen.page.keyboard.press(key)
        await expect(screen.page.get_by_text(said)).to_be_attached()
    await expect(handle).to_be_focused()


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_from_an_empty_queue_to_the_history(
    queue: Queue, open_page: OpenPage, size: str
) -> None:
    for name, text in zip(NAMES, (HELD, SHORT, SHORT)):
        queue.file(f"{size}/{name}.gcode", text)
    screen = await open_page(queue, Look(size))
    await expect(screen.at("queue")).to_contain_text("The queue is empty")
    await choose(screen, size)

    await ordered(screen, queue, "cube", "lid", "ring")
    await screen.drag("ring", over="cube")
    await ordered(screen, queue, "ring", "cube", "lid")
    await move_down_by_keyboard(screen, "ring", 1)
    await ordered(screen, queue, "cube", "ring", "lid")

    await screen.press("main-action")
    await screen.shows("printing", "Printing now", "cube")
    await expect(screen.at("state")).to_have_attribute("data-phase", "printing")
    await queue.release()
    for then in ("ring", "lid"):
        await screen.shows("state", "Is the bed clear?", f"{size}/{then}.gcode")
        await screen.button("Bed is clear, go on").click()
        await queue.reach(lambda s: s["question"] is None)
    await screen.shows("state", "All printed")
    await screen.press("show-done")
    await expect(screen.at("done-rows").get_by_test_id("job")).to_have_count(3)

    await screen.go("History")
    rows = screen.at("history-row")
    for at, name in enumerate(["lid", "ring", "cube"]):
        await expect(rows.nth(at)).to_contain_text(name)
        await expect(rows.nth(at)).to_contain_text("good")
    await clean(queue)
