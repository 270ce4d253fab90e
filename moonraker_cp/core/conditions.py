"""What can be printed on this printer now, and what stands in the way. Pure.

What is not known is no obstacle: a file that nobody has looked at, a printer whose
kind nobody said, a set that names no printer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

from .files import Files
from .materials import loaded_after, needs
from .model import Job, Materials, Set
from .spools import Spools


class Strategy(str, Enum):
    """How the next job is chosen; `strategies.RULES` says it exactly."""

    IN_ORDER = "in_order"
    FEWEST_CHANGES = "fewest_changes"
    SHORTEST_FIRST = "shortest_first"
    PRIORITY = "priority"


@dataclass(frozen=True)
class Conditions:
    """What the choice of the next copy depends on beside the queue.

    profile: the kind of printer this is, "" when nobody said. loaded: the materials
    of the newest print, by tool; () when not known. now: seconds since the epoch.
    spools: what is loaded, by tool. rendering: a time-lapse is being made.
    """

    strategy: Strategy = Strategy.IN_ORDER
    profile: str = ""
    files: Files = field(default_factory=dict)
    loaded: Materials = ()
    now: float = 0.0
    spools: Spools = ()
    rendering: bool = False

    def after(self, one: Set) -> Conditions:
        """When a copy of the set has been printed, and took as long as estimated."""
        facts = self.files.get(one.path)
        lasts = facts.estimated_time if facts is not None else None
        loaded = loaded_after(self.loaded, needs(one, self.files))
        return replace(self, loaded=loaded, now=self.now + (lasts or 0.0))


class Obstacle(str, Enum):
    """Why a job, or a set, is not the next one."""

    DRAFT = "draft"
    ON_HOLD = "on_hold"
    DONE = "done"
    NO_COPIES = "no_copies"
    FILE_MISSING = "file_missing"
    OTHER_PRINTER = "other_printer"
    WAITS = "waits"  # it could print, but another job goes first


def set_obstacle(one: Set, conditions: Conditions) -> Obstacle | None:
    """Why no copy of the set can be printed here now; None when it can."""
    facts = conditions.files.get(one.path)
    if facts is not None and not facts.exists:
        return Obstacle.FILE_MISSING
    if conditions.profile:
        kinds = kinds_of_printer(one, conditions.files)
        if kinds and _folded(conditions.profile) not in map(_folded, kinds):
            return Obstacle.OTHER_PRINTER
    return None


def set_to_print(job: Job, conditions: Conditions) -> Set | None:
    """The set of the job whose copy would be next, here and now."""
    if job.draft or job.hold or job.remaining <= 0:
        return None
    for one in job.sets:
        if one.remaining > 0 and set_obstacle(one, conditions) is None:
            return one
    return None


def job_obstacle(job: Job, conditions: Conditions) -> tuple[Obstacle, Set | None]:
    """Why a job is not the next one, and the set that it is about.

    WAITS when nothing of its own stands in the way.
    """
    if job.remaining <= 0:
        return Obstacle.DONE, None
    if job.draft:
        return Obstacle.DRAFT, None
    if job.hold:
        return Obstacle.ON_HOLD, None
    first: tuple[Obstacle, Set | None] = (Obstacle.NO_COPIES, None)
    for one in job.sets:
        if one.remaining > 0:
            obstacle = set_obstacle(one, conditions)
            if obstacle is None:
                return Obstacle.WAITS, None
            if first[1] is None:
                first = (obstacle, one)
    return first


def kinds_of_printer(one: Set, files: Files) -> tuple[str, ...]:
    """Those that a set may be printed on; () for any, or when nobody said."""
    if one.profiles:
        said = tuple(kind for kind in one.profiles if kind.strip())
        if said:
            return said
    facts = files.get(one.path)
    return () if facts is None or not facts.profile.strip() else (facts.profile,)


@lru_cache(maxsize=1024)
def _folded(kind: str) -> str:
    """People write names of printers with any case and spacing."""
    return " ".join(kind.casefold().split())
