"""The wheel with our own bugs in it, and the stop."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import Any, Callable

import pytest

from moonraker_cp.core.decisions import (
    Action,
    BedClearing,
    CancelPrint,
    Decision,
    Rules,
)
from moonraker_cp.core.errors import QueueError, Unavailable
from moonraker_cp.core.events import (
    Activated,
    Deactivated,
    Edited,
    Event,
    FailureReported,
    Loss,
)
from moonraker_cp.core.failures import FailureRules
from moonraker_cp.core.model import BedState, Phase
from moonraker_cp.core.printer import PrintState

from .driving import Rig, printing
from .fakes import FakePrinter, MemoryStore, in_virtual_time

SWEEPS = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="EJECT")


class Meddled(MemoryStore):
    """Something happens while a commit is under way."""

    meddle: Callable[[Decision], None] = staticmethod(lambda _: None)

    async def commit(self, decision: Decision) -> None:
        await super().commit(decision)
        self.meddle(decision)


async def queued(*paths: str, rules: Rules | None = None) -> tuple[Rig, Meddled]:
    """Waits for a Start."""
    rig = Rig(rules=rules or Rules())
    rig.store = store = Meddled(log=rig.log)
    rig.driver = rig.new_driver()
    await rig.start()
    await rig.add(*paths)
    return rig, store


async def printed(rig: Rig) -> None:
    """The first one, from its Start to its end."""
    await rig.activate()
    rig.printer.begin()
    rig.printer.end()
    await rig.quiet()


# -- the printer is lost while a turn is at work ---------------------------------------


def comes_back(rig: Rig) -> None:
    """Stopped by a fault and restarted by a person, within a second."""
    rig.printer.lose(Loss.SHUTDOWN, "Heater fault")
    rig.printer.connect()


@in_virtual_time
async def test_a_loss_that_waits_is_judged_before_anything_starts() -> None:
    rig, _ = await queued("a.g", "b.g", rules=SWEEPS)
    await printed(rig)
    rig.store.failure = sqlite3.OperationalError("disk full")
    rig.printer.script_ends()  # the bed is clear, but that cannot be stored
    await rig.quiet()
    comes_back(rig)
    rig.store.failure = None
    await asyncio.sleep(2.0)
    assert rig.phase is Phase.BLOCKED, "only a person starts after that"
    assert rig.driver.state.control.bed.state is BedState.OCCUPIED, "swept by the dead?"
    assert "start b.g" not in rig.log


@in_virtual_time
async def test_a_start_is_not_sent_to_what_came_back_while_it_was_stored() -> None:
    rig, store = await queued("a.g")

    def meddle(decision: Decision) -> None:
        store.meddle = lambda _: None
        comes_back(rig)

    store.meddle = meddle
    await rig.activate()
    await rig.quiet()
    assert "start a.g" not in rig.log
    assert [job.copies_left for job in rig.driver.state.jobs] == [1]


@in_virtual_time
async def test_a_sweep_is_not_sent_to_what_came_back_while_it_was_stored() -> None:
    rig, store = await queued("a.g", "b.g", rules=SWEEPS)

    def meddle(decision: Decision) -> None:
        if decision.state.control.phase is Phase.CLEARING:
            comes_back(rig)

    store.meddle = meddle
    await printed(rig)
    assert "send RunHook" not in rig.log, "it is not homed"
    assert rig.phase is Phase.BLOCKED


@in_virtual_time
async def test_a_cancel_of_our_print_is_not_sent_to_somebody_elses() -> None:
    rules = Rules(failures=FailureRules(cancel_on_report=True))
    rig, store = await queued("a.g", "b.g", rules=rules)

    def meddle(decision: Decision) -> None:
        if any(isinstance(one, CancelPrint) for one in decision.actions):
            rig.printer.look = replace(rig.printer.look, filename="theirs.g")

    store.meddle = meddle
    await rig.activate()
    rig.printer.begin()
    await rig.quiet()
    await rig.driver.submit(FailureReported("It is spaghetti.", "camera"))
    await rig.quiet()
    assert not [one for one in rig.log if "CancelPrint" in one]


# -- our own bugs ----------------------------------------------------------------


class Faulty(Rules):
    """Rules that a decision cannot read: a bug of our own, made to order."""

    def __getattribute__(self, name: str) -> Any:
        if name == "bed_clearing":
            raise RuntimeError("made to order")
        return super().__getattribute__(name)


@in_virtual_time
async def test_a_bug_blocks_the_queue_and_says_so() -> None:
    rig = Rig(rules=Faulty())
    await rig.start()
    await rig.add("a.g", "b.g")
    await rig.activate()
    rig.printer.begin()
    rig.printer.end()  # what comes next is for the rules to say
    await rig.quiet()
    assert rig.phase is Phase.BLOCKED
    assert "made to order" in rig.why
    assert rig.driver.state.run is not None, "the run is judged by the next look"
    assert len((await rig.add("c.g")).jobs) == 3, "the wheel still turns"
    assert not (await rig.driver.submit(Deactivated("ann"))).control.active


@in_virtual_time
async def test_a_bug_in_a_request_is_answered() -> None:
    rig = await Rig().start()
    bad: Any = "no edit"
    with pytest.raises(QueueError, match="error of its own") as caught:
        await rig.driver.submit(Edited(bad, "ann"))
    assert caught.value.status == 500
    assert "AttributeError" not in str(caught.value), "our insides are for the log"
    await rig.quiet()
    assert rig.phase is Phase.BLOCKED


@in_virtual_time
async def test_a_printer_that_cannot_act_blocks_the_queue() -> None:
    class Broken(FakePrinter):
        def perform(self, action: Action) -> None:
            raise RuntimeError("no hands")

    rig = Rig()
    rig.printer = Broken(log=rig.log)
    rig.driver = rig.new_driver()
    await rig.start()
    await rig.add("a.g")
    answered = await rig.activate()
    assert answered.control.phase is Phase.STARTING, "that much was stored"
    await rig.quiet()
    assert rig.phase is Phase.BLOCKED
    assert "no hands" in rig.why
    assert f"publish {answered.control.revision}" in rig.log


@in_virtual_time
async def test_a_publisher_that_fails_stops_nothing_for_ever() -> None:
    rig = await Rig().start()
    rig.publishing_fails = True
    assert len((await rig.add("a.g")).jobs) == 1
    await rig.quiet()
    rig.publishing_fails = False
    assert len((await rig.add("b.g")).jobs) == 2
    assert rig.phase is Phase.BLOCKED
    assert "nobody listens" in rig.why


# -- the stop --------------------------------------------------------------------


class Slow(MemoryStore):
    """A store that takes its time, or for ever."""

    seconds = 0.0

    async def commit(self, decision: Decision) -> None:
        await asyncio.sleep(self.seconds)
        await super().commit(decision)


async def slow(seconds: float) -> Rig:
    rig = Rig()
    store = Slow(log=rig.log)
    rig.store = store
    rig.driver = rig.new_driver()
    await rig.start()
    store.seconds = seconds
    return rig


@in_virtual_time
async def test_a_stop_finishes_the_turn_at_hand_and_answers_the_others() -> None:
    rig = await slow(1.0)
    first = asyncio.create_task(rig.add("a.g"))
    second = asyncio.create_task(rig.add("b.g"))
    await rig.quiet()
    await rig.driver.stop()
    assert len((await first).jobs) == 1
    with pytest.raises(Unavailable):
        await second
    assert [job.sets[0].path for job in rig.store.jobs.values()] == ["a.g"]


@in_virtual_time
async def test_a_stop_does_not_wait_for_ever_and_leaves_nobody_waiting() -> None:
    rig = await slow(1e6)
    first = asyncio.create_task(rig.add("a.g"))
    await rig.quiet()
    await asyncio.wait_for(rig.driver.stop(), timeout=10.0)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(first, timeout=1.0)


@in_virtual_time
async def test_what_happens_after_the_stop_is_not_handled() -> None:
    rig = await printing("a.g")
    await rig.driver.stop()
    before = await rig.store.open(0.0)
    rig.printer.lose()
    await rig.quiet()
    assert await rig.store.open(0.0) == before
    assert before.control.phase is Phase.PRINTING


@in_virtual_time
async def test_a_stop_twice_and_a_stop_before_the_start() -> None:
    rig = Rig()
    await rig.driver.stop()
    await rig.start()
    await rig.driver.stop()
    await rig.driver.stop()


@in_virtual_time
async def test_a_new_driver_goes_on_where_the_old_one_stopped() -> None:
    rig = await printing("a.g")
    await rig.driver.stop()
    rig.driver = rig.new_driver()
    await rig.driver.start()
    await rig.quiet()
    assert rig.why.startswith("Moonraker went away"), "in doubt until it is seen"
    rig.printer.connect(rig.printer.look)
    await rig.quiet()
    assert rig.phase is Phase.PRINTING
    events: list[Event] = [Deactivated("ann"), Activated("ann")]
    for event in events:
        await rig.driver.submit(event)
    rig.printer.end()
    await rig.quiet()
    assert rig.store.runs[1].counted
    assert rig.driver.state.control.bed.state is BedState.OCCUPIED


# -- the world moves while the disk is slow --------------------------------------


def somebody_prints(rig: Rig, path: str = "theirs.g") -> None:
    """A stranger's print has come and gone; its events are not read yet."""
    rig.printer.look = replace(
        rig.printer.look,
        state=PrintState.COMPLETE,
        filename=path,
        total_duration=77.0,
    )


@in_virtual_time
async def test_a_try_after_a_full_disk_decides_anew() -> None:
    rig, _ = await queued("a.g", "b.g", rules=SWEEPS)
    await printed(rig)
    assert "send RunHook" in rig.log
    rig.store.failure = sqlite3.OperationalError("disk full")
    rig.printer.script_ends()  # "start b" can not be stored
    await rig.quiet()
    somebody_prints(rig)
    rig.store.failure = None
    await asyncio.sleep(2.0)
    assert "start b.g" not in rig.log, "theirs lies on the bed"
    assert rig.driver.state.control.bed.state is BedState.OCCUPIED
    assert rig.phase is Phase.BLOCKED


@in_virtual_time
async def test_a_start_that_took_long_to_store_is_not_sent() -> None:
    rig, store = await queued("a.g")

    def meddle(decision: Decision) -> None:
        if decision.state.run is not None:
            somebody_prints(rig)

    store.meddle = meddle
    await rig.activate()
    await rig.quiet()
    assert "start a.g" not in rig.log
    assert rig.phase is Phase.BLOCKED
    assert "Another print was made meanwhile" in rig.why
    assert rig.store.runs == {}, "it never was a print"
    assert [job.copies_left for job in rig.driver.state.jobs] == [1]


@in_virtual_time
async def test_a_script_is_not_sent_into_somebody_elses_print() -> None:
    rig, store = await queued("a.g", "b.g", rules=SWEEPS)

    def meddle(decision: Decision) -> None:
        if decision.state.control.phase is Phase.CLEARING:
            somebody_prints(rig)
            rig.printer.look = replace(
                rig.printer.look, state=PrintState.PRINTING, reading=True
            )

    store.meddle = meddle
    await printed(rig)
    assert "send RunHook" not in rig.log
    assert rig.phase is Phase.BLOCKED
    assert "theirs.g is on the printer" in rig.why
