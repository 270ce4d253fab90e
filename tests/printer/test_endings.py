"""Every recorded ending, through the observer and the core: what becomes of it.

Each print that the recorder started on an idle printer is taken for the queue's
own; a start while something else is on the printer is a stranger's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from moonraker_cp.core.decisions import BedClearing, Rules, SendStart, Situation
from moonraker_cp.core.edits import AddJobs, NewJob, NewSet, RemoveJobs
from moonraker_cp.core.events import (
    Activated,
    Answer,
    Edited,
    Event,
    Loss,
    PrinterLost,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.machine import decide
from moonraker_cp.core.model import BedState, Phase, Run, State

from .replay import Query, Replay, Row, names, rows

MANUAL = Rules()
GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")


@dataclass
class Owner:
    """A queue whose owner starts what the recording starts."""

    rules: Rules
    replay: Replay
    state: State = field(default_factory=State)
    runs: dict[int, Run] = field(default_factory=dict)
    time: float = 0.0
    starts: int = 0
    ours: bool = False  # the start that was recorded last is the queue's own

    def tell(self, event: Event) -> None:
        look = self.replay.observer.look
        decision = decide(
            Situation(self.state, look, self.rules, 1e9 + self.time, self.time), event
        )
        self.state = decision.state
        self.runs.update({run.id: run for run in decision.runs})
        self.starts += sum(isinstance(a, SendStart) for a in decision.actions)

    @property
    def phase(self) -> Phase:
        return self.state.control.phase

    def watch(self, row: Row, events: list[Event]) -> None:
        self.time, kind, value = row
        if kind == "moonraker_killed":
            self.tell(PrinterLost(Loss.DISCONNECT, "Moonraker"))
        if kind == "start":
            self.ours = self._wants(value)
        elif kind == "started" and self.ours:
            self.tell(StartAnswered(self.state.control.ticket, Answer.ACCEPTED))
        elif kind == "refused" and self.ours:
            ticket = self.state.control.ticket
            self.tell(StartAnswered(ticket, Answer.REFUSED, value))
        for event in events:
            self.tell(event)

    def _wants(self, path: str) -> bool:
        """Have the queue start this file now, if a queue may."""
        before = self.starts
        if self.state.run is not None:
            return False
        self.tell(Edited(RemoveJobs(frozenset(j.id for j in self.state.jobs)), "ann"))
        self.tell(Edited(AddJobs((NewJob((NewSet(path),)),), 0.0), "ann"))
        if self.phase is Phase.CLEARING:
            self.tell(ScriptEnded(self.state.control.ticket))
        elif self.phase is not Phase.STARTING:
            if self.state.control.bed.state is BedState.OCCUPIED:
                for _ in range(3):
                    self.tell(Activated("ann"))
                assert self.starts == before, "Start alone moved over a part"
            self.tell(Activated("ann", bed_clear=True))
        return self.starts > before


GOOD = "idle, bed occupied by own_good"
CANCELLED = "blocked (print_cancelled), bed occupied by own_bad"
LOST = "blocked (printer_lost), bed occupied by own_bad"
ABORTED = "blocked (print_aborted), bed occupied by own_bad"

# recording: each run with its outcome and whether it was counted; where it ends
ENDINGS: dict[str, tuple[list[str], str]] = {
    "cancel_builtin": (["mid.gcode cancelled"], CANCELLED),
    "cancel_during_heat": (["hot.gcode cancelled"], CANCELLED),
    "cancel_immediately": (["mid.gcode cancelled"] * 2, CANCELLED),
    "cancel_inside_file": (["inlinecancel.gcode cancelled"], CANCELLED),
    "cancel_macro_never_cancels": (["mid.gcode cancelled"], CANCELLED),
    "cancel_macro_no_pause_resume": (["mid.gcode cancelled"], CANCELLED),
    "cancel_macro_norename_cfg": ([], "inactive, bed unknown by never_seen"),
    "cancel_macro_resetfile": (["mid.gcode cancelled"], CANCELLED),
    "cancel_renamed_macro": (["mid.gcode cancelled"], CANCELLED),
    "cancel_while_paused": (["mid.gcode cancelled"], CANCELLED),
    "config_error": ([], "blocked (klipper_not_ready), bed clear by person"),
    "filament_runout": (["mid.gcode cancelled"], CANCELLED),
    "firmware_restart_midprint": (["mid.gcode aborted"], ABORTED),
    "gcode_error_move": (
        ["moveerr.gcode failure", "short.gcode success counted"],
        GOOD,
    ),
    "gcode_error_temp": (
        ["raise.gcode failure"],
        "blocked (print_failed), bed occupied by own_bad",
    ),
    "gcode_unknown_command": (["unknowncmd.gcode success counted"], GOOD),
    "heater_no_heat": (["hot.gcode failure"], LOST),
    "klippy_kill9_cold": (["mid.gcode aborted"], ABORTED),
    "klippy_kill9_hot": (["hot.gcode aborted"], ABORTED),
    # There somebody says that the bed is clear while Klipper is still stopped.
    "m112_http": (
        ["mid.gcode failure"],
        "blocked (printer_lost), bed clear by person",
    ),
    "m112_in_file": (["m112.gcode failure"], LOST),
    "mcu_hang_2s": (["mid.gcode open"], "printing, bed occupied by own_bad"),
    "mcu_hang_2s_strict": (["mid.gcode failure"], LOST),
    "mcu_loss": (["mid.gcode failure", "short.gcode success counted"], GOOD),
    "mcu_loss_quick_restart": (
        ["mid.gcode failure", "short.gcode success counted"],
        GOOD,
    ),
    "mcu_spontaneous_restart": (["mid.gcode failure"], LOST),
    "moonraker_restart_midprint": (["mid.gcode success counted"], GOOD),
    "normal_completion": (["short.gcode success counted"], GOOD),
    "pause_inside_file": (["inlinepause.gcode success counted"], GOOD),
    "pause_resume": (["mid.gcode success counted"], GOOD),
    "restart_midprint": (["mid.gcode aborted"], ABORTED),
    # Its last start comes while the printer still moves: the queue sends its own
    # when the printer is calm, which is where the recording ends.
    "start_missing_file": (
        [
            "nosuch.gcode failure",
            "short.gcode success counted",
            "nosuch.gcode open",
        ],
        "starting, bed clear by person",
    ),
    "start_right_after_complete": (["short.gcode success counted"] * 3, GOOD),
    "start_while_printing": (
        ["mid.gcode cancelled"],
        "blocked (print_cancelled), bed occupied by foreign",
    ),
    "thermal_runaway": (["hot.gcode failure"], LOST),
    "thermistor_open": (
        ["mid.gcode failure"],
        "blocked (print_failed), bed occupied by own_bad",
    ),
    "tiny_file": (
        ["tiny.gcode success counted"] * 2 + ["tinyerr.gcode failure"] * 2,
        "blocked (print_failed), bed occupied by own_bad",
    ),
}


def test_every_recording_has_its_ending() -> None:
    assert sorted(ENDINGS) == names()


@pytest.mark.parametrize("query", [Query.BEFORE_UPDATE, Query.AFTER_UPDATE])
@pytest.mark.parametrize("name", names())
def test_a_recorded_ending(name: str, query: Query) -> None:
    rules = GCODE if name == "start_right_after_complete" else MANUAL
    owner = Owner(rules, Replay(rows(name), query))
    for row, events in owner.replay:
        owner.watch(row, events)
    runs, end = ENDINGS[name]
    assert [_run(run) for run in owner.runs.values()] == runs
    assert _where(owner.state) == end
    assert len(owner.runs) == owner.starts
    if owner.phase is Phase.BLOCKED:
        reason = owner.state.control.reason
        assert reason is not None
        assert reason.text
        assert reason.advice


def _run(run: Run) -> str:
    outcome = run.outcome.value if run.outcome else "open"
    return f"{run.path} {outcome}" + (" counted" if run.counted else "")


def _where(state: State) -> str:
    control = state.control
    why = f" ({control.reason.code})" if control.reason else ""
    bed = control.bed
    return f"{control.phase.value}{why}, bed {bed.state.value} by {bed.cause.value}"
