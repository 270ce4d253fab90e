"""/server/continuousprint/hooks: scripts of hooks, shown and replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.api.hooks import MEANINGS, HooksApi
from moonraker_cp.api.scripts import ScriptsApi
from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.storage.hooks import HookStore

from ..scripting import Klippy, KlippyError, scripts
from ..storage.thread import DatabaseThread
from .rig import NATIVE, Api

HOOKS = f"{NATIVE}hooks"
CHECK = f"{NATIVE}scripts/check"
SIMULATE = f"{NATIVE}scripts/simulate"
RULES = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="EJECT_PART")
HOME = {"name": "home", "gcode": "G28"}
SWEEP = {
    "name": "sweep",
    "gcode": "G1 Y{printer.toolhead.axis_maximum.y}",
    "condition": "file.object_height > 5",
}


class HooksRig(Api):
    """With the real store of hooks, and a Klipper to check scripts by."""

    def __init__(self, folder: Path, database: DatabaseThread) -> None:
        super().__init__(folder, RULES)
        self.hooks = HookStore(database)
        self.klippy = Klippy()
        trying = scripts(
            self.klippy, lambda: self.driver.situation, runs=self.store.newest_runs
        )
        for made in (
            HooksApi(self.hooks, trying, RULES),
            ScriptsApi(trying, RULES, lambda: self.hooks.hooks),
        ):
            self.endpoints.update({one.path: one for one in made.endpoints()})

    async def save(self, hook: str, *scripts: Any) -> Any:
        reply = await self.post(HOOKS, hook=hook, scripts=list(scripts))
        assert reply.status == 200, reply
        return reply.body

    async def shown(self, hook: str) -> Any:
        body = (await self.get(HOOKS)).body
        return next(one for one in body["hooks"] if one["hook"] == hook)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[HooksRig]:
    for name in ("clip.gcode", "lid.gcode"):
        (tmp_path / name).write_text("G28\n", "utf-8")
    database = DatabaseThread(tmp_path / "moonraker-sql.db")
    await database.store().open(0.0)
    rig = HooksRig(tmp_path, database)
    await rig.start()
    yield rig
    await rig.driver.stop()
    database.close()


async def test_every_hook_says_when_it_fires(api: HooksRig) -> None:
    body = (await api.get(HOOKS)).body
    assert [one["hook"] for one in body["hooks"]] == [hook.value for hook in Hook]
    assert all(one["when"] for one in body["hooks"])
    assert (await api.shown("finish"))["scripts"] == []


async def test_those_of_moonraker_conf_come_first(api: HooksRig) -> None:
    await api.save("clear_bed", HOME)
    assert (await api.shown("clear_bed"))["scripts"] == [
        {
            "name": "bed_clearing_gcode",
            "gcode": "EJECT_PART",
            "condition": "",
            "from": "moonraker.conf",
        },
        {**HOME, "condition": "", "from": "api"},
    ]


async def test_a_list_is_saved_and_shown(api: HooksRig) -> None:
    body = await api.save("before_print", HOME, SWEEP)
    assert body["hook"] == await api.shown("before_print")
    assert body["findings"] == []
    assert api.hooks.hooks[Hook.BEFORE_PRINT] == (
        Script("home", "G28"),
        Script(**SWEEP),
    )
    assert (await api.save("before_print"))["hook"]["scripts"] == []
    assert api.hooks.hooks == {}


async def test_what_a_check_finds_is_told_and_refuses_nothing(api: HooksRig) -> None:
    wrong = {"name": "wrong", "gcode": "G28\n\nEJECT_PRT\nM117 {run.id}"}
    (found,) = (await api.save("finish", HOME, wrong))["findings"]
    assert (found["script"], found["line"]) == ("wrong", 3)
    assert (found["severity"], found["code"]) == ("error", "unknown_command")
    (found,) = (await api.save("before_print", wrong))["findings"]
    assert (found["script"], found["line"]) == ("wrong", 4)  # there is no run yet
    assert found["code"] == "not_rendered"


async def test_without_klipper_it_is_saved_and_not_checked(api: HooksRig) -> None:
    api.klippy.failure = KlippyError("Klippy Host not connected", 503)
    assert (await api.save("finish", HOME))["findings"] is None
    assert api.hooks.hooks == {Hook.FINISH: (Script("home", "G28"),)}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"scripts": [HOME]}, "hook is missing; say activated,"),
        ({"hook": "paused", "scripts": []}, "hook must be activated, before_print"),
        ({"hook": "finish"}, "scripts must be a list of 0 to 20 scripts"),
        ({"hook": "finish", "scripts": [HOME] * 21}, "a list of 0 to 20 scripts"),
        ({"hook": "finish", "scripts": ["G28"]}, "must be an object with name"),
        ({"hook": "finish", "scripts": [{"name": "a"}]}, "gcode is missing"),
        ({"hook": "finish", "scripts": [{"gcode": "a"}]}, "name is missing"),
        ({"hook": "finish", "scripts": [HOME, HOME]}, "Two scripts are named home"),
        ({"hook": "finish", "scripts": [{**HOME, "name": " "}]}, "needs a name"),
        ({"hook": "finish", "scripts": [{**HOME, "name": "a\u200e"}]}, "do not print"),
        ({"hook": "finish", "scripts": [{**HOME, "name": "x" * 101}]}, "100"),
        ({"hook": "finish", "scripts": [{**HOME, "name": "finish_gcode"}]}, "there"),
        ({"hook": "finish", "scripts": [{**HOME, "gcode": "x" * 65537}]}, "65536"),
        ({"hook": "finish", "scripts": [{**HOME, "gcode": "\ud800"}]}, "Unicode"),
        ({"hook": "finish", "scripts": [{**HOME, "condition": "1\n2"}]}, "control"),
        ({"hook": "finish", "scripts": [{**HOME, "condition": "1" * 1001}]}, "1000"),
        (
            {"hook": "finish", "scripts": [HOME, {**SWEEP, "gcode": "G28\n{% if %}"}]},
            "sweep, line 2: Expected an expression",
        ),
        (
            {"hook": "finish", "scripts": [{**HOME, "condition": "a >"}]},
            "home: its condition cannot be evaluated: unexpected",
        ),
        (
            {"hook": "finish", "scripts": [{**HOME, "gcode": "{% include 'x' %}{"}]},
            "home, line 1: ",
        ),
    ],
)
async def test_refusals_change_nothing(
    api: HooksRig, sent: dict[str, Any], words: str
) -> None:
    await api.save("finish", SWEEP)
    reply = await api.post(HOOKS, **sent)
    assert reply.status == 400
    assert words in reply.message
    assert api.hooks.hooks == {Hook.FINISH: (Script(**SWEEP),)}


async def test_what_a_hook_would_send(api: HooksRig) -> None:
    await api.save("clear_bed", HOME, {**SWEEP, "condition": "file.object_height > 50"})
    body = (await api.post(SIMULATE, hook="clear_bed")).body
    assert body["gcode"] == "M400\nEJECT_PART\nG28\nM400"
    assert body["skipped"] == ["sweep"]
    body = (await api.post(CHECK, hook="clear_bed")).body
    assert (body["ok"], body["skipped"]) == (True, ["sweep"])


async def test_a_hook_that_wants_nothing_sends_nothing(api: HooksRig) -> None:
    await api.save("print_failed", {**HOME, "condition": "run.outcome == 'success'"})
    body = (await api.post(SIMULATE, hook="print_failed")).body
    assert (body["ok"], body["gcode"], body["skipped"]) == (True, None, ["home"])


@pytest.mark.parametrize(
    ("hook", "gcode"),
    [
        ("clear_bed", "M400\nM117 success 2\nM400"),
        ("print_failed", "M400\nM117 failure 2\nM400"),
        ("print_started", "M117 None 2"),
        ("before_print", "M400\nM117 - 2\nM400"),
    ],
)
async def test_a_script_is_tried_as_its_hook_finds_things(
    api: HooksRig, hook: str, gcode: str
) -> None:
    text = "M117 {run.outcome if run else '-'} {set.count}"
    body = (await api.post(SIMULATE, script=text, hook=hook)).body
    assert body["gcode"] == gcode
    job = {"path": "lid.gcode", "name": "lid", "count": 2}
    await api.post(f"{NATIVE}jobs", **job)
    body = (
        await api.post(SIMULATE, script="M117 {job.name}", hook=hook, job_id=1)
    ).body
    assert "M117 lid" in body["gcode"]
    coming = (await api.post(SIMULATE, script="M117 {job.name}", hook=hook)).body
    comes_next = hook in ("before_print", "print_started")
    assert ("M117 lid" in coming["gcode"]) is comes_next


async def test_a_condition_is_tried_too(api: HooksRig) -> None:
    for condition, gcode in (("file.size > 1", "M400\nG28\nM400"), ("false", None)):
        sent = {"script": "G28", "condition": condition}
        for path in (CHECK, SIMULATE):
            assert (await api.post(path, **sent)).body["gcode"] == gcode
    body = (await api.post(CHECK, script="G28", condition="file.sise > 1")).body
    (one,) = body["findings"]
    assert (one["line"], one["code"]) == (None, "not_rendered")
    assert "its condition cannot be evaluated: file has no sise" in one["text"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"hook": "finish"}, "No script is set for finish."),
        ({"hook": "finish", "condition": "true"}, "Send script, with hook"),
        ({"condition": "true"}, "Send script, with hook"),
        ({"name": "clearing", "hook": "clear_bed"}, "Send script, with hook"),
        ({"name": "clearing", "condition": "true"}, "Send script, with hook"),
        ({"hook": "pause"}, "hook must be"),
    ],
)
async def test_what_cannot_be_tried(
    api: HooksRig, sent: dict[str, Any], words: str
) -> None:
    reply = await api.post(SIMULATE, **sent)
    assert reply.status == 400
    assert words in reply.message


def test_the_page_has_every_hook() -> None:
    text = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text("utf-8")
    assert set(MEANINGS) == set(Hook)
    for hook, when in MEANINGS.items():
        assert f"| `{hook.value}` | {when} |" in text
