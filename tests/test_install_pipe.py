"""install.sh from a pipe: it clones moonraker_cp and lets that install itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .install_box import (
    DASH,
    HERE,
    PYTHON,
    Box,
    Done,
    checkout,
    fake_clone,
    git,
    kiauh,
    made,
    tree,
)

ADDED = "[continuousprint]\nbed_clearing: manual\n"


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        yield box


def piped(box: Box, *args: str, cwd: Path | None = None) -> Done:
    return subprocess.run(
        [DASH, "-s", "--", *args],
        input=(HERE / "install.sh").read_text(),
        cwd=cwd or box.root,
        env=box.env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def repository(box: Box) -> None:
    """A bare repository that install.sh clones instead of the real one."""
    source = checkout(box.root / "source")
    git(source, "init", "-q", "-b", "main")
    git(source, "add", ".")
    git(source, "commit", "-qm", "all of it")
    git(box.root, "clone", "-q", "--bare", str(source), "bare.git")
    box.env["MOONRAKER_CP_REPO"] = f"file://{box.root}/bare.git"
    shutil.rmtree(box.ours)


def test_from_a_pipe_it_clones_and_goes_on(box: Box) -> None:
    repository(box)
    kiauh(box.home, box.units, "printer_data")
    before = tree(box.home)
    done = piped(box, "--yes", "--update-manager")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Cloned" in done.stdout
    assert box.linked(box.home / "moonraker" / "moonraker" / "components")
    conf = (box.home / "printer_data" / "config" / "moonraker.conf").read_text()
    assert ADDED in conf
    assert f"origin: {box.env['MOONRAKER_CP_REPO']}\nprimary_branch: main\n" in conf
    again = piped(box, "--yes", "--update-manager", cwd=Path("/usr/bin"))
    assert (again.returncode, again.stderr) == (0, "")
    assert "as it is" in again.stdout
    assert piped(box, "--uninstall").returncode == 0
    shutil.rmtree(box.ours)
    assert tree(box.home) == before


@pytest.mark.parametrize("args", [["--check"], ["--uninstall"], ["--help"]])
def test_a_pipe_clones_only_to_install(box: Box, args: list[str]) -> None:
    repository(box)
    kiauh(box.home, box.units, "printer_data")
    before = tree(box.root)
    assert piped(box, *args).returncode == 0
    assert tree(box.root) == before


@pytest.mark.parametrize("trouble", ["no repository", "a folder in the way"])
def test_a_pipe_that_cannot_clone(box: Box, trouble: str) -> None:
    repository(box)
    kiauh(box.home, box.units, "printer_data")
    if trouble == "no repository":
        box.env["MOONRAKER_CP_REPO"] = f"file://{box.root}/nowhere.git"
    else:
        box.ours.mkdir()
        (box.ours / "notes").touch()
    before = tree(box.root)
    done = piped(box, "--yes")
    assert done.returncode == 1
    assert "install.sh: " in done.stderr
    assert tree(box.root) == before


def test_the_address_is_that_of_the_readme() -> None:
    script = (HERE / "install.sh").read_text()
    (address,) = re.findall(r"MOONRAKER_CP_REPO:-(\S+)}", script)
    assert f"git clone {address} ~/moonraker_cp" in (HERE / "README.md").read_text()


def test_half_of_the_script_does_nothing(box: Box) -> None:
    """A download that breaks off must not run what has arrived."""
    fake_clone(box.home / "moonraker")
    lines = (HERE / "install.sh").read_text().splitlines(keepends=True)
    before = tree(box.root)
    for end in range(20, len(lines) - 1, 40):
        subprocess.run(
            [DASH, "-s"],
            input="".join(lines[:end]),
            env=box.env,
            cwd=box.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tree(box.root) == before


def test_the_python_of_the_tests_is_one_for_the_script() -> None:
    code = "import sys; sys.exit(sys.version_info < (3, 9))"
    assert subprocess.run([str(PYTHON), "-c", code], check=False).returncode == 0
