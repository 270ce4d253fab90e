"""What `make bench` says and draws of its figures."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from . import commit
from .bench import __main__ as bench
from .bench import page
from .bench.figures import figure, read, summary, table, write
from .bench.plot import Curve, draw

ABOUT = "Of commit `abc`."


def test_a_ratio_is_to_what_stands_beside_it() -> None:
    one = figure("add", "ms", [3.0, 1.0, 2.0], beside=("job_queue", 4.0))
    assert (one.value, one.min, one.median, one.max) == (2.0, 1.0, 2.0, 3.0)
    assert (one.ratio, one.of, one.rounds) == (0.5, "job_queue", 3)
    assert "0.50 of job_queue" in table([one])
    least = figure("add", "ms", [3.0, 1.0, 2.0], least=True, beside=("nobody", None))
    assert (least.value, least.ratio, least.of) == (1.0, None, "")


@pytest.mark.parametrize(
    ("value", "by_ratio", "passes"),
    [(4.0, False, True), (5.1, False, False), (4.0, True, True), (6.0, True, False)],
)
def test_a_limit_is_of_the_value_or_of_the_ratio(
    value: float, by_ratio: bool, passes: bool
) -> None:
    one = figure(
        "memory",
        "MB",
        [value],
        beside=("it", 1.0 if by_ratio else None),
        wanted=5.0,
        by_ratio=by_ratio,
    )
    assert one.passes is passes
    assert ("pass" if passes else "MISS") in summary([one])
    free = figure("memory", "MB", [value])
    assert free.passes is None
    assert "memory" not in summary([free])


def test_figures_come_back_from_their_file(tmp_path: Path) -> None:
    figures = [figure("add", "ms", [1.0], beside=("it", 2.0), jobs=10, wanted=3.0)]
    write(tmp_path / "new" / "bench.json", figures, ABOUT)
    assert read(tmp_path / "new" / "bench.json") == (ABOUT, figures)


def test_what_is_missed_is_said_at_the_end_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setattr("sys.argv", ["bench", "--show"])
    kept = [figure("add", "ms", [1.0], jobs=10, wanted=3.0)]
    write(tmp_path / "bench" / "queue.json", kept, ABOUT)
    bench.main()
    slow = figure("move", "ms", [4.0], jobs=10, wanted=3.0)
    write(tmp_path / "bench" / "hold.json", [slow], ABOUT)
    with pytest.raises(SystemExit) as failed:
        bench.main()
    assert failed.value.code == "\nmissed: move, 10 jobs, ms"
    assert len(read(tmp_path / "bench.json")[1]) == 2


@pytest.mark.parametrize("few", [["--quick"], ["--rounds", "1"]])
def test_few_rounds_are_not_written_into_the_page(
    few: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setattr("sys.argv", ["bench", "--write", *few])
    with pytest.raises(SystemExit) as refused:
        bench.main()
    assert refused.value.code == 2
    assert bench.folder(quick=True) != bench.folder(quick=False)


def test_the_page_says_which_commit_each_bench_has_measured() -> None:
    assert page.of_what({"gap": "a", "hold": "b", "idle": "a"}, "m") == (
        "Of a (`gap`, `idle`); b (`hold`); on m."
    )


def test_a_commit_is_named_with_what_is_in_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit.commit() == "no commit"
    who = ("-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false")
    empty = ("commit", "-q", "--allow-empty", "-m", "x")
    for words in (("init", "-q"), (*who, *empty)):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    name = commit.commit()
    assert len(name) == 12
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "performance.md").write_text("measured")
    assert commit.commit() == name, "it is what the bench itself writes"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "new.py").write_text("new")
    assert commit.commit() == f"{name} and more"


def test_the_page_is_written_between_its_marks_alone() -> None:
    text = page.PAGE.read_text("utf-8")
    figures = [figure("add", "ms", [1.0], jobs=10, wanted=0.5)]
    once = page.filled(text, figures, ABOUT)
    assert once.partition(page.BEGIN)[0] == text.partition(page.BEGIN)[0]
    assert once.partition(page.END)[2] == text.partition(page.END)[2]
    assert "| add, 10 jobs, ms | 0.50 | 1.00 | **no** |" in once
    assert "abc" in once
    assert page.filled(once, figures, ABOUT) == once
    with pytest.raises(ValueError, match="marks"):
        page.filled("# no marks", figures, ABOUT)


def test_a_curve_that_grows_goes_up() -> None:
    flat = Curve("flat & even", {0: 1.0, 10: 2.0, 1000: 2.0})
    grows = Curve("grows", {10: 1.0, 1000: 900.0}, theirs=True)
    root = ET.fromstring(draw("Growth", "ms", [flat, grows, Curve("none", {})]))
    circles = [
        (float(one.attrib["cx"]), float(one.attrib["cy"]))
        for one in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    (a, b), (c, d) = circles[:2], circles[2:]
    assert a[1] == b[1]
    assert c[1] > d[1], "up is less in a picture"
    assert (a[0], b[0]) == (c[0], d[0])
    words = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"flat & even", "grows", "10", "1,000"} <= set(words)


def test_the_page_has_the_picture_of_the_figures() -> None:
    root = ET.fromstring(page.PICTURE.read_text("utf-8"))
    words = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(page.CURVES.values()) <= words
