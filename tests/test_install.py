"""install.sh: finds Moonraker, makes one link and one line, leaves nothing else.

Every test runs a copy of it under dash, in a home folder whose path has spaces,
quotes and a leading dash, on trees that look like Moonraker's.
"""

from __future__ import annotations

import os
import pty
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Union

import pytest

HERE = Path(__file__).resolve().parent.parent
DASH = shutil.which("dash") or "/bin/sh"
NOBODY = 65534
AS_ROOT = os.geteuid() == 0
LINE = "/moonraker/components/continuousprint"
SECTION = "[continuousprint]\nbed_clearing: manual\n"
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}

Tree = dict[str, tuple[int, Union[bytes, str, None]]]
Done = subprocess.CompletedProcess[str]


def tree(root: Path) -> Tree:
    """Everything below a folder: modes, contents, link targets; no times."""
    seen: Tree = {}
    for folder, folders, files in os.walk(root):
        for entry in [".", *folders, *files]:
            path = Path(folder, entry)
            mode = path.lstat().st_mode
            content: bytes | str | None = None
            if stat.S_ISLNK(mode):
                content = os.readlink(path)
            elif stat.S_ISREG(mode):
                content = path.read_bytes()
            seen[str(path.relative_to(root))] = (mode, content)
    return seen


def git(folder: Path, *args: str) -> str:
    return subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *args],
        cwd=folder,
        env={**os.environ, **GIT},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def package(at: Path) -> Path:
    """What tells Moonraker's package from others; gives its components folder."""
    components = at / "components"
    components.mkdir(parents=True)
    (at / "__init__.py").touch()
    (at / "server.py").write_text("# the server\n")
    (components / "__init__.py").touch()
    (components / "klippy_apis.py").write_text("# klippy's calls\n")
    return components


def fake_clone(at: Path) -> Path:
    (at / ".git" / "info").mkdir(parents=True)
    (at / ".git" / "info" / "exclude").write_text("# git ls-files --others\n")
    return package(at / "moonraker")


def real_clone(at: Path) -> Path:
    components = package(at / "moonraker")
    git(at, "init", "-q")
    git(at, "add", ".")
    git(at, "commit", "-qm", "Moonraker")
    return components


def pip_in(at: Path) -> Path:
    (at / "bin").mkdir(parents=True)
    return package(at / "lib" / "python3.11" / "site-packages" / "moonraker")


def checkout(at: Path) -> Path:
    """A checkout of this project, as far as install.sh looks at it."""
    (at / "moonraker_cp").mkdir(parents=True)
    shutil.copy(HERE / "install.sh", at)
    shutil.copy(HERE / "moonraker_cp" / "__init__.py", at / "moonraker_cp")
    return at


@dataclass
class Box:
    """A home folder with this project in it, and what install.sh is run with."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    user: int | None = None

    def __post_init__(self) -> None:
        self.home = self.root / '-Pi\'s "own" $HOME; `x`'
        self.home.mkdir()
        self.ours = checkout(self.home / "moonraker_cp")
        self.target = str(self.ours / "moonraker_cp")
        self.units = self.root / "units"
        self.units.mkdir()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.program("python3", "exit 1")
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "SYSTEMD_UNIT_PATH": str(self.units),
            "LC_ALL": "C.UTF-8",
        }

    def program(self, name: str, text: str) -> None:
        """Put a program of the test's own before the real one."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(
        self, *args: str, cwd: Path | None = None, stdin: int = subprocess.DEVNULL
    ) -> Done:
        user: dict[str, Any] = {}
        if self.user is not None:
            user = {"user": self.user, "group": self.user, "extra_groups": []}
        done: Done = subprocess.run(
            [DASH, str(self.ours / "install.sh"), *args],
            cwd=cwd or self.home,
            env=self.env,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            **user,
        )
        return done

    def works(self, *args: str, cwd: Path | None = None) -> str:
        done = self.run(*args, cwd=cwd)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def fails(self, *args: str) -> str:
        """Run it to a failure that is explained and leaves all as it was."""
        before = tree(self.root)
        done = self.run(*args)
        assert done.returncode == 1
        assert "install.sh: " in done.stderr
        assert tree(self.root) == before
        return done.stderr

    def answers(self, text: str, *args: str) -> Done:
        """Run it on a terminal on which somebody types."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, text.encode())
            return self.run(*args, stdin=theirs)
        finally:
            os.close(ours)
            os.close(theirs)

    def linked(self, components: Path) -> bool:
        link = components / "continuousprint"
        return link.is_symlink() and os.readlink(link) == self.target

    def comes_and_goes(self, components: Path, *args: str, times: int = 1) -> None:
        """Install twice, uninstall twice: all is as it was."""
        before = tree(self.root)
        for _ in range(times):
            assert self.works(*args).endswith(SECTION)
            assert self.linked(components)
            installed = tree(self.root)
            assert self.works(*args).endswith(SECTION)
            assert tree(self.root) == installed
            assert str(components / "continuousprint") in self.works(
                *args, "--uninstall"
            )
            assert tree(self.root) == before
            assert "link" in self.works(*args, "--uninstall")
            assert tree(self.root) == before

    def give_to_nobody(self) -> None:
        """Root may write everywhere: let somebody run it who may not."""
        if AS_ROOT:
            for folder, folders, files in os.walk(self.root):
                for entry in [".", *folders, *files]:
                    os.chown(Path(folder, entry), NOBODY, NOBODY, follow_symlinks=False)
            self.user = NOBODY


@pytest.fixture
def box() -> Iterator[Box]:
    # Not tmp_path: only its owner may enter that.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Box(Path(folder).resolve())


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
