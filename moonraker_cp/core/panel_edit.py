"""What people do in the front ends' own queue panels, as edits of our jobs.

Each makes the list of copies that is wanted, and `rearranged` changes the queue so that
it prints exactly that. A job that only moves stays as it is. One that is torn apart
keeps its id, and what it has printed, where its first copies are; the rest goes on in
jobs like it. A copy that is asked for beside one of the same file joins its set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from .editing import Desk, Jobs, Touched
from .errors import Conflict, NotFound
from .job_edits import MAX_JOBS
from .model import Job
from .panel import (
    REACH,
    Rows,
    Wanted,
    brought_up_to_date,
    in_panel_order,
    is_listed,
    matched,
    rows,
)
from .panel_pieces import (
    Copies,
    beyond,
    emptied,
    first_part,
    like,
    pieces_of,
    total,
    whole,
)
from .set_edits import NewSet


@dataclass(frozen=True)
class Arrange:
    """The whole list of names as a panel sends it back. shown: the rows that it was
    made from."""

    shown: Rows
    names: tuple[str, ...]
    created: float
    owner: str = ""

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        now = rows(jobs, desk.printing, REACH)
        wanted = matched(self.shown, self.names)
        wanted = brought_up_to_date(wanted, self.shown, now)
        return rearranged(jobs, desk, now, wanted, self.created, self.owner)

    def touches(self) -> Touched:
        return Touched(order=True)


@dataclass(frozen=True)
class DropRows:
    """Drop exactly these copies; ids that are not there (any more) are passed over."""

    ids: frozenset[str]

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        now = rows(jobs, desk.printing, REACH)
        left = tuple(Wanted(row.path, row) for row in now if row.id not in self.ids)
        return rearranged(jobs, desk, now, left)

    def touches(self) -> Touched:
        return Touched(order=True)


@dataclass(frozen=True)
class DropAllRows:
    """Drop every copy to come, shown or not; drafts and jobs on hold stay."""

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        left = (emptied(job, desk) if is_listed(job) else job for job in jobs)
        return tuple(job for job in left if job is not None)

    def touches(self) -> Touched:
        return Touched(order=True)


@dataclass(frozen=True)
class RowFirst:
    """Put one copy in front of all."""

    id: str

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        now = rows(jobs, desk.printing, REACH)
        first = next((row for row in now if row.id == self.id), None)
        if first is None:
            raise NotFound(f"There is no queued copy {self.id}.")
        rest = [row for row in now if row is not first]
        wanted = tuple(Wanted(row.path, row) for row in (first, *rest))
        return rearranged(jobs, desk, now, wanted)

    def touches(self) -> Touched:
        return Touched(order=True)


def rearranged(
    jobs: Jobs,
    desk: Desk,
    now: Rows,
    wanted: Sequence[Wanted],
    created: float = 0.0,
    owner: str = "",
) -> Jobs:
    """The queue that prints the wanted copies in that order, and after them what was
    beyond the rows of `now`. Raises Conflict when the queue has no room for it."""
    if not any(one.is_new for one in wanted) and now == tuple(w.row for w in wanted):
        return jobs
    jobs = in_panel_order(jobs)
    ids = {row.job_id for row in now}
    shown = {job.id: job for job in jobs if job.id in ids}
    copies = [_copies(one, shown) for one in wanted]
    copies += beyond(shown, now, desk.printing)
    before, groups = _groups(copies, desk, created, owner)
    result = _unpinned(tuple(_in_places(jobs, shown, before, groups, desk)))
    if len(result) > max(MAX_JOBS, len(jobs)):
        raise Conflict(f"The queue holds {MAX_JOBS} jobs at most. Remove some first.")
    return result


Group = list[Job]


def _groups(
    copies: Iterable[Copies], desk: Desk, created: float, owner: str
) -> tuple[Group, list[Group]]:
    """The jobs that print these copies: new ones to begin with, and groups that begin
    with a job of the queue each."""
    before: Group = []
    groups: dict[int, Group] = {}
    last = before
    for _, some in groupby(copies, key=lambda one: one.job and one.job.id):
        part = list(some)
        job = part[0].job
        if job is None:
            last += _new_jobs(part, desk, created, owner)
            continue
        pieces = pieces_of(job, part, desk)
        if job.id not in groups:
            itself, pieces = first_part(job, pieces, desk)
            last = groups[job.id] = [itself]
        last += [like(job, piece, desk) for piece in pieces]
    return before, list(groups.values())


def _copies(wanted: Wanted, shown: Mapping[int, Job]) -> Copies:
    row = wanted.row
    job = shown.get(row.job_id) if row else None
    if row is None or job is None or job.find_set(row.set_id) is None:
        return Copies(wanted.path)
    passes = job.is_endless or job.remaining > 1
    if wanted.is_new and passes and total(whole(job)) == 1:
        return Copies(wanted.path, job)  # a copy more is a pass more
    return Copies(wanted.path, job, row.set_id, row.pass_index)


def _new_jobs(
    part: Iterable[Copies], desk: Desk, created: float, owner: str
) -> Iterator[Job]:
    """A job for each line of equal names."""
    for path, some in groupby(part, key=lambda one: one.path):
        job_id = desk.next_job()
        one = NewSet(path, sum(c.count for c in some)).build(desk)
        name = f"Job {job_id}"
        yield Job(job_id, name, 1, 1, False, created, owner, (one,))


# -- the list of jobs ---------------------------------------------------------------


def _in_places(
    jobs: Jobs,
    shown: Mapping[int, Job],
    before: Group,
    groups: list[Group],
    desk: Desk,
) -> Iterator[Job]:
    """Jobs that are not shown stay where they are; the others share their places."""
    placed = {group[0].id for group in groups}
    coming = iter(groups)
    for job in jobs:
        if job.id not in shown:
            yield job
            continue
        yield from before
        before = []
        if job.id in placed:
            yield from next(coming)
        else:
            left = emptied(job, desk)
            if left is not None:
                yield left
    yield from before


def _unpinned(jobs: Jobs) -> Jobs:
    """What was put behind an unpinned job is no longer first."""
    if not any(job.pinned for job in jobs):
        return jobs
    result, behind = [], False
    for job in jobs:
        if is_listed(job) and behind and job.pinned:
            result.append(replace(job, pinned=False))
        else:
            behind = behind or (is_listed(job) and not job.pinned)
            result.append(job)
    return tuple(result)
