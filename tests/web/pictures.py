"""python -m tests.web.pictures: the README's pictures, made of the demo.

Starts the demo, looks at its page in Chromium until the three files are printed, and
writes docs/images/page.png and page.gif.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZE = ViewportSize(width=1200, height=800)
SMALL = (720, 480)
EVERY = 1.5  # seconds
SHOWN = 450  # milliseconds
MOST = 100
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "moonraker_cp.demo", "--data", folder),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await film(await address(demo))
        finally:
            with contextlib.suppress(ProcessLookupError):
                demo.terminate()
            await demo.communicate()


async def address(demo: asyncio.subprocess.Process) -> str:
    """Where the demo says that its Moonraker is."""
    assert demo.stdout is not None
    async for line in demo.stdout:
        found = re.match(rb"Moonraker: (http://\S+)", line)
        if found:
            return found[1].decode()
    raise SystemExit("The demo did not start.")


async def film(url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS
        )
        page = await browser.new_page(
            viewport=SIZE, color_scheme="dark", locale="en-GB"
        )
        await page.goto(f"{url}/server/continuousprint/")
        await page.wait_for_selector("main[data-revision]")
        frames = await frames_of(page)
        await browser.close()
    write(frames)


async def frames_of(page: Page) -> list[bytes]:
    """One now and then, until all is printed."""
    frames: list[bytes] = []
    while len(frames) < MOST:
        frames.append(await page.screenshot())
        if await page.get_by_role("heading", name="All printed").count():
            break
        await asyncio.sleep(EVERY)
    return frames


def write(frames: list[bytes]) -> None:
    half = len(frames) // 2
    picture = Image.open(io.BytesIO(frames[half])).convert("RGB")
    picture.quantize(128).save(IMAGES / "page.png", optimize=True)
    small = [
        Image.open(io.BytesIO(one)).convert("RGB").resize(SMALL).quantize(64)
        for one in frames
    ]
    times = [SHOWN] * (len(small) - 1) + [4 * SHOWN]
    small[0].save(
        IMAGES / "page.gif",
        save_all=True,
        append_images=small[1:],
        duration=times,
        loop=0,
        optimize=True,
    )


if __name__ == "__main__":
    asyncio.run(main())
