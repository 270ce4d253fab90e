"""/server/continuousprint/…: what it answers, and what it refuses whole."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.model import BedState

from .rig import NATIVE, Api

JOBS, JOB, BED = NATIVE + "jobs", NATIVE + "job", NATIVE + "bed"
ACTIVE, STATE, RUNS = NATIVE + "active", NATIVE + "state", NATIVE + "runs"
CLEARING = NATIVE + "bed/run_clearing"


async def test_state_has_every_field_and_follows_the_revision(api: Api) -> None:
    body = (await api.get(STATE)).body
    assert set(body) == {
        *("revision", "active", "active_by", "phase", "phase_since", "status"),
        *("status_type", "reason", "question", "bed", "run", "drafts", "jobs"),
        *("waits_for", "next", "chosen", "passed_over", "cooling"),
        *("hook", "not_before", "service"),
    }
    assert set(body["bed"]) == {"state", "cause", "since", "by"}
    added = (await api.post(JOBS, path="a.gcode")).body
    assert added["revision"] == body["revision"] + 1
    assert (await api.get(JOBS)).body == {**added, "total": 1}


async def test_a_job_is_ready_unless_it_is_a_draft(api: Api) -> None:
    added = (await api.post(JOBS, path="a.gcode", count=2, name="Zwei")).body["jobs"]
    assert set(added[0]) == {
        *("id", "name", "count", "remaining", "draft", "created", "owner"),
        *("passes_done", "hold", "pinned", "priority", "due", "note", "revision"),
        *("copies_left", "sets"),
    }
    assert (added[0]["draft"], added[0]["owner"]) == (False, "ann")
    assert (added[0]["copies_left"], added[0]["name"]) == (2, "Zwei")
    draft = (await api.post(JOBS, path="a.gcode", draft="true")).body["jobs"][0]
    assert draft["draft"] is True
    freed = (await api.post(JOB, id=draft["id"], draft=False)).body["jobs"]
    assert [(one["id"], one["draft"]) for one in freed] == [(draft["id"], False)]


async def test_several_jobs_of_several_sets_at_once(api: Api) -> None:
    sets = [{"path": "a.gcode"}, {"path": "b.gcode", "count": 4}]
    wanted = [{"sets": sets, "count": 2, "name": "AB"}, {"path": "sub/c.gcode"}]
    jobs = (await api.post(JOBS, jobs=wanted)).body["jobs"]
    assert [job["copies_left"] for job in jobs] == [10, 1]


@pytest.mark.parametrize(
    ("status", "args"),
    [
        (404, {"jobs": [{"path": "a.gcode"}, {"path": "missing.gcode"}]}),
        (400, {"jobs": [{"path": "a.gcode"}, {"path": "b.gcode", "count": -1}]}),
        (400, {"jobs": [{"path": "a.gcode"}, {"sets": []}]}),
        (400, {"jobs": [{"path": "a.gcode"}, "b.gcode"]}),
        (400, {"jobs": [{"sets": [{"path": "a.gcode"}], "count": 0}]}),
        (400, {"jobs": [{"sets": [{"path": "a.gcode"}], "count": 10**12}]}),
        (400, {"jobs": [{"sets": ["a.gcode"]}]}),
        (400, {"jobs": [{"sets": "a.gcode"}]}),
        (400, {"jobs": []}),
        (400, {"jobs": "a.gcode"}),
        (400, {"jobs": {"path": "a.gcode"}}),
        (400, {"sets": 5}),
        (400, {}),
    ],
)
async def test_all_jobs_are_added_or_none(
    api: Api, status: int, args: dict[str, Any]
) -> None:
    before = api.driver.state
    assert (await api.post(JOBS, **args)).status == status
    await api.quiet()
    assert api.driver.state is before


async def test_removing_all_or_nothing(api: Api) -> None:
    for _ in range(3):
        await api.post(JOBS, path="a.gcode")
    before = api.driver.state
    assert (await api.delete(JOBS, job_ids=[1, 99])).status == 404
    assert (await api.delete(JOBS)).status == 400
    assert (await api.delete(JOBS, id="x")).status == 400
    assert api.driver.state is before
    assert (await api.delete(JOBS, job_ids="1,3")).status == 200
    assert [job.id for job in api.driver.state.jobs] == [2]
    assert (await api.delete(JOBS, id=2)).status == 200
    assert (await api.post(JOBS, path="a.gcode")).body["jobs"][0]["id"] == 4


@pytest.mark.parametrize(
    ("status", "args"),
    [
        (404, {"id": 99, "draft": True}),
        (400, {"id": "x", "draft": True}),
        (400, {"id": 1}),
        (400, {"draft": True}),
    ],
)
async def test_an_odd_edit(api: Api, status: int, args: dict[str, Any]) -> None:
    await api.post(JOBS, path="a.gcode")
    before = api.driver.state
    assert (await api.post(JOB, **args)).status == status
    assert api.driver.state is before


async def test_a_word_about_the_bed(api: Api) -> None:
    for word, state in (("occupied", "occupied"), (" Clear ", "clear")):
        body = (await api.post(BED, state=word)).body
        assert (body["bed"]["state"], body["bed"]["by"]) == (state, "ann")
    for odd in (None, "", "dirty", True, ["clear"], {"state": "clear"}):
        assert (await api.post(BED, state=odd)).status == 400
    assert api.driver.state.control.bed.state is BedState.CLEAR


async def test_no_bed_is_clear_during_a_print(api: Api) -> None:
    await api.post(JOBS, path="a.gcode")
    await api.post(ACTIVE, active=True, bed="clear")
    api.printer.begin()
    await api.quiet()
    assert (await api.post(BED, state="clear")).status == 409
    assert (await api.post(ACTIVE, active=True, bed="clear")).status == 409
    assert (await api.post(CLEARING)).status == 409


async def test_bed_clearing_on_request(gcodes: Any) -> None:
    api = Api(gcodes, Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP"))
    await api.start()
    assert (await api.post(BED, state="occupied")).status == 200
    assert (await api.post(CLEARING)).body["phase"] == "clearing"
    assert (await api.post(CLEARING)).status == 409
    api.printer.script_ends()
    await api.quiet()
    assert (await api.get(STATE)).body["bed"]["state"] == "clear"
    assert (await api.post(CLEARING)).status == 409
    await api.driver.stop()


async def test_runs_that_cannot_be_read(api: Api) -> None:
    api.store.failure = sqlite3.OperationalError("disk I/O error")
    assert (await api.get(RUNS)).status == 503
    assert (await api.get(STATE)).status == 200
    assert (await api.post(JOBS, path="a.gcode")).status == 503


async def test_runs_newest_first(api: Api) -> None:
    await api.post(JOBS, path="a.gcode", count=2)
    for _ in range(2):
        await api.post(ACTIVE, active=True, bed="clear")
        api.printer.begin()
        api.printer.end()
        await api.quiet()
    runs = (await api.get(RUNS)).body["runs"]
    assert [run["id"] for run in runs] == [2, 1]
    assert all(run["counted"] and run["outcome"] == "success" for run in runs)
    assert len((await api.get(RUNS, limit="1")).body["runs"]) == 1
    for odd in (0, -1, 501, "x", True, 10**20):
        assert (await api.get(RUNS, limit=odd)).status == 400
