"""Jobs that were built before they are added are the same, or are built anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.core.edits import AddJobs, Built, Desk, NewJob, NewSet
from moonraker_cp.core.errors import Conflict
from moonraker_cp.core.job_edits import MAX_JOBS

NEW = tuple(
    NewJob((NewSet("a.gcode", 2), NewSet("b.gcode")), f"Job of {number}")
    for number in range(3)
)
PLAIN = AddJobs(NEW, 5.0, "ann")


def built(before: Desk) -> AddJobs:
    desk = replace(before)
    jobs = tuple(PLAIN.build(desk))
    return replace(PLAIN, built=Built(before, jobs, desk))


def test_what_was_built_is_taken() -> None:
    edit = built(Desk(7, 9, revision=3))
    desk, other = Desk(7, 9, revision=3), Desk(7, 9, revision=3)
    assert edit.built is not None
    added = edit.apply((), desk)
    assert all(one is two for one, two in zip(added, edit.built.jobs))
    assert added == PLAIN.apply((), other)
    assert desk == other


@pytest.mark.parametrize(
    "desk", [Desk(8, 9, revision=3), Desk(7, 10, revision=3), Desk(7, 9, revision=4)]
)
def test_for_another_queue_it_is_built_anew(desk: Desk) -> None:
    """Else ids would be used twice."""
    other = replace(desk)
    edit = built(Desk(7, 9, revision=3))
    assert edit.apply((), desk) == PLAIN.apply((), other)
    assert desk == other


def test_there_has_to_be_room_for_it() -> None:
    edit = built(Desk(7, 9))
    full = edit.apply((), Desk(7, 9))[:1] * (MAX_JOBS - 2)
    with pytest.raises(Conflict):
        edit.apply(full, Desk(7, 9))
