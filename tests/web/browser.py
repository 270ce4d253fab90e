"""Chromium, and one page of the queue in it, in few words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    expect,
)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"desktop": (1400, 900), "phone": (390, 844)}
PAGE = "/server/continuousprint/"
PATIENCE = 30.0
"""Seconds until something that is waited for is a failure: a computer may be busy."""

LEAVING = re.compile(r"WebSocket|net::ERR_|Failed to load resource")
"""What Chromium itself says of a Moonraker that is away."""

Box = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """How somebody looks at the page."""

    size: str = "desktop"
    theme: str = "dark"
    language: str = "en"

    def __str__(self) -> str:
        return f"{self.size}-{self.theme}-{self.language}"


async def launch(playwright: Playwright) -> Browser:
    expect.set_options(timeout=PATIENCE * 1000)
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


async def new_context(browser: Browser, look: Look, **more: Any) -> BrowserContext:
    """A browser that has never been here."""
    width, height = SIZES[look.size]
    is_phone = look.size == "phone"
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale={"en": "en-GB", "de": "de-DE"}[look.language],
        color_scheme="light" if look.theme == "light" else "dark",
        is_mobile=is_phone,
        has_touch=is_phone,
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(PATIENCE * 1000)
    return context


@dataclass
class Heard:
    """What went on behind the page's back."""

    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Screen:
    """One open page, and what a person does on it."""

    def __init__(self, page: Page, url: str, look: Look) -> None:
        self.page = page
        self.url = url
        self.look = look
        self.heard = Heard()
        self.moonraker_leaves = False
        """Whether Chromium may complain about a Moonraker that is away."""
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("pageerror", lambda error: self.heard.errors.append(str(error)))
        page.on("console", self._said)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        is_here = parts.netloc == urlsplit(self.url).netloc
        if not is_here and parts.scheme not in ("data", "blob"):
            self.heard.strangers.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.errors.append(message.text)

    async def check(self) -> None:
        """Nothing ran that should not, nothing failed, and nobody else was called."""
        assert await self.page.evaluate("window.hacked") is None
        assert self.heard.strangers == []
        may_fail = LEAVING if self.moonraker_leaves else re.compile("(?!)")
        assert [one for one in self.heard.errors if not may_fail.search(one)] == []

    # --- where ---

    async def open(self, place: str = "#/") -> Screen:
        """Load the page anew, there; until the queue is on it."""
        await self.page.goto("about:blank")
        await self.page.goto(self.url + PAGE + place)
        await expect(self.main).to_have_attribute("data-revision", re.compile(r"\d"))
        return self

    async def go(self, name: str) -> None:
        """Press one of the places on top, or at the bottom of a phone."""
        await self.page.get_by_role("navigation").first.get_by_text(name).click()

    # --- what is there ---

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        exact = isinstance(name, str)
        return self.page.get_by_role("button", name=name, exact=exact)

    def job(self, title: str) -> Locator:
        named = self.page.locator(".job-name", has_text=title)
        return self.at("queue").get_by_test_id("job").filter(has=named)

    async def titles(self) -> list[str]:
        return await self.at("queue-rows").locator(".job-name").all_inner_texts()

    async def shows(self, testid: str, *words: str) -> None:
        for one in words:
            await expect(self.at(testid)).to_contain_text(one)

    # --- what is done ---

    async def unfold(self, testid: str) -> None:
        """Open what is folded up in it; one alone may be open already."""
        await expect(self.at(testid).first).to_be_visible()
        folded = self.at(testid).get_by_role("button", expanded=False)
        while await folded.count():
            await folded.first.click()

    async def press(self, testid: str) -> None:
        await self.at(testid).click()

    async def close(self, testid: str) -> None:
        """A dialog, by Escape; it hears that once it is on screen."""
        await expect(self.at(testid)).to_be_visible()
        await self.page.keyboard.press("Escape")
        await expect(self.at(testid)).to_have_count(0)

    async def close_toasts(self) -> None:
        toasts = self.at("toast")
        for _ in range(await toasts.count()):
            await toasts.first.get_by_role("button", name="Close").click()
        await expect(toasts).to_have_count(0)

    async def frames(self, count: int = 2) -> None:
        """Let the page draw; what was moved is where it was moved to."""
        await self.page.evaluate(
            "async (n) => { for (; n > 0; n--)"
            " await new Promise(requestAnimationFrame) }",
            count,
        )

    async def drag(self, title: str, over: str) -> None:
        """By its handle, with the mouse, or on a phone with a finger."""
        handle, to = [
            self.page.get_by_role("button", name=f"Move {name}", exact=True)
            for name in (title, over)
        ]
        # Into the middle: at its edges the window has bars.
        await handle.evaluate("one => one.scrollIntoView({block: 'center'})")
        start, end = await _middle(handle), await _middle(to)
        hand: _Mouse | _Finger = _Mouse(self.page)
        if self.look.size == "phone":
            hand = _Finger(await self.page.context.new_cdp_session(self.page))
        await hand.down(start)
        for point in _between(start, end, 8):
            await hand.move(point)
            await self.frames(1)
        await expect(self.page.locator(".job-lifted")).to_be_visible()
        await hand.move((end[0], end[1] + (2 if end[1] > start[1] else -2)))
        await self.frames(4)
        await hand.up()
        await expect(self.page.locator(".job-lifted")).to_have_count(0)

    async def encoded_bytes(self, place: str = "#/") -> int:
        """What a first visit loads, as it came over the wire."""
        session = await self.page.context.new_cdp_session(self.page)
        sizes: list[float] = []
        loaded = "Network.loadingFinished"
        session.on(loaded, lambda event: sizes.append(event["encodedDataLength"]))
        await session.send("Network.enable")
        await self.open(place)
        await self.page.wait_for_load_state("networkidle")
        await session.detach()
        assert len(sizes) >= 3, "a document, a script and a style at least"
        return round(sum(sizes))


class _Mouse:
    def __init__(self, page: Page) -> None:
        self._mouse = page.mouse

    async def down(self, at: Box) -> None:
        await self._mouse.move(*at)
        await self._mouse.down()

    async def move(self, to: Box) -> None:
        await self._mouse.move(*to)

    async def up(self) -> None:
        await self._mouse.up()


class _Finger:
    def __init__(self, session: CDPSession) -> None:
        self._session = session

    async def _send(self, kind: str, points: Iterable[Box]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        await self._session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches}
        )

    async def down(self, at: Box) -> None:
        await self._send("touchStart", [at])

    async def move(self, to: Box) -> None:
        await self._send("touchMove", [to])

    async def up(self) -> None:
        await self._send("touchEnd", [])
        await self._session.detach()


async def _middle(target: Locator) -> Box:
    box = await target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _between(start: Box, end: Box, steps: int) -> list[Box]:
    (x0, y0), (x1, y1) = start, end
    shares = [step / steps for step in range(1, steps + 1)]
    return [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for share in shares]
