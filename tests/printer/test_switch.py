"""The switch among Moonraker's power devices: what it asks the queue for, and when."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.events import Activated, Deactivated, Event
from moonraker_cp.core.model import Control, State
from moonraker_cp.printer import switch
from moonraker_cp.printer.switch import NAME, USER, PowerSwitch


class ServerError(Exception):
    """Moonraker's."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Moonraker:
    """A server with or without a power component, and a queue that obeys."""

    sections: list[str] = field(default_factory=list)
    power: Any = None
    active: bool = False
    broken: bool = False
    asked: list[Event] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    error: Callable[..., ServerError] = ServerError

    def device(self) -> PowerSwitch:
        server: Any = self
        return PowerSwitch(server, self.submit, lambda: self.active)

    async def submit(self, event: Event) -> State:
        if self.broken:
            raise Unavailable("The queue has not started yet, or has stopped.")
        self.asked.append(event)
        self.active = isinstance(event, Activated)
        return State(Control(active=self.active))

    def send_event(self, event: str, info: dict[str, Any]) -> None:
        assert info["device"] == NAME
        assert info["locked_while_printing"] is False
        self.sent.append((event, info["status"]))

    def lookup_component(self, name: str, default: Any) -> Any:
        assert name == "power"
        return self.power or default

    def add_warning(self, words: str) -> None:
        self.warnings.append(words)

    def get_server(self) -> Moonraker:
        return self

    def load_component(self, config: Any, name: str, default: Any) -> None:
        self.loaded.append(name)


ON, OFF = Activated(USER, by_program=True), Deactivated(USER)


@pytest.mark.parametrize(
    ("active", "request_", "asked", "answer"),
    [
        (False, "on", [ON], "on"),
        (True, "off", [OFF], "off"),
        (False, "toggle", [ON], "on"),
        (True, "toggle", [OFF], "off"),
        (True, "on", [], "on"),
        (False, "off", [], "off"),
        (True, "status", [], "on"),
        (False, "status", [], "off"),
    ],
)
async def test_on_is_start_and_off_is_stop(
    active: bool, request_: str, asked: list[Event], answer: str
) -> None:
    moonraker = Moonraker(active=active)
    assert await moonraker.device().process_request(request_, force=True) == answer
    assert moonraker.asked == asked


def test_a_start_by_switch_says_nothing_of_the_bed() -> None:
    assert ON.bed_clear is False


async def test_what_the_queue_refuses_is_moonrakers_error() -> None:
    moonraker = Moonraker(broken=True)
    with pytest.raises(ServerError, match="has not started yet") as caught:
        await moonraker.device().process_request("on")
    assert caught.value.status == 503


async def test_a_word_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(ServerError, match="Unsupported power request: explode"):
        await Moonraker().device().process_request("explode")


def test_everybody_is_told_once_of_each_change() -> None:
    moonraker = Moonraker()
    device = moonraker.device()
    device.initialize()
    for moonraker.active in (False, True, True, False, True):
        device.follow()
    told = [("power:power_changed", state) for state in ("on", "off", "on")]
    assert moonraker.sent == told


# -- in Moonraker ----------------------------------------------------------------


class Power:
    """Moonraker's power component, as far as others may use it."""

    def __init__(self) -> None:
        self.devices: dict[str, Any] = {}

    async def add_device(self, name: str, device: Any) -> None:
        if name in self.devices:
            raise ServerError(f"Device [{name}] already configured")
        assert device.initialize()
        self.devices[name] = device


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Power:
    """One whose module has devices with all that is known of them."""
    names = switch.ASKED | switch.THEIR_OWN
    module = ModuleType("power_of_moonraker")
    known = type("PowerDevice", (), {**dict.fromkeys(names), "_own": None})
    monkeypatch.setattr(module, "PowerDevice", known, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(Power, "__module__", module.__name__)
    return Power()


async def added(moonraker: Moonraker) -> bool:
    server: Any = moonraker
    return await switch.add(server, moonraker.device())


async def test_it_is_a_device_of_moonrakers(power: Power) -> None:
    moonraker = Moonraker(power=power)
    assert await added(moonraker)
    assert power.devices[NAME].get_device_info()["status"] == "off"
    assert moonraker.warnings == []


def test_it_answers_whatever_moonraker_asks_of_a_device() -> None:
    device = Moonraker().device()
    assert [name for name in switch.ASKED if not hasattr(device, name)] == []
    assert device.get_name() == NAME
    device.process_klippy_shutdown()
    assert device.should_turn_on_when_queued() is False
    device.close()


async def test_where_it_cannot_be_a_warning_says_so(power: Power) -> None:
    power.devices[NAME] = "somebody's"
    for theirs, words in (
        (None, "power component is not loaded"),
        (object(), "takes no devices of others"),
        (power, r"Device \[Continuous print\] already configured"),
    ):
        moonraker = Moonraker(power=theirs)
        assert not await added(moonraker)
        (warning,) = moonraker.warnings
        assert warning.startswith("[continuousprint] has no power switch: ")
        with pytest.raises(ValueError, match=words):
            raise ValueError(warning)
    assert power.devices == {NAME: "somebody's"}


async def test_a_device_that_may_be_asked_for_more_is_not_added(power: Power) -> None:
    """A loop over all devices that stops at ours could leave a heater's power on."""
    known = sys.modules[Power.__module__].PowerDevice
    known.emergency_off = None
    moonraker = Moonraker(power=power)
    assert not await added(moonraker)
    assert "(emergency_off)" in moonraker.warnings[0]
    assert power.devices == {}


@pytest.mark.parametrize(
    ("sections", "loaded"),
    [
        (["server", "continuousprint"], ["power"]),
        (["server", "power printer"], []),
        (["server", "power"], []),
        (["server", "powermeter"], []),
    ],
)
def test_the_component_is_loaded_where_moonraker_would_not(
    sections: list[str], loaded: list[str]
) -> None:
    moonraker = Moonraker()
    config: Any = type(
        "Config",
        (),
        {"sections": lambda _: sections, "get_server": lambda _: moonraker},
    )()
    switch.load_component(config)
    assert moonraker.loaded == loaded
