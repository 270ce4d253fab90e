"""A small server of ours that speaks Spoolman's documented v1 API and websocket.

As much of it as Moonraker's [spoolman] asks for: info, health, spools, their use, and
the websocket that tells of changes. What is wrong with it can be chosen.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

REGISTERED = "2024-01-01T00:00:00Z"
DENSITY = 1.24
DIAMETER = 1.75


def spool(spool_id: int, **filament: Any) -> dict[str, Any]:
    """A spool of 1000 g of red PLA, but for what is said of its filament."""
    return {
        "id": spool_id,
        "registered": REGISTERED,
        "filament": {
            "id": spool_id,
            "registered": REGISTERED,
            "name": "Fire Red",
            "vendor": {
                "id": 1,
                "registered": REGISTERED,
                "name": "Polymaker",
                "extra": {},
            },
            "material": "PLA",
            "density": DENSITY,
            "diameter": DIAMETER,
            "weight": 1000.0,
            "color_hex": "FF0000",
            "extra": {},
            **filament,
        },
        "remaining_weight": 1000.0,
        "initial_weight": 1000.0,
        "used_weight": 0.0,
        "used_length": 0.0,
        "archived": False,
        "extra": {},
    }


class SpoolmanServer:
    """async with SpoolmanServer() as spoolman: …; `url` is for Moonraker's conf.

    Faults: `fail`, a status for every answer about a spool; `raw`, a body instead of
    the JSON; `hold()`, after which answers about spools wait until `release()`;
    `stop()`, after which `start()` brings it back on the same port.
    """

    def __init__(self) -> None:
        self.spools: dict[int, dict[str, Any]] = {}
        self.fail: int | None = None
        self.raw: bytes | None = None
        self.asked = 0
        self.port = 0
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._news = asyncio.Event()
        self._sockets: set[_Spools] = set()
        self._server: HTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> SpoolmanServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
        await self.stop()

    async def start(self) -> None:
        made: dict[str, Any] = {"spoolman": self}
        routes = [
            (r"/api/v1/(info|health)", _About, made),
            (r"/api/v1/spool", _Spools, made),
            (r"/api/v1/spool/([0-9]+)", _Spool, made),
            (r"/api/v1/spool/([0-9]+)/use", _Use, made),
        ]
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server = HTTPServer(Application(routes, log_function=_no_log))
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Gone from the network, as when its computer is switched off."""
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        for socket in tuple(self._sockets):
            socket.close()
        self._happened()
        await server.close_all_connections()

    def hold(self) -> None:
        self._may_answer.clear()

    def release(self) -> None:
        self._may_answer.set()

    def put(self, one: dict[str, Any]) -> None:
        """A spool as it is now, new or changed."""
        kind = "updated" if one["id"] in self.spools else "added"
        self.spools[one["id"]] = one
        self.tell(kind, one)

    def delete(self, spool_id: int) -> None:
        self.tell("deleted", self.spools.pop(spool_id))

    def tell(self, kind: str, one: Mapping[str, Any]) -> None:
        """Every websocket hears of it."""
        event = {"type": kind, "resource": "spool", "date": REGISTERED, "payload": one}
        for socket in self._sockets:
            socket.write_message(json.dumps(event))
        self._happened()

    def use(self, one: dict[str, Any], sent: Mapping[str, Any]) -> None:
        """use_length in mm or use_weight in grams are taken from the spool."""
        filament = one["filament"]
        grams = filament["density"] / 1000 * math.pi / 4 * filament["diameter"] ** 2
        weight = float(sent.get("use_weight", sent.get("use_length", 0.0) * grams))
        used = one["used_weight"] + weight
        left = max(one["initial_weight"] - used, 0.0)
        length = used / grams
        self.put(
            {
                **one,
                "used_weight": used,
                "used_length": length,
                "remaining_weight": left,
            }
        )

    async def connected(self, timeout: float = 30.0) -> None:
        """Until a websocket is there."""
        await self.until(lambda: bool(self._sockets), timeout)

    async def until(self, check: Any, timeout: float = 30.0) -> None:
        """Until it holds; looked at whenever something happens here."""
        while not check():
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), timeout)

    def _happened(self) -> None:
        self._news.set()

    # -- what handlers tell -------------------------------------------------------

    def opened(self, socket: _Spools) -> None:
        self._sockets.add(socket)
        self._happened()

    def closed(self, socket: _Spools) -> None:
        self._sockets.discard(socket)
        self._happened()

    async def answer(self, handler: _Handler, body: Mapping[str, Any]) -> None:
        self.asked += 1
        self._happened()
        await self._may_answer.wait()
        if self.fail is not None:
            raise HTTPError(self.fail, "as the test wants it")
        handler.set_header("Content-Type", "application/json")
        handler.finish(json.dumps(body) if self.raw is None else self.raw)


class _Handler(RequestHandler):
    def initialize(self, spoolman: SpoolmanServer) -> None:
        self.spoolman = spoolman

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish(json.dumps({"message": self._reason}))

    def found(self, spool_id: str) -> dict[str, Any]:
        one = self.spoolman.spools.get(int(spool_id))
        if one is None:
            raise HTTPError(404, reason=f"No spool with ID {spool_id} found.")
        return one


class _About(_Handler):
    async def get(self, what: str) -> None:
        info = {"version": "0.22.0", "debug_mode": False, "db_type": "sqlite"}
        self.finish(json.dumps({"status": "healthy"} if what == "health" else info))


class _Spool(_Handler):
    async def get(self, spool_id: str) -> None:
        await self.spoolman.answer(self, self.found(spool_id))


class _Use(_Handler):
    async def put(self, spool_id: str) -> None:
        if self.spoolman.fail is None:
            self.spoolman.use(self.found(spool_id), json.loads(self.request.body))
        await self.spoolman.answer(self, self.found(spool_id))


class _Spools(WebSocketHandler):
    """One path: the list over HTTP, and every change of it over a websocket."""

    def initialize(self, spoolman: SpoolmanServer) -> None:
        self.spoolman = spoolman

    async def get(self, *args: Any, **kwargs: Any) -> None:
        if self.request.headers.get("Upgrade", "").lower() == "websocket":
            await super().get(*args, **kwargs)
            return
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(list(self.spoolman.spools.values())))

    def open(self, *args: str, **kwargs: str) -> None:
        self.spoolman.opened(self)

    def on_message(self, message: str | bytes) -> None:
        """Spoolman lets be what is sent to it."""

    def on_close(self) -> None:
        self.spoolman.closed(self)


def _no_log(handler: RequestHandler) -> None:
    """Errors that a test asked for are no news."""
