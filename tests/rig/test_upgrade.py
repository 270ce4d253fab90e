"""From an older checkout to this one and back, with a queue: nothing is lost."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo import envs
from moonraker_cp.demo.stack import Stack
from moonraker_cp.storage.schema import MIGRATIONS

from .queue import Queue, reason

ROOT = Path(__file__).parents[2]
# "docs: the first queue, in a front end and without": before there were hooks.
OLDER = "3c71bdb"
MANUAL = "bed_clearing: manual\n"

pytestmark = pytest.mark.slow


def git(*args: str) -> str:
    done = subprocess.run(["git", *args], capture_output=True, text=True, check=True)
    return done.stdout


def install(checkout: Path, moonraker: Path) -> str:
    """What a person does after `git clone`, `git pull` or `git checkout`."""
    command = ["sh", str(checkout / "install.sh"), "--moonraker", str(moonraker)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": str(moonraker.parent)},
    )
    return done.stdout


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """This project as it was, with fewer migrations."""
    try:
        git("-C", str(ROOT), "cat-file", "-e", f"{OLDER}^{{commit}}")
    except subprocess.CalledProcessError:
        pytest.skip("this checkout has no history")
    checkout = tmp_path / "older"
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(checkout))
    git("-C", str(checkout), "checkout", "--quiet", OLDER)
    schema = (checkout / "moonraker_cp" / "storage" / "schema.py").read_text()
    assert 0 < sum(name in schema for name, _ in MIGRATIONS) < len(MIGRATIONS)
    return checkout


@pytest.fixture
def moonraker(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A clone of Moonraker's own, for which component it has changes."""
    version = request.config.getoption("--moonraker")
    python = request.config.getoption("--moonraker-python")
    env = envs.moonraker_env(version, python)
    clone = tmp_path / "moonraker"
    shutil.copytree(
        env.site_packages / "moonraker",
        clone / "moonraker",
        ignore=shutil.ignore_patterns("continuousprint", "__pycache__"),
    )
    monkeypatch.setenv("PYTHONPATH", str(clone))
    return clone


async def change_to(checkout: Path, moonraker: Path, stack: Stack) -> None:
    await stack.stop_moonraker()
    await asyncio.to_thread(install, checkout, moonraker)
    await stack.start_moonraker()


def jobs(state: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (job["id"], job["name"], job["count"], job["copies_left"], job["draft"])
        for job in state["jobs"]
    ]


async def a_queue(queue: Queue) -> None:
    """One copy of two is printed, its part is on the bed; and there is a draft."""
    await queue.add("a.gcode", count=2)
    await queue.add("b.gcode", count=3, draft=True)
    await queue.start()
    await queue.phase("blocked")


async def test_up_down_and_up_again(
    stack_factory: Any, older: Path, moonraker: Path
) -> None:
    install(older, moonraker)
    stack = await stack_factory(section=MANUAL)
    queue = Queue(stack)
    await a_queue(queue)
    before = await queue.state()

    await change_to(ROOT, moonraker, stack)
    state = await queue.state()
    assert jobs(state) == jobs(before)
    assert state["bed"]["state"] == "occupied"
    assert await queue.outcomes() == [("a.gcode", "success")]
    await queue.nothing_starts()
    hook = {"hook": "finish", "scripts": [{"name": "fan off", "gcode": "M107"}]}
    await queue.call("hooks", **hook)
    await queue.bed_clear()
    await queue.reach(lambda s: len(stack.done_printing()) == 2 and not s["run"])
    await queue.add("c.gcode", draft=True)
    newer = await queue.state()

    await change_to(older, moonraker, stack)
    state = await queue.state()
    assert jobs(state) == jobs(newer)
    assert state["bed"]["state"] == "occupied"
    assert await queue.outcomes() == [("a.gcode", "success")] * 2
    await queue.add("d.gcode")
    await queue.start()
    await queue.bed_clear()
    await queue.reach(lambda s: len(stack.done_printing()) == 3 and not s["run"])
    assert stack.done_printing() == ["a.gcode", "a.gcode", "d.gcode"]
    older_state = await queue.state()

    await change_to(ROOT, moonraker, stack)
    state = await queue.state()
    assert jobs(state) == jobs(older_state)
    assert len(await queue.outcomes()) == 3
    reply = await queue.client.get("/server/continuousprint/hooks")
    scripts = {h["hook"]: h["scripts"] for h in reply.body["result"]["hooks"]}
    assert [script["name"] for script in scripts["finish"]] == ["fan off"]


async def test_the_backup_of_an_older_database_is_restored(
    stack_factory: Any, older: Path, moonraker: Path
) -> None:
    install(older, moonraker)
    stack = await stack_factory(section=MANUAL)
    queue = Queue(stack)
    await a_queue(queue)
    before = await queue.state()
    await queue.client.rpc("server.database.post_backup", filename="before.db")
    await change_to(ROOT, moonraker, stack)
    ids = [job["id"] for job in (await queue.state())["jobs"]]
    query = "&".join(f"job_ids={each}" for each in ids)
    await queue.client.request("DELETE", f"/server/continuousprint/jobs?{query}")
    assert (await queue.state())["jobs"] == []
    await queue.client.rpc("server.database.restore", filename="before.db")
    # Moonraker restarts itself after that, which ends its process here.
    await stack.stop_moonraker()
    await stack.start_moonraker()
    state = await queue.state()
    assert jobs(state) == jobs(before)
    assert state["bed"]["state"] == "occupied"
    await queue.nothing_starts()
    assert reason(state) == "restarted"
    await queue.bed_clear()
    await queue.reach(lambda s: len(stack.done_printing()) == 2 and not s["run"])
