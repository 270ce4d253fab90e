"""What is known of queued G-code files: facts that decisions and forecasts read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class FileFacts:
    """One file. None, "" and () mean: not known.

    estimated_time in seconds, filament_length in mm, filament_weight in g,
    object_height in mm, size in bytes, modified in seconds since the epoch.
    materials: the filament's type by tool ("PLA"). profile: the kind of printer that
    the file's own header names.
    """

    exists: bool = True
    modified: float | None = None
    size: int | None = None
    estimated_time: float | None = None
    filament_length: float | None = None
    filament_weight: float | None = None
    object_height: float | None = None
    materials: tuple[str | None, ...] = ()
    profile: str = ""
    slicer: str = ""


Files = Mapping[str, FileFacts]
"""By path relative to the gcodes root; a path that is not there is not known yet."""


@dataclass(frozen=True)
class FilesChanged:
    """What is known of these files is new, or changed; `Files` holds it already."""

    paths: frozenset[str]


@dataclass(frozen=True)
class FilesMoved:
    """A file, or a folder with everything in it, has another path now."""

    old: str
    new: str
    is_folder: bool = False

    def new_path(self, path: str) -> str:
        """Where the file is now that was at path; path itself if it did not move."""
        if not self.is_folder:
            return self.new if path == self.old else path
        below = path.startswith(f"{self.old}/")
        return self.new + path[len(self.old) :] if below else path


FileEvent = Union[FilesChanged, FilesMoved]
