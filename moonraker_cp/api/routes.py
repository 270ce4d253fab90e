"""Registers the endpoints with Moonraker: the loop over the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..core.errors import QueueError
from . import openapi, origin
from .endpoint import Endpoint, Text, merged, name_of
from .http import EndpointHandler, PageHandler, RedirectHandler
from .native import PREFIX
from .pages import ASSETS, Pages

if TYPE_CHECKING:
    from moonraker.common import WebRequest
    from moonraker.server import Server


def register(
    server: Server,
    *tables: Iterable[Endpoint],
    elsewhere: Iterable[Endpoint] = (),
) -> None:
    """Native endpoints on every transport, the others over HTTP alone.

    The document that describes them is one of them. elsewhere: endpoints that the
    document describes, too, but that register themselves.
    """
    application = server.lookup_component("application")
    router, prefix = application.mutable_router, application.route_prefix
    known = merged(tables)
    document = openapi.endpoint([*known, *elsewhere], prefix)
    for endpoint in (*known, document):
        if endpoint.native:
            methods = list(endpoint.calls)
            server.register_endpoint(endpoint.path, methods, rpc(server, endpoint))
        # Registered after its JSON-RPC methods: over HTTP ours replaces Moonraker's.
        for path in endpoint.paths:
            options = {"endpoint": endpoint}
            router.add_handler(f"{prefix}{path}", EndpointHandler, options)


def register_pages(server: Server, pages: Pages) -> None:
    """The page and its files. No call of ours lies in its folder of files, so that the
    one path that takes any name hides nothing."""
    application = server.lookup_component("application")
    router, path = application.mutable_router, f"{application.route_prefix}{PREFIX}"
    # Relative, for a web server in front may know the page by another prefix.
    to_page = {"url": f"{PREFIX.rpartition('/')[2]}/", "permanent": False}
    router.add_handler(path, RedirectHandler, to_page)
    router.add_handler(f"{path}/", PageHandler, {"pages": pages})
    router.add_handler(f"{path}/{ASSETS}/([^/]+)", PageHandler, {"pages": pages})


def rpc(server: Server, endpoint: Endpoint) -> Any:
    """The same endpoint for websocket, MQTT and other components."""

    async def answer(web_request: WebRequest) -> Any:
        method = web_request.get_request_type().name or ""
        await _check_origin(server, web_request, method)
        name = name_of(web_request.get_current_user())
        try:
            call = endpoint.calls[method]
            result = await call.reply(web_request.get_args(), name)
        except QueueError as error:
            raise server.error(str(error), error.status) from error
        return result.body if isinstance(result, Text) else result

    return answer


async def _check_origin(server: Server, web_request: WebRequest, method: str) -> None:
    """JSON-RPC over plain HTTP is a transport whose Origin Moonraker does not check; of
    a websocket's it does not ask whose the host name is."""
    request = getattr(web_request.get_subscribable(), "request", None)
    headers = getattr(request, "headers", None)
    if method == "GET" or request is None or headers is None:
        return
    authorization = server.lookup_component("authorization", None)
    sent = headers.get("Origin")
    listed = authorization is not None and await authorization.check_cors(sent)
    words = origin.refusal(request, web_request.get_current_user(), listed)
    if words:
        raise server.error(words, 403)
