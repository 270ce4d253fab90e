"""Whatever is beside the queue is away, slow, wrong or absurd: the queue goes on.

What is not known is said, and blocks nothing.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from moonraker_cp.demo.printer_data import free_port

from ..spoolman_server import SpoolmanServer, spool
from .endings import PART, balance
from .queue import GCODE, HELD, PREFIX, SHORT, Queue
from .test_materials import choose, holds, loaded
from .test_waits import EVENT, all_printed, sliced, slicer_is_known

GOES_ON = GCODE + "clear_after_last: True\n"
READS = (
    *("state", "jobs", "runs", "forecast", "materials", "settings", "hooks"),
    *("history", "history/totals", "history/export?format=csv", "removed"),
)


def told(queue: Queue) -> list[str]:
    notes = (n.params[0] for n in queue.client.notifications if n.method == EVENT)
    return [f"{one['event']}: {one['text']}" for one in notes]


def notifier(port: int) -> str:
    return f"[notifier phone]\nurl: json://127.0.0.1:{port}\nevents: none\n"


async def test_all_of_them_are_away(stack_factory: Any) -> None:
    """Spoolman, MQTT and the notifier's service; there is no time-lapse either."""
    away = free_port()
    conf = (
        f"[spoolman]\nserver: http://127.0.0.1:{away}\n\n"
        f"[mqtt]\naddress: 127.0.0.1\nport: {away}\n\n{notifier(away)}"
    )
    section = GOES_ON + "material_policy: block\nnotifiers: phone\n"
    queue = Queue(await stack_factory(section=section, moonraker_conf=conf))
    await choose(queue, 7)
    await loaded(queue, holds(spool_id=7, material=None, remaining=None))
    await queue.add(PART, SHORT, count=2, materials=["PLA"])
    await queue.start()
    await queue.phase("idle")
    assert await balance(queue, 2) == 0
    (low,) = {one for one in told(queue) if one.startswith("material_low")}
    assert "it is not known whether spool 7 is that" in low


# -- Spoolman ------------------------------------------------------------------


@pytest.fixture
async def spoolman() -> AsyncIterator[SpoolmanServer]:
    async with SpoolmanServer() as server:
        server.put(spool(7))
        yield server


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "seen"),
    [
        ("1000 g", None),
        (-5.0, None),
        (1e30, None),
        (float("nan"), None),
        ([], None),
        (0.0, 0.0),
    ],
    ids=str,
)
async def test_spoolman_says_an_absurd_weight(
    stack_factory: Any, spoolman: SpoolmanServer, left: Any, seen: float | None
) -> None:
    """Only a weight that is known and too little makes the copy wait."""
    spoolman.spools[7]["remaining_weight"] = left
    conf = f"[spoolman]\nserver: {spoolman.url}\nsync_rate: 1\n"
    section = GOES_ON + "material_policy: block\n"
    queue = Queue(await stack_factory(section=section, moonraker_conf=conf))
    await spoolman.connected()
    await choose(queue, 7)
    await loaded(queue, holds(spool_id=7, remaining=seen))
    await queue.add(PART, sliced(grams=50))
    await slicer_is_known(queue)
    await queue.start()
    if seen is None:
        await all_printed(queue)
        assert any("not known" in one for one in told(queue)), told(queue)
    else:
        state = await queue.reach(
            lambda s: s["waits_for"]["code"] == "awaiting_material"
        )
        assert "only 0 g are left" in state["waits_for"]["text"]
        assert queue.stack.prints() == []


# -- the notifier --------------------------------------------------------------


class _Service(RequestHandler):
    """Never answers, or answers with a status."""

    def initialize(self, service: Service) -> None:
        self.service = service

    async def post(self) -> None:
        self.service.asked += 1
        if self.service.status is None:
            await self.service.ended.wait()
        self.set_status(self.service.status or 200)


def _no_log(handler: RequestHandler) -> None:
    """Errors that a test asked for are no news."""


class Service:
    """What a [notifier] sends its messages to."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.asked = 0
        self.ended = asyncio.Event()
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.port: int = socket.getsockname()[1]
        made = {"service": self}
        routes = [("/.*", _Service, made)]
        self._server = HTTPServer(Application(routes, log_function=_no_log))
        self._server.add_sockets([socket])

    async def stop(self) -> None:
        self.ended.set()
        self._server.stop()
        await self._server.close_all_connections()


@pytest.mark.slow
@pytest.mark.parametrize("status", [None, 500], ids=["slow", "failing"])
async def test_the_notifiers_service(stack_factory: Any, status: int | None) -> None:
    service = Service(status)
    section = GOES_ON + "notifiers: phone, tablet\n"
    queue = Queue(
        await stack_factory(section=section, moonraker_conf=notifier(service.port))
    )
    try:
        await queue.add(PART, SHORT, count=3)
        await queue.start()
        await queue.phase("idle")
        assert await balance(queue, 3) == 0
        assert service.asked, "it was told, or tried to be"
        log = queue.stack.moonraker_log()
        assert log.count("[notifier tablet] could not be used") == 1, "said once"
    finally:
        await service.stop()


# -- files ---------------------------------------------------------------------

ABSURD = f"""\
; generated by PrusaSlicer 2.7.0+linux-x64 on 2026-01-05 at 10:00:00 UTC
; thumbnail begin 32x32 99999
; this is no picture
; thumbnail end
G4 P100
; filament used [mm] = -1.00
; filament used [g] = {"9" * 40}.00
; total filament used [g] = {"9" * 40}.00
; estimated printing time (normal mode) = {"9" * 30}d 99h 99m 99s
; first_layer_bed_temperature = nan
; max_layer_z = inf
; layer_height = 0
; filament_type = ;;;;
"""
NAMES = ("ü" * 124 + "x.gcode", "%s%n{{7*7}}.gcode")


@pytest.mark.slow
async def test_files_that_say_absurd_things_of_themselves(stack_factory: Any) -> None:
    """And one that says nothing, an empty one, and names of 255 bytes."""
    assert len(NAMES[0].encode()) == 255
    section = GOES_ON + (
        "material_policy: block\nstrategy: shortest_first\n"
        "quiet_hours: 03:00-03:01\nend_before_quiet_hours: True\n"
    )
    queue = Queue(await stack_factory(section=section))
    await queue.add("absurd.gcode", ABSURD, count=2)
    for name in NAMES:
        await queue.add(name, SHORT)
    await queue.add("nothing.gcode", "; nothing\n")
    await everything_is_told(queue)
    await queue.start()
    await queue.phase("idle")
    await everything_is_told(queue)
    left = {job["name"]: job["copies_left"] for job in (await queue.state())["jobs"]}
    assert set(left.values()) == {0}, left
    assert len(queue.stack.done_printing()) == 5


async def everything_is_told(queue: Queue) -> None:
    """In JSON that any program can read."""
    for call in READS:
        reply = await queue.client.get(f"{PREFIX}/{call}")
        assert reply.status == 200, (call, reply.body)
        if not isinstance(reply.body, str):
            json.dumps(reply.body, allow_nan=False)
    left = (await queue.client.get(f"{PREFIX}/forecast")).body["result"]["queue"]
    assert math.isfinite(left["seconds"]["known"])


@pytest.mark.slow
async def test_a_file_that_is_replaced_and_grows_between_two_copies(
    stack_factory: Any,
) -> None:
    """What is there is printed, whole, and what is known of it is of it."""
    queue = Queue(await stack_factory(section=GOES_ON))
    await queue.add(PART, "M118 first\n" + HELD, count=3)
    await queue.start()
    await queue.printing(PART)
    path = queue.stack.data.gcodes / PART
    new = path.with_suffix(".new")  # as an upload does it: the print has the old one
    new.write_text(sliced(hours=2) + "M118 second\n", "utf-8")
    new.replace(path)
    await queue.release()
    await queue.stack.wait_done_printing(2)
    with path.open("a") as file:
        file.write("M118 grown\n" * 3)
    await queue.phase("idle")
    assert await balance(queue, 3) == 0
    lines = [line.rpartition(" ")[2] for line in queue.stack.console.lines]
    assert (lines.count("first"), lines.count("second")) == (1, 2)
