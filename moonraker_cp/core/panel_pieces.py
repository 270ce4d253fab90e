"""The copies of one job, in the order a panel wants them, as jobs again. Pure.

A job is printed pass by pass, and a pass set by set. Copies that fit into that stay in
their job; where they do not, the job is cut, and `like` makes jobs of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from .editing import Desk, check_count, settled
from .model import ENDLESS, Job, Set
from .panel import REACH, Rows, waiting
from .set_edits import check_sets

Plan = tuple[tuple[int, int], ...]
"""Sets of one job by id, with copies, in printing order."""


@dataclass(frozen=True)
class Piece:
    """A part of one pass, or (times > 0, ENDLESS) so many whole passes."""

    plan: Plan
    times: int = 0


@dataclass(frozen=True)
class Copies:
    """One job's copies, or new ones (job None). pass_index None: whole passes, which
    are `count`."""

    path: str
    job: Job | None = None
    set_id: int = 0
    pass_index: int | None = None
    count: int = 1


def beyond(listed: dict[int, Job], now: Rows, printing: int | None) -> Iterator[Copies]:
    """What the last job has beyond the rows; the jobs behind it are not touched."""
    if len(now) < REACH:
        return
    job = listed[now[-1].job_id]
    seen = sum(row.job_id == job.id for row in now)
    this = tuple((s.id, waiting(s, printing)) for s in job.sets)
    each = whole(job)
    in_this, in_each = total(this), total(each)
    index, plan, passes = job.passes_done, this, job.remaining - 1
    if seen >= in_this and in_each:
        full, seen = divmod(seen - in_this, in_each)
        index, plan, passes = index + full + 1, each, passes - full - 1
        if not seen:
            plan, passes = (), passes + 1
    for set_id, number in _without_first(plan, seen):
        yield Copies("", job, set_id, index, number)
    if job.is_endless and in_each:
        yield Copies("", job, count=ENDLESS)
    elif passes > 0 and in_each:
        yield Copies("", job, count=passes)


def _without_first(plan: Plan, number: int) -> Iterator[tuple[int, int]]:
    for set_id, copies in plan:
        left = max(copies - number, 0)
        number = max(number - copies, 0)
        if left:
            yield set_id, left


def whole(job: Job) -> Plan:
    """A pass from its beginning."""
    return tuple((one.id, one.count) for one in job.sets if one.count)


def total(plan: Plan) -> int:
    return sum(number for _, number in plan)


def pieces_of(job: Job, part: Iterable[Copies], desk: Desk) -> list[Piece]:
    """Whole passes that follow each other are one piece."""
    pieces: list[Piece] = []
    for piece in _single_pieces(job, part, desk):
        last = pieces[-1].times if pieces else 0
        if piece.times and last > 0:
            times = ENDLESS if piece.times == ENDLESS else last + piece.times
            pieces[-1] = replace(piece, times=times)
        else:
            pieces.append(piece)
    return pieces


def _single_pieces(job: Job, part: Iterable[Copies], desk: Desk) -> Iterator[Piece]:
    full = whole(job)
    begun = job.passes_done if _has_begun(job, desk) else None
    for index, some in groupby(part, key=lambda one: one.pass_index):
        if index is None:
            yield from (Piece(full, one.count) for one in some)
            continue
        by_set = groupby(some, key=lambda one: one.set_id)
        plan = tuple((id_, sum(c.count for c in each)) for id_, each in by_set)
        yield Piece(plan, 1 if plan == full and index != begun else 0)


def _has_begun(job: Job, desk: Desk) -> bool:
    """Its present pass is more than what is left of it."""
    return desk.prints(job) or any(one.completed for one in job.sets)


# -- what becomes of a job ---------------------------------------------------------


def first_part(job: Job, pieces: list[Piece], desk: Desk) -> tuple[Job, list[Piece]]:
    """The job itself, with its first copies; and what is left for other jobs."""
    first, *rest = pieces
    if first.times and not _has_begun(job, desk):
        fresh = _with_passes(job, first.times, begun=0).refilled()
        return _same(job, fresh), rest
    if first.times:  # of its present pass nothing waits
        return _cut(job, (), first.times, desk), rest
    if not _goes_in_order(job, first.plan):
        return _reordered(job, first.plan, desk), rest
    times = rest[0].times if rest else 0
    return _cut(job, first.plan, times, desk), rest[1:] if times else rest


def _cut(job: Job, plan: Plan, times: int, desk: Desk) -> Job:
    """The job with these copies left in this pass, and so many passes after it."""
    left = dict(plan)
    sets = tuple(
        replace(one, remaining=left.get(one.id, 0) + _in_printer(one, desk))
        for one in job.sets
    )
    if not times and not job.passes_done:
        sets = _recounted(job, sets)
    changed = _with_passes(replace(job, sets=sets), times, begun=1)
    return _same(job, settled(_checked(changed)))


def _reordered(job: Job, plan: Plan, desk: Desk) -> Job:
    """This pass in an order that its sets do not have: its last one, therefore."""
    wanted: list[Set] = []
    for set_id, number in plan:
        one = _set(job, set_id)
        if any(s.id == set_id for s in wanted):
            wanted.append(_fresh(one, number, desk))
        else:
            number += _in_printer(one, desk)
            wanted.append(replace(one, remaining=number))
    named = {set_id for set_id, _ in plan}
    others = tuple(
        replace(one, remaining=_in_printer(one, desk))
        for one in job.sets
        if one.id not in named
    )
    sets = (*others, *wanted)
    if not job.passes_done:
        sets = _recounted(job, sets)
    check_sets(len(sets))
    return _checked(_with_passes(replace(job, sets=sets), 0, begun=1))


def emptied(job: Job, desk: Desk) -> Job | None:
    """Without any copy to come. None: nothing of it was printed, so it can go."""
    if _has_begun(job, desk):
        return _cut(job, (), 0, desk)
    if not job.passes_done:
        return None
    sets = tuple(replace(s, remaining=0, completed=s.count) for s in job.sets)
    done = _with_passes(replace(job, sets=sets), 0, begun=0)
    return replace(done, pinned=False)


def _with_passes(job: Job, times: int, begun: int) -> Job:
    """begun: 1 if the present pass is not among those."""
    if times == ENDLESS:
        return replace(job, count=ENDLESS, remaining=1)
    left = begun + times
    return replace(job, count=job.passes_done + left, remaining=left)


def _recounted(job: Job, sets: tuple[Set, ...]) -> tuple[Set, ...]:
    """In a job's only pass the counts follow what is left; a set of which nothing was
    printed goes with its last copy."""
    return tuple(_recount(job, one) for one in sets if not _is_gone(job, one))


def _recount(job: Job, one: Set) -> Set:
    old = job.find_set(one.id)
    if old is None or old.remaining == one.remaining:
        return one
    count = one.count + one.remaining - old.remaining
    return replace(one, count=max(count, one.completed + one.remaining))


def _is_gone(job: Job, one: Set) -> bool:
    old = job.find_set(one.id)
    had_copies = old is not None and old.remaining > 0
    return had_copies and not (one.remaining or one.completed)


def like(job: Job, piece: Piece, desk: Desk) -> Job:
    """A new job with copies that were a part of this one."""
    job_id = desk.next_job()
    own_name = job.name == f"Job {job.id}"
    made = replace(
        job,
        id=job_id,
        name=f"Job {job_id}" if own_name else job.name,
        sets=tuple(_fresh(_set(job, id_), copies, desk) for id_, copies in piece.plan),
        passes_done=0,
    )
    check_sets(len(made.sets))
    return _checked(_with_passes(made, piece.times or 1, begun=0))


def _set(job: Job, set_id: int) -> Set:
    return next(one for one in job.sets if one.id == set_id)


def _fresh(one: Set, number: int, desk: Desk) -> Set:
    new_id = desk.next_set()
    return replace(one, id=new_id, count=number, remaining=number, completed=0)


def _in_printer(one: Set, desk: Desk) -> int:
    return one.remaining - waiting(one, desk.printing)


def _goes_in_order(job: Job, plan: Plan) -> bool:
    places = {one.id: place for place, one in enumerate(job.sets)}
    order = [places[set_id] for set_id, _ in plan]
    return all(before < after for before, after in zip(order, order[1:]))


def _checked(job: Job) -> Job:
    for one in job.sets:
        check_count("count", max(one.count, one.remaining), least=0)
    return job


def _same(old: Job, new: Job) -> Job:
    """The very same object if nothing changed, so that nothing is stored."""
    return old if new == old else new
