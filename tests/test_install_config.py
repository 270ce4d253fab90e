"""install.sh and the files of a printer: added when asked, taken out without a trace.

What a person wrote or changed is never touched.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from .install_box import Box, fake_clone, git, made, printer, python_in, tree

PARTS = ["--update-manager", "--macros", "--mainsail", "--fluidd"]
ORIGIN = "https://example.org/moonraker_cp.git"


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        fake_clone(box.home / "moonraker")
        python_in(box.home / "moonraker-env")
        printer(box.home)
        git(box.ours, "init", "-q", "-b", "stable")
        git(box.ours, "remote", "add", "origin", ORIGIN)
        yield box


def config(box: Box, name: str = "moonraker.conf") -> Path:
    return box.home / "printer_data" / "config" / name


def navi(box: Box) -> Path:
    return config(box, ".theme") / "navi.json"


# --- in and out again


def test_yes_adds_the_section_and_nothing_else(box: Box) -> None:
    before, conf = tree(box.root), config(box).read_text()
    said = box.works("--yes")
    assert f"Added [continuousprint] to {config(box)}\n" in said
    assert "Restart Moonraker" in said
    added = config(box).read_text()[len(conf) :]
    lines = [line for line in added.splitlines() if line[0] != "#"]
    assert lines == ["[continuousprint]", "bed_clearing: manual"]
    changed = {key for key, value in tree(box.root).items() if before.get(key) != value}
    assert {Path(each).name for each in changed} == {
        "moonraker.conf",
        "continuousprint",
        "exclude",
    }
    box.works("--uninstall")
    assert tree(box.root) == before


@pytest.mark.parametrize("part", [*PARTS, "--all"])
def test_a_part_comes_when_it_is_asked_for_and_goes(box: Box, part: str) -> None:
    before = tree(box.root)
    box.works("--yes")
    with_section = tree(box.root)
    box.works(part)
    installed = tree(box.root)
    assert installed != with_section
    box.works("--yes", part)
    assert tree(box.root) == installed
    box.works("--uninstall")
    assert tree(box.root) == before
    box.works("--uninstall")
    assert tree(box.root) == before


def test_without_a_terminal_and_without_yes_it_only_links(box: Box) -> None:
    before = tree(box.home / "printer_data")
    said = box.works()
    assert tree(box.home / "printer_data") == before
    assert f"Add this to {config(box)}" in said
    assert said.endswith("[continuousprint]\nbed_clearing: manual\n")


@pytest.mark.parametrize(
    ("typed", "added"), [("\n", True), ("y\n", True), ("n\n", False)]
)
def test_on_a_terminal_it_asks(box: Box, typed: str, added: bool) -> None:
    done = box.answers(typed)
    assert done.returncode == 0
    assert f"Add [continuousprint] to {config(box)}? [Y/n]" in done.stderr
    assert ("[continuousprint]" in config(box).read_text()) == added


def test_no_answer_changes_nothing(box: Box) -> None:
    before = tree(box.root)
    done = box.answers("\x04")
    assert done.returncode == 1
    assert "there was no answer; nothing was changed" in done.stderr
    assert tree(box.root) == before


CONTENTS = {
    "no final newline": "[server]\nport: 7125",
    "empty lines": "\n\n[server]\nport: 7125\n\n\n",
    "odd line ends": "[server]\r\nport: 7125\r\n",
    "a value of lines": "[server]\nport: 7125\n[authorization]\nthey:\n  ::1",
    "a comment": "# mine\n[server]\nport: 7125 # the usual\n# the end",
    "letters": "[server]\n# Jürgens größter Drucker ✓\nport: 7125\n",
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_configuration_comes_back_byte_for_byte(box: Box, content: str) -> None:
    for name in ("moonraker.conf", "printer.cfg"):
        config(box, name).write_bytes(CONTENTS[content].encode())
        config(box, name).chmod(0o664)
    before = tree(box.root)
    box.works("--yes", "--all")
    assert stat.S_IMODE(config(box).stat().st_mode) == 0o664
    assert CONTENTS[content] in config(box).read_bytes().decode()
    box.works("--uninstall")
    assert tree(box.root) == before


def test_what_was_written_below_and_above_stays(box: Box) -> None:
    conf = config(box)
    conf.write_text("[server]\nport: 7125")
    box.works("--yes", "--fluidd")
    conf.write_text("# above\n" + conf.read_text() + "[history]\n")
    box.works("--uninstall")
    assert conf.read_text() == "# above\n[server]\nport: 7125\n[history]\n"


def test_a_configuration_that_is_a_link_stays_one(box: Box) -> None:
    real = box.home / "dotfiles"
    config(box).rename(real)
    config(box).symlink_to(real)
    before = tree(box.root)
    box.works("--yes")
    assert config(box).is_symlink()
    assert "[continuousprint]" in real.read_text()
    box.works("--uninstall")
    assert tree(box.root) == before


# --- what it adds


def test_the_section_of_the_update_manager(box: Box) -> None:
    box.works("--update-manager")
    wanted = [
        "[update_manager continuousprint]",
        "type: git_repo",
        f"path: {box.ours}",
        f"origin: {ORIGIN}",
        "primary_branch: stable",
        "managed_services: moonraker",
        "is_system_service: False",
    ]
    assert "\n".join(wanted) in config(box).read_text()


def test_without_a_clone_there_is_nothing_to_update(box: Box) -> None:
    (box.ours / ".git").rename(box.root / "away")
    said = box.fails("--yes", "--update-manager")
    assert f"{box.ours} is no clone of a git repository" in said


def test_the_macros_are_linked_and_included_before_anything_saved(box: Box) -> None:
    box.works("--macros")
    link = config(box, "continuousprint.cfg")
    assert os.readlink(link) == f"{box.target}/macros/continuousprint.cfg"
    assert "gcode_macro CPQ_START" in link.read_text()
    text = config(box, "printer.cfg").read_text()
    assert 0 < text.index("[include continuousprint.cfg]") < text.index("SAVE_CONFIG")


def test_macros_that_are_included_by_hand_stay(box: Box) -> None:
    config(box, "printer.cfg").write_text("[include ./continuousprint.cfg]\n")
    said = box.works("--macros")
    assert "stays as it is" in said
    assert config(box, "printer.cfg").read_text() == "[include ./continuousprint.cfg]\n"
    said = box.works("--uninstall")
    assert "continuousprint.cfg stays" in said, "Klipper would not start without it"
    assert config(box, "continuousprint.cfg").exists()


def test_foreign_macros_are_left_alone(box: Box) -> None:
    config(box, "continuousprint.cfg").write_text("# mine\n")
    assert "is no link to our macros" in box.fails("--macros")
    box.works("--uninstall")
    assert config(box, "continuousprint.cfg").read_text() == "# mine\n"


def test_the_entry_in_mainsails_navigation(box: Box) -> None:
    box.works("--mainsail")
    (entry,) = json.loads(navi(box).read_text())
    assert entry.pop("icon").startswith("M")
    assert entry == {
        "title": "Continuous print",
        "href": "/server/continuousprint/",
        "target": "_self",
        "position": 55,
    }


LISTS = {
    "empty": "[]",
    "empty lines": "[\n  \n]\n\n",
    "one": '[{"title": "Cam", "href": "http://cam/", "position": 90}]',
    "two": '[\n\t{"title": "A"} ,\n\n\t{"title": "Grün \\u00fc",\r\n "href":"/b"}\n]',
}


@pytest.mark.parametrize("text", LISTS)
def test_the_entry_is_added_to_others_and_leaves_them(box: Box, text: str) -> None:
    navi(box).parent.mkdir()
    navi(box).write_bytes(LISTS[text].encode())
    others = json.loads(LISTS[text])
    before = tree(box.root)
    box.works("--mainsail")
    entries = json.loads(navi(box).read_text())
    assert entries[:-1] == others
    assert entries[-1]["title"] == "Continuous print"
    box.works("--uninstall")
    assert tree(box.root) == before


def test_entries_that_others_write_after_ours_stay(box: Box) -> None:
    box.works("--mainsail")
    ours = json.loads(navi(box).read_text())
    theirs = {"title": "Cam", "href": "http://cam/"}
    for text in (
        navi(box)
        .read_text()
        .replace("\n]", ',\n{"title": "Cam", "href": "http://cam/"}]'),
        json.dumps([theirs, *ours], indent=4),
    ):
        navi(box).write_text(text)
        box.works("--uninstall")
        assert json.loads(navi(box).read_text()) == [theirs]


@pytest.mark.parametrize("text", ["", "{}", "[1,]", "[] // mine"])
def test_a_navigation_that_cannot_be_read_is_left_alone(box: Box, text: str) -> None:
    navi(box).parent.mkdir()
    navi(box).write_text(text)
    assert "navi.json is left alone" in box.fails("--yes", "--all")
    box.works("--uninstall")
    assert navi(box).read_text() == text


def test_an_entry_that_was_changed_stays(box: Box) -> None:
    box.works("--mainsail")
    navi(box).write_text(navi(box).read_text().replace("55", "1"))
    changed = navi(box).read_text()
    assert "take it out yourself" in box.works("--uninstall")
    assert navi(box).read_text() == changed


def test_the_camera_is_the_last_and_says_what_a_time_lapse_needs(box: Box) -> None:
    with config(box).open("a") as file:
        file.write("[webcam Bed]\nstream_url: /webcam/\n[timelapse]\n")
    said = box.works("--fluidd")
    lines = config(box).read_text().splitlines()
    ours = lines.index("[webcam Continuous print]")
    assert lines.index("[webcam Bed]") < ours
    assert lines[ours + 1 : ours + 2] == ["service: iframe"]
    assert "stream_url: /server/continuousprint/" in lines[ours:]
    assert "choose yours in the settings of the time-lapse" in said


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("port: 7126", r"http://[^/.]+\.local:7126/server/continuousprint/"),
        ("port = 7125  # usual", "/server/continuousprint/"),
        ("route_prefix: /b/", "/b/server/continuousprint/"),
    ],
)
def test_another_port_has_an_address_of_its_own(
    box: Box, server: str, url: str
) -> None:
    config(box).write_text(f"[server]\n{server}\n")
    before = tree(box.root)
    said = box.works("--mainsail", "--fluidd")
    (entry,) = json.loads(navi(box).read_text())
    assert re.fullmatch(url, entry["href"])
    assert f"stream_url: {entry['href']}\n" in config(box).read_text()
    assert ("the page of printer is" in said) == ("7126" in url)
    box.works("--uninstall")
    assert tree(box.root) == before
