"""Pauses by clients that watch the print: each is a word that it fails.

Klipper does not say who asked for a pause, but Moonraker knows the name that a client
gave itself (`server.connection.identify`). Moonraker promises nothing about these
insides: if they are not as known, its own call stays as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from .takeover import Unknown, definition_of

if TYPE_CHECKING:
    from moonraker.server import Server

PATH = "/printer/print/pause"
METHOD = "printer.print.pause"


def install(
    server: Server, names: tuple[str, ...], report: Callable[[str], None]
) -> bool:
    """Whether such pauses are told from here on. names: of clients, in any case.

    report: called with the client's name, before its pause is carried out. To be
    called while components start.
    """
    application: Any = server.lookup_component("application")
    try:
        definition = definition_of(application, PATH, (METHOD,))
    except Unknown as error:
        server.add_warning(
            "[continuousprint] failure_clients: this Moonraker is not as expected"
            f" ({error}), so a pause stays a pause, whoever asks for it."
        )
        return False
    application.remove_endpoint(PATH)
    folded = frozenset(map(str.casefold, names))
    pause = _pause(definition.callback, folded, report)
    server.register_endpoint(PATH, definition.request_types, pause)
    return True


def _pause(
    theirs: Callable[[Any], Awaitable[Any]],
    names: frozenset[str],
    report: Callable[[str], None],
) -> Callable[[Any], Awaitable[Any]]:
    async def pause(request: Any) -> Any:
        name = _client(request)
        if name.casefold() in names:
            report(name)
        return await theirs(request)

    return pause


def _client(request: Any) -> str:
    """Empty: it has no connection of its own, as over HTTP, or gave no name."""
    connection = request.get_client_connection()
    data = getattr(connection, "client_data", None) or {}
    return str(data.get("name") or "")
