"""What a call takes, declared once: read from requests, shown in the documents.

A `Param` has a name, a kind and a meaning. `read` turns what was sent into plain
values by the kinds, or raises a BadRequest that says what is wanted; `schema` says the
same as JSON Schema. Kinds are lenient where a form or a query must be ("true", "12",
a field alone for a list of one); their schemas show the canonical JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..core.errors import BadRequest
from ..core.texts import CONTROLS
from ..slices import in_slices
from . import arguments
from .arguments import Arguments
from .schemas import Named, Schema, optional


class Kind(Protocol):
    """flat: it can be said in a query or a form, too."""

    @property
    def flat(self) -> bool: ...

    def read(self, args: Arguments, name: str) -> Any: ...

    def schema(self) -> Schema: ...


class _Absent:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
NO_CONTROLS = f"^[^{CONTROLS}]*$"


@dataclass(frozen=True)
class Param:
    """One thing that a call takes.

    default: its value when it was not sent; without one the name is missing from the
    values, so that "not sent" can be told from "sent as null". nullable: null, and
    in a form the empty text, are sent to mean None. aliases: older names for it.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    default: Any = ABSENT
    nullable: bool = False
    aliases: tuple[str, ...] = ()

    def schema(self) -> Schema:
        schema = self.kind.schema()
        if self.nullable:
            schema = optional(schema)
        schema = {**schema, "description": self.meaning}
        if self.default is not ABSENT and self.default is not None:
            shown = self.default
            schema["default"] = list(shown) if isinstance(shown, tuple) else shown
        return schema


Params = tuple[Param, ...]


def read(params: Params, sent: Arguments) -> dict[str, Any]:
    """Values by name; what no parameter names is left out."""
    values: dict[str, Any] = {}
    for param in params:
        name: str | None = param.name
        if name not in sent:  # most are not, and few have another name
            name = _alias(param, sent) if param.aliases else None
        if name is None:
            if param.required:
                param.kind.read({}, param.name)  # says that it is missing
            if param.default is not ABSENT:
                values[param.name] = param.default
        elif param.nullable and (sent[name] is None or sent[name] == ""):
            values[param.name] = None
        else:
            values[param.name] = param.kind.read(sent, name)
    return values


def _alias(param: Param, sent: Arguments) -> str | None:
    """The other name by which it was sent."""
    return next((one for one in param.aliases if one in sent), None)


def body_schema(params: Params) -> Schema:
    """The JSON object that holds these parameters."""
    schema: Schema = {
        "type": "object",
        "properties": {one.name: one.schema() for one in params},
    }
    required = [one.name for one in params if one.required]
    if required:
        schema["required"] = required
    return schema


# -- kinds -------------------------------------------------------------------


@dataclass(frozen=True)
class Boolean:
    flat = True

    def read(self, args: Arguments, name: str) -> bool:
        return arguments.boolean(args, name)

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Integer:
    least: int | None = None
    most: int | None = None
    flat = True

    def read(self, args: Arguments, name: str) -> int:
        value = arguments.integer(args, name)
        arguments.check_range(name, value, self.least, self.most)
        return value

    def schema(self) -> Schema:
        return {"type": "integer", **_range(self.least, self.most)}


@dataclass(frozen=True)
class Number:
    """A finite number, whole or not."""

    least: float | None = None
    most: float | None = None
    flat = True

    def read(self, args: Arguments, name: str) -> float:
        value = arguments.number(args, name)
        arguments.check_range(name, value, self.least, self.most)
        return value

    def schema(self) -> Schema:
        return {"type": "number", **_range(self.least, self.most)}


@dataclass(frozen=True)
class Text:
    """Any text. longest: in characters."""

    longest: int | None = None
    flat = True

    def read(self, args: Arguments, name: str) -> str:
        return arguments.text(args, name, longest=self.longest)

    def schema(self) -> Schema:
        longest = {} if self.longest is None else {"maxLength": self.longest}
        return {"type": "string", **longest}


@dataclass(frozen=True)
class Line:
    """A text for people in one line, without blanks around it."""

    longest: int = arguments.MAX_NAME
    flat = True

    def read(self, args: Arguments, name: str) -> str:
        return arguments.line(args, name, self.longest)

    def schema(self) -> Schema:
        return {"type": "string", "maxLength": self.longest, "pattern": NO_CONTROLS}


@dataclass(frozen=True)
class Choice:
    """One of some words, in any case."""

    words: tuple[str, ...]
    flat = True

    def read(self, args: Arguments, name: str) -> str:
        return arguments.choice(args, name, self.words)

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class Integers:
    """One or more whole numbers: a list, or a text with commas."""

    flat = True

    def read(self, args: Arguments, name: str) -> tuple[int, ...]:
        return arguments.integers(args, name)

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "integer"}, "minItems": 1}


@dataclass(frozen=True)
class Texts:
    """A list of texts; null stands for "any" where nulls is set."""

    nulls: bool = False
    flat = True

    def read(self, args: Arguments, name: str) -> tuple[str | None, ...]:
        values = arguments.texts(args, name)
        return values if self.nulls else tuple(one for one in values if one)

    def schema(self) -> Schema:
        item: Schema = {"type": "string", "maxLength": arguments.MAX_TEXT}
        item["pattern"] = NO_CONTROLS
        if self.nulls:
            item["type"] = ["string", "null"]
        return {"type": "array", "items": item, "maxItems": arguments.MAX_TEXTS}


@dataclass(frozen=True)
class Rolls:
    """Spoolman's ids by tool, null for any: a list, or a text with commas."""

    flat = True

    def read(self, args: Arguments, name: str) -> tuple[int | None, ...]:
        return arguments.rolls(args, name)

    def schema(self) -> Schema:
        most = arguments.MAX_ROLL
        item: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": most}
        return {"type": "array", "items": item, "maxItems": arguments.MAX_TEXTS}


@dataclass(frozen=True)
class Remark:
    """What another program says to people, made one line. longest: what is more is cut
    off, for a report must not be lost over its length."""

    longest: int
    flat = True

    def read(self, args: Arguments, name: str) -> str:
        return arguments.one_line(arguments.text(args, name), self.longest)

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class Record:
    """An object with parameters of its own. name: its schema's name; wanted: what it
    must be, for the error ("A set must be an object with path.")."""

    name: str
    params: Params
    wanted: str
    flat = False

    def read(self, args: Arguments, name: str) -> dict[str, Any]:
        value = args.get(name)
        if not isinstance(value, Mapping):
            raise BadRequest(self.wanted)
        return read(self.params, value)

    def schema(self) -> Schema:
        return {"$ref": Named(self.name, body_schema(self.params))}


@dataclass(frozen=True)
class Listing:
    """Some records. noun: what they are called together ("jobs")."""

    item: Record
    most: int
    noun: str
    least: int = 1
    flat = False

    def read(self, args: Arguments, name: str) -> list[dict[str, Any]]:
        return [self.item.read({name: one}, name) for one in self._listed(args, name)]

    def _listed(self, args: Arguments, name: str) -> list[Any]:
        value = args.get(name)
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            bounds = f"{self.least} to {self.most} {self.noun}"
            raise BadRequest(f"{name} must be a list of {bounds}.")
        return value

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": self.item.schema(),
            "minItems": self.least,
            "maxItems": self.most,
        }


@dataclass(frozen=True)
class Batch(Listing):
    """Records of which there may be so many that the call reads them, in slices."""

    def read(self, args: Arguments, name: str) -> list[Any]:
        """As they were sent; `records` reads them."""
        return self._listed(args, name)

    async def records(self, sent: list[Any]) -> list[dict[str, Any]]:
        return [self.item.read({"": one}, "") async for one in in_slices(sent)]


def _range(least: float | None, most: float | None) -> Schema:
    bounds = {"minimum": least, "maximum": most}
    return {key: value for key, value in bounds.items() if value is not None}
