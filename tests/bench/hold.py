"""How long Moonraker's event loop is held, on a real Moonraker.

tests/bench/inside notes every turn of the loop that took long, in CPU time of its
thread; each row is the longest one while a call was made and its notification sent.
The worst round counts. "The first" is after a start of Moonraker: then an answer about
many jobs is dearer than later on. A pass of Python's garbage collector over all objects
of Moonraker falls due in some turn or other; it is measured by itself.
Beside it are Moonraker's own job_queue, filled as full, and what Moonraker does while
nobody asks anything. One websocket client listens.

    python -m tests.bench.hold
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any, Callable

from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.demo.stack import Stack

from .client import (
    BATCH,
    FILES,
    JOB_QUEUE,
    NATIVE,
    SECTION,
    SET_ACTIVE,
    Bench,
    Listener,
    jobs,
    looked_into,
    ready,
    until_known,
)
from .figures import Figure, figure, parser, report

LENGTHS = (1000, MAX_JOBS - BATCH)
"""The longer one with room for a batch."""
WANTED = {LENGTHS[0]: 10.0, LENGTHS[1]: 30.0}
GARBAGE = "gc"
QUIET = "nobody asks"
"""The row of what Moonraker does by itself."""

Scene = Callable[[Bench], Awaitable[Any]]


# -- what is done -------------------------------------------------------------------


def _call(method: str, path: str, body: Any = None) -> Scene:
    async def scene(bench: Bench) -> None:
        bench.http.call(method, path, body)

    return scene


async def _quiet(bench: Bench) -> None:
    since = len(bench.stack.client.notifications)
    await bench.stack.client.wait("notify_proc_stat_update", since=since)


async def _move(bench: Bench) -> None:
    body = {"id": bench.job_ids[-1], "after": None}
    bench.http.call("POST", f"{NATIVE}job/move", body)


async def _delete(bench: Bench) -> None:
    body = {"job_ids": bench.job_ids[-BATCH:]}
    bench.http.call("DELETE", f"{NATIVE}jobs", body)


async def _to_the_page(bench: Bench) -> None:
    await bench.stack.client.rpc("server.continuousprint.state")


async def _post_job(bench: Bench) -> None:
    bench.http.call("POST", f"{JOB_QUEUE}job", {"filenames": [FILES[0]]})


SCENES: Mapping[str, Scene] = {
    QUIET: _quiet,
    "no queue (access/info)": _call("GET", "/access/info"),
    "job_queue status": _call("GET", f"{JOB_QUEUE}status"),
    "job_queue post_job": _post_job,
    "full state": _call("GET", f"{NATIVE}state"),
    "full state, to a websocket": _to_the_page,
    "page of 50": _call("GET", f"{NATIVE}jobs?limit=50"),
    "set_active": _call("POST", SET_ACTIVE, {"active": True}),
    "set_active, off": _call("POST", SET_ACTIVE, {"active": False}),
    "move last to first": _move,
    "add": _call("POST", f"{NATIVE}jobs", jobs(1)[0]),
    f"add {BATCH} at once": _call("POST", f"{NATIVE}jobs", {"jobs": jobs(BATCH)}),
    f"delete {BATCH} at once": _delete,
    "forecast": _call("GET", f"{NATIVE}forecast?limit=1000"),
}
FIRST: Mapping[str, Scene] = {
    f"{name}, the first": SCENES[name] for name in ("full state", "set_active")
}
"""After a start of Moonraker, when nothing of the jobs has been made yet."""

BESIDE = {
    "full state": "job_queue status",
    "full state, the first": "job_queue status",
    "full state, to a websocket": "job_queue status",
    "page of 50": "job_queue status",
    "forecast": "job_queue status",
}


# -- a run ---------------------------------------------------------------------------


async def longest(bench: Bench, scene: Scene, holds: Path) -> float:
    """ms of the longest turn until the answer has come and everybody was told."""
    await bench.listener.catch_up()
    begun = _noted(holds)
    await scene(bench)
    await bench.listener.catch_up()
    return max(_noted(holds)[len(begun) :], default=0.0)


async def collection(stack: Stack, holds: Path) -> float:
    """ms of a whole pass of the garbage collector."""
    begun = _noted(holds, GARBAGE)
    os.kill(stack.pids["moonraker"], signal.SIGUSR1)
    await stack.client.rpc("server.info")
    return _noted(holds, GARBAGE)[len(begun) :][0]


def _noted(holds: Path, what: str = "") -> list[float]:
    """Of all turns, or of the passes of the garbage collector."""
    lines = [line.split() for line in holds.read_text().splitlines()]
    return [float(ms) for ms, name in lines if (name == GARBAGE) == (what == GARBAGE)]


async def run(rounds: int) -> dict[int, dict[str, list[float]]]:
    """By the number of jobs; by 0 what a Moonraker without the queue does."""
    found: dict[int, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        holds = Path(folder) / "holds"
        for section in (None, SECTION):
            name = "ours" if section else "plain"
            stack = Stack(Path(folder) / name, moonraker="0.11.0", section=section)
            with looked_into("HOLDS", holds):
                async with stack:
                    if section is None:
                        passes = [await collection(stack, holds) for _ in range(rounds)]
                        found[0] = {GARBAGE: passes}
                        continue
                    await ready(stack)
                    bench = Bench(stack, 0)
                    await bench.connect()
                    for length in LENGTHS:
                        found[length] = await _rows(bench, length, rounds, holds)
    return found


async def _rows(
    bench: Bench, length: int, rounds: int, holds: Path
) -> dict[str, list[float]]:
    rows: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, scene in FIRST.items():
            _fill(bench, length)
            await _restart(bench)
            rows.setdefault(name, []).append(await longest(bench, scene, holds))
        bench.http.call("POST", SET_ACTIVE, {"active": False})
        rows.setdefault(GARBAGE, []).append(await collection(bench.stack, holds))
    _fill_theirs(bench, length)  # a restart forgets them
    for _ in range(rounds):
        for name, scene in SCENES.items():
            _fill(bench, length)
            rows.setdefault(name, []).append(await longest(bench, scene, holds))
    return rows


async def _restart(bench: Bench) -> None:
    """Moonraker knows the jobs then, and has told nobody of them."""
    bench.listener.close()
    await bench.stack.stop_moonraker()
    await bench.stack.start_moonraker()
    await until_known(bench.stack)
    bench.listener = Listener()
    await bench.connect()


def _fill(bench: Bench, length: int) -> None:
    """As many jobs as that, no more and no fewer."""
    bench.look()
    for begun in range(len(bench.job_ids), length, BATCH):
        most = min(BATCH, length - begun)
        bench.http.call("POST", f"{NATIVE}jobs", {"jobs": jobs(most)})
    gone = bench.job_ids[length:]
    if gone:
        bench.http.call("DELETE", f"{NATIVE}jobs", {"job_ids": gone})
    bench.look()


def _fill_theirs(bench: Bench, length: int) -> None:
    bench.http.call("DELETE", f"{JOB_QUEUE}job", {"all": True})
    names = [FILES[number % len(FILES)] for number in range(length)]
    bench.http.call("POST", f"{JOB_QUEUE}job", {"filenames": names})


def figures(found: Mapping[int, Mapping[str, list[float]]]) -> list[Figure]:
    plain = found[0][GARBAGE]
    made = [figure(f"{COLLECTOR} without the queue", "ms", plain)]
    for length in LENGTHS:
        rows = dict(found[length])
        made += _garbage(rows.pop(GARBAGE), plain, length)
        for name, values in rows.items():
            ours = name not in (QUIET, "no queue (access/info)")
            ours = ours and not name.startswith("job_queue")
            of = BESIDE.get(name, "job_queue post_job") if ours else QUIET
            more: dict[str, Any] = {"jobs": length, "worst": True}
            if ours:
                more["wanted"] = WANTED[length]
            beside = (of, max(rows[of])) if of != name else ("", None)
            made.append(
                figure(f"loop held: {name}", "ms", values, beside=beside, **more)
            )
    return made


COLLECTOR = "loop held: a pass of Python's garbage collector,"


def _garbage(passes: list[float], plain: list[float], length: int) -> list[Figure]:
    """What is wanted of the queue is about what it adds to Moonraker's own."""
    base = statistics.median(plain)
    beside = ("Moonraker without it", base)
    added, wanted = [one - base for one in passes], WANTED[length]
    return [
        figure(f"{COLLECTOR} with it", "ms", passes, beside=beside, jobs=length),
        figure(f"{COLLECTOR} added", "ms", added, jobs=length, wanted=wanted),
    ]


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    report(args, figures(asyncio.run(run(args.rounds))))


if __name__ == "__main__":
    main()
