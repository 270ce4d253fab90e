"""The front ends' own queue panels: what they show, and what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moonraker_cp.core.conditions import Conditions
from moonraker_cp.core.editing import Desk
from moonraker_cp.core.errors import BadRequest, Conflict, NotFound
from moonraker_cp.core.events import Edited
from moonraker_cp.core.job_edits import MAX_JOBS
from moonraker_cp.core.model import (
    ENDLESS,
    MAX_COPIES,
    Control,
    Job,
    Outcome,
    Phase,
    Set,
    State,
)
from moonraker_cp.core.panel import (
    REACH,
    SHOWN,
    Rows,
    closest,
    is_listed,
    queue_state,
    rows,
)
from moonraker_cp.core.panel_edit import Arrange, DropAllRows, DropRows, RowFirst
from moonraker_cp.core.strategies import next_copy

from .story import Story

Jobs = tuple[Job, ...]
FAR = 3 * REACH
"""Rows that the checks look at."""


def job(id_: int, *sets: Set, passes: int = 1, done: int = 0, **fields: object) -> Job:
    left = 1 if passes == ENDLESS else passes - done
    made = Job(id_, f"Job {id_}", passes, left, False, float(id_), sets=sets)
    return replace(made, passes_done=done, **fields)  # type: ignore[arg-type]


def one(id_: int, path: str, count: int = 1, good: int = 0) -> Set:
    return Set(id_, path, count, count - good, good)


def names(jobs: Jobs, printing: int | None = None, most: int = FAR) -> str:
    return "".join(row.path for row in rows(jobs, printing, most))


def desk(printing: int | None = None) -> Desk:
    return Desk(1000, 1000, printing)


def arrange(jobs: Jobs, wanted: str, printing: int | None = None) -> Jobs:
    shown = rows(jobs, printing)
    return Arrange(shown, tuple(wanted), 99.0, "ann").apply(jobs, desk(printing))


def shape(jobs: Jobs) -> list[tuple[int, int, list[tuple[int, str, int, int, int]]]]:
    return [
        (
            j.id,
            j.remaining,
            [(s.id, s.path, s.count, s.remaining, s.completed) for s in j.sets],
        )
        for j in jobs
    ]


# -- rows ---------------------------------------------------------------------------


def test_rows_are_copies_to_come_in_printing_order() -> None:
    jobs = (
        job(1, one(1, "A", 2, good=1), one(2, "B"), passes=2),
        job(2, one(3, "C"), draft=True),
        job(3, one(4, "D"), hold=True),
        replace(job(4, one(5, "E", good=1)), remaining=0, passes_done=1),
        job(5, one(6, "F"), pinned=True),
    )
    shown = rows(jobs, None)
    assert [row.id for row in shown] == [
        "5-6-0-1",
        "1-1-0-2",
        "1-2-0-1",
        "1-1-1-1",
        "1-1-1-2",
        "1-2-1-1",
    ]
    assert [row.created for row in shown] == [5.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_the_copy_in_the_printer_is_no_row_and_takes_no_other_ones_id() -> None:
    jobs = (job(1, one(1, "A", 3)),)
    waiting = [row.id for row in rows(jobs, None)]
    assert [row.id for row in rows(jobs, 1)] == waiting[1:]
    ended = (jobs[0].copy_done(1),)
    assert [row.id for row in rows(ended, None)] == waiting[1:]


def test_ids_stay_when_the_next_pass_begins() -> None:
    jobs = (job(1, one(1, "A"), passes=3),)
    ids = [row.id for row in rows(jobs, 1)]
    assert [row.id for row in rows((jobs[0].copy_done(1),), None)] == ids


def test_an_endless_job_fills_the_rows_and_one_without_counts_does_not_hang() -> None:
    assert len(rows((job(1, one(1, "A"), passes=ENDLESS),), None)) == SHOWN
    empty = job(1, replace(one(1, "A"), count=0), passes=ENDLESS)
    assert names((empty,)) == "A"


@pytest.mark.parametrize(
    ("active", "phase", "word"),
    [
        (False, Phase.INACTIVE, "paused"),
        (False, Phase.PRINTING, "paused"),
        (True, Phase.IDLE, "ready"),
        (True, Phase.PREPARING, "loading"),
        (True, Phase.STARTING, "starting"),
        (True, Phase.PRINTING, "ready"),
        (True, Phase.PAUSED, "ready"),
        (True, Phase.COOLING, "loading"),
        (True, Phase.CLEARING, "loading"),
        (True, Phase.FINISHING, "ready"),
        (True, Phase.BLOCKED, "paused"),
    ],
)
def test_the_state_in_moonrakers_words(active: bool, phase: Phase, word: str) -> None:
    state = State(Control(active=active, phase=phase))
    assert queue_state(state).value == word


# -- what a list of names means -------------------------------------------------------


def test_a_moved_job_stays_as_it_is() -> None:
    jobs = (job(1, one(1, "A", 2), passes=2), job(2, one(2, "B"), owner="bob"))
    assert arrange(jobs, "BAAAA") == (jobs[1], jobs[0])


def test_extras_of_a_pass_that_has_begun_stay_in_it() -> None:
    jobs = (job(1, Set(1, "A", 2, 2, 1)), job(2, one(2, "B")))
    assert arrange(jobs, "BAA") == (jobs[1], jobs[0])


def test_the_list_as_it_is_changes_nothing() -> None:
    jobs = (job(1, one(1, "A")), job(2, one(2, "B"), pinned=True))
    assert arrange(jobs, names(jobs)) is jobs


def test_a_set_that_is_torn_apart_goes_on_in_a_job_like_it() -> None:
    first = Set(1, "A", 3, 2, 1, materials=("PLA",), profiles=("x",))
    jobs: Jobs = (job(1, first, owner="bob", priority=3), job(2, one(2, "B")))
    jobs = arrange(jobs, "ABA")
    assert shape(jobs) == [
        (1, 1, [(1, "A", 2, 1, 1)]),
        (2, 1, [(2, "B", 1, 1, 0)]),
        (1001, 1, [(1001, "A", 1, 1, 0)]),
    ]
    new = jobs[2]
    assert (new.name, new.created, new.owner, new.priority) == ("Job 1001", 1, "bob", 3)
    assert (new.sets[0].materials, new.sets[0].profiles) == (("PLA",), ("x",))


def test_sets_change_places_inside_their_job() -> None:
    jobs = (job(1, one(1, "A", 2), one(2, "B")),)
    assert shape(arrange(jobs, "ABA")) == [
        (1, 1, [(1, "A", 1, 1, 0), (2, "B", 1, 1, 0), (1001, "A", 1, 1, 0)])
    ]


def test_a_copy_more_beside_its_like_joins_the_set() -> None:
    jobs = (job(1, one(1, "A", 2, good=1)), job(2, one(2, "B")))
    assert shape(arrange(jobs, "AAAB"))[0] == (1, 1, [(1, "A", 4, 3, 1)])
    assert shape(arrange(jobs, "ABBB"))[1] == (2, 1, [(2, "B", 3, 3, 0)])


def test_a_copy_more_of_a_job_of_single_copies_is_a_pass_more() -> None:
    jobs = (job(1, one(1, "A"), passes=3, done=1),)
    assert [(j.count, j.remaining) for j in arrange(jobs, "AAAA")] == [(5, 4)]
    assert [(j.count, j.remaining) for j in arrange(jobs, "A")] == [(2, 1)]


def test_a_new_name_is_a_new_job_where_it_stands() -> None:
    jobs = arrange((job(1, one(1, "A")), job(2, one(2, "B"))), "AXXB")
    assert shape(jobs)[1] == (1001, 1, [(1001, "X", 2, 2, 0)])
    assert (jobs[1].owner, jobs[1].created) == ("ann", 99.0)


def test_dropped_copies_leave_what_was_printed() -> None:
    jobs = (
        job(1, one(1, "A", 3, good=1)),
        job(2, one(2, "B")),
        job(3, one(3, "C"), passes=4, done=2),
    )
    left = arrange(jobs, "")
    assert [(j.id, j.count, j.remaining, j.passes_done) for j in left] == [
        (1, 1, 0, 1),
        (3, 2, 0, 2),
    ]
    assert left[0].sets == (Set(1, "A", 1, 0, 1),)


def test_the_copy_in_the_printer_is_never_dropped() -> None:
    jobs = (job(1, one(1, "A", 3)), job(2, one(2, "B")))
    for edit in (Arrange(rows(jobs, 1), (), 0.0), DropAllRows()):
        assert shape(edit.apply(jobs, desk(1))) == [(1, 1, [(1, "A", 1, 1, 0)])]


def test_a_job_in_the_printer_can_be_torn_apart() -> None:
    jobs = (job(1, one(1, "A", 3)), job(2, one(2, "B")))
    assert shape(arrange(jobs, "ABA", printing=1)) == [
        (1, 1, [(1, "A", 2, 2, 0)]),
        (2, 1, [(2, "B", 1, 1, 0)]),
        (1001, 1, [(1001, "A", 1, 1, 0)]),
    ]


def test_what_is_put_before_a_pinned_job_goes_before_it() -> None:
    jobs = (job(1, one(1, "A"), pinned=True), job(2, one(2, "B")))
    moved = arrange(jobs, "BA")
    assert names(moved) == "BA"
    assert [j.pinned for j in moved] == [False, False]


def test_drafts_and_held_and_finished_jobs_stay_where_they_are() -> None:
    done = replace(job(3, one(3, "C", good=1)), remaining=0, passes_done=1)
    draft = job(5, one(5, "E"), draft=True)
    held = job(6, one(6, "F"), hold=True)
    first, last = job(1, one(1, "A")), job(2, one(2, "B"))
    jobs = (done, first, draft, last, held)
    assert arrange(jobs, "BA") == (done, last, draft, first, held)
    assert arrange(jobs, "") == (done, draft, held)
    assert DropAllRows().apply(jobs, desk()) == (done, draft, held)


def test_what_is_beyond_the_rows_stays_behind_them() -> None:
    jobs = (
        job(1, one(1, "A", SHOWN - 1)),
        job(2, one(2, "B", MAX_COPIES), passes=3),
        job(3, one(3, "C"), passes=ENDLESS),
    )
    changed = arrange(jobs, "B" + "A" * (SHOWN - 1))
    assert names(changed).startswith("B" + "A" * (SHOWN - 1) + "BBB")
    left = [j.copies_left for j in changed]
    assert left == [1, SHOWN - 1, MAX_COPIES - 1, 2 * MAX_COPIES, None]
    assert changed[-1] is jobs[-1]


def test_an_endless_job_can_be_cut() -> None:
    jobs = (job(1, one(1, "A"), passes=ENDLESS), job(2, one(2, "B")))
    cut = RowFirst("1-1-2-1").apply(jobs, desk())
    assert cut == jobs  # all its copies are alike, and it goes on without end
    cut = Arrange(rows(jobs, None), ("A", "X", *("A" * 99)), 0.0).apply(jobs, desk())
    assert [(j.count, names((j,), most=2)) for j in cut[:3]] == [
        (1, "A"),
        (1, "X"),
        (ENDLESS, "AA"),
    ]


def test_a_row_can_be_put_first() -> None:
    jobs = (job(1, one(1, "A")), job(2, one(2, "B", 2)))
    assert names(RowFirst("2-2-0-2").apply(jobs, desk())) == "BAB"
    with pytest.raises(NotFound, match="9-9-9-9"):
        RowFirst("9-9-9-9").apply(jobs, desk())


def test_ids_that_are_not_there_drop_nothing() -> None:
    jobs = (job(1, one(1, "A", 2)),)
    assert DropRows(frozenset({"1-1-0-7", "nonsense"})).apply(jobs, desk()) is jobs
    ids = frozenset({"1-1-0-2", "1-1-0-9"})
    assert names(DropRows(ids).apply(jobs, desk())) == "A"


def test_limits_hold() -> None:
    full = tuple(job(n, one(n, "A")) for n in range(1, MAX_JOBS))
    two = (job(MAX_JOBS, one(MAX_JOBS, "B", 2)), *full)
    with pytest.raises(Conflict, match="at most"):
        arrange(two, "BAB" + "A" * (SHOWN - 3))
    most = (job(1, one(1, "A", MAX_COPIES)),)
    with pytest.raises(BadRequest, match="count"):
        arrange(most, "A" * (SHOWN + 1))


# -- lists that are not fresh ---------------------------------------------------------


def test_the_list_that_a_repost_was_made_from_is_found() -> None:
    before = rows((job(1, one(1, "X")), job(2, one(2, "A")), job(3, one(3, "B"))), None)
    now = before[1:]
    assert closest((now, before), "BXA") is before
    assert closest((now, before), "BA") is now
    assert closest((now, before), "XAAB") is before
    assert closest((now, before), "AAB") is now


def story() -> Story:
    """X is first, and the queue has not been started."""
    return Story().add("X").add("A", count=2).add("B")


def shown(s: Story) -> Rows:
    return rows(s.state.jobs, s.state.run.set_id if s.state.run else None)


def post(s: Story, seen: Rows, wanted: Sequence[str]) -> str:
    s.tell(Edited(Arrange(seen, tuple(wanted), 0.0), "ann"))
    return "".join(row.path for row in shown(s))


def test_a_copy_whose_print_began_meanwhile_is_not_added_again() -> None:
    s = story()
    seen = shown(s)
    s.start(bed_clear=True).our_print_begins()
    assert post(s, seen, "BXAA") == "BAA"
    s.print_ends()
    assert "".join(row.path for row in shown(s)) == "BAA"


def test_a_copy_that_failed_meanwhile_is_not_lost() -> None:
    s = story().start(bed_clear=True).our_print_begins()
    seen = shown(s)
    s.print_ends(Outcome.FAILURE)
    assert post(s, seen, "BAA") == "XBAA"


def test_a_job_that_came_meanwhile_is_not_lost() -> None:
    s = story()
    seen = shown(s)
    s.add("N")
    assert post(s, seen, "BAX") == "BAXN"


# -- any queue, any list --------------------------------------------------------------

PATHS = "ABC"


@st.composite
def queues(draw: st.DrawFn) -> tuple[Jobs, int | None]:
    """Jobs in any state, some of them printed in part, one perhaps in the printer."""
    jobs = tuple(draw(_job(number)) for number in range(1, draw(st.integers(1, 5)) + 1))
    coming = rows(jobs, None, 1)
    in_printer = bool(coming) and draw(st.booleans())
    printing = coming[0].set_id if in_printer else None
    if printing is not None and not draw(st.integers(0, 3)):
        jobs = tuple(draw(st.permutations(jobs)))  # moved since it began
    return tuple(jobs), printing


@st.composite
def _job(draw: st.DrawFn, number: int) -> Job:
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    sets = tuple(
        one(number * 10 + n, draw(st.sampled_from(PATHS)), count)
        for n, count in enumerate(counts)
    )
    made = job(
        number,
        *sets,
        passes=draw(st.sampled_from([1, 1, 2, 3, 40, ENDLESS])),
        draft=draw(st.sampled_from([False] * 7 + [True])),
        hold=draw(st.sampled_from([False] * 7 + [True])),
        pinned=draw(st.sampled_from([False] * 4 + [True])),
    )
    for _ in range(draw(st.integers(0, 5))):
        following = made.next_set
        if following is not None:
            made = made.copy_done(following.id)
    if made.sets[0].remaining and draw(st.sampled_from([False] * 4 + [True])):
        extras = replace(made.sets[0], remaining=made.sets[0].remaining + 2)
        made = replace(made, sets=(extras, *made.sets[1:]))
    return made


def check(old: Jobs, new: Jobs, printing: int | None) -> None:
    """What holds whatever was done in a panel."""
    sets = [one for j in new for one in j.sets]
    assert len({j.id for j in new}) == len(new)
    assert len({one.id for one in sets}) == len(sets)
    assert all(one.remaining >= 0 <= one.count for one in sets)
    assert all(j.sets for j in new)
    assert all(j.is_endless or j.passes_done + j.remaining == j.count for j in new)
    hidden = [j for j in old if not is_listed(j)]
    assert [j for j in new if j in hidden] == hidden
    before = {j.id: j for j in old}
    for j in new:
        was = before.get(j.id)
        if was is None:
            assert not any(one.completed for one in j.sets)
        elif was.passes_done == j.passes_done and j.remaining:
            for one in was.sets:
                kept = j.find_set(one.id)
                assert one.completed == (kept.completed if kept else 0)
    if printing is not None:
        assert any(one.id == printing and one.remaining for one in sets)


@st.composite
def reposts(draw: st.DrawFn, most: int = SHOWN) -> tuple[Jobs, int | None, str]:
    jobs, printing = draw(queues())
    wanted = list(names(jobs, printing, most))
    for _ in range(draw(st.integers(0, 4))):
        how = draw(st.sampled_from("mmad"))
        place = draw(st.integers(0, len(wanted)))
        if how == "a":
            wanted.insert(place, draw(st.sampled_from(PATHS + "N")))
        elif wanted:
            index = draw(st.integers(0, len(wanted) - 1))
            taken = wanted.pop(index)
            if how == "m":
                wanted.insert(min(place, len(wanted)), taken)
    return jobs, printing, "".join(wanted)


ALL = 2_500
"""More rows than the finite queues of these tests have."""


@settings(deadline=None)
@given(reposts())
@example(((job(1, one(1, "A", 2), one(2, "B"), passes=2),), 1, "BABA"))
def test_the_queue_prints_exactly_the_list_and_then_what_was_not_shown(
    case: tuple[Jobs, int | None, str],
) -> None:
    jobs, printing, wanted = case
    new = arrange(jobs, wanted, printing)
    most = FAR if any(j.is_endless for j in jobs) else ALL
    expected = wanted + names(jobs, printing, most)[SHOWN:]
    seen = names(new, printing, most)
    assert seen[: most - SHOWN] == expected[: most - SHOWN]
    check(jobs, new, printing)


@settings(deadline=None)
@given(queues(), st.data())
def test_dropped_rows_are_the_only_ones_to_go(
    case: tuple[Jobs, int | None], data: st.DataObject
) -> None:
    jobs, printing = case
    before = rows(jobs, printing, FAR)
    some = before[:SHOWN]
    dropped = data.draw(st.sets(st.sampled_from(some)) if some else st.just(set()))
    new = DropRows(frozenset(row.id for row in dropped)).apply(jobs, desk(printing))
    expected = "".join(row.path for row in before if row not in dropped)
    assert names(new, printing)[: FAR - SHOWN] == expected[: FAR - SHOWN]
    check(jobs, new, printing)
    emptied = DropAllRows().apply(jobs, desk(printing))
    assert names(emptied, printing) == ""
    check(jobs, emptied, printing)


@settings(deadline=None)
@given(queues())
def test_rows_come_as_the_queue_prints_them(case: tuple[Jobs, int | None]) -> None:
    jobs, printing = case
    expected = []
    for index, j in enumerate(jobs):
        if j.find_set(printing or 0) is not None and is_listed(j):
            jobs = (*jobs[:index], j.copy_done(printing or 0), *jobs[index + 1 :])
    for _ in range(50):
        following = next_copy(jobs, Conditions())
        if following is None:
            break
        expected.append((following.job.id, following.set.id, following.set.completed))
        done = following.job.copy_done(following.set.id)
        jobs = tuple(done if j.id == done.id else j for j in jobs)
    shown = rows(case[0], printing, 50)
    assert [(row.job_id, row.set_id, row.copy - 1) for row in shown] == expected


MOVES = st.lists(
    st.sampled_from(["start", "good", "bad", "read", "post", "drop", "first"]),
    max_size=25,
)


@settings(deadline=None)
@given(MOVES, st.randoms(use_true_random=False))
def test_stale_lists_lose_nothing_and_repeat_nothing(
    moves: list[str], random: Random
) -> None:
    """ordered and good are the test's own books. A list is old by what happened between
    read and post: any number of starts and ends, but no other list."""
    s = Story().add("A", count=3, passes=2).add("B", "A", "C").add("B", count=2)
    ordered, good = Counter("AAAAAABACBB"), Counter[str]()
    seen = shown(s)
    for move in moves:
        if move == "start" and s.state.run is None and shown(s):
            s.start(bed_clear=True).our_print_begins()
        elif move in ("good", "bad") and s.state.run is not None:
            outcome = Outcome.SUCCESS if move == "good" else Outcome.FAILURE
            good[s.state.run.path] += outcome is Outcome.SUCCESS
            s.print_ends(outcome)
        elif move == "read":
            seen = shown(s)
        elif move == "post":
            wanted = [row.path for row in seen]
            random.shuffle(wanted)
            more = random.choice(["", "A", "N"])
            ordered.update(more)
            post(s, seen, [*wanted, *more])
            seen = shown(s)
        elif move == "drop" and seen:
            row = random.choice(seen)
            waits = row in shown(s)
            s.tell(Edited(DropRows(frozenset((row.id,))), "ann"))
            ordered[row.path] -= waits
            seen = shown(s)
        elif move == "first" and seen and (row := random.choice(seen)) in shown(s):
            s.tell(Edited(RowFirst(row.id), "ann"))
            seen = shown(s)
        running = Counter([s.state.run.path] if s.state.run else [])
        assert good + running + Counter(row.path for row in shown(s)) == +ordered
