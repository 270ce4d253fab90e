"""What an endpoint is, apart from how it is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Callable, Protocol

from ..core.events import Event
from ..core.model import Run, State
from ..core.questions import Question


class Wheel(Protocol):
    """What answers need of the driver. submit may raise a QueueError."""

    @property
    def state(self) -> State: ...

    @property
    def question(self) -> Question | None: ...

    async def submit(self, event: Event) -> State: ...


class Records(Protocol):
    """What answers need of the store."""

    async def newest_runs(self, limit: int) -> tuple[Run, ...]: ...


@dataclass(frozen=True)
class Request:
    """A request in plain values. user: the name that Moonraker knows, or ""."""

    args: Mapping[str, Any]
    user: str


Answer = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class Endpoint:
    """One path with its methods ("GET", "POST", "DELETE") and who answers each.

    A method that is not GET changes something, so that its Origin is checked.
    """

    path: str
    answers: Mapping[str, Answer]
    summary: str = ""
