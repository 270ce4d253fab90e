"""A switch "Continuous print" among Moonraker's [power] devices.

On is Start, off is Stop. Both front ends show every device of that component, whoever
added it, and macros, MQTT and home automation can turn it. It takes no power from
anything: off is a Stop, so that the print under way goes on to its end. Whatever turns
it on may have looked at nothing: that Start is no word about the bed.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from ..core.errors import QueueError
from ..core.events import Activated, Deactivated, Event
from ..core.model import State

if TYPE_CHECKING:
    from moonraker.confighelper import ConfigHelper
    from moonraker.server import Server

COMPONENT = "power"
NAME = "Continuous print"
USER = "power switch"
"""Who turned it, in the records: Moonraker does not say."""

CHANGED = "power:power_changed"

ASKED = frozenset(
    (
        *("get_name", "initialize", "close", "get_device_info"),
        *("process_request", "process_klippy_shutdown", "should_turn_on_when_queued"),
    )
)
"""What Moonraker asks of its devices."""

THEIR_OWN = frozenset(
    (
        *("notify_power_changed", "process_power_changed", "process_bound_services"),
        *("init_state", "refresh_status", "set_power", "start_polling", "stop_polling"),
    )
)
"""What its devices do for themselves alone."""

Submit = Callable[[Event], Awaitable[State]]


class PowerSwitch:
    """A device as Moonraker's power component knows them.

    is_active: whether management is. A repeated "on" is no second Start, for programs
    that repeat themselves have not looked at the printer.
    """

    def __init__(
        self, server: Server, submit: Submit, is_active: Callable[[], bool]
    ) -> None:
        self._server = server
        self._submit = submit
        self._is_active = is_active
        self._shown = ""

    async def process_request(
        self,
        req: str,
        force: bool = False,  # noqa: ARG002 - nothing is ever locked
    ) -> str:
        if req not in ("on", "off", "toggle", "status"):
            raise self._server.error(f"Unsupported power request: {req}")
        now = self.state
        if req == "toggle":
            req = "off" if now == "on" else "on"
        if req in ("status", now):
            return now
        on, off = Activated(USER, by_program=True), Deactivated(USER)
        try:
            await self._submit(on if req == "on" else off)
        except QueueError as error:
            raise self._server.error(str(error), error.status) from error
        return self.state

    @property
    def state(self) -> str:
        return "on" if self._is_active() else "off"

    def follow(self) -> None:
        """Tell everybody when it has another state than was told before."""
        if self._shown != self.state:
            self._shown = self.state
            self._server.send_event(CHANGED, self.get_device_info())

    def get_name(self) -> str:
        return NAME

    def get_device_info(self) -> dict[str, Any]:
        return {
            "device": NAME,
            "status": self.state,
            "locked_while_printing": False,
            "type": "continuousprint",
        }

    def initialize(self) -> bool:
        self._shown = self.state
        return True

    def process_klippy_shutdown(self) -> None:
        """What a lost printer means for the queue is not decided here."""

    def should_turn_on_when_queued(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


def load_component(config: ConfigHelper) -> None:
    """To be called before Moonraker has loaded all components.

    Only where moonraker.conf has no [power …] section. Otherwise Moonraker loads it by
    itself, and would not start at all if that had failed here before.
    """
    if not any(section.startswith(COMPONENT) for section in config.sections()):
        config.get_server().load_component(config, COMPONENT, None)


async def add(server: Server, switch: PowerSwitch) -> bool:
    """Whether it is a device now; if not, a warning says why. For once the queue is
    read: Moonraker may ask for its state at once."""
    power = server.lookup_component(COMPONENT, None)
    problem = problem_of(power)
    if not problem:
        try:
            await power.add_device(NAME, switch)
        except Exception as error:  # theirs to raise; the queue works without
            problem = str(error) or type(error).__name__
    if problem:
        server.add_warning(f"[continuousprint] has no power switch: {problem}")
    return not problem


def problem_of(power: Any) -> str:
    """Why a device of ours would not do, "" when it would.

    One that lacks what a newer Moonraker asks of all devices could keep it from
    turning the others off.
    """
    if power is None:
        return "Moonraker's power component is not loaded."
    if not callable(getattr(power, "add_device", None)):
        return "this Moonraker takes no devices of others."
    module = sys.modules.get(type(power).__module__)
    known = getattr(module, "PowerDevice", None)
    if known is None:
        return "this Moonraker's devices are not as expected."
    public = {name for name in vars(known) if not name.startswith("_")}
    strange = sorted(public - ASKED - THEIR_OWN)
    if strange:
        return f"this Moonraker's devices are not as expected ({strange[0]})."
    return ""
