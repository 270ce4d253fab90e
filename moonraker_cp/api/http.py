"""HTTP: Moonraker's authorization, our own checks and answers.

One request handler for all our calls. It is Moonraker's authorized handler, so
that keys, tokens, trusted clients and CORS are its business, plus: the check of Origin
and Host for requests that change something, JSON bodies that are read or refused,
and errors that are one sentence and never a traceback. Another one serves the files
of the page.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from moonraker.components.application import AuthorizedRequestHandler
from tornado.web import HTTPError, RedirectHandler, RequestHandler

from ..core.errors import BadRequest, QueueError
from . import arguments, origin
from .endpoint import Endpoint, Text, name_of
from .pages import ALWAYS, INDEX, Pages, policy
from .remembered import to_json

__all__ = ["EndpointHandler", "PageHandler", "RedirectHandler"]

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
"""The largest request body, in bytes."""

_SECRETS = frozenset(("token", "access_token", "apikey"))
# Moonraker's own parameters, which are not for us.
_NOT_OURS = _SECRETS | {"_", "connection_id"}


class EndpointHandler(AuthorizedRequestHandler):  # type: ignore[misc]
    """Answers one endpoint."""

    endpoint: Endpoint

    def initialize(self, endpoint: Endpoint) -> None:
        super().initialize()
        self.endpoint = endpoint

    async def prepare(self) -> None:
        # Moonraker logs addresses whole; what opens it is not for a log.
        if _SECRETS & set(self.request.query_arguments):
            self.request.uri = self.request.path
        if not self.endpoint.native and "X-Api-Key" not in self.request.headers:
            key = self.get_query_argument("apikey", None)
            if key is not None:
                self.request.headers["X-Api-Key"] = key
        try:
            await super().prepare()
        except (TypeError, UnicodeError):  # a key or token that is no ASCII text
            raise HTTPError(401) from None
        if self.request.method in ("GET", "HEAD", "OPTIONS"):
            return
        # cors_enabled is Moonraker's answer for this Origin.
        words = origin.refusal(self.request, self.current_user, self.cors_enabled)
        if words:
            raise HTTPError(403, words)
        if len(self.request.body) > MAX_BODY:
            raise HTTPError(413)

    async def get(self) -> None:
        await self._answer("GET")

    async def post(self) -> None:
        await self._answer("POST")

    async def delete(self) -> None:
        await self._answer("DELETE")

    async def _answer(self, method: str) -> None:
        call = self.endpoint.calls.get(method)
        if call is None:
            raise HTTPError(405)
        user = name_of(self.current_user)
        try:
            result = await call.reply(self._arguments(), user)
        except QueueError as error:
            self._refuse(error.status, str(error), error.details)
            return
        if call.returns is None:
            self.set_status(204)
            self.finish()
            return
        if isinstance(result, Text):
            self.set_header("Content-Type", result.content_type)
            name = f'attachment; filename="{result.name}"'
            self.set_header("Content-Disposition", name)
            self.finish(result.body)
            return
        body = {"result": result} if self.endpoint.native else result
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(await to_json(body))

    def compute_etag(self) -> None:
        """None: to hash the megabytes of a long queue would hold the event loop, and
        whoever wants to know what has changed asks for jobs since a revision."""

    def _arguments(self) -> dict[str, Any]:
        """Query, form and JSON body as one; a repeated field is a list."""
        args: dict[str, Any] = {}
        for name, values in self.request.arguments.items():
            if name not in _NOT_OURS:
                decoded = [_decode(name, value) for value in values]
                args[name] = decoded[0] if len(decoded) == 1 else decoded
        kind = self.request.headers.get("Content-Type", "")
        if kind.lower().startswith("application/json") and self.request.body.strip():
            args.update(
                arguments.json_object(_decode("body", self.request.body), "The body")
            )
        return args

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Errors from below: not authorized, wrong method, our own bugs."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if status_code >= 500:
            log.error("%s met an error of ours.", self.request.path, exc_info=error)
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.endpoint.calls))
        words = {
            401: "A valid API key or login is needed.",
            403: getattr(error, "log_message", None) or origin.FOREIGN,
            405: f"Use {' or '.join(self.endpoint.calls)} here.",
            413: f"The body is larger than {MAX_BODY} bytes.",
        }.get(status_code, self._reason or "The request failed.")
        self._refuse(status_code, words)

    def _refuse(
        self, status: int, message: str, details: Mapping[str, object] | None = None
    ) -> None:
        error: dict[str, object] = {"code": status, "message": message}
        if details:
            error["details"] = details
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(json.dumps({"error": error}))


class PageHandler(RequestHandler):
    """A file of the page. Open to everybody: it is the same for all and says nothing
    of this printer; the calls that it makes are authorized like everybody's."""

    pages: Pages
    _tag = ""

    def initialize(self, pages: Pages) -> None:
        self.pages = pages

    def set_default_headers(self) -> None:
        for name, value in ALWAYS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", policy(self.request.host))

    async def get(self, name: str = INDEX) -> None:
        accepts = self.request.headers.get("Accept-Encoding", "")
        try:
            sent = await self.pages.find(name, accepts)
        except QueueError as error:
            self._refuse(error.status, str(error))
            return
        self._tag = sent.tag
        for header, value in sent.headers.items():
            self.set_header(header, value)
        self.finish(sent.body)

    head = get

    def compute_etag(self) -> str:
        """The file's own; a client that has it already is told 304."""
        return self._tag

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == 405:
            self.set_header("Allow", "GET, HEAD")
        if status_code >= 500:
            error = kwargs.get("exc_info", (None, None, None))[1]
            log.error("%s met an error of ours.", self.request.path, exc_info=error)
        self._refuse(status_code, self._reason or "The request failed.")

    def _refuse(self, status: int, words: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(words)


def _decode(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadRequest(f"{name} is not valid UTF-8.") from None
