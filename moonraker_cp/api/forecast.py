"""GET /server/continuousprint/forecast: what is left, and when it will be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from ..core.decisions import Situation
from ..core.forecast import Forecast, HistoryFacts, Left, Sum
from ..core.model import Job, Set
from ..slices import in_slices
from . import schemas
from .endpoint import Call, Endpoint, Request, table
from .native import PREFIX, STORED
from .params import Integer, Integers, Param
from .schemas import Named, listing, optional, record, text, whole

MAX_JOBS = 1000
"""The most jobs whose figures one call gives."""

PROSE = """\
`known` adds up what is known, `unknown` counts the copies of which it is not: a total
is only a total when `unknown` is 0. Of an endless job the present pass is counted, and
`endless` says so. `expected_end` is when the job will be done, as the strategy orders
the jobs; null when nobody can know, or when it is more than 1000 copies away. `assumes`
says in sentences what the times rest on. Prints are taken to last as long, against the
slicer's estimate, as they did so far. Quiet hours and a start time are counted.
"""

_SUM = record({"known": {"type": "number"}, "unknown": whole("Copies.")})
LEFT = {
    "copies": whole(),
    "seconds": _SUM,
    "filament_mm": _SUM,
    "filament_g": _SUM,
    "endless": schemas.truth(),
}
FORECAST = Named(
    "Forecast",
    record(
        {
            "revision": schemas.REVISION,
            "time": schemas.time("When it was made"),
            "queue": record({**LEFT, "expected_end": optional(schemas.time())}),
            "run": record(
                {
                    "seconds": optional(schemas.number()),
                    "filament_mm": optional(schemas.number()),
                    "filament_g": optional(schemas.number()),
                    "expected_end": optional(schemas.time()),
                }
            ),
            "clearing_seconds": optional(
                schemas.number("From the end of a print to a clear bed, as so far.")
            ),
            "jobs": listing(
                record(
                    {
                        "id": whole(),
                        **LEFT,
                        "expected_end": optional(schemas.time()),
                        "sets": listing(record({"id": whole(), **LEFT})),
                    }
                )
            ),
            "assumes": listing(text()),
        }
    ),
    "What is left to print, and when it is expected to be done.",
)


class Seeing(Protocol):
    @property
    def situation(self) -> Situation: ...


class Teaching(Protocol):
    async def learn(self, paths: Iterable[str]) -> HistoryFacts: ...


class ForecastApi:
    def __init__(self, driver: Seeing, lessons: Teaching) -> None:
        self._driver = driver
        self._lessons = lessons

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(
            PREFIX,
            (
                "GET forecast",
                Call(
                    self.forecast,
                    "Time and filament left by set, job and queue, and expected ends.",
                    (
                        Param("job_ids", Integers(), "Only these jobs.", nullable=True),
                        Param(
                            "offset", Integer(0), "How many to leave out.", default=0
                        ),
                        Param("limit", Integer(0, MAX_JOBS), "The most.", default=100),
                    ),
                    FORECAST,
                    (STORED,),
                    {"limit": 1},
                    PROSE,
                ),
            ),
        )

    async def forecast(self, request: Request) -> Any:
        situation = self._driver.situation
        paths = {one.path for job in situation.state.jobs for one in job.sets}
        seen = Forecast(situation, await self._lessons.learn(paths))
        async for _ in in_slices(seen.steps()):
            pass
        ends, chosen = seen.finishes(), _chosen(situation.state.jobs, request)
        jobs = [_job(seen, job, ends.get(job.id)) async for job in in_slices(chosen)]
        return {
            "revision": situation.state.control.revision,
            "time": situation.now,
            "queue": {**_left(seen.queue_left), "expected_end": seen.finish},
            "run": {
                "seconds": seen.run_left.seconds,
                "filament_mm": seen.run_left.length,
                "filament_g": seen.run_left.weight,
                "expected_end": seen.run_end,
            },
            "clearing_seconds": seen.clearing_seconds,
            "jobs": jobs,
            "assumes": list(seen.assumes),
        }


def _chosen(jobs: tuple[Job, ...], request: Request) -> tuple[Job, ...]:
    ids, start = request.args.get("job_ids"), request.args["offset"]
    if ids is not None:
        wanted = frozenset(ids)
        jobs = tuple(job for job in jobs if job.id in wanted)
    return jobs[start : start + request.args["limit"]]


def _job(seen: Forecast, job: Job, end: float | None) -> dict[str, Any]:
    return {
        "id": job.id,
        **_left(seen.job_left(job)),
        "expected_end": end,
        "sets": [_set(seen, job, one) for one in job.sets],
    }


def _set(seen: Forecast, job: Job, one: Set) -> dict[str, Any]:
    return {"id": one.id, **_left(seen.set_left(job, one))}


def _left(value: Left) -> dict[str, Any]:
    return {
        "copies": value.copies,
        "seconds": _sum(value.seconds),
        "filament_mm": _sum(value.length),
        "filament_g": _sum(value.weight),
        "endless": value.endless,
    }


def _sum(value: Sum) -> dict[str, Any]:
    return {"known": value.known, "unknown": value.unknown}
