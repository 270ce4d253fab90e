"""HTTP as bytes, from an address of our choice: for what no polite client sends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

NO_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection that is kept open. address: where it comes from."""

    def __init__(self, url: str, address: str = "127.0.0.1") -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._address = address
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Headers may say another Host, and what is in the body."""
        lines = {"Host": f"{self._host}:{self._port}", **(headers or {})}
        if body is None and method in ("POST", "PUT", "PATCH"):
            body = b""
        if body is not None and "Transfer-Encoding" not in lines:
            lines.setdefault("Content-Length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        data = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b"")
        return await self.raw(data, has_body=method != "HEAD")

    async def raw(self, data: bytes, has_body: bool = True) -> Answer:
        """Sent again when the server had closed the connection in the meantime."""
        try:
            answer = await self._exchange(data, has_body)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            answer = await self._exchange(data, has_body)
        if answer.headers.get("connection") == "close" or answer.status == 400:
            self.close()
        return answer

    async def _exchange(self, data: bytes, has_body: bool) -> Answer:
        writer = await self._connected()
        writer.write(data)
        await writer.drain()
        return await asyncio.wait_for(self._answer(has_body), 30)

    async def _connected(self) -> asyncio.StreamWriter:
        if self._writer is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, local_addr=(self._address, 0), limit=1 << 24
            )
        return self._writer

    async def _answer(self, has_body: bool) -> Answer:
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        status = int(first.split()[1])
        pairs = (line.decode().partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = b""
        if has_body and status not in NO_BODY:
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
