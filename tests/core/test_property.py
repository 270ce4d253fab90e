"""Random stories, judged by a model with its own truth of the printer."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, Callable

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from moonraker_cp.core.decisions import (
    Action,
    BedClearing,
    Rules,
    RunHook,
    SendScript,
    SendStart,
    SetPower,
)
from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    Edit,
    EditJob,
    NewJob,
    NewSet,
    RemoveJobs,
)
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BugFound,
    ClearingAsked,
    CopyRecalled,
    Deactivated,
    Edited,
    Event,
    FailureReported,
    PowerOffDue,
    PrintAnyway,
    PrinterSeen,
    PrintPaused,
    PrintResumed,
    ScriptAsked,
    ScriptEnded,
    SkipAsked,
    StartAnswered,
    WaitMayEnd,
)
from moonraker_cp.core.failures import FailureRules, OnTrouble
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.model import Outcome
from moonraker_cp.core.printer import PrintState
from moonraker_cp.core.spools import MaterialPolicy

from .book import Order
from .wheel import Letter, Wheel
from .world import TINY, Klippy

PATHS = st.sampled_from(["a", "b", TINY])
H = Hook
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")
LAST = replace(GCODE, clear_after_last=True)
COLD = replace(LAST, release_temperature=30.0)
POWER = Rules(power_device="printer")
ENDS = (H.PRINT_SUCCEEDED, H.PRINT_CANCELLED, H.PRINT_FAILED)
BEGINS = (H.ACTIVATED, H.BEFORE_PRINT, H.PRINT_STARTED, H.DEACTIVATED)


def _after(then: OnTrouble, **more: Any) -> FailureRules:
    return FailureRules(on_failure=then, on_cancel=then, **more)


RETRY = _after(OnTrouble.RETRY, retries=1)
SWEPT = _after(OnTrouble.RETRY, by_script=True)
SKIP = _after(OnTrouble.SKIP, by_script=True, cancel_on_report=True)
HOLD = _after(OnTrouble.HOLD, stop_after=2)
BLOCK = MaterialPolicy.BLOCK

SETUPS: list[tuple[Rules, tuple[Hook, ...]]] = [
    (Rules(), ()),
    (Rules(finish_gcode="PARK"), BEGINS),
    (GCODE, ()),
    (replace(GCODE, pause_after=2), (*BEGINS, *ENDS)),
    (COLD, (H.COOL_DOWN, H.VERIFY_BED)),
    (replace(COLD, finish_gcode="PARK"), tuple(Hook)),
    (replace(COLD, verify_expression="plate", failures=SWEPT), (H.VERIFY_BED, *ENDS)),
    (replace(LAST, verify_expression="plate", failures=SKIP), (H.FINISH, *BEGINS)),
    (replace(LAST, failures=SKIP, material_policy=BLOCK), (H.PRINT_STARTED,)),
    (Rules(failures=RETRY), ENDS),
    (Rules(failures=HOLD), (H.PRINT_STARTED, *ENDS)),
    (replace(GCODE, failures=RETRY, power_device="printer"), (H.BEFORE_PRINT,)),
    (replace(POWER, material_policy=BLOCK), (H.AWAITING_MATERIAL, H.ACTIVATED)),
    (replace(GCODE, material_policy=BLOCK), (H.AWAITING_MATERIAL, *BEGINS)),
]
"""Options, and the hooks that have scripts."""


Move = Callable[["PrinterStory"], object]


def _press(*, clears: bool) -> Move:
    return lambda s: s.presses_start(clears)


def _ends(outcome: Outcome, *, empties: bool = False) -> Move:
    return lambda s: s.print_ends(outcome, empties)


def _says(event: Event) -> Move:
    return lambda s: s.wheel.say(event)


def _stranger(path: str) -> Move:
    return lambda s: s.stranger_prints(path)


MOVES: dict[str, tuple[Callable[[PrinterStory], object], Move]] = {
    "flow": (lambda s: s.up() and s.ready(), lambda s: s.flow()),
    "turn": (lambda s: s.wheel.mailbox, lambda s: s.turn()),
    "act": (lambda s: s.wheel.pending, lambda s: s.wheel.act()),
    "act refused": (lambda s: s.wheel.pending, lambda s: s.wheel.act(fails=True)),
    "act, crash": (lambda s: s.wheel.pending, lambda s: s.wheel.act(answers=False)),
    "crash": (lambda s: s.up(), lambda s: s.wheel.crash()),
    "boot": (lambda s: not s.up(), lambda s: s.boots(1.0)),
    "boot later": (lambda s: not s.up(), lambda s: s.boots(100.0)),
    "bug": (lambda s: s.up() and not s.wheel.pending, lambda s: s.bug()),
    "late": (lambda s: s.wheel.answered, lambda s: s.wheel.late_answer()),
    "start": (lambda s: s.up(), _press(clears=False)),
    "start, clear": (lambda s: s.up(), _press(clears=True)),
    "stop": (lambda s: s.up(), _says(Deactivated("ann"))),
    "clear": (
        lambda s: s.up() and not s.printing(),
        lambda s: s.says_clear(),
    ),
    "occupied": (
        lambda s: s.up() and not s.printing(),
        lambda s: s.says_occupied(),
    ),
    "ask": (lambda s: s.up(), _says(ClearingAsked("ann"))),
    "start later": (lambda s: s.up(), lambda s: s.starts_later()),
    "recall": (lambda s: s.up(), _says(CopyRecalled("ann"))),
    "run again": (lambda s: s.up(), lambda s: s.runs_again()),
    "print anyway": (lambda s: s.up(), _says(PrintAnyway("ann"))),
    "report": (lambda s: s.up(), lambda s: s.reports()),
    "spool": (lambda s: True, lambda s: s.changes_spool()),
    "renders": (lambda s: True, lambda s: s.renders()),
    "time": (lambda s: True, lambda s: s.waits(50.0)),
    "off": (lambda s: s.up() and s.is_cold(), _says(PowerOffDue())),
    "off, in vain": (lambda s: s.up() and s.is_cold(), lambda s: s.turns_off_badly()),
    "off, on, lost": (lambda s: s.up() and s.is_cold(), lambda s: s.is_lost_later()),
    "off, slowly": (
        lambda s: isinstance(s.oldest(), SetPower) and len(s.wheel.pending) > 1,
        lambda s: s.wheel.pending.append(s.wheel.pending.pop(0)),
    ),
    "veto": (
        lambda s: s.wheel.verifying is not None,
        lambda s: s.wheel.verified(f"Veto {s.wheel.world.clock:.0f}"),
    ),
    "verified": (
        lambda s: s.wheel.verifying is not None,
        lambda s: s.wheel.verified(),
    ),
    "begun": (lambda s: s.wheel.beside, lambda s: s.wheel.beside_ends()),
    "begun badly": (
        lambda s: s.up() and s.ready() and (s.wheel.beside or s.start_is_out()),
        lambda s: s.begins_badly(),
    ),
    "skip": (lambda s: s.up(), _says(SkipAsked("ann"))),
    "take off": (lambda s: True, lambda s: s.takes_part_off()),
    "ends": (lambda s: s.may_end(), _ends(Outcome.SUCCESS)),
    "fails": (lambda s: s.may_end(), _ends(Outcome.FAILURE)),
    "fails for ever": (lambda s: s.up() and s.may_end(), lambda s: s.fails_for_ever()),
    "cancels": (lambda s: s.may_end(), _ends(Outcome.CANCELLED)),
    "empties": (lambda s: s.may_end(), _ends(Outcome.CANCELLED, empties=True)),
    "pause": (lambda s: s.may_end(), lambda s: s.pauses_or_resumes()),
    "stranger": (lambda s: s.ready(), _stranger("x")),
    "same file": (lambda s: s.ready(), _stranger("a")),
    "tiny stranger": (lambda s: s.ready(), _stranger(TINY)),
    "moves": (
        lambda s: s.ready() and not s.printing(),
        lambda s: s.moves_or_calms(),
    ),
    "script": (lambda s: s.wheel.world.script, lambda s: s.wheel.script_ends()),
    "script fails": (
        lambda s: s.wheel.world.script,
        lambda s: s.wheel.script_ends(s.trouble()),
    ),
    "script did nothing": (
        lambda s: s.wheel.world.script,
        lambda s: s.wheel.script_ends(ran=False),
    ),
    "part sticks": (
        lambda s: s.wheel.world.script and s.verifies(),
        lambda s: s.wheel.script_ends(clears=False),
    ),
    "cooled": (
        lambda s: s.wheel.cooling is not None,
        lambda s: s.wheel.cooled(expires=False),
    ),
    "expires": (
        lambda s: s.wheel.cooling is not None,
        lambda s: s.wheel.cooled(expires=True),
    ),
    "refused in a bug": (
        lambda s: s.up() and s.start_is_out() and len(s.wheel.pending) == 1,
        lambda s: s.refused_in_a_bug(),
    ),
    "sweep fails": (
        lambda s: s.up() and s.is_free(),
        lambda s: s.sweep_fails(),
    ),
    "too warm": (
        lambda s: s.up() and s.is_free(),
        lambda s: s.stays_warm(),
    ),
    "one line, crash": (
        lambda s: s.starts_one_line(),
        lambda s: s.crashes_over_one_line(),
    ),
    "crash in the begin": (
        lambda s: s.wheel.beside and s.may_end(),
        lambda s: s.crashes_in_begin(),
    ),
    "replaced away": (
        lambda s: s.up() and s.may_end() and not s.wheel.unseen,
        lambda s: s.replaced_while_away(),
    ),
    "stranger away": (
        lambda s: s.up() and s.is_free(),
        lambda s: s.stranger_while_away(),
    ),
    "stranger lost": (
        lambda s: s.up() and s.is_free(),
        lambda s: s.stranger_is_lost(),
    ),
    "add": (lambda s: s.up(), lambda s: s.adds_job("a", "b", 2, 1)),
    "add tiny": (lambda s: s.up(), lambda s: s.adds_job(TINY, TINY, 1, 2)),
    "add set": (lambda s: s.has_job(), lambda s: s.adds_set("b")),
    "remove": (lambda s: s.has_job(), lambda s: s.removes_job()),
    "draft": (lambda s: s.has_job(), lambda s: s.drafts(True)),
    "release": (lambda s: s.has_job(), lambda s: s.drafts(False)),
    "stops": (lambda s: s.may_fail(), lambda s: s.wheel.lose(Klippy.STOPPED)),
    "vanishes": (lambda s: s.may_fail(), lambda s: s.wheel.lose(Klippy.GONE)),
    "stops, told late": (
        lambda s: s.may_fail(),
        lambda s: s.wheel.lose(Klippy.STOPPED, told_late=True),
    ),
    "vanishes, told late": (
        lambda s: s.may_fail(),
        lambda s: s.wheel.lose(Klippy.GONE, told_late=True),
    ),
    "back": (
        lambda s: not s.ready() and not s.wheel.unseen,
        lambda s: s.wheel.come_back(),
    ),
    "drops, back": (
        lambda s: not s.ready() and not s.wheel.unseen,
        lambda s: s.wheel.come_back(drops=True),
    ),
}
LIFE = [
    *MOVES,
    *(["sweep fails"] * 3 + ["stranger away"] * 2 + ["script fails"] * 2),
    *(["flow"] * 40 + ["turn"] * 5 + ["act"] * 5 + ["boot"] * 5 + ["back"] * 5),
    *(["refused in a bug", "too warm", "one line, crash", "add tiny"] * 4),
    *(["fails for ever", "begun badly", "part sticks", "off, on, lost"] * 3),
    *(["crash in the begin"] * 3),
    *(["run again"] * 3 + ["report", "fails", "off", "off, in vain", "time"] * 2),
    *(["start"] * 3 + ["start, clear"] * 5 + ["clear"] * 3),
]


class PrinterStory(RuleBasedStateMachine):
    wheel: Wheel

    @initialize(setup=st.sampled_from(SETUPS), path=PATHS, count=st.integers(0, 2))
    def begin(
        self, setup: tuple[Rules, tuple[Hook, ...]], path: str, count: int
    ) -> None:
        rules, hooks = setup
        note(f"{rules} {hooks}")
        scripts = {hook: (Script(hook.value, hook.value.upper()),) for hook in hooks}
        self.wheel = Wheel(rules, scripts)
        self.adds_job(path, path, count, 2)

    # -- preconditions ---------------------------------------------------------

    def up(self) -> bool:
        return self.wheel.up

    def ready(self) -> bool:
        return self.wheel.world.klippy is Klippy.READY

    def printing(self) -> bool:
        return self.wheel.world.print is not None

    def start_is_out(self) -> bool:
        return any(isinstance(a, SendStart) for a, _ in self.wheel.pending)

    def starts_one_line(self) -> bool:
        oldest = self.oldest()
        return isinstance(oldest, SendStart) and oldest.path == TINY

    def is_free(self) -> bool:
        wheel = self.wheel
        return wheel.world.free and not wheel.pending and not wheel.mailbox

    def may_end(self) -> bool:
        return self.printing() and not self.start_is_out()

    def may_fail(self) -> bool:
        """Not while a stranger's print has no trace but in Klipper's memory."""
        wheel = self.wheel
        seen = any(isinstance(each.event, PrinterSeen) for each in wheel.mailbox)
        return self.ready() and not wheel.unseen and not seen

    def script_is_out(self) -> bool:
        return any(isinstance(a, (SendScript, RunHook)) for a, _ in self.wheel.pending)

    def oldest(self) -> Action | None:
        return self.wheel.pending[0][0] if self.wheel.pending else None

    def verifies(self) -> bool:
        """Something would notice that a part is there still."""
        has_hook = H.VERIFY_BED in self.wheel.hooks
        return has_hook or bool(self.wheel.rules.verify_expression)

    def is_cold(self) -> bool:
        world = self.wheel.world
        return self.is_free() and not world.hot and not world.moving

    def trouble(self) -> str:
        return f"Must home axis first {self.wheel.world.clock:.0f}"

    # -- what may happen ---------------------------------------------------------

    @rule(seed=st.integers(0, 2**32 - 1))
    def life(self, seed: int) -> None:
        """A few moves, drawn by weight; those that are possible are made.

        One rule for all, and a seed rather than five draws: hypothesis likes to
        switch rules off and to repeat small values, which makes dull stories.
        """
        for name in Random(seed).choices(LIFE, k=10):
            possible, move = MOVES[name]
            self.wheel.world.clock += 1
            if possible(self):
                note(name)
                move(self)

    def bug(self) -> None:
        """Our own code raises, maybe over an answer that is lost thereby."""
        mailbox = self.wheel.mailbox
        if mailbox and isinstance(mailbox[0].event, (StartAnswered, ScriptEnded)):
            mailbox.pop(0)
        self.wheel.turn(Letter(BugFound("KeyError")))

    def refused_in_a_bug(self) -> None:
        self.wheel.drain()
        if self.start_is_out():
            self.wheel.act(fails=True)
            self.bug()

    def sweep_fails(self) -> None:
        """A person asks for the script; it breaks off over the part."""
        if self.wheel.say(ClearingAsked("ann")) and self.script_is_out():
            self.wheel.act()
            if self.wheel.world.script:
                self.wheel.script_ends(self.trouble())
            self.wheel.drain()

    def stays_warm(self) -> None:
        """A person asks for the script, but the bed does not cool in time; so they
        take the part off. Moonraker may have restarted just before."""
        self.wheel.world.hot = True
        if self.wheel.world.clock % 2 > 0:
            self.wheel.crash()
            self.wheel.boot()
            self.wheel.drain()
        if self.wheel.say(ClearingAsked("ann")):
            while self.wheel.cooling is None and self.wheel.flow():
                pass
            if self.wheel.cooling is not None:
                self.wheel.cooled(expires=True)
                self.wheel.drain()
                self.says_clear()

    def begins_badly(self) -> None:
        """The script in the print fails, and maybe the print is paused after it."""
        wheel = self.wheel
        while wheel.beside is None and (wheel.pending or wheel.mailbox):
            wheel.flow()
        if wheel.beside is None:
            return
        wheel.beside_ends(self.trouble())
        if self.wheel.world.clock % 2 > 0 and self.may_end():
            self.pauses_or_resumes()

    def fails_for_ever(self) -> None:
        """Whoever is there says that the bed is clear, but never Start."""
        for path in ("a", "b"):
            self.adds_job(path, path, 1, 1)
        for _ in range(3):
            if self.may_end():
                self.print_ends(Outcome.FAILURE)
                self.flows_to_print()
            if not self.printing():
                self.says_clear()
                self.flows_to_print()

    def flows_to_print(self) -> None:
        self.wheel.drain()
        while not self.printing() and self.wheel.flow():
            pass

    def crashes_in_begin(self) -> None:
        """The script in the print is cut off; the print goes on, and ends well."""
        self.wheel.crash()
        self.wheel.boot()
        self.print_ends(Outcome.SUCCESS)
        self.wheel.settle()
        self.says_clear()

    def crashes_over_one_line(self) -> None:
        """Klipper shows the same before and after it, if such a file was there."""
        self.wheel.act(answers=False)
        self.wheel.boot()
        self.wheel.settle()

    def replaced_while_away(self) -> None:
        """Ours ends unseen, and somebody prints the same file again."""
        assert self.wheel.world.print is not None
        path = self.wheel.world.print.path
        self.wheel.crash()
        self.print_ends(Outcome.CANCELLED)
        self.stranger_prints(path)
        self.wheel.boot()

    def stranger_while_away(self) -> None:
        self.wheel.crash()
        self.stranger_prints("x")
        self.print_ends(Outcome.SUCCESS)
        self.wheel.boot()

    def stranger_is_lost(self) -> None:
        self.stranger_prints("x")
        self.wheel.drain()
        self.wheel.lose(Klippy.GONE)
        self.wheel.come_back()

    def flow(self) -> None:
        """Things go well, and a person answers in one way or another."""
        if self.wheel.flow():
            return
        if self.wheel.world.clock % 3 == 0 and not self.printing():
            self.says_clear()
        else:
            self.presses_start(clears=self.wheel.world.clock % 3 == 1)

    def turn(self) -> None:
        self.wheel.turn(self.wheel.mailbox.pop(0))

    def boots(self, later: float) -> None:
        self.wheel.world.clock += later
        self.wheel.boot(told_of_shutdown=later > 1)

    def presses_start(self, clears: bool) -> None:
        wheel = self.wheel
        if wheel.book.word is None or clears:
            self.takes_part_off()
        clears = clears and not wheel.world.part
        wheel.say(Activated("ann", bed_clear=clears))

    def takes_part_off(self) -> None:
        if self.wheel.world.print is None:
            self.wheel.world.part = False

    def says_clear(self) -> None:
        self.takes_part_off()
        self.wheel.say(BedSaid(True, "ann"))

    def says_occupied(self) -> None:
        if self.wheel.say(BedSaid(False, "ann")):
            self.wheel.world.part = True

    def starts_later(self) -> None:
        self.wheel.say(Activated("ann", at=self.wheel.book.now + 40))

    def runs_again(self) -> None:
        """What nobody can tell of may be had again, whatever else is asked."""
        self.wheel.drain()
        book = self.wheel.book
        in_doubt = book.wanted and book.moments.doubt is not None
        if not self.wheel.say(ScriptAsked("ann")):
            asks = in_doubt and book.open_run is None and self.ready()
            assert not asks, "a script in doubt was forgotten"

    def reports(self) -> None:
        self.wheel.drain()
        print = self.wheel.world.print
        text = f"Spaghetti {self.wheel.world.clock:.0f}"
        if self.wheel.say(FailureReported(text, "obico")) and print is None:
            raise AssertionError("a report was taken without a print")

    def turns_off_badly(self) -> None:
        """Moonraker does not know the device, or it does not answer."""
        if self.wheel.say(PowerOffDue()) and isinstance(self.oldest(), SetPower):
            self.wheel.act(fails=True)
            self.wheel.drain()

    def is_lost_later(self) -> None:
        """Turned off and on again, the printer then stops on its own account."""
        self.wheel.say(PowerOffDue())
        for klippy in (None, Klippy.STOPPED):
            self.wheel.drain()
            if klippy is not None:
                self.wheel.lose(klippy)
            self.wheel.come_back()
            self.wheel.drain()
        self.adds_job("a", "b", 1, 1)

    def changes_spool(self) -> None:
        world = self.wheel.world
        world.spool = {"PETG": "PLA", "PLA": "", "": "PETG"}[world.spool]
        self.wheel.post(WaitMayEnd())

    def renders(self) -> None:
        self.wheel.world.rendering = not self.wheel.world.rendering
        self.wheel.post(WaitMayEnd())

    def waits(self, seconds: float) -> None:
        world = self.wheel.world
        world.clock += seconds
        world.hot = world.hot and world.print is not None
        self.wheel.post(WaitMayEnd())

    # -- the queue -------------------------------------------------------------

    def edit(self, edit: Edit) -> None:
        assert self.wheel.say(Edited(edit, "ann"))

    def adds_job(self, path: str, other: str, count: int, passes: int) -> None:
        self.wheel.drain()
        control = self.wheel.state.control
        one, two = control.last_set_id + 1, control.last_set_id + 2
        order = Order(False, [[] for _ in range(passes)], {})
        order.add(one, path, count)
        order.add(two, other, 1)
        self.wheel.book.orders[control.last_job_id + 1] = order
        sets = (NewSet(path, count), NewSet(other))
        self.edit(AddJobs((NewJob(sets, count=passes),), created=0.0))

    def has_job(self) -> bool:
        return self.wheel.up and bool(self.wheel.book.orders)

    def adds_set(self, path: str) -> None:
        self.wheel.drain()
        set_id = self.wheel.state.control.last_set_id + 1
        job_id, order = next(iter(self.wheel.book.orders.items()))
        order.add(set_id, path, 2)
        self.edit(AddSet(job_id, NewSet(path, 2)))

    def removes_job(self) -> None:
        self.wheel.drain()
        job_id = next(iter(self.wheel.book.orders))
        del self.wheel.book.orders[job_id]
        self.edit(RemoveJobs(frozenset({job_id})))

    def drafts(self, draft: bool) -> None:
        self.wheel.drain()
        job_id, order = next(iter(self.wheel.book.orders.items()))
        order.draft, order.held = draft, order.held and draft
        self.edit(EditJob(job_id, draft=draft, hold=order.held))

    # -- the printer -----------------------------------------------------------

    def print_ends(self, outcome: Outcome, empties: bool = False) -> None:
        wheel = self.wheel
        wheel.drain()
        wheel.world.clock += 60
        wheel.end(outcome, empties_name=empties and wheel.up)

    def pauses_or_resumes(self) -> None:
        world = self.wheel.world
        paused = world.state is PrintState.PAUSED
        world.state = PrintState.PRINTING if paused else PrintState.PAUSED
        world.flag = not paused
        event = PrintResumed if paused else PrintPaused
        self.wheel.post(event(world.look))

    def stranger_prints(self, path: str) -> None:
        """Over a paused print too: Klipper throws that away."""
        wheel, world = self.wheel, self.wheel.world
        wheel.drain()
        running = world.print is not None and world.state is PrintState.PRINTING
        if world.script or self.script_is_out() or running:
            return
        if self.start_is_out() and path != "x":
            return  # who of the two began it could not be told
        waits_for = wheel.book.open_run if wheel.up and world.print is None else None
        if waits_for is not None and waits_for.path == path:
            return  # nor whose it was
        if not wheel.up:
            world.clock += 40  # sooner, the same file could not be told from ours
            path = "x" if path == TINY else path
        self.takes_part_off()
        wheel.stranger_prints(path)

    def moves_or_calms(self) -> None:
        self.wheel.drain()
        world = self.wheel.world
        if world.moving and not world.script:
            self.wheel.calm()
        else:
            world.moving = True

    # -- and in the end --------------------------------------------------------

    def teardown(self) -> None:
        """From wherever the story ended, answers alone lead back to printing."""
        if not hasattr(self, "wheel") or not self.wheel.sound:
            return
        self.wheel.settle()
        self.adds_job("a", "b", 1, 1)
        assert self.wheel.way_out(), "the queue is wedged"


PrinterStory.TestCase.settings = settings(
    max_examples=300,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
TestPrinterStory = PrinterStory.TestCase
