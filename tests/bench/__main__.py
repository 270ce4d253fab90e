"""All benches, one after the other; one summary of what is wanted and measured.

    python -m tests.bench                 all of them, into build/bench.json
    python -m tests.bench idle start      these alone; what others found is kept
    python -m tests.bench --write         and write docs/performance.md
    python -m tests.bench --quick         few rounds, to see that they run
    python -m tests.bench --show --write  measure nothing; what was found before

Run it on a machine that has nothing else to do. All run to their ends; then it fails if
one of them did, or if what is wanted was missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from . import page
from .figures import missed, read, summary, write

BUILD = Path(__file__).parent.parent.parent / "build"
QUICK = {
    "gap": ("--rounds", "1"),
    "start": ("--rounds", "2"),
    "idle": ("--rounds", "2", "--seconds", "5"),
    "hold": ("--rounds", "2"),
    "fanout": ("--rounds", "2"),
    "queue": ("--rounds", "1", "--repeats", "3"),
    "web": ("--rounds", "1"),
    "loop": ("--rounds", "2"),
}
"""Every bench, in the order in which they run; and how it runs in a hurry."""

WHEN_NAMED = ("loop",)
"""What it measures `hold` does, too, on a real Moonraker."""


def folder(*, quick: bool) -> Path:
    """Few rounds are no figures: what they found is not kept beside those."""
    return BUILD / ("bench-quick" if quick else "bench")


def measure(name: str, options: list[str], found_by: Path) -> bool:
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    command = [sys.executable, "-m", f"tests.bench.{name}", *options]
    done = subprocess.run([*command, "--json", str(found_by)], check=False)
    print(f"-- {name}: {time.monotonic() - begun:.0f} s\n", flush=True)
    return done.returncode == 0


def machine() -> str:
    """The kind of it; nothing that names it."""
    what = f"{platform.machine()}, {os.cpu_count()} cores"
    return f"{what} (Python {platform.python_version()}, Moonraker 0.11.0)"


def options() -> argparse.Namespace:
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
    if args.write and (args.quick or args.rounds):
        parser.error("--write is for figures of all rounds")
    return args


def main() -> None:
    args = options()
    kept = folder(quick=args.quick or bool(args.rounds))
    all_of_them = [name for name in QUICK if name not in WHEN_NAMED]
    failed = []
    for name in [] if args.show else args.benches or all_of_them:
        rounds = ["--rounds", args.rounds] if args.rounds else []
        few = QUICK[name] if args.quick else ()
        if not measure(name, [*few, *rounds], kept / f"{name}.json"):
            failed.append(name)
    files = [kept / f"{name}.json" for name in QUICK]
    found = {path.stem: read(path) for path in files if path.is_file()}
    figures = [one for _, some in found.values() for one in some]
    about = {name: words for name, (words, _) in found.items()}
    write(kept.with_suffix(".json"), figures, {"machine": machine(), **about})
    print(f"{summary(figures)}\n\nAll figures: {kept.with_suffix('.json')}")
    if args.write:
        page.write(figures, page.of_what(about, machine()))
    trouble = [f"failed: {name}" for name in failed]
    trouble += [f"missed: {name}" for name in missed(figures)]
    if trouble:
        sys.exit("\n" + "\n".join(trouble))


if __name__ == "__main__":
    main()
