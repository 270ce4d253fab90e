"""GET diagnostics: one document that explains any stop, for who is asked for help."""

from __future__ import annotations

import asyncio
import re
import time as clock
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

from ..core.diary import Diary, Entry
from ..core.errors import Unavailable
from ..core.model import Job, Outcome, State
from ..core.records import Totals
from ..core.view import View
from . import payloads, schemas
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX
from .recent import Recent
from .schemas import (
    Named,
    listing,
    number,
    optional,
    record,
    text,
    time,
    truth,
    whole,
)
from .settings_api import VALUE, SettingsApi, beginning

T = TypeVar("T")

MOST_JOBS = 100
"""The most jobs that the document shows; it counts them all."""

PATIENCE = 5.0
"""Seconds that the database may take."""

LATE = f"The database did not answer within {PATIENCE:g} seconds."
HOLDS = (
    "It names files, jobs and users, and shows the options with their G-code. It has no"
    " contents of files, notes, values of other programs or scripts of hooks, and of"
    " addresses the beginning alone. Read it before you send it."
)
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]*")

DECISION = Named(
    "Decision",
    record(
        {
            "when": time(),
            "revision": whole("The queue's after it."),
            "event": text("What happened."),
            "before": text("The phase before it."),
            "after": text("The phase after it."),
            "bed": text("What the bed is after it."),
            "run": optional(whole("The run that is open after it.")),
            "done": listing(text("What was stored, and what was sent.")),
            "reason": text(
                "Why the queue is blocked after it, or why a request was refused."
            ),
            "level": text("debug, info or warning, as in the log."),
            "changed": truth("false: nothing was stored and nothing sent."),
        }
    ),
    "What was decided once something had happened.",
)
_SETTING = record(
    {
        "name": text(),
        "value": VALUE,
        "changed": truth("Whether it is another than the default."),
        "hidden": truth("Parts of the value are left out."),
    }
)
_LOOK = record(
    {
        "ready": truth("Klipper is up and takes commands."),
        "not_ready": text("Why not."),
        "stopped": truth("It shut itself down."),
        "state": text("Of the print: Klipper's `print_stats.state`."),
        "filename": text(),
        "message": text("Klipper's about the print."),
        "reading": truth("A file is being fed."),
        "busy": truth("It moves, or a script runs."),
        "pause_flag": truth(),
        "total_duration": number("In seconds."),
        "print_duration": number("In seconds, without pauses."),
        "filament_used": number("In mm."),
        "bed_temperature": optional(number("In °C.")),
        "nozzle_temperature": optional(number("In °C.")),
        "clock": number("Of the computer, when it was looked at."),
    }
)
_JOB_COUNTS = record(
    {
        "all": whole(),
        "drafts": whole(),
        "on_hold": whole(),
        "done": whole(),
        "shown": whole(f"In `state` above: the first {MOST_JOBS}."),
    }
)
_TROUBLE = record(
    {
        "when": time(),
        "level": text("warning, error or critical."),
        "where": text("File and line of ours."),
        "text": text(),
        "trace": listing(text("File, line and function.")),
    }
)
_NEIGHBOUR = record(
    {"name": text(), "there": truth("Moonraker has it."), "note": text()}
)
DIAGNOSTICS = Named(
    "Diagnostics",
    record(
        {
            "holds": text("What is in it, and what is not."),
            "made": time(),
            "versions": {
                "type": "object",
                "description": "By name; empty where nobody knows.",
                "additionalProperties": {"type": "string"},
            },
            "state": schemas.STATE.ref,
            "decisions": {
                **listing(DECISION.ref),
                "description": "Newest first: the last 500 that changed something,"
                " also from before a restart, and up to 100 that did not.",
            },
            "printer": {**_LOOK, "description": "What it looks like now."},
            "settings": listing(_SETTING),
            "job_counts": _JOB_COUNTS,
            "run_counts": optional(record({one.value: whole() for one in Outcome})),
            "neighbours": listing(_NEIGHBOUR),
            "errors": {
                **listing(_TROUBLE),
                "description": "Our warnings and errors since Moonraker started,"
                " newest first.",
            },
            "left_out": listing(text("What could not be read, and why.")),
        }
    ),
)
PROSE = """\
What to send along when you ask for help: [diagnostics](diagnostics.md). It is answered
whenever Moonraker runs, also when the database cannot be read.
"""


class Wheel(Protocol):
    @property
    def state(self) -> State: ...

    @property
    def diary(self) -> Diary: ...

    def view_of(self, state: State) -> View: ...


class Kept(Protocol):
    """trouble: a sentence when some or all could not be read or kept, or ""."""

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    @property
    def trouble(self) -> str: ...


class Decisions(Protocol):
    async def newest(self) -> Kept: ...


class Past(Protocol):
    """May raise Unavailable."""

    async def totals(self) -> tuple[Totals, ...]: ...


class Surroundings(Protocol):
    def versions(self) -> Mapping[str, str]: ...

    def neighbours(self) -> Iterable[tuple[str, bool, str]]:
        """Name, whether Moonraker has it, and what else is known."""


@dataclass(frozen=True)
class About:
    """What is around the queue, each as it is when it is asked."""

    surroundings: Surroundings
    settings: SettingsApi
    recent: Recent


class DiagnosticsApi:
    def __init__(
        self, driver: Wheel, decisions: Decisions, past: Past, about: About
    ) -> None:
        self._driver = driver
        self._decisions = decisions
        self._past = past
        self._about = about

    def endpoints(self) -> tuple[Endpoint, ...]:
        call = Call(
            self.diagnostics,
            "One document that explains any stop.",
            returns=DIAGNOSTICS,
            prose=PROSE,
        )
        return table(PREFIX, ("GET diagnostics", call))

    async def diagnostics(self, request: Request) -> Any:  # noqa: ARG002
        entries, untold = await _in_time(self._stored()) or ((), LATE)
        runs, unread = await _in_time(self._runs()) or (None, LATE)
        on_thread = asyncio.get_running_loop().run_in_executor
        counts = await on_thread(None, _counts, self._driver.state.jobs)
        view, about = self._driver.view_of(self._driver.state), self._about
        jobs = view.state.jobs
        document = {
            "holds": HOLDS,
            "made": clock.time(),
            "versions": dict(about.surroundings.versions()),
            "state": {
                **payloads.summary(view),
                "jobs": [_job(one) for one in jobs[:MOST_JOBS]],
            },
            "decisions": [vars(one) for one in together(entries, self._driver.diary)],
            "printer": asdict(view.situation.look),
            "settings": [
                {key: one[key] for key in ("name", "value", "changed", "hidden")}
                for one in about.settings.options
            ],
            "job_counts": counts,
            "run_counts": runs,
            "neighbours": [
                {"name": name, "there": there, "note": note}
                for name, there, note in about.surroundings.neighbours()
            ],
            "errors": [asdict(one) for one in about.recent.troubles],
            "left_out": [words for words in dict.fromkeys((untold, unread)) if words],
        }
        # Thousands of texts are looked at: not while everybody else waits.
        return await on_thread(None, without_secrets, document)

    async def _stored(self) -> tuple[tuple[Entry, ...], str]:
        kept = await self._decisions.newest()
        return kept.entries, kept.trouble

    async def _runs(self) -> tuple[dict[str, int] | None, str]:
        """How many ended how; or why nobody can tell."""
        try:
            totals = await self._past.totals()
        except Unavailable as error:
            return None, f"The runs were not counted. {error}"
        made: Counter[str] = Counter()
        for one in totals:
            made.update({kind.value: getattr(one, kind.value) for kind in Outcome})
        return {kind.value: made[kind.value] for kind in Outcome}, ""


async def _in_time(work: Coroutine[Any, Any, T]) -> T | None:
    """None when the disk takes too long; nobody is helped by a question that hangs."""
    task = asyncio.get_running_loop().create_task(work)
    done, _ = await asyncio.wait((task,), timeout=PATIENCE)
    return task.result() if done else None


def together(stored: Iterable[Entry], diary: Diary) -> list[Entry]:
    """Those that are stored and those in memory, each once, newest first. The clock on
    the wall may have been put back, the revision never is."""
    found = {one.revision: one for one in diary.changes}
    found.update({one.revision: one for one in stored})
    newest = [*sorted(found.values(), key=_age), *diary.others]
    return sorted(newest, key=_age, reverse=True)


def _age(entry: Entry) -> tuple[int, bool, float]:
    return entry.revision, not entry.changed, entry.when


def _job(value: Job) -> dict[str, Any]:
    """Notes, and what programs keep with a set, are nobody else's."""
    shown = payloads.job(value)
    sets = [{**one, "metadata": None} for one in shown["sets"]]
    return {**shown, "note": "", "sets": sets}


def _counts(jobs: tuple[Job, ...]) -> dict[str, int]:
    return {
        "all": len(jobs),
        "drafts": sum(job.draft for job in jobs),
        "on_hold": sum(job.hold for job in jobs),
        "done": sum(job.is_done for job in jobs),
        "shown": min(len(jobs), MOST_JOBS),
    }


def without_secrets(value: Any) -> Any:
    """The same; of every address in a text the beginning alone, as of an option that
    may hold a password."""
    if isinstance(value, str):
        if "://" not in value:
            return value
        return ADDRESS.sub(lambda found: beginning(found[0]), value)
    if isinstance(value, Mapping):
        return {key: without_secrets(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(one) for one in value]
    return value
