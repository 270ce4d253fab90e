"""Which copy is next: pure functions of the queue."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Job, Set


@dataclass(frozen=True)
class Candidate:
    """The copy that would be printed next."""

    job: Job
    set: Set


def in_order(jobs: tuple[Job, ...]) -> Candidate | None:
    """The first job, in queue order, that is no draft and has copies left."""
    for job in jobs:
        if job.draft:
            continue
        one = job.next_set
        if one is not None:
            return Candidate(job, one)
    return None
