"""Job files: what is packed comes back, and a hostile archive leaves no trace."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any, Callable, NamedTuple, Union

import pytest

from moonraker_cp.core.errors import BadRequest, NotFound, Unavailable
from moonraker_cp.core.failures import OnTrouble
from moonraker_cp.printer.files import normalise
from moonraker_cp.storage import gjob
from moonraker_cp.storage.gjob import Limits, read_job_file, write_job_file
from moonraker_cp.storage.gjob_manifest import Manifest, ManifestSet

A = "G28 ; a\n" * 40
B = "G28 ; b\n" * 30

# What Continuous Print 2.4.1's own code wrote; then one set was made half printed.
CPQ_MANIFEST = (
    '{"name": "My job!", "count": 4, "draft": true, "sets": ['
    '{"path": "a.gcode", "count": 3, '
    '"metadata": "{\\"estimatedPrintTime\\": 12.5}", '
    '"materials": ["PLA_red_#ff0000", "", "PETG_x_#0"], '
    '"profiles": ["Generic", "Prusa"], "id": 1, "rank": 1795355505.800352, '
    '"sd": false, "remaining": 1, "completed": 2}, '
    '{"path": "\\u00fc b.gcode", "count": 0, "metadata": null, "materials": [], '
    '"profiles": [], "id": 2, "rank": 1795355505.8044026, "sd": false, '
    '"remaining": 0, "completed": 0}, '
    '{"path": "a.gcode", "count": 1, "metadata": null, "materials": [], '
    '"profiles": [], "id": 3, "rank": 1795355505.807734, "sd": false, '
    '"remaining": 1, "completed": 0}], "created": 1795355505, "remaining": 2, '
    '"version": "0.1.0"}'
)
CPQ_FIELDS = {
    *("path", "count", "remaining", "completed", "metadata", "materials", "profiles")
}
CPQ_FILES = {"a.gcode": A, "ü b.gcode": B}
CPQ_SETS = (
    ManifestSet(
        "a.gcode",
        3,
        ("PLA_red_#ff0000", None, "PETG_x_#0"),
        ("Generic", "Prusa"),
        '{"estimatedPrintTime": 12.5}',
    ),
    ManifestSet("ü b.gcode", 0),
    ManifestSet("a.gcode", 1),
)

OWN: dict[str, Any] = {
    "release_temperature": 28.5,
    "on_failure": OnTrouble.RETRY,
    "retries": 0,
    "spools": (7, None),
}

Files = Mapping[str, Union[str, bytes]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A gcodes folder in which there is something to lose."""
    root = tmp_path / "gcodes"
    (root / "sub").mkdir(parents=True)
    (root / "a.gcode").write_text(A)
    (root / "sub" / "b.g").write_text(B)
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "part.gjob"


def archive(files: Files, manifest: Any = None) -> bytes:
    """The G-code files, deflated, then the manifest, stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content, zipfile.ZIP_DEFLATED)
        if manifest is not None:
            text = manifest if isinstance(manifest, (str, bytes)) else _json(manifest)
            packed.writestr("manifest.json", text)
    return buffer.getvalue()


def job(*paths: str, **fields: Any) -> dict[str, Any]:
    sets = [{"path": path, "count": 1} for path in paths or ("a.gcode",)]
    return {"name": "x", "count": 1, "sets": sets, **fields}


def one_set(**fields: Any) -> dict[str, Any]:
    return job(sets=[{"path": "a.gcode", **fields}])


def own(**fields: Any) -> dict[str, Any]:
    """A manifest whose set says this of what CPQ's sets do not have."""
    return one_set(moonraker_cp=fields)


def _json(value: Any) -> str:
    return json.dumps(value)


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file with its content and every folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


# ---- what is packed comes back


def test_a_job_comes_back_as_it_was_packed(root: Path, source: Path) -> None:
    sets = (
        ManifestSet("a.gcode", 3, (None, "PLA"), ("MK3S",), '{"hash": "x"}', **OWN),
        ManifestSet("sub/b.g", 0),
    )
    packed = Manifest("Teile – 7", 2, sets, draft=True, created=1_700_000_000.0)
    write_job_file(source, packed, root)
    found = read_job_file(source, root, "imports")
    paths = ("imports/part/a.gcode", "imports/part/b.g")
    assert found == replace(
        packed, sets=tuple(replace(s, path=p) for s, p in zip(sets, paths))
    )
    assert [(root / path).read_text() for path in paths] == [A, B]


def test_what_cpq_does_not_have_is_in_an_object_of_its_own(
    root: Path, source: Path
) -> None:
    sets = (ManifestSet("a.gcode", **OWN), ManifestSet("sub/b.g", retries=3))
    write_job_file(source, Manifest("x", 1, sets), root)
    with zipfile.ZipFile(source) as packed:
        first, second = json.loads(packed.read("manifest.json"))["sets"]
    assert first.pop("moonraker_cp") == {
        "release_temperature": 28.5,
        "on_failure": "retry",
        "retries": 0,
        "spools": [7, None],
    }
    assert second.pop("moonraker_cp") == {"retries": 3}
    assert set(first) == set(second) == CPQ_FIELDS


def test_null_and_strangers_in_our_object_say_nothing(root: Path, source: Path) -> None:
    for manifest in (one_set(moonraker_cp=None), own(retries=None, colour="red")):
        source.write_bytes(archive({"a.gcode": A}, {**manifest, "retries": "x"}))
        (one,) = read_job_file(source, root).sets
        assert one == ManifestSet(one.path)


def test_a_file_of_two_sets_is_packed_once(root: Path, source: Path) -> None:
    sets = (ManifestSet("a.gcode"), ManifestSet("sub/b.g"), ManifestSet("a.gcode", 5))
    write_job_file(source, Manifest("x", 1, sets), root)
    with zipfile.ZipFile(source) as packed:
        assert packed.namelist() == ["a.gcode", "b.g", "manifest.json"]
    found = read_job_file(source, root)
    assert [(s.path, s.count) for s in found.sets] == [
        ("part/a.gcode", 1),
        ("part/b.g", 1),
        ("part/a.gcode", 5),
    ]


def test_names_in_the_archive_are_plain_and_no_two_alike(
    root: Path, source: Path
) -> None:
    long = "sub/" + "ß" * 120 + ".gcode"
    plain = ("a.gcode", "sub/A.gcode", "sub/x:y?.gcode", "sub/ü.g", "sub/u\u0308.g")
    paths = (*plain, long)
    for path in paths:
        (root / path).write_text(path)
    write_job_file(source, Manifest("x", 1, tuple(map(ManifestSet, paths))), root)
    with zipfile.ZipFile(source) as packed:
        names = packed.namelist()[:-1]
    assert names[:5] == ["a.gcode", "A_2.gcode", "x_y_.gcode", "ü.g", "ü_2.g"]
    assert names[5].startswith("ßß")
    assert len(names[5].encode()) < 255
    found = read_job_file(source, root)
    assert tuple((root / one.path).read_text() for one in found.sets) == paths


def test_a_file_from_before_1980_can_be_packed(root: Path, source: Path) -> None:
    os.utime(root / "a.gcode", (0, 0))
    write_job_file(source, Manifest("x", 1, (ManifestSet("a.gcode"),)), root)
    assert read_job_file(source, root).sets[0].path == "part/a.gcode"


# ---- Continuous Print


def test_a_job_file_of_continuous_print_is_read(root: Path, source: Path) -> None:
    source.write_bytes(archive(CPQ_FILES, CPQ_MANIFEST))
    found = read_job_file(source, root, "from/cpq")
    sets = tuple(replace(s, path=f"from/cpq/part/{s.path}") for s in CPQ_SETS)
    assert found == Manifest("My job!", 4, sets, draft=True, created=1795355505.0)
    assert (root / "from/cpq/part/a.gcode").read_text() == A
    assert (root / "from/cpq/part/ü b.gcode").read_text() == B


def test_what_is_written_is_what_continuous_print_reads(
    root: Path, source: Path
) -> None:
    """The fields that its importJob hands to its database, in types that fit."""
    one = ManifestSet("sub/b.g", 3, (None, "PLA"), ("MK3S",), "{}")
    write_job_file(source, Manifest("ü", 2, (one,), created=12.75), root)
    with zipfile.ZipFile(source) as packed:
        assert packed.testzip() is None
        assert json.loads(packed.read("manifest.json")) == {
            "name": "ü",
            "count": 2,
            "remaining": 2,
            "draft": False,
            "created": 12,
            "version": "0.1.0",
            "sets": [
                {
                    "path": "b.g",
                    "count": 3,
                    "remaining": 3,
                    "completed": 0,
                    "metadata": "{}",
                    "materials": ["", "PLA"],
                    "profiles": ["MK3S"],
                }
            ],
        }


def test_fields_that_are_missing_have_continuous_prints_defaults(
    root: Path, source: Path
) -> None:
    manifest = {"name": "  ", "sets": [{"path": "a.gcode"}]}
    source.write_bytes(archive({"a.gcode": A}, manifest))
    assert read_job_file(source, root) == Manifest(
        "", 1, (ManifestSet("part/a.gcode", 1),)
    )


def test_a_letter_may_be_written_in_two_ways(root: Path, source: Path) -> None:
    """As ü and as u with dots on it, which some systems make of it."""
    files = {"u\u0308.gcode": A, "ö.gcode": B}
    source.write_bytes(archive(files, job("ü.gcode", "o\u0308.gcode")))
    found = read_job_file(source, root)
    assert [(root / one.path).read_text() for one in found.sets] == [A, B]
    assert [one.path for one in found.sets] == ["part/ü.gcode", "part/ö.gcode"]


def test_files_that_no_set_names_stay_packed(root: Path, source: Path) -> None:
    source.write_bytes(archive({"a.gcode": A, "b.gcode": B}, job()))
    read_job_file(source, root)
    assert [path.name for path in (root / "part").iterdir()] == ["a.gcode"]


# ---- where it goes


def test_nothing_is_overwritten(root: Path, source: Path) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    (root / "part").mkdir()
    (root / "part" / "a.gcode").write_text("mine")
    (root / "part_2").write_text("a file")
    (root / "part_3").symlink_to("nowhere")
    before = everything(root)
    assert read_job_file(source, root).sets[0].path == "part_4/a.gcode"
    assert read_job_file(source, root).sets[0].path == "part_5/a.gcode"
    assert {k: v for k, v in everything(root).items() if k in before} == before


def test_imports_at_the_same_time_get_their_own_folders(
    root: Path, source: Path
) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(read_job_file, source, root, "in") for _ in range(24)]
    paths = {call.result().sets[0].path for call in calls}
    assert len(paths) == 24
    assert all((root / path).read_text() == B for path in paths)
    assert len(list((root / "in").iterdir())) == 24


@pytest.mark.parametrize(
    "name",
    ["...gjob", ".gjob", " ..a;b\nc.gjob", "\u00a0x.gjob", "ü" * 120, "a\udcff.gjob"],
)
def test_any_name_of_the_job_file_makes_a_path_that_can_be_queued(
    root: Path, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_bytes(archive({"a.gcode": B}, job()))
    path = read_job_file(source, root).sets[0].path
    assert normalise(path) == path
    assert (root / path).read_text() == B
    assert path.count("/") == 1
    assert not path.startswith(".")


def test_the_folder_can_be_read_by_others(root: Path, source: Path) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    read_job_file(source, root)
    plain = root / "sub"
    assert stat.S_IMODE((root / "part").stat().st_mode) == stat.S_IMODE(
        plain.stat().st_mode
    )


@pytest.mark.parametrize(
    "folder", ["/etc", "..", "a/../..", "a//b", "a\\b", "a\nb", " a", "x" * 501]
)
def test_a_folder_outside_is_refused(root: Path, source: Path, folder: str) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    before = everything(root.parent)
    with pytest.raises(BadRequest, match="folder"):
        read_job_file(source, root, folder)
    assert everything(root.parent) == before


def test_what_is_not_there_is_not_found(root: Path, source: Path) -> None:
    with pytest.raises(NotFound, match=r"no job file part\.gjob"):
        read_job_file(source, root)
    source.write_bytes(archive({"a.gcode": B}, job()))
    with pytest.raises(NotFound, match="gcodes folder"):
        read_job_file(source, root / "nothing")


# ---- hostile archives


class Hostile(NamedTuple):
    """An archive to be refused with these words."""

    words: str
    data: bytes
    limits: Limits = Limits()


def named(*names: str) -> bytes:
    """Entries with names as they are, also those that zipfile would not write."""
    return tweaked({f"{i}.gcode": A for i in range(len(names))}, *_renames(names))


def _renames(names: tuple[str, ...]) -> list[Callable[[zipfile.ZipFile], None]]:
    def rename(index: int, name: str) -> Callable[[zipfile.ZipFile], None]:
        return lambda packed: setattr(packed.filelist[index], "filename", name)

    return [rename(index, name) for index, name in enumerate(names)]


def tweaked(files: Files, *tweaks: Callable[[zipfile.ZipFile], None]) -> bytes:
    """An archive whose directory says something else than its entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
        packed.writestr("manifest.json", _json(job()))
        for tweak in tweaks:
            tweak(packed)
    return buffer.getvalue()


def entry(name: str = "a.gcode", **fields: int) -> bytes:
    """a.gcode and another, whose directory entry has these fields."""

    def change(packed: zipfile.ZipFile) -> None:
        for field, value in fields.items():
            setattr(packed.getinfo(name), field, value)

    return tweaked({"a.gcode": A, "b.gcode": B}, change)


def twice(*names: str) -> bytes:
    """a.gcode, the manifest, and entries of other names under these."""
    files = {"a.gcode": A, **{f"{i}.gcode": B for i in range(len(names))}}
    renames = _renames(("a.gcode", *names))
    return tweaked(files, *renames)


def methods(method: int) -> bytes:
    buffer = io.BytesIO(archive({}, job()))
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr("a.gcode", A, method)
    return buffer.getvalue()


def damaged_last() -> bytes:
    """The last file's content was changed, so the ones before it are fine."""
    files: dict[str, str | bytes] = {"a.gcode": A, "b.gcode": B}
    files["c.gcode"] = Random(7).randbytes(90_000)
    data = bytearray(archive(files, job(*files)))
    data[data.index(b"c.gcode") + 50_000] ^= 0xFF
    return bytes(data)


def lying_directory() -> bytes:
    """Says that its directory is 3 MiB long, and it is."""
    files = {f"{i:04}" + "x" * 60_000 + ".gcode": b"" for i in range(50)}
    return archive(files, job())


GOOD = archive({"a.gcode": A, "b.gcode": B}, job("a.gcode", "b.gcode"))
MIB = 1024**2

HOSTILE = {
    "no zip": Hostile("no job file", b"G28\n" * 100),
    "empty": Hostile("no job file", b""),
    "cut short": Hostile("no job file", GOOD[:-40]),
    "its middle is missing": Hostile("no job file", GOOD[:30] + GOOD[60:]),
    "damaged in its last file": Hostile("damaged", damaged_last()),
    # the manifest
    "no manifest": Hostile("no manifest.json", archive({"a.gcode": A})),
    "manifest in a folder": Hostile(
        "points out|in a folder", archive({"x/manifest.json": _json(job())})
    ),
    "manifest in capitals": Hostile(
        "not a G-code file", archive({"MANIFEST.JSON": _json(job()), "a.gcode": A})
    ),
    "manifest no JSON": Hostile("not JSON", archive({"a.gcode": A}, "{")),
    "manifest no UTF-8": Hostile("not JSON", archive({"a.gcode": A}, b'{"a": "\xff"}')),
    "manifest endlessly deep": Hostile(
        "not JSON", archive({"a.gcode": A}, "[" * 200_000)
    ),
    "manifest too long": Hostile(
        "longer than 300 bytes",
        archive({"a.gcode": A}, job(name="x" * 200, other="y" * 200)),
        Limits(manifest=300),
    ),
    "manifest a list": Hostile("JSON object", archive({"a.gcode": A}, [job()])),
    # names of entries
    "absolute": Hostile("points out", named("/a.gcode")),
    "parent": Hostile("points out", named("../a.gcode")),
    "parent in the middle": Hostile("points out", named("x/../../a.gcode")),
    "drive": Hostile("points out", named("C:a.gcode")),
    "backslash": Hostile("backslash", named("..\\a.gcode")),
    "semicolon": Hostile("backslash or ';'", named("a;b.gcode")),
    "newline": Hostile("control characters", named("a\nM112.gcode")),
    "terminal's order": Hostile("control characters", named("a\x9b2J.gcode")),
    "from right to left": Hostile("control characters", named("a\u202eg.gcode")),
    "delete character": Hostile("control characters", named("a\x7f.gcode")),
    "NUL": Hostile("control characters", named("a.gcode\0.exe")),
    "NUL in the manifest's name": Hostile(
        "control characters", named("manifest.json\0.gcode")
    ),
    "folder": Hostile("in a folder", named("x/a.gcode")),
    "folder alone": Hostile("in a folder", named("x/")),
    "nameless": Hostile("no name", named("")),
    "255 bytes are exceeded": Hostile("255 bytes", named("ü" * 125 + ".gcode")),
    # kinds of entries
    "symbolic link": Hostile("link", entry(external_attr=(stat.S_IFLNK | 0o777) << 16)),
    "symbolic link beside": Hostile(
        "link", entry("b.gcode", external_attr=(stat.S_IFLNK | 0o777) << 16)
    ),
    "pipe": Hostile("special", entry(external_attr=(stat.S_IFIFO | 0o666) << 16)),
    "device": Hostile("special", entry(external_attr=(stat.S_IFBLK | 0o666) << 16)),
    "manifest a link": Hostile(
        "link", entry("manifest.json", external_attr=(stat.S_IFLNK | 0o777) << 16)
    ),
    "encrypted": Hostile("encrypted", entry(flag_bits=0x1)),
    "encrypted directory": Hostile("encrypted", entry(flag_bits=0x2000)),
    "LZMA": Hostile("store or deflate", methods(zipfile.ZIP_LZMA)),
    "bzip2": Hostile("store or deflate", methods(zipfile.ZIP_BZIP2)),
    # duplicates
    "same name twice": Hostile("more than once", twice("a.gcode")),
    "same name in capitals": Hostile("more than once", twice("A.gcode")),
    "same name in other code points": Hostile(
        "more than once", twice("ü.gcode", "u\u0308.gcode")
    ),
    "two manifests": Hostile("more than once", twice("manifest.json")),
    # not G-code
    "a program": Hostile("not a G-code", archive({"a.gcode": A, "x.sh": "id"}, job())),
    "a model": Hostile("not a G-code", archive({"a.stl": "solid"}, job("a.stl"))),
    "an archive in it": Hostile(
        "not a G-code", archive({"a.gcode": A, "x.gjob": GOOD}, job())
    ),
    "letters that Klipper does not list": Hostile(
        "not a G-code", archive({"a.GCODE": A}, job("a.GCODE"))
    ),
    # sets
    "a set without its file": Hostile("is not in the job file", archive({}, job())),
    "a set with a path to elsewhere": Hostile(
        "is not in the job file", archive({"a.gcode": A}, job("a.gcode", "../a.gcode"))
    ),
    "a set that prints the manifest": Hostile(
        "is not in the job file", archive({"a.gcode": A}, job("manifest.json"))
    ),
    # sizes
    "too many files": Hostile("more than 2 files", GOOD, Limits(entries=2)),
    "an endless directory": Hostile("too many files", lying_directory()),
    "too many bytes": Hostile("more than 500 bytes", GOOD, Limits(total=500)),
    "a bomb": Hostile("100 times larger", archive({"a.gcode": bytes(17 * MIB)}, job())),
    "a bomb of many files": Hostile(
        "100 times larger",
        archive({f"{i}.gcode": bytes(2 * MIB) for i in range(9)}, job("0.gcode")),
    ),
    "a bomb that lies about what it is packed in": Hostile(
        "overlap", entry(compress_size=10 * MIB)
    ),
    "longer than it says": Hostile("damaged", entry(file_size=50)),
    "shorter than it says": Hostile("damaged", entry(file_size=len(A) + 1)),
    "much shorter than it says": Hostile("damaged", entry(file_size=9 * MIB)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_no_trace(
    root: Path, source: Path, name: str
) -> None:
    hostile = HOSTILE[name]
    source.write_bytes(hostile.data)
    before = everything(root.parent)
    with pytest.raises(BadRequest, match=hostile.words):
        read_job_file(source, root, "new/folder", hostile.limits)
    assert everything(root.parent) == before


def test_an_archive_gets_no_more_bytes_than_it_was_checked_for(
    root: Path, source: Path
) -> None:
    """Its directory says 50 bytes, checksum included; packed are a million."""

    def lie(packed: zipfile.ZipFile) -> None:
        packed.getinfo("a.gcode").file_size = 50
        packed.getinfo("a.gcode").CRC = zlib.crc32(bytes(50))

    source.write_bytes(tweaked({"a.gcode": bytes(MIB)}, lie))
    path = read_job_file(source, root).sets[0].path
    assert (root / path).read_bytes() == bytes(50)


def test_bytes_are_counted_as_they_come(
    root: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """zipfile stops at the size that was checked; should it not, we do."""
    source.write_bytes(GOOD)
    real = zipfile.ZipFile.open

    def endless(self: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
        is_file = info.filename == "b.gcode"
        return io.BytesIO(bytes(MIB)) if is_file else real(self, info)

    monkeypatch.setattr(zipfile.ZipFile, "open", endless)
    before = everything(root.parent)
    with pytest.raises(BadRequest, match="longer than it says"):
        read_job_file(source, root, "new")
    assert everything(root.parent) == before


WRONG = {
    "count negative": job(count=-1),
    "count zero": job(count=0),
    "count true": job(count=True),
    "count a fraction": job(count=1.5),
    "count a whole fraction": job(count=1.0),
    "count text": job(count="2"),
    "count null": job(count=None),
    "count above the limit": job(count=10_001),
    "name a number": job(name=7),
    "name too long": job(name="x" * 251),
    "name with a newline": job(name="x\ny"),
    "name half a letter": job(name="x\ud800"),
    "draft text": job(draft="false"),
    "created true": job(created=True),
    "created text": job(created="2024"),
    "created negative": job(created=-1),
    "sets missing": {"name": "x", "count": 1},
    "sets empty": job(sets=[]),
    "sets an object": job(sets={"path": "a.gcode"}),
    "sets too many": job(*["a.gcode"] * 1001),
    "set a text": job(sets=["a.gcode"]),
    "path missing": job(sets=[{"count": 1}]),
    "path a list": one_set(path=["a.gcode"]),
    "path half a letter": one_set(path="\udc00.gcode"),
    "copies negative": one_set(count=-1),
    "copies true": one_set(count=True),
    "copies a fraction": one_set(count=0.5),
    "copies above the limit": one_set(count=10_001),
    "materials text": one_set(materials="PLA"),
    "materials that are lines": one_set(materials=["PLA\nM112"]),
    "profiles that are lines": one_set(profiles=["X\u2028M112"]),
    "materials numbers": one_set(materials=[1]),
    "materials too many": one_set(materials=["PLA"] * 33),
    "materials too long": one_set(materials=["x" * 201]),
    "profiles text": one_set(profiles="MK3S"),
    "profiles objects": one_set(profiles=[{}]),
    "moonraker_cp a list": one_set(moonraker_cp=[1]),
    "release_temperature text": own(release_temperature="28"),
    "release_temperature true": own(release_temperature=True),
    "release_temperature hot": own(release_temperature=201),
    "release_temperature cold": own(release_temperature=-1),
    "on_failure unknown": own(on_failure="again"),
    "on_failure a list": own(on_failure=["stop"]),
    "retries true": own(retries=True),
    "retries a fraction": own(retries=1.5),
    "retries too many": own(retries=101),
    "retries negative": own(retries=-1),
    "spools a number": own(spools=7),
    "spools text": own(spools=["7"]),
    "spools zero": own(spools=[0]),
    "spools too large": own(spools=[2**31]),
    "spools too many": own(spools=[None] * 33),
    "metadata an object": one_set(metadata={}),
    "metadata half a letter": one_set(metadata="\ud800"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_manifest_is_refused_by_the_name_of_its_field(
    root: Path, source: Path, name: str
) -> None:
    source.write_bytes(archive({"a.gcode": A}, WRONG[name]))
    before = everything(root.parent)
    field = {"copies": r"sets\[0\]\.count", "set": r"sets\[0\]"}.get(
        name.split()[0], name.split()[0]
    )
    with pytest.raises(BadRequest, match=rf"manifest\.json is wrong: .*{field}"):
        read_job_file(source, root, "new")
    assert everything(root.parent) == before


@pytest.mark.parametrize(
    "number", ["NaN", "1e999", "-Infinity", "9" * 19, "9" * 500_000]
)
def test_numbers_that_are_none_are_refused(
    root: Path, source: Path, number: str
) -> None:
    text = _json(job()).replace('"sets"', f'"created": {number}, "sets"')
    source.write_bytes(archive({"a.gcode": A}, text))
    with pytest.raises(BadRequest, match=r"manifest\.json is wrong"):
        read_job_file(source, root)
    assert not (root / "part").exists()


def test_the_limits_themselves_are_allowed(root: Path, source: Path) -> None:
    source.write_bytes(GOOD)
    with zipfile.ZipFile(source) as packed:
        total = sum(info.file_size for info in packed.infolist())
        manifest = packed.getinfo("manifest.json").file_size
    limits = Limits(total=total, entries=3, manifest=manifest)
    assert len(read_job_file(source, root, "", limits).sets) == 2


def test_the_longest_names_and_lists_are_allowed(root: Path, source: Path) -> None:
    one = ManifestSet(
        "x" * 249 + ".gcode", 10_000, ("y" * 200,) * 32, ("z" * 200,) * 32
    )
    fields = asdict(one)
    source.write_bytes(archive({one.path: A}, job(sets=[fields], name="n" * 250)))
    folder = "f" * 250 + "/" + "g" * 249
    found = read_job_file(source, root, folder)
    assert found.sets == (replace(one, path=f"{folder}/part/{one.path}"),)
    assert normalise(found.sets[0].path) == found.sets[0].path


# ---- the disk


class Usage(NamedTuple):
    free: int


Failing = Callable[[BaseException], list[int]]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """The second file that reaches the disk fails with this error."""

    def fail_with(error: BaseException) -> list[int]:
        flushed: list[int] = []

        def fsync(fd: int) -> None:
            flushed.append(fd)
            if len(flushed) == 2:
                raise error

        monkeypatch.setattr(os, "fsync", fsync)
        return flushed

    return fail_with


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), BadRequest),
        (OSError(errno.EIO, "Input/output error"), Unavailable),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_an_interrupted_import_leaves_nothing(
    root: Path,
    source: Path,
    failing: Failing,
    error: BaseException,
    expected: type[BaseException],
) -> None:
    source.write_bytes(GOOD)
    before = everything(root.parent)
    flushed = failing(error)
    with pytest.raises(expected):
        read_job_file(source, root, "new/folder")
    assert everything(root.parent) == before
    assert len(flushed) == 2


def test_a_folder_that_was_there_before_stays(
    root: Path, source: Path, failing: Failing
) -> None:
    (root / "imports").mkdir()
    source.write_bytes(GOOD)
    failing(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(BadRequest, match="disk is full"):
        read_job_file(source, root, "imports")
    assert list((root / "imports").iterdir()) == []


def test_a_name_that_was_taken_meanwhile_is_not_tried_again(
    root: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    read_job_file(source, root)
    before = everything(root)
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    assert read_job_file(source, root).sets[0].path == "part_2/a.gcode"
    assert {k: v for k, v in everything(root).items() if k in before} == before


@pytest.mark.parametrize(
    ("number", "tries"), [(errno.ENOTEMPTY, 102), (errno.EACCES, 1)]
)
def test_a_disk_that_takes_no_folder_is_given_up(
    root: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    tries: int,
) -> None:
    source.write_bytes(archive({"a.gcode": B}, job()))
    before = everything(root.parent)
    asked: list[str] = []

    def refuse(self: Path, target: Path) -> None:
        asked.append(target.name)
        raise OSError(number, "The words of the disk")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(Unavailable, match="The words of the disk"):
        read_job_file(source, root)
    assert len(set(asked)) == len(asked) == tries
    assert everything(root.parent) == before


def test_an_import_that_would_fill_the_disk_does_not_begin(
    root: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write_bytes(archive({"a.gcode": A}, job()))
    free = len(A) + gjob.SPARE
    left = iter([Usage(free - 1), Usage(free)])
    monkeypatch.setattr("shutil.disk_usage", lambda path: next(left))
    before = everything(root.parent)
    with pytest.raises(BadRequest, match="disk is full: 64 MiB"):
        read_job_file(source, root)
    assert everything(root.parent) == before
    assert read_job_file(source, root).sets[0].path == "part/a.gcode"


# ---- packing that fails


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("gone.gcode", NotFound, "no file gone.gcode"),
        ("x" * 300 + ".gcode", NotFound, "no file xxx"),
        ("sub", BadRequest, "not a G-code file"),
        ("../secret.gcode", BadRequest, "relative to the gcodes folder"),
        ("/etc/x.gcode", BadRequest, "relative to the gcodes folder"),
        ("a\0.gcode", BadRequest, "control characters"),
        ("a\ud800.gcode", BadRequest, "not valid Unicode"),
        ("", BadRequest, "no name"),
    ],
)
def test_a_set_whose_file_cannot_be_packed(
    root: Path, source: Path, path: str, error: type[Exception], words: str
) -> None:
    (root.parent / "secret.gcode").write_text("secret")
    before = everything(root.parent)
    sets = (ManifestSet("a.gcode"), ManifestSet(path))
    with pytest.raises(error, match=words):
        write_job_file(source, Manifest("x", 1, sets), root)
    assert everything(root.parent) == before


@pytest.mark.parametrize(
    ("sets", "limits", "words"),
    [
        ((), Limits(), "sets must be a list"),
        ((ManifestSet("a.gcode", 10_001),), Limits(), "count"),
        ((ManifestSet("a.gcode"),), Limits(total=100), "more than 100 bytes"),
        ((ManifestSet("a.gcode"),), Limits(entries=1), "more than 1 files"),
    ],
)
def test_what_could_not_be_read_again_is_not_packed(
    root: Path,
    source: Path,
    sets: tuple[ManifestSet, ...],
    limits: Limits,
    words: str,
) -> None:
    source.write_bytes(b"an older file")
    before = everything(root.parent)
    with pytest.raises(BadRequest, match=words):
        write_job_file(source, Manifest("x", 1, sets), root, limits)
    assert everything(root.parent) == before


def test_an_older_job_file_is_replaced_whole_or_not_at_all(
    root: Path, source: Path, failing: Failing
) -> None:
    failing(OSError(errno.ENOSPC, "No space left on device"))
    job_a = Manifest("x", 1, (ManifestSet("a.gcode"),))
    write_job_file(source, job_a, root)
    before = everything(root.parent)
    with pytest.raises(BadRequest, match="disk is full"):
        write_job_file(source, Manifest("y", 1, (ManifestSet("sub/b.g"),)), root)
    assert everything(root.parent) == before
    write_job_file(source, Manifest("y", 1, (ManifestSet("sub/b.g"),)), root)
    assert read_job_file(source, root).name == "y"
