"""Each row of the restart table, and what time can do to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moonraker_cp.core.model import Run
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.restart import Verdict, judge

S = PrintState
SENT = 1000.0
LOOKED = 1600.0

EARLIER = Look(
    ready=True,
    not_ready="",
    state=S.COMPLETE,
    filename="before",
    total_duration=333.0,
    clock=LOOKED,
)
UNSEEN = Run(1, 1, 1, "Job 1", "a", 0, "ann", 1.7e9, SENT, before=EARLIER.fingerprint)
SEEN = replace(UNSEEN, accepted=True, start_clock=SENT + 0.2)
TINY_BEFORE = replace(EARLIER, filename="a", total_duration=0.001)


def look(state: S, path: str = "a", lasted: float = 500.0, **more: object) -> Look:
    changed = replace(EARLIER, state=state, filename=path, total_duration=lasted)
    return replace(changed, **more)  # type: ignore[arg-type]


def running(began: float, state: S = S.PRINTING) -> Look:
    return look(state, lasted=LOOKED - began)


STOPPED: dict[str, Any] = {"ready": False, "not_ready": "Lost communication"}

TABLE: dict[str, tuple[Run, Look, Verdict]] = {
    "the earlier print, unchanged": (UNSEEN, EARLIER, Verdict.NEVER_WAS),
    "the same file before, unchanged": (
        replace(UNSEEN, before=look(S.COMPLETE).fingerprint),
        look(S.COMPLETE),
        Verdict.NEVER_WAS,
    ),
    "the earlier print, but our start was accepted": (
        replace(UNSEEN, accepted=True),
        EARLIER,
        Verdict.ABORTED,
    ),
    "a one-line file that looks like the one before": (
        replace(UNSEEN, before=TINY_BEFORE.fingerprint),
        TINY_BEFORE,
        Verdict.ABORTED,
    ),
    "a one-line file, accepted": (
        replace(SEEN, before=TINY_BEFORE.fingerprint),
        TINY_BEFORE,
        Verdict.COUNT,
    ),
    "no file was ever timed": (
        replace(UNSEEN, before=look(S.COMPLETE, lasted=0.0).fingerprint),
        look(S.COMPLETE, lasted=0.0),
        Verdict.ABORTED,
    ),
    "printing": (SEEN, running(SENT + 0.2), Verdict.ADOPT),
    "paused": (SEEN, running(SENT + 0.2, S.PAUSED), Verdict.ADOPT),
    "printing, its beginning unseen": (UNSEEN, running(SENT + 1), Verdict.ADOPT),
    "started by a person later": (SEEN, running(SENT + 90), Verdict.ABORTED),
    "unseen, started by a person later": (UNSEEN, running(SENT + 90), Verdict.ABORTED),
    "started before ours was sent": (UNSEEN, running(SENT - 90), Verdict.ABORTED),
    "complete": (SEEN, look(S.COMPLETE), Verdict.COUNT),
    "complete, its beginning unseen": (UNSEEN, look(S.COMPLETE), Verdict.COUNT),
    "complete, but longer than ours is old": (
        SEEN,
        look(S.COMPLETE, lasted=700.0),
        Verdict.ABORTED,
    ),
    "error": (SEEN, look(S.ERROR, message="Too cold"), Verdict.FAILED),
    "cancelled": (SEEN, look(S.CANCELLED), Verdict.CANCELLED),
    "stopped in the middle": (SEEN, look(S.PAUSED, **STOPPED), Verdict.FAILED),
    "complete, then stopped": (SEEN, look(S.COMPLETE, **STOPPED), Verdict.COUNT),
    "another file": (SEEN, look(S.PRINTING, "x"), Verdict.ABORTED),
    "klipper restarted": (SEEN, look(S.STANDBY, "", 0.0), Verdict.ABORTED),
    "klipper restarted, unseen": (UNSEEN, look(S.STANDBY, "", 0.0), Verdict.ABORTED),
    "klipper in an error": (SEEN, look(S.STANDBY, "", **STOPPED), Verdict.ABORTED),
    "host rebooted, same file complete": (
        SEEN,
        look(S.COMPLETE, lasted=20.0, clock=60.0),
        Verdict.ABORTED,
    ),
    "host rebooted, same file printing": (
        SEEN,
        look(S.PRINTING, lasted=20.0, clock=60.0),
        Verdict.ABORTED,
    ),
    "host rebooted, unseen, same file printing": (
        UNSEEN,
        look(S.PRINTING, lasted=20.0, clock=60.0),
        Verdict.ABORTED,
    ),
}


@pytest.mark.parametrize("row", TABLE)
def test_row(row: str) -> None:
    run, seen, verdict = TABLE[row]
    assert judge(run, seen).verdict is verdict


def test_every_verdict_has_a_row() -> None:
    assert {verdict for _, _, verdict in TABLE.values()} == set(Verdict)


def test_the_wall_clock_is_not_asked() -> None:
    for opened in (0.0, 9e9):
        run = replace(SEEN, opened=opened, started=opened)
        assert judge(run, look(S.COMPLETE)).verdict is Verdict.COUNT
        assert judge(run, running(SENT + 0.2)).verdict is Verdict.ADOPT


def test_it_says_why() -> None:
    assert judge(SEEN, look(S.ERROR, message="Too cold")).why == "Too cold"
    assert "x" in judge(SEEN, look(S.PRINTING, "x")).why
    assert (
        judge(SEEN, look(S.STANDBY, "")).why
        == "Klipper was restarted, or its file was reset."
    )
    assert judge(SEEN, look(S.STANDBY, "", **STOPPED)).why == "Lost communication"
