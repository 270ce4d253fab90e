"""What is known of queued files: Moonraker's metadata and the files' own comments."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ..core.files import FileEvent, FileFacts, Files, FilesChanged, FilesMoved
from .files import FILES_EVENT, ROOT, Change, guarded, read_change
from .slicers import EDGE, LONGEST_NAME, Header, read_header, read_materials

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

CHUNK = 16
"""Files handled between two turns of the event loop: some milliseconds' work."""

TOO_MUCH = 1e9
"""Seconds, mm or g that no print takes: a file may say anything of itself."""

TELL = 256
"""Files that changed, after which it is told, though more are waiting to be read."""


class Catalog:
    """Keeps `facts` of the files that are followed, and posts what changes.

    A file that is followed and is not in `facts` was not read yet. One that Moonraker
    has no metadata of exists, with estimates unknown. root: tells where the gcodes
    root is, "" as long as nobody knows; its news makes every file be read again.
    """

    def __init__(
        self,
        server: Server,
        post: Callable[[FileEvent], None],
        root: Callable[[], str],
    ) -> None:
        manager = server.lookup_component("file_manager")
        self._metadata = manager.get_metadata_storage()
        self._post = post
        self._root = root
        self._facts: dict[str, FileFacts] = {}
        self._followed: set[str] = set()
        self._stale: dict[str, None] = {}  # an ordered set: first come, first read
        self._changed: set[str] = set()
        self._reader: asyncio.Task[None] | None = None
        self._failed = False
        server.register_event_handler(FILES_EVENT, guarded(self._on_files))
        # Moonraker 0.9.3 does not send it; there, what follows the metadata is enough.
        server.register_event_handler(
            "file_manager:metadata_processed", guarded(self._on_metadata)
        )

    @property
    def facts(self) -> Files:
        """A value: later changes make a new one."""
        return self._facts

    def follow(self, paths: Iterable[str]) -> None:
        """Begin to know these files; those that are followed already cost nothing."""
        new = [path for path in dict.fromkeys(paths) if path not in self._followed]
        self._followed.update(new)
        self._read_again(new)

    def forget(self, paths: Iterable[str]) -> None:
        gone = set(paths)
        self._followed -= gone
        self._facts = {p: facts for p, facts in self._facts.items() if p not in gone}

    def keep(self, paths: Iterable[str]) -> None:
        """Forget all others; none of these is followed by it."""
        self.forget(self._followed - set(paths))

    def stop(self) -> None:
        """Post no more."""
        self._post = _ignore
        if self._reader is not None:
            self._reader.cancel()

    # -- Moonraker's events ---------------------------------------------------

    def _on_files(self, payload: Mapping[str, Any]) -> None:
        change = read_change(payload)
        if change.is_move:
            self._move(FilesMoved(change.source, change.path, change.is_folder))
        self._read_again(_touched(change, self._followed))

    def _on_metadata(self, path: str) -> None:
        self._read_again([path] if path in self._followed else [])

    def _move(self, event: FilesMoved) -> None:
        """What is known of a file goes with it, so that nothing is unknown between."""
        moves = {path: event.new_path(path) for path in self._followed}
        moves = {old: new for old, new in moves.items() if old != new}
        facts = dict(self._facts)
        for old, new in moves.items():
            known = facts.pop(old, None)
            if known is not None:
                facts[new] = known
        self._facts = facts
        self._followed = (self._followed - moves.keys()) | set(moves.values())
        self._post(event)

    # -- reading --------------------------------------------------------------

    def _read_again(self, paths: Iterable[str]) -> None:
        self._stale.update(dict.fromkeys(paths))
        if self._stale and self._reader is None and self._root():
            loop = asyncio.get_running_loop()
            self._reader = loop.create_task(self._read())
            self._reader.add_done_callback(self._ended)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while self._stale and self._root():
            chunk = list(self._stale)[:CHUNK]
            for path in chunk:
                del self._stale[path]
            found = await loop.run_in_executor(
                None, look_at, Path(self._root()), tuple(chunk)
            )
            self._learn(found)
            if len(self._changed) >= TELL:
                self._tell()
        self._tell()

    def _learn(self, found: Mapping[str, OnDisk | None]) -> None:
        news = {
            path: describe(disk, self._metadata.get(path, {}))
            for path, disk in found.items()
            if path in self._followed
        }
        self._changed |= {p for p, new in news.items() if self._facts.get(p) != new}
        self._facts = {**self._facts, **news}

    def _tell(self) -> None:
        told, self._changed = frozenset(self._changed & self._followed), set()
        if told:
            self._post(FilesChanged(told))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._reader = None
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            if not self._failed:
                log.error("Files were not read; this is said once.", exc_info=error)
            self._failed = True
        self._read_again(())  # what became stale after the reader's last look


def _ignore(event: FileEvent) -> None:
    """Where events go after the end."""


def _touched(change: Change, paths: Collection[str]) -> list[str]:
    """Of these files the ones that may be other ones, or another's, after it."""
    if change.action == "root_update":
        return list(paths) if change.root == ROOT else []
    ends = ((change.root, change.path), (change.source_root, change.source))
    here = [path for root, path in ends if root == ROOT]
    if not change.is_folder:
        return [path for path in here if path in paths]
    folders = tuple(f"{path}/" for path in here)
    return [path for path in paths if path.startswith(folders)]


@dataclass(frozen=True)
class OnDisk:
    """A file as it is; modified in seconds since the epoch, size in bytes."""

    modified: float
    size: int
    header: Header = field(default_factory=Header)


def look_at(root: Path, paths: Iterable[str]) -> dict[str, OnDisk | None]:
    """For a thread. None: there is no such file, or none that can be reached."""
    return {path: _look_at(root / path) for path in paths}


def _look_at(path: Path) -> OnDisk | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a null character in the name, for one
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    header = read_header(*_ends(path, status.st_size))
    return OnDisk(status.st_mtime, status.st_size, header)


def _ends(path: Path, size: int) -> tuple[str, str]:
    """The first and the last part of a file, which may be anything."""
    try:
        with open(path, "rb") as file:
            head = file.read(EDGE)
            file.seek(max(EDGE, size - EDGE))
            tail = file.read(EDGE)
    except OSError:  # gone, or not ours to read
        return "", ""
    return head.decode(errors="replace"), tail.decode(errors="replace")


def describe(disk: OnDisk | None, metadata: Mapping[str, Any]) -> FileFacts:
    """metadata: Moonraker's; it says nothing when it is of an older file."""
    if disk is None:
        return FileFacts(exists=False)
    if not isinstance(metadata, Mapping):
        metadata = {}  # stored by something else
    fits = (metadata.get("modified"), metadata.get("size")) == (
        disk.modified,
        disk.size,
    )
    known = metadata if fits else {}
    slicer = str(known.get("slicer") or "")[:LONGEST_NAME]
    return FileFacts(
        modified=disk.modified,
        size=disk.size,
        estimated_time=amount(known.get("estimated_time")),
        filament_length=amount(known.get("filament_total")),
        filament_weight=amount(known.get("filament_weight_total")),
        object_height=amount(known.get("object_height")),
        materials=disk.header.materials
        or read_materials(str(known.get("filament_type") or "")),
        profile=disk.header.profile,
        slicer=disk.header.slicer or ("" if slicer.lower() == "unknown" else slicer),
    )


def amount(value: object) -> float | None:
    """Nothing, or nonsense, is not known."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value < TOO_MUCH else None
