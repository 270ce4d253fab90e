"""What people said and ordered, and what must follow from it: the model's truth.

It checks every decision. Of the machine's own records it uses names only (which
run a start belongs to, which id a new job got, what a person was shown), never to
learn what is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import (
    Action,
    CancelPrint,
    Decision,
    PausePrint,
    Rules,
    RunHook,
    SendStart,
    SetPower,
    VerifyBed,
    WatchCooling,
)
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BedVerified,
    BugFound,
    ClearingAsked,
    CopyRecalled,
    Deactivated,
    Event,
    FailureReported,
    Loss,
    PrintAnyway,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
    PrintResumed,
    PrintStarted,
    ScriptAsked,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
)
from moonraker_cp.core.failures import EARLY, OnTrouble
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Job, Outcome, Phase, Reason, Run, State
from moonraker_cp.core.spools import MaterialPolicy

from .moments import OF_CLEARING, Moments
from .world import Klippy, World

EPOCH = 1_700_000_000.0
"""What the wall clock said when the printer's began."""

OF_LOSS = ("Klipper stopped", "not ready")
"""A script's words when Klipper was lost, which is told anyway."""


@dataclass(frozen=True)
class Told:
    """What only the model knows of an event: the run whose print it is about, the
    hook whose script it is about, and what people were shown before it."""

    owner: int | None = None
    hook: Hook | None = None
    shown: Reason | None = None


@dataclass
class Order:
    """A job as it was ordered: for each pass the copies that are left, in order."""

    draft: bool
    passes: list[list[int]]
    paths: dict[int, str]
    held: bool = False

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

    def recall(self, set_id: int) -> None:
        """A copy that was counted is owed again, beside those of its set."""
        self.passes = self.passes or [[]]
        ids = list(self.paths)
        self.passes[0] = sorted([*self.passes[0], set_id], key=ids.index)

    def left_of(self, set_id: int) -> int:
        return sum(one.count(set_id) for one in self.passes)

    def _turn_page(self) -> None:
        if self.passes and not self.passes[0]:
            del self.passes[0]


@dataclass
class Book:
    world: World
    rules: Rules
    moments: Moments
    orders: dict[int, Order] = field(default_factory=dict)
    wanted: bool = False  # a person said Start, and nobody Stop
    must_press: bool = False  # something broke: only a Start goes on
    word: bool | None = None  # known to be clear; None: nobody has ever looked
    sweepable: bool = False  # our part, and management has gone on since
    sweep_asked: bool = False
    adoptable: int | None = None
    words: list[str] = field(default_factory=list)  # not answered yet
    opened: dict[int, Run] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)
    reported: dict[int, str] = field(default_factory=dict)  # what is said to fail
    given_up: set[int] = field(default_factory=set)  # that were to be cancelled
    recallable: Run | None = None  # the newest copy, if it was counted and stands
    failed: dict[int, int] = field(default_factory=dict)  # tries in vain, by set
    early: list[str] = field(default_factory=list)  # files that failed early
    not_before: float = 0.0
    anyway: tuple[int, int] | None = None
    since_service: int = 0
    turned_off: bool = False  # by us: that Klipper goes away is no trouble
    powering: bool = False
    broken: bool = False  # the script in the print has failed
    sent: int = 0

    @property
    def now(self) -> float:
        return EPOCH + self.world.clock

    @property
    def open_run(self) -> Run | None:
        return next((r for r in self.opened.values() if r.id not in self.closed), None)

    # -- what people said ------------------------------------------------------

    def hear(self, event: Event, told: Told) -> None:
        """An event that the machine accepted."""
        hearing = _HEARINGS.get(type(event))
        if hearing is not None:
            hearing(self, event, told)

    def _activated(self, event: Activated, told: Told) -> None:
        world = self.world
        if not self.wanted:
            self.moments.pass_by(Hook.DEACTIVATED)
            self.moments.come(Hook.ACTIVATED)
            self.early = []
        self.wanted, self.words = True, self._still_to_tell()
        comes = self.rules.power_device and world.klippy is Klippy.GONE
        if self.open_run is None and (world.klippy is Klippy.READY or comes):
            self.moments.doubt = None  # a person goes on without it
        if event.at is not None:
            self.not_before = event.at
        if told.shown is not None and told.shown.code == reasons.PLATE_STACK:
            self.since_service = 0
        if told.shown is not None:
            self.early = []
        if world.klippy is Klippy.READY or self.rules.power_device:
            self.must_press = False
        if world.klippy is Klippy.READY and self.word is None and world.print is None:
            self.word = True
        if event.bed_clear:
            self.word = True

    def _still_to_tell(self) -> list[str]:
        """A Start is no answer while what went wrong has still to be told."""
        print = self.world.print
        ours = print is not None and print.owner is not None
        return self.words if ours else []

    def _deactivated(self, event: Deactivated, told: Told) -> None:
        if self.wanted:
            self.moments.come(Hook.DEACTIVATED)
        self.words = self._still_to_tell()
        self._stop()
        self.sweepable = False

    def _stop(self) -> None:
        self.wanted = self.sweep_asked = False
        self.moments.pass_by(Hook.ACTIVATED)
        self.moments.prepared = self.moments.awaited = None
        self.moments.doubt = None
        self.not_before = 0.0

    def _bed_said(self, event: BedSaid, told: Told) -> None:
        if not self.must_press or not self.wanted:
            self.words = []
        self.word = event.clear
        self.sweepable = self.sweepable and not event.clear

    def _clearing_asked(self, event: ClearingAsked, told: Told) -> None:
        self.words = []
        self.sweep_asked, self.word = True, False
        self.moments.doubt = None
        self.moments.clearing_comes()

    def _script_asked(self, event: ScriptAsked, told: Told) -> None:
        self.moments.asked_again()
        self._activated(Activated(event.user), told)

    def _recalled(self, event: CopyRecalled, told: Told) -> None:
        run, self.recallable = self.recallable, None
        assert run is not None, "a copy was recalled that was not counted"
        self.counted.remove(run.id)
        if run.job_id in self.orders:
            self.orders[run.job_id].recall(run.set_id)

    def _anyway(self, event: PrintAnyway, told: Told) -> None:
        self.anyway = self.next_copy
        assert self.lack is None, "nothing was to be printed anyway"

    def _skipped(self, event: SkipAsked, told: Told) -> None:
        """What is left of the set that prints, but its own copy, or of the next."""
        run = self.open_run
        if run is not None:
            self.orders[run.job_id].skip(run.set_id, keeps=1)
            return
        order = self._next_order
        assert order is not None
        order.skip(order.passes[0][0], keeps=0)

    # -- what the printer did --------------------------------------------------

    def _lost(self, event: PrinterLost, told: Told) -> None:
        if self.open_run is None:
            self.moments.printer_is_lost()
        else:
            self.broken = self.broken or self.moments.beside  # or nobody can tell
            self.moments.out, self.moments.beside = None, False
        if not event.restarted and self._is_expected(event):
            return
        self.turned_off = False
        owner = self.world.print.owner if self.world.print else None
        if self.open_run is not None:
            self.words = []  # that its script failed is asked about when it has ended
        if not self.must_press or owner != self.adoptable:
            self.adoptable = None if self.must_press else owner
        self.must_press, self.sweepable, self.sweep_asked = True, False, False

    def _is_expected(self, event: PrinterLost) -> bool:
        comes_up = self.powering and event.kind is Loss.DISCONNECT
        return self.turned_off or comes_up

    def _seen(self, event: PrinterSeen, told: Told) -> None:
        self.turned_off = self.powering = False
        print = self.world.print
        if print and print.owner == self.adoptable is not None:
            self.must_press = False

    def _bug(self, event: BugFound, told: Told) -> None:
        self.words = []
        self.moments.out = self.moments.doubt = None
        self.moments.beside = False
        self.must_press, self.sweepable, self.sweep_asked = True, False, False
        if self.open_run is None and self.word is not False:
            self.word = False  # a print of somebody's may be what was lost
            self.moments.prepared = None

    def _began(self, event: PrintStarted, told: Told) -> None:
        if told.owner is not None and not self.must_press:
            self.moments.come(Hook.PRINT_STARTED)

    def _reported(self, event: FailureReported, told: Told) -> None:
        run = self.open_run
        assert run is not None
        assert self.world.print is not None
        assert self.world.print.owner == run.id, "a report of a print that is not ours"
        self.reported[run.id] = event.text

    def _resumed(self, event: PrintResumed, told: Told) -> None:
        """Whoever resumes it has looked at it."""
        print = self.world.print
        owner = print.owner if print is not None else None
        if owner is not None and owner not in self.given_up:
            text = self.reported.pop(owner, None)
            self.words = [each for each in self.words if each != text]

    def _ended(self, event: PrintEnded, told: Told) -> None:
        run = self.open_run
        if run is None or told.owner != run.id:
            return
        self.moments.pass_by(Hook.PRINT_STARTED)
        self.moments.beside = False
        had_trouble = self.must_press
        self.must_press, self.broken = self.must_press or self.broken, False
        outcome = Outcome.FAILURE if run.id in self.reported else event.outcome
        if not had_trouble:
            self.moments.end_comes(outcome)
            self.moments.clearing_comes()
        if outcome is Outcome.SUCCESS:
            self.sweepable = self.wanted and not self.must_press
        else:
            lasted = event.look.total_duration
            goes_on = self._may_go_on(run, outcome, lasted, had_trouble)
            by_script = goes_on and self.rules.failures.by_script
            self.sweepable = by_script and not self.must_press

    def _may_go_on(
        self, run: Run, outcome: Outcome, lasted: float, had_trouble: bool
    ) -> bool:
        """What the policy says, and what it does to the order."""
        rules, order = self.rules.failures, self.orders.get(run.job_id)
        is_cancel = outcome is Outcome.CANCELLED
        then = rules.on_cancel if is_cancel else rules.on_failure
        tried = self.failed.get(run.set_id, 0)
        self.failed[run.set_id] = tried + 1
        if outcome is Outcome.FAILURE:
            self.early = [*self.early, run.path] if lasted <= EARLY else []
        blames = len(self.early) >= rules.stop_after and len(set(self.early)) > 1
        given_up = then is OnTrouble.RETRY and tried >= rules.retries
        if (blames and not is_cancel) or given_up:
            then = OnTrouble.STOP
            self.must_press = True
        if then is OnTrouble.STOP and is_cancel:
            self.must_press = True
            if self.wanted:
                self.moments.come(Hook.DEACTIVATED)
            self._stop()
        if not self.wanted or had_trouble or then is OnTrouble.STOP:
            return False
        if order is not None and then is OnTrouble.SKIP:
            order.skip(run.set_id, keeps=0)
        elif order is not None and then is OnTrouble.HOLD:
            order.held = True
        return True

    def _script_ended(self, event: ScriptEnded, told: Told) -> None:
        hook = told.hook
        awaited = self.moments.ended(hook, well=event.error is None)
        if event.error is None:
            if hook is Hook.CLEAR_BED and awaited and event.ran:
                self._is_swept(Hook.VERIFY_BED in self.moments.set_ones)
            elif hook is Hook.VERIFY_BED and awaited:
                self._is_swept(verifies=False)
        elif awaited:
            if event.error not in OF_LOSS:
                self.words = [*self.words, event.error]
            if hook is Hook.PRINT_STARTED:
                self.broken = True
            elif hook is not Hook.CLEAR_BED:
                self.must_press = True

    def _is_swept(self, verifies: bool) -> None:
        asks = self.rules.verify_expression or self.rules.verify_url
        if not verifies and not asks and not self.world.part:
            self.word = True

    def _verified(self, event: BedVerified, told: Told) -> None:
        if event.clear and not self.world.part:
            self.word = True

    def our_print_begins(self) -> None:
        self.word = False

    def stranger_prints(self) -> None:
        self.word = self.sweepable = self.sweep_asked = False
        self.moments.prepared = None
        self.moments.printer_is_taken()

    # -- what the machine decided ----------------------------------------------

    def check(self, event: Event, decision: Decision, told: Told) -> None:
        if decision.dropped_run is not None:
            assert decision.dropped_run not in self.world.reached, "a run was lost"
            del self.opened[decision.dropped_run]
        for run in decision.runs:
            self._check_run(run, event, decision.state)
        for action in decision.actions:
            self._check_action(action, event, decision, told)
        if isinstance(event, PrintEnded) and event.outcome is Outcome.SUCCESS:
            owner = told.owner
            assert owner is None or owner in self.closed, "a good copy was not seen"
        if isinstance(event, PrinterLost) and event.kind is Loss.SHUTDOWN:
            assert set(self.opened) == self.closed, "a dead run stayed open"
        if self.next_copy is None:
            self.moments.awaited = None
        self._check_sums(decision.state)
        self._check_words(event, decision.state)

    def _check_words(self, event: Event, state: State) -> None:
        reason = state.control.reason
        assert state.control.phase is not Phase.BLOCKED or reason is not None
        for words in self.words:
            assert reason is not None, f"a reason was lost: {words}"
            assert words in reason.text, f"a reason was lost: {words}"
        doubt = self.moments.doubt
        if doubt is not None and self.wanted and isinstance(event, PrinterLost):
            assert reason is not None
            assert doubt.value in reason.text, f"not told: {doubt}: {reason} {event}"

    def _check_action(
        self, action: Action, event: Event, decision: Decision, told: Told
    ) -> None:
        if isinstance(action, SendStart):
            self._check_start(action, event, decision, told)
        elif isinstance(action, RunHook):
            self._check_hook(action.hook)
        elif isinstance(action, WatchCooling):
            self._check_sweep()
        elif isinstance(action, VerifyBed):
            assert not self.word, "verified a bed that was called clear"
            assert self.world.print is None, "verified a bed under a print"
        elif isinstance(action, (CancelPrint, PausePrint)):
            assert self.open_run is not None
            assert self.open_run.id in self.reported, "stopped without a report"
            if isinstance(action, CancelPrint):
                self.given_up.add(self.open_run.id)
        elif isinstance(action, SetPower):
            self.powering = action.on

    def _check_run(self, run: Run, event: Event, state: State) -> None:
        assert run.id not in self.closed, "a run was closed twice"
        self.opened[run.id] = run
        if run.outcome is None:
            return
        self.closed.add(run.id)
        if not isinstance(event, StartAnswered):  # refused: nothing was printed
            self.since_service += 1
        self.recallable = run if run.counted else None
        if run.outcome is Outcome.CANCELLED and not isinstance(event, PrintEnded):
            self._stop()  # somebody cancelled it while nobody looked
        order = self.orders.get(run.job_id)
        if not run.counted:
            gone = order is None and run.outcome is Outcome.SUCCESS
            asked = state.control.reason is not None
            assert gone or asked or self.sweepable, "a copy was lost without a word"
            if run.outcome is Outcome.FAILURE and not self.sweepable:
                self.words = [*self.words, run.reason]
            return
        assert run.id not in self.reported, "a copy was counted that was said to fail"
        assert run.id in self.world.good or self._stranger_did(run), (
            "a copy was counted that was never printed"
        )
        self.counted.add(run.id)
        self.failed.pop(run.set_id, None)
        self.early = []
        assert order is not None
        order.count(run.set_id)

    def _stranger_did(self, run: Run) -> bool:
        """Unprovable: a person printed the same file while nobody looked."""
        for one in self.world.strangers:
            if one[0] == run.path and one[1] > run.sent_clock:
                self.world.strangers.remove(one)
                return True
        return False

    def _check_start(
        self, start: SendStart, event: Event, decision: Decision, told: Told
    ) -> None:
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
        self._check_waits(prepared=told.hook is Hook.BEFORE_PRINT)
        self.moments.print_starts(decision.state.run.set_id)
        self.not_before, self.anyway, self.broken = 0.0, None, False
        self.sent += 1

    def _check_waits(self, *, prepared: bool) -> None:
        """Once its script has run, a copy waits no more."""
        limit = self.rules.pause_after
        assert not 0 < limit <= self.since_service, "started on an empty stack"
        if prepared:
            return
        assert self.now >= self.not_before, "started too early"
        assert not self.world.rendering, "started in front of the camera"
        assert self.lack is None, "started without material"

    def _check_hook(self, hook: Hook) -> None:
        world, copy = self.world, self.next_copy
        ready = world.klippy is Klippy.READY
        is_late = hook in (*OF_CLEARING, Hook.PRINT_STARTED)  # it stopped just now
        assert ready or is_late, "a script for a stopped printer"
        if hook is Hook.PRINT_STARTED and ready:
            run = self.open_run
            assert run is not None
            assert world.print is not None
            assert world.print.owner == run.id, "a script in somebody's print"
        elif ready:
            assert world.print is None, f"{hook.value}: a script in a print"
        if hook in (Hook.COOL_DOWN, Hook.CLEAR_BED):
            self._check_sweep()
        elif hook is Hook.FINISH:
            assert copy is None, "finished before the end"
        elif hook is Hook.BEFORE_PRINT:
            assert self.wanted, "a script before a print while stopped"
            assert self.word, "a script before a print on an unclear bed"
            assert not self.must_press, "a script before a print after a trouble"
            self._check_waits(prepared=False)
        elif hook is Hook.AWAITING_MATERIAL:
            lack = self.lack
            assert lack is not None, "nothing is missing"
            self.moments.lack_told(lack)
        self.moments.sent(hook, copy[0] if copy else None)
        if hook is Hook.CLEAR_BED:
            self.sweepable = self.sweep_asked = False

    def _check_sweep(self) -> None:
        assert self.world.print is None, "swept under a print"
        assert self.sweepable or self.sweep_asked, "swept without an answer"

    def _check_sums(self, state: State) -> None:
        assert [job.id for job in state.jobs] == list(self.orders), "a job was lost"
        for job in state.jobs:
            passes = self.orders[job.id].passes
            assert _left(job) == passes, "copies ordered != counted + left"
            assert job.copies_left == sum(map(len, passes))
            assert job.hold == self.orders[job.id].held

    # -- what is next ----------------------------------------------------------

    @property
    def next_path(self) -> str | None:
        order = self._next_order
        return order.paths[order.passes[0][0]] if order else None

    @property
    def next_copy(self) -> tuple[int, int] | None:
        """Its set, and how many of it are left: no two copies of a set agree."""
        order = self._next_order
        if order is None:
            return None
        set_id = order.passes[0][0]
        return set_id, order.left_of(set_id)

    @property
    def lack(self) -> tuple[int, int, str] | None:
        """The copy that has to wait for material, and what is loaded instead."""
        copy, path, world = self.next_copy, self.next_path, self.world
        blocks = self.rules.material_policy is MaterialPolicy.BLOCK
        if not blocks or copy is None or path is None or copy == self.anyway:
            return None
        return (*copy, world.spool) if world.lacks_material(path) else None

    @property
    def _next_order(self) -> Order | None:
        every = self.orders.values()
        return next((o for o in every if o.passes and not o.draft and not o.held), None)


_HEARINGS: Mapping[type, Callable[[Book, Any, Told], None]] = {
    Activated: Book._activated,
    Deactivated: Book._deactivated,
    BedSaid: Book._bed_said,
    ClearingAsked: Book._clearing_asked,
    ScriptAsked: Book._script_asked,
    CopyRecalled: Book._recalled,
    PrintAnyway: Book._anyway,
    SkipAsked: Book._skipped,
    PrinterLost: Book._lost,
    PrinterSeen: Book._seen,
    BugFound: Book._bug,
    PrintStarted: Book._began,
    FailureReported: Book._reported,
    PrintResumed: Book._resumed,
    PrintEnded: Book._ended,
    ScriptEnded: Book._script_ended,
    BedVerified: Book._verified,
}


def _left(job: Job) -> list[list[int]]:
    """The copies of a job, as the machine has them, pass by pass."""
    if job.is_done:
        return []
    this = [s.id for s in job.sets for _ in range(s.remaining)]
    later = [s.id for s in job.sets for _ in range(s.count)]
    return [this] + [later] * (job.remaining - 1)
