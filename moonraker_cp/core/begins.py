"""When the prints to come may begin: quiet hours and a start time. Pure."""

from __future__ import annotations

from .decisions import Situation
from .hours import free_until, next_start


class Begins:
    """When a print may begin: `holds` says so of the hour at which it is to begin."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._free: tuple[float, float] | None = None  # of a time without quiet ones

    def of(self, path: str, time: float) -> float | None:
        """The earliest, from that time on; None: it would wait for ever."""
        rules, control = self._situation.rules, self._situation.state.control
        time = max(time, control.not_before)
        if not rules.hours.quiet:
            return time
        facts = self._situation.files.get(path)
        lasts = facts.estimated_time if facts is not None else None
        needed = (lasts or 0.0) if rules.ends_before_quiet else 0.0
        if self._free is not None:  # many short prints begin within one free time
            begin, end = self._free
            if begin <= time < end and time + needed <= end:
                return time
        start = next_start(rules.hours, time, lasts, rules.ends_before_quiet)
        if start is not None:
            self._free = (start, free_until(rules.hours, start))
        return start
