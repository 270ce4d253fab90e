"""The queue on Klipper's console: macros' remote methods, and answers to prompts."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any, Callable

from ..core.edits import AddJobs, NewJob
from ..core.errors import Conflict, QueueError
from ..core.events import (
    Activated,
    Answered,
    BedSaid,
    CopyRecalled,
    Deactivated,
    Edited,
    Event,
    FailureReported,
    PrintAnyway,
    SkipAsked,
)
from ..core.model import State
from ..core.questions import Answer
from . import arguments, payloads
from .endpoint import Wheel
from .failures import REASON, SOURCE
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
            "continuousprint_print_anyway": self._sender(PrintAnyway(USER)),
            "continuousprint_fail": self._fail,
            "continuousprint_retry": self._retry,
            "continuousprint_add": self._add,
            "continuousprint_status": self._status,
        }

    async def on_line(self, line: str) -> None:
        """A console line; an answer to a prompt is taken, all others are left."""
        answer = parse_answer(line)
        if answer is None:
            return
        number, word = answer
        if not await self._submit(Answered(number, word, USER)):
            self._prompts.close_stale()
        elif word == Answer.NOT_YET.value:
            self._prompts.put_off(number)

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

    async def _fail(self, reason: Any = "", source: Any = "", **_: Any) -> None:
        """The print under way fails; without one, the newest copy is bad after all."""
        why = arguments.one_line(str(reason), REASON.longest)
        who = arguments.one_line(str(source), SOURCE.longest) or USER
        prints = self._driver.state.run is not None
        await self._submit(
            FailureReported(why, who) if prints else CopyRecalled(who, why)
        )

    async def _retry(self, **_: Any) -> None:
        """Answer what is asked with "print it again", or else "the bed is clear"."""
        asked = self._driver.question
        offered = () if asked is None else asked.answers
        for answer in (Answer.PRINT_AGAIN, Answer.BED_CLEAR):
            if asked is not None and answer in offered:
                await self._submit(Answered(asked.id, answer.value, USER))
                return
        self._complain(Conflict("Nobody asks for the bed now, so nothing was done."))

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
