"""A small client of Moonraker: HTTP, JSON-RPC, notifications, printer status."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Union
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httputil import HTTPHeaders
from tornado.websocket import WebSocketClientConnection, websocket_connect

Status = dict[str, dict[str, Any]]


class RpcError(Exception):
    """Moonraker answered a JSON-RPC call with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; unpacks as (status, body, headers)."""

    status: int
    body: Any
    headers: HTTPHeaders

    def __iter__(self) -> Any:
        return iter((self.status, self.body, self.headers))


@dataclass(frozen=True)
class Notification:
    method: str
    params: list[Any]


# A method's name, or a function that looks at the notification.
Predicate = Union[str, Callable[[Notification], bool]]


class Client:
    """Talks to one Moonraker, also across its restarts (call connect() again).

    Notifications are kept in order from the first one on. wait() starts looking at
    `cursor`, so one that came before the call is found as well.
    """

    def __init__(self, base_url: str, headers: dict[str, str] | None = None) -> None:
        self.base_url = base_url
        self.headers = headers or {}
        self.notifications: list[Notification] = []
        self.cursor = 0
        self.status: Status = {}
        self._http = AsyncHTTPClient(force_instance=True)
        self._socket: WebSocketClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()

    # --- HTTP ---

    async def get(self, path: str, **kwargs: Any) -> Reply:
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: Any) -> Reply:
        return await self.request("POST", path, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> Reply:
        return await self.request("DELETE", path, **kwargs)

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        form: dict[str, Any] | list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Reply:
        """Send one request; every status is an answer, none an exception."""
        sent = {**self.headers, **(headers or {})}
        if json is not None:
            body = _dump(json)
            sent.setdefault("Content-Type", "application/json")
        elif form is not None:
            body = urlencode(form, doseq=True).encode()
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if body is None and method in ("POST", "PUT", "PATCH"):
            body = b""
        request = HTTPRequest(
            self.base_url + path,
            method=method,
            headers=sent,
            body=body,
            request_timeout=timeout,
            connect_timeout=timeout,
            follow_redirects=False,
            allow_nonstandard_methods=True,
        )
        response = await self._http.fetch(request, raise_error=False)
        if response.code == 599:
            # Tornado's word for "no answer at all"; that is no reply to look at.
            raise ConnectionError(f"{method} {path}: {response.error}")
        return Reply(response.code, _parse(response.body), response.headers)

    async def upload(
        self, source: Path, name: str | None = None, print_it: bool = False
    ) -> Reply:
        """Upload a G-code file as a slicer does."""
        boundary = uuid.uuid4().hex
        path = Path(name or source.name)
        fields = {"root": "gcodes", "print": str(print_it).lower()}
        if str(path.parent) != ".":
            fields["path"] = str(path.parent)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
            f"{value}\r\n".encode()
            for key, value in fields.items()
        ]
        parts.append(
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        content = await asyncio.to_thread(source.read_bytes)
        parts.append(content + f"\r\n--{boundary}--\r\n".encode())
        return await self.post(
            "/server/files/upload",
            body=b"".join(parts),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )

    # --- websocket ---

    async def connect(self) -> None:
        """Open the websocket, or open it again."""
        await self._close_socket()
        url = self.base_url.replace("http", "ws", 1) + "/websocket"
        self._socket = await websocket_connect(
            HTTPRequest(url, headers=self.headers), max_message_size=64 << 20
        )
        self._reader = asyncio.ensure_future(self._read(self._socket))

    async def close(self) -> None:
        await self._close_socket()
        self._http.close()

    @property
    def connected(self) -> bool:
        return self._reader is not None and not self._reader.done()

    async def rpc(self, method: str, **params: Any) -> Any:
        """Call a JSON-RPC method and return its result."""
        return await self.rpc_params(method, params)

    async def rpc_params(self, method: str, params: Any, timeout: float = 30.0) -> Any:
        """The same, for parameters that are no Python names."""
        if self._socket is None or not self.connected:
            raise ConnectionError("the websocket is not open")
        number = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        call = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
        try:
            await self._socket.write_message(_dump(call).decode())
            return await asyncio.wait_for(answer, timeout)
        finally:
            self._answers.pop(number, None)

    async def subscribe(self, **objects: list[str] | None) -> Status:
        """Follow printer objects; their merged state is kept in `status`."""
        result = await self.rpc("printer.objects.subscribe", objects=objects)
        self._merge(result["status"])
        return self.status

    async def wait(
        self, predicate: Predicate, timeout: float = 30.0, since: int | None = None
    ) -> Notification:
        """The next notification that fits, counted from `since` or from `cursor`.

        Without `since`, `cursor` moves behind the one that was found.
        """
        start = self.cursor if since is None else since
        found: list[int] = []

        def look() -> bool:
            nonlocal start
            for index in range(start, len(self.notifications)):
                if _fits(predicate, self.notifications[index]):
                    found.append(index)
                    return True
            start = len(self.notifications)
            return False

        await self._wait_until(look, timeout, f"notification {predicate}")
        if since is None:
            self.cursor = found[0] + 1
        return self.notifications[found[0]]

    async def wait_status(
        self, check: Callable[[Status], bool], timeout: float = 30.0
    ) -> Status:
        """Wait until the subscribed objects' merged state fits."""

        def look() -> bool:
            # An object that has not been reported yet is no error here.
            with contextlib.suppress(KeyError):
                return check(self.status)
            return False

        await self._wait_until(look, timeout, "status")
        return self.status

    async def _wait_until(
        self, look: Callable[[], bool], timeout: float, what: str
    ) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while True:
            # Cleared before looking: what arrives from here on wakes us again.
            self._news.clear()
            if look():
                return
            try:
                await asyncio.wait_for(self._news.wait(), deadline - clock())
            except asyncio.TimeoutError:
                last = [each.method for each in self.notifications[-8:]]
                raise TimeoutError(
                    f"no fitting {what} in {timeout:g} s; "
                    f"connected: {self.connected}; last ones: {last}; "
                    f"status: {self.status}"
                ) from None

    async def _read(self, socket: WebSocketClientConnection) -> None:
        while True:
            message = await socket.read_message()
            if message is None:
                break
            self._receive(json.loads(message))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the websocket was closed"))
        self._news.set()

    def _receive(self, message: dict[str, Any]) -> None:
        if "method" in message:
            note = Notification(message["method"], message.get("params", []))
            self.notifications.append(note)
            if note.method == "notify_status_update":
                self._merge(note.params[0])
            self._news.set()
            return
        answer = self._answers.get(message.get("id", 0))
        if answer is None or answer.done():
            return
        if "error" in message:
            error = message["error"]
            answer.set_exception(RpcError(error["code"], error["message"]))
        else:
            answer.set_result(message["result"])

    def _merge(self, delta: Status) -> None:
        for name, fields in delta.items():
            self.status.setdefault(name, {}).update(fields)

    async def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._reader is not None:
            # The reader ends when the other side answers the close; one that is
            # dead or frozen never does.
            await asyncio.wait({self._reader}, timeout=1.0)
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None


def _fits(predicate: Predicate, note: Notification) -> bool:
    if isinstance(predicate, str):
        return note.method == predicate
    return predicate(note)


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")
