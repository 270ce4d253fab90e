"""Power lost between any two steps, then a fresh driver on the same store.

The world keeps its own truth: which parts lie on the bed, what prints, and what
was finished. The law: no start over a part, no copy printed twice on the queue's
own account, none lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from moonraker_cp.core.decisions import (
    Action,
    BedClearing,
    Decision,
    Rules,
    RunHook,
    SendScript,
    SendStart,
)
from moonraker_cp.core.edits import AddJobs, NewJob, NewSet
from moonraker_cp.core.errors import QueueError
from moonraker_cp.core.events import Activated, Edited
from moonraker_cp.core.model import Phase, State
from moonraker_cp.core.printer import PrintState
from moonraker_cp.driver import Driver

from .fakes import READY, FakePrinter, MemoryStore, in_virtual_time

MANUAL = Rules()
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")
FILES = ("a.g", "b.g", "c.g")


class PowerCut(BaseException):
    """Nothing of the host's memory is left after this."""


@dataclass
class Fuse:
    """Counts the steps between which the power may fail, and cuts it once."""

    cut_at: int
    steps: int = 0
    blown: bool = False

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.cut_at:
            self.blown = True
            raise PowerCut


@dataclass
class FusedStore(MemoryStore):
    fuse: Fuse = field(default_factory=lambda: Fuse(0))

    async def commit(self, decision: Decision) -> None:
        self.fuse.step()
        await super().commit(decision)
        self.fuse.step()


@dataclass
class World(FakePrinter):
    """A printer with a bed on which parts stay until they are taken off."""

    fuse: Fuse = field(default_factory=lambda: Fuse(0))
    part_on_bed: bool = False

    def perform(self, action: Action) -> None:
        self.fuse.step()
        super().perform(action)
        if isinstance(action, SendStart):
            assert not self.part_on_bed, f"{action.path} was started over a part"
            assert not self.look.has_print, "a start while something prints"
            self.part_on_bed = True
            self.begin()
        elif isinstance(action, (RunHook, SendScript)):
            self.part_on_bed = False
            self.script_ends()
        self.fuse.step()


class House:
    """A host that may lose its power, a printer that keeps its own, a person."""

    def __init__(self, rules: Rules, cut_at: int) -> None:
        self.rules = rules
        self.fuse = Fuse(cut_at)
        self.store = FusedStore(fuse=self.fuse)
        self.world = World(fuse=self.fuse)

    async def boot(self) -> None:
        """A fresh driver on what is stored; Klipper was on all the time."""
        asyncio.get_running_loop().set_exception_handler(_expect_power_cut)
        self.driver = Driver(
            self.store,
            self.world,
            self.rules,
            self._publish,
            clock=lambda: self.world.clock,
            now=lambda: 1e9 + self.world.clock,
        )
        self.world.post = self.driver.post
        await self.driver.start()
        self.world.connect(self.world.look)
        await self.settle()

    def _publish(self, before: State, decision: Decision) -> None:
        self.fuse.step()

    async def settle(self) -> None:
        """Until nothing moves; start again on a power cut."""
        for _ in range(60):
            await asyncio.sleep(0)
        if self.fuse.blown:
            self.fuse.blown = False
            await self.boot()

    async def request(self, event: Edited | Activated) -> bool:
        waiting = asyncio.ensure_future(self.driver.submit(event))
        await asyncio.wait((waiting,), timeout=5.0)
        assert waiting.done(), "a request that nobody answers"
        await self.settle()
        try:
            waiting.result()
        except (QueueError, asyncio.CancelledError):
            return False
        return True

    async def order(self) -> None:
        """As a client: ask again until it was acknowledged or is there."""
        jobs = tuple(NewJob((NewSet(path),)) for path in FILES)
        while not self.driver.state.jobs:
            await self.request(Edited(AddJobs(jobs, 0.0), "ann"))

    async def stands_still(self) -> None:
        """A person who does not look presses Start: nothing moves over a part."""
        for _ in range(3):
            await self.request(Activated("ann"))

    async def look_after(self) -> None:
        """A person who looks: takes the part off and presses Start."""
        self.world.part_on_bed = False
        await self.request(Activated("ann", bed_clear=True))

    async def finish_print(self) -> None:
        if self.world.look.has_print:
            self.world.end()
            await self.settle()

    @property
    def left(self) -> int:
        return sum(job.copies_left or 0 for job in self.driver.state.jobs)


def _expect_power_cut(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """The wheel that was cut off is found by nobody, and nobody shall look."""
    if not isinstance(told.get("exception"), PowerCut):
        loop.default_exception_handler(told)


async def live(house: House) -> None:
    """Order three files, print them all, whatever happens on the way."""
    await house.boot()
    await house.order()
    for _ in range(12):
        if house.left == 0 and house.driver.state.run is None:
            return
        if house.world.look.has_print:
            await house.finish_print()
        else:
            await house.stands_still()
            if not house.world.look.has_print:
                await house.look_after()
    raise AssertionError(f"never done: {house.driver.state}")


@pytest.mark.parametrize("rules", [MANUAL, GCODE], ids=["manual", "gcode"])
@pytest.mark.parametrize("cut_at", range(1, 60))
@in_virtual_time
async def test_power_lost_at_any_step(rules: Rules, cut_at: int) -> None:
    house = House(rules, cut_at)
    await live(house)
    assert house.world.printed == list(FILES)
    outcomes = [run for run in house.store.runs.values() if run.counted]
    assert [run.path for run in outcomes] == list(FILES)
    assert all(not run.is_open for run in house.store.runs.values())


@in_virtual_time
async def test_the_cuts_cover_the_whole_life() -> None:
    house = House(GCODE, cut_at=0)
    await live(house)
    assert 20 < house.fuse.steps < 60


@pytest.mark.parametrize("printed_meanwhile", [False, True])
@in_virtual_time
async def test_klipper_restarted_too(printed_meanwhile: bool) -> None:
    """Nothing proves how the print ended: not counted, and the bed is asked."""
    house = House(MANUAL, cut_at=0)
    await house.boot()
    await house.order()
    await house.request(Activated("ann", bed_clear=True))
    assert house.driver.state.control.phase is Phase.PRINTING
    if printed_meanwhile:
        house.world.look = replace(house.world.look, state=PrintState.COMPLETE)
    house.fuse.blown = True
    house.world.look = replace(READY, clock=house.world.clock)
    await house.driver.stop()
    await house.settle()
    await house.stands_still()
    assert house.world.actions[1:] == []
    assert house.left == len(FILES)
    await house.look_after()
    assert len(house.world.actions) == 2
