"""What Linux says of a process that runs: memory, CPU time, how often it woke up."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """MB. rss: what it holds; uss: what nobody else holds, too; pss: with its share
    of what others hold, too."""

    rss: float
    pss: float
    uss: float


def memory(pid: int) -> Memory:
    found: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()[1:]:
        name, value, *_ = line.split()
        found[name] = int(value)
    private = found["Private_Clean:"] + found["Private_Dirty:"]
    return Memory(found["Rss:"] / 1024, found["Pss:"] / 1024, private / 1024)


def cpu(pid: int) -> float:
    """Seconds that its threads have computed, in steps of a tick."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) * TICK


def loop_cpu(pid: int) -> float:
    """Seconds that its first thread has computed, in which an event loop runs."""
    return _nanoseconds(Path(f"/proc/{pid}")) / 1e9


def threads_cpu(pid: int) -> float:
    """Seconds that the threads which it has now have computed; exact."""
    return sum(map(_nanoseconds, Path(f"/proc/{pid}/task").iterdir())) / 1e9


def _nanoseconds(task: Path) -> int:
    return int((task / "schedstat").read_text("utf-8").split()[0])


def wake_ups(pid: int) -> int:
    """How often its threads have waited for something: voluntary context switches."""
    return sum(_switches(task) for task in Path(f"/proc/{pid}/task").iterdir())


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _switches(task: Path) -> int:
    for line in (task / "status").read_text("utf-8").splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    return 0
