"""Edits of whole jobs: what each does, refuses, and leaves to the copy that prints."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    Change,
    CopyJob,
    Desk,
    Edit,
    EditJob,
    EditSet,
    MoveJob,
    NewJob,
    NewSet,
    PrintNext,
    RemoveJobs,
    ResetJobs,
    RestoreJobs,
    difference,
    stamped,
)
from moonraker_cp.core.errors import BadRequest, Conflict, NotFound, StaleEdit
from moonraker_cp.core.events import Edited
from moonraker_cp.core.model import ENDLESS, MAX_COPIES, Job, Outcome

from .orders import copies, edit, job, jobs, order, passes, queue, rest, start
from .story import Story


def ids(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


# -- the order of copies -------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "printed"),
    [
        ((order(("A", 5)), order(("B", 5))), "AAAAABBBBB"),
        ((order(("A", 1), ("B", 1), passes=3),), "ABABAB"),
        ((order(("A", 1), ("B", 4), passes=2),), "ABBBBABBBB"),
        ((order(("A", 0), ("B", 1), passes=2), order(), order(("C", 1))), "BBC"),
    ],
)
def test_count_and_passes_say_the_order(new: tuple[NewJob, ...], printed: str) -> None:
    assert rest(queue(*new)) == printed


def test_an_endless_job_goes_on_pass_after_pass() -> None:
    story = queue(order(("A", 1), ("B", 2), passes=ENDLESS), order(("C", 1)))
    assert job(story).copies_left is None
    assert rest(story, 8) == "ABBABBAB"
    assert passes(story) == (ENDLESS, 1, 2)


# -- add, remove, bring back ---------------------------------------------------


def test_a_new_job_keeps_all_that_was_said() -> None:
    new = NewJob(
        (NewSet("a", 2, '{"x": 1}', ("PLA_red_#ff0000", None), ("V0",)),),
        name="lids",
        count=3,
        draft=True,
        hold=True,
        priority=-5,
        due=9.0,
        note="for Bob",
    )
    one = job(queue(new))
    assert (one.name, one.count, one.remaining, one.passes_done) == ("lids", 3, 3, 0)
    assert (one.draft, one.hold, one.pinned, one.priority) == (True, True, False, -5)
    assert (one.due, one.note, one.owner, one.created) == (9.0, "for Bob", "ann", 7.0)
    (a,) = one.sets
    assert (a.count, a.remaining, a.completed) == (2, 2, 0)
    assert (a.metadata, a.profiles) == ('{"x": 1}', ("V0",))
    assert a.materials == ("PLA_red_#ff0000", None)


@pytest.mark.parametrize(
    "new",
    [
        NewJob((), count=0),
        NewJob((), count=-2),
        NewJob((), count=MAX_COPIES + 1),
        NewJob((), priority=101),
        NewJob((), note="x" * 2001),
        NewJob((NewSet("a", -1),)),
    ],
)
def test_a_wrong_job_is_refused_with_all_others(new: NewJob) -> None:
    story = queue()
    with pytest.raises(BadRequest):
        edit(story, AddJobs((order(("A", 1)), new), 0.0))
    assert story.state.jobs == ()
    assert jobs(edit(story, AddJobs((order(("B", 1)),), 0.0))) == [1]


def test_a_queue_has_a_limit() -> None:
    with pytest.raises(Conflict, match="10000 jobs at most"):
        AddJobs((NewJob(()),) * 10_001, 0.0).apply((), Desk(0, 0))


def test_a_removed_jobs_copy_goes_on_and_leaves_only_its_run() -> None:
    story = start(queue(order(("A", 2)), order(("B", 1))))
    assert jobs(edit(story, RemoveJobs(ids(1)))) == [2]
    assert rest(story) == "AB"
    assert (story.runs[1].outcome, story.runs[1].counted) == (Outcome.SUCCESS, False)
    assert passes(story, 2) == (1, 0, 1)


def test_a_job_that_is_back_in_time_gets_its_copy() -> None:
    story = start(queue(order(("A", 2)), order(("B", 1))))
    removed = job(story)
    edit(story, RemoveJobs(ids(1)), RestoreJobs((removed,)))
    assert jobs(story) == [2, 1]
    assert rest(story) == "ABA"
    assert [run.counted for run in story.runs.values()] == [True, True, True]


def test_a_job_comes_back_as_it_was_but_not_to_the_front() -> None:
    story = queue(order(("A", 2), passes=2), order(("B", 1)))
    assert rest(story, 1) == "A"
    edit(story, PrintNext(1))
    removed = job(story)
    assert removed.pinned
    edit(story, RemoveJobs(ids(1)), RestoreJobs((removed,)))
    assert jobs(story) == [2, 1]
    assert not job(story).pinned
    assert copies(story) == [(2, 1, 1)]


def test_a_job_cannot_be_there_twice() -> None:
    story = queue(order(("A", 1)))
    with pytest.raises(Conflict, match="Job 1 is in the queue already"):
        edit(story, RestoreJobs((job(story),)))


def test_removal_is_all_or_nothing() -> None:
    story = queue(order(("A", 1)))
    with pytest.raises(NotFound, match="no job 7"):
        edit(story, RemoveJobs(ids(1, 7, 9)))
    assert jobs(story) == [1]


def test_ids_are_never_used_again() -> None:
    story = queue(order(("A", 1), ("B", 1)), order(("C", 1)))
    edit(story, RemoveJobs(ids(1, 2)), AddJobs((order(("D", 1)),), 0.0), CopyJob(3, 0))
    assert [(j.id, [s.id for s in j.sets]) for j in story.state.jobs] == [
        (3, [4]),
        (4, [5]),
    ]


# -- order of the queue --------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "after", "order_now"),
    [
        (3, None, [3, 1, 2]),
        (1, 2, [2, 1, 3]),
        (1, 3, [2, 3, 1]),
        (2, 2, [1, 2, 3]),
        (1, None, [1, 2, 3]),
    ],
)
def test_a_job_moves(moved: int, after: int | None, order_now: list[int]) -> None:
    story = queue(order(("A", 1)), order(("B", 1)), order(("C", 1)))
    assert jobs(edit(story, MoveJob(moved, after))) == order_now
    assert rest(story) == "".join("ABC"[i - 1] for i in order_now)


def test_a_move_does_not_touch_the_copy_in_the_printer() -> None:
    story = start(queue(order(("A", 2)), order(("B", 1))))
    edit(story, MoveJob(2, None))
    assert rest(story) == "ABA"


@pytest.mark.parametrize("wrong", [MoveJob(9, None), MoveJob(1, 9), PrintNext(9)])
def test_a_move_needs_both_jobs(wrong: Edit) -> None:
    story = queue(order(("A", 1)))
    with pytest.raises(NotFound, match="no job 9"):
        edit(story, wrong)


def test_print_next_lasts_until_the_job_is_done() -> None:
    story = start(queue(order(("A", 2)), order(("B", 1), passes=2), order(("C", 1))))
    edit(story, PrintNext(2), MoveJob(2, 3), MoveJob(3, None))
    assert job(story, 2).pinned
    assert jobs(story) == [3, 1, 2]
    assert rest(story) == "ABBCA"
    assert not any(one.pinned for one in story.state.jobs)


def test_only_one_job_is_printed_next() -> None:
    story = queue(order(("A", 1)), order(("B", 1)), order(("C", 1)))
    edit(story, PrintNext(2), PrintNext(3))
    assert [(one.id, one.pinned) for one in story.state.jobs] == [
        (3, True),
        (2, False),
        (1, False),
    ]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (EditJob(1, draft=True), "is a draft"),
        (EditJob(1, hold=True), "is on hold"),
        (EditJob(1, remaining=0), "nothing left"),
    ],
)
def test_what_cannot_be_printed_next(before: Edit, words: str) -> None:
    story = edit(queue(order(("A", 1))), before)
    with pytest.raises(Conflict, match=words):
        edit(story, PrintNext(1))


@pytest.mark.parametrize("mark", ["draft", "hold"])
def test_a_job_that_waits_is_passed_over_until_it_is_released(mark: str) -> None:
    story = queue(order(("A", 1)), order(("B", 2)))
    edit(story, EditJob(1, **{mark: True}))  # type: ignore[arg-type]
    start(story)
    edit(story, EditJob(1, **{mark: False}))  # type: ignore[arg-type]
    assert rest(story) == "BAB"


# -- copy and reset ------------------------------------------------------------


def test_a_copy_of_the_printing_job_is_a_fresh_job_behind_it() -> None:
    story = queue(order(("A", 2), ("B", 1), passes=2), order(("C", 1)))
    assert rest(story, 4) == "AABA"
    start_again = story.phase
    edit(story, CopyJob(1, 9.0, "bob"))
    assert jobs(story) == [1, 3, 2]
    assert story.phase is start_again
    assert (job(story, 3).name, job(story, 3).owner) == ("Job 3", "bob")
    assert [s.id for s in job(story, 3).sets] == [4, 5]
    assert passes(story, 3) == (2, 2, 0)
    assert copies(story, 3) == [(2, 2, 0), (1, 1, 0)]
    assert rest(story) == "AB" + "AABAAB" + "C"


def test_a_name_that_was_given_is_kept_by_the_copy() -> None:
    story = edit(queue(order(("A", 1), name="lids")), PrintNext(1), CopyJob(1, 0.0))
    assert (job(story, 2).name, job(story, 2).pinned) == ("lids", False)


def test_a_reset_while_printing_orders_everything_again() -> None:
    """What was printed stays printed; the copy in the printer is the first new one."""
    story = start(queue(order(("A", 2), ("B", 1), passes=2)))
    story.print_ends().bed_is_clear().our_print_begins()
    edit(story, ResetJobs(ids(1)))
    assert (passes(story), copies(story)) == ((2, 2, 0), [(2, 2, 0), (1, 1, 0)])
    assert rest(story) == "AABAAB"


def test_a_reset_leaves_an_extra_copy_that_prints() -> None:
    story = queue(order(("A", 0), ("B", 1)))
    start(edit(story, EditSet(1, 1, remaining=2)))
    edit(story, ResetJobs(ids(1)))
    assert copies(story) == [(0, 1, 0), (1, 1, 0)]
    assert rest(story) == "AB"


def test_a_job_that_was_done_is_printed_again_after_a_reset() -> None:
    story = queue(order(("A", 1), passes=2), order(("B", 1)))
    assert rest(story) == "AAB"
    edit(story, ResetJobs(ids(1, 2)))
    assert (passes(story, 1), passes(story, 2)) == ((2, 2, 0), (1, 1, 0))
    assert rest(story) == "AAB"


def test_an_endless_job_is_reset_to_its_first_pass() -> None:
    story = queue(order(("A", 2), passes=ENDLESS))
    assert rest(story, 3) == "AAA"
    assert (passes(story), copies(story)) == ((ENDLESS, 1, 1), [(2, 1, 1)])
    edit(story, ResetJobs(ids(1)))
    assert (passes(story), copies(story)) == ((ENDLESS, 1, 0), [(2, 2, 0)])


@pytest.mark.parametrize("wrong", [ResetJobs(ids(1, 9)), CopyJob(9, 0.0), EditJob(9)])
def test_there_is_no_such_job(wrong: Edit) -> None:
    story = queue(order(("A", 1)))
    with pytest.raises(NotFound, match="no job 9"):
        edit(story, wrong)


# -- passes --------------------------------------------------------------------


def at(when: str) -> Story:
    """A job of three passes AAB, with a job C behind it: before its first pass, in
    the middle of the second one with a copy in the printer, after the last one."""
    story = queue(order(("A", 2), ("B", 1), passes=3), order(("C", 1)))
    if when == "during":
        assert rest(story, 4) == "AABA"
        return story.our_print_begins()
    if when == "after":
        assert rest(story) == "AABAABAABC"
    return story


@pytest.mark.parametrize(
    ("when", "wish", "now", "printed"),
    [
        ("before", EditJob(1, count=4), (4, 4, 0), "AABAABAABAABC"),
        ("before", EditJob(1, count=1), (1, 1, 0), "AABC"),
        ("before", EditJob(1, remaining=2), (2, 2, 0), "AABAABC"),
        ("before", EditJob(1, remaining=0), (0, 0, 0), "C"),
        ("before", EditJob(1, count=5, remaining=1), (5, 1, 4), "AABC"),
        ("during", EditJob(1, count=4), (4, 3, 1), "ABAABAABC"),
        ("during", EditJob(1, count=2), (2, 1, 1), "ABC"),
        ("during", EditJob(1, count=1), (2, 1, 1), "ABC"),
        ("during", EditJob(1, remaining=3), (4, 3, 1), "ABAABAABC"),
        ("during", EditJob(1, remaining=1), (2, 1, 1), "ABC"),
        ("during", EditJob(1, remaining=0), (2, 1, 1), "ABC"),
        ("during", EditJob(1, count=2, remaining=0), (3, 1, 2), "ABC"),
        ("after", EditJob(1, count=4), (4, 1, 3), "AAB"),
        ("after", EditJob(1, remaining=2), (5, 2, 3), "AABAAB"),
        ("after", EditJob(1, count=2), (3, 0, 3), ""),
    ],
)
def test_passes_are_added_and_dropped(
    when: str, wish: EditJob, now: tuple[int, int, int], printed: str
) -> None:
    story = edit(at(when), wish)
    assert passes(story) == now
    assert rest(story) == printed
    assert passes(story)[1] == 0


def test_a_finite_job_becomes_endless_in_its_pass() -> None:
    story = edit(at("during"), EditJob(1, count=ENDLESS))
    assert passes(story) == (ENDLESS, 1, 1)
    assert rest(story, 9) == "ABAABAABA"


def test_an_endless_job_becomes_finite_in_its_pass() -> None:
    story = edit(at("during"), EditJob(1, count=ENDLESS))
    edit(story, EditJob(1, remaining=5))
    assert passes(story) == (ENDLESS, 1, 1), "left in an endless job: this pass"
    edit(story, EditJob(1, count=3))
    assert passes(story) == (3, 2, 1)
    assert rest(story) == "ABAABC"


def test_an_endless_job_ends_with_the_pass_in_the_printer() -> None:
    story = edit(at("during"), EditJob(1, count=ENDLESS), EditJob(1, remaining=0))
    assert passes(story) == (2, 1, 1)
    assert rest(story) == "ABC"


def test_an_endless_job_that_does_not_print_ends_at_once() -> None:
    story = edit(at("before"), EditJob(1, count=ENDLESS), EditJob(1, remaining=0))
    assert rest(story) == "C"


def test_a_job_that_was_done_becomes_endless() -> None:
    story = edit(at("after"), EditJob(1, count=ENDLESS))
    assert rest(story, 5) == "AABAA"


def test_copies_that_were_dropped_do_not_come_back() -> None:
    """An ended job has nothing left, also when copies are added to it later on."""
    story = edit(queue(order(("A", 3))), PrintNext(1), EditJob(1, remaining=0))
    assert copies(story) == [(3, 0, 0)]
    assert not job(story).pinned
    edit(story, AddSet(1, NewSet("B", 1)))
    assert passes(story) == (1, 1, 0)
    assert rest(story) == "B"


def test_a_reset_of_a_job_without_passes_asks_for_nothing() -> None:
    story = edit(queue(order(("A", 3))), EditJob(1, remaining=0), ResetJobs(ids(1)))
    edit(story, AddSet(1, NewSet("B", 1)))
    assert rest(story) == "B"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (EditJob(1, count=0), "between 1 and 10000"),
        (EditJob(1, count=MAX_COPIES + 1), "between 1 and 10000"),
        (EditJob(1, remaining=-1), "between 0 and 10000"),
        (EditJob(1, count=2, remaining=3), "remaining must not be more than count"),
        (EditJob(1, name=""), "name must not be empty"),
        (EditJob(1, priority=101), "between -100 and 100"),
        (EditJob(1, note="x" * 2001), "longer than 2000"),
    ],
)
def test_a_wrong_change_is_refused(wrong: EditJob, words: str) -> None:
    story = queue(order(("A", 1)))
    before = story.state
    with pytest.raises(BadRequest, match=words):
        edit(story, wrong)
    assert story.state is before


def test_what_is_not_said_stays() -> None:
    change = EditJob(1, name="x", priority=3, due=5.0, note="n")
    story = edit(queue(order(("A", 2), passes=3)), change, EditJob(1, hold=True))
    one = job(story)
    assert (one.name, one.priority, one.due, one.note) == ("x", 3, 5.0, "n")
    assert (one.hold, passes(story), copies(story)) == (True, (3, 3, 0), [(2, 2, 0)])
    assert job(edit(story, EditJob(1, due=0.0))).due is None


# -- edits of an old picture ---------------------------------------------------


def stale(story: Story, wish: Edit, seen: int) -> Mapping[str, object]:
    before = story.state
    with pytest.raises(StaleEdit, match="Nothing was done") as refused:
        story.tell(Edited(wish, "ann", seen))
    assert story.state is before
    assert refused.value.details["revision"] == before.control.revision
    return refused.value.details


def test_an_edit_of_a_job_that_changed_meanwhile_is_refused() -> None:
    story = queue(order(("A", 1)), order(("B", 1)))
    seen = story.state.control.revision
    edit(story, EditJob(1, count=5))
    for wish in (EditJob(1, count=2), RemoveJobs(ids(1, 2)), ResetJobs(ids(1))):
        assert stale(story, wish, seen)["job_ids"] == [1]
    assert stale(story, CopyJob(1, 0.0), seen)["order"] is False
    story.tell(Edited(EditJob(2, count=3), "ann", seen))
    assert passes(story, 2) == (3, 3, 0)
    story.tell(Edited(EditJob(1, count=2), "ann", story.state.control.revision))
    assert passes(story) == (2, 2, 0)


def test_a_counted_copy_is_a_change() -> None:
    story = start(queue(order(("A", 2))))
    seen = story.state.control.revision
    story.print_ends()
    assert stale(story, EditJob(1, remaining=1), seen)["job_ids"] == [1]


def test_a_move_depends_on_the_order_alone() -> None:
    story = queue(order(("A", 1)), order(("B", 1)), order(("C", 1)))
    seen = story.state.control.revision
    edit(story, EditJob(1, count=5), AddJobs((order(("D", 1)),), 0.0))
    story.tell(Edited(MoveJob(3, None), "ann", seen))
    assert jobs(story) == [3, 1, 2, 4]
    found = stale(story, MoveJob(1, None), seen)
    assert (found["order"], found["job_ids"]) == (True, [])
    assert stale(story, PrintNext(1), seen)["order"]
    story.tell(Edited(MoveJob(1, None), "ann", story.state.control.revision))


# -- what the store is told ----------------------------------------------------


def long_list(number: int = 50) -> tuple[Job, ...]:
    return AddJobs((order(("A", 1)),) * number, 0.0).apply((), Desk(0, 0))


def told(old: tuple[Job, ...], *edits: Edit) -> tuple[tuple[Job, ...], Change]:
    new, desk = old, Desk(50, 50)
    for one in edits:
        new = one.apply(new, desk)
    return stamped(old, new, difference(old, new), revision=9)


@pytest.mark.parametrize(
    ("edits", "put", "removed", "reordered"),
    [
        ((CopyJob(25, 0.0),), [51], (), True),
        ((CopyJob(50, 0.0),), [51], (), False),
        ((RemoveJobs(ids(20, 30)),), [], (20, 30), False),
        ((MoveJob(25, 26),), [], (), True),
        ((MoveJob(25, 24),), [], (), False),
        ((MoveJob(50, None),), [], (), True),
        ((EditJob(25, name="x"),), [25], (), False),
        ((EditJob(25, name="x"), EditJob(27, name="x")), [25, 27], (), False),
        ((PrintNext(25),), [25], (), True),
        ((RemoveJobs(ids(10)), CopyJob(25, 0.0)), [51], (10,), True),
        ((RemoveJobs(ids(50)), AddJobs((order(),), 0.0)), [51], (50,), False),
        ((EditJob(25, draft=False),), [], (), False),
    ],
)
def test_the_store_is_told_what_changed(
    edits: tuple[Edit, ...], put: list[int], removed: tuple[int, ...], reordered: bool
) -> None:
    old = long_list()
    new, change = told(old, *edits)
    assert [one.id for one in change.put] == put
    assert (change.removed, change.reordered) == (removed, reordered)
    assert {one.id for one in new} == {one.id for one in old} - {*removed} | {*put}
    assert [one.id for one in new if one.revision == 9] == [
        one.id for one in new if one.id in put
    ]
    kept = [one for one in old if one.id not in {*put, *removed}]
    assert {*kept} <= {*new}, "a job that was not told of has changed"


def test_a_job_that_is_put_carries_its_revision_in_the_list_too() -> None:
    new, change = told(long_list(), EditJob(25, name="x"))
    assert change.put == (new[24],)
    assert (new[24].name, new[24].revision) == ("x", 9)
