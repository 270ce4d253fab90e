"""The simulator as a process: its port, its control socket, its manners at the end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.simulator.codec import Block, BlockReader, frame
from moonraker_cp.demo.simulator.dictionary import COMMAND_BY_NAME, RESPONSE_BY_NAME

ROOT = Path(__file__).parents[2]


class Process:
    """A running simulator, with its port and its control socket."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "mcu"
        self.control = folder / "control"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "moonraker_cp.demo.simulator"),
                *("--pty", self.port, "--control", self.control),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()

    def ask(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(str(self.control))
            client.sendall(b"".join(json.dumps(r).encode() + b"\n" for r in requests))
            with client.makefile("rb") as lines:
                return [json.loads(lines.readline()) for _ in requests]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    if process.process.poll() is None:
        process.stop()


def exchange(port: int, data: bytes, blocks: int) -> list[Block]:
    """Send, and read until so many blocks have come."""
    os.write(port, data)
    reader = BlockReader()
    found: list[Block] = []
    while len(found) < blocks:
        readable, _, _ = select.select([port], [], [], 5)
        assert readable, f"only {found}"
        found += [b for b in reader.feed(os.read(port, 4096)) if isinstance(b, Block)]
    return found


def test_answers_on_its_port_to_one_host_after_the_other(running: Process) -> None:
    assert running.first_line == b"ready\n"
    uptime = COMMAND_BY_NAME["get_uptime"].encode(())
    for seq in (0, 1, 2):
        port = os.open(running.port, os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(port)
            answer, acknowledgement = exchange(port, frame(seq, uptime), 2)
            assert answer.seq == acknowledgement.seq == seq + 1
            assert answer.payload[0] == RESPONSE_BY_NAME["uptime"].ident
            assert acknowledgement.payload == b""
            os.write(port, frame(seq, uptime)[:4])  # cut off in the middle
        finally:
            os.close(port)
        while running.ask({"do": "status"})[0]["host_connected"]:
            pass  # the answer itself takes a turn of the loop


def test_the_control_socket_answers_line_by_line(running: Process) -> None:
    first, second, third = running.ask(
        {"do": "temperature", "name": "bed", "celsius": 50},
        {"do": "nonsense"},
        {"do": "status"},
    )
    assert first == {"ok": True}
    assert "unknown request" in second["error"]
    assert third["temperatures"]["bed"] == pytest.approx(50, abs=1)


def test_unplugged_and_plugged(running: Process) -> None:
    assert running.port.is_symlink()
    running.ask({"do": "unplug", "seconds": None})
    assert not running.port.is_symlink()
    running.ask({"do": "plug"})
    assert running.port.is_symlink()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cleans_up_when_told_to_stop(running: Process, number: signal.Signals) -> None:
    assert running.stop(number) == 0
    assert not running.port.is_symlink()
    assert not running.control.exists()


def test_takes_over_from_one_that_crashed(running: Process, tmp_path: Path) -> None:
    assert running.stop(signal.SIGKILL) != 0
    assert running.port.is_symlink()
    successor = Process(tmp_path)
    try:
        assert successor.ask({"do": "status"})[0]["ok"] is True
        assert successor.port.resolve().exists()
    finally:
        assert successor.stop() == 0
