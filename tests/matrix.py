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
from dataclasses import dataclass
from pathlib import Path

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


def run(quick: bool, workers: int) -> bool:
    """Whether all is green; a missing Python is red, but for the quick run."""
    rows: list[tuple[str, str, str]] = []
    green = True

    def note(name: str, ok: bool, words: str) -> None:
        nonlocal green
        green = green and ok
        rows.append((name, "ok" if ok else "FAILED", words))
        print(f"{name:28} {rows[-1][1]:7} {words}", flush=True)

    for version in ("3.9", "3.13"):
        python = find_python(version)
        name = f"core, storage on {version}"
        if python is None:
            print(f"{name:28} missing: Python {version} is not installed", flush=True)
            green = green and quick
            continue
        note(name, *pytest(venv(python, version), [*WITHOUT_PRINTER, "-n", "2"]))
    for cell in cells(quick):
        name = f"Moonraker {cell.moonraker}"
        arguments = [*cell.tests, "--moonraker", cell.moonraker, "-n", str(workers)]
        if cell.python is not None:
            name += f" on {cell.python}"
            python = find_python(cell.python)
            if python is None:
                print(f"{name:28} missing: Python {cell.python} is not installed")
                green = green and quick
                continue
            arguments += ["--moonraker-python", python]
        note(name, *pytest(sys.executable, arguments))
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
