"""What an endpoint is, apart from how it is reached.

How to declare a call: give an object methods that answer, and a table of them.

    class BedApi:
        def endpoints(self) -> tuple[Endpoint, ...]:
            return table(
                "/server/continuousprint",
                (
                    "POST bed",
                    Call(
                        self.bed,
                        "Say what the bed is.",
                        (Param("state", CLEAR_OR_NOT, "What it is.", required=True),),
                        returns=schemas.STATE,
                        errors=(409, 503),
                        example={"state": "clear"},
                        prose="Refused with 409 while a print is on the printer.",
                    ),
                ),
            )

        async def bed(self, request: Request) -> Any:
            clear = request.args["state"] == "clear"

The table is all there is: requests are read by it (`request.args` holds values, never
what a client wrote), and the OpenAPI document and the API page are made of it. Kinds of
parameters are in params.py, shapes of answers in schemas.py or, as `Named`, beside the
call that returns them. Then `python -m tests.write_api_docs` writes the documents; it
asks the call with its example and shows what it answers (tests/api/scene.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Protocol

from ..core.events import Event
from ..core.model import Run, State
from ..core.questions import Question
from ..core.view import View
from . import arguments
from .params import Params, read
from .schemas import Named


class Wheel(Protocol):
    """What answers need of the driver. submit may raise a QueueError."""

    @property
    def state(self) -> State: ...

    @property
    def question(self) -> Question | None: ...

    def view_of(self, state: State) -> View: ...

    async def submit(self, event: Event) -> State: ...


class Records(Protocol):
    """What answers need of the store."""

    async def newest_runs(self, limit: int) -> tuple[Run, ...]: ...


@dataclass(frozen=True)
class Request:
    """A request in plain values.

    args: the call's parameters by name. user: the name that Moonraker knows, or "".
    sent: everything as it came, for calls that take any object.
    """

    args: Mapping[str, Any]
    user: str
    sent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """An answer that is no JSON; over JSON-RPC and MQTT it is the body alone.

    name: of the file that a browser makes of it.
    """

    body: str
    content_type: str
    name: str


_STAND_INS = {"_TRUSTED_USER_": "", "_API_KEY_USER_": "API key"}
"""Moonraker's names for users that it does not know by name."""


def name_of(user: Any) -> str:
    """The name of Moonraker's user; "" for a person at a trusted address."""
    name = getattr(user, "username", "") or ""
    return _STAND_INS.get(name, name)


Answer = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class Call:
    """One method of an endpoint.

    summary: one sentence. returns: the answer's shape; None: 204 without a body.
    errors: statuses besides those that follow from the rest (400 for parameters; 401;
    403 and 413 for changes). example: arguments of a request that succeeds.
    prose: more for the API page, in Markdown. free: takes any JSON object, in
    `request.sent`. json_field: a form may hold the JSON body as text in that field.
    media: what it may answer with besides JSON, as a `Text`.
    """

    answer: Answer
    summary: str
    params: Params = ()
    returns: Named | None = None
    errors: tuple[int, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    prose: str = ""
    free: bool = False
    json_field: str = ""
    media: str = ""

    async def reply(self, sent: Mapping[str, Any], user: str) -> Any:
        """What it answers to these arguments; may raise a QueueError."""
        if self.json_field and self.json_field in sent:
            inner = arguments.text(sent, self.json_field)
            sent = arguments.json_object(inner, self.json_field)
        return await self.answer(Request(read(self.params, sent), user, sent))


@dataclass(frozen=True)
class Endpoint:
    """One path with its methods ("GET", "POST", "DELETE") and the call of each.

    A method that is not GET changes something, so that its Origin is checked. native:
    Moonraker's habits, which are JSON-RPC and MQTT besides HTTP, and {"result": …}
    around the answer; otherwise bare JSON over HTTP alone, with the key as ``?apikey=``
    too. also: other paths to the same calls.
    """

    path: str
    calls: Mapping[str, Call]
    native: bool = True
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.also)

    def rpc_method(self, method: str) -> str:
        """What Moonraker names the call over JSON-RPC; "" when it is not there."""
        if not self.native:
            return ""
        *folders, last = self.path.strip("/").split("/")
        if len(self.calls) > 1:
            last = f"{method.lower()}_{last}"
        return ".".join((*folders, last))


def table(
    prefix: str,
    *rows: tuple[str, Call],
    native: bool = True,
    also: tuple[str, ...] = (),
) -> tuple[Endpoint, ...]:
    """Endpoints of rows such as ("GET jobs", Call(…)). also: other prefixes."""
    paths: dict[str, dict[str, Call]] = {}
    for words, call in rows:
        method, path = words.split()
        paths.setdefault(path, {})[method] = call
    return tuple(
        Endpoint(f"{prefix}/{path}", calls, native, tuple(f"{a}/{path}" for a in also))
        for path, calls in paths.items()
    )


def merged(tables: Iterable[Iterable[Endpoint]]) -> tuple[Endpoint, ...]:
    """All endpoints, one for each path; no call may be declared twice."""
    found: dict[str, Endpoint] = {}
    for one in (one for table in tables for one in table):
        known = found.setdefault(one.path, replace(one, calls={}))
        twice = set(known.calls) & set(one.calls)
        if twice or (known.native, known.also) != (one.native, one.also):
            raise ValueError(f"{one.path} is declared twice: {sorted(twice)}")
        found[one.path] = replace(known, calls={**known.calls, **one.calls})
    return tuple(found.values())
