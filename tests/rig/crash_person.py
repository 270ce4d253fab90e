"""A careful person beside the printer, who answers what the queue asks.

They look at the bed before they say that it is clear, bring Klipper back when it is
gone, and press Start when the queue has stopped with copies left. What they see is
checked on the way: a bed that is stored as clear is clear, a stop has a reason, a
question is left by one answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from typing import Any, Callable

from tornado.httpclient import HTTPError

from moonraker_cp.demo.client import RpcError

from .crash_laws import left_by_path, sums
from .crash_stack import CrashStack
from .crash_truth import BED, Truth
from .crash_whims import LOADED, OTHER, Whims
from .queue import PREFIX, Payload, Queue

AWAY = (OSError, HTTPError, RpcError, asyncio.TimeoutError, TimeoutError)
"""Nobody answers: Moonraker has just died."""
PAUSE = 0.15
ASKS_NOTHING = 20.0
"""Seconds for which a queue may be blocked with Klipper ready and nothing asked."""
FAILS = "M104 T7 S200\n"
"""No printer here has that tool."""
REFUSED = (409, 503)
"""Somebody was faster, or the disk says no."""


class Person:
    def __init__(
        self,
        stack: CrashStack,
        truth: Truth,
        rng: random.Random,
        tell: Callable[[str], None],
    ) -> None:
        self.stack = stack
        self.tell = tell
        self.paths: list[str] = []
        self._jobs = 0
        self.truth = truth
        self.rng = rng
        self.ordered: dict[str, int] = {}
        self.told: list[str] = []
        """Reasons that were answered."""
        self._unsure: tuple[str, str, int] | None = None
        self._silent_since = 0.0
        self.disk_fails = False
        self.whims = Whims(lambda: stack.client, truth, rng, tell)
        self._better: dict[str, str] = {}
        """Texts of files that fail, as they should be."""

    @property
    def queue(self) -> Queue:
        return Queue(self.stack)

    # -- what they do -----------------------------------------------------------

    async def attend(self) -> bool:
        """Look once and do what is to be done; whether the queue is through."""
        try:
            return await self._attend()
        except AWAY:
            await asyncio.sleep(PAUSE)
            return False

    async def _attend(self) -> bool:
        if self._unsure:
            await self._look_for_job()
        state = await self.queue.state()
        self._look(state)
        left = sum(left_by_path(state).values())
        resting = state["phase"] in ("idle", "inactive")
        if state["phase"] == "blocked":
            await self._blocked(state)
        elif resting and not left:
            return await self._is_still_so()
        elif resting and await self.whims.release(state):
            return False
        elif state["phase"] == "inactive":
            await self._send("active", active=True)
        elif state["question"] is not None:
            await self._other_material(state)
        else:
            await self.whims.act(state)
            await asyncio.sleep(PAUSE)
        return False

    async def _is_still_so(self) -> bool:
        state = await self.queue.state()
        resting = state["phase"] in ("idle", "inactive")
        return resting and not sum(left_by_path(state).values())

    async def _blocked(self, state: Payload) -> None:
        if await self.stack.klippy_state() != "ready":
            await self.stack.bring_klippy_back()
            return
        if state["question"] is None or await self._is_printing():
            await self._wait_to_be_asked(state)
            return
        self._silent_since = 0.0
        await self._answer(state)

    async def _is_printing(self) -> bool:
        """As one sees beside the printer; a print that has failed stands still."""
        return self.truth.is_printing and await self.stack.shows_print()

    async def _wait_to_be_asked(self, state: Payload) -> None:
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if now - self._silent_since > ASKS_NOTHING and not self.disk_fails:
            self.truth.wrong.append(f"blocked, and asks nothing: {state['reason']}")
            self._silent_since = now
            await self._send("active", active=True)
        await asyncio.sleep(PAUSE)

    async def _answer(self, state: Payload) -> None:
        question = state["question"]
        offered = [one["answer"] for one in question["answers"]]
        await asyncio.sleep(self.truth.still_moves)
        word = self._choose(offered)
        for path in list(self._better):
            if path in state["reason"]["text"]:
                self.queue.file(path, self._better.pop(path))
        if word in ("bed_clear", "print_again"):
            self.truth.take_off()
        if word == "run_clearing":
            self.truth.sweep_asked = time.monotonic()
        reply = await self._send("answer", question=question["id"], answer=word)
        if reply is None:
            return
        self.told.append(f"{state['reason']['code']}: {word}")
        if reply["phase"] == "blocked" and not self._is_new(state, reply):
            words = f"{word} did not leave: {state['reason']['text']}"
            self.truth.wrong.append(f"{words} -> {reply['reason']}")

    async def _other_material(self, state: Payload) -> None:
        """The next print waits for it: put it in, or print with what there is."""
        offered = [one["answer"] for one in state["question"]["answers"]]
        if self.rng.random() < 0.5 or "print_anyway" not in offered:
            await self.whims.load(self.rng.choice((LOADED, OTHER)))
            return
        about = {"question": state["question"]["id"], "answer": "print_anyway"}
        await self._send("answer", **about)

    def _choose(self, offered: list[str]) -> str:
        part = self.truth.part
        # Remembered, even if they have taken it off and their word did not arrive.
        newest = self.truth.prints[-1] if self.truth.prints else None
        bad = newest is not None and self.truth.is_cut_short(newest)
        if bad and "print_again" in offered:
            return "print_again"  # it was counted, as klippy had called it complete
        if "run_script" in offered and self.rng.random() < 0.4:
            return "run_script"
        if "start" in offered:
            return "start"
        good = part is not None and part.done is not None
        if "run_clearing" in offered and good and self.rng.random() < 0.3:
            return "run_clearing"
        return "bed_clear"

    def _is_new(self, old: Payload, new: Payload) -> bool:
        """Klipper went away just now: that is another stop."""
        return bool(new["reason"]["code"] != old["reason"]["code"])

    async def _send(self, endpoint: str, **body: Any) -> Payload | None:
        """A word to the queue; None when it was refused. A Stop is no answer."""
        said = time.monotonic()
        if body.get("active", True):
            self.truth.answered.append(said)
        reply = await self.queue.client.post(f"{PREFIX}/{endpoint}", json=body)
        if reply.status == 200:
            return dict(reply.body["result"])
        if said in self.truth.answered:  # it was not taken
            self.truth.answered.remove(said)
        if reply.status not in REFUSED:
            self.truth.wrong.append(f"{endpoint} {body}: {reply.status} {reply.body}")
        await asyncio.sleep(PAUSE)
        return None

    async def press(self, endpoint: str, **body: Any) -> None:
        with contextlib.suppress(*AWAY):
            await self._send(endpoint, **body)

    # -- what they order --------------------------------------------------------

    def has_file(self, name: str, text: str, bad: bool = False) -> None:
        """bad: it fails at its end, until they have mended it."""
        self.paths.append(self.queue.file(name, text + FAILS * bad))
        if bad:
            self._better[name] = text

    async def order_something(self) -> None:
        path = self.rng.choice(self.paths)
        copies, passes = self.rng.randint(1, 2), self.rng.choice((1, 1, 2))
        self._jobs += 1
        with contextlib.suppress(*AWAY):
            await self.order(f"job {self._jobs}", path, copies, passes)
            self.tell(f"asked for {copies} x {passes} of {path}")

    async def order(self, name: str, path: str, copies: int, passes: int = 1) -> None:
        """Queue a file; when nobody answered, they look whether it is there."""
        self._unsure = (name, path, copies * passes)
        failed = self.disk_fails
        more, of_set = self.whims.fields()
        sets = [{"path": path, "count": copies, **of_set}]
        body = {"name": name, "count": passes, "sets": sets, **more}
        reply = await self.queue.client.post(f"{PREFIX}/jobs", json=body)
        self._unsure = None
        if reply.status == 200:
            self._ordered(path, copies * passes)
            if failed and self.disk_fails:
                self.truth.wrong.append("a job was taken while the disk said no")
            return
        words = str(reply.body)
        if reply.status not in REFUSED or not (failed or self.disk_fails):
            self.truth.wrong.append(f"order of {path}: {reply.status} {words}")
        elif "database" not in words:
            self.truth.wrong.append(f"it does not say what is wrong: {words}")

    def _ordered(self, path: str, number: int) -> None:
        self.ordered[path] = self.ordered.get(path, 0) + number

    async def _look_for_job(self) -> None:
        assert self._unsure is not None
        name, path, number = self._unsure
        state = await self.queue.state()
        if any(job["name"] == name for job in state["jobs"]):
            self._ordered(path, number)
        self._unsure = None

    # -- what they see ----------------------------------------------------------

    def _look(self, state: Payload) -> None:
        self.truth.read()
        reason = state["reason"]
        if state["phase"] == "blocked" and not (reason["text"] and reason["advice"]):
            self.truth.wrong.append(f"blocked without words: {reason}")

    async def audit(self) -> None:
        """Once nothing is in flight: the sums, and the bed as it is stored."""
        try:
            problem = await self._audit()
            if problem:  # two questions are not one moment
                await asyncio.sleep(1.0)
                problem = await self._audit()
            if problem:
                self.truth.wrong.append(problem)
        except AWAY:
            return

    async def _audit(self) -> str:
        state = await self.queue.state()
        runs = await self.runs()
        self.truth.read()
        clear = state["bed"]["state"] == "clear" and state["run"] is None
        if clear and self.truth.part is not None:
            return f"{BED}: stored as clear, and {self.truth.part.path} is on it"
        if self._unsure:
            return ""
        return sums(self.ordered, state, runs)

    async def runs(self) -> list[Payload]:
        """All of them, oldest first."""
        reply = await self.queue.client.get(f"{PREFIX}/runs?limit=200")
        assert reply.status == 200, reply.body
        return list(reversed(reply.body["result"]["runs"]))
