"""What a process holds, sampled while it works, and whether it grows.

Growth is the median of the slopes between all pairs of samples (Theil and Sen), for
each print: a few samples that are far off, or one step, do not move it, and neither
does the speed of the machine. So it needs no quiet machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Callable

import pytest

PROBE = Path(__file__).parent / "probe"
WARM_UP = 0.25
"""The part of the samples that is not judged: caches fill and threads begin."""


@dataclass(frozen=True)
class Limit:
    """What a count may grow: at all, and with each print, which soaks need."""

    whole: float
    a_print: float


LIMITS: Mapping[str, Limit] = {
    "memory_kB": Limit(3000, 1.0),
    "held_kB": Limit(50, 1.0),
    "tasks": Limit(6, 0.01),
    "files": Limit(6, 0.01),
    "threads": Limit(6, 0.0),
}
"""held_kB: what Python holds, by the byte. Files: sockets and pipes, too."""


@dataclass(frozen=True)
class Sample:
    prints: int
    counts: Mapping[str, float]
    by_name: Mapping[str, int] = field(default_factory=dict)


def growth(samples: Sequence[Sample], name: str) -> float:
    """How much that count has grown from the first to the last of these."""
    slopes = [
        (late.counts[name] - early.counts[name]) / (late.prints - early.prints)
        for early, late in combinations(samples, 2)
        if late.prints > early.prints
    ]
    return statistics.median(slopes) * (samples[-1].prints - samples[0].prints)


def judged(samples: Sequence[Sample]) -> Sequence[Sample]:
    return samples[int(len(samples) * WARM_UP) :]


def leaks(samples: Sequence[Sample]) -> list[str]:
    """The counts that grow by more than they may, each in a line."""
    warm = judged(samples)
    prints = warm[-1].prints - warm[0].prints
    found = []
    for name, limit in LIMITS.items():
        grown, most = growth(warm, name), limit.whole + limit.a_print * prints
        if grown > most:
            found.append(
                f"{name}: {grown:+.0f} in {prints} prints, at most {most:.0f}; "
                f"first {warm[0].counts[name]:.0f}, last {warm[-1].counts[name]:.0f}"
            )
    return found


def hints(samples: Sequence[Sample], number: int = 12) -> str:
    """Which objects, tasks and files there are more of than at first."""
    warm = judged(samples)
    more = Counter(warm[-1].by_name)
    more.subtract(warm[0].by_name)
    return "\n".join(f"{count:+7} {name}" for name, count in more.most_common(number))


def report(samples: Sequence[Sample]) -> str:
    warm = judged(samples)
    prints = warm[-1].prints - warm[0].prints
    rows = [f"{len(warm)} samples over {prints} prints"]
    for name in LIMITS:
        values = [one.counts[name] for one in warm]
        rows.append(
            f"{name:10} {min(values):9.0f} … {max(values):9.0f}, "
            f"grown {growth(warm, name):+.1f}"
        )
    return "\n".join(rows)


class Vitals:
    """Looks into a Moonraker that was started with `watch`."""

    def __init__(self, answers: Path) -> None:
        self._answers = answers

    async def sample(self, pid: int, prints: int) -> Sample:
        before = self._answer()
        os.kill(pid, signal.SIGUSR1)
        await until(lambda: self._answer() != before)
        inside = json.loads(self._answer())
        outside, by_name = _outside(pid)
        return Sample(
            prints, {**inside["counts"], **outside}, {**inside["by_name"], **by_name}
        )

    def _answer(self) -> str:
        return self._answers.read_text("utf-8") if self._answers.exists() else ""


async def until(check: Callable[[], bool]) -> None:
    """For what tells nobody when it happens. A process that has died is seen by
    whatever the test does next."""
    for _ in range(2400):
        if check():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("it did not happen in two minutes")


def watch(monkeypatch: pytest.MonkeyPatch, folder: Path, leak: str = "") -> Vitals:
    """The next stack's programs can be looked into. leak: planted in Moonraker."""
    answers = folder / "vitals.json"
    monkeypatch.setenv("PYTHONPATH", str(PROBE))
    monkeypatch.setenv("VITALS", str(answers))
    monkeypatch.setenv("VITALS_LEAK", leak)
    return Vitals(answers)


def _outside(pid: int) -> tuple[dict[str, float], dict[str, int]]:
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    )
    files: Counter[str] = Counter()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except FileNotFoundError:  # closed meanwhile
            continue
        files[f"file {target.split('[')[0]}"] += 1
    counts: dict[str, float] = {
        "memory_kB": int(status["VmRSS"].split()[0]),
        "threads": int(status["Threads"]),
        "files": files.total() if hasattr(files, "total") else sum(files.values()),
    }
    return counts, dict(files)
