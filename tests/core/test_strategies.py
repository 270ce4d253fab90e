"""Which copy is next."""

from __future__ import annotations

from dataclasses import replace

from moonraker_cp.core.model import Job, Set
from moonraker_cp.core.strategies import in_order


def job(job_id: int, remaining: int = 1, *, draft: bool = False) -> Job:
    sets = (Set(job_id * 10, f"{job_id}.gcode", 1, remaining),)
    return Job(job_id, "", 1, 1, draft, 0.0, sets=sets)


def next_path(*jobs: Job) -> str | None:
    found = in_order(jobs)
    return found.set.path if found else None


def test_the_first_in_queue_order() -> None:
    assert next_path(job(2), job(1)) == "2.gcode"


def test_drafts_and_finished_jobs_are_passed_over() -> None:
    assert next_path(job(1, draft=True), job(2, 0), job(3)) == "3.gcode"
    assert next_path(replace(job(1), remaining=0), job(2)) == "2.gcode"


def test_nothing_is_next() -> None:
    assert next_path() is None
    assert next_path(job(1, draft=True)) is None


def test_an_earlier_job_that_becomes_printable_is_next() -> None:
    first = job(1, draft=True)
    assert next_path(first, job(2, 2)) == "2.gcode"
    assert next_path(replace(first, draft=False), job(2, 1)) == "1.gcode"
