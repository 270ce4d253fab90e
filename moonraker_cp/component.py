"""The composition root: builds the parts and wires Moonraker to them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .api import payloads, routes
from .api.console import ConsoleApi
from .api.native import NativeApi
from .api.octoprint import CpqApi
from .api.prompts import Prompts
from .core.decisions import Decision
from .core.events import Event
from .core.model import State
from .driver import Driver
from .printer.files import GcodeFiles
from .printer.klipper import KlipperPrinter, host_clock
from .settings import BadSettings, read_settings
from .storage.schema import MIGRATIONS_PROTOTYPE, MIGRATIONS_TABLE
from .storage.store import Store

if TYPE_CHECKING:
    from moonraker.confighelper import ConfigHelper

log = logging.getLogger(__name__)

CHANGED = "continuousprint:changed"


class ContinuousPrint:
    """Moonraker's component ``continuousprint``.

    Moonraker calls `component_init` once its event loop runs, and `on_exit`
    while Klipper is still connected.
    """

    def __init__(self, config: ConfigHelper) -> None:
        self._server = config.get_server()
        try:
            settings = read_settings(config)
        except BadSettings as error:
            raise config.error(str(error)) from error
        database = self._server.lookup_component("database")
        table = database.register_table(_migrations_table())
        self._store = Store(table.queue_callback)
        self._printer = KlipperPrinter(self._server, self._post)
        self._driver = Driver(
            self._store, self._printer, settings.rules, self._publish, clock=host_clock
        )
        self._prompts = Prompts(self._say)
        self._register()

    def _register(self) -> None:
        manager = self._server.lookup_component("file_manager")
        files = GcodeFiles(lambda: str(manager.get_directory("gcodes")))
        native = NativeApi(self._driver, self._store, files.check)
        cpq = CpqApi(self._driver, self._store, native)
        self._server.register_notification(CHANGED, "continuousprint_changed")
        routes.register(self._server, native.endpoints(), cpq.endpoints())
        console = ConsoleApi(self._driver, native, self._prompts)
        for name, method in console.remote_methods().items():
            self._server.register_remote_method(name, method)
        for event, handler in (
            ("server:gcode_response", console.on_line),
            ("server:klippy_ready", self._on_klippy_ready),
        ):
            self._server.register_event_handler(event, handler)

    async def component_init(self) -> None:
        """Read the queue; if it cannot be read, Moonraker says so and goes on."""
        await self._driver.start()

    async def on_exit(self) -> None:
        """Write the last word before Klipper's connection drops."""
        self._printer.stop()
        await self._driver.stop()

    def _post(self, event: Event) -> None:
        self._driver.post(event)

    def _publish(self, state: State, decision: Decision) -> None:
        asked = self._driver.question
        self._server.send_event(CHANGED, payloads.changes(state, decision, asked))
        self._prompts.refresh(asked)

    async def _on_klippy_ready(self) -> None:
        usable = await self._printer.has_respond()
        self._prompts.set_usable(usable, self._driver.question)

    def _say(self, line: str) -> None:
        self._server.send_event("server:gcode_response", line)


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
