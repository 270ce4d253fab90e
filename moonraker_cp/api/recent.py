"""Our lines in Moonraker's log: each made one line, and the newest troubles kept.

A handler of the package's logger sees a record before Moonraker's own handlers do.
Names of files, words of Klipper and of other programs come into our lines; none of them
can begin a line of its own, or move the cursor of a terminal that shows the log.
"""

from __future__ import annotations

import logging
import textwrap
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import PurePath

from ..core.event_words import one_line

KEPT = 50
LONGEST = 2000
"""Characters of a line in the log."""

MOST_FRAMES = 12


@dataclass(frozen=True)
class Trouble:
    """A warning or an error. where: file and line of ours. trace: the innermost calls
    of an error, by file, line and function; never a value."""

    when: float
    level: str
    where: str
    text: str
    trace: tuple[str, ...] = ()


class Recent(logging.Handler):
    """package: the name of the logger above all of ours."""

    def __init__(self, package: str) -> None:
        super().__init__()
        self._logger = logging.getLogger(package)
        self._kept: deque[Trouble] = deque(maxlen=KEPT)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Newest first."""
        return tuple(reversed(self._kept))

    def begin(self) -> None:
        self._logger.addHandler(self)

    def end(self) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._take(record)
        except Exception:
            self.handleError(record)

    def _take(self, record: logging.LogRecord) -> None:
        record.msg, record.args = one_line(record.getMessage(), LONGEST), None
        error = record.exc_info[1] if record.exc_info else None
        text, trace = record.msg, _calls(error)
        if error is not None:
            record.exc_text = _indented(error)
            text = one_line(f"{text} {type(error).__name__}: {error}", LONGEST)
        if record.levelno >= logging.WARNING:
            where = f"{record.filename}:{record.lineno}"
            level = record.levelname.lower()
            self._kept.append(Trouble(time.time(), level, where, text, trace))


def _indented(error: BaseException) -> str:
    """The traceback; no line of it begins as a line of the log does."""
    parts = traceback.format_exception(type(error), error, error.__traceback__)
    plain = "".join(
        char if char.isprintable() or char == "\n" else "�" for char in "".join(parts)
    )
    return textwrap.indent(plain.rstrip(), "  ", lambda _: True)


def _calls(error: BaseException | None) -> tuple[str, ...]:
    if error is None:
        return ()
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return tuple(f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in frames)
