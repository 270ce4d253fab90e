"""Actions beside printing and scripts: is the bed clear, power, a print that fails."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Callable

from ..core.decisions import (
    Action,
    CancelPrint,
    PausePrint,
    SetPower,
    Situation,
    VerifyBed,
)
from ..core.events import BedVerified, Event, ScriptEnded
from .power import Power
from .scripts import ScriptRefused, Scripts
from .verify import Verdict, ask

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

SAYS_NO = "The expression says that it is not clear"


class SideActions:
    """situation: all that is known, for the program that is asked about the bed."""

    def __init__(
        self,
        server: Server,
        post: Callable[[Event], None],
        scripts: Scripts,
        situation: Callable[[], Situation],
    ) -> None:
        self._server = server
        self._apis: Any = server.lookup_component("klippy_apis")
        self._error: type[Exception] = server.error
        self._post = post
        self._scripts = scripts
        self._situation = situation

    def work(self, action: Action) -> Coroutine[Any, Any, None] | None:
        """What carries it out; None for an action of another kind."""
        if isinstance(action, VerifyBed):
            return self._verify(action)
        if isinstance(action, SetPower):
            return self._set_power(action)
        if isinstance(action, CancelPrint):
            return self._command("cancel", self._apis.cancel_print)
        if isinstance(action, PausePrint):
            return self._command("pause", self._apis.pause_print)
        return None

    async def _verify(self, action: VerifyBed) -> None:
        """Both have to say yes, where both are set."""
        verdict = Verdict(True, "")
        if action.expression:
            verdict = await self._by_expression(action.expression)
        if verdict.clear and action.url:
            verdict = await ask(self._server, action.url, action.limit, self._about())
        self._post(
            BedVerified(action.ticket, verdict.clear, verdict.text, verdict.picture)
        )

    async def _by_expression(self, expression: str) -> Verdict:
        try:
            clear, value = await self._scripts.verdict(expression)
        except ScriptRefused as refusal:
            return Verdict(False, f"nobody can tell: {refusal}")
        return Verdict(clear, "" if clear else f"{SAYS_NO}: {expression} is {value}.")

    def _about(self) -> dict[str, object]:
        here = self._situation()
        control = here.state.control
        return {
            "path": control.last_path,
            "run_id": control.last_run_id,
            "bed_temperature": here.look.bed_temperature,
        }

    async def _set_power(self, action: SetPower) -> None:
        """A Klipper that was away tells the rest; one that never was does not."""
        power = Power(self._server, action.device, self._has_print)
        trouble = await (power.turn_on() if action.on else power.turn_off())
        if trouble is not None:
            log.warning("%s", trouble)
        if trouble is not None or action.on:
            self._post(ScriptEnded(action.ticket, trouble))

    def _has_print(self) -> bool:
        return self._situation().look.has_print

    async def _command(
        self, name: str, send: Callable[[], Coroutine[Any, Any, Any]]
    ) -> None:
        """The print tells what became of it; a refusal leaves it as it is."""
        try:
            await send()
        except self._error as error:
            log.warning("Klipper did not %s the print: %s", name, error)
