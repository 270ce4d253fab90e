"""The API's answers on a real driver, with a printer and a store that are fakes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonraker_cp.api.endpoint import Endpoint, Request
from moonraker_cp.api.native import NativeApi
from moonraker_cp.api.octoprint import CpqApi
from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.errors import QueueError
from moonraker_cp.core.model import State
from moonraker_cp.driver import Driver
from moonraker_cp.printer.files import GcodeFiles

from ..fakes import FakePrinter, MemoryStore

CPQ = "/plugin/continuousprint/"
NATIVE = "/server/continuousprint/"


@dataclass(frozen=True)
class Reply:
    """status and body, as a client gets them: the body went through JSON."""

    status: int
    body: Any

    @property
    def message(self) -> str:
        return str(self.body["error"])


class Api:
    """get, post and delete by path, like a client."""

    def __init__(self, gcodes: Path, rules: Rules | None = None) -> None:
        self.store = MemoryStore()
        self.printer = FakePrinter()
        self.published: list[State] = []
        self.driver = Driver(
            self.store,
            self.printer,
            rules or Rules(),
            self._publish,
            clock=lambda: self.printer.clock,
            now=lambda: 1.7e9 + self.printer.clock,
        )
        self.printer.post = self.driver.post
        native = NativeApi(
            self.driver, self.store, GcodeFiles(lambda: str(gcodes)).check
        )
        cpq = CpqApi(self.driver, self.store, native)
        self.endpoints: dict[str, Endpoint] = {
            one.path: one for one in (*native.endpoints(), *cpq.endpoints())
        }

    def _publish(self, state: State, decision: Decision) -> None:
        self.published.append(state)

    async def start(self) -> None:
        await self.driver.start()
        self.printer.connect()
        await self.quiet()

    async def quiet(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def call(self, method: str, path: str, args: Mapping[str, Any]) -> Reply:
        answer = self.endpoints[path].answers[method]
        try:
            result = await answer(Request(args, "ann"))
        except QueueError as error:
            reply = Reply(error.status, {"error": str(error)})
        else:
            return Reply(200, json.loads(json.dumps(result)))
        assert reply.message
        assert "\n" not in reply.message
        assert len(reply.message) < 1200
        return reply

    async def get(self, path: str, /, **args: Any) -> Reply:
        return await self.call("GET", path, args)

    async def post(self, path: str, /, **args: Any) -> Reply:
        return await self.call("POST", path, args)

    async def delete(self, path: str, /, **args: Any) -> Reply:
        return await self.call("DELETE", path, args)
