"""The serial port as the host sees it: a pseudo terminal, and the loop around it."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import time
import tty
from pathlib import Path
from typing import Callable

# The terminal says "nobody there" for as long as that lasts, so it cannot be
# waited on; this is how often we look for a host instead.
_ABSENT_SECONDS = 0.01
_READ_SIZE = 4096

Receiver = Callable[[bytes], None]


class PtyLink:
    """A pseudo terminal under a fixed name, that can be pulled out and put back."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master: int | None = None
        self._device = ""
        self._out = bytearray()
        self._host_there = False
        self._back_at: float | None = None

    @property
    def host_there(self) -> bool:
        return self._host_there

    def open(self) -> None:
        master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(master, False)
            self._device = os.ttyname(slave)
            # A rename replaces what a crashed predecessor may have left.
            draft = self._link.with_name(f".{self._link.name}.{os.getpid()}")
            draft.symlink_to(self._device)
            draft.replace(self._link)
        except OSError:
            os.close(master)
            raise
        finally:
            # Only with no slave of our own open can a hang-up be seen.
            os.close(slave)
        self._master = master
        self._host_there = False
        self._back_at = None

    def close(self) -> None:
        """Take the name away too: a stale one may come to mean another port."""
        if self._master is None:
            return
        with contextlib.suppress(OSError):
            if str(self._link.readlink()) == self._device:
                self._link.unlink()
        os.close(self._master)
        self._master = None
        self._host_there = False
        self._out.clear()

    def unplug(self, seconds: float | None) -> None:
        """Pull the plug, and put it back after a while, or never."""
        self.close()
        self._back_at = None if seconds is None else time.monotonic() + seconds

    def plug(self) -> None:
        if self._master is None:
            self.open()

    def write(self, data: bytes) -> None:
        """Queue bytes; without a host they would wait for the next one: drop."""
        if self._host_there:
            self._out += data

    def timeout(self) -> float | None:
        """How long the loop may sleep as far as this port is concerned."""
        if self._master is None:
            if self._back_at is None:
                return None
            return max(0.0, self._back_at - time.monotonic())
        return None if self._host_there else _ABSENT_SECONDS

    def register(self, poll: select.poll) -> None:
        if self._master is not None and self._host_there:
            events = select.POLLIN | (select.POLLOUT if self._out else 0)
            poll.register(self._master, events)

    def service(self, receive: Receiver, host_left: Callable[[], None]) -> None:
        """Move bytes both ways, and notice comings and goings."""
        if self._master is None:
            if self._back_at is not None and time.monotonic() >= self._back_at:
                self.open()
            return
        probe = select.poll()
        probe.register(self._master, select.POLLIN)
        events = dict(probe.poll(0)).get(self._master, 0)
        if events & select.POLLHUP:
            if self._host_there:
                self._host_there = False
                self._hang_up()
                host_left()
            return
        self._host_there = True
        if events & select.POLLIN:
            receive(self._read(self._master))
        self.flush()

    def flush(self) -> None:
        if self._master is None or not self._out or not self._host_there:
            return
        with contextlib.suppress(OSError):
            del self._out[: os.write(self._master, self._out)]

    def _read(self, master: int) -> bytes:
        try:
            return os.read(master, _READ_SIZE)
        except OSError:
            return b""  # the host left since it was seen; the next turn notices

    def _hang_up(self) -> None:
        self._out.clear()
        if self._master is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(self._master, termios.TCIOFLUSH)
