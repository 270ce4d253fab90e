"""What no name and no path may hold."""

from __future__ import annotations

import re

CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
"""Ends of lines, what terminals obey, and what turns the direction of writing: a name
with them looks like another one, or like a line of its own in a log or on a console."""

_CONTROL = re.compile(f"[{CONTROLS}]")


def has_controls(text: str) -> bool:
    return _CONTROL.search(text) is not None
