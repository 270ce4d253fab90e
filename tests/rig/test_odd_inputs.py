"""Odd input: a clear 4xx where CPQ answered 500 or left half a change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .queue import PREFIX, SHORT, Queue

CPQ = "/plugin/continuousprint"
STOCK = "/api/plugin/continuousprint"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

# (path, what is sent, wanted status); sent as a form and as a JSON body.
ROWS: list[tuple[str, dict[str, Any], int]] = [
    ("set_active", {"active": "1"}, 400),
    ("set_active", {"active": "yes"}, 400),
    ("set_active", {"active": "on"}, 400),
    ("set_active", {"active": ""}, 400),
    ("set_active", {}, 400),
    ("set_active", {"active": "true", "bed": "maybe"}, 400),
    ("set_active", {"active": "false", "bed": "clear"}, 400),
    ("set/add", {}, 400),
    ("set/add", {"path": ""}, 400),
    ("set/add", {"path": "missing.gcode"}, 404),
    ("set/add", {"path": "readme.txt"}, 400),
    ("set/add", {"path": "../../etc/passwd"}, 400),
    ("set/add", {"path": "sub/../../x.gcode"}, 400),
    ("set/add", {"path": "a\nM112.gcode"}, 400),
    ("set/add", {"path": "a\x00.gcode"}, 400),
    ("set/add", {"path": "; M112.gcode"}, 400),
    ("set/add", {"path": "A.GCODE"}, 400),
    ("set/add", {"path": "x" * 10_000 + ".gcode"}, 400),
    ("set/add", {"path": "a.gcode", "count": "-1"}, 400),
    ("set/add", {"path": "a.gcode", "count": "abc"}, 400),
    ("set/add", {"path": "a.gcode", "count": ""}, 400),
    ("set/add", {"path": "a.gcode", "count": "1.5"}, 400),
    ("set/add", {"path": "a.gcode", "count": "1e3"}, 400),
    ("set/add", {"path": "a.gcode", "count": "10000000000000000000"}, 400),
    ("set/add", {"path": "a.gcode", "count": "1000000000000"}, 400),
    ("set/add", {"path": "a.gcode", "job": "99999"}, 404),
    ("set/add", {"path": "a.gcode", "job": "abc"}, 400),
    ("set/add", {"path": "a.gcode", "jobDraft": "maybe"}, 400),
    ("set/add", {"path": "a.gcode", "jobName": "x" * 1000}, 400),
    ("set/add", {"path": "a.gcode", "jobName": "a\nb"}, 400),
]

# Only JSON can say these.
JSON_ROWS: list[tuple[str, Any, int]] = [
    ("set/add", {"path": "a.gcode", "count": True}, 400),
    ("set/add", {"path": "a.gcode", "count": 1.5}, 400),
    ("set/add", {"path": "a.gcode", "count": None}, 400),
    ("set/add", {"path": "a.gcode", "count": [1]}, 400),
    ("set/add", {"path": ["a.gcode"]}, 400),
    ("set/add", {"path": None}, 400),
    ("set/add", {"path": "a.gcode", "materials": {"0": "PLA"}}, 400),
    ("set/add", {"path": "\ud800.gcode"}, 400),
    ("set/add", [1, 2], 400),
    ("set/add", "text", 400),
    ("set_active", {"active": 1}, 400),
    ("set_active", {"active": None}, 400),
    ("set_active", {"active": [True]}, 400),
    ("automation/external", [1], 400),
    ("automation/external", {}, 400),
    ("automation/external", {"big": "x" * 100_000}, 400),
]

BODIES: list[tuple[str, str, bytes, int]] = [
    ("set/add", JSON, b"{", 400),
    ("set/add", JSON, b"\xff\xfe", 400),
    ("set/add", JSON, b"[" * 200_000, 400),
    ("set/add", JSON, b'{"path": "a.gcode", "count": 1' + b"0" * 5000 + b"}", 400),
    ("set/add", FORM, b"json=%7B", 400),
    ("set/add", FORM, b"json=%5B1%5D", 400),
    ("set/add", FORM, b"path=%ff%fe.gcode", 400),
    ("set/add", FORM, b"path=" + b"x" * 2_000_000, 413),
    ("set/add", "multipart/form-data; boundary=x", b"--x\r\nnonsense", 400),
    ("set_active", JSON, b"true", 400),
    ("automation/external", JSON, b'{"a": NaN}', 400),
    ("automation/external", "text/plain", b'{"a": 1}', 400),
]


def looks_like_our_error(reply: Any, status: int) -> None:
    assert reply.status == status, reply.body
    assert set(reply.body) == {"error"}, reply.body
    assert set(reply.body["error"]) == {"code", "message"}
    assert reply.body["error"]["code"] == status
    message = reply.body["error"]["message"]
    assert len(message) < 500
    assert "Traceback" not in json.dumps(reply.body)
    assert message != "Unknown"


@pytest.fixture
async def queue(stack_factory: Any) -> Queue:
    queue = Queue(await stack_factory(section=""))
    queue.file("a.gcode", SHORT)
    (queue.stack.data.gcodes / "readme.txt").write_text("no", "utf-8")
    return queue


async def test_every_odd_row_is_refused_and_changes_nothing(queue: Queue) -> None:
    before = await queue.state()
    for prefix in (CPQ, STOCK):
        for path, sent, status in ROWS:
            url = f"{prefix}/{path}"
            looks_like_our_error(await queue.client.post(url, form=sent), status)
            looks_like_our_error(await queue.client.post(url, json=sent), status)
        for path, value, status in JSON_ROWS:
            body = json.dumps(value).encode()
            headers = {"Content-Type": JSON}
            reply = await queue.client.post(
                f"{prefix}/{path}", body=body, headers=headers
            )
            looks_like_our_error(reply, status)
        for path, kind, body, status in BODIES:
            headers = {"Content-Type": kind}
            reply = await queue.client.post(
                f"{prefix}/{path}", body=body, headers=headers
            )
            looks_like_our_error(reply, status)
        for method, path in (
            ("GET", "set_active"),
            ("GET", "set/add"),
            ("POST", "state"),
            ("DELETE", "state/get"),
            ("PUT", "set/add"),
            ("PATCH", "set_active"),
        ):
            reply = await queue.client.request(method, f"{prefix}/{path}")
            looks_like_our_error(reply, 405)
    assert await queue.state() == before
    assert "Traceback" not in queue.stack.moonraker_log()


async def test_what_is_accepted(queue: Queue) -> None:
    client = queue.client
    for word in ("TRUE", "True", " true "):
        reply = await client.post(f"{CPQ}/set_active", form={"active": word})
        assert (reply.status, reply.body["active"]) == (200, True)
    again = await client.post(f"{CPQ}/set_active?active=true")
    assert (again.status, again.body["active"]) == (200, True)
    reply = await client.post(f"{STOCK}/set_active", json={"active": False})
    assert (reply.status, reply.body["active"]) == (200, False)
    both = {"active", "status", "queue", "statusType", "profile", "queues"}
    assert both <= set(reply.body)
    assert reply.headers["Content-Type"].startswith("application/json")

    added = await client.post(f"{CPQ}/set/add", form={"path": "a.gcode", "count": 0})
    assert added.status == 200
    assert added.body["set_"]["remaining"] == 0
    job = added.body["job_id"]
    form = {"path": "a.gcode", "job": job, "materials": "PLA"}
    added = await client.post(f"{CPQ}/set/add", form=form)
    assert added.body["job_id"] == job
    assert (added.body["set_"]["materials"], added.body["set_"]["rank"]) == (["PLA"], 1)
    form_json = {"json": json.dumps({"path": "a.gcode", "jobName": "J", "count": 2})}
    added = await client.post(f"{CPQ}/set/add", form=form_json)
    assert added.body["set_"]["count"] == 2
    state = (await client.get(f"{CPQ}/state/get")).body
    jobs = state["queues"][0]["jobs"]
    assert [(one["name"], one["draft"]) for one in jobs] == [
        ("Job 1", True),
        ("J", True),
    ]
    reply = await client.post(f"{CPQ}/automation/external", json={"operator": "anna"})
    assert (reply.status, reply.body) == (200, "OK")
    kept = (await client.get(f"{PREFIX}/external")).body["result"]
    assert kept == {"operator": "anna"}


async def test_hostile_file_names_print_and_stay_letters(queue: Queue) -> None:
    names = [
        'it\'s "quoted".gcode',
        "ünïcødé 🖨.gcode",
        "<b onclick=alert(1)>.gcode",
        "{% raw %}{printer}.gcode",
        "a=b c*d #e.gcode",
        "sub folder/deep/ok.gcode",
    ]
    for name in names:
        queue.file(name, "G4 P10\n")
        reply = await queue.client.post(
            f"{CPQ}/set/add", form={"path": name, "jobDraft": "false"}
        )
        assert reply.status == 200, reply.body
        assert reply.body["set_"]["path"] == name
        await queue.start(bed="clear")
        state = await queue.phase("idle", "blocked")
        assert state["reason"] is None, (name, state["reason"])
    assert queue.stack.done_printing() == names
    assert await queue.outcomes() == [(name, "success") for name in names]
