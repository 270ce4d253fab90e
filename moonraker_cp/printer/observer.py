"""Klipper's status, folded into looks and told as core events. Pure.

The rules were measured on real Klipper: docs/architecture.md, "What each ending looks
like".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.events import (
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
from ..core.model import Outcome
from ..core.printer import Look, PrintState

Status = Mapping[str, Mapping[str, Any]]

SUBSCRIPTION: dict[str, list[str] | None] = {
    "webhooks": None,
    "print_stats": None,
    "virtual_sdcard": ["is_active"],
    "idle_timeout": None,
    "pause_resume": ["is_paused"],
    "heater_bed": ["temperature"],
    "extruder": ["temperature"],
}

PULSE = ("print_stats", "idle_timeout")
"""Objects with a duration in them, which grows while the printer is at work."""

_ENDINGS = {
    PrintState.COMPLETE: Outcome.SUCCESS,
    PrintState.ERROR: Outcome.FAILURE,
    PrintState.CANCELLED: Outcome.CANCELLED,
    # Cancel macros that reset the file leave standby, never cancelled.
    PrintState.STANDBY: Outcome.CANCELLED,
}
_UNDER_WAY = (PrintState.PRINTING, PrintState.PAUSED)


class Observer:
    """Tells what happened from one status to the next.

    look: the newest look. prints_seen: how many prints were seen to begin.
    Every PrintStarted is followed by one PrintEnded or by a PrinterLost.
    """

    def __init__(self) -> None:
        self.look = Look()
        self.prints_seen = 0
        self._status: dict[str, dict[str, Any]] = {}
        self._print: Look | None = None  # the newest look at the print under way

    @property
    def expects_news(self) -> bool:
        """Whether `PULSE` objects change at every tick now, as durations grow."""
        return self.look.ready and (self._print is not None or self.look.busy)

    def is_news(self, delta: Status) -> bool:
        """Whether it says of anything of ours what is not known, or not so."""
        return any(
            self._status.get(name, {}).get(key) != value
            for name, wanted in SUBSCRIPTION.items()
            for key, value in delta.get(name, {}).items()
            if wanted is None or key in wanted
        )

    def connected(self, status: Status, clock: float) -> list[Event]:
        """The first whole status after Klipper or Moonraker came back."""
        self._status = {}
        self._merge(status, clock)
        under_way = self.look.ready and self.look.state in _UNDER_WAY
        self._print = self.look if under_way else None
        return [PrinterSeen(self.look)]

    def lost(self, kind: Loss, message: str) -> list[Event]:
        """The connection dropped, or Klipper stopped; said once."""
        if not self.look.ready and kind is Loss.SHUTDOWN:
            return []
        self._print = None
        words = message if kind is Loss.SHUTDOWN else "Klipper is not connected."
        stopped = kind is Loss.SHUTDOWN
        self.look = Look(not_ready=words, stopped=stopped, clock=self.look.clock)
        return [PrinterLost(kind, message)]

    def feed(self, delta: Status, clock: float) -> list[Event]:
        """A status update or the answer to a query; the same twice is harmless."""
        old = self.look
        self._merge(delta, clock)
        new = self.look
        if not old.ready:  # PrinterSeen comes first, with the next connection
            self.look = replace(
                new, ready=False, not_ready=new.not_ready or old.not_ready
            )
            return []
        if not new.ready:  # before all else: a stopped Klipper shows as paused
            self._print = None
            return [PrinterLost(Loss.SHUTDOWN, new.not_ready)]
        events = self._print_events(old, new)
        if old.busy and not new.busy:
            events.append(PrinterCalmed(new))
        return events

    def start_accepted(
        self, status: Status, clock: float, prints_before: int
    ) -> list[Event]:
        """A whole status asked for after Klipper said ok to a start of ours.

        Accepting a start wipes what was shown before, so what a query shows now
        is the new print, even when it looks like the one before it: a file of
        one line has ended by then and would be seen by nobody.
        """
        events = self.feed(status, clock)
        new = self.look
        unseen = new.ready and self.prints_seen == prints_before
        if unseen and not new.reading and (new.has_ended_print or not new.filename):
            # Still reading, or loaded and in standby: it has not begun yet, and
            # an update will tell. Nothing loaded: it was cancelled and reset.
            events = [*self._begin(new), *self._end(new), *events]
        return events

    def _merge(self, status: Status, clock: float) -> None:
        for name, fields in status.items():
            self._status.setdefault(name, {}).update(fields)
        self.look = read_look(self._status, clock, self.look.state)

    def _print_events(self, old: Look, new: Look) -> list[Event]:
        events: list[Event] = []
        known = self._print
        if known is not None and _is_another(known, new):
            events += [PrintEnded(known, Outcome.CANCELLED, "Another print began.")]
            self._print = known = None
        if known is None:
            if new.state in _UNDER_WAY:
                events += self._begin(new)
                known = self._print
            elif new.has_ended_print and _differs(old, new):
                events += [*self._begin(new), *self._end(new)]
        if known is not None:
            events += self._progress(known, new)
        return events

    def _progress(self, known: Look, new: Look) -> list[Event]:
        if new.state not in _UNDER_WAY:
            return self._end(new)
        self._print = new
        if known.state is PrintState.PRINTING and new.state is PrintState.PAUSED:
            return [PrintPaused(new)]
        if known.state is PrintState.PAUSED and new.state is PrintState.PRINTING:
            return [PrintResumed(new)]
        return []

    def _begin(self, look: Look) -> list[Event]:
        self.prints_seen += 1
        self._print = look
        events: list[Event] = [PrintStarted(look)]
        if look.state is PrintState.PAUSED:
            events.append(PrintPaused(look))
        return events

    def _end(self, look: Look) -> list[Event]:
        self._print = None
        message = look.message if look.state is PrintState.ERROR else ""
        return [PrintEnded(look, _ENDINGS[look.state], message)]


def has_pulse(status: Status) -> bool:
    return any(name in status for name in PULSE)


def _differs(old: Look, new: Look) -> bool:
    """To the last digit: a stranger's file of one line takes half a millisecond."""
    return (old.state, old.filename, old.total_duration) != (
        new.state,
        new.filename,
        new.total_duration,
    )


def _is_another(known: Look, new: Look) -> bool:
    """The print under way was replaced: another file, or the clock ran back."""
    if new.state is PrintState.STANDBY or not new.filename:
        return False
    return new.filename != known.filename or new.total_duration < known.total_duration


def read_look(
    status: Status, clock: float, before: PrintState = PrintState.STANDBY
) -> Look:
    """Klipper's status objects, as one look; before: the state that was known."""
    stats = status.get("print_stats", {})
    webhooks = status.get("webhooks", {})
    ready = webhooks.get("state") == "ready"
    words = _text(webhooks.get("state_message")).strip()
    return Look(
        ready=ready,
        not_ready="" if ready else words or "Klipper is not ready.",
        stopped=webhooks.get("state") == "shutdown",
        state=_state(stats.get("state"), before),
        filename=_text(stats.get("filename")),
        message=_text(stats.get("message")),
        reading=bool(status.get("virtual_sdcard", {}).get("is_active")),
        busy=status.get("idle_timeout", {}).get("state") == "Printing",
        pause_flag=bool(status.get("pause_resume", {}).get("is_paused")),
        total_duration=_number(stats.get("total_duration")),
        print_duration=_number(stats.get("print_duration")),
        filament_used=_number(stats.get("filament_used")),
        bed_temperature=_temperature(status, "heater_bed"),
        nozzle_temperature=_temperature(status, "extruder"),
        clock=clock,
    )


def _state(word: object, before: PrintState) -> PrintState:
    """A word that a newer Klipper may use changes nothing: it is no ending."""
    try:
        return PrintState(word)
    except ValueError:
        return before


def _text(value: object) -> str:
    """Storable: a name that is not UTF-8 comes in halves of letters."""
    return str(value or "").encode("utf-8", "replace").decode()


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _temperature(status: Status, heater: str) -> float | None:
    value = status.get(heater, {}).get("temperature")
    return float(value) if isinstance(value, (int, float)) else None
