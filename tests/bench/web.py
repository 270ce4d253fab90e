"""How fast the page is: to load, to scroll, to show what changed.

The built page in a real Chromium, on a real Moonraker and klippy. The processor is
slowed four times for the page, as on an old phone. Run it on a quiet machine:

    python -m tests.bench.web
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from moonraker_cp.demo.stack import Stack

from ..rig.queue import Queue
from ..web.browser import Look, Screen, launch, new_context
from .figures import Figure, figure, parser, report

SLOWED = 4
MANY = 1_000
CHANGES = 20

# Notes when the queue is there to be used, each long task, each notification and when
# it was painted.
WATCH = """
window.bench = {ready: 0, tasks: [], heard: {}, shown: {}};
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) bench.tasks.push(one.startTime + one.duration);
}).observe({type: "longtask", buffered: true});
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({data}) => {
      if (!data.includes("notify_continuousprint_changed")) return;
      bench.heard[JSON.parse(data).params[0].revision] ??= performance.now();
    });
  }
};
const painted = (note) => requestAnimationFrame(() => {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = () => note(performance.now());
  port2.postMessage(0);
});
new MutationObserver(() => {
  const main = document.querySelector("main[data-revision]");
  if (main === null) return;
  if (!bench.ready && document.querySelector("[data-testid=add-button]") !== null) {
    bench.ready = -1;
    painted((now) => (bench.ready = now));
  }
  const {revision} = main.dataset;
  if (revision in bench.shown) return;
  bench.shown[revision] = 0;
  painted((now) => (bench.shown[revision] = now));
}).observe(document, {subtree: true, childList: true, attributes: true});
"""

# Ten screens down in two seconds, and the time of each frame.
SCROLL = """async () => {
  const frames = [], began = performance.now(), way = innerHeight * 10;
  for (let last = began; last - began < 2000;) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    scrollTo(0, way * (now - began) / 2000);
  }
  return frames.slice(1);
}"""


@dataclass
class Result:
    """Milliseconds."""

    interactive: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    bytes: int = 0


@asynccontextmanager
async def slow_page(
    browser: Browser, queue: Queue, look: Look
) -> AsyncIterator[Screen]:
    context = await new_context(browser, look)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    yield Screen(page, queue.stack.url, look)
    await context.close()


async def interactive(browser: Browser, queue: Queue, look: Look) -> float:
    """Until the queue is painted and the last long task of the load is over."""
    async with slow_page(browser, queue, look) as screen:
        await screen.open()
        await screen.page.wait_for_load_state("networkidle")
        await screen.page.wait_for_function("bench.ready > 0")
        ended = "Math.max(bench.ready, ...bench.tasks)"
        return float(await screen.page.evaluate(ended))


async def latencies(screen: Screen, queue: Queue, job: int) -> list[float]:
    """From a notification to its paint, for each of some changes."""
    revisions = []
    for turn in range(CHANGES):
        changed = await queue.call("job", id=job, note=f"turn {turn}")
        revision = str(changed["revision"])
        await screen.page.wait_for_function(
            "(at) => bench.shown[at] > 0 && bench.heard[at] > 0", arg=revision
        )
        revisions.append(revision)
    took: list[float] = await screen.page.evaluate(
        "(all) => all.map((at) => bench.shown[at] - bench.heard[at])", revisions
    )
    return took


async def measure(rounds: int, look: Look) -> Result:
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), section="") as stack, async_playwright() as play:
            queue = Queue(stack)
            browser = await launch(play)
            for n in range(5):
                await queue.add(f"part{n}.gcode")
            async with slow_page(browser, queue, look) as screen:
                result.bytes = await screen.encoded_bytes()
            for _ in range(rounds):
                result.interactive.append(await interactive(browser, queue, look))
            names = [{"path": "part0.gcode", "name": f"Part {n}"} for n in range(MANY)]
            jobs = (await queue.call("jobs", jobs=names))["jobs"]
            async with slow_page(browser, queue, look) as screen:
                await screen.open()
                result.latencies = await latencies(screen, queue, jobs[0]["id"])
                for _ in range(rounds):
                    result.frames += await screen.page.evaluate(SCROLL)
            await browser.close()
    return result


def figures(look: Look, result: Result) -> list[Figure]:
    late = sum(one > 50 for one in result.frames) / len(result.frames) * 100
    on = f"page, {look.size}"
    return [
        figure(f"{on}: first load", "kB", [result.bytes / 1000], wanted=200),
        figure(f"{on}: interactive", "ms", result.interactive, wanted=2000),
        figure(f"{on}: change shown", "ms", result.latencies, wanted=300, jobs=MANY),
        figure(f"{on}: frame, scrolling", "ms", result.frames, wanted=50, jobs=MANY),
        figure(f"{on}: frames over 50 ms", "%", [late], jobs=MANY),
    ]


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    found = []
    for look in (Look(), Look("phone")):
        found += figures(look, asyncio.run(measure(args.rounds, look)))
    report(args, found)


if __name__ == "__main__":
    main()
