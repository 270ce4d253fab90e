"""Parameters: one declaration that is read by and shown by."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from moonraker_cp.api.endpoint import Call, Request
from moonraker_cp.api.params import (
    Boolean,
    Choice,
    Integer,
    Integers,
    Kind,
    Line,
    Listing,
    Number,
    Param,
    Record,
    Remark,
    Rolls,
    Text,
    Texts,
    body_schema,
    read,
)
from moonraker_cp.core.errors import BadRequest

ONE = Record("One", (Param("id", Integer(), "Which.", True),), "It must be an object.")

# (kind, what is sent in JSON, the value); each is right by its schema, too.
TAKEN: list[tuple[Kind, Any, Any]] = [
    (Boolean(), True, True),
    (Integer(0, 5), 5, 5),
    (Integer(), -(10**30), -(10**30)),
    (Number(0.5), 0.5, 0.5),
    (Number(), 3, 3.0),
    (Text(3), "a\nb", "a\nb"),
    (Line(3), "äöü", "äöü"),
    (Choice(("a", "b")), "b", "b"),
    (Integers(), [1, 2], (1, 2)),
    (Texts(), ["a", ""], ("a",)),
    (Texts(nulls=True), ["a", None], ("a", None)),
    (Rolls(), [7, None], (7, None)),
    (Rolls(), [], ()),
    (Remark(9), " a\n b\x07", "a b"),
    (Remark(3), "abcdef", "abc"),
    (ONE, {"id": 1, "other": 2}, {"id": 1}),
    (Listing(ONE, 2, "ones"), [{"id": 1}], [{"id": 1}]),
    (Listing(ONE, 2, "ones", 0), [], []),
]
# What is wrong by the schema and refused.
REFUSED: list[tuple[Kind, Any]] = [
    (Boolean(), 1),
    (Integer(0, 5), 6),
    (Integer(0, 5), -1),
    (Integer(0), -1),
    (Integer(None, 5), 6),
    (Integer(), True),
    (Number(0.5, 1), 0.4),
    (Number(), True),
    (Number(), [1]),
    (Rolls(), [0]),
    (Rolls(), [1.5]),
    (Rolls(), ["a"]),
    (Rolls(), [2**31]),
    (Rolls(), [None] * 33),
    (Rolls(), {"0": 7}),
    (Remark(3), 1),
    (Text(3), "abcd"),
    (Text(), 1),
    (Line(3), "abcd"),
    (Line(), "a\nb"),
    (Line(), "a\x7f"),
    (Line(), "a\u202eb"),
    (Choice(("a", "b")), "c"),
    (Choice(("a",)), ["a"]),
    (Integers(), []),
    (Integers(), ["a"]),
    (Texts(), [1]),
    (Texts(), ["x"] * 33),
    (Texts(), ["PLA\nM112"]),
    (ONE, []),
    (ONE, {}),
    (Listing(ONE, 2, "ones"), []),
    (Listing(ONE, 2, "ones"), [{"id": 1}] * 3),
    (Listing(ONE, 2, "ones"), {"id": 1}),
    (Listing(ONE, 2, "ones"), [1]),
]


def fits(kind: Kind, value: Any) -> bool:
    """By its schema; nested records stand in their places."""

    def inlined(schema: Any) -> Any:
        if isinstance(schema, dict) and "$ref" in schema:
            return inlined(schema["$ref"].schema)
        if isinstance(schema, dict):
            return {key: inlined(one) for key, one in schema.items()}
        return schema

    return bool(Draft202012Validator(inlined(kind.schema())).is_valid(value))


@pytest.mark.parametrize(("kind", "sent", "value"), TAKEN, ids=repr)
def test_what_fits_the_schema_is_taken(kind: Kind, sent: Any, value: Any) -> None:
    assert fits(kind, sent)
    assert read((Param("p", kind, ""),), {"p": sent}) == {"p": value}


@pytest.mark.parametrize(("kind", "sent"), REFUSED, ids=repr)
def test_what_does_not_fit_is_refused(kind: Kind, sent: Any) -> None:
    assert not fits(kind, sent)
    with pytest.raises(BadRequest):
        read((Param("p", kind, ""),), {"p": sent})


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        (Boolean(), " True ", True),
        (Integer(0, 20), " 12 ", 12),
        (Number(), " -1.5 ", -1.5),
        (Number(), ".5", 0.5),
        (Choice(("a", "b")), " B ", "b"),
        (Integers(), "1,2", (1, 2)),
        (Integers(), 3, (3,)),
        (Texts(), "a", ("a",)),
        (Line(), "  a  ", "a"),
    ],
    ids=repr,
)
def test_forms_are_read_leniently(kind: Kind, sent: Any, value: Any) -> None:
    assert read((Param("p", kind, ""),), {"p": sent}) == {"p": value}


@pytest.mark.parametrize("sent", ["1e3", "nan", "inf", "1_0", "", "1" * 19, "0x1", "٣"])
def test_what_is_no_number(sent: str) -> None:
    with pytest.raises(BadRequest, match="must be a number"):
        read((Param("p", Number(), ""),), {"p": sent})


@pytest.mark.parametrize("sent", [float("nan"), float("inf"), 10**400, 1e19])
def test_numbers_are_finite_and_not_huge(sent: float) -> None:
    with pytest.raises(BadRequest, match="too large"):
        read((Param("p", Number(), ""),), {"p": sent})


def test_what_was_not_sent() -> None:
    params = (
        Param("a", Integer(), ""),
        Param("b", Integer(), "", default=7),
        Param("c", Integer(), "", default=None, nullable=True),
        Param("d", Integer(), "", nullable=True),
    )
    assert read(params, {}) == {"b": 7, "c": None}
    assert read(params, {"d": None, "c": "", "x": 1}) == {"b": 7, "c": None, "d": None}
    with pytest.raises(BadRequest, match="a is missing"):
        read(params, {"a": None})
    with pytest.raises(BadRequest, match="a is missing"):
        read((Param("a", Integer(), "", required=True),), {})


def test_an_older_name_is_read_and_named_in_errors() -> None:
    params = (Param("job_ids", Integers(), "", required=True, aliases=("id",)),)
    assert read(params, {"id": 3}) == {"job_ids": (3,)}
    with pytest.raises(BadRequest, match=r"^id must"):
        read(params, {"id": ["x"]})
    with pytest.raises(BadRequest, match=r"^job_ids is missing"):
        read(params, {})
    assert body_schema(params)["required"] == ["job_ids"]


async def echo(request: Request) -> Any:
    return request.args, request.sent


async def test_a_form_field_may_hold_the_body() -> None:
    call = Call(echo, "", (Param("a", Integer(), ""),), json_field="json")
    assert (await call.reply({"json": '{"a": 1}'}, ""))[0] == {"a": 1}
    assert (await call.reply({"a": 2}, ""))[0] == {"a": 2}
    for odd in ("[]", "{", 1, None, ["{}"]):
        with pytest.raises(BadRequest):
            await call.reply({"json": odd}, "")


async def test_a_field_without_a_name_is_no_body() -> None:
    call = Call(echo, "", (Param("a", Integer(), ""),))
    assert await call.reply({"": 5, "a": 1}, "") == ({"a": 1}, {"": 5, "a": 1})
