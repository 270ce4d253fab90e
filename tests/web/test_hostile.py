"""Names that want to be HTML, on every view, in both sizes: they are shown as letters.

So they are in what the front ends show of the queue. A probe that runs sets
window.hacked, which no page may have at its end.
"""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from ..rig.queue import HELD, SHORT, Queue
from .browser import Look, Screen
from .conftest import OpenPage, StartQueue
from .jobs import add

# Of a file's name: no slash, so that it stays one name.
IMAGE = "<img src=x onerror=window.hacked=1>"
QUOTE = "\"'><svg onload=window.hacked=2>{{7*7}}${window.hacked=3}"
SCRIPT = "</textarea></title><script>window.hacked=4</script>"
LINK = "javascript:window.hacked=5"
USER = {"username": f"Eve{IMAGE}", "password": "hot-bed-42"}

# Mainsail makes HTML of announcements, of the history's columns and of its console.
MAKE_HTML = """(texts) => {
  const shown = texts.map((text) => {
    const one = document.createElement("p");
    one.innerHTML = text;
    return one;
  });
  document.body.append(...shown);
  return shown.map((one) => [one.textContent, one.childElementCount]);
}"""


async def hostile(queue: Queue) -> None:
    folder = f"{IMAGE}/{QUOTE}"
    await queue.call(
        "hooks",
        hook="print_succeeded",
        scripts=[{"name": SCRIPT, "gcode": f"M117 {SCRIPT}\nM117 {IMAGE}"}],
    )
    await add(queue, f"{folder}/{IMAGE}.gcode", SHORT, name=QUOTE)
    await add(queue, f"{QUOTE}.gcode", HELD, name=SCRIPT, note=SCRIPT, count=2)
    await add(queue, f"{IMAGE}.gcode", name=LINK, note=LINK)
    await queue.start(bed="clear")
    await queue.reach(lambda s: s["question"] is not None)
    await queue.bed_clear()
    await queue.printing(f"{QUOTE}.gcode")


async def visit(screen: Screen) -> None:
    """Everywhere, with whatever can be unfolded."""
    for name in (IMAGE, LINK):
        await expect(screen.page.get_by_text(name).first).to_be_visible()
    await screen.shows("printing", QUOTE)
    await screen.at("job-menu").last.click()
    await screen.page.keyboard.press("Escape")
    await screen.page.locator(".job-name", has_text=LINK).click()
    await expect(screen.at("edit-note")).to_have_value(LINK)
    await screen.close("edit")

    await screen.press("add-button")
    await screen.at("add-list").get_by_text(IMAGE, exact=True).first.click()
    await expect(screen.at("add").get_by_text(QUOTE).first).to_be_attached()
    await screen.at("add-search").fill("onerror")
    await screen.at("add-row").first.click()
    await screen.open("#/history")
    await screen.at("history-row").locator("a", has_text=IMAGE).click()
    await screen.shows("history-run", IMAGE, QUOTE)
    await screen.open("#/scripts/print_succeeded")
    await screen.unfold("script")
    await expect(screen.at("script-name")).to_have_value(SCRIPT)
    await expect(screen.at("check")).to_have_attribute("data-is", "done")
    await screen.press("script-try")
    await expect(screen.at("dry-run")).to_be_visible()
    await screen.open("#/settings")
    await expect(screen.at("options")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_names_are_letters(queue: Queue, open_page: OpenPage, size: str) -> None:
    if not (await queue.state())["jobs"]:
        await hostile(queue)
    screen = await open_page(queue, Look(size))
    await visit(screen)
    await screen.frames()
    assert await screen.page.evaluate("window.hacked") is None
    assert await screen.page.locator('img[src="x"]').count() == 0


async def test_a_hostile_user_and_error(
    new_queue: StartQueue, open_page: OpenPage
) -> None:
    """A person's name is not shown as HTML, nor is what Klipper says of a file."""
    queue = await new_queue(trusted=False)
    made = await queue.client.post("/access/user", json=USER)
    assert made.status == 200, made.body
    await add(queue, f"{QUOTE}.gcode", f"G28 X Y\nM104 S{IMAGE}\n", name=IMAGE)
    screen = await open_page(queue, wait=False)
    screen.moonraker_leaves = True
    await screen.page.goto(screen.url + "/server/continuousprint/")
    await screen.at("login-user").fill(USER["username"])
    await screen.at("login-secret").fill(USER["password"])
    await screen.press("login-send")
    await screen.press("main-action")
    state = await queue.phase("blocked")
    assert state["active_by"] == USER["username"]
    assert "<" in state["reason"]["text"], "Klipper says the line that it refused"
    await screen.shows("reason", state["reason"]["text"])
    await screen.go("History")
    await screen.at("history-row").locator("a").first.click()
    await screen.shows("history-run", USER["username"])
    await front_ends_show_letters(queue, screen)


async def front_ends_show_letters(queue: Queue, screen: Screen) -> None:
    """What the other front ends are told of the print that failed, made HTML."""
    await queue.client.wait("notify_announcement_update")
    told = (await queue.client.rpc("server.announcements.list"))["entries"]
    (news,) = [one for one in told if one["feed"] == "continuousprint"]
    store = (await queue.client.rpc("server.gcode_store"))["gcode_store"]
    said = [one["message"] for one in store]
    prompt = [one for one in said if one.startswith("// action:prompt_")]
    (printed,) = (await queue.client.rpc("server.history.list"))["jobs"]
    chips = [text for one in printed["auxiliary_data"] for text in one["value"]]
    texts = [news["title"], news["description"], *prompt, *chips]
    of_file, of_job = "onload=window.hacked=2", "onerror=window.hacked=1"
    assert of_file in news["description"]
    assert any(of_file in one for one in prompt)
    assert of_job in texts[-1]

    page = await screen.page.context.new_page()
    assert await page.evaluate(MAKE_HTML, texts) == [[one, 0] for one in texts]
    assert await page.evaluate("window.hacked") is None
    await page.evaluate(MAKE_HTML, [IMAGE])
    await page.wait_for_function("window.hacked === 1")  # as it would be
    await page.close()
