"""One child process in its own group, that never outlives us."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Callable

# Where waiting means looking again: often enough that nobody notices.
_LOOK_AGAIN = 0.02
_PR_SET_PDEATHSIG = 1

_groups: set[int] = set()


class ProcessDied(Exception):
    """A child ended, or did not come up in time; the text ends with its log."""


class Child:
    """A program that is started, watched, stopped and perhaps started again."""

    def __init__(
        self, name: str, command: list[str], output: Path, cwd: Path, temp: Path
    ) -> None:
        """temp: its folder for temporary files. Moonraker names those by its memory,
        so that two of them may choose the same name."""
        self.name = name
        self.command = command
        self.output = output
        self._cwd = cwd
        self._temp = temp
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        with self.output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._cwd,
                env={**os.environ, "TMPDIR": str(self._temp)},
                # Its own group: what it starts ends with it, and a Ctrl-C in the
                # terminal reaches us alone, so that things stop in order.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        _groups.add(self._process.pid)

    async def until(self, check: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until check() holds; a child that ends meanwhile is an error."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while not check():
            if not self.running:
                raise ProcessDied(
                    f"{self.name} ended with {self.returncode} before {what}"
                    f"{self.last_words()}"
                )
            if clock() > deadline:
                raise ProcessDied(
                    f"{self.name}: not {what} after {timeout:g} s{self.last_words()}"
                )
            await asyncio.sleep(_LOOK_AGAIN)

    async def stop(self, timeout: float = 10.0) -> None:
        """Ask it to end, then insist."""
        if self._process is None:
            return
        if self.running:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._process.wait(), timeout)
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL for the whole group, also for what a dead child left behind."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        await self._process.wait()
        _groups.discard(self._process.pid)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        # Once its leader is reaped and the group is empty, the number may belong
        # to somebody else: only a group that we still hold gets a signal.
        if self._process.pid in _groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def last_words(self, lines: int = 20) -> str:
        """The end of what it printed, to be put behind a message."""
        try:
            text = self.output.read_text("utf-8", errors="replace")
        except OSError:
            return ""
        tail = "\n".join(text.strip().splitlines()[-lines:])
        return f"\n--- {self.output}\n{tail}" if tail else ""


if sys.platform == "linux":
    _prctl = ctypes.CDLL(None, use_errno=True).prctl

    def _die_with_parent() -> None:
        # Without this, a test run that is killed leaves a printer printing.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _kill_all() -> None:
    for group in _groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


atexit.register(_kill_all)
