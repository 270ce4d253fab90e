"""What is sent to Klipper around a script's own lines."""

from __future__ import annotations

from ..core.decisions import ScriptKind

WAIT_FOR_MOTION = "M400"


def compose(kind: ScriptKind, gcode: str) -> str:
    """The G-code to send for a script.

    "complete" only says that the file was read: up to some seconds of moves are
    still queued, so motion has to end before a clearing script begins; and a
    script has only done its work when its own moves have ended.
    """
    if kind is ScriptKind.PREPARE:
        return gcode
    if kind is ScriptKind.BARRIER:
        return WAIT_FOR_MOTION
    return "\n".join((WAIT_FOR_MOTION, gcode.strip(), WAIT_FOR_MOTION))
