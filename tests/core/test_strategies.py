"""Which copy is next, under every strategy, and that none is lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings

from moonraker_cp.core.conditions import Conditions, Obstacle, Strategy
from moonraker_cp.core.decisions import Rules, SendStart, Situation
from moonraker_cp.core.edits import Desk, SkipSet, put
from moonraker_cp.core.events import Activated
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.machine import decide
from moonraker_cp.core.materials import changes, in_words, loaded_after, needs
from moonraker_cp.core.model import (
    ENDLESS,
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Phase,
    Run,
    State,
)
from moonraker_cp.core.printer import Look
from moonraker_cp.core.printing_order import (
    copies_to_come,
    jobs_after,
    printing_order,
)
from moonraker_cp.core.questions import question, to_skip
from moonraker_cp.core.reasons import bed_occupied
from moonraker_cp.core.strategies import Candidate, choose, next_copy

from . import queues
from .queues import DAY, NOW, job, one_set

HOUR = 3600.0
ANYTHING = Conditions(now=NOW)


def by(strategy: Strategy, **fields: object) -> Conditions:
    return replace(ANYTHING, strategy=strategy, **fields)  # type: ignore[arg-type]


def lasting(**hours: float | None) -> dict[str, FileFacts]:
    return {
        path: FileFacts(estimated_time=None if h is None else h * HOUR)
        for path, h in hours.items()
    }


def made_of(**materials: str) -> dict[str, FileFacts]:
    return {
        path: FileFacts(materials=tuple(text.split(";")))
        for path, text in materials.items()
    }


def chosen(jobs: tuple[Job, ...], conditions: Conditions = ANYTHING) -> str | None:
    candidate = choose(jobs, conditions).candidate
    return candidate.set.path if candidate else None


def order(jobs: tuple[Job, ...], conditions: Conditions, most: int = 12) -> str:
    copies = islice(printing_order(jobs, conditions), most)
    return "".join(one.set.path for one in copies)


def passed(jobs: tuple[Job, ...], conditions: Conditions = ANYTHING) -> list[str]:
    return [each.code.value for each in choose(jobs, conditions).passed_over]


# -- in queue order -------------------------------------------------------------


def test_the_first_in_queue_order() -> None:
    jobs = (job(2, "b"), job(1, "a"))
    assert chosen(jobs) == "b"
    assert choose(jobs, ANYTHING).why == "First in the queue."
    assert next_copy(jobs, ANYTHING) == Candidate(jobs[0], jobs[0].sets[0])


def test_what_is_passed_over_and_why() -> None:
    jobs = (
        job(1, "a", draft=True),
        job(2, "a", hold=True),
        job(3, "a", remaining=0),
        job(4, one_set("a", 0)),
        job(5),
        job(6, "gone"),
        job(7, "c"),
        job(8, "a"),
        job(9, "a", draft=True),
    )
    files = {"gone": FileFacts(exists=False), "c": FileFacts(profile="Ender 3")}
    choice = choose(jobs, replace(ANYTHING, profile="MK3", files=files))
    assert choice.candidate is not None
    assert choice.candidate.job.id == 8
    assert choice.why == "First in the queue of those that can be printed."
    assert [(each.job_id, each.code) for each in choice.passed_over] == [
        (1, Obstacle.DRAFT),
        (2, Obstacle.ON_HOLD),
        (3, Obstacle.DONE),
        (4, Obstacle.NO_COPIES),
        (5, Obstacle.NO_COPIES),
        (6, Obstacle.FILE_MISSING),
        (7, Obstacle.OTHER_PRINTER),
    ]
    words = [each.why for each in choice.passed_over]
    assert words[0] == "It is a draft: release it to have it printed."
    assert words[5] == "gone is missing: upload it again, or skip it."
    assert words[6] == "c is for another kind of printer: Ender 3."


def test_nothing_is_next() -> None:
    assert choose((), ANYTHING).why == "The queue is empty."
    drafts = (job(1, "a", draft=True), job(2, "b", draft=True), job(3, "c", hold=True))
    choice = choose(drafts, ANYTHING)
    assert choice.candidate is None
    assert choice.why == "Nothing can be printed: 2 drafts, 1 job on hold."
    assert len(choice.passed_over) == 3
    done = choose((job(1, "a", remaining=0),), ANYTHING)
    assert done.why == "Everything in the queue is printed."


def test_an_earlier_job_that_becomes_printable_is_next() -> None:
    first, begun = job(1, "a", draft=True), job(2, one_set("b", 2)).copy_done(20)
    assert chosen((first, begun)) == "b"
    assert chosen((replace(first, draft=False), begun)) == "a"


def test_a_path_with_braces_is_a_path() -> None:
    jobs = (job(1, "{kinds}{0}"),)
    files = {"{kinds}{0}": FileFacts(exists=False)}
    words = choose(jobs, replace(ANYTHING, files=files)).passed_over[0].why
    assert words.startswith("{kinds}{0} is missing")


# -- what can print here ----------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "of_set", "of_file", "prints"),
    [
        ("", ("Ender 3",), "Ender 3", True),  # nobody said what this printer is
        ("MK3", (), "", True),
        ("MK3", (), "MK3", True),
        ("MK3", (), " mk3  ", True),
        ("Original  Prusa", ("original prusa",), "", True),
        ("MK3", (), "Ender 3", False),
        ("MK3", ("Ender 3",), "", False),
        ("MK3", ("Ender 3", "mk3"), "Ender 3", True),
        ("MK3", ("MK3",), "Ender 3", True),  # a person's word counts more
        ("MK3", ("", " "), "Ender 3", False),  # nothing was said
        ("MK3", ("", " "), "", True),
    ],
)
def test_kinds_of_printer(
    mine: str, of_set: tuple[str, ...], of_file: str, prints: bool
) -> None:
    jobs = (job(1, one_set("a", profiles=of_set)),)
    files = {"a": FileFacts(profile=of_file)}
    here = replace(ANYTHING, profile=mine, files=files)
    assert chosen(jobs, here) == ("a" if prints else None)


def test_a_set_that_cannot_print_is_passed_over_and_holds_the_pass() -> None:
    jobs = (job(1, "gone", one_set("b", 2), passes=2), job(2, "c"))
    missing = replace(ANYTHING, files={"gone": FileFacts(exists=False)})
    assert order(jobs, missing) == "bbc"
    assert order(jobs, ANYTHING) == "gonebbgonebbc"
    begun = jobs[0].copy_done(11).copy_done(11)
    assert begun.passes_done == 0
    assert order((begun,), ANYTHING) == "gonegonebb", "its file is back"


def test_a_missing_file_holds_only_the_passes_behind_it() -> None:
    late = job(1, "a", one_set("gone", 1), passes=3)
    late = late.copy_done(10).copy_done(11)
    missing = replace(ANYTHING, files={"gone": FileFacts(exists=False)})
    assert order((late,), missing) == "a"
    assert [number for _, number in copies_to_come(late, missing)] == [1]
    (skipped,) = SkipSet(1, 11).apply((late,), Desk(1, 11))
    assert order((skipped,), missing) == "aa", "the next pass is held back"
    assert [number for _, number in copies_to_come(skipped, missing)] == [2]


def test_a_pass_without_a_copy_never_ends() -> None:
    empty = job(1, one_set("a", 1, remaining=0), passes=3)
    assert order((empty,), ANYTHING) == ""
    assert [number for _, number in copies_to_come(empty, ANYTHING)] == [0]


# -- pinned -----------------------------------------------------------------------


@pytest.mark.parametrize("strategy", Strategy)
def test_a_pinned_job_goes_first_until_its_passes_are_done(strategy: Strategy) -> None:
    files = lasting(a=1, b=9)
    jobs = (
        job(1, "a", priority=9),
        job(2, one_set("b", 2), passes=2, pinned=True),
        job(3, "c"),
    )
    here = by(strategy, files=files)
    assert order(jobs, here).startswith("bbbba")
    assert choose(jobs, here).why == "A person put it first."
    assert passed(jobs, here) == ["waits"]
    held = put(jobs, replace(jobs[1], hold=True))
    assert chosen(held, here) == "a"


# -- fewest changes ---------------------------------------------------------------


def test_it_stays_with_the_material_that_is_loaded() -> None:
    files = made_of(a="PETG", b="PLA", c="PETG", d="PLA")
    jobs = (job(1, "a"), job(2, "b"), job(3, "c"), job(4, "d"))
    assert order(jobs, by(Strategy.FEWEST_CHANGES, files=files)) == "acbd"
    warm = by(Strategy.FEWEST_CHANGES, files=files, loaded=("pla_red_#ff0000",))
    assert order(jobs, warm) == "bdac"
    choice = choose(jobs, warm)
    assert choice.why == "Its material is the one that was printed last: PLA."
    assert choice.passed_over[0].why == "Another job needs less change of material."


def test_colours_count_where_both_are_known() -> None:
    red, blue = "PLA_red_#ff0000", "PLA_blue_#0000ff"
    jobs = (
        job(1, one_set("a", materials=(red,))),
        job(2, one_set("b", materials=(blue,))),
        job(3, one_set("c", materials=(red,))),
    )
    here = by(Strategy.FEWEST_CHANGES, loaded=(blue,))
    assert order(jobs, here) == "bac"
    why = choose(jobs, here).why
    assert why == "Its material is the one that was printed last: PLA blue."


def test_inside_a_job_nothing_is_reordered() -> None:
    files = made_of(a="PETG", b="PLA", c="PLA")
    jobs = (job(1, "a", "b", passes=2), job(2, "c"))
    here = by(Strategy.FEWEST_CHANGES, files=files, loaded=("PLA",))
    assert order(jobs, here) == "cabab"


def test_the_fewest_tools() -> None:
    files = made_of(a="ABS;ABS", b="PLA;ABS")
    jobs = (job(1, "a"), job(2, "b"))
    here = by(Strategy.FEWEST_CHANGES, files=files, loaded=("PLA", "PETG"))
    assert order(jobs, here) == "ba"
    why = choose(jobs, here).why
    assert why == "It needs the least change of material: PLA, ABS."


def test_what_is_not_known_needs_no_change() -> None:
    jobs = (job(1, "a"), job(2, "b"))
    here = by(Strategy.FEWEST_CHANGES, files=made_of(b="PLA"), loaded=("PLA",))
    assert order(jobs, here) == "ab"
    assert choose(jobs, here).why == "It is not known to need a change of material."


def test_materials() -> None:
    red = "PLA_red_#ff0000"
    assert changes((red, None), ("PLA", "PETG")) == 0
    assert changes((red,), ("PLA_blue",)) == 1
    assert changes((red, "PETG"), ("petg", "ABS", "ABS")) == 2
    assert changes((), (red,)) == changes((red,), ()) == 0
    assert loaded_after((red, "ABS"), ("PLA", None, "PETG")) == (red, "ABS", "PETG")
    assert loaded_after(("PLA",), (red,)) == loaded_after((), (red,)) == (red,)
    assert loaded_after((red,), ()) == (red,)
    assert in_words((red, None, "PETG")) == "PLA red, PETG"
    files = made_of(a="PLA;PETG")
    assert needs(one_set("a", materials=(red, None)), files) == (red, "PETG")
    assert needs(one_set("a"), files) == ("PLA", "PETG")
    assert needs(one_set("x"), files) == ()


# -- shortest first ---------------------------------------------------------------


def test_the_least_time_left_goes_first() -> None:
    files = lasting(a=5, b=1, c=2, d=None)
    jobs = (job(1, "d"), job(2, "a"), job(3, one_set("b", 3)), job(4, "c"))
    here = by(Strategy.SHORTEST_FIRST, files=files)
    assert order(jobs, here) == "cbbbad"
    assert chosen((job(1, "b", passes=3), job(2, "c")), here) == "c"
    choice = choose(jobs, here)
    assert choice.why == "It is the shortest: about 2 h 00 min left."
    assert {each.code for each in choice.passed_over} == {Obstacle.WAITS}


def test_a_job_that_has_waited_for_a_day_goes_first() -> None:
    files = lasting(a=9, b=1, c=8)
    jobs = (
        job(1, "b"),
        job(2, "a", created=NOW - DAY - 1),
        job(3, "c", created=NOW - 3 * DAY),
        job(4, "b", created=NOW - DAY),
    )
    here = by(Strategy.SHORTEST_FIRST, files=files)
    assert order(jobs, here).startswith("ca")
    assert choose(jobs, here).why == "It has waited for more than 24 hours."
    for waited, first in ((DAY, "b"), (DAY + 1, "a")):
        assert chosen((job(1, "b"), job(2, "a", created=NOW - waited)), here) == first


def test_time_goes_on_while_copies_are_printed() -> None:
    """A long job is not behind short ones for ever, and the order to come shows it."""
    files = lasting(a=10, b=9)
    jobs = (job(1, "a"), job(2, one_set("b", 1)), *(job(n, "b") for n in range(3, 8)))
    jobs = (*jobs[:1], *(replace(one, created=NOW + HOUR) for one in jobs[1:]))
    assert order(jobs, by(Strategy.SHORTEST_FIRST, files=files)) == "bbbabbb"


def test_an_endless_job_comes_last_however_old_it_is() -> None:
    files = lasting(a=1, b=None)
    old = job(1, "a", passes=ENDLESS, created=NOW - 9 * DAY)
    jobs = (old, job(2, "b"))
    assert order(jobs, by(Strategy.SHORTEST_FIRST, files=files), 4) == "baaa"


# -- priority ---------------------------------------------------------------------


def test_priority_then_due_then_queue_order() -> None:
    jobs = (
        job(1, "a"),
        job(2, "b", due=NOW + 2),
        job(3, "c", due=NOW + 1),
        job(4, "d", priority=5),
        job(5, "e"),
        job(6, "f", priority=-1),
    )
    here = by(Strategy.PRIORITY)
    assert order(jobs, here) == "dcbaef"
    assert choose(jobs, here).why == "It has the highest priority (5)."
    due = choose(jobs[:3], here).why
    assert due == "It has the highest priority (0), and is due first."


@pytest.mark.parametrize(
    "strategy", [Strategy.PRIORITY, Strategy.FEWEST_CHANGES, Strategy.SHORTEST_FIRST]
)
def test_a_pass_that_has_begun_goes_on_among_equals(strategy: Strategy) -> None:
    files = lasting(a=1, b=1, x=0)
    begun = job(2, "x", "b").copy_done(20)
    assert order((job(1, "a"), begun), by(strategy, files=files)) == "ba"


# -- what uses the choice ---------------------------------------------------------

READY = Look(ready=True, not_ready="")
CLEAR = Bed(BedState.CLEAR, BedCause.PERSON)
SHORTEST = Rules(strategy=Strategy.SHORTEST_FIRST, profile="MK3")


def test_start_starts_the_copy_that_the_strategy_chose() -> None:
    jobs = (job(1, "a"), job(2, "b"), job(3, "c"))
    files = {**lasting(a=2, b=1), "c": FileFacts(profile="X", estimated_time=1.0)}
    state = State(Control(bed=CLEAR), jobs)
    situation = Situation(state, READY, SHORTEST, NOW, 1.0, files)
    decision = decide(situation, Activated("ann"))
    (start,) = decision.actions
    assert isinstance(start, SendStart)
    assert start.path == "b"


def test_questions_and_skip_name_the_same_copy() -> None:
    control = Control(active=True, phase=Phase.BLOCKED, reason=bed_occupied(0.0))
    state = State(control, (job(1, "a"), job(2, "b"), job(3, "c")))
    files = {**lasting(a=2, b=1), "c": FileFacts(exists=False)}
    situation = Situation(state, READY, SHORTEST, NOW, 1.0, files)
    asked = question(situation)
    assert asked is not None
    assert asked.next_path == "b"
    assert to_skip(state, situation.conditions).set_id == 20


def test_the_queue_after_the_copy_in_the_printer() -> None:
    jobs = (job(1, "a", "b"), job(2, one_set("c", 2)))
    run = Run(1, 1, 10, "", "a", 0, "", NOW, 0.0)
    assert order(jobs_after(jobs, run), ANYTHING) == "bcc"
    moved = replace(run, set_id=20)  # into another job, while it was printed
    assert order(jobs_after(jobs, moved), ANYTHING) == "abc"
    assert jobs_after(jobs, replace(run, set_id=99)) == jobs
    assert jobs_after(jobs, None) is jobs


class Counted(dict[str, FileFacts]):
    looked_at = 0

    def get(self, *args: object) -> FileFacts | None:  # type: ignore[override]
        self.looked_at += 1
        return None


def test_in_queue_order_the_rest_of_a_long_queue_is_not_looked_at() -> None:
    jobs = tuple(job(n, "a") for n in range(1, 10_001))
    files = Counted()
    here = replace(ANYTHING, files=files)
    assert chosen(jobs, here) == "a"
    assert next(printing_order(jobs, here)).job is jobs[0]
    assert files.looked_at < 10


# -- whatever the queue -----------------------------------------------------------


def by_hand(
    jobs: tuple[Job, ...], conditions: Conditions
) -> Iterator[tuple[Candidate, tuple[Job, ...]]]:
    """Choose, count, choose again: what happens on the machine."""
    while True:
        candidate = choose(jobs, conditions).candidate
        if candidate is None:
            return
        yield candidate, jobs
        jobs = put(jobs, candidate.job.copy_done(candidate.set.id))
        conditions = conditions.after(candidate.set)


def can_print(one: Candidate, here: Conditions) -> bool:
    """Told anew, in other words."""
    known = here.files.get(one.set.path, FileFacts())
    names = [p.strip().lower() for p in one.set.profiles if p.strip()]
    names = names or [p for p in [known.profile.strip().lower()] if p]
    mine = here.profile.strip().lower()
    kind_fits = not mine or not names or mine in names
    waits = one.job.draft or one.job.hold or one.job.remaining == 0
    return known.exists and kind_fits and not waits and one.set.remaining > 0


@settings(deadline=None)
@given(queues.queues(), queues.conditions)
def test_what_is_chosen_can_print_and_something_is_if_anything_can(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    choice = choose(jobs, here)
    all_sets = [Candidate(one, s) for one in jobs for s in one.sets]
    printable = [one for one in all_sets if can_print(one, here)]
    assert (choice.candidate in printable) if printable else not choice.candidate
    assert next_copy(jobs, here) == choice.candidate
    place = len(jobs)
    if choice.candidate is not None:
        place = jobs.index(choice.candidate.job)
        first = next(p for p in printable if p.job is choice.candidate.job)
        assert choice.candidate == first, "a job's sets were reordered"
        pinned = [one.job for one in printable if one.job.pinned]
        assert not pinned or choice.candidate.job is pinned[0]
    assert [each.job_id for each in choice.passed_over] == [
        one.id for one in jobs[:place]
    ]
    waiting = {p.job_id for p in choice.passed_over if p.code is Obstacle.WAITS}
    assert waiting == {one.job.id for one in printable} & {
        one.id for one in jobs[:place]
    }


@settings(deadline=None)
@given(queues.queues(endless=False, ready=True), queues.conditions)
def test_each_copy_is_printed_exactly_once(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    """The ledger is made of what was ordered, before anything is chosen."""
    here = replace(here, profile="", files={})
    ordered = Counter(
        {
            s.id: s.remaining + (one.remaining - 1) * s.count
            for one in jobs
            for s in one.sets
            # without a copy in this pass, no copy ever ends it
            if one.remaining and any(each.remaining for each in one.sets)
        }
    )
    printed = Counter(one.set.id for one, _ in by_hand(jobs, here))
    assert printed == +ordered


@settings(deadline=None)
@given(queues.queues(), queues.conditions)
def test_the_order_to_come_is_what_choosing_again_and_again_gives(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    chosen_one_by_one = [one for one, _ in islice(by_hand(jobs, here), 40)]
    assert list(islice(printing_order(jobs, here), 40)) == chosen_one_by_one


@settings(deadline=None)
@given(queues.queues(endless=False), queues.conditions)
def test_the_copies_to_come_are_counted_without_walking_them(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    walked = Counter(one.set.id for one in printing_order(jobs, here))
    counted = Counter[int]()
    for one in jobs:
        counted.update({s.id: number for s, number in copies_to_come(one, here)})
    assert +counted == walked


@settings(deadline=None)
@given(queues.queues(ready=True), queues.conditions)
def test_each_strategy_keeps_its_promise(
    jobs: tuple[Job, ...], here: Conditions
) -> None:
    """Of all that could be printed, nothing would have been better."""
    jobs = tuple(replace(one, pinned=False) for one in jobs)
    choice = choose(jobs, here).candidate
    if choice is None:
        return
    firsts: dict[int, Candidate] = {}
    for one in jobs:
        for each in one.sets:
            candidate = Candidate(one, each)
            if can_print(candidate, here):
                firsts.setdefault(one.id, candidate)
    assert _badness(choice, here) == min(_badness(c, here) for c in firsts.values())


def _badness(one: Candidate, here: Conditions) -> tuple[float, ...]:
    if here.strategy is Strategy.PRIORITY:
        return (-one.job.priority, one.job.due or 9e9)
    if here.strategy is Strategy.FEWEST_CHANGES:
        return (changes(here.loaded, needs(one.set, here.files)),)
    if here.strategy is Strategy.IN_ORDER:
        return (one.job.id,)
    waited = here.now - one.job.created
    if waited > DAY and one.job.count != ENDLESS:
        return (0.0, -waited)
    return (1.0, _hours(one.job, here))


def _hours(one: Job, here: Conditions) -> float:
    if one.count == ENDLESS:
        return float("inf")
    total = 0.0
    for index in range(one.remaining):
        for each in one.sets:
            copies = each.remaining if index == 0 else each.count
            lasts = here.files.get(each.path, FileFacts()).estimated_time
            if copies:
                total += float("inf") if lasts is None else copies * lasts
    return total
