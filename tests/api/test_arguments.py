"""Words of a request -> values, or one sentence that says what is wanted."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from moonraker_cp.api import arguments
from moonraker_cp.api.endpoint import name_of
from moonraker_cp.core.errors import BadRequest


@pytest.mark.parametrize(
    ("word", "value"),
    [("0", 0), (" 12 ", 12), ("+5", 5), ("-5", -5), (7, 7), ("0" * 17 + "1", 1)],
)
def test_integers_in_any_writing(word: object, value: int) -> None:
    assert arguments.integer({"n": word}, "n") == value


@pytest.mark.parametrize(
    "word",
    [
        *("", " ", "1.5", "1e3", "abc", "1_0", "٣", "0x1", "1" * 19, "1\n2", "--1"),
        *(True, False, 1.5, [1], {}, None, float("nan"), object()),
    ],
)
def test_what_is_no_integer(word: object) -> None:
    with pytest.raises(BadRequest, match=r"^n (must be|is missing)"):
        arguments.integer({"n": word}, "n")


def test_defaults_stand_for_what_is_missing() -> None:
    assert arguments.integer({}, "n", 3) == 3
    assert arguments.boolean({}, "b", default=True) is True
    assert arguments.text({}, "t", "x") == "x"
    assert arguments.job_name({}, "name") == ""
    assert arguments.texts({}, "list") == ()


@pytest.mark.parametrize("word", [None, 5, True, ["a"], {}, "\ud800"])
def test_what_is_no_text(word: object) -> None:
    with pytest.raises(BadRequest, match=r"^t "):
        arguments.text({"t": word}, "t")


def test_job_names() -> None:
    assert arguments.job_name({"n": "  Ü  "}, "n") == "Ü"
    assert len(arguments.job_name({"n": "x" * arguments.MAX_NAME}, "n")) == 250
    odd = ("a\x85b", "\x9b31m", "a\u2028b", "\u202egnp", "\u2066x")
    for bad in ("x" * 251, "a\tb", "a\x7fb", "\ud800", *odd):
        with pytest.raises(BadRequest):
            arguments.job_name({"n": bad}, "n")


@pytest.mark.parametrize(
    ("word", "values"),
    [([1, "2"], (1, 2)), ("1, 2,", (1, 2)), (5, (5,)), ("5", (5,))],
)
def test_several_integers(word: object, values: tuple[int, ...]) -> None:
    assert arguments.integers({"ids": word}, "ids", "id") == values
    assert arguments.integers({"id": word}, "ids", "id") == values


@pytest.mark.parametrize("word", [None, [], "", ",", "1,x", [True], True, [[1]], {}])
def test_what_is_no_list_of_integers(word: object) -> None:
    with pytest.raises(BadRequest):
        arguments.integers({"ids": word}, "ids")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", "null", '"x"', "[" * 100_000, '{"a": 1,}', "\ud800"]
)
def test_what_is_no_json_object(text: str) -> None:
    with pytest.raises(BadRequest, match=r"^json "):
        arguments.json_object(text, "json")


def deep(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(
    "value", ["x" * 10_000, "\ud800\n", ["y"] * 10_000, deep(500), object(), {1: b""}]
)
def test_what_was_sent_is_shown_short_and_in_one_line(value: object) -> None:
    with pytest.raises(BadRequest) as caught:
        arguments.boolean({"b": value}, "b")
    words = str(caught.value)
    assert len(words) < 120
    assert words.isascii()
    assert words.isprintable()


@pytest.mark.parametrize(
    ("moonrakers", "ours"),
    [
        ("anna", "anna"),
        ("_TRUSTED_USER_", ""),
        ("_API_KEY_USER_", "API key"),
        ("", ""),
    ],
)
def test_people_are_named_and_stand_ins_are_not(moonrakers: str, ours: str) -> None:
    """A sentence such as "_TRUSTED_USER_ says that it fails" helps nobody."""
    assert name_of(SimpleNamespace(username=moonrakers)) == ours
    assert name_of(None) == ""
