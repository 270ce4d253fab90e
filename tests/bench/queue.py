"""The speed of the queue with 0 to 10,000 jobs, beside Moonraker's own job_queue.

On a real Moonraker over loopback HTTP, with management off and the bed occupied, so
that nothing prints. Moonraker is restarted at each length: what it holds then, against
0 jobs, is the memory of the queue. Its own job_queue is filled in the same Moonraker to
the same length. The least of the rounds' medians: the machine has other work, too. A
change waits for the disk; TMPDIR=/dev/shm leaves that out.

    python -m tests.bench.queue
"""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.demo.stack import Stack

from . import proc
from .figures import Figure, figure, parser, report

LENGTHS = (0, 10, 100, 1000, MAX_JOBS - 1)
"""The last with room for the job that is added to it."""

BATCH = 1000
FILES = tuple(f"part{index:02}.gcode" for index in range(20))
NATIVE = "/server/continuousprint/"
SET_ACTIVE = "/plugin/continuousprint/set_active"
JOB_QUEUE = "/server/job_queue/"
CHANGED = b"notify_continuousprint_changed"
SECTION = "job_queue: leave\n"


class Http:
    """One connection that is kept, as a browser does; blocks while it waits.

    Bodies are left as bytes: reading them is the client's time, not the queue's.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def send(self, method: str, path: str, body: Any = None) -> None:
        headers = {"Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, sent, headers)

    def answer(self) -> bytes:
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise ConnectionError(f"{response.status}: {body[:300]!r}")
        return body

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        self.send(method, path, body)
        return self.answer()

    def value(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.call(method, path, body))["result"]


class Listener:
    """A websocket client that notes when each notification of ours arrives."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[float] = asyncio.Queue()
        self._answered = asyncio.Event()

    async def connect(self, stack: Stack) -> None:
        url = f"ws://127.0.0.1:{stack.port}/websocket"
        request = HTTPRequest(url, headers=stack.client.headers)
        self._socket = await websocket_connect(
            request, on_message_callback=self._on_message, max_message_size=64 << 20
        )

    def _on_message(self, message: str | bytes | None) -> None:
        raw = message.encode() if isinstance(message, str) else message or b""
        if CHANGED in raw[:100]:
            self.arrived.put_nowait(time.perf_counter())
        elif b"klippy_connected" in raw:
            self._answered.set()

    async def next(self) -> float:
        return await asyncio.wait_for(self.arrived.get(), 30.0)

    async def catch_up(self) -> None:
        """Forget what was sent until now; an answer comes behind it."""
        self._answered.clear()
        call = {"jsonrpc": "2.0", "method": "server.info", "id": 1}
        await self._socket.write_message(json.dumps(call))
        await asyncio.wait_for(self._answered.wait(), 30.0)
        while not self.arrived.empty():
            self.arrived.get_nowait()

    def close(self) -> None:
        self._socket.close()


@dataclass
class Bench:
    """A stack with a queue of that length."""

    stack: Stack
    length: int
    http: Http = field(init=False)
    listener: Listener = field(default_factory=Listener)
    job_ids: list[int] = field(default_factory=list)
    revision: int = 0

    async def connect(self) -> None:
        self.http = Http(self.stack.port)
        await self.listener.connect(self.stack)

    def look(self) -> None:
        """The ids of all jobs, and the revision."""
        found = self.http.value("GET", f"{NATIVE}jobs?since={1 << 40}")
        self.job_ids, self.revision = found["ids"], found["revision"]


def jobs(number: int) -> list[dict[str, Any]]:
    return [
        {"path": FILES[index % len(FILES)], "name": f"Part {index}"}
        for index in range(number)
    ]


# -- what is measured: ms of one call ----------------------------------------------

Measure = Callable[[Bench], Awaitable[float]]


def _timed(bench: Bench, method: str, path: str, body: Any = None) -> float:
    begun = time.perf_counter()
    bench.http.call(method, path, body)
    return (time.perf_counter() - begun) * 1000


async def _nothing(bench: Bench) -> float:
    """Moonraker's own way to answer a request, without a queue behind it."""
    return _timed(bench, "GET", "/access/info")


async def _state(bench: Bench) -> float:
    return _timed(bench, "GET", f"{NATIVE}state")


async def _page(bench: Bench) -> float:
    return _timed(bench, "GET", f"{NATIVE}jobs?limit=50")


async def _since(bench: Bench) -> float:
    return _timed(bench, "GET", f"{NATIVE}jobs?since={bench.revision}")


async def _add(bench: Bench) -> float:
    taken = _timed(bench, "POST", f"{NATIVE}jobs", jobs(1)[0])
    _drop_from(bench, bench.length)
    return taken


async def _batch(bench: Bench) -> float:
    taken = _timed(bench, "POST", f"{NATIVE}jobs", {"jobs": jobs(BATCH)})
    _drop_from(bench, bench.length)
    return taken


def _drop_from(bench: Bench, length: int) -> None:
    bench.look()
    gone = bench.job_ids[length:]
    bench.http.call("DELETE", f"{NATIVE}jobs", {"job_ids": gone})
    bench.look()


async def _move(bench: Bench) -> float:
    body = {"id": bench.job_ids[-1], "after": None}
    taken = _timed(bench, "POST", f"{NATIVE}job/move", body)
    bench.look()
    return taken


async def _set_active(bench: Bench) -> float:
    taken = _timed(bench, "POST", SET_ACTIVE, {"active": True})
    bench.http.call("POST", SET_ACTIVE, {"active": False})
    return taken


async def _change(bench: Bench) -> float:
    """From the request to the notification of what it changed."""
    begun = time.perf_counter()
    bench.http.send("POST", SET_ACTIVE, {"active": True})
    arrived = await bench.listener.next()
    bench.http.answer()
    bench.http.call("POST", SET_ACTIVE, {"active": False})
    await bench.listener.next()
    return (arrived - begun) * 1000


async def _status(bench: Bench) -> float:
    return _timed(bench, "GET", f"{JOB_QUEUE}status")


async def _post_job(bench: Bench) -> float:
    before = {job["job_id"] for job in _queued(bench)}
    taken = _timed(bench, "POST", f"{JOB_QUEUE}job", {"filenames": [FILES[0]]})
    added = [job["job_id"] for job in _queued(bench) if job["job_id"] not in before]
    bench.http.call("DELETE", f"{JOB_QUEUE}job", {"job_ids": added})
    return taken


def _queued(bench: Bench) -> list[dict[str, Any]]:
    found = bench.http.value("GET", f"{JOB_QUEUE}status")["queued_jobs"]
    return list(found)


NEEDS_JOBS = (_move,)
OURS: Mapping[str, Measure] = {
    "no queue (access/info)": _nothing,
    "full state": _state,
    "page of 50": _page,
    "changed since": _since,
    "add": _add,
    "move last to first": _move,
    "set_active": _set_active,
    "set_active: its change": _change,
    f"add {BATCH} at once": _batch,
}
THEIRS: Mapping[str, Measure] = {
    "job_queue status": _status,
    "job_queue post_job": _post_job,
}
BESIDE = {
    "full state": "job_queue status",
    "page of 50": "job_queue status",
    "changed since": "job_queue status",
    "add": "job_queue post_job",
    "move last to first": "job_queue post_job",
    "set_active": "job_queue post_job",
    "set_active: its change": "job_queue post_job",
    "job_queue status": "no queue (access/info)",
    "job_queue post_job": "no queue (access/info)",
}
"""What of Moonraker's own each row is shown beside."""


# -- a run -------------------------------------------------------------------------


@dataclass
class Results:
    """times: medians in ms by row and length, one of each round. sizes: bytes of the
    full state. memory: MB that Moonraker held at each length."""

    times: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)

    def add(self, row: str, length: int, value: float) -> None:
        self.times.setdefault(row, {}).setdefault(length, []).append(value)

    def best(self, row: str, length: int) -> float | None:
        found = self.times.get(row, {}).get(length)
        return min(found) if found else None


async def run(rounds: int, repeats: int, lengths: tuple[int, ...]) -> Results:
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), moonraker="0.11.0", section=SECTION) as stack:
            for name in FILES:
                (stack.data.gcodes / name).write_text("G28\n", "utf-8")
            Http(stack.port).call("POST", f"{NATIVE}bed", {"state": "occupied"})
            for length in lengths:
                _fill(Http(stack.port), length)
                await stack.stop_moonraker()
                await stack.start_moonraker()
                results.memory[length] = proc.memory(stack.pids["moonraker"]).rss
                bench = Bench(stack, length)
                await bench.connect()
                await _measure(bench, results, rounds, repeats)
                bench.listener.close()
    return results


def _fill(client: Http, length: int) -> None:
    there = client.value("GET", f"{NATIVE}jobs?limit=1")["total"]
    while there < length:
        most = min(BATCH, length - there)
        client.call("POST", f"{NATIVE}jobs", {"jobs": jobs(most)})
        there += most


async def _measure(bench: Bench, results: Results, rounds: int, repeats: int) -> None:
    bench.look()
    await bench.listener.catch_up()
    results.sizes[bench.length] = len(bench.http.call("GET", f"{NATIVE}state"))
    names = [FILES[index % len(FILES)] for index in range(bench.length)]
    for turn in range(rounds):
        await _rows(bench, results, OURS, repeats)
        if names and not turn:
            bench.http.call("POST", f"{JOB_QUEUE}job", {"filenames": names})
        await _rows(bench, results, THEIRS, repeats)


async def _rows(
    bench: Bench, results: Results, rows: Mapping[str, Measure], repeats: int
) -> None:
    for row, measure in rows.items():
        if measure in NEEDS_JOBS and not bench.length:
            continue
        if measure is _batch and bench.length + BATCH > MAX_JOBS:
            continue
        most = repeats if measure is not _batch else min(repeats, 3)
        taken = []
        for _ in range(most):
            taken.append(await measure(bench))
            # Moonraker closes a websocket that is not read for some seconds.
            await bench.listener.catch_up()
        results.add(row, bench.length, statistics.median(taken))


# -- the figures ---------------------------------------------------------------------


def figures(results: Results) -> list[Figure]:
    """Each row at each length, beside job_queue's; and what grows with the length."""
    made = []
    for row, by_length in results.times.items():
        for length, values in by_length.items():
            of = BESIDE.get(row, "")
            beside = (of, results.best(of, length))
            more: dict[str, Any] = {"jobs": length, "least": True}
            made.append(figure(row, "ms", values, beside=beside, **more))
    for length, size in results.sizes.items():
        made.append(figure("full state, size", "kB", [size / 1000], jobs=length))
    least = results.memory[min(results.memory)]
    for length, held in results.memory.items():
        made.append(figure("memory of the jobs", "MB", [held - least], jobs=length))
    return [*made, *_growth(results)]


def _growth(results: Results) -> list[Figure]:
    """The longest queue beside a short one: 1 is flat."""
    most = max(results.memory)
    made = []
    for row, short, wanted in (
        ("add", 10, 1.5),
        ("set_active: its change", 10, 1.5),
        ("page of 50", 100, 1.5),
        ("move last to first", 10, None),
    ):
        values = results.times.get(row, {}).get(most, [])
        if values:
            made.append(
                figure(
                    f"growth: {row}",
                    "ms",
                    values,
                    least=True,
                    beside=(f"the same with {short}", results.best(row, short)),
                    jobs=most,
                    wanted=wanted,
                    by_ratio=True,
                )
            )
    return made


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--repeats", type=int, default=15)
    args = options.parse_args()
    report(args, figures(asyncio.run(run(args.rounds, args.repeats, LENGTHS))))


if __name__ == "__main__":
    main()
