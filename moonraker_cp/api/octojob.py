"""OctoPrint's job commands: ``/api/job``, where CPQ's clients cancel and pause.

They are about the print in the printer, whoever started it, and go to Klipper as a
front end's buttons do. A cancel is therefore one that the queue did not issue: it takes
it for a person's. Only ``start`` is about the queue: it is Start, and no print begins
but by the queue's own rules. ``restart`` would print on a bed that has a part on it, so
it is refused with a sentence that says how to get the same thing safely.

``[octoprint_compat]`` has a GET on this path. It is left alone: see `register`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Protocol

from ..core.errors import Conflict
from ..core.events import Activated
from ..core.model import Phase
from ..core.printer import Look, PrintState
from .endpoint import Call, Endpoint, Request, Wheel
from .params import Choice, Param
from .schemas import Named, number, optional, record, text, whole

if TYPE_CHECKING:
    from moonraker.server import Server

PATH = "/api/job"

NO_PRINT = "No print is under way."
UNDER_WAY = "A print is under way already; wait for its end, or cancel it first."
NO_RESTART = (
    "Nothing is printed on a bed with a part on it. Cancel the print, clear the bed,"
    " then start the queue: a copy that was cancelled is not counted and comes again."
)

_PARAMS = (
    Param(
        "command",
        Choice(("start", "cancel", "restart", "pause")),
        "What to do.",
        required=True,
    ),
    Param(
        "action",
        Choice(("pause", "resume", "toggle")),
        "For `pause`: what exactly.",
        default="toggle",
    ),
)

_PROSE = """\
| command | does | refused with 409 |
|---|---|---|
| `start` | starts the queue, as Start does | while a print is under way |
| `cancel` | cancels the print, as a front end does; the queue stops | without a print |
| `pause` | pauses, resumes or toggles, by `action` | without a print |
| `restart` | nothing, for a part is on the bed | always, with advice |

Pausing what is paused, or resuming what prints, changes nothing and is no error. While
Klipper is not ready every command is refused with 409. While it heats up, it carries
them out late; the answer comes after a few seconds all the same.
"""

_GET_PROSE = """\
null stands for what is not known. Where Moonraker has `[octoprint_compat]`, that
component answers this call, in the same shape with fewer fields.
"""

JOB = Named(
    "OctoPrintJob",
    record(
        {
            "job": record(
                {
                    "file": record(
                        {
                            "name": optional(text("Without its folder.")),
                            "path": optional(text("Relative to the gcodes folder.")),
                            "origin": {"enum": ["local", None]},
                            "size": optional(whole("In bytes.")),
                        }
                    ),
                    "estimatedPrintTime": optional(whole("The slicer's, in seconds.")),
                    "filament": record({"length": optional(number("In mm."))}),
                    "user": optional(text("Who started the queue that prints it.")),
                }
            ),
            "progress": record(
                {
                    "completion": optional(number("In per cent of the file.")),
                    "filepos": optional(whole("In bytes.")),
                    "printTime": optional(whole("In seconds, without pauses.")),
                    "printTimeLeft": optional(whole("In seconds.")),
                    "printTimeOrigin": {"enum": ["analysis", "linear", None]},
                }
            ),
            "state": {
                "enum": ["Operational", "Printing", "Paused", "Error", "Offline"]
            },
        },
        sometimes={"error": text("Why the printer is not operational.")},
    ),
    "What is printed, or was printed last, in OctoPrint's words.",
)


class Seen(Protocol):
    """A fresh look at the printer; see `PrintSeen` in printer/jobs.py."""

    @property
    def look(self) -> Look: ...
    @property
    def connected(self) -> bool: ...
    @property
    def position(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def estimated_time(self) -> float | None: ...
    @property
    def filament_length(self) -> float | None: ...


class Controls(Protocol):
    """The print in the printer: seen, paused, resumed, cancelled."""

    async def see(self) -> Seen: ...
    async def pause(self) -> None: ...
    async def resume(self) -> None: ...
    async def cancel(self) -> None: ...


Act = Callable[[Look, Request], Awaitable[None]]


class JobApi:
    def __init__(self, driver: Wheel, controls: Controls) -> None:
        self._driver = driver
        self._controls = controls
        self._commands: dict[str, Act] = {
            "start": self._start,
            "cancel": self._cancel,
            "restart": self._restart,
            "pause": self._pause,
        }

    def endpoint(self) -> Endpoint:
        return Endpoint(
            PATH,
            {
                "GET": Call(
                    self.job,
                    "OctoPrint's job: what is printed, and how far it is.",
                    returns=JOB,
                    prose=_GET_PROSE,
                ),
                "POST": Call(
                    self.command,
                    "OctoPrint's job commands.",
                    _PARAMS,
                    errors=(409, 503),
                    example={"command": "pause", "action": "pause"},
                    prose=_PROSE,
                ),
            },
            native=False,
        )

    async def job(self, request: Request) -> Any:  # noqa: ARG002
        run = self._driver.state.run
        return job_payload(await self._controls.see(), run.user if run else "")

    async def command(self, request: Request) -> None:
        name = request.args["command"]
        if name == "start":
            # In the order of its arrival, or it could come after a Stop that came
            # after it. The queue looks for itself before it starts anything.
            look = self._driver.view_of(self._driver.state).situation.look
        else:
            look = (await self._controls.see()).look
        if not look.ready:
            words = " ".join(look.not_ready.split())
            raise Conflict(f"The printer is not operational. {words}")
        await self._commands[name](look, request)

    def _is_under_way(self, look: Look) -> bool:
        """A start that was sent counts too: what is sent now, comes after it."""
        return look.has_print or self._driver.state.control.phase is Phase.STARTING

    async def _start(self, look: Look, request: Request) -> None:
        if self._is_under_way(look):
            raise Conflict(UNDER_WAY)
        await self._driver.submit(Activated(request.user))

    async def _cancel(self, look: Look, request: Request) -> None:  # noqa: ARG002
        if not self._is_under_way(look):
            raise Conflict(f"{NO_PRINT} There is nothing to cancel.")
        await self._controls.cancel()

    async def _restart(self, look: Look, request: Request) -> None:  # noqa: ARG002
        if look.state is not PrintState.PAUSED:
            raise Conflict("Only a paused print can be restarted, and none is paused.")
        raise Conflict(NO_RESTART)

    async def _pause(self, look: Look, request: Request) -> None:
        if not self._is_under_way(look):
            raise Conflict(f"{NO_PRINT} There is nothing to pause or to resume.")
        paused = look.state is PrintState.PAUSED
        action = request.args["action"]
        if paused and action != "pause":
            await self._controls.resume()
        elif not paused and action != "resume":
            await self._controls.pause()


def job_payload(seen: Seen, user: str = "") -> dict[str, Any]:
    """OctoPrint's job, with null for what is not known."""
    look = seen.look
    payload = {
        "job": {
            "file": _file(seen),
            "estimatedPrintTime": _whole(seen.estimated_time),
            "filament": {"length": seen.filament_length},
            "user": user or None,
        },
        "progress": _progress(seen),
        "state": _state(seen),
    }
    if not look.ready:
        payload["error"] = look.not_ready
    return payload


def _state(seen: Seen) -> str:
    if not seen.look.ready:
        return "Error" if seen.connected else "Offline"
    if not seen.look.has_print:
        return "Operational"
    return "Paused" if seen.look.state is PrintState.PAUSED else "Printing"


def _file(seen: Seen) -> dict[str, Any]:
    path = seen.look.filename
    if not path:
        return {"name": None, "path": None, "origin": None, "size": None}
    name = posixpath.basename(path)
    return {"name": name, "path": path, "origin": "local", "size": seen.size or None}


def _progress(seen: Seen) -> dict[str, Any]:
    """completion in per cent, filepos in bytes, times in seconds."""
    look = seen.look
    complete = look.ready and look.state is PrintState.COMPLETE
    if not (look.has_print or complete):
        names = ("completion", "filepos", "printTime", "printTimeLeft")
        return {**dict.fromkeys(names), "printTimeOrigin": None}
    part = 1.0 if complete else seen.position / seen.size if seen.size else 0.0
    left, origin = (0.0, None) if complete else _time_left(seen, part)
    return {
        "completion": round(100 * part, 2),
        "filepos": seen.size if complete else seen.position,
        "printTime": _whole(look.print_duration),
        "printTimeLeft": _whole(left),
        "printTimeOrigin": origin,
    }


def _time_left(seen: Seen, part: float) -> tuple[float | None, str | None]:
    """By the slicer's estimate; without one, as if the rest went like what is done."""
    spent = seen.look.print_duration
    if seen.estimated_time is not None:
        return max(seen.estimated_time - spent, 0.0), "analysis"
    if spent > 0 and part > 0:
        return spent / part - spent, "linear"
    return None, None


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


# -- over HTTP ----------------------------------------------------------------


class Posts:
    """Matches POST on one path. Such an object is all that a router asks for."""

    def __init__(self, path: str) -> None:
        self._path = path

    def match(self, request: Any) -> dict[str, Any] | None:
        fits = request.method == "POST" and request.path == self._path
        return {} if fits else None


def register(server: Server, endpoint: Endpoint) -> None:
    """Share the path with ``[octoprint_compat]``, in whatever order the two load.

    Our POST stands before all other rules and takes nothing but POST. For the rest the
    rule under the path's own name counts: octoprint_compat's if it has come already;
    else ours, which octoprint_compat's replaces when it comes.
    """
    from .http import EndpointHandler  # which needs Moonraker

    application = server.lookup_component("application")
    router = application.mutable_router
    path = f"{application.route_prefix}{endpoint.path}"
    target, options = EndpointHandler, {"endpoint": endpoint}
    router.add_rules([(Posts(path), target, options)])
    router.rules.insert(0, router.rules.pop())
    if not router.has_rule(path):
        router.add_handler(path, target, options)
