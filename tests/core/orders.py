"""Short words for orders: jobs as (path, copies) pairs, edits told, all printed."""

from __future__ import annotations

from moonraker_cp.core.edits import AddJobs, Edit, NewJob, NewSet
from moonraker_cp.core.events import Edited
from moonraker_cp.core.model import Job, Phase

from .story import Story, fresh

ALL = 30
"""More copies than any order here asks for."""


def order(*sets: tuple[str, int], passes: int = 1, name: str = "") -> NewJob:
    return NewJob(tuple(NewSet(path, count) for path, count in sets), name, passes)


def queue(*jobs: NewJob) -> Story:
    """Job ids and set ids count from 1, in the order in which they are said."""
    return edit(fresh(), AddJobs(jobs, created=7.0, owner="ann"))


def edit(story: Story, *edits: Edit) -> Story:
    for one in edits:
        story.tell(Edited(one, "ann"))
    return story


def start(story: Story) -> Story:
    """The first copy is in the printer."""
    return story.start().our_print_begins()


def rest(story: Story, most: int = ALL) -> str:
    """Which files are printed from here on, the copy in the printer included."""
    if story.phase is Phase.INACTIVE:
        story.start()
    before = len(story.starts) - (story.state.run is not None)
    for _ in range(most):
        if story.phase is Phase.STARTING:
            story.our_print_begins()
        if story.phase is not Phase.PRINTING:
            break
        story.print_ends().bed_is_clear()
    return "".join(story.starts[before : before + most])


def jobs(story: Story) -> list[int]:
    return [job.id for job in story.state.jobs]


def job(story: Story, job_id: int = 1) -> Job:
    return next(one for one in story.state.jobs if one.id == job_id)


def passes(story: Story, job_id: int = 1) -> tuple[int, int, int]:
    """count, remaining, done"""
    one = job(story, job_id)
    return one.count, one.remaining, one.passes_done


def copies(story: Story, job_id: int = 1) -> list[tuple[int, int, int]]:
    """Of each set: count, remaining, completed."""
    return [(s.count, s.remaining, s.completed) for s in job(story, job_id).sets]
