"""install.sh in the way of others: git's excludes, foreign files, missing rights."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from .install_box import (
    AS_ROOT,
    LINE,
    NOBODY,
    Box,
    checkout,
    fake_clone,
    git,
    made,
    real_clone,
    tree,
)


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        yield box


# --- .git/info/exclude


def status(clone: Path) -> str:
    return git(clone, "status", "--porcelain", "--untracked-files=all")


CONTENTS: dict[str, bytes | None] = {
    "none": None,
    "empty": b"",
    "a line": b"*.pyc\n",
    "no final newline": b"*.swp\n*.pyc",
    "empty lines": b"\n\n*.pyc\n\n",
    "odd line ends": b"a\r\nb\r\n",
    "odd bytes": b"\xff\xfe\0\n\0\x80",
    "looks like ours": b"# made by hand\n/moonraker/components/continuousprint2\n",
}


@pytest.mark.parametrize("content", CONTENTS)
def test_the_excludes_come_back_byte_for_byte(box: Box, content: str) -> None:
    components = fake_clone(box.home / "moonraker")
    exclude = box.home / "moonraker" / ".git" / "info" / "exclude"
    exclude.unlink()
    wanted = CONTENTS[content]
    if wanted is not None:
        exclude.write_bytes(wanted)
        exclude.chmod(0o666)
    before = tree(box.root)
    box.works()
    assert box.linked(components)
    assert LINE.encode() in exclude.read_bytes().splitlines()
    assert wanted is None or stat.S_IMODE(exclude.stat().st_mode) == 0o666
    box.works("--uninstall")
    assert tree(box.root) == before


def test_the_excludes_are_gone_with_the_folder_that_was_not_there(box: Box) -> None:
    components = fake_clone(box.home / "moonraker")
    shutil.rmtree(box.home / "moonraker" / ".git" / "info")
    box.comes_and_goes(components)


@pytest.mark.parametrize("folder", ["there", "not there"])
def test_what_others_wrote_since_stays(box: Box, folder: str) -> None:
    fake_clone(box.home / "moonraker")
    exclude = box.home / "moonraker" / ".git" / "info" / "exclude"
    exclude.unlink()
    if folder == "not there":
        exclude.parent.rmdir()
    box.works()
    with exclude.open("a") as file:
        file.write("theirs")
    box.works("--uninstall")
    assert exclude.read_text() == "theirs"


def test_a_line_that_is_there_already_is_not_written_again(box: Box) -> None:
    fake_clone(box.home / "moonraker")
    exclude = box.home / "moonraker" / ".git" / "info" / "exclude"
    exclude.write_text(f"first\n{LINE}\nlast")
    box.works()
    assert exclude.read_text() == f"first\n{LINE}\nlast"
    box.works("--uninstall")
    assert exclude.read_text() == "first\nlast"


def test_excludes_that_are_a_link_stay_one(box: Box) -> None:
    fake_clone(box.home / "moonraker")
    exclude = box.home / "moonraker" / ".git" / "info" / "exclude"
    shared = box.home / "my excludes"
    exclude.rename(shared)
    exclude.symlink_to(shared)
    before = tree(box.root)
    box.works()
    assert exclude.is_symlink()
    assert LINE in shared.read_text().splitlines()
    box.works("--uninstall")
    assert tree(box.root) == before


def test_git_calls_the_clone_clean(box: Box) -> None:
    clone = box.home / "moonraker"
    real_clone(clone)
    # As in a hook: the variables are another repository's.
    box.env.update(GIT_DIR="/nowhere/.git", GIT_WORK_TREE="/nowhere")
    box.works()
    assert status(clone) == ""
    box.works("--uninstall")
    (clone / "moonraker" / "components" / "continuousprint").touch()
    assert LINE[1:] in status(clone)


def worktree(box: Box) -> Path:
    real_clone(box.root / "main")
    git(box.root / "main", "worktree", "add", "-q", str(box.home / "moonraker"))
    return box.home / "moonraker"


def submodule(box: Box) -> Path:
    real_clone(box.root / "upstream")
    outer = box.home / "printer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", str(box.root / "upstream"), "moonraker")
    return outer / "moonraker"


@pytest.mark.parametrize("make", [worktree, submodule])
def test_a_clone_whose_git_folder_is_elsewhere(
    box: Box, make: Callable[[Box], Path]
) -> None:
    clone = make(box)
    box.env["GIT_DIR"] = "/nowhere/.git"
    assert (clone / ".git").is_file()
    before = tree(box.root)
    box.works()
    assert box.linked(clone / "moonraker" / "components")
    assert status(clone) == ""
    box.works("--uninstall")
    assert tree(box.root) == before


def test_without_git_such_a_clone_is_linked_with_a_warning(box: Box) -> None:
    clone = worktree(box)
    box.program("git", "exit 127")
    before = tree(box.root)
    done = box.run()
    assert done.returncode == 0
    assert "git does not say" in done.stderr
    assert box.linked(clone / "moonraker" / "components")
    box.run("--uninstall")
    assert tree(box.root) == before


# --- what is at the link's place


def a_file(box: Box, place: Path) -> None:
    place.write_text("mine")


def a_folder(box: Box, place: Path) -> None:
    place.mkdir()


def a_copy_of_ours(box: Box, place: Path) -> None:
    shutil.copytree(box.target, place)


def a_link_elsewhere(box: Box, place: Path) -> None:
    place.symlink_to(box.home)


def a_dangling_link_elsewhere(box: Box, place: Path) -> None:
    place.symlink_to(box.home / "continuousprint")


def a_link_to_a_namesake(box: Box, place: Path) -> None:
    namesake = box.home / "x" / "moonraker_cp"
    namesake.mkdir(parents=True)
    (namesake / "__init__.py").write_text("# control panel\n")
    place.symlink_to(namesake)


@pytest.mark.parametrize(
    "foreign",
    [
        a_file,
        a_folder,
        a_copy_of_ours,
        a_link_elsewhere,
        a_dangling_link_elsewhere,
        a_link_to_a_namesake,
    ],
)
def test_what_is_not_ours_is_never_removed(
    box: Box, foreign: Callable[[Box, Path], None]
) -> None:
    components = fake_clone(box.home / "moonraker")
    foreign(box, components / "continuousprint")
    assert "is no link to moonraker_cp; nothing was changed" in box.fails()
    box.fails("--uninstall", "--moonraker", str(components))
    before = tree(box.root)
    box.works("--uninstall")
    assert tree(box.root) == before


@pytest.mark.parametrize("state", ["there", "dangling"])
def test_a_link_to_another_checkout_is_replaced_and_removed(
    box: Box, state: str
) -> None:
    components = fake_clone(box.home / "moonraker")
    before = tree(components)
    other = box.root / "older"
    if state == "there":
        checkout(other)
    kept = tree(other)
    link = components / "continuousprint"
    link.symlink_to(other / "moonraker_cp")
    said = box.works()
    assert said.startswith(f"Replacing the link to {other / 'moonraker_cp'}\n")
    assert box.linked(components)
    assert tree(other) == kept
    link.unlink()
    link.symlink_to(other / "moonraker_cp")
    box.works("--uninstall")
    assert tree(components) == before
    assert tree(other) == kept


# --- what can go wrong


@pytest.mark.parametrize(
    "locked",
    [
        "moonraker/moonraker/components",
        "moonraker/.git/info",
        "moonraker/.git/info/exclude",
    ],
)
def test_without_permission_nothing_is_half_done(box: Box, locked: str) -> None:
    components = fake_clone(box.home / "moonraker")
    box.give_to_nobody()
    place = box.home / locked
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    said = box.fails()
    assert f"you may not write in {place}; nothing was changed" in said
    place.chmod(mode)
    box.works()
    place.chmod(mode & ~0o222)
    assert "nothing was changed" in box.fails("--uninstall")
    assert box.linked(components)
    place.chmod(mode)
    box.works("--uninstall")


@pytest.mark.parametrize("locked", [".git", ".git/info/exclude"])
def test_without_permission_to_make_or_read_the_excludes(box: Box, locked: str) -> None:
    fake_clone(box.home / "moonraker")
    place = box.home / "moonraker" / locked
    if locked == ".git":
        shutil.rmtree(place / "info")
    box.give_to_nobody()
    place.chmod(0o555 if place.is_dir() else 0o222)
    said = (
        f"may not write in {place}" if locked == ".git" else f"{place} cannot be read"
    )
    assert said in box.fails()
    place.chmod(0o755)


@pytest.mark.parametrize("broken", ["ln", "cp", "mv", "cat"])
def test_a_step_that_fails_takes_the_others_back(box: Box, broken: str) -> None:
    fake_clone(box.home / "moonraker")
    box.program(broken, "echo 'Input/output error' >&2; exit 1")
    assert "nothing was changed" in box.fails()


@pytest.mark.parametrize("excludes", ["", f"{LINE}\n"])
def test_a_link_that_cannot_be_replaced_stays(box: Box, excludes: str) -> None:
    components = fake_clone(box.home / "moonraker")
    (box.home / "moonraker" / ".git" / "info" / "exclude").write_text(excludes)
    other = checkout(box.root / "older") / "moonraker_cp"
    (components / "continuousprint").symlink_to(other)
    box.program("ln", "exit 1")
    assert "nothing was changed" in box.fails()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk to play")
def test_a_full_disk_leaves_the_excludes_alone(box: Box) -> None:
    fake_clone(box.home / "moonraker")
    box.program("cat", 'exec /bin/cat "$@" >/dev/full')
    assert "nothing was changed" in box.fails()


def test_an_incomplete_checkout(box: Box) -> None:
    fake_clone(box.home / "moonraker")
    shutil.rmtree(box.target)
    assert "no moonraker_cp beside install.sh" in box.fails()


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files to others")
def test_root_is_warned_in_a_folder_that_is_not_its_own(box: Box) -> None:
    components = fake_clone(box.home / "moonraker")
    box.works()  # root's own, as in a container: no word about it
    box.works("--uninstall")
    os.chown(components, NOBODY, NOBODY)
    done = box.run()
    assert done.returncode == 0
    assert "no root is needed" in done.stderr
    assert box.linked(components)
