"""The wire format: framed blocks with a sequence number, a CRC and VLQ integers."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple, Union

BLOCK_MIN = 5
BLOCK_MAX = 64
SYNC = 0x7E
SEQ_MASK = 0x0F
SEQ_DEST = 0x10

Value = Union[int, bytes]

# The protocol's CRC is the bit-reflected CCITT one. Flipping the bits of every
# byte turns it into the ordinary one, which the standard library has in C.
_FLIP = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc16(data: bytes) -> bytes:
    """The two checksum bytes of a block, in the order in which they are sent."""
    crc = binascii.crc_hqx(data.translate(_FLIP), 0xFFFF)
    return bytes((_FLIP[crc & 0xFF], _FLIP[crc >> 8]))


def frame(seq: int, payload: bytes = b"") -> bytes:
    """Wrap a payload into a block; an empty one is an acknowledgement."""
    head = bytes((BLOCK_MIN + len(payload), SEQ_DEST | (seq & SEQ_MASK))) + payload
    return head + crc16(head) + bytes((SYNC,))


def put_int(out: bytearray, value: int) -> None:
    """Append a variable length quantity: 7 bits a byte, most significant first."""
    if value > 0x7FFFFFFF:
        # The host reads 32 bits either way; the negative twin may be shorter.
        value -= 0x100000000
    for shift in (28, 21, 14, 7):
        # A byte is left out while sign extension can bring it back: the first
        # byte sent covers -32 .. 95, and each further one seven bits more.
        if not -(0x20 << (shift - 7)) <= value < 0x60 << (shift - 7):
            out.append((value >> shift) & 0x7F | 0x80)
    out.append(value & 0x7F)


def get_int(data: bytes, pos: int) -> tuple[int, int]:
    """Read a quantity: (signed value, position behind it)."""
    byte = data[pos]
    pos += 1
    value = byte & 0x7F
    if byte & 0x60 == 0x60:
        value -= 0x80
    while byte & 0x80:
        byte = data[pos]
        pos += 1
        value = (value << 7) | (byte & 0x7F)
    return value, pos


def put_bytes(out: bytearray, value: bytes) -> None:
    out.append(len(value))
    out += value


class Kind(Enum):
    """How one argument travels; the value is its mark in a format string."""

    U32 = "%u"
    I32 = "%i"
    U16 = "%hu"
    I16 = "%hi"
    BYTE = "%c"
    BUFFER = "%*s"
    ROM_BUFFER = "%.*s"


_SIGNED = {Kind.I32, Kind.I16}
_BUFFERS = {Kind.BUFFER, Kind.ROM_BUFFER}


class Message:
    """One command or response of the dictionary, ready to be coded."""

    def __init__(self, ident: int, text: str) -> None:
        words = text.split()
        self.ident = ident
        self.text = text
        self.name = words[0]
        self.names = tuple(word.partition("=")[0] for word in words[1:])
        self.kinds = tuple(Kind(word.partition("=")[2]) for word in words[1:])

    def encode(self, values: Sequence[Value]) -> bytes:
        if len(values) != len(self.kinds):
            raise ValueError(f"{self.name} takes {len(self.kinds)} values")
        out = bytearray()
        put_int(out, self.ident)
        for value in values:
            if isinstance(value, bytes):
                put_bytes(out, value)
            else:
                put_int(out, value)
        return bytes(out)

    def decode(self, data: bytes, pos: int) -> tuple[list[Value], int]:
        """Read the arguments that follow the identifier."""
        values: list[Value] = []
        for kind in self.kinds:
            if kind in _BUFFERS:
                end = pos + 1 + data[pos]
                values.append(data[pos + 1 : end])
                pos = end
                continue
            value, pos = get_int(data, pos)
            values.append(value if kind in _SIGNED else value & 0xFFFFFFFF)
        return values, pos


class Block(NamedTuple):
    """A block whose checksum fits."""

    seq: int
    payload: bytes


class Garbage(NamedTuple):
    """Bytes that are no block: the stream was cut and found again at a sync byte."""

    size: int


class BlockReader:
    """Cuts a byte stream into blocks and finds its way back after damage."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._lost = 0
        self._in_sync = True

    def clear(self) -> None:
        self._data.clear()
        self._lost = 0
        self._in_sync = True

    def feed(self, data: bytes) -> Iterator[Block | Garbage]:
        """Yield what is complete so far; an incomplete tail waits for more."""
        self._data += data
        while self._data:
            if not self._in_sync:
                found = self._data.find(SYNC)
                if found < 0:
                    self._lost += len(self._data)
                    self._data.clear()
                    return
                self._lost += found + 1
                del self._data[: found + 1]
                self._in_sync = True
                yield Garbage(self._lost)
                self._lost = 0
                continue
            if self._data[0] == SYNC:
                del self._data[0]
                continue
            length = self._data[0]
            if not BLOCK_MIN <= length <= BLOCK_MAX:
                self._in_sync = False
                continue
            if len(self._data) >= 2 and self._data[1] & ~SEQ_MASK != SEQ_DEST:
                self._in_sync = False
                continue
            if len(self._data) < length:
                return
            raw = bytes(self._data[:length])
            if raw[-1] != SYNC or crc16(raw[:-3]) != raw[-3:-1]:
                self._in_sync = False
                continue
            del self._data[:length]
            yield Block(raw[1] & SEQ_MASK, raw[2:-3])
