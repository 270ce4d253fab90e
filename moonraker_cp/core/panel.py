"""The queue as the front ends' own panels show it: a row for each copy to come. Pure.

A panel knows rows and file names, nothing else. Whatever is changed in it (order,
counts) comes back as the whole list of names, without ids, and perhaps made from a list
that was shown before the newest print began or ended. So the names are matched against
the rows that they were made from, and what that says is done to the queue as it is now
(`panel_edit`).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import count, islice

from .model import Job, Phase, Set, State

Jobs = tuple[Job, ...]

SHOWN = 100
"""The most rows: Fluidd takes seconds to draw a thousand."""

REACH = 2 * SHOWN
"""Rows that an edit may move: more than are shown, as a list may be an old one."""


@dataclass(frozen=True)
class Row:
    """A copy to come. pass_index: the job's pass, from 0; copy: in its pass, from 1.

    It keeps its id while prints begin, end and fail.
    """

    job_id: int
    set_id: int
    pass_index: int
    copy: int
    path: str
    created: float

    @property
    def id(self) -> str:
        return f"{self.job_id}-{self.set_id}-{self.pass_index}-{self.copy}"


Rows = tuple[Row, ...]


class QueueState(str, Enum):
    """Moonraker's words for what its own queue does."""

    READY = "ready"
    PAUSED = "paused"
    LOADING = "loading"
    STARTING = "starting"


def queue_state(state: State) -> QueueState:
    """PAUSED whenever a person has to press Start, or to look."""
    control = state.control
    if not control.active:
        return QueueState.PAUSED
    return {
        Phase.INACTIVE: QueueState.PAUSED,
        Phase.BLOCKED: QueueState.PAUSED,
        Phase.PREPARING: QueueState.LOADING,
        Phase.COOLING: QueueState.LOADING,
        Phase.CLEARING: QueueState.LOADING,
        Phase.STARTING: QueueState.STARTING,
    }.get(control.phase, QueueState.READY)


def rows(jobs: Jobs, printing: int | None, most: int = SHOWN) -> Rows:
    """The next copies in queue order. printing: the set whose copy is in the printer,
    which is left out."""
    return tuple(islice(_all_rows(jobs, printing), most))


def is_listed(job: Job) -> bool:
    return not (job.draft or job.hold) and job.remaining > 0


def in_panel_order(jobs: Jobs) -> Jobs:
    """Pinned jobs go first, as they do in printing."""
    first = tuple([job for job in jobs if job.pinned and is_listed(job)])
    if not first:
        return jobs
    ids = {job.id for job in first}
    return first + tuple([job for job in jobs if job.id not in ids])


def _all_rows(jobs: Jobs, printing: int | None) -> Iterator[Row]:
    for job in in_panel_order(jobs):
        if is_listed(job):
            yield from _rows_of(job, printing)


def _rows_of(job: Job, printing: int | None) -> Iterator[Row]:
    for one in job.sets:
        last = one.completed + one.remaining
        first = last - waiting(one, printing) + 1
        yield from _copies(job, one, job.passes_done, range(first, last + 1))
    if not any(one.count for one in job.sets):
        return
    left = count(1) if job.is_endless else range(1, job.remaining)
    for later in left:
        for one in job.sets:
            copies = range(1, one.count + 1)
            yield from _copies(job, one, job.passes_done + later, copies)


def _copies(job: Job, one: Set, index: int, copies: range) -> Iterator[Row]:
    for copy in copies:
        yield Row(job.id, one.id, index, copy, one.path, job.created)


def waiting(one: Set, printing: int | None) -> int:
    """Copies left in this pass, without the one in the printer."""
    return max(one.remaining - (one.id == printing), 0)


# -- what a list of names means -------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A place in the list as it came back.

    row: the copy that is meant. For a new copy it is one of the same file beside it,
    whose set shall get one copy more; None when there is none.
    """

    path: str
    row: Row | None = None
    is_new: bool = False


def closest(shown: Sequence[Rows], names: Sequence[str]) -> Rows:
    """The list that the names were made from: the one with the fewest copies more or
    less, the first of equals. Reordering is what people do most."""
    wanted = Counter(names)

    def distance(one: Rows) -> int:
        had = Counter(row.path for row in one)
        return sum(((wanted - had) + (had - wanted)).values())

    return min(shown, key=distance)


def matched(shown: Rows, names: Sequence[str]) -> tuple[Wanted, ...]:
    """Each name with the copy that it is.

    What kept its order is found first, so that as little as possible is moved; then
    other copies of the same file, in order; the rest is new.
    """
    kept = _longest_common(shown, names)
    taken = set(kept.values())
    free: dict[str, deque[Row]] = {}
    for index, row in enumerate(shown):
        if index not in taken:
            free.setdefault(row.path, deque()).append(row)
    found: list[Row | None] = []
    for place, name in enumerate(names):
        if place in kept:
            found.append(shown[kept[place]])
        else:
            found.append(free[name].popleft() if free.get(name) else None)
    beside = _neighbours(names, found)
    return tuple(
        Wanted(name, row or near, is_new=row is None)
        for name, row, near in zip(names, found, beside)
    )


def _neighbours(names: Sequence[str], found: Sequence[Row | None]) -> list[Row | None]:
    """For each place the row that is there, or in its unbroken line of equal names."""
    near = list(found)
    forth = range(1, len(names))
    for steps, back in ((forth, -1), (reversed(range(len(names) - 1)), 1)):
        for place in steps:
            if near[place] is None and names[place] == names[place + back]:
                near[place] = near[place + back]
    return near


def _longest_common(shown: Rows, names: Sequence[str]) -> dict[int, int]:
    """A longest common sequence: place in names -> index in shown, the first ones."""
    lengths = [[0] * (len(names) + 1) for _ in range(len(shown) + 1)]
    for i in reversed(range(len(shown))):
        path, line, below = shown[i].path, lengths[i], lengths[i + 1]
        for j in reversed(range(len(names))):
            same = path == names[j]
            line[j] = below[j + 1] + 1 if same else max(below[j], line[j + 1])
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(shown) and j < len(names):
        if shown[i].path == names[j]:
            pairs[j] = i
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def brought_up_to_date(
    wanted: Sequence[Wanted], shown: Rows, now: Rows
) -> tuple[Wanted, ...]:
    """The wanted list for the rows as they are now.

    What is gone since (its print began, or it was removed) stays gone. What came since
    (a print failed, somebody added a job) keeps its place behind its predecessor, or at
    the end if all that was shown is before it.
    """
    there = {row.id: row for row in now}
    known = {row.id for row in shown}
    result = [
        one if one.is_new or one.row is None else Wanted(one.path, there[one.row.id])
        for one in wanted
        if one.is_new or (one.row is not None and one.row.id in there)
    ]
    last = max((i for i, row in enumerate(now) if row.id in known), default=-1)
    for index, row in enumerate(now):
        if row.id not in known:
            place = len(result) if index > last else _behind(now[:index], result)
            result.insert(place, Wanted(row.path, row))
    return tuple(result)


def _behind(before: Rows, result: Sequence[Wanted]) -> int:
    """The place behind the nearest of these rows that is in the result."""
    places = {
        one.row.id: place
        for place, one in enumerate(result)
        if one.row is not None and not one.is_new
    }
    for row in reversed(before):
        if row.id in places:
            return places[row.id] + 1
    return 0
