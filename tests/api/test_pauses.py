"""Pauses by named clients, on the parts of Moonraker that are used."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Callable, cast

import pytest

from moonraker_cp.api.pauses import METHOD, PATH, install

Callback = Callable[[Any], Awaitable[str]]


@dataclass
class Definition:
    """What Moonraker keeps of an endpoint."""

    endpoint: str
    callback: Callback
    request_types: str = "POST"


@dataclass
class Connection:
    client_data: dict[str, str]


@dataclass
class Asked:
    """A request; connection: of a websocket, None over HTTP."""

    connection: Connection | None

    def get_client_connection(self) -> Connection | None:
        return self.connection


@dataclass
class Server:
    """Moonraker's server, application and JSON-RPC in one."""

    endpoint: str = PATH
    paused: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.definition = Definition(self.endpoint, self._pause)

    async def _pause(self, request: Any) -> str:
        self.paused.append(request)
        return "ok"

    def lookup_component(self, name: str, default: object = None) -> Any:
        return self

    @property
    def json_rpc(self) -> Server:
        return self

    def get_method(self, name: str) -> tuple[str, Definition] | None:
        return ("POST", self.definition) if name == METHOD else None

    def remove_endpoint(self, path: str) -> None:
        assert path == PATH
        self.definition = Definition("", self._pause)

    def register_endpoint(self, path: str, types: str, callback: Callback) -> None:
        self.definition = Definition(path, callback, types)

    def add_warning(self, words: str) -> None:
        self.warnings.append(words)


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        (Connection({"name": "Moonraker-Obico"}), ["Moonraker-Obico"]),
        (Connection({"name": "mainsail"}), []),
        (Connection({}), []),
        (None, []),
    ],
)
async def test_a_named_client_is_told_and_every_pause_is_carried_out(
    connection: Connection | None, told: list[str]
) -> None:
    server, names = Server(), list[str]()
    assert install(cast(Any, server), ("moonraker-obico", "x"), names.append)
    assert server.definition.request_types == "POST"
    request = Asked(connection)
    assert await server.definition.callback(request) == "ok"
    assert (names, server.paused) == (told, [request])


async def test_a_moonraker_that_is_not_as_known_keeps_its_call() -> None:
    server, names = Server(endpoint="/printer/pause"), list[str]()
    before = server.definition
    assert not install(cast(Any, server), ("moonraker-obico",), names.append)
    assert server.definition is before
    assert "failure_clients" in server.warnings[0]
