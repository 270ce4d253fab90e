"""Paths in the gcodes root: what may be queued, by any name."""

from __future__ import annotations

from pathlib import Path

import pytest

from moonraker_cp.core.errors import BadRequest, NotFound
from moonraker_cp.printer.files import EXTENSIONS, MAX_PATH, GcodeFiles, normalise


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.gcode", "a.gcode"),
        (" a.gcode ", "a.gcode"),
        ("/sub/a.g", "sub/a.g"),
        ("//sub//./a.g", "sub/a.g"),
        ("sub/../a.gco", "a.gco"),
        ("ü – 漢字 🖨.gcode", "ü – 漢字 🖨.gcode"),
        ('it\'s "it" $(x) `x` #*.gcode', 'it\'s "it" $(x) `x` #*.gcode'),
        ("..a.gcode", "..a.gcode"),
        ("a.gcode/", "a.gcode"),
        ("%2e%2e/a.gcode", "%2e%2e/a.gcode"),
        ("x" * (MAX_PATH - 2) + ".g", "x" * (MAX_PATH - 2) + ".g"),
    ],
)
def test_names_that_are_kept(sent: str, kept: str) -> None:
    assert normalise(sent) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    "sent",
    [
        *("", " ", "/", ".", "./", "..", "../a.gcode", "a/../../b.gcode"),
        *("/../a.gcode", "//../../a.gcode", "../../etc/passwd"),
        *("a;b.gcode", "; M112.gcode", "a.nc", "A.GCODE"),
        *("a.txt", "a", "gcode", "folder/", "a.gcode.exe"),
        *("a\n.gcode", "a.gcode\nM112", "a\r.gcode", "a\t.gcode", "a\x00.gcode"),
        *("a\x7f.gcode", "a\x1b[2J.gcode", "\ud800.gcode", "x\udfff.gcode"),
        *("a\x85.gcode", "a\x9b2J.gcode", "a\u2028.gcode", "a\u202eg.gcode"),
        *("..\\..\\a.gcode", "sub\\a.gcode", 'a\\" FILENAME="b.gcode'),
        *("x" * 10_000 + ".gcode", "x" * MAX_PATH + ".gcode"),
    ],
)
def test_names_that_are_refused(sent: str) -> None:
    with pytest.raises(BadRequest) as caught:
        normalise(sent)
    assert str(caught.value).startswith("path ")
    assert str(caught.value).isprintable()


def test_every_extension_as_klipper_writes_it() -> None:
    for end in EXTENSIONS:
        assert normalise(f"a{end}") == f"a{end}"
        with pytest.raises(BadRequest):
            normalise(f"a{end.upper()}")


async def test_only_files_in_the_root_are_there(tmp_path: Path) -> None:
    root = tmp_path / "gcodes"
    (root / "folder.gcode").mkdir(parents=True)
    (root / "a.gcode").write_text("G28\n", "utf-8")
    (tmp_path / "b.gcode").write_text("G28\n", "utf-8")
    files = GcodeFiles(lambda: str(root))
    assert await files.check("/a.gcode") == "a.gcode"
    for missing in ("b.gcode", "folder.gcode", "x" * 900 + ".gcode", "a.gcode/b.g"):
        with pytest.raises(NotFound):
            await files.check(missing)
    with pytest.raises(BadRequest):
        await files.check("../b.gcode")


async def test_a_root_that_is_not_known_yet() -> None:
    with pytest.raises(NotFound):
        await GcodeFiles(lambda: "").check("a.gcode")
