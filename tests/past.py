"""The history of a `MemoryStore`, held to the contract of the real one.

It looks at every run, one by one (storage/test_history.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean, median

from moonraker_cp.core.model import Outcome, Run
from moonraker_cp.core.records import (
    EVERYTHING,
    MAX_PAGE,
    By,
    Pace,
    Page,
    PathStats,
    RunFilter,
    Totals,
)

from .fakes import MemoryStore


class MemoryHistory:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def page(
        self,
        wanted: RunFilter = EVERYTHING,
        before: int | None = None,
        limit: int = 100,
    ) -> Page:
        runs = self._ended(wanted)
        if before is not None:
            older = [run for run in self._ended(EVERYTHING) if run.id <= before]
            newest = max(older, key=lambda run: run.id, default=None)
            behind = _place(newest)[0] if newest else 0.0
            runs = [run for run in runs if _place(run) < (behind, before)]
        most = min(limit, MAX_PAGE)
        shown = tuple(runs[:most])
        return Page(shown, shown[-1].id if len(runs) > most else None)

    async def totals(
        self,
        by: By = By.ALL,
        wanted: RunFilter = EVERYTHING,
        limit: int = MAX_PAGE,
    ) -> tuple[Totals, ...]:
        groups: dict[object, list[Run]] = {None: []} if by is By.ALL else {}
        for run in self._ended(wanted):
            key = {By.ALL: None, By.FILE: run.path, By.JOB: run.job_id}[by]
            groups.setdefault(key, []).append(run)
        made = [_totals(by, runs) for runs in groups.values()]
        made.sort(key=lambda one: (one.runs, one.last_ended or 0.0), reverse=True)
        return tuple(made[: min(limit, MAX_PAGE)])

    async def path_stats(self, paths: Iterable[str]) -> Mapping[str, PathStats]:
        found = {}
        for path in paths:
            good = self._ended(RunFilter(Outcome.SUCCESS, path=path))[:20]
            if good:
                spent = mean(run.print_duration for run in good)
                found[path] = PathStats(path, len(good), spent, _ratio(good))
        return found

    async def pace(self) -> Pace:
        newest = sorted(self._ended(EVERYTHING), key=lambda run: run.id)[-500:]
        good = [run for run in newest if run.outcome is Outcome.SUCCESS]
        waits = [run.cleared - _place(run)[0] for run in good if run.cleared]
        waits = [one for one in waits if one >= 0]
        return Pace(_ratio(good), median(waits) if waits else None)

    async def purge(self, before: float) -> int:
        return self._forget(
            [r for r in self._ended(EVERYTHING) if _place(r)[0] < before]
        )

    async def clear(self) -> int:
        return self._forget(self._ended(EVERYTHING))

    def _forget(self, runs: list[Run]) -> int:
        for run in runs:
            del self._store.runs[run.id]
        return len(runs)

    def _ended(self, wanted: RunFilter) -> list[Run]:
        runs = [run for run in self._store.runs.values() if not run.is_open]
        fitting = [run for run in runs if _fits(run, wanted)]
        return sorted(fitting, key=_place, reverse=True)


def _place(run: Run) -> tuple[float, int]:
    assert run.ended is not None
    return run.ended, run.id


def _fits(run: Run, wanted: RunFilter) -> bool:
    ended = _place(run)[0]
    return (
        wanted.outcome in (None, run.outcome)
        and wanted.job_id in (None, run.job_id)
        and wanted.path in ("", run.path)
        and any(
            wanted.contains.lower() in text.lower() for text in (run.path, run.job_name)
        )
        and (wanted.since is None or ended >= wanted.since)
        and (wanted.until is None or ended < wanted.until)
    )


def _totals(by: By, runs: list[Run]) -> Totals:
    counts = {one.value: sum(r.outcome is one for r in runs) for one in Outcome}
    good = [run for run in runs if run.outcome is Outcome.SUCCESS]
    return Totals(
        path=runs[0].path if by is By.FILE else None,
        job_id=runs[0].job_id if by is By.JOB else None,
        job_name=runs[0].job_name if by is By.JOB else "",
        print_duration=sum(run.print_duration for run in runs),
        total_duration=sum(run.total_duration for run in runs),
        filament_used=sum(run.filament_used for run in runs),
        ratio=_ratio(good),
        last_ended=max((_place(run)[0] for run in runs), default=None),
        **counts,
    )


def _ratio(good: list[Run]) -> float | None:
    ratios = [run.print_duration / run.estimate for run in good if run.estimate]
    return mean(ratios) if ratios else None
