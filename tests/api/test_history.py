"""/server/continuousprint/history: pages, totals, export, purge, and refusals."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from moonraker_cp.api import openapi
from moonraker_cp.api.endpoint import Endpoint, Text
from moonraker_cp.api.history import (
    COLUMNS,
    CSV_TYPE,
    MAX_EXPORT,
    HistoryApi,
    past_run,
    totals,
)
from moonraker_cp.core.errors import BadRequest
from moonraker_cp.core.model import Control, Outcome, Run
from moonraker_cp.core.records import MAX_PAGE, Totals

from ..fakes import MemoryStore
from ..past import MemoryHistory
from ..storage.examples import CLOSED_RUN, OPEN_RUN

HISTORY = "/server/continuousprint/history"


class Api:
    """Asks like a client; runs: in the store, by their ids."""

    def __init__(self, *runs: Run) -> None:
        self.store = MemoryStore(runs={run.id: run for run in runs})
        tables = HistoryApi(MemoryHistory(self.store)).endpoints()
        self.endpoints: dict[str, Endpoint] = {one.path: one for one in tables}

    async def ask(self, words: str, **sent: Any) -> Any:
        """words: "GET /totals"; what is answered is checked against its schema."""
        method, _, path = words.partition(" ")
        call = self.endpoints[HISTORY + path].calls[method]
        reply = await call.reply(sent, "ann")
        if isinstance(reply, Text):
            assert reply.content_type == call.media
            return reply
        assert call.returns is not None
        schema = openapi.document(self.endpoints.values())
        target = {**call.returns.ref, "components": schema["components"]}
        validator = Draft202012Validator(openapi.Shapes().resolve(target))
        back = json.loads(json.dumps(reply))
        assert [one.message for one in validator.iter_errors(back)] == []
        return back

    async def ids(self, **sent: Any) -> list[int]:
        return [one["id"] for one in (await self.ask("GET", **sent))["runs"]]


def run(number: int, **fields: Any) -> Run:
    return replace(CLOSED_RUN, id=number, ended=1000.0 * number, **fields)


def many(count: int) -> Api:
    return Api(*(run(n) for n in range(1, count + 1)))


# -- pages and totals ------------------------------------------------------------


async def test_a_run_with_all_its_fields() -> None:
    api = Api(CLOSED_RUN, OPEN_RUN)
    page = await api.ask("GET")
    assert page == {"runs": [past_run(CLOSED_RUN)], "older": None}
    shown = page["runs"][0]
    for name in Run.__dataclass_fields__:
        if name in shown and name != "outcome":
            assert shown[name] == getattr(CLOSED_RUN, name), name
    hidden = {"sent_clock", "before", "accepted", "start_clock", "pass_index"}
    hidden |= {"trouble"}  # once the run has ended it is the reason
    assert set(Run.__dataclass_fields__) - set(shown) == hidden


async def test_page_by_page() -> None:
    api = many(120)
    first = await api.ask("GET")
    assert (len(first["runs"]), first["older"]) == (50, 71)
    assert await api.ids(before="71", limit="2") == [70, 69]
    assert await api.ids(before=3) == [2, 1]


async def test_filters_as_they_are_sent() -> None:
    api = Api(
        run(1, path="x.g"),
        run(2, outcome=Outcome.FAILURE),
        run(3, job_id=9),
        run(4, path="sub/X.g", outcome=Outcome.CANCELLED),
    )
    assert await api.ids(outcome="Failure") == [2]
    assert await api.ids(job_id="9") == [3]
    assert await api.ids(path="x.g") == [1]
    assert await api.ids(contains="x.g") == [4, 1]
    assert await api.ids(since="2000", until=4000) == [3, 2]
    assert await api.ids(outcome="success", path="x.g", unknown=1) == [1]


async def test_totals_by_each() -> None:
    api = Api(run(1, path="x.g"), run(2, outcome=Outcome.FAILURE), run(3))
    (everything,) = (await api.ask("GET /totals"))["totals"]
    outcomes = {"success": 2, "failure": 1, "cancelled": 0, "aborted": 0}
    assert everything["outcomes"] == outcomes
    assert everything["runs"] == 3
    assert everything["success_rate"] == pytest.approx(2 / 3)
    assert "path" not in everything
    files = (await api.ask("GET /totals", by="file"))["totals"]
    assert [(one["path"], one["runs"]) for one in files] == [("b.g", 2), ("x.g", 1)]
    (job,) = (await api.ask("GET /totals", by="job", outcome="success"))["totals"]
    assert (job["job_id"], job["job_name"], job["runs"]) == (7, "Job", 2)
    assert len((await api.ask("GET /totals", by="file", limit=1))["totals"]) == 1


async def test_totals_of_nothing() -> None:
    (nothing,) = (await Api().ask("GET /totals"))["totals"]
    assert nothing == totals(Totals())
    assert (nothing["success_rate"], nothing["ratio"]) == (None, None)
    assert (await Api().ask("GET /totals", by="file"))["totals"] == []


# -- export ------------------------------------------------------------------------


async def exported(api: Api, **sent: Any) -> list[dict[str, str]]:
    reply = await api.ask("GET /export", format="csv", **sent)
    assert reply.content_type == CSV_TYPE
    assert reply.name.endswith(".csv")
    rows = list(csv.DictReader(io.StringIO(reply.body, newline="")))
    assert all(set(row) == set(COLUMNS) for row in rows)
    return rows


async def test_csv_has_a_line_for_each_run() -> None:
    (row,) = await exported(Api(CLOSED_RUN, OPEN_RUN))
    assert row["path"] == CLOSED_RUN.path
    assert row["ended"] == "2023-11-14T22:14:21+00:00"
    assert (row["outcome"], row["counted"]) == ("success", "true")
    assert (row["total_duration"], row["filament_used"]) == ("60.25", "123.75")
    (row,) = await exported(Api(run(1, started=None, estimate=None)))
    assert (row["started"], row["estimate"]) == ("", "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
async def test_a_text_is_no_formula(sign: str) -> None:
    evil = f'{sign}HYPERLINK("http://x","a,b")\n'
    api = Api(run(1, path=evil, job_name=evil, user=evil, reason=evil))
    (row,) = await exported(api)
    for name in ("path", "job_name", "user", "reason"):
        assert row[name] == f"'{evil}"
    json_run = (await api.ask("GET /export", format="json"))["runs"][0]
    assert json_run["path"] == evil


async def test_a_number_is_not_changed() -> None:
    (row,) = await exported(Api(run(1, bed_temperature=-5.5, nozzle_temperature=-0.0)))
    assert (row["bed_temperature"], row["nozzle_temperature"]) == ("-5.5", "-0.0")


async def test_an_export_is_of_many_pages_and_goes_on() -> None:
    api = many(MAX_PAGE + 20)
    assert len(await exported(api)) == MAX_PAGE + 20
    assert [row["id"] for row in await exported(api, before=3)] == ["2", "1"]
    some = await api.ask("GET /export", format="json", limit=MAX_PAGE + 5)
    assert (len(some["runs"]), some["older"]) == (MAX_PAGE + 5, 16)
    rest = await api.ask("GET /export", format="json", before=some["older"])
    assert (len(rest["runs"]), rest["older"]) == (15, None)
    assert await exported(api, outcome="failure") == []


# -- purge -------------------------------------------------------------------------


async def test_purge() -> None:
    api = Api(*(run(n) for n in range(1, 5)), replace(OPEN_RUN, id=5))
    api.store.control = Control(run_id=5)
    assert await api.ask("DELETE", before=3000) == {"purged": 2}
    assert await api.ids() == [4, 3]
    assert await api.ask("DELETE", before="9000000000") == {"purged": 2}
    assert list(api.store.runs) == [5]


# -- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("GET", {"limit": 0}),
        ("GET", {"limit": MAX_PAGE + 1}),
        ("GET", {"before": -1}),
        ("GET", {"before": 2**63}),
        ("GET", {"job_id": 10**30}),
        ("GET", {"job_id": "seven"}),
        ("GET", {"outcome": "fine"}),
        ("GET", {"path": ["a", "b"]}),
        ("GET", {"path": "\ud800"}),
        ("GET", {"contains": "x" * 5000}),
        ("GET", {"since": "nan"}),
        ("GET", {"since": 5, "until": 5}),
        ("GET /totals", {"by": "printer"}),
        ("GET /totals", {"limit": 501}),
        ("GET /export", {}),
        ("GET /export", {"format": "xlsx"}),
        ("GET /export", {"format": "csv", "limit": MAX_EXPORT + 1}),
        ("DELETE", {}),
        ("DELETE", {"before": "yesterday"}),
        ("DELETE", {"before": "inf"}),
    ],
)
async def test_words_that_are_off(words: str, sent: dict[str, Any]) -> None:
    api = many(2)
    with pytest.raises(BadRequest) as error:
        await api.ask(words, **sent)
    assert len(str(error.value)) < 300
    assert len(api.store.runs) == 2
