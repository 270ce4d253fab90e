"""Rows of the arrow table: answers to what a blocked queue asks, and skipping."""

from __future__ import annotations

import pytest

from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.events import Answered, SkipAsked

from . import phases as at
from .arrows import Row, Step
from .story import GCODE, Story, printing


def _answer(word: str) -> Step:
    return lambda s: s.tell(Answered(s.state.control.ticket, word, "ann"))


CLEAR, SWEEP, START = _answer("bed_clear"), _answer("run_clearing"), _answer("start")
STOP, SKIP_IT = _answer("stop"), _answer("skip")
_A, _S = Answered, SkipAsked

ANSWERED = [
    Row(
        _A,
        lambda: at.flagged(at.bed_asked()),
        CLEAR,
        "preparing, clear bed, send prepare | done",
    ),
    Row(_A, at.bed_asked, CLEAR, "starting, clear bed, send start b | done open"),
    Row(_A, at.restarted, START, "starting, clear bed, send start a | open"),
    Row(_A, lambda: at.finished_away("a"), CLEAR, "idle, clear bed | done"),
    Row(
        _A,
        lambda: at.finished_away("a", rules=at.FINISH),
        CLEAR,
        "finishing, clear bed, send finish | done",
    ),
    Row(_A, lambda: at.stopped(at.restarted()), START, "blocked, clear bed, restarted"),
    Row(_A, at.failed, SKIP_IT, "blocked, bad bed, print_failed | failure"),
    Row(_A, at.bed_asked, SKIP_IT, "idle, old bed | done"),
    Row(_A, at.bed_asked, STOP, "inactive, old bed | done"),
    Row(
        _A,
        lambda: at.failed(GCODE),
        SWEEP,
        "clearing, taken bed, send clearing | failure",
    ),
    Row(
        _A,
        lambda: at.finished_away("a", rules=at.GCODE_FINISH),
        SWEEP,
        "clearing, taken bed, send clearing | done",
    ),
    Row(
        _A,
        lambda: at.warm(at.failed(at.COOL)),
        SWEEP,
        "cooling, taken bed, send cool | failure",
    ),
]


def skip(story: Story) -> Story:
    return story.tell(SkipAsked("ann"))


def _refused(story: Story) -> None:
    with pytest.raises(Conflict, match="nothing to skip"):
        skip(story)


SKIPPED = [
    Row(_S, at.inactive, skip, "inactive, clear bed"),
    Row(_S, at.idle, _refused, "idle, clear bed"),
    Row(_S, at.preparing, skip, "preparing, clear bed, send prepare"),
    Row(
        _S,
        lambda: at.calm_unseen(at.waits_for_calm().add("b")),
        skip,
        "starting, clear bed, send start b | open",
    ),
    Row(_S, at.waits_for_calm, skip, "idle, clear bed"),
    Row(_S, at.waits_after_a_print, skip, "finishing, clear bed, send finish | done"),
    Row(
        _S,
        lambda: at.taken(at.waits_for_calm()),
        skip,
        "blocked, foreign bed, foreign_print",
    ),
    Row(_S, at.starting, skip, "starting, clear bed | open"),
    Row(_S, lambda: printing("a", count=2), skip, "printing, bad bed | open"),
    Row(_S, at.paused, skip, "paused, bad bed | open"),
    Row(_S, at.cooling, skip, "cooling, good bed | done"),
    Row(_S, at.clearing, skip, "clearing, good bed | done"),
    Row(_S, lambda: at.finishing().add("b"), skip, "finishing, good bed | done"),
    Row(_S, at.failed, skip, "blocked, bad bed, print_failed | failure"),
    Row(_S, at.bed_asked, skip, "idle, old bed | done"),
    Row(
        _S,
        lambda: at.bed_asked(rules=at.FINISH),
        skip,
        "finishing, old bed, send finish | done",
    ),
]

ROWS = [*ANSWERED, *SKIPPED]
