"""The API's answers on a real driver, with a printer and a store that are fakes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from moonraker_cp import __version__
from moonraker_cp.api import openapi, payloads
from moonraker_cp.api.cpq_edits import CpqEditApi
from moonraker_cp.api.cpq_records import CpqRecordsApi
from moonraker_cp.api.diagnostics import About, DiagnosticsApi
from moonraker_cp.api.edits import EditApi
from moonraker_cp.api.endpoint import Endpoint, merged
from moonraker_cp.api.failures import FailuresApi
from moonraker_cp.api.forecast import ForecastApi
from moonraker_cp.api.history import HistoryApi
from moonraker_cp.api.hooks import HooksApi
from moonraker_cp.api.jobfiles import JobFileApi
from moonraker_cp.api.library import LibraryApi
from moonraker_cp.api.materials import MaterialsApi
from moonraker_cp.api.native import NativeApi
from moonraker_cp.api.octojob import JobApi
from moonraker_cp.api.octoprint import CpqApi
from moonraker_cp.api.prompts import Prompts
from moonraker_cp.api.recent import Recent
from moonraker_cp.api.removed import RemovedApi
from moonraker_cp.api.scripts import ScriptsApi
from moonraker_cp.api.settings_api import SettingsApi
from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.errors import QueueError
from moonraker_cp.core.model import Outcome, State
from moonraker_cp.core.printer import PrintState
from moonraker_cp.driver import Driver
from moonraker_cp.options import OPTIONS
from moonraker_cp.printer import library
from moonraker_cp.printer.files import GcodeFiles
from moonraker_cp.printer.jobs import PrintSeen
from moonraker_cp.storage.jobfiles import JobFiles
from moonraker_cp.storage.lessons import Lessons
from moonraker_cp.storage.schema import MIGRATIONS

from ..fakes import FakePrinter, MemoryStore
from ..past import MemoryHistory
from ..scripting import Klippy, scripts
from .stores import HookTable, SpoolTable

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


def tables(
    driver: Driver,
    store: MemoryStore,
    gcodes: Path,
    rules: Rules,
    printer: FakePrinter,
    prompts: Prompts,
    hooks: HookTable,
    spools: SpoolTable,
) -> tuple[NativeApi, tuple[Endpoint, ...]]:
    """Every endpoint that Moonraker gets of us, as component.py puts them together."""
    check = GcodeFiles(lambda: str(gcodes)).check
    native = NativeApi(driver, store, check, prompts.put_off)
    files = JobFiles(lambda: str(gcodes))
    trying = scripts(
        Klippy(),
        lambda: driver.situation,
        runs=store.newest_runs,
        stats=MemoryHistory(store).path_stats,
    )
    options = SettingsApi(
        [(one, one.default) for one in OPTIONS], __version__, lambda: 3600
    )
    about = About(Around(), options, Recent("the log of nobody"))
    parts = (
        native,
        FailuresApi(driver),
        EditApi(driver, native),
        RemovedApi(driver, store),
        JobFileApi(driver, files),
        HistoryApi(MemoryHistory(store)),
        ForecastApi(driver, Lessons(MemoryHistory(store))),
        CpqApi(driver, store, native),
        CpqEditApi(driver, native, files),
        CpqRecordsApi(store, store, rules),
        ScriptsApi(trying, rules, lambda: hooks.hooks),
        HooksApi(hooks, trying, rules),
        MaterialsApi(spools),
        LibraryApi(library.PROCEDURES, library.find),
        options,
        DiagnosticsApi(driver, store, MemoryHistory(store), about),
    )
    known = merged(tuple(part.endpoints() for part in parts))
    job = JobApi(driver, Controls(printer)).endpoint()
    return native, (*known, job, openapi.endpoint((*known, job)))


class Around:
    """A Moonraker with few neighbours."""

    def versions(self) -> Mapping[str, str]:
        return {
            "moonraker_cp": __version__,
            "schema": MIGRATIONS[-1][0],
            "moonraker": "v0.11.0",
            "klipper": "v2026.10.00",
            "klipper_host": "Kalico",
            "python": "3.13.5",
            "os": "Debian GNU/Linux 13 (trixie)",
        }

    def neighbours(self) -> tuple[tuple[str, bool, str], ...]:
        return (("notifier", True, "phone"), ("spoolman", False, ""))


@dataclass(frozen=True)
class Controls:
    """Does to the fake printer what Klipper does to a real one."""

    printer: FakePrinter

    async def see(self) -> PrintSeen:
        return PrintSeen(self.printer.look)

    async def pause(self) -> None:
        self.printer.look = replace(self.printer.look, state=PrintState.PAUSED)

    async def resume(self) -> None:
        self.printer.look = replace(self.printer.look, state=PrintState.PRINTING)

    async def cancel(self) -> None:
        self.printer.end(Outcome.CANCELLED)


class Api:
    """get, post and delete by path, like a client."""

    def __init__(
        self, gcodes: Path, rules: Rules | None = None, user: str = "ann"
    ) -> None:
        self.user = user
        self.store = MemoryStore()
        self.printer = FakePrinter()
        self.published: list[State] = []
        self.rules = rules or Rules()
        self.lines: list[str] = []
        self.prompts = Prompts(self.lines.append)
        self.hook_table = HookTable()
        self.spool_table = SpoolTable()
        self.driver = Driver(
            self.store,
            self.printer,
            self.rules,
            self._publish,
            clock=lambda: self.printer.clock,
            now=lambda: 1.7e9 + self.printer.clock,
            hooks=lambda: self.hook_table.hooks,
            spools=lambda: self.spool_table.spools,
            foresee=payloads.job.fill,
        )
        self.printer.post = self.driver.post
        self.native, self.tables = tables(
            self.driver,
            self.store,
            gcodes,
            self.rules,
            self.printer,
            self.prompts,
            self.hook_table,
            self.spool_table,
        )
        self.endpoints: dict[str, Endpoint] = {
            path: one for one in self.tables for path in one.paths
        }

    def _publish(self, before: State, decision: Decision) -> None:
        self.published.append(decision.state)
        self.prompts.refresh(self.driver.view_of(decision.state).question)

    async def start(self) -> None:
        await self.driver.start()
        self.printer.connect()
        await self.quiet()

    async def quiet(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def call(self, method: str, path: str, args: Mapping[str, Any]) -> Reply:
        call = self.endpoints[path].calls[method]
        try:
            result = await call.reply(args, self.user)
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
