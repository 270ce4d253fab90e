"""What a person does unasked: pause, cancel, stop, hold, say what is loaded.

None of it is an answer that lets anything start: that is the careful person's.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Callable

from moonraker_cp.demo.client import Client

from .crash_truth import Truth
from .queue import PREFIX, Payload

LOADED = "PLA"
OTHER = "PETG"


class Whims:
    """often: at how many looks of all. They come to their end when `often` is 0."""

    def __init__(
        self,
        client: Callable[[], Client],
        truth: Truth,
        rng: random.Random,
        tell: Callable[[str], None],
    ) -> None:
        self._client = client
        self._truth = truth
        self._rng = rng
        self._tell = tell
        self._has_materials = False
        self.often = 0.0

    def begin(self, often: float, has_materials: bool) -> None:
        self.often, self._has_materials = often, has_materials

    async def act(self, state: Payload) -> None:
        """Something that fits, now and then; but a pause has always to end."""
        phase = state["phase"]
        if phase == "paused":
            await self._at_printer("cancel" if self._wants(0.3) else "resume")
        elif self._rng.random() >= self.often:
            return
        elif phase == "printing":
            await self._disturb_print()
        elif phase == "cooling":
            await self._end_cooling()
        elif phase in ("clearing", "script", "finishing", "preparing"):
            await self._post("active", active=False)

    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """More of a job that they order, and of its set."""
        if not self.often:
            return {}, {}
        job = {"draft": True} if self._wants(0.2) else {}
        material = self._rng.choice((LOADED, OTHER))
        return job, {"materials": [material]} if self._has_materials else {}

    async def load(self, material: str = LOADED) -> None:
        if self._has_materials:
            await self._post("materials", tool=0, material=material)

    async def release(self, state: Payload) -> bool:
        """Jobs that wait for a person; whether there were any."""
        jobs = [one for one in state["jobs"] if one["draft"] or one["hold"]]
        for job in jobs:
            await self._post("job", id=job["id"], draft=False, hold=False)
        return bool(jobs)

    async def _disturb_print(self) -> None:
        what = self._rng.choice(("pause", "cancel", "report", "report", "stop"))
        if what == "stop":
            await self._post("active", active=False)
        elif what == "report":
            self._truth.meddled.append(time.monotonic())
            await self._post("report_failure", text="It looks like spaghetti.")
        else:
            await self._at_printer(what)

    async def _end_cooling(self) -> None:
        """Take the part off by hand, or stop."""
        if self._wants(0.5):
            await self._post("active", active=False)
            return
        await asyncio.sleep(self._truth.still_moves)
        self._truth.take_off()
        await self._post("bed", state="clear")

    async def _at_printer(self, what: str) -> None:
        self._tell(f"{what} at the printer")
        if what == "cancel":
            self._truth.meddled.append(time.monotonic())
        await self._client().rpc(f"printer.print.{what}")

    async def _post(self, endpoint: str, **body: Any) -> None:
        self._tell(f"{endpoint} {body}")
        await self._client().post(f"{PREFIX}/{endpoint}", json=body)

    def _wants(self, chance: float) -> bool:
        return bool(self.often) and self._rng.random() < chance
