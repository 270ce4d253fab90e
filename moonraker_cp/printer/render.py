"""Renders scripts in Klipper's Jinja2 dialect, in a child process with limits.

The event loop only passes lines to and fro; see render_child.py for the conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ..core.hooks import Script

CHILD = Path(__file__).with_name("render_child.py")
LONGEST = 64 * 1024
"""Characters that a script, and the G-code that all of a hook make, may have."""

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
    """What scripts name of Klipper's objects. every: they may name any."""

    objects: tuple[str, ...]
    every: bool


class RenderFailed(Exception):
    """A script makes no G-code. line: of the script, from 1; None: not known. script:
    which of them, from 0; None: all. refused: it said so itself, by fail()."""

    def __init__(
        self,
        text: str,
        line: int | None = None,
        script: int | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(text)
        self.line = line
        self.script = script
        self.refused = refused


@dataclass(frozen=True)
class Made:
    """What became of a script. value: of its condition, as text; "" without one.
    gcode: "" when it is not wanted."""

    wanted: bool
    value: str
    gcode: str


Context = Mapping[str, Any]
Supply = Callable[[Needs], Awaitable[Context]]
"""Values by name, JSON all through, for templates that need those objects."""


def is_plain(script: Script) -> bool:
    """Without a brace it is G-code as it stands: nothing has to be rendered."""
    return "{" not in script.gcode and not script.condition.strip()


async def render(
    scripts: Sequence[Script], supply: Supply, limits: Limits = LIMITS
) -> tuple[Made, ...]:
    """What each makes, one after the other, in one process and within its limits.

    Raises RenderFailed, and what supply raises.
    """
    _check_lengths(scripts)
    if all(map(is_plain, scripts)):
        if sum(len(one.gcode) for one in scripts) > LONGEST:
            raise RenderFailed(f"they are longer than {LONGEST} characters together")
        return tuple(Made(True, "", one.gcode) for one in scripts)
    async with _read(scripts, limits) as (child, needs):
        answer = await child.ask({"context": await supply(needs)})
    return tuple(Made(**one) for one in answer["made"])


async def parse(scripts: Sequence[Script], limits: Limits = LIMITS) -> None:
    """Raises RenderFailed when one of them is no template, or no condition."""
    _check_lengths(scripts)
    if not all(map(is_plain, scripts)):
        async with _read(scripts, limits):
            pass


def _check_lengths(scripts: Sequence[Script]) -> None:
    for number, one in enumerate(scripts):
        if max(len(one.gcode), len(one.condition)) > LONGEST:
            words = f"it is longer than {LONGEST} characters"
            raise RenderFailed(words, script=number)


@asynccontextmanager
async def _read(
    scripts: Sequence[Script], limits: Limits
) -> AsyncIterator[tuple[_Child, Needs]]:
    """A child that has parsed them, and what they need."""
    child = _Child(await _process(), limits)
    try:
        answer = await child.ask(
            {
                "scripts": [
                    {"condition": one.condition, "gcode": one.gcode} for one in scripts
                ],
                "longest": LONGEST,
                "seconds": limits.cpu,
                "memory": limits.memory,
            }
        )
        yield child, Needs(tuple(answer["needs"]), bool(answer["all"]))
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
            raise RenderFailed(
                str(answer["error"]),
                answer["line"],
                answer["script"],
                answer["refused"],
            )
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
