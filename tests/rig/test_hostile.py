"""Hostile input on every route: a refusal in words, and nothing is changed by it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from moonraker_cp.demo.stack import Stack

from .queue import PREFIX
from .routes import described, routes, rpc_methods
from .wire import Answer, Wire

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEEP = b"[" * 100_000 + b"]" * 100_000
TEXTS = ("path", "name", "jobName", "note", "metadata", "text", "message", "reason")
NUMBERS = ("id", "job", "count", "limit", "since", "question", "tool", "priority")
LISTS = ("job_ids", "set_ids", "materials", "spools", "sets", "jobs", "scripts")


def all_of(text: str, number: str) -> bytes:
    """The same in every field that any call has; JSON, as it is written."""
    fields = [f'"{name}": "{text}"' for name in TEXTS]
    fields += [f'"{name}": {number}' for name in NUMBERS]
    fields += [f'"{name}": [{number}, "{text}"]' for name in LISTS]
    return f"{{{', '.join(fields)}}}".encode()


BODIES: list[tuple[str, dict[str, str], bytes]] = [
    ("deep", JSON, DEEP),
    ("deep inside", JSON, b'{"id": ' + DEEP + b"}"),
    ("no end of a number", JSON, all_of("x", "1e999")),
    ("digits", JSON, all_of("x", "9" * 4000)),
    ("more digits than Python reads", JSON, all_of("x", "9" * 5000)),
    ("beyond 64 bits", JSON, all_of("x", "-9223372036854775809")),
    ("half a letter", JSON, all_of("\\ud800", "77")),
    ("a NUL", JSON, all_of("a\\u0000b", "-1")),
    ("a terminal's orders", JSON, all_of("\\u009b2J\\u001b[31m\\r\\nx", "-1")),
    ("from right to left", JSON, all_of("\\u202eedocg.exe", "-1")),
    ("said twice", JSON, b'{"path": "a.gcode", "path": ["b"], "id": 1, "id": "x"}'),
    ("other types", JSON, b'{"id": {}, "path": {}, "sets": [1, null], "jobs": [[]]}'),
    ("overlong", JSON, b'{"path": "\xc0\xae\xc0\xae/x.gcode"}'),
    ("not a number", JSON, b'{"id": NaN, "count": -Infinity}'),
    ("fields", JSON, json.dumps({f"k{n}": n for n in range(10_000)}).encode()),
    ("fields of a form", FORM, "&".join(f"k{n}=1" for n in range(10_000)).encode()),
    ("one field often", FORM, b"&".join([b"id=1", b"path=a.gcode"] * 3000)),
    ("another charset", {"Content-Type": "application/json; charset=utf-16"},
     '{"id": 1}'.encode("utf-16")),
    ("no form at all", {"Content-Type": "multipart/form-data"}, b"x"),
    ("packed", {**JSON, "Content-Encoding": "gzip"}, b"\x1f\x8bnonsense"),
    ("chunks", {**JSON, "Transfer-Encoding": "chunked"},
     b'3\r\n{"i\r\n7\r\nd": -1}\r\n0\r\n\r\n'),
    ("too large", JSON, b'{"id": "' + b"x" * 1_100_000 + b'"}'),
]  # fmt: skip
EASY = ("/job/add", "/job_queue/start", "/job_queue/pause", "continuousprint/skip")
"""What needs no word at all, so that odd ones beside it do no harm."""

VALUES = (
    *("-1", "9" * 18, "9" * 30, "1e999", "nan", "%00", "%ff", "%ed%a0%80", "%c0%af"),
    *("..%2f..%2fetc%2fpasswd", "%0d%0aSet-Cookie:%20x", "'%22;--", "x" * 3000),
)
TAILS = (
    "/..",
    "/%2e%2e/%2e%2e/etc/passwd",
    "%00",
    "//",
    "/%ff",
    ";a=b",
    "%0d%0aX:%20y",
)
NAMES = (
    "..%2findex.html",
    "%2e%2e%2f%2e%2e%2fpyproject.toml",
    "%00",
    "%ff",
    "a" * 3000,
)


@pytest.fixture
async def stack(moonraker_factory: Any) -> Stack:
    made: Stack = await moonraker_factory("trusted_clients: 127.0.0.1\n")
    (made.data.gcodes / "a.gcode").write_text("G28\n", "utf-8")
    await made.client.post(f"{PREFIX}/jobs", json={"path": "a.gcode"})
    return made


@pytest.fixture
async def wire(stack: Stack) -> AsyncIterator[Wire]:
    made = Wire(stack.url)
    yield made
    made.close()


def assert_sound(answer: Answer, at: object) -> None:
    """No 5xx but "Klipper is not there", and nothing of our insides."""
    assert answer.status < 500 or answer.status == 503, (at, answer)
    assert b"Traceback" not in answer.body, at
    if answer.status >= 400 and answer.body:
        assert set(answer.json) == {"error"}, at


async def test_bodies_that_nobody_means(stack: Stack, wire: Wire) -> None:
    before = await queue(stack)
    found = [one for one in await routes(stack) if one[0] != "GET"]
    easy = [one for one in found if one[1].endswith(EASY)]
    for some in ([one for one in found if one not in easy], easy):
        for method, path in some:
            for name, headers, body in BODIES:
                answer = await wire.send(method, path, headers, body)
                assert_sound(answer, (name, method, path))
                assert answer.status != 413 or name == "too large"
        if some is not easy:
            await assert_unchanged(stack, before)
    assert_clean_log(stack)


async def test_queries_and_paths_that_nobody_means(stack: Stack, wire: Wire) -> None:
    before = await queue(stack)
    paths = await described(stack)
    for method, path in await routes(stack):
        call = paths.get(path, {}).get(method.lower(), {})
        for param in call.get("parameters", []):
            for value in VALUES:
                answer = await wire.send(method, f"{path}?{param['name']}={value}")
                assert_sound(answer, (method, path, param["name"], value))
                assert "set-cookie" not in answer.headers
    for tail in TAILS:
        answer = await wire.send("GET", f"{PREFIX}/state{tail}")
        assert answer.status in (400, 404), (tail, answer)
    for name in NAMES:
        answer = await wire.send("GET", f"{PREFIX}/assets/{name}")
        assert answer.status in (400, 404), (name, answer)
    await assert_unchanged(stack, before)


async def test_the_same_over_json_rpc(stack: Stack, wire: Wire) -> None:
    """Moonraker reads these bodies; what it lets through is ours."""
    before = await queue(stack)
    methods = await rpc_methods(stack)
    methods = [one for one in methods if not one.replace(".", "/").endswith(EASY)]
    for name, _, body in BODIES[2:12]:
        taken = []
        for method in methods:
            call = f'{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": '
            sent = call.encode() + body + b"}"
            answer = await wire.send("POST", "/server/jsonrpc", JSON, sent)
            if answer.status == 200 and "error" in answer.json:
                assert answer.json["error"]["code"] != 500, (name, method, answer)
            elif answer.status == 200:
                taken.append(method)
        assert await queue(stack) == before, (name, taken)
    assert_clean_log(stack)


async def queue(stack: Stack) -> Any:
    """What a request could change; not what becomes known of files meanwhile."""
    reply = await stack.client.get(f"{PREFIX}/state")
    assert reply.status == 200
    state = reply.body["result"]
    assert state["jobs"]
    named = [(one["id"], one["revision"], one["name"]) for one in state["jobs"]]
    return named, state["active"], state["phase"], state["reason"], state["bed"]


async def assert_unchanged(stack: Stack, before: Any) -> None:
    assert await queue(stack) == before
    assert_clean_log(stack)


def assert_clean_log(stack: Stack) -> None:
    """Nothing was an error of ours, and a terminal may show it."""
    log = stack.moonraker_log()
    assert "error of ours" not in log
    assert "error of our own" not in log
    assert not {"\x1b", "\x9b", "\u202e", "\x00"} & set(log)
