"""Words of a request -> plain values, or a BadRequest that says what is wanted."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import BadRequest
from ..core.texts import has_controls

Arguments = Mapping[str, Any]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})\Z")
MAX_NAME = 250
"""The longest name of a job, in characters."""

MAX_TEXTS = 32
MAX_TEXT = 200
"""The most texts of a list, and the most characters of each."""

MAX_ROLL = 2**31 - 1
"""The largest id of a spool."""


def boolean(args: Arguments, name: str, default: bool | None = None) -> bool:
    """true or false in any case; no 1, yes or on, which CPQ took for false."""
    value = args.get(name, default)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if value is None:
        raise BadRequest(f"{name} is missing; say true or false.")
    raise BadRequest(f"{name} must be true or false, not {_shown(value)}.")


def integer(args: Arguments, name: str, default: int | None = None) -> int:
    value = args.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.match(value.strip()):
        return int(value)
    if value is None:
        raise BadRequest(f"{name} is missing; say a whole number.")
    raise BadRequest(f"{name} must be a whole number, not {_shown(value)}.")


def number(args: Arguments, name: str, default: float | None = None) -> float:
    """A finite number, whole or not, also as text: no 1e3, nan or inf."""
    value = args.get(name, default)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # An integer of hundreds of digits is finite, but no float can hold it.
        if -1e18 <= value <= 1e18:
            return float(value)
        raise BadRequest(f"{name} is too large, or no number.")
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        return float(value)
    if value is None:
        raise BadRequest(f"{name} is missing; say a number.")
    raise BadRequest(f"{name} must be a number, not {_shown(value)}.")


def check_range(
    name: str, value: float, least: float | None, most: float | None
) -> None:
    low = -math.inf if least is None else least
    high = math.inf if most is None else most
    if low <= value <= high:
        return
    if most is None:
        raise BadRequest(f"{name} must be {least:.15g} or more.")
    if least is None:
        raise BadRequest(f"{name} must be {most:.15g} or less.")
    raise BadRequest(f"{name} must be between {least:.15g} and {most:.15g}.")


def text(
    args: Arguments,
    name: str,
    default: str | None = None,
    longest: int | None = None,
) -> str:
    value = args.get(name, default)
    if not isinstance(value, str):
        if value is None:
            raise BadRequest(f"{name} is missing.")
        raise BadRequest(f"{name} must be text, not {_shown(value)}.")
    if longest is not None and len(value) > longest:
        raise BadRequest(f"{name} is longer than {longest} characters.")
    if not _is_unicode(value):
        raise BadRequest(f"{name} is not valid Unicode.")
    return value


def choice(args: Arguments, name: str, words: Sequence[str]) -> str:
    """One of the words, in any case."""
    value = args.get(name)
    said = value.strip().lower() if isinstance(value, str) else value
    offered = " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    if said is None:
        raise BadRequest(f"{name} is missing; say {offered}.")
    if said not in words:
        raise BadRequest(f"{name} must be {offered}, not {_shown(value)}.")
    return str(said)


def job_name(args: Arguments, key: str) -> str:
    return line({key: args.get(key, "")}, key, MAX_NAME)


def line(args: Arguments, name: str, longest: int) -> str:
    """Text for people in one line, without blanks around it."""
    value = text(args, name).strip()
    if len(value) > longest:
        raise BadRequest(f"{name} is longer than {longest} characters.")
    if has_controls(value):
        raise BadRequest(f"{name} must not contain control characters.")
    return value


def texts(args: Arguments, name: str) -> tuple[str | None, ...]:
    """A list of texts (or null), one text alone, or nothing."""
    value = args.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        raise BadRequest(f"{name} must be a list of up to {MAX_TEXTS} texts.")
    for item in value:
        is_text = isinstance(item, str) and len(item) <= MAX_TEXT and _is_unicode(item)
        if item is not None and not is_text:
            raise BadRequest(
                f"{name} must be a list of texts, each {MAX_TEXT} characters at most."
            )
        if item is not None and has_controls(item):  # scripts write them into G-code
            raise BadRequest(f"{name} must not contain control characters.")
    return tuple(item or None for item in value)


def integers(args: Arguments, *names: str) -> tuple[int, ...]:
    """Whole numbers: a list, one alone, or a text with commas."""
    name = next((n for n in names if n in args), names[0])
    value = args.get(name)
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if isinstance(value, int):
        value = [value]
    if not isinstance(value, list) or not value:
        raise BadRequest(f"{name} is missing; say one or more whole numbers.")
    return tuple(integer({name: item}, name) for item in value)


def rolls(args: Arguments, name: str) -> tuple[int | None, ...]:
    """Ids by tool, or None for any: a list, one alone, or a text with commas."""
    value = args.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = [part.strip() or None for part in value.split(",")]
    if isinstance(value, int):
        value = [value]
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        raise BadRequest(
            f"{name} must be a list of up to {MAX_TEXTS} ids of spools, by tool; null"
            " for any."
        )
    return tuple(None if item is None else _roll(item, name) for item in value)


def _roll(value: object, name: str) -> int:
    number = integer({name: value}, name)
    check_range(name, number, 1, MAX_ROLL)
    return number


def one_line(value: str, longest: int) -> str:
    """Without what cannot be shown, and cut; for what must not be refused."""
    line = "".join(char for char in " ".join(value.split()) if char.isprintable())
    return line[:longest]


def json_object(value: str, name: str) -> dict[str, Any]:
    """The JSON object that a text holds."""
    parsed = json_value(value, name)
    if not isinstance(parsed, dict):
        raise BadRequest(f"{name} must be a JSON object, not {_shown(parsed)}.")
    return parsed


def json_value(value: str, name: str) -> Any:
    """Whatever JSON a text holds; NaN and Infinity are no JSON."""
    try:
        return json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest(f"{name} is not valid JSON.") from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _is_unicode(value: str) -> bool:
    """False for lone surrogates, which JSON lets in and a database refuses."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    """The value as the sender may know it again, short and in one line."""
    try:
        shown = ascii(value) if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        shown = f"a {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."
