"""A failure of ours never breaks plain printing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.stack import Stack

from .queue import PREFIX, SHORT

BROKEN = '''
"""Breaks the component's constructor, as a bug of ours would."""
import importlib.abc, importlib.util, sys

NAME = "moonraker.components.continuousprint.component"
SOURCE = """
class ContinuousPrint:
    def __init__(self, config):
        raise RuntimeError("broken on purpose")
"""

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == NAME else None

    def exec_module(self, module):
        exec(SOURCE, module.__dict__)

sys.meta_path.insert(0, Finder())
'''


async def prints(stack: Stack) -> None:
    (stack.data.gcodes / "plain.gcode").write_text(SHORT, "utf-8")
    await stack.client.subscribe(print_stats=None)
    await stack.client.rpc("printer.print.start", filename="plain.gcode")
    await stack.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    assert stack.done_printing() == ["plain.gcode"]


async def failed_components(stack: Stack) -> list[str]:
    return list((await stack.client.rpc("server.info"))["failed_components"])


async def test_without_a_section_moonraker_prints(stack_factory: Any) -> None:
    stack = await stack_factory(section=None)
    await prints(stack)
    assert await failed_components(stack) == []


async def test_with_a_bad_option_moonraker_prints(stack_factory: Any) -> None:
    stack = await stack_factory(section="bed_clearing: magic")
    await prints(stack)
    assert await failed_components(stack) == ["continuousprint"]
    assert "must be one of manual, gcode" in stack.moonraker_log()


async def test_with_a_broken_constructor_moonraker_prints(
    stack_factory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(BROKEN, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))
    stack = await stack_factory(section="")
    await prints(stack)
    assert await failed_components(stack) == ["continuousprint"]
    assert "broken on purpose" in stack.moonraker_log()


async def test_tables_that_cannot_be_read_leave_moonraker_printing(
    stack_factory: Any,
) -> None:
    stack = await stack_factory(section="")
    await stack.stop_moonraker()
    _spoil(stack.data.root / "database" / "moonraker-sql.db")
    await stack.start_moonraker()
    await prints(stack)
    reply = await stack.client.post(
        "/server/continuousprint/active", json={"active": True}
    )
    assert reply.status == 503
    state = (await stack.client.get("/server/continuousprint/state")).body["result"]
    assert (state["phase"], state["reason"]["code"]) == ("blocked", "tables_unusable")
    for words in ("no such table: continuousprint_control", "restore a backup"):
        assert words in state["status"]
        assert words in reply.body["error"]["message"]
    info = await stack.client.rpc("server.info")
    assert any("continuousprint" in warning for warning in info["warnings"])


def _spoil(database: Path) -> None:
    import sqlite3

    with sqlite3.connect(database) as conn:
        conn.execute("DROP TABLE continuousprint_control")
    conn.close()


# Modules of ours, a text of each, and what takes its place there.
PARTS_BREAK = [
    ("printer.front_ends", "        self.follow(view)\n", "        raise KeyError\n"),
    ("api.pauses", "definition_of(application,", "{}[PATH](application,"),
    ("api.takeover", "        theirs = look(server)\n", "        raise KeyError\n"),
]


async def test_parts_that_break_are_left_out(
    moonraker_factory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue, and what it shows elsewhere, go on without them."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "crash_site"))
    monkeypatch.setenv("CRASH_POINTS", str(tmp_path))
    monkeypatch.setenv("CRASH_BUG", json.dumps(PARTS_BREAK))
    stack = await moonraker_factory("", section="failure_clients: watcher\n")
    assert await failed_components(stack) == []
    reply = await stack.client.get(f"{PREFIX}/diagnostics")
    troubles = [one["text"] for one in reply.body["result"]["errors"]]
    assert sum("A part was left out" in text for text in troubles) == len(PARTS_BREAK)
    assert reply.body["result"]["state"]["phase"] == "inactive"
