"""What is loaded: Spoolman's active spool, by way of Moonraker, over a manual table.

Moonraker's [spoolman] knows one active spool, which is taken to be in tool 0. It is
looked at when Moonraker says that another spool was chosen, that Spoolman is back or
that Klipper is ready (Moonraker may learn late which spool was chosen last), and when
somebody calls `look_again`; nothing is asked every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable

from ..core.spools import Spool, Spools, merged

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

SPOOL_SET = "spoolman:active_spool_set"
CONNECTED = "spoolman:spoolman_status_changed"
READY = "server:klippy_ready"
STATUS = "server.spoolman.status"
PROXY = "server.spoolman.proxy"

LIMIT = 5.0
"""Seconds after which an answer of Spoolman's is not waited for any longer."""

LONGEST = 100
"""Characters of a material or name that are kept."""


class SpoolWatcher:
    """changed: called with what is loaded now, whenever that is another; it has to be
    quick. limit: in seconds, see LIMIT.

    Nothing here raises. As long as a look is under way, what was known before stands:
    between two wrong spools there is no moment at which nobody knows.
    """

    def __init__(
        self,
        server: Server,
        changed: Callable[[Spools], None],
        manual: Spools = (),
        limit: float = LIMIT,
    ) -> None:
        self._server = server
        self._changed = changed
        self._manual = manual
        self._limit = limit
        self._active: Spool | None = None
        self._told = self.spools
        self._is_open = True
        self._is_due = False
        self._is_used = False  # something was printed since the last good look
        self._failed = False
        self._reader: asyncio.Task[None] | None = None
        for event in (SPOOL_SET, CONNECTED, READY):
            server.register_event_handler(event, self._on_news)

    @property
    def spools(self) -> Spools:
        """What is loaded, by tool, as far as anybody knows."""
        return merged(self._active, self._manual)

    def stop(self) -> None:
        """Tell no more."""
        self._is_open = False
        if self._reader is not None:
            self._reader.cancel()

    def set_manual(self, table: Spools) -> None:
        """What people say is loaded, by tool."""
        self._manual = table
        self._tell()

    def look_again(self) -> None:
        """Something was printed, so that less is left."""
        self._is_used = True
        self._look()

    def _on_news(self, news: object = None) -> None:
        is_away = isinstance(news, Mapping) and news.get("spoolman_connected") is False
        if not is_away:  # whoever is away has nothing to say
            self._look()

    # -- looking ----------------------------------------------------------------

    def _look(self) -> None:
        if not self._is_open:
            return
        if self._server.lookup_component("spoolman", None) is None:
            return
        self._is_due = True
        if self._reader is None:
            self._reader = asyncio.get_running_loop().create_task(self._read())
            self._reader.add_done_callback(self._ended)

    async def _read(self) -> None:
        while self._is_due:
            self._is_due = False
            was_used, self._is_used = self._is_used, False
            try:
                active = await self._ask()
            except _NotSaid as error:
                self._is_used = was_used or self._is_used
                active = self._as_before(error.spool_id)
                self._note(error)
            else:
                self._failed = False
            if not self._is_due:  # else this answer is of yesterday
                self._active = active
                self._tell()

    async def _ask(self) -> Spool | None:
        """The active spool; None: none is chosen. Raises _NotSaid."""
        spool_id = _spool_id(await self._status())
        if spool_id is None:
            return None
        asked = {
            "request_method": "GET",
            "path": f"/v1/spool/{spool_id}",
            "use_v2_response": True,
        }
        try:
            answer = await asyncio.wait_for(self._call(PROXY, asked), self._limit)
        except asyncio.TimeoutError:
            why = f"no answer in {self._limit:g} seconds"
            raise _NotSaid(spool_id, why) from None
        except Exception as error:  # whatever Moonraker makes of what was sent
            raise _NotSaid(spool_id, str(error)) from error
        if _is_gone(answer):
            return Spool("", spool_id, None)
        # What was printed and not reported yet is asked for last: between the two
        # answers Moonraker may have reported it, and it must not be taken off twice.
        record = read_record(answer, spool_id)
        if record is None:
            why = _text(_part(answer, "error").get("message"))
            raise _NotSaid(spool_id, why or "its answer is no spool")
        return record.spool_after(_unreported(await self._status(), spool_id))

    async def _status(self) -> Mapping[str, Any]:
        """Moonraker's own word, which takes no time."""
        try:
            status = await self._call(STATUS, {})
        except Exception as error:
            raise _NotSaid(None, str(error)) from error
        return status if isinstance(status, Mapping) else {}

    async def _call(self, method: str, arguments: Mapping[str, Any]) -> Any:
        transport = self._server.lookup_component("internal_transport")
        return await transport.call_method(method, dict(arguments))

    def _as_before(self, spool_id: int | None) -> Spool | None:
        """What is still known of a spool of which nothing could be learned.

        Its material stays what it was. How much is left does, too, until something
        was printed: a queue that waits for more must not go on because Spoolman went.
        """
        known = self._active
        if spool_id is None or known is None or known.id != spool_id:
            return None if spool_id is None else Spool("", spool_id, None)
        return replace(known, remaining=None) if self._is_used else known

    def _note(self, error: _NotSaid) -> None:
        if not self._failed:
            log.warning("Spoolman did not say what is loaded: %s", error)
        self._failed = True

    def _tell(self) -> None:
        if self._is_open and self.spools != self._told:
            self._told = self.spools
            self._changed(self._told)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._reader = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error(
                "What is loaded was not read, by an error of ours.", exc_info=error
            )


class _NotSaid(Exception):
    """spool_id: the active spool, of which nothing could be learned."""

    def __init__(self, spool_id: int | None, text: str) -> None:
        super().__init__(text)
        self.spool_id = spool_id


# -- what is answered ---------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """A spool as Spoolman has it. grams: of one mm of its filament, None: not known."""

    spool: Spool
    grams: float | None

    def spool_after(self, length: float) -> Spool:
        """The spool when that many mm more were taken from it."""
        left = self.spool.remaining
        if left is None or not length:
            return self.spool
        if self.grams is None:
            return replace(self.spool, remaining=None)
        return replace(self.spool, remaining=max(left - length * self.grams, 0.0))


def read_record(answer: Any, spool_id: int) -> Record | None:
    """Of what Moonraker's proxy answers; None if there is no such spool in it.

    {"response": {"id": 7, "remaining_weight": grams,
                  "filament": {"material": "PLA", "name": text, "color_hex": "FF0000",
                               "vendor": {"name": text}, "density": g/cm³,
                               "diameter": mm}},
     "error": null}

    Everything but the id may be missing.
    """
    spool = _part(answer, "response")
    if spool.get("id") != spool_id:
        return None
    filament = _part(spool, "filament")
    names = (_text(_part(filament, "vendor").get("name")), _text(filament.get("name")))
    name = " ".join(part for part in names if part)
    left = _number(spool.get("remaining_weight"))
    return Record(
        Spool(_material(filament), spool_id, left, name[:LONGEST]),
        _grams(_number(filament.get("density")), _number(filament.get("diameter"))),
    )


def _is_gone(answer: Any) -> bool:
    return bool(_part(answer, "error").get("status_code") == 404)


def _material(filament: Mapping[str, Any]) -> str:
    """TYPE or TYPE__#rrggbb: Spoolman has no word for the colour of its own."""
    kind = _text(filament.get("material")).replace("_", " ")
    code = _text(filament.get("color_hex")).lstrip("#").lower()[:6]
    is_code = len(code) == 6 and set(code) <= set("0123456789abcdef")
    return f"{kind}__#{code}" if kind and is_code else kind


def _grams(density: float | None, diameter: float | None) -> float | None:
    if not density or not diameter:
        return None
    return density / 1000 * math.pi / 4 * diameter**2


def _spool_id(status: Mapping[str, Any]) -> int | None:
    found = status.get("spool_id")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _unreported(status: Mapping[str, Any], spool_id: int) -> float:
    """mm that Moonraker has seen go, and not told Spoolman yet."""
    reports = status.get("pending_reports")
    lengths = [
        _number(report.get("filament_used")) or 0.0
        for report in (reports if isinstance(reports, list) else [])
        if isinstance(report, Mapping) and report.get("spool_id") == spool_id
    ]
    return sum(lengths)


def _part(whole: Any, name: str) -> Mapping[str, Any]:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _text(value: Any) -> str:
    """One line of it; "" for anything else."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * LONGEST].split())
    return "".join(char for char in line if char.isprintable())[:LONGEST]


def _number(value: Any) -> float | None:
    """What is 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < 1e9 else None
