"""The form of one row of the arrow table, and how it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from moonraker_cp.core.decisions import (
    Action,
    CancelPrint,
    EndCooling,
    PausePrint,
    RunHook,
    SendScript,
    SendStart,
    SetPower,
    VerifyBed,
    WatchCooling,
)
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Phase, Run

from .story import Story

Step = Callable[[Story], object]


BEDS = {
    "clear": "clear/person",
    "swept": "clear/script",
    "taken": "occupied/person",
    "good": "occupied/own_good",
    "old": "occupied/own_old",
    "bad": "occupied/own_bad",
    "foreign": "occupied/foreign",
}


@dataclass(frozen=True)
class Row:
    """A story up to the source phase, the event, and what must be true then.

    expected: the target phase, the bed, then what is sent and why it blocks;
    behind a bar the runs: open, done (a success that was counted) or how they
    ended. "clearing, good bed, send clearing | done".
    """

    event: type
    before: Callable[[], Story]
    step: Step
    expected: str

    @property
    def target(self) -> Phase:
        return Phase(self.expected.split(",")[0])

    def tell(self) -> tuple[Phase, Story]:
        """Run the story; the phase it was in before the event."""
        story = self.before()
        source = story.phase
        story.sent = []
        self.step(story)
        return source, story


def describe(story: Story) -> str:
    """A story's end, in the words of `Row.expected`."""
    state, cause = story.bed
    bed = next(k for k, v in BEDS.items() if v == f"{state.value}/{cause.value}")
    parts = [story.phase.value, f"{bed} bed"]
    # Of every row that leaves cooling; test_cooling.py holds it.
    sent = [action for action in story.sent if not isinstance(action, EndCooling)]
    parts += [f"send {_name(action)}" for action in sent]
    parts += [story.why] if story.why else []
    runs = " ".join(_fate(run) for run in story.runs.values())
    return ", ".join(parts) + (f" | {runs}" if runs else "")


def _fate(run: Run) -> str:
    if run.outcome is None:
        return "open"
    return "done" if run.counted else run.outcome.value


_OTHERS = {
    WatchCooling: "cool",
    VerifyBed: "verify",
    CancelPrint: "cancel",
    PausePrint: "pause",
    SetPower: "power",
}


def _name(action: Action) -> str:
    if isinstance(action, SendStart):
        return f"start {action.path}"
    if isinstance(action, RunHook):
        return {Hook.CLEAR_BED: "clearing"}.get(action.hook, action.hook.value)
    if isinstance(action, SendScript):
        return action.kind.value
    return _OTHERS[type(action)]
