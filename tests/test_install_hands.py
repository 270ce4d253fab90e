"""install.sh where people wrote before it, after it, or stand in its way."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .install_box import CONF, HERE, Box, fake_clone, made, printer, python_in, tree

SECTION = "[continuousprint]\nbed_clearing: manual\n"


@pytest.fixture
def box() -> Iterator[Box]:
    with made() as box:
        fake_clone(box.home / "moonraker")
        python_in(box.home / "moonraker-env")
        printer(box.home)
        yield box


def conf(box: Box) -> Path:
    return box.home / "printer_data" / "config" / "moonraker.conf"


HANDMADE = {
    "in it": (CONF + "[continuousprint]\nbed_clearing: gcode\n", {}),
    "indented": (
        "[server]\n  port: 7125\n  [continuousprint]\n  bed_clearing: gcode\n",
        {},
    ),
    "included": (
        CONF + "[include extra/*.conf]\n",
        {"extra/cp.conf": "[continuousprint]\n"},
    ),
    "included twice": (
        CONF + "[include a.conf]\n",
        {"a.conf": "[include b.conf]\n", "b.conf": "[continuousprint]\n"},
    ),
}


@pytest.mark.parametrize("where", HANDMADE)
def test_a_section_by_hand_stays_as_it_is(box: Box, where: str) -> None:
    text, files = HANDMADE[where]
    conf(box).write_text(text)
    for name, content in files.items():
        (conf(box).parent / name).parent.mkdir(exist_ok=True)
        (conf(box).parent / name).write_text(content)
    before = tree(box.root)
    assert "already; it stays as it is" in box.works("--yes")
    assert conf(box).read_text() == text
    box.works("--uninstall")
    assert tree(box.root) == before


@pytest.mark.parametrize(
    "text",
    [CONF + "# [continuousprint]\n", CONF + "[x]\nwords: one\n  [continuousprint]\n"],
)
def test_a_comment_or_a_value_is_no_section(box: Box, text: str) -> None:
    conf(box).write_text(text)
    box.works("--yes")
    assert conf(box).read_text().startswith(text)
    assert SECTION in conf(box).read_text()


def test_a_section_that_was_changed_stays_without_our_marks(box: Box) -> None:
    before = tree(box.root)
    box.works("--yes", "--fluidd")
    ours = conf(box).read_text()
    conf(box).write_text(ours.replace("manual", "gcode"))
    box.works("--yes")
    assert conf(box).read_text() == ours.replace("manual", "gcode")
    assert "you changed [continuousprint]" in box.works("--uninstall")
    changed = SECTION.replace("manual", "gcode")
    assert conf(box).read_text() == CONF + changed
    assert "[continuousprint] stays" in box.works("--uninstall")
    conf(box).write_text(CONF)
    assert tree(box.root) == before


@pytest.mark.parametrize(
    "more", ["release_temperature: 30\n", "\n# cold\n  at last\n", "port=80"]
)
def test_options_below_our_block_never_become_another_sections(
    box: Box, more: str
) -> None:
    """A person adds to the end of the file, below the last mark."""
    box.works("--yes")
    conf(box).write_text(conf(box).read_text() + more)
    changed = conf(box).read_text()
    box.works("--yes")
    assert conf(box).read_text() == changed
    assert "you changed [continuousprint]" in box.works("--uninstall")
    assert conf(box).read_text() == CONF + SECTION + more


def test_a_block_between_others_goes_whatever_follows_them(box: Box) -> None:
    box.works("--yes")
    box.works("--fluidd")
    conf(box).write_text(conf(box).read_text() + "rotation: 90\n")
    said = box.works("--uninstall")
    assert "Removed [continuousprint]" in said
    assert "you changed [webcam Continuous print]" in said
    left = conf(box).read_text()[len(CONF) :]
    assert left.startswith("[webcam Continuous print]\n")
    assert left.endswith("\nrotation: 90\n")


def test_a_block_of_ours_is_renewed_in_its_place(box: Box) -> None:
    box.works("--yes", "--fluidd")
    conf(box).write_text(conf(box).read_text().replace("7125", "7126", 1))
    names = [line for line in conf(box).read_text().splitlines() if line[:1] == "["]
    assert "Renewed [webcam Continuous print]" in box.works("--yes", "--fluidd")
    text = conf(box).read_text()
    assert [line for line in text.splitlines() if line[:1] == "["] == names
    assert ":7126/server/continuousprint/\n" in text


@pytest.mark.parametrize("mark", ["# >>>", "# <<<"])
def test_a_mark_that_is_missing_stops_it(box: Box, mark: str) -> None:
    box.works("--yes", "--fluidd")
    lines = conf(box).read_text().splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith(mark)))
    conf(box).write_text("".join(lines))
    for args in (["--yes", "--macros", "--fluidd"], ["--uninstall"]):
        said = box.fails(*args)
        assert "do not come in pairs" in said
        assert "nothing was changed" in said


@pytest.mark.parametrize("name", ["moonraker.conf", "printer.cfg"])
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xef\xbb\xbf[server]\n", "byte order mark"), (b"[x]\n# \xfc\n", "UTF-8")],
)
def test_a_file_that_cannot_be_parsed_is_left_alone(
    box: Box, name: str, content: bytes, said: str
) -> None:
    conf(box).with_name(name).write_bytes(content)
    assert said in box.fails("--yes", "--macros")


def test_a_printer_without_its_printer_cfg(box: Box) -> None:
    conf(box).with_name("printer.cfg").unlink()
    assert "there is no" in box.fails("--yes", "--macros")
    box.works("--yes")


@pytest.mark.parametrize("locked", ["config", "config/moonraker.conf"])
def test_without_permission_nothing_is_half_done(box: Box, locked: str) -> None:
    box.give_to_nobody()
    if box.run("--yes", "--check").returncode:
        pytest.skip("this Python is root's alone")
    place = box.home / "printer_data" / locked
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    said = box.fails("--yes", "--macros")
    assert f"you may not write in {place}" in said
    assert "nothing was changed" in said
    place.chmod(mode)
    box.works("--yes")
    place.chmod(mode & ~0o222)
    assert "nothing was changed" in box.fails("--uninstall")


def test_a_configuration_that_fails_takes_the_link_back(box: Box) -> None:
    """Python is there for the plan, and gone when it is to be carried out."""
    python = box.home / "moonraker-env" / "bin" / "python"
    real = python.readlink() if hasattr(python, "readlink") else python.resolve()
    python.unlink()
    python.write_text(
        f'#!/bin/sh\ncase " $* " in *" apply "*) exit 1 ;; esac\nexec {real} "$@"\n'
    )
    python.chmod(0o755)
    before = tree(box.root)
    assert box.run("--yes").returncode == 1
    assert tree(box.root) == before


def test_one_file_that_fails_takes_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("changes", HERE / "tools/changes.py")
    assert spec is not None
    assert spec.loader is not None
    changes = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "changes", changes)
    spec.loader.exec_module(changes)
    kept, gone, link = (tmp_path / name for name in ("kept", "gone", "link"))
    kept.write_text("old")
    kept.chmod(0o640)
    gone.write_text("old, too")
    link.symlink_to("elsewhere")
    before = tree(tmp_path)
    steps = [
        changes.Text(kept, "old", "new"),
        changes.Text(gone, "old, too", None),
        changes.Text(tmp_path / ".theme" / "navi.json", None, "[]"),
        changes.Link(link, "elsewhere", "kept"),
        changes.Text(tmp_path / "no" / "such" / "folder", None, "x"),
    ]
    with pytest.raises(changes.Refused, match="cannot add it"):
        changes.do_all([changes.Step(each, "add", "it") for each in steps])
    assert tree(tmp_path) == before
    changes.do_all([changes.Step(each, "add", "it") for each in steps[:-1]])
    assert kept.read_text() == "new"
    assert not gone.exists()
    assert link.resolve() == kept.resolve()


def test_without_python_only_the_link_is_made(box: Box) -> None:
    shutil.rmtree(box.home / "moonraker-env")
    assert "no Python 3.9 or newer runs here" in box.fails("--yes")
    assert box.works().endswith(SECTION)
    assert "Take [continuousprint] out" in box.works("--uninstall")


@pytest.mark.parametrize("part", ["--macros", "--all"])
def test_uninstall_takes_no_part(box: Box, part: str) -> None:
    assert "--uninstall takes out all of it" in box.fails("--uninstall", part)


def test_what_is_left_is_found_without_the_link(box: Box) -> None:
    """Moonraker was cloned anew: the link is gone, the sections are not."""
    before = tree(box.root)
    box.works("--yes", "--macros", "--fluidd", "--mainsail")
    (box.home / "moonraker/moonraker/components/continuousprint").unlink()
    (box.home / "moonraker/.git/info/exclude").write_text("# git ls-files --others\n")
    box.works("--uninstall")
    assert tree(box.root) == before
