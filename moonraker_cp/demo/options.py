"""How a stack is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .envs import Say
from .printer_data import PrinterEdits


@dataclass
class Options:
    """What can be chosen; each has a default that suits a person at a desk."""

    speed: float = 1.0
    """How fast the printer's clock runs; above 4, klippy cannot keep up."""
    thermal_speed: float = 1.0
    port: int = 0
    """Moonraker's port on 127.0.0.1; 0 finds a free one."""
    strict: bool = False
    """Whether a late step stops the printer, as on real firmware."""
    moonraker: str | None = None
    python: str | None = None
    """The Python that Moonraker's environment is built with."""
    klippy_python: str | None = None
    section: str | None = None
    """The body of [continuousprint]; None leaves the section out."""
    moonraker_conf: str = ""
    trusted: bool = True
    """Whether Moonraker trusts 127.0.0.1; the stack's own client has a key anyway."""
    printer_cfg: PrinterEdits = None
    env_base: Path | None = None
    say: Say | None = None
    start_timeout: float = 60.0
