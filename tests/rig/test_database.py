"""Moonraker's database is locked, damaged, full of nonsense, or an older one again.

Plain printing goes on, what to do is said, and nothing that is stored is changed.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.client import Notification
from moonraker_cp.demo.stack import Stack

from .endings import PART, balance
from .queue import GCODE, HELD, PREFIX, SHORT, Queue, reason
from .test_component import failed_components

ACTIVE = f"{PREFIX}/active"
PAGE = 4096


def database(stack: Stack) -> Path:
    return stack.data.root / "database" / "moonraker-sql.db"


@contextmanager
def opened(stack: Stack) -> Iterator[sqlite3.Connection]:
    """As another program has it."""
    conn = sqlite3.connect(database(stack), isolation_level=None)
    try:
        yield conn
    finally:
        conn.close()


async def logged(queue: Queue, words: str) -> None:
    """Nobody is told of it but Moonraker's log."""
    deadline = asyncio.get_running_loop().time() + 60
    while words not in queue.stack.moonraker_log():
        assert asyncio.get_running_loop().time() < deadline, "it is not in the log"
        await asyncio.sleep(0.05)


async def test_another_program_locks_it_while_a_print_ends(stack_factory: Any) -> None:
    """The end is kept until it can be stored; it is counted once, and it goes on."""
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add(PART, HELD, count=2)
    await queue.start()
    await queue.printing(PART)
    await queue.client.subscribe(print_stats=None)
    with opened(queue.stack) as other:
        other.execute("BEGIN EXCLUSIVE")
        await _locked(queue)
        await queue.release()
        await queue.client.wait_status(_is_complete)
        await _locked(queue)  # the end overtakes a request, so it has been tried, too
        assert (await queue.state())["phase"] == "printing", "as it is stored"
        assert len(queue.stack.prints()) == 1, "nothing is done before it is stored"
        other.execute("ROLLBACK")
    await queue.phase("idle")
    assert await balance(queue, 2) == 0
    assert "is stored again" in queue.stack.moonraker_log()


def _is_complete(status: Mapping[str, Any]) -> bool:
    return bool(status["print_stats"]["state"] == "complete")


async def _locked(queue: Queue) -> None:
    refused = await queue.client.post(ACTIVE, json={"active": False})
    assert refused.status == 503, refused.body
    assert "database is locked" in str(refused.body)


# -- tables that cannot be used --------------------------------------------------------


def _damage(stack: Stack) -> None:
    """A page is lost. The table's root, so that no luck is needed to find it."""
    with opened(stack) as conn:
        query = "SELECT rootpage FROM sqlite_master WHERE name='continuousprint_jobs'"
        (page,) = conn.execute(query).fetchone()
    with database(stack).open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)


def _write(*statements: str) -> Any:
    def write(stack: Stack) -> None:
        with opened(stack) as conn:
            for statement in statements:
                conn.execute(statement)

    return write


BAD = [
    pytest.param(_damage, "malformed", id="damaged"),
    pytest.param(
        _write("DROP TABLE continuousprint_sets"), "no such table", id="missing"
    ),
    pytest.param(
        _write("UPDATE continuousprint_control SET phase = 'dancing'"),
        "dancing",
        id="phase",
    ),
    pytest.param(
        _write("UPDATE continuousprint_control SET reason = '{'"),
        "the control row cannot be read",
        id="json",
    ),
    pytest.param(
        _write(
            "DROP INDEX continuousprint_runs_one_open",
            "UPDATE continuousprint_runs SET outcome = NULL",
        ),
        "2 runs are open at once",
        id="runs",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "words"), BAD)
async def test_tables_that_cannot_be_used_are_said_and_left_alone(
    stack_factory: Any, spoil: Any, words: str
) -> None:
    """A backup of the file brings all of it back."""
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await queue.add(PART, SHORT, count=2)
    await queue.start()
    await queue.phase("idle")
    await queue.add("next.gcode", draft=True)
    stack, before = queue.stack, await queue.state()
    await stack.stop_moonraker()
    good = stack.data.root / "good.db"
    shutil.copy(database(stack), good)
    spoil(stack)
    await stack.start_moonraker()
    await prints_plainly(stack)
    assert await failed_components(stack) == ["continuousprint"]
    await says_what_to_do(queue, words)

    await stack.stop_moonraker()
    shutil.copy(good, database(stack))
    await stack.start_moonraker()
    after = await queue.reach(lambda s: s["bed"]["state"] == "occupied")
    assert after["jobs"] == before["jobs"]
    assert await queue.outcomes() == [(PART, "success")] * 2
    # What was printed without the queue is on the bed, and nobody has said otherwise.
    assert after["phase"] == "blocked"
    await queue.start()
    await queue.add("one_more.gcode")
    await queue.phase("blocked")
    assert len(stack.prints()) == 3


async def prints_plainly(stack: Stack) -> None:
    (stack.data.gcodes / "plain.gcode").write_text(SHORT, "utf-8")
    so_far = stack.done_printing()
    await stack.client.rpc("printer.print.start", filename="plain.gcode")
    done = await stack.wait_done_printing(len(so_far) + 1)
    assert done == [*so_far, "plain.gcode"]


async def says_what_to_do(queue: Queue, words: str) -> None:
    """Over the API, in Moonraker's warnings and in its log."""
    state = await queue.state()
    assert (state["phase"], reason(state)) == ("blocked", "tables_unusable")
    assert words in state["reason"]["text"]
    assert "restore a backup" in state["reason"]["advice"]
    assert state["question"] is None, "no answer would help"
    info = await queue.client.rpc("server.info")
    told = [one for one in info["warnings"] if "continuousprint" in one]
    assert any(words in one and "restore a backup" in one for one in told), told
    for call, body in (
        ("active", {"active": True}),
        ("bed", {"state": "clear"}),
        ("jobs", {"path": "plain.gcode"}),
    ):
        reply = await queue.client.post(f"{PREFIX}/{call}", json=body)
        assert reply.status == 503, reply.body
        assert words in str(reply.body)
        assert "restore a backup" in str(reply.body)
    assert words in queue.stack.moonraker_log()


@pytest.mark.slow
async def test_its_table_goes_while_it_runs(stack_factory: Any) -> None:
    """Requests are refused with the words; nothing is started that is not stored."""
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add(PART, HELD, count=2)
    await queue.start()
    await queue.printing(PART)
    _write("ALTER TABLE continuousprint_runs RENAME TO elsewhere")(queue.stack)
    await queue.release()
    await queue.stack.wait_done_printing(1)
    await logged(queue, "could not be stored: no such table")
    refused = await queue.client.post(ACTIVE, json={"active": False})
    assert refused.status == 503, refused.body
    assert "no such table" in str(refused.body)
    assert len(queue.stack.prints()) == 1
    _write("ALTER TABLE elsewhere RENAME TO continuousprint_runs")(queue.stack)
    await queue.phase("idle")
    assert await balance(queue, 2) == 0


# -- an older one ----------------------------------------------------------------------


async def older(stack_factory: Any) -> tuple[Queue, Path]:
    """A backup of two copies to print and a clear bed; since then both are printed."""
    queue = Queue(await stack_factory(section="bed_clearing: manual\n"))
    await queue.add(PART, SHORT, count=2)
    await queue.bed_clear()
    await queue.client.rpc("server.database.post_backup", filename="older.db")
    backup = queue.stack.data.root / "backup" / "database" / "older.db"
    await queue.start()
    await queue.phase("blocked")
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == [PART] * 2
    # Moonraker restores nothing while its own history is at work.
    queue.stack.client.cursor = 0
    for _ in range(2):
        await queue.stack.client.wait(_is_finished)
    return queue, backup


def _is_finished(note: Notification) -> bool:
    if note.method != "notify_history_changed":
        return False
    return bool(note.params[0]["action"] == "finished")


async def starts_with_what_is_known(queue: Queue) -> None:
    """The jobs are as they were; the part on the bed is Klipper's word, not the old
    database's."""
    state = await queue.state()
    assert [job["copies_left"] for job in state["jobs"]] == [2]
    assert (state["active"], state["bed"]["state"]) == (False, "occupied")
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("printing", "blocked")
    await queue.reach(lambda s: s["phase"] == "blocked" and s["run"] is None)
    assert queue.stack.done_printing() == [PART] * 3


@pytest.mark.slow
async def test_an_older_one_is_restored_while_it_runs(stack_factory: Any) -> None:
    queue, _ = await older(stack_factory)
    await queue.client.rpc("server.database.restore", filename="older.db")
    # Moonraker restarts itself after that, which ends its process here.
    await queue.stack.stop_moonraker()
    await queue.stack.start_moonraker()
    await starts_with_what_is_known(queue)


@pytest.mark.slow
async def test_an_older_one_is_put_in_its_place_while_it_is_stopped(
    stack_factory: Any,
) -> None:
    queue, backup = await older(stack_factory)
    await queue.stack.stop_moonraker()
    shutil.copy(backup, database(queue.stack))
    await queue.stack.start_moonraker()
    await starts_with_what_is_known(queue)


# -- an older one of a queue that was active -------------------------------------------


def keep(stack: Stack) -> Path:
    """As programs do that do not ask Moonraker, which refuses while it prints."""
    kept = stack.data.root / "kept.db"
    with opened(stack) as conn, closing(sqlite3.connect(kept)) as copy:
        conn.backup(copy)
    return kept


async def put_back(stack: Stack, kept: Path) -> None:
    await stack.stop_moonraker()
    shutil.copy(kept, database(stack))
    await stack.start_moonraker()


@pytest.mark.slow
async def test_an_older_one_whose_run_was_open(stack_factory: Any) -> None:
    """It has ended since, and so has another copy. Klipper knows the newest alone."""
    queue = Queue(await stack_factory(section="bed_clearing: manual\n"))
    await queue.add(PART, HELD, count=4)
    await queue.start()
    await queue.printing(PART)
    kept = keep(queue.stack)
    await queue.release()
    await queue.phase("blocked")
    await queue.bed_clear()
    await queue.reach(lambda s: s["run"] is None and s["jobs"][0]["copies_left"] == 2)
    assert queue.stack.done_printing() == [PART] * 2
    await put_back(queue.stack, kept)
    state = await queue.reach(lambda s: s["phase"] == "blocked" and s["run"] is None)
    assert (state["active"], state["bed"]["state"]) == (True, "occupied")
    assert (reason(state), state["reason"]["needs_start"]) == (
        "finished_while_away",
        True,
    )
    assert await queue.outcomes() == [(PART, "success")], "the open one, once"
    assert await queue.copies_left() == 3
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.reach(lambda s: s["run"] is None and s["jobs"][0]["copies_left"] == 2)
    assert queue.stack.done_printing() == [PART] * 3
    assert await queue.outcomes() == [(PART, "success")] * 2


@pytest.mark.slow
async def test_an_older_one_that_was_about_to_start(stack_factory: Any) -> None:
    """The hour that it waited for has passed, and its bed was clear."""
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await queue.add(PART, SHORT, count=2)
    await queue.start(at=time.time() + 8.0)
    kept = keep(queue.stack)
    await queue.reach(lambda s: s["jobs"][0]["copies_left"] == 0)
    assert (await queue.phase("idle"))["bed"]["state"] == "clear"
    await put_back(queue.stack, kept)
    state = await queue.reach(lambda s: s["bed"]["state"] == "occupied")
    assert (state["phase"], state["active"]) == ("blocked", True)
    assert reason(state) == "restarted"
    assert (await queue.runs(), await queue.copies_left()) == ([], 2)
    await queue.nothing_starts()
    assert queue.stack.done_printing() == [PART] * 2
    await queue.bed_clear()
    await queue.reach(lambda s: s["jobs"][0]["copies_left"] == 0)
    assert await queue.outcomes() == [(PART, "success")] * 2
