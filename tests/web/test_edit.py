"""A job is edited while it prints, and while somebody else edits it, too."""

from __future__ import annotations

from playwright.async_api import expect

from ..rig.queue import HELD, Queue
from .browser import Look
from .conftest import OpenPage
from .jobs import add, named, remove


async def test_edit_while_it_prints(queue: Queue, open_page: OpenPage) -> None:
    await add(queue, "held.gcode", HELD, count=2, name="Held")
    await queue.start(bed="clear")
    run = (await queue.printing("held.gcode"))["run"]
    screen = await open_page(queue)
    await screen.button("Held").click()
    await screen.shows("edit", "A copy of this job is in the printer.")
    await screen.at("edit-set-count").fill("5")
    await screen.at("edit-name").fill("Held longer")
    await screen.press("edit-save")
    await expect(screen.at("edit")).to_have_count(0)
    await screen.shows("toast", "Held longer was saved.")
    await screen.shows("printing", "Copy 1 of 5")
    stored = await named(queue, "Held longer")
    assert (stored["sets"][0]["count"], stored["copies_left"]) == (5, 5)
    state = await queue.state()
    assert (state["phase"], state["run"]["id"]) == ("printing", run["id"])


async def test_somebody_else_was_faster(queue: Queue, open_page: OpenPage) -> None:
    """What both changed is asked; what one changed is kept, whoever it was."""
    added = await add(queue, "vase.gcode", name="Vase", count=2, note="blue")
    screen = await open_page(queue, Look("phone"))
    other = await open_page(queue)
    await screen.button("Vase").click()
    await screen.at("edit-note").fill("red")
    await screen.at("edit-set-count").fill("4")

    await other.button("Vase").click()
    await other.at("edit-note").fill("green")
    await other.at("edit-priority").fill("7")
    await other.press("edit-save")
    await expect(other.at("edit")).to_have_count(0)

    await screen.shows("edit-dispute", "Changed meanwhile: Note blue → green.")
    await expect(screen.at("edit-note")).to_have_value("red")
    await expect(screen.at("edit-priority")).to_have_value("7")
    await screen.press("edit-save")
    await expect(screen.at("edit-dispute")).to_be_focused()
    await screen.shows("edit", "Decide what to keep.")
    stored = await named(queue, "Vase")
    assert stored["note"] == "green", "nothing is written over unseen"
    assert stored["sets"][0]["count"] == 2, "and nothing is saved by halves"
    await screen.button("Keep mine: red").click()
    await screen.press("edit-save")
    await expect(screen.at("edit")).to_have_count(0)
    stored = await named(queue, "Vase")
    assert stored["id"] == added["id"]
    assert (stored["note"], stored["priority"]) == ("red", 7)
    assert stored["sets"][0]["count"] == 4
    await expect(screen.job("Vase")).to_contain_text("0 of 4 copies")
    await expect(other.job("Vase")).to_contain_text("0 of 4 copies")


async def test_it_was_removed_meanwhile(queue: Queue, open_page: OpenPage) -> None:
    added = await add(queue, "lamp.gcode", name="Lamp")
    screen = await open_page(queue)
    await screen.button("Lamp").click()
    await screen.at("edit-note").fill("for the hall")
    await remove(queue, added)
    await screen.shows("edit", "This job is not in the queue any more")
    await screen.press("edit-restore")
    await expect(screen.at("edit-note")).to_have_value("for the hall")
    await screen.press("edit-save")
    await expect(screen.at("edit")).to_have_count(0)
    assert (await named(queue, "Lamp"))["note"] == "for the hall"
