"""The story on every Moonraker, Klipper host and Python; the endings on each Moonraker.

    python -m tests.matrix            all of it
    python -m tests.matrix --story    the stories alone
    python -m tests.matrix --write    and put the table into README and docs
    python -m tests.matrix --resume   go on with the run that was cut short
    python -m tests.matrix --quick    one story on each Moonraker, as CI does

What does not install and what is not there is said; nothing is passed over silently.
"""

from __future__ import annotations

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple

from moonraker_cp.demo import envs

from . import matrix_table as table
from .matrix_table import Cell, Result

ROOT = Path(__file__).parent.parent
VENVS = ROOT / ".envs"

STORY = "tests/rig/test_story.py"
ONE_STORY = f"{STORY}::test_three_files_one_after_the_other"
MORE = [
    *("tests/rig/test_restart.py", "tests/rig/test_prompts.py"),
    "tests/rig/test_front_ends.py",
]
MORE += sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("tests/rig/test_endings*.py")
)

# The oldest, a supported one in the middle, and the newest: all three Moonrakers.
QUICK = (
    Cell("0.9.3", "kalico", None),
    Cell("0.10.0", "kalico", "3.9"),
    Cell("0.11.0", "kalico", "3.13"),
)
# Random stories, broken machines and huge queues try the logic, which is the same on
# every Python: CI has run them already. What is left meets the package's every part.
TRIED_ONCE = [
    *("-m", "not slow and not hypothesis"),
    *("-k", "not hundred_thousand and not ten_thousand and not many_paths"),
    "--ignore=tests/core/test_mutants.py",
]


class Run(NamedTuple):
    """How pytest ended: its counts, the tests that failed, its closing line."""

    passed: int
    failed: list[str]
    words: str
    code: int

    @property
    def green(self) -> bool:
        return self.code == 0 and self.passed > 0


# --- what there is --------------------------------------------------------------


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


def tests_python(python: str, version: str) -> str:
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


def why_not(build: Callable[[], envs.Env]) -> str | None:
    """Why an environment does not install; None when it does."""
    try:
        build()
    except envs.EnvError as error:
        words = str(error).partition("\n")[0]
        if "could not be reached" in words:
            sys.exit(words)  # says nothing of the combination
        return words
    return None


class Installed:
    """Which environments can be had; each is built, or found wanting, once."""

    def __init__(self) -> None:
        self._why: dict[tuple[str, str], str | None] = {}

    def why_not(self, cell: Cell) -> str | None:
        assert cell.python is not None
        python = find_python(cell.python)
        if python is None:
            return table.NO_PYTHON.format(cell.python)
        return self._ask(
            (cell.moonraker, python),
            lambda: envs.moonraker_env(cell.moonraker, python),
        ) or self._ask(
            (cell.host, python), lambda: envs.klippy_env(python, host=cell.host)
        )

    def _ask(self, key: tuple[str, str], build: Callable[[], envs.Env]) -> str | None:
        if key not in self._why:
            self._why[key] = why_not(build)
        return self._why[key]


# --- running --------------------------------------------------------------------


def pytest(
    python: str, arguments: list[str], variables: dict[str, str] | None = None
) -> Run:
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(variables or {})},
    )
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:], sep="\n")
    return read(done.stdout or done.stderr, done.returncode)


def read(output: str, code: int) -> Run:
    """What pytest's closing lines say."""
    lines = output.strip().splitlines() or [""]
    passed = re.search(r"(\d+) passed", lines[-1])
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    return Run(int(passed[1]) if passed else 0, failed, lines[-1].strip("= "), code)


def stack_run(
    cell: Cell, tests: list[str], workers: int, same_python: bool = True
) -> Run:
    """Run tests on that printer; same_python: the host runs on Moonraker's Python."""
    arguments = [*tests, "--moonraker", cell.moonraker, "-n", str(workers)]
    variables = {envs.HOST_VARIABLE: cell.host}
    python = cell.python and find_python(cell.python)
    if python:
        arguments += ["--moonraker-python", python]
        if same_python:
            variables[envs.HOST_PYTHON_VARIABLE] = python
    return pytest(sys.executable, arguments, variables)


def story(cell: Cell, installed: Installed, workers: int) -> Result:
    """The story's tests. One that fails beside others gets a second try alone."""
    why = installed.why_not(cell)
    if why is not None:
        return Result(cell, None, why=why)
    first = stack_run(cell, [STORY], workers)
    if first.green or not first.failed:
        failed = [] if first.green else [first.words]
        return Result(cell, first.passed, failed)
    second = stack_run(cell, first.failed, 0)
    passed = first.passed + second.passed
    left = second.failed if second.failed or second.green else [second.words]
    return Result(cell, passed, left, second_try=second.passed)


def run_stories(workers: int, resume: bool) -> bool:
    results = table.load() if resume else {}
    installed = Installed()
    for cell in table.cells():
        if cell not in results:
            results[cell] = story(cell, installed, workers)
            table.save(results)
        report(str(cell), table.is_good(results[cell]), results[cell].words)
    return all(map(table.is_good, results.values()))


def report(name: str, good: bool, words: str) -> None:
    print(f"{name:44} {'ok' if good else 'FAILED':7} {words}", flush=True)


def run_more(workers: int) -> bool:
    """Restarts, dialogs and every ending, on each Moonraker and our own Python."""
    good = True
    for moonraker in table.MOONRAKERS:
        done = stack_run(Cell(moonraker, "kalico", None), MORE, workers)
        report(f"Moonraker {moonraker}, endings", done.green, done.words)
        good = good and done.green
    return good


# --- the quick run --------------------------------------------------------------


def without_printer(version: str, quick: bool) -> tuple[str, bool, str]:
    """Core and storage; a Python that is missing is red, but for the quick run."""
    name, python = f"core, storage on {version}", find_python(version)
    if python is None:
        return name, quick, table.NO_PYTHON.format(version)
    tests = ["tests/core", "tests/storage", "tests/test_driver.py"]
    # Two of these run side by side in the quick run.
    tests += TRIED_ONCE if quick else [TRIED_ONCE[-1], "-n", "2"]
    done = pytest(tests_python(python, version), tests)
    return name, done.green, done.words


def one_story(cell: Cell) -> tuple[str, bool, str]:
    """On our own Python when that of the cell is not here: every Moonraker runs."""
    words = ""
    if cell.python is not None and find_python(cell.python) is None:
        words = f"  ({table.NO_PYTHON.format(cell.python)})"
        cell = cell._replace(python=None)
    # The host on our own Python: its environment is there already.
    done = stack_run(cell, [ONE_STORY], 0, same_python=False)
    return str(cell), done.green, done.words + words


def run_quick() -> bool:
    # The first two compute, the others mostly wait: three side by side.
    work: list[Callable[[], tuple[str, bool, str]]] = [
        *(partial(without_printer, version, True) for version in ("3.9", "3.13")),
        *(partial(one_story, cell) for cell in QUICK),
    ]
    green = True
    with ThreadPoolExecutor(3) as pool:
        for done in as_completed([pool.submit(one) for one in work]):
            report(*done.result())
            green = green and done.result()[1]
    return green


def run_all(args: argparse.Namespace) -> bool:
    green = run_stories(args.workers, args.resume)
    if args.write:
        table.write()
    if args.story:
        return green
    for version in ("3.9", "3.13"):
        name, good, words = without_printer(version, quick=False)
        report(name, good, words)
        green = green and good
    return run_more(args.workers) and green


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("quick", "story", "write", "resume"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="printers at once")
    args = parser.parse_args()
    began = time.monotonic()
    green = run_quick() if args.quick else run_all(args)
    print(f"{'green' if green else 'RED'} after {time.monotonic() - began:.0f} s")
    sys.exit(not green)


if __name__ == "__main__":
    main()
