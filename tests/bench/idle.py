"""What an idle queue costs: CPU time and wake-ups of Moonraker over a minute.

Two printers side by side, so that both have the same minute: one Moonraker has the
section, one has not. klippy is ready, the queue is inactive, nothing prints and no
client is connected.

    python -m tests.bench.idle
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moonraker_cp.demo.stack import Stack

from . import proc
from .figures import Figure, figure, parser, report

SECTION = "bed_clearing: manual\n"
SETTLES = 10.0
"""Seconds after which nothing is left of the start."""


@dataclass(frozen=True)
class Minute:
    """CPU seconds and wake-ups of a minute, and how many threads there are."""

    cpu: float
    wake_ups: float
    threads: int


async def look(pids: Sequence[int], seconds: float) -> list[Minute]:
    before = [(proc.cpu(pid), proc.wake_ups(pid)) for pid in pids]
    await asyncio.sleep(seconds)
    share = 60 / seconds
    return [
        Minute(
            (proc.cpu(pid) - cpu) * share,
            (proc.wake_ups(pid) - wakes) * share,
            proc.threads(pid),
        )
        for pid, (cpu, wakes) in zip(pids, before)
    ]


async def run(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        plain = Stack(Path(folder) / "plain", moonraker="0.11.0")
        ours = Stack(Path(folder) / "ours", moonraker="0.11.0", section=SECTION)
        async with plain, ours:
            pids = [stack.pids["moonraker"] for stack in (plain, ours)]
            for stack in (plain, ours):
                await stack.client.close()
            await asyncio.sleep(SETTLES)
            minutes = [await look(pids, seconds) for _ in range(rounds)]
    return figures([one for one, _ in minutes], [one for _, one in minutes])


def figures(plain: Sequence[Minute], ours: Sequence[Minute]) -> list[Figure]:
    found = []
    for name, unit, field in (
        ("idle, CPU of a minute", "s", "cpu"),
        ("idle, wake-ups of a minute", "", "wake_ups"),
        ("idle, threads", "", "threads"),
    ):
        theirs = [float(getattr(one, field)) for one in plain]
        base = figure(f"{name}, without the queue", unit, theirs)
        mine = [float(getattr(one, field)) for one in ours]
        beside = ("Moonraker without it", base.value)
        found += [base, figure(f"{name}, with it", unit, mine, beside=beside)]
    return found


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--seconds", type=float, default=60.0, help="of one round")
    args = options.parse_args()
    report(args, asyncio.run(run(args.rounds, args.seconds)))


if __name__ == "__main__":
    main()
