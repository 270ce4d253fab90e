"""klippy's own record of what was printed, read from klippy itself.

A connection of its own to klippy's socket, past Moonraker and past the component:
what they say about a print can be checked against it. klippy's log knows that a file
was started and finished, but not which one; its console says the name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

_END = b"\x03"
_OPENED = re.compile(r"^File opened: ?(?P<name>.*) Size: ?\d+$")
_FINISHED = "Done printing file"
_GONE = (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError)


@dataclass(frozen=True)
class Print:
    """One file that klippy opened to print it; finished when it was read to its end."""

    filename: str
    finished: bool


class Console:
    """Follows the console of one klippy process after the other.

    A RESTART closes the connection and klippy listens again: so does this.
    """

    def __init__(self, log: Path) -> None:
        self.lines: list[str] = []
        self.times: list[float] = []
        """When each line came, in monotonic seconds."""
        self._log = log
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._news = asyncio.Event()

    async def attach(self, socket: Path) -> None:
        await self.detach()
        reader = await self._subscribe(socket)
        self._reader = asyncio.ensure_future(self._follow(socket, reader))

    async def _subscribe(self, socket: Path) -> asyncio.StreamReader:
        """A new connection, once klippy has answered on it."""
        reader, self._writer = await asyncio.open_unix_connection(
            str(socket), limit=1 << 24
        )
        request = {
            "id": 1,
            "method": "gcode/subscribe_output",
            "params": {"response_template": {"method": "console"}},
        }
        self._writer.write(json.dumps(request).encode() + _END)
        await asyncio.wait_for(self._read(reader, until_answered=True), 10.0)
        return reader

    async def detach(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
            self._writer = None

    @property
    def prints(self) -> list[Print]:
        """Every file that was opened, in order."""
        found: list[Print] = []
        for line in self.lines:
            opened = _OPENED.match(line)
            if opened:
                found.append(Print(opened["name"], finished=False))
            elif line == _FINISHED and found:
                found[-1] = Print(found[-1].filename, finished=True)
        return found

    async def wait_for_prints(self, count: int, timeout: float) -> list[Print]:
        """Wait until this many files were printed to their end."""
        try:
            await self._wait_until(
                lambda: sum(each.finished for each in self.prints) >= count, timeout
            )
        except asyncio.TimeoutError:
            raise TimeoutError(
                f"not {count} prints in {timeout:g} s, but {self.prints}"
            ) from None
        return self.prints

    async def wait_for_line(self, text: str, timeout: float) -> str:
        """Wait until a line holds this text; the first that does."""
        try:
            await self._wait_until(
                lambda: any(text in line for line in self.lines), timeout
            )
        except asyncio.TimeoutError:
            raise TimeoutError(
                f"no line with {text!r} in {timeout:g} s, but {self.lines[-8:]}"
            ) from None
        return next(line for line in self.lines if text in line)

    async def _wait_until(self, look: Callable[[], bool], timeout: float) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while True:
            self._news.clear()
            if look():
                return
            await asyncio.wait_for(self._news.wait(), deadline - clock())

    async def _follow(self, socket: Path, reader: asyncio.StreamReader) -> None:
        while True:
            with contextlib.suppress(*_GONE):
                await self._read(reader)
            reader = await self._subscribe_again(socket)

    async def _subscribe_again(self, socket: Path) -> asyncio.StreamReader:
        # klippy listens long before it is ready to print, so nothing is missed.
        while True:
            if self._writer is not None:
                self._writer.close()
            with contextlib.suppress(*_GONE):
                return await self._subscribe(socket)
            await asyncio.sleep(0.02)

    async def _read(
        self, reader: asyncio.StreamReader, until_answered: bool = False
    ) -> None:
        while True:
            message = json.loads((await reader.readuntil(_END))[:-1])
            if message.get("method") == "console":
                self._note(message["params"]["response"])
            elif until_answered:
                return

    def _note(self, text: str) -> None:
        now = time.strftime("%H:%M:%S")
        with self._log.open("a", encoding="utf-8") as log:
            for line in text.splitlines():
                self.lines.append(line)
                self.times.append(time.monotonic())
                log.write(f"{now} {line}\n")
        self._news.set()
