"""Who may do what: Moonraker's authorization and the Origin check, on every route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.stack import Stack

from .queue import PREFIX

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
NATIVE = [
    ("GET", f"{PREFIX}/state", {}),
    ("POST", f"{PREFIX}/active", {"active": False}),
    ("GET", f"{PREFIX}/jobs", {}),
    ("POST", f"{PREFIX}/jobs", {"path": "a.gcode"}),
    ("POST", f"{PREFIX}/job", {"id": 1, "draft": True}),
    ("DELETE", f"{PREFIX}/jobs?job_ids=1", {}),
    ("POST", f"{PREFIX}/bed", {"state": "clear"}),
    ("POST", f"{PREFIX}/bed/run_clearing", {}),
    ("GET", f"{PREFIX}/runs", {}),
    ("POST", f"{PREFIX}/answer", {"question": 1, "answer": "stop"}),
    ("POST", f"{PREFIX}/skip", {}),
    ("GET", f"{PREFIX}/external", {}),
    ("POST", f"{PREFIX}/external", {"a": 1}),
]
CPQ = [
    (method, f"{prefix}/{path}", body)
    for prefix in ("/plugin/continuousprint", "/api/plugin/continuousprint")
    for method, path, body in (
        ("GET", "state", {}),
        ("GET", "state/get", {}),
        ("POST", "set_active", {"active": "false"}),
        ("POST", "set/add", {"path": "a.gcode"}),
        ("POST", "automation/external", {"a": 1}),
    )
]


@pytest.fixture
async def closed(stack_factory: Any) -> Stack:
    stack: Stack = await stack_factory(
        section="bed_clearing: gcode\nbed_clearing_gcode: M117 x\n", trusted=False
    )
    (stack.data.gcodes / "a.gcode").write_text("G28\n", "utf-8")
    return stack


async def test_every_route_needs_a_key_and_takes_one(closed: Stack) -> None:
    stranger, friend = closed.new_client(), closed.new_client(closed.api_key)
    for method, path, body in NATIVE + CPQ:
        sent: dict[str, Any] = {"json": body} if method == "POST" else {}
        reply = await stranger.request(method, path, **sent)
        assert reply.status == 401, (method, path)
        assert set(reply.body) == {"error"}
        assert set(reply.body["error"]) == {"code", "message"}
        wrong = {"X-Api-Key": "0" * 32}
        reply = await stranger.request(method, path, headers=wrong, **sent)
        assert reply.status == 401, (method, path)
        reply = await friend.request(method, path, **sent)
        expected = 409 if path.endswith(("run_clearing", "answer", "skip")) else 200
        assert reply.status == expected, (method, path, reply.body)


def every_call() -> list[tuple[str, str]]:
    """All that the API's document describes, and its other prefix for CPQ's calls."""
    described = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    return [
        (method.upper(), path)
        for path, calls in described.items()
        for method in calls
        if method in ("get", "post", "delete")
    ]


async def test_every_call_that_is_described_is_closed_to_strangers(
    closed: Stack,
) -> None:
    stranger, friend = closed.new_client(), closed.new_client(closed.api_key)
    before = (await friend.get(f"{PREFIX}/state")).body["result"]
    assert len(every_call()) > 60
    for method, path in every_call():
        reply = await stranger.request(method, path)
        assert reply.status == 401, (method, path)
        if method != "GET":
            headers = {"Origin": "http://evil.example"}
            reply = await friend.request(method, path, headers=headers)
            assert reply.status == 403, (method, path)
    after = (await friend.get(f"{PREFIX}/state")).body["result"]
    assert after["jobs"] == before["jobs"]
    assert after["active"] is before["active"]


async def test_a_key_in_the_query_is_for_cpqs_paths_alone(closed: Stack) -> None:
    stranger = closed.new_client()
    key = closed.api_key
    for method, path, _ in CPQ:
        if method == "GET":
            assert (await stranger.get(f"{path}?apikey={key}")).status == 200
            for key_that_is_none in ("apikey=wrong", "apikey=%C3%A9", "token=%ff"):
                reply = await stranger.get(f"{path}?{key_that_is_none}")
                assert reply.status == 401, key_that_is_none
    assert (await stranger.get(f"{PREFIX}/state?apikey={key}")).status == 401


async def test_a_foreign_origin_changes_nothing(stack_factory: Any) -> None:
    stack: Stack = await stack_factory(section="")
    (stack.data.gcodes / "a.gcode").write_text("G28\n", "utf-8")
    client = stack.client
    before = (await client.get(f"{PREFIX}/state")).body
    for origin in (
        "http://evil.example",
        "null",
        "https://127.0.0.1.evil.example",
        "http://[",
    ):
        for method, path, body in NATIVE + CPQ:
            if method == "GET":
                continue
            sent: dict[str, Any] = {"json": body} if method == "POST" else {}
            headers = {"Origin": origin}
            reply = await client.request(method, path, headers=headers, **sent)
            assert reply.status == 403, (method, path)
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "server.continuousprint.active",
            "params": {"active": True},
        }
        reply = await client.post(
            "/server/jsonrpc", json=call, headers={"Origin": origin}
        )
        assert "error" in reply.body
    assert (await client.get(f"{PREFIX}/state")).body == before
    own = {"Origin": stack.url}
    sent = {"json": {"path": "a.gcode"}}
    assert (await client.post(f"{PREFIX}/jobs", headers=own, **sent)).status == 200


async def test_an_origin_of_cors_domains_is_let_in(stack_factory: Any) -> None:
    stack: Stack = await stack_factory(section="")
    conf = stack.data.moonraker_conf
    text = conf.read_text("utf-8")
    assert "[authorization]\n" in text
    conf.write_text(
        text.replace(
            "[authorization]\n",
            "[authorization]\ncors_domains:\n  http://friend.example\n",
        ),
        "utf-8",
    )
    await stack.stop_moonraker()
    await stack.start_moonraker()
    for origin, status in (("http://friend.example", 200), ("http://x.example", 403)):
        reply = await stack.client.post(
            f"{PREFIX}/active", json={"active": False}, headers={"Origin": origin}
        )
        assert reply.status == status, origin
