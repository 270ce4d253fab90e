"""The gap between two prints, beside Moonraker's own job_queue in one run.

From klippy's "Done printing file" to its next "File opened", over twelve files whose
lengths differ by random 0 to 250 ms, so that their ends fall anywhere in klippy's
status tick; the same files for both sides. Run it on a quiet machine:

    python -m tests.bench.gap
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from moonraker_cp.demo.stack import Stack

from .figures import Figure, figure, parser, report

FILES = 12
WANTED_RATIO = 0.6
SECTION = "bed_clearing: gcode\nbed_clearing_gcode: M117 next\n"
JOB_QUEUE = "[job_queue]\nautomatic_transition: True\n"
CHANGED = "notify_continuousprint_changed"


def write_files(folder: Path, seed: int) -> list[str]:
    lengths = random.Random(seed)
    names = [f"gap{index:02}.gcode" for index in range(FILES)]
    for name in names:
        # M400 makes the file last as long as its dwell; moves are read ahead.
        text = f"G4 P{300 + lengths.randrange(251)}\nM400\n"
        (folder / name).write_text(text, "utf-8")
    return names


def gaps(stack: Stack) -> list[float]:
    """Seconds from each end to the start after it."""
    found, ended = [], None
    for line, when in zip(stack.console.lines, stack.console.times):
        if line == "Done printing file":
            ended = when
        elif line.startswith("File opened") and ended is not None:
            found.append(when - ended)
            ended = None
    return found


async def ours(folder: Path, seed: int) -> dict[str, Any]:
    async with Stack(folder, section=SECTION) as stack:
        names = write_files(stack.data.gcodes, seed)
        jobs = [{"path": name} for name in names]
        await stack.client.rpc("server.continuousprint.post_jobs", jobs=jobs)
        await stack.client.rpc("server.continuousprint.active", active=True)
        await stack.wait_done_printing(FILES)
        await stack.client.wait(_is_idle)
        found = {"gaps": gaps(stack)} | await _history(stack, FILES)
        return found | {"added": await _add_to_idle(stack, names[0])}


def _is_idle(note: Any) -> bool:
    return bool(note.method == CHANGED and note.params[0]["phase"] == "idle")


async def _add_to_idle(stack: Stack, name: str) -> float:
    """Seconds from adding to an active idle queue to klippy's "File opened"."""
    await stack.client.rpc("server.continuousprint.bed", state="clear")
    await stack.client.subscribe(idle_timeout=None)
    await stack.client.wait_status(lambda s: s["idle_timeout"]["state"] != "Printing")
    asked = time.monotonic()
    await stack.client.rpc("server.continuousprint.post_jobs", path=name)
    await stack.wait_done_printing(FILES + 1)
    opened = [
        when
        for line, when in zip(stack.console.lines, stack.console.times)
        if line.startswith("File opened")
    ]
    return opened[-1] - asked


async def job_queue(folder: Path, seed: int) -> dict[str, Any]:
    async with Stack(folder, moonraker_conf=JOB_QUEUE) as stack:
        names = write_files(stack.data.gcodes, seed)
        await stack.client.rpc("server.job_queue.post_job", filenames=names)
        await stack.client.rpc("server.job_queue.start")
        await stack.wait_done_printing(FILES)
        return {"gaps": gaps(stack)} | await _history(stack, FILES)


async def _history(stack: Stack, wanted: int) -> dict[str, Any]:
    """Rows of the prints that were timed, in Moonraker's history."""
    await stack.client.subscribe(idle_timeout=None)
    await stack.client.wait_status(lambda s: s["idle_timeout"]["state"] != "Printing")
    while True:
        jobs = (await stack.client.rpc("server.history.list", limit=100))["jobs"]
        done = [job for job in jobs if job["status"] == "completed"]
        if len(done) >= wanted or not any(j["status"] == "in_progress" for j in jobs):
            return {"completed": len(done)}
        await stack.client.wait("notify_history_changed")


async def run(rounds: int, seed: int) -> dict[str, Any]:
    """Both sides in turn, so that a machine that slows down slows both."""
    result: dict[str, Any] = {"ours": [], "job_queue": [], "added": [], "rows": []}
    for index in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            mine = await ours(Path(folder) / "ours", seed + index)
            theirs = await job_queue(Path(folder) / "theirs", seed + index)
        result["ours"] += mine["gaps"]
        result["job_queue"] += theirs["gaps"]
        result["added"].append(mine["added"])
        result["rows"].append((mine["completed"], theirs["completed"]))
    return result


def figures(result: dict[str, Any]) -> list[Figure]:
    theirs = figure("gap, job_queue", "s", result["job_queue"])
    beside = ("job_queue's gap", theirs.value)
    rows = result["rows"]
    missing = [FILES - ours for ours, _ in rows]
    return [
        theirs,
        figure(
            "gap, this queue",
            "s",
            result["ours"],
            beside=beside,
            wanted=WANTED_RATIO,
            by_ratio=True,
        ),
        figure("added to an idle queue, until it opens", "s", result["added"]),
        figure("prints missing in Moonraker's history", "", missing, wanted=0),
        figure("the same with job_queue", "", [FILES - theirs for _, theirs in rows]),
    ]


def main() -> None:
    options = parser(__doc__, rounds=2)
    options.add_argument("--seed", type=int, default=1)
    args = options.parse_args()
    result = asyncio.run(run(args.rounds, args.seed))
    report(args, figures(result))
    if any(ours != FILES for ours, _ in result["rows"]):
        sys.exit("prints are missing in Moonraker's history")


if __name__ == "__main__":
    main()
