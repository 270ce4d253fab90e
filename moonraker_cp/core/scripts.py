"""Which scripts a hook has: those of the options first, then those people have set."""

from __future__ import annotations

from .decisions import Rules
from .hooks import Hook, Hooks, Script

OPTIONS = {Hook.CLEAR_BED: "bed_clearing_gcode", Hook.FINISH: "finish_gcode"}
"""Hooks that have an option of their own."""


def scripts_of(rules: Rules, hooks: Hooks, hook: Hook) -> tuple[Script, ...]:
    own = {Hook.CLEAR_BED: rules.clearing_gcode, Hook.FINISH: rules.finish_gcode}
    gcode = own.get(hook, "")
    first = (Script(OPTIONS[hook], gcode),) if gcode else ()
    return (*first, *hooks.get(hook, ()))
