"""What the queue adds to Moonraker: memory, and time to start.

One simulated printer and klippy stay; Moonraker is started in turn without the section
and with it: with an empty queue, with 1000 jobs and with as many as it takes. Each is
timed from the process to its first answer over HTTP, and to klippy being ready. CPU
time is Moonraker's own; wall time has in it what the machine did besides. What is added
is the difference of two neighbours.

    python -m tests.bench.start
"""

from __future__ import annotations

import asyncio
import http.client
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.demo import envs
from moonraker_cp.demo.stack import Stack

from . import proc
from .client import BATCH, NATIVE, Http, jobs, ready
from .figures import Figure, figure, parser, report

LENGTHS = (0, 1000, MAX_JOBS)
SECTION = "bed_clearing: manual\n"
WANTED_MB = 5.0
WANTED_SECONDS = 0.2

# Moonraker's own parts first, for what they import costs the queue nothing.
IMPORTS = """
import importlib, pathlib, time
import moonraker.server
from moonraker.server import CORE_COMPONENTS
for name in ("application", "websockets", "klippy_connection", *CORE_COMPONENTS):
    importlib.import_module("moonraker.components." + name)
done = time.process_time()
import moonraker.components.continuousprint.component
print(done, time.process_time() - done)
"""


@dataclass(frozen=True)
class Start:
    """Seconds from the process to its first answer and to klippy ready; memory then."""

    answers: float
    answers_cpu: float
    ready: float
    ready_cpu: float
    memory: proc.Memory


async def start(stack: Stack, section: str | None) -> Start:
    """Stop Moonraker, start it with that section or without, and look."""
    await stack.stop_moonraker()
    stack.options.section = section
    stack.write_configs()
    begun = time.perf_counter()
    starting = asyncio.create_task(stack.start_moonraker(wait_ready=False))
    await asyncio.to_thread(_wait_for_answer, stack.port)
    answers = time.perf_counter() - begun
    pid = stack.pids["moonraker"]
    answers_cpu = proc.cpu(pid)
    await starting
    await stack.wait_klippy_ready()
    ready, ready_cpu = time.perf_counter() - begun, proc.cpu(pid)
    # Once klippy is ready there is work left to be done, and no sign of its end.
    for _ in range(3):
        since = len(stack.client.notifications)
        await stack.client.wait("notify_proc_stat_update", since=since)
    return Start(answers, answers_cpu, ready, ready_cpu, proc.memory(pid))


def _wait_for_answer(port: int) -> None:
    while not _answers(port):
        time.sleep(0.002)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/access/info")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


async def in_turn(stack: Stack, rounds: int) -> tuple[list[Start], list[Start]]:
    """Starts without and with the section."""
    without, with_it = [], []
    for _ in range(rounds):
        without.append(await start(stack, None))
        with_it.append(await start(stack, SECTION))
    return without, with_it


def imports(rounds: int) -> list[tuple[float, float]]:
    """CPU seconds of Moonraker's imports and of ours on top of them."""
    env = envs.moonraker_env("0.11.0")
    found = []
    for _ in range(rounds + 1):  # the first one compiles
        command = [str(env.python), "-c", IMPORTS]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        theirs, ours = (float(word) for word in done.stdout.split())
        found.append((theirs, ours))
    return found[1:]


async def run(rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), moonraker="0.11.0", section=SECTION) as stack:
            await ready(stack)
            found, there = [], 0
            for length in LENGTHS:
                for _ in range(there, length, BATCH):
                    Http(stack.port).call(
                        "POST", f"{NATIVE}jobs", {"jobs": jobs(BATCH)}
                    )
                there = length
                found += _start_figures(*await in_turn(stack, rounds), length)
    return [*found, *_import_figures(imports(rounds))]


def _start_figures(
    without: Sequence[Start], with_it: Sequence[Start], number: int
) -> list[Figure]:
    def added(name: str, field: str, unit: str, wanted: float | None) -> Figure:
        plain = [_value(one, field) for one in without]
        ours = [_value(one, field) for one in with_it]
        differences = [one - other for one, other in zip(ours, plain)]
        whole = statistics.median(plain)
        beside = ("Moonraker without it", whole)
        return figure(
            name, unit, differences, beside=beside, jobs=number, wanted=wanted
        )

    seconds = None if number else WANTED_SECONDS
    return [
        added("memory added, resident", "rss", "MB", None if number else WANTED_MB),
        added("memory added, its own (USS)", "uss", "MB", None),
        added("memory added, by share (PSS)", "pss", "MB", None),
        added("start added, CPU until it answers", "answers_cpu", "s", seconds),
        added("start added, until it answers", "answers", "s", None),
        added("start added, CPU until klippy is ready", "ready_cpu", "s", seconds),
        added("start added, until klippy is ready", "ready", "s", None),
    ]


def _value(one: Start, field: str) -> float:
    holder: Any = one if hasattr(one, field) else one.memory
    return float(getattr(holder, field))


def _import_figures(found: Sequence[tuple[float, float]]) -> list[Figure]:
    theirs = statistics.median(one for one, _ in found)
    beside = ("Moonraker's imports", theirs)
    return [figure("import, CPU", "s", [ours for _, ours in found], beside=beside)]


def main() -> None:
    args = parser(__doc__, rounds=5).parse_args()
    report(args, asyncio.run(run(args.rounds)))


if __name__ == "__main__":
    main()
