"""Job files (.gjob): a job and its G-code in one file, to keep or to carry.

The layout is that of Continuous Print 2.x, read from `pack_job` and `unpack_job` in
peerprint 0.1.0 (github.com/smartin015/peerprint, peerprint/filesharing.py), which
that plugin requires, and from its `LocalQueue.import_job` and `export_job`
(github.com/smartin015/continuousprint, continuousprint/queues/local.py):

- a zip archive whose files all lie at its top;
- the G-code files, deflated, under their names without folders;
- `manifest.json`, UTF-8, which Continuous Print writes last: the job, whose sets name
  those files (`gjob_manifest.py` has its fields).

Files of the archive that no set names are checked but not unpacked. These functions
wait for the disk: call them from a thread.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import BadRequest, NotFound, Unavailable
from .gjob_manifest import Manifest, ManifestSet, manifest_from_json, manifest_to_json
from .gjob_names import (
    archive_names,
    canonical,
    check_entry_name,
    check_folder,
    check_path,
    free_name,
    safe_stem,
    same_key,
)

MAX_TOTAL = 2 * 1024**3
"""The most bytes that one job's files may have when unpacked."""
MAX_ENTRIES = 1000
"""The most files in one archive, the manifest among them."""
MAX_MANIFEST = 1024**2
"""The longest manifest, in bytes."""
MAX_RATIO = 100
"""How many times larger an archive's files may be than what they are packed in. Sliced
G-code shrinks 3 to 20 times; a zip bomb up to 1000 times."""
RATIO_FROM = 16 * 1024**2
"""Below this many unpacked bytes the ratio does not matter."""
SPARE = 64 * 1024**2
"""Bytes that stay free on the disk: Klipper, Moonraker and the queue need them."""

MANIFEST = "manifest.json"
_MAX_READ = 1024**2  # holds the directory of MAX_ENTRIES entries
_CHUNK = 64 * 1024
_SECRET = 0x1 | 0x40 | 0x2000  # flag bits: encrypted in one way or another
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others: memory, and not CPQ
_DAMAGED = (  # what zipfile was seen to raise on broken archives
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
)
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Limits:
    """total, manifest: bytes. entries: files. ratio: unpacked to packed."""

    total: int = MAX_TOTAL
    entries: int = MAX_ENTRIES
    manifest: int = MAX_MANIFEST
    ratio: int = MAX_RATIO


DEFAULT_LIMITS = Limits()
Entries = dict[str, zipfile.ZipInfo]


def write_job_file(
    target: Path, manifest: Manifest, root: Path, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Pack a job whose paths are relative to root; an older target is replaced.

    The archive appears under its name when it is complete and proven readable.
    """
    for one in manifest.sets:
        check_path(one.path)
        if not os.path.isfile(root / one.path):  # False too for names too long
            raise NotFound(f"There is no file {one.path} in the gcodes folder.")
    names = archive_names(tuple(one.path for one in manifest.sets))
    packed = _with_paths(manifest, names)
    temporary = target.with_name(f".export-{secrets.token_hex(8)}.tmp")
    with _clear_errors(), ExitStack() as undo:
        undo.callback(temporary.unlink, missing_ok=True)
        with temporary.open("xb") as file:
            _pack(file, names, manifest_to_json(packed), root)
        with _opened(temporary) as archive:
            _checked(archive, temporary.stat().st_size, limits)
        temporary.replace(target)


def read_job_file(
    source: Path, root: Path, folder: str = "", limits: Limits = DEFAULT_LIMITS
) -> Manifest:
    """Unpack into root/<folder>/<name of the source>/ and tell what is in it.

    All of it or nothing: the files appear with one rename, in a folder that was not
    there before. The manifest's paths are then relative to root. Raises BadRequest,
    NotFound or Unavailable, and leaves nothing behind.
    """
    parts = check_folder(folder)
    if not source.is_file():
        raise NotFound(f"There is no job file {source.name}.")
    if not root.is_dir():
        raise NotFound("The gcodes folder does not exist.")
    with _clear_errors(), _opened(source) as archive:
        manifest, entries = _checked(archive, source.stat().st_size, limits)
        _check_space(entries, root)
        with ExitStack() as undo:  # finds nothing to undo once the folder is settled
            parent = _made_folders(root, parts, undo)
            # a dot folder: front ends do not offer its files for printing
            temporary = parent / f".import-{secrets.token_hex(8)}"
            undo.callback(shutil.rmtree, temporary, ignore_errors=True)
            temporary.mkdir()
            _unpack(archive, entries, temporary)
            name = _settled(temporary, safe_stem(source.stem))
    place = "/".join((*parts, name))
    return _with_paths(manifest, {entry: f"{place}/{entry}" for entry in entries})


def _with_paths(manifest: Manifest, paths: dict[str, str]) -> Manifest:
    def moved(one: ManifestSet) -> ManifestSet:
        return replace(one, path=paths[one.path])

    return replace(manifest, sets=tuple(moved(one) for one in manifest.sets))


# ---- packing


def _pack(
    file: io.BufferedWriter, names: dict[str, str], manifest: bytes, root: Path
) -> None:
    # A host without a clock has files of 1970, which zip cannot say: not strict.
    with zipfile.ZipFile(
        file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
    ) as archive:
        for path, name in names.items():
            archive.write(root / path, name)
        archive.writestr(MANIFEST, manifest)
    _flush(file)


def _flush(file: io.BufferedWriter) -> None:
    """Onto the disk: an empty file after a power cut would print as an empty job."""
    file.flush()
    os.fsync(file.fileno())


# ---- checking: nothing is written before all of this has passed


class _Reader(io.BufferedReader):
    """Never hands out much at once, and stays inside the file.

    zipfile reads an archive's directory in one go, however large it says that it is.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        unlimited = size is None or size < 0 or size > _MAX_READ
        data = super().read(_MAX_READ + 1 if unlimited else size)
        if len(data) > _MAX_READ:
            raise BadRequest("The job file holds too many files, or too long names.")
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        size = os.fstat(self.fileno()).st_size
        if whence == os.SEEK_SET and not 0 <= offset <= size:
            raise zipfile.BadZipFile("an offset outside the file")
        return super().seek(offset, whence)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    with _Reader(io.FileIO(source)) as reader, zipfile.ZipFile(reader) as archive:
        yield archive


def _checked(
    archive: zipfile.ZipFile, size: int, limits: Limits
) -> tuple[Manifest, Entries]:
    """The manifest and the entries that its sets name. size: the archive's bytes."""
    infos = archive.infolist()
    _check_sizes(infos, size, limits)
    entries = _entries(infos)
    info = entries.pop(MANIFEST, None)
    if info is None:
        raise BadRequest("The job file has no manifest.json; is it a .gjob file?")
    if info.file_size > limits.manifest:
        raise BadRequest(f"manifest.json is longer than {limits.manifest} bytes.")
    manifest = manifest_from_json(b"".join(_chunks(archive, info)))
    wanted = dict.fromkeys(one.path for one in manifest.sets)
    for path in wanted:
        if path not in entries:
            raise BadRequest(f"A set names {path[:60]!r}; it is not in the job file.")
    return manifest, {path: entries[path] for path in wanted}


def _check_sizes(infos: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    """What the archive says of its sizes; what it holds is counted later."""
    if len(infos) > limits.entries:
        raise BadRequest(f"The job file holds more than {limits.entries} files.")
    packed = sum(info.compress_size for info in infos)
    unpacked = sum(info.file_size for info in infos)
    if packed > size:
        raise BadRequest("The job file is damaged: its files overlap.")
    if unpacked > limits.total:
        raise BadRequest(
            f"The job's files have more than {limits.total} bytes when unpacked."
        )
    if unpacked > RATIO_FROM and unpacked > limits.ratio * packed:
        raise BadRequest(
            f"The job's files are more than {limits.ratio} times larger than the "
            "archive; that is no G-code."
        )


def _entries(infos: list[zipfile.ZipInfo]) -> Entries:
    entries: Entries = {}
    seen: set[str] = set()
    for info in infos:
        # the name as it stands there, and what zipfile makes of it (cut at a NUL,
        # replaced by a second one): both have to be good
        if {info.orig_filename, info.filename} != {MANIFEST}:
            check_entry_name(info.orig_filename)
            check_entry_name(info.filename)
        _check_kind(info)
        name = canonical(info.filename)
        if same_key(name) in seen:
            raise BadRequest(f"The job file has {name[:60]!r} more than once.")
        seen.add(same_key(name))
        entries[name] = info
    return entries


def _check_kind(info: zipfile.ZipInfo) -> None:
    shown = repr(info.filename[:60])
    if info.flag_bits & _SECRET:
        raise BadRequest(f"{shown} is encrypted; pack the job without a password.")
    if info.compress_type not in _METHODS:
        raise BadRequest(f"{shown} is packed in a way other than store or deflate.")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BadRequest(f"{shown} is a link or a special file, not a plain file.")


def _check_space(entries: Entries, root: Path) -> None:
    need = sum(info.file_size for info in entries.values()) + SPARE
    if shutil.disk_usage(root).free < need:
        raise BadRequest(
            f"The disk is full: {need // 1024**2} MiB have to be free. Delete some "
            "files and import the job again."
        )


# ---- unpacking


def _made_folders(root: Path, parts: tuple[str, ...], undo: ExitStack) -> Path:
    for part in parts:
        root = root / part
        with suppress(FileExistsError):
            root.mkdir()
            undo.callback(_remove_if_empty, root)
    return root


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _unpack(archive: zipfile.ZipFile, entries: Entries, into: Path) -> None:
    for name, info in entries.items():
        with (into / name).open("xb") as file:
            for chunk in _chunks(archive, info):
                file.write(chunk)
            _flush(file)


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry holds; counted as it comes, for the sizes checked may be lies."""
    left = info.file_size
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile("a file is longer than it says")
            yield chunk
    if left:
        raise zipfile.BadZipFile("a file is shorter than it says")


def _settled(temporary: Path, stem: str) -> str:
    """Give the folder a name that nothing beside it has; which one, is returned."""
    parent = temporary.parent
    lost: set[str] = set()  # names that somebody else took faster
    while True:
        name = free_name(stem, "", lambda n: n in lost or os.path.lexists(parent / n))
        try:
            temporary.rename(parent / name)
        except OSError as error:
            if error.errno not in _TAKEN or len(lost) > 100:
                raise
            lost.add(name)
        else:
            return name


# ---- errors


@contextmanager
def _clear_errors() -> Iterator[None]:
    """What zipfile and the disk raise, in words for the person who asked."""
    try:
        yield
    except _DAMAGED as error:
        raise BadRequest(
            f"This is no job file, or it is damaged ({error}); make it again."
        ) from error
    except OSError as error:
        if error.errno in _FULL:
            raise BadRequest(
                "The disk is full. Delete some files and try again."
            ) from error
        why = error.strerror or type(error).__name__
        raise Unavailable(f"The disk did not do it: {why}.") from error
