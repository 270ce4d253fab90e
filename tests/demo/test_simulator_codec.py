"""The wire format: known vectors, damage, and klippy's own coder as the oracle."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

import pytest

from moonraker_cp.demo import envs
from moonraker_cp.demo.simulator.codec import (
    Block,
    BlockReader,
    Garbage,
    Message,
    crc16,
    frame,
    get_int,
    put_int,
)
from moonraker_cp.demo.simulator.dictionary import (
    COMMAND_BY_ID,
    COMMAND_BY_NAME,
    RESPONSE_BY_NAME,
    dictionary_blob,
)

EDGES = sorted(
    {
        edge
        for shift in (0, 7, 14, 21)
        for base in (0x60 << shift, -(0x20 << shift))
        for edge in (base - 1, base, base + 1)
    }
    | {0, -1, 0x7FFFFFFF, -0x80000000}
)


def encoded(value: int) -> bytes:
    out = bytearray()
    put_int(out, value)
    return bytes(out)


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (0, "00"),
        (95, "5f"),
        (96, "8060"),
        (-32, "60"),
        (-33, "ff5f"),
        (4096, "a000"),
        (0x7FFFFFFF, "87ffffff7f"),
        (0xFFFFFFFF, "7f"),
    ],
)
def test_known_quantities(value: int, wire: str) -> None:
    assert encoded(value).hex() == wire


@pytest.mark.parametrize("value", EDGES)
def test_a_quantity_comes_back(value: int) -> None:
    assert get_int(encoded(value), 0) == (value, len(encoded(value)))


def test_an_empty_block_is_an_acknowledgement() -> None:
    # The checksums are klippy.msgproto's.
    assert frame(0).hex() == "05109e817e"
    assert frame(1).hex() == "05118f087e"
    assert frame(0x11) == frame(1)


def test_the_checksum_of_the_well_known_text() -> None:
    # CRC-16/MCRF4XX of "123456789", most significant byte first.
    assert crc16(b"123456789").hex() == "6f91"


def test_blocks_are_cut_out_of_any_pieces() -> None:
    stream = frame(1, b"abc") + b"\x7e\x7e" + frame(2) + frame(3, bytes(59))
    for size in (1, 2, 3, 7, len(stream)):
        reader = BlockReader()
        found = [
            item
            for start in range(0, len(stream), size)
            for item in reader.feed(stream[start : start + size])
        ]
        assert found == [Block(1, b"abc"), Block(2, b""), Block(3, bytes(59))]


@pytest.mark.parametrize("place", range(len(frame(1, b"abcd"))))
def test_a_damaged_block_is_dropped_and_the_next_one_found(place: int) -> None:
    broken = bytearray(frame(1, b"abcd"))
    broken[place] ^= 0x55
    reader = BlockReader()
    found = [
        item
        for piece in (bytes(broken), frame(2), frame(3, b"xyz"), frame(4), frame(5))
        for item in reader.feed(piece + b"\x7e" * 64)
    ]
    blocks = [item for item in found if isinstance(item, Block)]
    assert Block(5, b"") in blocks
    assert Block(1, b"abcd") not in blocks
    assert any(isinstance(item, Garbage) for item in found)


def test_random_noise_never_raises() -> None:
    noise = random.Random(7)
    reader = BlockReader()
    for _ in range(200):
        list(reader.feed(noise.randbytes(50)))
    reader.clear()
    assert list(reader.feed(frame(9, b"ok"))) == [Block(9, b"ok")]


def test_a_message_goes_there_and_back() -> None:
    message = Message(17, "queue_step oid=%c interval=%u count=%hu add=%hi")
    wire = message.encode((3, 0xFEDCBA98, 65535, -32768))
    assert message.decode(wire, 1) == ([3, 0xFEDCBA98, 65535, -32768], len(wire))
    with pytest.raises(ValueError, match="takes 4 values"):
        message.encode((1,))


def test_identifiers_are_one_byte_and_unique() -> None:
    messages = [*COMMAND_BY_NAME.values(), *RESPONSE_BY_NAME.values()]
    idents = [message.ident for message in messages]
    assert len(set(idents)) == len(idents)
    assert max(idents) < 96


# ------------------------------------------------------------ klippy as oracle


@pytest.fixture
def oracle() -> Any:
    """klippy's own codec, from the environment that the rig prints with."""
    path = envs.klippy_env().site_packages / "klippy" / "msgproto.py"
    spec = importlib.util.spec_from_file_location("klippy_msgproto", path)
    assert spec is not None
    assert spec.loader is not None
    msgproto = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(msgproto)
    parser = msgproto.MessageParser()
    parser.process_identify(dictionary_blob())
    return parser


@pytest.mark.rig
def test_klippy_reads_our_responses(oracle: Any) -> None:
    message = RESPONSE_BY_NAME["stepper_position"]
    for value in EDGES:
        block = frame(5, message.encode((7, value)))
        assert oracle.check_packet(block) == len(block)
        params = oracle.parse(block)
        assert (params["#name"], params["oid"], params["pos"]) == (
            "stepper_position",
            7,
            value,
        )


@pytest.mark.rig
def test_klippy_reads_our_buffers(oracle: Any) -> None:
    block = frame(
        5, RESPONSE_BY_NAME["identify_response"].encode((40, b"\x00\x7e\xff"))
    )
    assert oracle.parse(block)["data"] == b"\x00\x7e\xff"


@pytest.mark.rig
def test_we_read_klippys_commands(oracle: Any) -> None:
    text = "config_stepper oid=3 step_pin=X_STEP dir_pin=PB7 invert_step=-1"
    wire = bytes(oracle.create_command(text + " step_pulse_ticks=4000000000"))
    ident, pos = get_int(wire, 0)
    values, end = COMMAND_BY_ID[ident].decode(wire, pos)
    assert COMMAND_BY_ID[ident].name == "config_stepper"
    assert values == [3, 128, 23, 0xFFFFFFFF, 4_000_000_000]
    assert end == len(wire)


@pytest.mark.rig
def test_klippy_agrees_on_every_format(oracle: Any) -> None:
    for message in [*COMMAND_BY_NAME.values(), *RESPONSE_BY_NAME.values()]:
        assert oracle.lookup_command(message.text).msgid_bytes == [message.ident]
