"""Edits of whole jobs: add, remove, bring back, move, copy, change, reset.

An edit knows nothing of printers: the copy in the printer belongs to its run, which
an edit cannot touch. `touches` says what an edit depends on, so that one made from an
old picture of the queue can be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .editing import Desk, Jobs, Touched, check_count, check_passes, find_job, put
from .errors import BadRequest, Conflict, NotFound
from .model import ENDLESS, Job
from .set_edits import NewSet

MAX_JOBS = 10_000
"""The most jobs that a queue holds."""

MAX_PRIORITY = 100
MAX_NOTE = 2_000


@dataclass(frozen=True)
class NewJob:
    """A job as it is asked for. count -1: endless."""

    sets: tuple[NewSet, ...]
    name: str = ""
    count: int = 1
    draft: bool = False
    hold: bool = False
    priority: int = 0
    due: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Built:
    """What was built at a desk; the desk as it was before, and as it was left."""

    before: Desk
    jobs: Jobs
    after: Desk


@dataclass(frozen=True)
class AddJobs:
    """Append jobs; all of them or none.

    built: by whoever had the time for it, for a thousand jobs take some.
    """

    jobs: tuple[NewJob, ...]
    created: float
    owner: str = ""
    built: Built | None = field(default=None, compare=False, repr=False)

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        _check_room(len(jobs) + len(self.jobs))
        built = self.built
        if built is None or built.before != desk:  # for another queue than this one
            return jobs + tuple(self.build(desk))
        desk.job, desk.set = built.after.job, built.after.set
        return jobs + built.jobs

    def build(self, desk: Desk) -> Iterator[Job]:
        """One by one."""
        return (self._build(new, desk) for new in self.jobs)

    def touches(self) -> Touched:
        return Touched()

    def _build(self, new: NewJob, desk: Desk) -> Job:
        check_passes(new.count)
        _check_priority(new.priority)
        _check_note(new.note)
        job_id = desk.next_job()
        return Job(
            id=job_id,
            name=new.name or f"Job {job_id}",
            count=new.count,
            remaining=1 if new.count == ENDLESS else new.count,
            draft=new.draft,
            created=self.created,
            owner=self.owner,
            sets=tuple(s.build(desk) for s in new.sets),
            hold=new.hold,
            priority=new.priority,
            due=new.due,
            note=new.note,
            revision=desk.revision,
        )


@dataclass(frozen=True)
class RemoveJobs:
    """Take jobs out of the queue; they can be brought back until they are purged."""

    job_ids: frozenset[int]

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        _check_all_there(jobs, self.job_ids)
        return tuple(job for job in jobs if job.id not in self.job_ids)

    def touches(self) -> Touched:
        return Touched(self.job_ids)


@dataclass(frozen=True)
class RestoreJobs:
    """Append jobs that were removed, as they were when they left.

    printing: the set whose copy was in the printer when they were read.
    """

    jobs: Jobs
    printing: int | None = None

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        _check_room(len(jobs) + len(self.jobs))
        there = {job.id for job in jobs}
        ended = self.printing is not None and self.printing != desk.printing
        if ended and any(job.find_set(self.printing or 0) for job in self.jobs):
            raise Conflict("A copy of this job was done just now. Try again.")
        for job in self.jobs:
            if job.id in there:
                raise Conflict(f"Job {job.id} is in the queue already.")
        return jobs + tuple(replace(job, pinned=False) for job in self.jobs)

    def touches(self) -> Touched:
        return Touched()


@dataclass(frozen=True)
class MoveJob:
    """Put a job behind another one, or in front of all."""

    job_id: int
    after_id: int | None

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        moved = find_job(jobs, self.job_id)
        if self.after_id == self.job_id:
            return jobs
        rest = tuple(job for job in jobs if job is not moved)
        if self.after_id is None:
            return (moved, *rest)
        place = rest.index(find_job(rest, self.after_id)) + 1
        return (*rest[:place], moved, *rest[place:])

    def touches(self) -> Touched:
        return Touched(order=True)


@dataclass(frozen=True)
class PrintNext:
    """Put a job in front and keep it there, whatever the strategy, until it is done."""

    job_id: int

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        job = find_job(jobs, self.job_id)
        if job.draft:
            raise Conflict(f"{job.name} is a draft. Release it first.")
        if job.hold:
            raise Conflict(f"{job.name} is on hold. Release it first.")
        if job.is_done:
            raise Conflict(f"{job.name} has nothing left to print. Reset it first.")
        free = tuple(replace(j, pinned=False) if j.pinned else j for j in jobs)
        pinned = put(free, replace(job, pinned=True))
        return MoveJob(self.job_id, None).apply(pinned, desk)

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)), order=True)


@dataclass(frozen=True)
class CopyJob:
    """Put a fresh copy of a job behind it: same sets, nothing printed yet."""

    job_id: int
    created: float
    owner: str = ""

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        _check_room(len(jobs) + 1)
        old = find_job(jobs, self.job_id)
        new_id = desk.next_job()
        own_name = old.name == f"Job {old.id}"
        new = replace(
            old,
            id=new_id,
            name=f"Job {new_id}" if own_name else old.name,
            created=self.created,
            owner=self.owner,
            pinned=False,
            sets=tuple(replace(one, id=desk.next_set()) for one in old.sets),
        )
        place = jobs.index(old) + 1
        return (*jobs[:place], _as_new(new), *jobs[place:])

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))


@dataclass(frozen=True)
class EditJob:
    """Change what is not None. remaining: passes left, this one included; with count,
    the rest of them is done. due 0: no due date any more.
    """

    job_id: int
    name: str | None = None
    count: int | None = None
    remaining: int | None = None
    draft: bool | None = None
    hold: bool | None = None
    priority: int | None = None
    due: float | None = None
    note: str | None = None

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        job = find_job(jobs, self.job_id)
        if self.priority is not None:
            _check_priority(self.priority)
        if self.note is not None:
            _check_note(self.note)
        fields = ("name", "draft", "hold", "priority", "note")
        new = {f: getattr(self, f) for f in fields if getattr(self, f) is not None}
        if self.due is not None:
            new["due"] = self.due or None
        if new.get("name") == "":
            raise BadRequest("name must not be empty.")
        return put(jobs, self._with_passes(replace(job, **new), desk))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))

    def _with_passes(self, job: Job, desk: Desk) -> Job:
        if self.count is None and self.remaining is None:
            return job
        if self.count is not None:
            check_passes(self.count)
        if self.remaining is not None:
            check_count("remaining", self.remaining, least=0)
        changed = self._endless(job) or self._finite(job, desk)
        if not changed.remaining:
            return _ended(changed)
        return changed.refilled() if job.remaining <= 0 else changed

    def _endless(self, job: Job) -> Job | None:
        stays = job.is_endless and self.count is None and self.remaining != 0
        if self.count == ENDLESS or stays:
            return replace(job, count=ENDLESS, remaining=1)
        return None

    def _finite(self, job: Job, desk: Desk) -> Job:
        done = job.passes_done
        if self.count is not None and self.remaining is not None:
            if self.remaining > self.count:
                raise BadRequest("remaining must not be more than count.")
            done, left = self.count - self.remaining, self.remaining
        elif self.count is not None:
            left = self.count - done
        else:
            left = self.remaining or 0
        # The pass in the printer goes on, and what was printed stays printed.
        left = max(left, 1 if desk.prints(job) and job.remaining > 0 else 0)
        return replace(job, count=done + left, remaining=left, passes_done=done)


@dataclass(frozen=True)
class ResetJobs:
    """As if nothing of these jobs had been printed yet."""

    job_ids: frozenset[int]

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        _check_all_there(jobs, self.job_ids)
        return tuple(
            self._reset(job, desk) if job.id in self.job_ids else job for job in jobs
        )

    def touches(self) -> Touched:
        return Touched(self.job_ids)

    def _reset(self, job: Job, desk: Desk) -> Job:
        """The copy in the printer is the first of the new ones when it ends."""
        new = _as_new(job)
        sets = tuple(
            replace(one, remaining=max(one.remaining, desk.least_left(one)))
            for one in new.sets
        )
        return replace(new, sets=sets)


def _ended(job: Job) -> Job:
    """Nothing is left, not even for a set that is added or moved later on."""
    sets = tuple(replace(one, remaining=0) for one in job.sets)
    return replace(job, sets=sets, pinned=False)


def _as_new(job: Job) -> Job:
    passes = 1 if job.is_endless else job.count
    new = replace(job, remaining=passes, passes_done=0)
    return new.refilled() if passes else _ended(new)


def _check_all_there(jobs: Jobs, wanted: frozenset[int]) -> None:
    missing = wanted - {job.id for job in jobs}
    if missing:
        raise NotFound(f"There is no job {min(missing)}.")


def _check_room(number: int) -> None:
    if number > MAX_JOBS:
        raise Conflict(f"The queue holds {MAX_JOBS} jobs at most. Remove some first.")


def _check_priority(value: int) -> None:
    if abs(value) > MAX_PRIORITY:
        raise BadRequest(
            f"priority must be between -{MAX_PRIORITY} and {MAX_PRIORITY}."
        )


def _check_note(value: str) -> None:
    if len(value) > MAX_NOTE:
        raise BadRequest(f"note is longer than {MAX_NOTE} characters.")
