"""What the adapter to Klipper is given: others that carry out actions."""

from __future__ import annotations

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
