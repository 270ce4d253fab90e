"""Answers that are made in slices: of one revision, whatever is changed between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import pytest

from moonraker_cp import slices
from moonraker_cp.api import payloads
from moonraker_cp.api.remembered import to_json
from moonraker_cp.core.model import State
from moonraker_cp.slices import in_slices

from .rig import Api

T = TypeVar("T")
NATIVE = "/server/continuousprint/"
CPQ = "/plugin/continuousprint/"
JOBS = 30


@pytest.fixture(autouse=True)
def _short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each item, however fast the machine is."""
    monkeypatch.setattr(slices, "LONGEST", 0.0)


async def filled(api: Api) -> None:
    """With jobs of which nobody has asked anything, so that all is still to be made."""
    jobs = [{"path": "a.gcode", "name": f"Part {index}"} for index in range(JOBS)]
    assert (await api.post(f"{NATIVE}jobs", jobs=jobs)).status == 200
    for one in api.driver.state.jobs:
        payloads.job.forget(one.id)


async def change(api: Api, number: int) -> None:
    """Another kind each time: a job is renamed, moved, added, removed."""
    first, *_, last = (job.id for job in api.driver.state.jobs)
    path, args = (
        ("job", {"id": first, "name": f"Name {number}"}),
        ("job/move", {"id": last, "after": None}),
        ("jobs", {"path": "b.gcode", "name": f"New {number}"}),
        ("jobs", {"job_ids": [first]}),
    )[number % 4]
    method = "DELETE" if "job_ids" in args else "POST"
    reply = await api.call(method, NATIVE + path, args)
    assert reply.status == 200, reply


async def while_it_changes(api: Api, asked: Awaitable[T]) -> tuple[T, int]:
    """What is answered, and how often the queue was changed meanwhile."""
    task, number = asyncio.ensure_future(asked), 0
    while not task.done():
        await change(api, number)
        number += 1
    return await task, number


def states(api: Api) -> dict[int, State]:
    return {one.control.revision: one for one in api.published}


def shown(state: State) -> list[dict[str, Any]]:
    """Made anew, whatever is remembered."""
    made = json.dumps([payloads.own_job(one) for one in state.jobs])
    return list(json.loads(made))


async def test_others_have_their_turns_between_two_slices() -> None:
    turns = 0

    async def work() -> list[tuple[str, int]]:
        return [(item, turns) async for item in in_slices("abcd")]

    task = asyncio.ensure_future(work())
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert await task == [("a", 0), ("b", 1), ("c", 2), ("d", 3)]


@pytest.mark.parametrize(
    ("method", "path", "args"),
    [
        ("GET", "state", {}),
        ("GET", "jobs", {}),
        ("GET", "jobs", {"since": 0}),
        ("POST", "active", {"active": False}),
        ("POST", "bed", {"state": "occupied"}),
    ],
)
async def test_an_answer_is_of_one_revision_and_of_the_newest(
    api: Api, method: str, path: str, args: Mapping[str, Any]
) -> None:
    """A client that was told of a newer one before it could not make sense of it."""
    await filled(api)

    async def ask() -> tuple[Any, int]:
        reply = await api.call(method, NATIVE + path, args)
        assert reply.status == 200, reply
        return reply.body, api.published[-1].control.revision

    (answer, told), changes = await while_it_changes(api, ask())
    assert changes > 2
    state = states(api)[answer["revision"]]
    assert answer["jobs"] == shown(state)
    assert answer.get("ids", [job.id for job in state.jobs]) == [
        job["id"] for job in answer["jobs"]
    ]
    assert answer["revision"] == told


async def test_a_client_that_adds_and_reads_sees_its_job(api: Api) -> None:
    await filled(api)

    async def ask() -> tuple[int, list[int]]:
        added = await api.post(f"{NATIVE}jobs", path="a.gcode")
        read = await api.get(f"{NATIVE}state")
        return added.body["jobs"][0]["id"], [job["id"] for job in read.body["jobs"]]

    (new, listed), changes = await while_it_changes(api, ask())
    assert changes > 2
    assert new in listed


@pytest.mark.parametrize(
    ("method", "path", "args"),
    [("GET", "state/get", {}), ("POST", "set_active", {"active": False})],
)
async def test_cpqs_answer_is_of_one_revision(
    api: Api, method: str, path: str, args: Mapping[str, Any]
) -> None:
    await filled(api)
    known: list[State] = [api.driver.state]
    reply, changes = await while_it_changes(api, api.call(method, CPQ + path, args))
    known += api.published
    assert changes > 2
    jobs = reply.body["queues"][0]["jobs"]
    names = [(job["id"], job["name"]) for job in jobs]
    assert names in [[(job.id, job.name) for job in one.jobs] for one in known]
    if "queue" in reply.body:  # both of its shapes, of the same state
        assert [one["job"] for one in reply.body["queue"]] == [
            name for _, name in names
        ]
        assert reply.body["queue_left_out"] == 0


async def test_the_text_of_an_answer_is_of_that_answer(api: Api) -> None:
    """Jobs of it are changed, removed and forgotten while it is written."""
    await filled(api)
    answer = await payloads.newest(api.driver)
    text, changes = await while_it_changes(api, to_json({"result": answer}))
    assert changes > 2
    assert api.driver.state.control.revision > answer["revision"]
    assert text == json.dumps({"result": answer})
    assert answer["jobs"] == shown(states(api)[answer["revision"]])
