"""Scripts: rendered, checked, and what is sent to Klipper around their own lines."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable

from ..core.decisions import ScriptKind, SendScript, Situation
from ..core.errors import NotFound, Unavailable
from ..core.model import Run
from ..core.records import PathStats
from .check import Finding, Severity, check, errors
from .context import EXAMPLE, Subject, context, subject
from .known import QUERY, Machine, read_machine
from .render import LIMITS, Needs, RenderFailed, render

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

WAIT_FOR_MOTION = "M400"

OF_PEOPLE = (ScriptKind.CLEARING, ScriptKind.FINISH)
"""Scripts that somebody wrote; the others are ours."""

SHORT = 4096
"""Characters that are checked at once; more would hold up the event loop."""

NEWEST = 50
"""How many runs are looked through for the one whose part is on the bed."""

MOST_TRIED = 2
"""Scripts that people may have rendered at a time, while the printer may print."""

HELP = "printer.gcode.help"
SYNTAX = "Correct the script; scripts/simulate tries it without a printer moving."


def compose(kind: ScriptKind, gcode: str) -> str:
    """The G-code to send for a script.

    "complete" only says that the file was read: up to some seconds of moves are
    still queued, so motion has to end before a clearing script begins; and a
    script has only done its work when its own moves have ended.
    """
    if kind is ScriptKind.PREPARE:
        return gcode
    if kind is ScriptKind.BARRIER:
        return WAIT_FOR_MOTION
    return "\n".join((WAIT_FOR_MOTION, gcode.strip(), WAIT_FOR_MOTION))


class ScriptRefused(Exception):
    """Nothing was sent; its text says which line is wrong and what to do."""


@dataclass(frozen=True)
class Report:
    """gcode: what would be sent; None when the script cannot be rendered."""

    gcode: str | None
    findings: tuple[Finding, ...]

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
        self._machine: Machine | None = None
        self._tried = 0

    # -- for the queue -----------------------------------------------------------

    def is_wanted(self, ticket: int) -> bool:
        """Whether the queue still waits for the action with that ticket."""
        return self._sources.situation().state.control.ticket == ticket

    async def prepare(self, action: SendScript) -> str:
        """The script's G-code, without errors. Raises ScriptRefused."""
        try:
            about = await self._about_bed(action.kind)
            gcode = await self._render(action.gcode, about, {})
        except RenderFailed as error:
            raise ScriptRefused(_not_rendered(error).sentence) from error
        except (self._error, Unavailable) as error:
            raise ScriptRefused(f"it could not be rendered: {error}") from error
        found = await self._errors(gcode)
        if found:
            raise ScriptRefused(found[0].sentence)
        return gcode

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
                report = await self.check(script)
            except Unavailable as error:
                log.info("%s was not checked: %s", option, error)
                continue
            for one in report.findings:
                log.warning("[continuousprint] %s: %s", option, one.sentence)
            wrong = [one.sentence for one in errors(report.findings)]
            if wrong:
                words = f"[continuousprint] {option}: {' '.join(wrong[:3])}"
                self._server.add_warning(html.escape(words), name, log=False)

    # -- for people ---------------------------------------------------------------

    async def check(self, script: str) -> Report:
        """Tried with an example of a print. Raises Unavailable."""
        return await self._report(script, ScriptKind.CLEARING, EXAMPLE, {})

    async def simulate(
        self,
        script: str,
        *,
        job_id: int | None = None,
        set_id: int | None = None,
        path: str | None = None,
        printer: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Report:
        """As it would be sent after a print of that set, job or file; else after the
        newest run, and after an example when there is none.

        printer: fields that differ from the real printer's, by object. Raises
        NotFound, Unavailable.
        """
        about = await self._about(job_id, set_id, path)
        return await self._report(script, ScriptKind.CLEARING, about, printer or {})

    async def _report(
        self,
        script: str,
        kind: ScriptKind,
        about: Subject,
        printer: Mapping[str, Mapping[str, Any]],
    ) -> Report:
        if self._tried >= MOST_TRIED:
            raise Unavailable("Other scripts are being tried just now. Try again.")
        self._tried += 1
        try:
            gcode = await self._render(script, about, printer)
            machine = await self._see(printer)
        except RenderFailed as error:
            return Report(None, (_not_rendered(error),))
        except self._error as error:
            raise Unavailable(f"Klipper did not answer: {error}. Try again.") from error
        finally:
            self._tried -= 1
        return Report(compose(kind, gcode), await _checked(gcode, machine))

    # -- what scripts are about ------------------------------------------------------

    async def _about_bed(self, kind: ScriptKind) -> Subject:
        """The run whose part is on the bed; for the finish script, the last one."""
        state = self._sources.situation().state
        run_id = state.control.bed_run
        if kind is ScriptKind.FINISH:
            run_id = state.control.last_run_id
        runs = await self._sources.runs(NEWEST) if run_id else ()
        run = next((one for one in runs if one.id == run_id), None)
        return Subject() if run is None else await self._known(subject(run, state))

    async def _about(
        self, job_id: int | None, set_id: int | None, path: str | None
    ) -> Subject:
        state = self._sources.situation().state
        about = replace(EXAMPLE)
        if job_id is None and set_id is None:
            runs = await self._sources.runs(1)
            if runs:
                about = subject(runs[0], state)
        else:
            about = _queued(self._sources.situation(), job_id, set_id)
        if path is not None:
            run = about.run and replace(about.run, path=path)
            about = replace(about, path=path, run=run)
        return await self._known(about) if about.path != EXAMPLE.path else about

    async def _known(self, about: Subject) -> Subject:
        stats = await self._sources.stats((about.path,))
        facts = self._sources.situation().files.get(about.path)
        return replace(about, facts=facts, stats=stats.get(about.path))

    # -- Klipper ----------------------------------------------------------------------

    async def _render(
        self, script: str, about: Subject, printer: Mapping[str, Mapping[str, Any]]
    ) -> str:
        async def supply(needs: Needs) -> Mapping[str, Any]:
            status = _merged(await self._objects(needs), printer)
            values = context(about, self._sources.situation(), self._sources.external())
            return {**values, "printer": status}

        return await render(script.strip(), supply, LIMITS)

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


def _not_rendered(error: RenderFailed) -> Finding:
    text = f"{error}.".replace("..", ".")
    return Finding(error.line, Severity.ERROR, "not_rendered", text, SYNTAX)


def _queued(here: Situation, job_id: int | None, set_id: int | None) -> Subject:
    for job in here.state.jobs:
        if job_id not in (None, job.id):
            continue
        one = job.find_set(set_id) if set_id is not None else next(iter(job.sets), None)
        if one is not None:
            assert EXAMPLE.run is not None
            run = replace(
                EXAMPLE.run,
                job_id=job.id,
                set_id=one.id,
                job_name=job.name,
                path=one.path,
                pass_index=job.passes_done,
                copy=one.completed + 1,
                copies=one.count,
                user=here.state.control.active_by,
            )
            return Subject(one.path, job, one, run)
    wanted = f"set {set_id}" if set_id is not None else f"job {job_id}"
    raise NotFound(f"There is no {wanted} in the queue. Ask for one that there is.")


def _merged(
    status: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    names = {**status, **changes}
    return {name: {**status.get(name, {}), **changes.get(name, {})} for name in names}
