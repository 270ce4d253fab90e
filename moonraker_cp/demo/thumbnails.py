"""PNG pictures of small shapes, the same bytes on every machine."""

from __future__ import annotations

import base64
import struct
import zlib

_TRANSPARENT, _FILL, _EDGE = 0, 1, 2
_PALETTE = bytes((0, 0, 0)) + bytes((33, 150, 243)) + bytes((13, 71, 161))
_ALPHA = bytes((0, 255, 255))
_STORED_BLOCK = 65535

Outlines = list[list[tuple[float, float]]]


def png(outlines: Outlines, size: int, reach: float) -> bytes:
    """A square picture of the shape around the origin, `reach` mm to each side.

    A point is inside when it is inside an odd number of outlines, so a hole is one
    more outline.
    """
    scale = 2 * reach / size
    centres = [(index + 0.5) * scale - reach for index in range(size)]
    # Rows run downwards in a picture, y upwards on a bed.
    mask = [_inside(outlines, centres, -y) for y in centres]
    rows = b"".join(_row(mask, row) for row in range(size))
    header = struct.pack(">IIBBBBB", size, size, 2, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", _PALETTE)
        + _chunk(b"tRNS", _ALPHA)
        + _chunk(b"IDAT", _stored(rows))
        + _chunk(b"IEND", b"")
    )


def gcode_block(picture: bytes, size: int) -> str:
    """The picture as slicers put it into a file's comments."""
    text = base64.b64encode(picture).decode()
    lines = [text[start : start + 78] for start in range(0, len(text), 78)]
    body = "\n".join(f"; {line}" for line in lines)
    return (
        f";\n; thumbnail begin {size}x{size} {len(text)}\n{body}\n; thumbnail end\n;\n"
    )


def _inside(outlines: Outlines, xs: list[float], y: float) -> list[bool]:
    """For each x on the line at y whether it is inside."""
    edges: list[float] = []
    for outline in outlines:
        x1, y1 = outline[-1]
        for x2, y2 in outline:
            if (y1 > y) != (y2 > y):
                edges.append(x1 + (y - y1) / (y2 - y1) * (x2 - x1))
            x1, y1 = x2, y2
    return [sum(x < edge for edge in edges) % 2 == 1 for x in xs]


def _row(mask: list[list[bool]], row: int) -> bytes:
    last = len(mask) - 1
    packed = bytearray([0])
    for start in range(0, last + 1, 4):
        value = 0
        for column in range(start, start + 4):
            value = value << 2 | (
                _colour(mask, row, column) if column <= last else _TRANSPARENT
            )
        packed.append(value)
    return bytes(packed)


def _colour(mask: list[list[bool]], row: int, column: int) -> int:
    if not mask[row][column]:
        return _TRANSPARENT
    last = len(mask) - 1
    around = ((-1, 0), (1, 0), (0, -1), (0, 1))
    for down, right in around:
        y, x = min(max(row + down, 0), last), min(max(column + right, 0), last)
        if not mask[y][x]:
            return _EDGE
    return _FILL


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _stored(data: bytes) -> bytes:
    # zlib's own output differs between its implementations; uncompressed blocks
    # are the same everywhere, and a test can compare the generated files.
    blocks = [b"\x78\x01"]
    for start in range(0, len(data), _STORED_BLOCK):
        part = data[start : start + _STORED_BLOCK]
        final = start + _STORED_BLOCK >= len(data)
        blocks.append(struct.pack("<BHH", final, len(part), len(part) ^ 0xFFFF))
        blocks.append(part)
    blocks.append(struct.pack(">I", zlib.adler32(data)))
    return b"".join(blocks)
