"""After the clearing script: a switch of Klipper's, or another program, may veto."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from .endings import DWELL, PART, balance, check, only_a_clear_bed_goes_on, order
from .queue import PREFIX, Queue, reason

SWEPT = "swept the bed"
SWEEP = f"bed_clearing: gcode\nbed_clearing_gcode:\n  M118 {SWEPT}\n"
SWITCH = "filament_switch_sensor runout"
BY_SWITCH = SWEEP + f'verify_bed: printer["{SWITCH}"].filament_detected\n'
PICTURE = "/webcam/?action=snapshot"


class Detector:
    """A program that is asked; `answer` is its JSON, hold() keeps it waiting."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"clear": True}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._news = asyncio.Event()
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.name = f"127.0.0.1:{socket.getsockname()[1]}"
        self.url = f"http://{self.name}/bed"
        routes = [("/bed", _Bed, {"detector": self})]
        self.server = HTTPServer(Application(routes, log_function=lambda _: None))
        self.server.add_socket(socket)

    def hold(self) -> None:
        self.may_answer.clear()

    def release(self) -> None:
        self.may_answer.set()

    async def reply(self, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question)
        self._news.set()
        await self.may_answer.wait()
        return self.answer

    async def until_asked(self, times: int) -> None:
        while len(self.asked) < times:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 60.0)


class _Bed(RequestHandler):
    def initialize(self, detector: Detector) -> None:
        self._detector = detector

    async def post(self) -> None:
        self.finish(await self._detector.reply(json.loads(self.request.body)))


@pytest.fixture
async def detector() -> AsyncIterator[Detector]:
    made = Detector()
    yield made
    made.release()
    made.server.stop()
    await made.server.close_all_connections()


def by_url(detector: Detector, more: str = "") -> str:
    return SWEEP + f"verify_bed_url: {detector.url}\n" + more


def swept(queue: Queue) -> int:
    return sum(SWEPT in line for line in queue.stack.console.lines)


# -- an expression ------------------------------------------------------------------


async def test_a_switch_says_whether_the_bed_is_clear(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=BY_SWITCH))
    await queue.client.subscribe(**{SWITCH: ["filament_detected"]})
    await order(queue, DWELL, count=3)
    await queue.phase("idle")
    assert swept(queue) == 2
    await queue.stack.fault("runout", present=False)
    await queue.client.wait_status(lambda s: not s[SWITCH]["filament_detected"])
    await queue.add("next.gcode", DWELL, count=2)
    state = await queue.phase("blocked")
    check(state, "bed_not_verified", SWITCH, "False")
    assert swept(queue) == 3
    await queue.nothing_starts()
    await queue.stack.fault("runout", present=True)
    await queue.client.wait_status(lambda s: s[SWITCH]["filament_detected"])
    await queue.call("bed/run_clearing")
    await queue.phase("idle")
    assert swept(queue) == 5, "once more by a person, once between two prints"
    assert await balance(queue, 5) == 0


@pytest.mark.parametrize("expression", ["printer.plate.present", "no ( expression"])
async def test_an_expression_that_nobody_can_evaluate_is_a_no(
    stack_factory: Any, expression: str
) -> None:
    section = SWEEP + f"verify_bed: {expression}\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, DWELL)
    state = await queue.phase("blocked", "idle")
    check(state, "bed_not_verified", "nobody can tell", expression)
    await only_a_clear_bed_goes_on(queue)


# -- another program ----------------------------------------------------------------


async def test_a_program_says_yes(stack_factory: Any, detector: Detector) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    await order(queue, DWELL, count=3)
    await queue.phase("idle")
    runs, asked = await queue.runs(), detector.asked
    assert [one["run_id"] for one in asked] == [run["id"] for run in runs[:2]]
    assert [one["path"] for one in asked] == [PART] * 2
    assert all(15 < one["bed_temperature"] < 30 for one in asked)
    assert await balance(queue, 3) == 0


async def test_a_program_says_no_and_shows_why(
    stack_factory: Any, detector: Detector
) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    words = "A part on the left, 97 %"
    detector.answer = {"clear": False, "message": words, "picture": PICTURE}
    await order(queue, DWELL)
    state = await queue.phase("blocked", "idle")
    check(state, "bed_not_verified", words)
    assert state["reason"]["picture"] == PICTURE
    assert len(detector.asked) == swept(queue) == 1
    await only_a_clear_bed_goes_on(queue)


async def test_both_have_to_say_yes(stack_factory: Any, detector: Detector) -> None:
    section = by_url(detector) + 'verify_bed: "nozzle" not in printer\n'
    queue = Queue(await stack_factory(section=section))
    detector.answer = {"clear": False}
    await order(queue, DWELL)
    state = await queue.phase("blocked", "idle")
    check(state, "bed_not_verified", detector.name)
    assert len(detector.asked) == 1


async def test_no_answer_in_time_is_a_no(
    stack_factory: Any, detector: Detector
) -> None:
    section = by_url(detector, "verify_bed_time_limit: 1\n")
    queue = Queue(await stack_factory(section=section))
    detector.hold()
    await order(queue, DWELL)
    await detector.until_asked(1)
    assert (await queue.state())["phase"] == "clearing", "Moonraker goes on"
    state = await queue.phase("blocked", "idle")
    check(state, "bed_not_verified", detector.name, "imeout")
    detector.release()
    await only_a_clear_bed_goes_on(queue)


async def test_nobody_is_there_to_be_asked(
    stack_factory: Any, detector: Detector
) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    detector.server.stop()
    await order(queue, DWELL)
    state = await queue.phase("blocked", "idle")
    check(state, "bed_not_verified", detector.name, "gave no answer")
    await only_a_clear_bed_goes_on(queue)


async def test_stop_while_it_is_asked(stack_factory: Any, detector: Detector) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    detector.hold()
    await order(queue, DWELL)
    await detector.until_asked(1)
    await queue.stop()
    detector.release()
    state = await queue.phase("inactive", "blocked")
    assert (state["phase"], state["bed"]["state"]) == ("inactive", "clear")
    assert len(queue.stack.prints()) == 1


async def test_nobody_can_say_so_while_it_is_asked(
    stack_factory: Any, detector: Detector
) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    detector.hold()
    detector.answer = {"clear": False, "message": "There it is."}
    await order(queue, DWELL)
    await detector.until_asked(1)
    reply = await queue.client.post(f"{PREFIX}/bed", json={"state": "clear"})
    assert reply.status == 409, reply.body
    detector.release()
    check(await queue.phase("blocked", "idle"), "bed_not_verified", "There it is.")
    await only_a_clear_bed_goes_on(queue)


async def test_moonraker_dies_while_it_is_asked(
    stack_factory: Any, detector: Detector
) -> None:
    queue = Queue(await stack_factory(section=by_url(detector)))
    detector.hold()
    await order(queue, DWELL)
    await detector.until_asked(1)
    await queue.stack.kill_moonraker()
    detector.release()
    await queue.stack.start_moonraker()
    state = await queue.reach(lambda s: reason(s) != "waiting_for_klipper")
    check(state, "restarted", "Moonraker", status_type="NEEDS_ACTION")
    await only_a_clear_bed_goes_on(queue)
    assert swept(queue) == 1
