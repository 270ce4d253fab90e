"""The history of runs on a real printer stack, beside Moonraker's own."""

from __future__ import annotations

import csv
import io
from typing import Any

from .queue import GCODE, LONG, PREFIX, Queue

HISTORY = f"{PREFIX}/history"
RPC = "server.continuousprint"


async def get(queue: Queue, path: str) -> Any:
    reply = await queue.client.get(f"{HISTORY}{path}")
    assert reply.status == 200, reply.body
    return reply.body["result"]


async def test_what_was_printed_is_remembered(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("good.gcode")
    job = await queue.add("stopped.gcode", LONG)
    await queue.start()
    await queue.printing("stopped.gcode")
    assert [one["path"] for one in (await get(queue, ""))["runs"]] == ["good.gcode"]
    await queue.client.rpc("printer.print.cancel")
    await queue.phase("blocked")
    await queue.bed_clear()

    runs = (await get(queue, ""))["runs"]
    assert [(one["path"], one["outcome"]) for one in runs] == [
        ("stopped.gcode", "cancelled"),
        ("good.gcode", "success"),
    ]
    moonraker = (await queue.client.rpc("server.history.list"))["jobs"]
    assert [one["history_id"] for one in runs] == [one["job_id"] for one in moonraker]
    for one in runs:
        assert one["bed_temperature"] > 0.0
        assert one["nozzle_temperature"] > 0.0
        assert one["cleared"] >= one["ended"] >= one["started"]
        assert one["total_duration"] > 0.0
        assert (one["copy"], one["copies"], one["retries"]) == (1, 1, 0)

    # Another try of the copy that was cancelled; its job is removed meanwhile.
    await queue.start()
    await queue.printing("stopped.gcode")
    await queue.client.request("DELETE", f"{PREFIX}/jobs?job_ids={job['id']}")
    await queue.client.rpc("printer.print.cancel")
    await queue.phase("blocked")
    (again,) = (await get(queue, f"?job_id={job['id']}&limit=1"))["runs"]
    assert (again["retries"], again["cleared"]) == (1, None)

    (all_of_them,) = (await get(queue, "/totals"))["totals"]
    assert all_of_them["outcomes"] == {
        "success": 1,
        "failure": 0,
        "cancelled": 2,
        "aborted": 0,
    }
    files = (await queue.client.rpc(f"{RPC}.history.totals", by="file"))["totals"]
    assert {(one["path"], one["runs"], one["success_rate"]) for one in files} == {
        ("stopped.gcode", 2, 0.0),
        ("good.gcode", 1, 1.0),
    }


async def test_export_and_purge(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.call("jobs", path=queue.file("ü.gcode"), name="=1+1")
    await queue.start()
    await queue.phase("idle")

    reply = await queue.client.get(f"{HISTORY}/export?format=csv")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert "continuousprint-history.csv" in reply.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(reply.body))
    assert (row["path"], row["job_name"], row["outcome"]) == (
        "ü.gcode",
        "'=1+1",
        "success",
    )
    over_rpc = await queue.client.rpc(f"{RPC}.history.export", format="csv")
    assert over_rpc == reply.body
    (run,) = (await get(queue, "/export?format=json"))["runs"]
    assert (await get(queue, ""))["runs"] == [run]

    gone = f"{HISTORY}?before={run['ended'] + 1}"
    refused = await queue.client.request("DELETE", HISTORY)
    assert refused.status == 400
    kept = await queue.client.request("DELETE", f"{HISTORY}?before={run['ended']}")
    assert kept.body["result"] == {"purged": 0}
    assert (await queue.client.request("DELETE", gone)).body["result"] == {"purged": 1}
    assert (await get(queue, ""))["runs"] == []
    assert len(await queue.history()) == 1, "Moonraker's own stays"
