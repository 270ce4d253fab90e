"""How long each call holds the event loop, with long queues.

A real driver, the real store on its own thread and the real endpoints, in this
process; the printer alone is a fake one. While a call is made a probe runs in every
turn of the loop and notes the longest one, in CPU time of the loop's thread: wall time
would have in it what other programs took meanwhile. The yardstick is a fixed piece of
work, writing 400 kB of JSON: in units of it two machines, or hours, can be compared.

    python -m tests.bench.loop
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from moonraker_cp.api import payloads
from moonraker_cp.api.edits import EditApi
from moonraker_cp.api.endpoint import Endpoint, merged
from moonraker_cp.api.job_queue import JobQueueApi
from moonraker_cp.api.native import NativeApi
from moonraker_cp.api.octoprint import CpqApi
from moonraker_cp.api.remembered import to_json
from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.model import State
from moonraker_cp.driver import Driver
from moonraker_cp.printer.files import GcodeFiles

from ..fakes import FakePrinter
from ..storage.thread import DatabaseThread
from .figures import Figure, figure, parser, report

LENGTHS = (10, 1000, 9_000)
"""With room for a batch of 1000 below the most that a queue holds."""

BATCH = 1000
FILES = tuple(f"part{index:02}.gcode" for index in range(20))
NATIVE = "/server/continuousprint/"
CPQ = "/plugin/continuousprint/"

YARD: list[dict[str, Any]] = [
    {"number": 100_000 + index, "text": "part.gcode", "list": [], "none": None, "x": 1}
    for index in range(5000)
]

Scene = Callable[["Wheel"], Awaitable[None]]


@dataclass
class Hold:
    """The longest turn of the loop, in ms."""

    longest: float = 0.0


class Probe:
    """Runs in every turn of the loop; async with Probe() as hold: …"""

    def __init__(self) -> None:
        self.hold = Hold()
        self._stopped = False

    async def __aenter__(self) -> Hold:
        await asyncio.sleep(0)
        self._before = time.thread_time()
        self._look()
        return self.hold

    async def __aexit__(self, *error: object) -> None:
        await asyncio.sleep(0)
        self._stopped = True

    def _look(self) -> None:
        now = time.thread_time()
        self.hold.longest = max(self.hold.longest, (now - self._before) * 1000)
        self._before = now
        if not self._stopped:
            asyncio.get_running_loop().call_soon(self._look)


class Wheel:
    """The queue as `component.py` puts it together, with one client that listens."""

    def __init__(self, folder: Path) -> None:
        self.database = DatabaseThread(folder / "queue.sqlite")
        self.printer = FakePrinter()
        self.notices = 0
        self.publishing: list[float] = []
        self._news = asyncio.Event()
        facts = {path: FileFacts(estimated_time=600.0) for path in FILES}
        store = self.database.store()
        self.driver = Driver(
            store,
            self.printer,
            Rules(),
            self._publish,
            clock=lambda: self.printer.clock,
            files=lambda: facts,
            foresee=payloads.job.fill,
        )
        self.printer.post = self.driver.post
        native = NativeApi(self.driver, store, GcodeFiles(lambda: str(folder)).check)
        self.panels = JobQueueApi(self.driver, native.check_path, json.dumps)
        parts = (native, EditApi(self.driver, native))
        cpq = CpqApi(self.driver, store, native)
        tables = [part.endpoints() for part in (*parts, cpq, self.panels)]
        self.endpoints: Mapping[str, Endpoint] = {
            one.path: one for one in merged(tables)
        }

    def _publish(self, state: State, decision: Decision) -> None:
        begun = time.thread_time()
        view = self.driver.view_of(state)
        payload = payloads.changes(view, decision)
        # Moonraker writes it to its clients in a turn of its own.
        asyncio.get_running_loop().call_soon(json.dumps, payload)
        self.panels.publish(state, decision)
        self.publishing.append((time.thread_time() - begun) * 1000)
        self.notices += 1
        self._news.set()

    async def start(self) -> None:
        await self.driver.start()
        self.panels.begin()
        self.printer.connect()
        await self.call("POST", NATIVE + "bed", state="occupied")

    async def stop(self) -> None:
        await self.driver.stop()
        self.database.close()

    async def call(self, method: str, path: str, /, **args: Any) -> Any:
        """As over HTTP: from a body of JSON to a body of JSON."""
        sent = json.loads(json.dumps(args))
        endpoint = self.endpoints[path]
        result = await endpoint.calls[method].reply(sent, "")
        await to_json({"result": result} if endpoint.native else result)
        return result

    async def until(self, check: Callable[[State], bool]) -> None:
        """Until a notification after which it is so."""
        while not check(self.driver.state):
            self._news.clear()
            await self._news.wait()

    @property
    def ids(self) -> list[int]:
        return [job.id for job in self.driver.state.jobs]

    async def grow(self, length: int) -> None:
        while len(self.ids) < length:
            most = min(BATCH, length - len(self.ids))
            await self.call("POST", NATIVE + "jobs", jobs=jobs(most))

    async def shrink(self, length: int) -> None:
        gone = self.ids[length:]
        if gone:
            await self.call("DELETE", NATIVE + "jobs", job_ids=gone)


def jobs(number: int) -> list[dict[str, Any]]:
    return [
        {"path": FILES[index % len(FILES)], "name": f"Part {index}"}
        for index in range(number)
    ]


# -- what is measured ------------------------------------------------------------


async def _state(wheel: Wheel) -> None:
    await wheel.call("GET", NATIVE + "state")


async def _page(wheel: Wheel) -> None:
    await wheel.call("GET", NATIVE + "jobs", limit=50)


async def _since(wheel: Wheel) -> None:
    revision = wheel.driver.state.control.revision
    await wheel.call("GET", NATIVE + "jobs", since=revision)


async def _add(wheel: Wheel) -> None:
    await wheel.call("POST", NATIVE + "jobs", path=FILES[0])


async def _move(wheel: Wheel) -> None:
    await wheel.call("POST", NATIVE + "job/move", id=wheel.ids[-1], after=0)


async def _set_active(wheel: Wheel) -> None:
    active = not wheel.driver.state.control.active
    await wheel.call("POST", CPQ + "set_active", active=active)


async def _batch(wheel: Wheel) -> None:
    await wheel.call("POST", NATIVE + "jobs", jobs=jobs(BATCH))


async def _print_end(wheel: Wheel) -> None:
    wheel.printer.end()
    await wheel.until(lambda state: state.run is None)


async def _yardstick(wheel: Wheel) -> None:
    json.dumps(YARD)


SCENES: Mapping[str, Scene] = {
    "yardstick": _yardstick,
    "full state": _state,
    "page of 50": _page,
    "changed since": _since,
    "add": _add,
    "move last to first": _move,
    "set_active": _set_active,
    f"add {BATCH} at once": _batch,
    "print end": _print_end,
}


async def _prepare(wheel: Wheel, scene: Scene) -> None:
    if scene is _print_end:
        await wheel.call("POST", NATIVE + "active", active=True, bed="clear")
        wheel.printer.begin()
        await wheel.until(lambda s: s.run is not None and s.run.started is not None)


async def _restore(wheel: Wheel, length: int) -> None:
    await wheel.shrink(length)
    if wheel.driver.state.control.active:
        await wheel.call("POST", NATIVE + "active", active=False)


@dataclass
class Result:
    """In ms of CPU, by scene, one of each round: the longest hold, and what publishing
    the change took of it."""

    holds: dict[str, list[float]] = field(default_factory=dict)
    publishing: dict[str, list[float]] = field(default_factory=dict)


async def measure(length: int, rounds: int) -> Result:
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        for path in FILES:
            (Path(folder) / path).write_text("G28\n", "utf-8")
        wheel = Wheel(Path(folder))
        await wheel.start()
        await wheel.grow(length)
        for _ in range(rounds):
            for name, scene in SCENES.items():
                await _prepare(wheel, scene)
                wheel.publishing.clear()
                async with Probe() as hold:
                    await scene(wheel)
                result.holds.setdefault(name, []).append(hold.longest)
                if wheel.publishing:
                    found = result.publishing.setdefault(name, [])
                    found.append(max(wheel.publishing))
                await _restore(wheel, length)
        await wheel.stop()
    return result


# -- the table -------------------------------------------------------------------


def figures(results: Mapping[int, Result]) -> list[Figure]:
    """The least of the rounds: the machine has other work, too."""
    made = []
    for length, result in results.items():
        yard = min(result.holds["yardstick"])
        for title, found in (("hold", result.holds), ("publishing", result.publishing)):
            for name, values in found.items():
                beside = ("the yardstick", yard)
                more: dict[str, Any] = {"jobs": length, "least": True}
                made.append(
                    figure(f"{title}: {name}", "ms", values, beside=beside, **more)
                )
    return made


async def run(rounds: int) -> dict[int, Result]:
    return {length: await measure(length, rounds) for length in LENGTHS}


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    report(args, figures(asyncio.run(run(args.rounds))))


if __name__ == "__main__":
    main()
