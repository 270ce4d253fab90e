"""Stories for the core: fold events over a state, answer its actions by hand.

A `Story` holds what the driver would hold: the stored state, the newest look at
the printer, the runs as written. It decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from moonraker_cp.core.decisions import (
    Action,
    BedClearing,
    Decision,
    Rules,
    RunHook,
    ScriptKind,
    SendScript,
    SendStart,
    Situation,
    WatchCooling,
)
from moonraker_cp.core.edits import AddJobs, NewJob, NewSet
from moonraker_cp.core.events import (
    Activated,
    Answer,
    Answered,
    BedSaid,
    Deactivated,
    Edited,
    Event,
    Loss,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.files import Files
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Bed, BedCause, BedState, Outcome, Phase, Run, State
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.questions import question
from moonraker_cp.core.spools import Spools

IDLE_PRINTER = Look(
    ready=True, not_ready="", bed_temperature=22.0, nozzle_temperature=23.0
)
MANUAL = Rules()
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")

NOW = 1_700_000_000.0

CLEAR = Bed(BedState.CLEAR, BedCause.PERSON, 0.0, "ann")


@dataclass
class Story:
    rules: Rules = MANUAL
    look: Look = IDLE_PRINTER
    state: State = field(default_factory=State)
    clock: float = 1000.0
    runs: dict[int, Run] = field(default_factory=dict)
    sent: list[Action] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    fired: list[Hook] = field(default_factory=list)
    last: Decision | None = None
    hooks: dict[Hook, tuple[Script, ...]] = field(default_factory=dict)
    spools: Spools = ()
    rendering: bool = False
    files: Files = field(default_factory=dict)
    skipped: float = 0.0  # seconds by which the wall clock is ahead

    # -- the wheel ------------------------------------------------------------

    def tell(self, event: Event) -> Story:
        """One turn of the wheel."""
        self.clock += 1.0
        decision = decide(self.situation, event)
        self.last, self.state = decision, decision.state
        for run in decision.runs:
            self.runs[run.id] = run
        if decision.dropped_run is not None:
            del self.runs[decision.dropped_run]
        self.sent = list(decision.actions)
        self.starts += [a.path for a in self.sent if isinstance(a, SendStart)]
        self.fired += [a.hook for a in self.sent if isinstance(a, RunHook)]
        return self

    @property
    def situation(self) -> Situation:
        return Situation(
            self.state,
            self.look,
            self.rules,
            NOW + self.clock + self.skipped,
            self.clock,
            files=self.files,
            hooks=self.hooks,
            spools=self.spools,
            rendering=self.rendering,
        )

    def has(self, *hooks: Hook) -> Story:
        """From now on these hooks have a script each."""
        for hook in hooks:
            self.hooks[hook] = (Script(hook.value, hook.value.upper()),)
        return self

    def see(self, **fields: object) -> Look:
        """The printer changes; the newest look shows it."""
        if self.look.state in (PrintState.PRINTING, PrintState.PAUSED):
            lasted = self.look.total_duration + self.clock - self.look.clock
            fields.setdefault("total_duration", lasted)
        self.look = replace(
            self.look,
            clock=self.clock,
            **fields,  # type: ignore[arg-type]
        )
        return self.look

    # -- people ---------------------------------------------------------------

    def add(self, *paths: str, count: int = 1, passes: int = 1) -> Story:
        jobs = tuple(NewJob((NewSet(p, count),), count=passes) for p in paths)
        return self.tell(Edited(AddJobs(jobs, created=0.0), "ann"))

    def start(self, *, bed_clear: bool = False) -> Story:
        return self.tell(Activated("ann", bed_clear))

    def stop(self) -> Story:
        return self.tell(Deactivated("ann"))

    def bed_is_clear(self) -> Story:
        return self.tell(BedSaid(True, "ann"))

    def answer(self, word: str) -> Story:
        """To the question that is asked now."""
        return self.tell(Answered(self.state.control.ticket, word, "ann"))

    # -- the printer ----------------------------------------------------------

    def print_begins(self, path: str) -> Story:
        """Klipper begins a file, whoever asked for it."""
        self.see(
            state=PrintState.PRINTING,
            filename=path,
            reading=True,
            total_duration=0.0,
            print_duration=0.0,
            busy=True,
        )
        return self.tell(PrintStarted(self.look))

    def our_print_begins(self) -> Story:
        """Klipper takes the start that was sent last."""
        assert self.state.run is not None
        self.tell(StartAnswered(self.state.control.ticket, Answer.ACCEPTED))
        return self.print_begins(self.state.run.path)

    def print_ends(
        self, outcome: Outcome = Outcome.SUCCESS, words: str = "", seconds: float = 60.0
    ) -> Story:
        """seconds: how long it lasted, all of it printing if the look does not say."""
        end = {
            Outcome.SUCCESS: PrintState.COMPLETE,
            Outcome.CANCELLED: PrintState.CANCELLED,
            Outcome.FAILURE: PrintState.ERROR,
        }[outcome]
        self.clock += seconds
        self.see(
            state=end,
            reading=False,
            busy=False,
            total_duration=seconds,
            print_duration=self.look.print_duration or seconds,
        )
        return self.tell(PrintEnded(self.look, outcome, words))

    def print_fails(self, words: str = "Too cold", seconds: float = 60.0) -> Story:
        return self.print_ends(Outcome.FAILURE, words, seconds)

    def pauses(self) -> Story:
        self.see(state=PrintState.PAUSED, reading=False)
        return self.tell(PrintPaused(self.look))

    def resumes(self) -> Story:
        self.see(state=PrintState.PRINTING, reading=True)
        return self.tell(PrintResumed(self.look))

    def prints(self) -> Story:
        """The print that was asked for begins and ends well."""
        return self.our_print_begins().print_ends()

    def script_ends(self, error: str | None = None, *, ran: bool = True) -> Story:
        return self.tell(ScriptEnded(self.state.control.ticket, error, ran))

    def scripts_end(self) -> Story:
        """Each that is sent runs through, until none is out."""
        for _ in Hook:  # each fires once in a row
            if self.phase not in (Phase.SCRIPT, Phase.CLEARING, Phase.FINISHING):
                return self
            self.script_ends()
        raise AssertionError(f"scripts without end: {self.fired}")

    def klippy_stops(self, words: str = "Lost communication") -> Story:
        """Shut down: Klipper shows a print as paused, whoever paused it."""
        state = PrintState.PAUSED if self.look.has_print else self.look.state
        self.see(ready=False, not_ready=words, stopped=True, state=state, reading=False)
        return self.tell(PrinterLost(Loss.SHUTDOWN, words))

    def klippy_vanishes(self) -> Story:
        self.see(ready=False, not_ready="Klipper is not connected.")
        return self.tell(PrinterLost(Loss.DISCONNECT, "Klipper"))

    def klippy_is_back(self) -> Story:
        """Restarted: it has forgotten what it printed."""
        self.look = replace(IDLE_PRINTER, clock=self.clock)
        return self.tell(PrinterSeen(self.look)).barrier_passes()

    def moonraker_restarts(self) -> Story:
        """Klipper went on meanwhile; the look shows where it is now."""
        return self.moonraker_is_back().barrier_passes()

    def moonraker_is_back(self) -> Story:
        self.tell(PrinterLost(Loss.DISCONNECT, "Moonraker", restarted=True))
        self.see()
        return self.tell(PrinterSeen(self.look))

    def barrier_passes(self) -> Story:
        """Nothing of ours was waiting inside Klipper."""
        return self.script_ends() if ScriptKind.BARRIER in self.scripts else self

    # -- what became of it ----------------------------------------------------

    @property
    def phase(self) -> Phase:
        return self.state.control.phase

    @property
    def bed(self) -> tuple[BedState, BedCause]:
        bed = self.state.control.bed
        return bed.state, bed.cause

    @property
    def why(self) -> str:
        """The code of the reason why the queue is blocked."""
        reason = self.state.control.reason
        return reason.code if reason else ""

    @property
    def words(self) -> str:
        reason = self.state.control.reason
        return reason.text if reason else ""

    @property
    def scripts(self) -> list[ScriptKind | Hook]:
        ours = [a.kind for a in self.sent if isinstance(a, SendScript)]
        return [*ours, *(a.hook for a in self.sent if isinstance(a, RunHook))]

    @property
    def answers(self) -> list[str]:
        """Those that the question offers; none when nothing is asked."""
        asked = question(self.situation)
        return [] if asked is None else [each.value for each in asked.answers]

    @property
    def cooling(self) -> bool:
        return any(isinstance(a, WatchCooling) for a in self.sent)

    @property
    def left(self) -> list[int]:
        return [job.copies_left or 0 for job in self.state.jobs]

    @property
    def outcomes(self) -> list[Outcome | None]:
        return [run.outcome for run in self.runs.values()]

    @property
    def counted(self) -> int:
        return sum(run.counted for run in self.runs.values())


def with_bed(story: Story, bed: Bed = CLEAR) -> Story:
    """The story with this bed as its stored fact."""
    story.state = replace(story.state, control=replace(story.state.control, bed=bed))
    return story


def fresh(*paths: str, rules: Rules = MANUAL, count: int = 1, passes: int = 1) -> Story:
    """A queue, a bed that is known to be clear, management not started."""
    story = with_bed(Story(rules=rules))
    return story.add(*paths, count=count, passes=passes) if paths else story


def printing(*paths: str, rules: Rules = MANUAL, count: int = 1) -> Story:
    """The first file of the queue prints."""
    story = fresh(*paths, rules=rules, count=count).start()
    if rules.power_device:
        story.script_ends()  # it is on
    return story.our_print_begins()
