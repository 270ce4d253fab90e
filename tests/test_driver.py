"""The wheel: order, write first, every answer, no lost event, virtual time."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.errors import NotFound, Unavailable
from moonraker_cp.core.events import BedSaid, Edited, PrinterCalmed
from moonraker_cp.core.model import Outcome, Phase

from .driving import Rig, printing
from .fakes import in_virtual_time

DISK = sqlite3.OperationalError("database or disk is full")


# -- order --------------------------------------------------------------------


@in_virtual_time
async def test_commit_then_act_then_publish() -> None:
    rig = await Rig().start()
    await rig.add("a.g")
    rig.log.clear()
    await rig.activate()
    new = rig.driver.state.control.revision
    assert rig.log == [f"commit {new}", "start a.g", f"publish {new}"]


@in_virtual_time
async def test_revisions_are_published_in_order_without_a_gap() -> None:
    rig = await printing("a.g", "b.g")
    rig.printer.end()
    await rig.quiet()
    await rig.driver.submit(BedSaid(True, "ann"))
    revisions = [state.control.revision for state in rig.published]
    assert revisions == list(range(1, len(revisions) + 1))
    assert len(revisions) > 5
    assert rig.published[-1] == rig.driver.state
    assert await rig.store.open(0.0) == rig.driver.state


@in_virtual_time
async def test_events_are_handled_in_the_order_of_their_arrival() -> None:
    rig = await Rig().start()
    adding = [asyncio.create_task(rig.add(f"{n}.g")) for n in range(20)]
    await asyncio.gather(*adding)
    paths = [job.sets[0].path for job in rig.driver.state.jobs]
    assert paths == [f"{n}.g" for n in range(20)]
    revisions = [task.result().control.revision for task in adding]
    assert revisions == list(range(revisions[0], revisions[0] + 20))


@in_virtual_time
async def test_an_answer_is_the_state_of_its_own_turn() -> None:
    rig = await Rig().start()
    first, second = await asyncio.gather(rig.add("a.g"), rig.add("b.g"))
    assert (len(first.jobs), len(second.jobs)) == (1, 2)


@in_virtual_time
async def test_what_came_before_the_start_is_handled_after_the_doubt() -> None:
    """A printer seen while the store was being read is not doubted afterwards."""
    rig = await printing("a.g")
    await rig.driver.stop()
    rig.driver = rig.new_driver()
    rig.printer.connect(rig.printer.look)
    await rig.driver.start()
    await rig.quiet()
    assert rig.phase is Phase.PRINTING


@in_virtual_time
async def test_an_event_that_changes_nothing_is_neither_stored_nor_published() -> None:
    rig = await Rig().start()
    rig.log.clear()
    rig.driver.post(PrinterCalmed(rig.printer.look))
    await rig.quiet()
    assert rig.log == []


# -- requests that are refused --------------------------------------------------


@in_virtual_time
async def test_a_refused_request_changes_nothing() -> None:
    rig = await printing("a.g")
    before = rig.driver.state
    rig.log.clear()
    with pytest.raises(NotFound):
        await rig.driver.submit(Edited(RemoveJobs(frozenset((1, 99))), "ann"))
    assert rig.driver.state is before
    assert rig.log == []


@in_virtual_time
async def test_a_request_that_cannot_be_stored_is_not_done() -> None:
    rig = await Rig().start()
    await rig.add("a.g")
    before = rig.driver.state
    rig.log.clear()
    rig.store.failure = DISK
    with pytest.raises(Unavailable, match=r"Nothing was changed.*disk is full"):
        await rig.activate()
    assert rig.driver.state is before
    assert rig.printer.actions == []
    assert rig.log == [f"failed {before.control.revision + 1}"]
    rig.store.failure = None
    await rig.activate()
    assert rig.phase is Phase.STARTING


@in_virtual_time
async def test_requests_before_the_start_and_after_the_stop() -> None:
    rig = Rig()
    with pytest.raises(Unavailable):
        await rig.activate()
    await rig.start()
    await rig.driver.stop()
    with pytest.raises(Unavailable):
        await rig.activate()


@in_virtual_time
async def test_a_store_that_cannot_be_read_is_told_at_the_start() -> None:
    rig = Rig()
    rig.store.failure = sqlite3.DatabaseError("file is not a database")
    with pytest.raises(sqlite3.DatabaseError):
        await rig.driver.start()
    with pytest.raises(Unavailable):
        await rig.activate()
    await rig.driver.stop()


@in_virtual_time
async def test_a_sender_who_went_away_is_no_trouble() -> None:
    rig = await Rig().start()
    gone = asyncio.create_task(rig.add("a.g"))
    await asyncio.sleep(0)
    gone.cancel()
    await rig.quiet()
    assert len((await rig.add("b.g")).jobs) == 2


# -- what the printer did is kept -----------------------------------------------


@in_virtual_time
async def test_a_printers_event_is_stored_when_the_disk_has_room_again() -> None:
    rig = await printing("a.g", "b.g")
    rig.store.failure = DISK
    rig.log.clear()
    rig.printer.end()
    await asyncio.sleep(10.0)
    due = rig.driver.state.control.revision + 1
    assert len(rig.log) >= 10
    assert set(rig.log) == {f"failed {due}"}, "nothing is acted on or published"
    rig.store.failure = None
    await asyncio.sleep(2.0)
    assert rig.log[-2:] == [f"commit {due}", f"publish {due}"]
    assert rig.store.jobs[1].copies_left == 0
    assert rig.store.runs[1].outcome is Outcome.SUCCESS


@in_virtual_time
async def test_requests_are_answered_while_an_event_waits_for_the_disk() -> None:
    rig = await printing("a.g")
    rig.store.failure = DISK
    rig.printer.end()
    await rig.quiet()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(rig.add("b.g"), timeout=5.0)
    rig.store.failure = None
    await asyncio.sleep(2.0)
    assert rig.driver.state.jobs[0].is_done
    assert len((await rig.add("b.g")).jobs) == 2


@in_virtual_time
async def test_what_no_second_try_can_store_is_a_bug_and_blocks() -> None:
    rig = await printing("a.g")
    rig.store.failure = sqlite3.IntegrityError("UNIQUE constraint failed")
    rig.printer.end()
    await rig.quiet()
    rig.store.failure = None
    assert len((await rig.add("b.g")).jobs) == 2


@in_virtual_time
async def test_clients_hear_that_klipper_is_back_or_printed_by_others() -> None:
    """Nothing stored changes by it, yet what the queue waits for does."""
    rig = await Rig().start()

    def waits_for() -> str:
        """As of the newest notification."""
        return rig.shown[-1].outlook.text

    rig.printer.lose()
    await rig.quiet()
    rig.printer.connect()
    await rig.quiet()
    assert waits_for() == "The queue is stopped."
    assert rig.shown[-1].outlook.advice == "Press Start."
    for path in ("x.gcode", "y.gcode"):
        rig.printer.print_begins(path)
        await rig.quiet()
        assert waits_for() == f"The queue is stopped, and {path} is printed without it."
        rig.printer.end()
        await rig.quiet()
        assert waits_for() == "The queue is stopped."
