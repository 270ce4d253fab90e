"""What counts as growth: the judge of the slope test, without a printer."""

from __future__ import annotations

import random

import pytest

from .rig.vitals import LIMITS, Sample, growth, hints, judged, leaks

EVEN = {"memory_kB": 60_000.0, "held_kB": 30_000.0, "tasks": 12.0, "files": 30.0}
PRINTS = 300


def samples(
    leak: str = "",
    each: float = 0.0,
    noise: float = 0.0,
    number: int = 40,
    prints: int = PRINTS,
) -> list[Sample]:
    """each: what leaks with each print. noise: of the whole count, at times."""
    shaky = random.Random(7)
    found = []
    for n in range(number):
        so_far = 1 + n * prints // number
        counts = {
            name: value * (1 + noise * shaky.choice((0, 0, 0, -1, 1)))
            for name, value in {**EVEN, "threads": 6.0}.items()
        }
        if leak:
            counts[leak] += each * so_far
        found.append(Sample(so_far, counts, {"task work": n, "file db": 1}))
    return found


def test_what_stays_is_no_leak() -> None:
    assert leaks(samples()) == []


def test_what_jumps_up_and_down_is_no_leak() -> None:
    assert leaks(samples(noise=0.5)) == []


@pytest.mark.parametrize(
    ("name", "each"),
    [("memory_kB", 15), ("held_kB", 2), ("tasks", 0.1), ("files", 0.1), ("threads", 1)],
)
def test_a_little_with_each_print_is_a_leak(name: str, each: float) -> None:
    (line,) = leaks(samples(name, each, noise=0.02))
    assert line.startswith(f"{name}: +")


@pytest.mark.parametrize("prints", [80, 250], ids=["in a minute", "in ten"])
@pytest.mark.parametrize(
    ("name", "each"), [("held_kB", 2), ("tasks", 1), ("files", 1), ("threads", 1)]
)
def test_one_with_each_print_or_two_kB_are_found_soon(
    name: str, each: float, prints: int
) -> None:
    assert leaks(samples(name, each, noise=0.002, number=24, prints=prints))


def test_one_step_is_no_leak() -> None:
    """A cache that is filled once, late."""
    found = samples()
    late = [
        Sample(s.prints, {**s.counts, "memory_kB": s.counts["memory_kB"] + 9000})
        for s in found[28:]
    ]
    assert leaks(found[:28] + late) == []


def test_what_grows_while_it_warms_up_is_not_judged() -> None:
    found = samples()
    cold = [
        Sample(s.prints, {**s.counts, "held_kB": 1000.0 * n})
        for n, s in enumerate(found[:10])
    ]
    assert leaks(cold + found[10:]) == []
    assert judged(found) == found[10:]


def test_growth_is_told_over_all_prints() -> None:
    found = samples("files", 0.5)
    span = found[-1].prints - found[0].prints
    assert growth(found, "files") == pytest.approx(0.5 * span)


def test_a_soak_has_no_more_room_than_its_prints_give() -> None:
    """Eight thousand prints may not leave a file each, however small the part."""
    limit = LIMITS["files"]
    assert limit.whole + limit.a_print * 8000 < 100


def test_what_there_is_more_of_is_named() -> None:
    assert hints(samples()).splitlines()[0].split() == ["+29", "task", "work"]
