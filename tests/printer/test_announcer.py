"""One announcement while something is asked, and none otherwise."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest

from moonraker_cp.api.prompts import plain
from moonraker_cp.core import reasons
from moonraker_cp.core.model import Reason
from moonraker_cp.core.questions import Answer, Question
from moonraker_cp.printer.announcer import FEED, Announcer

URL = "http://printer.local/server/continuousprint/"
BED = reasons.bed_occupied(0.0)
FAILED = reasons.failed(0.0, "a.gcode", "too hot")


class ServerError(Exception):
    """Moonraker's."""


@dataclass
class Moonraker:
    """A server and its announcements; like Moonraker's, their ids are of a second.

    entries outlive the announcer, as those in the database do.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    second: int = 0
    made: int = 0
    failure: Exception | None = None

    def lookup_component(self, name: str, default: Any) -> Any:
        assert name == "announcements"
        return self

    def add_internal_announcement(
        self, title: str, desc: str, url: str, priority: str, feed: str
    ) -> dict[str, Any]:
        if self.failure is not None:
            raise self.failure
        entry = {
            "entry_id": f"{feed}/{self.second}",
            "feed": feed,
            "title": title,
            "description": desc,
            "url": url,
            "priority": priority,
            "dismissed": False,
        }
        assert not [e for e in self.entries if e["entry_id"] == entry["entry_id"]]
        self.entries.append(entry)
        self.made += 1
        return entry

    async def remove_announcement(self, entry_id: str) -> None:
        found = [e for e in self.entries if e["entry_id"] == entry_id]
        await asyncio.sleep(0)
        if not found:
            raise ServerError(f"No key matching entry id: {entry_id}")
        self.entries.remove(found[0])

    async def get_announcements(
        self, include_dismissed: bool = False
    ) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return [e for e in self.entries if include_dismissed or not e["dismissed"]]

    @property
    def told(self) -> list[str]:
        return [entry["description"] for entry in self.entries]

    def announcer(self, wanted: bool = True) -> Announcer:
        server: Any = self
        return Announcer(server, wanted, plain, lambda: URL)


def asked(reason: Reason) -> Question:
    return Question(1, reason.text, reason.advice, (Answer.BED_CLEAR, Answer.STOP))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def ask(announcer: Announcer, reason: Reason | None) -> None:
    announcer.refresh(asked(reason) if reason else None, reason)
    await settle()


def said(reason: Reason) -> str:
    """Klipper's words have no full stop; what follows is another sentence."""
    return plain(f"{reason.text.rstrip('.')}. {reason.advice}")


async def test_a_question_is_announced_until_it_is_answered() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    await ask(announcer, None)
    assert moonraker.entries == []
    await ask(announcer, BED)
    (entry,) = moonraker.entries
    assert entry["description"] == said(BED)
    assert (entry["url"], entry["feed"]) == (URL, FEED)
    await ask(announcer, None)
    assert moonraker.entries == []


async def test_what_is_wrong_is_more_urgent_than_work_to_do() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    for reason, priority in ((BED, "normal"), (FAILED, "high")):
        await ask(announcer, reason)
        assert moonraker.entries[0]["priority"] == priority


async def test_a_wait_for_material_is_announced_too() -> None:
    """It is asked about without being a reason to be blocked."""
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    announcer.refresh(asked(BED), None)
    await settle()
    assert moonraker.entries[0]["priority"] == "normal"


async def test_the_same_question_is_announced_once() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    for _ in range(5):
        await ask(announcer, BED)
    assert moonraker.made == 1


async def test_one_takes_the_place_of_another_within_a_second() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    for reason in (BED, FAILED, BED, FAILED):
        await ask(announcer, reason)
        assert moonraker.told == [said(reason)]


async def test_of_many_changes_at_once_the_last_is_announced() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    for reason in (BED, FAILED, BED, FAILED):
        announcer.refresh(asked(reason), reason)
    await settle()
    assert moonraker.told == [said(FAILED)]
    assert moonraker.made == 1


async def test_one_that_a_person_dismissed_or_removed_is_no_trouble() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    await ask(announcer, BED)
    moonraker.entries.clear()
    await ask(announcer, FAILED)
    assert moonraker.told == [said(FAILED)]


# -- hostile text ------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["", "\u200b", "\x01", "\u202e"])
async def test_a_files_name_is_never_markup_or_a_link(hidden: str) -> None:
    """Nor with a character between, which is taken out."""
    moonraker = Moonraker()
    address = f"https:{hidden}/{hidden}/evil.example"
    name = f"<img src=x onerror=alert(1)>&lt;{address}/x.gcode"
    await ask(moonraker.announcer(), reasons.failed(0.0, name, "<b>hot</b>"))
    (told,) = moonraker.told
    assert not set("<>&") & set(told)
    assert "://" not in told
    assert "evil.example" in told


# -- over restarts -------------------------------------------------------------------


async def test_what_an_earlier_start_left_is_taken_away() -> None:
    moonraker = Moonraker()
    for moonraker.second, reason in enumerate((BED, FAILED)):
        await ask(moonraker.announcer(), reason)
    other = {"entry_id": "moonraker/1", "feed": "moonraker", "dismissed": False}
    moonraker.entries.append(other)
    await ask(moonraker.announcer(), None)
    assert moonraker.entries == [other]


async def test_one_that_says_the_same_stays_dismissed_or_not() -> None:
    moonraker = Moonraker()
    await ask(moonraker.announcer(), BED)
    moonraker.entries[0]["dismissed"] = True
    moonraker.second = 1
    announcer = moonraker.announcer()
    await ask(announcer, BED)
    (entry,) = moonraker.entries
    assert (entry["dismissed"], moonraker.made) == (True, 1)
    await ask(announcer, None)
    assert moonraker.entries == []


async def test_of_several_that_say_the_same_one_stays() -> None:
    moonraker = Moonraker()
    for moonraker.second in range(3):
        made = ("t", said(BED), URL, "normal", FEED)
        moonraker.add_internal_announcement(*made)
    await ask(moonraker.announcer(), BED)
    assert moonraker.told == [said(BED)]


async def test_where_they_are_not_wanted_old_ones_go_and_none_come() -> None:
    moonraker = Moonraker()
    await ask(moonraker.announcer(), BED)
    await ask(moonraker.announcer(wanted=False), BED)
    assert moonraker.entries == []


# -- what goes wrong -------------------------------------------------------------------


async def test_whatever_moonraker_raises_is_logged_and_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    moonraker = Moonraker(failure=RuntimeError("database is locked"))
    announcer = moonraker.announcer()
    with caplog.at_level(logging.WARNING):
        await ask(announcer, BED)
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
    assert "database is locked" in caplog.text
    moonraker.failure = None
    await ask(announcer, FAILED)
    assert moonraker.told == [said(FAILED)], "the next one gets through"


async def test_without_announcements_nothing_happens(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Older:
        def lookup_component(self, name: str, default: Any) -> Any:
            return default

    server: Any = Older()
    announcer = Announcer(server, True, plain, lambda: URL)
    await ask(announcer, BED)
    assert caplog.records == []


async def test_after_a_stop_nothing_is_changed() -> None:
    moonraker = Moonraker()
    announcer = moonraker.announcer()
    await ask(announcer, BED)
    announcer.refresh(None, None)
    announcer.stop()
    await ask(announcer, FAILED)
    assert moonraker.told == [said(BED)]
