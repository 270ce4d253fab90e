"""CPQ's four calls: their fields, and every odd input that a unit can meet."""

from __future__ import annotations

from typing import Any

import pytest

from moonraker_cp.api.octoprint import PREFIXES
from moonraker_cp.core.model import MAX_COPIES, Outcome

from .rig import CPQ, Api, Reply

ADD, SET_ACTIVE = CPQ + "set/add", CPQ + "set_active"
STATE, STATE_GET = CPQ + "state", CPQ + "state/get"
V1 = {"active", "status", "queue", "queue_left_out"}
V2 = {"active", "status", "statusType", "profile", "queues"}


async def released(api: Api, path: str, count: int = 1) -> Reply:
    return await api.post(ADD, path=path, count=str(count), jobDraft="false")


async def nothing_was_done(api: Api, before: int) -> None:
    """No job, no half of one, no revision."""
    await api.quiet()
    assert api.driver.state.control.revision == before
    assert (await api.get(STATE_GET)).status == 200
    assert (await api.get(STATE)).status == 200


def test_both_prefixes_answer_the_same_calls(api: Api) -> None:
    calls = {"state", "state/get", "set_active", "set/add"}
    for prefix in PREFIXES:
        assert {f"{prefix}/{call}" for call in calls} <= set(api.endpoints)
    assert set(api.endpoints[ADD].calls) == {"POST"}
    assert set(api.endpoints[STATE].calls) == {"GET"}


# -- set_active ---------------------------------------------------------------


@pytest.mark.parametrize("word", ["true", "TRUE", "True", " true ", True])
async def test_active_in_any_writing(api: Api, word: object) -> None:
    reply = await api.post(SET_ACTIVE, active=word)
    assert reply.status == 200
    assert set(reply.body) == V1 | V2
    assert reply.body["active"] is True
    assert (await api.post(SET_ACTIVE, active="false")).body["active"] is False


@pytest.mark.parametrize(
    "word", ["1", "0", "yes", "on", "", "null", "truefalse", 1, 0, 1.5, [True], {}]
)
async def test_active_as_anything_else(api: Api, word: object) -> None:
    before = api.driver.state.control.revision
    reply = await api.post(SET_ACTIVE, active=word)
    assert reply.status == 400
    assert "true or false" in reply.message
    await nothing_was_done(api, before)


@pytest.mark.parametrize("args", [{}, {"active": None}])
async def test_active_missing(api: Api, args: dict[str, Any]) -> None:
    before = api.driver.state.control.revision
    reply = await api.post(SET_ACTIVE, **args)
    assert reply.status == 400
    assert "true or false" in reply.message
    await nothing_was_done(api, before)


@pytest.mark.parametrize(
    "args",
    [
        {"active": "true", "bed": "occupied"},
        {"active": "true", "bed": "maybe"},
        {"active": "true", "bed": ["clear"]},
        {"active": "false", "bed": "clear"},
    ],
)
async def test_an_odd_word_about_the_bed(api: Api, args: dict[str, Any]) -> None:
    """Above all: who says that the bed is occupied starts nothing."""
    await released(api, "a.gcode")
    before = api.driver.state.control.revision
    assert (await api.post(SET_ACTIVE, **args)).status == 400
    await nothing_was_done(api, before)
    assert api.printer.actions == []


async def test_active_again_starts_nothing_twice(api: Api) -> None:
    await released(api, "a.gcode", count=2)
    for _ in range(3):
        assert (await api.post(SET_ACTIVE, active="true")).body["active"] is True
    assert len(api.printer.actions) == 1
    api.printer.begin()
    await api.quiet()
    before = api.driver.state.control.revision
    await api.post(SET_ACTIVE, active="true")
    await nothing_was_done(api, before)
    assert len(api.printer.actions) == 1


async def test_start_over_a_part_waits_for_a_word(api: Api) -> None:
    await released(api, "a.gcode", count=2)
    await api.post(SET_ACTIVE, active="true")
    api.printer.begin()
    api.printer.end()
    await api.quiet()
    for _ in range(3):
        reply = await api.post(SET_ACTIVE, active="true")
        assert reply.status == 200
        assert reply.body["statusType"] == "NEEDS_ACTION"
    assert len(api.printer.actions) == 1
    reply = await api.post(SET_ACTIVE, active="true", bed="clear")
    assert reply.body["statusType"] == "NORMAL"
    assert len(api.printer.actions) == 2


async def test_stop_and_start_during_a_print_keep_the_run(api: Api) -> None:
    await released(api, "a.gcode")
    await api.post(SET_ACTIVE, active="true")
    api.printer.begin()
    await api.quiet()
    assert (await api.post(SET_ACTIVE, active="false")).body["active"] is False
    assert (await api.post(SET_ACTIVE, active="true")).body["active"] is True
    api.printer.end()
    await api.quiet()
    body = (await api.get(STATE)).body
    assert [(e["path"], e["result"]) for e in body["queue"]] == [("a.gcode", "success")]


# -- set/add --------------------------------------------------------------------


async def test_add_answers_job_and_set(api: Api) -> None:
    reply = await api.post(ADD, path="a.gcode", count="2", materials="PLA_red_#ff0000")
    assert reply.status == 200
    assert set(reply.body) == {"job_id", "set_"}
    assert reply.body["set_"] == {
        "id": 1,
        "path": "a.gcode",
        "sd": False,
        "count": 2,
        "remaining": 2,
        "completed": 0,
        "rank": 0,
        "metadata": None,
        "materials": ["PLA_red_#ff0000"],
        "profiles": [],
    }
    again = await api.post(ADD, path="b.gcode", job=str(reply.body["job_id"]))
    assert again.body["job_id"] == reply.body["job_id"]
    assert again.body["set_"]["rank"] == 1


async def test_a_new_job_is_a_draft_until_it_is_released(api: Api) -> None:
    await api.post(ADD, path="a.gcode", jobName="Später")
    await api.post(SET_ACTIVE, active="true")
    assert api.printer.actions == []
    body = (await api.get(STATE_GET)).body
    assert body["queues"][0]["jobs"][0]["draft"] is True
    assert body["queues"][0]["jobs"][0]["name"] == "Später"
    assert "1 draft" in body["status"]


async def test_add_as_one_json_field(api: Api) -> None:
    text = '{"path": "a.gcode", "count": 3, "materials": [null, "PLA"], "job": ""}'
    reply = await api.post(ADD, json=text)
    assert reply.status == 200
    assert reply.body["set_"]["count"] == 3
    assert reply.body["set_"]["materials"] == [None, "PLA"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("PLA", ["PLA"]),
        (["PLA", "PETG"], ["PLA", "PETG"]),
        (["PLA", None], ["PLA", None]),
        ("", []),
        ([], []),
    ],
)
async def test_materials(api: Api, sent: object, kept: list[str]) -> None:
    reply = await api.post(ADD, path="a.gcode", materials=sent)
    assert reply.body["set_"]["materials"] == kept


async def test_count_zero_waits_for_copies(api: Api) -> None:
    reply = await released(api, "a.gcode", count=0)
    assert (reply.status, reply.body["set_"]["remaining"]) == (200, 0)
    await api.post(SET_ACTIVE, active="true")
    assert api.printer.actions == []


async def test_the_most_copies(api: Api) -> None:
    assert (await released(api, "a.gcode", count=MAX_COPIES)).status == 200
    before = api.driver.state.control.revision
    reply = await released(api, "a.gcode", count=MAX_COPIES + 1)
    assert reply.status == 400
    assert str(MAX_COPIES) in reply.message
    await nothing_was_done(api, before)


ODD_ADDS: list[tuple[int, dict[str, Any]]] = [
    (400, {}),
    (400, {"path": ""}),
    (400, {"path": "   "}),
    (400, {"path": "/"}),
    (400, {"path": None}),
    (400, {"path": ["a.gcode", "b.gcode"]}),
    (400, {"path": 5}),
    (404, {"path": "missing.gcode"}),
    (400, {"path": "notes.txt"}),
    (400, {"path": "sub"}),
    (400, {"path": "../../etc/passwd"}),
    (400, {"path": "../outside.gcode"}),
    (400, {"path": "/../outside.gcode"}),
    (400, {"path": "sub/../../outside.gcode"}),
    (400, {"path": "a.gcode\nM112.gcode"}),
    (400, {"path": "a\x00.gcode"}),
    (400, {"path": "\ud800.gcode"}),
    (400, {"path": "x" * 10_000 + ".gcode"}),
    (404, {"path": "x" * 900 + ".gcode"}),
    (400, {"path": "sub\\c.gcode"}),
    *(
        (400, {"path": "a.gcode", "count": count})
        for count in (
            *("-1", "abc", "", " ", "1.5", "1e3", "10000000000000000000", "٣", "0x1"),
            *("1000000000000", "1_0", True, False, 1.5, [1], {"n": 1}, None, -1),
            *(10**12, 10**40, float("nan"), float("inf")),
        )
    ),
    (404, {"path": "a.gcode", "job": "99999"}),
    (404, {"path": "a.gcode", "job": 10**30}),
    (404, {"path": "a.gcode", "job": "-1"}),
    (400, {"path": "a.gcode", "job": "abc"}),
    (400, {"path": "a.gcode", "job": " "}),
    (400, {"path": "a.gcode", "job": True}),
    (400, {"path": "a.gcode", "job": ["1", "2"]}),
    (400, {"path": "a.gcode", "jobDraft": "1"}),
    (400, {"path": "a.gcode", "jobDraft": "perhaps"}),
    (400, {"path": "a.gcode", "jobName": "x" * 10_000}),
    (400, {"path": "a.gcode", "jobName": "two\nlines"}),
    (400, {"path": "a.gcode", "jobName": "\udfff"}),
    (400, {"path": "a.gcode", "jobName": ["a", "b"]}),
    (400, {"path": "a.gcode", "materials": {"0": "PLA"}}),
    (400, {"path": "a.gcode", "materials": [1]}),
    (400, {"path": "a.gcode", "materials": ["x" * 300]}),
    (400, {"path": "a.gcode", "materials": ["PLA"] * 100}),
    (400, {"path": "a.gcode", "profiles": 7}),
    (400, {"json": "{"}),
    (400, {"json": ""}),
    (400, {"json": '["path"]'}),
    (400, {"json": '"a.gcode"'}),
    (400, {"json": "null"}),
    (400, {"json": "[" * 100_000}),
    (400, {"json": ['{"path": "a.gcode"}', "{}"]}),
    (400, {"json": {"path": "a.gcode"}}),
    (400, {"json": '{"path": "a.gcode", "count": null}'}),
    (400, {"json": '{"path": "a.gcode", "count": true}'}),
    (400, {"json": '{"path": "a.gcode", "count": 1.5}'}),
    (400, {"json": '{"path": "a.gcode", "count": [1]}'}),
    (400, {"json": '{"path": "a.gcode", "count": NaN}'}),
    (400, {"json": '{"path": "\\ud800.gcode"}'}),
]


@pytest.mark.parametrize(("status", "args"), ODD_ADDS, ids=lambda v: repr(v)[:50])
async def test_an_odd_add_adds_nothing(
    api: Api, status: int, args: dict[str, Any]
) -> None:
    before = api.driver.state.control.revision
    reply = await api.post(ADD, **args)
    assert reply.status == status, reply.body
    await nothing_was_done(api, before)
    assert api.driver.state.jobs == ()


async def test_hostile_names_of_real_files(api: Api) -> None:
    """Quotes, spaces and other alphabets are names; they come back unchanged."""
    name = "ü 'q' \"Q\".gcode"
    assert (await released(api, name)).body["set_"]["path"] == name
    assert (await api.get(STATE)).body["queue"][0]["path"] == name


# -- state ----------------------------------------------------------------------


async def test_version_1_has_all_its_fields(api: Api) -> None:
    await released(api, "sub/c.gcode", count=2)
    body = (await api.get(STATE)).body
    assert set(body) == V1
    assert (
        body["queue"]
        == [
            {
                "name": "c.gcode",
                "path": "sub/c.gcode",
                "sd": False,
                "job": "Job 1",
                "run": 0,
                "start_ts": None,
                "end_ts": None,
                "result": None,
                "retries": 0,
            }
        ]
        * 2
    )


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.SUCCESS, "success"),
        (Outcome.FAILURE, "failure"),
        (Outcome.CANCELLED, "aborted"),
    ],
)
async def test_version_1_tells_how_a_print_ended(
    api: Api, outcome: Outcome, result: str
) -> None:
    await released(api, "a.gcode", count=2)
    await api.post(SET_ACTIVE, active="true")
    api.printer.begin()
    await api.quiet()
    running = (await api.get(STATE)).body["queue"]
    assert [e["result"] for e in running] == [None, None]
    assert isinstance(running[0]["start_ts"], int)
    api.printer.end(outcome)
    await api.quiet()
    ended = (await api.get(STATE)).body["queue"][0]
    assert ended["result"] == result
    assert ended["end_ts"] >= ended["start_ts"]


async def test_version_2_has_all_its_fields(api: Api) -> None:
    await released(api, "a.gcode")
    body = (await api.get(STATE_GET)).body
    assert set(body) == V2
    (queue,) = body["queues"]
    assert set(queue) == {
        *("name", "strategy", "addr", "active_set", "rank", "peers", "jobs"),
    }
    (job,) = queue["jobs"]
    assert set(job) == {
        *("id", "queue", "name", "count", "remaining", "draft", "acquired"),
        *("created", "sets"),
    }
    (one,) = job["sets"]
    assert set(one) == {
        *("id", "path", "sd", "count", "remaining", "completed", "rank"),
        *("metadata", "materials", "profiles"),
    }
    assert (queue["name"], queue["strategy"], queue["addr"]) == (
        "local",
        "IN_ORDER",
        None,
    )
    assert isinstance(job["created"], int)


async def test_version_2_shows_what_prints(api: Api) -> None:
    added = await released(api, "a.gcode")
    await api.post(SET_ACTIVE, active="true")
    api.printer.begin()
    await api.quiet()
    body = (await api.get(STATE_GET)).body
    assert body["queues"][0]["active_set"] == added.body["set_"]["id"]
    assert body["queues"][0]["jobs"][0]["acquired"] is True
    assert body["statusType"] == "NORMAL"
