"""Scripts: rendered, checked, and what is sent to Klipper around their own lines."""

from __future__ import annotations

import asyncio
import html
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..core.decisions import RunHook, ScriptKind, Situation
from ..core.errors import BadRequest, Unavailable
from ..core.hooks import Hook, Script
from ..core.model import Run
from ..core.records import PathStats
from .check import Finding, Severity, check, errors
from .context import Subject, context
from .known import QUERY, Machine, read_machine
from .render import LIMITS, Made, Needs, RenderFailed, parse, render
from .subjects import Subjects, example

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

WAIT_FOR_MOTION = "M400"

AS_IT_IS = (ScriptKind.PREPARE, Hook.PRINT_STARTED)
"""Sent with nothing around it. A print goes on while its print_started is sent, so
that waiting for the end of motion would stop the nozzle on the part."""

SHORT = 4096
"""Characters that are checked at once; more would hold up the event loop."""

MOST_TRIED = 2
"""Scripts that people may have rendered at a time, while the printer may print."""

HELP = "printer.gcode.help"
REFUSED = "refused"
SYNTAX = "Correct the script; scripts/simulate tries it without a printer moving."


def compose(what: ScriptKind | Hook, gcode: str) -> str:
    """The G-code to send for a script.

    "complete" only says that the file was read: up to some seconds of moves are
    still queued, so motion has to end before a clearing script begins; and a
    script has only done its work when its own moves have ended.
    """
    if what in AS_IT_IS:
        return gcode
    if what is ScriptKind.BARRIER:
        return WAIT_FOR_MOTION
    return "\n".join((WAIT_FOR_MOTION, gcode.strip(), WAIT_FOR_MOTION))


class ScriptRefused(Exception):
    """Nothing was sent; its text says which line is wrong and what to do."""


@dataclass(frozen=True)
class Placed(Finding):
    """script: the name of the one that the line is of; "": it has none."""

    script: str = ""

    @property
    def sentence(self) -> str:
        line = "" if self.line is None else f"line {self.line}"
        where = ", ".join(filter(None, (self.script, line)))
        return f"{where}: {self.text} {self.advice}".removeprefix(": ")


@dataclass(frozen=True)
class Report:
    """gcode: what would be sent; None when it cannot be rendered, or nothing is wanted.
    skipped: names of the scripts whose condition is false."""

    gcode: str | None
    findings: tuple[Placed, ...]
    skipped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not errors(self.findings)


@dataclass(frozen=True)
class Sources:
    """Where the values come from that scripts can name."""

    situation: Callable[[], Situation]
    external: Callable[[], Mapping[str, Any]]
    runs: Callable[[int], Awaitable[tuple[Run, ...]]]
    stats: Callable[[Iterable[str]], Awaitable[Mapping[str, PathStats]]]


class Scripts:
    """Makes scripts ready to be sent; sends nothing itself."""

    def __init__(self, server: Server, sources: Sources) -> None:
        self._server: Any = server
        self._apis: Any = server.lookup_component("klippy_apis")
        self._error: type[Exception] = server.error
        self._sources = sources
        self._subjects = Subjects(sources.situation, sources.runs, sources.stats)
        self._machine: Machine | None = None
        self._tried = 0

    # -- for the queue -----------------------------------------------------------

    def is_wanted(self, ticket: int) -> bool:
        """Whether the queue still waits for the action with that ticket."""
        return self._sources.situation().state.control.ticket == ticket

    async def prepare_hook(self, action: RunHook) -> str | None:
        """The G-code of all its scripts, without errors; None: no condition is true,
        so that there is nothing to send. Raises ScriptRefused."""
        try:
            about = await self._subjects.of(action.hook)
            made = await self._render(action.scripts, about, {})
        except RenderFailed as error:
            raise ScriptRefused(
                _not_rendered(error, action.scripts).sentence
            ) from error
        except (self._error, Unavailable) as error:
            raise ScriptRefused(f"it could not be rendered: {error}") from error
        if not any(one.wanted for one in made):
            return None
        whole = _Whole(action.scripts, made)
        found = await self._errors(whole.gcode)
        if found:
            raise ScriptRefused(whole.place(found[0]).sentence)
        return whole.gcode

    async def verdict(self, expression: str) -> tuple[bool, str]:
        """Whether an expression is true of the printer now, and its value as text.
        Raises ScriptRefused when nobody can tell."""
        if not expression.strip():
            raise ScriptRefused("there is no expression to evaluate.")
        try:
            about = await self._subjects.of(Hook.VERIFY_BED)
            (made,) = await self._render((Script("", "", expression),), about, {})
        except (RenderFailed, self._error, Unavailable) as error:
            raise ScriptRefused(f"{expression.strip()}: {error}") from error
        return made.wanted, made.value

    async def _errors(self, gcode: str) -> tuple[Finding, ...]:
        """By what is known of Klipper; asked again before a script is refused."""
        kept = self._machine
        if kept is not None and not errors(await _checked(gcode, kept)):
            return ()
        return errors(await _checked(gcode, await self._look()))

    async def review(self, scripts: Mapping[str, str]) -> None:
        """Check the configured scripts, by their options' names; tell what is wrong.

        Errors become Moonraker's warnings, which front ends show as HTML.
        """
        await self._look()
        for option, script in scripts.items():
            name = f"continuousprint_{option}"
            self._server.remove_warning(name)
            if not script:
                continue
            try:
                report = await self.check((Script("", script),))
            except Unavailable as error:
                log.info("%s was not checked: %s", option, error)
                continue
            # With Klipper just ready nothing is homed, which many scripts refuse.
            found = [one for one in report.findings if one.code != REFUSED]
            for one in found:
                log.warning("[continuousprint] %s: %s", option, one.sentence)
            wrong = [one.sentence for one in errors(found)]
            if wrong:
                words = f"[continuousprint] {option}: {' '.join(wrong[:3])}"
                self._server.add_warning(html.escape(words), name, log=False)

    # -- for people ---------------------------------------------------------------

    async def parse(self, scripts: tuple[Script, ...]) -> None:
        """Raises BadRequest when one is no template, or its condition none."""
        with self._turn():
            try:
                await parse(scripts, LIMITS)
            except RenderFailed as error:
                raise BadRequest(_not_rendered(error, scripts).sentence) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._tried >= MOST_TRIED:
            raise Unavailable("Other scripts are being tried just now. Try again.")
        self._tried += 1
        try:
            yield
        finally:
            self._tried -= 1

    async def check(
        self, scripts: tuple[Script, ...], hook: Hook = Hook.CLEAR_BED
    ) -> Report:
        """Tried with an example of a print. Raises Unavailable."""
        return await self._report(scripts, hook, example(hook), {})

    async def simulate(
        self,
        scripts: tuple[Script, ...],
        hook: Hook = Hook.CLEAR_BED,
        *,
        job_id: int | None = None,
        set_id: int | None = None,
        path: str | None = None,
        printer: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Report:
        """As they would be sent for that set, job or file; else for the copy that the
        hook would be about, and for an example when there is none.

        printer: fields that differ from the real printer's, by object. Raises
        NotFound, Unavailable.
        """
        about = await self._subjects.chosen(hook, job_id, set_id, path)
        return await self._report(scripts, hook, about, printer or {})

    async def _report(
        self,
        scripts: tuple[Script, ...],
        hook: Hook,
        about: Subject,
        printer: Mapping[str, Mapping[str, Any]],
    ) -> Report:
        try:
            with self._turn():
                made = await self._render(scripts, about, printer)
                machine = await self._see(printer)
        except RenderFailed as error:
            return Report(None, (_not_rendered(error, scripts),))
        except self._error as error:
            raise Unavailable(f"Klipper did not answer: {error}. Try again.") from error
        skipped = tuple(a.name for a, b in zip(scripts, made) if not b.wanted)
        if len(skipped) == len(scripts):
            return Report(None, (), skipped)
        whole = _Whole(scripts, made)
        found = await _checked(whole.gcode, machine)
        gcode = compose(hook, whole.gcode)
        return Report(gcode, tuple(map(whole.place, found)), skipped)

    # -- Klipper ----------------------------------------------------------------------

    async def _render(
        self,
        scripts: tuple[Script, ...],
        about: Subject,
        printer: Mapping[str, Mapping[str, Any]],
    ) -> tuple[Made, ...]:
        async def supply(needs: Needs) -> Mapping[str, Any]:
            status = _merged(await self._objects(needs), printer)
            values = context(about, self._sources.situation(), self._sources.external())
            return {**values, "printer": status}

        return await render(scripts, supply, LIMITS)

    async def _objects(self, needs: Needs) -> dict[str, Any]:
        """Their status; an object that Klipper does not have is missing."""
        if not needs.objects and not needs.every:
            return {}
        listed = await self._apis.get_object_list()
        names = listed if needs.every else [n for n in needs.objects if n in listed]
        return dict(await self._apis.query_objects(dict.fromkeys(names)))

    async def _look(self) -> Machine:
        """Ask Klipper what it knows, and keep that; nothing when it does not answer."""
        try:
            self._machine = await self._see({})
        except self._error as error:
            log.info("Klipper did not say which commands it knows: %s", error)
            return Machine()
        return self._machine

    async def _see(self, printer: Mapping[str, Mapping[str, Any]]) -> Machine:
        status = _merged(await self._apis.query_objects(dict(QUERY)), printer)
        machine = read_machine(status)
        if machine.complete:
            return machine
        transport = self._server.lookup_component("internal_transport")
        return read_machine(status, await transport.call_method(HELP))


async def _checked(gcode: str, machine: Machine) -> tuple[Finding, ...]:
    if len(gcode) <= SHORT:
        return check(gcode, machine)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, check, gcode, machine)


class _Whole:
    """Scripts of a hook as one text; knows which line is whose."""

    def __init__(self, scripts: Iterable[Script], made: Iterable[Made]) -> None:
        texts, self._names = [], list[str]()
        self._before = list[int]()  # lines before each
        lines = 0
        for script, one in zip(scripts, made):
            if one.wanted:
                texts.append(one.gcode)
                self._names.append(script.name)
                self._before.append(lines)
                lines += one.gcode.count("\n") + 1
        self.gcode = "\n".join(texts)

    def place(self, one: Finding) -> Placed:
        words = (one.severity, one.code, one.text, one.advice)
        if one.line is None:
            return Placed(None, *words)
        index = bisect_right(self._before, one.line - 1) - 1
        return Placed(one.line - self._before[index], *words, self._names[index])


def _not_rendered(error: RenderFailed, scripts: tuple[Script, ...]) -> Placed:
    text = f"{error}.".replace("..", ".")
    name = "" if error.script is None else scripts[error.script].name
    code, advice = "not_rendered", SYNTAX
    if error.refused:
        code, advice = REFUSED, "The script says so itself, by fail()."
    return Placed(error.line, Severity.ERROR, code, text, advice, name)


def _merged(
    status: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    names = {**status, **changes}
    return {name: {**status.get(name, {}), **changes.get(name, {})} for name in names}
