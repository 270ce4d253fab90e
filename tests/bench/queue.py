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
import statistics
import tempfile
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.demo.stack import Stack

from . import proc
from .client import (
    BATCH,
    FILES,
    JOB_QUEUE,
    NATIVE,
    SECTION,
    SET_ACTIVE,
    Bench,
    Http,
    jobs,
    ready,
    until_known,
)
from .figures import Figure, figure, parser, report

LENGTHS = (0, 10, 100, 1000, MAX_JOBS - 1)
"""The last with room for the job that is added to it."""

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


async def _delete(bench: Bench) -> float:
    batch, is_short = {"jobs": jobs(BATCH)}, bench.length < BATCH
    if is_short:
        bench.http.call("POST", f"{NATIVE}jobs", batch)
        bench.look()
    body = {"job_ids": bench.job_ids[-BATCH:]}
    taken = _timed(bench, "DELETE", f"{NATIVE}jobs", body)
    if not is_short:
        bench.http.call("POST", f"{NATIVE}jobs", batch)
    bench.look()
    return taken


async def _forecast(bench: Bench) -> float:
    """As the page asks for its timeline."""
    return _timed(bench, "GET", f"{NATIVE}forecast?limit=300")


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
    return _theirs(bench, 1)[0]


async def _post_batch(bench: Bench) -> float:
    return _theirs(bench, BATCH)[0]


async def _delete_batch(bench: Bench) -> float:
    return _theirs(bench, BATCH)[1]


def _theirs(bench: Bench, number: int) -> tuple[float, float]:
    """So many are added to job_queue and removed again."""
    names = [FILES[index % len(FILES)] for index in range(number)]
    added = _timed(bench, "POST", f"{JOB_QUEUE}job", {"filenames": names})
    found = bench.http.value("GET", f"{JOB_QUEUE}status")["queued_jobs"]
    body = {"job_ids": [job["job_id"] for job in found[-number:]]}
    return added, _timed(bench, "DELETE", f"{JOB_QUEUE}job", body)


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
    "forecast": _forecast,
    f"add {BATCH} at once": _batch,
    f"delete {BATCH} at once": _delete,
}
FEW = (_batch, _delete, _post_batch, _delete_batch)
"""What takes long is done three times in a round."""

THEIRS: Mapping[str, Measure] = {
    "job_queue status": _status,
    "job_queue post_job": _post_job,
    f"job_queue add {BATCH}": _post_batch,
    f"job_queue delete {BATCH}": _delete_batch,
}
BESIDE = {
    "full state": "job_queue status",
    "page of 50": "job_queue status",
    "changed since": "job_queue status",
    "forecast": "job_queue status",
    "add": "job_queue post_job",
    "move last to first": "job_queue post_job",
    "set_active": "job_queue post_job",
    "set_active: its change": "job_queue post_job",
    f"add {BATCH} at once": f"job_queue add {BATCH}",
    f"delete {BATCH} at once": f"job_queue delete {BATCH}",
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
            await ready(stack)
            for length in lengths:
                _fill(Http(stack.port), length)
                await stack.stop_moonraker()
                await stack.start_moonraker()
                await until_known(stack)
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
        most = min(repeats, 3) if measure in FEW else repeats
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
