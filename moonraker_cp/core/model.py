"""What the queue is made of: frozen values and the sums on them.

Words are those of the glossary (docs/glossary.md). Times are seconds since the
epoch unless a field says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Optional

from .failures import OnTrouble
from .hooks import Hook
from .service import Service

MAX_COPIES = 10_000
"""The most copies per pass, or passes, that one set or job may ask for."""

ENDLESS = -1
"""As a job's count: passes without end."""


Materials = tuple[Optional[str], ...]
"""By tool, from tool 0; None: any, or not known."""

Rolls = tuple[Optional[int], ...]
"""Spoolman's ids by tool; None: any."""


class Phase(str, Enum):
    """Where the wheel stands. Declared moves between them: `arrows.ARROWS`."""

    INACTIVE = "inactive"
    IDLE = "idle"
    PREPARING = "preparing"
    STARTING = "starting"
    PRINTING = "printing"
    PAUSED = "paused"
    COOLING = "cooling"
    CLEARING = "clearing"
    FINISHING = "finishing"
    SCRIPT = "script"  # of a hook that has no phase of its own
    BLOCKED = "blocked"


class Outcome(str, Enum):
    """How a run ended. ABORTED: nobody can know how it ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


class BedState(str, Enum):
    CLEAR = "clear"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"


class BedCause(str, Enum):
    """Who or what made the bed what it is."""

    NEVER_SEEN = "never_seen"
    OWN_GOOD = "own_good"  # a run of ours that ended well: the only bed that
    # a script may clear without asking
    OWN_OLD = "own_old"  # the same, but management has stopped since
    OWN_BAD = "own_bad"  # a run of ours that failed, was cancelled or aborted
    OWN_FAILED = "own_failed"  # the same, and the options let a script clear it
    FOREIGN = "foreign"  # a print that we did not start
    PERSON = "person"
    SCRIPT = "script"


@dataclass(frozen=True)
class Bed:
    """The bed as a stored fact; never deduced from a phase.

    since: seconds since the epoch; clock: the same on the computer's monotonic clock,
    as of its boot then; 0: long ago.
    """

    state: BedState = BedState.UNKNOWN
    cause: BedCause = BedCause.NEVER_SEEN
    since: float = 0.0
    by: str = ""
    clock: float = 0.0


@dataclass(frozen=True)
class Reason:
    """Why the queue is blocked, in words for the person who has to look.

    needs_start: an answer about the bed alone does not go on; a person has to
    press Start (after a restart, a lost printer, a start that was refused).
    picture: an address that shows what is meant, "" when there is none.
    """

    code: str
    text: str
    advice: str
    since: float
    needs_start: bool = False
    picture: str = ""


@dataclass(frozen=True)
class Set:
    """One file of a job, printed `count` times in each pass.

    remaining may exceed count (one-off extras); completed counts the good
    copies of this pass. release_temperature: °C at which its parts let go, None: as
    for the material. on_failure, retries: None as the options say. spools: Spoolman's
    ids that are wanted, by tool.
    """

    id: int
    path: str
    count: int
    remaining: int
    completed: int = 0
    metadata: str | None = None
    materials: Materials = ()
    profiles: tuple[str, ...] = ()
    release_temperature: float | None = None
    on_failure: OnTrouble | None = None
    retries: int | None = None
    spools: Rolls = ()


@dataclass(frozen=True)
class Job:
    """Ordered sets, printed `count` passes; `remaining` includes this pass.

    passes_done + remaining == count, but for an endless job, where remaining is 1.
    hold: passed over until released. pinned: goes before all others, until its
    passes are done. due: when it should be finished. revision: the queue's, when
    anything of this job changed last.
    """

    id: int
    name: str
    count: int
    remaining: int
    draft: bool
    created: float
    owner: str = ""
    sets: tuple[Set, ...] = ()
    passes_done: int = 0
    hold: bool = False
    pinned: bool = False
    priority: int = 0
    due: float | None = None
    note: str = ""
    revision: int = 0

    def find_set(self, set_id: int) -> Set | None:
        return next((s for s in self.sets if s.id == set_id), None)

    @property
    def is_endless(self) -> bool:
        return self.count == ENDLESS

    @property
    def next_set(self) -> Set | None:
        """The set whose copy is next in this pass; drafts, holds and files aside."""
        if self.remaining <= 0:
            return None
        return next((s for s in self.sets if s.remaining > 0), None)

    @property
    def is_done(self) -> bool:
        return self.next_set is None

    @property
    def copies_left(self) -> int | None:
        """Copies still to print, over all passes; None: without end."""
        if self.remaining <= 0:
            return 0
        each_pass = sum(s.count for s in self.sets)
        if self.is_endless and each_pass:
            return None
        return (self.remaining - 1) * each_pass + sum(s.remaining for s in self.sets)

    def copy_done(self, set_id: int) -> Job:
        """This job with one good copy of the set counted.

        When the pass has nothing left, the next pass begins: one fewer
        remaining, and the sets are filled again unless it was the last.
        """
        sets = tuple(
            replace(s, remaining=max(s.remaining - 1, 0), completed=s.completed + 1)
            if s.id == set_id
            else s
            for s in self.sets
        )
        return replace(self, sets=sets).with_pass_settled()

    def with_pass_settled(self) -> Job:
        """The next pass begins when this one has nothing left."""
        if self.remaining <= 0 or any(s.remaining for s in self.sets):
            return self
        remaining = 1 if self.is_endless else self.remaining - 1
        done = replace(
            self,
            remaining=remaining,
            passes_done=self.passes_done + 1,
            pinned=self.pinned and remaining > 0,
        )
        return done.refilled() if remaining else done

    def refilled(self) -> Job:
        """All sets as at the beginning of a pass."""
        sets = tuple(replace(s, remaining=s.count, completed=0) for s in self.sets)
        return replace(self, sets=sets)

    def reopened(self) -> Job:
        """A job that was done gets its last pass back, for copies added to it; one
        whose passes were all taken away gets its first."""
        if self.remaining > 0:
            return self
        done = max(self.passes_done - 1, 0)
        count = self.count if self.is_endless else max(self.count, 1)
        return replace(self, remaining=1, passes_done=done, count=count)


@dataclass(frozen=True)
class Run:
    """One attempt at one file: opened before its start is sent, closed once.

    sent_clock, start_clock: host clock (monotonic seconds) when the start was
    asked for and when Klipper began; Klipper and Moonraker share that clock, so
    a run is known again after a Moonraker restart even if the wall clock jumped.

    copy of copies: which good copy of this pass it was to be, from 1. retries: how
    often this copy was tried before. estimate: the slicer's, in seconds. The
    temperatures (°C) are those at its end; history_id is that of Moonraker's own
    history, video a path below the timelapse root, cleared the time at which the bed
    was clear again. trouble: what somebody who watches it says is wrong with it.
    """

    id: int
    job_id: int
    set_id: int
    job_name: str
    path: str
    pass_index: int
    user: str
    opened: float
    sent_clock: float
    before: str = ""  # fingerprint of what Klipper had loaded before the start
    accepted: bool = False
    start_clock: float | None = None
    started: float | None = None
    ended: float | None = None
    outcome: Outcome | None = None
    reason: str = ""
    counted: bool = False
    print_duration: float = 0.0
    total_duration: float = 0.0
    filament_used: float = 0.0
    copy: int = 0
    copies: int = 0
    retries: int = 0
    estimate: float | None = None
    bed_temperature: float | None = None
    nozzle_temperature: float | None = None
    history_id: str = ""
    video: str = ""
    cleared: float | None = None
    trouble: str = ""

    @property
    def is_open(self) -> bool:
        return self.outcome is None


@dataclass(frozen=True)
class Tries:
    """How often a copy was tried without success; the newest such copy of its set."""

    set_id: int
    pass_index: int
    copy: int
    count: int


@dataclass(frozen=True)
class Control:
    """The one row that says what management is doing.

    ticket: number of the newest action that was sent out; an answer with any
    other number is late and changes nothing. finish_due: something was printed
    since the last finish script. last_print: fingerprint of the newest print
    whose end we know. order_revision: the revision at which jobs changed places.
    loaded: the materials of the newest print, by tool (see `materials`).
    bed_run: the run whose part is on the bed, None when it is not one of ours.
    tries: of copies that have not succeeded yet, the newest last.

    due: hooks whose moment has come, and whose scripts have not been sent. hook: the
    one whose scripts are out; while blocked, the one that nobody can tell of whether
    its scripts ran through. prepared: the set before whose copy scripts were sent.
    last_path: of the newest run. counted_set: its set, if its copy was counted and
    stands. release: °C at which its part lets go, when its set says so.
    early_failures: the files that failed early since the newest good copy. service:
    since somebody looked after the printer. not_before: no print starts earlier.
    awaits: the copy that waits for material; anyway: the copy that is printed whatever
    is loaded (see `copy_key`).
    powered_off: we turned the printer off.
    """

    revision: int = 0
    active: bool = False
    active_by: str = ""
    phase: Phase = Phase.INACTIVE
    phase_since: float = 0.0
    reason: Reason | None = None
    bed: Bed = Bed()
    ticket: int = 0
    run_id: int | None = None
    finish_due: bool = False
    last_print: str = ""
    order_revision: int = 0
    loaded: Materials = ()
    bed_run: int | None = None
    tries: tuple[Tries, ...] = ()
    last_job_id: int = 0
    last_set_id: int = 0
    last_run_id: int = 0
    due: tuple[Hook, ...] = ()
    hook: Hook | None = None
    prepared: int | None = None
    last_path: str = ""
    counted_set: int | None = None
    release: float | None = None
    early_failures: tuple[str, ...] = ()
    service: Service = field(default_factory=Service)
    not_before: float = 0.0
    awaits: str = ""
    anyway: str = ""
    powered_off: bool = False


def copy_key(job: Job, one: Set) -> str:
    """Names the copy of the set that is next."""
    return f"{one.id}/{job.passes_done}/{one.completed + 1}"


@dataclass(frozen=True)
class State:
    """Everything that is stored, except closed runs."""

    control: Control = Control()
    jobs: tuple[Job, ...] = ()
    run: Run | None = None  # the open run
