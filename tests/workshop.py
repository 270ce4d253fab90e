"""A queue at work: the real driver on the real store, a printer, a person, a ledger.

The ledger hears of an edit or an end before the queue does, so that every start can
be compared with what the ledger says is next. Nothing waits: time is a number.
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, TypeVar

from moonraker_cp.core.decisions import (
    Action,
    BedClearing,
    Decision,
    Rules,
    RunHook,
    SendScript,
    SendStart,
)
from moonraker_cp.core.edits import (
    AddSet,
    CopyJob,
    Edit,
    EditJob,
    EditSet,
    MoveJob,
    MoveSet,
    PrintNext,
    RemoveJobs,
    RemoveSet,
    ResetJobs,
    SkipSet,
)
from moonraker_cp.core.errors import QueueError, StaleEdit
from moonraker_cp.core.events import (
    Activated,
    Answer,
    Edited,
    Event,
    PrintEnded,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    PrintStarted,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
)
from moonraker_cp.core.model import Job, Outcome, Phase, State
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.driver import Driver
from moonraker_cp.storage.store import Store

from .fakes import READY, VirtualTime
from .ledger import Card, Ledger, Line, Refused
from .storage.thread import _connect as connect

T = TypeVar("T")

MANUAL = Rules()
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")
ENDS = {
    Outcome.SUCCESS: PrintState.COMPLETE,
    Outcome.FAILURE: PrintState.ERROR,
    Outcome.CANCELLED: PrintState.CANCELLED,
}


class Database:
    """The connection of the database thread, without the thread: thousands of calls
    are handed over to it here, and nothing else runs meanwhile."""

    def __init__(self, path: Path) -> None:
        self._conn = connect(path)
        for pragma in ("synchronous = OFF", "journal_mode = MEMORY"):
            self._conn.execute(f"PRAGMA {pragma}")  # no power is lost here

    async def __call__(self, call: Callable[[sqlite3.Connection], T]) -> T:
        await asyncio.sleep(0)
        return call(self._conn)

    def close(self) -> None:
        self._conn.close()


@dataclass
class Printer:
    """Prints what it is told to; no two prints take equally long."""

    told: Callable[[SendStart], None]
    post: Callable[[Event], None]
    look: Look = READY
    clock: float = 1000.0
    began: float = 0.0
    prints: int = 0
    start: SendStart | None = None  # sent, not taken yet
    script: SendScript | RunHook | None = None

    def perform(self, action: Action) -> None:
        if isinstance(action, SendStart):
            self.told(action)
            self.start = action
        else:
            assert isinstance(action, (SendScript, RunHook))
            self.script = action

    def see(self, **fields: Any) -> Look:
        self.clock += 1.003
        if self.look.has_print:
            fields.setdefault("total_duration", self.clock - self.began)
        self.look = replace(self.look, clock=self.clock, **fields)
        return self.look

    def takes_start(self) -> None:
        assert self.start is not None
        start, self.start = self.start, None
        self.began = self.clock + 1.003
        fields = {"state": PrintState.PRINTING, "filename": start.path}
        self.see(**fields, reading=True, total_duration=0.0)
        self.post(StartAnswered(start.ticket, Answer.ACCEPTED))
        self.post(PrintStarted(self.look))

    def refuses_start(self) -> None:
        assert self.start is not None
        start, self.start = self.start, None
        self.post(StartAnswered(start.ticket, Answer.REFUSED, "Unable to open file"))

    def ends(self, outcome: Outcome) -> None:
        self.prints += 1
        self.clock += 60.0 + self.prints / 100
        self.see(state=ENDS[outcome], reading=False)
        self.post(PrintEnded(self.look, outcome, "Move out of range"))

    def pauses_or_resumes(self) -> None:
        paused = self.look.state is PrintState.PAUSED
        state = PrintState.PRINTING if paused else PrintState.PAUSED
        look = self.see(state=state, reading=paused)
        self.post(PrintResumed(look) if paused else PrintPaused(look))

    def script_ends(self) -> None:
        script, self.script = self.script, None
        assert script is not None
        self.post(ScriptEnded(script.ticket))


class Workshop:
    def __init__(self, rules: Rules, folder: Path) -> None:
        self.rules = rules
        self.ledger = Ledger()
        self.starts: list[str] = []
        self.printer = Printer(self._started, lambda event: None)
        self.seen: dict[int, Picture] = {}
        self._path = folder / "moonraker-sql.db"
        self._loop = VirtualTime()
        self._boot()

    # -- Moonraker ----------------------------------------------------------------

    def _boot(self) -> None:
        self.database = Database(self._path)
        self.store = Store(self.database)
        self.driver = Driver(
            self.store,
            self.printer,
            self.rules,
            self._publish,
            clock=lambda: self.printer.clock,
            now=lambda: 1e9 + self.printer.clock,
        )
        self.printer.post = self.driver.post
        self.run(self.driver.start())
        self.printer.post(PrinterSeen(self.printer.see()))
        self.quiet()
        if self.printer.script is not None:  # is anything waiting inside Klipper?
            self.printer.script_ends()
            self.quiet()

    def restart(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Moonraker stops and comes back; meanwhile nobody listens to the printer."""
        self.run(self.driver.stop())
        self.database.close()
        self.printer.post = lambda event: None
        self.printer.script = None
        meanwhile()
        if self.printer.start is not None:
            self.printer.start = None
            self.ledger.came_to_nothing()
        self._boot()

    def close(self) -> None:
        self.run(self.driver.stop())
        self.database.close()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def quiet(self) -> None:
        """Until everything that was posted has been handled."""
        for _ in range(2):  # a turn may itself post one letter
            self.run(self.driver.submit(ScriptEnded(ticket=-1)))

    def _publish(self, before: State, decision: Decision) -> None:
        state = decision.state
        self.seen[state.control.revision] = Picture(state, self.shown)

    @property
    def shown(self) -> Picture | None:
        """The newest picture of the queue that clients were sent."""
        return self.seen[max(self.seen)] if self.seen else None

    # -- the printer --------------------------------------------------------------

    def _started(self, start: SendStart) -> None:
        """The law of this test: what is started is the copy that was next."""
        expected, run = self.ledger.next, self.driver.state.run
        assert run is not None
        assert self.ledger.in_printer is None, "two copies at once"
        assert expected is not None, f"{start.path} was started, nothing was next"
        card, line = expected
        assert (run.job_id, run.set_id) == (card.id, line.id), "not the next copy"
        assert start.path == run.path == line.path
        assert first_shown(self.driver.state.jobs) == (card.id, line.id)
        self.ledger.in_printer = line.id
        self.starts.append(start.path)

    def print_ends(self, outcome: Outcome) -> None:
        if outcome is Outcome.SUCCESS:
            self.ledger.came_out_well()
        else:
            self.ledger.came_to_nothing()
        self.printer.ends(outcome)

    def ends_badly(self, *, cancelled: bool) -> None:
        self.print_ends(Outcome.CANCELLED if cancelled else Outcome.FAILURE)

    def refuse(self) -> None:
        self.ledger.came_to_nothing()
        self.printer.refuses_start()

    def klipper_restarts(self) -> None:
        """While Moonraker is away: nobody can know how the print ended."""
        self.printer.look = READY
        self.printer.start = None
        self.ledger.came_to_nothing()

    def flow(self) -> bool:
        """Whatever is under way goes on, and well; False when nothing is to do."""
        printer, control = self.printer, self.driver.state.control
        if printer.start is not None:
            printer.takes_start()
        elif printer.script is not None:
            printer.script_ends()
        elif printer.look.state is PrintState.PAUSED:
            printer.pauses_or_resumes()
        elif printer.look.has_print:
            self.print_ends(Outcome.SUCCESS)
        elif control.phase in (Phase.INACTIVE, Phase.BLOCKED):
            self.say(Activated("ann", bed_clear=True))
        else:
            return False
        return True

    # -- people ---------------------------------------------------------------------

    def say(self, event: Event) -> bool:
        """A person's word; False when it was refused."""
        return self._submit(event) is None

    def _submit(self, event: Event) -> QueueError | None:
        before = self.driver.state
        try:
            self.run(self.driver.submit(event))
        except QueueError as error:
            refused = error
        else:
            return None
        assert self.driver.state is before, "refused, but something has changed"
        return refused

    def skip(self) -> None:
        """What is left of the set that prints, or of the one that is next."""
        ledger, mine = self.ledger, self.ledger.in_printer
        if mine is None:
            card, line = ledger.next or (None, None)
        else:
            card = next((one for one in ledger.cards if one.holds(mine)), None)
            line = card.line(mine) if card else None
        if card is None or line is None:
            assert not self.say(SkipAsked("ann"))
            return
        ledger.skip_set(SkipSet(card.id, line.id))
        assert self.say(SkipAsked("ann"))

    def edit(self, edit: Edit, seen: int | None = None) -> None:
        """Accepted exactly when the ledger knows how; refused if made from an old
        picture of what it touches."""
        account, planned = self.ledger, copy.deepcopy(self.ledger)
        stale = seen is not None and self._changed_since(seen, edit)
        try:
            planned.edit(edit)
        except Refused:
            planned = account
        self.ledger = account if stale else planned
        error = self._submit(Edited(edit, "ann", seen))
        assert isinstance(error, StaleEdit) == stale, error
        if not stale:
            assert (error is not None) == (planned is account), error

    def _changed_since(self, seen: int, edit: Edit) -> bool:
        jobs, order = touched(edit)
        later = [one for revision, one in self.seen.items() if revision > seen]
        here = {job.id for job in self.driver.state.jobs}
        return any(one.changed & jobs & here or (order and one.moved) for one in later)

    # -- what must hold after every step ----------------------------------------------

    def check(self) -> None:
        state, ledger = self.driver.state, self.ledger
        stored = self.run(self.store.open(0.0))
        assert stored == state, "what is stored is not what is shown"
        assert (state.run.set_id if state.run else None) == ledger.in_printer
        control = state.control
        assert (control.last_job_id, control.last_set_id) == (
            ledger.last_job,
            ledger.last_set,
        ), "an id was used again"
        assert [job.id for job in state.jobs] == [card.id for card in ledger.cards]
        removed = [self.run(self.store.removed_job(one)) for one in ledger.trash]
        left: dict[int, int] = {}
        for job, card in zip(
            [*state.jobs, *removed], [*ledger.cards, *ledger.trash.values()]
        ):
            assert job is not None, f"job {card.id} was lost"
            assert as_card(job) == replace(card, to_come=without_zeros(card.to_come))
            for one in card.to_come:
                for set_id, copies in one.items():
                    left[set_id] = left.get(set_id, 0) + copies
        for set_id, tally in ledger.tallies.items():
            assert tally.left == left.get(set_id, 0), f"set {set_id}: {tally}"


class Picture:
    """What changed in this picture, compared with the one before it."""

    def __init__(self, state: State, before: Picture | None) -> None:
        self.jobs = {job.id: replace(job, revision=0) for job in state.jobs}
        old = before.jobs if before else {}
        self.changed = {i for i, job in self.jobs.items() if old.get(i) != job}
        kept = [i for i in old if i in self.jobs]
        self.moved = list(self.jobs)[: len(kept)] != kept


def touched(edit: Edit) -> tuple[set[int], bool]:
    """The jobs that an edit is about, and whether it is about their order."""
    if isinstance(edit, (RemoveJobs, ResetJobs)):
        return set(edit.job_ids), False
    if isinstance(edit, MoveSet):
        return {edit.job_id, edit.to_job_id}, False
    if isinstance(edit, MoveJob):
        return set(), True
    if isinstance(edit, (PrintNext, CopyJob, EditJob)):
        return {edit.job_id}, isinstance(edit, PrintNext)
    if isinstance(edit, (AddSet, RemoveSet, EditSet, SkipSet)):
        return {edit.job_id}, False
    return set(), False


def first_shown(jobs: tuple[Job, ...]) -> tuple[int, int] | None:
    """Job and set at the top of the queue, as a client reads it from the numbers."""
    for job in sorted(jobs, key=lambda one: not one.pinned):
        sets = [one for one in job.sets if one.remaining > 0]
        if sets and job.remaining > 0 and not job.draft and not job.hold:
            return job.id, sets[0].id
    return None


def as_card(job: Job) -> Card:
    """The numbers of a job, written out as passes to come."""
    this = {one.id: one.remaining for one in job.sets}
    later = {one.id: one.count for one in job.sets}
    passes = [this, *([later] * (job.remaining - 1))] if job.remaining > 0 else []
    if job.count >= 0:
        assert job.count == job.passes_done + job.remaining
    return Card(
        job.id,
        [Line(one.id, one.path, one.count) for one in job.sets],
        without_zeros(passes),
        job.passes_done,
        job.count == -1,
        job.draft,
        job.hold,
        job.pinned,
    )


def without_zeros(passes: list[dict[int, int]]) -> list[dict[int, int]]:
    return [{key: n for key, n in one.items() if n} for one in passes]
