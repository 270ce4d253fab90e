"""Every stop explains itself, and one answer leaves it.

The stops are those of the arrow table's stories, and a few more. The reasons are read
from the code: one that no story brings about fails here.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable
from unittest.mock import patch

import pytest

from moonraker_cp.api.wanted import STATE_PROSE
from moonraker_cp.core import reasons
from moonraker_cp.core.decisions import Decision, Rules, Situation
from moonraker_cp.core.diary import Entry, entry_of
from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.event_words import ended, in_words, one_line
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BedVerified,
    Deactivated,
    Event,
    FailureReported,
)
from moonraker_cp.core.failures import FailureRules, OnTrouble
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import Outcome, Phase, Reason, State
from moonraker_cp.core.questions import Answer, question

from ..driving import Rig
from ..fakes import in_virtual_time
from . import phases as at
from . import story as stories
from .arrows import Row
from .story import MANUAL, Story, printing
from .test_arrows import NAMES, ROWS

PACKAGE = Path(reasons.__file__).parent.parent
WANTED = set(re.findall(r"`(\w+)`", STATE_PROSE.split("Codes:")[1].split("\n\n")[0]))
"""The codes that clients are told of."""

LEAVES_BY_ITSELF = (reasons.POWERING, reasons.WAITING)
STAYS = (Answer.NOT_YET, Answer.SKIP)
"""Not yet says so; after a skip it is asked about the next file."""


# -- stories that the table has not ------------------------------------------------


def _policy(**more: Any) -> Rules:
    return replace(MANUAL, failures=replace(FailureRules(), **more))


def _not_verified() -> Story:
    story = at.verifying()
    ticket = story.state.control.ticket
    return story.tell(BedVerified(ticket, clear=False, text="There is a part."))


def _noted() -> Story:
    """A script failed while the print began; then Moonraker was away for a moment."""
    story = at.inactive().has(Hook.PRINT_STARTED).start().our_print_begins()
    story.script_ends("Unknown command").moonraker_restarts()
    return story.print_ends()


def _never_started() -> Story:
    """Klipper still shows the print before it."""
    story = at.bed_asked().bed_is_clear()
    return story.moonraker_restarts()


def _printer_in_doubt() -> Story:
    story = printing("a", "b", rules=_policy(on_failure=OnTrouble.SKIP, stop_after=2))
    story.print_fails("Too cold", seconds=5.0).bed_is_clear()
    return story.our_print_begins().print_fails("Too cold", seconds=5.0)


def _due(**rules: Any) -> Story:
    story = printing("a", "b", rules=replace(MANUAL, **rules))
    return story.print_ends().bed_is_clear()


def _start_without_klipper() -> Story:
    return at.stopped(at.inactive()).start()


MORE: dict[str, Callable[[], Story]] = {
    "no script applied": lambda: at.clearing().script_ends(ran=False),
    "the bed is not clear": _not_verified,
    "a script had failed before a restart": _noted,
    "the start never came": _never_started,
    "it ended while nobody looked": lambda: at.finished_away("a", "b"),
    "again and again": lambda: printing(
        "a", rules=_policy(on_failure=OnTrouble.RETRY, retries=0)
    ).print_fails(),
    "one file after the other fails": _printer_in_doubt,
    "cancelled, and it goes on": lambda: printing(
        "a", "b", rules=_policy(on_cancel=OnTrouble.SKIP)
    ).print_ends(Outcome.CANCELLED),
    "plates": lambda: _due(pause_after=1),
    "maintenance": lambda: _due(maintenance_hours=0.01),
    "Klipper is not there": _start_without_klipper,
    "it is turned on": lambda: at.powering("a"),
    "it cannot be turned on": lambda: at.powering("a").script_ends("No such device"),
}


# -- what is told of a stop ----------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    before: State
    event: Event
    decision: Decision

    @property
    def entry(self) -> Entry:
        """What the diagnostics say of it."""
        return entry_of(self.before, self.event, self.decision)


@dataclass(frozen=True)
class Stop:
    """A queue that is blocked. turns: those that changed something, as they are kept.
    made: the reasons that were made on the way, and by what."""

    story: Story
    turns: tuple[Turn, ...]
    made: tuple[tuple[str, Reason], ...]

    @property
    def stands(self) -> bool:
        return self.story.phase is Phase.BLOCKED

    @property
    def reason(self) -> Reason:
        reason = self.story.state.control.reason
        assert reason is not None, "blocked without a reason"
        return reason

    @property
    def cause(self) -> Turn:
        """The turn that has brought these words."""
        brought = self.turns[-1]
        for turn in reversed(self.turns):
            told = turn.decision.state.control.reason
            if told is None or told.text != self.reason.text:
                break
            brought = turn
        return brought

    @property
    def makers(self) -> set[str]:
        """What has made the words that are told."""
        reason = self.story.state.control.reason
        told = reason.text if reason else ""
        return {name for name, made in self.made if made.text in told}


@contextmanager
def watched(turns: list[Turn], made: list[tuple[str, Reason]]) -> Iterator[None]:
    def decided(situation: Situation, event: Event) -> Decision:
        decision = decide(situation, event)
        if decision.changes(situation.state):
            turns.append(Turn(situation.state, event, decision))
        return decision

    def watch(name: str, make: Callable[..., Reason]) -> Callable[..., Reason]:
        def making(*args: Any, **kwargs: Any) -> Reason:
            reason = make(*args, **kwargs)
            made.append((name, reason))
            return reason

        return making

    with ExitStack() as patches:
        patches.enter_context(patch.object(stories, "decide", decided))
        for name, make in makers("now").items():
            patches.enter_context(patch.object(reasons, name, watch(name, make)))
        yield


def tell(story: Callable[[], Story]) -> Stop:
    turns: list[Turn] = []
    made: list[tuple[str, Reason]] = []
    with watched(turns, made):
        ends = story()
    return Stop(ends, tuple(turns), tuple(made))


def makers(first: str) -> dict[str, Callable[..., Reason]]:
    """What makes reasons. `now`: of stops; `since`: of waits that are none."""
    return {
        name: make
        for name, make in vars(reasons).items()
        if inspect.isfunction(make) and first in inspect.signature(make).parameters
    }


def _of_row(row: Row) -> Callable[[], Story]:
    return lambda: row.tell()[1]


STORIES = {
    **{f"{n} {name}": _of_row(ROWS[n]) for n, name in enumerate(NAMES)},
    **MORE,
}
TOLD = {name: tell(story) for name, story in STORIES.items()}
STOPS = {name: stop for name, stop in TOLD.items() if stop.stands}
ALL = pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)


# -- each explains itself ------------------------------------------------------------


@ALL
def test_the_last_decisions_say_what_happened_and_what_a_person_reads(
    stop: Stop,
) -> None:
    asked, reason = question(stop.story.situation), stop.reason
    if asked is not None:
        assert (asked.text, asked.advice) == (reason.text, reason.advice)
    newest, cause = stop.turns[-1].entry, stop.cause.entry
    assert newest.after == stop.story.phase.value
    assert newest.reason == f"{ended(reason.text)} {reason.advice}"
    assert ended(reason.text) in cause.reason
    assert cause.event == in_words(stop.cause.event)
    for name in ("message", "error", "text"):
        words = getattr(stop.cause.event, name, None) or ""
        assert one_line(words) in cause.event


def test_long_words_of_klippers_do_not_hide_what_to_do() -> None:
    stop = tell(lambda: printing("a").print_fails("Too cold " * 200))
    assert stop.turns[-1].entry.reason.endswith(stop.reason.advice)
    assert len(stop.turns[-1].entry.line) < 1500


def test_each_says_what_to_do_and_has_a_code_for_programs() -> None:
    for stop in STOPS.values():
        assert stop.reason.advice.endswith(".")
        assert stop.reason.code in WANTED, "it is not in the API's list of codes"


# -- and is left by one answer -------------------------------------------------------


def mended(stop: Stop) -> Story:
    """The printer is whole again and rests; what became of it has been told."""
    story = copy.deepcopy(stop.story)
    if story.state.run is not None or not story.look.ready:
        story.klippy_is_back()
    elif story.look.has_print:
        story.print_ends()
    if story.look.busy:
        story.see(busy=False)
    return story


@ALL
def test_one_answer_leaves_it(stop: Stop) -> None:
    story = mended(stop)
    if story.phase is not Phase.BLOCKED:
        assert stop.reason.code in LEAVES_BY_ITSELF
        return
    asked = question(story.situation)
    assert asked is not None, "nothing is asked, and nothing goes on"
    assert Answer.STOP in asked.answers
    going_on = [one for one in asked.answers if one not in STAYS]
    assert len(going_on) > 1, "to stop is not all that can be done"
    for answer in going_on:
        after = copy.deepcopy(story).answer(answer.value)
        assert after.phase is not Phase.BLOCKED, answer


def test_a_print_that_was_said_to_fail_goes_on_when_somebody_resumes_it() -> None:
    story = printing("a").tell(FailureReported("Spaghetti", "camera")).pauses()
    assert story.why == reasons.REPORTED
    assert (story.resumes().phase, story.why) == (Phase.PRINTING, "")


@in_virtual_time
async def test_a_queue_that_cannot_be_used_tells_everybody_why() -> None:
    """No answer can be stored; so a request is answered with the words."""
    rig = Rig()
    why = reasons.unusable(1.0, "a page is damaged")
    rig.driver.give_up(why)
    assert (rig.phase, rig.driver.state.control.reason) == (Phase.BLOCKED, why)
    assert rig.driver.question is None
    for event in (Activated("ann"), Deactivated("ann"), BedSaid(True, "ann")):
        with pytest.raises(Unavailable, match=r"a page is damaged.*restore a backup"):
            await rig.driver.submit(event)


# -- none is left out ----------------------------------------------------------------


def test_every_reason_has_a_story() -> None:
    told = {name for stop in TOLD.values() for name in stop.makers}
    assert told | {"unusable"} == set(makers("now"))
    codes = {stop.reason.code for stop in STOPS.values()}
    assert codes | {reasons.UNUSABLE, reasons.REPORTED} == WANTED


def test_every_reason_is_made_in_one_place() -> None:
    """Else the stories would not know of all of them."""
    every = {name for name, one in vars(reasons).items() if inspect.isfunction(one)}
    assert every == set(makers("now")) | set(makers("since"))
    making, waiting = set(), set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if re.search(r"\bReason\(", text.replace("class Reason(", "")):
            making.add(path.name)
        if set(re.findall(r"\breasons\.(\w+)\(", text)) & set(makers("since")):
            waiting.add(path.name)
    assert making == {"reasons.py", "queries.py", "outlook.py"}, "queries reads them"
    assert waiting == {"outlook.py"}, "what is only waited for blocks nothing"
