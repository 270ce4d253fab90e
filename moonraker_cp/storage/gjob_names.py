"""Names in job files: which are accepted, and how safe ones are made.

What is accepted as a path is what the queue accepts too, so that a job that was
unpacked can always be added.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Callable

from ..core.errors import BadRequest
from ..core.texts import CONTROLS, has_controls

EXTENSIONS = (".gcode", ".g", ".gco")
"""What Klipper lists as G-code, in these letters only."""

MAX_NAME_BYTES = 255
"""The longest name of one file or folder that file systems take, in UTF-8 bytes."""

SUFFIX = ".gjob"

MAX_PATH = 1000
"""The longest path of a queued file, in characters."""

MAX_FOLDER = 500
"""The longest path of a folder to unpack into; the file's own path comes on top."""

_STEM_BYTES = 200  # leaves room for a number, an extension, a temporary name
_UNSAFE = re.compile(rf'[{CONTROLS}\ud800-\udfff\\/:;*?"<>|]')
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
_DRIVE = re.compile(r"[A-Za-z]:")


def canonical(text: str) -> str:
    """One spelling for what people see as one name (ü as one letter, not two)."""
    return unicodedata.normalize("NFC", text)


def same_key(name: str) -> str:
    """Equal for names that a file system may take for the same file."""
    return canonical(canonical(name).casefold())


def check_entry_name(name: str) -> None:
    """A file of the archive: one plain name of a G-code file, in no folder."""
    shown = repr(name[:60])
    _check_text(name, f"The job file's entry {shown}")
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise BadRequest(f"The job file's entry {shown} points out of its folder.")
    if "/" in name:
        raise BadRequest(
            f"The job file's entry {shown} is in a folder; pack the G-code files "
            "beside manifest.json."
        )
    if len(name.encode()) > MAX_NAME_BYTES:
        raise BadRequest(
            f"The job file's entry {shown} has a name of more than "
            f"{MAX_NAME_BYTES} bytes."
        )
    _check_extension(name, f"The job file's entry {shown}")


def check_folder(folder: str) -> tuple[str, ...]:
    """The parts of a folder's path relative to the gcodes root; "" is the root."""
    if not folder:
        return ()
    if folder != folder.strip():
        raise BadRequest("The folder must not begin or end with a space.")
    return _relative_parts(folder, "The folder", MAX_FOLDER)


def check_job_file(path: str) -> None:
    """A job file's path relative to the gcodes root."""
    what = f"The path {path[:60]!r}"
    parts = _relative_parts(path, what, MAX_PATH)
    if len(parts[-1].encode()) > MAX_NAME_BYTES:
        raise BadRequest(f"{what} has a name of more than {MAX_NAME_BYTES} bytes.")
    if not path.lower().endswith(SUFFIX):
        raise BadRequest(f"{what} must end in {SUFFIX}.")


def check_path(path: str) -> None:
    """A G-code file's path relative to the gcodes root."""
    what = f"The path {path[:60]!r}"
    _relative_parts(path, what, MAX_PATH)
    _check_extension(path, what)


def safe_stem(text: str) -> str:
    """A name for a file or folder, without extension, made of any text.

    Never empty, hidden, "..", or longer than a file system takes.
    """
    clean = _EDGES.sub("", _UNSAFE.sub("_", canonical(text)))
    cut = clean.encode()[:_STEM_BYTES].decode("utf-8", "ignore")
    return _EDGES.sub("", cut) or "job"


def free_name(stem: str, suffix: str, is_taken: Callable[[str], bool]) -> str:
    """stem + suffix, or with the first number from 2 that makes it free."""
    name, number = stem + suffix, 1
    while is_taken(name):
        number += 1
        name = f"{stem}_{number}{suffix}"
    return name


def archive_names(paths: tuple[str, ...]) -> dict[str, str]:
    """A name in the archive for each path: plain, safe, and no two alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in dict.fromkeys(paths):
        base = PurePosixPath(path).name
        suffix = next(ext for ext in EXTENSIONS if base.endswith(ext))
        stem = safe_stem(base[: -len(suffix)])
        name = free_name(stem, suffix, lambda n: same_key(n) in taken)
        taken.add(same_key(name))
        names[path] = name
    return names


def _relative_parts(path: str, what: str, most: int) -> tuple[str, ...]:
    _check_text(path, what)
    if len(path) > most:
        raise BadRequest(f"{what} is longer than {most} characters.")
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") for part in parts):
        raise BadRequest(
            f"{what} must be relative to the gcodes folder and stay in it."
        )
    return parts


def _check_text(text: str, what: str) -> None:
    if not text:
        raise BadRequest(f"{what} has no name.")
    if has_controls(text):
        raise BadRequest(f"{what} has control characters in its name.")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise BadRequest(f"{what} is not valid Unicode.")
    if "\\" in text or ";" in text:  # Klipper's G-code parser would change them
        raise BadRequest(f"{what} has a backslash or ';' in its name; rename it.")


def _check_extension(name: str, what: str) -> None:
    if not name.endswith(EXTENSIONS):
        raise BadRequest(
            f"{what} is not a G-code file; only names that end in "
            f"{', '.join(EXTENSIONS)} are accepted."
        )
