"""Edits of the queue: old list of jobs -> new list, or an error; and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Callable, Union

from .editing import Desk, Jobs, Touched, desk_of, find_job, put
from .job_edits import (
    AddJobs,
    Built,
    CopyJob,
    EditJob,
    MoveJob,
    NewJob,
    PrintNext,
    RemoveJobs,
    ResetJobs,
    RestoreJobs,
)
from .model import Job
from .panel_edit import Arrange, DropAllRows, DropRows, RowFirst
from .rewrite_edit import RewriteJob, SetWish
from .set_edits import (
    AddSet,
    EditSet,
    FollowFile,
    LookAgain,
    MoveSet,
    NewSet,
    PrintAgain,
    RemoveSet,
    SkipSet,
    job_of_set,
)

Edit = Union[
    AddJobs,
    RemoveJobs,
    RestoreJobs,
    MoveJob,
    PrintNext,
    CopyJob,
    EditJob,
    ResetJobs,
    AddSet,
    RemoveSet,
    MoveSet,
    EditSet,
    SkipSet,
    PrintAgain,
    FollowFile,
    LookAgain,
    RewriteJob,
    Arrange,
    DropRows,
    DropAllRows,
    RowFirst,
]

__all__ = (
    "AddJobs",
    "AddSet",
    "Arrange",
    "Built",
    "Change",
    "CopyJob",
    "Desk",
    "DropAllRows",
    "DropRows",
    "Edit",
    "EditJob",
    "EditSet",
    "FollowFile",
    "Jobs",
    "LookAgain",
    "MoveJob",
    "MoveSet",
    "NewJob",
    "NewSet",
    "PrintAgain",
    "PrintNext",
    "RemoveJobs",
    "RemoveSet",
    "ResetJobs",
    "RestoreJobs",
    "RewriteJob",
    "RowFirst",
    "SetWish",
    "SkipSet",
    "Touched",
    "desk_of",
    "difference",
    "find_job",
    "job_of_set",
    "put",
    "stamped",
)


@dataclass(frozen=True)
class Change:
    """What an edit did, for the store and for clients."""

    put: Jobs = ()
    removed: tuple[int, ...] = ()
    reordered: bool = field(default=False)

    @property
    def is_empty(self) -> bool:
        return not (self.put or self.removed or self.reordered)


def difference(old: Jobs, new: Jobs) -> Change:
    """Which jobs an edit put, removed or moved.

    Unchanged jobs are the same objects in both lists, so what is the same at both
    ends is passed over quickly, and this stays cheap for long queues.
    """
    if old is new:
        return Change()
    start, end = _same_ends(old, new)
    if start == len(old) == len(new):
        return Change()
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    before = {job.id: job for job in old}
    after = {job.id for job in new}
    changed = tuple(
        job
        for job in new
        if before.get(job.id) is not job and before.get(job.id) != job
    )
    removed = tuple(job.id for job in old if job.id not in after)
    kept_before = [job.id for job in old if job.id in after]
    kept_after = [job.id for job in new if job.id in before]
    added = any(job.id not in before for job in new[: len(kept_after)])
    added_inside = added or (end > 0 and len(new) > len(kept_after))
    return Change(changed, removed, kept_before != kept_after or added_inside)


def stamped(old: Jobs, new: Jobs, edit: Change, revision: int) -> tuple[Jobs, Change]:
    """The new list and its change with the revision written on what changed."""
    if all(job.revision == revision for job in edit.put):
        return new, edit
    fresh = {
        job.id: job if job.revision == revision else replace(job, revision=revision)
        for job in edit.put
    }
    start, end = _same_ends(old, new)
    middle = _renewed(new[start : len(new) - end], fresh)
    jobs = (*new[:start], *middle, *new[len(new) - end :])
    return jobs, replace(edit, put=tuple(fresh.values()))


def _renewed(jobs: Jobs, fresh: dict[int, Job]) -> Iterable[Job]:
    return (fresh.get(job.id, job) for job in jobs)


def _same_ends(old: Jobs, new: Jobs) -> tuple[int, int]:
    """How many jobs are the same at the beginning and at the end."""
    shorter = min(len(old), len(new))
    start = _most(shorter, lambda low, high: old[low:high] == new[low:high])
    ends = len(old), len(new)
    end = _most(
        shorter - start,
        lambda low, high: (
            old[ends[0] - high : ends[0] - low] == new[ends[1] - high : ends[1] - low]
        ),
    )
    return start, end


def _most(limit: int, is_same: Callable[[int, int], bool]) -> int:
    """How far everything is the same, found by halves: comparing tuples of the very
    same objects takes next to no time, looking at them one by one does."""
    low, high = 0, limit
    while low < high:
        middle = high if high == limit else (low + high + 1) // 2
        if is_same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
