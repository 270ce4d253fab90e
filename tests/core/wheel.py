"""A driver for the model: mailbox, commit, actions, and crashes between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from moonraker_cp.core.decisions import (
    Action,
    Rules,
    ScriptKind,
    SendScript,
    SendStart,
    Situation,
    WatchCooling,
)
from moonraker_cp.core.errors import QueueError
from moonraker_cp.core.events import (
    Activated,
    Answer,
    BedCooled,
    BedSaid,
    CoolingExpired,
    Event,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Outcome, State
from moonraker_cp.core.printer import PrintState

from .book import Book
from .world import TINY, Klippy, World

ENDS = {
    Outcome.SUCCESS: PrintState.COMPLETE,
    Outcome.FAILURE: PrintState.ERROR,
    Outcome.CANCELLED: PrintState.CANCELLED,
}


@dataclass
class Letter:
    """An event on its way, with the truth that only the model knows."""

    event: Event
    owner: int | None = None
    kind: ScriptKind | None = None


@dataclass
class Wheel:
    rules: Rules
    world: World = field(default_factory=World)
    state: State = field(default_factory=State)
    up: bool = True
    sound: bool = True  # no check has failed
    mailbox: list[Letter] = field(default_factory=list)
    pending: list[tuple[Action, int]] = field(default_factory=list)
    script: SendScript | None = None  # the one whose answer we wait for
    cooling: int | None = None
    answered: list[int] = field(default_factory=list)  # tickets of ended scripts
    unseen: bool = False  # a stranger's print that nobody has told us of

    def __post_init__(self) -> None:
        self.book = Book(self.world)

    # -- turning ---------------------------------------------------------------

    def post(
        self, event: Event, owner: int | None = None, kind: ScriptKind | None = None
    ) -> None:
        if self.up:
            self.mailbox.append(Letter(event, owner, kind))

    def turn(self, letter: Letter) -> bool:
        """One turn; False when the machine refused a person's word."""
        world, event = self.world, letter.event
        look, now = world.look, 1_700_000_000.0 + world.clock
        self.sound = False
        situation = Situation(self.state, look, self.rules, now, world.clock)
        try:
            decision = decide(situation, event)
        except QueueError:
            self.sound = True
            return False
        self.book.hear(event, letter.owner, letter.kind)
        if isinstance(event, (PrintStarted, PrinterSeen)):
            self.unseen = False
        assert decision.state.control.revision >= self.state.control.revision
        self.state = decision.state
        self.book.check(event, decision, letter.owner)
        self.sound = True
        run_id = self.state.control.last_run_id
        self.pending += [(action, run_id) for action in decision.actions]
        return True

    def drain(self) -> None:
        while self.mailbox:
            self.turn(self.mailbox.pop(0))

    def say(self, event: Event) -> bool:
        """A person's word, after everything that the printer said before it."""
        self.drain()
        return self.turn(Letter(event))

    # -- acting ----------------------------------------------------------------

    def act(self, *, answers: bool = True, fails: bool = False) -> None:
        """The oldest action reaches the printer; its answer may be lost."""
        action, run_id = self.pending.pop(0)
        if isinstance(action, SendStart):
            self._start(action, run_id, fails)
        elif isinstance(action, SendScript):
            self._send(action)
        elif isinstance(action, WatchCooling):
            self.cooling = action.ticket
        else:
            self.cooling = None
        if not answers:
            self.crash()

    def _start(self, action: SendStart, run_id: int, fails: bool) -> None:
        world = self.world
        if world.klippy is Klippy.GONE:
            self.post(StartAnswered(action.ticket, Answer.UNKNOWN, "gone"))
        elif world.klippy is Klippy.STOPPED or world.print is not None or fails:
            self.post(StartAnswered(action.ticket, Answer.REFUSED, "SD busy"))
        else:
            world.begin(action.path, run_id)
            self.post(StartAnswered(action.ticket, Answer.ACCEPTED))
            if action.path == TINY:
                self.end(Outcome.SUCCESS)
            else:
                self.post(PrintStarted(world.look))

    def _send(self, action: SendScript) -> None:
        if self.world.klippy is not Klippy.READY:
            self.post(ScriptEnded(action.ticket, "not ready"), kind=action.kind)
            return
        self.script, self.world.script = action, True
        if action.kind is ScriptKind.PREPARE:
            self.world.flag = False
            self.script_ends()

    def script_ends(self, error: str | None = None) -> None:
        action, self.script, self.world.script = self.script, None, False
        self.world.moving = True
        if action is None:
            return  # its sender has crashed meanwhile
        if action.kind is ScriptKind.CLEARING and error is None:
            self.world.part = False
        self.post(ScriptEnded(action.ticket, error), kind=action.kind)
        self.answered.append(action.ticket)

    def late_answer(self) -> None:
        """An answer to an action that was given up long ago."""
        self.post(ScriptEnded(self.answered[0]))

    def flow(self) -> bool:
        """What is under way goes on, and well; False when nothing is."""
        world = self.world
        world.clock += 1
        if self.mailbox:
            self.drain()
        elif self.pending:
            self.act()
        elif world.script:
            self.script_ends()
        elif self.cooling is not None:
            self.cooled(expires=False)
        elif world.print is not None:
            world.clock += 60
            self.end(Outcome.SUCCESS)
        elif world.moving:
            self.calm()
        else:
            return False
        return True

    def cooled(self, *, expires: bool) -> None:
        ticket, self.cooling = self.cooling, None
        assert ticket is not None
        if expires:
            self.post(CoolingExpired(ticket, None))
        else:
            self.world.hot = False
            self.post(BedCooled(ticket, 29.0))

    # -- the printer -----------------------------------------------------------

    def stranger_prints(self, path: str) -> None:
        self.world.begin(path, None)
        self.book.stranger_prints()
        self.unseen = True
        if path == TINY:
            self.world.end(PrintState.COMPLETE)
        self.post(PrintStarted(self.world.look))
        if path == TINY:
            self.post(PrintEnded(self.world.look, Outcome.SUCCESS))
            self.drain()

    def end(self, outcome: Outcome, *, empties_name: bool = False) -> None:
        ended = self.world.end(ENDS[outcome], empties_name=empties_name)
        words = f"Trouble {self.world.clock:.0f}" if outcome is Outcome.FAILURE else ""
        self.post(PrintEnded(self.world.look, outcome, words), ended.owner)

    def calm(self) -> None:
        self.world.moving = False
        self.post(PrinterCalmed(self.world.look))

    def lose(self, klippy: Klippy) -> None:
        self.world.lose(klippy)
        if self.script is not None:
            action, self.script = self.script, None
            self.post(ScriptEnded(action.ticket, "Klipper stopped"), kind=action.kind)
        stopped = klippy is Klippy.STOPPED
        kind = Loss.SHUTDOWN if stopped else Loss.DISCONNECT
        self.post(PrinterLost(kind, "Lost the MCU" if stopped else "Klipper"))

    def come_back(self, *, drops: bool = False) -> None:
        self.drain()
        while self.pending:
            self.act()
        if drops:
            self.post(PrinterLost(Loss.DISCONNECT, "Klipper"))
        self.world.come_back()
        self.post(PrinterSeen(self.world.look))

    # -- Moonraker -------------------------------------------------------------

    def crash(self) -> None:
        """What is committed stays; everything that was under way is forgotten."""
        self.up = False
        self.mailbox, self.pending = [], []
        self.script = self.cooling = None

    def boot(self, *, told_of_shutdown: bool = False) -> None:
        self.up = True
        self.post(PrinterLost(Loss.DISCONNECT, "Moonraker"))
        if self.world.klippy is Klippy.STOPPED and told_of_shutdown:
            self.post(PrinterLost(Loss.SHUTDOWN, "Klipper is stopped."))
        elif self.world.klippy is not Klippy.GONE:
            self.post(PrinterSeen(self.world.look))

    # -- the way out -----------------------------------------------------------

    def settle(self) -> None:
        """Everything that is under way comes to its end, and ends well."""
        if not self.up:
            self.boot()
        if self.world.klippy is not Klippy.READY:
            self.come_back()
        while self.flow():
            pass

    def way_out(self) -> bool:
        """Can a person get the queue to print again, by answers alone?"""
        before = len(self.world.reached)
        for _ in range(4):
            self.settle()
            if len(self.world.reached) > before:
                return True
            self.world.part = False
            self.say(BedSaid(True, "ann"))
            self.settle()
            self.say(Activated("ann"))
        self.settle()
        return len(self.world.reached) > before
