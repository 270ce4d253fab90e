"""Put before Moonraker's own path by the crash harness: named points of the wheel.

Python imports this before anything else of that process. It waits for the component's
modules and wraps what they are given, so that the product itself knows nothing of it.
A point that is passed is written down; at the one that is armed this process stands
still until the harness, which may kill it there, lets it go on.

Notifications have no points of their own. From a commit to the end of its turn the
wheel does not wait, and what it says goes out later: whoever dies before or after it
dies where "after commit" or "after perform" is.
"""

from __future__ import annotations

import asyncio
import fnmatch
import importlib.abc
import importlib.machinery
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("CRASH_POINTS", ""))
STEP = 0.005


def point(name: str) -> None:
    """Here a crash may happen."""
    with (FOLDER / "passed").open("a", encoding="utf-8") as passed:
        passed.write(name + "\n")
    try:
        armed = json.loads((FOLDER / "armed").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return
    if not fnmatch.fnmatchcase(name, armed["at"]) or name in armed["but"]:
        return
    if armed["skip"]:
        _write("armed", json.dumps({**armed, "skip": armed["skip"] - 1}))
        return
    (FOLDER / "armed").unlink()
    (FOLDER / "go").unlink(missing_ok=True)
    _write("hit", name)
    while not (FOLDER / "go").exists():  # nothing of this process goes on meanwhile
        time.sleep(STEP)


def _write(name: str, text: str) -> None:
    """Never half of it."""
    (FOLDER / f"{name}.new").write_text(text, "utf-8")
    (FOLDER / f"{name}.new").rename(FOLDER / name)


def _of_action(action: Any) -> str:
    hook = getattr(action, "hook", None) or getattr(action, "kind", None)
    name = type(action).__name__
    return f"{name} {hook.value}" if hook is not None else name


def _of_turn(before: Any, decision: Any) -> str:
    """What was decided: the move, and what becomes of the run, or of the jobs."""
    old, new = before.control, decision.state.control
    words = [f"{old.phase.value}->{new.phase.value}"]
    if before.run is None and decision.state.run is not None:
        words.append("run opened")
    words += [f"run {r.outcome.value}" for r in decision.runs if r.outcome]
    words += ["run dropped"] * (decision.dropped_run is not None)
    edit = decision.edit
    if (edit.put or edit.removed or edit.reordered) and len(words) == 1:
        words.append("jobs")
    return ", ".join(words)


class _Wrapped:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Store(_Wrapped):
    def __init__(self, inner: Any, driver: Any) -> None:
        super().__init__(inner)
        self._driver = driver

    async def commit(self, decision: Any) -> None:
        name = _of_turn(self._driver.state, decision)
        point(f"before commit {name}")
        await self._inner.commit(decision)
        point(f"after commit {name}")


class _Printer(_Wrapped):
    def perform(self, action: Any) -> None:
        point(f"before perform {_of_action(action)}")
        self._inner.perform(action)
        point(f"after perform {_of_action(action)}")


class _Apis(_Wrapped):
    """What is sent to Klipper, and the moment in which it is on its way."""

    async def start_print(self, *given: Any, **named: Any) -> Any:
        return await self._asked("start", self._inner.start_print(*given, **named))

    async def run_gcode(self, *given: Any, **named: Any) -> Any:
        return await self._asked("script", self._inner.run_gcode(*given, **named))

    async def _asked(self, what: str, work: Any) -> Any:
        point(f"before request {what}")
        task = asyncio.ensure_future(work)
        await asyncio.sleep(STEP)
        point(f"sent request {what}")
        try:
            return await task
        finally:
            point(f"after answer {what}")


def _wrap_driver(module: Any) -> None:
    begin = module.Driver.__init__

    def init(self: Any, store: Any, printer: Any, *given: Any, **named: Any) -> None:
        begin(self, _Store(store, self), _Printer(printer), *given, **named)

    module.Driver.__init__ = init


def _wrap_klipper(module: Any) -> None:
    begin = module.KlipperPrinter.__init__

    def init(self: Any, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        self._apis = _Apis(self._apis)

    module.KlipperPrinter.__init__ = init


def _plant(loader: Any, name: str, bugs: list[tuple[str, str, str]]) -> None:
    source = loader.get_source(name)
    for _, old, new in bugs:
        if old not in source:
            raise ImportError(f"{name} has no {old!r}")
        source = source.replace(old, new)
    code = compile(source, loader.get_filename(name), "exec")
    loader.get_code = lambda fullname: code


BUGS = json.loads(os.environ.get("CRASH_BUG", "[]"))
"""Modules of the package, each with a text and what takes its place."""
WRAPS = {
    "continuousprint.driver": _wrap_driver,
    "continuousprint.printer.klipper": _wrap_klipper,
}


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps these modules when they are imported."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        wraps = [w for end, w in WRAPS.items() if name.endswith("." + end)]
        bugs = [one for one in BUGS if name.endswith(f"continuousprint.{one[0]}")]
        if not wraps and not bugs:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec is not None
        assert spec.loader is not None
        if bugs:
            _plant(spec.loader, name, bugs)
        run = spec.loader.exec_module

        def execute(module: Any) -> None:
            run(module)
            for wrap in wraps:
                wrap(module)

        spec.loader.exec_module = execute  # type: ignore[method-assign]
        return spec


if "CRASH_POINTS" in os.environ:
    sys.meta_path.insert(0, _Finder())
