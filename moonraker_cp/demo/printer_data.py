"""The folder of a printer: config, gcodes, logs, database, comms, and what is in it."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Union

PRINTER_CFG = Path(__file__).resolve().parent / "assets" / "printer.cfg"

# A text to append, or a function from the shipped file to the one that is used.
PrinterEdits = Union[str, Callable[[str], str], None]

# The kernel's limit is 108 bytes with the final zero, 104 on other systems.
_LONGEST_SOCKET_NAME = 100
# Below the range that the kernel hands to outgoing connections: a port found free
# here is not taken by one of those before Moonraker binds it.
_PORTS = range(20000, 32000)


@dataclass(frozen=True)
class PrinterData:
    """Where everything is."""

    root: Path
    comms: Path

    @classmethod
    def create(cls, root: Path) -> PrinterData:
        root = root.absolute()
        for name in ("config", "gcodes", "logs", "database", "comms", "temp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        data = cls(root, root / "comms")
        if len(os.fsencode(data.moonraker_socket)) <= _LONGEST_SOCKET_NAME:
            return data
        # One short name per data folder, so that a second start finds it again.
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
        short = Path(tempfile.gettempdir()) / f"mcp-{os.getuid()}-{digest}"
        short.mkdir(mode=0o700, exist_ok=True)
        if short.stat().st_uid != os.getuid():
            raise PermissionError(f"{short} belongs to another user")
        return cls(root, short)

    @property
    def gcodes(self) -> Path:
        return self.root / "gcodes"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def temp(self) -> Path:
        return self.root / "temp"

    @property
    def printer_cfg(self) -> Path:
        return self.root / "config" / "printer.cfg"

    @property
    def moonraker_conf(self) -> Path:
        return self.root / "config" / "moonraker.conf"

    @property
    def klippy_socket(self) -> Path:
        return self.comms / "klippy.sock"

    @property
    def klippy_tty(self) -> Path:
        """klippy's own G-code terminal."""
        return self.comms / "klippy.tty"

    @property
    def moonraker_socket(self) -> Path:
        return self.comms / "moonraker.sock"

    @property
    def mcu(self) -> Path:
        """The simulated micro-controller's serial port."""
        return self.comms / "mcu.tty"

    @property
    def simulator_socket(self) -> Path:
        return self.comms / "simulator.sock"


def printer_cfg(data: PrinterData, edits: PrinterEdits = None) -> str:
    """The shipped printer.cfg, for this data folder."""
    text = PRINTER_CFG.read_text("utf-8")
    text = text.replace("@SERIAL@", str(data.mcu)).replace("@GCODES@", str(data.gcodes))
    if callable(edits):
        return edits(text)
    return text if edits is None else f"{text}\n{edits}\n"


def moonraker_conf(
    data: PrinterData,
    port: int,
    section: str | None,
    trusted: bool = True,
    extra: str = "",
) -> str:
    """A moonraker.conf as on a real printer, on the loopback interface only."""
    parts = [
        f"""\
[server]
host: 127.0.0.1
port: {port}
klippy_uds_address: {data.klippy_socket}

[authorization]
{"trusted_clients: 127.0.0.1" if trusted else "# Nobody is trusted: keys only."}

[file_manager]

[history]

[machine]
# Nothing on this computer is ours to restart or to power off.
provider: none
validate_service: False
validate_config: False
"""
    ]
    if section is not None:
        parts.append(f"[continuousprint]\n{section.strip()}\n")
    if extra:
        parts.append(extra.strip() + "\n")
    return "\n".join(parts)


def free_port() -> int:
    """A TCP port on which nothing listens."""
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free TCP port found")
