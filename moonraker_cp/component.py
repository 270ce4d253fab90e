"""The composition root: builds the parts and wires Moonraker to them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .api import octojob, pauses, payloads, remembered, routes, takeover
from .api.console import ConsoleApi
from .api.cpq_edits import CpqEditApi
from .api.cpq_records import CpqRecordsApi
from .api.diagnostics import About, DiagnosticsApi
from .api.edits import EditApi
from .api.endpoint import Endpoint
from .api.failures import FailuresApi
from .api.forecast import ForecastApi
from .api.history import HistoryApi
from .api.hooks import HooksApi
from .api.job_queue import JobQueueApi
from .api.jobfiles import JobFileApi
from .api.library import LibraryApi
from .api.materials import MaterialsApi
from .api.native import NativeApi
from .api.octoprint import CpqApi
from .api.pages import Pages
from .api.prompts import Prompts, plain
from .api.recent import Recent
from .api.removed import RemovedApi
from .api.scripts import ScriptsApi
from .api.settings_api import SettingsApi
from .beside import Beside, Intake, Tidying, attempt
from .core.decisions import Decision
from .core.edits import Edit, FollowFile, LookAgain
from .core.events import Edited, Event, FailureReported
from .core.files import FileEvent, FilesMoved
from .core.guard import obstacle
from .core.model import Job, State
from .core.reasons import unusable
from .core.spools import Spool, Spools
from .driver import Driver
from .printer import library
from .printer.catalog import Catalog
from .printer.files import GcodeFiles, Uploads
from .printer.front_ends import FrontEnds, Tools, Wanted
from .printer.history import MoonrakerHistory
from .printer.jobs import PrintControls
from .printer.klipper import KlipperPrinter
from .printer.neighbours import Neighbours, Wishes
from .printer.notifier import EVENT as HAPPENED
from .printer.parts import host_clock
from .printer.scripts import Scripts, Sources
from .printer.side_actions import SideActions
from .printer.surroundings import Surroundings
from .settings import BadSettings, in_force, make_settings, read_values
from .storage.history import History
from .storage.hooks import HookStore
from .storage.jobfiles import JobFiles
from .storage.lessons import Lessons
from .storage.schema import MIGRATIONS, MIGRATIONS_PROTOTYPE, MIGRATIONS_TABLE
from .storage.spools import SpoolStore
from .storage.store import Store

if TYPE_CHECKING:
    from moonraker.confighelper import ConfigHelper

CHANGED = "continuousprint:changed"
BUILT = Path(__file__).parent / "web" / "built"
"""The page, as it was built."""


class ContinuousPrint:
    """Moonraker's component ``continuousprint``.

    Moonraker calls `component_init` once its event loop runs, and `on_exit`
    while Klipper is still connected.
    """

    def __init__(self, config: ConfigHelper) -> None:
        self._server = config.get_server()
        try:
            values = read_values(config)
            self._settings = settings = make_settings(values)
        except BadSettings as error:
            raise config.error(str(error)) from error
        self._recent = Recent(_package())
        self._recent.begin()
        database = self._server.lookup_component("database")
        on_thread = database.register_table(_migrations_table()).queue_callback
        self._store = Store(on_thread)
        self._history = History(on_thread)
        self._lessons = Lessons(self._history)
        sources = Sources(
            situation=lambda: self._driver.situation,
            external=lambda: self._native.external,
            runs=self._store.newest_runs,
            stats=self._history.path_stats,
        )
        self._scripts = Scripts(self._server, sources)
        self._hooks, self._spools = HookStore(on_thread), SpoolStore(on_thread)
        self._neighbours = Neighbours(
            self._server,
            Wishes(
                settings.rules,
                settings.notifiers,
                settings.notices,
                settings.timelapse_limit,
            ),
            self._post,
            sources.situation,
        )
        side = SideActions(
            self._server, self._post, self._scripts, lambda: self._driver.situation
        )
        self._printer = KlipperPrinter(
            self._server,
            self._post,
            scripts=self._scripts,
            others=side,
            obstacle=lambda action: obstacle(action, self._driver.situation),
            watch=self._neighbours.look,
        )
        self._past = MoonrakerHistory(self._server, self._post)
        self._catalog = Catalog(self._server, self._on_files, self._root)
        self._driver = Driver(
            self._store,
            self._printer,
            settings.rules,
            self._publish,
            clock=host_clock,
            files=lambda: self._catalog.facts,
            history=lambda: self._lessons.facts,
            cold_at=lambda: self._printer.cold_at,
            hooks=lambda: self._hooks.hooks,
            spools=lambda: self._neighbours.spools,
            rendering=lambda: self._neighbours.rendering,
            foresee=payloads.job.fill,
        )
        self._files = GcodeFiles(self._root)
        self._prompts = Prompts(self._say)
        self._native = NativeApi(
            self._driver, self._store, self._files.check, self._prompts.put_off
        )
        self._panels = JobQueueApi(
            self._driver, self._native.check_path, self._tell_panels
        )
        self._beside = Beside()
        self._tidying = Tidying(
            settings, host_clock, self._store.purge_jobs, self._history.purge
        )
        self._uploads: Uploads | None = None
        if settings.uploads != "off":
            intake = Intake(
                self._files.check,
                self._driver.submit,
                lambda: self._driver.state,
                draft=settings.uploads == "draft",
            )
            self._uploads = Uploads(
                self._server,
                settings.uploads_folder,
                lambda path: self._beside.run(intake.take(path)),
            )
        self._options = SettingsApi(in_force(values), _version(), _utc_offset)
        self._front_ends = FrontEnds(
            config,
            Wanted(settings.announcements, settings.page_url, settings.power_switch),
            Tools(_history_field, plain),
            self._driver.submit,
            lambda: self._driver.state,
        )
        self._register()

    def _root(self) -> str:
        """The gcodes folder, which Klipper may move; "" as long as nobody knows."""
        manager = self._server.lookup_component("file_manager")
        return str(manager.get_directory("gcodes"))

    # -- what Moonraker is told ------------------------------------------------

    def _register(self) -> None:
        self._server.register_notification(CHANGED, "continuousprint_changed")
        self._server.register_notification(HAPPENED, "continuousprint_event")
        job = octojob.JobApi(self._driver, PrintControls(self._server))
        octojob.register(self._server, job.endpoint())
        routes.register(self._server, *self._endpoints(), elsewhere=[job.endpoint()])
        routes.register_pages(self._server, Pages(BUILT))
        console = ConsoleApi(self._driver, self._native, self._prompts)
        self._macros = console.remote_methods()
        for name, method in self._macros.items():
            self._server.register_remote_method(name, method)
        for event, handler in (
            ("server:gcode_response", console.on_line),
            ("server:klippy_ready", self._on_klippy_ready),
        ):
            self._server.register_event_handler(event, handler)

    def _endpoints(self) -> Iterable[tuple[Endpoint, ...]]:
        driver, store, native = self._driver, self._store, self._native
        job_files = JobFiles(self._root)
        around = Surroundings(self._server, _version(), MIGRATIONS[-1][0])
        about = About(around, self._options, self._recent)
        parts = (
            native,
            FailuresApi(driver),
            EditApi(driver, native),
            RemovedApi(driver, store),
            JobFileApi(driver, job_files),
            ForecastApi(driver, self._lessons),
            HistoryApi(self._history),
            CpqApi(driver, store, native),
            CpqEditApi(driver, native, job_files),
            CpqRecordsApi(store, self._history, self._settings.rules),
            ScriptsApi(self._scripts, self._settings.rules, lambda: self._hooks.hooks),
            HooksApi(self._hooks, self._scripts, self._settings.rules),
            MaterialsApi(Loaded(self._neighbours, self._spools)),
            LibraryApi(library.PROCEDURES, library.find),
            self._options,
            DiagnosticsApi(driver, store.decisions, self._history, about),
        )
        return [part.endpoints() for part in parts]

    async def component_init(self) -> None:
        """Read the queue; if it cannot be read, Moonraker says so and goes on."""
        try:
            await self._store.prepare(time.time())
            await self._hooks.open()
            self._neighbours.set_manual(await self._spools.read())
            await self._driver.start()
        except Exception as error:
            self._stop_listening()  # nobody would ever read what is posted
            self._beside.cancel()  # nor is there a queue for an upload that waits
            why = unusable(time.time(), str(error) or repr(error))
            self._driver.give_up(why)
            raise self._server.error(f"{why.text} {why.advice}") from error
        self._follow(self._driver.state.jobs)
        self._beside.run(self._tidy())
        view = self._driver.view_of(self._driver.state)
        await attempt(self._front_ends.open(view))
        await attempt(self._watch_pauses())
        await attempt(self._take_over())

    async def _watch_pauses(self) -> None:
        if self._settings.failure_clients:
            pauses.install(self._server, self._settings.failure_clients, self._on_pause)

    async def _take_over(self) -> None:
        if self._settings.job_queue == "replace":
            start, stop = (
                self._macros[f"continuousprint_{name}"] for name in ("start", "stop")
            )
            takeover.install(self._server, self._panels, start, stop)

    async def on_exit(self) -> None:
        """Write the last word before Klipper's connection drops."""
        self._stop_listening()
        await self._driver.stop()
        self._beside.cancel()  # the last turn may have begun something
        self._recent.end()

    def _stop_listening(self) -> None:
        self._printer.stop()
        self._catalog.stop()
        self._neighbours.stop()
        self._front_ends.stop()
        if self._uploads is not None:
            self._uploads.stop()

    # -- what happens ------------------------------------------------------------

    def _post(self, event: Event) -> None:
        self._driver.post(event)

    def _publish(self, before: State, decision: Decision) -> None:
        state = decision.state
        view = self._driver.view_of(state)
        self._server.send_event(CHANGED, payloads.changes(view, decision))
        remembered.forget(decision.edit.removed)
        self._prompts.refresh(view.question)
        self._panels.publish(state, decision)
        self._neighbours.follow(before, decision)
        self._front_ends.follow(view)
        self._follow(decision.edit.put)
        if any(not run.is_open for run in decision.runs) or decision.cleared:
            self._beside.run(self._learn())
        if self._tidying.is_due():
            self._beside.run(self._tidy())

    def _follow(self, jobs: Iterable[Job]) -> None:
        self._catalog.follow(one.path for job in jobs for one in job.sets)

    def _on_files(self, event: FileEvent) -> None:
        edit: Edit = LookAgain()
        if isinstance(event, FilesMoved):
            edit = FollowFile(event.old, event.new, event.is_folder)
        self._driver.post(Edited(edit, ""))

    def _on_pause(self, client: str) -> None:
        words = "It has paused the print."
        self._driver.post(FailureReported(words, client, pauses=True))

    async def _learn(self) -> None:
        jobs = self._driver.state.jobs
        paths = {one.path for job in jobs for one in job.sets}
        self._catalog.keep(paths)
        await self._lessons.learn(paths)

    async def _tidy(self) -> None:
        """Forget, then learn from the rest."""
        await self._tidying.tidy()
        await self._learn()

    def _tell_panels(self, payload: dict[str, Any]) -> None:
        self._server.send_event(takeover.CHANGED, payload)

    async def _on_klippy_ready(self) -> None:
        rules = self._settings.rules
        review = self._scripts.review(
            {
                "bed_clearing_gcode": rules.clearing_gcode,
                "finish_gcode": rules.finish_gcode,
            }
        )
        self._beside.run(review)
        usable = await self._printer.has_respond()
        self._prompts.set_usable(usable, self._driver.question)

    def _say(self, line: str) -> None:
        self._server.send_event("server:gcode_response", line)


class Loaded:
    """What is loaded, for the API: the neighbours know it, the store keeps it."""

    def __init__(self, neighbours: Neighbours, store: SpoolStore) -> None:
        self._neighbours = neighbours
        self._store = store

    @property
    def spools(self) -> Spools:
        return self._neighbours.spools

    async def set_manual(self, tool: int, spool: Spool | None) -> None:
        self._neighbours.set_manual(await self._store.put(tool, spool))


def _version() -> str:
    """The package's, by whatever name Moonraker has loaded it."""
    return str(sys.modules[_package()].__version__)


def _package() -> str:
    return __name__.rpartition(".")[0]


def _history_field(**how: Any) -> Any:
    """A field of Moonraker's history, as it declares them."""
    from moonraker.common import HistoryFieldData

    return HistoryFieldData(**how)


def _utc_offset() -> int:
    return time.localtime().tm_gmtoff


def _migrations_table() -> Any:
    """Declared to Moonraker, so that it hands out its database thread."""
    from moonraker.common import SqlTableDefinition

    class Migrations(SqlTableDefinition):  # type: ignore[misc]
        name = MIGRATIONS_TABLE
        prototype = MIGRATIONS_PROTOTYPE
        version = 1

        def migrate(self, last_version: int, db_provider: Any) -> None:
            """Our own migrations run later, on the database thread."""

    return Migrations()
