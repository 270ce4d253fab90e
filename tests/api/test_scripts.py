"""/server/continuousprint/scripts: checked and simulated, with nothing sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.core.decisions import BedClearing, Rules

from .rig import NATIVE, Api

CHECK = f"{NATIVE}scripts/check"
SIMULATE = f"{NATIVE}scripts/simulate"
RULES = Rules(
    bed_clearing=BedClearing.GCODE,
    clearing_gcode="G90\nG1 Z{printer.toolhead.axis_maximum.z - 50}",
)


@pytest.fixture
async def api(tmp_path: Path) -> Any:
    for name in ("clip.gcode", "lid.gcode"):
        (tmp_path / name).write_text("G28\n", "utf-8")
    api = Api(tmp_path, RULES)
    await api.start()
    yield api
    await api.driver.stop()


async def add(api: Api, name: str) -> dict[str, Any]:
    reply = await api.post(f"{NATIVE}jobs", path=f"{name}.gcode", name=name, count=2)
    job: dict[str, Any] = reply.body["jobs"][0]
    return job


async def test_a_check_names_lines_and_severities(api: Api) -> None:
    reply = await api.post(CHECK, script="G1 X10\nM300\n@pause\nM190 R30")
    assert not reply.body["ok"]
    assert [
        (one["line"], one["severity"], one["code"]) for one in reply.body["findings"]
    ] == [
        (1, "warning", "not_homed"),
        (2, "error", "unknown_command"),
        (3, "error", "unknown_command"),
        (4, "error", "ignored_r"),
    ]
    assert all(one["advice"] for one in reply.body["findings"])
    assert api.printer.actions == []


async def test_a_script_that_cannot_be_rendered_has_no_gcode(api: Api) -> None:
    body = (await api.post(CHECK, script="M400\n{% for %}")).body
    assert (body["ok"], body["gcode"]) == (False, None)
    (one,) = body["findings"]
    assert (one["line"], one["code"]) == (2, "not_rendered")


async def test_warnings_alone_are_ok(api: Api) -> None:
    body = (await api.post(CHECK, script="G28\nG1 X500")).body
    assert body["ok"]
    assert [one["code"] for one in body["findings"]] == ["out_of_range"]


async def test_what_a_configured_script_would_send(api: Api) -> None:
    body = (await api.post(SIMULATE, name="clearing")).body
    assert body["gcode"] == "M400\nG90\nG1 Z200.0\nM400"
    assert [one["code"] for one in body["findings"]] == ["not_homed"]
    homed = {"toolhead": {"homed_axes": "xyz", "axis_maximum": [1, 2, 70, 0]}}
    body = (await api.post(SIMULATE, name="clearing", printer=homed)).body
    assert body["gcode"] == "M400\nG90\nG1 Z20\nM400"
    assert body["findings"] == []


async def test_after_which_print(api: Api) -> None:
    clip, lid = await add(api, "clip"), await add(api, "lid")
    script = "M117 {job.name}: {file.name}"
    for asked, text in (
        ({"job_id": lid["id"]}, "lid: lid.gcode"),
        ({"set_id": clip["sets"][0]["id"]}, "clip: clip.gcode"),
        ({"job_id": lid["id"], "path": "x/other.gcode"}, "lid: other.gcode"),
        ({}, "Example: example.gcode"),
    ):
        body = (await api.post(SIMULATE, script=script, **asked)).body
        assert body["gcode"] == f"M400\nM117 {text}\nM400", asked
    await api.post(f"{NATIVE}active", active=True, bed="clear")
    api.printer.begin()
    await api.quiet()
    body = (await api.post(SIMULATE, script=script)).body
    assert body["gcode"] == "M400\nM117 clip: clip.gcode\nM400"


async def test_an_object_that_only_the_request_has(api: Api) -> None:
    script = "{% if 'probe' in printer %}M117 {printer.probe.last_query}{% endif %}"
    body = (await api.post(SIMULATE, script=script)).body
    assert "M117" not in body["gcode"]
    body = (
        await api.post(SIMULATE, script=script, printer={"probe": {"last_query": 1}})
    ).body
    assert "M117 1" in body["gcode"]


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({}, 400, "Send script, with hook"),
        ({"script": "G28", "name": "finish"}, 400, "Send script, with hook"),
        ({"name": "finish"}, 400, "No finish script is set"),
        ({"name": "start"}, 400, "name must be"),
        ({"script": "G28", "job_id": 99}, 404, "no job 99"),
        ({"script": "G28", "set_id": 99}, 404, "no set 99"),
        ({"script": "G28", "printer": []}, 400, "printer must be an object of objects"),
        ({"script": "G28", "printer": {"a": 1}}, 400, "must be an object of objects"),
        ({"script": "G28", "printer": {"a": {"b": "x" * 70000}}}, 400, "65536 bytes"),
        ({"script": "x" * 70000}, 400, "65536"),
    ],
)
async def test_refusals(
    api: Api, sent: dict[str, Any], status: int, words: str
) -> None:
    reply = await api.post(SIMULATE, **sent)
    assert reply.status == status
    assert words in reply.message


async def test_a_script_is_wanted(api: Api) -> None:
    assert (await api.post(CHECK)).status == 400
