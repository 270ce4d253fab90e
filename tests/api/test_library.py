"""/server/continuousprint/library: what there is, and scripts to copy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from moonraker_cp.api import openapi
from moonraker_cp.api.endpoint import Endpoint
from moonraker_cp.api.library import LIBRARY, SCRIPT, LibraryApi
from moonraker_cp.api.schemas import Named
from moonraker_cp.core.errors import BadRequest, NotFound, QueueError
from moonraker_cp.printer.library import PROCEDURES, find

LIST = "/server/continuousprint/library"
MAKE = f"{LIST}/script"
TABLE: dict[str, Endpoint] = {
    one.path: one for one in LibraryApi(PROCEDURES, find).endpoints()
}
DOCUMENT = openapi.document(TABLE.values())


async def get(path: str, **sent: Any) -> Any:
    """The answer as a client gets it: it went through JSON."""
    answer = await TABLE[path].calls["GET"].reply(sent, "ann")
    return json.loads(json.dumps(answer))


def fits(shape: Named, answer: Any) -> None:
    schema = openapi.Shapes().resolve(shape.ref)
    check = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    assert [one.message for one in check.iter_errors(answer)] == []


async def test_all_procedures_with_everything_that_is_to_be_known() -> None:
    answer = await get(LIST)
    fits(LIBRARY, answer)
    assert [one["name"] for one in answer["procedures"]] == [
        one.name for one in PROCEDURES
    ]
    sweep = answer["procedures"][1]
    assert sweep["title"] == "Sweep with the gantry"
    assert len(sweep["assumes"]) == 6
    assert sweep["sketch"].startswith("<svg ")
    assert sweep["parameters"][0] == {
        "name": "release_temperature",
        "meaning": "The bed reads this or less, or nothing moves.",
        "unit": "°C",
        "default": 30.0,
        "least": 1.0,
        "most": 150.0,
    }
    (macro,) = (one for one in answer["procedures"] if one["name"] == "macro")
    name = macro["parameters"][-1]
    assert (name["default"], name["least"], name["most"]) == ("EJECT_PART", None, None)


@pytest.mark.parametrize("name", [one.name for one in PROCEDURES])
async def test_a_script_with_every_default(name: str) -> None:
    answer = await get(MAKE, name=name)
    fits(SCRIPT, answer)
    assert answer == {"script": find(name).script({})}


async def test_numbers_of_a_query_and_of_json() -> None:
    of_query = await get(MAKE, name="gantry_sweep", speed="40", column_width="25.5")
    assert of_query == await get(MAKE, name="gantry_sweep", speed=40, column_width=25.5)
    assert "{% set speed = 40 %}" in of_query["script"]


async def test_its_own_example() -> None:
    example = TABLE[MAKE].calls["GET"].example
    assert "{% set distance = 200 %}" in (await get(MAKE, **example))["script"]


@pytest.mark.parametrize(
    ("sent", "kind", "words"),
    [
        ({}, BadRequest, "name is missing"),
        ({"name": 3}, BadRequest, "name must be text"),
        ({"name": "x" * 61}, BadRequest, "longer than 60"),
        ({"name": "broom"}, NotFound, "no procedure 'broom'; there are wait, gantry"),
        ({"name": "off", "speed": 3}, BadRequest, "off has no parameter 'speed'"),
        ({"name": "belt_long", "speed": -1}, BadRequest, "between 1 and 500 mm/s"),
        ({"name": "belt_long", "speed": ["1", "2"]}, BadRequest, "must be a number"),
        ({"name": "macro", "macro": "A\nB"}, BadRequest, "the name of a macro"),
    ],
)
async def test_refusals(
    sent: dict[str, Any], kind: type[QueueError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        await get(MAKE, **sent)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
