"""/server/continuousprint/materials: what is loaded, and what people say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from moonraker_cp.api import openapi
from moonraker_cp.api.endpoint import Call
from moonraker_cp.api.materials import MaterialsApi
from moonraker_cp.core.errors import BadRequest, Conflict, QueueError
from moonraker_cp.core.spools import MOST_TOOLS, Spool

from .stores import SpoolTable

PATH = "/server/continuousprint/materials"
ROLL = Spool("PLA__#1a1a1a", 7, 12.5, "Prusament Galaxy Black")


def calls(source: SpoolTable) -> Mapping[str, Call]:
    (endpoint,) = MaterialsApi(source).endpoints()
    assert endpoint.path == PATH
    return endpoint.calls


async def say(source: SpoolTable, **sent: Any) -> Any:
    return await calls(source)["POST"].reply(sent, "ann")


async def loaded(source: SpoolTable) -> Any:
    """As a client gets it, checked against what is promised."""
    answer = json.loads(json.dumps(await calls(source)["GET"].reply({}, "")))
    shapes = openapi.document(MaterialsApi(source).endpoints())
    shape = {"$ref": "#/components/schemas/Materials", **shapes}
    Draft202012Validator(shape).validate(answer)
    return answer["tools"]


async def test_nothing_is_known_at_first() -> None:
    assert await loaded(SpoolTable()) == []


async def test_what_a_person_says_is_what_is_loaded() -> None:
    table = SpoolTable()
    answer = await say(table, tool=1, material=" PETG_blue ", remaining=420.5)
    nothing = {
        "tool": 0,
        "material": None,
        "name": "",
        "spool_id": None,
        "remaining": None,
        "source": None,
    }
    said = {
        **nothing,
        "tool": 1,
        "material": "PETG_blue",
        "remaining": 420.5,
        "source": "manual",
    }
    assert answer == {"tools": [nothing, said]}
    assert await loaded(table) == [nothing, said]
    assert table.manual == (None, Spool("PETG_blue", None, 420.5))


async def test_the_newest_word_replaces_the_one_before() -> None:
    table = SpoolTable()
    await say(table, tool=0, material="PLA", remaining=100)
    await say(table, tool="0", material="PLA_red")
    assert table.manual == (Spool("PLA_red", None, None),)


@pytest.mark.parametrize("nothing", [{"material": None}, {"material": "  "}, {}])
async def test_a_row_is_taken_out(nothing: dict[str, Any]) -> None:
    table = SpoolTable()
    await say(table, tool=0, material="PLA", remaining=100)
    assert await say(table, tool=0, remaining=None, **nothing) == {"tools": []}
    assert table.manual == ()


async def test_spoolmans_spool_is_shown_with_its_source() -> None:
    table = SpoolTable(ROLL)
    await say(table, tool=1, material="ABS")
    first, second = await loaded(table)
    assert first == {
        "tool": 0,
        "material": "PLA__#1a1a1a",
        "name": "Prusament Galaxy Black",
        "spool_id": 7,
        "remaining": 12.5,
        "source": "spoolman",
    }
    assert (second["material"], second["source"]) == ("ABS", "manual")


async def test_a_spool_of_which_spoolman_says_nothing_is_still_a_spool() -> None:
    (row,) = await loaded(SpoolTable(Spool("", 7, None)))
    assert (row["material"], row["spool_id"], row["source"]) == (None, 7, "spoolman")


async def test_tool_0_is_spoolmans_as_long_as_a_spool_is_chosen() -> None:
    table = SpoolTable(ROLL)
    with pytest.raises(Conflict, match="Spoolman says what is in tool 0: spool 7"):
        await say(table, tool=0, material="PLA")
    table.active = None
    assert await loaded(table) == []
    await say(table, tool=0, material="PLA")
    assert table.manual == (Spool("PLA", None, None),)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"material": "PLA"}, "tool is missing"),
        ({"tool": None, "material": "PLA"}, "tool is missing"),
        ({"tool": -1, "material": "PLA"}, "tool must be between 0 and 31"),
        ({"tool": MOST_TOOLS, "material": "PLA"}, "tool must be between 0 and 31"),
        ({"tool": 0.5, "material": "PLA"}, "tool must be a whole number"),
        ({"tool": 0, "material": 3}, "material must be text"),
        ({"tool": 0, "material": "x" * 101}, "material is longer than 100"),
        ({"tool": 0, "material": "PLA\nM112"}, "control characters"),
        ({"tool": 0, "material": "PLA\x7f"}, "control characters"),
        ({"tool": 0, "material": "\ud800"}, "not valid Unicode"),
        ({"tool": 0, "material": "PLA", "remaining": -1}, "remaining must be between"),
        ({"tool": 0, "material": "PLA", "remaining": "nan"}, "must be a number"),
        ({"tool": 0, "material": "PLA", "remaining": float("nan")}, "no number"),
        ({"tool": 0, "material": "PLA", "remaining": 1e9}, "remaining must be"),
        ({"tool": 0, "remaining": 100}, "say material, too"),
        ({"tool": 0, "material": None, "remaining": 100}, "say material, too"),
    ],
)
async def test_refusals(sent: dict[str, Any], words: str) -> None:
    table = SpoolTable()
    with pytest.raises(BadRequest, match=words):
        await say(table, **sent)
    assert table.manual == ()


async def test_what_cannot_be_stored_is_not_said_to_be() -> None:
    table = SpoolTable()
    table.is_broken = True
    with pytest.raises(QueueError) as refused:
        await say(table, tool=0, material="PLA")
    assert refused.value.status in calls(table)["POST"].errors
    assert await loaded(table) == []
