"""A [power] device of Moonraker's that really takes the printer away and gives it back.

The device is a small web server of ours; what hangs on its switch is chosen: the
controller board, the computer that Klipper runs on, or the supply of the motors alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Callable

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from moonraker_cp.demo.client import Notification
from moonraker_cp.demo.stack import Stack

from .endings import DWELL, PART, balance
from .queue import GCODE, Payload, Queue, reason

BELOW = 40
SECTION = f"power_device: printer\npower_off_below: {BELOW}\n"
COLD_END = "finish_gcode: TURN_OFF_HEATERS\n"
HEATS = "M190 S50\n" + DWELL
KINDS = ["board", "computer", "supply"]


class Switch:
    """told: what it was told, in order. heat: °C of bed and nozzle at each "off"."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state = "on"
        self.told: list[str] = []
        self.heat: list[dict[str, float]] = []
        self.broken = False
        self.stack: Stack
        self._news = asyncio.Event()
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        routes = [("/(on|off|status)", _Handler, {"switch": self})]
        self.server = HTTPServer(Application(routes, log_function=lambda _: None))
        self.server.add_socket(socket)

    @property
    def section(self) -> str:
        restart = self.kind == "board"
        return (
            "[power printer]\ntype: http\n"
            f"on_url: {self.url}/on\noff_url: {self.url}/off\n"
            f"status_url: {self.url}/status\n"
            f"restart_klipper_when_powered: {restart}\n"
            "locked_while_printing: True\nresponse_template:\n"
            '  {http_request.last_response().json()["state"]}\n'
        )

    async def tell(self, word: str) -> None:
        if word == "status" or self.broken:
            return
        self.told.append(word)
        if word != self.state:
            self.state = word
            await self._turn(word)
        self._news.set()

    async def _turn(self, word: str) -> None:
        if word == "off":
            self.heat.append((await self.stack.fault("status"))["temperatures"])
        if self.kind == "board":
            await self.stack.fault("plug" if word == "on" else "unplug")
        elif self.kind == "computer" and word == "on":
            await self.stack.start_klippy(wait_ready=False)
        elif self.kind == "computer":
            await self.stack.stop_klippy()

    async def until(self, *told: str) -> None:
        while self.told != list(told):
            assert self.told == list(told)[: len(self.told)], self.told
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 90.0)

    async def close(self) -> None:
        self.server.stop()
        await self.server.close_all_connections()


class _Handler(RequestHandler):
    def initialize(self, switch: Switch) -> None:
        self._switch = switch

    async def get(self, word: str) -> None:
        if self._switch.broken and word != "status":
            self.set_status(500)
            self.finish({"error": "the relay is stuck"})
            return
        await self._switch.tell(word)
        self.finish({"state": self._switch.state})


Factory = Callable[[str, str], Awaitable[tuple[Queue, Switch]]]


@pytest.fixture
async def printer(stack_factory: Any) -> AsyncIterator[Factory]:
    """await printer(kind, section): a queue, and the switch that its printer is on."""
    switches: list[Switch] = []

    async def start(kind: str, section: str) -> tuple[Queue, Switch]:
        switch = Switch(kind)
        switches.append(switch)
        stack = await stack_factory(
            section=SECTION + section, moonraker_conf=switch.section
        )
        switch.stack = stack
        return Queue(stack), switch

    yield start
    for switch in switches:
        await switch.close()


async def turn_off(queue: Queue, switch: Switch) -> None:
    """As a person does it, in a front end; until Klipper is gone, if it goes."""
    since = len(queue.client.notifications)
    await queue.client.rpc(
        "machine.device_power.post_device", device="printer", action="off"
    )
    gone = {
        "board": "notify_klippy_shutdown",
        "computer": "notify_klippy_disconnected",
    }
    if switch.kind in gone:
        await queue.client.wait(gone[switch.kind], since=since)


async def notices(queue: Queue) -> list[str]:
    """What people were told, once they were told that all is printed."""
    told = "notify_continuousprint_event"
    await queue.client.wait(lambda n: n.method == told and is_finish(n), since=0)
    notes = queue.client.notifications
    return [str(one.params[0]["event"]) for one in notes if one.method == told]


def is_finish(note: Notification) -> bool:
    return bool(note.params[0]["event"] == "queue_finished")


async def ends(queue: Queue) -> Payload:
    """The first state in which a person is asked, or all is printed."""

    def is_end(state: Payload) -> bool:
        done = not any(job["copies_left"] for job in state["jobs"])
        asked = state["phase"] == "blocked" and reason(state) != "powering"
        return asked or (done and state["phase"] == "idle")

    return await queue.reach(is_end, timeout=90.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_on_before_the_first_print(printer: Factory, kind: str) -> None:
    queue, switch = await printer(kind, GCODE)
    await turn_off(queue, switch)
    await queue.add(PART, DWELL)
    await queue.start(bed="clear")
    state = await ends(queue)
    assert state["reason"] is None, state["reason"]
    assert switch.told == ["off", "on"]
    assert await balance(queue, 1) == 0
    assert await notices(queue) == ["queue_finished"], "nobody is needed for that"


async def test_the_very_first_start_is_a_word_about_the_bed_too(
    printer: Factory,
) -> None:
    queue, switch = await printer("board", GCODE)
    await turn_off(queue, switch)
    await queue.add(PART, DWELL)
    assert (await queue.state())["bed"]["state"] == "unknown"
    await queue.start()
    state = await ends(queue)
    assert state["reason"] is None, state["reason"]
    assert await balance(queue, 1) == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_off_when_done_and_cool_and_on_for_the_next_job(
    printer: Factory, kind: str
) -> None:
    queue, switch = await printer(kind, GCODE + COLD_END + "clear_after_last: True\n")
    await queue.add(PART, HEATS)
    await queue.start()
    await switch.until("off")
    (heat,) = switch.heat
    assert max(heat.values()) <= BELOW + 0.5, heat
    assert await balance(queue, 1) == 0
    state = await queue.state()
    assert (state["phase"], state["reason"]) == ("idle", None), "nothing is wrong"
    await queue.add(PART, DWELL)  # at once, whether Klipper has noticed or not
    state = await ends(queue)
    assert state["reason"] is None, state["reason"]
    assert switch.told[:2] == ["off", "on"], "printed without power"
    assert await balance(queue, 2) == 0
    await switch.until("off", "on", "off")


@pytest.mark.parametrize(
    "section", [GCODE, "bed_clearing: manual\n"], ids=["gcode", "manual"]
)
async def test_on_again_with_the_last_part_on_the_bed(
    printer: Factory, section: str
) -> None:
    queue, switch = await printer("computer", section + COLD_END)
    await queue.add(PART, DWELL)
    await queue.start()
    await switch.until("off")
    await queue.client.wait("notify_klippy_disconnected", since=0)
    await queue.add(PART, DWELL)
    state = await ends(queue)
    if section != GCODE or state["phase"] == "blocked":
        # A script may be asked to do it, once there is power; or a person.
        assert reason(state) == "bed_occupied", state["reason"]
        await queue.bed_clear()
        state = await ends(queue)
    assert state["reason"] is None, state["reason"]
    assert switch.told[:2] == ["off", "on"]
    assert await balance(queue, 2) == 0


async def test_a_device_that_does_not_do_it_says_so(printer: Factory) -> None:
    queue, switch = await printer("computer", GCODE)
    await turn_off(queue, switch)
    switch.broken = True
    await queue.add(PART, DWELL)
    await queue.start(bed="clear")
    state = await ends(queue)
    assert reason(state) == "klipper_not_ready"
    assert "printer could not be turned on" in state["reason"]["text"]
    assert queue.stack.prints() == []
    switch.broken = False
    await queue.start()
    state = await ends(queue)
    assert state["reason"] is None, state["reason"]
    assert await balance(queue, 1) == 0


async def test_only_a_queue_that_is_done_turns_it_off(printer: Factory) -> None:
    queue, switch = await printer("supply", "bed_clearing: manual\n" + COLD_END)
    await queue.add(PART, DWELL, count=2)
    await queue.start()
    await queue.reach(lambda s: reason(s) == "bed_occupied")
    await queue.stop()
    await queue.start()
    await queue.reach(lambda s: reason(s) == "bed_occupied")
    await queue.bed_clear()
    await ends(queue)
    assert "off" not in switch.told
    await switch.until(*switch.told, "off")
    assert await balance(queue, 2) == 0
