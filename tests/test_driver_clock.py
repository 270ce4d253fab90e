"""The clock on the wall is set while the wheel waits, prints, or cools.

A computer without a clock of its own starts in 1970 and is told the time later; one
with a wrong clock is put back. Loops do not hear of either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.events import Activated
from moonraker_cp.core.hours import parse_hours
from moonraker_cp.core.model import BedState, Phase
from moonraker_cp.core.outlook import choice_to_come, outlook

from .driving import Rig
from .fakes import in_virtual_time

A_MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
YEARS = 60 * 365.25 * DAY
BOOT = 30.0
"""Seconds since the epoch, by a clock that was never set."""
NIGHT = Rules(hours=parse_hours("22:00-07:00"))


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@dataclass
class Wall(Rig):
    """A driver whose wall clock can be set; its loop's time goes on as it does."""

    begins: float = BOOT
    set_by: float = 0.0

    def now(self) -> float:
        return self.begins + self.set_by + asyncio.get_running_loop().time()

    def set_clock(self, time: float) -> None:
        self.set_by += time - self.now()

    @property
    def starts(self) -> int:
        return self.log.count("start a.g")


async def waiting_for(hour: Callable[[Wall], float], begins: float = BOOT) -> Wall:
    """A Start for that hour, and nothing has begun."""
    wall = Wall(begins=begins)
    await wall.start()
    await wall.add("a.g")
    await wall.driver.submit(Activated("ann", bed_clear=True, at=hour(wall)))
    assert (wall.phase, wall.starts) == (Phase.IDLE, 0)
    return wall


async def in_the_night(now: str) -> Wall:
    wall = Wall(rules=NIGHT, begins=at(now))
    await wall.start()
    await wall.add("a.g")
    await wall.activate()
    assert (wall.phase, wall.starts) == (Phase.IDLE, 0)
    return wall


async def soon(wall: Wall) -> None:
    await asyncio.sleep(A_MINUTE + 1)
    await wall.quiet()


@in_virtual_time
async def test_the_hour_comes_and_nothing_is_stored_or_told_before() -> None:
    wall = await waiting_for(lambda wall: wall.now() + 30 * HOUR)
    before = list(wall.log)
    await asyncio.sleep(30 * HOUR - 1)
    await wall.quiet()
    assert wall.log == before, "to look at the clock is no change"
    await asyncio.sleep(1)
    await wall.quiet()
    assert wall.starts == 1


@in_virtual_time
async def test_the_network_tells_the_time_while_an_hour_is_waited_for() -> None:
    """From 1970 to today: the hour has passed."""
    wall = await waiting_for(lambda wall: wall.now() + 30 * DAY)
    wall.set_clock(BOOT + YEARS)
    await soon(wall)
    assert wall.starts == 1


@in_virtual_time
async def test_quiet_hours_are_over_when_the_clock_is_put_forward() -> None:
    wall = await in_the_night("2026-01-14 22:30")
    wall.set_clock(at("2026-01-15 09:00"))
    await soon(wall)
    assert wall.starts == 1


@in_virtual_time
async def test_quiet_hours_have_not_begun_when_the_clock_is_put_back() -> None:
    wall = await in_the_night("2026-01-14 22:30")
    wall.set_clock(at("2026-01-14 20:00"))
    await soon(wall)
    assert wall.starts == 1


@in_virtual_time
async def test_in_another_night_its_own_end_is_waited_for_and_told() -> None:
    wall = await in_the_night("2026-01-14 22:30")
    wall.set_clock(at("2026-01-13 23:00"))
    told = len(wall.published)
    await soon(wall)
    assert (wall.starts, len(wall.published)) == (0, told + 1)
    assert "waits for the end of the quiet hours" in told_wait(wall)
    wall.set_clock(at("2026-01-14 06:59:58"))
    await soon(wall)
    assert wall.starts == 1


def told_wait(wall: Wall) -> str:
    situation = wall.driver.situation
    return outlook(situation, choice_to_come(situation)).text


@in_virtual_time
async def test_put_back_before_the_hour_it_comes_by_the_new_clock() -> None:
    wall = await waiting_for(lambda wall: wall.now() + HOUR, begins=at("2026-01-14"))
    wall.set_clock(at("2026-01-13"))
    await asyncio.sleep(24 * HOUR)
    await wall.quiet()
    assert wall.starts == 0
    await asyncio.sleep(HOUR)
    await wall.quiet()
    assert wall.starts == 1


@in_virtual_time
async def test_stop_ends_the_looks_at_the_clock() -> None:
    wall = await waiting_for(lambda wall: wall.now() + HOUR)
    await wall.driver.stop()
    wall.set_clock(BOOT + YEARS)
    await soon(wall)
    assert wall.starts == 0


@pytest.fixture(params=[YEARS, -HOUR, -YEARS], ids=["forward", "back", "before 1970"])
def jump(request: pytest.FixtureRequest) -> float:
    return float(request.param)


def test_a_print_is_judged_by_no_wall_clock(jump: float) -> None:
    """It ends, is swept and followed by the next, whatever the time is said to be."""

    @in_virtual_time
    async def story() -> None:
        rules = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")
        wall = Wall(rules=rules, begins=at("2026-01-14"))
        await wall.start()
        await wall.add("a.g", "b.g")
        await wall.activate()
        wall.printer.begin()
        await wall.quiet()
        wall.set_clock(wall.now() + jump)
        wall.printer.end()
        await wall.quiet()
        assert wall.phase is Phase.CLEARING
        wall.set_clock(wall.now() - jump / 2)
        wall.printer.script_ends()
        await wall.quiet()
        assert (wall.phase, wall.log[-2]) == (Phase.STARTING, "start b.g")
        run = wall.store.runs[1]
        assert run.counted
        assert (run.print_duration, run.total_duration) == (0.0, 60.0)
        assert wall.driver.state.control.bed.state is BedState.CLEAR

    story()


def test_a_restart_is_judged_by_no_wall_clock(jump: float) -> None:
    """Moonraker comes back in another year: its print is adopted all the same."""

    @in_virtual_time
    async def story() -> None:
        wall = Wall(begins=at("2026-01-14"))
        await wall.start()
        await wall.add("a.g")
        await wall.activate()
        wall.printer.begin()
        await wall.quiet()
        await wall.driver.stop()
        wall.set_clock(wall.now() + jump)
        wall.driver = wall.new_driver()
        await wall.driver.start()
        wall.printer.clock += 60.0
        wall.printer.connect(replace(wall.printer.look, total_duration=60.0))
        await wall.quiet()
        assert wall.phase is Phase.PRINTING
        assert wall.starts == 1

    story()
