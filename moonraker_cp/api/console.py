"""The queue on Klipper's console: macros' remote methods, and answers to prompts."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any, Callable

from ..core.edits import AddJobs, NewJob
from ..core.errors import QueueError
from ..core.events import (
    Activated,
    Answered,
    BedSaid,
    Deactivated,
    Edited,
    Event,
    SkipAsked,
)
from ..core.model import State
from . import arguments, payloads
from .endpoint import Wheel
from .native import NativeApi
from .prompts import Prompts, parse_answer, plain

USER = "console"
"""Who an answer or a macro is taken to be, in the records."""

Method = Callable[..., Awaitable[None]]


class ConsoleApi:
    """Errors are console lines that begin with !!, which front ends show in red."""

    def __init__(self, driver: Wheel, native: NativeApi, prompts: Prompts) -> None:
        self._driver = driver
        self._native = native
        self._prompts = prompts
        self._say = prompts.say

    def remote_methods(self) -> dict[str, Method]:
        """Name -> what Klipper's action_call_remote_method calls."""
        return {
            "continuousprint_start": self._sender(Activated(USER)),
            "continuousprint_stop": self._sender(Deactivated(USER)),
            "continuousprint_bed_clear": self._sender(BedSaid(True, USER)),
            "continuousprint_skip": self._sender(SkipAsked(USER)),
            "continuousprint_add": self._add,
            "continuousprint_status": self._status,
        }

    async def on_line(self, line: str) -> None:
        """A console line; an answer to a prompt is taken, all others are left."""
        answer = parse_answer(line)
        if answer is None:
            return
        if not await self._submit(Answered(*answer, USER)):
            self._prompts.close_stale()

    def _sender(self, event: Event) -> Method:
        async def send(**_: Any) -> None:
            await self._submit(event)

        return send

    async def _add(self, **args: Any) -> None:
        try:
            one = await self._native.new_set(args)
            name = arguments.job_name(args, "name")
        except QueueError as error:
            self._complain(error)
            return
        edit = AddJobs((NewJob((one,), name),), time.time(), USER)
        await self._submit(Edited(edit, USER))

    async def _status(self, **_: Any) -> None:
        self._report(self._driver.state)

    async def _submit(self, event: Event) -> bool:
        """Whether it was taken; either way the console says what came of it."""
        try:
            state = await self._driver.submit(event)
        except QueueError as error:
            self._complain(error)
            return False
        self._report(state)
        return True

    def _report(self, state: State) -> None:
        self._say(f"// Continuous print: {plain(payloads.status_text(state))}")

    def _complain(self, error: QueueError) -> None:
        self._say(f"!! Continuous print: {plain(str(error))}")
