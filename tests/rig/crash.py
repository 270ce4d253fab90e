"""The crash harness: kills everything, everywhere, and holds the books against klippy.

    make crash SEED=123 COUNT=20

Each story has a printer of its own: simulated micro-controller, klippy, Moonraker.
Something dies at each named point that the wheel passes, the next time at one where
nothing has died yet, and at random moments. A story that went wrong is told, with what
repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..commit import commit
from .crash_bugs import BUGS, Bug
from .crash_chart import Chart
from .crash_story import NEW, Crash, Result, Story
from .crash_truth import BED, DOUBLED, LOST

PER_STORY = 6
AT_RANDOM = 0.15
"""How many of the crashes are at no named point."""
WEIGHTS = {
    "moonraker": 6,
    "klippy": 2,
    "mcu": 2,
    "power": 2,
    "disk": 2,
    "disk and moonraker": 1,
}


@dataclass
class Sums:
    """What came of all stories."""

    results: list[Result] = field(default_factory=list)
    chart: Chart = field(default_factory=Chart)

    def add(self, result: Result) -> None:
        self.results.append(result)
        self.chart.passed.update(result.passed)

    @property
    def crashes(self) -> int:
        return sum(len(result.crashes) for result in self.results)

    @property
    def wrong(self) -> list[str]:
        return [words for result in self.results for words in result.wrong]

    def broken(self, law: str) -> int:
        return sum(words.startswith(law + ":") for words in self.wrong)


def make_plan(rng: random.Random, left: int) -> list[Crash]:
    """What dies in a story, and whether at a named point or at any moment."""
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    plan = []
    for kind in rng.choices(kinds, weights, k=min(PER_STORY, left)):
        after = round(rng.uniform(0, 4), 2)
        is_named = rng.random() > AT_RANDOM
        plan.append(Crash(kind, NEW) if is_named else Crash(kind, after=after))
    return plan


async def crash(
    seed: int, count: int, folder: Path, at_once: int, bug: Bug | None = None
) -> Sums:
    """That many crashes or some more, with so many printers at once."""
    sums = Sums()
    numbers = iter(range(10**6))
    left = count

    async def printer() -> None:
        nonlocal left
        while left > 0 and not (bug and sums.wrong):
            number = next(numbers)
            own = seed * 10_000 + number
            plan = make_plan(random.Random(own), left)
            left -= len(plan)
            at = folder / str(number)
            story = Story(at, own, plan, bug=bug, chart=sums.chart)
            sums.add(await tell(story))
            show(sums, count)

    await asyncio.gather(*(printer() for _ in range(at_once)))
    return sums


async def tell(story: Story) -> Result:
    """Its folder stays when something went wrong."""
    result = await story.run()
    if not result.wrong:
        data = story.stack.data
        for folder in (data.root, data.comms):  # the second may be elsewhere
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return result


def written(plan: Sequence[Crash]) -> str:
    """A plan as --plan takes it."""
    return ";".join(f"{one.kind}@{one.at or one.after}" for one in plan)


def read_plan(text: str) -> list[Crash]:
    plan = []
    for part in filter(None, text.split(";")):
        kind, _, where = part.partition("@")
        if where.replace(".", "", 1).isdigit():
            plan.append(Crash(kind, after=float(where)))
        else:
            plan.append(Crash(kind, where))
    return plan


def show(sums: Sums, count: int) -> None:
    """The newest story, in one line; all of it if it went wrong."""
    result = sums.results[-1]
    verdict = f"WRONG: {result.wrong}" if result.wrong else "fine"
    print(
        f"{sums.crashes}/{count} story {result.seed}: {len(result.crashes)} crashes,"
        f" {result.prints} prints, {result.done} done, {result.answers} answers:"
        f" {verdict}",
        flush=True,
    )
    if result.wrong:
        print("\n".join(f"    {line}" for line in result.told))
        print(f"    logs: {result.folder}")
        plan = written(result.crashes)
        print(f"    again: make crash STORY={result.seed} PLAN='{plan}'", flush=True)


def table(sums: Sums) -> str:
    """Which points were hit, by what; and the sums."""
    lines = [*sums.chart.lines()]
    by_kind: Counter[str] = Counter()
    for (_, kind), number in sums.chart.hit.items():
        by_kind[kind] += number
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(by_kind.items()))
    prints = sum(result.prints for result in sums.results)
    answers = sum(result.answers for result in sums.results)
    laws = [sums.broken(law) for law in (LOST, DOUBLED, BED)]
    lines += [
        f"crashes: {sums.crashes} ({kinds}) in {len(sums.results)} stories,"
        f" {prints} prints, {answers} answers",
        f"lost {laws[0]}, doubled without a person's answer {laws[1]}, started on a bed"
        f" not known clear {laws[2]}, anything else {len(sums.wrong) - sum(laws)}",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=6)
    parser.add_argument("--story", type=int, help="one story, with --plan")
    parser.add_argument("--plan", default="")
    parser.add_argument("--bug", choices=BUGS, help="plant it, to see it found")
    args = parser.parse_args()
    bug = BUGS[args.bug] if args.bug else None
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    begin = time.monotonic()
    if args.story is not None:
        story = Story(folder / "story", args.story, read_plan(args.plan), bug=bug)
        result = asyncio.run(tell(story))
        print("\n".join(result.told))
        print(f"wrong: {result.wrong}" if result.wrong else "fine")
        return bool(result.wrong)
    print(f"seed {args.seed}, {args.count} crashes, logs in {folder}", flush=True)
    sums = asyncio.run(crash(args.seed, args.count, folder, args.at_once, bug))
    print(table(sums))
    minutes = (time.monotonic() - begin) / 60
    print(f"seed {args.seed}, {minutes:.1f} minutes, commit {commit()}")
    return bool(sums.wrong)


if __name__ == "__main__":
    sys.exit(main())
