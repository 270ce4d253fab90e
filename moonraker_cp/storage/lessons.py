"""What earlier prints teach, kept at hand for forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ..core.forecast import HistoryFacts
from ..core.records import Pace, PathStats


class Past(Protocol):
    """The history, as far as forecasts need it."""

    async def pace(self) -> Pace: ...

    async def path_stats(self, paths: Iterable[str]) -> Mapping[str, PathStats]: ...


class Lessons:
    """facts: as of the newest `learn`; nothing is known before the first."""

    def __init__(self, history: Past) -> None:
        self._history = history
        self.facts = HistoryFacts()

    async def learn(self, paths: Iterable[str]) -> HistoryFacts:
        """Read anew what the history says of these files. Raises Unavailable."""
        pace = await self._history.pace()
        stats = await self._history.path_stats(paths)
        ratios = {path: one.ratio for path, one in stats.items()}
        known = {path: ratio for path, ratio in ratios.items() if ratio is not None}
        self.facts = HistoryFacts(known, pace.ratio, pace.clearing_seconds)
        return self.facts
