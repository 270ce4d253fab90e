"""Renders scripts in Klipper's Jinja2 dialect, in a child process with limits.

The event loop only passes lines to and fro; see render_child.py for the conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

CHILD = Path(__file__).with_name("render_child.py")
LONGEST = 64 * 1024
"""Characters that a script, and the G-code that it makes, may have."""

SHARE = 64 * 1024 * 1024
"""Bytes of memory that rendering may take beside Python's own."""


@dataclass(frozen=True)
class Limits:
    """wall: seconds for each of the child's two answers, its start included; cpu:
    seconds of computing; memory: bytes."""

    wall: float = 5.0
    cpu: int = 3
    memory: int = SHARE


LIMITS = Limits()


@dataclass(frozen=True)
class Needs:
    """What a template names of Klipper's objects. every: it may name any."""

    objects: tuple[str, ...]
    every: bool


class RenderFailed(Exception):
    """The script makes no G-code. line: of the script, from 1; None: not known."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


Context = Mapping[str, Any]
Supply = Callable[[Needs], Awaitable[Context]]
"""Values by name, JSON all through, for a template that needs those objects."""


def is_template(script: str) -> bool:
    """Without a brace a script is G-code as it stands: nothing has to be rendered."""
    return "{" in script


async def render(script: str, supply: Supply, limits: Limits = LIMITS) -> str:
    """The G-code that a script makes. Raises RenderFailed, and what supply raises."""
    if len(script) > LONGEST:
        raise RenderFailed(f"it is longer than {LONGEST} characters")
    if not is_template(script):
        return script
    child = _Child(await _process(), limits)
    try:
        answer = await child.ask(
            {
                "template": script,
                "longest": LONGEST,
                "seconds": limits.cpu,
                "memory": limits.memory,
            }
        )
        needs = Needs(tuple(answer["needs"]), bool(answer["all"]))
        answer = await child.ask({"context": await supply(needs)})
        return str(answer["gcode"])
    finally:
        await child.end()


async def _process() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=16 * LONGEST,
        )
    except OSError as error:
        raise RenderFailed(f"a process for it could not be started: {error}") from error


class _Child:
    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        self._process = process
        self._limits = limits

    async def ask(self, message: Context) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(self._exchange(message), self._limits.wall)
        except asyncio.TimeoutError:
            raise RenderFailed(
                f"it was not rendered within {self._limits.wall:g} seconds"
            ) from None
        except (OSError, ValueError):  # the pipe broke, or a line without end
            line = b""
        if not line:
            raise RenderFailed(
                "its rendering was stopped: it takes too long or too much memory"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise RenderFailed(str(answer["error"]), answer["line"])
        return dict(answer)

    async def _exchange(self, message: Context) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(message).encode() + b"\n")
        await stdin.drain()
        return await stdout.readline()

    async def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
