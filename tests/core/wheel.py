"""A driver for the model: mailbox, commit, actions, and crashes between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from moonraker_cp.core.decisions import (
    Action,
    CancelPrint,
    EndCooling,
    Rules,
    RunHook,
    ScriptKind,
    SendScript,
    SendStart,
    SetPower,
    Situation,
    VerifyBed,
    WatchCooling,
)
from moonraker_cp.core.errors import QueueError
from moonraker_cp.core.events import (
    Activated,
    Answer,
    BedCooled,
    BedSaid,
    BedVerified,
    CoolingExpired,
    Event,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintPaused,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
    WaitMayEnd,
)
from moonraker_cp.core.hooks import Hook, Hooks
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Outcome, Phase, State
from moonraker_cp.core.printer import PrintState
from moonraker_cp.core.scripts import scripts_of

from .book import EPOCH, Book, Told
from .moments import Moments
from .world import FILES, TINY, Klippy, World

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
    hook: Hook | None = None


def _hook(action: SendScript | RunHook) -> Hook | None:
    return action.hook if isinstance(action, RunHook) else None


@dataclass
class Wheel:
    rules: Rules
    hooks: Hooks = field(default_factory=dict)
    world: World = field(default_factory=World)
    state: State = field(default_factory=State)
    up: bool = True
    sound: bool = True  # no check has failed
    mailbox: list[Letter] = field(default_factory=list)
    pending: list[tuple[Action, int]] = field(default_factory=list)
    script: SendScript | RunHook | None = None  # the one whose answer we wait for
    beside: RunHook | None = None  # a script that is sent into a print
    verifying: int | None = None
    cooling: int | None = None
    answered: list[int] = field(default_factory=list)  # tickets of ended scripts
    unseen: bool = False  # a stranger's print that nobody has told us of

    def __post_init__(self) -> None:
        every = (hook for hook in Hook if scripts_of(self.rules, self.hooks, hook))
        self.book = Book(self.world, self.rules, Moments(frozenset(every)))

    # -- turning ---------------------------------------------------------------

    def post(
        self, event: Event, owner: int | None = None, hook: Hook | None = None
    ) -> None:
        if self.up:
            self.mailbox.append(Letter(event, owner, hook))

    @property
    def situation(self) -> Situation:
        world = self.world
        return Situation(
            self.state,
            world.look,
            self.rules,
            EPOCH + world.clock,
            world.clock,
            files=FILES,
            hooks=self.hooks,
            spools=world.spools,
            rendering=world.rendering,
        )

    def turn(self, letter: Letter) -> bool:
        """One turn; False when the machine refused a person's word."""
        event, control = letter.event, self.state.control
        self.sound = False
        try:
            decision = decide(self.situation, event)
        except QueueError:
            self.sound = True
            return False
        shown = control.reason if control.phase is Phase.BLOCKED else None
        told = Told(letter.owner, letter.hook, shown)
        self.book.hear(event, told)
        if isinstance(event, (PrintStarted, PrinterSeen)):
            self.unseen = False
        assert decision.state.control.revision >= control.revision
        self.state = decision.state
        self.book.check(event, decision, told)
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
        elif isinstance(action, (SendScript, RunHook)):
            self._send(action)
        elif isinstance(action, WatchCooling):
            self.cooling = action.ticket
        elif isinstance(action, EndCooling):
            self.cooling = None
        elif isinstance(action, VerifyBed):
            self.verifying = action.ticket
        elif isinstance(action, SetPower):
            self._switch(action, fails)
        elif self.world.print is not None and not fails:
            self._stop_print(action)
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
            self.book.our_print_begins()
            self.post(StartAnswered(action.ticket, Answer.ACCEPTED))
            if action.path == TINY:
                self.end(Outcome.SUCCESS)
            else:
                self.post(PrintStarted(world.look), run_id)

    def _send(self, action: SendScript | RunHook) -> None:
        if self.world.klippy is not Klippy.READY:
            self.post(ScriptEnded(action.ticket, "not ready"), hook=_hook(action))
            return
        if isinstance(action, RunHook) and action.hook is Hook.PRINT_STARTED:
            self.beside = action
            return
        self.script, self.world.script = action, True
        if isinstance(action, SendScript) and action.kind is ScriptKind.PREPARE:
            self.world.flag = False
            self.script_ends()

    def _switch(self, action: SetPower, fails: bool) -> None:
        if fails:
            self.post(ScriptEnded(action.ticket, "no such device"))
        elif action.on:
            if self.world.klippy is not Klippy.READY:
                self.world.come_back()
                self.post(PrinterSeen(self.world.look))
        else:
            ours = self.world.print is not None and self.world.print.owner
            assert not ours, "turned off under a print"
            self.book.turned_off = True
            own_supply = self.world.clock % 2 > 0  # then Klipper stops, and stays
            self.lose(Klippy.STOPPED if own_supply else Klippy.GONE)

    def _stop_print(self, action: Action) -> None:
        if isinstance(action, CancelPrint):
            self.end(Outcome.CANCELLED)
        elif self.world.state is PrintState.PRINTING:
            self.world.state, self.world.flag = PrintState.PAUSED, True
            self.post(PrintPaused(self.world.look))

    def script_ends(
        self, error: str | None = None, *, ran: bool = True, clears: bool = True
    ) -> None:
        """clears: a sweep gets the part off."""
        action, self.script, self.world.script = self.script, None, False
        self.world.moving = True
        if action is None:
            return  # its sender has crashed meanwhile
        hook = _hook(action)
        if hook is Hook.CLEAR_BED and error is None and ran and clears:
            self.world.part = False
        if hook is Hook.VERIFY_BED and self.world.part:
            error = error or "There is a part."
        self.post(ScriptEnded(action.ticket, error, ran), hook=hook)
        self.answered.append(action.ticket)

    def beside_ends(self, error: str | None = None) -> None:
        """The script that was sent into a print."""
        action, self.beside = self.beside, None
        assert action is not None
        self.post(ScriptEnded(action.ticket, error), hook=action.hook)

    def verified(self, veto: str = "") -> None:
        """An honest answer, or a veto for no good reason."""
        ticket, self.verifying = self.verifying, None
        assert ticket is not None
        clear = not self.world.part and not veto
        self.post(BedVerified(ticket, clear, veto or "It is not empty."))

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
        elif self.beside is not None:
            self.beside_ends()
        elif world.script:
            self.script_ends()
        elif self.verifying is not None:
            self.verified()
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

    def lose(self, klippy: Klippy, *, told_late: bool = False) -> None:
        """told_late: the scripts' answers come behind the news of it."""
        self.world.lose(klippy)
        out = [each for each in (self.script, self.beside) if each is not None]
        self.script = self.beside = None
        stopped = klippy is Klippy.STOPPED
        kind = Loss.SHUTDOWN if stopped else Loss.DISCONNECT
        lost = PrinterLost(kind, "Lost the MCU" if stopped else "Klipper")
        if told_late:
            self.post(lost)
        for action in out:
            gone = ScriptEnded(action.ticket, "Klipper stopped")
            self.post(gone, hook=_hook(action))
        if not told_late:
            self.post(lost)

    def come_back(self, *, drops: bool = False) -> None:
        self.drain()
        while self.pending:
            self.act()
        if self.world.klippy is Klippy.READY:
            return  # it was turned on
        if drops:
            self.post(PrinterLost(Loss.DISCONNECT, "Klipper"))
        self.world.come_back()
        self.post(PrinterSeen(self.world.look))

    # -- Moonraker -------------------------------------------------------------

    def crash(self) -> None:
        """What is committed stays; everything that was under way is forgotten."""
        self.up = False
        self.mailbox, self.pending = [], []
        self.script = self.beside = self.verifying = self.cooling = None

    def boot(self, *, told_of_shutdown: bool = False) -> None:
        self.up = True
        self.post(PrinterLost(Loss.DISCONNECT, "Moonraker", restarted=True))
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
            self.world.part = self.world.rendering = False
            self.world.spool = "PETG"
            self.world.clock = max(self.world.clock, self.book.not_before - EPOCH)
            self.say(WaitMayEnd())
            self.settle()
            if len(self.world.reached) > before:
                return True
            self.say(BedSaid(True, "ann"))
            self.settle()
            self.say(Activated("ann"))
        self.settle()
        return len(self.world.reached) > before
