"""What was printed: pages, totals, export and purge of the runs that have ended."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Protocol

from ..core.errors import BadRequest
from ..core.event_words import who
from ..core.model import Outcome, Run
from ..core.records import EVERYTHING, MAX_PAGE, By, Page, RunFilter, Totals
from . import payloads, schemas
from .endpoint import Call, Endpoint, Request, Text, table
from .native import PREFIX, STORED
from .params import Choice, Integer, Number, Param, Params
from .params import Text as TextKind
from .schemas import Named, listing, number, optional, record, text, time, whole

log = logging.getLogger(__name__)

MAX_EXPORT = 10_000
"""The most runs in one export: some 3 MB."""
MAX_ID = 2**63 - 1
"""The largest that the database knows."""
MAX_PATH = 4096
CSV, JSON = "csv", "json"
CSV_TYPE = "text/csv; charset=UTF-8"

PAST_RUN = Named(
    "PastRun",
    record(
        {
            **schemas.RUN.schema["properties"],
            "copy": whole("Which good copy of its pass it was to be, from 1."),
            "copies": whole("How many the pass wanted of this file."),
            "retries": whole("How often this copy had been tried before."),
            "estimate": optional(number("The slicer's, in seconds.")),
            "bed_temperature": optional(number("At its end, in °C.")),
            "nozzle_temperature": optional(number("At its end, in °C.")),
            "history_id": text("Its record in Moonraker's history; may be empty."),
            "video": text("Relative to the timelapse folder; may be empty."),
            "cleared": optional(time("When the bed was clear again")),
        }
    ),
    "A run that has ended.",
)
HISTORY = Named(
    "History",
    record(
        {
            "runs": listing(PAST_RUN.ref),
            "older": optional(whole("`before` of the next page; null: no more.")),
        }
    ),
    "By the time of their ends, newest first.",
)
TOTALS = Named(
    "Totals",
    record(
        {
            "runs": whole("How many have ended."),
            "outcomes": record({one.value: whole() for one in Outcome}),
            "success_rate": optional(number("Of all of them, 0 to 1.")),
            "print_duration": number("Seconds without pauses."),
            "total_duration": number("Seconds with pauses."),
            "filament_used": number("In mm."),
            "ratio": optional(
                number("Mean print_duration / estimate of the good ones.")
            ),
            "last_ended": optional(time("The newest one's end")),
        },
        sometimes={"path": text(), "job_id": whole(), "job_name": text()},
    ),
    "path: with `by=file`; job_id and job_name: with `by=job`.",
)
ALL_TOTALS = Named(
    "AllTotals", record({"totals": listing(TOTALS.ref)}), "Those with most runs first."
)
PURGED = Named("PurgedRuns", record({"purged": whole("How many runs.")}))

FILTERS: Params = (
    Param("outcome", Choice(tuple(o.value for o in Outcome)), "How they ended."),
    Param("job_id", Integer(0, MAX_ID), "Runs of that job, removed or not."),
    Param("path", TextKind(MAX_PATH), "Runs of that file."),
    Param(
        "contains",
        TextKind(MAX_PATH),
        "A part of the path or of the job's name, in any case.",
    ),
    Param("since", Number(), "Ended then or later."),
    Param("until", Number(), "Ended before then."),
)
BEFORE = Param(
    "before", Integer(0, MAX_ID), "Older than that run: the page before's `older`."
)
PAGE_PROSE = (
    "The run that is under way is in [`state`](#get-servercontinuousprintstate)."
)
EXPORT_PROSE = """\
CSV: UTF-8, one header line, times as ISO 8601 in UTC. A text that a spreadsheet would
take for a formula has a `'` before it. At most 10000 runs; `before` goes on behind the
last of them. Over JSON-RPC, CSV is one text."""

COLUMNS: tuple[str, ...] = tuple(PAST_RUN.schema["properties"])
TIMES = ("opened", "started", "ended", "cleared")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula in one spreadsheet or another."""


class Past(Protocol):
    """What answers need of the history. May raise Unavailable."""

    async def page(
        self,
        wanted: RunFilter = EVERYTHING,
        before: int | None = None,
        limit: int = 100,
    ) -> Page: ...

    async def totals(
        self, by: By = By.ALL, wanted: RunFilter = EVERYTHING, limit: int = MAX_PAGE
    ) -> tuple[Totals, ...]: ...

    async def purge(self, before: float) -> int: ...


class HistoryApi:
    def __init__(self, past: Past) -> None:
        self._past = past

    def endpoints(self) -> tuple[Endpoint, ...]:
        return table(PREFIX, *self._pages(), *self._rest())

    def _pages(self) -> Iterable[tuple[str, Call]]:
        return (
            (
                "GET history",
                Call(
                    self.history,
                    "Runs that have ended, newest first, page by page.",
                    (
                        Param("limit", Integer(1, MAX_PAGE), "The most.", default=50),
                        BEFORE,
                        *FILTERS,
                    ),
                    HISTORY,
                    errors=(STORED,),
                    example={"limit": 1, "outcome": "success"},
                    prose=PAGE_PROSE,
                ),
            ),
            (
                "DELETE history",
                Call(
                    self.purge,
                    "Forget the runs that ended before a time.",
                    (Param("before", Number(), "That time.", required=True),),
                    PURGED,
                    errors=(STORED,),
                    example={"before": 1_600_000_000},
                    prose="In seconds since the epoch; an open run is never forgotten.",
                ),
            ),
        )

    def _rest(self) -> Iterable[tuple[str, Call]]:
        kinds = tuple(one.value for one in By)
        return (
            (
                "GET history/totals",
                Call(
                    self.totals,
                    "Sums over runs that have ended: of all, by file or by job.",
                    (
                        Param("by", Choice(kinds), "Of what.", default=By.ALL.value),
                        Param("limit", Integer(1, MAX_PAGE), "The most.", default=100),
                        *FILTERS,
                    ),
                    ALL_TOTALS,
                    errors=(STORED,),
                    example={"by": "file"},
                ),
            ),
            (
                "GET history/export",
                Call(
                    self.export,
                    "The runs that have ended as one CSV or JSON document.",
                    (
                        Param("format", Choice((CSV, JSON)), "Of it.", required=True),
                        Param(
                            "limit",
                            Integer(1, MAX_EXPORT),
                            "The most.",
                            default=MAX_EXPORT,
                        ),
                        BEFORE,
                        *FILTERS,
                    ),
                    HISTORY,
                    errors=(STORED,),
                    example={"format": "json", "limit": 1},
                    prose=EXPORT_PROSE,
                    media=CSV_TYPE,
                ),
            ),
        )

    async def history(self, request: Request) -> Any:
        args = request.args
        page = await self._past.page(
            wanted(args), args.get("before"), limit=args["limit"]
        )
        return {"runs": [past_run(one) for one in page.runs], "older": page.older}

    async def totals(self, request: Request) -> Any:
        args = request.args
        found = await self._past.totals(By(args["by"]), wanted(args), args["limit"])
        return {"totals": [totals(one) for one in found]}

    async def purge(self, request: Request) -> Any:
        purged = await self._past.purge(request.args["before"])
        log.info("%s had %d runs forgotten.", who(request.user), purged)
        return {"purged": purged}

    async def export(self, request: Request) -> Any:
        """Page by page, so that the database's other users get their turns."""
        args = request.args
        chosen, left, older = wanted(args), args["limit"], args.get("before")
        rows: list[payloads.Payload] = []
        while left:
            page = await self._past.page(chosen, older, min(left, MAX_PAGE))
            rows += [past_run(one) for one in page.runs]
            left, older = left - len(page.runs), page.older
            if older is None:
                break
        if args["format"] == JSON:
            return {"runs": rows, "older": older}
        return Text(as_csv(rows), CSV_TYPE, "continuousprint-history.csv")


def wanted(args: Mapping[str, Any]) -> RunFilter:
    since, until = args.get("since"), args.get("until")
    if since is not None and until is not None and since >= until:
        raise BadRequest("since must be before until.")
    return RunFilter(
        outcome=Outcome(args["outcome"]) if "outcome" in args else None,
        job_id=args.get("job_id"),
        path=_text(args, "path"),
        contains=_text(args, "contains"),
        since=since,
        until=until,
    )


def _text(args: Mapping[str, Any], name: str) -> str:
    value = str(args.get(name, ""))
    try:
        value.encode()  # JSON lets half a character in, which no database takes
    except UnicodeEncodeError:
        raise BadRequest(f"{name} is not valid Unicode.") from None
    return value


def past_run(value: Run) -> payloads.Payload:
    return {
        **payloads.run(value),
        "copy": value.copy,
        "copies": value.copies,
        "retries": value.retries,
        "estimate": value.estimate,
        "bed_temperature": value.bed_temperature,
        "nozzle_temperature": value.nozzle_temperature,
        "history_id": value.history_id,
        "video": value.video,
        "cleared": value.cleared,
    }


def totals(value: Totals) -> payloads.Payload:
    payload = {
        "runs": value.runs,
        "outcomes": {one.value: getattr(value, one.value) for one in Outcome},
        "success_rate": value.success_rate,
        "print_duration": value.print_duration,
        "total_duration": value.total_duration,
        "filament_used": value.filament_used,
        "ratio": value.ratio,
        "last_ended": value.last_ended,
    }
    if value.path is not None:
        payload["path"] = value.path
    if value.job_id is not None:
        payload.update(job_id=value.job_id, job_name=value.job_name)
    return payload


def as_csv(rows: Iterable[payloads.Payload]) -> str:
    made = io.StringIO()
    writer = csv.writer(made)  # lines end with CR LF, as the standard wants
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, row[name]) for name in COLUMNS])
    return made.getvalue()


def _cell(name: str, value: Any) -> Any:
    """Empty for what is not known; a text is never a formula."""
    if value is None:
        return ""
    if name in TIMES:
        return _in_words(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _in_words(value: float) -> str:
    """A time that no calendar has is told as it was stored."""
    try:
        moment = datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return str(value)
    return moment.isoformat(timespec="seconds")
