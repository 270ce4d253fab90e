"""Changes of a person's files: looked at first, then all of them or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PAST = {"add": "Added", "remove": "Removed", "renew": "Renewed"}


class Refused(Exception):
    """Something is in the way; the text says what, and nothing was changed."""


def read(path: Path) -> str | None:
    """A file's text, every byte of it kept; None when there is no such file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        if path.is_symlink():
            raise Refused(f"{path} is a link that leads nowhere") from None
        return None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None


@dataclass
class Text:
    """A file gets another text; None stands for no file."""

    path: Path
    old: str | None
    new: str | None
    made: list[Path] = field(default_factory=list)

    def look(self) -> None:
        """Raise Refused when this person may not do it."""
        real = self.path.resolve()
        folder = real.parent
        while not folder.exists():
            folder = folder.parent
        for place in (real, folder) if real.exists() else (folder,):
            if not os.access(place, os.W_OK):
                raise Refused(
                    f"you may not write in {place}\n"
                    "Run install.sh as the user that it belongs to."
                )

    def do(self) -> None:
        real = self.path.resolve()
        if self.new is None:
            real.unlink()
            if real.parent.name == ".theme":  # empty, it means nothing to anybody
                with contextlib.suppress(OSError):
                    real.parent.rmdir()
            return
        if not real.parent.exists():
            real.parent.mkdir()
            self.made.append(real.parent)
            give_away(real.parent)
        write(real, self.new)

    def undo(self) -> None:
        real = self.path.resolve()
        if self.old is None:
            real.unlink(missing_ok=True)
            for folder in self.made:
                folder.rmdir()
        else:
            real.parent.mkdir(exist_ok=True)
            write(real, self.old)


@dataclass
class Link:
    """A link is made, moved or, with no target, removed."""

    path: Path
    old: str | None
    new: str | None

    def look(self) -> None:
        if not os.access(self.path.parent, os.W_OK):
            raise Refused(f"you may not write in {self.path.parent}")

    def do(self) -> None:
        self._put(self.new)

    def undo(self) -> None:
        self._put(self.old)

    def _put(self, target: str | None) -> None:
        if self.path.is_symlink():
            self.path.unlink()
        if target is not None:
            self.path.symlink_to(target)
            give_away(self.path)


@dataclass
class Step:
    """One change and the words for it: verb, and what to or from where."""

    change: Text | Link
    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"

    @property
    def past(self) -> str:
        return f"{PAST[self.verb]} {self.what}"


def write(path: Path, text: str) -> None:
    """Whole or not at all; mode and owner stay."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        _like(path, name)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _like(path: Path, name: str) -> None:
    try:
        state = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        give_away(Path(name))
        return
    mine = os.stat(name)
    if (mine.st_uid, mine.st_gid) != (state.st_uid, state.st_gid):
        os.chown(name, state.st_uid, state.st_gid)
    os.chmod(name, state.st_mode & 0o7777)


def give_away(path: Path) -> None:
    """What root makes in somebody's folder is that person's."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def do_all(steps: list[Step]) -> None:
    """Do every step, or none: what was done is taken back when one fails."""
    done: list[Step] = []
    try:
        for step in steps:
            done.append(step)
            step.change.do()
    except (OSError, KeyboardInterrupt) as error:
        for step in reversed(done):
            with contextlib.suppress(OSError):
                step.change.undo()
        raise Refused(f"cannot {done[-1]}: {error}") from None
