"""What all edits share: what they may look at, and small steps on the list of jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import BadRequest, NotFound
from .model import ENDLESS, MAX_COPIES, Job, Set, State

Jobs = tuple[Job, ...]


@dataclass
class Desk:
    """Hands out the next ids, which are never used again after a removal, and
    knows the set whose copy is in the printer: that copy is beyond an edit's reach.

    revision: of new jobs. Those without it get it at the end of the turn."""

    job: int
    set: int
    printing: int | None = None
    revision: int = 0

    def next_job(self) -> int:
        self.job += 1
        return self.job

    def next_set(self) -> int:
        self.set += 1
        return self.set

    def least_left(self, one: Set) -> int:
        """The copy in the printer is counted when it ends, so it has to be left."""
        return 1 if one.id == self.printing else 0

    def prints(self, job: Job) -> bool:
        return any(one.id == self.printing for one in job.sets)


def desk_of(state: State) -> Desk:
    """For the edit that is next."""
    control = state.control
    printing = state.run.set_id if state.run else None
    return Desk(
        control.last_job_id, control.last_set_id, printing, control.revision + 1
    )


@dataclass(frozen=True)
class Touched:
    """What an edit depends on: jobs by id, and whether the order of the queue."""

    jobs: frozenset[int] = frozenset()
    order: bool = False


def find_job(jobs: Jobs, job_id: int) -> Job:
    for job in jobs:
        if job.id == job_id:
            return job
    raise NotFound(f"There is no job {job_id}.")


def find_set(job: Job, set_id: int) -> Set:
    one = job.find_set(set_id)
    if one is None:
        raise NotFound(f"Job {job.id} has no set {set_id}.")
    return one


def put(jobs: Jobs, changed: Job) -> Jobs:
    """The list with the job of that id replaced, in its place."""
    for index, job in enumerate(jobs):
        if job.id == changed.id:
            return (*jobs[:index], changed, *jobs[index + 1 :])
    return jobs


def put_set(job: Job, changed: Set) -> Job:
    sets = tuple(changed if one.id == changed.id else one for one in job.sets)
    return replace(job, sets=sets)


def settled(job: Job) -> Job:
    """The next pass begins when an edit left nothing in this one.

    Not when no set asks for copies: such a job waits for copies, with its passes.
    """
    return job.with_pass_settled() if any(one.count for one in job.sets) else job


def check_count(name: str, value: int, *, least: int) -> None:
    if not least <= value <= MAX_COPIES:
        raise BadRequest(f"{name} must be between {least} and {MAX_COPIES}.")


def check_passes(value: int) -> None:
    if value != ENDLESS:
        check_count("job count", value, least=1)
