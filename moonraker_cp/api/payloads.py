"""Every JSON shape, once. Times are seconds since the epoch, as in Moonraker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from ..core import reasons
from ..core.conditions import Conditions, Strategy
from ..core.cooling import progress
from ..core.decisions import Decision, Rules
from ..core.model import BedState, Job, Phase, Reason, Run, Set, State
from ..core.printing_order import copies_to_come, jobs_after, printing_order
from ..core.questions import LABELS, Question
from ..core.view import View
from .remembered import by_job, newest

Payload = dict[str, Any]
_IS_DRAFT = attrgetter("draft")

MAX_PASSED_OVER = 50
"""The most jobs of which the state says why they are not next."""

FLAT_QUEUE_DONE = 100
FLAT_QUEUE_TO_COME = 200
"""The most entries of version 1's flat queue that are done and to come."""

_STATUS = {
    Phase.INACTIVE: "Inactive",
    Phase.IDLE: "Idle",
    Phase.PREPARING: "Preparing the printer",
    Phase.STARTING: "Starting",
    Phase.PRINTING: "Printing",
    Phase.PAUSED: "Paused",
    Phase.COOLING: "Waiting for the bed to cool",
    Phase.CLEARING: "Clearing bed",
    Phase.FINISHING: "Running the finish script",
    Phase.BLOCKED: "Needs action",
}
# Blocked because a person has work to do, not because something went wrong.
_CALM = (reasons.BED, reasons.FOREIGN, reasons.RESTARTED, reasons.FINISHED_AWAY)


# -- native ------------------------------------------------------------------


def snapshot(view: View) -> Payload:
    """The whole visible state."""
    return {**summary(view), "jobs": [job(one) for one in view.state.jobs]}


def some_jobs(state: State, jobs: Iterable[Job]) -> Payload:
    """What a call answers that is about these jobs."""
    return {"revision": state.control.revision, "jobs": [job(one) for one in jobs]}


def changes(view: View, decision: Decision) -> Payload:
    """What a notification carries: the summary and the jobs that changed.

    order: all job ids, only when jobs were moved.
    """
    edit = decision.edit
    payload = {
        **summary(view),
        "jobs": [job(one) for one in edit.put],
        "removed": list(edit.removed),
    }
    if edit.reordered:
        payload["order"] = [one.id for one in view.state.jobs]
    return payload


def summary(view: View) -> Payload:
    state, asked = view.state, view.question
    control = state.control
    bed = control.bed
    return {
        "revision": control.revision,
        "active": control.active,
        "active_by": control.active_by,
        "phase": control.phase.value,
        "phase_since": control.phase_since,
        "status": status_text(state),
        "status_type": status_type(state),
        "reason": reason(control.reason),
        "question": None if asked is None else question(asked),
        "bed": {
            "state": bed.state.value,
            "cause": bed.cause.value,
            "since": bed.since,
            "by": bed.by,
        },
        "run": None if state.run is None else run(state.run),
        "cooling": cooling(view),
        "drafts": sum(map(_IS_DRAFT, state.jobs)),
        **waiting(view),
    }


def cooling(view: View) -> Payload | None:
    """The temperature is the one of this moment: nobody is told of each degree."""
    now = progress(view.situation)
    return None if now is None else asdict(now)


def waiting(view: View) -> Payload:
    """Why nothing prints, or what does, and what comes next."""
    seen, choice = view.outlook, view.choice
    return {
        "waits_for": {
            "code": seen.waits_for,
            "text": seen.text,
            "advice": seen.advice,
            "since": seen.since,
        },
        "next": [
            {
                "what": step.what.value,
                "path": step.path,
                "job_id": step.job_id,
                "expected": step.expected,
            }
            for step in seen.steps
        ],
        "chosen": choice.why if choice.candidate else None,
        "passed_over": [
            {"job_id": one.job_id, "code": one.code.value, "why": one.why}
            for one in choice.passed_over[:MAX_PASSED_OVER]
        ],
    }


def reason(value: Reason | None) -> Payload | None:
    if value is None:
        return None
    return {
        "code": value.code,
        "text": value.text,
        "advice": value.advice,
        "since": value.since,
        "needs_start": value.needs_start,
    }


def question(asked: Question) -> Payload:
    return {
        "id": asked.id,
        "next": asked.next_path or None,
        "answers": [
            {"answer": one.value, "label": LABELS[one]} for one in asked.answers
        ],
    }


@by_job
def job(value: Job) -> Payload:
    """Shared by all answers, as long as the job is the same: not to be changed."""
    return {
        "id": value.id,
        "name": value.name,
        "count": value.count,
        "remaining": value.remaining,
        "passes_done": value.passes_done,
        "draft": value.draft,
        "hold": value.hold,
        "pinned": value.pinned,
        "priority": value.priority,
        "due": value.due,
        "note": value.note,
        "created": value.created,
        "owner": value.owner,
        "revision": value.revision,
        "copies_left": value.copies_left,
        "sets": [_set(one) for one in value.sets],
    }


def _set(value: Set) -> Payload:
    return {
        "id": value.id,
        "path": value.path,
        "count": value.count,
        "remaining": value.remaining,
        "completed": value.completed,
        "metadata": value.metadata,
        "materials": list(value.materials),
        "profiles": list(value.profiles),
    }


def run(value: Run) -> Payload:
    return {
        "id": value.id,
        "job_id": value.job_id,
        "set_id": value.set_id,
        "job_name": value.job_name,
        "path": value.path,
        "pass": value.pass_index,
        "user": value.user,
        "opened": value.opened,
        "started": value.started,
        "ended": value.ended,
        "outcome": value.outcome.value if value.outcome else None,
        "reason": value.reason,
        "counted": value.counted,
        "print_duration": value.print_duration,
        "total_duration": value.total_duration,
        "filament_used": value.filament_used,
    }


# -- CPQ ---------------------------------------------------------------------


def status_text(state: State) -> str:
    """One line for people, as CPQ's ``status``."""
    control = state.control
    if control.reason is not None and control.phase is Phase.BLOCKED:
        return f"{control.reason.text} {control.reason.advice}"
    words = _STATUS[control.phase]
    if state.run is not None and control.phase in (Phase.STARTING, Phase.PRINTING):
        words = f"{words} {state.run.path}"
        if not control.active:
            words += " (management is off; nothing follows)"
    if control.phase is Phase.IDLE and control.bed.state is BedState.OCCUPIED:
        words += " (the last part is on the bed)"
    if control.phase is Phase.IDLE:
        drafts = sum(map(_IS_DRAFT, state.jobs))
        if drafts:
            words += f" ({drafts} draft{'s' * (drafts > 1)} waiting to be released)"
    return words


def status_type(state: State) -> str:
    """CPQ's NORMAL, NEEDS_ACTION or ERROR."""
    control = state.control
    if control.phase is Phase.PAUSED:
        return "NEEDS_ACTION"
    if control.phase is not Phase.BLOCKED or control.reason is None:
        return "NORMAL"
    return "NEEDS_ACTION" if control.reason.code in _CALM else "ERROR"


def cpq_v1(view: View, runs: Iterable[Run]) -> Payload:
    """``GET /plugin/continuousprint/state``; runs: newest first.

    queue_left_out says how many prints to come the bounded list does not show; null
    when a job is endless.
    """
    done = [_flat_run(one) for one in reversed(list(runs)) if not one.is_open]
    to_come, total = _flat_to_come(_ahead(view))
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
def _flat_to_come(ahead: _Ahead) -> tuple[list[Payload], int | None]:
    """The first entries of `_to_come`, and how many it would give in all."""
    return list(islice(_to_come(ahead), FLAT_QUEUE_TO_COME)), _count_to_come(ahead)


def _count_to_come(ahead: _Ahead) -> int | None:
    """None: without end."""
    total = 0 if ahead.run is None else 1
    for one in jobs_after(ahead.jobs, ahead.run):
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


def cpq_v2(state: State, rules: Rules) -> Payload:
    """``GET /plugin/continuousprint/state/get``."""
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


@by_job
def _acquired(value: Job) -> Payload:
    return {**_waiting(value), "acquired": True}


@by_job
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
    payload = _set(value)
    payload.update(sd=False, rank=rank)
    return payload
