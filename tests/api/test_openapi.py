"""The OpenAPI document, and that answers have the shapes that it says they have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from moonraker_cp.api import cpq_payloads, cpq_schemas, openapi, payloads, schemas
from moonraker_cp.api.endpoint import Call, Endpoint, merged, table
from moonraker_cp.api.params import Boolean, Integer, Param, Record
from moonraker_cp.api.schemas import Named
from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.edits import Change
from moonraker_cp.core.model import ENDLESS, Control, Phase, State

from ..storage import examples
from .rig import Api
from .scene import REFUSED, ask, scene
from .views import view

TABLES = Api(Path("gcodes")).tables
CALLS = [(method, one.path) for one in TABLES for method in one.calls]
DOCUMENT = openapi.document(TABLES)


def validator(shape: Named) -> Draft202012Validator:
    schema = {**shape.ref, "components": DOCUMENT["components"]}
    return Draft202012Validator(openapi.Shapes().resolve(schema))


def flaws(shape: Named, value: Any) -> list[str]:
    """What is wrong with a payload, after JSON."""
    sent = json.loads(json.dumps(value))
    return [one.message for one in validator(shape).iter_errors(sent)]


# -- the document ---------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield one
            else:
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_reference_leads_somewhere() -> None:
    for target in set(references(DOCUMENT)):
        found: Any = DOCUMENT
        for part in target.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_call_stands_in_it_under_each_of_its_paths() -> None:
    said = {
        (method.upper(), path)
        for path, calls in DOCUMENT["paths"].items()
        for method in calls
    }
    assert said == {(m, p) for one in TABLES for p in one.paths for m in one.calls}
    names = [
        call["operationId"]
        for calls in DOCUMENT["paths"].values()
        for call in calls.values()
    ]
    assert len(names) == len(set(names))


def test_the_key_in_the_query_is_for_octoprints_paths_alone() -> None:
    for path, calls in DOCUMENT["paths"].items():
        for call in calls.values():
            bare = not path.startswith("/server/") or path == openapi.PATH
            assert ({"queryKey": []} in call["security"]) is bare, path


async def nothing(request: Any) -> None:
    """Answers nothing."""


def test_two_shapes_of_one_name_are_refused() -> None:
    def one(shape: Named) -> Endpoint:
        return Endpoint(f"/{id(shape)}", {"GET": Call(nothing, "", returns=shape)})

    text, number = Named("A", {"type": "string"}), Named("A", {"type": "number"})
    openapi.document([one(text), one(text)])
    with pytest.raises(ValueError, match="named A"):
        openapi.document([one(text), one(number)])


def test_a_call_that_is_declared_twice_is_refused() -> None:
    one = table("/x", ("GET a", Call(nothing, "")), ("POST a", Call(nothing, "")))
    other = table("/x", ("DELETE a", Call(nothing, "")))
    (both,) = merged((one, other))
    assert set(both.calls) == {"GET", "POST", "DELETE"}
    with pytest.raises(ValueError, match="twice"):
        merged((one, one))
    with pytest.raises(ValueError, match="twice"):
        merged((one, table("/x", ("DELETE a", Call(nothing, "")), native=False)))


def test_arguments_are_said_where_the_method_takes_them() -> None:
    params = (
        Param("id", Integer(1, 5), "Which.", required=True),
        Param("on", Boolean(), "Whether.", default=False),
        Param("to", Integer(), "Where.", nullable=True),
    )
    nested = Param("one", Record("One", params, "one is odd."), "A record.")
    made = openapi.document(
        table(
            "/x",
            ("GET flat", Call(nothing, "", params)),
            ("POST flat", Call(nothing, "", params)),
            ("POST nested", Call(nothing, "", (nested,))),
            ("POST free", Call(nothing, "", free=True)),
            ("POST none", Call(nothing, "")),
        )
    )
    flat, paths = made["paths"]["/x/flat"], made["paths"]
    assert [one["name"] for one in flat["get"]["parameters"]] == ["id", "on", "to"]
    assert "requestBody" not in flat["get"]
    content = flat["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
    schema = content["application/json"]["schema"]
    assert schema["required"] == ["id"]
    assert schema["properties"]["id"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 5,
        "description": "Which.",
    }
    assert schema["properties"]["on"]["default"] is False
    assert schema["properties"]["to"]["type"] == ["integer", "null"]
    assert set(paths["/x/nested"]["post"]["requestBody"]["content"]) == {
        "application/json"
    }
    assert "One" in made["components"]["schemas"]
    assert paths["/x/free"]["post"]["requestBody"]["required"] is True
    assert "requestBody" not in paths["/x/none"]["post"]
    assert "204" in paths["/x/none"]["post"]["responses"]


async def test_the_document_is_made_when_somebody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is large, and most printers are never asked."""
    made: list[str] = []

    def document(endpoints: Any, prefix: str) -> dict[str, Any]:
        made.append(prefix)
        return {"paths": [one.path for one in endpoints]}

    monkeypatch.setattr(openapi, "document", document)
    call = openapi.endpoint(iter(TABLES[:1]), "/prefix").calls["GET"]
    assert made == []
    answers = [await call.reply({}, "") for _ in range(2)]
    assert answers == [{"paths": [TABLES[0].path, openapi.PATH]}] * 2
    assert made == ["/prefix"]


# -- what is answered -------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), CALLS, ids=lambda value: str(value))
async def test_a_call_answers_its_example_in_its_shape(
    tmp_path: Path, method: str, path: str
) -> None:
    async with scene(tmp_path) as api:
        call = api.endpoints[path].calls[method]
        _, reply = await ask(api, method, path)
    if (method, path) in REFUSED:
        assert reply.status in call.errors
    else:
        assert reply.status == 200, reply
        assert call.returns is None or flaws(call.returns, reply.body) == []


def states() -> Iterator[State]:
    """Every phase, with all that there is, with nothing, and without end."""
    endless = replace(
        examples.JOB, id=8, count=ENDLESS, remaining=1, sets=examples.SETS
    )
    for phase in Phase:
        control = replace(examples.CONTROL, phase=phase)
        yield State(control, (examples.JOB, endless), examples.OPEN_RUN)
        yield State(control, (examples.JOB,))
        yield State(Control(phase=phase))


@pytest.mark.parametrize("state", states(), ids=lambda state: state.control.phase.value)
async def test_payloads_have_their_shapes(state: State) -> None:
    runs = (examples.CLOSED_RUN, examples.OPEN_RUN)
    change = Change(put=state.jobs, removed=(3,), reordered=True)
    many = Change(put=state.jobs * payloads.MOST_TOLD)
    for shape, payload in (
        (schemas.STATE, payloads.snapshot(view(state))),
        (schemas.CHANGED, payloads.changes(view(state), Decision(state, change))),
        (schemas.CHANGED, payloads.changes(view(state), Decision(state, many))),
        (schemas.CHANGED, payloads.changes(view(state), Decision(state, Change()))),
        (schemas.RUNS, {"runs": [payloads.run(one) for one in runs]}),
        (cpq_schemas.V1, await cpq_payloads.cpq_v1(view(state), runs)),
        (cpq_schemas.V2, await cpq_payloads.cpq_v2(state, Rules())),
    ):
        assert flaws(shape, payload) == []


def test_an_unknown_field_is_a_flaw() -> None:
    payload = payloads.snapshot(view(State()))
    assert flaws(schemas.STATE, payload) == []
    assert flaws(schemas.STATE, {**payload, "extra": 1}) != []
    assert flaws(schemas.STATE, {k: payload[k] for k in payload if k != "bed"}) != []
