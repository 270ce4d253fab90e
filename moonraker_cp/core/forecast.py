"""How much is left to print, and when it will be done: sums over estimates. Pure.

What is not known is not made up. A sum says of how many copies nothing is known, and
a time that depends on one of those is None.

What a forecast assumes, it says (`Forecast.assumes`): that every print ends well, that
prints take as long, against their slicers' estimates, as they did so far, and that the
bed gets clear as fast as it did so far, whoever clears it. While nothing is known of
that, nothing is added for it, and the times are the earliest possible ones. Quiet hours
and a start time are counted: a print that may not begin yet begins when it may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar, cast

from .begins import Begins
from .decisions import Situation
from .files import Files
from .model import BedState, Job, Phase, Run, Set
from .printing_order import copies_to_come, in_steps, jobs_after
from .strategies import Candidate, Jobs, duration

T = TypeVar("T")

HORIZON = 1000
"""Copies to come that are looked at one by one, for the ends of jobs."""

FARTHEST = 1000 * 365 * 24 * 3600.0
"""Seconds from now beyond which an end is not foretold: calendars end there, too."""


@dataclass(frozen=True)
class HistoryFacts:
    """What earlier prints teach.

    ratio: the mean of print_duration / the slicer's estimate over good prints; ratios:
    the same by path. clearing_seconds: the mean time from the end of a print to a bed
    that is clear, cooling included. None: not known yet.
    """

    ratios: Mapping[str, float] = field(default_factory=dict)
    ratio: float | None = None
    clearing_seconds: float | None = None


@dataclass(frozen=True)
class Cost:
    """What a copy takes: seconds, mm and g of filament. None: not known."""

    seconds: float | None = None
    length: float | None = None
    weight: float | None = None


@dataclass(frozen=True)
class Sum:
    """known: added up over the copies of which it is known; unknown: the others."""

    known: float = 0.0
    unknown: int = 0

    @property
    def total(self) -> float | None:
        return None if self.unknown else self.known


@dataclass(frozen=True)
class Left:
    """What is left to print: seconds of printing alone, mm and g of filament.

    endless: there is more than that; of an endless job only the present pass counts.
    """

    copies: int = 0
    seconds: Sum = Sum()
    length: Sum = Sum()
    weight: Sum = Sum()
    endless: bool = False


class Forecast:
    """What is to be expected in a situation. Nothing is computed before it is asked;
    `steps` computes what takes long with a long queue, in small steps.

    fraction: how much of the file in the printer is read, 0 to 1.
    """

    def __init__(
        self,
        situation: Situation,
        history: HistoryFacts = HistoryFacts(),
        fraction: float | None = None,
    ) -> None:
        self._situation = situation
        self._history = history
        self._fraction = fraction
        self._costs: dict[str, Cost] = {}

    def steps(self) -> Iterator[None]:
        """After the last one, everything is known that is asked of the whole queue."""
        self._to_come = yield from self._count()
        self._ends = yield from self._walk()

    @property
    def clearing_seconds(self) -> float | None:
        """From the end of a print to a clear bed, as so far."""
        return self._history.clearing_seconds

    # -- the copy in the printer ----------------------------------------------

    @cached_property
    def run_left(self) -> Cost:
        """What is left of the copy in the printer."""
        run = self._situation.state.run
        return Cost() if run is None else self._left_of(run)

    @cached_property
    def run_end(self) -> float | None:
        """When it is expected to end; seconds since the epoch."""
        seconds = self.run_left.seconds
        return None if seconds is None else self._situation.now + seconds

    def _left_of(self, run: Run) -> Cost:
        look, whole = self._situation.look, self.cost(run.path)
        if whole.seconds is None and run.estimate is not None:
            seconds = run.estimate * self._ratio(run.path)
            whole = replace(whole, seconds=seconds)  # its file is gone meanwhile
        if not look.has_print or look.filename != run.path:
            starting = self._situation.state.control.phase is Phase.STARTING
            return whole if starting else Cost()
        share = 1.0 - self._fraction if self._fraction else None
        if whole.length:
            share = max(1.0 - look.filament_used / whole.length, 0.0)
        return Cost(
            self._seconds_left(whole.seconds, look.print_duration),
            _times(whole.length, share),
            _times(whole.weight, share),
        )

    def _seconds_left(self, expected: float | None, elapsed: float) -> float | None:
        """By the estimate, until it has passed; then by how much of the file is."""
        if expected is not None and expected > elapsed:
            return expected - elapsed
        if not self._fraction or elapsed <= 0:
            return None
        return elapsed * (1.0 - self._fraction) / self._fraction

    # -- sums -------------------------------------------------------------------

    def cost(self, path: str) -> Cost:
        """What one copy of a file takes."""
        known = self._costs.get(path)
        if known is None:
            known = _cost(self._situation.files, path, self._ratio(path))
            self._costs[path] = known
        return known

    def set_left(self, job: Job, one: Set) -> Left:
        """Of one set, over all passes, whether or not it can be printed here."""
        return self._left(job, (one,))

    def job_left(self, job: Job) -> Left:
        return self._left(job, job.sets)

    @cached_property
    def queue_left(self) -> Left:
        """All that will be printed here, with what is left of the copy in the printer;
        without drafts, jobs on hold, and what stands behind a missing file."""
        with_run = self._situation.state.run is not None
        return self._add_up(self._to_come, self._is_endless, with_run)

    def _left(self, job: Job, sets: tuple[Set, ...]) -> Left:
        run = self._situation.state.run
        copies: Counter[str] = Counter()
        with_run = False
        for one in sets if job.remaining > 0 else ():
            later = 0 if job.is_endless else job.remaining - 1
            number = one.remaining + later * one.count
            if run is not None and one.id == run.set_id and one.remaining > 0:
                number, with_run = number - 1, True
            copies[one.path] += number
        return self._add_up(copies, job.is_endless, with_run)

    def _add_up(self, copies: Mapping[str, int], endless: bool, with_run: bool) -> Left:
        parts = [(number, self.cost(path)) for path, number in copies.items()]
        if with_run:
            parts.append((1, self.run_left))
        return Left(
            sum(number for number, _ in parts),
            _sum((number, cost.seconds) for number, cost in parts),
            _sum((number, cost.length) for number, cost in parts),
            _sum((number, cost.weight) for number, cost in parts),
            endless,
        )

    @cached_property
    def _jobs(self) -> Jobs:
        state = self._situation.state
        return jobs_after(state.jobs, state.run)

    @cached_property
    def _to_come(self) -> Counter[str]:
        """Copies that will be printed here after the one in the printer, by path."""
        return _at_once(self._count())

    def _count(self) -> Generator[None, None, Counter[str]]:
        conditions, copies = self._situation.conditions, Counter[str]()
        for job in self._jobs:
            for one, number in copies_to_come(job, conditions):
                copies[one.path] += number
            yield
        return copies

    @cached_property
    def _is_endless(self) -> bool:
        conditions = self._situation.conditions
        return any(
            sum(number for _, number in copies_to_come(job, conditions))
            for job in self._jobs
            if job.is_endless
        )

    def _ratio(self, path: str) -> float:
        return self._history.ratios.get(path) or self._history.ratio or 1.0

    # -- ends -------------------------------------------------------------------

    @cached_property
    def finish(self) -> float | None:
        """When the last copy of the queue ends; None: unknown, never, or nothing."""
        left = self.queue_left
        if left.endless or left.seconds.total is None or not left.copies:
            return None
        if self._is_moved:
            return self._last_end(left.copies)
        lasts = left.seconds.total + self._gaps(left.copies)
        return self._situation.now + lasts if lasts < FARTHEST else None

    def _gaps(self, prints: int) -> float:
        """Seconds in which the bed gets clear: between the prints, and before the
        first one when it is not clear now."""
        state = self._situation.state
        is_ready = state.run is not None or state.control.bed.state is BedState.CLEAR
        return (prints - is_ready) * (self._history.clearing_seconds or 0.0)

    def finishes(self, most: int = HORIZON) -> dict[int, float]:
        """When each job ends, by its id, as the strategy orders them.

        Only jobs that end within so many copies from now, and before a copy of which
        nobody knows how long it takes.
        """
        run_end = self.run_end
        found = {} if run_end is None else self._ends_with_run(run_end)
        for candidate, time in self._ends[:most]:
            if candidate.job.copies_left == 1:
                found[candidate.job.id] = time
        return found

    @cached_property
    def _is_moved(self) -> bool:
        """Quiet hours or a start time may keep a print from beginning at once."""
        situation = self._situation
        not_before = situation.state.control.not_before
        return bool(situation.rules.hours.quiet) or not_before > situation.now

    def _last_end(self, copies: int) -> float | None:
        """Of so many copies, the one in the printer among them."""
        run = self._situation.state.run
        coming = copies - (run is not None)
        if not coming:
            return self.run_end
        return self._ends[-1][1] if len(self._ends) == coming else None

    @cached_property
    def _ends(self) -> list[_End]:
        """The first copies to come, each with its end, until one of which nobody
        knows."""
        return _at_once(self._walk())

    def _walk(self) -> Generator[None, None, list[_End]]:
        found: list[_End] = []
        for end in self._all_ends():
            if end is not None:
                found.append(end)
            if len(found) == HORIZON:
                break
            yield
        return found

    def _all_ends(self) -> Iterator[_End | None]:
        """None: nothing was found in this step."""
        now, run = self._situation.now, self._situation.state.run
        clearing = self._history.clearing_seconds or 0.0
        time = now if run is None else self.run_end
        if time is None:
            return
        if run is None:
            time += self._gaps(1) - clearing
        begins = Begins(self._situation)
        conditions = replace(self._situation.conditions, now=max(time, now))
        for candidate in in_steps(self._jobs, conditions):
            if candidate is None:
                yield None
                continue
            path = candidate.set.path
            seconds, begin = self.cost(path).seconds, begins.of(path, time + clearing)
            if seconds is None or begin is None:
                return
            time = begin + seconds
            if time > now + FARTHEST:
                return
            yield candidate, time

    def _ends_with_run(self, end: float) -> dict[int, float]:
        """The job whose last copy is in the printer."""
        for before, after in zip(self._situation.state.jobs, self._jobs):
            if before is not after and after.is_done:
                return {after.id: end}
        return {}

    # -- in words ---------------------------------------------------------------

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the times rest on, in sentences."""
        control, history = self._situation.state.control, self._history
        words = []
        if control.phase is Phase.BLOCKED:
            words.append("Counted from now, though the queue waits for a person.")
        elif control.phase is Phase.PAUSED:
            words.append("Counted from now, though the print is paused.")
        elif not control.active:
            words.append("Counted from now, though the queue is stopped.")
        if history.clearing_seconds is None:
            words.append(
                "The bed is counted as clear at once after each print: how long that"
                " takes is not known yet."
            )
        else:
            gap = duration(history.clearing_seconds)
            words.append(f"After each print it takes {gap} until the bed is clear.")
        return tuple(words)


_End = tuple[Candidate, float]


def _at_once(steps: Generator[None, None, T]) -> T:
    try:
        while True:
            next(steps)
    except StopIteration as last:
        return cast(T, last.value)


def _cost(files: Files, path: str, ratio: float) -> Cost:
    facts = files.get(path)
    if facts is None:
        return Cost()
    seconds = _times(facts.estimated_time, ratio)
    return Cost(seconds, facts.filament_length, facts.filament_weight)


def _times(amount: float | None, factor: float | None) -> float | None:
    return None if amount is None or factor is None else amount * factor


def _sum(parts: Iterable[tuple[int, float | None]]) -> Sum:
    known, unknown = 0.0, 0
    for number, each in parts:
        if each is None:
            unknown += number
        else:
            known += number * each
    return Sum(known, unknown)
