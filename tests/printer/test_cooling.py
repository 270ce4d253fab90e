"""Cooling on a small working Moonraker: what is sent, waited for and taken back."""

from __future__ import annotations

import asyncio
import math

import pytest

from moonraker_cp.core.decisions import EndCooling, SendStart, WatchCooling
from moonraker_cp.core.events import BedCooled, CoolingExpired, ScriptEnded
from moonraker_cp.printer.cooling import STAYS_COLD
from tests.fakes import in_virtual_time

from .test_klipper import PRINTING, Moonraker, ServerError, connected

HOUR = 3600.0
FANNED = WatchCooling(3, 30.0, HOUR, hold=25.0, fan=0.5)
AWAKE = "SET_IDLE_TIMEOUT"


async def cooling(
    action: WatchCooling = FANNED, idle_timeout: float | None = None
) -> Moonraker:
    """A bed at 60 °C begins to cool; idle_timeout: as configured, None: not at all."""
    moonraker = await connected()
    if idle_timeout is not None:
        settings = {"idle_timeout": {"timeout": idle_timeout}}
        moonraker.status["configfile"] = {"settings": settings}
    moonraker.printer.perform(action)
    await moonraker.settle()
    return moonraker


async def ended(moonraker: Moonraker, *, fan: bool = True) -> Moonraker:
    moonraker.sent.clear()
    moonraker.printer.perform(EndCooling(3, fan))
    await moonraker.settle()
    return moonraker


async def nothing_more(moonraker: Moonraker) -> None:
    """Neither the sensor, nor the limit, nor a timer says anything from here on."""
    moonraker.events.clear()
    moonraker.sent.clear()
    await moonraker.tell(heater_bed={"temperature": 20.0})
    await asyncio.sleep(2 * HOUR)
    assert (moonraker.told(), moonraker.sent) == ([], [])
    assert moonraker.printer.cold_at is None


@in_virtual_time
async def test_it_begins_with_a_held_bed_and_the_fan() -> None:
    assert (await cooling()).sent == ["M140 S25\nM106 S128\nSET_IDLE_TIMEOUT"]
    plain = await cooling(WatchCooling(3, 30.0, HOUR))
    assert plain.sent == ["M140 S0\nSET_IDLE_TIMEOUT"]


@in_virtual_time
async def test_it_ends_with_the_fan_off() -> None:
    moonraker = await ended(await cooling())
    assert moonraker.sent == ["M107"]
    await nothing_more(moonraker)


@in_virtual_time
async def test_a_fan_that_was_left_alone_stays_so() -> None:
    plain = await ended(await cooling(WatchCooling(3, 30.0, HOUR)), fan=False)
    assert plain.sent == []
    await nothing_more(plain)


@in_virtual_time
async def test_it_may_end_before_it_has_begun() -> None:
    moonraker = await connected()
    moonraker.printer.perform(FANNED)
    moonraker.printer.perform(EndCooling(3, fan=True))
    await moonraker.settle()
    assert moonraker.sent == ["M107"]
    await nothing_more(moonraker)


@in_virtual_time
async def test_the_fan_goes_off_before_the_next_print_begins() -> None:
    moonraker = await cooling()
    moonraker.sent.clear()
    moonraker.printer.perform(EndCooling(3, fan=True))
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert moonraker.sent == ["M107", "start a.gcode"]


@in_virtual_time
async def test_klippers_refusal_is_told() -> None:
    moonraker = await connected()
    moonraker.fails["gcode"] = ServerError("Shutdown")
    moonraker.printer.perform(FANNED)
    await moonraker.settle()
    assert moonraker.told() == [ScriptEnded(3, "Shutdown")]
    await asyncio.sleep(2 * HOUR)
    assert moonraker.told() == []


# -- the sensor and the limit -----------------------------------------------------


@in_virtual_time
async def test_no_degree_on_the_way_is_an_event() -> None:
    moonraker = await cooling()
    for tenth in range(300):
        await asyncio.sleep(0.25)
        await moonraker.tell(heater_bed={"temperature": 60.0 - tenth / 10})
    assert moonraker.told() == []
    await moonraker.tell(heater_bed={"temperature": 30.0})
    await asyncio.sleep(STAYS_COLD + 0.1)
    assert moonraker.told() == [BedCooled(3, 30.0)]


@in_virtual_time
async def test_a_wire_that_breaks_is_not_a_cold_bed() -> None:
    """On its way down the reading passes what a cold bed reads, and below it."""
    moonraker = await cooling()
    for celsius in (40.0, 25.0, 5.0, -20.0, -60.0, -91.0):
        await moonraker.tell(heater_bed={"temperature": celsius})
        await asyncio.sleep(STAYS_COLD / 5)
    await asyncio.sleep(10 * STAYS_COLD)
    assert moonraker.told() == []


@in_virtual_time
async def test_a_bed_that_is_cold_for_a_moment_only_is_waited_for() -> None:
    moonraker = await cooling()
    for _ in range(10):
        await moonraker.tell(heater_bed={"temperature": 29.9})
        await asyncio.sleep(STAYS_COLD * 0.9)
        await moonraker.tell(heater_bed={"temperature": 30.1})
        await asyncio.sleep(STAYS_COLD * 0.9)
    assert moonraker.told() == []
    await moonraker.tell(heater_bed={"temperature": 29.9})
    await asyncio.sleep(STAYS_COLD + 0.1)
    assert moonraker.told() == [BedCooled(3, 29.9)], "without another word of it"


@in_virtual_time
async def test_an_unknown_temperature_is_not_cold() -> None:
    moonraker = await cooling()
    await moonraker.tell(heater_bed={"temperature": None})
    await asyncio.sleep(HOUR + 1)
    assert moonraker.told() == [CoolingExpired(3, None)]
    await moonraker.tell(heater_bed={"temperature": 20.0})
    assert moonraker.told() == [], "said once"


@in_virtual_time
@pytest.mark.parametrize("stays", [True, False])
async def test_a_bed_that_gets_cold_at_the_last_moment(stays: bool) -> None:
    moonraker = await cooling()
    await asyncio.sleep(HOUR - STAYS_COLD / 2)
    await moonraker.tell(heater_bed={"temperature": 29.9})
    await asyncio.sleep(STAYS_COLD * 0.75)
    assert moonraker.told() == []
    if not stays:
        await moonraker.tell(heater_bed={"temperature": 30.1})
    await asyncio.sleep(2 * STAYS_COLD)
    cold, warm = BedCooled(3, 29.9), CoolingExpired(3, 30.1)
    assert moonraker.told() == [cold if stays else warm]


@in_virtual_time
async def test_when_it_will_be_cold() -> None:
    moonraker = await cooling()
    start = asyncio.get_running_loop().time()
    assert moonraker.printer.cold_at is None
    for second in range(1500):
        celsius = 20 + 40 * math.exp(-second / 1200)
        await moonraker.tell(heater_bed={"temperature": celsius})
        await asyncio.sleep(1.0)
    truth = start + 1200 * math.log(4)
    assert moonraker.printer.cold_at == pytest.approx(truth, rel=0.02)


# -- the idle timeout ---------------------------------------------------------------


async def gaps(moonraker: Moonraker, seconds: float) -> list[float]:
    """The times between two words that keep Klipper awake."""
    loop = asyncio.get_running_loop()
    said, last, seen = [], loop.time(), len(moonraker.sent)
    end = last + seconds
    while loop.time() < end:
        await asyncio.sleep(0.5)
        if len(moonraker.sent) > seen:
            assert moonraker.sent[seen:] == [AWAKE]
            said.append(loop.time() - last)
            last, seen = loop.time(), len(moonraker.sent)
    return said


@in_virtual_time
@pytest.mark.parametrize("timeout", [10.0, 600.0])
async def test_klipper_stays_awake_while_somebody_waits(timeout: float) -> None:
    moonraker = await cooling(idle_timeout=timeout)
    said = await gaps(moonraker, HOUR - 10)
    assert len(said) >= HOUR / timeout
    assert max(said) < timeout * 0.6
    await nothing_more(await ended(moonraker))


@in_virtual_time
async def test_klippers_own_default_counts_where_nothing_is_configured() -> None:
    said = await gaps(await cooling(), HOUR - 10)
    assert 300 <= min(said) <= max(said) < 400


@in_virtual_time
async def test_a_long_timeout_or_none_is_left_alone() -> None:
    for timeout in (0.0, 3 * HOUR):
        assert await gaps(await cooling(idle_timeout=timeout), HOUR - 10) == []


# -- Klipper goes away, or somebody prints ------------------------------------------


@in_virtual_time
async def test_the_fan_is_turned_off_when_klipper_is_back() -> None:
    """So it is after a start of Moonraker, when the end comes before the first look."""
    moonraker = await cooling()
    await moonraker.fire("disconnect")
    await ended(moonraker)
    assert moonraker.sent == []
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    assert moonraker.sent == ["M107"]
    await moonraker.fire("disconnect")
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    assert moonraker.sent == ["M107"], "once"


@in_virtual_time
async def test_the_fan_of_a_print_is_its_own() -> None:
    moonraker = await cooling()
    await moonraker.fire("disconnect")
    await ended(moonraker)
    await moonraker.change(PRINTING, arrives=False)
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    assert moonraker.sent == []


@in_virtual_time
async def test_somebodys_print_ends_it() -> None:
    """The queue ends it too, but does not touch a printer that prints."""
    moonraker = await cooling(idle_timeout=10.0)
    await moonraker.tell(**PRINTING)
    moonraker.events.clear()
    moonraker.sent.clear()
    for _ in range(100):  # the queue has long heard of it
        await asyncio.sleep(1.0)
        await moonraker.tell(idle_timeout={"state": "Printing", "printing_time": 1.0})
        await moonraker.tell(heater_bed={"temperature": 20.0})
    assert (moonraker.told(), moonraker.sent) == ([], [])
