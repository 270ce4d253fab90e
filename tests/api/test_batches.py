"""Many jobs in one call: one look at each file, one revision, one notification."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moonraker_cp import slices
from moonraker_cp.api import payloads
from moonraker_cp.api.native import NativeApi
from moonraker_cp.core.edits import AddJobs, NewJob, NewSet
from moonraker_cp.core.errors import BadRequest
from moonraker_cp.core.events import Edited
from moonraker_cp.core.model import MAX_COPIES, Job, State

from .rig import Api

NATIVE = "/server/continuousprint/"


async def test_each_file_is_looked_at_once(api: Api) -> None:
    looked: list[str] = []

    async def check(path: str) -> str:
        looked.append(path)
        return path

    native = NativeApi(api.driver, api.store, check)
    calls = {f"{m} {e.path}": c for e in native.endpoints() for m, c in e.calls.items()}
    add = calls["POST /server/continuousprint/jobs"]
    wanted = [{"path": f"part{index % 3}.gcode"} for index in range(300)]
    published = len(api.published)
    answer = await add.reply({"jobs": wanted}, "ann")
    assert looked == ["part0.gcode", "part1.gcode", "part2.gcode"]
    assert [one["revision"] for one in answer["jobs"]] == [answer["revision"]] * 300
    assert len(api.published) == published + 1
    assert [job.revision for job in api.driver.state.jobs] == [answer["revision"]] * 300


async def test_others_are_served_while_a_batch_is_built(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is seen before all of it, and what came later is added behind."""
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    seen: list[int] = []
    adding = asyncio.ensure_future(api.post(f"{NATIVE}jobs", jobs=_parts(40)))
    before = len(api.published)
    while not adding.done():
        await asyncio.sleep(0)
        seen.append((await api.get(f"{NATIVE}jobs", limit=1)).body["total"])
    assert set(seen) <= {0, 40}
    assert seen.count(0) > 3 * 40, "read, checked and built, one job in each slice"
    assert len(api.published) == before + 1
    assert [job["id"] for job in (await adding).body["jobs"]] == list(range(1, 41))


async def test_a_job_that_is_sent_during_a_batch_stands_behind_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    taken: list[asyncio.Future[State]] = []
    build = AddJobs.build

    def watched(edit: AddJobs, desk: Any) -> Any:
        for number, job in enumerate(build(edit, desk)):
            if number == 20:  # the wheel is in the middle of it
                one = AddJobs((NewJob((NewSet("b.gcode"),), "behind"),), 1.0)
                later = api.driver.submit(Edited(one, "ann"))
                taken.append(asyncio.ensure_future(later))
            yield job

    with monkeypatch.context() as patch:
        patch.setattr(AddJobs, "build", watched)
        answer = (await api.post(f"{NATIVE}jobs", jobs=_parts(40))).body
    state = await taken[0]
    assert [job["id"] for job in answer["jobs"]] == list(range(1, 41))
    assert [job.id for job in state.jobs] == list(range(1, 42))
    assert state.jobs[-1].name == "behind"
    assert len({one.id for job in state.jobs for one in job.sets}) == 41


async def test_what_is_told_of_a_batch_is_made_before_it_is_stored(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In slices, too: what is stored is told in one turn of the loop."""
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    revisions: list[int] = []

    def made(job: Job) -> payloads.Payload:
        revisions.append(api.driver.state.control.revision)
        return payloads.own_job(job)

    monkeypatch.setattr(payloads.job, "_make", made)
    before = api.driver.state.control.revision
    answer = (await api.post(f"{NATIVE}jobs", jobs=_parts(40))).body
    assert revisions == [before] * 40
    assert answer["revision"] == before + 1


async def test_one_bad_job_refuses_the_batch(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "LONGEST", 0.0)
    before = api.driver.state
    for bad, status in (
        ({"path": "a.gcode", "count": -7}, 400),
        ("a.gcode", 400),
        ({"path": "gone.gcode"}, 404),
    ):
        reply = await api.post(f"{NATIVE}jobs", jobs=[*_parts(20), bad])
        assert reply.status == status, reply
    too_many = NewJob((NewSet("a.gcode"),), count=MAX_COPIES + 1)
    good = NewJob((NewSet("a.gcode"),))
    event = Edited(AddJobs((*[good] * 20, too_many), 1.0), "ann")
    with pytest.raises(BadRequest):  # found by the wheel, as it builds
        await api.driver.submit(event)
    assert api.driver.state is before


def _parts(number: int) -> list[dict[str, Any]]:
    return [{"path": "a.gcode", "name": f"Part {index}"} for index in range(number)]
