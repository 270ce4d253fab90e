"""Queues for tests of the choice and the forecast: by hand, and random ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from moonraker_cp.core.conditions import Conditions, Strategy
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.model import ENDLESS, Job, Set

NOW = 1_700_000_000.0
DAY = 86_400.0


def one_set(path: str, count: int = 1, **fields: object) -> Set:
    new = Set(0, path, count, count)
    return replace(new, **fields)  # type: ignore[arg-type]


def job(job_id: int, *sets: Set | str, passes: int = 1, **fields: object) -> Job:
    """Nothing printed yet. A set's id is ten times the job's, and its place."""
    given = [one_set(one) if isinstance(one, str) else one for one in sets]
    numbered = tuple(replace(s, id=job_id * 10 + i) for i, s in enumerate(given))
    remaining = 1 if passes == ENDLESS else passes
    new = Job(job_id, f"Job {job_id}", passes, remaining, False, NOW, sets=numbered)
    return replace(new, **fields)  # type: ignore[arg-type]


# -- random ones ----------------------------------------------------------------

PATHS = ("a", "b", "c", "d")
KINDS = ("", "MK3", "mk3 ", "Ender 3")
MATERIALS = ((), ("PLA",), ("PLA_red_#ff0000",), ("PETG", None), ("PETG", "PLA_red"))

facts = st.builds(
    FileFacts,
    exists=st.sampled_from([True, True, True, False]),
    estimated_time=st.sampled_from([None, 60.0, 3600.0, 50_000.0]),
    materials=st.sampled_from(MATERIALS),
    profile=st.sampled_from(KINDS),
)
sets = st.builds(
    one_set,
    st.sampled_from(PATHS),
    st.integers(0, 2),
    materials=st.sampled_from(MATERIALS),
    profiles=st.sampled_from([(), (), ("MK3",), ("Ender 3", " "), ("",)]),
)


@st.composite
def queues(
    draw: st.DrawFn, *, endless: bool = True, ready: bool = False
) -> tuple[Job, ...]:
    """Up to five jobs; some have begun. ready: no drafts, and none on hold."""
    passes = st.sampled_from([1, 2, 3, ENDLESS] if endless else [1, 2, 3])
    never = st.just(False)
    rarely = never if ready else st.sampled_from([False] * 5 + [True])
    jobs = []
    for job_id in range(1, draw(st.integers(0, 5)) + 1):
        new = job(
            job_id,
            *draw(st.lists(sets, max_size=3)),
            passes=draw(passes),
            draft=draw(rarely),
            hold=draw(rarely),
            pinned=draw(st.sampled_from([False] * 5 + [True])),
            priority=draw(st.integers(-1, 1)),
            due=draw(st.sampled_from([None, NOW, NOW + DAY])),
            created=NOW - draw(st.sampled_from([0.0, 0.9 * DAY, 2 * DAY, 3 * DAY])),
        )
        for _ in range(draw(st.integers(0, 3))):
            following = new.next_set
            new = new if following is None else new.copy_done(following.id)
        jobs.append(new)
    return tuple(jobs)


conditions = st.builds(
    Conditions,
    strategy=st.sampled_from(list(Strategy)),
    profile=st.sampled_from(KINDS),
    files=st.dictionaries(st.sampled_from(PATHS), facts),
    loaded=st.sampled_from(MATERIALS),
    now=st.just(NOW),
)
