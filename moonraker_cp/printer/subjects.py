"""Which print a hook's scripts are about: the one that comes, prints, or was."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Callable

from ..core.decisions import Situation
from ..core.errors import NotFound
from ..core.hooks import Hook
from ..core.model import Outcome, Run
from ..core.records import PathStats
from ..core.strategies import next_copy
from .context import EXAMPLE, Subject, subject

NEWEST = 50
"""How many runs are looked through for one run, or for those of a file."""

COMING = (Hook.BEFORE_PRINT, Hook.AWAITING_MATERIAL, Hook.PRINT_STARTED)
ON_THE_BED = (Hook.COOL_DOWN, Hook.CLEAR_BED, Hook.VERIFY_BED)
ENDED = (Hook.PRINT_SUCCEEDED, Hook.PRINT_CANCELLED, Hook.PRINT_FAILED)

ENDINGS: Mapping[Hook, Outcome | None] = {
    Hook.PRINT_STARTED: None,
    Hook.PRINT_CANCELLED: Outcome.CANCELLED,
    Hook.PRINT_FAILED: Outcome.FAILURE,
}
"""How the run of an example ended; of other hooks it ended well."""


@dataclass(frozen=True)
class Subjects:
    """Where it is known from; may raise Unavailable."""

    situation: Callable[[], Situation]
    runs: Callable[[int], Awaitable[tuple[Run, ...]]]
    stats: Callable[[Iterable[str]], Awaitable[Mapping[str, PathStats]]]

    async def of(self, hook: Hook) -> Subject:
        """What it is about, now that it fires; empty when nobody knows."""
        here = self.situation()
        if hook in COMING:
            about = _coming(here)
        else:
            run = await self._run(hook, here)
            about = Subject() if run is None else subject(run, here.state)
        return await self._known(about) if about.path else about

    async def _run(self, hook: Hook, here: Situation) -> Run | None:
        control = here.state.control
        if hook in ENDED:
            return next(iter(await self.runs(1)), None)
        run_id = control.bed_run if hook in ON_THE_BED else control.last_run_id
        runs = await self.runs(NEWEST) if run_id else ()
        return next((one for one in runs if one.id == run_id), None)

    async def chosen(
        self, hook: Hook, job_id: int | None, set_id: int | None, path: str | None
    ) -> Subject:
        """As if it fired for that job, set or file; for none of them as things are,
        and with an example when there has been no print. Raises NotFound."""
        here = self.situation()
        about = example(hook)
        if job_id is not None or set_id is not None:
            about = _queued(here, about, job_id, set_id)
        elif hook in COMING:
            coming = _coming(here)
            about = coming if coming.path else about
        else:
            runs = await self.runs(1)
            about = subject(runs[0], here.state) if runs else about
        if path is not None:
            run = about.run and replace(about.run, path=path)
            about = replace(about, path=path, run=run)
        return await self._known(about) if about.path != EXAMPLE.path else about

    async def _known(self, about: Subject) -> Subject:
        stats = await self.stats((about.path,))
        runs = await self.runs(NEWEST)
        return replace(
            about,
            facts=self.situation().files.get(about.path),
            stats=stats.get(about.path),
            recent=tuple(run for run in runs if run.path == about.path),
        )


def example(hook: Hook) -> Subject:
    """A print as that hook would find it."""
    run = EXAMPLE.run
    assert run is not None
    outcome = ENDINGS.get(hook, Outcome.SUCCESS)
    if hook in COMING and hook is not Hook.PRINT_STARTED:
        return replace(EXAMPLE, run=None)
    ended = None if outcome is None else run.ended
    counted = outcome is Outcome.SUCCESS
    run = replace(run, outcome=outcome, ended=ended, counted=counted)
    return replace(EXAMPLE, run=run)


def _coming(here: Situation) -> Subject:
    """The open run; as long as there is none, the copy that would be next."""
    state = here.state
    if state.run is not None:
        return subject(state.run, state)
    candidate = next_copy(state.jobs, here.conditions)
    if candidate is None:
        return Subject()
    return Subject(candidate.set.path, candidate.job, candidate.set)


def _queued(
    here: Situation, like: Subject, job_id: int | None, set_id: int | None
) -> Subject:
    for job in here.state.jobs:
        if job_id not in (None, job.id):
            continue
        one = job.find_set(set_id) if set_id is not None else next(iter(job.sets), None)
        if one is not None:
            run = like.run and replace(
                like.run,
                job_id=job.id,
                set_id=one.id,
                job_name=job.name,
                path=one.path,
                pass_index=job.passes_done,
                copy=one.completed + 1,
                copies=one.count,
                user=here.state.control.active_by,
            )
            return Subject(one.path, job, one, run)
    wanted = f"set {set_id}" if set_id is not None else f"job {job_id}"
    raise NotFound(f"There is no {wanted} in the queue. Ask for one that there is.")
