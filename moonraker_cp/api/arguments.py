"""Words of a request -> plain values, or a BadRequest that says what is wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..core.errors import BadRequest

Arguments = Mapping[str, Any]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
MAX_NAME = 250
"""The longest name of a job, in characters."""


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


def text(args: Arguments, name: str, default: str | None = None) -> str:
    value = args.get(name, default)
    if not isinstance(value, str):
        if value is None:
            raise BadRequest(f"{name} is missing.")
        raise BadRequest(f"{name} must be text, not {_shown(value)}.")
    return value


def job_name(args: Arguments, key: str) -> str:
    name = text(args, key, "").strip()
    if len(name) > MAX_NAME:
        raise BadRequest(f"{key} is longer than {MAX_NAME} characters.")
    if any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise BadRequest(f"{key} must not contain control characters.")
    if not _is_unicode(name):
        raise BadRequest(f"{key} is not valid Unicode.")
    return name


def texts(args: Arguments, name: str) -> tuple[str | None, ...]:
    """A list of texts (or null), one text alone, or nothing."""
    value = args.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or len(value) > 32:
        raise BadRequest(f"{name} must be a list of up to 32 texts.")
    for item in value:
        is_text = isinstance(item, str) and len(item) <= 200 and _is_unicode(item)
        if item is not None and not is_text:
            raise BadRequest(f"{name} must be a list of texts, each 200 at most.")
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


def json_object(value: str, name: str) -> dict[str, Any]:
    """The JSON object that a text holds."""
    try:
        parsed = json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest(f"{name} is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise BadRequest(f"{name} must be a JSON object, not {_shown(parsed)}.")
    return parsed


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
