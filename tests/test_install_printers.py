"""install.sh and the printers that it finds: layouts, several of them, its report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .install_box import (
    AS_ROOT,
    NOBODY,
    Box,
    fake_clone,
    kiauh,
    made,
    pip_in,
    printer,
    python_in,
    tree,
)

ADDED = "[continuousprint]\nbed_clearing: manual\n"


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        yield box


def has_it(data: Path) -> bool:
    return ADDED in (data / "config" / "moonraker.conf").read_text()


# --- layouts: each has one printer, whose configuration is found


def mainsail_os(box: Box) -> Path:
    home = box.root / "pi"
    (home / "x").mkdir(parents=True)
    box.env["HOME"] = str(home)
    fake_clone(home / "moonraker")
    python_in(home / "moonraker-env")
    data = printer(home)
    (box.units / "moonraker.service").write_text(
        f"[Service]\nUser=nobody-by-this-name\nEnvironmentFile={data}/moonraker.env\n"
        f"ExecStart={home}/moonraker-env/bin/python $MOONRAKER_ARGS\n"
    )
    (data / "moonraker.env").write_text(
        f'MOONRAKER_ARGS="{home}/moonraker/moonraker/moonraker.py -d {data}"\n'
    )
    return data


def another_user(box: Box) -> Path:
    home = box.root / "home of klipper"
    home.mkdir()
    kiauh(home, box.units, "printer_data")
    return home / "printer_data"


def without_units(box: Box) -> Path:
    fake_clone(box.home / "moonraker")
    python_in(box.home / "moonraker-env")
    return printer(box.home, "voron_data")


def pip_with_a_users_unit(box: Box) -> Path:
    pip_in(box.root / "opt" / "venv")
    python_in(box.root / "opt" / "venv")
    units = box.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "moonraker.service").write_text(
        f"[Service]\nExecStart={box.root}/opt/venv/bin/moonraker "
        f'--datapath="{box.root}/my data"\n'
    )
    return printer(box.root, "my data")


def dropped_in(box: Box) -> Path:
    """A unit that was edited with `systemctl edit`."""
    data = printer(box.root, "elsewhere")
    kiauh(box.home, box.units)
    (box.units / "moonraker.service.d").mkdir()
    (box.units / "moonraker.service").write_text(
        f"[Service]\nExecStart={box.home}/moonraker-env/bin/python -m moonraker\n"
    )
    (box.units / "moonraker.service.d" / "override.conf").write_text(
        f'[Service]\nEnvironment="MOONRAKER_DATA_PATH={data}" "X=1"\n'
    )
    return data


@pytest.mark.parametrize(
    "layout",
    [mainsail_os, another_user, without_units, pip_with_a_users_unit, dropped_in],
)
def test_the_printer_of_a_layout(box: Box, layout: object) -> None:
    assert callable(layout)
    data = layout(box)
    before = tree(box.root)
    box.works("--yes", "--macros", "--mainsail", "--fluidd")
    assert has_it(data)
    assert (data / "config" / "continuousprint.cfg").is_symlink()
    assert (data / "config" / ".theme" / "navi.json").is_file()
    box.works("--uninstall")
    assert tree(box.root) == before


# --- several printers


NAMES = ["printer_1_data", "printer_2_data", "printer_3_data"]


def chosen(box: Box) -> list[bool]:
    return [has_it(box.home / name) for name in NAMES]


def test_several_printers_and_nobody_to_ask(box: Box) -> None:
    kiauh(box.home, box.units, *NAMES)
    said = box.fails("--yes")
    assert "say which with --instance NAME, or --instance all" in said
    for name in NAMES:
        assert str(box.home / name) in said
    assert all(str(box.home / name) in box.works() for name in NAMES)
    assert chosen(box) == [False] * 3


@pytest.mark.parametrize(
    "name", ["printer_2", "printer_2_data", "moonraker-2", "printer_2_data/"]
)
def test_one_of_several(box: Box, name: str) -> None:
    kiauh(box.home, box.units, *NAMES)
    before = tree(box.root)
    said = box.works("--yes", "--instance", name)
    assert chosen(box) == [False, True, False]
    assert "sudo systemctl restart moonraker-2\n" in said
    box.works("--uninstall")
    assert tree(box.root) == before


def test_all_of_them_and_one_less(box: Box) -> None:
    kiauh(box.home, box.units, *NAMES)
    before = tree(box.root)
    box.works("--yes", "--instance", "all")
    assert chosen(box) == [True] * 3
    assert "The link stays" in box.works("--uninstall", "--instance", "printer_2")
    assert chosen(box) == [True, False, True]
    box.works("--yes", "--instance", "printer_1", "--instance", "printer_2")
    assert chosen(box) == [True] * 3
    box.works("--uninstall", "--instance", "all")
    assert tree(box.root) == before


@pytest.mark.parametrize(
    ("typed", "which"),
    [("2\n\n", [False, True, False]), ("all\n\n\nn\n", [True, True, False])],
)
def test_on_a_terminal_it_asks_which(box: Box, typed: str, which: list[bool]) -> None:
    kiauh(box.home, box.units, *NAMES)
    assert box.answers(typed).returncode == 0
    assert chosen(box) == which


def test_a_printer_that_is_not_there(box: Box) -> None:
    kiauh(box.home, box.units, *NAMES)
    said = box.fails("--yes", "--instance", "printer_4")
    assert "there is no printer printer_4" in said
    assert "printer_1 " in said
    assert "--instance needs" in box.fails("--instance")


def test_a_data_folder_can_be_named(box: Box) -> None:
    kiauh(box.home, box.units)
    assert "found no moonraker.conf" in box.fails("--yes")
    data = printer(box.root, "srv")
    before = tree(box.root)
    box.works("--yes", "--instance", str(data))
    assert has_it(data)
    box.works("--uninstall", "--instance", str(data))
    box.works("--uninstall")
    assert tree(box.root) == before


def test_a_printer_of_another_moonraker_is_not_touched(box: Box) -> None:
    kiauh(box.home, box.units, "printer_data")
    other = box.root / "other"
    other.mkdir()
    components = fake_clone(other / "moonraker")
    data = printer(other)
    (box.units / "moonraker-other.service").write_text(
        f"[Service]\nExecStart={box.home}/moonraker-env/bin/python "
        f"{other}/moonraker/moonraker/moonraker.py -d {data}\n"
    )
    kept = tree(other)
    box.works("--yes", "--moonraker", str(box.home / "moonraker"))
    assert has_it(box.home / "printer_data")
    assert tree(other) == kept
    box.works("--yes", "--moonraker", str(components))
    assert has_it(data)


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files to others")
def test_a_printer_that_is_not_for_our_eyes(box: Box) -> None:
    kiauh(box.home, box.units, "printer_data")
    private = box.root / "private"
    private.mkdir()
    data = printer(private)
    (box.units / "moonraker-private.service").write_text(
        f"[Service]\nExecStart={box.home}/moonraker-env/bin/python "
        f"{box.home}/moonraker/moonraker/moonraker.py -d {data}\n"
    )
    box.give_to_nobody()
    os.chown(private, 0, 0)
    private.chmod(0o700)
    box.works("--yes")
    assert has_it(box.home / "printer_data")
    assert not has_it(data)


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files to others")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(box: Box) -> None:
    kiauh(box.home, box.units, "printer_data")
    box.give_to_nobody()
    box.user = None
    assert box.run("--yes", "--macros", "--mainsail", "--fluidd").returncode == 0
    config = box.home / "printer_data" / "config"
    owners = {path.lstat().st_uid for path in config.rglob("*")}
    assert (config / ".theme" / "navi.json").exists()
    assert owners == {NOBODY}


# --- the report


def test_check_tells_and_changes_nothing(box: Box) -> None:
    kiauh(box.home, box.units, "printer_data")
    before = tree(box.root)
    said = box.works("--check", "--yes", "--macros", "--mainsail")
    conf = box.home / "printer_data" / "config" / "moonraker.conf"
    assert f"Would link it to {box.target}" in said
    assert f"{conf} has no [continuousprint]" in said
    assert f"Would add [continuousprint] to {conf}" in said
    assert said.count("Would add") == 4
    assert tree(box.root) == before
    box.works("--yes", "--macros", "--mainsail")
    installed = tree(box.root)
    said = box.works("--check", "--yes", "--macros", "--mainsail")
    assert "Would" not in said
    assert "has [continuousprint]" in said
    said = box.works("--check", "--uninstall")
    assert said.count("Would remove") == 5
    assert tree(box.root) == installed


@pytest.mark.parametrize("trouble", ["no Moonraker", "no clone", "foreign", "several"])
def test_check_fails_when_something_is_in_the_way(box: Box, trouble: str) -> None:
    if trouble != "no Moonraker":
        kiauh(box.home, box.units, *NAMES if trouble == "several" else ["printer_data"])
    if trouble == "foreign":
        (box.home / "moonraker/moonraker/components/continuousprint").mkdir()
    box.fails("--check", "--yes", "--update-manager")
