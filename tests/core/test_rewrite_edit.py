"""A job as an editor saves it, with sets that were dragged over from other jobs."""

from __future__ import annotations

from moonraker_cp.core.editing import Desk, Jobs
from moonraker_cp.core.edits import (
    AddJobs,
    EditJob,
    NewJob,
    NewSet,
    RewriteJob,
    SetWish,
    put,
)
from moonraker_cp.core.failures import OnTrouble

LID, BOX = NewSet("lid.gcode", 1), NewSet("box.gcode", 2)


def queue(desk: Desk, passes: int = 2) -> Jobs:
    """An empty job 1; of job 2 the lid (set 1) is printed in this pass, no box is."""
    new = (NewJob(()), NewJob((LID, BOX), count=passes))
    jobs = AddJobs(new, created=0.0).apply((), desk)
    return put(jobs, jobs[1].copy_done(1))


def rewritten(*wishes: SetWish) -> Jobs:
    desk = Desk(0, 0)
    return RewriteJob(EditJob(1), wishes).apply(queue(desk), desk)


def test_two_sets_of_another_job_come_over_as_they_are() -> None:
    """The first to leave must not begin a new pass, and another lid, for the second."""
    here, there = rewritten(SetWish(BOX, 2), SetWish(LID, 1))
    assert [(one.id, one.remaining) for one in here.sets] == [(2, 2), (1, 0)]
    assert (there.sets, there.remaining, there.passes_done) == ((), 2, 0)


def test_what_stays_behind_begins_its_next_pass() -> None:
    here, there = rewritten(SetWish(BOX, 2, 2))
    assert [(one.id, one.remaining) for one in here.sets] == [(2, 2)]
    assert [(one.id, one.remaining) for one in there.sets] == [(1, 1)]
    assert (there.remaining, there.passes_done) == (1, 1)


def test_an_editor_that_knows_less_changes_nothing_it_does_not_know() -> None:
    desk = Desk(0, 0)
    own = NewSet("a", 1, None, (), (), 28.5, OnTrouble.HOLD, 2, (7,))
    jobs = AddJobs((NewJob((own,)),), created=0.0).apply((), desk)
    kept = RewriteJob(EditJob(1), (SetWish(NewSet("b", 2), 1),)).apply(jobs, desk)
    one = kept[0].sets[0]
    assert (one.path, one.count, one.spools) == ("b", 2, (7,))
    assert one.release_temperature == 28.5
    assert (one.on_failure, one.retries) == (OnTrouble.HOLD, 2)


def test_what_the_list_says_of_a_set_holds() -> None:
    desk = Desk(0, 0)
    jobs = AddJobs((NewJob((LID,)),), created=0.0).apply((), desk)
    new = NewSet("lid.gcode", 1, None, (), (), 0.0, OnTrouble.RETRY, 0, (8,))
    wishes = (SetWish(new, 1), SetWish(new))
    (job,) = RewriteJob(EditJob(1), wishes).apply(jobs, desk)
    for one in job.sets:
        assert (one.release_temperature, one.retries, one.spools) == (0.0, 0, (8,))
        assert one.on_failure is OnTrouble.RETRY
