"""What a change costs when 50 websocket clients listen, beside one client.

In one Moonraker with the queue and Moonraker's own job_queue, ten jobs in each: a job
is added to the one and removed again, then to the other. The time is from the request
to its notification's arrival at the last client; the CPU time is that of Moonraker's
event loop, for the request and its notification. All clients live in this program, for
both alike. job_queue waits 50 ms by itself before it tells a change.

    python -m tests.bench.fanout
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from moonraker_cp.demo.stack import Stack

from . import proc
from .client import FILES, JOB_QUEUE, NATIVE, SECTION, Http, jobs, ready
from .figures import Figure, figure, parser, report

CLIENTS = 50
JOBS = 10
CHANGES = 20
"""Of each round: one added, one removed, and so on."""

OURS = b"notify_continuousprint_changed"
THEIRS = b"notify_job_queue_changed"


class Crowd:
    """Some websocket clients that note when a notification has reached them all."""

    def __init__(self, stack: Stack, number: int) -> None:
        self._stack = stack
        self._number = number
        self._sockets: list[WebSocketClientConnection] = []
        self._wanted = b""
        self._left = 0
        self._all = asyncio.Event()
        self.last = 0.0

    async def __aenter__(self) -> Crowd:
        url = f"ws://127.0.0.1:{self._stack.port}/websocket"
        for _ in range(self._number):
            request = HTTPRequest(url, headers=self._stack.client.headers)
            self._sockets.append(
                await websocket_connect(request, on_message_callback=self._hear)
            )
        return self

    async def __aexit__(self, *error: object) -> None:
        for socket in self._sockets:
            socket.close()

    def _hear(self, message: str | bytes | None) -> None:
        raw = message.encode() if isinstance(message, str) else message or b""
        if self._wanted and self._wanted in raw[:100] and _changes_jobs(raw):
            self._left -= 1
            if not self._left:
                self.last = time.perf_counter()
                self._all.set()

    def expect(self, method: bytes) -> None:
        self._wanted, self._left = method, self._number
        self._all.clear()

    async def told(self) -> float:
        await asyncio.wait_for(self._all.wait(), 30.0)
        self._wanted = b""
        return self.last


def _changes_jobs(raw: bytes) -> bool:
    """What is known of files changes, too, and is told without any job."""
    (about,) = json.loads(raw)["params"]
    return bool(about.get("action") or about["jobs"] or about["removed"])


@dataclass
class Round:
    """ms from a request to its last client, and CPU ms of each change."""

    delays: list[float] = field(default_factory=list)
    cpu: float = 0.0


Change = Callable[[Http], tuple[str, str, Any]]
"""Method, path and body of the next change."""


def _ours(http: Http) -> tuple[str, str, Any]:
    found = http.value("GET", f"{NATIVE}jobs?since={1 << 40}")["ids"]
    if len(found) > JOBS:
        return "DELETE", f"{NATIVE}jobs", {"job_ids": found[JOBS:]}
    return "POST", f"{NATIVE}jobs", jobs(1)[0]


def _theirs(http: Http) -> tuple[str, str, Any]:
    found = http.value("GET", f"{JOB_QUEUE}status")["queued_jobs"]
    if len(found) > JOBS:
        ids = [job["job_id"] for job in found[JOBS:]]
        return "DELETE", f"{JOB_QUEUE}job", {"job_ids": ids}
    return "POST", f"{JOB_QUEUE}job", {"filenames": [FILES[0]]}


async def changes(stack: Stack, clients: int, change: Change, method: bytes) -> Round:
    """Look, change, wait for all; the look is no part of the delay, nor of the CPU."""
    pid, http, result = stack.pids["moonraker"], Http(stack.port), Round()
    async with Crowd(stack, clients) as crowd:
        for _ in range(CHANGES):
            wanted = change(http)
            crowd.expect(method)
            cpu, begun = proc.loop_cpu(pid), time.perf_counter()
            http.send(*wanted)
            result.delays.append((await crowd.told() - begun) * 1000)
            http.answer()
            result.cpu += (proc.loop_cpu(pid) - cpu) * 1000
    result.cpu /= CHANGES
    return result


async def run(rounds: int) -> list[Figure]:
    found: dict[tuple[str, int], list[Round]] = {}
    sides = (("this queue", _ours, OURS), ("job_queue", _theirs, THEIRS))
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), moonraker="0.11.0", section=SECTION) as stack:
            await ready(stack)
            _fill(stack)
            # Moonraker takes 50 at most, of which this would be one.
            await stack.client.close()
            for _ in range(rounds):
                for clients in (1, CLIENTS):
                    for name, change, method in sides:
                        one = await changes(stack, clients, change, method)
                        found.setdefault((name, clients), []).append(one)
    return figures(found)


def _fill(stack: Stack) -> None:
    http = Http(stack.port)
    http.call("POST", f"{NATIVE}jobs", {"jobs": jobs(JOBS)})
    names = [FILES[number % len(FILES)] for number in range(JOBS)]
    http.call("POST", f"{JOB_QUEUE}job", {"filenames": names})


def figures(found: dict[tuple[str, int], list[Round]]) -> list[Figure]:
    made: list[Figure] = []
    kinds: tuple[tuple[str, Callable[[Round], list[float]]], ...] = (
        ("until the last client is told", lambda one: one.delays),
        ("CPU of a change", lambda one: [one.cpu]),
    )
    for kind, values in kinds:
        known: dict[tuple[str, int], float] = {}
        for (name, clients), rounds in sorted(found.items(), key=_order):
            # The other queue beside as many clients; it is itself beside one.
            of = ("job_queue", clients) if name != "job_queue" else (name, 1)
            words = f"{of[0]}, {of[1]} client{'s' * (of[1] > 1)}"
            one = figure(
                f"{kind}: {name}, {clients}",
                "ms",
                [value for each in rounds for value in values(each)],
                beside=(words, known.get(of)),
            )
            known[name, clients] = one.value
            made.append(one)
        grown = known["this queue", CLIENTS] - known["this queue", 1]
        theirs = known["job_queue", CLIENTS] - known["job_queue", 1]
        each = figure(
            f"{kind}: this queue, each client more",
            "ms",
            [grown / (CLIENTS - 1)],
            beside=("job_queue, each client more", theirs / (CLIENTS - 1)),
        )
        made.append(each)
    return made


def _order(item: tuple[tuple[str, int], Any]) -> tuple[int, bool]:
    (name, clients), _ = item
    return clients, name != "job_queue"


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    report(args, asyncio.run(run(args.rounds)))


if __name__ == "__main__":
    main()
