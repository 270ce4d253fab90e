"""Registers the endpoints with Moonraker: the loop over the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..core.errors import QueueError
from .endpoint import Endpoint, Request
from .http import EndpointHandler, is_same_host

if TYPE_CHECKING:
    from moonraker.common import WebRequest
    from moonraker.server import Server


def register(
    server: Server, native: Iterable[Endpoint], cpq: Iterable[Endpoint]
) -> None:
    """Native endpoints on every transport, CPQ's over HTTP alone."""
    application = server.lookup_component("application")
    router, prefix = application.mutable_router, application.route_prefix
    for endpoint in native:
        server.register_endpoint(
            endpoint.path, list(endpoint.answers), _rpc(server, endpoint)
        )
        # Registered first for its JSON-RPC methods; over HTTP ours replaces it.
        _route(router, prefix, endpoint, wrap=True)
    for endpoint in cpq:
        _route(router, prefix, endpoint, wrap=False)


def _route(router: Any, prefix: str, endpoint: Endpoint, *, wrap: bool) -> None:
    router.add_handler(
        f"{prefix}{endpoint.path}",
        EndpointHandler,
        {"endpoint": endpoint, "wrap": wrap},
    )


def _rpc(server: Server, endpoint: Endpoint) -> Any:
    """The same endpoint for websocket, MQTT and other components."""

    async def answer(web_request: WebRequest) -> Any:
        method = web_request.get_request_type().name or ""
        await _check_origin(server, web_request, method)
        user = web_request.get_current_user()
        name = getattr(user, "username", "") or ""
        try:
            return await endpoint.answers[method](Request(web_request.get_args(), name))
        except QueueError as error:
            raise server.error(str(error), error.status) from error

    return answer


async def _check_origin(server: Server, web_request: WebRequest, method: str) -> None:
    """JSON-RPC over plain HTTP is a transport whose Origin Moonraker does not check;
    a websocket's, which it does, is simply checked once more."""
    request = getattr(web_request.get_subscribable(), "request", None)
    headers = getattr(request, "headers", None)
    if method == "GET" or request is None or headers is None:
        return
    origin = headers.get("Origin")
    authorization = server.lookup_component("authorization", None)
    allowed = authorization is not None and await authorization.check_cors(origin)
    if not (allowed or is_same_host(origin, request.host)):
        raise server.error("This Origin may not change anything here.", 403)
