"""Writes docs/openapi.json and docs/api.md from the tables of calls.

python -m tests.write_api_docs

The page's frame is docs/api.md.in; its examples are what the calls answer in the scene.
"""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moonraker_cp.api import openapi
from moonraker_cp.api.endpoint import Call, Endpoint
from moonraker_cp.api.params import Params

from .api.rig import Api, Reply
from .api.scene import REFUSED, ask, scene

DOCS = Path(__file__).parent.parent / "docs"
WIDTH = 84
MOST_LINES = 40
"""A longer answer, or one whose shape was shown before, is shortened."""

Asked = dict[tuple[str, str], tuple[dict[str, Any], Any]]
"""(method, path) -> what was sent and the answer's body."""


def tables() -> tuple[Endpoint, ...]:
    return Api(Path("gcodes")).tables


def document() -> str:
    made = openapi.document(tables())
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


async def page() -> str:
    asked = await _ask_all()
    native = [one for one in tables() if one.path.startswith("/server/")]
    others = [one for one in tables() if not one.path.startswith("/server/")]
    seen: set[str] = set()
    text = (DOCS / "api.md.in").read_text("utf-8")
    for mark, part in (
        ("native", "\n\n".join(_calls(native, asked, seen))),
        ("octoprint", "\n\n".join(_calls(others, asked, seen))),
        ("shapes", "\n\n".join(_shapes())),
    ):
        text = text.replace(f"{{{{{mark}}}}}", part)
    return text


async def _ask_all() -> Asked:
    """Each call is asked in a scene of its own."""
    asked: Asked = {}
    for one in tables():
        for method in one.calls:
            with tempfile.TemporaryDirectory() as folder:
                async with scene(Path(folder)) as api:
                    sent, reply = await ask(api, method, one.path)
            refused = (method, one.path) in REFUSED
            assert (reply.status == 200) is not refused, (method, one.path, reply)
            asked[method, one.path] = (sent, _body(reply))
    return asked


def _body(reply: Reply) -> Any:
    if reply.status == 200:
        return reply.body
    return {"error": {"code": reply.status, "message": reply.message}}


# -- calls -------------------------------------------------------------------


def _calls(endpoints: list[Endpoint], asked: Asked, seen: set[str]) -> Iterator[str]:
    for one in endpoints:
        for method, call in one.calls.items():
            sent, body = asked[method, one.path]
            parts = [
                f"### `{method} {one.path}`",
                " ".join(_opening(one, method, call)),
                _params(call.params),
                call.prose.strip(),
                _outcome(method, call),
                _example(one, method, sent),
                _answer(call, body, seen),
            ]
            yield "\n\n".join(part for part in parts if part)


def _opening(one: Endpoint, method: str, call: Call) -> Iterator[str]:
    if one.also:
        yield f"Also {', '.join(f'`{path}`' for path in one.also)}."
    if one.native:
        yield f"JSON-RPC `{one.rpc_method(method)}`."
    yield call.summary


def _params(params: Params) -> str:
    if not params:
        return ""
    rows = ["| takes | kind | meaning |", "|---|---|---|"]
    for one in params:
        schema = one.schema()
        default = schema.get("default")
        notes = [_kind(schema)]
        notes += ["required"] if one.required else []
        if default not in (None, "", []):
            notes.append(f"default `{json.dumps(default)}`")
        rows.append(f"| `{one.name}` | {', '.join(notes)} | {one.meaning} |")
    return "\n".join(rows)


def _outcome(method: str, call: Call) -> str:
    name = call.returns.name if call.returns else ""
    answer = f"Answers with {f'[{name}]({_anchor(name)})' if name else '204'}"
    own = set(openapi.statuses(method, call)) - {401, 403, 404, 405, 413}
    words = [str(one) for one in sorted(own | set(call.errors))]
    return f"{answer}{' or ' if words else ''}{', '.join(words)}."


def _anchor(name: str) -> str:
    return f"#{name.lower()}"


def _example(one: Endpoint, method: str, sent: dict[str, Any]) -> str:
    url = f"http://PRINTER:7125{one.path}"
    if method != "POST":
        option = "" if method == "GET" else f"-X {method} "
        query = "&".join(f"{key}={_plain(value)}" for key, value in sent.items())
        return _block(f"curl {option}'{url}{'?' * bool(query)}{query}'")
    parts = [f"curl -X POST {url}"]
    if not one.native:
        parts.append("-H 'X-Api-Key: KEY'")
    if one.native and sent:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(sent, ensure_ascii=False)}'")
    elif sent:  # as OctoPrint's clients do
        parts.append(" ".join(f"-d '{k}={_plain(v)}'" for k, v in sent.items()))
    return _block(" \\\n  ".join(parts))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _answer(call: Call, body: Any, seen: set[str]) -> str:
    if call.returns is None:
        return ""
    text = lay_out(body, WIDTH)
    if call.returns.name in seen or text.count("\n") >= MOST_LINES:
        text = lay_out(_shortened(body), WIDTH).replace('"…"', "…")
    seen.add(call.returns.name)
    return _block(text)


def _shortened(value: Any) -> Any:
    """The first level alone, with … for what lies below."""
    if isinstance(value, dict):
        return {k: "…" if _is_long(v) else v for k, v in value.items()}
    return "…" if _is_long(value) else value


def _is_long(value: Any) -> bool:
    return len(json.dumps(value)) > 60


def lay_out(value: Any, width: int) -> str:
    """JSON in lines of at most that width, each as full as it gets."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= width or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, dict):
        items = [f'"{k}": {lay_out(v, width - 2)}' for k, v in value.items()]
    else:
        items = [lay_out(one, width - 2) for one in value]
    lines = [""]
    for item in items:
        held = len(lines[-1]) + len(item) + 3 <= width
        if lines[-1] and ("\n" in item + lines[-1] or not held):
            lines.append("")
        lines[-1] += (", " if lines[-1] else "") + item.replace("\n", "\n  ")
    left, right = "{}" if isinstance(value, dict) else "[]"
    return left + ",\n ".join(lines) + right


def _block(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


# -- shapes ------------------------------------------------------------------


def _shapes() -> Iterator[str]:
    made = json.loads(document())
    for name, schema in made["components"]["schemas"].items():
        if name == "MoonrakerError":
            continue
        about = schema.get("description", "")
        yield "\n\n".join(filter(None, (f"### {name}", about, _fields(schema))))


def _fields(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        if "properties" not in schema.get("items", {}):
            return "" if schema.get("type") == "object" else f"Always {_kind(schema)}."
        schema = {"properties": {"": schema}}
    rows = ["| field | kind | meaning |", "|---|---|---|"]
    rows += _rows(schema, "")
    return "\n".join(rows)


def _rows(schema: dict[str, Any], before: str) -> Iterator[str]:
    for name, one in schema.get("properties", {}).items():
        path = f"{before}{name}"
        yield f"| `{path}` | {_kind(one)} | {one.get('description', '')} |"
        inner = one.get("items", one)
        if "properties" in inner:
            mark = "[]." if "items" in one else "."
            yield from _rows(inner, path + mark)


_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        target = schema["$ref"]
        name = target if isinstance(target, str) else target.name
        name = name.rsplit("/", 1)[-1]
        return f"[{name}]({_anchor(name)})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        words = (one if one is not None else "null" for one in schema["enum"])
        return " or ".join(f"`{word}`" for word in words)
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    kinds = schema.get("type", "object")
    said = " or ".join(
        _list_of(schema) if kind == "array" else _KINDS[kind]
        for kind in ([kinds] if isinstance(kinds, str) else kinds)
    )
    if "maximum" in schema:
        said += f" from {schema.get('minimum', '')} to {schema['maximum']}"
    return said


def _list_of(schema: dict[str, Any]) -> str:
    return f"list of {_kind(schema.get('items', {}))}"


if __name__ == "__main__":
    # What the scene logs is nobody's business here.
    logging.getLogger("moonraker_cp").addHandler(logging.NullHandler())
    (DOCS / "openapi.json").write_text(document(), "utf-8")
    (DOCS / "api.md").write_text(asyncio.run(page()), "utf-8")
