"""Loaded by each Python that has this folder on its PYTHONPATH: a look from within.

On SIGUSR1 a process writes to $VITALS what only it can count. $VITALS_LEAK plants a
leak at the first of these signals, to see that it is found; see vitals.py.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import threading
import tracemalloc
from collections import Counter, _count_elements  # type: ignore[attr-defined]
from itertools import chain, islice
from pathlib import Path
from typing import Any, Callable

_kept: list[Any] = []
_asked = 0


def _on_signal(_number: int, _frame: object) -> None:
    # Between two turns of the loop, and not in the middle of one.
    asyncio.get_running_loop().call_soon_threadsafe(_answer)


def _answer() -> None:
    global _asked
    _asked += 1
    if _asked == 1 and os.environ.get("VITALS_LEAK"):
        _leak(os.environ["VITALS_LEAK"])
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    works = [task.get_coro() for task in asyncio.all_tasks()]
    tasks = Counter(getattr(work, "__qualname__", "?") for work in works)
    found = {
        "number": _asked,
        "counts": {"held_kB": held / 1000, "tasks": sum(tasks.values())},
        "by_name": {
            **{f"task {name}": count for name, count in tasks.items()},
            **{f"object {one.__qualname__}": count for one, count in _types().items()},
        },
    }
    path = Path(os.environ["VITALS"])
    new = path.with_suffix(".new")
    new.write_text(json.dumps(found), "utf-8")
    new.replace(path)


def _types() -> dict[type, int]:
    """How many objects there are of each type.

    All in one call of C: a thread that is just making a tuple fails with a SystemError
    when it goes on while somebody else holds that tuple.
    """
    found: dict[type, int] = {}
    everything = chain.from_iterable(islice(iter(gc.get_objects, None), 1))
    _count_elements(found, map(type, everything))
    return found


def _leak(kind: str) -> None:
    """One of these more with each print that ends."""
    name = next(one for one in sys.modules if one.endswith("continuousprint.driver"))
    wheel: Any = sys.modules[name].Driver
    act = wheel._act_and_publish
    leaks: dict[str, Callable[[Any], Any]] = {
        "decision": lambda decision: decision,
        "bytes": lambda _: bytes(2000),
        "task": lambda _: asyncio.get_running_loop().create_task(_never()),
        "file": lambda _: open(os.devnull, "rb"),  # noqa: SIM115
        "thread": lambda _: _sleeper(),
    }

    def leaking(self: Any, decision: Any) -> None:
        if any(run.outcome for run in decision.runs):
            _kept.append(leaks[kind](decision))
        act(self, decision)

    wheel._act_and_publish = leaking


async def _never() -> None:
    await asyncio.get_running_loop().create_future()


def _sleeper() -> threading.Thread:
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    return thread


if "VITALS" in os.environ:
    signal.signal(signal.SIGUSR1, _on_signal)
    if b"moonraker" in Path("/proc/self/cmdline").read_bytes().split(b"\0"):
        tracemalloc.start()  # what it holds by the byte; klippy has no time for that
