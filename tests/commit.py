"""Which state of the sources a measurement, or a long test, is about."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = ("moonraker_cp", "tests", "tools", "requirements", "pyproject.toml")


def commit() -> str:
    """The commit; with " and more" when the sources have in them what is in no commit,
    new files among it. "no commit" where there is no git."""
    name = _git("rev-parse", "--short=12", "HEAD") or "no commit"
    return f"{name} and more" if _git("status", "--porcelain", "--", *SOURCES) else name


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
