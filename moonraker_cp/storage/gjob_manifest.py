"""A job file's manifest: JSON text <-> frozen values.

As Continuous Print writes it (`JobView.as_dict` and `SetView.as_dict` in its
continuousprint/storage/database.py):

    {"name": text, "count": passes, "remaining": passes, "draft": bool,
     "created": whole seconds since the epoch, "version": text,
     "sets": [{"path": name of a file in the archive, "count": copies per pass,
               "remaining": copies, "completed": copies, "metadata": JSON text or null,
               "materials": [text, "" for any], "profiles": [text],
               "id": number, "rank": number, "sd": bool}, …]}

What Continuous Print's sets do not have is in an object of ours, "moonraker_cp", in
those sets of which anything of it was said; that plugin leaves it alone:

    {"release_temperature": °C, "on_failure": text, "retries": number,
     "spools": [Spoolman's id or null for any]}

Read are the fields of the classes below; sets keep the order of the list. What was
left to print when it was packed is not read, as in Continuous Print: a job that is
imported starts from its beginning.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ..core.errors import BadRequest
from ..core.failures import OnTrouble
from ..core.model import MAX_COPIES, Rolls
from ..core.set_edits import MAX_RELEASE, MAX_RETRIES
from ..core.texts import has_controls
from .gjob_names import canonical

MAX_SETS = 1000
MAX_JOB_NAME = 250
MAX_TEXTS = 32
"""The most materials, or profiles, of one set."""
MAX_TEXT = 200
"""The longest name of a material or profile, in characters."""

MAX_ROLL = 2**31 - 1
"""The largest id of a spool."""

OURS = "moonraker_cp"
"""The key of what CPQ's sets do not have."""

VERSION = "0.1.0"
"""The packer's version that Continuous Print 2.x writes; no reader looks at it."""

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class ManifestSet:
    """One file, `count` copies in each pass; materials by tool, None for any."""

    path: str
    count: int = 1
    materials: tuple[str | None, ...] = ()
    profiles: tuple[str, ...] = ()
    metadata: str | None = None
    release_temperature: float | None = None
    on_failure: OnTrouble | None = None
    retries: int | None = None
    spools: Rolls = ()


@dataclass(frozen=True)
class Manifest:
    """created: seconds since the epoch, None when the file does not say."""

    name: str
    count: int
    sets: tuple[ManifestSet, ...]
    draft: bool = False
    created: float | None = None


def manifest_to_json(manifest: Manifest) -> bytes:
    fields = {
        "name": manifest.name,
        "count": manifest.count,
        "remaining": manifest.count,
        "draft": manifest.draft,
        "sets": [_set_fields(one) for one in manifest.sets],
        "version": VERSION,
    }
    if manifest.created is not None:
        fields["created"] = int(manifest.created)  # another type breaks CPQ's list
    return json.dumps(fields).encode()


def _set_fields(one: ManifestSet) -> dict[str, Any]:
    own = _own_fields(one)
    return {
        "path": one.path,
        "count": one.count,
        "remaining": one.count,
        "completed": 0,
        "metadata": one.metadata,
        "materials": [name or "" for name in one.materials],  # CPQ cannot join null
        "profiles": list(one.profiles),
        **({OURS: own} if own else {}),
    }


def _own_fields(one: ManifestSet) -> dict[str, Any]:
    """Those of which something was said."""
    own = {
        "release_temperature": one.release_temperature,
        "on_failure": one.on_failure.value if one.on_failure else None,
        "retries": one.retries,
        "spools": list(one.spools) or None,
    }
    return {name: value for name, value in own.items() if value is not None}


def manifest_from_json(data: bytes) -> Manifest:
    """Raises BadRequest that says which field is wrong and what is wanted."""
    fields = _json_object(data)
    return Manifest(
        name=_name(fields),
        count=_count(fields, "count", least=1),
        sets=_sets(fields),
        draft=_draft(fields),
        created=_created(fields),
    )


def _json_object(data: bytes) -> Fields:
    try:
        fields = json.loads(data.decode("utf-8"), parse_int=_short_int)
    except (ValueError, RecursionError):
        raise _wrong("it is not JSON text in UTF-8") from None
    if not isinstance(fields, dict):
        raise _wrong("it must be a JSON object")
    return fields


def _short_int(digits: str) -> int:
    if len(digits) > 18:  # a million digits would take seconds to read
        raise ValueError("too many digits")
    return int(digits)


def _name(fields: Fields) -> str:
    name = _text(fields.get("name", ""), "name", MAX_JOB_NAME).strip()
    if has_controls(name):
        raise _wrong("name must not contain control characters")
    return name


def _draft(fields: Fields) -> bool:
    draft = fields.get("draft", False)
    if not isinstance(draft, bool):
        raise _wrong("draft must be true or false")
    return draft


def _created(fields: Fields) -> float | None:
    created = fields.get("created")
    if created is None:
        return None
    is_number = isinstance(created, (int, float)) and not isinstance(created, bool)
    if not is_number or not math.isfinite(created) or created < 0:
        raise _wrong("created must be a number of seconds")
    return float(created)


def _sets(fields: Fields) -> tuple[ManifestSet, ...]:
    sets = fields.get("sets")
    if not isinstance(sets, list) or not 1 <= len(sets) <= MAX_SETS:
        raise _wrong(f"sets must be a list of 1 to {MAX_SETS} sets")
    return tuple(_set(one, f"sets[{index}]") for index, one in enumerate(sets))


def _set(fields: Any, at: str) -> ManifestSet:
    if not isinstance(fields, dict):
        raise _wrong(f"{at} must be a JSON object")
    materials = _texts(fields, "materials", at)
    profiles = _texts(fields, "profiles", at)
    metadata = fields.get("metadata")
    return ManifestSet(
        path=canonical(_text(fields.get("path"), f"{at}.path")),
        count=_count(fields, "count", least=0, at=f"{at}."),
        materials=materials,
        profiles=tuple(name for name in profiles if name),
        metadata=None if metadata is None else _text(metadata, f"{at}.metadata"),
        **_own(fields.get(OURS), f"{at}.{OURS}"),
    )


def _own(fields: Any, at: str) -> dict[str, Any]:
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise _wrong(f"{at} must be a JSON object")
    named = {name: (fields.get(name), f"{at}.{name}") for name in OWN}
    said = {name: pair for name, pair in named.items() if pair[0] is not None}
    return {name: OWN[name](*pair) for name, pair in said.items()}


def _release(value: Any, at: str) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_RELEASE:
        raise _wrong(f"{at} must be a number of °C from 0 to {MAX_RELEASE:g}")
    return float(value)


def _on_failure(value: Any, at: str) -> OnTrouble:
    words = [one.value for one in OnTrouble]
    if value not in words:
        raise _wrong(f"{at} must be one of {', '.join(words)}")
    return OnTrouble(value)


def _retries(value: Any, at: str) -> int:
    return _whole(value, at, 0, MAX_RETRIES)


def _rolls(value: Any, at: str) -> Rolls:
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        raise _wrong(f"{at} must be a list of up to {MAX_TEXTS} ids")
    return tuple(None if one is None else _whole(one, at, 1, MAX_ROLL) for one in value)


OWN: Mapping[str, Callable[[Any, str], Any]] = {
    "release_temperature": _release,
    "on_failure": _on_failure,
    "retries": _retries,
    "spools": _rolls,
}
"""What is in our object of a set, and how each is read."""


def _count(fields: Fields, name: str, *, least: int, at: str = "") -> int:
    return _whole(fields.get(name, 1), at + name, least, MAX_COPIES)


def _whole(value: Any, at: str, least: int, most: int) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise _wrong(f"{at} must be a whole number from {least} to {most}")
    return int(value)


def _texts(fields: Fields, name: str, at: str) -> tuple[str | None, ...]:
    values = fields.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or len(values) > MAX_TEXTS:
        raise _wrong(f"{at}.{name} must be a list of up to {MAX_TEXTS} texts")
    texts = tuple(
        None if value is None else _text(value, f"{at}.{name}", MAX_TEXT) or None
        for value in values
    )
    if any(text and has_controls(text) for text in texts):
        raise _wrong(f"{at}.{name} must not contain control characters")
    return texts


def _text(value: Any, at: str, most: int | None = None) -> str:
    if not isinstance(value, str):
        raise _wrong(f"{at} must be text")
    if most is not None and len(value) > most:
        raise _wrong(f"{at} is longer than {most} characters")
    # JSON lets lone halves of a letter in; a database or a disk would refuse them
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise _wrong(f"{at} is not valid Unicode")
    return value


def _wrong(what: str) -> BadRequest:
    return BadRequest(f"The job file's manifest.json is wrong: {what}.")
