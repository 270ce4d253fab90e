"""Paths in the gcodes root: what may be queued."""

from __future__ import annotations

import asyncio
import posixpath
from pathlib import Path
from typing import Callable

from ..core.errors import BadRequest, NotFound

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
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
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
