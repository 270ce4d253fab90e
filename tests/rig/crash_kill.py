"""What dies, and how it comes back: processes by SIGKILL, the disk by a word."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Callable

from .crash_person import Person
from .crash_stack import CrashStack, extruder
from .crash_truth import Odometer, Truth

KINDS = ("moonraker", "klippy", "mcu", "power", "disk", "disk and moonraker")
DISKS = ("full", "read-only", "sync")
CONTROLLER = ("reboot", "shutdown", "kill")
PAUSE = 0.02
NOTICED_WITHIN = 20.0
"""Seconds in which klippy finds out that its controller is gone."""


class Killer:
    """The truth is told what died, and when."""

    def __init__(
        self,
        stack: CrashStack,
        truth: Truth,
        person: Person,
        rng: random.Random,
        tell: Callable[[str], None],
    ) -> None:
        self.stack = stack
        self.truth = truth
        self.person = person
        self.rng = rng
        self.tell = tell
        self.odometer = Odometer(stack)
        self._resets = 0

    async def kill(self, kind: str) -> None:
        await self.odometer.look_if_there()
        self.truth.trouble(printer=False)
        if kind.startswith("disk"):
            await self._lose_disk(kind)
            return
        if kind == "power":
            await self.stack.lose_power()
            self.odometer.power_lost()
        elif kind == "moonraker":
            await self.stack.kill_moonraker()
        elif kind == "klippy":
            await self.stack.kill_klippy()
        else:
            await self._lose_controller()
        if kind != "moonraker":
            self.truth.trouble(printer=True)
        if kind != "mcu":  # that is noticed some seconds later
            self.truth.crashed.append(time.monotonic())
        self.stack.go_on()

    async def _lose_controller(self) -> None:
        how = self.rng.choice(CONTROLLER)
        self.tell(f"the micro-controller: {how}")
        self._resets = (await extruder(self.stack))[1]
        if how == "kill":
            await self.stack.kill_simulator()
            self.odometer.power_lost()
        elif how == "reboot":
            await self.stack.fault("reboot")
        else:
            message = "Timer too close"
            await self.stack.fault("shutdown", message=message)

    async def _lose_disk(self, kind: str) -> None:
        how = self.rng.choice(DISKS)
        self.tell(f"the disk: {how}")
        self.stack.disk_fails(how)
        self.person.disk_fails = True
        self.stack.go_on()
        await asyncio.sleep(self.rng.choice((0.1, 0.7, 2.5)))
        await self.person.order_something()
        if kind == "disk and moonraker":
            await self.stack.kill_moonraker()
            self.truth.crashed.append(time.monotonic())
        self.person.disk_fails = False
        self.stack.disk_fails("")

    async def come_back(self, kind: str) -> None:
        await asyncio.sleep(0.2)  # what klippy has said is read to its end
        self.truth.read()
        if kind == "mcu":
            await self._klippy_notices()
        await self.stack.come_back()
        await self.stack.bring_klippy_back()
        self.truth.all_is_back()

    async def _klippy_notices(self) -> None:
        """That its controller is gone; it may have been starting just then."""
        deadline = time.monotonic() + NOTICED_WITHIN
        while time.monotonic() < deadline:
            if await self.stack.klippy_state() != "ready":
                self.truth.crashed.append(time.monotonic())
                await self.odometer.look_if_there()
                return
            await asyncio.sleep(PAUSE)
        if not await self._was_reset():
            self.truth.wrong.append("klippy did not notice that its controller is gone")

    async def _was_reset(self) -> bool:
        """By a klippy that was just starting, before it could notice."""
        try:
            return (await extruder(self.stack))[1] > self._resets
        except OSError:  # it was killed
            return False
