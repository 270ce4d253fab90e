"""What a decision may look at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Union

from .conditions import Conditions, Strategy
from .edits import Change
from .failures import FailureRules
from .files import Files
from .hooks import Hook, Hooks, Script
from .hours import Hours
from .model import Run, State
from .printer import Look
from .spools import MaterialPolicy, Spools

if TYPE_CHECKING:
    from .diary import Entry


class BedClearing(str, Enum):
    MANUAL = "manual"
    GCODE = "gcode"


@dataclass(frozen=True)
class Rules:
    """The options that decisions depend on; see docs/configuration.md.

    release_temperature in °C, 0 for no cooling; release_temperatures: the same for
    parts of a material, whose type is in lower case. The bed is held at
    cooling_temperature meanwhile, 0 for off; cooling_fan: 0 to 1. cooling_limit in
    seconds; clear_when_expired: clear even then. profile: the kind of printer this
    is, "" when not said.

    verify_expression, verify_url: what is asked after the clearing script, within
    verify_limit seconds; "" for nothing. material_margin: of a file's need, 0 to 1.
    ends_before_quiet: a print that would last into quiet hours is not started.
    pause_after: prints, maintenance_hours: of printing, 0 for never. power_device:
    turned on before the first print, and off when the queue is done and bed and
    nozzle are below power_off_below °C, 0 for never.
    """

    bed_clearing: BedClearing = BedClearing.MANUAL
    clearing_gcode: str = ""
    finish_gcode: str = ""
    clear_after_last: bool = False
    start_means_bed_clear: bool = False
    release_temperature: float = 0.0
    release_temperatures: tuple[tuple[str, float], ...] = ()
    cooling_temperature: float = 0.0
    cooling_fan: float = 0.0
    cooling_limit: float = 3600.0
    clear_when_expired: bool = False
    strategy: Strategy = Strategy.IN_ORDER
    profile: str = ""
    failures: FailureRules = field(default_factory=FailureRules)
    verify_expression: str = ""
    verify_url: str = ""
    verify_limit: float = 30.0
    material_policy: MaterialPolicy = MaterialPolicy.OFF
    material_margin: float = 0.1
    hours: Hours = field(default_factory=Hours)
    ends_before_quiet: bool = False
    pause_after: int = 0
    maintenance_hours: float = 0.0
    power_device: str = ""
    power_off_below: float = 0.0


@dataclass(frozen=True)
class Situation:
    """All that a decision may look at: one read, taken when the turn begins.

    look: the newest look at the printer. now: seconds since the epoch;
    clock: monotonic seconds, on the clock that Klipper's times are on. files: what is
    known of queued files, as of the newest event about files. files_before: what was
    known until this event; None: the same. cold_at: the clock at which a bed that
    cools is expected to be cold; None when that is not known. hooks: the scripts that
    people have set, beside those of the rules. spools: what is loaded, by tool.
    rendering: a time-lapse is being made.
    """

    state: State
    look: Look
    rules: Rules
    now: float
    clock: float
    files: Files = field(default_factory=dict)
    files_before: Files | None = None
    cold_at: float | None = None
    hooks: Hooks = field(default_factory=dict)
    spools: Spools = ()
    rendering: bool = False

    @property
    def conditions(self) -> Conditions:
        """What the choice of the next copy depends on."""
        rules, loaded = self.rules, self.state.control.loaded
        return Conditions(
            rules.strategy,
            rules.profile,
            self.files,
            loaded,
            self.now,
            self.spools,
            self.rendering,
        )


class ScriptKind(str, Enum):
    """Scripts of our own; those of people belong to hooks."""

    PREPARE = "prepare"
    BARRIER = "barrier"  # nothing; answered after whatever waits in Klipper


@dataclass(frozen=True)
class SendStart:
    ticket: int
    path: str
    user: str


@dataclass(frozen=True)
class SendScript:
    ticket: int
    kind: ScriptKind
    gcode: str


@dataclass(frozen=True)
class RunHook:
    """Run a hook's scripts; answered by ScriptEnded."""

    ticket: int
    hook: Hook
    scripts: tuple[Script, ...]


@dataclass(frozen=True)
class VerifyBed:
    """Ask whether the bed is clear; answered by BedVerified. limit in seconds."""

    ticket: int
    expression: str
    url: str
    limit: float


@dataclass(frozen=True)
class CancelPrint:
    """The print that runs is no good; its end answers."""

    ticket: int


@dataclass(frozen=True)
class PausePrint:
    ticket: int


@dataclass(frozen=True)
class SetPower:
    """device: of Moonraker's [power]. A failure is answered by ScriptEnded."""

    ticket: int
    device: str
    on: bool


@dataclass(frozen=True)
class WatchCooling:
    """Wait until the bed's sensor is at `below` °C or less, or `limit` seconds.

    Meanwhile the bed is held at `hold` °C, 0 for off, and the part fan runs at `fan`,
    0 to 1. It lasts until EndCooling, whatever comes of it.
    """

    ticket: int
    below: float
    limit: float
    hold: float = 0.0
    fan: float = 0.0


@dataclass(frozen=True)
class EndCooling:
    """Wait no longer; fan: it was turned on, so turn it off.

    ticket: of the cooling, so that no answer to this is ever awaited.
    """

    ticket: int
    fan: bool = False


Action = Union[
    SendStart,
    SendScript,
    RunHook,
    VerifyBed,
    CancelPrint,
    PausePrint,
    SetPower,
    WatchCooling,
    EndCooling,
]


@dataclass(frozen=True)
class Recall:
    """A copy that was counted turned out to be bad."""

    run_id: int
    reason: str


@dataclass(frozen=True)
class Link:
    """A closed run and its record in Moonraker's history, if it has that path."""

    run_id: int
    path: str
    history_id: str


@dataclass(frozen=True)
class Video:
    """A time-lapse of the newest closed run of that file, as named without its folder,
    that was opened before it began to be made."""

    name: str
    video: str
    began: float


@dataclass(frozen=True)
class Decision:
    """The state after the turn, and what to do once it is stored.

    runs: runs to write (opened, changed or closed); dropped_run: the id of a
    run that never reached the printer and leaves no trace. now: of the turn.
    cleared: a closed run's id, and when its part was off the bed. news: clients have
    to be told, though nothing stored has changed. entry: what the diary says of it, to
    be stored with it.
    """

    state: State
    edit: Change = field(default_factory=Change)
    runs: tuple[Run, ...] = ()
    dropped_run: int | None = None
    actions: tuple[Action, ...] = ()
    now: float = 0.0
    cleared: tuple[int, float] | None = None
    link: Link | None = None
    news: bool = False
    recall: Recall | None = None
    video: Video | None = None
    entry: Entry | None = None

    def changes(self, old: State) -> bool:
        if self.news or self.state != old or self.runs or not self.edit.is_empty:
            return True
        return self.link is not None or self.video is not None
