"""What the queue asks of a person, as an announcement behind the front ends' bell.

Moonraker keeps announcements in its database. There is one of ours while something is
asked and none otherwise: what an earlier start has left behind is taken away, unless it
says the same, for then a person may have dismissed it already.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..core.event_words import ended
from ..core.model import Reason
from ..core.notices import QUESTIONS
from ..core.questions import Question

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

COMPONENT = "announcements"
FEED = "continuousprint"
TITLE = "The print queue waits for you"

NEEDED = ("add_internal_announcement", "remove_announcement", "get_announcements")


@dataclass(frozen=True)
class Words:
    description: str
    priority: str


class Announcer:
    """plain: takes out of a text what a front end may take for markup; Mainsail makes
    HTML of a description. url: the page's whole address; Fluidd knows no other."""

    def __init__(
        self,
        server: Server,
        wanted: bool,
        plain: Callable[[str], str],
        url: Callable[[], str],
    ) -> None:
        self._server = server
        self._is_wanted = wanted
        self._plain = plain
        self._url = url
        self._asked: Words | None = None
        self._told: Words | None = None
        self._entry = ""
        self._tidied = False
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def refresh(self, asked: Question | None, reason: Reason | None) -> None:
        """What is asked now, and why. Nobody waits for it, and it never raises."""
        self._asked = None
        if asked is not None and self._is_wanted:
            self._asked = self._words(asked, reason)
        is_busy = self._task is not None and not self._task.done()
        if self._is_behind and not is_busy and not self._stopped:
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._catch_up())

    def stop(self) -> None:
        """What is announced stays so: it will be asked again, or tidied up."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    @property
    def _is_behind(self) -> bool:
        return not self._tidied or self._told != self._asked

    def _words(self, asked: Question, reason: Reason | None) -> Words:
        # Mainsail would make a link of an address in a file's name, too; looked for
        # last, for what was taken out before may have hidden it.
        text = self._plain(f"{ended(asked.text)} {asked.advice}")
        text = text.replace("://", ": //")
        is_trouble = reason is not None and reason.code not in QUESTIONS
        return Words(text, "high" if is_trouble else "normal")

    async def _catch_up(self) -> None:
        while self._is_behind:
            wanted = self._asked
            try:
                await self._change_to(wanted)
            except Exception as error:  # Moonraker's insides; the queue goes on
                log.warning("The queue's announcement failed: %r", error)
            self._told, self._tidied = wanted, True

    async def _change_to(self, wanted: Words | None) -> None:
        theirs: Any = self._server.lookup_component(COMPONENT, None)
        if not all(hasattr(theirs, name) for name in NEEDED):
            return
        if not self._tidied and await self._tidy(theirs, wanted):
            return
        # One after the other: Moonraker names them by the second they were made in.
        entry, self._entry = self._entry, ""
        if entry:
            await _remove(theirs, entry)
        if wanted is not None:
            made = theirs.add_internal_announcement(
                TITLE, wanted.description, self._url(), wanted.priority, FEED
            )
            self._entry = str(made["entry_id"])

    async def _tidy(self, theirs: Any, wanted: Words | None) -> bool:
        """Take away what is left of earlier; whether one that says the same stays."""
        for entry in await theirs.get_announcements(include_dismissed=True):
            if entry.get("feed") != FEED:
                continue
            says = Words(str(entry.get("description")), str(entry.get("priority")))
            if says == wanted and not self._entry:
                self._entry = str(entry["entry_id"])
            else:
                await _remove(theirs, entry["entry_id"])
        return bool(self._entry)


async def _remove(theirs: Any, entry: str) -> None:
    try:
        await theirs.remove_announcement(entry)
    except Exception as error:  # somebody has removed it before
        log.info("The announcement %s could not be removed: %s", entry, error)
