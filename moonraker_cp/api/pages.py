"""The files of the queue's page: read once, compressed once, kept in memory.

A name that a client sends is only ever looked up in the table of what is there; it is
never made into a path.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import NotFound, Unavailable

INDEX = "index.html"
ASSETS = "assets"

NOT_BUILT = (
    "The queue's page is not installed. Update moonraker_cp or install it again. The"
    " queue itself works, in the panels of Mainsail and Fluidd and over the API."
)
"""Anybody may read it, so it names no folder of this computer."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By suffix; the computer's own table is no help, for each has another."""

COMPRESSED = frozenset((".css", ".html", ".js", ".json", ".svg", ".txt", ".wasm"))

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " connect-src 'self' ws: wss:; frame-ancestors 'self'"
)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")


def policy(host: str) -> str:
    """Who may frame the page: pages of the same host, on any of its ports.

    A front end is often at another port than Moonraker. Pages of other hosts may not:
    the page has buttons that move a hot machine, and a page of somebody else's around
    it could make a person press one unseen. host: as a client wrote it, so that only
    what is a plain name is repeated.
    """
    name = host.lower()
    name = name.rpartition(":")[0] if ":" in name else name
    if not _NAME.match(name):
        return POLICY
    return f"{POLICY} http://{name}:* https://{name}:*"


ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every answer, refusals too; beside the policy."""

FRESH = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose names change with what is in them."""


@dataclass(frozen=True)
class Sent:
    """tag: of what it is, packed or not."""

    body: bytes
    tag: str
    headers: Mapping[str, str]


@dataclass
class _File:
    """One file; packed is made when it is first asked for, and shared by all."""

    body: bytes
    suffix: str
    cache: str
    tag: str
    packed: asyncio.Task[bytes] | None = None

    async def sent(self, *, packing: bool) -> Sent:
        headers = {
            "Content-Type": TYPES.get(self.suffix, "application/octet-stream"),
            "Cache-Control": self.cache,
        }
        if self.suffix not in COMPRESSED:
            return Sent(self.body, self.tag, headers)
        headers["Vary"] = "Accept-Encoding"
        if not packing:
            return Sent(self.body, self.tag, headers)
        if self.packed is None:
            work = asyncio.to_thread(gzip.compress, self.body, 9, mtime=0)
            self.packed = asyncio.get_running_loop().create_task(work)
        # Shielded: one client that goes away takes nothing from the others.
        body = await asyncio.shield(self.packed)
        return Sent(body, self.tag, {**headers, "Content-Encoding": "gzip"})


class Pages:
    """folder: what the page was built into, index.html and assets/."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._table: dict[str, _File] = {}

    async def find(self, name: str, accepts: str = "") -> Sent:
        """name: INDEX, or that of a file in assets. accepts: Accept-Encoding.

        Raises NotFound; Unavailable while the page is not there at all.
        """
        if not self._table:
            self._table = await asyncio.to_thread(_read, self._folder)
        found = self._table.get(name)
        if found is None:
            raise NotFound("There is no such file.")
        return await found.sent(packing=takes_gzip(accepts))


def _read(folder: Path) -> dict[str, _File]:
    """All at once, so that an update under way never mixes old and new."""
    try:
        table = {
            path.name: _load(path, FOR_EVER)
            for path in sorted((folder / ASSETS).iterdir())
            if path.is_file()
        }
        return {**table, INDEX: _load(folder / INDEX, FRESH)}
    except OSError as error:
        raise Unavailable(NOT_BUILT) from error


def _load(path: Path, cache: str) -> _File:
    """The tag is weak: it is the same, packed or not."""
    body = path.read_bytes()
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return _File(body, path.suffix.lower(), cache, tag)


def takes_gzip(accepts: str) -> bool:
    """Whether a client that sends this Accept-Encoding takes gzip."""
    said = {}
    for one in accepts.lower().split(","):
        coding, _, weight = one.partition(";")
        said[coding.strip()] = weight.replace(" ", "")
    weight = said.get("gzip", said.get("*", "q=0"))
    return weight.rstrip("0.") != "q="
