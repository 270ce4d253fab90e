"""Every copy to come, in the order in which it will be printed. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Hashable, Iterator
from itertools import chain, count

from .conditions import Conditions, Strategy, set_obstacle, set_to_print
from .editing import put
from .model import Job, Run, Set
from .strategies import HEAD_AND_RANK, RULES, Candidate, Entry, Jobs, Rank, entries_of


def jobs_after(jobs: Jobs, run: Run | None) -> Jobs:
    """The queue as it will be when the copy in the printer has been counted."""
    if run is None:
        return jobs
    likely = (job for job in jobs if job.id == run.job_id)
    for job in chain(likely, jobs):  # an edit may have moved the set meanwhile
        if job.find_set(run.set_id) is not None:
            return put(jobs, job.copy_done(run.set_id))
    return jobs


def copies_to_come(job: Job, conditions: Conditions) -> tuple[tuple[Set, int], ...]:
    """How often `printing_order` has each set of the job; of an endless job in its
    present pass. A pass that cannot end holds back those behind it."""
    if job.draft or job.hold or job.remaining <= 0:
        return ()
    later = job.remaining - 1
    printable = []
    for one in job.sets:
        if set_obstacle(one, conditions) is None:
            printable.append(one)
        elif one.remaining > 0:
            later = 0
        elif one.count > 0:
            later = min(later, 1)
    left = sum(one.remaining for one in printable)
    if job.is_endless or not left:
        later = 0
    return tuple((one, one.remaining + later * one.count) for one in printable)


def printing_order(jobs: Jobs, conditions: Conditions) -> Iterator[Candidate]:
    """Every copy to come, as `choose` will choose it if nothing changes but what the
    prints themselves change: copies left, materials loaded, and the time, which goes
    on by the slicers' estimates.

    Lazy, and without end when a job is endless. In each candidate `job` is as it will
    be then, so that `passes_done` and `set.completed` tell which copy it is. The copy
    in the printer is among them, unless `jobs_after` took it out.
    """
    steps = in_steps(jobs, conditions)
    return (candidate for candidate in steps if candidate is not None)


def in_steps(jobs: Jobs, conditions: Conditions) -> Iterator[Candidate | None]:
    """The same in small steps: None is one that had no copy to come of it."""
    pinned = [job for job in jobs if job.pinned]
    for job in pinned:
        conditions = yield from _all_copies(job, conditions)
    if conditions.strategy is Strategy.IN_ORDER:
        for job in jobs:
            if not job.pinned:
                conditions = yield from _all_copies(job, conditions)
        return
    line = _Line(conditions)
    for entry in entries_of(jobs, conditions):
        if not entry.job.pinned:
            line.put(entry)
        yield None
    while True:
        best = line.take(conditions)
        if best is None:
            return
        yield Candidate(best.job, best.set)
        conditions = conditions.after(best.set)
        job = best.job.copy_done(best.set.id)
        one = set_to_print(job, conditions)
        if one is not None:
            line.put(Entry(best.place, job, one))


def _all_copies(
    job: Job, conditions: Conditions
) -> Generator[Candidate, None, Conditions]:
    """What nobody else can interrupt, and the conditions after it."""
    while True:
        one = set_to_print(job, conditions)
        if one is None:
            return conditions
        yield Candidate(job, one)
        conditions = conditions.after(one)
        if job.copies_left == 1:
            return conditions
        job = job.copy_done(one.id)


Waiting = tuple[Rank, int, Entry]  # the number decides between equal ranks


class _Line:
    """Jobs that wait: a heap for each group, as only one job changes at a time."""

    def __init__(self, conditions: Conditions) -> None:
        self._rule = RULES[conditions.strategy]
        self._files = conditions.files
        self._heaps: dict[Hashable, list[Waiting]] = {}
        self._current: dict[int, Entry] = {}  # by place; all others are left-overs
        self._numbers = count()

    def put(self, entry: Entry) -> None:
        self._current[entry.place] = entry
        for group, rank in self._rule.stands(entry, self._files):
            heapq.heappush(
                self._heaps.setdefault(group, []), (rank, next(self._numbers), entry)
            )

    def take(self, conditions: Conditions) -> Entry | None:
        firsts = [
            (self._rule.head(group, heap[0][0], conditions), heap[0][0], heap[0][2])
            for group, heap in list(self._heaps.items())
            if self._has_waiting(group, heap)
        ]
        if not firsts:
            return None
        entry = min(firsts, key=HEAD_AND_RANK)[2]
        del self._current[entry.place]
        return entry

    def _has_waiting(self, group: Hashable, heap: list[Waiting]) -> bool:
        while heap and self._current.get(heap[0][2].place) is not heap[0][2]:
            heapq.heappop(heap)
        if not heap:
            del self._heaps[group]
        return bool(heap)
