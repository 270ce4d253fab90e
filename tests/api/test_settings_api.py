"""The options in force over the API: all of them, and no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp import __version__
from moonraker_cp.api.settings_api import KINDS, SettingsApi, beginning
from moonraker_cp.options import OPTIONS
from moonraker_cp.settings import in_force, read_values
from tests.test_settings import Section

from .rig import NATIVE, Api


async def shown(**values: str) -> dict[str, dict[str, Any]]:
    """Every option by its name, of a section with these options in it."""
    api = SettingsApi(in_force(read_values(Section(**values))), "1.2.3", lambda: -5400)
    (endpoint,) = api.endpoints()
    answer = await endpoint.calls["GET"].reply({}, "ann")
    assert (answer["version"], answer["utc_offset"]) == ("1.2.3", -5400)
    return {one["name"]: one for one in json.loads(json.dumps(answer))["options"]}


async def test_every_option_is_there_with_what_is_known_of_it() -> None:
    found = await shown()
    assert list(found) == [option.name for option in OPTIONS]
    for option in OPTIONS:
        one = found[option.name]
        assert one["kind"] in KINDS
        assert (one["unit"], one["meaning"]) == (option.unit, option.meaning)
        assert one["default"] == one["value"] == option.default
        assert one["choices"] == list(option.choices)
        assert (one["changed"], one["hidden"]) == (False, False)


async def test_what_is_in_force_is_told_apart_from_the_default() -> None:
    found = await shown(
        bed_clearing="GCode",
        bed_clearing_gcode="\n G28\n M117 off\n",
        release_temperature="27.5",
        clear_after_last="True",
        retries="2",
    )
    kinds = {
        "bed_clearing": ("choice", "gcode"),
        "bed_clearing_gcode": ("text", "G28\n M117 off"),
        "release_temperature": ("number", 27.5),
        "clear_after_last": ("switch", True),
    }
    for name, (kind, value) in kinds.items():
        assert (found[name]["kind"], found[name]["value"]) == (kind, value)
    assert {name for name, one in found.items() if one["changed"]} == set(kinds)
    assert found["cooling_time_limit"]["least"] == 1.0
    assert found["bed_clearing"]["least"] is None


SECRETS = ("anna", "hunter2", "t0ken", "h00k")


async def test_no_secret_is_told() -> None:
    url = "https://anna:hunter2@camera.local:8443/h00k/t0ken?key=t0ken#t0ken"
    found = await shown(verify_bed_url=url)
    one = found["verify_bed_url"]
    assert one["value"] == "https://camera.local:8443/…"
    assert (one["changed"], one["hidden"]) == (True, True)
    assert not [word for word in SECRETS if word in json.dumps(found)]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", ""),
        ("http://detector.local:8000", "http://detector.local:8000"),
        ("http://detector.local/", "http://detector.local"),
        ("http://[fe80::1]:80/x", "http://[fe80::1]:80/…"),
        ("http://t0ken:@", "…"),
        ("http://[", "…"),
        ("http://camera:t0ken/", "…"),
    ],
)
def test_an_address_is_told_by_its_beginning(address: str, told: str) -> None:
    assert beginning(address) == told


async def test_a_number_without_end_is_json_too() -> None:
    found = await shown(keep_history_days="inf")
    assert found["keep_history_days"]["value"] == "inf"


def test_the_version_is_the_one_that_is_installed() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{__version__}"\n' in text


async def test_it_is_one_of_the_native_calls(api: Api) -> None:
    reply = await api.get(f"{NATIVE}settings")
    assert reply.status == 200
    names = [one["name"] for one in reply.body["options"]]
    assert names == [option.name for option in OPTIONS]
    assert api.endpoints[f"{NATIVE}settings"].rpc_method("GET") == (
        "server.continuousprint.settings"
    )
