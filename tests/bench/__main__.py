"""All benches, one after the other; one summary of what is wanted and measured.

    python -m tests.bench                 all of them, into build/bench.json
    python -m tests.bench idle start      these alone; what others found is kept
    python -m tests.bench --write         and write docs/performance.md
    python -m tests.bench --quick         few rounds, to see that they run
    python -m tests.bench --show --write  measure nothing; what was found before

Run it on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from . import page
from .figures import Figure, read, summary, write

BUILD = Path(__file__).parent.parent.parent / "build"
ALL = BUILD / "bench.json"
QUICK = {
    "gap": ("--rounds", "1"),
    "start": ("--rounds", "2"),
    "idle": ("--rounds", "1", "--seconds", "10"),
    "hold": ("--rounds", "2"),
    "fanout": ("--rounds", "2"),
    "queue": ("--rounds", "1", "--repeats", "3"),
    "loop": ("--rounds", "2"),
    "web": ("--rounds", "1"),
}
"""Every bench, in the order in which they run; and how it runs in a hurry."""


def found_by(name: str) -> Path:
    return BUILD / "bench" / f"{name}.json"


def measure(name: str, options: list[str]) -> bool:
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"tests.bench.{name}", *options]
    done = subprocess.run([*command, "--json", str(found_by(name))], check=False)
    return done.returncode == 0


def about() -> dict[str, Any]:
    """What was measured, and the kind of machine; nothing that names the machine."""
    return {
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "when": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(QUICK))
    parser.add_argument("--rounds", help="of each bench, instead of its own number")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    unknown = set(args.benches) - set(QUICK)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    chosen = [] if args.show else args.benches or list(QUICK)
    failed = []
    for name in chosen:
        rounds = ["--rounds", args.rounds] if args.rounds else []
        options = [*(QUICK[name] if args.quick else ()), *rounds]
        if not measure(name, options):
            failed.append(name)
    figures: list[Figure] = []
    for name in QUICK:
        if found_by(name).is_file():
            figures += read(found_by(name))
    facts = about()
    write(ALL, figures, about=facts)
    print(f"\n{summary(figures)}\n\nAll figures: {ALL}")
    if args.write:
        page.write(figures, facts)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
