"""Every JSON shape, once. Times are seconds since the epoch, as in Moonraker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..core import reasons
from ..core.decisions import Decision
from ..core.model import BedState, Job, Phase, Reason, Run, Set, State
from ..core.questions import LABELS, Question

Payload = dict[str, Any]

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


def snapshot(state: State, asked: Question | None) -> Payload:
    """The whole visible state."""
    return {**summary(state, asked), "jobs": [job(one) for one in state.jobs]}


def changes(state: State, decision: Decision, asked: Question | None) -> Payload:
    """What a notification carries: the summary and the jobs that changed.

    order: all job ids, only when jobs were moved.
    """
    edit = decision.edit
    payload = {
        **summary(state, asked),
        "jobs": [job(one) for one in edit.put],
        "removed": list(edit.removed),
    }
    if edit.reordered:
        payload["order"] = [one.id for one in state.jobs]
    return payload


def summary(state: State, asked: Question | None) -> Payload:
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
        "drafts": sum(1 for one in state.jobs if one.draft),
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


def job(value: Job) -> Payload:
    return {
        "id": value.id,
        "name": value.name,
        "count": value.count,
        "remaining": value.remaining,
        "draft": value.draft,
        "created": value.created,
        "owner": value.owner,
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
    drafts = sum(1 for one in state.jobs if one.draft)
    if drafts and control.phase is Phase.IDLE:
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


def cpq_v1(state: State, runs: Iterable[Run]) -> Payload:
    """``GET /plugin/continuousprint/state``; runs: newest first.

    queue_left_out says how many prints to come the bounded list does not show.
    """
    done = [_flat_run(one) for one in reversed(list(runs)) if not one.is_open]
    to_come = list(islice(_to_come(state), FLAT_QUEUE_TO_COME))
    total = _count_to_come(state)
    return {
        "active": state.control.active,
        "status": status_text(state),
        "queue": done + to_come,
        "queue_left_out": total - len(to_come),
    }


def _flat_run(value: Run) -> Payload:
    outcome = value.outcome.value if value.outcome else None
    # CPQ 1.x knew no "cancelled": a cancelled print was an aborted one.
    result = "aborted" if outcome == "cancelled" else outcome
    return _flat(
        value.path, value.job_name, value.pass_index, value.started, value.ended, result
    )


def _count_to_come(state: State) -> int:
    """How many entries `_to_come` would give."""
    left = {one.id: one for one in state.jobs if not one.draft}
    total = sum(one.copies_left for one in left.values())
    if state.run is None:
        return total
    job_now = left.get(state.run.job_id)
    one = job_now.find_set(state.run.set_id) if job_now else None
    its_own = job_now is not None and job_now.remaining > 0
    return total if its_own and one is not None and one.remaining > 0 else total + 1


def _to_come(state: State) -> Iterator[Payload]:
    """The open run, then every copy left, in print order."""
    run_now = state.run
    if run_now is not None:
        yield _flat_run(run_now)
    for one in state.jobs:
        if one.draft:
            continue
        skip = run_now if run_now is not None and run_now.job_id == one.id else None
        each_pass = any(each.count for each in one.sets)
        for index in range(one.remaining if each_pass else min(one.remaining, 1)):
            for each in one.sets:
                copies = each.remaining if index == 0 else each.count
                if skip is not None and index == 0 and skip.set_id == each.id:
                    copies -= 1  # the copy in the printer was listed already
                for _ in range(copies):
                    yield _flat(each.path, one.name, one.this_pass + index)


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


def cpq_v2(state: State) -> Payload:
    """``GET /plugin/continuousprint/state/get``."""
    run_now = state.run
    return {
        "active": state.control.active,
        "status": status_text(state),
        "statusType": status_type(state),
        "profile": "",
        "queues": [
            {
                "name": "local",
                "strategy": "IN_ORDER",
                "addr": None,
                "active_set": None if run_now is None else run_now.set_id,
                "rank": 0,
                "peers": [],
                "jobs": [
                    _cpq_job(one, run_now is not None and run_now.job_id == one.id)
                    for one in state.jobs
                ],
            }
        ],
    }


def _cpq_job(value: Job, acquired: bool) -> Payload:
    return {
        "id": value.id,
        "queue": "local",
        "name": value.name,
        "count": value.count,
        "remaining": value.remaining,
        "draft": value.draft,
        "acquired": acquired,
        "created": int(value.created),
        "sets": [cpq_set(one, rank) for rank, one in enumerate(value.sets)],
    }


def cpq_set(value: Set, rank: int) -> Payload:
    payload = _set(value)
    payload.update(sd=False, rank=rank)
    return payload
