"""Puts our job queue API in the place of Moonraker's own, for as long as it runs.

Nothing is stored: without this component, or with `job_queue: leave`, Moonraker's own
is there again after a restart. Moonraker promises nothing about these insides, so all
are looked at first; if one is not as known, everything stays as it is.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..core.errors import QueueError
from .endpoint import name_of
from .job_queue import PREFIX, JobQueueApi

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

PATHS: Mapping[str, tuple[str, ...]] = {
    f"{PREFIX}/job": ("server.job_queue.post_job", "server.job_queue.delete_job"),
    f"{PREFIX}/pause": ("server.job_queue.pause",),
    f"{PREFIX}/start": ("server.job_queue.start",),
    f"{PREFIX}/status": ("server.job_queue.status",),
    f"{PREFIX}/jump": ("server.job_queue.jump",),
}
"""Moonraker's paths and their JSON-RPC methods."""

CHANGED = "job_queue:job_queue_changed"
"""Moonraker's event, which is sent on as `notify_job_queue_changed`."""

Macro = Callable[..., Awaitable[None]]

MACROS = ("start_job_queue", "pause_job_queue")
QUEUE_JOB = ("filenames", "check_exists", "reset", "user")
"""What `queue_job` takes, which uploads and slicers call."""


class Unknown(Exception):
    """Moonraker is not as we know it; the text says where."""


@dataclass(frozen=True)
class Theirs:
    """Moonraker's parts, and what was there before. definitions: by path."""

    core: Any
    application: Any
    klippy: Any
    definitions: Mapping[str, Any]
    methods: Mapping[str, Any]


def install(server: Server, api: JobQueueApi, start: Macro, pause: Macro) -> bool:
    """Whether the panels are ours now; if not, everything is as it was.

    start, pause: what macros call. A macro is nobody who looked at the bed. To be
    called while components start, after the driver has.
    """
    try:
        theirs = look(server)
    except Unknown as error:
        _tell(server, str(error))
        return False
    try:
        _replace(server, theirs, api, (start, pause))
    except Exception as error:
        log.exception("The job queue could not be replaced.")
        _put_back(server, theirs)
        _tell(server, f"{type(error).__name__}: {error}")
        return False
    api.begin()
    return True


def _tell(server: Server, what: str) -> None:
    server.add_warning(
        "[continuousprint] leaves Moonraker's own job queue in the front ends, because"
        f" this Moonraker is not as expected: {what}. Its own page and API work. To"
        " silence this: job_queue: leave."
    )


def look(server: Server) -> Theirs:
    """Everything that is needed. Raises Unknown; changes nothing."""
    core, application, klippy = (
        server.lookup_component(name, None)
        for name in ("job_queue", "application", "klippy_connection")
    )
    for part, names in (
        (core, ("queue_job",)),
        (application, ("remove_endpoint", "json_rpc", "mutable_router")),
        (klippy, ("remote_methods", "unregister_method")),
    ):
        missing = [name for name in names if not hasattr(part, name)]
        if missing:
            raise Unknown(f"{type(part).__name__} has no {missing[0]}")
    takes = tuple(inspect.signature(core.queue_job).parameters)
    if takes != QUEUE_JOB:
        raise Unknown(f"queue_job takes {', '.join(takes)}")
    missing = [name for name in MACROS if name not in klippy.remote_methods]
    if missing:
        raise Unknown(f"there is no remote method {missing[0]}")
    definitions = {
        path: definition_of(application, path, methods)
        for path, methods in PATHS.items()
    }
    methods = {name: klippy.remote_methods[name] for name in MACROS}
    return Theirs(core, application, klippy, definitions, methods)


def definition_of(application: Any, path: str, methods: Sequence[str]) -> Any:
    """Moonraker's own, with its callback; these are all of the path's JSON-RPC methods.
    Raises Unknown."""
    for method in methods:
        found = application.json_rpc.get_method(method)
        definition = found[1] if found else None
        if getattr(definition, "endpoint", None) != path:
            raise Unknown(f"{method} does not belong to {path}")
    if not hasattr(definition, "callback") or not hasattr(definition, "request_types"):
        raise Unknown(f"{path} has no callback")
    return definition


def _replace(
    server: Server, theirs: Theirs, api: JobQueueApi, macros: tuple[Macro, Macro]
) -> None:
    from .http import EndpointHandler  # which needs Moonraker
    from .routes import rpc

    application = theirs.application
    for endpoint in api.endpoints():
        application.remove_endpoint(endpoint.path)
        methods = list(endpoint.calls)
        server.register_endpoint(endpoint.path, methods, rpc(server, endpoint))
        application.mutable_router.add_handler(
            f"{application.route_prefix}{endpoint.path}",
            EndpointHandler,
            {"endpoint": endpoint},
        )
    for name, method in zip(MACROS, macros):
        theirs.klippy.unregister_method(name)
        server.register_remote_method(name, method)
    theirs.core.queue_job = _queue_job(server, api)


def _queue_job(server: Server, api: JobQueueApi) -> Any:
    async def queue_job(
        filenames: str | list[str],
        check_exists: bool = True,  # noqa: ARG001 - a job needs its file
        reset: bool = False,
        user: Any = None,
    ) -> None:
        names = [filenames] if isinstance(filenames, str) else list(filenames)
        name = name_of(user)
        try:
            await (api.arrange if reset else api.add)(names, name)
        except QueueError as error:
            raise server.error(str(error), error.status) from error

    return queue_job


def _put_back(server: Server, theirs: Theirs) -> None:
    for path, old in theirs.definitions.items():
        theirs.application.remove_endpoint(path)
        server.register_endpoint(path, old.request_types, old.callback)
    for name, method in theirs.methods.items():
        theirs.klippy.unregister_method(name)
        server.register_remote_method(name, method)
