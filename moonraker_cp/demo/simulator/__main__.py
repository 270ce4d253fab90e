"""Run a simulated micro-controller: one process, one port, one control socket."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys
from pathlib import Path

from .control import Control, ControlSocket
from .controller import Controller, Options
from .pty_link import PtyLink


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m moonraker_cp.demo.simulator", description=__doc__
    )
    parser.add_argument(
        "--pty", type=Path, required=True, help="name of the serial port to create"
    )
    parser.add_argument(
        "--control", type=Path, required=True, help="unix socket for faults and status"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="clock factor: 1 is real time, 4 is for quick tests, more is not stable",
    )
    parser.add_argument(
        "--thermal-speed", type=float, default=1.0, help="how much faster heat moves"
    )
    parser.add_argument(
        "--ambient", type=float, default=22.0, help="room temperature in Celsius"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="shut down on a late event as real firmware does, instead of counting it",
    )
    return parser.parse_args(arguments)


class Loop:
    """Sleeps until there is something to read or a timer is due."""

    def __init__(
        self, controller: Controller, link: PtyLink, control: ControlSocket
    ) -> None:
        self._controller = controller
        self._link = link
        self._control = control
        self._stopping = False
        # A signal must end the sleep; its handler cannot, but this pipe does.
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def stop(self, *_signal: object) -> None:
        self._stopping = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"x")

    def run(self) -> None:
        while not self._stopping:
            poll = select.poll()
            poll.register(self._wake_read, select.POLLIN)
            self._link.register(poll)
            self._control.register(poll)
            ready = dict(poll.poll(self._sleep()))
            self._controller.run_timers()
            self._link.service(self._controller.receive, self._controller.host_left)
            self._control.service(ready)
            self._link.flush()

    def _sleep(self) -> float | None:
        """Milliseconds to the next thing that is known to happen."""
        waits = (self._controller.kernel.next_due(), self._link.timeout())
        known = [wait for wait in waits if wait is not None]
        return min(known) * 1000.0 if known else None


def main(arguments: list[str] | None = None) -> int:
    args = _parse(arguments)
    link = PtyLink(args.pty)
    options = Options(
        speed=args.speed,
        thermal_speed=args.thermal_speed,
        ambient=args.ambient,
        strict=args.strict,
    )
    controller = Controller(link.write, options)
    control = ControlSocket(args.control, Control(controller, link))
    loop = Loop(controller, link, control)
    signal.signal(signal.SIGTERM, loop.stop)
    signal.signal(signal.SIGINT, loop.stop)
    try:
        link.open()
        control.open()
        print("ready", flush=True)
        loop.run()
    finally:
        control.close()
        link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
