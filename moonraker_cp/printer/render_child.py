"""The child process in which scripts are rendered: a program of its own.

A script is a program too: it may loop for ever or ask for gigabytes, and not in
Moonraker's process. So this file is run by its path, imports nothing of ours, and works
under whatever name the package is loaded. What is said, a line of JSON each:

    parent: {"scripts": [{"condition": expression or "", "gcode": template}],
             "longest": characters, "seconds": CPU, "memory": bytes}
    child:  {"needs": [names of Klipper's objects], "all": whether they may need any}
    parent: {"context": {name: value}}
    child:  {"made": [{"wanted": whether the condition is true, "value": the
             condition's as text, "gcode": text, "" when not wanted}]}

or, from the child at any time, {"script": from 0, "line": from 1 or null,
"error": sentence, "refused": whether the script said it itself, by fail()}.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional

if __name__ == "__main__":
    sys.path.pop(0)  # our own files have names that others may want to import

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

PRINTER = "printer"
SHARED = "shared"
VALUE = "value"
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

LONGEST_VALUE = 200
"""Characters of a condition's value that are told."""

SAYS_TRUE = frozenset(("1", "true", "yes", "on"))
SAYS_FALSE = frozenset(("", "0", "false", "no", "off", "none"))
JUDGED = (bool, int, float, list, tuple, dict, type(None))
"""Kinds of values that are true or false by themselves, as Jinja2 has it."""


class Failed(Exception):
    """A script cannot be rendered; line: in the template, None when not known.

    refused: nothing is wrong with the script, and it does not want to run now.
    """

    def __init__(
        self, error: str, line: int | None = None, refused: bool = False
    ) -> None:
        super().__init__(error)
        self.line = line
        self.refused = refused


class Refused(Exception):
    """What a script says that calls fail()."""


def fail(text: object) -> None:
    """For scripts: end it here with that sentence, and nothing of it is sent."""
    raise Refused(" ".join(str(text).split()))


Parsed = tuple[Optional[nodes.Template], nodes.Template]
"""A script's condition, None for always; and its template."""


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
    made = ImmutableSandboxedEnvironment(
        block_start_string="{%",
        block_end_string="%}",
        variable_start_string="{",
        variable_end_string="}",
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        undefined=Missing,
    )
    made.globals["fail"] = fail
    return made


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


def rendered(tree: nodes.Template, values: Mapping[str, Any], longest: int) -> str:
    """The text that a template makes. Raises Failed."""
    parts, length = [], 0
    with _in_words():
        made = environment().from_string(tree)
        for part in made.generate(values):
            length += len(part)
            if length > longest:
                raise Failed("it makes more G-code than a hook may have")
            parts.append(part)
    return "".join(parts)


def evaluated(tree: nodes.Template, values: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a condition is true, and its value as text. Raises Failed."""
    with _in_words():
        made = environment().from_string(tree)
        context = made.new_context(dict(values))
        for _ in made.root_render_func(context):
            pass
        value = context.vars[VALUE]
        return truth(value), str(value)[:LONGEST_VALUE]


def truth(value: Any) -> bool:
    """Jinja2's, but text counts by what it says: "false" and "RELEASED" are not true.

    Nothing is guessed: a text that says neither, or a method that was not called, is
    no condition.
    """
    if isinstance(value, str):
        said = value.strip().lower()
        if said not in SAYS_TRUE | SAYS_FALSE:
            raise Failed(
                f"the text {value!r:.40} is neither true nor false; compare it, as in"
                " … == 'text'"
            )
        return said in SAYS_TRUE
    is_true = bool(value)  # an unknown name says here what is missing
    if not isinstance(value, JUDGED):
        raise Failed(f"a {type(value).__name__} is neither true nor false")
    return is_true


def _words(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than a script may have"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, SecurityError):
        return f"this is not allowed in a script: {error}"
    if isinstance(error, Refused):
        return str(error)
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
    with _in_words():
        return environment().parse(template)


def parsed_condition(condition: str) -> nodes.Template:
    """A template that sets VALUE to what the expression is worth."""
    text = condition.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    with _in_words():
        made = environment()
        parser = Parser(made, text, state="variable")
        value = parser.parse_expression()
        if not parser.stream.eos:
            raise Failed("it is more than one expression")
        target = nodes.Name(VALUE, "store")
        tree = nodes.Template([nodes.Assign(target, value, lineno=1)], lineno=1)
        tree.set_environment(made)
        return tree


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever is wrong with a script, or happens while it is rendered, as Failed."""
    try:
        yield
    except Failed:
        raise
    except TemplateSyntaxError as error:
        raise Failed(str(error.message), error.lineno) from error
    except Exception as error:
        refused = isinstance(error, Refused)
        raise Failed(_words(error), _line(error), refused) from error


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


def read(asked: Mapping[str, str]) -> Parsed:
    condition = None
    if asked["condition"].strip():
        with _in_condition():
            condition = parsed_condition(asked["condition"])
    return condition, parsed(asked["gcode"])


def make(script: Parsed, values: Mapping[str, Any], longest: int) -> dict[str, Any]:
    condition, gcode = script
    wanted, value = True, ""
    if condition is not None:
        with _in_condition():
            wanted, value = evaluated(condition, values)
    text = rendered(gcode, values, longest) if wanted else ""
    return {"wanted": wanted, "value": value, "gcode": text}


@contextmanager
def _in_condition() -> Iterator[None]:
    """A line, which is counted in the script, would mislead."""
    try:
        yield
    except Failed as error:
        words = "" if error.refused else "its condition cannot be evaluated: "
        raise Failed(f"{words}{error}", None, error.refused) from error


def converse(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What to answer to the parent's lines."""
    scripts: list[Parsed] = []
    made: list[dict[str, Any]] = []
    done: list[Any] = scripts
    try:
        asked = json.loads(next(lines))
        limit(asked["seconds"], asked["memory"])
        for one in asked["scripts"]:
            scripts += [read(one)]  # those before it are counted
        yield needs_of(scripts)
        done = made
        values = given(json.loads(next(lines))["context"])
        left = asked["longest"]
        for script in scripts:
            made.append(make(script, values, left))
            left -= len(made[-1]["gcode"])
        yield {"made": made}
    except Failed as error:
        yield {
            "script": len(done),
            "line": error.line,
            "error": str(error)[:500],
            "refused": error.refused,
        }


def needs_of(scripts: Iterable[Parsed]) -> dict[str, Any]:
    found = [needs(tree) for script in scripts for tree in script if tree is not None]
    names = {name for named, _ in found for name in named}
    return {"needs": sorted(names), "all": any(every for _, every in found)}


def given(context: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name; `shared` is one for all scripts, which may set its fields."""
    values = {name: shaped(value, name) for name, value in context.items()}
    return {**values, SHARED: Namespace()}


def main() -> None:
    for answer in converse(iter(sys.stdin.readline, "")):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
