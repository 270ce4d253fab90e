"""Rows of the arrow table: what people and clients say."""

from __future__ import annotations

from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.events import (
    Activated,
    BedSaid,
    BugFound,
    ClearingAsked,
    Deactivated,
    Edited,
)
from moonraker_cp.core.model import Phase

from . import phases as at
from .arrows import Row
from .story import GCODE, Story, fresh, printing, with_bed

P = Phase
PRESS = Story.start
STOP = Story.stop
SAID = Story.bed_is_clear


def press_clear(story: Story) -> Story:
    return story.start(bed_clear=True)


def taken(story: Story) -> Story:
    return story.tell(BedSaid(False, "ann"))


def ask(story: Story) -> Story:
    return story.tell(ClearingAsked("ann"))


def add(story: Story) -> Story:
    return story.add("z")


def remove(story: Story) -> Story:
    return story.tell(Edited(RemoveJobs(frozenset({1})), "ann"))


def remove_second(story: Story) -> Story:
    return story.tell(Edited(RemoveJobs(frozenset({2})), "ann"))


_A, _D, _B, _C, _E = Activated, Deactivated, BedSaid, ClearingAsked, Edited

ACTIVATED = [
    Row(
        _A,
        lambda: at.cooling("a", rules=at.COOL_LAST),
        press_clear,
        "idle, clear bed | done",
    ),
    Row(_A, fresh, PRESS, "idle, clear bed"),
    Row(
        _A,
        lambda: at.flagged(at.inactive()),
        PRESS,
        "preparing, clear bed, send prepare",
    ),
    Row(_A, at.inactive, PRESS, "starting, clear bed, send start a | open"),
    Row(_A, at.inactive_over_a_part, PRESS, "blocked, old bed, bed_occupied"),
    Row(
        _A,
        lambda: at.taken(at.inactive()),
        PRESS,
        "blocked, foreign bed, foreign_print",
    ),
    Row(_A, at.idle, PRESS, "idle, clear bed"),
    Row(_A, at.cooling, PRESS, "cooling, good bed | done"),
    Row(_A, at.cooling, press_clear, "starting, clear bed, send start b | done open"),
    Row(
        _A,
        at.cooling_after_restart,
        press_clear,
        "starting, clear bed, send start a | open",
    ),
    Row(
        _A,
        lambda: at.flagged(at.cooling()),
        press_clear,
        "preparing, clear bed, send prepare | done",
    ),
    Row(
        _A,
        lambda: at.cooling("a", rules=at.COOL_FINISH),
        press_clear,
        "finishing, clear bed, send finish | done",
    ),
    Row(
        _A,
        lambda: at.printed(at.cooling()),
        press_clear,
        "blocked, foreign bed, bed_occupied | done",
    ),
    Row(_A, at.bed_asked, PRESS, "blocked, old bed, bed_occupied | done"),
    Row(_A, at.waiting, PRESS, "printing, bad bed | open"),
    Row(
        _A,
        lambda: at.stopped(at.waiting()),
        PRESS,
        "blocked, bad bed, waiting_for_klipper | open",
    ),
    Row(
        _A,
        lambda: at.finished_away("a", rules=at.FINISH),
        PRESS,
        "finishing, old bed, send finish | done",
    ),
    Row(_A, lambda: at.finished_away("a"), PRESS, "idle, old bed | done"),
    Row(
        _A,
        lambda: at.paused().tell(BugFound("KeyError")),
        PRESS,
        "paused, bad bed | open",
    ),
    Row(_A, at.bug_in_print, PRESS, "printing, bad bed | open"),
    Row(
        _A,
        lambda: at.flagged(at.bed_asked()),
        press_clear,
        "preparing, clear bed, send prepare | done",
    ),
    Row(_A, at.restarted, PRESS, "starting, clear bed, send start a | open"),
    Row(_A, at.starting, PRESS, "starting, clear bed | open"),
    Row(_A, lambda: printing("a", "b").stop(), PRESS, "printing, bad bed | open"),
    Row(_A, lambda: at.paused().stop(), PRESS, "paused, bad bed | open"),
    Row(_A, at.preparing, PRESS, "preparing, clear bed"),
    Row(_A, lambda: at.clearing().stop(), PRESS, "clearing, old bed | done"),
    Row(_A, at.finishing, PRESS, "finishing, good bed | done"),
]

DEACTIVATED = [
    Row(_D, at.idle, STOP, "inactive, clear bed"),
    Row(_D, at.preparing, STOP, "inactive, clear bed"),
    Row(_D, at.cooling, STOP, "inactive, old bed | done"),
    Row(_D, at.bed_asked, STOP, "inactive, old bed | done"),
    Row(_D, at.waiting, STOP, "blocked, bad bed, waiting_for_klipper | open"),
    Row(_D, at.starting, STOP, "starting, clear bed | open"),
    Row(_D, lambda: printing("a"), STOP, "printing, bad bed | open"),
    Row(_D, at.paused, STOP, "paused, bad bed | open"),
    Row(_D, at.clearing, STOP, "clearing, old bed | done"),
    Row(_D, at.finishing, STOP, "finishing, old bed | done"),
    Row(_D, at.inactive, STOP, "inactive, clear bed"),
]

BED_SAID = [
    Row(
        _B, lambda: at.cooling("a", rules=at.COOL_LAST), SAID, "idle, clear bed | done"
    ),
    Row(_B, lambda: at.without_jobs(at.failed()), SAID, "idle, clear bed | failure"),
    Row(_B, at.inactive_over_a_part, SAID, "inactive, clear bed"),
    Row(_B, at.inactive, taken, "inactive, taken bed"),
    Row(_B, at.idle_over_our_part, SAID, "idle, clear bed | done"),
    Row(_B, at.preparing, SAID, "preparing, clear bed"),
    Row(_B, at.preparing, taken, "blocked, taken bed, bed_occupied"),
    Row(_B, at.cooling, taken, "cooling, good bed | done"),
    Row(
        _B,
        lambda: at.flagged(at.cooling()),
        SAID,
        "preparing, clear bed, send prepare | done",
    ),
    Row(_B, at.cooling, SAID, "starting, clear bed, send start b | done open"),
    Row(
        _B,
        lambda: at.cooling("a", rules=at.COOL_FINISH),
        SAID,
        "finishing, clear bed, send finish | done",
    ),
    Row(_B, at.cooling_after_restart, SAID, "blocked, clear bed, restarted"),
    Row(_B, at.cooling_on_request, SAID, "inactive, clear bed"),
    Row(_B, at.finishing, SAID, "finishing, clear bed | done"),
    Row(
        _B,
        lambda: with_bed(at.restarted(), at.OLD_PART),
        SAID,
        "blocked, clear bed, restarted",
    ),
    Row(_B, at.restarted, taken, "blocked, taken bed, restarted"),
    Row(
        _B,
        lambda: at.failed().stop().tell(BugFound("x")),
        SAID,
        "inactive, clear bed | failure",
    ),
    Row(
        _B,
        lambda: at.flagged(at.bed_asked()),
        SAID,
        "preparing, clear bed, send prepare | done",
    ),
    Row(_B, at.bed_asked, SAID, "starting, clear bed, send start b | done open"),
    Row(
        _B,
        lambda: at.without_jobs(at.failed(at.FINISH)),
        SAID,
        "finishing, clear bed, send finish | failure",
    ),
]

CLEARING_ASKED = [
    Row(
        _C,
        lambda: at.inactive_over_a_part(GCODE),
        ask,
        "clearing, taken bed, send clearing",
    ),
    Row(
        _C,
        lambda: at.warm(at.inactive_over_a_part(at.COOL)),
        ask,
        "cooling, taken bed, send cool",
    ),
    Row(
        _C,
        lambda: at.idle_over_our_part(GCODE),
        ask,
        "clearing, taken bed, send clearing | done",
    ),
    Row(
        _C,
        lambda: at.warm(at.idle_over_our_part(at.COOL)),
        ask,
        "cooling, taken bed, send cool | done",
    ),
    Row(
        _C,
        lambda: at.failed(GCODE),
        ask,
        "clearing, taken bed, send clearing | failure",
    ),
    Row(
        _C,
        lambda: at.warm(at.failed(at.COOL)),
        ask,
        "cooling, taken bed, send cool | failure",
    ),
]

EDITED = [
    Row(_E, lambda: at.busy(at.idle()), add, "preparing, clear bed"),
    Row(_E, at.waits_for_calm, add, "preparing, clear bed"),
    Row(
        _E,
        lambda: at.calm_unseen(at.waits_for_calm()),
        add,
        "starting, clear bed, send start a | open",
    ),
    Row(_E, at.waits_for_calm, remove, "idle, clear bed"),
    Row(
        _E,
        at.waits_after_a_print,
        remove_second,
        "finishing, clear bed, send finish | done",
    ),
    Row(
        _E,
        lambda: at.taken(at.waits_for_calm()),
        add,
        "blocked, foreign bed, foreign_print",
    ),
    Row(_E, at.inactive, add, "inactive, clear bed"),
    Row(
        _E,
        at.idle,
        lambda s: s.tell(Edited(RemoveJobs(frozenset()), "ann")),
        "idle, clear bed",
    ),
    Row(_E, lambda: at.flagged(at.idle()), add, "preparing, clear bed, send prepare"),
    Row(_E, at.idle, add, "starting, clear bed, send start z | open"),
    Row(_E, at.idle_over_our_part, add, "blocked, old bed, bed_occupied | done"),
    Row(
        _E,
        lambda: at.idle_over_our_part(GCODE),
        add,
        "clearing, good bed, send clearing | done",
    ),
    Row(
        _E,
        lambda: at.warm(at.idle_over_our_part(at.COOL)),
        add,
        "cooling, good bed, send cool | done",
    ),
    Row(_E, at.starting, remove, "starting, clear bed | open"),
    Row(_E, lambda: printing("a"), remove, "printing, bad bed | open"),
    Row(_E, at.paused, remove, "paused, bad bed | open"),
    Row(_E, at.cooling, add, "cooling, good bed | done"),
    Row(_E, at.clearing, add, "clearing, good bed | done"),
    Row(_E, at.finishing, add, "finishing, good bed | done"),
    Row(_E, at.bed_asked, add, "blocked, old bed, bed_occupied | done"),
    Row(_E, at.failed, add, "blocked, bad bed, print_failed | failure"),
    Row(_E, at.bed_asked, remove_second, "idle, old bed | done"),
    Row(
        _E,
        lambda: at.bed_asked(rules=at.FINISH),
        remove_second,
        "finishing, old bed, send finish | done",
    ),
]

ROWS = [*ACTIVATED, *DEACTIVATED, *BED_SAID, *CLEARING_ASKED, *EDITED]
