"""The wheel: event -> situation -> decide -> commit -> act -> publish.

One mailbox and one loop: events from Klipper, from people and from finished
actions are handled one by one, so there are no locks and no second look at a
state after an await.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Callable, Protocol

from .core.decisions import Action, Decision, Rules, Situation
from .core.diary import Diary, Entry, Level, entry_of, refused
from .core.edits import AddJobs, Built, FollowFile, Jobs, LookAgain, desk_of
from .core.errors import QueueError, Unavailable
from .core.event_words import in_words
from .core.events import BugFound, Edited, Event, Loss, PrinterLost, WaitMayEnd
from .core.files import Files
from .core.forecast import HistoryFacts
from .core.guard import obstacle
from .core.holds import alarm_at
from .core.hooks import Hooks
from .core.machine import decide
from .core.model import Control, Phase, Reason, State
from .core.printer import Look
from .core.questions import Question
from .core.spools import Spools
from .core.view import View
from .mailbox import Mailbox
from .slices import in_slices

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
"""Seconds between two tries to store what the printer did."""

OUR_MISTAKES = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
)
"""What the database says about a wrong statement, not about the disk."""

OUR_ERROR = (
    "The queue met an error of its own and stopped. moonraker.log has more; report it."
)

ABOUT_FILES = (LookAgain, FollowFile)

LEVELS = {
    Level.DEBUG.value: logging.DEBUG,
    Level.INFO.value: logging.INFO,
    Level.WARNING.value: logging.WARNING,
}

IN_A_ROW = 10
"""Turns after which all others of the loop have theirs, if none of these has waited."""

STOP_WITHIN = 2.0
"""Seconds that a stop waits for the turn at hand."""

LOOK_AT_CLOCK = 60.0
"""Seconds at most between two looks at the wall clock while an hour is waited for.

Clocks are set: a computer without one of its own starts in 1970, and the network tells
it the time later. A timer of the loop does not hear of that.
"""


class Printer(Protocol):
    @property
    def look(self) -> Look: ...

    def perform(self, action: Action) -> None: ...


class Storing(Protocol):
    async def open(self, now: float) -> State: ...

    async def commit(self, decision: Decision) -> None: ...


Publish = Callable[[State, Decision], None]
"""Called with the state before a turn, and what was decided."""

Foresee = Callable[[Jobs], Awaitable[None]]
"""Called with jobs that will be published, unless they are refused; in slices."""


async def _foresee(jobs: Jobs) -> None:
    """Where nothing is made beforehand."""


class Driver:
    """Turns the wheel. state: everything stored, as of the newest commit. diary: what
    the newest turns decided."""

    def __init__(
        self,
        store: Storing,
        printer: Printer,
        rules: Rules,
        publish: Publish,
        *,
        clock: Callable[[], float],
        now: Callable[[], float] = time.time,
        files: Callable[[], Files] = dict,
        history: Callable[[], HistoryFacts] = HistoryFacts,
        cold_at: Callable[[], float | None] = lambda: None,
        hooks: Callable[[], Hooks] = dict,
        spools: Callable[[], Spools] = tuple,
        rendering: Callable[[], bool] = lambda: False,
        foresee: Foresee = _foresee,
    ) -> None:
        self.state = State()
        self.diary = Diary()
        self._store = store
        self._printer = printer
        self._rules = rules
        self._publish = publish
        self._clock = clock
        self._now = now
        self._read_files = files
        self._files = self._files_before = files()
        self._history = history
        self._cold_at = cold_at
        self._hooks = hooks
        self._spools = spools
        self._rendering = rendering
        self._foresee = foresee
        self._alarm: asyncio.TimerHandle | None = None
        self._hour: float | None = None  # that is waited for, since the epoch
        self._mailbox = Mailbox()
        self._losses = 0  # of the printer, that wait in the mailbox
        self._loop: asyncio.Task[None] | None = None
        self._open = False
        self._closed = "The queue has not started yet, or has stopped."
        self._is_wordless = False  # said once

    @property
    def question(self) -> Question | None:
        """What a person is asked now."""
        return self.view_of(self.state).question

    def view_of(self, state: State) -> View:
        """A state of ours as clients see it now."""
        return View(replace(self.situation, state=state), self._history())

    @property
    def situation(self) -> Situation:
        """All that can be known now."""
        return Situation(
            self.state,
            self._look(),
            self._rules,
            self._now(),
            self._clock(),
            self._files,
            None if self._files_before is self._files else self._files_before,
            self._cold_at(),
            self._hooks(),
            self._spools(),
            self._rendering(),
        )

    def _look(self) -> Look:
        """The newest; but while a loss waits for its turn, what came back after it is
        nothing to go on with: that the printer was lost is to be judged first."""
        look = self._printer.look
        if not self._losses:
            return look
        return replace(look, ready=False, not_ready="Klipper went away meanwhile.")

    async def start(self) -> None:
        """Read what is stored and begin to turn.

        Raises sqlite3.Error, or what the store does, when it cannot be read.
        """
        self.state = await self._store.open(self._now())
        control = self.state.control
        log.info(
            "The queue was read: %d jobs, %s, bed %s, revision %d.",
            len(self.state.jobs),
            control.phase.value,
            control.bed.state.value,
            control.revision,
        )
        self._open = True
        self._loop = asyncio.get_running_loop().create_task(self._turn_forever())

    def give_up(self, reason: Reason) -> None:
        """What is stored cannot be used: say so to everybody who asks, do nothing."""
        self.state = State(Control(phase=Phase.BLOCKED, reason=reason))
        self._closed = f"{reason.text} {reason.advice}"

    async def stop(self) -> None:
        """Finish the turn at hand and stop; later events are for the next start."""
        self._open = False
        if self._alarm is not None:
            self._alarm.cancel()
        if self._loop is not None:
            self._mailbox.put(None)  # wakes a loop that waits
            await asyncio.wait((self._loop,), timeout=STOP_WITHIN)
            self._loop.cancel()  # only a store that fails for ever gets here alive
            await asyncio.wait((self._loop,), timeout=STOP_WITHIN)
            self._loop = None
        self._mailbox.refuse_requests("Moonraker is shutting down. Try again.")

    def post(self, event: Event) -> None:
        """Something happened; nobody waits for an answer."""
        self._losses += isinstance(event, PrinterLost)
        self._mailbox.put(event)

    async def submit(self, event: Event) -> State:
        """A request: the state after its commit, or a QueueError and no change."""
        if not self._open:
            raise Unavailable(self._closed)
        return await self._mailbox.ask(event)

    async def _turn_forever(self) -> None:
        # Whatever ran when the last word was written is in doubt until seen.
        lost = PrinterLost(Loss.DISCONNECT, "Moonraker", restarted=True)
        await self._turn(lost, None)
        for turn in itertools.count(1):
            letter = await self._mailbox.take()
            if letter.event is None or not self._open:
                self._mailbox.put_back(letter)
                return
            self._losses -= isinstance(letter.event, PrinterLost)
            await self._turn(letter.event, letter.reply)
            if turn % IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def _turn(self, event: Event, reply: asyncio.Future[State] | None) -> None:
        if isinstance(event, Edited) and isinstance(event.edit, ABOUT_FILES):
            # Not before their event: what is next changes in a turn of its own.
            self._files = self._read_files()
        try:
            event = await self._built(event)
            decision = await self._decide_and_commit(
                event, is_request=reply is not None
            )
        except QueueError as error:
            self._note_refusal(event, error)
            _refuse(reply, error)
        except Exception as error:
            self._bug(event, error, in_request=reply is not None)
            _refuse(reply, QueueError(OUR_ERROR))
        else:
            try:
                self._act_and_publish(decision)
            except Exception as error:  # stored it is, so the request has succeeded
                self._bug(event, error, in_request=reply is not None)
            if reply is not None and not reply.done():
                reply.set_result(self.state)
        finally:  # a stop that could not wait for the store
            self._files_before = self._files
            _refuse(reply, Unavailable("Moonraker is shutting down; look again."))

    async def _built(self, event: Event) -> Event:
        """New jobs are built in slices. The queue stays as it is meanwhile, for the
        turn of the wheel has begun; the decision itself is one, and so is the commit.
        """
        if not isinstance(event, Edited) or not isinstance(event.edit, AddJobs):
            return event
        edit = event.edit
        before, desk = desk_of(self.state), desk_of(self.state)
        jobs = tuple([job async for job in in_slices(edit.build(desk))])
        await self._foresee(jobs)
        built = Built(before, jobs, desk)
        return replace(event, edit=replace(edit, built=built))

    def _bug(self, event: Event, error: Exception, in_request: bool) -> None:
        """Our own bug: say it once, stop, ask."""
        log.error("An error of ours followed this: %s", _said(event), exc_info=error)
        if not isinstance(event, BugFound):
            self.post(BugFound(f"{type(error).__name__}: {error}", in_request))

    async def _decide_and_commit(self, event: Event, is_request: bool) -> Decision:
        """Write first. A request may fail; what the printer did has to be kept.

        Each try decides anew, for the printer does not stand still meanwhile.
        Raises Unavailable for a request, and what a second try cannot mend.
        """
        said = ""  # a full disk is no place for the same line every second
        while True:
            decision = decide(self.situation, event)
            entry = self._entry(entry_of, self.state, event, decision)
            decision = replace(decision, entry=entry)
            if not decision.changes(self.state):
                return decision
            try:
                await self._store.commit(decision)
                if said:
                    log.info("The queue is stored again.")
                return decision
            except sqlite3.Error as error:
                if str(error) != said:
                    said = str(error)
                    log.error("The queue could not be stored: %s", error)
                if is_request:
                    raise Unavailable(
                        f"Nothing was changed: the database said {error}."
                    ) from error
                if isinstance(error, OUR_MISTAKES):
                    raise
                words = f"Nothing was changed: the database said {error}."
                self._mailbox.refuse_requests(words)
            await asyncio.sleep(RETRY_AFTER)

    def _note_refusal(self, event: Event, error: QueueError) -> None:
        entry = self._entry(refused, self.state, event, str(error), self._now())
        self._note(entry)

    def _entry(self, make: Callable[..., Entry], *about: object) -> Entry | None:
        """For the diary, for which nothing stops that is right without it."""
        try:
            return make(*about)
        except Exception as error:
            if not self._is_wordless:
                log.error("Something was decided without words.", exc_info=error)
            self._is_wordless = True
            return None

    def _note(self, entry: Entry | None) -> None:
        if entry is not None:
            self.diary.add(entry)
            log.log(LEVELS[entry.level], "%s", entry.line)

    def _act_and_publish(self, decision: Decision) -> None:
        before, self.state = self.state, decision.state
        self._note(decision.entry)
        try:
            for action in decision.actions:
                self._perform(action)
        finally:
            if decision.changes(before):
                self._publish(before, decision)
                self._set_alarm()

    def _set_alarm(self) -> None:
        """For a wait that ends at an hour; there is no timer for any other."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        now = self._now()
        self._hour = alarm_at(self.situation)
        if self._hour is not None:
            loop = asyncio.get_running_loop()
            wait = min(max(self._hour - now, 0.0), LOOK_AT_CLOCK)
            self._alarm = loop.call_later(wait, self._look_at_clock)

    def _look_at_clock(self) -> None:
        """The hour has come, or it is another one since the clock was set."""
        self._alarm = None
        hour = alarm_at(self.situation)
        if hour is None or hour != self._hour or hour <= self._now():
            self.post(WaitMayEnd())
        else:
            self._set_alarm()

    def _perform(self, action: Action) -> None:
        """Act, unless somebody was faster while the decision was stored."""
        instead = obstacle(action, self.situation)
        if instead is not None:
            self.post(instead)
        else:
            self._printer.perform(action)


def _refuse(reply: asyncio.Future[State] | None, error: QueueError) -> None:
    if reply is not None and not reply.done():
        reply.set_exception(error)


def _said(event: Event) -> str:
    """In words, if it is an event at all."""
    try:
        return in_words(event)
    except Exception:
        return type(event).__name__
