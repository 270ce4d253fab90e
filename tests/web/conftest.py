"""Browser tests: the built page, Chromium, a real Moonraker and a real klippy.

All of them run in one event loop, so that one browser and one printer serve many.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from moonraker_cp.demo.stack import Stack

from ..rig.conftest import SPEED, THERMAL_SPEED
from ..rig.queue import Queue
from .browser import Look, Screen, launch, new_context

OpenPage = Callable[..., Awaitable[Screen]]
StartQueue = Callable[..., Awaitable[Queue]]

LOOP = pytest.mark.asyncio(loop_scope="session")
# A page that hangs keeps its test waiting for ever.
HANGS = pytest.mark.timeout(240)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(LOOP, append=False)
            item.add_marker(HANGS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await launch(playwright)
        yield chromium
        await chromium.close()


async def _start(
    stacks: AsyncExitStack, config: pytest.Config, root: Path, **options: Any
) -> Queue:
    chosen = {
        "speed": SPEED,
        "thermal_speed": THERMAL_SPEED,
        "moonraker": config.getoption("--moonraker"),
        "python": config.getoption("--moonraker-python"),
        "section": "",
        **options,
    }
    return Queue(await stacks.enter_async_context(Stack(root, **chosen)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def queue(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Queue]:
    """The printer of all tests of a module; nothing of it is killed."""
    async with AsyncExitStack() as stacks:
        root = tmp_path_factory.mktemp("printer")
        yield await _start(stacks, request.config, root)


@pytest_asyncio.fixture(loop_scope="session")
async def new_queue(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[StartQueue]:
    """await new_queue(**options): a printer of this test's own, to be killed."""
    async with AsyncExitStack() as stacks:

        async def start(**options: Any) -> Queue:
            return await _start(stacks, request.config, tmp_path / "printer", **options)

        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """await open_page(queue, Look("phone")): the page, in a browser of its own."""
    screens: list[Screen] = []

    async def start(
        queue: Queue, look: Look | None = None, place: str = "#/", wait: bool = True
    ) -> Screen:
        look = look or Look()
        page = await (await new_context(browser, look)).new_page()
        screen = Screen(page, queue.stack.url, look)
        screens.append(screen)
        return await screen.open(place) if wait else screen

    yield start
    try:
        for screen in screens:
            await screen.check()
    finally:
        for screen in screens:
            await screen.page.context.close()
