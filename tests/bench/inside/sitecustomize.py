"""Looks on inside a Moonraker: Python imports this before anything else.

It changes nothing of what Moonraker does. MOONRAKER_CP_TIMERS names a file that gets a
line for each timer, task, thread and job of an executor that is begun with the queue's
component anywhere on the stack; MOONRAKER_CP_HOLDS one for each turn of the event loop
that took HOLD_FROM milliseconds or more of its thread's CPU time, and what it ran. A
whole pass of Python's garbage collector, over all objects of all of Moonraker, gets a
line of its own, and is no part of the turn in which it happened to fall due; SIGUSR1
asks for one.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

OURS = "moonraker.components.continuousprint"
HOLD_FROM = 0.2
_MAIN = threading.main_thread()
BEGINS = ("call_at", "create_task", "run_in_executor", "subprocess_exec")


def _opened(variable: str) -> int | None:
    """Only in Moonraker itself: its children, and klippy, get the same environment."""
    name = os.environ.get(variable)
    command = Path("/proc/self/cmdline").read_bytes().split(b"\0")
    if not name or b"moonraker" not in command:
        return None
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _our_frame() -> str:
    """The innermost function of ours on the stack, or ""."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(OURS):
            where = f"{name[len(OURS) + 1 :]}.{frame.f_code.co_name}"
            return f"{where}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _watched(name: str, plain: Callable[..., Any], file: int) -> Callable[..., Any]:
    def watched(*args: Any, **kwargs: Any) -> Any:
        where = _our_frame()
        if where:
            os.write(file, f"{name} {where}\n".encode())
        return plain(*args, **kwargs)

    return watched


def _watch_timers(file: int) -> None:
    loop: Any = asyncio.base_events.BaseEventLoop
    for name in BEGINS:
        setattr(loop, name, _watched(name, getattr(loop, name), file))
    thread: Any = threading.Thread
    thread.start = _watched("thread", thread.start, file)


def _watch_holds(file: int) -> None:
    handle: Any = asyncio.events.Handle
    plain, clock = handle._run, time.thread_time
    passes = _watch_passes(file)

    def run(self: Any) -> None:
        begun, before = clock(), passes.taken
        plain(self)
        taken = (clock() - begun - (passes.taken - before)) * 1000
        if taken >= HOLD_FROM:
            os.write(file, f"{taken:.3f} {_name(self._callback)}\n".encode())

    handle._run = run


class _Passes:
    taken = 0.0
    begun = 0.0


def _watch_passes(file: int) -> _Passes:
    """taken: seconds of all whole passes until now, on the loop's thread."""
    passes = _Passes()

    def watch(phase: str, info: dict[str, int]) -> None:
        if info["generation"] < 2 or threading.current_thread() is not _MAIN:
            return
        now = time.thread_time()
        if phase == "start":
            passes.begun = now
        else:
            passes.taken += now - passes.begun
            os.write(file, f"{(now - passes.begun) * 1000:.3f} gc\n".encode())

    gc.callbacks.append(watch)
    signal.signal(signal.SIGUSR1, lambda *_: gc.collect())
    return passes


def _name(callback: Any) -> str:
    """Of a task's step, the name of what the task runs."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        callback = owner.get_coro()
    return str(getattr(callback, "__qualname__", callback)).replace(" ", "_")


for _variable, _watch in (
    ("MOONRAKER_CP_TIMERS", _watch_timers),
    ("MOONRAKER_CP_HOLDS", _watch_holds),
):
    _file = _opened(_variable)
    if _file is not None:
        _watch(_file)
