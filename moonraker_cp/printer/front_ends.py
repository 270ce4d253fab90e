"""What Mainsail and Fluidd show of the queue by themselves, through Moonraker's parts.

A switch, an announcement and chips in the history. Each may be missing: then the queue
is the same without it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..core.events import Event
from ..core.model import State
from ..core.view import View
from . import chips, switch
from .announcer import Announcer

if TYPE_CHECKING:
    from moonraker.confighelper import ConfigHelper

PAGE = "/server/continuousprint/"
EVERYWHERE = ("", "all", "0.0.0.0", "::")  # noqa: S104 - nothing is bound  # nosec B104


@dataclass(frozen=True)
class Wanted:
    """page_url: "" for the one that Moonraker itself has."""

    announcements: bool = True
    page_url: str = ""
    power_switch: bool = False


@dataclass(frozen=True)
class Tools:
    """make_field: Moonraker's HistoryFieldData. plain: see `Announcer`."""

    make_field: Callable[..., Any]
    plain: Callable[[str], str]


class FrontEnds:
    """To be made while components load; state: as of the newest commit."""

    def __init__(
        self,
        config: ConfigHelper,
        wanted: Wanted,
        tools: Tools,
        submit: Callable[[Event], Awaitable[State]],
        state: Callable[[], State],
    ) -> None:
        self._server = server = config.get_server()
        self._switch: switch.PowerSwitch | None = None
        if wanted.power_switch:
            switch.load_component(config)
            self._switch = switch.PowerSwitch(
                server, submit, lambda: state().control.active
            )
        self._announcer = Announcer(
            server,
            wanted.announcements,
            tools.plain,
            lambda: wanted.page_url or page_address(server),
        )
        chips.register(server, tools.make_field, lambda: state().run, tools.plain)

    async def open(self, view: View) -> None:
        """Once the queue is read."""
        if self._switch is not None and not await switch.add(
            self._server, self._switch
        ):
            self._switch = None
        self.follow(view)

    def follow(self, view: View) -> None:
        if self._switch is not None:
            self._switch.follow()
        self._announcer.refresh(view.question, view.state.control.reason)

    def stop(self) -> None:
        self._announcer.stop()


def page_address(server: Any) -> str:
    """The page's whole address, as well as this computer can know it.

    Where Moonraker listens to itself alone, a web server is in front of it, at the
    usual port.
    """
    about = server.get_host_info()
    host, port = str(about["address"]), f":{about['port']}"
    if host in EVERYWHERE or _is_own(host):
        port = "" if _is_own(host) else port
        machine = server.lookup_component("machine", None)
        host = getattr(machine, "public_ip", "") or about["hostname"]
    application = server.lookup_component("application")
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}{port}{application.route_prefix}{PAGE}"


def _is_own(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
