"""What is loaded, on a small working Moonraker and a server that speaks Spoolman."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Callable

import pytest
from tornado.httpclient import AsyncHTTPClient

from moonraker_cp.core.spools import Spool, Spools
from moonraker_cp.printer.spoolman import (
    CONNECTED,
    PROXY,
    READY,
    SPOOL_SET,
    STATUS,
    SpoolWatcher,
    read_record,
)

from ..spoolman_server import SpoolmanServer, spool

RED = Spool("PLA__#ff0000", 7, 1000.0, "Polymaker Fire Red")
PETG = Spool("PETG__#ff0000", 8, 1000.0, "Polymaker Fire Red")
MANUAL: Spools = (Spool("ABS", None, 100.0), Spool("TPU", None, None))
LONG = 30.0
"""Seconds: for what does not happen unless something is broken."""


class Moonraker:
    """What Moonraker gives a component: its [spoolman], and calls inside of it."""

    def __init__(self, spoolman: SpoolmanServer | None) -> None:
        self.spoolman = spoolman
        self.spool_id: Any = None
        self.pending: Any = []
        self.is_connected = True
        self.bug: Exception | None = None
        self.calls: list[str] = []
        self._handlers: dict[str, Callable[..., None]] = {}

    def register_event_handler(self, event: str, handler: Any) -> None:
        self._handlers[event] = handler

    def lookup_component(self, name: str, default: Any = ...) -> Any:
        if name == "spoolman":
            assert default is None
            return self.spoolman
        assert name == "internal_transport"
        return self

    async def call_method(self, method: str, request: dict[str, Any]) -> Any:
        self.calls.append(method)
        if method == STATUS:
            return {
                "spoolman_connected": self.is_connected,
                "pending_reports": self.pending,
                "spool_id": self.spool_id,
            }
        assert method == PROXY
        assert (request["request_method"], request["use_v2_response"]) == ("GET", True)
        return await self._proxy(request["path"])

    async def _proxy(self, path: str) -> Any:
        if self.bug is not None:
            raise self.bug
        if not self.is_connected:
            return _error(503, "Spoolman server not available")
        assert self.spoolman is not None
        url = f"{self.spoolman.url}/api{path}"
        answer = await AsyncHTTPClient().fetch(url, raise_error=False)
        if answer.error is not None:
            return _error(answer.code, str(answer.error))
        return {"response": json.loads(answer.body), "error": None}

    def ready(self) -> None:
        self._handlers[READY]()

    def choose(self, spool_id: int | None) -> None:
        self.spool_id = spool_id
        self._handlers[SPOOL_SET]({"spool_id": spool_id})

    def connect(self, is_connected: bool) -> None:
        self.is_connected = is_connected
        self._handlers[CONNECTED]({"spoolman_connected": is_connected})


def _error(code: int, message: str) -> Any:
    return {"response": None, "error": {"status_code": code, "message": message}}


class Shelf:
    """A watcher, what it told, and what it watches."""

    def __init__(self, spoolman: SpoolmanServer, limit: float, manual: Spools) -> None:
        self.spoolman = spoolman
        self.moonraker = Moonraker(spoolman)
        self.told: list[Spools] = []
        self.watcher = SpoolWatcher(
            self.moonraker,
            self.told.append,
            manual,
            limit,
        )

    async def quiet(self) -> Spools:
        """What is loaded, once every look is over."""
        while True:
            looks = [t for t in asyncio.all_tasks() if "_read" in repr(t.get_coro())]
            if not looks:
                return self.watcher.spools
            await asyncio.wait(looks, timeout=LONG)

    async def choose(self, spool_id: int | None) -> Spools:
        self.moonraker.choose(spool_id)
        return await self.quiet()

    async def look_again(self) -> Spools:
        self.watcher.look_again()
        return await self.quiet()


@asynccontextmanager
async def shelf(
    limit: float = LONG, manual: Spools = (), spool_id: int | None = 7
) -> AsyncIterator[Shelf]:
    async with SpoolmanServer() as spoolman:
        spoolman.put(spool(7))
        spoolman.put(spool(8, material="PETG"))
        one = Shelf(spoolman, limit, manual)
        one.moonraker.spool_id = spool_id
        one.moonraker.ready()
        await one.quiet()
        yield one
        one.watcher.stop()
        await one.quiet()


# -- what is loaded -------------------------------------------------------------------


async def test_the_active_spool_is_in_tool_0() -> None:
    async with shelf() as it:
        assert it.watcher.spools == (RED,)
        assert it.told == [(RED,)]


async def test_another_spool_is_chosen_and_none() -> None:
    async with shelf(manual=MANUAL) as it:
        assert await it.choose(8) == (PETG, MANUAL[1])
        assert await it.choose(None) == MANUAL
        assert it.told == [(RED, MANUAL[1]), (PETG, MANUAL[1]), MANUAL]


async def test_people_say_what_is_in_the_other_tools() -> None:
    async with shelf() as it:
        it.watcher.set_manual(MANUAL)
        it.watcher.set_manual((MANUAL[0],))
        assert it.told == [(RED,), (RED, MANUAL[1]), (RED,)], "tool 0 is Spoolman's"
        assert it.watcher.spools == (RED,)


async def test_nothing_is_told_twice() -> None:
    async with shelf() as it:
        await it.look_again()
        await it.choose(7)
        it.watcher.set_manual(())
        assert it.told == [(RED,)]


async def test_less_is_left_after_a_print() -> None:
    async with shelf() as it:
        used = {**spool(7), "remaining_weight": 940.0}
        it.spoolman.put(used)
        assert await it.look_again() == (replace(RED, remaining=940.0),)


async def test_what_was_not_reported_yet_is_taken_off() -> None:
    """1 m of 1.75 mm filament of 1.24 g/cm³ is 2.98 g."""
    async with shelf() as it:
        it.moonraker.pending = [
            {"spool_id": 8, "filament_used": 5000.0},
            {"spool_id": 7, "filament_used": 1000.0},
        ]
        (one,) = await it.look_again()
        assert one is not None
        assert one.remaining == pytest.approx(1000 - 2.9825, abs=1e-3)
        it.moonraker.pending = [{"spool_id": 7, "filament_used": 1e6}]
        assert await it.look_again() == (replace(RED, remaining=0.0),)
        it.spoolman.put(spool(7, density=None))
        assert await it.look_again() == (replace(RED, remaining=None),)


async def test_without_spoolman_the_table_is_all_there_is() -> None:
    told: list[Spools] = []
    moonraker = Moonraker(None)
    watcher = SpoolWatcher(moonraker, told.append, MANUAL)
    moonraker.ready()
    watcher.look_again()
    assert watcher.spools == MANUAL
    watcher.set_manual(())
    assert watcher.spools == ()
    assert told == [()]
    assert moonraker.calls == []


async def test_nothing_is_asked_without_a_reason() -> None:
    async with shelf() as it:
        asked = list(it.moonraker.calls)
        assert asked.count(PROXY) == 1
        it.watcher.set_manual(MANUAL)
        it.moonraker.connect(False)
        await it.quiet()
        assert it.moonraker.calls == asked


async def test_after_the_end_nothing_is_told() -> None:
    async with shelf() as it:
        it.spoolman.hold()
        it.moonraker.choose(8)
        await it.spoolman.until(lambda: it.spoolman.asked == 2)
        it.watcher.stop()
        it.spoolman.release()
        await it.choose(8)
        it.watcher.set_manual(MANUAL)
        assert it.told == [(RED,)]


async def test_moonraker_may_learn_late_which_spool_was_chosen_last() -> None:
    async with shelf(spool_id=None) as it:
        assert it.watcher.spools == ()
        it.moonraker.spool_id = 8
        it.moonraker.ready()
        assert await it.quiet() == (PETG,)


# -- between two spools ---------------------------------------------------------------


async def test_as_long_as_it_is_looked_at_the_old_word_stands() -> None:
    async with shelf() as it:
        it.spoolman.hold()
        it.moonraker.choose(8)
        await it.spoolman.until(lambda: it.spoolman.asked == 2)
        assert it.watcher.spools == (RED,)
        it.spoolman.release()
        assert await it.quiet() == (PETG,)
        assert it.told == [(RED,), (PETG,)]


async def test_an_answer_about_the_spool_before_is_dropped() -> None:
    async with shelf() as it:
        it.spoolman.put(spool(9, material="ABS"))
        it.spoolman.hold()
        it.moonraker.choose(9)
        await it.spoolman.until(lambda: it.spoolman.asked == 2)
        it.moonraker.choose(8)
        it.spoolman.release()
        assert await it.quiet() == (PETG,)
        assert it.told == [(RED,), (PETG,)], "never the one in between"


# -- Spoolman away, slow or wrong -----------------------------------------------------


async def test_it_is_looked_at_again_when_spoolman_is_back() -> None:
    async with SpoolmanServer() as spoolman:
        spoolman.put(spool(7))
        it = Shelf(spoolman, LONG, ())
        it.moonraker.spool_id, it.moonraker.is_connected = 7, False
        it.moonraker.ready()
        assert await it.quiet() == (Spool("", 7, None),), "its id is Moonraker's word"
        it.moonraker.connect(True)
        assert await it.quiet() == (RED,)


async def test_what_is_on_a_roll_stays_known_when_spoolman_goes() -> None:
    """And how much, until something was printed from it."""
    async with shelf() as it:
        it.moonraker.connect(False)
        assert await it.choose(7) == (RED,)
        assert await it.look_again() == (replace(RED, remaining=None),)
        assert await it.choose(7) == (replace(RED, remaining=None),)
        it.moonraker.connect(True)
        assert await it.quiet() == (RED,)
        it.moonraker.connect(False)
        assert await it.choose(8) == (Spool("", 8, None),), "of this one nothing is"


async def test_a_spool_that_was_deleted_is_not_known_any_more() -> None:
    async with shelf() as it:
        it.spoolman.delete(7)
        assert await it.look_again() == (Spool("", 7, None),)


async def test_a_slow_answer_is_not_waited_for() -> None:
    async with shelf(limit=0.05, spool_id=None) as it:
        it.spoolman.hold()
        assert await it.choose(7) == (Spool("", 7, None),)


@pytest.mark.parametrize("status", [400, 401, 418, 500, 503])
async def test_an_error_is_not_an_answer(status: int) -> None:
    async with shelf() as it:
        it.spoolman.fail = status
        assert await it.look_again() == (replace(RED, remaining=None),)
        assert await it.choose(8) == (Spool("", 8, None),)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>502</html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"spool"',
        b"{}",
        b'{"id": 8}',
        b'{"id": "7", "filament": {"material": "PLA"}}',
    ],
)
async def test_an_answer_that_is_no_spool_is_none(raw: bytes) -> None:
    async with shelf(spool_id=None) as it:
        it.spoolman.raw = raw
        assert await it.choose(7) == (Spool("", 7, None),)


async def test_whatever_moonraker_makes_of_it_is_kept_from_the_wheel() -> None:
    async with shelf() as it:
        it.moonraker.bug = RecursionError("a very deep answer")
        assert await it.choose(8) == (Spool("", 8, None),)
        it.moonraker.bug = None
        assert await it.choose(8) == (PETG,), "and the next look is as any"


async def test_trouble_is_logged_once_until_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "moonraker_cp")
    async with shelf() as it:
        for _ in range(2):
            it.spoolman.fail = 500
            await it.look_again()
            await it.look_again()
            it.spoolman.fail = None
            await it.look_again()
    said = [
        one.message for one in caplog.records if "Spoolman did not say" in one.message
    ]
    assert len(said) == 2
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


@pytest.mark.parametrize("spool_id", ["7", True, 7.5, {}])
async def test_an_id_that_is_none(spool_id: Any) -> None:
    async with shelf() as it:
        assert await it.choose(spool_id) == ()


@pytest.mark.parametrize(
    "pending",
    [
        None,
        "x",
        [None, "x"],
        [{"spool_id": 7}],
        [{"spool_id": 7, "filament_used": "much"}],
        [{"spool_id": 7, "filament_used": -5}],
    ],
)
async def test_reports_that_are_none(pending: Any) -> None:
    async with shelf() as it:
        it.moonraker.pending = pending
        assert await it.look_again() == (RED,)


# -- what is read of a record ---------------------------------------------------------


def read(filament: Any = None, **fields: Any) -> Spool:
    answer = {"response": {"id": 7, "filament": filament, **fields}, "error": None}
    record = read_record(answer, 7)
    assert record is not None
    return record.spool


@pytest.mark.parametrize(
    ("filament", "material"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"material": None}, ""),
        ({"material": 3}, ""),
        ({"material": " PLA  Silk\n"}, "PLA Silk"),
        ({"material": "PLA_CF"}, "PLA CF"),
        ({"material": "PLA\x00\x1b"}, "PLA"),
        ({"material": "P" * 1000}, "P" * 100),
        ({"material": "PLA", "color_hex": "#FF0000"}, "PLA__#ff0000"),
        ({"material": "PLA", "color_hex": "ff000080"}, "PLA__#ff0000"),
        ({"material": "PLA", "color_hex": "red"}, "PLA"),
        ({"material": "PLA", "color_hex": "gg0000"}, "PLA"),
        ({"material": "PLA", "color_hex": None}, "PLA"),
        ({"material": "PLA", "multi_color_hexes": "FF0000,00FF00"}, "PLA"),
        ({"color_hex": "FF0000"}, ""),
    ],
)
def test_its_material(filament: Any, material: str) -> None:
    assert read(filament).material == material


@pytest.mark.parametrize(
    ("filament", "name"),
    [
        ({}, ""),
        ({"name": "Red"}, "Red"),
        ({"name": None, "vendor": {"name": "eSun"}}, "eSun"),
        ({"name": "Red", "vendor": {"name": "eSun"}}, "eSun Red"),
        ({"name": "Red\r\nM112", "vendor": None}, "Red M112"),
        ({"name": "n" * 90, "vendor": {"name": "v" * 90}}, f"{'v' * 90} {'n' * 9}"),
    ],
)
def test_its_name(filament: Any, name: str) -> None:
    assert read(filament).name == name


@pytest.mark.parametrize(
    ("left", "grams"),
    [
        (12.5, 12.5),
        (0, 0.0),
        (None, None),
        (-1, None),
        (True, None),
        ("12", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_how_much_is_left(left: Any, grams: float | None) -> None:
    assert read(remaining_weight=left).remaining == grams


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"response": None}, {"id": 7}])
def test_no_record(answer: Any) -> None:
    assert read_record(answer, 7) is None
