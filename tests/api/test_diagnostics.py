"""The diagnostics explain each kind of stop, and tell no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from moonraker_cp.api.diagnostics import LATE, MOST_JOBS, together, without_secrets
from moonraker_cp.api.recent import KEPT, Recent
from moonraker_cp.api.schemas import Schema
from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.events import BugFound, CoolingExpired, Loss
from moonraker_cp.core.model import Outcome
from moonraker_cp.storage.decisions import Kept

from ..driving import Rig, printing
from ..fakes import in_virtual_time
from .rig import NATIVE, Api

GCODE = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="EJECT")
COOLS = Rules(
    bed_clearing=BedClearing.GCODE, clearing_gcode="EJECT", release_temperature=30.0
)
Play = Callable[[Api], Awaitable[None]]


async def told(api: Api) -> dict[str, Any]:
    await api.quiet()
    reply = await api.get(f"{NATIVE}diagnostics")
    assert reply.status == 200
    return dict(reply.body)


async def prints(gcodes: Path, rules: Rules | None = None) -> Api:
    """A started queue that prints a.gcode, one of two copies."""
    api = Api(gcodes, rules)
    await api.start()
    await api.post(f"{NATIVE}jobs", path="a.gcode", count=2)
    await api.post(f"{NATIVE}active", active=True, bed="clear")
    api.printer.begin()
    await api.quiet()
    return api


async def good(api: Api) -> None:
    api.printer.end()


async def fails(api: Api) -> None:
    api.printer.end(Outcome.FAILURE, "Heater extruder not heating\nat expected rate")


async def cancelled(api: Api) -> None:
    api.printer.end(Outcome.CANCELLED)


async def shuts_down(api: Api) -> None:
    api.printer.lose(Loss.SHUTDOWN, "MCU 'mcu' shutdown: Timer too close")


async def goes_away(api: Api) -> None:
    api.printer.lose()


async def script_fails(api: Api) -> None:
    api.printer.end()
    await api.quiet()
    api.printer.script_ends("Must home axis first")


async def never_cools(api: Api) -> None:
    api.printer.look = replace(api.printer.look, bed_temperature=60.0)
    api.printer.end()
    await api.quiet()
    api.driver.post(CoolingExpired(api.driver.state.control.ticket, 55.0))


async def is_refused(api: Api) -> None:
    """The next copy, after a person has cleared the bed."""
    api.printer.end()
    await api.quiet()
    await api.post(f"{NATIVE}bed", state="clear")
    api.printer.refuse("Unable to open file")


async def is_ours(api: Api) -> None:
    api.driver.post(BugFound("KeyError: 'made to order'"))


async def another_prints(api: Api) -> None:
    api.printer.end()
    await api.quiet()
    api.printer.print_begins("theirs.gcode")


STOPS: dict[str, tuple[Rules | None, Play, str, str]] = {
    "a good print": (None, good, "ended with success", "has to be cleared"),
    "a failure": (
        None,
        fails,
        "ended with failure: Heater extruder not heating at expected rate",
        "a.gcode failed: Heater extruder not heating at expected rate",
    ),
    "a cancel": (None, cancelled, "ended with cancelled", "cancelled at the printer"),
    "a shutdown": (
        None,
        shuts_down,
        "Klipper has shut down: MCU 'mcu' shutdown: Timer too close",
        "Timer too close",
    ),
    "no connection": (None, goes_away, "connection to Klipper was lost", "waiting"),
    "a script": (
        GCODE,
        script_fails,
        "The action failed: Must home axis first",
        "script failed: Must home axis first",
    ),
    "a warm bed": (COOLS, never_cools, "the bed is at 55.0 °C", "did not cool"),
    "a start": (
        None,
        is_refused,
        "The start was refused: Unable to open file",
        "did not start a.gcode: Unable to open file",
    ),
    "a bug": (None, is_ours, "KeyError: 'made to order'", "an error of its own"),
    "somebody's print": (
        None,
        another_prints,
        "begun to print theirs.gcode",
        "theirs.gcode was started by somebody else",
    ),
}


@pytest.mark.parametrize("stop", STOPS, ids=str)
async def test_a_stop_is_explained(gcodes: Path, stop: str) -> None:
    rules, play, event, reason = STOPS[stop]
    api = await prints(gcodes, rules)
    await play(api)
    document = await told(api)
    assert document["state"]["phase"] == "blocked"
    assert reason in " ".join(document["state"]["reason"]["text"].split())
    found = [one for one in document["decisions"] if event in one["event"]]
    assert found, [one["event"] for one in document["decisions"]]
    assert found[0]["after"] == "blocked"
    assert reason in found[0]["reason"]
    assert document["state"]["reason"]["advice"] in found[0]["reason"], "what to do"
    assert document["left_out"] == []
    await api.driver.stop()


async def test_the_way_to_a_stop_can_be_read(gcodes: Path) -> None:
    api = await prints(gcodes)
    await fails(api)
    newest, *earlier = (await told(api))["decisions"]
    assert newest["done"] == [
        "Run 1 of a.gcode was closed as failure and not counted.",
    ]
    assert (newest["before"], newest["level"]) == ("printing", "warning")
    words = [one["event"] for one in reversed(earlier)]
    assert words[-4:] == [
        "ann added 1 job: a.gcode.",
        "ann pressed Start and said that the bed is clear.",
        "Klipper accepted the start.",
        "Klipper has begun to print a.gcode.",
    ]
    start = next(one for one in earlier if "pressed Start" in one["event"])
    assert "Run 1 of a.gcode was opened." in start["done"]
    assert "The start of a.gcode was sent." in start["done"]
    assert "The bed is clear (a person said so, ann)." in start["done"]
    await api.driver.stop()


async def test_a_request_that_was_refused_is_told(gcodes: Path) -> None:
    api = await prints(gcodes)
    reply = await api.post(f"{NATIVE}bed", state="clear")
    assert reply.status == 409
    newest = (await told(api))["decisions"][0]
    assert newest["event"] == "ann said that the bed is clear."
    assert newest["reason"] == f"Refused: {reply.message}"
    assert newest["changed"] is False
    await api.driver.stop()


@in_virtual_time
async def test_what_was_decided_before_a_crash_is_told_after_it() -> None:
    rig = await printing("a.gcode")
    before = list(rig.store.entries)
    rig.driver = rig.new_driver()  # nothing of the old one's memory is left
    await rig.driver.start()
    rig.printer.connect()
    await rig.quiet()
    kept = await rig.store.newest()
    words = [one.event for one in together(kept.entries, rig.driver.diary)]
    assert words[: len(words) - len(before)]
    assert words[-len(before) :] == [one.event for one in reversed(before)]
    assert words[len(words) - len(before) - 1] == (
        "Moonraker has started: what ran before is in doubt."
    )


@in_virtual_time
async def test_a_database_that_is_full_is_told(caplog: Any) -> None:
    rig = await Rig().start()
    rig.store.failure = sqlite3.OperationalError("database or disk is full")
    with pytest.raises(Exception, match="disk is full"):
        await rig.activate()
    newest = together((), rig.driver.diary)[0]
    assert "ann pressed Start" in newest.event
    assert "database or disk is full" in newest.reason
    assert "could not be stored" in caplog.text


async def test_stored_decisions_that_cannot_be_read_are_said(
    gcodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unread() -> Kept:
        return Kept(trouble="The stored decisions could not be read: made to order.")

    api = await prints(gcodes)
    monkeypatch.setattr(api.store, "newest", unread)
    await fails(api)
    document = await told(api)
    assert "Heater extruder" in document["decisions"][0]["event"], "of the memory"
    assert document["left_out"] == [
        "The stored decisions could not be read: made to order."
    ]
    await api.driver.stop()


async def test_a_disk_that_hangs_is_said(
    gcodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> Kept:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    api = await prints(gcodes)
    monkeypatch.setattr(api.store, "newest", never)
    monkeypatch.setattr("moonraker_cp.api.diagnostics.PATIENCE", 0.01)
    document = await told(api)
    assert document["decisions"], "of the memory"
    assert document["left_out"] == [LATE]
    await api.driver.stop()


async def test_a_long_queue_makes_no_long_document(gcodes: Path) -> None:
    api = Api(gcodes)
    await api.start()
    jobs = [{"path": "a.gcode", "note": "for Bob", "metadata": "s3cret"}] * 500
    await api.post(f"{NATIVE}jobs", jobs=jobs)
    document = await told(api)
    assert len(document["state"]["jobs"]) == MOST_JOBS
    assert document["job_counts"]["all"] == 500
    assert "s3cret" not in json.dumps(document)
    assert "for Bob" not in json.dumps(document)
    assert len(json.dumps(document)) < 200_000
    await api.driver.stop()


async def test_it_has_the_shape_that_it_is_said_to_have(gcodes: Path) -> None:
    api = await prints(gcodes)
    document = await told(api)
    returns = api.endpoints[f"{NATIVE}diagnostics"].calls["GET"].returns
    assert returns is not None
    shape: Schema = returns.schema
    assert set(document) == set(shape["required"])
    assert document["versions"]["schema"].startswith("00")
    assert document["run_counts"] == {kind.value: 0 for kind in Outcome}
    assert document["printer"]["filename"] == "a.gcode"
    await api.driver.stop()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at http://ann:pw@host:80/key?t=1, so", "at http://host:80/… so"),
        ("(tgram://token/chat)", "(tgram://token/…"),
        ("no address: a.gcode", "no address: a.gcode"),
    ],
)
def test_of_an_address_the_beginning_is_told(said: str, shown: str) -> None:
    assert without_secrets([{"a": (said,)}]) == [{"a": [shown]}]


# -- the log ------------------------------------------------------------------------


@pytest.fixture
def recent() -> Any:
    made = Recent("tests.of.the.log")
    made.begin()
    yield made
    made.end()


def test_no_name_begins_a_line_of_the_log(
    recent: Recent, caplog: pytest.LogCaptureFixture
) -> None:
    name = "a\n2026-01-01 00:00:00 [auth.py] - anna logged in\r\x1b[2J.gcode"
    log = logging.getLogger("tests.of.the.log.deeper")
    log.warning("%s is gone.", name)
    try:
        raise ValueError(name)
    except ValueError as error:
        log.error("It failed.", exc_info=error)
    lines = caplog.text.splitlines()
    assert [line for line in lines if line.startswith("2026")] == []
    assert all(line.isprintable() for line in lines)
    assert any("anna logged in" in line for line in lines), "it is not hidden"


def test_the_newest_troubles_are_kept(recent: Recent) -> None:
    log = logging.getLogger("tests.of.the.log.deeper")
    log.info("no trouble")
    for number in range(KEPT + 3):
        log.warning("trouble %d", number)
    try:
        json.loads("{")
    except ValueError as error:
        log.error("Not read.", exc_info=error)
    newest, second, *others = recent.troubles
    assert (newest.level, second.text) == ("error", f"trouble {KEPT + 2}")
    assert newest.text.startswith("Not read. JSONDecodeError: Expecting property")
    assert newest.trace[0].startswith("test_diagnostics.py:")
    assert len(others) == KEPT - 2


def test_a_line_that_cannot_be_made_harms_nobody(
    recent: Recent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logging.getLogger("tests.of.the.log").warning("%d jobs", "no")
    assert recent.troubles == ()
