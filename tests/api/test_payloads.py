"""JSON shapes: the flat queue's order and bounds, notifications."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from moonraker_cp.api import cpq_payloads, payloads
from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Decision
from moonraker_cp.core.edits import Change
from moonraker_cp.core.model import (
    MAX_COPIES,
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Outcome,
    Phase,
    Reason,
    Run,
    Set,
    State,
)

from .views import view


def job(number: int, passes: int, **counts: int) -> Job:
    sets = tuple(
        Set(number * 100 + i, f"{name}.gcode", count, count)
        for i, (name, count) in enumerate(counts.items())
    )
    return Job(number, f"Job {number}", passes, passes, False, 5.0, sets=sets)


def a_run(number: int, of: Job, one: int = 0, **more: object) -> Run:
    made = Run(
        id=number,
        job_id=of.id,
        set_id=of.sets[one].id,
        job_name=of.name,
        path=of.sets[one].path,
        pass_index=0,
        user="ann",
        opened=10.7,
        sent_clock=1.0,
        started=11.7,
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def order(*jobs: Job, run: Run | None = None, done: tuple[Run, ...] = ()) -> str:
    """The flat queue as letters; the pass index changes where a space stands."""
    state = State(Control(), jobs, run)
    queue = (await cpq_payloads.cpq_v1(view(state), done))["queue"]
    words, last = "", None
    for entry in queue:
        group = (entry["job"], entry["run"])
        words += " " * (last is not None and group != last) + entry["name"][0]
        last = group
    return words


async def test_the_flat_queue_is_in_print_order() -> None:
    assert await order(job(1, 1, A=5), job(2, 1, B=5)) == "AAAAA BBBBB"
    assert await order(job(1, 3, A=1, B=1)) == "AB AB AB"
    assert await order(job(1, 2, A=1, B=4)) == "ABBBB ABBBB"


async def test_a_pass_that_is_under_way() -> None:
    one = job(1, 2, A=1, B=4)
    for path in ("A", "B"):
        done = next(s for s in one.sets if s.path[0] == path)
        one = one.copy_done(done.id)
    assert await order(one) == "BBB ABBBB"


async def test_drafts_and_sets_that_wait_are_not_to_come() -> None:
    draft = replace(job(1, 1, A=5), draft=True)
    assert await order(draft, job(2, 1, B=0, C=1)) == "C"
    assert await order(job(2, MAX_COPIES, B=0)) == ""


async def test_the_open_run_comes_first_and_once() -> None:
    one = job(1, 1, A=2, B=1)
    assert await order(one, run=a_run(1, one)) == "AAB"
    finished = a_run(1, one, ended=20.2, outcome=Outcome.SUCCESS)
    left = one.copy_done(one.sets[0].id)
    assert await order(left, run=a_run(2, one), done=(a_run(2, one), finished)) == "AAB"


async def test_the_run_of_a_job_that_was_removed_is_still_listed() -> None:
    assert await order(job(2, 1, B=1), run=a_run(1, job(1, 1, A=2))) == "A B"


@pytest.mark.parametrize(
    "jobs",
    [
        (job(1, MAX_COPIES, A=MAX_COPIES),),
        tuple(job(n, 1, A=1) for n in range(1, 1001)),
        (job(1, MAX_COPIES, A=0), job(2, 1, B=1000)),
    ],
    ids=["a huge job", "many jobs", "a huge job of nothing"],
)
@pytest.mark.parametrize("running", ["nothing", "a copy", "a removed job's"])
async def test_the_flat_queue_is_bounded_and_says_what_it_left_out(
    jobs: tuple[Job, ...], running: str
) -> None:
    runs = {
        "nothing": None,
        "a copy": a_run(1, jobs[-1]),
        "a removed job's": a_run(1, job(9999, 1, Z=1)),
    }
    run = runs[running]
    state = State(Control(), jobs, run)
    body = await cpq_payloads.cpq_v1(view(state), ())
    total = sum(one.copies_left or 0 for one in jobs) + (running == "a removed job's")
    assert len(body["queue"]) == cpq_payloads.FLAT_QUEUE_TO_COME
    assert len(body["queue"]) + body["queue_left_out"] == total
    assert len(json.dumps(body)) < 200_000


async def test_times_are_whole_seconds_and_the_file_has_a_display_name() -> None:
    one = job(1, 1, A=1)
    run = a_run(1, one, path="folder/ü.gcode", ended=20.9, outcome=Outcome.ABORTED)
    entry = (await cpq_payloads.cpq_v1(view(State()), (run,)))["queue"][0]
    assert (entry["name"], entry["path"]) == ("ü.gcode", "folder/ü.gcode")
    assert (entry["start_ts"], entry["end_ts"], entry["result"]) == (11, 20, "aborted")


def test_a_notification_carries_what_changed_and_never_the_whole_queue() -> None:
    jobs = tuple(job(n, 1, A=1) for n in range(1, 1001))
    state = State(Control(revision=7), jobs)
    body = payloads.changes(view(state), Decision(state, Change(put=(jobs[3],))))
    assert [one["id"] for one in body["jobs"]] == [4]
    assert (body["removed"], body["revision"]) == ([], 7)
    assert "order" not in body
    assert set(payloads.summary(view(state))) <= set(body)
    assert len(json.dumps(body)) < 2_000


def test_a_notification_of_too_many_jobs_carries_none() -> None:
    jobs = tuple(job(n, 1, A=1) for n in range(1, 1001))
    state = State(Control(revision=7), jobs)
    most, more = (
        payloads.changes(view(state), Decision(state, Change(put=jobs[:number])))
        for number in (payloads.MOST_TOLD, payloads.MOST_TOLD + 1)
    )
    assert [one["id"] for one in most["jobs"]] == list(range(1, 51))
    assert more == {**most, "jobs": None}


def test_a_notification_says_the_order_when_jobs_were_moved() -> None:
    jobs = (job(2, 1, A=1), job(1, 1, A=1))
    state = State(Control(), jobs)
    change = Change(removed=(3,), reordered=True)
    body = payloads.changes(view(state), Decision(state, change))
    assert (body["order"], body["removed"]) == ([2, 1], [3])


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_words(phase: Phase) -> None:
    state = State(Control(phase=phase))
    assert payloads.status_text(state)
    assert payloads.status_type(state) in ("NORMAL", "NEEDS_ACTION", "ERROR")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (reasons.bed_occupied(1.0), "NEEDS_ACTION"),
        (reasons.restarted(1.0, "Moonraker"), "NEEDS_ACTION"),
        (reasons.failed(1.0, "a.g", "words"), "ERROR"),
        (reasons.bug(1.0, "words"), "ERROR"),
    ],
)
def test_a_blocked_queue_says_why_and_what_to_do(reason: Reason, kind: str) -> None:
    state = State(Control(phase=Phase.BLOCKED, reason=reason))
    assert payloads.status_text(state) == f"{reason.text.rstrip('.')}. {reason.advice}"
    assert payloads.status_type(state) == kind
    assert payloads.summary(view(state))["reason"] == {
        "code": reason.code,
        "text": reason.text,
        "advice": reason.advice,
        "since": 1.0,
        "needs_start": reason.needs_start,
        "picture": None,
    }


def test_idle_says_what_lies_on_the_bed_and_which_drafts_wait() -> None:
    bed = Bed(BedState.OCCUPIED, BedCause.OWN_GOOD)
    drafts = tuple(replace(job(n, 1, A=1), draft=True) for n in (1, 2))
    words = payloads.status_text(State(Control(phase=Phase.IDLE, bed=bed), drafts))
    assert "on the bed" in words
    assert "2 drafts" in words
