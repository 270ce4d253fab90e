"""Replays of recorded printers: traces/*.jsonl through the observer and the core.

A trace is one JSON list per line, ``[seconds, kind, value]``:

connected         the first whole status after a connection
status            a status update: the fields that changed
shutdown          Moonraker's klippy_shutdown event
disconnected      the connection to Klipper dropped
moonraker_killed  Moonraker died; the next "connected" is what it found after
start             somebody asked for the start of that file
started, refused  Klipper's answer to it; refused with Klipper's words

They were recorded on a real Klipper host and condensed: updates in which nothing
but a clock or a temperature moved are folded into later ones.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from moonraker_cp.core.events import (
    Event,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
)
from moonraker_cp.printer.observer import Observer

FOLDER = Path(__file__).parent / "traces"
TICK = 0.6
"""Within this many seconds of an "ok" the update comes that shows its effect."""

Row = tuple[float, str, Any]


class Query(Enum):
    """When the query that follows a start of ours is answered."""

    NEVER = "a stranger's start"
    BEFORE_UPDATE = "before the update"
    AFTER_UPDATE = "after the update"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def rows(name: str) -> list[Row]:
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [(*json.loads(line), None)[:3] for line in lines]


@dataclass
class Replay:
    """Steps through a trace; `step` gives the events of one row."""

    trace: list[Row]
    query: Query = Query.BEFORE_UPDATE
    observer: Observer = field(default_factory=Observer)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    connected: bool = False
    seen_before: int = 0
    owes_query: bool = False

    def __iter__(self) -> Iterator[tuple[Row, list[Event]]]:
        for index, row in enumerate(self.trace):
            yield row, self.step(index)

    def step(self, index: int) -> list[Event]:
        time, kind, value = self.trace[index]
        if kind == "connected":
            self.connected, self.status = True, copy.deepcopy(value)
            return self.observer.connected(value, time)
        if kind == "disconnected":
            self.connected = self.owes_query = False
            return self.observer.lost(Loss.DISCONNECT, "Klipper")
        if kind == "moonraker_killed":
            self.observer, self.connected = Observer(), False
            return []
        if kind == "shutdown":
            words = self.status["webhooks"]["state_message"]
            return self.observer.lost(Loss.SHUTDOWN, words)
        if kind == "start":
            self.seen_before = self.observer.prints_seen
        elif kind == "started":
            return self._started(index)
        elif kind == "status":
            return self._updated(time, value)
        return []

    def _started(self, index: int) -> list[Event]:
        time = self.trace[index][0]
        follows = self.trace[index + 1 : index + 2]
        effect = follows[0] if follows and follows[0][1] == "status" else None
        if effect is not None and effect[0] > time + TICK:
            effect = None
        if self.query is Query.NEVER:
            return []
        if self.query is Query.AFTER_UPDATE and effect is not None:
            self.owes_query = True
            return []
        answer = copy.deepcopy(self.status)
        if effect is not None:
            merge(answer, effect[2])
        return self.observer.start_accepted(answer, time, self.seen_before)

    def _updated(self, time: float, delta: dict[str, dict[str, Any]]) -> list[Event]:
        merge(self.status, delta)
        events = self.observer.feed(delta, time)
        if self.owes_query:
            self.owes_query = False
            answer = copy.deepcopy(self.status)
            events += self.observer.start_accepted(answer, time, self.seen_before)
        return events


def merge(status: dict[str, dict[str, Any]], delta: dict[str, dict[str, Any]]) -> None:
    for name, fields in delta.items():
        status.setdefault(name, {}).update(copy.deepcopy(fields))


def told(name: str, query: Query) -> list[str]:
    """What the observer tells of a whole trace, in words."""
    replay = Replay(rows(name), query)
    return [words(event) for _, events in replay for event in events]


def words(event: Event) -> str:
    if isinstance(event, PrinterSeen):
        look = event.look
        return f"seen {look.state.value}" if look.ready else "seen stopped"
    if isinstance(event, PrinterLost):
        return f"lost by {event.kind.value}"
    if isinstance(event, PrintStarted):
        return f"started {event.look.filename}".strip()
    if isinstance(event, PrintEnded):
        return f"ended {event.look.filename} {event.outcome.value}".replace("  ", " ")
    return {PrintPaused: "paused", PrintResumed: "resumed", PrinterCalmed: "calmed"}[
        type(event)
    ]
