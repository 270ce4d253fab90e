"""Actions beside printing: is the bed clear, power, a print that is no good."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from moonraker_cp.core.decisions import (
    Action,
    CancelPrint,
    EndCooling,
    PausePrint,
    Rules,
    SetPower,
    Situation,
    VerifyBed,
)
from moonraker_cp.core.events import BedVerified, Event, ScriptEnded
from moonraker_cp.core.model import Control, State
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.printer.scripts import ScriptRefused
from moonraker_cp.printer.side_actions import SideActions
from tests.fakes import in_virtual_time


class ServerError(Exception):
    status_code = 400


@dataclass
class Device:
    """A [power] device."""

    state: str = "off"
    asked: list[str] = field(default_factory=list)

    async def process_request(self, wanted: str) -> str:
        self.asked.append(wanted)
        self.state = wanted
        return self.state


@dataclass
class Answered:
    """What Moonraker's HTTP client gives back."""

    content: bytes
    final_url: str
    status_code: int = 200
    error: Exception | None = None


@dataclass
class Bench:
    """Moonraker's components, scripts and the queue, as far as they matter here."""

    error = ServerError
    value: bool | str = True  # of the expression; text: it cannot be evaluated
    answer: bytes = b'{"clear": true}'
    device: Device = field(default_factory=Device)
    look: Look = field(default_factory=lambda: Look(ready=True, bed_temperature=25.0))
    refuses: bool = False
    commands: list[str] = field(default_factory=list)
    bodies: list[Mapping[str, object]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def lookup_component(self, name: str, default: object = None) -> Any:
        return self

    @property
    def devices(self) -> dict[str, Device]:
        return {"printer": self.device}

    async def request(
        self, method: str, url: str, body: Mapping[str, object], **_: float
    ) -> Answered:
        self.bodies.append(body)
        assert method == "POST"
        return Answered(self.answer, url)

    async def verdict(self, expression: str) -> tuple[bool, str]:
        if isinstance(self.value, str):
            raise ScriptRefused(self.value)
        return self.value, str(self.value)

    async def cancel_print(self) -> str:
        return self._command("cancel")

    async def pause_print(self) -> str:
        return self._command("pause")

    def _command(self, name: str) -> str:
        self.commands.append(name)
        if self.refuses:
            raise ServerError("Shutdown")
        return "ok"

    def situation(self) -> Situation:
        control = Control(last_path="a.gcode", last_run_id=7)
        return Situation(State(control), self.look, Rules(), 0.0, 0.0)

    async def do(self, action: Action) -> list[Event]:
        me = cast(Any, self)
        actions = SideActions(me, self.events.append, me, self.situation)
        work = actions.work(action)
        assert work is not None
        await work
        return self.events


def verify(expression: str = "", url: str = "") -> VerifyBed:
    return VerifyBed(9, expression, url, 5.0)


@in_virtual_time
async def test_an_expression_says_yes() -> None:
    assert await Bench().do(verify("{1}")) == [BedVerified(9, True)]


@in_virtual_time
async def test_an_expression_says_no_and_the_program_is_not_asked() -> None:
    bench = Bench(value=False)
    (event,) = await bench.do(verify("{x}", "http://a/b"))
    assert isinstance(event, BedVerified)
    assert not event.clear
    assert "{x} is False" in event.text
    assert bench.bodies == []


@in_virtual_time
async def test_an_expression_that_nobody_can_tell_is_a_no() -> None:
    (event,) = await Bench(value="there is no plate").do(verify("{x}"))
    assert isinstance(event, BedVerified)
    assert (event.clear, event.text) == (False, "nobody can tell: there is no plate")


@in_virtual_time
async def test_a_program_is_told_of_the_print_and_may_veto() -> None:
    no = b'{"clear": false, "message": "I see a part", "picture": "/webcam/x.jpg"}'
    bench = Bench(answer=no)
    events = await bench.do(verify("{1}", "http://a/b"))
    assert events == [BedVerified(9, False, "I see a part", "/webcam/x.jpg")]
    assert bench.bodies == [{"path": "a.gcode", "run_id": 7, "bed_temperature": 25.0}]


@in_virtual_time
async def test_power_that_comes_is_told() -> None:
    bench = Bench()
    assert await bench.do(SetPower(4, "printer", on=True)) == [ScriptEnded(4)]
    assert bench.device.asked == ["on"]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (SetPower(4, "lamp", on=True), "no section [power lamp]"),
        (SetPower(4, "printer", on=False), "a print is on the printer"),
    ],
)
@in_virtual_time
async def test_power_that_cannot_be_set_is_told(action: SetPower, why: str) -> None:
    look = replace(Bench().look, state=PrintState.PAUSED)
    (event,) = await Bench(look=look).do(action)
    assert isinstance(event, ScriptEnded)
    assert event.ticket == 4
    assert why in (event.error or "")


@pytest.mark.parametrize(
    ("action", "name"), [(CancelPrint(4), "cancel"), (PausePrint(4), "pause")]
)
@in_virtual_time
async def test_a_print_that_is_no_good(action: Action, name: str) -> None:
    bench = Bench()
    assert await bench.do(action) == []
    assert bench.commands == [name]


@in_virtual_time
async def test_a_refusal_is_logged_and_the_print_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await Bench(refuses=True).do(CancelPrint(4)) == []
    assert "did not cancel the print: Shutdown" in caplog.text


def test_other_actions_are_for_others() -> None:
    me: Callable[..., Any] = cast(Any, Bench())
    actions = SideActions(cast(Any, me), print, cast(Any, me), cast(Any, me))
    assert actions.work(EndCooling(1)) is None
