"""Work beside the wheel: uploads are queued, the old is forgotten.

None of it may hold the wheel up, or Moonraker's start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine
from typing import Any, Callable

from .core.edits import AddJobs, NewJob, NewSet
from .core.errors import QueueError, Unavailable
from .core.events import Edited, Event
from .core.model import State
from .settings import DAY, Settings

log = logging.getLogger(__name__)

TRY_AGAIN = 2.0
"""Seconds until an upload that found no room is offered once more."""


async def attempt(work: Awaitable[None]) -> None:
    """What the queue goes on without, where an error of ours is in it."""
    try:
        await work
    except Exception as error:
        log.error("A part was left out, by an error of ours.", exc_info=error)


class Beside:
    """Tasks of ours. An error in one of them is logged and stops nothing else."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Unavailable):
            log.warning("%s", error)
        elif isinstance(error, QueueError):
            log.info("%s", error)
        elif error is not None:
            log.error("An error of ours ended work beside the queue.", exc_info=error)


class Intake:
    """Queues files that were uploaded.

    check: see `GcodeFiles`. submit, state: the driver's. draft: to be released by a
    person first.
    """

    def __init__(
        self,
        check: Callable[[str], Awaitable[str]],
        submit: Callable[[Event], Awaitable[State]],
        state: Callable[[], State],
        *,
        draft: bool,
    ) -> None:
        self._check = check
        self._submit = submit
        self._state = state
        self._draft = draft

    async def take(self, path: str) -> None:
        """Whoever has uploaded it is not there to be told to try again, so we do."""
        said = False
        while True:
            new = NewSet(await self._check(path))
            if self._waits(path):
                return
            job = NewJob((new,), draft=self._draft)
            try:
                await self._submit(Edited(AddJobs((job,), time.time()), ""))
                return
            except Unavailable as error:
                if not said:
                    log.warning("%s will be queued later. %s", path, error)
                said = True
            except QueueError as error:  # of the queue, which has no place for it
                log.warning("%s was not queued. %s", path, error)
                return
            await asyncio.sleep(TRY_AGAIN)

    def _waits(self, path: str) -> bool:
        """One that a waiting job prints is left alone."""
        waiting = (job for job in self._state().jobs if not job.is_done)
        return any(one.path == path for job in waiting for one in job.sets)


class Tidying:
    """Forgets what is older than the options say, at the start and once a day.

    It has no timer: whoever stores something asks whether a day has passed. clock:
    monotonic seconds. jobs, runs: forget those that were removed, or ended, before a
    time since the epoch.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        jobs: Callable[[float], Awaitable[int]],
        runs: Callable[[float], Awaitable[int]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._jobs = jobs
        self._runs = runs
        self._next: float | None = None

    def is_due(self) -> bool:
        """Whether it is time again; said once."""
        if self._next is None or self._clock() < self._next:
            return False
        self._next = self._clock() + DAY
        return True

    async def tidy(self) -> None:
        """At the first time, 0 days are over for removed jobs, too: until Moonraker
        starts again."""
        now, settings = time.time(), self._settings
        is_first, self._next = self._next is None, self._clock() + DAY
        if is_first or settings.keep_removed:
            await self._jobs(now - settings.keep_removed)
        if settings.keep_history:
            await self._runs(now - settings.keep_history)
