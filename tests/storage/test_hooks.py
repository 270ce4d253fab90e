"""Scripts of hooks on the real database thread: whole or not at all."""

from __future__ import annotations

import sqlite3

import pytest

from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.storage.hooks import HookStore

from .thread import DatabaseThread

SWEEP = Script("sweep", "G28\nG1 Y{printer.toolhead.axis_maximum.y}", "file.size > 1")
PARK = Script("Größe 'q' \"Q\"", "G1 X0")


@pytest.fixture
async def hooks(database: DatabaseThread) -> HookStore:
    await database.store().open(0.0)
    made = HookStore(database)
    assert await made.open() == {}
    return made


async def again(database: DatabaseThread) -> HookStore:
    """As after a restart."""
    made = HookStore(database)
    await made.open()
    return made


async def test_scripts_are_kept_in_order(
    database: DatabaseThread, hooks: HookStore
) -> None:
    await hooks.put(Hook.CLEAR_BED, (SWEEP, PARK))
    await hooks.put(Hook.FINISH, (PARK,))
    wanted = {Hook.CLEAR_BED: (SWEEP, PARK), Hook.FINISH: (PARK,)}
    assert hooks.hooks == wanted
    assert (await again(database)).hooks == wanted


async def test_a_list_replaces_the_one_before(
    database: DatabaseThread, hooks: HookStore
) -> None:
    await hooks.put(Hook.FINISH, (PARK,))
    await hooks.put(Hook.CLEAR_BED, (SWEEP, PARK))
    await hooks.put(Hook.CLEAR_BED, (PARK, SWEEP))
    assert hooks.hooks[Hook.CLEAR_BED] == (PARK, SWEEP)
    await hooks.put(Hook.CLEAR_BED, ())
    assert hooks.hooks == {Hook.FINISH: (PARK,)}
    assert (await again(database)).hooks == hooks.hooks


async def test_what_fails_in_the_middle_leaves_the_old_list(
    database: DatabaseThread, hooks: HookStore
) -> None:
    await hooks.put(Hook.CLEAR_BED, (SWEEP,))
    with pytest.raises(Unavailable, match=r"The scripts were not saved: UNIQUE"):
        await hooks.put(Hook.CLEAR_BED, (PARK, PARK))
    assert hooks.hooks == {Hook.CLEAR_BED: (SWEEP,)}
    assert (await again(database)).hooks == hooks.hooks
    assert not database.now(lambda conn: conn.in_transaction)


async def test_a_table_that_cannot_be_read_is_told(database: DatabaseThread) -> None:
    with pytest.raises(sqlite3.Error, match="no such table"):
        await HookStore(database).open()
