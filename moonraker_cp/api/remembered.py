"""Answers that are made once: what was made of values that do not change stays good.

Whoever gets such an answer shares it with others, and must not change it.
"""

from __future__ import annotations

import functools
import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from ..core.job_edits import MAX_JOBS
from ..core.model import Job

K = TypeVar("K")
T = TypeVar("T")

DEPTH = 4
"""How deep jobs are in an answer, at most: CPQ's are in a queue of a list of queues."""


@dataclass
class _Shared:
    """A payload, and its JSON once somebody asked for it."""

    payload: dict[str, Any]
    text: str = ""


_shared: dict[int, _Shared] = {}
"""By the identity of the payload, which is nobody else's while it is held here."""

_by_job: list[OrderedDict[int, tuple[Job, dict[str, Any]]]] = []
"""What each function that `by_job` made knows."""


def forget(job_ids: Iterable[int]) -> None:
    """These jobs are gone; nobody will ask for them again and again."""
    for job_id in job_ids:
        for known in _by_job:
            found = known.pop(job_id, None)
            if found is not None:
                del _shared[id(found[1])]


def to_json(value: Any, depth: int = DEPTH) -> str:
    """As json.dumps; but what `by_job` made is written once."""
    known = _shared.get(id(value))
    if known is not None:
        known.text = known.text or json.dumps(known.payload)
        return known.text
    if depth and isinstance(value, dict) and all(isinstance(key, str) for key in value):
        parts = (f"{json.dumps(k)}: {to_json(v, depth - 1)}" for k, v in value.items())
        return f"{{{', '.join(parts)}}}"
    # The jobs of a queue, or the only queue that there is.
    if depth and isinstance(value, list) and (len(value) == 1 or _is_shared(value[:1])):
        return f"[{', '.join(to_json(one, depth - 1) for one in value)}]"
    return json.dumps(value)


def _is_shared(first: list[Any]) -> bool:
    return any(id(one) in _shared for one in first)


def by_job(
    make: Callable[[Job], dict[str, Any]],
) -> Callable[[Job], dict[str, Any]]:
    """The same payload for as long as the job is the very same object."""
    known: OrderedDict[int, tuple[Job, dict[str, Any]]] = OrderedDict()
    _by_job.append(known)

    @functools.wraps(make)
    def remembered(job: Job) -> dict[str, Any]:
        found = known.get(job.id)
        if found is None or found[0] is not job:
            if found is None and len(known) >= MAX_JOBS:
                _, found = known.popitem(last=False)
            if found is not None:
                del _shared[id(found[1])]
            found = known[job.id] = (job, make(job))
            _shared[id(found[1])] = _Shared(found[1])
        # Jobs that left the queue make room, and not those that nobody asked for first.
        known.move_to_end(job.id)
        return found[1]

    return remembered


def newest(make: Callable[[K], T]) -> Callable[[K], T]:
    """The same answer for as long as the question is equal to the one before."""
    last: list[tuple[K, T]] = []

    @functools.wraps(make)
    def remembered(asked: K) -> T:
        if not last or last[0][0] != asked:
            last[:] = [(asked, make(asked))]
        return last[0][1]

    return remembered
