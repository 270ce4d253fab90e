"""Long work in slices: between two of them the other tasks of the event loop run.

There are no threads. But between two slices the queue may change, so that work in
slices is done on values that do not: a state, its jobs, a request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

LONGEST = 0.002
"""Seconds after which a slice ends, with the item at hand. A time and not a number of
items: they differ, and so do computers."""


async def in_slices(items: Iterable[T]) -> AsyncIterator[T]:
    """The same items; waits for nothing but the turns of others."""
    end = time.monotonic() + LONGEST
    for item in items:
        yield item
        if time.monotonic() >= end:
            await asyncio.sleep(0)
            end = time.monotonic() + LONGEST
