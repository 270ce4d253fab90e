"""install.sh: finds Moonraker and makes one link.

Every test runs a copy of it under dash; see install_box.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from .install_box import (
    DASH,
    HERE,
    Box,
    fake_clone,
    made,
    package,
    pip_in,
    real_clone,
    tree,
)


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        yield box


# --- where Moonraker is


def of_a_unit(box: Box) -> Path:
    elsewhere = box.root / "home of klipper"
    (box.units / "moonraker-2.service").write_text(
        f"[Service]\nExecStart={elsewhere}/moonraker-env/bin/python $MOONRAKER_ARGS\n"
    )
    (elsewhere / "moonraker-env" / "bin").mkdir(parents=True)
    return fake_clone(elsewhere / "moonraker")


def of_a_user_unit(box: Box) -> Path:
    elsewhere = box.root / "opt"
    units = box.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "moonraker.service").write_text(
        f"ExecStart={elsewhere}/venv/bin/moonraker -d {box.home}/printer_data\n"
    )
    return pip_in(elsewhere / "venv")


def of_python3(box: Box) -> Path:
    folder = box.root / "usr" / "local" / "lib" / "python3.11" / "dist-packages"
    components = package(folder / "moonraker")
    box.program(
        "python3",
        f'PYTHONPATH="{folder}" exec "{sys.base_prefix}/bin/python3" "$@"',
    )
    return components


LAYOUTS: dict[str, Callable[[Box], Path]] = {
    "git clone": lambda box: real_clone(box.home / "moonraker"),
    "pip in an environment": lambda box: pip_in(box.home / "moonraker-env"),
    "pip in a hidden environment": lambda box: pip_in(box.home / ".venv"),
    "pip for the user": lambda box: pip_in(box.home / ".local"),
    "clone in a folder": lambda box: fake_clone(box.home / "my src" / "moonraker"),
    "clone of another name": lambda box: fake_clone(box.home / "-moon"),
    "clone without git's folder": lambda box: package(box.home / "m" / "moonraker"),
    "named by a unit": of_a_unit,
    "named by a user's unit": of_a_user_unit,
    "imported by python3": of_python3,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_found_linked_and_gone_without_a_trace(box: Box, layout: str) -> None:
    box.comes_and_goes(LAYOUTS[layout](box), times=2)


def test_a_clone_with_its_own_environment_is_one_moonraker(box: Box) -> None:
    components = fake_clone(box.home / "moonraker")
    (box.home / "moonraker-env" / "lib" / "python3.11" / "site-packages").mkdir(
        parents=True
    )
    (box.home / "link to it").symlink_to("moonraker")
    box.comes_and_goes(components)


@pytest.mark.parametrize(
    "given",
    ["clone", "clone/", "clone/moonraker", "clone/moonraker/components", "./clone"],
)
@pytest.mark.parametrize("start", ["absolute", "relative"])
def test_a_clone_can_be_named_by_any_of_its_folders(
    box: Box, given: str, start: str
) -> None:
    components = fake_clone(box.root / "clone")
    where = given if start == "relative" else str(box.root / given)
    box.works("--moonraker", where, cwd=box.root)
    assert box.linked(components)


@pytest.mark.parametrize(
    "given",
    [
        "-env",
        "-env/lib/python3.11/site-packages",
        "-env/lib/python3.11/site-packages/moonraker",
        "-env/lib/python3.11/site-packages/moonraker/components",
    ],
)
def test_an_environment_can_be_named_by_any_of_its_folders(
    box: Box, given: str
) -> None:
    components = pip_in(box.root / "-env")
    box.works("--moonraker", given, cwd=box.root)
    assert box.linked(components)


def test_a_folder_that_is_called_dash(box: Box) -> None:
    components = fake_clone(box.root / "-")
    box.works("--moonraker", "-", cwd=box.root)
    assert box.linked(components)


def test_what_is_named_counts_and_not_what_is_found(box: Box) -> None:
    found = fake_clone(box.home / "moonraker")
    named = pip_in(box.root / "env")
    box.comes_and_goes(named, "--moonraker", str(box.root / "env"))
    assert not box.linked(found)


def test_none_found(box: Box) -> None:
    (box.home / "moonraker-env" / "bin").mkdir(parents=True)
    (box.home / "components").mkdir()
    (box.home / "components" / "klippy_apis.py").touch()
    assert "found no Moonraker" in box.fails()
    assert "--moonraker DIR" in box.fails()
    assert "no link to remove" in box.works("--uninstall")


@pytest.mark.parametrize("given", ["nowhere", "moonraker-env", "moonraker_cp"])
def test_none_where_it_was_said(box: Box, given: str) -> None:
    fake_clone(box.home / "moonraker")
    (box.home / "moonraker-env" / "bin").mkdir(parents=True)
    assert f"there is no Moonraker in {box.home / given}" in box.fails(
        "--moonraker", given
    )
    box.fails("--moonraker", given, "--uninstall")


def test_without_a_home_it_has_to_be_told(box: Box) -> None:
    components = fake_clone(box.home / "moonraker")
    del box.env["HOME"]
    assert "found no Moonraker" in box.fails()
    box.works("--moonraker", "moonraker")
    assert box.linked(components)


# --- several of them


def two(box: Box) -> tuple[Path, Path]:
    return fake_clone(box.home / "moonraker"), pip_in(box.home / "moonraker-env")


def test_several_and_nobody_to_ask(box: Box) -> None:
    clone, environment = two(box)
    said = box.fails()
    assert "several Moonrakers" in said
    assert "--moonraker DIR" in said
    assert str(clone) in said
    assert str(environment) in said
    box.works("--moonraker", str(environment))
    assert box.linked(environment)
    assert not box.linked(clone)


@pytest.mark.parametrize("number", [1, 2])
def test_several_and_somebody_to_ask(box: Box, number: int) -> None:
    done = box.answers(f"{number}\n")
    assert done.returncode == 1  # there is none yet
    both = two(box)
    done = box.answers(f"{number}\n")
    assert done.returncode == 0
    for index, components in enumerate(both, 1):
        assert f"{index}) {components}\n" in done.stdout
        assert box.linked(components) == (index == number)


@pytest.mark.parametrize("typed", ["\n", "3\n", "0\n", "-1\n", "1p\n", "yes\n", "\x04"])
def test_an_answer_that_is_no_number_changes_nothing(box: Box, typed: str) -> None:
    two(box)
    before = tree(box.root)
    done = box.answers(typed)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert tree(box.root) == before


def test_uninstall_means_the_one_that_has_the_link(box: Box) -> None:
    both = two(box)
    before = tree(box.root)
    for components in both:
        box.works("--moonraker", str(components))
        box.works("--uninstall")
        assert tree(box.root) == before
    assert "no link to remove" in box.works("--uninstall")
    for components in both:
        box.works("--moonraker", str(components))
    assert "several Moonrakers" in box.fails("--uninstall")


# --- the command line and the script itself


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--moonraker"], "--moonraker needs a folder"),
        (["--moonraker", ""], "--moonraker needs a folder"),
        (["--purge"], "unknown option --purge"),
        (["moonraker"], "unknown option moonraker"),
    ],
)
def test_a_command_line_that_makes_no_sense(
    box: Box, args: list[str], said: str
) -> None:
    fake_clone(box.home / "moonraker")
    assert said in box.fails(*args)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_explains_every_option(box: Box, option: str) -> None:
    before = tree(box.root)
    said = box.works(option)
    assert "Usage: install.sh" in said
    assert "--moonraker DIR" in said
    assert "--uninstall" in said
    assert tree(box.root) == before


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        (["./install.sh"], "moonraker_cp"),
        ([DASH, "install.sh"], "moonraker_cp"),
        ([DASH, "moonraker_cp/install.sh"], "."),
    ],
)
def test_started_by_a_relative_name(box: Box, command: list[str], folder: str) -> None:
    components = fake_clone(box.home / "moonraker")
    (box.root / "moonraker_cp").mkdir()
    box.env["CDPATH"] = str(box.root)  # a trap for cd
    subprocess.run(command, cwd=box.home / folder, env=box.env, check=True)
    assert box.linked(components)


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    if not shellcheck.exists():
        pytest.skip("shellcheck is part of requirements/dev.txt only")
    done = subprocess.run(
        [shellcheck, "--shell=sh", "--norc", str(HERE / "install.sh")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
