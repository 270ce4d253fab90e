"""Edits over the API: one change each, refused when made from an old picture."""

from __future__ import annotations

from typing import Any

import pytest

from moonraker_cp.core.errors import StaleEdit

from .rig import NATIVE, Api

STATE, JOBS, JOB, SETS, SET = (
    NATIVE + name for name in ("state", "jobs", "job", "sets", "set")
)


async def add(api: Api, **fields: Any) -> Any:
    return (await api.post(JOBS, **{"path": "a.gcode", **fields})).body["jobs"][0]


async def order(api: Api) -> list[str]:
    return [one["name"] for one in (await api.get(JOBS)).body["jobs"]]


async def the_job(api: Api, job_id: int) -> Any:
    jobs = (await api.get(JOBS)).body["jobs"]
    return next(one for one in jobs if one["id"] == job_id)


async def test_every_field_of_a_job_can_be_changed(api: Api) -> None:
    job = await add(api)
    said = {
        "name": "Clips",
        "count": 4,
        "draft": True,
        "hold": True,
        "priority": -3,
        "due": 1.8e9,
        "note": "two\nlines",
    }
    reply = await api.post(JOB, id=job["id"], **said)
    (changed,) = reply.body["jobs"]
    assert {name: changed[name] for name in said} == said
    assert (changed["remaining"], changed["copies_left"]) == (4, 4)
    assert changed["revision"] == reply.body["revision"]
    (freed,) = (await api.post(JOB, id=job["id"], due=None)).body["jobs"]
    assert (freed["due"], freed["name"]) == (None, "Clips")


async def test_an_endless_job(api: Api) -> None:
    sets = [{"path": "a.gcode"}]
    endless = await add(api, path="b.gcode", sets=sets, count=-1)
    assert (endless["count"], endless["copies_left"]) == (-1, None)
    cpq = (await api.get("/plugin/continuousprint/state/get")).body["queues"][0]
    assert cpq["jobs"][-1]["count"] == 1
    flat = (await api.get("/plugin/continuousprint/state")).body
    assert (len(flat["queue"]), flat["queue_left_out"]) == (200, None)


async def test_a_new_job_takes_every_field(api: Api) -> None:
    said = {"hold": True, "priority": 7, "due": 1.8e9, "note": "ask first"}
    job = await add(api, **said)
    assert {name: job[name] for name in said} == said


async def test_jobs_are_read_in_pages_or_since_a_revision(api: Api) -> None:
    for name in "ABCDE":
        await add(api, name=name)
    page = (await api.get(JOBS, offset=1, limit=2)).body
    assert [one["name"] for one in page["jobs"]] == ["B", "C"]
    assert page["total"] == 5
    seen = page["revision"]
    await api.post(JOB, id=2, note="changed")
    await api.delete(JOBS, job_ids=[4])
    news = (await api.get(JOBS, since=seen)).body
    assert [one["id"] for one in news["jobs"]] == [2]
    assert news["ids"] == [1, 2, 3, 5]
    assert (await api.get(JOBS, since=news["revision"])).body["jobs"] == []


async def test_jobs_move(api: Api) -> None:
    ids = [(await add(api, name=name))["id"] for name in "ABC"]
    await api.post(JOB + "/move", id=ids[0], after=ids[2])
    assert await order(api) == ["B", "C", "A"]
    await api.post(JOB + "/move", id=ids[2])
    assert await order(api) == ["C", "B", "A"]
    await api.post(JOB + "/next", id=ids[0])
    assert await order(api) == ["A", "C", "B"]
    assert (await the_job(api, ids[0]))["pinned"] is True
    assert (await api.post(JOB + "/move", id=ids[0], after=99)).status == 404


async def test_a_copy_stands_behind_its_job(api: Api) -> None:
    ids = [(await add(api, name=name))["id"] for name in "AB"]
    reply = await api.post(JOB + "/copy", id=ids[0])
    assert await order(api) == ["A", "A", "B"]
    assert {one["id"] for one in reply.body["jobs"]} == {ids[0], 3}


async def test_sets(api: Api) -> None:
    one, other = await add(api, name="A"), await add(api, name="B")
    await api.post(SETS, job_id=one["id"], path="b.gcode", count=2)
    job = await the_job(api, one["id"])
    first, second = job["sets"]
    assert (second["path"], second["remaining"]) == ("b.gcode", 2)
    await api.post(SET, id=second["id"], count=5, materials=["PLA", None])
    job = await the_job(api, one["id"])
    assert (job["sets"][1]["remaining"], job["sets"][1]["materials"]) == (
        5,
        ["PLA", None],
    )
    await api.post(SET + "/move", id=second["id"])
    assert [s["id"] for s in (await the_job(api, one["id"]))["sets"]] == [
        second["id"],
        first["id"],
    ]
    await api.post(SET + "/move", id=second["id"], job_id=other["id"])
    moved, _ = (await the_job(api, other["id"]))["sets"]
    assert moved["id"] == second["id"]
    await api.post(SET + "/skip", id=second["id"])
    assert (await the_job(api, other["id"]))["copies_left"] == 1
    await api.delete(SET, id=second["id"])
    assert len((await the_job(api, other["id"]))["sets"]) == 1
    assert (await api.post(SET, id=second["id"], count=1)).status == 404
    assert (await api.post(SET, id=first["id"], path="no.gcode")).status == 404


OWN: dict[str, Any] = {
    "release_temperature": 28.5,
    "on_failure": "hold",
    "retries": 0,
    "spools": [7, None],
}
NOTHING: dict[str, Any] = {**dict.fromkeys(OWN), "spools": []}


def own(job: Any, index: int = 0) -> dict[str, Any]:
    return {name: job["sets"][index][name] for name in OWN}


async def test_what_a_set_says_for_itself(api: Api) -> None:
    batch = [{"path": "a.gcode", **OWN}, {"sets": [{"path": "b.gcode", **OWN}]}]
    jobs = (await api.post(JOBS, jobs=batch)).body["jobs"]
    jobs.append(await add(api, **OWN))
    assert [own(job) for job in jobs] == [OWN] * 3
    added = await api.post(SETS, job_id=1, path="b.gcode", **OWN)
    assert own(added.body["jobs"][0], 1) == OWN
    plain = await add(api)
    assert own(plain) == NOTHING
    set_id = plain["sets"][0]["id"]
    assert own((await api.post(SET, id=set_id, **OWN)).body["jobs"][0]) == OWN
    copied = (await api.post(JOB + "/copy", id=plain["id"])).body["jobs"]
    assert [own(job) for job in copied] == [OWN, OWN]
    for name, value in NOTHING.items():
        changed = (await api.post(SET, id=set_id, **{name: value})).body["jobs"][0]
        assert own(changed)[name] == value
    assert own(await the_job(api, plain["id"])) == NOTHING


async def test_a_form_says_it_too(api: Api) -> None:
    form = {"release_temperature": "28.5", "on_failure": "Hold", "retries": "0"}
    job = await add(api, **form, spools="7,,8")
    assert own(job) == {**OWN, "spools": [7, None, 8]}
    said = {"release_temperature": "", "on_failure": "", "retries": "", "spools": ""}
    reply = await api.post(SET, id=job["sets"][0]["id"], **said)
    assert own(reply.body["jobs"][0]) == NOTHING


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"release_temperature": 201}, "between 0 and 200"),
        ({"release_temperature": "cold"}, "must be a number"),
        ({"on_failure": "again"}, "must be stop, skip, hold or retry"),
        ({"retries": 101}, "between 0 and 100"),
        ({"retries": 1.5}, "must be a whole number"),
        ({"spools": ["red"]}, "must be a whole number"),
        ({"spools": [0]}, "between 1 and"),
        ({"spools": {"0": 7}}, "must be a list of up to 32 ids of spools"),
    ],
)
async def test_what_a_set_cannot_say(
    api: Api, said: dict[str, Any], words: str
) -> None:
    await add(api)
    before = (await api.get(STATE)).body
    for path, sent in (
        (JOBS, {"path": "a.gcode", **said}),
        (JOBS, {"jobs": [{"path": "a.gcode"}, {"path": "a.gcode", **said}]}),
        (SETS, {"job_id": 1, "path": "a.gcode", **said}),
        (SET, {"id": 1, "count": 7, **said}),
    ):
        reply = await api.post(path, **sent)
        assert reply.status == 400
        assert words in reply.message
    assert (await api.get(STATE)).body == before


async def test_a_job_file_carries_it(api: Api) -> None:
    job = await add(api, **OWN)
    path = (await api.post(JOB + "/export", id=job["id"])).body["path"]
    (loaded,) = (await api.post(JOB + "/import", path=path)).body["jobs"]
    assert own(loaded) == OWN


async def test_cpqs_calls_neither_know_it_nor_lose_it(api: Api) -> None:
    cpq = "/plugin/continuousprint/"
    job = await add(api, **OWN)
    set_id = job["sets"][0]["id"]
    reply = await api.post(f"{cpq}set/add", path="b.gcode", job=job["id"], **OWN)
    assert set(reply.body["set_"]) & set(OWN) == set()
    shown = (await api.get(f"{cpq}state/get")).body["queues"][0]["jobs"][0]["sets"]
    assert all(set(one) & set(OWN) == set() for one in shown)
    edited = {"id": set_id, "path": "b.gcode", "count": 2, "retries": 9}
    reply = await api.post(f"{cpq}job/edit", id=job["id"], sets=[edited, shown[1]])
    assert reply.status == 200
    job = await the_job(api, job["id"])
    assert (job["sets"][0]["path"], own(job)) == ("b.gcode", OWN)
    assert own(job, 1) == NOTHING


async def test_removed_jobs_come_back(api: Api) -> None:
    ids = [(await add(api, name=name))["id"] for name in "AB"]
    await api.delete(JOBS, job_ids=ids)
    listed = (await api.get(NATIVE + "removed")).body["jobs"]
    assert [one["name"] for one in listed] == ["B", "A"]
    restore = NATIVE + "removed/restore"
    assert (await api.post(restore, job_ids=[ids[0], 99])).status == 404
    assert await order(api) == []
    reply = await api.post(restore, job_ids=ids[:1])
    assert [one["name"] for one in reply.body["jobs"]] == ["A"]
    assert (await api.post(restore, job_ids=ids[:1])).status == 404
    assert (await api.delete(NATIVE + "removed")).body == {"purged": 1}
    assert (await api.get(NATIVE + "removed")).body["jobs"] == []


async def test_reset(api: Api) -> None:
    job = await add(api, count=2)
    await api.post(SET + "/skip", id=job["sets"][0]["id"])
    assert (await the_job(api, job["id"]))["copies_left"] == 0
    (again,) = (await api.post(JOBS + "/reset", job_ids=[job["id"]])).body["jobs"]
    assert (again["copies_left"], again["passes_done"]) == (2, 0)


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        ("job", {"id": 1, "name": "mine"}),
        ("job/next", {"id": 1}),
        ("jobs/reset", {"job_ids": [1, 2]}),
        ("sets", {"job_id": 1, "path": "b.gcode"}),
        ("set", {"id": 1, "count": 3}),
        ("set/skip", {"id": 1}),
        ("set/move", {"id": 2, "job_id": 1}),
    ],
)
async def test_a_change_made_from_an_old_picture_is_refused(
    api: Api, call: str, fields: dict[str, Any]
) -> None:
    await add(api, name="A")
    await add(api, name="B")
    seen = (await api.get(STATE)).body["revision"]
    await api.post(JOB, id=1, note="from somebody else")
    before = (await api.get(STATE)).body
    reply = await api.post(NATIVE + call, revision=seen, **fields)
    assert reply.status == 409
    assert "A (job 1)" in reply.message
    assert (await api.get(STATE)).body == before, "nothing was done"
    again = await api.post(NATIVE + call, revision=before["revision"], **fields)
    assert again.status == 200


async def test_changes_elsewhere_do_not_make_a_picture_old(api: Api) -> None:
    await add(api, name="A")
    await add(api, name="B")
    seen = (await api.get(STATE)).body["revision"]
    await api.post(JOB, id=2, note="another job")
    assert (await api.post(JOB, id=1, revision=seen, count=3)).status == 200


async def test_a_move_is_refused_when_the_order_changed(api: Api) -> None:
    for name in "ABC":
        await add(api, name=name)
    seen = (await api.get(STATE)).body["revision"]
    await api.post(JOB, id=2, note="no matter for the order")
    assert (await api.post(JOB + "/move", id=1, after=3, revision=seen)).status == 200
    reply = await api.post(JOB + "/move", id=2, after=3, revision=seen)
    assert reply.status == 409
    assert "order" in reply.message
    assert await order(api) == ["B", "C", "A"]


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 0},
        {"count": 10_001},
        {"remaining": -1},
        {"priority": 101},
        {"due": 1e30},
        {"note": "x" * 2001},
        {"name": ""},
        {"name": "a\nb"},
        {"hold": "yes"},
        {"due": "tomorrow"},
        {"count": 2, "remaining": 3},
    ],
)
async def test_what_cannot_be_is_refused_whole(
    api: Api, fields: dict[str, Any]
) -> None:
    await add(api, name="A")
    before = (await api.get(STATE)).body
    assert (await api.post(JOB, id=1, draft=True, **fields)).status == 400
    assert (await api.get(STATE)).body == before


async def test_a_refusal_says_for_programs_what_to_look_at_again(api: Api) -> None:
    await add(api, name="A")
    seen = (await api.get(STATE)).body["revision"]
    await api.post(JOB, id=1, note="from somebody else")
    with pytest.raises(StaleEdit) as refused:
        await (
            api.endpoints[JOB]
            .calls["POST"]
            .reply({"id": 1, "name": "mine", "revision": seen}, "bob")
        )
    assert refused.value.details == {
        "revision": seen + 1,
        "job_ids": [1],
        "order": False,
    }
