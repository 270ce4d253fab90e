"""What every bench measures, in one shape: a table for people, JSON for programs.

A figure of one machine says little of another one, so nearly each has a ratio beside
it: to something of Moonraker's own that was measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..commit import commit


@dataclass(frozen=True)
class Figure:
    """One measured thing.

    value: what counts of the rounds, between min and max. ratio: to `of`. jobs: in the
    queue, when that matters. wanted: the most that `value`, or with by_ratio `ratio`,
    may be.
    """

    name: str
    unit: str
    value: float
    rounds: int
    min: float
    median: float
    max: float
    ratio: float | None = None
    of: str = ""
    jobs: int | None = None
    wanted: float | None = None
    by_ratio: bool = False

    @property
    def measured(self) -> float | None:
        """What is compared with `wanted`."""
        return self.ratio if self.by_ratio else self.value

    @property
    def passes(self) -> bool | None:
        """None: nothing is wanted of it."""
        if self.wanted is None or self.measured is None:
            return None
        return self.measured <= self.wanted


def figure(
    name: str,
    unit: str,
    values: Sequence[float],
    *,
    least: bool = False,
    worst: bool = False,
    beside: tuple[str, float | None] = ("", None),
    **more: Any,
) -> Figure:
    """least: the least of the rounds counts and not the median, for a program that
    has the machine to itself is never slower than it is. worst: the most of
    them counts, for what must never happen."""
    value = statistics.median(values)
    if least or worst:
        value = min(values) if least else max(values)
    of, other = beside
    return Figure(
        name,
        unit,
        value,
        len(values),
        min(values),
        statistics.median(values),
        max(values),
        value / other if other else None,
        of if other else "",
        **more,
    )


def table(figures: Iterable[Figure]) -> str:
    head = ("", "jobs", "unit", "value", "min", "median", "max", "n", "ratio")
    rows = [head, *(_row(one) for one in figures)]
    return "\n".join(
        f"{row[0]:44}{row[1]:>7}{row[2]:>8}"
        + "".join(f"{cell:>10}" for cell in row[3:7])
        + f"{row[7]:>5}  {row[8]}"
        for row in rows
    )


def _row(one: Figure) -> tuple[str, ...]:
    return (
        one.name,
        "" if one.jobs is None else str(one.jobs),
        one.unit,
        *(shown(value) for value in (one.value, one.min, one.median, one.max)),
        str(one.rounds),
        "" if one.ratio is None else f"{shown(one.ratio)} of {one.of}",
    )


def shown(value: float) -> str:
    """With three digits that mean something."""
    for least, digits in ((100, 0), (10, 1), (0.1, 2), (0.001, 4)):
        if abs(value) >= least:
            return f"{value:.{digits}f}"
    return f"{value:.3g}"


def summary(figures: Iterable[Figure]) -> str:
    """What is wanted beside what was measured."""
    lines = [f"{'':60}{'wanted':>10}{'measured':>12}"]
    for one in figures:
        if one.passes is None or one.wanted is None or one.measured is None:
            continue
        word = "pass" if one.passes else "MISS"
        most = f"<= {shown(one.wanted)}"
        lines.append(f"{title(one):60}{most:>10}{shown(one.measured):>12}  {word}")
    return "\n".join(lines)


def title(one: Figure) -> str:
    jobs = "" if one.jobs is None else f", {one.jobs} jobs"
    unit = f", of {one.of}" if one.by_ratio else f", {one.unit}"
    return f"{one.name}{jobs}{unit}"


def missed(figures: Iterable[Figure]) -> list[str]:
    """Which of those of which something is wanted do not pass."""
    return [title(one) for one in figures if one.passes is False]


def read(path: Path) -> tuple[str, list[Figure]]:
    """What was measured when, and what was found."""
    found = json.loads(path.read_text("utf-8"))
    return found["about"], [Figure(**one) for one in found["figures"]]


def write(path: Path, figures: Iterable[Figure], about: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"about": about, "figures": [asdict(one) for one in figures]}
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def parser(words: str | None, rounds: int) -> argparse.ArgumentParser:
    """The options that every bench has."""
    made = argparse.ArgumentParser(description=(words or "").splitlines()[0])
    made.add_argument("--rounds", type=int, default=rounds)
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    return made


def report(args: argparse.Namespace, figures: Sequence[Figure]) -> None:
    print(table(figures))
    if args.json is not None:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        write(args.json, figures, f"commit `{commit()}`, {today}")
