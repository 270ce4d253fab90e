"""Edits of the queue: old list of jobs -> new list, or an error.

An edit knows nothing of printers: the copy in the printer belongs to its run,
which an edit cannot touch.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Union

from .errors import BadRequest, NotFound
from .model import MAX_COPIES, Job, Set

Jobs = tuple[Job, ...]


@dataclass
class Ids:
    """Hands out the next ids; ids are never used again after a removal."""

    job: int
    set: int

    def next_job(self) -> int:
        self.job += 1
        return self.job

    def next_set(self) -> int:
        self.set += 1
        return self.set


@dataclass(frozen=True)
class NewSet:
    """A set as it is asked for. count 0: it waits for copies."""

    path: str
    count: int = 1
    metadata: str | None = None
    materials: tuple[str | None, ...] = ()
    profiles: tuple[str, ...] = ()

    def build(self, ids: Ids) -> Set:
        check_count("count", self.count, least=0)
        return Set(
            id=ids.next_set(),
            path=self.path,
            count=self.count,
            remaining=self.count,
            metadata=self.metadata,
            materials=self.materials,
            profiles=self.profiles,
        )


@dataclass(frozen=True)
class NewJob:
    sets: tuple[NewSet, ...]
    name: str = ""
    count: int = 1
    draft: bool = False


@dataclass(frozen=True)
class AddJobs:
    """Append jobs; all of them or none."""

    jobs: tuple[NewJob, ...]
    created: float
    owner: str = ""

    def apply(self, jobs: Jobs, ids: Ids) -> Jobs:
        return jobs + tuple(self._build(new, ids) for new in self.jobs)

    def _build(self, new: NewJob, ids: Ids) -> Job:
        check_count("job count", new.count, least=1)
        job_id = ids.next_job()
        return Job(
            id=job_id,
            name=new.name or f"Job {job_id}",
            count=new.count,
            remaining=new.count,
            draft=new.draft,
            created=self.created,
            owner=self.owner,
            sets=tuple(s.build(ids) for s in new.sets),
        )


@dataclass(frozen=True)
class AddSet:
    """Append a set to a job that exists, as CPQ's ``set/add`` with ``job``."""

    job_id: int
    new: NewSet

    def apply(self, jobs: Jobs, ids: Ids) -> Jobs:
        job = find_job(jobs, self.job_id)
        # A job whose last pass was over gets that pass back, or the copy
        # that was just asked for would never be printed.
        remaining = max(job.remaining, 1) if self.new.count else job.remaining
        changed = replace(
            job, remaining=remaining, sets=(*job.sets, self.new.build(ids))
        )
        return put(jobs, changed)


@dataclass(frozen=True)
class RemoveJobs:
    job_ids: frozenset[int]

    def apply(self, jobs: Jobs, ids: Ids) -> Jobs:  # noqa: ARG002
        missing = self.job_ids - {job.id for job in jobs}
        if missing:
            raise NotFound(f"There is no job {min(missing)}.")
        return tuple(job for job in jobs if job.id not in self.job_ids)


@dataclass(frozen=True)
class SetDraft:
    """Release a draft for printing, or make a job a draft again."""

    job_id: int
    draft: bool

    def apply(self, jobs: Jobs, ids: Ids) -> Jobs:  # noqa: ARG002
        return put(jobs, replace(find_job(jobs, self.job_id), draft=self.draft))


@dataclass(frozen=True)
class SkipSet:
    """Drop the copies of a set that are left in this pass.

    printing: one of them is in the printer; it goes on and is counted.
    """

    job_id: int
    set_id: int
    printing: bool = False

    def apply(self, jobs: Jobs, ids: Ids) -> Jobs:  # noqa: ARG002
        job = find_job(jobs, self.job_id)
        one = job.find_set(self.set_id)
        if one is None:
            raise NotFound(f"Job {self.job_id} has no set {self.set_id}.")
        return put(jobs, job.with_left(self.set_id, 1 if self.printing else 0))


Edit = Union[AddJobs, AddSet, RemoveJobs, SetDraft, SkipSet]


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

    Unchanged jobs are the same objects in both lists, so this compares
    identities first and stays cheap for long queues.
    """
    if old is new:
        return Change()
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
    added_last = all(job.id not in before for job in new[len(kept_after) :])
    return Change(changed, removed, kept_before != kept_after or not added_last)


def find_job(jobs: Jobs, job_id: int) -> Job:
    for job in jobs:
        if job.id == job_id:
            return job
    raise NotFound(f"There is no job {job_id}.")


def put(jobs: Jobs, changed: Job) -> Jobs:
    """The list with the job of that id replaced, in its place."""
    return tuple(changed if job.id == changed.id else job for job in jobs)


def check_count(name: str, value: int, *, least: int) -> None:
    if not least <= value <= MAX_COPIES:
        raise BadRequest(f"{name} must be between {least} and {MAX_COPIES}.")
