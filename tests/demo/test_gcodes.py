"""The committed demo files are what the generator writes."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import pytest

from moonraker_cp.demo import gcodes, thumbnails

PARTS = pytest.mark.parametrize("part", gcodes.PARTS, ids=lambda part: part.name)


@PARTS
def test_generated_again_it_is_the_same(part: gcodes.Part) -> None:
    assert (gcodes.FOLDER / part.file).read_bytes() == gcodes.gcode(part).encode()


def test_nothing_else_lies_in_the_folder() -> None:
    found = {path.name for path in gcodes.FOLDER.iterdir()}
    assert found == {part.file for part in gcodes.PARTS}


@PARTS
def test_the_shape_stays_on_the_bed_and_in_its_layers(part: gcodes.Part) -> None:
    text = gcodes.gcode(part)
    xs = [float(x) for x in re.findall(r"^G1 X(\S+)", text, re.MULTILINE)]
    assert min(xs) > 90
    assert max(xs) < 130
    assert text.count(";LAYER_CHANGE") == part.layers
    assert text.count("PRINT_START ") == text.count("\nPRINT_END\n") == 1


@PARTS
def test_pictures_are_whole_pngs_of_the_promised_size(part: gcodes.Part) -> None:
    block = r"; thumbnail begin (\d+)x\1 (\d+)\n(.*?); thumbnail end"
    found = re.findall(block, gcodes.gcode(part), re.DOTALL)
    assert [int(size) for size, _, _ in found] == [32, 300]
    for size, length, body in found:
        text = body.replace("; ", "").replace("\n", "")
        assert len(text) == int(length)
        rows = pixels(base64.b64decode(text))
        assert len(rows) == int(size) * (1 + -(-int(size) // 4))
        assert rows.strip(b"\0"), "the picture is empty"


def pixels(png: bytes) -> bytes:
    """The unpacked image data; chunk checksums are checked on the way."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", png, at + 8 + length)
        assert zlib.crc32(kind + body) == check
        if kind == b"IDAT":
            data += body
        at += length + 12
    return zlib.decompress(data)


def test_a_large_picture_needs_several_blocks() -> None:
    square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    rows = pixels(thumbnails.png([square], 600, 1.5))
    assert len(rows) == 600 * 151 > 65535
