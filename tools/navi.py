"""Mainsail's own list of links, .theme/navi.json: one entry in it and out again."""

from __future__ import annotations

import json
import re
from typing import Any

from changes import Refused

PAGE = "/server/continuousprint/"
TITLE = "Continuous print"
# Three jobs in a row, and a sign to go on.
ICON = "M3 5h18v3H3zM3 10.5h18v3H3zM3 16h9v3H3zM15 15.5l6 3-6 3z"


def _entry(href: str) -> str:
    fields = {
        "title": TITLE,
        "href": href,
        "target": "_self",
        "position": 55,
        "icon": ICON,
    }
    return json.dumps(fields)


_ENTRY = re.escape(_entry("@")).replace("@", r'[^"]*')
# How it can stand in the list, the likeliest first.
_FORMS = [re.compile(each) for each in (",\n  " + _ENTRY, _ENTRY + r",\s*", _ENTRY)]
_ALONE = re.compile(rf"\[\n  {_ENTRY}\n\]\n")


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused(f"it is no JSON: {error}") from None
    if not isinstance(found, list):
        raise Refused("it is no list of links")
    return found


def _is_ours(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and str(item.get("href", "")).endswith(PAGE)
        and _entry(item["href"]) == json.dumps(item)
    )


def has(text: str | None) -> bool:
    """Whether an entry leads to our page, whoever made it."""
    items = _list(text) if text is not None else []
    return any(
        isinstance(item, dict) and str(item.get("href", "")).endswith(PAGE)
        for item in items
    )


def add(text: str | None, href: str) -> str:
    """The text with our entry at the end, the rest of it as it was."""
    if text is None:
        return f"[\n  {_entry(href)}\n]\n"
    items = _list(text)
    head = text.rstrip()[:-1].rstrip()
    comma = ",\n  " if items else ""
    new = head + comma + _entry(href) + text[len(head) :]
    if _list(new) != [*items, json.loads(_entry(href))]:
        raise Refused("no entry can be added to it")
    return new


def take_out(text: str) -> str | None:
    """The text without our entry; None when nothing but what we made is in it."""
    if _ALONE.fullmatch(text):
        return None
    items = _list(text)
    wanted = [item for item in items if not _is_ours(item)]
    if wanted == items:
        return text
    for form in _FORMS:
        new = form.sub("", text, count=1)
        try:
            if new != text and json.loads(new) == wanted:
                return new
        except ValueError:
            continue
    return json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"
