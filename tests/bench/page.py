"""Writes what was measured into docs/performance.md, and draws its picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .figures import Figure, shown, title
from .plot import Curve, draw

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "performance.md"
PICTURE = DOCS / "images" / "growth.svg"
BEGIN = "<!-- measured: written by make bench ARGS=--write -->"
END = "<!-- measured: end -->"
CURVES = {
    "full state": "whole state",
    "page of 50": "a page of 50 jobs",
    "add": "add a job",
    "move last to first": "move a job",
    "set_active: its change": "Start, until it is told",
    "job_queue status": "job_queue: status",
    "job_queue post_job": "job_queue: add a job",
}
CALLS = ("set_active", "changed since", "forecast", "delete", "job_queue", "memory of")
TABLES = (
    ("Between prints", ("gap", "added to", "prints missing", "the same with")),
    ("What it adds to Moonraker", ("memory added", "start added", "import")),
    ("While nothing happens", ("idle",)),
    ("How long Moonraker's event loop is held", ("loop held",)),
    ("Telling 50 clients", ("until the last", "CPU of a change")),
    ("Calls, as the queue grows", ("growth", *CURVES, *CALLS)),
    ("The page", ("page, ",)),
)
"""Heading, and how its figures' names begin; a figure is in the first that fits."""


def write(figures: Sequence[Figure], about: str) -> None:
    PAGE.write_text(filled(PAGE.read_text("utf-8"), figures, about), "utf-8")
    curves = grown(figures)
    if curves:
        PICTURE.write_text(draw("One call, in milliseconds", "ms", curves), "utf-8")


def of_what(benches: Mapping[str, str], machine: str) -> str:
    """What each bench has measured, and when; they need not have run together."""
    alike: dict[str, list[str]] = {}
    for name, words in benches.items():
        alike.setdefault(words, []).append(f"`{name}`")
    parts = [f"{words} ({', '.join(names)})" for words, names in alike.items()]
    return f"Of {'; '.join(parts)}; on {machine}."


def filled(text: str, figures: Sequence[Figure], about: str) -> str:
    """The page with these figures between its marks."""
    head, _, rest = text.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise ValueError(f"{PAGE.name} has lost its marks")
    return f"{head}{BEGIN}\n\n{_block(figures, about)}\n{END}{tail}"


def grown(figures: Iterable[Figure]) -> list[Curve]:
    found: dict[str, dict[int, float]] = {}
    for one in figures:
        if one.name in CURVES and one.jobs is not None and one.unit == "ms":
            found.setdefault(one.name, {})[one.jobs] = one.value
    return [
        Curve(words, found[name], theirs=name.startswith("job_queue"))
        for name, words in CURVES.items()
        if name in found
    ]


def _block(figures: Sequence[Figure], about: str) -> str:
    parts = [f"{about}\n", "### What is wanted\n", _wanted(figures)]
    left = list(figures)
    for heading, names in TABLES:
        rows = [one for one in left if one.name.startswith(names)]
        left = [one for one in left if one not in rows]
        if rows:
            parts += [f"### {heading}\n", _rows(rows)]
    return "\n".join(parts)


def _wanted(figures: Iterable[Figure]) -> str:
    lines = ["| | at most | measured | |", "|---|--:|--:|---|"]
    for one in figures:
        if one.wanted is None or one.measured is None:
            continue
        word = "yes" if one.passes else "**no**"
        lines.append(
            f"| {title(one)} | {shown(one.wanted)} | {shown(one.measured)} | {word} |"
        )
    return "\n".join(lines) + "\n"


def _rows(figures: Iterable[Figure]) -> str:
    lines = [
        "| | jobs | value | least to most (rounds) | ratio |",
        "|---|--:|--:|--:|---|",
    ]
    for one in figures:
        jobs = "" if one.jobs is None else str(one.jobs)
        value = f"{shown(one.value)} {one.unit}".strip()
        spread = f"{shown(one.min)} to {shown(one.max)} ({one.rounds})"
        ratio = "" if one.ratio is None else f"{shown(one.ratio)} of {one.of}"
        lines.append(f"| {one.name} | {jobs} | {value} | {spread} | {ratio} |")
    return "\n".join(lines) + "\n"
