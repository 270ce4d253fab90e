"""Paths in the gcodes root: what may be queued, and what Moonraker says happened."""

from __future__ import annotations

import asyncio
import functools
import logging
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ..core.errors import BadRequest, NotFound
from ..core.texts import has_controls

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

ROOT = "gcodes"
FILES_EVENT = "file_manager:filelist_changed"

EXTENSIONS = (".gcode", ".g", ".gco")
"""What Klipper's virtual_sdcard lists, in these letters only."""

MAX_PATH = 1000
"""The longest path, in characters."""


class GcodeFiles:
    """root: tells where the gcodes root is (Klipper may move it)."""

    def __init__(self, root: Callable[[], str]) -> None:
        self._root = root

    async def check(self, path: str) -> str:
        """The path to queue. Raises BadRequest or NotFound; changes nothing."""
        wanted = normalise(path)
        root = self._root()
        if not root:
            raise NotFound("Moonraker does not know the gcodes folder yet.")
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(None, is_file_below, Path(root), wanted):
            raise NotFound(f"There is no file {wanted} in the gcodes folder.")
        return wanted


def normalise(path: str) -> str:
    """A clean path relative to the gcodes root.

    Control characters are refused because the file's name becomes a line of
    G-code, where a newline would begin another command.
    """
    if len(path) > MAX_PATH:
        raise BadRequest(f"path is longer than {MAX_PATH} characters.")
    if has_controls(path):
        raise BadRequest("path must not contain control characters.")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise BadRequest("path is not valid Unicode.") from None
    if "\\" in path:  # Klipper would read it as an escape, and another name
        raise BadRequest("path must not contain a backslash; folders end in /.")
    if ";" in path:
        raise BadRequest("path must not contain ';', where Klipper cuts a line off.")
    clean = posixpath.normpath(path.strip().lstrip("/")) if path.strip() else ""
    if clean in ("", "."):
        raise BadRequest("path is empty; name a file in the gcodes folder.")
    if clean == ".." or clean.startswith("../"):
        raise BadRequest("path leaves the gcodes folder.")
    if not clean.endswith(EXTENSIONS):
        raise BadRequest(f"path must end in one of {', '.join(EXTENSIONS)}.")
    return clean


def is_file_below(root: Path, path: str) -> bool:
    try:
        return (root / path).is_file()
    except OSError:  # a name too long for the file system, for one
        return False


def may_be_queued(path: str) -> bool:
    try:
        return normalise(path) == path
    except BadRequest:
        return False


@dataclass(frozen=True)
class Change:
    """What Moonraker's file manager says happened to a file or folder.

    action: create_file, modify_file, delete_file, move_file, create_dir, delete_dir,
    move_dir or root_update. path and source are relative to their roots; source and
    source_root are empty unless it moved. modified is in seconds since the epoch, size
    in bytes.
    """

    action: str
    root: str
    path: str
    source_root: str = ""
    source: str = ""
    modified: float = 0.0
    size: int = 0

    @property
    def is_folder(self) -> bool:
        return self.action.endswith("_dir")

    @property
    def is_move(self) -> bool:
        """Within the gcodes root, from and to a path that may be queued."""
        return (
            self.action in ("move_file", "move_dir")
            and self.root == self.source_root == ROOT
            and all(
                may_be_queued(f"{path}/x{EXTENSIONS[0]}" if self.is_folder else path)
                for path in (self.path, self.source)
            )
        )


def read_change(payload: Mapping[str, Any]) -> Change:
    """The same shape in Moonraker 0.9.3, 0.10.0 and 0.11.0."""
    item, source = payload["item"], payload.get("source_item") or {}
    return Change(
        action=str(payload["action"]),
        root=str(item["root"]),
        path=str(item["path"]),
        source_root=str(source.get("root", "")),
        source=str(source.get("path", "")),
        modified=float(item.get("modified") or 0),
        size=int(item.get("size") or 0),
    )


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """The handler; an error of ours in it is logged once and goes no further.

    Moonraker waits for the handlers of its file events, and plain printing must not
    depend on ours.
    """
    failed = False

    @functools.wraps(handler)
    def call(*args: Any) -> None:
        nonlocal failed
        try:
            handler(*args)
        except Exception:
            if not failed:
                log.exception("A file event was not understood; this is said once.")
            failed = True

    return call


CLAIM = 600.0
"""Seconds that a claim waits for the news of its file: metadata may take minutes."""

REMEMBERED = 256
"""Arrivals that are remembered, to know their second news."""


class Arrivals:
    """Which changes are new files that ask to be queued. Pure.

    folder: only files in it, or below it, count; "" is the whole gcodes root. now: in
    seconds, of any one clock. Only create_file counts: it is what an upload and a copy
    send, also one that replaces a file of the same name.
    """

    def __init__(self, folder: str = "") -> None:
        self._below = f"{folder.strip('/')}/".lstrip("/")
        self._seen: dict[str, tuple[float, int]] = {}
        self._claims: dict[str, float] = {}

    def claim(self, path: str, now: float, seconds: float = CLAIM) -> None:
        """Whoever brings this file takes care of it: its next arrival is no news."""
        self._claims = {p: end for p, end in self._claims.items() if end > now}
        self._claims[path] = now + seconds

    def is_claimed(self, path: str, now: float) -> bool:
        """Uses the claim up: a later upload of the same name is a new one."""
        return self._claims.pop(path, now) > now

    def counts(self, change: Change) -> bool:
        """Whether it is the first news of a file that counts."""
        path, stamp = change.path, (change.modified, change.size)
        if change.root != ROOT or change.action not in ("create_file", "delete_file"):
            return False
        known = self._seen.pop(path, None)
        if change.action == "delete_file" or not self._is_wanted(path):
            return False
        self._seen[path] = stamp
        for old in list(self._seen)[:-REMEMBERED]:
            del self._seen[old]
        return known != stamp

    def _is_wanted(self, path: str) -> bool:
        """Hidden files are made by programs, such as macOS's ._name.gcode."""
        hidden = any(part.startswith(".") for part in path.split("/"))
        return path.startswith(self._below) and not hidden and may_be_queued(path)


SETTLE = 2.0
"""Seconds between the news of a file and its arrival.

Some clients upload, wait for the answer and ask for the print then.
"""

STARTED_BEFORE = 5.0
"""Seconds by which the start of an upload-and-print may precede the file's news."""


class Uploads:
    """Calls on_arrival(path) once for each new file that nobody else prints or queues.

    Some seconds have passed by then, so that the file may be gone again.

    An upload with print=true is started by Moonraker before it tells of the file. The
    event after a start has no file name in it, so Klipper is asked which file it has.
    A start that was refused leaves a plain upload. With queue_gcode_uploads, such an
    upload is put into Moonraker's job queue instead, which tells so.
    """

    def __init__(
        self, server: Server, folder: str, on_arrival: Callable[[str], None]
    ) -> None:
        self._apis = server.lookup_component("klippy_apis")
        self._arrivals = Arrivals(folder)
        self._on_arrival = on_arrival
        self._error: type[Exception] = server.error
        self._started = float("-inf")
        self._queued: set[str] = set()
        self._settling: dict[str, asyncio.Task[None]] = {}
        for event, handler in (
            (FILES_EVENT, self._on_files),
            ("klippy_apis:job_start_complete", self._on_start),
            ("job_queue:job_queue_changed", self._on_job_queue),
        ):
            server.register_event_handler(event, guarded(handler))

    def claim(self, path: str, seconds: float = CLAIM) -> None:
        """Say this before writing a file that is queued, or printed, by other means."""
        self._arrivals.claim(path, _now(), seconds)

    def stop(self) -> None:
        """Nothing arrives any more."""
        self._on_arrival = _ignore
        for task in self._settling.values():
            task.cancel()

    def _on_files(self, payload: Mapping[str, Any]) -> None:
        change = read_change(payload)
        if self._arrivals.counts(change):
            older = self._settling.get(change.path)
            if older is not None:  # written twice in a moment is one upload
                older.cancel()
            task = asyncio.get_running_loop().create_task(self._settle(change.path))
            self._settling[change.path] = task
            task.add_done_callback(functools.partial(self._settled, change.path))

    def _on_start(self, _user: object = None) -> None:
        self._started = _now()

    def _on_job_queue(self, payload: Mapping[str, Any]) -> None:
        jobs = payload.get("updated_queue")
        if jobs is None:  # only the queue's state changed
            return
        for job in jobs:
            if payload["action"] == "jobs_added" and job["job_id"] not in self._queued:
                self._arrivals.claim(job["filename"], _now(), 2 * SETTLE)
        self._queued = {job["job_id"] for job in jobs}

    async def _settle(self, path: str) -> None:
        news = _now()
        await asyncio.sleep(SETTLE)
        if self._arrivals.is_claimed(path, _now()):
            return
        if self._started < news - STARTED_BEFORE or not await self._is_loaded(path):
            self._on_arrival(path)

    async def _is_loaded(self, path: str) -> bool:
        """Whether Klipper was given this file; also when it cannot be asked.

        A start was accepted seconds ago: a file that is not queued can be queued by
        hand, one that is printed twice cannot be unprinted.
        """
        try:
            status = await self._apis.query_objects({"print_stats": ["filename"]})
        except self._error as error:
            log.warning(
                "%s is not queued: Klipper did not say what it prints. %s", path, error
            )
            return True
        return bool(status.get("print_stats", {}).get("filename") == path)

    def _settled(self, path: str, task: asyncio.Task[None]) -> None:
        if self._settling.get(path) is task:
            del self._settling[path]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("%s was not queued, by an error of ours.", path, exc_info=error)


def _ignore(path: str) -> None:
    """Where arrivals go after the end."""


def _now() -> float:
    return asyncio.get_running_loop().time()
