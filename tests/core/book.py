"""What people said and ordered, and what must follow from it: the model's truth.

It checks every decision. Of the machine's own records it uses names only (which
run a start belongs to, which id a new job got), never to learn what is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from moonraker_cp.core.decisions import (
    Decision,
    ScriptKind,
    SendScript,
    SendStart,
    WatchCooling,
)
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BugFound,
    ClearingAsked,
    Deactivated,
    Event,
    Loss,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
    ScriptEnded,
    SkipAsked,
)
from moonraker_cp.core.model import Job, Outcome, Phase, Run, State

from .world import Klippy, World


@dataclass
class Order:
    """A job as it was ordered: for each pass the copies that are left, in order."""

    draft: bool
    passes: list[list[int]]
    paths: dict[int, str]

    def add(self, set_id: int, path: str, count: int) -> None:
        self.paths[set_id] = path
        self.passes = self.passes or [[]]
        for one in self.passes:
            one += [set_id] * count

    def count(self, set_id: int) -> None:
        self.passes[0].remove(set_id)
        self._turn_page()

    def skip(self, set_id: int, keeps: int) -> None:
        for _ in range(self.passes[0].count(set_id) - keeps):
            self.passes[0].remove(set_id)
        self._turn_page()

    def _turn_page(self) -> None:
        if not self.passes[0]:
            del self.passes[0]


@dataclass
class Book:
    world: World
    orders: dict[int, Order] = field(default_factory=dict)
    wanted: bool = False  # a person said Start, and nobody Stop
    must_press: bool = False  # something broke: only a Start goes on
    word: bool | None = None  # known to be clear; None: nobody has ever looked
    sweepable: bool = False  # our good part, and management has gone on since
    sweep_asked: bool = False
    adoptable: int | None = None
    words: str = ""  # Klipper's, not answered yet
    opened: dict[int, Run] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)
    sent: int = 0

    # -- what people and the printer said --------------------------------------

    def hear(self, event: Event, owner: int | None, kind: ScriptKind | None) -> None:
        """An event that the machine accepted; owner of the print it tells of."""
        world = self.world
        if isinstance(
            event, (Activated, Deactivated, BedSaid, ClearingAsked, BugFound)
        ):
            self.words = ""
        if isinstance(event, Activated):
            self.wanted = True
            if world.klippy is Klippy.READY:
                self.must_press = False
                if self.word is None and world.print is None:
                    self.word = True
            if event.bed_clear:
                self.word = True
        elif isinstance(event, Deactivated):
            self.wanted = self.sweep_asked = False
            if not world.script:
                self.sweepable = False
        elif isinstance(event, BedSaid):
            self.word = event.clear
            self.sweepable = self.sweepable and not event.clear
        elif isinstance(event, ClearingAsked):
            self.sweep_asked, self.word = True, False
        elif isinstance(event, SkipAsked):
            self._skip()
        elif isinstance(event, PrinterLost):
            owner = world.print.owner if world.print else None
            if not self.must_press or owner != self.adoptable:
                self.adoptable = None if self.must_press else owner
            self.must_press, self.sweepable, self.sweep_asked = True, False, False
        elif isinstance(event, PrinterSeen):
            if world.print and world.print.owner == self.adoptable is not None:
                self.must_press = False
        elif isinstance(event, BugFound):
            self.must_press, self.sweepable, self.sweep_asked = True, False, False
        elif isinstance(event, PrintEnded) and owner is not None:
            if event.outcome is Outcome.CANCELLED:
                self.wanted = False
            self.sweepable = event.outcome is Outcome.SUCCESS and self.wanted
            self.sweepable = self.sweepable and not self.must_press
        elif isinstance(event, ScriptEnded) and event.error is None:  # noqa: SIM102
            if kind is ScriptKind.CLEARING and not world.part:
                self.word = True

    def _skip(self) -> None:
        """What is left of the set that prints, but its own copy, or of the next."""
        run = next((r for r in self.opened.values() if r.id not in self.closed), None)
        if run is not None:
            self.orders[run.job_id].skip(run.set_id, keeps=1)
            return
        order = self._next_order
        assert order is not None
        order.skip(order.passes[0][0], keeps=0)

    def stranger_prints(self) -> None:
        self.word = self.sweepable = self.sweep_asked = False

    # -- what the machine decided ----------------------------------------------

    def check(self, event: Event, decision: Decision, owner: int | None) -> None:
        if decision.dropped_run is not None:
            assert decision.dropped_run not in self.world.reached, "a run was lost"
            del self.opened[decision.dropped_run]
        for run in decision.runs:
            self._check_run(run, decision.state)
        for action in decision.actions:
            if isinstance(action, SendStart):
                self._check_start(action, event, decision)
            elif isinstance(action, WatchCooling) or (
                isinstance(action, SendScript) and action.kind is ScriptKind.CLEARING
            ):
                self._check_sweep(action)
        if isinstance(event, PrintEnded) and event.outcome is Outcome.SUCCESS:
            assert owner is None or owner in self.closed, "a good copy was not seen"
        if isinstance(event, PrinterLost) and event.kind is Loss.SHUTDOWN:
            assert set(self.opened) == self.closed, "a dead run stayed open"
        self._check_sums(decision.state)
        reason = decision.state.control.reason
        assert decision.state.control.phase is not Phase.BLOCKED or reason is not None
        if self.words:
            assert reason is not None
            assert self.words in reason.text, "a reason was lost"

    def _check_run(self, run: Run, state: State) -> None:
        assert run.id not in self.closed, "a run was closed twice"
        self.opened[run.id] = run
        if run.outcome is None:
            return
        self.closed.add(run.id)
        order = self.orders.get(run.job_id)
        if not run.counted:
            gone = order is None and run.outcome is Outcome.SUCCESS
            asked = state.control.phase is Phase.BLOCKED
            assert gone or asked, "a copy was lost without a word"
            if run.outcome is Outcome.FAILURE:
                self.words = run.reason
            return
        assert run.id in self.world.good or self._stranger_did(run), (
            "a copy was counted that was never printed"
        )
        self.counted.add(run.id)
        assert order is not None
        order.count(run.set_id)

    def _stranger_did(self, run: Run) -> bool:
        """Unprovable: a person printed the same file while nobody looked."""
        for one in self.world.strangers:
            if one[0] == run.path and one[1] > run.sent_clock:
                self.world.strangers.remove(one)
                return True
        return False

    def _check_start(self, start: SendStart, event: Event, decision: Decision) -> None:
        world = self.world
        assert self.wanted, "started while stopped"
        assert not self.must_press, "started by itself after a trouble"
        assert world.klippy is Klippy.READY, "started on a stopped printer"
        assert world.print is None, "started while a print was there"
        assert not world.part, "started on a part"
        assert self.word, "started on a bed that nobody called clear"
        calm = not world.moving and not world.script
        assert calm or isinstance(event, ScriptEnded), "started while it moved"
        assert start.path == self.next_path, "started the wrong file"
        assert decision.state.run is not None
        assert decision.state.run.id not in world.reached
        self.sent += 1

    def _check_sweep(self, action: SendScript | WatchCooling) -> None:
        assert self.world.print is None, "swept under a print"
        assert self.sweepable or self.sweep_asked, "swept without an answer"
        if isinstance(action, SendScript):
            self.sweepable = self.sweep_asked = False

    def _check_sums(self, state: State) -> None:
        assert [job.id for job in state.jobs] == list(self.orders), "a job was lost"
        for job in state.jobs:
            passes = self.orders[job.id].passes
            assert _left(job) == passes, "copies ordered != counted + left"
            assert job.copies_left == sum(map(len, passes))

    @property
    def next_path(self) -> str | None:
        order = self._next_order
        return order.paths[order.passes[0][0]] if order else None

    @property
    def _next_order(self) -> Order | None:
        waiting = (o for o in self.orders.values() if o.passes and not o.draft)
        return next(waiting, None)


def _left(job: Job) -> list[list[int]]:
    """The copies of a job, as the machine has them, pass by pass."""
    if job.is_done:
        return []
    this = [s.id for s in job.sets for _ in range(s.remaining)]
    later = [s.id for s in job.sets for _ in range(s.count)]
    return [this] + [later] * (job.remaining - 1)
