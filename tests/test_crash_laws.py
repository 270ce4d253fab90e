"""The crash harness's own laws, on small records: each wrong is found, no right one is.

That they find what goes wrong on a real printer, too, is tested by planting bugs.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from .rig.crash_laws import Record, broken, sums
from .rig.crash_truth import Printed, wall
from .rig.queue import Payload

SECOND = 10.0
"""Between one thing and the next, in these stories."""


def at(step: float) -> float:
    return 1000.0 + SECOND * step


def printed(begins: float, ends: float | None, path: str = "a") -> Printed:
    return Printed(path, at(begins), None if ends is None else at(ends))


def run(number: int, begins: float, ends: float, **fields: Any) -> Payload:
    good = fields.get("outcome", "success") == "success"
    return {
        "id": number,
        "path": "a",
        "opened": wall(at(begins)) - 1.0,
        "ended": wall(at(ends)) + 1.0,
        "outcome": "success",
        "counted": good,
        **fields,
    }


def record(prints: list[Printed], runs: list[Payload], **more: Any) -> Record:
    times = {"answered": (), "crashed": (), "cut": (), "doubted": (), **more}
    return Record(prints, runs=runs, **times)


ONE = printed(1, 2)
OTHER = printed(4, 5)
ABORTED = {"outcome": "aborted"}
RIGHT = {
    "two copies": record([ONE, OTHER], [run(1, 1, 2), run(2, 4, 5)]),
    "a bad end, and an answer": record(
        [printed(1, None), OTHER],
        [run(1, 1, 2, **ABORTED), run(2, 4, 5)],
        answered=(at(3),),
    ),
    "a crash, and an answer": record(
        [ONE, OTHER],
        [run(1, 1, 2), run(2, 4, 5)],
        crashed=(at(3),),
        answered=(at(3.5),),
    ),
    "a run that was opened before anybody knew of the crash": record(
        [OTHER],
        [run(1, 2.2, 2.5, **ABORTED), run(2, 4, 5)],
        crashed=(at(2),),
        answered=(at(3),),
    ),
    "a crash within a print that goes on": record(
        [ONE], [run(1, 1, 2)], crashed=(at(1.5),)
    ),
    "a good print that a crash left in doubt": record(
        [ONE], [run(1, 1, 2, **ABORTED)], doubted=(ONE,)
    ),
    "a run that never came to a print": record([], [run(1, 1, 2, **ABORTED)]),
}
WRONG = {
    "a print without a run": (
        record([ONE, OTHER], [run(2, 4, 5)]),
        "doubled: a was printed, and no run is of it",
    ),
    "a run that is printed twice": (
        record([ONE, printed(1.5, 1.8)], [run(1, 1, 2)]),
        "doubled: run 1 of a was started twice",
    ),
    "a start that comes long after its run": (
        record([OTHER], [run(1, 1, 2, **ABORTED)]),
        "doubled: run 1 of a began after its end",
    ),
    "another copy after a bad end, unasked": (
        record([ONE, OTHER], [run(1, 1, 2, **ABORTED), run(2, 4, 5)]),
        "doubled: run 2 followed run 1 unasked",
    ),
    "an answer that came too early": (
        record(
            [ONE, OTHER],
            [run(1, 1, 2, **ABORTED), run(2, 4, 5)],
            answered=(at(0), at(6)),
        ),
        "doubled: run 2 followed run 1 unasked",
    ),
    "a start after a crash, unasked": (
        record([ONE, OTHER], [run(1, 1, 2), run(2, 4, 5)], crashed=(at(3),)),
        "doubled: a followed a crash unasked",
    ),
    "a count without a print": (
        record([], [run(1, 1, 2)]),
        "lost: run 1 of a counts, but never was",
    ),
    "a count of what was not done": (
        record([printed(1, None)], [run(1, 1, 2)]),
        "lost: run 1 of a counts, but was not done",
    ),
    "a count of what was cut short": (
        record([ONE], [run(1, 1, 2)], cut=(ONE,)),
        "lost: run 1 of a counts, but was cut short",
    ),
    "a good print that does not count": (
        record([ONE], [run(1, 1, 2, counted=False)]),
        "lost: run 1 of a was done, and not counted",
    ),
    "a good print that is booked as a bad one": (
        record([ONE], [run(1, 1, 2, **ABORTED)]),
        "lost: run 1 of a was done, and not counted",
    ),
    "a good print in doubt that is called good, and does not count": (
        record([ONE], [run(1, 1, 2, counted=False)], doubted=(ONE,)),
        "lost: run 1 of a was done, and not counted",
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_nothing_is_said_of_what_is_right(what: str) -> None:
    assert broken(RIGHT[what]) == []


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_found(what: str) -> None:
    story, words = WRONG[what]
    assert words in broken(story)


def jobs(**left: int) -> Payload:
    sets = [{"path": path, "count": n, "remaining": n} for path, n in left.items()]
    return {"jobs": [{"remaining": 1, "sets": sets}]}


def test_what_was_ordered_is_counted_or_left() -> None:
    good = [run(1, 1, 2), run(2, 4, 5, **ABORTED)]
    assert sums({"a": 3}, jobs(a=2), good) == ""
    lost = sums({"a": 3, "b": 1}, jobs(a=2), good)
    assert lost == "lost: b: ordered 1, counted 0, left 0"
    doubled = sums({"a": 3}, jobs(a=1), good)
    assert doubled == "lost: a: ordered 3, counted 1, left 1"


def test_the_times_are_of_one_clock() -> None:
    assert abs(wall(time.monotonic()) - time.time()) < 1.0
