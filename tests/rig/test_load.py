"""More than can be done: floods of requests, and a client that never reads."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from moonraker_cp.core.model import ENDLESS
from moonraker_cp.demo.client import RpcError
from moonraker_cp.mailbox import MOST_WAITING

from .flood import ADD, COMMANDS, CONNECTIONS, EDITS, SANE, Flood
from .queue import GCODE, Queue
from .vitals import Sample, until, watch

TINY = "G4 P2000\n"
BUSY = 503


@pytest.mark.parametrize(
    "prints", [2, pytest.param(40, marks=pytest.mark.slow)], ids=["short", "long"]
)
async def test_a_thousand_requests_a_second(
    prints: int, stack_factory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printing goes on, each request is answered, what waits has a bound, and a Stop
    in the middle of it is the next thing that is done."""
    vitals = watch(monkeypatch, tmp_path)
    queue = Queue(await stack_factory(section=GCODE))
    sets = [{"path": queue.file("part.gcode", TINY)}]
    await queue.call("jobs", sets=sets, count=ENDLESS)
    await queue.start()
    pid = queue.stack.pids["moonraker"]
    async with Flood(queue.stack.port, EDITS + COMMANDS) as flood:
        await queue.stack.wait_done_printing(prints)
        inside = (await vitals.sample(pid, prints)).by_name
    async with Flood(queue.stack.port, EDITS) as edits:
        await until(lambda: edits.sent >= 2 * CONNECTIONS)
        begun = time.monotonic()
        stopped = await queue.stop()
        taken = time.monotonic() - begun
        assert not stopped["active"]
        newest = (await queue.runs())[-1]["id"]
        await queue.phase("inactive", "blocked")
    assert taken < edits.longest[ADD, 200], "it has overtaken others"
    state = await queue.state()
    assert not state["active"]
    assert (await queue.runs())[-1]["id"] == newest, "nothing was started after it"
    # Each was answered (Flood.__aexit__), in words; and what was said is what is.
    assert flood.statuses() | edits.statuses() <= set(SANE)
    added = flood.answers[ADD, 200] + edits.answers[ADD, 200]
    assert len(state["jobs"]) == 1 + added
    assert inside["object Letter"] <= 2 * MOST_WAITING + 2
    print(f"{flood.sent + edits.sent} requests, {added} jobs added,", flood.answers)


@pytest.mark.slow
async def test_requests_over_one_websocket_that_nobody_waits_for(
    stack_factory: Any,
) -> None:
    """Moonraker takes as many as are sent; ours lets a hundred wait."""
    queue = Queue(await stack_factory(section=GCODE))
    queue.file("part.gcode")
    method = "server.continuousprint.post_jobs"
    calls = [queue.client.rpc(method, path="part.gcode") for _ in range(600)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert {one.code for one in refused if isinstance(one, RpcError)} <= {BUSY}
    assert all(isinstance(one, RpcError) for one in refused)
    stored = [one["jobs"][0]["id"] for one in answers if isinstance(one, dict)]
    assert [job["id"] for job in (await queue.state())["jobs"]] == stored


# -- a websocket client that never reads -------------------------------------------


class Told:
    """A client that reads; the bytes of the notifications of each kind."""

    def __init__(self) -> None:
        self.bytes: dict[str, int] = {}
        self.times: dict[str, int] = {}

    async def connect(self, queue: Queue) -> None:
        url = queue.stack.url.replace("http", "ws", 1) + "/websocket"
        self._socket = await websocket_connect(
            HTTPRequest(url), on_message_callback=self._on_message
        )

    def _on_message(self, message: str | bytes | None) -> None:
        method = json.loads(message).get("method", "") if message else ""
        self.bytes[method] = self.bytes.get(method, 0) + len(message or "")
        self.times[method] = self.times.get(method, 0) + 1

    def close(self) -> None:
        self._socket.close()


def deaf(port: int) -> socket.socket:
    """A websocket that was opened and is never read."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    one.sendall(
        b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert one.recv(12) == b"HTTP/1.1 101"
    return one


@pytest.mark.slow
async def test_clients_that_never_read(
    stack_factory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they are not told waits in Moonraker, which closes them after a while. A
    change is told by what it changed: the rest of the queue is not in it."""
    vitals = watch(monkeypatch, tmp_path)
    queue = Queue(await stack_factory(section=GCODE))
    queue.file("part.gcode")
    await queue.call("jobs", jobs=[{"path": "part.gcode"}] * 500)
    pid, told = queue.stack.pids["moonraker"], Told()
    await told.connect(queue)
    await changes(queue, 500)
    without = await vitals.sample(pid, 0)
    told.bytes.clear()
    told.times.clear()
    sockets = [deaf(queue.stack.port) for _ in range(5)]
    try:
        await changes(queue, 500)
        with_them = await vitals.sample(pid, 0)
        sent, times = told.bytes, told.times
        changed, notes = sent["notify_continuousprint_changed"], times[CHANGED]
        assert changed / notes < 16_000, "the size does not follow the queue's length"
        closed = "Websocket Closed"
        await until(lambda: queue.stack.moonraker_log().count(closed) >= len(sockets))
        after = await vitals.sample(pid, 0)
    finally:
        for one in sockets:
            one.close()
        told.close()
    print(
        f"{changed / notes:.0f} bytes a change; memory in kB {memory(without)} → "
        f"{memory(with_them)} → {memory(after)}; blocks {blocks(without)} → "
        f"{blocks(with_them)} → {blocks(after)}; told {sum(sent.values()) / 1e3:.0f}"
    )
    held = len(sockets) * sum(sent.values()) / 1000
    assert memory(with_them) - memory(without) < 2 * held + 10_000
    assert blocks(after) - blocks(without) < 6000, "they are forgotten"


CHANGED = "notify_continuousprint_changed"


async def changes(queue: Queue, number: int) -> None:
    for name in range(number):
        await queue.call("job", id=1, name=f"Part {name}")


def memory(sample: Sample) -> int:
    return int(sample.counts["memory_kB"])


def blocks(sample: Sample) -> int:
    return int(sample.counts["blocks"])
