"""The newest decisions, kept for diagnostics: a ring of rows that cannot grow.

They are written in the transaction of what was decided, so that they survive whatever
that survives. A table of them that is damaged stops nothing: it is left out, and said.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Callable, Protocol, TypeVar

from ..core.diary import Entry

T = TypeVar("T")

log = logging.getLogger(__name__)

KEPT = 500
PUT = """
    INSERT OR REPLACE INTO continuousprint_decisions (slot, revision, entry)
    VALUES (?, ?, ?)
"""
# As bytes: one text that is no UTF-8 must not hide all others.
SELECT = """
    SELECT CAST(entry AS BLOB) AS entry FROM continuousprint_decisions
    ORDER BY revision DESC LIMIT ?
"""


class OnThread(Protocol):
    def __call__(self, call: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Kept:
    """Newest first. trouble: a sentence when some or all could not be read or kept."""

    entries: tuple[Entry, ...] = ()
    trouble: str = ""


class DecisionLog:
    def __init__(self, on_thread: OnThread) -> None:
        self._on_thread = on_thread
        self._refusal = ""  # the database's words, as long as nothing is kept

    def put(self, conn: sqlite3.Connection, entry: Entry) -> None:
        """In a transaction that is open. Whatever is wrong with the table alone is no
        reason to fail; raises sqlite3.Error when the transaction is lost."""
        row = (entry.revision % KEPT, entry.revision, json.dumps(vars(entry)))
        conn.execute("SAVEPOINT continuousprint_decision")
        try:
            conn.execute(PUT, row)
        except sqlite3.Error as error:
            if not conn.in_transaction:
                raise
            conn.execute("ROLLBACK TO continuousprint_decision")
            self._note(str(error))
        else:
            self._refusal = ""
        conn.execute("RELEASE continuousprint_decision")

    def _note(self, refusal: str) -> None:
        if refusal != self._refusal:
            log.warning("Decisions are not kept for diagnostics: %s", refusal)
        self._refusal = refusal

    async def newest(self) -> Kept:
        """Never raises: it is asked for when something is wrong."""
        try:
            rows = await self._on_thread(
                lambda conn: [row["entry"] for row in conn.execute(SELECT, (KEPT,))]
            )
        except sqlite3.Error as error:
            return Kept(trouble=f"The stored decisions could not be read: {error}.")
        found = [_read(row) for row in rows]
        entries = tuple(one for one in found if one is not None)
        return Kept(entries, self._trouble(len(found) - len(entries)))

    def _trouble(self, damaged: int) -> str:
        if self._refusal:
            return f"The newest decisions were not kept: {self._refusal}."
        if damaged:
            return f"Stored decisions that are damaged, and left out: {damaged}."
        return ""


def _read(row: Any) -> Entry | None:
    """None for what nobody of ours has written."""
    try:
        value = json.loads(row)
        return Entry(
            when=float(value["when"]),
            revision=int(value["revision"]),
            event=_text(value["event"]),
            before=_text(value["before"]),
            after=_text(value["after"]),
            bed=_text(value["bed"]),
            run=None if value["run"] is None else int(value["run"]),
            done=tuple(map(_text, value["done"])),
            reason=_text(value["reason"]),
            level=_text(value["level"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value
