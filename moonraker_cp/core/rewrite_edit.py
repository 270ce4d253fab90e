"""A job as a whole, as an editor saves it: its fields and the list of its sets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from .editing import (
    Desk,
    Jobs,
    Touched,
    check_count,
    find_job,
    find_set,
    put,
    settled,
)
from .errors import NotFound
from .job_edits import EditJob
from .model import Set
from .set_edits import (
    KEEP,
    EditSet,
    Keep,
    NewSet,
    check_sets,
    job_of_set,
    taken_out,
)

T = TypeVar("T")


@dataclass(frozen=True)
class SetWish:
    """One set of the list. id: the set that it is now, also of another job; None or
    unknown: a new one. remaining None: as the count says. A set that is there keeps
    what its wish leaves out of release_temperature, on_failure, retries and spools, of
    which CPQ's editor knows nothing."""

    new: NewSet
    id: int | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class RewriteJob:
    """Sets that are not in the list leave the job; the others stand in its order."""

    job: EditJob
    sets: tuple[SetWish, ...]

    def apply(self, jobs: Jobs, desk: Desk) -> Jobs:
        check_sets(len(self.sets))
        jobs = self.job.apply(jobs, desk)
        sets: dict[int, Set] = {}
        homes: set[int] = set()
        for wish in self.sets:
            jobs, one = self._found(jobs, wish, homes)
            made = _made(wish, desk) if one is None else _changed(wish, one, desk)
            sets[made.id] = made
        for home in homes:  # not before all have left: a pass that begins refills
            jobs = put(jobs, settled(find_job(jobs, home)))
        job = replace(find_job(jobs, self.job.job_id), sets=tuple(sets.values()))
        if any(one.remaining for one in job.sets):
            return put(jobs, job.reopened())
        return put(jobs, settled(job))

    def _found(
        self, jobs: Jobs, wish: SetWish, homes: set[int]
    ) -> tuple[Jobs, Set | None]:
        """The set as it is, after it was fetched from another job if need be."""
        try:
            home = job_of_set(jobs, wish.id or 0)
        except NotFound:
            return jobs, None
        one = find_set(home, wish.id or 0)
        if home.id != self.job.job_id:
            jobs = put(jobs, taken_out(home, one))
            homes.add(home.id)
        return jobs, one

    def touches(self) -> Touched:
        return Touched(frozenset((self.job.job_id,)))


def _made(wish: SetWish, desk: Desk) -> Set:
    one = wish.new.build(desk)
    if wish.remaining is None:
        return one
    check_count("remaining", wish.remaining, least=0)
    return replace(one, remaining=wish.remaining)


def _changed(wish: SetWish, one: Set, desk: Desk) -> Set:
    new = wish.new
    edit = EditSet(
        job_id=0,
        set_id=one.id,
        path=new.path,
        count=new.count,
        remaining=wish.remaining,
        materials=new.materials,
        profiles=new.profiles,
        metadata=new.metadata,
        spools=new.spools or None,
        release_temperature=_said(new.release_temperature),
        on_failure=_said(new.on_failure),
        retries=_said(new.retries),
    )
    return edit.changed(one, desk)


def _said(value: T | None) -> T | Keep:
    return KEEP if value is None else value
