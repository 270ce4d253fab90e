"""How often a copy was tried in vain: what a run's `retries` says."""

from __future__ import annotations

from .model import Job, Outcome, Run, Set, Tries

MAX_TRIES = 100
"""How many copies that have not succeeded yet are remembered."""


def tries_so_far(job: Job, one: Set, tries: tuple[Tries, ...]) -> int:
    """Of the copy that is next in this set of the job."""
    wanted = (one.id, job.passes_done, one.completed + 1)
    for each in tries:
        if (each.set_id, each.pass_index, each.copy) == wanted:
            return each.count
    return 0


def after(run: Run, tries: tuple[Tries, ...]) -> tuple[Tries, ...]:
    """What is remembered once this run is closed: a set's newest copy alone."""
    others = tuple(each for each in tries if each.set_id != run.set_id)
    if run.outcome is Outcome.SUCCESS:
        return others
    failed = Tries(run.set_id, run.pass_index, run.copy, run.retries + 1)
    return (*others, failed)[-MAX_TRIES:]
