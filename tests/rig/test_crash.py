"""Crashes: five in every CI run, two hundred in `make slow`, more by `make crash`.

What is killed where, and what is held against what, is in crash.py and its parts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ..commit import commit
from .crash import crash, read_plan, table
from .crash_bugs import BUGS
from .crash_scene import MANUAL, SWEEP, Scene
from .crash_story import Story

IN_CI = {
    "swept": (
        SWEEP,
        "moonraker@after commit printing->*run success*;"
        "klippy@sent request start;"
        "disk@before commit printing->*run success*",
    ),
    "by hand": (MANUAL, "power@after commit starting->printing*;mcu@0.5"),
}


@pytest.mark.parametrize("how", IN_CI)
async def test_five_crashes(how: str, tmp_path: Path, pytestconfig: Any) -> None:
    options, plan = IN_CI[how]
    crashes = read_plan(plan)
    version = pytestconfig.getoption("--moonraker")
    python = pytestconfig.getoption("--moonraker-python")
    scene = Scene(options)
    story = Story(tmp_path, 7, crashes, scene, moonraker=version, python=python)
    result = await story.run()
    told = "\n".join(result.told)
    assert result.wrong == [], told
    assert result.missed == [], told
    assert [one.kind for one in result.crashes] == [one.kind for one in crashes], told
    assert result.done >= 1, told


@pytest.mark.slow
async def test_crashes_at_every_point(tmp_path: Path) -> None:
    count = int(os.environ.get("CRASHES", "200"))
    seed = int(os.environ.get("CRASH_SEED", "1"))
    sums = await crash(seed, count, tmp_path, at_once=6)
    print(f"{table(sums)}\nseed {seed}, commit {commit()}")
    assert sums.wrong == []
    assert sums.crashes >= count


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_found(bug: str, tmp_path: Path) -> None:
    """A harness that finds nothing has to be able to find something."""
    sums = await crash(5, 60, tmp_path, at_once=6, bug=BUGS[bug])
    assert sums.wrong
