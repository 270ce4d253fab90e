"""The state's `cooling`: null, or what its schema says."""

from __future__ import annotations

from dataclasses import replace

from moonraker_cp.api import payloads
from moonraker_cp.api.schemas import STATE
from moonraker_cp.core.decisions import Rules, Situation
from moonraker_cp.core.model import Control, Phase, State
from moonraker_cp.core.printer import Look
from moonraker_cp.core.view import View

COOLS = Situation(
    State(Control(phase=Phase.COOLING, phase_since=1000.0, loaded=("PETG_red",))),
    Look(ready=True, bed_temperature=51.25),
    Rules(release_temperatures=(("petg", 45.0),), cooling_limit=600.0),
    now=1100.0,
    clock=77.0,
    cold_at=107.5,
)


def test_how_far_the_bed_has_cooled() -> None:
    assert payloads.summary(View(COOLS))["cooling"] == {
        "target": 45.0,
        "temperature": 51.25,
        "since": 1000.0,
        "limit_at": 1600.0,
        "expected": 1130.5,
    }


def test_what_is_not_known_is_null() -> None:
    unknown = replace(COOLS, look=Look(), cold_at=None)
    cooling = payloads.summary(View(unknown))["cooling"]
    assert (cooling["temperature"], cooling["expected"]) == (None, None)


def test_it_is_null_while_nothing_cools() -> None:
    idle = replace(COOLS, state=State(Control(phase=Phase.IDLE)))
    assert payloads.summary(View(idle))["cooling"] is None


def test_the_schema_knows_every_field() -> None:
    of_state = STATE.schema["properties"]["cooling"]
    shapes = of_state.get("anyOf", [of_state])
    fields = next(one["properties"] for one in shapes if "properties" in one)
    assert set(fields) == set(payloads.summary(View(COOLS))["cooling"])
