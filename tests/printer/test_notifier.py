"""Notices on their way: to programs at once, to people whenever they get there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from moonraker_cp.core.notices import Notice
from moonraker_cp.printer.notifier import (
    AT_ONCE,
    EVENT,
    MOST_WAITING,
    PATIENCE,
    Notifier,
)
from tests.fakes import in_virtual_time

NOW = 1_700_000_000.0
HOUR = 3600.0


class ServerError(Exception):
    """Moonraker's."""


@dataclass
class Moonraker:
    """A server with the component ``notifier``, whose services take their time.

    notifiers: its sections, and the seconds that each takes. failure: raised by each
    message until it is None again. most: messages that were under way at once.
    """

    notifiers: dict[str, float] = field(default_factory=lambda: {"phone": 1.0})
    is_loaded: bool = True
    failure: Exception | None = None
    events: list[tuple[str, Any]] = field(default_factory=list)
    got: list[tuple[str, str]] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    def lookup_component(self, name: str, default: Any) -> Any:
        assert name == "notifier"
        return self if self.is_loaded else default

    def send_event(self, event: str, news: Any) -> None:
        self.events.append((event, news))

    async def notify_action(self, name: str, message: str = "") -> None:
        if name not in self.notifiers:
            raise ServerError(f"Notifier '{name}' not found")
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.notifiers[name])
        finally:
            self.under_way -= 1
        if self.failure is not None:
            raise self.failure
        self.got.append((name, message))

    def notifier(self, *names: str, which: frozenset[Notice] | None = None) -> Notifier:
        wanted = frozenset(Notice) if which is None else which
        return Notifier(cast(Any, self), names, wanted, lambda: NOW)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.levelno == logging.WARNING]


@in_virtual_time
async def test_programs_are_told_at_once() -> None:
    moonraker = Moonraker()
    moonraker.notifier().tell(Notice.NEEDS_PERSON, "Come here.")
    news = {"event": "needs_person", "text": "Come here.", "time": NOW}
    assert moonraker.events == [(EVENT, news)]


@in_virtual_time
async def test_people_are_told_by_each_section_that_is_named() -> None:
    moonraker = Moonraker(notifiers={"phone": 2.0, "mail": 1.0, "other": 0.0})
    notifier = moonraker.notifier("phone", "mail")
    notifier.tell(Notice.PRINT_FAILED, "a failed.")
    assert moonraker.got == [], "nobody waits for it"
    await asyncio.sleep(5.0)
    assert moonraker.got == [("mail", "a failed."), ("phone", "a failed.")]


@in_virtual_time
async def test_people_are_told_what_they_asked_for_alone() -> None:
    moonraker = Moonraker()
    notifier = moonraker.notifier("phone", which=frozenset({Notice.NEEDS_PERSON}))
    for notice in Notice:
        notifier.tell(notice, notice.value)
    await asyncio.sleep(5.0)
    assert moonraker.got == [("phone", "needs_person")]
    assert len(moonraker.events) == len(Notice), "programs get all"


@in_virtual_time
async def test_a_component_that_is_loaded_later_is_found() -> None:
    moonraker = Moonraker(is_loaded=False)
    notifier = moonraker.notifier("phone")
    moonraker.is_loaded = True
    notifier.tell(Notice.NEEDS_PERSON, "Come here.")
    await asyncio.sleep(5.0)
    assert moonraker.got == [("phone", "Come here.")]


# -- what goes wrong --------------------------------------------------------------


def broken(how: str) -> Moonraker:
    return {
        "absent": Moonraker(is_loaded=False),
        "unknown": Moonraker(notifiers={}),
        "failing": Moonraker(failure=RuntimeError("no network")),
        "hanging": Moonraker(notifiers={"phone": 10 * HOUR}),
    }[how]


WORDS = {
    "absent": "LookupError: moonraker.conf has no section [notifier phone]",
    "unknown": "ServerError: Notifier 'phone' not found",
    "failing": "RuntimeError: no network",
    "hanging": f"no end after {PATIENCE:g} s",
}


@pytest.mark.parametrize("how", WORDS)
def test_whatever_goes_wrong_is_logged_once(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    @in_virtual_time
    async def story() -> None:
        moonraker = broken(how)
        notifier = moonraker.notifier("phone")
        for _ in range(3):
            notifier.tell(Notice.NEEDS_PERSON, "Come here.")
            await asyncio.sleep(2 * PATIENCE)
        assert len(moonraker.events) == 3, "programs are told all the same"
        assert moonraker.under_way == 0

    story()
    said = [f"[notifier phone] could not be used: {WORDS[how]}"]
    assert warnings(caplog) == said


def test_it_is_logged_again_after_a_message_got_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @in_virtual_time
    async def story() -> None:
        moonraker = broken("failing")
        notifier = moonraker.notifier("phone")
        for failure in (moonraker.failure, None, moonraker.failure):
            moonraker.failure = failure
            notifier.tell(Notice.NEEDS_PERSON, "Come here.")
            await asyncio.sleep(5.0)
        assert moonraker.got == [("phone", "Come here.")]

    story()
    assert len(warnings(caplog)) == 2


@in_virtual_time
async def test_one_that_fails_keeps_no_other_from_being_told() -> None:
    moonraker = Moonraker()
    notifier = moonraker.notifier("gone", "phone")
    notifier.tell(Notice.NEEDS_PERSON, "Come here.")
    await asyncio.sleep(5.0)
    assert moonraker.got == [("phone", "Come here.")]


@in_virtual_time
async def test_few_are_under_way_at_once_and_the_others_follow() -> None:
    moonraker = Moonraker()
    notifier = moonraker.notifier("phone")
    texts = [str(number) for number in range(10)]
    for text in texts:
        notifier.tell(Notice.NEEDS_PERSON, text)
    await asyncio.sleep(60.0)
    assert moonraker.got == [("phone", text) for text in texts]
    assert moonraker.most == AT_ONCE


def test_of_too_many_the_newest_are_told(caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def story() -> None:
        moonraker = Moonraker(notifiers={"phone": PATIENCE - 1})
        notifier = moonraker.notifier("phone")
        for number in range(100):
            notifier.tell(Notice.NEEDS_PERSON, str(number))
        await asyncio.sleep(HOUR)
        told = [int(text) for _, text in moonraker.got]
        assert told == [*range(AT_ONCE), *range(100 - MOST_WAITING, 100)]

    story()
    assert len(warnings(caplog)) == 100 - AT_ONCE - MOST_WAITING


@in_virtual_time
async def test_after_a_stop_nothing_is_sent() -> None:
    moonraker = Moonraker()
    notifier = moonraker.notifier("phone")
    for number in range(10):
        notifier.tell(Notice.NEEDS_PERSON, str(number))
    await asyncio.sleep(0.5)
    notifier.stop()
    await asyncio.sleep(60.0)
    assert (moonraker.got, moonraker.under_way) == ([], 0)
