"""Web pages of other sites change nothing, by whatever name they call the printer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from moonraker_cp.demo.stack import Stack

from .queue import PREFIX
from .routes import routes, rpc_methods
from .wire import Answer, Wire

CPQ = [
    f"{prefix}/{path}"
    for prefix in ("/plugin/continuousprint", "/api/plugin/continuousprint")
    for path in ("state", "state/get")
]
RIGHTS = "trusted_clients: 127.0.0.1\ncors_domains:\n  http://friend.example\n"
JSON = {"Content-Type": "application/json"}
REBOUND = {"Host": "evil.example:7125", "Origin": "http://evil.example:7125"}
"""What a browser sends for a page whose name was pointed at the printer."""

REFUSED = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://127.0.0.1.evil.example"},
    {"Origin": "http://["},
    REBOUND,
    {"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"},
    {**REBOUND, "X-Forwarded-Proto": "https", "X-Scheme": "https"},
    {**REBOUND, "X-Forwarded-Host": "127.0.0.1"},
]
NAMES = ["127.0.0.1:7125", "[::1]:80", "localhost", "printer.local", "voron", "my.lan"]


@pytest.fixture
async def stack(moonraker_factory: Any) -> Stack:
    made: Stack = await moonraker_factory(RIGHTS)
    (made.data.gcodes / "a.gcode").write_text("G28\n", "utf-8")
    return made


@pytest.fixture
async def wire(stack: Stack) -> AsyncIterator[Wire]:
    made = Wire(stack.url)
    yield made
    made.close()


async def add(wire: Wire, headers: dict[str, str]) -> Answer:
    body = json.dumps({"path": "a.gcode"}).encode()
    return await wire.send("POST", f"{PREFIX}/jobs", {**JSON, **headers}, body)


async def test_no_other_site_s_page_changes_anything(stack: Stack, wire: Wire) -> None:
    assert (await add(wire, {})).status == 200  # something to lose
    before = await queue(stack)
    found = [one for one in await routes(stack) if one[0] != "GET"]
    assert len(found) > 50
    for headers in REFUSED:
        for method, path in found:
            answer = await wire.send(method, path, {**JSON, **headers})
            assert answer.status == 403, (headers, method, path, answer)
            assert set(answer.json["error"]) == {"code", "message"}
        methods = await rpc_methods(stack, changing=True)
        batch = [{"jsonrpc": "2.0", "method": one, "id": one} for one in methods]
        body = json.dumps(batch).encode()
        answer = await wire.send("POST", "/server/jsonrpc", {**JSON, **headers}, body)
        assert [one["error"]["code"] for one in answer.json] == [403] * len(methods)
        assert await by_websocket(stack, batch, headers) == (
            {403} if headers["Origin"].endswith(headers.get("Host", "?")) else None
        ), headers
    assert await queue(stack) == before
    words = (await add(wire, REBOUND)).json["error"]["message"]
    assert "IP address" in words
    assert "cors_domains" in words


async def queue(stack: Stack) -> Any:
    """What a request could change; not what becomes known of files meanwhile."""
    state = (await stack.client.get(f"{PREFIX}/state")).body["result"]
    return [(one["id"], one["revision"]) for one in state["jobs"]], state["active"]


async def by_websocket(stack: Stack, batch: Any, headers: dict[str, str]) -> Any:
    """The errors of all calls; None when Moonraker does not open it at all."""
    url = f"{stack.url.replace('http', 'ws', 1)}/websocket"
    try:
        socket = await websocket_connect(HTTPRequest(url, headers=headers))
    except HTTPClientError:
        return None
    await socket.write_message(json.dumps(batch))
    while True:
        message = await asyncio.wait_for(cast(Any, socket.read_message()), 30)
        told = json.loads(message)
        if isinstance(told, list):  # and not what is told without being asked
            socket.close()
            return {one.get("error", {}).get("code") for one in told}


async def test_who_keeps_being_let_in(stack: Stack, wire: Wire) -> None:
    key = {"X-Api-Key": stack.api_key}
    named = [{"Host": name, "Origin": f"http://{name}"} for name in NAMES]
    own = {"Host": "my.domain.example", "Origin": "https://my.domain.example"}
    for headers in (
        {},
        *named,
        {"Host": "evil.example"},  # a program: no browser is without Origin here
        {**own, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"},
        {**own, "X-Scheme": "https", "X-Real-IP": "127.0.0.1"},
        {"Origin": "http://friend.example"},
        {"Host": "my.domain.example", "Origin": "http://friend.example"},
        {**REBOUND, **key},
    ):
        answer = await add(wire, headers)
        assert answer.status == 200, (headers, answer)
    assert (await add(wire, {"Origin": "http://x.example", **key})).status == 403
    batch = [{"jsonrpc": "2.0", "method": "server.continuousprint.active", "id": 1}]
    for headers in (*named, {**REBOUND, **key}):
        assert await by_websocket(stack, batch, headers) == {400}, headers


async def test_what_moonraker_s_own_calls_let_such_a_page_do(
    stack: Stack, wire: Wire
) -> None:
    """docs/safety.md says so; when this fails, Moonraker has mended it."""
    for headers in ({"Origin": "http://evil.example"}, REBOUND):
        path = f"/server/files/directory?path=gcodes/{len(headers)}"
        assert (await wire.send("POST", path, headers)).status < 300
    answer = await wire.send("GET", "/access/api_key", REBOUND)
    assert answer.json["result"] == stack.api_key
    asked = [{"jsonrpc": "2.0", "method": "access.get_api_key", "id": 1}]
    assert await by_websocket(stack, asked, {"Origin": "http://evil.example"}) is None
    assert await by_websocket(stack, asked, REBOUND) == {None}
