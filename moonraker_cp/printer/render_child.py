"""The child process in which a script is rendered: a program of its own.

A script is a program too: it may loop for ever or ask for gigabytes, and not in
Moonraker's process. So this file is run by its path, imports nothing of ours, and works
under whatever name the package is loaded. What is said, a line of JSON each:

    parent: {"template": text, "longest": characters, "seconds": CPU, "memory": bytes}
    child:  {"needs": [names of Klipper's objects], "all": whether it may need any}
    parent: {"context": {name: value}}
    child:  {"gcode": text} or, at any time, {"line": from 1 or null, "error": sentence}
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any

if __name__ == "__main__":
    sys.path.pop(0)  # our own files have names that others may want to import

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

PRINTER = "printer"
COORDINATES = frozenset(
    (
        "axis_minimum",
        "axis_maximum",
        "position",
        "gcode_position",
        "homing_origin",
        "live_position",
        "last_probe_position",
    )
)
"""Fields that are coordinates in Klipper, with .x .y .z .e, and come as lists."""

SHOWN = 12
"""The most names that an error lists."""


class Failed(Exception):
    """The script cannot be rendered; line: in the template, None when not known."""

    def __init__(self, error: str, line: int | None = None) -> None:
        super().__init__(error)
        self.line = line


class Fields(dict[str, Any]):
    """An object with its name, for errors that say where a field is missing.

    Scripts cannot name an attribute with an underscore, so no field is hidden by it.
    """

    _where = ""


class Coordinate(tuple[float, ...]):
    x = property(lambda self: self[0])
    y = property(lambda self: self[1])
    z = property(lambda self: self[2])
    e = property(lambda self: self[3])


class Missing(StrictUndefined):
    """An unknown name is an error, and the error says what there is instead."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        holder, name = self._undefined_obj, self._undefined_name
        if str(name).startswith("action_"):
            return f"{name} works in Klipper's macros alone; call a macro that has it"
        if isinstance(holder, Fields):
            found = ", ".join(sorted(holder)[:SHOWN])
            more = ", …" if len(holder) > SHOWN else ""
            return f"{holder._where} has no {name}; it has {found or 'nothing'}{more}"
        if holder is None:
            return f"{name} was asked of a value that is none"
        if self._undefined_hint:
            return str(self._undefined_hint)
        if isinstance(holder, (str, int, float, list, tuple, dict)):
            return f"{type(holder).__name__} {holder!r:.40} has no {name}"
        return f"{name} is not defined"


def environment() -> ImmutableSandboxedEnvironment:
    """Klipper's dialect: {name} and {% statement %}."""
    return ImmutableSandboxedEnvironment(
        block_start_string="{%",
        block_end_string="%}",
        variable_start_string="{",
        variable_end_string="}",
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        undefined=Missing,
    )


def needs(tree: nodes.Template) -> tuple[list[str], bool]:
    """The objects of Klipper that a template names; and whether it may need any."""
    named: set[str] = set()
    uses = whole = 0
    for node in tree.find_all(nodes.Name):
        whole += node.name == PRINTER
    for kind in (nodes.Getattr, nodes.Getitem):
        for access in tree.find_all(kind):
            name = _constant(access)
            if name is not None and not hasattr(dict, name):  # not printer.items()
                named.add(name)
                uses += 1
    for test in tree.find_all(nodes.Compare):  # "name" in printer
        if isinstance(test.expr, nodes.Const) and len(test.ops) == 1:
            operand = test.ops[0]
            of_printer = getattr(operand.expr, "name", None) == PRINTER
            if of_printer and operand.op in ("in", "notin"):
                named.add(str(test.expr.value))
                uses += 1
    return sorted(named), whole > uses


def _constant(access: Any) -> str | None:
    """The name, when it is one of `printer` and stands there as it is."""
    if getattr(access.node, "name", None) != PRINTER:
        return None
    if isinstance(access, nodes.Getattr):
        return str(access.attr)
    if isinstance(access.arg, nodes.Const):
        return str(access.arg.value).strip()
    return None


def shaped(value: Any, name: str) -> Any:
    """Plain JSON as Klipper's templates know it; name: what errors call it."""
    if isinstance(value, Mapping):
        made = Fields(
            (key, shaped(one, f"{name}.{key}" if name else str(key)))
            for key, one in value.items()
        )
        made._where = name
        return made
    if isinstance(value, list):
        in_klipper = name.startswith(f"{PRINTER}.")
        if in_klipper and name.rsplit(".", 1)[-1] in COORDINATES and len(value) >= 3:
            return Coordinate(value)
        return [shaped(one, name) for one in value]
    return value


def rendered(template: str, context: Mapping[str, Any], longest: int) -> str:
    parts, length = [], 0
    values = {key: shaped(value, key) for key, value in context.items()}
    try:
        made = environment().from_string(template)
        for part in made.generate(values):
            length += len(part)
            if length > longest:
                raise Failed(f"it makes more than {longest} characters of G-code")
            parts.append(part)
    except Failed:
        raise
    except (Exception, RecursionError, MemoryError) as error:
        raise Failed(_words(error), _line(error)) from error
    return "".join(parts)


def _words(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than a script may have"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, SecurityError):
        return f"this is not allowed in a script: {error}"
    if isinstance(error, TemplateError):
        return str(error.message or error)
    return f"{type(error).__name__}: {error}"


def _line(error: BaseException) -> int | None:
    """Where it happened in the template: Jinja2 writes that into the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def parsed(template: str) -> nodes.Template:
    try:
        return environment().parse(template)
    except TemplateSyntaxError as error:
        raise Failed(str(error.message), error.lineno) from error
    except (RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise Failed(_words(error)) from error


def limit(seconds: int, memory: int) -> None:
    """Beyond what this process has used to get here."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    space = pages * resource.getpagesize() + memory
    for what, value in (
        (resource.RLIMIT_CPU, most),
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(what, (value, value))


def converse(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What to answer to the parent's lines."""
    try:
        asked = json.loads(next(lines))
        limit(asked["seconds"], asked["memory"])
        names, every = needs(parsed(asked["template"]))
        yield {"needs": names, "all": every}
        context = json.loads(next(lines))["context"]
        yield {"gcode": rendered(asked["template"], context, asked["longest"])}
    except Failed as error:
        yield {"line": error.line, "error": str(error)[:500]}


def main() -> None:
    for answer in converse(iter(sys.stdin.readline, "")):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
