"""Which new files ask to be queued: each upload once, none that prints by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Callable, cast

import pytest

from moonraker_cp.printer.files import (
    CLAIM,
    REMEMBERED,
    SETTLE,
    STARTED_BEFORE,
    Arrivals,
    Change,
    Uploads,
)
from tests.fakes import in_virtual_time

NEW = Change("create_file", "gcodes", "a.gcode", modified=5.5, size=3)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (NEW, True),
        (replace(NEW, path="sub/deep/a.g"), True),
        (replace(NEW, action="modify_file"), False),
        (replace(NEW, action="create_dir", path="sub"), False),
        (replace(NEW, action="move_file", source_root="gcodes", source="b.g"), False),
        (replace(NEW, action="delete_file"), False),
        (replace(NEW, action="root_update", path="."), False),
        (replace(NEW, root="config"), False),
        (replace(NEW, path="a.png"), False),
        (replace(NEW, path="a.ufp"), False),
        (replace(NEW, path="A.GCODE"), False),
        (replace(NEW, path="a;b.gcode"), False),
        (replace(NEW, path=".thumbs/a.gcode"), False),
        (replace(NEW, path="._a.gcode"), False),
    ],
)
def test_what_counts(change: Change, counts: bool) -> None:
    assert Arrivals().counts(change) is counts


@pytest.mark.parametrize("folder", ["to print", "/to print/"])
def test_a_chosen_folder(folder: str) -> None:
    arrivals = Arrivals(folder)
    assert arrivals.counts(replace(NEW, path="to print/a.gcode"))
    assert arrivals.counts(replace(NEW, path="to print/today/a.gcode"))
    assert not arrivals.counts(replace(NEW, path="to prints/a.gcode"))
    assert not arrivals.counts(NEW)


def test_the_same_upload_counts_once() -> None:
    arrivals = Arrivals()
    again = replace(NEW, modified=6.5)
    assert arrivals.counts(NEW)
    assert not arrivals.counts(replace(NEW, action="modify_file"))
    assert not arrivals.counts(NEW)
    assert arrivals.counts(again)
    assert not arrivals.counts(again)


def test_a_file_that_was_deleted_may_come_again() -> None:
    arrivals = Arrivals()
    assert arrivals.counts(NEW)
    assert not arrivals.counts(replace(NEW, action="delete_file"))
    assert arrivals.counts(NEW)


def test_memory_has_an_end() -> None:
    arrivals = Arrivals()
    changes = [replace(NEW, path=f"{n}.gcode") for n in range(REMEMBERED + 1)]
    assert all(arrivals.counts(change) for change in changes)
    assert not any(arrivals.counts(change) for change in reversed(changes[1:]))
    assert arrivals.counts(changes[0])


def test_a_claim_is_used_up_and_passes() -> None:
    arrivals = Arrivals()
    arrivals.claim("a.gcode", now=100.0)
    arrivals.claim("b.gcode", now=100.0)
    assert not arrivals.is_claimed("c.gcode", now=101.0)
    assert arrivals.is_claimed("a.gcode", now=101.0)
    assert not arrivals.is_claimed("a.gcode", now=102.0)
    assert not arrivals.is_claimed("b.gcode", now=100.0 + CLAIM)


class ServerError(Exception):
    """Moonraker's own."""


class Moonraker:
    """Uploads, starts and job queue, told of in Moonraker's order.

    The contract, measured on 0.9.3, 0.10.0 and 0.11.0 (tests/rig/test_files.py): with
    print=true Klipper's answer to the start comes first, then
    `klippy_apis:job_start_complete` without a file name, then `create_file`; a query
    shows the file from the answer on. `job_queue:job_queue_changed` comes 50 ms after
    a job was queued, with all jobs.
    """

    error = ServerError

    def __init__(self, folder: str = "") -> None:
        self.arrived: list[str] = []
        self.loaded = ""
        self.queries = 0
        self.fails: Exception | None = None
        self.jobs: list[dict[str, str]] = []
        self._stamp = 0.0
        self._handlers: dict[str, Callable[..., None]] = {}
        self.uploads = Uploads(cast(Any, self), folder, self.arrived.append)

    def lookup_component(self, name: str) -> Any:
        assert name == "klippy_apis"
        return self

    def register_event_handler(self, event: str, handler: Any) -> None:
        self._handlers[event] = handler

    async def query_objects(self, objects: dict[str, Any]) -> Any:
        self.queries += 1
        await asyncio.sleep(0.1)
        if self.fails is not None:
            raise self.fails
        assert objects == {"print_stats": ["filename"]}
        return {"print_stats": {"filename": self.loaded}}

    def upload(self, path: str, print_it: bool = False) -> None:
        if print_it:
            self.start(path)
        self._stamp += 1
        item = {"path": path, "root": "gcodes", "modified": self._stamp, "size": 3}
        self.tell({"action": "create_file", "item": item})

    def tell(self, payload: Any) -> None:
        self._handlers["file_manager:filelist_changed"](payload)

    def start(self, path: str) -> None:
        self.loaded = path
        self._handlers["klippy_apis:job_start_complete"](None)

    def queue(self, path: str) -> None:
        self.jobs.append({"filename": path, "job_id": str(len(self.jobs))})
        self.tell_jobs("jobs_added", [*self.jobs])

    def tell_jobs(self, action: str, jobs: Any) -> None:
        payload = {"action": action, "updated_queue": jobs, "queue_state": "ready"}
        self._handlers["job_queue:job_queue_changed"](payload)


async def settled() -> None:
    await asyncio.sleep(2 * SETTLE)


@in_virtual_time
async def test_an_upload_arrives_after_a_moment() -> None:
    moonraker = Moonraker()
    moonraker.upload("a.gcode")
    await asyncio.sleep(SETTLE / 2)
    assert moonraker.arrived == []
    await settled()
    assert moonraker.arrived == ["a.gcode"]
    assert moonraker.queries == 0
    moonraker.upload("a.gcode")  # sliced again
    await settled()
    assert moonraker.arrived == ["a.gcode"] * 2


@in_virtual_time
async def test_a_file_that_is_written_twice_in_a_moment_arrives_once() -> None:
    moonraker = Moonraker()
    for _ in range(3):
        moonraker.upload("a.gcode")
        moonraker.upload("b.gcode")
        await asyncio.sleep(SETTLE / 2)
    await settled()
    assert moonraker.arrived == ["a.gcode", "b.gcode"]


@in_virtual_time
async def test_upload_and_print_is_not_queued() -> None:
    moonraker = Moonraker()
    moonraker.upload("a.gcode", print_it=True)
    moonraker.upload("b.gcode")
    await settled()
    assert moonraker.arrived == ["b.gcode"]


@in_virtual_time
async def test_a_client_that_uploads_and_then_asks_for_the_print() -> None:
    moonraker = Moonraker()
    moonraker.upload("a.gcode")
    await asyncio.sleep(SETTLE / 2)
    moonraker.start("a.gcode")
    await settled()
    assert moonraker.arrived == []


@in_virtual_time
async def test_what_was_printed_before_does_not_hold_an_upload_back() -> None:
    moonraker = Moonraker()
    moonraker.start("a.gcode")  # and Klipper shows it until the next one
    await asyncio.sleep(2 * STARTED_BEFORE)
    moonraker.upload("a.gcode")
    await settled()
    assert moonraker.arrived == ["a.gcode"]
    assert moonraker.queries == 0


@in_virtual_time
async def test_when_klipper_does_not_say_a_started_file_is_not_queued() -> None:
    moonraker = Moonraker()
    moonraker.fails = ServerError("Klippy Disconnected")
    moonraker.upload("a.gcode", print_it=True)
    await settled()
    assert moonraker.arrived == []


@in_virtual_time
async def test_what_moonrakers_own_queue_took_is_not_queued() -> None:
    moonraker = Moonraker()
    moonraker.queue("old.gcode")
    await asyncio.sleep(60)
    moonraker.upload("a.gcode")
    moonraker.queue("a.gcode")
    moonraker.upload("old.gcode")  # queued long ago, but this one is a new upload
    moonraker.tell_jobs("state_changed", None)
    await settled()
    assert moonraker.arrived == ["old.gcode"]
    await asyncio.sleep(60)
    moonraker.tell_jobs("jobs_removed", moonraker.jobs)
    moonraker.upload("a.gcode")
    await settled()
    assert moonraker.arrived == ["old.gcode", "a.gcode"]


@in_virtual_time
async def test_what_is_brought_by_others_is_claimed() -> None:
    moonraker = Moonraker()
    moonraker.uploads.claim("import/a.gcode")
    await asyncio.sleep(CLAIM / 2)
    moonraker.upload("import/a.gcode")
    moonraker.upload("b.gcode")
    await settled()
    assert moonraker.arrived == ["b.gcode"]
    moonraker.upload("import/a.gcode")
    await settled()
    assert moonraker.arrived == ["b.gcode", "import/a.gcode"]


@in_virtual_time
async def test_nothing_arrives_after_the_end() -> None:
    moonraker = Moonraker()
    moonraker.upload("a.gcode")
    moonraker.uploads.stop()
    moonraker.upload("b.gcode")
    await settled()
    assert moonraker.arrived == []


def test_errors_of_ours_go_no_further(caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def story() -> None:
        moonraker = Moonraker()
        for _ in range(3):
            moonraker.tell({"action": "create_file"})
            moonraker.tell_jobs("jobs_added", [{}])
        moonraker.fails = RuntimeError("a bug")
        moonraker.upload("a.gcode", print_it=True)
        await settled()
        moonraker.upload("b.gcode")
        await asyncio.sleep(2 * STARTED_BEFORE)
        moonraker.upload("c.gcode")
        await settled()
        assert moonraker.arrived == ["c.gcode"]

    story()
    assert len(caplog.records) == 4  # two handlers, two uploads
