"""Edits of sets: what each does, refuses, and leaves to the copy that prints."""

from __future__ import annotations

import pytest

from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    CopyJob,
    Desk,
    Edit,
    EditJob,
    EditSet,
    FollowFile,
    Jobs,
    MoveSet,
    NewJob,
    NewSet,
    RemoveSet,
    ResetJobs,
    SkipSet,
    difference,
    stamped,
)
from moonraker_cp.core.errors import BadRequest, NotFound, StaleEdit
from moonraker_cp.core.events import Edited, SkipAsked
from moonraker_cp.core.failures import OnTrouble
from moonraker_cp.core.model import ENDLESS, MAX_COPIES, Job, Outcome, Set
from moonraker_cp.core.set_edits import MAX_RELEASE, MAX_RETRIES

from .orders import copies, edit, job, order, passes, queue, rest, start
from .story import Story


def sets(story: Story, job_id: int = 1) -> list[int]:
    return [one.id for one in job(story, job_id).sets]


def at(copies_printed: int) -> Story:
    """Job 1 is AAAB twice (sets 1 and 2), job 2 is C (set 3); so many copies are
    printed, and the next one is in the printer."""
    story = queue(order(("A", 3), ("B", 1), passes=2), order(("C", 1)))
    if copies_printed:
        rest(story, copies_printed)
        return story.our_print_begins()
    return start(story)


# -- add -----------------------------------------------------------------------


def test_a_set_is_added_to_this_pass_and_all_later_ones() -> None:
    story = edit(at(1), AddSet(1, NewSet("D", 2)))
    assert sets(story) == [1, 2, 4]
    assert rest(story) == "AABDD" + "AAABDD" + "C"


def test_a_set_for_a_job_that_was_done_is_printed_alone() -> None:
    story = queue(order(("A", 1), passes=2))
    assert rest(story) == "AA"
    edit(story, AddSet(1, NewSet("B", 2)))
    assert passes(story) == (2, 1, 1)
    assert rest(story) == "BB"
    assert passes(story) == (2, 0, 2)


def test_a_set_that_waits_for_copies_wakes_nothing() -> None:
    story = queue(order(("A", 1)))
    assert rest(story) == "A"
    edit(story, AddSet(1, NewSet("B", 0)))
    assert (passes(story), rest(story)) == ((1, 0, 1), "")
    edit(story, EditSet(1, 2, remaining=2))
    assert (passes(story), rest(story)) == ((1, 1, 0), "BB")


def test_a_job_has_a_limit() -> None:
    full = queue(order(*[("A", 1)] * 500), order(("B", 1)))
    with pytest.raises(BadRequest, match="500 sets at most"):
        edit(full, AddSet(1, NewSet("C")))
    with pytest.raises(BadRequest, match="500 sets at most"):
        edit(full, MoveSet(2, 501, 1, None))
    assert sets(edit(full, MoveSet(1, 500, 1, None)))[:2] == [500, 1]


# -- remove --------------------------------------------------------------------


def test_a_removed_sets_copy_goes_on_and_leaves_only_its_run() -> None:
    story = edit(at(1), RemoveSet(1, 1))
    assert rest(story) == "A" + "BB" + "C"
    assert (story.runs[2].outcome, story.runs[2].counted) == (Outcome.SUCCESS, False)
    assert passes(story) == (2, 0, 2)


def test_the_last_copies_of_a_pass_are_removed_and_the_next_begins() -> None:
    story = queue(order(("A", 1), ("B", 5), passes=2))
    rest(story, 1)
    edit(story, RemoveSet(1, 2))
    assert passes(story) == (2, 1, 1)
    assert copies(story) == [(1, 1, 0)]


def test_a_job_without_sets_keeps_its_passes() -> None:
    story = edit(queue(order(("A", 1), passes=3)), RemoveSet(1, 1))
    assert (passes(story), copies(story)) == ((3, 3, 0), [])
    edit(story, AddSet(1, NewSet("B", 1)))
    assert rest(story) == "BBB"


# -- move ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "order_now"), [(None, [2, 1, 3]), (1, [1, 2, 3]), (3, [1, 3, 2])]
)
def test_a_set_moves_inside_its_job(after: int | None, order_now: list[int]) -> None:
    story = queue(order(("A", 1), ("B", 1), ("C", 1)))
    assert sets(edit(story, MoveSet(1, 2, 1, after))) == order_now
    assert rest(story) == "".join("ABC"[i - 1] for i in order_now)


def test_the_copy_in_the_printer_is_counted_where_its_set_is_now() -> None:
    story = edit(at(1), MoveSet(1, 1, 2, None))
    assert (sets(story), sets(story, 2)) == ([2], [1, 3])
    assert copies(story, 2) == [(3, 2, 1), (1, 1, 0)]
    story.print_ends()
    assert copies(story, 2) == [(3, 1, 2), (1, 1, 0)]
    assert (story.runs[2].job_id, story.runs[2].counted) == (1, True)
    story.bed_is_clear()
    assert rest(story) == "BB" + "A" + "C"


def test_a_set_moves_up_while_it_prints() -> None:
    story = at(1)
    edit(story, MoveSet(1, 1, 2, 3), MoveSet(2, 1, 1, 2))
    assert sets(story) == [2, 1]
    assert rest(story) == "A" + "BA" + "BAAA" + "C"


def test_a_set_takes_its_copies_of_this_pass_along() -> None:
    """What it has left in this pass; in later passes its count, as often as the job
    it comes to has passes."""
    story = queue(order(("A", 2), ("B", 1)), order(("C", 1), passes=3))
    rest(story, 1)
    edit(story, MoveSet(1, 1, 2, 3))
    assert copies(story, 2) == [(1, 1, 0), (2, 1, 1)]
    story.our_print_begins()
    assert rest(story) == "A" + "B" + "C" + "CAA" * 2


def test_a_set_for_a_job_that_was_done_is_printed_there() -> None:
    story = queue(order(("A", 1)), order(("B", 2)))
    rest(story, 1)
    edit(story, MoveSet(2, 2, 1, 1))
    story.our_print_begins()
    assert rest(story) == "BB"
    assert (passes(story), passes(story, 2)) == ((1, 0, 1), (1, 1, 0))


def test_a_set_with_nothing_left_begins_the_next_pass_of_an_empty_job() -> None:
    """Else its later passes would wait for ever."""
    story = queue(order(("A", 1), ("B", 1), passes=2), order(passes=3))
    rest(story, 1)
    edit(story, MoveSet(1, 1, 2, None))
    assert passes(story, 2) == (3, 2, 1)
    story.our_print_begins()
    assert rest(story) == "BB" + "AA"


def test_copies_of_a_job_that_was_ended_do_not_move() -> None:
    story = edit(queue(order(("A", 3)), order(("B", 1))), EditJob(1, remaining=0))
    edit(story, MoveSet(1, 1, 2, None))
    assert rest(story) == "B"


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (MoveSet(1, 1, 1, 1), BadRequest, "behind itself"),
        (MoveSet(1, 1, 1, 3), NotFound, "Job 1 has no set 3"),
        (MoveSet(1, 1, 2, 2), NotFound, "Job 2 has no set 2"),
        (MoveSet(1, 3, 2, None), NotFound, "Job 1 has no set 3"),
        (MoveSet(1, 1, 9, None), NotFound, "no job 9"),
        (MoveSet(9, 1, 1, None), NotFound, "no job 9"),
        (RemoveSet(2, 1), NotFound, "Job 2 has no set 1"),
        (SkipSet(2, 1), NotFound, "Job 2 has no set 1"),
        (EditSet(2, 1, count=1), NotFound, "Job 2 has no set 1"),
        (AddSet(9, NewSet("A")), NotFound, "no job 9"),
        (EditSet(1, 1, count=-1), BadRequest, "count must be between 0"),
        (EditSet(1, 1, count=MAX_COPIES + 1), BadRequest, "count must be between 0"),
        (EditSet(1, 1, remaining=-1), BadRequest, "remaining must be between 0"),
        (AddSet(1, NewSet("A", -1)), BadRequest, "count must be between 0"),
    ],
)
def test_a_wrong_edit_is_refused(
    wrong: Edit, error: type[Exception], words: str
) -> None:
    story = queue(order(("A", 1), ("B", 1)), order(("C", 1)))
    before = story.state
    with pytest.raises(error, match=words):
        edit(story, wrong)
    assert story.state is before


# -- counts --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "wish", "now", "order_now"),
    [
        # the second of three copies is in the printer: two are left, that one included
        (1, EditSet(1, 1, count=5), (5, 4, 1), "AAAAB" + "AAAAAB"),
        (1, EditSet(1, 1, count=2), (2, 1, 1), "AB" + "AAB"),
        (1, EditSet(1, 1, count=1), (1, 1, 1), "AB" + "AB"),
        (1, EditSet(1, 1, count=0), (0, 1, 1), "AB" + "B"),
        (1, EditSet(1, 1, remaining=4), (3, 4, 1), "AAAAB" + "AAAB"),
        (1, EditSet(1, 1, remaining=1), (3, 1, 1), "AB" + "AAAB"),
        (1, EditSet(1, 1, remaining=0), (3, 1, 1), "AB" + "AAAB"),
        (1, EditSet(1, 1, count=1, remaining=3), (1, 3, 1), "AAAB" + "AB"),
        # its last copy is in the printer
        (2, EditSet(1, 1, count=4), (4, 2, 2), "AAB" + "AAAAB"),
        (2, EditSet(1, 1, count=2), (2, 1, 2), "AB" + "AAB"),
        # the other set of the pass is in the printer
        (3, EditSet(1, 1, count=5), (5, 2, 3), "BAA" + "AAAAAB"),
        (3, EditSet(1, 1, count=1), (1, 0, 3), "B" + "AB"),
        (3, EditSet(1, 1, remaining=1), (3, 1, 3), "BA" + "AAAB"),
        # in the second pass
        (5, EditSet(1, 1, count=2), (2, 1, 1), "AB"),
        (5, EditSet(1, 1, count=4), (4, 3, 1), "AAAB"),
    ],
)
def test_copies_are_added_and_dropped_while_one_prints(
    printed: int, wish: EditSet, now: tuple[int, int, int], order_now: str
) -> None:
    story = edit(at(printed), wish)
    assert copies(story)[0] == now
    assert rest(story) == order_now + "C"
    assert passes(story) == (2, 0, 2)


def test_a_failed_print_of_an_edited_set_is_made_again() -> None:
    story = edit(at(1), EditSet(1, 1, count=1))
    story.print_ends(Outcome.FAILURE, "Move out of range").start(bed_clear=True)
    assert copies(story)[0] == (1, 1, 1)
    assert rest(story) == "AB" + "AB" + "C"


def test_a_pass_with_nothing_left_gives_way_to_the_next() -> None:
    story = queue(order(("A", 2), passes=3))
    edit(story, EditSet(1, 1, remaining=0))
    assert (passes(story), copies(story)) == ((3, 2, 1), [(2, 2, 0)])
    assert rest(story) == "AAAA"


def test_more_copies_of_a_job_that_was_done() -> None:
    story = queue(order(("A", 1), ("B", 1), passes=2))
    assert rest(story) == "ABAB"
    edit(story, EditSet(1, 1, count=3))
    assert (passes(story), copies(story)) == ((2, 1, 1), [(3, 2, 1), (1, 0, 1)])
    assert rest(story) == "AA"


def test_a_count_of_zero_and_back_costs_nothing() -> None:
    story = queue(order(("A", 2), passes=3))
    edit(story, EditSet(1, 1, count=0))
    assert (passes(story), job(story).is_done) == ((3, 3, 0), True)
    edit(story, SkipSet(1, 1), EditSet(1, 1, path="B"), EditSet(1, 1, count=2))
    assert (passes(story), rest(story)) == ((3, 3, 0), "BBBBBB")


def test_a_count_without_copies_in_this_pass_begins_the_next() -> None:
    story = queue(order(("A", 0), passes=3))
    edit(story, EditSet(1, 1, count=2, remaining=0))
    assert (passes(story), rest(story)) == ((3, 2, 1), "AAAA")


def test_an_endless_jobs_count_holds_for_all_its_passes() -> None:
    story = start(queue(order(("A", 1), passes=ENDLESS)))
    edit(story, EditSet(1, 1, count=2))
    assert rest(story, 5) == "AAAAA"
    assert passes(story) == (ENDLESS, 1, 2)


def test_what_is_not_said_stays() -> None:
    story = queue(order(("A", 2)))
    wish = EditSet(1, 1, None, None, None, ("PLA_red_#ff0000",), ("V0",), '{"x": 1}')
    (one,) = job(edit(story, wish, EditSet(1, 1, path="B"))).sets
    assert one == Set(1, "B", 2, 2, 0, '{"x": 1}', ("PLA_red_#ff0000",), ("V0",))
    (one,) = job(edit(story, EditSet(1, 1, materials=(), profiles=()))).sets
    assert (one.materials, one.profiles, one.path) == ((), (), "B")


# -- skip ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "skipped", "order_now"),
    [(1, 1, "AB" + "AAAB"), (1, 2, "AA" + "AAAB"), (3, 2, "B" + "AAAB")],
)
def test_a_skip_drops_what_is_left_in_this_pass(
    printed: int, skipped: int, order_now: str
) -> None:
    story = edit(at(printed), SkipSet(1, skipped), SkipSet(1, skipped))
    assert rest(story) == order_now + "C"


def test_skipping_the_last_copies_begins_the_next_pass() -> None:
    story = queue(order(("A", 3), passes=2))
    assert rest(edit(story, SkipSet(1, 1))) == "AAA"


def test_a_skip_of_what_prints_leaves_its_own_copy() -> None:
    story = at(1).tell(SkipAsked("ann"))
    assert copies(story)[0] == (3, 1, 1)
    edit(story, ResetJobs(frozenset({2})))
    assert rest(story) == "AB" + "AAAB" + "C"


def test_a_skip_of_a_set_that_was_removed_while_it_prints() -> None:
    story = edit(at(1), RemoveSet(1, 1))
    with pytest.raises(NotFound):
        story.tell(SkipAsked("ann"))


# -- files that move -----------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "now"),
    [
        (FollowFile("in/a", "b"), ["b", "in/deep/a", "inn/a", "in"]),
        (FollowFile("in", "x", is_folder=True), ["x/a", "x/deep/a", "inn/a", "x"]),
        (FollowFile("in/", "x/", is_folder=True), ["x/a", "x/deep/a", "inn/a", "in"]),
        (FollowFile("in", "x"), ["in/a", "in/deep/a", "inn/a", "x"]),
        (
            FollowFile("other", "x", is_folder=True),
            ["in/a", "in/deep/a", "inn/a", "in"],
        ),
    ],
)
def test_sets_follow_their_files(moved: FollowFile, now: list[str]) -> None:
    story = queue(order(("in/a", 1), ("in/deep/a", 1)), order(("inn/a", 1), ("in", 1)))
    edit(story, moved)
    assert [one.path for j in story.state.jobs for one in j.sets] == now


def test_a_print_goes_on_under_its_old_name_and_counts() -> None:
    story = edit(start(queue(order(("A", 2)))), FollowFile("A", "B"))
    assert rest(story) == "AB"
    assert [run.path for run in story.runs.values() if run.counted] == ["A", "B"]


def test_only_jobs_with_the_file_are_put() -> None:
    story = edit(queue(order(("A", 1)), order(("B", 1))), FollowFile("B", "C"))
    assert story.last is not None
    assert [one.id for one in story.last.edit.put] == [2]
    edit(story, FollowFile("nowhere", "X"))
    assert story.last.edit.is_empty


# -- edits of an old picture, and what the store is told -----------------------


@pytest.mark.parametrize(
    ("wish", "mine"),
    [
        (AddSet(1, NewSet("D")), True),
        (RemoveSet(1, 1), True),
        (EditSet(1, 1, count=2), True),
        (SkipSet(1, 1), True),
        (MoveSet(1, 1, 2, None), True),
        (MoveSet(2, 3, 1, None), True),
        (EditSet(2, 3, count=2), False),
        (FollowFile("A", "B"), False),
    ],
)
def test_an_edit_of_a_set_depends_on_its_jobs(wish: Edit, mine: bool) -> None:
    story = queue(order(("A", 1), ("B", 1)), order(("C", 1)))
    seen = story.state.control.revision
    edit(story, EditJob(1, name="changed"))
    before = story.state
    if mine:
        with pytest.raises(StaleEdit, match=r"changed \(job 1\)"):
            story.tell(Edited(wish, "ann", seen))
        assert story.state is before
    else:
        story.tell(Edited(wish, "ann", seen))
        assert story.state.control.revision == before.control.revision + 1


def test_a_move_between_far_jobs_puts_both_and_nothing_between() -> None:
    old: Jobs = tuple(
        Job(i, f"Job {i}", 1, 1, False, 0.0, sets=(Set(i, "A", 1, 1),))
        for i in range(1, 101)
    )
    new = MoveSet(90, 90, 10, None).apply(old, Desk(100, 100))
    new, change = stamped(old, new, difference(old, new), revision=5)
    assert [one.id for one in change.put] == [10, 90]
    assert (change.removed, change.reordered) == ((), False)
    assert [one.id for one in new if one.revision == 5] == [10, 90]
    assert all(a is b for a, b in zip(old[10:89], new[10:89]))


# -- what the options say otherwise ----------------------------------------------


OWN = {
    "release_temperature": 28.5,
    "on_failure": OnTrouble.RETRY,
    "retries": 0,
    "spools": (7, None),
}


def own_of(one: Set) -> dict[str, object]:
    return {name: getattr(one, name) for name in OWN}


def of_first(story: Story, job_id: int = 1) -> dict[str, object]:
    return own_of(job(story, job_id).sets[0])


def with_own() -> Story:
    new = NewSet("A", 1, **OWN)  # type: ignore[arg-type]
    return edit(Story(), AddJobs((NewJob((new,)),), created=0.0))


def test_a_set_keeps_what_it_was_made_with() -> None:
    story = with_own()
    assert of_first(story) == OWN
    edit(story, EditSet(1, 1, path="B", count=3, materials=("PLA",)))
    assert of_first(story) == OWN
    edit(story, CopyJob(1, 0.0))
    assert of_first(story, 2) == OWN


@pytest.mark.parametrize("name", OWN)
def test_each_is_given_and_taken_back_alone(name: str) -> None:
    nothing: dict[str, object] = {**dict.fromkeys(OWN), "spools": ()}
    story = queue(order(("A", 1)))
    said = {name: OWN[name]}
    edit(story, EditSet(1, 1, **said))  # type: ignore[arg-type]
    assert of_first(story) == {**nothing, **said}
    edit(story, EditSet(1, 1, **{name: nothing[name]}))  # type: ignore[arg-type]
    assert of_first(story) == nothing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("release_temperature", -0.5),
        ("release_temperature", MAX_RELEASE + 1),
        ("release_temperature", float("nan")),
        ("retries", -1),
        ("retries", MAX_RETRIES + 1),
    ],
)
def test_what_no_printer_can_do_is_refused(name: str, value: float) -> None:
    story = with_own()
    with pytest.raises(BadRequest, match=f"{name} must be between 0 and"):
        edit(story, EditSet(1, 1, **{name: value}))  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match=f"{name} must be between 0 and"):
        edit(story, AddSet(1, NewSet("B", **{name: value})))  # type: ignore[arg-type]
    assert of_first(story) == OWN
