"""What a print needs in each tool, and how much of it has to be changed.

A material is TYPE, TYPE_colour or TYPE_colour_#rrggbb ("PLA_red_#ff0000"); None and ""
mean: any, or not known. By tool, from tool 0.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest

from .files import Files
from .model import Materials, Set


def needs(one: Set, files: Files) -> Materials:
    """What the set asks for; where it does not say, what its file was sliced for."""
    facts = files.get(one.path)
    sliced_for = facts.materials if facts is not None else ()
    if not one.materials:
        return sliced_for
    return tuple(a or b for a, b in zip_longest(one.materials, sliced_for))


@lru_cache(maxsize=4096)
def changes(loaded: Materials, wanted: Materials) -> int:
    """How many tools need another material; what is not known needs no change."""
    return sum(1 for a, b in zip(loaded, wanted) if a and b and not _same(a, b))


def loaded_after(loaded: Materials, wanted: Materials) -> Materials:
    """What is in the tools after a print that needed these: the more that was said
    of a material stays known."""
    if not wanted:
        return loaded
    return tuple(_newer(a, b) for a, b in zip_longest(loaded, wanted))


def in_words(materials: Materials) -> str:
    """ "PLA red, PETG"; "" when nothing is known."""
    return ", ".join(_name(each) for each in materials if each)


def _newer(old: str | None, new: str | None) -> str | None:
    if old and new and _same(old, new):
        return max(old, new, key=len)
    return new or old


def _same(one: str, other: str) -> bool:
    """As far as both say: "PLA" is the same as "PLA_red"."""
    return all(a == b for a, b in zip(_parts(one), _parts(other)))


def _parts(material: str) -> list[str]:
    return [part.strip() for part in material.casefold().split("_")]


def _name(material: str) -> str:
    return " ".join(part for part in material.split("_") if not part.startswith("#"))
