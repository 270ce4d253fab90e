"""The story and the endings on every supported Moonraker, and on old and new Pythons.

    python -m tests.matrix            all of it
    python -m tests.matrix --quick    one story each, as CI does

A Python that is not installed is said to be missing; nothing is passed over silently.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
VENVS = ROOT / ".envs"

STORY = "tests/rig/test_story.py"
ONE_STORY = f"{STORY}::test_three_files_one_after_the_other"
ADOPTED = "tests/rig/test_restart.py::test_moonraker_comes_back_to_its_print"
WHOLE = [STORY, "tests/rig/test_restart.py", "tests/rig/test_prompts.py"]
ENDINGS = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("tests/rig/test_endings*.py")
)
WITHOUT_PRINTER = [
    *("tests/core", "tests/storage", "tests/test_driver.py"),
    "--ignore=tests/core/test_mutants.py",
]


RANDOM_STORIES = ("tests/core/test_property.py",)


class Result(NamedTuple):
    """ok None: its Python is missing. words: pytest's closing line."""

    name: str
    ok: bool | None
    words: str


@dataclass(frozen=True)
class Cell:
    """A Moonraker on a Python (None: the one that runs the tests)."""

    moonraker: str
    python: str | None
    tests: list[str]


def cells(quick: bool) -> list[Cell]:
    whole = [ONE_STORY, ADOPTED] if quick else [*WHOLE, *ENDINGS]
    return [
        Cell("0.9.3", None, whole),
        Cell("0.10.0", None, whole),
        *([] if quick else [Cell("0.11.0", None, whole)]),
        Cell("0.10.0", "3.9", [ONE_STORY]),
        Cell("0.11.0", "3.13", [ONE_STORY]),
    ]


def find_python(version: str) -> str | None:
    """The interpreter of that version: on the path, or one of pyenv's."""
    found = shutil.which(f"python{version}")
    if found and _runs(found):
        return found
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    candidates = sorted(glob.glob(f"{root}/versions/{version}.*/bin/python"))
    return next((one for one in reversed(candidates) if _runs(one)), None)


def _runs(python: str) -> bool:
    done = subprocess.run([python, "-c", "pass"], capture_output=True, check=False)
    return done.returncode == 0


def pytest(python: str, arguments: list[str]) -> tuple[bool, str]:
    """Whether it is green, and pytest's closing line."""
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()]
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:], sep="\n")
    return done.returncode == 0, lines[-1]


def venv(python: str, version: str) -> str:
    """An environment with the tests' requirements for that Python."""
    path = VENVS / f"tests-py{version}"
    if not (path / ".installed").exists():
        subprocess.run([python, "-m", "venv", "--clear", str(path)], check=True)
        pip = [str(path / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run(
            [*pip, "-r", str(ROOT / "requirements" / "test.txt")], check=True
        )
        (path / ".installed").touch()
    return str(path / "bin" / "python")


def without_printer(version: str, quick: bool) -> Result:
    name, python = f"core, storage on {version}", find_python(version)
    if python is None:
        return Result(name, None, f"missing: Python {version} is not installed")
    # The long random stories run once in CI, on the Python of the other tests.
    left_out = [f"--ignore={path}" for path in RANDOM_STORIES] if quick else []
    arguments = [*WITHOUT_PRINTER, *left_out, "-n", "2"]
    return Result(name, *pytest(venv(python, version), arguments))


def with_printer(cell: Cell, workers: int) -> Result:
    name = f"Moonraker {cell.moonraker}"
    arguments = [*cell.tests, "--moonraker", cell.moonraker, "-n", str(workers)]
    if cell.python is not None:
        name += f" on {cell.python}"
        python = find_python(cell.python)
        if python is None:
            words = f"missing: Python {cell.python} is not installed"
            return Result(name, None, words)
        arguments += ["--moonraker-python", python]
    return Result(name, *pytest(sys.executable, arguments))


def run(quick: bool, workers: int) -> bool:
    """Whether all is green; a missing Python is red, but for the quick run."""
    work = [partial(without_printer, version, quick) for version in ("3.9", "3.13")]
    work += [partial(with_printer, cell, workers) for cell in cells(quick)]
    green = True
    # Tests with a printer mostly wait, so two cells run side by side.
    with ThreadPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(one) for one in work]):
            name, ok, words = done.result()
            shown = {True: "ok", False: "FAILED", None: ""}[ok]
            print(f"{name:28} {shown:7} {words}", flush=True)
            green = green and (quick if ok is None else ok)
    return green


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args()
    began = time.monotonic()
    green = run(args.quick, args.workers)
    print(f"{'green' if green else 'RED'} after {time.monotonic() - began:.0f} s")
    sys.exit(not green)


if __name__ == "__main__":
    main()
