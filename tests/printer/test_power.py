"""Power: on and off by a device that may be slow, locked or away; off when cool."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from moonraker_cp.core.printer import UNNOTICED
from moonraker_cp.printer.power import PATIENCE, OffWhenCool, Power
from tests.fakes import in_virtual_time


class ServerError(Exception):
    """Moonraker's."""


@dataclass
class Device:
    """One of Moonraker's power devices, as far as others can tell.

    begins: requests that find it not yet reached. answers: what it says after it was
    switched, "" for what it was told.
    """

    state: str = "off"
    seconds: float = 0.0
    begins: int = 0
    answers: str = ""
    failure: Exception | None = None
    switched: list[str] = field(default_factory=list)

    async def process_request(self, req: str, force: bool = False) -> str:
        assert not force
        if self.begins:
            self.begins -= 1
            return "init"
        await asyncio.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        if req != self.state:
            self.switched.append(req)
            self.state = self.answers or req
        return self.state


@dataclass
class Moonraker:
    """A server with the component ``power``. has_print: what the printer shows."""

    devices: dict[str, Device] = field(default_factory=dict)
    is_loaded: bool = True
    has_print: bool = False

    def lookup_component(self, name: str, default: Any) -> Any:
        assert name == "power"
        return self if self.is_loaded else default

    @property
    def power(self) -> Power:
        return Power(cast(Any, self), "printer", lambda: self.has_print)


def with_device(**fields: Any) -> tuple[Moonraker, Device]:
    device = Device(**fields)
    return Moonraker({"printer": device, "light": Device()}), device


@in_virtual_time
async def test_it_is_turned_on_and_off() -> None:
    moonraker, device = with_device()
    assert await moonraker.power.turn_on() is None
    assert device.state == "on"
    assert await moonraker.power.turn_off() is None
    assert device.switched == ["on", "off"]
    assert moonraker.devices["light"].switched == []


@in_virtual_time
async def test_what_is_on_already_is_left_alone() -> None:
    moonraker, device = with_device(state="on")
    assert await moonraker.power.turn_on() is None
    assert device.switched == []


@in_virtual_time
@pytest.mark.parametrize("is_loaded", [True, False])
async def test_a_device_that_does_not_exist_is_named(is_loaded: bool) -> None:
    moonraker = Moonraker({"light": Device()}, is_loaded)
    for problem in (await moonraker.power.turn_on(), await moonraker.power.turn_off()):
        assert problem is not None
        assert "[power printer]" in problem


@in_virtual_time
@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ServerError("Unable to change power while printing"), "while printing"),
        (ConnectionResetError(), "ConnectionResetError"),
        (KeyError("relay"), "relay"),
    ],
)
async def test_whatever_a_device_raises_is_told(failure: Exception, words: str) -> None:
    moonraker, _ = with_device(failure=failure)
    problem = await moonraker.power.turn_on()
    assert problem is not None
    assert problem.startswith("The power device printer could not be turned on: ")
    assert words in problem


@in_virtual_time
async def test_a_device_that_says_something_else_afterwards_is_not_believed() -> None:
    moonraker, _ = with_device(answers="error")
    problem = await moonraker.power.turn_on()
    assert problem == "The power device printer was to be turned on, but says error."


@in_virtual_time
async def test_a_device_that_moonraker_has_not_reached_yet_is_waited_for() -> None:
    moonraker, device = with_device(begins=5)
    assert await moonraker.power.turn_on() is None
    assert device.switched == ["on"]


@in_virtual_time
@pytest.mark.parametrize("fields", [{"seconds": 10_000.0}, {"begins": 10_000}])
async def test_a_device_that_does_not_answer_is_given_up(fields: Any) -> None:
    moonraker, device = with_device(**fields)
    began = asyncio.get_running_loop().time()
    problem = await moonraker.power.turn_on()
    assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE)
    assert problem == "The power device printer did not answer within 30 s."
    device.begins = 0
    await asyncio.sleep(20_000.0)
    assert device.switched == [], "not when nobody expects it any more"


@in_virtual_time
async def test_who_stops_waiting_takes_the_request_back() -> None:
    moonraker, device = with_device(state="on", seconds=5.0)
    waiting = asyncio.create_task(moonraker.power.turn_off())
    await asyncio.sleep(1.0)
    waiting.cancel()
    await asyncio.sleep(10.0)
    assert device.switched == []


@in_virtual_time
async def test_it_is_never_turned_off_under_a_print() -> None:
    moonraker, device = with_device(state="on")
    moonraker.has_print = True
    problem = await moonraker.power.turn_off()
    assert problem is not None
    assert "a print is on the printer" in problem
    assert device.switched == []
    assert await moonraker.power.turn_on() is None


@in_virtual_time
async def test_a_print_that_begins_while_the_device_is_waited_for_keeps_it_on() -> None:
    moonraker, device = with_device(state="on", begins=5)
    waiting = asyncio.create_task(moonraker.power.turn_off())
    await asyncio.sleep(2.5)
    moonraker.has_print = True
    assert await waiting is not None
    assert device.switched == []


# -- off when cool ----------------------------------------------------------------


class Watch:
    """OffWhenCool, and when it called."""

    def __init__(self) -> None:
        self.calls: list[float] = []
        self.cooling = OffWhenCool(45.0, self._off)

    def _off(self) -> None:
        self.calls.append(asyncio.get_running_loop().time())

    async def look(self, bed: float | None, nozzle: float | None) -> None:
        self.cooling.look(bed, nozzle)
        await asyncio.sleep(2 * UNNOTICED)


@in_virtual_time
async def test_it_waits_for_bed_and_nozzle() -> None:
    watch = Watch()
    for bed, nozzle in ((60.0, 200.0), (30.0, 46.0), (46.0, 30.0)):
        await watch.look(bed, nozzle)
    assert watch.calls == []
    await watch.look(45.0, 45.0)
    assert len(watch.calls) == 1


@in_virtual_time
@pytest.mark.parametrize(
    ("bed", "nozzle"),
    [(None, 30.0), (30.0, None), (None, None), (-91.0, 30.0), (30.0, -273.15)],
)
async def test_what_is_not_known_or_cannot_be_is_not_cool(
    bed: float | None, nozzle: float | None
) -> None:
    watch = Watch()
    await watch.look(bed, nozzle)
    assert watch.calls == []


@in_virtual_time
async def test_a_reading_that_passes_through_is_not_cool() -> None:
    """A wire that breaks, or Klipper that goes away in that moment."""
    watch = Watch()
    for bed in (44.0, None, 20.0, -60.0, 44.0, 46.0):
        watch.cooling.look(bed, 30.0)
        await asyncio.sleep(UNNOTICED * 0.9)
    await asyncio.sleep(10 * UNNOTICED)
    assert watch.calls == []


@in_virtual_time
async def test_it_calls_once_a_few_seconds_after_the_first_cool_reading() -> None:
    watch = Watch()
    watch.cooling.look(30.0, 40.0)
    for _ in range(10):
        await asyncio.sleep(1.0)
        watch.cooling.look(30.0, 40.0)
    assert watch.calls == [pytest.approx(UNNOTICED)]
    assert not watch.cooling.is_open
    await watch.look(60.0, 200.0)
    await watch.look(30.0, 40.0)
    assert len(watch.calls) == 1


@in_virtual_time
async def test_one_that_was_closed_never_calls() -> None:
    watch = Watch()
    watch.cooling.look(30.0, 40.0)
    await asyncio.sleep(UNNOTICED / 2)
    watch.cooling.close()
    await watch.look(30.0, 40.0)
    assert watch.calls == []
