"""A client that sends a thousand requests a second, whatever is answered."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from .queue import PREFIX

RATE = 1000.0
"""Requests a second."""

CONNECTIONS = 250
"""More than may wait in the queue, so that some have to be told that it is busy."""

SANE = (200, 400, 404, 405, 409, 503)

Kind = tuple[str, str, Any]
EDITS: tuple[Kind, ...] = (
    ("POST", f"{PREFIX}/jobs", {"path": "part.gcode", "draft": True}),
    ("POST", f"{PREFIX}/job", {"id": 1, "note": "mine", "revision": 1}),
    ("POST", f"{PREFIX}/job", {"id": 987654, "name": "gone"}),
    ("POST", f"{PREFIX}/jobs", {"path": "../../etc/passwd"}),
    ("POST", f"{PREFIX}/jobs", b'{"path": ['),
    ("POST", f"{PREFIX}/state", {}),
    ("DELETE", f"{PREFIX}/jobs", {"job_ids": [987654]}),
    ("GET", f"{PREFIX}/jobs?limit=1", None),
)
COMMANDS: tuple[Kind, ...] = (
    ("POST", f"{PREFIX}/active", {"active": True}),
    ("POST", f"{PREFIX}/bed", {"state": "clear"}),
    ("POST", f"{PREFIX}/answer", {"question": 0, "answer": "start"}),
)
ADD = 0
"""The place of the adds among the edits: each that is answered 200 is a job more."""


@dataclass
class Flood:
    """async with Flood(port, kinds): while it lasts, requests are sent.

    Each connection sends the next request when the one before is answered and its time
    has come. answers: how many there were, by kind and status; longest: seconds that
    one of them took. Ends when all are answered; a dropped connection fails the test.
    """

    port: int
    kinds: tuple[Kind, ...]
    answers: Counter[tuple[int, int]] = field(default_factory=Counter)
    longest: dict[tuple[int, int], float] = field(default_factory=dict)
    sent: int = 0

    async def __aenter__(self) -> Flood:
        self._ends = False
        turns = cycle([(i, _raw(kind)) for i, kind in enumerate(self.kinds)])
        self._tasks = [
            asyncio.ensure_future(self._connection(number / RATE, turns))
            for number in range(CONNECTIONS)
        ]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._ends = True
        await asyncio.gather(*self._tasks)

    def statuses(self) -> set[int]:
        return {status for _, status in self.answers}

    async def _connection(self, late: float, turns: Any) -> None:
        clock = asyncio.get_running_loop().time
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due = clock() + late
        while not self._ends:
            await asyncio.sleep(max(due - clock(), 0.0))
            due += CONNECTIONS / RATE
            number, raw = next(turns)
            self.sent += 1
            begun = clock()
            writer.write(raw)
            key = number, await _status(reader)
            self.answers[key] += 1
            self.longest[key] = max(self.longest.get(key, 0.0), clock() - begun)
        writer.close()
        await writer.wait_closed()


def _raw(kind: Kind) -> bytes:
    method, path, body = kind
    sent = body if isinstance(body, bytes) else b""
    if body is not None and not sent:
        sent = json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    return head.encode() + sent


async def _status(reader: asyncio.StreamReader) -> int:
    """Of the next answer, which is read whole."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if line)
    await reader.readexactly(int(fields.get("content-length", 0)))
    return int(first.split()[1])
