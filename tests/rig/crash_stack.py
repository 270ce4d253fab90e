"""A stack that can be stopped at a named point of the wheel, or lose its disk.

Nothing of this is in the product: Moonraker is started with crash_site before its own
path, and with a small library that stands between its database and the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moonraker_cp.demo.stack import Stack, StackError

from .crash_bugs import Bug

SITE = Path(__file__).parent / "crash_site"
RESTARTS = 6
"""Tries to bring Klipper back, each of some seconds."""


class CrashStack(Stack):
    """Its parts die by SIGKILL, and its disk on a word; bug: planted in the product."""

    bug: Bug | None = None

    async def _prepare(self) -> None:
        await super()._prepare()
        self.points = self.data.root / "points"
        self.points.mkdir(exist_ok=True)
        self._disk = self.points / "disk"
        library = await asyncio.to_thread(build, self.data.root)
        self._moonraker.command = [
            "env",
            f"PYTHONPATH={SITE}",
            f"CRASH_POINTS={self.points}",
            f"CRASH_DISK={self._disk}",
            f"LD_PRELOAD={library}",
            f"CRASH_BUG={json.dumps(self.bug.changes if self.bug else [])}",
            *self._moonraker.command,
        ]

    # -- named points ---------------------------------------------------------

    def passed(self) -> list[str]:
        """Every point that was passed, in order."""
        with contextlib.suppress(FileNotFoundError):
            return (self.points / "passed").read_text("utf-8").splitlines()
        return []

    def arm(self, pattern: str, but: Sequence[str] = (), skip: int = 0) -> None:
        """Moonraker stands still at a point of that name, after so many others."""
        for name in ("hit", "go"):
            (self.points / name).unlink(missing_ok=True)
        armed = {"at": pattern, "but": list(but), "skip": skip}
        (self.points / "armed.new").write_text(json.dumps(armed), "utf-8")
        (self.points / "armed.new").rename(self.points / "armed")

    def give_up(self) -> bool:
        """Arm it no more; whether it stands still there after all."""
        (self.points / "armed").unlink(missing_ok=True)
        return bool(self.hit)

    @property
    def hit(self) -> str:
        """The point at which it stands still; "" when it does not."""
        with contextlib.suppress(FileNotFoundError):
            return (self.points / "hit").read_text("utf-8")
        return ""

    def go_on(self) -> None:
        (self.points / "hit").unlink(missing_ok=True)
        (self.points / "go").touch()

    # -- the disk -------------------------------------------------------------

    def disk_fails(self, how: str) -> None:
        """how: full, read-only or sync; "" and it works again."""
        if how:
            (self.points / "disk.new").write_text(how, "utf-8")
            (self.points / "disk.new").rename(self._disk)
        else:
            self._disk.unlink(missing_ok=True)

    # -- death and life -------------------------------------------------------

    async def lose_power(self) -> None:
        children = (self._moonraker, self._klippy, self._simulator)
        await asyncio.gather(*(child.kill() for child in children))

    async def come_back(self) -> None:
        """Start whatever is dead."""
        running = self.pids
        if "simulator" not in running:
            await self.start_simulator()
        if "klippy" not in running:
            await self.start_klippy(wait_ready=False)
        if "moonraker" not in running:
            await self.start_moonraker()

    async def klippy_state(self) -> str:
        info = await self.client.rpc("server.info")
        return str(info["klippy_state"] if info["klippy_connected"] else "away")

    async def shows_print(self) -> bool:
        """By klippy's own word, of this moment."""
        reply = await self.client.rpc(
            "printer.objects.query", objects={"print_stats": ["state"]}
        )
        return reply["status"]["print_stats"]["state"] in ("printing", "paused")

    async def ready_within(self, seconds: float) -> bool:
        """Whether klippy gets ready by itself; not when it has stopped."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        while clock() < deadline:
            state = await self.klippy_state()
            if state == "ready":
                return True
            if state in ("error", "shutdown"):
                return False
            await asyncio.sleep(0.1)
        return False

    async def bring_klippy_back(self) -> None:
        """As a person does: wait for it, or press FIRMWARE_RESTART, again if needed."""
        for _ in range(RESTARTS):
            if await self.ready_within(20.0):
                return
            since = len(self.client.notifications)
            with contextlib.suppress(Exception):  # it may be restarting just now
                await self.client.rpc("printer.firmware_restart")
                gone = "notify_klippy_disconnected"
                await self.client.wait(gone, timeout=5.0, since=since)
        raise StackError(f"klippy does not come back: {self.klippy_log()[-2000:]}")


def build(folder: Path) -> Path:
    library = folder / "disk.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library)]
    command += [str(SITE / "disk.c"), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


async def extruder(stack: Stack) -> tuple[int, int]:
    """Steps of its motor, and how often the micro-controller was reset."""
    status: dict[str, Any] = await stack.fault("status")
    return int(status["extruder_steps"]), int(status["resets"])
