"""What is asked of the records of ended runs, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .model import Outcome, Run

MAX_PAGE = 500
"""The most runs on one page, and the most files or jobs with totals."""


@dataclass(frozen=True)
class RunFilter:
    """None and "" leave everything in; all that is said has to fit.

    path: that file. contains: a part of the path or of the job's name, in upper or
    lower case (A to Z). since, until: of its end, in seconds since the epoch; until
    itself is left out.
    """

    outcome: Outcome | None = None
    job_id: int | None = None
    path: str = ""
    contains: str = ""
    since: float | None = None
    until: float | None = None


EVERYTHING = RunFilter()


@dataclass(frozen=True)
class Page:
    """Runs by the time of their end, newest first. older: `before` for the next page,
    None when this is the last."""

    runs: tuple[Run, ...] = ()
    older: int | None = None


class By(str, Enum):
    ALL = "all"
    FILE = "file"
    JOB = "job"


@dataclass(frozen=True)
class Totals:
    """The sums of some runs: of a file, of a job, or of all, where both are None.

    Durations in seconds, filament in mm. ratio: the mean of print_duration / the
    slicer's estimate over its good runs; None: not known.
    """

    path: str | None = None
    job_id: int | None = None
    job_name: str = ""
    success: int = 0
    failure: int = 0
    cancelled: int = 0
    aborted: int = 0
    print_duration: float = 0.0
    total_duration: float = 0.0
    filament_used: float = 0.0
    ratio: float | None = None
    last_ended: float | None = None

    @property
    def runs(self) -> int:
        return self.success + self.failure + self.cancelled + self.aborted

    @property
    def success_rate(self) -> float | None:
        """Of all its runs, from 0 to 1; None without any."""
        return self.success / self.runs if self.runs else None


@dataclass(frozen=True)
class PathStats:
    """What a file's newest good runs say of its next. runs: how many they are.

    print_duration: their mean, in seconds. ratio: the mean of print_duration / the
    slicer's estimate; None when no run had one.
    """

    path: str
    runs: int
    print_duration: float
    ratio: float | None


@dataclass(frozen=True)
class Pace:
    """The newest runs of all files. ratio: as in PathStats. clearing_seconds: from the
    end of a good run until the bed was clear, cooling included: the median, because
    now and then a person comes only in the morning. None: not known."""

    ratio: float | None = None
    clearing_seconds: float | None = None
