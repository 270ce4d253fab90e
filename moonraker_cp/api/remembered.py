"""Answers that are made once: what was made of values that do not change stays good.

Whoever gets such an answer shares it with others, and must not change it.
"""

from __future__ import annotations

import functools
import json
from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Iterator
from typing import Any, Callable, TypeVar

from ..core.job_edits import MAX_JOBS
from ..core.model import Job
from ..slices import in_slices

K = TypeVar("K")
T = TypeVar("T")

DEPTH = 4
"""How deep jobs are in an answer, at most: CPQ's are in a queue of a list of queues."""


MANY = 50
"""Of a longer list so many are written in one step."""


class _Made:
    """A job's payload, and its JSON once somebody asked for it.

    One object for each job, and a small one: there are ten thousand, and Python's
    search for garbage looks at each of them in one turn of the event loop.
    """

    __slots__ = ("job", "payload", "text")

    def __init__(self, job: Job, payload: dict[str, Any]) -> None:
        self.job = job
        self.payload = payload
        self.text = ""

    def to_json(self) -> str:
        self.text = self.text or json.dumps(self.payload)
        return self.text


_shared: dict[int, _Made] = {}
"""By the identity of the payload, which is nobody else's while it is held here."""

_all: list[ByJob] = []


class ByJob:
    """Makes payloads: the same one for as long as the job is the very same object."""

    def __init__(self, make: Callable[[Job], dict[str, Any]]) -> None:
        self._make = make
        self._known: OrderedDict[int, _Made] = OrderedDict()
        _all.append(self)

    def __call__(self, job: Job) -> dict[str, Any]:
        known = self._known
        found = known.get(job.id)
        if found is None or found.job is not job:
            if found is None and len(known) >= MAX_JOBS:
                _, found = known.popitem(last=False)
            if found is not None:
                del _shared[id(found.payload)]
            found = known[job.id] = _Made(job, self._make(job))
            _shared[id(found.payload)] = found
        # Jobs that left the queue make room, and not those that nobody asked for first.
        known.move_to_end(job.id)
        return found.payload

    async def fill(self, jobs: Iterable[Job]) -> None:
        """Make those that are missing, in slices: then all of them are there at once.

        The queue may change meanwhile. What it is then is another list of jobs, nearly
        all of which are the same objects.
        """
        async for job in in_slices([one for one in jobs if not self._has(one)]):
            self(job)

    def forget(self, job_id: int) -> None:
        found = self._known.pop(job_id, None)
        if found is not None:
            del _shared[id(found.payload)]

    def _has(self, job: Job) -> bool:
        found = self._known.get(job.id)
        return found is not None and found.job is job


def forget(job_ids: Iterable[int]) -> None:
    """These jobs are gone; nobody will ask for them again and again."""
    for job_id in job_ids:
        for one in _all:
            one.forget(job_id)


async def to_json(value: Any) -> str:
    """As json.dumps, in slices; what a `ByJob` made is written once."""
    return "".join([part async for part in in_slices(_parts(value, DEPTH))])


def _parts(value: Any, depth: int) -> Iterator[str]:
    known = _shared.get(id(value))
    if known is not None:
        yield known.to_json()
    elif depth and isinstance(value, dict) and _has_names(value):
        before = "{"
        for name, one in value.items():
            yield f"{before}{json.dumps(name)}: "
            yield from _parts(one, depth - 1)
            before = ", "
        yield "}"
    elif depth and isinstance(value, list) and _may_hold_shared(value):
        before = "["
        for one in value:
            yield before
            yield from _parts(one, depth - 1)
            before = ", "
        yield "]"
    elif isinstance(value, list) and len(value) > MANY:
        for start in range(0, len(value), MANY):
            some = json.dumps(value[start : start + MANY])
            yield f"{', ' if start else '['}{some[1:-1]}"
        yield "]"
    else:
        yield json.dumps(value)


def _has_names(value: dict[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) for key in value)


def _may_hold_shared(value: list[Any]) -> bool:
    """The jobs of a queue, or the only queue that there is."""
    return len(value) == 1 or any(id(one) in _shared for one in value[:1])


def newest(make: Callable[[K], Awaitable[T]]) -> Callable[[K], Awaitable[T]]:
    """The same answer for as long as the question is equal to the one before."""
    last: list[tuple[K, T]] = []

    @functools.wraps(make)
    async def remembered(asked: K) -> T:
        if last and last[0][0] == asked:
            return last[0][1]
        answer = await make(asked)
        last[:] = [(asked, answer)]
        return answer

    return remembered
