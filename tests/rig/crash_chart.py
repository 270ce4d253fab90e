"""The chart of named points: which there are, and what has died where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import get_args

from moonraker_cp.core import decisions
from moonraker_cp.core.hooks import Hook

from .crash_kill import KINDS
from .crash_scene import APART

BARE = 4
"""Times in a row; then everything that comes by is known."""
SKIPPED = 8
"""So many new points may pass first, or all crashes would be early in their story."""


class Chart:
    """hit: points, and what died there. passed: points that any story passed."""

    def __init__(self) -> None:
        self.hit: Counter[tuple[str, str]] = Counter()
        self.passed: set[str] = set()
        self._bare = 0

    def crashed(self, kind: str, point: str) -> None:
        if point and not self._is_hit(point):
            self._bare = 0
        self.hit[(point, kind)] += 1

    def missed(self) -> None:
        """No point came at which nothing has died yet."""
        self._bare += 1

    def known(self, kind: str) -> list[str]:
        """Where something has died already; once that is everywhere, by this kind."""
        is_new = self._bare < BARE
        return sorted({p for p, each in self.hit if p and (is_new or each == kind)})

    def most_skipped(self) -> int:
        """The fewer points are left, the fewer of them may be passed by."""
        left = sum(not self._is_hit(point) for point in self.passed)
        return min(SKIPPED, left // SKIPPED) if self.passed else SKIPPED

    def _is_hit(self, point: str) -> bool:
        return any((point, kind) in self.hit for kind in KINDS)

    def lines(self) -> Iterator[str]:
        """Which points were hit, by what; and what no story did at all."""
        for point in sorted(self.passed):
            hits = {kind: self.hit[(point, kind)] for kind in KINDS}
            told = ", ".join(f"{kind} {n}" for kind, n in hits.items() if n)
            yield f"{point}: {told or 'NOT HIT'}"
        hit = sum(map(self._is_hit, self.passed))
        for name in unseen(self.passed):
            yield f"no story came to this: {name}"
        for what, why in APART.items():
            yield f"in no story: {what}, for {why}"
        yield f"points hit: {hit} of {len(self.passed)}"


def unseen(passed: Collection[str]) -> Sequence[str]:
    """Actions and hooks of the product that were never performed."""
    done = {name.split(" ", 2)[2] for name in passed if " perform " in name}
    hooks = [f"RunHook {hook.value}" for hook in Hook]
    kinds = [f"SendScript {kind.value}" for kind in decisions.ScriptKind]
    plain = [kind.__name__ for kind in get_args(decisions.Action)]
    plain = [one for one in plain if one not in ("RunHook", "SendScript")]
    return [one for one in (*plain, *kinds, *hooks) if one not in done]
