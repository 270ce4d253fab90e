"""What is loaded, and whether it is what a copy needs.

Three answers, not two: it fits, it is wrong, or nobody knows. Only what is certainly
wrong may block; what is not known is a warning, for a queue that stops whenever
Spoolman is away would be worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from math import ceil, floor
from typing import Optional

from .files import FileFacts, Files
from .materials import needs
from .model import Materials, Set

MOST_TOOLS = 32
"""Tools that the manual table may name, from 0."""

_ROUNDING = 1e-6
"""Grams: so that 110 g are enough for 100 g and a margin of 10 %."""


@dataclass(frozen=True)
class Spool:
    """A roll in a tool.

    material: TYPE, TYPE_colour or TYPE_colour_#rrggbb (see `materials`); "" is not
    known, and an empty colour is not known either ("PLA__#ff0000"). id: Spoolman's,
    None for one that a person named. remaining: filament in grams, None when not known.
    name: for people, as on the box.
    """

    material: str
    id: int | None
    remaining: float | None
    name: str = ""

    @property
    def in_words(self) -> str:
        """ "PLA red", "spool 7 (PLA Galaxy Black)", "spool 7"."""
        said = " ".join(part for part in (_in_words(self.material), self.name) if part)
        if self.id is None:
            return said
        return f"spool {self.id} ({said})" if said else f"spool {self.id}"


Spools = tuple[Optional[Spool], ...]
"""By tool, from tool 0; None: nothing is known."""


class MaterialPolicy(str, Enum):
    """What a shortage does: nothing, a warning, or the copy waits for a person."""

    OFF = "off"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class Shortage:
    """text: what is missing and where, for a person. certain: it is known to be
    wrong; otherwise it is only not known to be right."""

    text: str
    tool: int
    certain: bool


def merged(active: Spool | None, manual: Spools) -> Spools:
    """What is loaded: Spoolman's active spool is tool 0's, the rest as people said."""
    return with_row(manual, 0, active or _loaded(manual, 0))


def with_row(table: Spools, tool: int, spool: Spool | None) -> Spools:
    """The table with another roll in that tool, without empty rows at its end."""
    rows = [*table, *[None] * (tool + 1 - len(table))]
    rows[tool] = spool
    while rows and rows[-1] is None:
        rows.pop()
    return tuple(rows)


def shortages(
    one: Set, files: Files, spools: Spools, margin: float
) -> tuple[Shortage, ...]:
    """What a copy of the set lacks, by tool. margin: a part of the file's weight that
    has to be left over, as 0.1."""
    return tuple(
        shortage
        for need in _needs(one, files, spools, margin)
        for shortage in _missing(need, _loaded(spools, need.tool))
    )


def obstacle(
    one: Set, files: Files, spools: Spools, policy: MaterialPolicy, margin: float
) -> Shortage | None:
    """What keeps the copy from being printed; only under BLOCK, and only if certain."""
    if policy is not MaterialPolicy.BLOCK:
        return None
    found = shortages(one, files, spools, margin)
    return next((each for each in found if each.certain), None)


# -- what is needed ---------------------------------------------------------------


@dataclass(frozen=True)
class _Need:
    """What a tool has to hold. weight: grams of the whole file, margin included.

    used: the file takes filament from this tool. alone: it takes it from no other, so
    that the weight is this tool's.
    """

    tool: int
    material: str | None
    spool: int | None
    weight: float | None
    used: bool
    alone: bool

    @property
    def is_asked(self) -> bool:
        return bool(self.material) or self.spool is not None


def _needs(one: Set, files: Files, spools: Spools, margin: float) -> Iterator[_Need]:
    wanted = needs(one, files)
    facts = files.get(one.path, FileFacts())
    weight = facts.filament_weight
    whole = None if weight is None else weight * (1 + margin)
    used = _tools_used(facts, wanted, one.spools)
    # A file that does not say its tools is taken to use one where there is no other.
    is_known = any(facts.materials) or len(spools) <= 1
    for tool in range(max(len(wanted), len(one.spools), 1)):
        yield _Need(
            tool,
            wanted[tool] if tool < len(wanted) else None,
            one.spools[tool] if tool < len(one.spools) else None,
            whole,
            tool in used,
            used == (tool,) and is_known,
        )


def _tools_used(
    facts: FileFacts, wanted: Materials, spools: tuple[int | None, ...]
) -> tuple[int, ...]:
    """As the file says; where it does not, those for which something is asked."""
    if any(facts.materials):
        return tuple(i for i, material in enumerate(facts.materials) if material)
    asked = enumerate(zip_longest(wanted, spools))
    return tuple(i for i, (material, spool) in asked if material or spool) or (0,)


def _loaded(spools: Spools, tool: int) -> Spool | None:
    return spools[tool] if tool < len(spools) else None


# -- what is missing --------------------------------------------------------------


def _missing(need: _Need, roll: Spool | None) -> Iterator[Shortage]:
    if roll is None:
        if need.is_asked:
            text = f"{_wish(need)}; what is loaded is not known."
            yield Shortage(text, need.tool, False)
        return
    wrong = _wrong_roll(need, roll)
    if wrong is not None:
        yield wrong
    if wrong is None or not wrong.certain:  # of a wrong roll nobody asks the weight
        yield from _too_little(need, roll)


def _wrong_roll(need: _Need, roll: Spool) -> Shortage | None:
    fits = _fits(need, roll)
    if fits:
        return None
    if fits is None:
        text = f"{_wish(need)}; it is not known whether {_there(roll)} is that."
    else:
        text = f"{_wish(need)}, but {_there(roll)} is loaded."
    return Shortage(text, need.tool, fits is not None)


def _too_little(need: _Need, roll: Spool) -> Iterator[Shortage]:
    if not need.used:
        return
    left, tool = roll.remaining, need.tool
    if left is None or need.weight is None:
        if need.is_asked:
            whose = "is left in it" if left is None else "the file takes"
            text = f"Tool {tool} may run out: how much {whose} is not known."
            yield Shortage(text, tool, False)
    elif left < need.weight - _ROUNDING:
        amounts = f"{floor(left)} g are left of {_there(roll)}"
        weight = ceil(need.weight - _ROUNDING)
        if need.alone:
            text = f"Tool {tool} needs {weight} g, but only {amounts}."
        else:
            text = (
                f"Tool {tool} may run out: {amounts}, and the file takes up to"
                f" {weight} g of it."
            )
        yield Shortage(text, tool, need.alone)


def _wish(need: _Need) -> str:
    if need.spool is not None:
        return f"Tool {need.tool} needs spool {need.spool}"
    return f"Tool {need.tool} needs {_in_words(need.material or '')}"


def _there(roll: Spool) -> str:
    return roll.in_words or "what is loaded"


def _in_words(material: str) -> str:
    """ "PLA red #ff0000"."""
    return " ".join(part.strip() for part in material.split("_") if part.strip())


# -- what fits: True, False, or None for not known -----------------------------------


@dataclass(frozen=True)
class _Look:
    """A material's parts in small letters, "" where it does not say."""

    kind: str
    colour: str
    code: str  # "#rrggbb"


def _fits(need: _Need, roll: Spool) -> bool | None:
    """A roll that was asked for by its id is right, whatever else is said of it."""
    if need.spool is not None:
        return None if roll.id is None else roll.id == need.spool
    wanted, there = _look(need.material or ""), _look(roll.material)
    answers = (
        _kind_fits(wanted.kind, there.kind),
        _colour_fits(wanted, there, roll.name),
    )
    if False in answers:
        return False
    return None if None in answers else True


def _kind_fits(wanted: str, there: str) -> bool | None:
    """PLA+ or PLA-CF may do where PLA is asked for; a person has to know that."""
    if not wanted or wanted == there:
        return True
    if not there:
        return None
    is_variant = there.startswith(wanted) and not there[len(wanted)].isalnum()
    return None if is_variant else False


def _colour_fits(wanted: _Look, there: _Look, name: str) -> bool | None:
    """Codes decide where both have one: the names of colours are many."""
    if not wanted.colour and not wanted.code:
        return True
    if wanted.code and there.code:
        return wanted.code == there.code
    if wanted.colour and there.colour:
        return wanted.colour == there.colour
    words = wanted.colour.split()
    if words and set(words) <= set(name.casefold().split()):
        return True
    return None


def _look(material: str) -> _Look:
    parts = [part.strip() for part in material.casefold().split("_")]
    codes = [part for part in parts if part.startswith("#")]
    names = [part for part in parts if not part.startswith("#")]
    return _Look(
        names[0] if names else "",
        " ".join(part for part in names[1:] if part),
        codes[0][:7] if codes else "",  # #rrggbbaa: how clear it is does not matter
    )
