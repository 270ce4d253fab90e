"""Who may do what: every route x everything that a caller may show, beside Moonraker's.

The routes are taken from the running component, so that none can be forgotten. What
Moonraker's own call answers to a caller is what ours must answer.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from moonraker_cp.demo.stack import Stack

from .queue import PREFIX
from .routes import PAUSE, Route, routes, rpc_methods
from .wire import Answer, Wire

STRANGER, TRUSTED = "127.0.0.1", "127.0.0.2"
THEIRS = {
    "GET": "/server/history/list",
    "POST": "/server/files/metascan?filename=none.gcode",
    "DELETE": "/server/history/job?uid=FFFFFF",
}
"""Moonraker's own call of each method, which changes nothing."""

RPC_THEIRS = "server.history.list"
UNREGISTERED = ("HEAD", "OPTIONS", "PUT", "PATCH")
PAGES = (PREFIX, f"{PREFIX}/", f"{PREFIX}/assets/nothing.js")

SIGN = """
import base64, json, sqlite3, sys, time
from libnacl.sign import Signer
def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def part(text): return json.loads(base64.urlsafe_b64decode(text + "==="))
database, name, token = sys.argv[1:]
query = "SELECT jwt_secret FROM authorized_users WHERE username = ?"
(secret,), = sqlite3.connect(database).execute(query, (name,))
head, body, _ = token.split(".")
def made(head, body, key):
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
    return f"{text}.{b64(key.signature(text.encode()))}"
head, body, key = part(head), part(body), Signer(bytes.fromhex(secret))
past = {**body, "iat": 1, "exp": int(time.time()) - 60}
print(json.dumps({
    "made as Moonraker makes it": made(head, body, key),
    "expired": made(head, past, key),
    "of another key": made(head, body, Signer()),
    "unsigned": made({**head, "alg": "none"}, body, key).rpartition(".")[0] + ".",
}))
"""
"""Signs tokens with a user's key out of the database, as Moonraker does."""


class Caller(NamedTuple):
    """Who asks. may: whether Moonraker lets it in; ours is judged by Moonraker's."""

    name: str
    may: bool
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    query: str = ""
    address: str = STRANGER


@pytest.fixture
async def stack(moonraker_factory: Any) -> Stack:
    rights = f"trusted_clients: {TRUSTED}\nforce_logins: True\n"
    made: Stack = await moonraker_factory(rights, section="failure_clients: watcher")
    return made


@pytest.fixture
async def wires(stack: Stack) -> AsyncIterator[dict[str, Wire]]:
    made = {address: Wire(stack.url, address) for address in (STRANGER, TRUSTED)}
    yield made
    for wire in made.values():
        wire.close()


async def ask(wires: dict[str, Wire], route: Route, caller: Caller) -> Answer:
    method, path = route
    query = f"{'&' if '?' in path else '?'}{caller.query}" if caller.query else ""
    headers = {"Content-Type": "application/json", **caller.headers}
    return await wires[caller.address].send(method, f"{path}{query}", headers)


def is_let_in(answer: Answer) -> bool:
    return answer.status != 401


def assert_plain(answer: Answer, at: object) -> None:
    """A refusal of ours: one sentence, and nothing of our insides."""
    error = answer.json["error"]
    assert set(error) == {"code", "message"}, at
    assert error["message"] == "A valid API key or login is needed.", at


async def check(
    wires: dict[str, Wire], found: Iterable[Route], callers: Iterable[Caller]
) -> int:
    """Ours beside Moonraker's, cell by cell; how many cells there were."""
    cells = 0
    for caller in callers:
        for method, path in THEIRS.items():
            answer = await ask(wires, (method, path), caller)
            assert is_let_in(answer) is caller.may, (caller, path, answer)
        for route in found:
            answer = await ask(wires, route, caller)
            assert is_let_in(answer) is caller.may, (caller, route, answer)
            # Without Klipper, or with nothing to do, it says so.
            assert answer.status < 500 or answer.status == 503, (route, answer)
            assert b"Traceback" not in answer.body or route[1].startswith("/printer")
            if not caller.may and not route[1].startswith("/printer"):
                assert_plain(answer, route)
            cells += 1
    return cells


def key_callers(stack: Stack) -> list[Caller]:
    key = stack.api_key
    return [
        Caller("nobody", False),
        Caller("wrong key", False, {"X-Api-Key": "0" * 32}),
        Caller("no key in its header", False, {"X-Api-Key": ""}),
        Caller("a key and more", False, {"X-Api-Key": f"{key}0"}),
        Caller("says it is trusted", False, {"X-Forwarded-For": TRUSTED}),
        Caller("a password", False, {"Authorization": "Basic YTpi"}),
        Caller(
            "wrong key from a trusted address", False, {"X-Api-Key": "0"}, "", TRUSTED
        ),
        Caller("key", True, {"X-Api-Key": key}),
        Caller("trusted address", True, {}, "", TRUSTED),
    ]


async def test_every_route_answers_as_moonraker_s_own(
    stack: Stack, wires: dict[str, Wire]
) -> None:
    found = [*await routes(stack), PAUSE]
    cells = await check(wires, found, key_callers(stack))
    cells += await check(wires, found, await login_callers(stack, wires))
    cells += await one_shots(stack, wires, found)
    cells += await other_methods(stack, wires, {path for _, path in found})
    await pages(stack, wires)
    await over_json_rpc(stack, wires)
    assert cells > 2000


async def login_callers(stack: Stack, wires: dict[str, Wire]) -> list[Caller]:
    """With users there, logins are forced: a trusted address is none any more."""
    anna, gone = [await login(stack, name) for name in ("anna", "gone")]
    database = stack.data.root / "database" / "moonraker-sql.db"
    tokens = await signed(stack, database, "anna", anna["token"])
    key = {"X-Api-Key": stack.api_key}
    removed = await wires[STRANGER].send(
        "DELETE", "/access/user?username=gone", {**key, "Content-Length": "0"}
    )
    assert removed.status == 200, removed
    bearer = "Authorization"
    good = tokens.pop("made as Moonraker makes it")
    return [
        Caller("login", True, {bearer: f"Bearer {anna['token']}"}),
        Caller("login signed here", True, {"X-Access-Token": good}),
        Caller("login in the query", True, {}, f"access_token={anna['token']}"),
        Caller("key beside logins", True, key),
        *(Caller(n, False, {bearer: f"Bearer {one}"}) for n, one in tokens.items()),
        Caller("deleted user", False, {bearer: f"Bearer {gone['token']}"}),
        Caller("to refresh with", False, {bearer: f"Bearer {anna['refresh_token']}"}),
        Caller("nonsense", False, {bearer: "Bearer a.b.c"}),
        Caller("forced to log in", False, {}, "", TRUSTED),
    ]


async def login(stack: Stack, name: str) -> dict[str, str]:
    sent = {"username": name, "password": "a long password"}
    reply = await stack.client.post("/access/user", json=sent)
    assert reply.status == 200, reply.body
    result: dict[str, str] = reply.body["result"]
    return result


async def signed(stack: Stack, database: Path, name: str, token: str) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        *(str(stack.moonraker_env.python), "-c", SIGN, str(database), name, token),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    made: dict[str, str] = json.loads(said)
    return made


async def one_shots(
    stack: Stack, wires: dict[str, Wire], found: Iterable[Route]
) -> int:
    """A one-shot token opens one call, once, and only from where it was asked for."""
    key, cells = {"X-Api-Key": stack.api_key}, 0
    wire = wires[STRANGER]
    for route in [*THEIRS.items(), *found]:
        token = (await wire.send("GET", "/access/oneshot_token", key)).json["result"]
        caller = Caller("one-shot", True, {}, f"token={token}")
        assert is_let_in(await ask(wires, route, caller)), route
        assert not is_let_in(await ask(wires, route, caller)), route
        cells += 2
    return cells


async def other_methods(
    stack: Stack, wires: dict[str, Wire], paths: Iterable[str]
) -> int:
    """What no call has, and a slash at the end: the very status of Moonraker's own."""
    cells = 0
    for caller in (Caller("nobody", False), key_callers(stack)[-2]):
        for method in UNREGISTERED:
            theirs = await ask(wires, (method, THEIRS["GET"]), caller)
            for path in paths:
                answer = await ask(wires, (method, path), caller)
                assert answer.status == theirs.status, (caller, method, path)
                cells += 1
        theirs = await ask(wires, ("GET", f"{THEIRS['GET']}/"), caller)
        for path in paths:
            answer = await ask(wires, ("GET", f"{path}/"), caller)
            assert answer.status == theirs.status, (caller, path)
            cells += 1
    return cells


async def pages(stack: Stack, wires: dict[str, Wire]) -> None:
    """The page is the same for everybody, and nothing can be sent to it."""
    for path, status in zip(PAGES, (302, 200, 404)):
        bodies = set()
        for caller in key_callers(stack):
            answer = await ask(wires, ("GET", path), caller)
            assert answer.status == status, (caller, path)
            bodies.add(answer.body)
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                answer = await ask(wires, (method, path), caller)
                assert answer.status == 405, (caller, method, path)
        assert len(bodies) == 1
        assert stack.api_key.encode() not in bodies.pop()


async def over_json_rpc(stack: Stack, wires: dict[str, Wire]) -> None:
    """The same calls over a websocket, and over JSON-RPC by HTTP."""
    methods = await rpc_methods(stack)
    batch = [
        {"jsonrpc": "2.0", "method": one, "id": one} for one in [RPC_THEIRS, *methods]
    ]
    socket = await websocket(stack, {})
    answers = {
        "websocket": json.loads(await told(socket, json.dumps(batch))),
        "HTTP": (await posted(wires, batch, {})).json,
    }
    for transport, refused in answers.items():
        theirs, *ours = refused
        assert theirs["error"]["message"] == "Unauthorized"
        assert [one["id"] for one in ours] == methods
        for one in ours:
            assert one["error"] == theirs["error"], (transport, one)
    friend = await websocket(stack, {"X-Api-Key": stack.api_key})
    for one in json.loads(await told(friend, json.dumps(batch))):
        assert one.get("error", {}).get("message") != "Unauthorized", one
    # Who is not let in hears nothing either.
    await stack.client.post(f"{PREFIX}/external", json={"a": 1})
    sent = {"jsonrpc": "2.0", "method": "server.info", "id": "last"}
    assert "Unauthorized" in await told(socket, json.dumps(sent))
    for one in (socket, friend):
        one.close()


async def websocket(stack: Stack, headers: dict[str, str]) -> WebSocketClientConnection:
    url = f"{stack.url.replace('http', 'ws', 1)}/websocket"
    return await websocket_connect(HTTPRequest(url, headers=headers))


async def told(socket: WebSocketClientConnection, message: str) -> str:
    """The next answer; what is told without being asked is passed over."""
    await socket.write_message(message)
    while True:
        answer = await asyncio.wait_for(socket.read_message(), 30)
        assert isinstance(answer, str), "it was closed"
        if not re.match(r'\{"jsonrpc": ?"2.0", ?"method"', answer):
            return answer


async def posted(wires: dict[str, Wire], batch: Any, headers: dict[str, str]) -> Answer:
    sent = {"Content-Type": "application/json", **headers}
    body = json.dumps(batch).encode()
    return await wires[STRANGER].send("POST", "/server/jsonrpc", sent, body)
