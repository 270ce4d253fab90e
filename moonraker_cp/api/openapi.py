"""The tables of calls as an OpenAPI 3.1 document."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import Any

from . import schemas
from .endpoint import Call, Endpoint, Request
from .params import body_schema
from .schemas import Named, Schema

PATH = "/server/continuousprint/openapi"

VERSION = "1"
"""Of this API; goes up when something is taken away or changes its meaning."""

ABOUT = """\
One print queue by two APIs: the native one, under `/server/continuousprint`, and that
of OctoPrint's Continuous Print. Authorization is Moonraker's on every call: a trusted
address, a key, a login's bearer token or a one-shot `?token=`. Parameters that no call
names are ignored. Besides JSON, a body may be a form, and arguments of a POST may stand
in the query. Texts are read leniently: "true" for true, "12" for 12.
"""

NOT_FOUND = 404
ANSWERS = {
    400: (
        "BadRequest",
        "The words are off; the message says which and what is wanted.",
    ),
    401: ("Unauthorized", "A valid API key or login is needed."),
    403: ("Forbidden", "A foreign Origin may not change anything."),
    404: ("NotFound", "What was named does not exist, or the component is not loaded."),
    405: (
        "MethodNotAllowed",
        "The path has no such method; the Allow header lists its.",
    ),
    409: ("Conflict", "Right words, wrong moment; the message says what to wait for."),
    413: ("TooLarge", "The body is larger than 1 MB."),
    503: ("Unavailable", "The store or the printer did not answer; try again."),
}
"""Status -> the name of its response and what it means."""

_SECURITY = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "queryKey": {"type": "apiKey", "in": "query", "name": "apikey"},
}
_TAGS = {
    "native": "Moonraker's habits: the answer stands in `result`.",
    "octoprint": "The habits of OctoPrint and its plugins: bare answers.",
}
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def endpoint(described: Iterable[Endpoint], prefix: str = "") -> Endpoint:
    """Serves the document of those endpoints and itself. Bare and over HTTP alone, so
    that programs which read such documents can be pointed at it.

    Most printers are never asked for it, and it is large: it is made when somebody
    asks for the first time, on a thread, since it takes a while.
    """
    made: list[dict[str, Any]] = []

    async def answer(request: Request) -> Any:  # noqa: ARG001
        if not made:
            made.append(await asyncio.to_thread(document, everything, prefix))
        return made[0]

    call = Call(
        answer, "This API as an OpenAPI 3.1 document.", returns=schemas.DOCUMENT
    )
    itself = Endpoint(PATH, {"GET": call}, native=False)
    everything = (*described, itself)
    return itself


def document(endpoints: Iterable[Endpoint], prefix: str = "") -> dict[str, Any]:
    """prefix: Moonraker's route_prefix."""
    shapes = Shapes()
    paths = {
        path: {
            method.lower(): shapes.resolve(operation(one, path, method, call))
            for method, call in one.calls.items()
        }
        for one in endpoints
        for path in one.paths
    }
    for extra in (schemas.CHANGED, schemas.ERROR, schemas.MOONRAKER_ERROR):
        shapes.resolve(extra.ref)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Continuous print queue",
            "version": VERSION,
            "description": ABOUT,
        },
        "servers": [{"url": prefix or "/"}],
        "tags": [{"name": n, "description": about} for n, about in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shapes.by_name.items())),
            "responses": {
                name: _refusal(status, words)
                for status, (name, words) in ANSWERS.items()
            },
            "securitySchemes": _SECURITY,
        },
    }


class Shapes:
    """The named schemas that were met so far, in the order of their first mention."""

    def __init__(self) -> None:
        self.by_name: dict[str, Schema] = {}
        self._named: dict[str, Named] = {}

    def resolve(self, schema: Any) -> Any:
        """The schema with references by name."""
        if isinstance(schema, Named):
            if self._named.setdefault(schema.name, schema) != schema:
                raise ValueError(f"Two different schemas are named {schema.name}.")
            if schema.name not in self.by_name:
                self.by_name[schema.name] = {}  # its place; it may hold others
                note = {"description": schema.note} if schema.note else {}
                self.by_name[schema.name] = {**self.resolve(schema.schema), **note}
            return f"#/components/schemas/{schema.name}"
        if isinstance(schema, dict):
            return {key: self.resolve(value) for key, value in schema.items()}
        if isinstance(schema, (list, tuple)):
            return [self.resolve(item) for item in schema]
        return schema


def operation(one: Endpoint, path: str, method: str, call: Call) -> Schema:
    rpc = one.rpc_method(method)
    about = "\n\n".join(
        part
        for part in (f"JSON-RPC `{rpc}`." if rpc else "", _LINK.sub(r"\1", call.prose))
        if part
    )
    return {
        "operationId": _operation_id(path, method),
        "summary": call.summary,
        **({"description": about} if about else {}),
        "tags": ["native" if path.startswith("/server/") else "octoprint"],
        "security": _security(one),
        **_arguments(method, call),
        "responses": {
            **_success(one, call),
            **{str(s): _named_response(s) for s in statuses(method, call)},
        },
    }


def statuses(method: str, call: Call) -> list[int]:
    """Which errors the call can answer with."""
    found = {401, NOT_FOUND, 405, *call.errors}
    if call.params or call.free:
        found.add(400)
    if method != "GET":
        found |= {400, 403, 413}
    return sorted(found)


def _operation_id(path: str, method: str) -> str:
    return "_".join((method.lower(), *re.findall(r"\w+", path)))


def _security(one: Endpoint) -> list[Schema]:
    names = ["key", "bearer"] if one.native else ["key", "bearer", "queryKey"]
    # The last says that a trusted address needs none of them.
    return [*({name: []} for name in names), {}]


def _arguments(method: str, call: Call) -> Schema:
    if method != "POST":
        return {"parameters": list(_query(call))} if call.params else {}
    if call.free:
        schema: Schema = {"type": "object", "minProperties": 1}
    elif call.params:
        schema = body_schema(call.params)
    else:
        return {}
    example = {"example": dict(call.example)} if call.example else {}
    content = {"application/json": {"schema": schema, **example}}
    if call.params and all(param.kind.flat for param in call.params):
        content["application/x-www-form-urlencoded"] = {"schema": _form(schema, call)}
    required = call.free or "required" in schema
    return {"requestBody": {"required": required, "content": content}}


def _query(call: Call) -> Iterator[Schema]:
    for param in call.params:
        example = call.example.get(param.name)
        yield {
            "name": param.name,
            "in": "query",
            "required": param.required,
            "description": param.meaning,
            "schema": param.schema(),
            **({} if example is None else {"example": example}),
        }


def _form(schema: Schema, call: Call) -> Schema:
    if not call.json_field:
        return schema
    inner = {
        "type": "string",
        "description": "All of the others as JSON text, instead.",
    }
    properties = {**schema["properties"], call.json_field: inner}
    return {"type": "object", "properties": properties}


def _success(one: Endpoint, call: Call) -> Schema:
    if call.returns is None:
        return {"204": {"description": "Done; there is nothing to say."}}
    schema = schemas.record({"result": call.returns.ref}) if one.native else None
    content = {"application/json": {"schema": schema or call.returns.ref}}
    if call.media:
        content[call.media] = {"schema": schemas.text()}
    return {"200": {"description": call.returns.note or "Done.", "content": content}}


def _named_response(status: int) -> Schema:
    return {"$ref": f"#/components/responses/{ANSWERS[status][0]}"}


def _refusal(status: int, words: str) -> Schema:
    names = ["Error", "MoonrakerError"] if status == NOT_FOUND else ["Error"]
    refs: list[Schema] = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = {"anyOf": refs} if len(refs) > 1 else refs[0]
    return {"description": words, "content": {"application/json": {"schema": schema}}}
