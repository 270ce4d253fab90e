"""What the page costs: to load, to hold a thousand jobs, to stay still."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from ..rig.queue import Queue
from .browser import Look
from .conftest import OpenPage
from .jobs import remove

MOST_BYTES = 200_000
MOST_NODES = 3_000
MANY = 1_000
MOST_SHIFT = 0.1  # Web Vitals' border of "good"

SHIFTS = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(
    list.getEntries().reduce((sum, one) => sum + one.value, 0)
  )).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(0), 500);
})"""


@pytest.mark.parametrize("look", [Look(), Look("phone", language="de")], ids=str)
async def test_the_first_load_is_small(
    queue: Queue, open_page: OpenPage, look: Look
) -> None:
    screen = await open_page(queue, look, wait=False)
    size = await screen.encoded_bytes()
    assert 20_000 < size < MOST_BYTES


async def test_a_thousand_jobs(queue: Queue, open_page: OpenPage) -> None:
    """A screenful of them is in the document, wherever it is scrolled to."""
    queue.file("one.gcode")
    jobs = [{"path": "one.gcode", "name": f"Part {n:04}"} for n in range(1, MANY + 1)]
    added = (await queue.call("jobs", jobs=jobs))["jobs"]
    last = added[-1]["id"]
    for look in (Look(), Look("phone")):
        screen = await open_page(queue, look)
        rows = screen.at("queue-rows").locator("li")
        await screen.shows("queue", "1,000 jobs")
        await expect(screen.job("Part 0001")).to_be_visible()
        for place, name in (("top", "0001"), ("middle", "05"), ("end", "1000")):
            await screen.page.evaluate(
                "(share) => scrollTo(0, share * document.documentElement.scrollHeight)",
                {"top": 0, "middle": 0.5, "end": 1}[place],
            )
            await expect(screen.job(f"Part {name}").first).to_be_visible()
            assert 5 < await rows.count() < 60
            nodes = await screen.page.locator("*").count()
            assert nodes < MOST_NODES, f"{nodes} elements at the {place}"
        await queue.call("job", id=last, name="The last part")
        await expect(screen.job("The last part")).to_be_visible()
        await queue.call("job", id=last, name="Part 1000")
    await remove(queue, *added)
    await screen.shows("queue", "The queue is empty")


@pytest.mark.parametrize("look", [Look(), Look("phone")], ids=str)
async def test_nothing_jumps(queue: Queue, open_page: OpenPage, look: Look) -> None:
    """While it loads, and while somebody else adds and edits behind it."""
    first = await queue.add("calm.gcode")
    screen = await open_page(queue, look)
    await expect(screen.job("calm")).to_be_visible()
    later = await queue.add("later.gcode")
    await expect(screen.job("later")).to_be_visible()
    await queue.call("job", id=later["id"], name="A longer name", priority=7)
    await expect(screen.job("A longer name")).to_be_visible()
    shifted = await screen.page.evaluate(SHIFTS)
    await remove(queue, first, later)
    assert shifted < MOST_SHIFT
