"""Requests made up from the OpenAPI document, against a real Moonraker.

Whatever is sent, the answer is one that the document allows: no 5xx, no status that it
does not name, JSON of the shape that it promises.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .queue import LONG, PREFIX, Queue

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
NAMES = ("clip.gcode", "box.gcode", "lid.gcode", "sub/ü b.gcode")
IDS = ("id", "job", "job_id", "job_ids", "job_ids[]", "after", "after_id", "question")

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
async def queue(stack_factory: Any) -> Queue:
    """Files, three jobs of several sets, a run, and a print that goes on."""
    queue = Queue(await stack_factory(section=""))
    for name in NAMES:
        queue.file(name, LONG)
    sets = [{"path": "box.gcode"}, {"path": "lid.gcode", "count": 2}]
    await queue.call("jobs", path="clip.gcode", count=3, name="Clips")
    for draft in (True, False):
        await queue.call("jobs", name="Boxes", count=5, sets=sets, draft=draft)
    return queue


async def served(queue: Queue) -> Any:
    reply = await queue.client.get(f"{PREFIX}/openapi")
    assert reply.status == 200
    return reply.body


def aimed(value: Any, name: str = "") -> Any:
    """The same with files and ids that may be there, or hardly any call would do."""
    if isinstance(value, dict):
        return {key: aimed(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [aimed(one, name) for one in value]
    if name == "path" and isinstance(value, str):
        return NAMES[len(value) % len(NAMES)]
    if name in IDS and isinstance(value, int) and not isinstance(value, bool):
        return value % 8
    return value


class Asker:
    """Asks every call of a document; found: what is wrong with the answers."""

    def __init__(self, url: str, document: Any) -> None:
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=url)
        # Made-up keys would be refused by Moonraker, each in the same way.
        schema.config.generation.update(with_security_parameters=False)
        operations = list(schema.get_all_operations())
        self._calls = [one.ok() for one in operations if isinstance(one, Ok)]
        assert len(self._calls) == len(operations), "a call is not well described"
        self.statuses: Counter[int] = Counter()
        self.found: list[str] = []

    def ask(self, least: int, *, fixed: bool) -> None:
        """At least so many requests in all, alike for each call that takes anything."""
        taking = [one for one in self._calls if _takes_something(one)]
        each = least // len(taking) + 1
        chosen = settings(
            max_examples=each,
            deadline=None,
            database=None,
            derandomize=fixed,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        for one in self._calls:
            modes = MODES if one in taking else MODES[:1]
            cases = st.one_of(*(one.as_strategy(generation_mode=m) for m in modes))
            try:
                chosen(given(case=cases)(self._send))()
            except FailureGroup as failures:
                self.found.append(f"{one.label}: {failures}")

    def _send(self, case: schemathesis.Case) -> None:
        if case.meta is not None and case.meta.generation.mode.is_positive:
            case.body, case.query = aimed(case.body), aimed(case.query)
        response = case.call_and_validate(checks=CHECKS, timeout=30)
        self.statuses[response.status_code] += 1


def _takes_something(call: schemathesis.APIOperation[Any, Any, Any]) -> bool:
    raw = call.definition.raw
    return "requestBody" in raw or bool(raw.get("parameters"))


async def test_the_document_that_is_served_is_the_one_in_the_docs(queue: Queue) -> None:
    assert await served(queue) == json.loads(DOCUMENT.read_text("utf-8"))


async def test_each_call_is_there_over_json_rpc(queue: Queue) -> None:
    """By the name that the document says."""
    for calls in (await served(queue))["paths"].values():
        for call in calls.values():
            about = call.get("description", "")
            if not about.startswith("JSON-RPC `"):
                continue
            name = about.split("`")[1]
            sent = {"jsonrpc": "2.0", "id": 1, "method": name}
            reply = await queue.client.post("/server/jsonrpc", json=sent)
            assert reply.body.get("error", {}).get("code") != -32601, name


async def made_up(queue: Queue, least: int, *, fixed: bool) -> Counter[int]:
    asker = Asker(queue.stack.url, await served(queue))
    await asyncio.to_thread(asker.ask, least, fixed=fixed)
    assert asker.found == [], "\n\n".join(asker.found)
    assert sum(asker.statuses.values()) >= least
    assert "Traceback" not in queue.stack.moonraker_log()
    return asker.statuses


@pytest.mark.timeout(300)
async def test_made_up_requests_are_answered_as_documented(queue: Queue) -> None:
    statuses = await made_up(queue, 120, fixed=True)
    assert {200, 400, 404} <= set(statuses)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_thousands_of_made_up_requests(queue: Queue) -> None:
    await made_up(queue, 2000, fixed=False)
