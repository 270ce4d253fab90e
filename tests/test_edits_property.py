"""Random edits against a random printer: nothing ordered is lost, doubled or reprinted.

The real driver and the real store; the truth is the ledger's (ledger.py). After every
step, for every set: copies ordered = copies printed well + copies left + copies that
an edit dropped. Before every start: the copy at the top of the queue as it is shown is
the one that is started. Failed prints never count.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Callable

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    CopyJob,
    Edit,
    EditJob,
    EditSet,
    FollowFile,
    MoveJob,
    MoveSet,
    NewJob,
    NewSet,
    PrintNext,
    RemoveJobs,
    RemoveSet,
    ResetJobs,
    RestoreJobs,
    SkipSet,
)
from moonraker_cp.core.events import Activated, Deactivated
from moonraker_cp.core.model import Outcome

from .workshop import GCODE, MANUAL, Workshop

PATHS = ("a", "b", "in/a", "in/b")
MOST_JOBS = 4
MOVES_AT_ONCE = 8
LAST_MOVES = 15


class Hand:
    """A person who draws edits of what there is, and now and then of what is gone."""

    def __init__(self, shop: Workshop, random: Random) -> None:
        self.shop, self.random = shop, random

    def job(self) -> int:
        """One that prints or is done more often; now and then one that is gone."""
        cards, mine = self.shop.ledger.cards, self.shop.ledger.in_printer
        ids = [card.id for card in cards]
        ids += [card.id for card in cards if card.holds(mine)] * 3
        ids += [card.id for card in cards if not card.to_come] * 2
        ids += [self.random.randint(0, 9)] if self.random.random() < 0.1 else []
        return self.random.choice(ids or [1])

    def set_of(self, job_id: int) -> int:
        ledger = self.shop.ledger
        found = [card for card in ledger.cards if card.id == job_id]
        ids = [line.id for card in found for line in card.lines]
        ids += [one for one in ids if one == ledger.in_printer] * 3
        return self.random.choice(ids or [self.random.randint(0, 20)])

    def behind(self, ids: list[int]) -> int | None:
        return self.random.choice([None, *ids])

    def new_set(self) -> NewSet:
        count = self.random.choice((0, 1, 1, 2))
        return NewSet(self.random.choice(PATHS), count)

    def new_job(self) -> NewJob:
        sets = [self.new_set() for _ in range(self.random.randint(0, 2))]
        passes = self.random.choice((1, 1, 2, 3, -1))
        return NewJob(tuple(sets), count=passes, draft=self.random.random() < 0.1)

    def add_jobs(self) -> Edit:
        jobs = [self.new_job() for _ in range(self.random.randint(1, 2))]
        return AddJobs(tuple(jobs), created=0.0)

    def add_set(self) -> Edit:
        return AddSet(self.job(), self.new_set())

    def edit_job(self) -> Edit:
        few = self.random.randint
        count, left = self.random.choice(
            [(few(1, 4), None), (-1, None), (None, few(0, 2)), (few(2, 4), few(0, 2))]
        )
        return EditJob(self.job(), count=count, remaining=left)

    def mark_job(self) -> Edit:
        job, mark = self.job(), self.random.random() < 0.4
        if self.random.random() < 0.5:
            return EditJob(job, draft=mark)
        return EditJob(job, hold=mark)

    def edit_set(self) -> Edit:
        few, job = self.random.randint, self.job()
        count, left = self.random.choice(
            [(few(0, 4), None), (None, few(0, 4)), (few(0, 3), few(0, 3)), (None, None)]
        )
        path = self.random.choice((None, None, *PATHS))
        return EditSet(job, self.set_of(job), path, count, left)

    def move_set(self) -> Edit:
        job = self.job()
        one = self.set_of(job)
        target = self.random.choice((job, self.job(), self.job()))
        cards = [card for card in self.shop.ledger.cards if card.id == target]
        lines = [line.id for card in cards for line in card.lines]
        return MoveSet(job, one, target, self.behind(lines))

    def move_job(self) -> Edit:
        ids = [card.id for card in self.shop.ledger.cards]
        return MoveJob(self.job(), self.behind(ids))

    def of_job(self, edit: Callable[[int], Edit]) -> Edit:
        return edit(self.job())

    def of_set(self, edit: Callable[[int, int], Edit]) -> Edit:
        job = self.job()
        return edit(job, self.set_of(job))

    def restore(self) -> Edit:
        """As a request for it does: the jobs are read from the store first."""
        ids = list(self.shop.ledger.trash)
        some = self.random.sample(ids, self.random.randint(0, len(ids)))
        jobs = [self.shop.run(self.shop.store.removed_job(one)) for one in some]
        return RestoreJobs(tuple(job for job in jobs if job is not None))

    def follow(self) -> Edit:
        return self.random.choice(
            (
                FollowFile("a", "in/a"),
                FollowFile("in/b", "b"),
                FollowFile("in", "a", is_folder=True),
                FollowFile("a", "in", is_folder=True),
            )
        )


DRAWN: dict[str, Callable[[Hand], Edit]] = {
    "add jobs": Hand.add_jobs,
    "add set": Hand.add_set,
    "edit job": Hand.edit_job,
    "mark job": Hand.mark_job,
    "edit set": Hand.edit_set,
    "move job": Hand.move_job,
    "move set": Hand.move_set,
    "restore": Hand.restore,
    "follow": Hand.follow,
    "remove job": lambda h: h.of_job(lambda job: RemoveJobs(frozenset((job,)))),
    "print next": lambda h: h.of_job(PrintNext),
    "copy job": lambda h: h.of_job(lambda job: CopyJob(job, 0.0)),
    "reset job": lambda h: h.of_job(lambda job: ResetJobs(frozenset((job,)))),
    "remove set": lambda h: h.of_set(RemoveSet),
    "skip set": lambda h: h.of_set(SkipSet),
}
Move = Callable[[Workshop], object]


def _prints(shop: Workshop) -> bool:
    return shop.printer.look.has_print


def _start_is_out(shop: Workshop) -> bool:
    return shop.printer.start is not None


def _always(shop: Workshop) -> bool:
    return True


# How often, when it is possible, what happens.
LIFE: dict[str, tuple[int, Callable[[Workshop], bool], Move]] = {
    "flow": (40, _always, lambda s: s.flow()),
    "fails": (2, _prints, lambda s: s.ends_badly(cancelled=False)),
    "cancels": (1, _prints, lambda s: s.ends_badly(cancelled=True)),
    "refused": (1, _start_is_out, lambda s: s.refuse()),
    "pause": (1, _prints, lambda s: s.printer.pauses_or_resumes()),
    "stop": (1, _always, lambda s: s.say(Deactivated("ann"))),
    "start": (1, _always, lambda s: s.say(Activated("ann"))),
    "skip": (1, _always, lambda s: s.skip()),
    "restart": (1, _always, lambda s: s.restart()),
    "ends away": (
        1,
        _prints,
        lambda s: s.restart(lambda: s.print_ends(Outcome.SUCCESS)),
    ),
    "taken away": (1, _start_is_out, lambda s: s.restart(s.printer.takes_start)),
    "both restart": (
        1,
        lambda s: _prints(s) or _start_is_out(s),
        lambda s: s.restart(s.klipper_restarts),
    ),
}
NAMES = [name for name, (often, _, _) in LIFE.items() for _ in range(often)]
NAMES += [name for name in DRAWN for _ in range(2)]
NAMES += ["edit job", "edit set", "move set", "move job", "print next"] * 3
FIRST = AddJobs(
    (
        NewJob((NewSet("a", 2), NewSet("b", 1)), count=2),
        NewJob((NewSet("in/a", 1),)),
        NewJob((NewSet("b", 0), NewSet("in/b", 2)), count=-1),
    ),
    created=0.0,
)


class EditsStory(RuleBasedStateMachine):
    shop: Workshop

    @initialize(rules=st.sampled_from((GCODE, GCODE, MANUAL)))
    def begin(self, rules: Rules) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.shop = Workshop(rules, Path(self.folder.name))
        self.shop.edit(FIRST)
        self.sound, self.rounds = True, 0

    @rule(seed=st.integers(0, 2**64 - 1))
    def life(self, seed: int) -> None:
        """Some moves, drawn by weight; one rule and a seed, as hypothesis likes to
        repeat small values, which makes dull stories."""
        self.rounds += 1
        random = Random(seed + self.rounds)
        for name in random.choices(NAMES, k=MOVES_AT_ONCE):
            self.move(name, random)

    def move(self, name: str, random: Random) -> None:
        self.sound = False
        if name in DRAWN:
            self.draws(name, random)
        elif LIFE[name][1](self.shop):
            note(name)
            LIFE[name][2](self.shop)
        self.shop.quiet()
        self.shop.check()
        self.sound = True

    def draws(self, name: str, random: Random) -> None:
        """An edit, made from the picture that is shown now or from an older one."""
        if name == "add jobs" and len(self.shop.ledger.cards) >= MOST_JOBS:
            return
        edit = DRAWN[name](Hand(self.shop, random))
        known = sorted(self.shop.seen)[-8:]
        seen = random.choice((None, None, *known[-1:], *known[:1]))
        note(f"{edit} (seen: {seen})")
        self.shop.edit(edit, seen)

    def teardown(self) -> None:
        """Left alone, the queue prints what is left, to the last copy."""
        if not hasattr(self, "shop"):
            return
        try:
            for _ in range(LAST_MOVES if self.sound else 0):
                if not self.shop.flow():
                    assert self.shop.ledger.next is None, "stopped with copies left"
                    break
                self.shop.quiet()
                self.shop.check()
        finally:
            self.shop.close()
            self.folder.cleanup()


EditsStory.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
TestEditsStory = EditsStory.TestCase
