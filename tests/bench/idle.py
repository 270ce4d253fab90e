"""What an idle queue costs: CPU time and wake-ups of Moonraker over a minute.

Printers side by side, so that all have the same minute: one Moonraker has the section,
one has not. klippy is ready, the queue is inactive, nothing prints and no client is
connected. A third one, with the section, notes every timer, task and thread that the
queue begins; nothing else is measured of it.

    python -m tests.bench.idle
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moonraker_cp.demo.stack import Stack

from . import proc
from .client import looked_into
from .figures import Figure, figure, parser, report

SECTION = "bed_clearing: manual\n"
SETTLES = 10.0
"""Seconds after which nothing is left of the start."""


@dataclass(frozen=True)
class Minute:
    """CPU seconds and wake-ups of a minute, and how many threads there are. loop_cpu:
    of the event loop alone; once a second another thread of Moonraker's reads how much
    memory Moonraker has, which takes longer the more it is."""

    cpu: float
    loop_cpu: float
    wake_ups: float
    threads: int


async def look(pids: Sequence[int], seconds: float) -> list[Minute]:
    before = [_now(pid) for pid in pids]
    await asyncio.sleep(seconds)
    share = 60 / seconds
    return [
        Minute(
            (now.cpu - then.cpu) * share,
            (now.loop_cpu - then.loop_cpu) * share,
            (now.wake_ups - then.wake_ups) * share,
            now.threads,
        )
        for now, then in zip(map(_now, pids), before)
    ]


def _now(pid: int) -> Minute:
    return Minute(
        proc.threads_cpu(pid), proc.loop_cpu(pid), proc.wake_ups(pid), proc.threads(pid)
    )


async def run(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        begun = Path(folder) / "begun"
        plain, ours, noted = (
            Stack(Path(folder) / name, moonraker="0.11.0", section=section)
            for name, section in (("p", None), ("o", SECTION), ("n", SECTION))
        )
        async with plain, ours:
            with looked_into("TIMERS", begun):
                await noted.start()
            try:
                for stack in (plain, ours, noted):
                    await stack.client.close()
                await asyncio.sleep(SETTLES)
                settled = _lines(begun)
                if not settled:
                    raise RuntimeError("what the queue begins is not noted")
                pids = [stack.pids["moonraker"] for stack in (plain, ours)]
                minutes = [await look(pids, seconds) for _ in range(rounds)]
                more = (_lines(begun) - settled) * 60 / (rounds * seconds)
            finally:
                await noted.stop()
    return figures([one for one, _ in minutes], [one for _, one in minutes], more)


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def figures(
    plain: Sequence[Minute], ours: Sequence[Minute], begun: float
) -> list[Figure]:
    found = []
    for name, unit, field in (
        ("idle, CPU of a minute", "s", "cpu"),
        ("idle, the event loop's of it", "s", "loop_cpu"),
        ("idle, wake-ups of a minute", "", "wake_ups"),
        ("idle, threads", "", "threads"),
    ):
        theirs = [float(getattr(one, field)) for one in plain]
        base = figure(f"{name}, without the queue", unit, theirs)
        mine = [float(getattr(one, field)) for one in ours]
        beside = ("Moonraker without it", base.value)
        found += [base, figure(f"{name}, with it", unit, mine, beside=beside)]
    return [*found, _added(plain, ours), _begun(begun)]


def _added(plain: Sequence[Minute], ours: Sequence[Minute]) -> Figure:
    """At most what one minute of Moonraker without the queue differs from another."""
    theirs = [one.wake_ups for one in plain]
    return figure(
        "idle, wake-ups added to a minute",
        "",
        [one.wake_ups - other for one, other in zip(ours, theirs)],
        beside=("Moonraker without it", statistics.median(theirs)),
        wanted=max(theirs) - min(theirs),
    )


def _begun(number: float) -> Figure:
    return figure("idle, timers, tasks and threads begun", "", [number], wanted=0)


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--seconds", type=float, default=30.0, help="of one round")
    args = options.parse_args()
    report(args, asyncio.run(run(args.rounds, args.seconds)))


if __name__ == "__main__":
    main()
