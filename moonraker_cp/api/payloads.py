"""Every JSON shape, once. Times are seconds since the epoch, as in Moonraker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from ..core import reasons
from ..core.cooling import progress
from ..core.decisions import Decision
from ..core.event_words import ended
from ..core.model import BedState, Control, Job, Phase, Reason, Run, Set, State
from ..core.questions import LABELS, Question
from ..core.view import View
from .endpoint import Wheel
from .remembered import ByJob

Payload = dict[str, Any]
_NONE: list[Any] = []  # shared by all payloads, which nobody changes
_IS_DRAFT = attrgetter("draft")

MOST_TOLD = 50
"""The most changed jobs that a notification carries. Moonraker writes it once for each
client, in one turn of its event loop; an answer is written once, in slices."""

MAX_PASSED_OVER = 50
"""The most jobs of which the state says why they are not next."""

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
    Phase.SCRIPT: "Running a script",
    Phase.BLOCKED: "Needs action",
}
_TELLING = (Phase.BLOCKED, Phase.PAUSED)  # the reason is what matters, if any
# Blocked because a person has work to do, not because something went wrong.
_CALM = (
    *(reasons.BED, reasons.FOREIGN, reasons.RESTARTED, reasons.FINISHED_AWAY),
    *(reasons.PLATE_STACK, reasons.MAINTENANCE, reasons.POWERING),
)


# -- native ------------------------------------------------------------------


async def newest(driver: Wheel) -> Payload:
    """The whole visible state. What has to be made for it is made in slices; then the
    answer in one, and of the newest state: nobody has been told of a newer one yet."""
    await job.fill(driver.state.jobs)
    return snapshot(driver.view_of(driver.state))


def snapshot(view: View) -> Payload:
    """The whole visible state."""
    return {**summary(view), "jobs": [job(one) for one in view.state.jobs]}


def some_jobs(state: State, jobs: Iterable[Job]) -> Payload:
    """What a call answers that is about these jobs."""
    return {"revision": state.control.revision, "jobs": [job(one) for one in jobs]}


def changes(view: View, decision: Decision) -> Payload:
    """What a notification carries: the summary and the jobs that changed.

    jobs: None when they are too many; then everybody asks. order: all job ids, only
    when jobs were moved.
    """
    edit = decision.edit
    told = len(edit.put) <= MOST_TOLD
    payload = {
        **summary(view),
        "jobs": [job(one) for one in edit.put] if told else None,
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
        "hook": control.hook.value if control.hook else None,
        "not_before": control.not_before or None,
        "service": {
            "prints": control.service.prints,
            "printing_seconds": control.service.seconds,
        },
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
            "until": seen.until,
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
        "picture": value.picture or None,
    }


def question(asked: Question) -> Payload:
    return {
        "id": asked.id,
        "next": asked.next_path or None,
        "answers": [
            {"answer": one.value, "label": LABELS[one]} for one in asked.answers
        ],
    }


@ByJob
def job(value: Job) -> Payload:
    """Shared by all answers, as long as the job is the same: not to be changed."""
    return own_job(value)


def own_job(value: Job) -> Payload:
    """The same for one answer alone, such as one about jobs that are removed."""
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
        "sets": [a_set(one) for one in value.sets],
    }


def shared_set(value: Set) -> Payload:
    """What CPQ's sets have, too."""
    return {
        "id": value.id,
        "path": value.path,
        "count": value.count,
        "remaining": value.remaining,
        "completed": value.completed,
        "metadata": value.metadata,
        "materials": list(value.materials) if value.materials else _NONE,
        "profiles": list(value.profiles) if value.profiles else _NONE,
    }


def a_set(value: Set) -> Payload:
    return {
        **shared_set(value),
        "release_temperature": value.release_temperature,
        "on_failure": value.on_failure.value if value.on_failure else None,
        "retries": value.retries,
        "spools": list(value.spools) if value.spools else _NONE,
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


# -- in one line ---------------------------------------------------------------


def status_text(state: State) -> str:
    """One line for people, as CPQ's ``status``."""
    control = state.control
    if control.reason is not None and control.phase in _TELLING:
        return f"{ended(control.reason.text)} {control.reason.advice}"
    words = _STATUS[control.phase]
    if _awaits_material(control):
        words = "Awaiting material"
    if state.run is not None and control.phase in (Phase.STARTING, Phase.PRINTING):
        words = f"{words} {state.run.path}"
        if state.run.trouble:
            words += f" (it is said to fail: {state.run.trouble})"
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
    if control.phase is Phase.PAUSED or _awaits_material(control):
        return "NEEDS_ACTION"
    if control.phase is not Phase.BLOCKED or control.reason is None:
        return "NORMAL"
    return "NEEDS_ACTION" if control.reason.code in _CALM else "ERROR"


def _awaits_material(control: Control) -> bool:
    return control.phase is Phase.IDLE and bool(control.awaits)
