"""CPQ's private calls: the answers that its own page and scripts rely on."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.model import Outcome

from .rig import CPQ, NATIVE, Api


async def add(api: Api, path: str = "a.gcode", **fields: Any) -> Any:
    body = {"path": path, "count": 1, "jobDraft": False, **fields}
    return (await api.post(CPQ + "set/add", **body)).body


async def shown(api: Api) -> list[Any]:
    state = (await api.get(CPQ + "state/get")).body
    return list(state["queues"][0]["jobs"])


async def test_an_empty_job_then_its_sets(api: Api) -> None:
    job = (await api.post(CPQ + "job/add", json='{"name": "Boxes"}')).body
    assert (job["name"], job["draft"], job["sets"]) == ("Boxes", True, [])
    await add(api, job=job["id"])
    await add(api, "b.gcode", job=job["id"], count=4)
    (job,) = await shown(api)
    assert [(one["path"], one["count"], one["rank"]) for one in job["sets"]] == [
        ("a.gcode", 1, 0),
        ("b.gcode", 4, 1),
    ]


async def test_a_job_as_its_editor_saves_it(api: Api) -> None:
    first = (await add(api, count=2))["job_id"]
    await add(api, "b.gcode", job=first)
    other = await add(api, "sub/c.gcode", count=7)
    job = (await shown(api))[0]
    a, b = job["sets"]
    job.update(name="AB", count=3, remaining=3, draft=False)
    a.update(count=5, remaining=5)
    new = {"path": "a.gcode", "count": 2, "remaining": 1, "id": -1}
    job["sets"] = [b, {**other["set_"], "remaining": 6}, a, new]
    answer = await api.post(CPQ + "job/edit", json=json.dumps(job))
    assert answer.status == 200
    saved, emptied = await shown(api)
    assert answer.body == saved
    assert (saved["name"], saved["count"], saved["remaining"]) == ("AB", 3, 3)
    assert [(one["path"], one["count"], one["remaining"]) for one in saved["sets"]] == [
        ("b.gcode", 1, 1),
        ("sub/c.gcode", 7, 6),
        ("a.gcode", 5, 5),
        ("a.gcode", 2, 1),
    ]
    assert saved["sets"][1]["id"] == other["set_"]["id"], "it came from the other job"
    assert emptied["sets"] == []


async def test_an_endless_job_stays_endless_in_an_editor_that_knows_none(
    api: Api,
) -> None:
    """It sends back the numbers that it was shown; only other ones are a wish."""
    await api.post(NATIVE + "jobs", sets=[{"path": "a.gcode"}], count=-1)
    (job,) = await shown(api)
    await api.post(CPQ + "job/edit", **{**job, "name": "Clips"})
    (edited,) = (await api.get(NATIVE + "jobs")).body["jobs"]
    assert (edited["name"], edited["count"]) == ("Clips", -1)
    await api.post(CPQ + "job/edit", id=job["id"], count=4)
    (edited,) = (await api.get(NATIVE + "jobs")).body["jobs"]
    assert (edited["count"], edited["remaining"]) == (4, 4)


async def test_sets_that_the_editor_leaves_out_are_gone(api: Api) -> None:
    first = (await add(api, count=2))["job_id"]
    await add(api, "b.gcode", job=first)
    (job,) = await shown(api)
    job["sets"] = job["sets"][1:]
    await api.post(CPQ + "job/edit", json=json.dumps(job))
    assert [one["path"] for one in (await shown(api))[0]["sets"]] == ["b.gcode"]
    await api.post(CPQ + "job/edit", id=first, sets=[])
    assert (await shown(api))[0]["sets"] == []


async def test_a_job_of_no_passes(api: Api) -> None:
    job_id = (await add(api))["job_id"]
    reply = await api.post(CPQ + "job/edit", id=job_id, count=0, remaining=0)
    assert (reply.body["count"], reply.body["remaining"]) == (0, 0)
    reply = await api.post(CPQ + "job/edit", id=job_id, count=2, remaining=2)
    assert (reply.body["count"], reply.body["remaining"]) == (2, 2)
    assert reply.body["sets"][0]["remaining"] == 1


async def test_jobs_move(api: Api) -> None:
    ids = [(await add(api))["job_id"] for _ in range(3)]
    moves: list[tuple[int, Any, list[int]]] = [
        (ids[2], "", [3, 1, 2]),
        (ids[2], ids[1], [1, 2, 3]),
        (ids[1], -1, [2, 1, 3]),
    ]
    for job_id, after, order in moves:
        answer = await api.post(CPQ + "job/mv", id=job_id, after_id=after)
        assert answer.body == "OK"
        assert [one["id"] for one in await shown(api)] == order


async def test_remove_and_reset_leave_out_what_is_not_there(api: Api) -> None:
    ids = [(await add(api))["job_id"] for _ in range(3)]
    removed = await api.post(CPQ + "job/rm", queue="local", **{"job_ids[]": ["2", "9"]})
    assert removed.body == {"jobs_deleted": 1}
    wanted = {"job_ids[]": [str(ids[0]), "2"]}
    reset = await api.post(CPQ + "job/reset", queue="local", **wanted)
    assert reset.body == {"num_updated": 2}
    nothing = await api.post(CPQ + "job/rm", queue="local", **{"job_ids[]": "77"})
    assert nothing.body == {"jobs_deleted": 0}


@pytest.mark.parametrize(
    ("status", "call", "body"),
    [
        (404, "job/rm", {"queue": "LAN", "job_ids[]": "1"}),
        (404, "job/reset", {"queue": "LAN", "job_ids[]": "1"}),
        (404, "job/edit", {"json": '{"id": 99, "queue": "local", "name": "x"}'}),
        (404, "job/edit", {"json": '{"id": 1, "queue": "LAN", "name": "x"}'}),
        (404, "job/mv", {"id": 99, "after_id": ""}),
        (404, "job/mv", {"id": 1, "after_id": 99}),
        (404, "job/mv", {"id": 1, "after_id": "", "dest_queue": "LAN"}),
        (400, "job/mv", {"after_id": ""}),
        (400, "job/edit", {"json": "[]"}),
        (400, "job/edit", {"json": '{"id": 1, "sets": [{"count": 1}]}'}),
        (404, "job/edit", {"json": '{"id": 1, "sets": [{"path": "no.gcode"}]}'}),
        (400, "job/edit", {"json": '{"id": 1, "count": -5}'}),
        (400, "job/edit", {"json": '{"id": 1, "count": 1, "remaining": 2}'}),
        (400, "job/rm", {"queue": "local"}),
        (400, "job/add", {"json": '{"name": 7}'}),
        (400, "job/import", {"path": "a.gcode"}),
        (400, "job/import", {"path": "../a.gjob"}),
        (404, "job/import", {"path": "none.gjob"}),
        (400, "job/import", {"path": "a" * 300 + ".gjob"}),
        (400, "job/import", {"path": "a\x01.gjob"}),
        (400, "job/import", {"path": "\ud800.gjob"}),
        (400, "queues/edit", {"json": "[NaN]"}),
        (400, "queues/edit", {"json": "{}"}),
        (409, "queues/edit", {"json": '[{"name": "LAN"}]'}),
        (400, "automation/simulate", {"automation": "[[1, 2]]", "symtable": "{}"}),
        (400, "automation/simulate", {"automation": '[["x", "1+1"]]', "symtable": {}}),
        (409, "automation/edit", {"json": '{"scripts": {}}'}),
    ],
)
async def test_what_the_real_one_answered_with_500(
    api: Api, status: int, call: str, body: dict[str, Any]
) -> None:
    await add(api)
    before = await shown(api)
    assert (await api.post(CPQ + call, **body)).status == status
    assert await shown(api) == before


async def test_a_job_goes_out_into_a_file_and_comes_back(
    api: Api, gcodes: Path
) -> None:
    first = await add(api, count=2, jobName="Bits & bobs", materials=["PLA"])
    await add(api, "sub/c.gcode", job=first["job_id"])
    wanted = {"job_ids[]": [first["job_id"], 99]}
    answer = (await api.post(CPQ + "job/export", **wanted)).body
    (path,) = answer["paths"]
    assert answer["errors"] == ["There is no job 99."]
    assert "manifest.json" in zipfile.ZipFile(gcodes / path).namelist()
    back = (await api.post(CPQ + "job/import", queue="local", path=path)).body
    assert (back["name"], back["draft"]) == ("Bits & bobs", True)
    a, c = back["sets"]
    assert (a["count"], a["materials"], c["count"]) == (2, ["PLA"], 1)
    assert all((gcodes / one["path"]).is_file() for one in (a, c))
    assert a["path"] != "a.gcode", "a copy of its own"
    native = await api.post(NATIVE + "job/export", id=first["job_id"])
    assert native.body["path"] != path, "nothing is overwritten"
    again = await api.post(NATIVE + "job/import", path=native.body["path"])
    assert again.body["jobs"][0]["draft"] is True


async def test_history(api: Api) -> None:
    await add(api, count=2)
    await api.post(CPQ + "set_active", active="true", bed="clear")
    await api.quiet()
    api.printer.begin()
    await api.quiet()
    (run,) = (await api.get(CPQ + "history/get")).body
    assert (run["end"], run["result"], run["set_path"]) == (None, None, "a.gcode")
    assert set(run) == {
        *("start", "end", "result", "queue_name", "job_name", "set_path"),
        *("run_id", "movie_path", "thumb_path"),
    }
    api.printer.end(Outcome.CANCELLED)
    await api.quiet()
    (run,) = (await api.get(CPQ + "history/get")).body
    assert (run["result"], run["queue_name"]) == ("aborted", "local")
    assert (await api.post(CPQ + "history/reset")).body == "OK"
    assert (await api.get(CPQ + "history/get")).body == []


async def test_queues_and_scripts(gcodes: Path) -> None:
    rules = Rules(BedClearing.GCODE, clearing_gcode="G28", finish_gcode="M84")
    api = Api(gcodes, rules)
    await api.start()
    queues = (await api.get(CPQ + "queues/get")).body
    assert queues == [{"name": "local", "addr": None, "strategy": "IN_ORDER"}]
    same = await api.post(CPQ + "queues/edit", json=json.dumps(queues))
    assert same.body == "OK"
    automation = (await api.get(CPQ + "automation/get")).body
    assert automation["scripts"] == {"Bed clearing": "G28", "Finish": "M84"}
    (after_print,) = automation["events"]["print_success"]
    assert after_print == {"script": "Bed clearing", "preprocessor": None}
    simulated = await api.post(
        CPQ + "automation/simulate",
        symtable="{}",
        automation='[["G28", null], ["M84", ""]]',
    )
    assert simulated.body["gcode"] == "G28\nM84"
    await api.driver.stop()
