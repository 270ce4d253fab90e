"""Every route of ours, as the running component tells it: none can be forgotten."""

from __future__ import annotations

import re
from typing import Any

from moonraker_cp.api.takeover import PATHS
from moonraker_cp.demo.stack import Stack

from .queue import PREFIX

Route = tuple[str, str]
METHODS = frozenset(("GET", "POST", "DELETE"))
PAUSE = ("POST", "/printer/print/pause")
"""Moonraker's, with a look of ours at who asks."""


async def described(stack: Stack) -> dict[str, Any]:
    reply = await stack.client.get(f"{PREFIX}/openapi")
    paths: dict[str, Any] = reply.body["paths"]
    return paths


async def routes(stack: Stack) -> list[Route]:
    """Those that stand in the place of Moonraker's included."""
    paths = await described(stack)
    found = [
        (method.upper(), path) for path, calls in paths.items() for method in calls
    ]
    found += [(_method(rpc), path) for path, names in PATHS.items() for rpc in names]
    assert len(found) > 80
    assert {method for method, _ in found} == METHODS
    return found


async def rpc_methods(stack: Stack, changing: bool = False) -> list[str]:
    """The same calls by JSON-RPC. changing: only those that change something."""
    paths = await described(stack)
    found = []
    for path, calls in paths.items():
        for method, call in calls.items():
            name = re.match(r"JSON-RPC `([^`]+)`", call.get("description", ""))
            if name and not (changing and method == "get"):
                found.append(name[1])
        native = path.startswith(f"{PREFIX}/") and path != f"{PREFIX}/openapi"
        assert not native or name, path
    theirs = [rpc for names in PATHS.values() for rpc in names]
    found += [rpc for rpc in theirs if not (changing and _method(rpc) == "GET")]
    assert len(found) > 30
    return found


def _method(rpc: str) -> str:
    if rpc.endswith(".status"):
        return "GET"
    return "DELETE" if ".delete_" in rpc else "POST"
