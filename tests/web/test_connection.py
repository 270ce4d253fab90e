"""Moonraker goes, comes back, or wants to know who is there."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from ..rig.queue import HELD
from .browser import Look, Screen
from .checks import look_at
from .conftest import OpenPage, StartQueue

USER = {"username": "maker", "password": "hot-bed-42"}
NOBODY = "# Nobody is trusted: keys only."
LOGINS = "trusted_clients: 127.0.0.1\nforce_logins: True"


async def cannot_be_changed(screen: Screen) -> None:
    await screen.at("job-menu").first.click()
    await screen.page.get_by_role("menuitem", name="Hold", exact=True).click()
    await screen.shows("toast", "Not connected to Moonraker: nothing was changed.")


@pytest.mark.parametrize("gently", [True, False], ids=["restart", "kill"])
async def test_the_page_comes_back_by_itself(
    new_queue: StartQueue, open_page: OpenPage, gently: bool
) -> None:
    queue = await new_queue()
    stack = queue.stack
    await queue.add("held.gcode", HELD, count=2)
    await queue.add("next.gcode")
    await queue.start(bed="clear")
    await queue.printing("held.gcode")
    screen = await open_page(queue)
    screen.moonraker_leaves = True
    await screen.page.evaluate("window.stays = true")

    await (stack.stop_moonraker() if gently else stack.kill_moonraker())
    await screen.shows("offline", "Not connected to Moonraker since")
    await screen.shows("printing", "held")
    assert await look_at(screen, "offline") == []
    await cannot_be_changed(screen)

    await stack.start_moonraker()
    await expect(screen.at("offline")).to_have_count(0)
    await expect(screen.at("state")).to_have_attribute("data-phase", "printing")
    assert await screen.page.evaluate("window.stays"), "it was not loaded anew"
    await queue.add("after.gcode")
    await expect(screen.job("after")).to_be_visible()
    assert not any(job["hold"] for job in (await queue.state())["jobs"])


async def test_klipper_goes_and_comes_back(
    new_queue: StartQueue, open_page: OpenPage
) -> None:
    queue = await new_queue()
    screen = await open_page(queue)
    await screen.shows("bed", "°C")
    await queue.stack.stop_klippy()
    await screen.shows("bed", "No temperatures: Klipper is away.")
    await queue.stack.start_klippy()
    await screen.shows("bed", "°C")


async def test_login(new_queue: StartQueue, open_page: OpenPage) -> None:
    """Even of those whom Moonraker trusts, with force_logins."""
    queue = await new_queue(trusted=False)
    made = await queue.client.post("/access/user", json=USER)
    assert made.status == 200, made.body
    await queue.stack.stop_moonraker()
    conf = queue.stack.data.moonraker_conf
    text = conf.read_text("utf-8")
    assert NOBODY in text
    conf.write_text(text.replace(NOBODY, LOGINS), "utf-8")
    await queue.stack.start_moonraker()
    await queue.add("secret.gcode")
    screen = await open_page(queue, Look("phone"), wait=False)
    screen.moonraker_leaves = True  # Chromium notes each refusal
    await screen.page.goto(screen.url + "/server/continuousprint/")
    await screen.shows("login", "Log in to Moonraker")
    await expect(screen.page.get_by_text("secret")).to_have_count(0)
    assert await look_at(screen, "login") == []

    await screen.at("login-user").fill(USER["username"])
    await screen.at("login-secret").fill("wrong")
    await screen.press("login-send")
    await screen.shows("login", "Moonraker does not accept that.")
    await screen.at("login-secret").fill(USER["password"])
    await screen.at("login-secret").press("Enter")
    await expect(screen.at("login")).to_have_count(0)
    await expect(screen.job("secret")).to_be_visible()

    await screen.open()
    await expect(screen.job("secret")).to_be_visible()
    await screen.go("Settings")
    await screen.press("log-out")
    await expect(screen.at("login")).to_be_visible()


async def test_login_by_api_key(new_queue: StartQueue, open_page: OpenPage) -> None:
    queue = await new_queue(trusted=False)
    await queue.add("secret.gcode")
    screen = await open_page(queue, wait=False)
    screen.moonraker_leaves = True
    await screen.page.goto(screen.url + "/server/continuousprint/")
    await screen.button("Use an API key").click()
    await screen.page.get_by_label("API key", exact=True).fill(queue.stack.api_key)
    await screen.press("login-send")
    await expect(screen.job("secret")).to_be_visible()
    await expect(screen.main).to_have_attribute("data-revision", re.compile(r"\d"))
