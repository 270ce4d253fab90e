"""Edits of the sets inside jobs: add, remove, move, change, skip, follow a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from .editing import (
    Desk,
    Jobs,
    Touched,
    check_count,
    find_job,
    find_set,
    put,
    put_set,
    settled,
)
from .errors import BadRequest, NotFound
from .failures import OnTrouble
from .model import Job, Materials, Rolls, Set

MAX_SETS = 500
"""The most sets of one job."""

MAX_RETRIES = 100
MAX_RELEASE = 200.0
"""°C; a hotter bed lets nothing go."""


class Keep(Enum):
    """Says "as it is" of what may also be None, which means: as the options say."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True)
class NewSet:
    """A set as it is asked for. count 0: it waits for copies."""

    path: str
    count: int = 1
    metadata: str | None = None
    materials: Materials = ()
    profiles: tuple[str, ...] = ()
    release_temperature: float | None = None
    on_failure: OnTrouble | None = None
    retries: int | None = None
    spools: Rolls = ()

    def build(self, desk: Desk) -> Set:
        check_count("count", self.count, least=0)
        _check_own(self.release_temperature, self.retries)
        return Set(
            id=desk.next_set(),
            path=self.path,
            count=self.count,
            remaining=self.count,
            metadata=self.metadata,
            materials=self.materials,
            profiles=self.profiles,
            release_temperature=self.release_temperature,
            on_failure=self.on_failure,
            retries=self.retries,
            spools=self.spools,
        )


@dataclass(frozen=True)
class AddSet:
    """Append a set to a job that exists, as CPQ's ``set/add`` with ``job``."""

    job_id: int
    new: NewSet

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        job = find_job(jobs, self.job_id)
        _check_room(job)
        if self.new.count:
            job = job.reopened()
        return put(jobs, replace(job, sets=(*job.sets, self.new.build(desk))))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))


@dataclass(frozen=True)
class RemoveSet:
    """The copy in the printer, if it is one of these, is printed to its end."""

    job_id: int
    set_id: int

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        job = find_job(jobs, self.job_id)
        return put(jobs, without(job, find_set(job, self.set_id)))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))


@dataclass(frozen=True)
class MoveSet:
    """Put a set behind another one, or first; in its own job or into another."""

    job_id: int
    set_id: int
    to_job_id: int
    after_id: int | None

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        job = find_job(jobs, self.job_id)
        one = find_set(job, self.set_id)
        if self.after_id == self.set_id:
            raise BadRequest("A set cannot be put behind itself.")
        if self.to_job_id == self.job_id:
            rest = tuple(s for s in job.sets if s is not one)
            return put(jobs, replace(job, sets=self._placed(job, rest, one)))
        target = find_job(jobs, self.to_job_id)
        _check_room(target)
        if one.remaining:
            target = target.reopened()
        placed = replace(target, sets=self._placed(target, target.sets, one))
        return put(put(jobs, without(job, one)), settled(placed))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id, self.to_job_id)))

    def _placed(self, job: Job, rest: tuple[Set, ...], one: Set) -> tuple[Set, ...]:
        if self.after_id is None:
            return (one, *rest)
        place = rest.index(find_set(job, self.after_id)) + 1
        return (*rest[:place], one, *rest[place:])


@dataclass(frozen=True)
class EditSet:
    """Change what is not None, nor KEEP. remaining: copies left in this pass; more than
    count are one-off extras. A changed count changes what is left in this pass as well.
    """

    job_id: int
    set_id: int
    path: str | None = None
    count: int | None = None
    remaining: int | None = None
    materials: Materials | None = None
    profiles: tuple[str, ...] | None = None
    metadata: str | None = None
    spools: Rolls | None = None
    release_temperature: float | Keep | None = KEEP
    on_failure: OnTrouble | Keep | None = KEEP
    retries: int | Keep | None = KEEP

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        job = find_job(jobs, self.job_id)
        old = find_set(job, self.set_id)
        one = self.changed(old, desk)
        if one.remaining > old.remaining:
            job = job.reopened()
        return put(jobs, settled(put_set(job, one)))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))

    def changed(self, one: Set, desk: Desk) -> Set:
        fields = ("path", "materials", "profiles", "metadata", "spools")
        new = {f: getattr(self, f) for f in fields if getattr(self, f) is not None}
        for field in ("release_temperature", "on_failure", "retries"):
            if getattr(self, field) is not KEEP:
                new[field] = getattr(self, field)
        _check_own(new.get("release_temperature"), new.get("retries"))
        return self._with_copies(replace(one, **new), desk)

    def _with_copies(self, one: Set, desk: Desk) -> Set:
        count = one.count if self.count is None else self.count
        check_count("count", count, least=0)
        left = one.remaining + count - one.count
        if self.remaining is not None:
            check_count("remaining", self.remaining, least=0)
            left = self.remaining
        return replace(one, count=count, remaining=max(left, desk.least_left(one)))


@dataclass(frozen=True)
class SkipSet:
    """Drop the copies of a set that are left in this pass.

    One that is in the printer goes on and is counted.
    """

    job_id: int
    set_id: int

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        job = find_job(jobs, self.job_id)
        one = find_set(job, self.set_id)
        left = min(one.remaining, desk.least_left(one))
        return put(jobs, settled(put_set(job, replace(one, remaining=left))))

    def touches(self) -> Touched:
        return Touched(frozenset((self.job_id,)))


@dataclass(frozen=True)
class PrintAgain:
    """A copy of the set was counted, and turned out to be bad: one more is wanted."""

    set_id: int

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        for job in jobs:
            one = job.find_set(self.set_id)
            if one is not None:
                done = max(one.completed - 1, 0)
                again = replace(one, remaining=one.remaining + 1, completed=done)
                return put(jobs, put_set(job.reopened(), again))
        return jobs  # removed meanwhile: nobody wants it any more

    def touches(self) -> Touched:
        return Touched()


@dataclass(frozen=True)
class FollowFile:
    """A file or a whole folder was moved: the sets that name it follow."""

    old: str
    new: str
    is_folder: bool = False

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        return tuple(self._followed(job) for job in jobs)

    def touches(self) -> Touched:
        return Touched()

    def _followed(self, job: Job) -> Job:
        sets = tuple(self._path_of(one) for one in job.sets)
        return job if sets == job.sets else replace(job, sets=sets)

    def _path_of(self, one: Set) -> Set:
        if one.path == self.old:
            return replace(one, path=self.new)
        inside = self.old.rstrip("/") + "/"
        if self.is_folder and one.path.startswith(inside):
            tail = one.path[len(inside) :]
            return replace(one, path=f"{self.new.rstrip('/')}/{tail}")
        return one


@dataclass(frozen=True)
class LookAgain:
    """What is known of files has changed: the queue is as it was, yet another copy
    may be next."""

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:  # noqa: ARG002
        return jobs

    def touches(self) -> Touched:
        return Touched()


def job_of_set(jobs: Jobs, set_id: int) -> Job:
    """The job that holds a set now; set ids are unique in the whole queue."""
    for job in jobs:
        if job.find_set(set_id) is not None:
            return job
    raise NotFound(f"There is no set {set_id}.")


def without(job: Job, one: Set) -> Job:
    """The job with one set fewer; its pass may be over then."""
    return settled(taken_out(job, one))


def taken_out(job: Job, one: Set) -> Job:
    """The same in the middle of an edit: the pass stays as it is."""
    return replace(job, sets=tuple(s for s in job.sets if s is not one))


def _check_room(job: Job) -> None:
    check_sets(len(job.sets) + 1)


def check_sets(number: int) -> None:
    if number > MAX_SETS:
        raise BadRequest(f"A job holds {MAX_SETS} sets at most.")


def _check_own(release: float | None, retries: int | None) -> None:
    if release is not None and not 0 <= release <= MAX_RELEASE:
        raise BadRequest(
            f"release_temperature must be between 0 and {MAX_RELEASE:g} °C, or null for"
            " what the options say."
        )
    if retries is not None and not 0 <= retries <= MAX_RETRIES:
        raise BadRequest(
            f"retries must be between 0 and {MAX_RETRIES}, or null for what the options"
            " say."
        )
