"""Payloads that are made once: they never outlive the job that they show."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from moonraker_cp.api import cpq_payloads, payloads, remembered
from moonraker_cp.api.remembered import ByJob, newest, to_json
from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.model import Control, Job, Set, State

from .views import view


def a_job(number: int, name: str = "Clips") -> Job:
    sets = (Set(number, "clip.gcode", 2, 2),)
    return Job(number, name, 1, 1, draft=False, created=5.0, sets=sets)


def test_a_job_that_stays_the_same_is_made_once() -> None:
    one = a_job(1)
    assert payloads.job(one) is payloads.job(one)


async def test_a_changed_job_is_made_anew() -> None:
    one = a_job(1)
    payloads.job(one)
    assert payloads.job(replace(one, name="Boxes"))["name"] == "Boxes"
    text = await to_json(payloads.job(replace(one, name="Lids")))
    assert text.count("Lids") == 1


def test_another_queue_may_have_a_job_of_the_same_number() -> None:
    here, there = a_job(1, "here"), a_job(1, "there")
    names = [payloads.job(one)["name"] for one in (here, there, here)]
    assert names == ["here", "there", "here"]


def test_only_so_many_jobs_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MAX_JOBS", 3)
    made: list[int] = []
    before = len(remembered._shared)

    @ByJob
    def make(job: Job) -> dict[str, Any]:
        made.append(job.id)
        return {"id": job.id}

    jobs = [a_job(number) for number in range(10)]
    for one in jobs:
        assert make(one) == {"id": one.id}
    assert len(remembered._shared) == before + 3
    for one in jobs[:6:-1]:
        make(one)
    assert made == list(range(10))


async def test_a_removed_job_is_forgotten() -> None:
    one, other = a_job(1), a_job(2)
    remembered.forget((1, 2, 99))  # of other tests
    kept = payloads.job(other)
    before = len(remembered._shared)
    shown = payloads.job(one)
    cpq_payloads.cpq_job(one, True)
    remembered.forget((1, 99))
    assert len(remembered._shared) == before
    assert await to_json(shown) == json.dumps(shown), "an answer may be under way"
    assert payloads.job(other) is kept


def test_jobs_that_are_gone_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a long queue is made anew for every look, once enough jobs came and went."""
    monkeypatch.setattr(remembered, "MAX_JOBS", 5)
    made: list[int] = []

    @ByJob
    def make(job: Job) -> dict[str, Any]:
        made.append(job.id)
        return {"id": job.id}

    stay = [a_job(number) for number in range(4)]
    for come_and_go in range(10, 20):
        for one in (*stay, a_job(come_and_go)):
            make(one)
    assert made == [0, 1, 2, 3, *range(10, 20)]


def test_cpq_shows_which_job_is_in_the_printer() -> None:
    one = a_job(1)
    shown = [
        cpq_payloads.cpq_job(one, here)["acquired"] for here in (False, True, False)
    ]
    assert shown == [False, True, False]


async def test_the_text_is_what_json_makes_of_it() -> None:
    jobs = tuple(a_job(number, name) for number, name in enumerate(("a", "é", '"', "")))
    state = State(Control(), jobs)
    deep: dict[str, Any] = {"a": {"b": {"c": {"d": {"e": {1: [None]}}}}}}
    values: tuple[Any, ...] = (
        {"result": payloads.snapshot(view(state))},
        await cpq_payloads.cpq_v2(state, Rules()),
        [payloads.job(jobs[0]), {"another": 1}],
        {"jobs": []},
        {1: "a number as its key", "x": None},
        deep,
        [[]],
        [],
        "text",
        1.5,
        None,
    )
    for value in values:
        for _ in range(2):
            assert await to_json(value) == json.dumps(value)


async def test_only_the_newest_answer_is_remembered() -> None:
    asked: list[tuple[int, ...]] = []

    @newest
    async def answer(what: tuple[int, ...]) -> int:
        asked.append(what)
        return sum(what)

    questions = ((1, 2), (1, 2), (3,), (1, 2))
    assert [await answer(one) for one in questions] == [3, 3, 3, 3]
    assert asked == [(1, 2), (3,), (1, 2)]


async def test_the_flat_queue_follows_the_queue_and_the_printer() -> None:
    async def shown(state: State) -> int:
        return len((await cpq_payloads.cpq_v1(view(state), ()))["queue"])

    state = State(Control(), (a_job(1), a_job(2)))
    assert await shown(state) == 4
    shorter = replace(state, jobs=state.jobs[1:])
    assert await shown(shorter) == 2
    assert await shown(state) == 4


@pytest.mark.parametrize("length", [0, 1, 50, 51, 100, 101])
async def test_a_long_list_is_written_in_steps(length: int) -> None:
    answer = {"ids": list(range(length)), "jobs": [{"id": n} for n in range(length)]}
    text = json.dumps(answer)
    assert await to_json(answer) == text
    parts = list(remembered._parts(answer, remembered.DEPTH))
    assert max(map(len, parts)) <= len(json.dumps([{"id": 100}] * 50))
