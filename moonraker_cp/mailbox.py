"""What waits for its turn at the wheel, and in which order.

What the printer did goes first: it happened, whoever asks for what. Then a Stop, then
reports of failing prints, then all other requests; each in the order of their arrival,
and only so many of them: a client that sends faster than the disk stores is told so,
and nobody waits for minutes behind it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .core.errors import QueueError, Unavailable
from .core.events import (
    Answered,
    BedSaid,
    Deactivated,
    Edited,
    Event,
    FailureReported,
)
from .core.model import State
from .core.questions import Answer

MOST_WAITING = 100
"""Requests that wait, at most; Stops, and reports, have as much room for themselves."""

_PRINTER, _STOP, _REPORT, _REQUEST = range(4)


@dataclass(order=True)
class Letter:
    """rank: its place in the mailbox; among equals, the order of arrival. event None:
    nothing happened, only wake up. reply: somebody waits for the answer."""

    rank: int
    number: int
    event: Event | None = field(compare=False)
    reply: asyncio.Future[State] | None = field(default=None, compare=False)

    def refuse(self, error: QueueError) -> None:
        if self.reply is not None and not self.reply.done():
            self.reply.set_exception(error)


class Mailbox:
    """Letters, the most urgent one first."""

    def __init__(self) -> None:
        self._letters: asyncio.PriorityQueue[Letter] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._asking: Counter[int] = Counter()  # requests that wait, by rank

    def put(self, event: Event | None) -> None:
        """Something happened; nobody waits for an answer."""
        self._letters.put_nowait(Letter(_PRINTER, next(self._numbers), event))

    def ask(self, event: Event) -> asyncio.Future[State]:
        """A request, and its answer to come. Raises Unavailable when too many wait."""
        rank = _rank(event)
        if self._asking[rank] >= MOST_WAITING:
            raise Unavailable(
                f"The queue is busy: {MOST_WAITING} requests wait already. "
                "Nothing was changed. Try again."
            )
        if rank == _STOP:
            self._refuse_commands()
        loop = asyncio.get_running_loop()
        letter = Letter(rank, next(self._numbers), event, loop.create_future())
        self._asking[rank] += 1
        self._letters.put_nowait(letter)
        assert letter.reply is not None
        return letter.reply

    async def take(self) -> Letter:
        """The next one, as soon as there is one."""
        return self._counted(await self._letters.get())

    def put_back(self, letter: Letter) -> None:
        """It was not its turn after all; it keeps its place."""
        self._asking[letter.rank] += letter.reply is not None
        self._letters.put_nowait(letter)

    def refuse_requests(self, words: str) -> None:
        """Answer those that wait; what the printer did stays."""
        for letter in self._all():
            if letter.reply is None:
                self.put_back(letter)
            else:
                letter.refuse(Unavailable(words))

    def _refuse_commands(self) -> None:
        """A Stop is the last word: a Start that it overtakes must not come after it.

        What starts nothing stays: edits, and the word that the bed is not clear.
        """
        words = "Nothing was changed: Stop was pressed meanwhile."
        for letter in self._all():
            if letter.rank != _REQUEST or _starts_nothing(letter.event):
                self.put_back(letter)
            else:
                letter.refuse(Unavailable(words))

    def _all(self) -> Iterator[Letter]:
        letters = [self._letters.get_nowait() for _ in range(self._letters.qsize())]
        return map(self._counted, letters)

    def _counted(self, letter: Letter) -> Letter:
        self._asking[letter.rank] -= letter.reply is not None
        return letter


def _rank(event: Event) -> int:
    """What is about ending something is held up by no other request."""
    is_answer = isinstance(event, Answered) and event.answer == Answer.STOP.value
    if is_answer or isinstance(event, Deactivated):
        return _STOP
    return _REPORT if isinstance(event, FailureReported) else _REQUEST


def _starts_nothing(event: Event | None) -> bool:
    return isinstance(event, Edited) or (isinstance(event, BedSaid) and not event.clear)
