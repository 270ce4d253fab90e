"""Klipper through Moonraker: status and events in, core events out, and actions.

The only file that knows both Moonraker's Klipper interfaces and the core.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Callable

from ..core.decisions import (
    Action,
    EndCooling,
    RunHook,
    ScriptKind,
    SendScript,
    SendStart,
    WatchCooling,
)
from ..core.events import (
    Answer,
    BugFound,
    Event,
    Loss,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from ..core.hooks import Hook
from ..core.printer import Look
from .cooling import DEFAULT_IDLE_TIMEOUT, FAN_OFF, STAY_AWAKE, Cooling, begin
from .observer import SUBSCRIPTION, Observer, Status, has_pulse
from .parts import Preparing, Working, host_clock, user_info
from .scripts import ScriptRefused, compose
from .settling import settled
from .silence import QUIET, Silence

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

KLIPPER_AWAY = 503
"""Status of Moonraker's errors for a Klipper that is not connected (any more)."""

TRY_AGAIN = 1.0
"""Seconds until a Klipper that is ready but gave no status is asked again."""
READY = "ready"


class KlipperPrinter:
    """Posts what the printer does and performs what the core decides."""

    def __init__(
        self,
        server: Server,
        post: Callable[[Event], None],
        clock: Callable[[], float] = host_clock,
        *,
        scripts: Preparing,
        others: Working,
        obstacle: Callable[[Action], Event | None],
        watch: Callable[[Look], None] = lambda _: None,
    ) -> None:
        """scripts: makes those of hooks ready. others: carries out other actions.
        obstacle: what to report instead of an action that has had to wait; None: act.
        watch: is shown each new look."""
        self._server = server
        self._scripts = scripts
        self._others = others
        self._obstacle = obstacle
        self._watch = watch
        self._post = post
        self._clock = clock
        self._observer = Observer()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cooling: Cooling | None = None
        self._fan_runs = False  # ours, from a cooling that has ended
        self._connected = False
        self._connection = 0  # counts Klipper's comings and goings
        self._stopped = False
        self._asked = float("-inf")  # when the newest answer to a query was taken
        self._told = float("-inf")  # when it was so, what the newest update said
        self._sure = float("-inf")  # when nothing can have been missed
        self._silence = Silence(
            clock, lambda: self._observer.expects_news, self._on_silence
        )
        self._is_asking = self._has_doubt = False
        self._error: type[Exception] = server.error
        self._apis = server.lookup_component("klippy_apis")
        for event, handler in (
            ("server:klippy_started", self._on_started),
            ("server:klippy_shutdown", self._on_shutdown),
            ("server:klippy_disconnect", self._on_disconnect),
        ):
            server.register_event_handler(event, handler)

    @property
    def look(self) -> Look:
        return self._observer.look

    @property
    def cold_at(self) -> float | None:
        """The clock at which the bed is expected to be cold; None: not known."""
        return None if self._cooling is None else self._cooling.cold_at

    async def has_respond(self) -> bool:
        """Whether Klipper is configured with [respond], which prompts need."""
        return "respond" in await self._configured()

    async def _configured(self) -> Status:
        """Klipper's configuration by section; {} when it does not show it."""
        try:
            status = await self._apis.query_objects({"configfile": ["settings"]})
        except self._error as error:
            log.info("Klipper did not show its configuration: %s", error)
            return {}
        return dict(status.get("configfile", {}).get("settings", {}))

    def stop(self) -> None:
        """Listen no more; what Klipper does from here on is for the next start."""
        self._stopped = True
        self._post = _ignore
        for task in self._tasks:
            task.cancel()
        self._end_cooling()
        self._silence.stop()

    def perform(self, action: Action) -> None:
        """Begin an action; its end comes back as an event with its ticket."""
        if self._stopped:
            return  # it is stored: the next start of Moonraker finds it in doubt
        self._end_cooling()  # one action at a time: a newer one disowns the older
        if isinstance(action, SendStart):
            self._run(self._start(action))
        elif isinstance(action, SendScript):
            self._run(self._script(action))
        elif isinstance(action, RunHook):
            self._run(self._hook(action))
        elif isinstance(action, WatchCooling):
            self._cooling = Cooling(action, self._post, self._clock)
            self._run(self._cool(action, self._cooling))
        elif isinstance(action, EndCooling):
            if action.fan:
                self._fan_runs = True
                self._run(self._stop_fan())
        else:
            work = self._others.work(action)
            assert work is not None
            self._run(work)

    # -- Moonraker's events ---------------------------------------------------

    async def _on_started(self, state: Any) -> None:
        """Klipper is connected and its state is known: ready, error, shutdown.

        Moonraker waits for this before it tells anybody that Klipper is ready.
        """
        self._connection += 1
        await self._connect(str(state), self._connection)

    async def _connect(self, state: str, connection: int) -> None:
        """Take the first look, now or as soon as Klipper answers."""
        try:
            status = await self._apis.subscribe_objects(SUBSCRIPTION, self._on_status)
        except self._error as error:
            log.info("Klipper gave no status: %s", error)
            if getattr(error, "status_code", 0) == KLIPPER_AWAY:
                return  # gone again: the next connection has a first look of its own
            if state == READY:
                self._run(self._connect_later(connection))
                return
            status = {"webhooks": {"state": state, "state_message": self._words()}}
        if connection == self._connection:
            self._connected = True
            self._asked = self._sure = self._clock()
            self._tell(self._observer.connected(status, self._clock()))
            if self._fan_runs:
                self._run(self._stop_fan())

    async def _connect_later(self, connection: int) -> None:
        await asyncio.sleep(TRY_AGAIN)
        if connection == self._connection:
            await self._connect(READY, connection)

    def _words(self) -> str:
        connection = self._server.lookup_component("klippy_connection")
        return str(connection.state_message or "Klipper is not ready.")

    async def _on_status(self, status: Status, eventtime: float) -> None:
        """eventtime: when it was so, on our clock.

        An answer can overtake an update on its way through a Moonraker that is busy,
        and what was so before would then look like another print; so can an update
        that Moonraker makes of the answer to another client. But which of the two is
        older cannot be told for sure: ask again. Ask, too, when the printer turns out
        to be at work and its beginning was never told: Moonraker can swallow that.
        """
        newest = max(self._asked, self._told)
        is_old = eventtime < newest and self._observer.is_news(status)
        is_surprise = not self._observer.expects_news and has_pulse(status)
        if not is_old:
            self._told = eventtime
            self._take(status)
        if self._connected and (
            is_old or (is_surprise and not self._observer.expects_news)
        ):
            self._run(self._look_again())

    def _take(self, status: Status) -> None:
        if not self._connected:
            return
        if has_pulse(status):
            self._silence.broken()
            if self._observer.expects_news:
                self._sure = self._clock()
        self._tell(self._observer.feed(status, self._clock()))
        if self._cooling is not None:
            self._cooling.look(self.look.bed_temperature)
        self._watch(self.look)

    def _on_silence(self) -> None:
        if self._connected and not self._is_asking:
            self._run(self._look_again())

    async def _look_again(self) -> None:
        """One question at a time: a Klipper that hangs answers all of them at its end.
        What was so when it was asked may be over by the time it answers."""
        self._has_doubt = True
        if self._is_asking:
            return
        self._is_asking = True
        try:
            while self._has_doubt:
                self._has_doubt = False
                self._take(await self._query())
        except self._error as error:
            log.info("Klipper gave no status: %s", error)
        finally:
            self._is_asking = False

    async def _query(self) -> Status:
        """A whole status, no older than any update that was taken.

        An update can overtake an answer, too, when both came at once, and a print would
        seem to run back. Klipper answers in the tick of an update: both say the same.
        """
        while True:
            sent = self._clock()
            status = dict(await self._apis.query_objects(SUBSCRIPTION))
            if self._told <= sent or not self._observer.is_news(status):
                self._asked = self._sure = self._clock()
                return status

    async def _make_sure(self) -> None:
        """Before the printer is moved: that an idle one says nothing proves nothing;
        all of a print may have been swallowed."""
        if self._connected and self._clock() - self._sure > QUIET:
            status = await self._ask()
            if status is not None:
                self._take(status)

    async def _on_shutdown(self) -> None:
        self._tell(self._observer.lost(Loss.SHUTDOWN, self._words()))
        self._watch(self.look)

    async def _on_disconnect(self) -> None:
        self._connection += 1
        if self._connected:
            self._connected = False
            self._tell(self._observer.lost(Loss.DISCONNECT, "Klipper"))
            self._watch(self.look)

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._post(event)
            if isinstance(event, PrintStarted):
                self._end_cooling()  # somebody's print has the fan from here on
        self._silence.listen()

    # -- actions --------------------------------------------------------------

    async def _start(self, action: SendStart) -> None:
        await settled(self._server)
        await self._make_sure()
        instead = self._obstacle(action)
        if instead is not None:
            self._post(instead)
            return
        seen = self._observer.prints_seen
        try:
            await self._apis.start_print(action.path, user=user_info(action.user))
        except self._error as error:
            away = getattr(error, "status_code", 0) == KLIPPER_AWAY
            answer = Answer.UNKNOWN if away else Answer.REFUSED
            self._post(StartAnswered(action.ticket, answer, str(error)))
            return
        self._post(StartAnswered(action.ticket, Answer.ACCEPTED))
        status = await self._ask()
        if status is not None:
            self._tell(self._observer.start_accepted(status, self._clock(), seen))

    async def _ask(self) -> Status | None:
        """A fresh whole status; None when Klipper has gone, which is an event."""
        connection = self._connection
        while connection == self._connection:
            try:
                return await self._query()
            except self._error as error:
                log.info("Klipper gave no status: %s", error)
                if getattr(error, "status_code", 0) == KLIPPER_AWAY:
                    return None
            await asyncio.sleep(TRY_AGAIN)
        return None

    async def _script(self, action: SendScript) -> None:
        error = await self._send(compose(action.kind, action.gcode))
        if action.kind is ScriptKind.BARRIER and error is None:
            status = await self._ask()
            if status is None:
                return  # gone: the next first look judges, an old one must not
            self._take(status)
        self._post(ScriptEnded(action.ticket, error))

    async def _hook(self, action: RunHook) -> None:
        try:
            gcode = await self._scripts.prepare_hook(action)
        except ScriptRefused as refusal:
            self._post(ScriptEnded(action.ticket, str(refusal)))
            return
        await self._make_sure()
        if not self._scripts.is_wanted(action.ticket):
            return  # it took its time, and the queue has gone on
        instead = self._obstacle(action)
        if instead is not None:
            self._post(instead)
            return
        if action.hook is Hook.PRINT_STARTED and not self.look.has_print:
            gcode = None  # a short print: its moment has passed
        error = None
        if gcode is not None:
            error = await self._send(compose(action.hook, gcode))
        self._post(ScriptEnded(action.ticket, error, ran=gcode is not None))

    async def _cool(self, action: WatchCooling, cooling: Cooling) -> None:
        if not cooling.is_open:
            return
        self._fan_runs = False  # until this cooling ends
        error = await self._send(begin(action))
        if error is not None:
            cooling.close()
            self._post(ScriptEnded(action.ticket, error))
            return
        cooling.look(self.look.bed_temperature)
        settings = await self._configured()
        timeout = settings.get("idle_timeout", {}).get("timeout", DEFAULT_IDLE_TIMEOUT)
        cooling.keep_awake(float(timeout), lambda: self._run(self._stay_awake()))

    async def _stay_awake(self) -> None:
        error = await self._send(STAY_AWAKE)
        if error is not None:
            log.warning("Klipper's idle timeout was not put off: %s", error)

    async def _stop_fan(self) -> None:
        """As soon as Klipper can be told; but a print has the fan for itself."""
        if not self._fan_runs or not self.look.ready:
            return
        if self.look.has_print or await self._send(FAN_OFF) is None:
            self._fan_runs = False

    def _end_cooling(self) -> None:
        if self._cooling is not None:
            self._cooling.close()
            self._cooling = None

    async def _send(self, gcode: str) -> str | None:
        """Klipper's words if it refused or broke off, None if all lines ran."""
        try:
            await self._apis.run_gcode(gcode)
        except self._error as error:
            return str(error) or "Klipper gave no reason."
        return None

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("An action ended in an error of ours.", exc_info=error)
            self._post(BugFound(f"{type(error).__name__}: {error}"))


def _ignore(event: Event) -> None:
    """Where events go after the last word was written."""
