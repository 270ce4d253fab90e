"""Whether what was read can be what we wrote.

SQLite keeps any value in any column, tables are edited by hand, and disks lose bits. A
queue that cannot be true is better not used at all than printed from.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from ..core.model import State

_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}
MOST = 1e15
"""More than any time, duration or number that we write."""


class Unreadable(Exception):
    """What is stored makes no sense; the text says what, and where."""


def check(state: State) -> State:
    """The same; raises Unreadable."""
    control, run = state.control, state.run
    _check_values("the control row", control)
    _check_values("the bed", control.bed)
    _check_values("the service row", control.service)
    if control.reason is not None:
        _check_values("the reason", control.reason)
    for job in state.jobs:
        _check_values(f"job {job.id}", job)
        for one in job.sets:
            _check_values(f"set {one.id}", one)
            _check_each(f"set {one.id}", (*one.materials, *one.profiles), str)
            _check_each(f"set {one.id}", one.spools, int)
    if run is not None:
        _check_values(f"run {run.id}", run)
    return state


def _check_values(where: str, value: Any) -> None:
    for name, kinds, optional in _simple_fields(type(value)):  # type: ignore[arg-type]
        one = getattr(value, name)
        if one is None and optional:
            continue
        if type(one) not in kinds or (kinds[0] is int and not -MOST < one < MOST):
            raise Unreadable(f"{where} has {one!r} for its {name}")


def _check_each(where: str, values: tuple[Any, ...], kind: type) -> None:
    for one in values:
        if one is not None and type(one) is not kind:
            raise Unreadable(f"{where} has {one!r} in a list")


@cache
def _simple_fields(kind: type[Any]) -> tuple[tuple[str, tuple[type, ...], bool], ...]:
    """Fields of plain values, with what may be there and whether None may."""
    found = []
    for field in fields(kind):
        name, _, rest = str(field.type).partition(" | ")
        if name in _KINDS:
            found.append((field.name, _KINDS[name], rest == "None"))
    return tuple(found)
