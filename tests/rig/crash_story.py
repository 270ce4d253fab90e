"""One printer, one queue, some crashes: a story told from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moonraker_cp.demo.stack import StackError

from . import crash_truth
from .crash_bugs import Bug
from .crash_chart import Chart
from .crash_kill import PAUSE, Killer
from .crash_laws import Record, broken
from .crash_person import AWAY, Person
from .crash_scene import Scene, draw, printer_cfg
from .crash_stack import CrashStack
from .crash_truth import Truth, weight

NEW = "new"
"""As the point of a crash: one at which nothing of the kind has died yet."""
DUE_WITHIN = 15.0
"""Seconds in which an armed point has to come by; if not, something dies first."""
THROUGH_WITHIN = 240.0
QUIET = 1.5
"""Seconds after which motion has ended and the books are written."""


@dataclass(frozen=True)
class Crash:
    """kind: what dies; at: the named point, "" for after so many seconds."""

    kind: str
    at: str = ""
    after: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} @ {self.at or f'{self.after:.2f} s'}"


@dataclass
class Result:
    """What became of a story. at: every point that was passed; hit: those at which
    something died, with what."""

    seed: int
    told: list[str] = field(default_factory=list)
    crashes: list[Crash] = field(default_factory=list)
    missed: list[Crash] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    prints: int = 0
    done: int = 0
    answers: int = 0
    folder: str = ""


class Story:
    """Everything that is chosen comes from the seed, but not when things happen."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        plan: list[Crash],
        scene: Scene | None = None,
        bug: Bug | None = None,
        chart: Chart | None = None,
        **stack: Any,
    ) -> None:
        self.rng = random.Random(seed)
        # Of its own each, or a look more would make another story of all that follows.
        kills, looks = random.Random(f"{seed} kills"), random.Random(f"{seed} looks")
        self._skips = random.Random(f"{seed} skips")
        self.result = Result(seed, folder=str(folder))
        self._plan = plan
        self._chart = chart or Chart()
        self.scene = scene or draw(self.rng)
        self.stack = CrashStack(
            folder,
            section=self.scene.options,
            moonraker_conf=self.scene.device,
            speed=4.0,
            thermal_speed=30.0,
            printer_cfg=printer_cfg,
            start_timeout=120.0,
            **stack,
        )
        self.stack.bug = bug
        self.truth = Truth(self.stack)
        self.person = Person(self.stack, self.truth, looks, self.tell)
        self.killer = Killer(self.stack, self.truth, self.person, kills, self.tell)
        self._began = time.monotonic()

    def tell(self, words: str) -> None:
        self.result.told.append(f"{time.monotonic() - self._began:6.1f} {words}")

    async def run(self) -> Result:
        """Tell it to its end; what goes wrong on the way is in the result."""
        try:
            async with self.stack:
                await self._begin()
                for crash in self._plan:
                    if not self.truth.wrong:
                        await self._one(crash)
                await self._through()
                await self._compare()
        except Exception as error:
            self.result.wrong.append(f"the story broke off: {error!r}")
        self.result.wrong = [*self.truth.wrong, *self.result.wrong]
        return self.result

    # -- the queue ----------------------------------------------------------------

    async def _begin(self) -> None:
        scene, person = self.scene, self.person
        self.tell(f"{scene}")
        person.whims.begin(scene.whims, scene.has_materials)
        await person.whims.load()
        for index in range(self.rng.randint(2, 3)):
            text = crash_truth.gcode(index, self.rng.randint(24, 48), scene.bed)
            is_bad = self.rng.random() < scene.bad
            person.has_file(f"f{index}.gcode", text, is_bad)
        for hook, gcode in scene.scripts:
            scripts = [{"name": hook, "gcode": gcode}]
            await person.queue.call("hooks", hook=hook, scripts=scripts)
        for _ in range(self.rng.randint(1, 2)):
            await self.person.order_something()
        await self.person.queue.start()

    async def _attend(self) -> None:
        """One look of the person, who has something to do as long as crashes wait."""
        if not await self.person.attend():
            return
        await self.person.audit()
        if self.rng.random() < 0.4:
            await self.person.press("active", active=False)
            if self.rng.random() < 0.5:
                await self.person.press("active", active=True)
        await self.person.order_something()

    # -- crashes ------------------------------------------------------------------

    async def _one(self, crash: Crash) -> None:
        if crash.at == NEW:
            skip = self._skips.randint(0, self._chart.most_skipped())
            self.stack.arm("*", self._chart.known(crash.kind), skip)
        elif crash.at:
            self.stack.arm(crash.at)
        looking = await self._wait_for(crash)
        if looking is None:  # it may come by when something comes back
            first = Crash(self.rng.choice(("moonraker", "klippy", "power")))
            self.tell(f"before that: {first.kind}")
            self.result.crashes.append(first)
            await self.killer.kill(first.kind)
            looking = await self._wait_for(crash, self.killer.come_back(first.kind))
        if looking is None and not self.stack.give_up():
            self.tell(f"never came: {crash}")
            self.result.missed.append(crash)
            if crash.at != NEW:
                return
            self._chart.missed()
        hit = self.stack.hit
        self.tell(f"crash: {crash.kind} @ {hit or 'a random moment'}")
        self.result.crashes.append(Crash(crash.kind, hit, crash.after))
        self._chart.crashed(crash.kind, hit)
        await self.killer.kill(crash.kind)
        if looking is not None:
            with contextlib.suppress(*AWAY, StackError):
                await looking
        await self.killer.come_back(crash.kind)
        await self.person.audit()

    async def _wait_for(
        self, crash: Crash, first: Coroutine[Any, Any, None] | None = None
    ) -> asyncio.Task[None] | None:
        """Until it is due; what was just being done then, or None."""
        begin = time.monotonic()
        while first is not None or time.monotonic() - begin < DUE_WITHIN:
            looking = asyncio.ensure_future(first or self._attend())
            first = None
            while not looking.done():
                waited = time.monotonic() - begin
                if self.stack.hit or (not crash.at and waited >= crash.after):
                    return looking
                await asyncio.wait({looking}, timeout=PAUSE)
            looking.result()
            await self.killer.odometer.look_if_there()
        return None

    # -- the end ------------------------------------------------------------------

    async def _through(self) -> None:
        self.person.whims.often = 0.0
        deadline = time.monotonic() + THROUGH_WITHIN
        while not self.truth.wrong and not await self.person.attend():
            await self.killer.odometer.look_if_there()
            if time.monotonic() > deadline:
                state = await self.person.queue.state()
                self.truth.wrong.append(f"it does not go on: {state}")
                return

    async def _compare(self) -> None:
        """klippy's record, and the motor's, against the books."""
        await asyncio.sleep(QUIET)
        await self.person.audit()
        await self.killer.odometer.look()
        runs = await self.person.runs()
        truth, result = self.truth, self.result
        cut = [
            p
            for p in truth.prints
            if p.done and truth.is_cut_short(p) and not truth.is_overtaken(p)
        ]
        doubted = [p for p in truth.prints if truth.is_in_doubt(p)]
        answered, crashed = truth.answered, truth.crashed
        record = Record(truth.prints, cut, doubted, runs, answered, crashed)
        result.wrong += broken(record)
        result.wrong += self._extruded()
        result.wrong += await self._told_by_moonraker()
        result.passed = self.stack.passed()
        result.prints = len(truth.prints)
        result.done = sum(p.done is not None for p in truth.prints)
        result.answers = len(self.person.told)
        for run in runs:
            keys = ("id", "path", "outcome", "counted", "reason")
            self.tell(" ".join(str(run[key]) for key in keys))
        self.tell(f"answers: {self.person.told}")

    def _extruded(self) -> list[str]:
        """Whatever was done has moved the extruder, and nothing that was not begun."""
        least = most = 0
        for index, path in enumerate(self.person.paths):
            least += weight(index) * self.truth.whole(path)
            most += weight(index) * self.truth.opened(path)
        steps = self.killer.odometer.steps
        if least <= steps <= most:
            return []
        return [f"the extruder moved {steps} steps, not {least} to {most}"]

    async def _told_by_moonraker(self) -> list[str]:
        """Its history has what klippy did, once each, if it was there to see it."""
        reply = await self.stack.client.rpc("server.history.list", limit=1000)
        jobs = [job for job in reply["jobs"] if job["status"] == "completed"]
        wrong = []
        for path in self.person.paths:
            told = sum(job["filename"] == path for job in jobs)
            least, most = self.truth.in_peace(path), self.truth.done(path)
            if not least <= told <= most:
                wrong.append(f"history has {told} of {path}, not {least} to {most}")
        return wrong
