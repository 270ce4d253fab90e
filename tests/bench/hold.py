"""How long Moonraker's event loop is held, on a real Moonraker.

tests/bench/inside notes every turn of the loop that took long, in CPU time of its
thread; each row is the longest one while a call was made and its notification sent.
The worst round counts. "The first" is after a start of Moonraker: then an answer about
many jobs is dearer than later on.
Beside it are Moonraker's own job_queue, filled as full, and what Moonraker does while
nobody asks anything. One websocket client listens.

    python -m tests.bench.hold
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable

from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.demo.stack import Stack

from .figures import Figure, figure, parser, report
from .queue import (
    BATCH,
    FILES,
    JOB_QUEUE,
    NATIVE,
    SECTION,
    SET_ACTIVE,
    Bench,
    Http,
    Listener,
    jobs,
)

INSIDE = Path(__file__).parent / "inside"
LENGTHS = (1000, MAX_JOBS - BATCH)
"""The longer one with room for a batch."""
WANTED = {LENGTHS[0]: 10.0, LENGTHS[1]: 30.0}
QUIET = "nobody asks"
"""The row of what Moonraker does by itself."""

Scene = Callable[[Bench], Awaitable[Any]]


@contextmanager
def looked_into(path: Path) -> Iterator[None]:
    """Whatever Moonraker starts meanwhile notes its long turns there."""
    added = {"MOONRAKER_CP_HOLDS": str(path), "PYTHONPATH": str(INSIDE)}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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


async def _post_job(bench: Bench) -> None:
    bench.http.call("POST", f"{JOB_QUEUE}job", {"filenames": [FILES[0]]})


SCENES: Mapping[str, Scene] = {
    QUIET: _quiet,
    "no queue (access/info)": _call("GET", "/access/info"),
    "job_queue status": _call("GET", f"{JOB_QUEUE}status"),
    "job_queue post_job": _post_job,
    "full state": _call("GET", f"{NATIVE}state"),
    "page of 50": _call("GET", f"{NATIVE}jobs?limit=50"),
    "set_active": _call("POST", SET_ACTIVE, {"active": True}),
    "set_active, off": _call("POST", SET_ACTIVE, {"active": False}),
    "move last to first": _move,
    "add": _call("POST", f"{NATIVE}jobs", jobs(1)[0]),
    f"add {BATCH} at once": _call("POST", f"{NATIVE}jobs", {"jobs": jobs(BATCH)}),
}
FIRST: Mapping[str, Scene] = {
    f"{name}, the first": SCENES[name] for name in ("full state", "set_active")
}
"""After a start of Moonraker, when nothing of the jobs has been made yet."""

BESIDE = {
    "full state": "job_queue status",
    "full state, the first": "job_queue status",
    "page of 50": "job_queue status",
}


# -- a run ---------------------------------------------------------------------------


async def longest(bench: Bench, scene: Scene, holds: Path) -> float:
    """ms of the longest turn until the answer has come and everybody was told."""
    await bench.listener.catch_up()
    begun = _noted(holds)
    await scene(bench)
    await bench.listener.catch_up()
    return max(_noted(holds)[len(begun) :], default=0.0)


def _noted(holds: Path) -> list[float]:
    return [float(line.split()[0]) for line in holds.read_text().splitlines()]


async def run(rounds: int) -> dict[int, dict[str, list[float]]]:
    found: dict[int, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        holds = Path(folder) / "holds"
        stack = Stack(Path(folder) / "p", moonraker="0.11.0", section=SECTION)
        with looked_into(holds):
            await stack.start()
            try:
                for name in FILES:
                    (stack.data.gcodes / name).write_text("G28\n", "utf-8")
                Http(stack.port).call("POST", f"{NATIVE}bed", {"state": "occupied"})
                bench = Bench(stack, 0)
                await bench.connect()
                for length in LENGTHS:
                    found[length] = await _rows(bench, length, rounds, holds)
            finally:
                await stack.stop()
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
    made = []
    for length, rows in found.items():
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


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    report(args, figures(asyncio.run(run(args.rounds))))


if __name__ == "__main__":
    main()
