"""What the adapter to Klipper is given, and small parts of it."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from typing import Any, Protocol

from ..core.decisions import Action, RunHook


class Preparing(Protocol):
    """What makes the scripts of hooks ready; see `Scripts`."""

    async def prepare_hook(self, action: RunHook) -> str | None: ...

    def is_wanted(self, ticket: int) -> bool: ...


class Working(Protocol):
    """What carries out actions of other kinds; see `SideActions`."""

    def work(self, action: Action) -> Coroutine[Any, Any, None] | None: ...


def host_clock() -> float:
    """The clock that Klipper's own times are on (CLOCK_MONOTONIC_RAW)."""
    return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)


def user_info(name: str) -> Any:
    """The user that Moonraker's history shall show."""
    if not name:
        return None
    from moonraker.common import UserInfo

    return UserInfo(name, "")
