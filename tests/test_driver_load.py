"""The wheel with more to do than it can: who waits, who is refused, what goes first."""

from __future__ import annotations

import asyncio

import pytest

from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.errors import Conflict, QueueError, Unavailable
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    Deactivated,
    Edited,
    Event,
    FailureReported,
)
from moonraker_cp.core.model import Phase, State
from moonraker_cp.mailbox import MOST_WAITING

from .driving import Rig, printing
from .fakes import MemoryStore, in_virtual_time

COMMIT = 0.05
"""Seconds that a slow disk takes."""


class SlowDisk(MemoryStore):
    async def commit(self, decision: Decision) -> None:
        await asyncio.sleep(COMMIT)
        await super().commit(decision)


async def on_a_slow_disk(*paths: str) -> Rig:
    """The first of these prints."""
    rig = await printing(*paths)
    await rig.driver.stop()
    before = rig.store
    rig.store = SlowDisk(log=rig.log)
    rig.store.__dict__.update(before.__dict__)
    rig.driver = rig.new_driver()
    rig.printer.connect(rig.printer.look)
    await rig.driver.start()
    await asyncio.sleep(1.0)
    assert rig.phase is Phase.PRINTING
    return rig


def flood(rig: Rig, number: int) -> list[asyncio.Task[State]]:
    return [asyncio.create_task(rig.add(f"{n}.g")) for n in range(number)]


async def answers(tasks: list[asyncio.Task[State]]) -> list[QueueError | None]:
    """The errors among them."""
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, (State, QueueError)) for one in found), found
    return [one if isinstance(one, QueueError) else None for one in found]


@in_virtual_time
async def test_so_many_wait_and_the_others_are_told_at_once() -> None:
    rig = await on_a_slow_disk("a.g")
    sent = flood(rig, 3 * MOST_WAITING)
    await rig.quiet()
    refused = [task for task in sent if task.done()]
    assert len(refused) == 2 * MOST_WAITING
    errors = await answers(sent)
    assert errors[:MOST_WAITING] == [None] * MOST_WAITING
    assert all(isinstance(error, Unavailable) for error in errors[MOST_WAITING:])
    assert len(rig.store.jobs) == 1 + MOST_WAITING, "what was said is what was done"
    assert await answers(flood(rig, MOST_WAITING)) == [None] * MOST_WAITING


@in_virtual_time
async def test_what_the_printer_did_goes_before_the_requests_that_wait() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    sent = flood(rig, MOST_WAITING)
    await rig.quiet()
    rig.printer.end()
    await asyncio.sleep(3 * COMMIT)  # the turn at hand, and its own
    assert rig.driver.state.run is None
    assert rig.phase is Phase.BLOCKED, "the bed is asked about"
    waiting = [task for task in sent if not task.done()]
    assert len(waiting) > MOST_WAITING - 5
    await answers(sent)


@in_virtual_time
async def test_a_stop_overtakes_what_waits_and_is_the_last_word() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    sent = flood(rig, MOST_WAITING // 2)
    await rig.quiet()
    start = asyncio.create_task(rig.driver.submit(Activated("mad", bed_clear=True)))
    sent += flood(rig, MOST_WAITING)  # the mailbox is full
    await rig.quiet()
    stopped = await asyncio.wait_for(
        rig.driver.submit(Deactivated("ann")), timeout=3 * COMMIT
    )
    assert not stopped.control.active
    with pytest.raises(Unavailable, match="Stop was pressed"):
        await start
    errors = await answers(sent)
    assert errors.count(None) == MOST_WAITING, "edits wait for their turn still"
    assert not rig.driver.state.control.active


@in_virtual_time
async def test_a_start_after_the_stop_is_a_new_word() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    sent = flood(rig, 10)
    await rig.quiet()
    words: list[Event] = [Deactivated("ann"), Activated("ann")]
    said = [asyncio.create_task(rig.driver.submit(event)) for event in words]
    assert await answers(said) == [None, None]
    await answers(sent)
    assert rig.driver.state.control.active


@in_virtual_time
async def test_a_report_of_a_failure_does_not_wait_behind_edits() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    sent = flood(rig, 2 * MOST_WAITING)
    await rig.quiet()
    report = FailureReported("It is spaghetti.", "camera")
    state = await asyncio.wait_for(rig.driver.submit(report), timeout=3 * COMMIT)
    assert state.run is not None
    assert state.run.trouble == "It is spaghetti."
    await answers(sent)


@in_virtual_time
async def test_many_stops_do_not_fill_the_mailbox_without_bound() -> None:
    rig = await on_a_slow_disk("a.g")
    stops = [
        asyncio.create_task(rig.driver.submit(Deactivated(f"{n}")))
        for n in range(3 * MOST_WAITING)
    ]
    errors = await answers(stops)
    assert errors.count(None) == MOST_WAITING
    assert not rig.driver.state.control.active


@in_virtual_time
async def test_turns_that_store_nothing_let_others_run_between_them() -> None:
    """The mailbox full of requests that are refused: nobody waits for all of them."""
    rig = await Rig().start()
    bad = Edited(RemoveJobs(frozenset((99,))), "mad")
    sent = [asyncio.create_task(rig.driver.submit(bad)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert 0 < sum(task.done() for task in sent) < MOST_WAITING // 2
    assert None not in await answers(sent)


@in_virtual_time
async def test_reports_hold_up_no_stop_and_nothing_of_the_printer() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    report = FailureReported("It is spaghetti.", "camera")
    sent = []
    for _ in range(2):  # one of the first lot is at work by then
        many = [rig.driver.submit(report) for _ in range(MOST_WAITING)]
        sent += [asyncio.create_task(one) for one in many]
        await rig.quiet()
    rig.printer.end()
    stop = rig.driver.submit(Deactivated("ann"))
    stopped = await asyncio.wait_for(stop, timeout=4 * COMMIT)
    assert stopped.run is None, "what the printer did went before it"
    assert not stopped.control.active
    await answers(sent)


@in_virtual_time
async def test_the_word_that_the_bed_is_not_clear_outlives_a_stop() -> None:
    rig = await on_a_slow_disk("a.g", "b.g")
    sent = flood(rig, 10)
    await rig.quiet()
    words: list[Event] = [
        BedSaid(clear=False, user="ann"),
        BedSaid(clear=True, user="mad"),
        Deactivated("ann"),
    ]
    said = [asyncio.create_task(rig.driver.submit(event)) for event in words]
    occupied, clear, stopped = await answers(said)
    assert isinstance(clear, Unavailable)
    assert isinstance(occupied, Conflict), "heard, and refused while a print runs"
    assert stopped is None
    await answers(sent)
