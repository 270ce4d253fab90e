"""Hooks: the moments that scripts are set for, and the scripts that are set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Hook(str, Enum):
    """A moment for scripts. Each fires at most once per its moment."""

    ACTIVATED = "activated"  # Start was pressed, and the bed is clear
    BEFORE_PRINT = "before_print"  # the next copy is chosen; its start follows
    PRINT_STARTED = "print_started"  # Klipper has begun it; sent between its lines
    PRINT_SUCCEEDED = "print_succeeded"
    PRINT_CANCELLED = "print_cancelled"
    PRINT_FAILED = "print_failed"
    COOL_DOWN = "cool_down"  # before the queue waits for a cold bed
    CLEAR_BED = "clear_bed"  # gets the part off
    VERIFY_BED = "verify_bed"  # after it; an error is a veto
    FINISH = "finish"  # nothing is left to print
    AWAITING_MATERIAL = "awaiting_material"  # the next print needs another spool
    DEACTIVATED = "deactivated"  # the queue was stopped, and nothing prints


MOMENTARY = tuple(hook for hook in Hook if hook is not Hook.ACTIVATED)
"""Hooks whose moment does not wait; that of a Start waits for a clear bed."""

REPEATABLE = (
    *(Hook.ACTIVATED, Hook.BEFORE_PRINT, Hook.FINISH),
    *(Hook.PRINT_SUCCEEDED, Hook.PRINT_CANCELLED, Hook.PRINT_FAILED),
)
"""Hooks that a person may have run again, when nobody knows whether they did. The bed
is asked about anyway; and of a print under way the moment has passed."""


@dataclass(frozen=True)
class Script:
    """condition: an expression in Klipper's dialect that says whether it runs; "" for
    always."""

    name: str
    gcode: str
    condition: str = ""


Hooks = Mapping[Hook, "tuple[Script, ...]"]
"""Each hook's scripts, in the order in which they run."""
