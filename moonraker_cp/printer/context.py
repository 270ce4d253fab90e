"""What scripts can name beside Klipper's own objects. Pure: values to plain dicts.

docs/scripts.md has the table of all names, with types and units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..core.decisions import Situation
from ..core.files import FileFacts
from ..core.model import Job, Outcome, Run, Set, State
from ..core.records import PathStats


@dataclass(frozen=True)
class Subject:
    """The print that a script is about; all None when nothing is known of it.

    recent: the runs of this file among the newest of the queue.
    """

    path: str = ""
    job: Job | None = None
    set: Set | None = None
    run: Run | None = None
    facts: FileFacts | None = None
    stats: PathStats | None = None
    recent: tuple[Run, ...] = ()


EXAMPLE = Subject(
    "folder/example.gcode",
    Job(1, "Example", count=5, remaining=4, passes_done=1, draft=False, created=1.7e9),
    Set(1, "folder/example.gcode", count=2, remaining=1, completed=1),
    Run(
        id=1,
        job_id=1,
        set_id=1,
        job_name="Example",
        path="folder/example.gcode",
        pass_index=1,
        user="example",
        opened=1.7e9,
        sent_clock=0.0,
        started=1.7e9,
        ended=1.7e9 + 3600,
        outcome=Outcome.SUCCESS,
        counted=True,
        print_duration=3550.0,
        total_duration=3600.0,
        filament_used=4000.0,
        copy=1,
        copies=2,
        estimate=3600.0,
        bed_temperature=60.0,
        nozzle_temperature=200.0,
    ),
    FileFacts(
        modified=1.7e9,
        size=1_000_000,
        estimated_time=3600.0,
        filament_length=4000.0,
        filament_weight=12.0,
        object_height=20.0,
        materials=("PLA",),
        profile="Example",
        slicer="Example",
    ),
    PathStats("folder/example.gcode", 3, 3550.0, 0.99),
)
"""What a script is tried with when there is no print to try it with."""


RUN_FIELDS = (
    *("id", "path", "job_name", "user", "opened", "started", "ended", "reason"),
    *("counted", "retries", "copies", "estimate", "print_duration"),
    *("total_duration", "filament_used", "bed_temperature", "nozzle_temperature"),
)


def subject(run: Run, state: State) -> Subject:
    """A run with its job and set, which may have been removed meanwhile."""
    job = next((one for one in state.jobs if one.find_set(run.set_id)), None)
    one = job.find_set(run.set_id) if job is not None else None
    if job is None:
        job = Job(run.job_id, run.job_name, 0, 0, draft=False, created=0.0)
    if one is None:
        one = Set(run.set_id, run.path, run.copies, 0)
    return Subject(run.path, job, one, run)


def context(
    about: Subject, here: Situation, external: Mapping[str, Any]
) -> dict[str, Any]:
    """Values by name, for JSON; without `printer`."""
    control, jobs = here.state.control, here.state.jobs
    left = [job.copies_left for job in jobs if not job.draft]
    bed = control.bed
    return {
        "params": {},
        "rawparams": "",
        "job": None if about.job is None else _job(about.job),
        "set": None if about.set is None else _plain(about.set),
        "run": None if about.run is None else _run(about.run),
        "file": _file(about) if about.path else None,
        "history": {**_history(about.stats), **_endings(about.recent)},
        "queue": {
            "active": control.active,
            "phase": control.phase.value,
            "jobs": sum(not job.is_done for job in jobs),
            "drafts": sum(job.draft for job in jobs),
            "copies_left": None if None in left else sum(one or 0 for one in left),
        },
        "bed": {
            "state": bed.state.value,
            "cause": bed.cause.value,
            "since": bed.since,
            "by": bed.by,
            "temperature": here.look.bed_temperature,
        },
        "external": dict(external),
        "user": control.active_by,
    }


def _job(job: Job) -> dict[str, Any]:
    shown = _plain(job)
    del shown["sets"], shown["revision"]
    return {**shown, "copies_left": job.copies_left}


def _run(run: Run) -> dict[str, Any]:
    """`copy` is a method of Jinja's dicts, so it has another name."""
    return {
        **{name: getattr(run, name) for name in RUN_FIELDS},
        "pass": run.pass_index,
        "copy_number": run.copy,
        "outcome": None if run.outcome is None else run.outcome.value,
    }


def _file(about: Subject) -> dict[str, Any]:
    facts = FileFacts() if about.facts is None else about.facts
    folder, _, name = about.path.rpartition("/")
    return {**_plain(facts), "path": about.path, "name": name, "folder": folder}


def _history(stats: PathStats | None) -> dict[str, Any]:
    if stats is None:
        return {"runs": 0, "print_duration": None, "ratio": None}
    return {
        "runs": stats.runs,
        "print_duration": stats.print_duration,
        "ratio": stats.ratio,
    }


def _endings(recent: tuple[Run, ...]) -> dict[str, Any]:
    ended = [run.outcome for run in recent if not run.is_open]
    return {"ended": len(ended), "good": ended.count(Outcome.SUCCESS)}


def _plain(value: Job | Set | FileFacts) -> dict[str, Any]:
    return asdict(value)
