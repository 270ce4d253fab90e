"""CPQ's JSON shapes, versions 1 and 2, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from ..core.conditions import Conditions, Strategy
from ..core.decisions import Rules
from ..core.model import Job, Run, Set, State
from ..core.printing_order import copies_to_come, jobs_after, printing_order
from ..core.view import View
from ..slices import in_slices
from .payloads import Payload, shared_set, status_text, status_type
from .remembered import ByJob, newest

FLAT_QUEUE_DONE = 100
FLAT_QUEUE_TO_COME = 200
"""The most entries of version 1's flat queue that are done and to come."""


async def cpq_v1(view: View, runs: Iterable[Run]) -> Payload:
    """``GET /plugin/continuousprint/state``; runs: newest first.

    queue_left_out says how many prints to come the bounded list does not show; null
    when a job is endless.
    """
    done = [_flat_run(one) for one in reversed(list(runs)) if not one.is_open]
    to_come, total = await _flat_to_come(_ahead(view))
    return {
        "active": view.state.control.active,
        "status": status_text(view.state),
        "queue": done + to_come,
        "queue_left_out": None if total is None else total - len(to_come),
    }


def _flat_run(value: Run) -> Payload:
    outcome = value.outcome.value if value.outcome else None
    # CPQ 1.x knew no "cancelled": a cancelled print was an aborted one.
    result = "aborted" if outcome == "cancelled" else outcome
    return _flat(
        value.path, value.job_name, value.pass_index, value.started, value.ended, result
    )


class _Ahead(NamedTuple):
    """What version 1's entries to come are made of."""

    jobs: tuple[Job, ...]
    run: Run | None
    conditions: Conditions


def _ahead(view: View) -> _Ahead:
    conditions = view.conditions
    if conditions.strategy is not Strategy.SHORTEST_FIRST:
        conditions = replace(conditions, now=0.0)  # the others do not look at the time
    return _Ahead(view.state.jobs, view.state.run, conditions)


@newest
async def _flat_to_come(ahead: _Ahead) -> tuple[list[Payload], int | None]:
    """The first entries of `_to_come`, and how many it would give in all."""
    first = islice(_to_come(ahead), FLAT_QUEUE_TO_COME)
    return [one async for one in in_slices(first)], await _count_to_come(ahead)


async def _count_to_come(ahead: _Ahead) -> int | None:
    """None: without end."""
    total = 0 if ahead.run is None else 1
    async for one in in_slices(jobs_after(ahead.jobs, ahead.run)):
        left = sum(number for _, number in copies_to_come(one, ahead.conditions))
        if left and one.is_endless:
            return None
        total += left
    return total


def _to_come(ahead: _Ahead) -> Iterator[Payload]:
    """The open run, then every copy left that can be printed here, in print order."""
    if ahead.run is not None:
        yield _flat_run(ahead.run)
    jobs = jobs_after(ahead.jobs, ahead.run)
    for following in printing_order(jobs, ahead.conditions):
        job_then = following.job
        yield _flat(following.set.path, job_then.name, job_then.passes_done)


def _flat(
    path: str,
    job_name: str,
    pass_index: int,
    started: float | None = None,
    ended: float | None = None,
    result: str | None = None,
) -> Payload:
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sd": False,
        "job": job_name,
        "run": pass_index,
        "start_ts": None if started is None else int(started),
        "end_ts": None if ended is None else int(ended),
        "result": result,
        "retries": 0,
    }


async def cpq_v2(state: State, rules: Rules) -> Payload:
    """``GET /plugin/continuousprint/state/get``."""
    await _waiting.fill(state.jobs)
    run_now = state.run
    return {
        "active": state.control.active,
        "status": status_text(state),
        "statusType": status_type(state),
        "profile": rules.profile,
        "queues": [
            {
                "name": "local",
                "strategy": rules.strategy.name,
                "addr": None,
                "active_set": None if run_now is None else run_now.set_id,
                "rank": 0,
                "peers": [],
                "jobs": [
                    cpq_job(one, run_now is not None and run_now.job_id == one.id)
                    for one in state.jobs
                ],
            }
        ],
    }


def cpq_job(value: Job, acquired: bool) -> Payload:
    return _acquired(value) if acquired else _waiting(value)


@ByJob
def _acquired(value: Job) -> Payload:
    return {**_waiting(value), "acquired": True}


@ByJob
def _waiting(value: Job) -> Payload:
    return {
        "id": value.id,
        "queue": "local",
        "name": value.name,
        "count": value.passes_done + 1 if value.is_endless else value.count,
        "remaining": value.remaining,
        "draft": value.draft,
        "acquired": False,
        "created": int(value.created),
        "sets": [cpq_set(one, rank) for rank, one in enumerate(value.sets)],
    }


def cpq_set(value: Set, rank: int) -> Payload:
    return {**shared_set(value), "sd": False, "rank": rank}
