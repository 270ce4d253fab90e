"""A driver on fakes that write one log, for the tests of the wheel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.edits import AddJobs, LookAgain, NewJob, NewSet
from moonraker_cp.core.events import Activated, Edited
from moonraker_cp.core.files import FileFacts, Files
from moonraker_cp.core.model import Phase, State
from moonraker_cp.core.view import View
from moonraker_cp.driver import Driver

from .fakes import FakePrinter, MemoryStore


@dataclass
class Rig:
    """A driver on fakes that write one log."""

    log: list[str] = field(default_factory=list)
    published: list[State] = field(default_factory=list)
    shown: list[View] = field(default_factory=list)  # with each of these
    rules: Rules = field(default_factory=Rules)
    publishing_fails: bool = False
    files: Files = field(default_factory=dict)  # as the catalog knows them

    def __post_init__(self) -> None:
        self.store = MemoryStore(log=self.log)
        self.printer = FakePrinter(log=self.log)
        self.driver = self.new_driver()

    def now(self) -> float:
        return 1e9 + self.printer.clock

    def new_driver(self) -> Driver:
        driver = Driver(
            self.store,
            self.printer,
            self.rules,
            self._publish,
            clock=lambda: self.printer.clock,
            now=self.now,
            files=lambda: self.files,
        )
        self.printer.post = driver.post
        return driver

    def _publish(self, before: State, decision: Decision) -> None:
        state = decision.state
        self.log.append(f"publish {state.control.revision}")
        self.published.append(state)
        self.shown.append(self.driver.view_of(state))
        if self.publishing_fails:
            raise RuntimeError("nobody listens")

    async def start(self) -> Rig:
        await self.driver.start()
        self.printer.connect()
        await self.quiet()
        return self

    async def quiet(self) -> None:
        """Until the mailbox is empty and the turn at hand has ended."""
        for _ in range(100):
            await asyncio.sleep(0)

    async def add(self, *paths: str) -> State:
        jobs = tuple(NewJob((NewSet(path),)) for path in paths)
        return await self.driver.submit(Edited(AddJobs(jobs, 0.0), "ann"))

    async def learn(self, **exist: bool) -> None:
        """The catalog has looked at these files (without .gcode), and says so."""
        news = {
            f"{name}.gcode": FileFacts(exists=there) for name, there in exist.items()
        }
        self.files = {**self.files, **news}
        self.driver.post(Edited(LookAgain(), ""))
        await self.quiet()

    async def activate(self) -> State:
        return await self.driver.submit(Activated("ann", bed_clear=True))

    @property
    def phase(self) -> Phase:
        return self.driver.state.control.phase

    @property
    def why(self) -> str:
        reason = self.driver.state.control.reason
        return reason.text if reason else ""


async def printing(*paths: str) -> Rig:
    rig = await Rig().start()
    await rig.add(*paths)
    await rig.activate()
    rig.printer.begin()
    await rig.quiet()
    assert rig.phase is Phase.PRINTING
    return rig
