"""The demo in the terminal: a picture that is drawn again, or plain lines."""

from __future__ import annotations

import shutil
import textwrap
from typing import TextIO

from .view import View

_BAR = 24
_LABEL = 10
_NARROWEST = 40


class Screen:
    """Shows one view after the other."""

    def __init__(self, out: TextIO, url: str) -> None:
        self._out = out
        self._url = url
        self._live = out.isatty()
        self._drawn = 0
        self._last: tuple[object, ...] | None = None

    def say(self, text: str) -> None:
        """A line that stays, above what is drawn again."""
        self._erase()
        print(text, file=self._out, flush=True)

    def show(self, view: View) -> None:
        if self._live:
            lines = render(view, self._url, shutil.get_terminal_size().columns)
            self._erase()
            print("\n".join(lines), file=self._out, flush=True)
            self._drawn = len(lines)
            return
        # A log wants what changed, not ten lines a second.
        key = (view.phase, view.file, view.bed, view.reason, int(view.progress * 4))
        if key != self._last:
            self._last = key
            print(plain(view), file=self._out, flush=True)

    def _erase(self) -> None:
        if self._drawn:
            # Up to the first line that we drew, then clear to the end.
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0


def render(view: View, url: str, width: int) -> list[str]:
    """The picture; no line is longer than the terminal, so none is wrapped."""
    width = max(width - 1, _NARROWEST)
    rows = [
        ("Page", url),
        ("Phase", f"{view.phase}, {'active' if view.active else 'not active'}"),
        ("File", _file(view) if view.file else "-"),
        ("Hot end", _heat(view.hotend)),
        ("Bed", f"{_heat(view.bed_heat)}, {view.bed}"),
        ("Display", view.message or "-"),
        ("Printed", ", ".join(view.printed) or "-"),
        ("Waiting", _waiting(view) or "-"),
    ]
    if view.reason:
        rows.append(("Why", view.reason))
    rows.append(("Next", what_next(view, url)))
    lines = ["─" * width]
    for label, text in rows:
        parts = textwrap.wrap(text, width - _LABEL, break_on_hyphens=False) or [""]
        lines.append(f"{label:<{_LABEL}}{parts[0]}")
        lines += [" " * _LABEL + part for part in parts[1:]]
    return lines


def plain(view: View) -> str:
    """One line for a log."""
    parts = [f"{view.phase:<9}", f"bed {view.bed}"]
    if view.file:
        parts.append(f"{view.file} {view.progress:.0%}")
    parts.append(f"hot end {_heat(view.hotend)}, bed {_heat(view.bed_heat)}")
    if view.waiting:
        parts.append(f"waiting: {_waiting(view)}")
    if view.reason:
        parts.append(view.reason)
    return " | ".join(parts)


def what_next(view: View, url: str) -> str:
    """What a person can do now."""
    queue = f"{url}/server/continuousprint"
    if view.advice:
        return f"{view.advice} (curl -X POST '{queue}/bed?state=clear')"
    if view.phase == "inactive":
        return f"Start: curl -X POST '{queue}/active?active=true'"
    if view.phase == "idle" and not view.waiting:
        return (
            "Queue another copy: "
            f"curl -X POST '{queue}/jobs?path=clip.gcode'. Ctrl-C ends the demo."
        )
    return (
        "Watch, or stop after this print: "
        f"curl -X POST '{queue}/active?active=false'. Ctrl-C ends the demo."
    )


def _file(view: View) -> str:
    done = round(view.progress * _BAR)
    bar = "█" * done + "░" * (_BAR - done)
    layer = f", layer {view.layer}" if view.layer else ""
    return f"{view.file} {bar} {view.progress:.0%}{layer}"


def _heat(heat: tuple[float, float]) -> str:
    now, target = heat
    return f"{now:.0f}/{target:.0f} °C" if target else f"{now:.0f} °C"


def _waiting(view: View) -> str:
    return ", ".join(
        name if copies == 1 else f"{copies} × {name}" for name, copies in view.waiting
    )
