"""The laws, checked at the end of a story: klippy's record against the books. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .crash_truth import DOUBLED, LOST, Printed, wall
from .queue import Payload

LATE = 3.0
"""Seconds by which klippy's word may be read later than it was said."""
DOUBTED = ("aborted", "failure", "cancelled")
"""What a print that klippy has done may be in the books, when nobody could know."""


@dataclass(frozen=True)
class Record:
    """prints, answers and crashes as the harness saw them; runs as the books say,
    oldest first. cut: prints whose parts are no good; doubted: those of which nobody
    need know how they ended."""

    prints: Sequence[Printed]
    cut: Sequence[Printed]
    doubted: Sequence[Printed]
    runs: Sequence[Payload]
    answered: Sequence[float]
    crashed: Sequence[float]


def broken(record: Record) -> list[str]:
    found = [*_one_run_each(record), *_counted(record), *_unasked(record)]
    return list(dict.fromkeys(found))


def matched(record: Record) -> list[tuple[Printed, Payload | None]]:
    """Each print with the run that was open when klippy opened the file."""
    pairs: list[tuple[Printed, Payload | None]] = []
    for one in record.prints:
        before = [run for run in record.runs if run["opened"] <= wall(one.opened)]
        run = before[-1] if before else None
        pairs.append((one, run if run and run["path"] == one.path else None))
    return pairs


def _one_run_each(record: Record) -> Iterator[str]:
    seen: set[int] = set()
    for one, run in matched(record):
        if run is None:
            yield f"{DOUBLED}: {one.path} was printed, and no run is of it"
        elif run["id"] in seen:
            yield f"{DOUBLED}: run {run['id']} of {one.path} was started twice"
        elif run["ended"] and wall(one.opened) > run["ended"] + LATE:
            yield f"{DOUBLED}: run {run['id']} of {one.path} began after its end"
        else:
            seen.add(run["id"])
    for run in record.runs:
        if run["counted"] and run["id"] not in seen:
            yield f"{LOST}: run {run['id']} of {run['path']} counts, but never was"


def _counted(record: Record) -> Iterator[str]:
    for one, run in matched(record):
        if run is None:
            continue
        if run["counted"] and one.done is None:
            yield f"{LOST}: run {run['id']} of {one.path} counts, but was not done"
        if run["counted"] and one in record.cut:
            yield f"{LOST}: run {run['id']} of {one.path} counts, but was cut short"
        if run["outcome"] is None:
            yield f"run {run['id']} of {one.path} is still open"
        is_excused = one in record.doubted and run["outcome"] in DOUBTED
        if one.done is not None and not run["counted"] and not is_excused:
            yield f"{LOST}: run {run['id']} of {one.path} was done, and not counted"


def _unasked(record: Record) -> Iterator[str]:
    """After whatever did not end well, an answer comes before the next start."""
    for old, new in zip(record.runs, record.runs[1:]):
        if not old["counted"] and not _answer_between(
            record, old["ended"] or old["opened"], new["opened"]
        ):
            yield f"{DOUBLED}: run {new['id']} followed run {old['id']} unasked"
    for crash in map(wall, record.crashed):
        if any(run["opened"] < crash < (run["ended"] or crash) for run in record.runs):
            continue  # it goes on, or is asked about by its own end
        # One that is opened before anybody knows of the crash comes to no print.
        later = [one for one in record.prints if wall(one.opened) > crash]
        if later and not _answer_between(record, crash, wall(later[0].opened)):
            yield f"{DOUBLED}: {later[0].path} followed a crash unasked"


def _answer_between(record: Record, since: float, until: float) -> bool:
    return any(since < wall(t) < until for t in record.answered)


def sums(ordered: Mapping[str, int], state: Payload, runs: Sequence[Payload]) -> str:
    """Ordered = counted + left, for each file; "" when it is so."""
    counted = dict.fromkeys(ordered, 0)
    for run in runs:
        if run["counted"]:
            counted[run["path"]] = counted.get(run["path"], 0) + 1
    left = left_by_path(state)
    wrong = [
        f"{path}: ordered {number}, counted {counted[path]}, left {left.get(path, 0)}"
        for path, number in ordered.items()
        if number != counted[path] + left.get(path, 0)
    ]
    return f"{LOST}: {'; '.join(wrong)}" if wrong else ""


def left_by_path(state: Payload) -> dict[str, int]:
    left: dict[str, int] = {}
    for job in state["jobs"]:
        passes = job["remaining"]
        for one in job["sets"] if passes > 0 else ():
            copies = one["remaining"] + (passes - 1) * one["count"]
            left[one["path"]] = left.get(one["path"], 0) + copies
    return left
