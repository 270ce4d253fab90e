"""Where the tests of install.sh run a copy of it: a home folder of their own.

Its path has spaces, quotes and a leading dash, and what is in it looks like Moonraker
and like the folders of printers.
"""

from __future__ import annotations

import contextlib
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
from typing import Any, Union

HERE = Path(__file__).resolve().parent.parent
DASH = shutil.which("dash") or "/bin/sh"
NOBODY = 65534
# The system's if there is one, for tests may run as somebody who may not use ours.
PYTHON = Path(shutil.which("python3", path="/usr/bin") or sys.executable).resolve()
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


CONF = """[server]
host: 0.0.0.0
port: 7125

[authorization]
cors_domains:
  *.local
"""
PRINTER_CFG = """[printer]
kinematics: none

#*# <---------------------- SAVE_CONFIG ---------------------->
#*# DO NOT EDIT THIS BLOCK OR BELOW. The contents are auto-generated.
"""


def printer(home: Path, name: str = "printer_data", port: int = 7125) -> Path:
    """A printer's data folder, as KIAUH and MainsailOS lay it out."""
    data = home / name
    (data / "config").mkdir(parents=True)
    conf = data / "config" / "moonraker.conf"
    conf.write_text(CONF.replace("7125", str(port)))
    (data / "config" / "printer.cfg").write_text(PRINTER_CFG)
    return data


def python_in(at: Path) -> None:
    """An environment with a Python that runs, as beside Moonraker's clone."""
    (at / "bin").mkdir(parents=True, exist_ok=True)
    (at / "bin" / "python").symlink_to(PYTHON)


def kiauh(home: Path, units: Path, *names: str) -> None:
    """Several printers of one Moonraker, with the units that KIAUH writes."""
    fake_clone(home / "moonraker")
    python_in(home / "moonraker-env")
    for number, name in enumerate(names, 1):
        data = printer(home, name, 7124 + number)
        (data / "systemd").mkdir()
        (data / "systemd" / "moonraker.env").write_text(
            f'MOONRAKER_DATA_PATH="{data}"\nMOONRAKER_ARGS="-m moonraker"\n'
            f'PYTHONPATH="{home}/moonraker"\n'
        )
        (units / f"moonraker-{number}.service").write_text(
            "[Unit]\nDescription=Moonraker\n[Service]\nType=simple\n"
            f"EnvironmentFile={data}/systemd/moonraker.env\n"
            f"ExecStart={home}/moonraker-env/bin/python $MOONRAKER_ARGS\n"
        )


def checkout(at: Path) -> Path:
    """A checkout of this project, as far as install.sh looks at it."""
    (at / "moonraker_cp").mkdir(parents=True)
    shutil.copy(HERE / "install.sh", at)
    shutil.copy(HERE / "moonraker_cp" / "__init__.py", at / "moonraker_cp")
    (at / "moonraker_cp" / "macros").mkdir()
    macros = HERE / "moonraker_cp" / "macros" / "continuousprint.cfg"
    shutil.copy(macros, at / "moonraker_cp" / "macros")
    (at / "tools").mkdir()
    for file in (HERE / "tools").glob("*.py"):
        shutil.copy(file, at / "tools")
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


@contextlib.contextmanager
def made() -> Iterator[Box]:
    # Not tmp_path: only its owner may enter that.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Box(Path(folder).resolve())
