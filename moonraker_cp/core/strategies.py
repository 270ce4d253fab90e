"""Which copy is next, and why: pure functions of the queue.

A job that a person put first (`pinned`) goes first under every strategy, as long as it
can print here. Inside a job nothing is reordered: its sets go in order. A set that
cannot print here is passed over; the pass does not end before its copies are printed.

`RULES` holds the strategies. Among jobs of equal standing one whose pass has begun goes
on, so that boxes and lids are not spread over several half-done passes; only in queue
order a job that was put in front, or released, goes before it. A job can be left
between two copies, never during one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Callable, NamedTuple

from .conditions import (
    Conditions,
    Obstacle,
    Strategy,
    job_obstacle,
    kinds_of_printer,
    set_to_print,
)
from .files import Files
from .materials import changes, in_words, needs
from .model import Job, Set

Jobs = tuple[Job, ...]

LONGEST_WAIT = 24 * 3600.0
"""Seconds in the queue after which shortest-first takes a job before shorter ones."""

HEAD_AND_RANK = itemgetter(0, 1)
_IS_PINNED = attrgetter("pinned")


@dataclass(frozen=True)
class Candidate:
    """The copy that would be printed next."""

    job: Job
    set: Set


@dataclass(frozen=True)
class PassedOver:
    job_id: int
    code: Obstacle
    why: str


@dataclass(frozen=True)
class Choice:
    """why: one sentence for a person. passed_over: the jobs before the chosen one, in
    queue order; all jobs when nothing is chosen."""

    candidate: Candidate | None
    why: str
    passed_over: tuple[PassedOver, ...] = ()


# -- the strategies -------------------------------------------------------------


class Entry(NamedTuple):
    """A job that can print, and its next set. place: in the queue, from 0."""

    place: int
    job: Job
    set: Set


Rank = tuple[float, ...]
Stands = tuple[tuple[Hashable, Rank], ...]


@dataclass(frozen=True)
class Rule:
    """A strategy: the job with the lowest (head, rank) is next.

    stands: the groups in which a job stands, and its rank in each; these change with
    the job alone. head: how a group compares to others by what changes from print to
    print; it may look at the rank of the group's first.
    """

    stands: Callable[[Entry, Files], Stands]
    head: Callable[[Hashable, Rank, Conditions], int]


def _in_queue_order(entry: Entry, files: Files) -> Stands:  # noqa: ARG001
    return (("all", (entry.place,)),)


def _by_priority(entry: Entry, files: Files) -> Stands:  # noqa: ARG001
    job = entry.job
    due = math.inf if job.due is None else job.due
    return (("all", (-job.priority, due, not has_begun(job), entry.place)),)


def _by_material(entry: Entry, files: Files) -> Stands:
    return ((needs(entry.set, files), (not has_begun(entry.job), entry.place)),)


def _by_length(entry: Entry, files: Files) -> Stands:
    job, place = entry.job, entry.place
    seconds = estimated_left(job, files)
    length = (job.is_endless, seconds, not has_begun(job), place)
    if job.is_endless:  # in front for its age it would never let another job pass
        return (("length", length),)
    return (("length", length), ("age", (job.created, place)))


def _no_head(group: Hashable, first: Rank, now: Conditions) -> int:  # noqa: ARG001
    return 0


def _tools_to_change(group: Hashable, first: Rank, now: Conditions) -> int:  # noqa: ARG001
    assert isinstance(group, tuple)
    return changes(now.loaded, group)


def _age_counts(group: Hashable, first: Rank, now: Conditions) -> int:
    if group == "length":
        return 1
    return 0 if now.now - first[0] > LONGEST_WAIT else 2


RULES: Mapping[Strategy, Rule] = {
    # As the queue shows it.
    Strategy.IN_ORDER: Rule(_in_queue_order, _no_head),
    # The fewest tools that need another material than the newest print had.
    Strategy.FEWEST_CHANGES: Rule(_by_material, _tools_to_change),
    # The least estimated time left; but jobs older than LONGEST_WAIT go first, the
    # oldest before the others. Unknown counts as longest, endless as longer still.
    Strategy.SHORTEST_FIRST: Rule(_by_length, _age_counts),
    # The highest priority, then the earliest due date.
    Strategy.PRIORITY: Rule(_by_priority, _no_head),
}


def has_begun(job: Job) -> bool:
    """Something of its present pass is printed."""
    return any(one.completed for one in job.sets)


def estimated_left(job: Job, files: Files) -> float:
    """Seconds of printing left, by the slicers' words; inf: unknown, or endless."""
    total = 0.0
    for one in job.sets:
        copies = (job.remaining - 1) * one.count + one.remaining
        if copies > 0:
            facts = files.get(one.path)
            if facts is None or facts.estimated_time is None:
                return math.inf
            total += copies * facts.estimated_time
    return math.inf if job.is_endless else total


# -- the choice -----------------------------------------------------------------


def next_copy(jobs: Jobs, conditions: Conditions) -> Candidate | None:
    """The candidate of `choose`, without its explanations."""
    entry = _best(jobs, conditions)
    return None if entry is None else Candidate(entry.job, entry.set)


def choose(jobs: Jobs, conditions: Conditions) -> Choice:
    """The next copy, and what a person may want to know about the choice."""
    entry = _best(jobs, conditions)
    if entry is None:
        passed = _passed_over(jobs, conditions, "")
        return Choice(None, _nothing(passed), passed)
    by_hand = entry.job.pinned or conditions.strategy is Strategy.IN_ORDER
    waits = _BY_HAND if by_hand else _WAITS[conditions.strategy]
    passed = _passed_over(jobs[: entry.place], conditions, waits)
    return Choice(Candidate(entry.job, entry.set), _why(entry, conditions), passed)


def entries_of(jobs: Iterable[Job], conditions: Conditions) -> Iterator[Entry]:
    """The jobs that can print, in queue order."""
    for place, job in enumerate(jobs):
        one = set_to_print(job, conditions)
        if one is not None:
            yield Entry(place, job, one)


def _best(jobs: Jobs, conditions: Conditions) -> Entry | None:
    for pinned in filter(_IS_PINNED, jobs):  # there is hardly ever one
        one = set_to_print(pinned, conditions)
        if one is not None:
            place = next(i for i, job in enumerate(jobs) if job is pinned)
            return Entry(place, pinned, one)
    entries = entries_of(jobs, conditions)
    if conditions.strategy is Strategy.IN_ORDER:
        return next(entries, None)  # the rest of the queue need not be looked at
    rule, files = RULES[conditions.strategy], conditions.files
    standings = (
        (rule.head(group, rank, conditions), rank, entry)
        for entry in entries
        for group, rank in rule.stands(entry, files)
    )
    best = min(standings, key=HEAD_AND_RANK, default=None)
    return None if best is None else best[2]


# -- in words -------------------------------------------------------------------

_BY_HAND = "A person put another job first."
_WAITS: Mapping[Strategy, str] = {
    Strategy.FEWEST_CHANGES: "Another job needs less change of material.",
    Strategy.SHORTEST_FIRST: "Another job is shorter, or has waited longer.",
    Strategy.PRIORITY: "Another job is more urgent.",
}
_PASSED: Mapping[Obstacle, str] = {
    Obstacle.DRAFT: "It is a draft: release it to have it printed.",
    Obstacle.ON_HOLD: "It is on hold: release it to have it printed.",
    Obstacle.DONE: "It is finished.",
    Obstacle.NO_COPIES: "It has no copies to print: say how many.",
    Obstacle.FILE_MISSING: "{path} is missing: upload it again, or skip it.",
    Obstacle.OTHER_PRINTER: "{path} is for another kind of printer: {kinds}.",
}
_COUNTED: Mapping[Obstacle, tuple[str, str]] = {
    Obstacle.DRAFT: ("1 draft", "{} drafts"),
    Obstacle.ON_HOLD: ("1 job on hold", "{} jobs on hold"),
    Obstacle.FILE_MISSING: ("1 job whose file is missing", "{} jobs without files"),
    Obstacle.OTHER_PRINTER: ("1 job for another printer", "{} for other printers"),
    Obstacle.NO_COPIES: ("1 job without copies", "{} jobs without copies"),
    Obstacle.DONE: ("1 finished job", "{} finished jobs"),
}


def _passed_over(
    jobs: Jobs, conditions: Conditions, waits: str
) -> tuple[PassedOver, ...]:
    found = []
    for job in jobs:
        code, one = job_obstacle(job, conditions)
        why = waits if code is Obstacle.WAITS else _PASSED[code]
        if one is not None:
            kinds = ", ".join(kinds_of_printer(one, conditions.files))
            why = why.format(path=one.path, kinds=kinds)
        found.append(PassedOver(job.id, code, why))
    return tuple(found)


def _nothing(passed: tuple[PassedOver, ...]) -> str:
    """Why nothing is chosen: "Nothing can be printed: 2 drafts, 1 job on hold." """
    if not passed:
        return "The queue is empty."
    counts = Counter(each.code for each in passed)
    if set(counts) == {Obstacle.DONE}:
        return "Everything in the queue is printed."
    words = [
        one if counts[code] == 1 else many.format(counts[code])
        for code, (one, many) in _COUNTED.items()
        if counts[code]
    ]
    return f"Nothing can be printed: {', '.join(words)}."


def _why(entry: Entry, conditions: Conditions) -> str:
    if entry.job.pinned:
        return "A person put it first."
    return _WHY[conditions.strategy](entry, conditions)


def _why_in_order(entry: Entry, conditions: Conditions) -> str:  # noqa: ARG001
    if entry.place == 0:
        return "First in the queue."
    return "First in the queue of those that can be printed."


def _why_material(entry: Entry, conditions: Conditions) -> str:
    wanted = needs(entry.set, conditions.files)
    tools = changes(conditions.loaded, wanted)
    name = in_words(wanted)
    if tools:
        return f"It needs the least change of material: {name}."
    if name and any(conditions.loaded):
        return f"Its material is the one that was printed last: {name}."
    return "It is not known to need a change of material."


def _why_length(entry: Entry, conditions: Conditions) -> str:
    job = entry.job
    if not job.is_endless and conditions.now - job.created > LONGEST_WAIT:
        return f"It has waited for more than {LONGEST_WAIT / 3600:.0f} hours."
    seconds = estimated_left(job, conditions.files)
    if math.isinf(seconds):
        return "How long it lasts is not known, and no job is known to be shorter."
    return f"It is the shortest: about {duration(seconds)} left."


def _why_priority(entry: Entry, conditions: Conditions) -> str:  # noqa: ARG001
    job = entry.job
    due = "" if job.due is None else ", and is due first"
    return f"It has the highest priority ({job.priority}){due}."


_WHY: Mapping[Strategy, Callable[[Entry, Conditions], str]] = {
    Strategy.IN_ORDER: _why_in_order,
    Strategy.FEWEST_CHANGES: _why_material,
    Strategy.SHORTEST_FIRST: _why_length,
    Strategy.PRIORITY: _why_priority,
}


def duration(seconds: float) -> str:
    """As people say it: "2 h 05 min", "12 min"."""
    minutes = max(round(seconds / 60), 1)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"
