"""Failures that are reported, copies taken back, answers, a Start for later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.core.decisions import (
    BedClearing,
    CancelPrint,
    PausePrint,
    Rules,
    RunHook,
)
from moonraker_cp.core.failures import FailureRules
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.model import Outcome
from moonraker_cp.core.spools import MaterialPolicy, Spool

from .rig import CPQ, NATIVE, Api

STATE, ACTIVE, ANSWER = NATIVE + "state", NATIVE + "active", NATIVE + "answer"
REPORT, AGAIN = NATIVE + "report_failure", NATIVE + "print_again"
BLOCKS = Rules(material_policy=MaterialPolicy.BLOCK)
SWEEPS = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="SWEEP")
NOW = 1.7e9 + 1000.0
YEAR = 365 * 86400.0


async def printing(api: Api, count: int = 3, **job: Any) -> None:
    """One copy of a.gcode is in the printer."""
    job = {"path": "a.gcode", "count": count, **job}
    assert (await api.post(NATIVE + "jobs", **job)).status == 200
    assert (await api.post(ACTIVE, active=True, bed="clear")).status == 200
    api.printer.begin()
    await api.quiet()


async def printed(api: Api, outcome: Outcome = Outcome.SUCCESS) -> None:
    """It ended, and the queue asks."""
    await printing(api)
    api.printer.end(outcome)
    await api.quiet()


async def answer(api: Api, word: str) -> Any:
    asked = (await api.get(STATE)).body["question"]
    assert word in [one["answer"] for one in asked["answers"]]
    reply = await api.post(ANSWER, question=asked["id"], answer=word)
    assert reply.status == 200, reply
    return reply.body


# -- reported --------------------------------------------------------------------


async def test_a_detector_pauses_the_print_and_is_named(api: Api) -> None:
    await printing(api)
    body = (await api.post(REPORT, reason="Spaghetti\n 97 %", source="obico")).body
    assert isinstance(api.printer.actions[-1], PausePrint)
    reason = body["reason"]
    assert reason["code"] == "failure_reported"
    assert reason["text"] == "obico says that a.gcode fails: Spaghetti 97 %"
    api.printer.end(Outcome.CANCELLED)
    await api.quiet()
    (run,) = (await api.get(NATIVE + "runs")).body["runs"]
    assert (run["outcome"], run["reason"]) == ("failure", "Spaghetti 97 %")
    assert run["counted"] is False


async def test_without_a_source_it_is_the_user_of_the_call(api: Api) -> None:
    await printing(api)
    for sent in ({}, {"reason": None, "source": ""}):
        text = (await api.post(REPORT, **sent)).body["reason"]["text"]
        assert text == "ann says that a.gcode fails: no reason given"


async def test_it_is_cancelled_where_the_options_say_so(gcodes: Path) -> None:
    api = Api(gcodes, Rules(failures=FailureRules(cancel_on_report=True)))
    await api.start()
    await printing(api)
    assert (await api.post(REPORT, reason="x" * 5000)).status == 200
    assert isinstance(api.printer.actions[-1], CancelPrint)
    assert api.driver.state.run is not None
    assert api.driver.state.run.trouble == "x" * 500
    await api.driver.stop()


async def test_a_set_may_say_what_a_failure_does(api: Api) -> None:
    await printing(api, on_failure="skip")
    assert (await api.post(REPORT)).status == 200
    assert isinstance(api.printer.actions[-1], CancelPrint)


async def test_nothing_prints_so_nothing_fails(api: Api) -> None:
    before = api.driver.state
    assert (await api.post(REPORT, reason="ghosts")).status == 409
    assert (await api.post(REPORT, reason=["a"])).status == 400
    assert api.driver.state is before


# -- taken back ------------------------------------------------------------------


async def test_a_copy_that_was_counted_is_printed_again(api: Api) -> None:
    await printed(api)
    body = (await api.post(AGAIN, reason="It warped.")).body
    (one,) = body["jobs"][0]["sets"]
    assert (one["remaining"], one["completed"]) == (3, 0)
    assert body["phase"] == "blocked", "it says nothing about the bed"
    (run,) = (await api.get(NATIVE + "runs")).body["runs"]
    assert (run["outcome"], run["reason"]) == ("failure", "It warped.")
    assert (await api.post(AGAIN)).status == 409, "it is taken back once"


async def test_nothing_is_taken_back_that_was_not_counted(api: Api) -> None:
    assert (await api.post(AGAIN)).status == 409
    await printed(api, Outcome.FAILURE)
    assert (await api.post(AGAIN)).status == 409


# -- answered --------------------------------------------------------------------


async def test_the_bed_is_clear_but_print_it_again(api: Api) -> None:
    await printed(api)
    body = await answer(api, "print_again")
    assert (body["phase"], body["bed"]["by"]) == ("starting", "ann")
    assert body["jobs"][0]["copies_left"] == 3
    assert api.printer.log.count("start a.gcode") == 2


async def test_not_yet_changes_nothing_and_closes_the_dialogs(api: Api) -> None:
    await printed(api)
    before = (await api.get(STATE)).body
    api.prompts.set_usable(True, api.driver.question)
    api.lines.clear()
    assert await answer(api, "not_yet") == before
    assert api.lines == ["// action:prompt_end"]
    await api.post(NATIVE + "job", id=1, note="another change")
    assert api.lines == ["// action:prompt_end"]
    await answer(api, "bed_clear")
    assert api.lines == ["// action:prompt_end"], "there was none to close"


async def test_a_script_that_may_not_have_run_is_run_again(api: Api) -> None:
    await api.hook_table.put(Hook.BEFORE_PRINT, (Script("home", "G28"),))
    await api.post(NATIVE + "jobs", path="a.gcode")
    await api.post(ACTIVE, active=True, bed="clear")
    assert isinstance(api.printer.actions[-1], RunHook)
    api.printer.lose()
    api.printer.connect()
    await api.quiet()
    body = (await api.get(STATE)).body
    assert (body["reason"]["code"], body["hook"]) == ("script_in_doubt", "before_print")
    sent = len(api.printer.actions)
    body = await answer(api, "run_script")
    assert body["phase"] == "script"
    (again,) = api.printer.actions[sent:]
    assert isinstance(again, RunHook)
    assert again.hook is Hook.BEFORE_PRINT


async def test_a_queue_that_waits_for_material_asks(gcodes: Path) -> None:
    api = Api(gcodes, BLOCKS)
    await api.start()
    api.prompts.set_usable(True, None)
    await api.spool_table.set_manual(0, Spool("PLA", None, None))
    await api.post(NATIVE + "jobs", path="a.gcode", materials=["PETG"], count=2)
    body = (await api.post(ACTIVE, active=True, bed="clear")).body
    assert (body["phase"], body["waits_for"]["code"]) == ("idle", "awaiting_material")
    assert (body["waits_for"]["until"], body["status_type"]) == (None, "NEEDS_ACTION")
    words = [one["answer"] for one in body["question"]["answers"]]
    assert words == ["print_anyway", "skip", "stop"]
    assert api.lines[0] == "// action:prompt_begin Continuous print"
    assert any("Print anyway|" in line for line in api.lines)
    body = await answer(api, "print_anyway")
    assert body["phase"] == "starting"
    assert api.lines[-1] == "// action:prompt_end"
    await api.driver.stop()


async def test_the_other_answers(gcodes: Path) -> None:
    for word, phase in (
        ("bed_clear", "starting"),
        ("run_clearing", "clearing"),
        ("skip", "blocked"),
        ("stop", "inactive"),
    ):
        api = Api(gcodes, SWEEPS)
        await api.start()
        await api.post(NATIVE + "jobs", path="b.gcode")
        await printed(api, Outcome.FAILURE)
        assert (await answer(api, word))["phase"] == phase
        await api.driver.stop()


# -- later -----------------------------------------------------------------------


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("path", [ACTIVE, CPQ + "set_active"])
async def test_a_start_for_later(api: Api, path: str) -> None:
    await api.post(NATIVE + "jobs", path="a.gcode")
    reply = await api.post(path, active="true", bed="clear", at=str(NOW + YEAR))
    assert reply.status == 200
    body = (await api.get(STATE)).body
    assert (body["active"], body["phase"]) == (True, "idle")
    assert (body["not_before"], api.printer.actions) == (NOW + YEAR, [])
    assert body["waits_for"]["code"] == "start_time"
    assert body["waits_for"]["until"] == NOW + YEAR
    await api.post(ACTIVE, active=False)
    assert (await api.get(STATE)).body["not_before"] is None
    await api.post(ACTIVE, active=True, at=None)
    assert api.printer.log == ["start a.gcode"]


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"active": True, "at": NOW}, "a time to come"),
        ({"active": True, "at": 0}, "a time to come"),
        ({"active": True, "at": -1}, "must be 0 or more"),
        ({"active": True, "at": NOW * 1000}, "within a year"),
        ({"active": True, "at": NOW + YEAR + 2 * 86400}, "within a year"),
        ({"active": True, "at": "06:00"}, "must be a number"),
        ({"active": True, "at": True}, "must be a number"),
        ({"active": False, "at": NOW + 60}, "with active=true"),
    ],
)
async def test_an_odd_time(api: Api, sent: dict[str, Any], words: str) -> None:
    await api.post(NATIVE + "jobs", path="a.gcode")
    before = api.driver.state
    reply = await api.post(ACTIVE, **sent)
    assert reply.status == 400
    assert words in reply.message
    assert api.driver.state is before
