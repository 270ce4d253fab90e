"""Moonraker's job queue API on our queue: what panels ask, get and are told."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from moonraker_cp.api import takeover
from moonraker_cp.api.job_queue import (
    MOST_NAMES,
    OLD_LIST,
    PREFIX,
    READ_QUESTION,
    JobQueueApi,
)
from moonraker_cp.core.decisions import Decision, Rules
from moonraker_cp.core.edits import AddJobs, Edit, FollowFile, NewJob, NewSet
from moonraker_cp.core.errors import BadRequest, NotFound
from moonraker_cp.core.events import Activated, Edited
from moonraker_cp.core.model import Outcome, Phase, State
from moonraker_cp.driver import Driver
from moonraker_cp.printer.files import GcodeFiles

from ..fakes import FakePrinter, MemoryStore

A, B, C = "a.gcode", "b.gcode", "sub/c.gcode"


class Panel:
    """A panel and its queue; time stands still unless the test says otherwise."""

    def __init__(self, gcodes: Path) -> None:
        self.time = 50.0
        self.told: list[dict[str, Any]] = []
        self.printer = FakePrinter()
        self.driver = Driver(
            MemoryStore(),
            self.printer,
            Rules(),
            self.publish,
            clock=lambda: self.printer.clock,
        )
        self.printer.post = self.driver.post
        check = GcodeFiles(lambda: str(gcodes)).check
        self.api = JobQueueApi(self.driver, check, self.tell, lambda: self.time)
        self.calls = {one.path: one.calls for one in self.api.endpoints()}

    def publish(self, before: State, decision: Decision) -> None:
        self.api.publish(decision.state, decision)

    def tell(self, payload: dict[str, Any]) -> None:
        self.told.append(json.loads(json.dumps(payload)))

    async def ask(self, method: str, path: str, /, **args: Any) -> dict[str, Any]:
        reply = await self.calls[f"{PREFIX}/{path}"][method].reply(args, "ann")
        await self.quiet()
        answer: dict[str, Any] = json.loads(json.dumps(reply))
        assert set(answer) == {"queued_jobs", "queue_state"}
        return answer

    async def add(self, *names: str) -> list[str]:
        return files(await self.ask("POST", "job", filenames=list(names)))

    async def repost(self, *names: str) -> list[str]:
        return files(await self.ask("POST", "job", filenames=list(names), reset=True))

    async def status(self) -> dict[str, Any]:
        return await self.ask("GET", "status")

    async def quiet(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def edit(self, edit: Edit) -> None:
        """Somebody else's."""
        await self.driver.submit(Edited(edit, "bob"))

    async def prints(self) -> None:
        """Press Start with a clear bed; the first copy begins."""
        await self.driver.submit(Activated("ann", bed_clear=True))
        self.printer.begin()
        await self.quiet()

    async def ends(self, outcome: Outcome = Outcome.SUCCESS) -> None:
        self.printer.end(outcome)
        await self.quiet()

    def news(self) -> list[tuple[str, list[str] | None, str]]:
        """What was told since the last look."""
        told, self.told = self.told, []
        return [
            (one["action"], files_of(one["updated_queue"]), one["queue_state"])
            for one in told
        ]


def files(answer: dict[str, Any]) -> list[str]:
    return [row["filename"] for row in answer["queued_jobs"]]


def files_of(rows: list[dict[str, Any]] | None) -> list[str] | None:
    return None if rows is None else [row["filename"] for row in rows]


@pytest_asyncio.fixture
async def panel(gcodes: Path) -> AsyncIterator[Panel]:
    made = Panel(gcodes)
    await made.driver.start()
    made.printer.connect()
    await made.quiet()
    made.api.begin()
    made.news()
    yield made
    await made.driver.stop()


# -- rows and names ---------------------------------------------------------------


async def test_rows_are_in_moonrakers_shape(panel: Panel) -> None:
    assert await panel.status() == {"queued_jobs": [], "queue_state": "paused"}
    assert await panel.add(A, A, B) == [A, A, B]
    first, second, third = (await panel.status())["queued_jobs"]
    assert set(first) == {"filename", "job_id", "time_added", "time_in_queue"}
    assert [first["job_id"], second["job_id"]] == ["1-1-0-1", "1-1-0-2"]
    assert third["job_id"] == "2-2-0-1"
    assert first["time_in_queue"] < 60 < first["time_added"]


async def test_status_answers_before_the_queue_has_started(gcodes: Path) -> None:
    panel = Panel(gcodes)
    assert await panel.status() == {"queued_jobs": [], "queue_state": "paused"}


async def test_names_may_come_as_text_with_commas(panel: Panel) -> None:
    answer = await panel.ask("POST", "job", filenames=f"{A}, {B}", reset=None)
    assert files(answer) == [A, B]
    ids = ",".join(row["job_id"] for row in answer["queued_jobs"])
    assert files(await panel.ask("DELETE", "job", job_ids=ids)) == []


async def test_names_are_cleaned_before_they_are_matched(panel: Panel) -> None:
    await panel.add(C, B)
    assert await panel.repost(B, "/sub/../sub/c.gcode") == [B, C]
    assert [job.id for job in panel.driver.state.jobs] == [2, 1]


@pytest.mark.parametrize("reset", [False, True])
async def test_nothing_is_half_done(panel: Panel, reset: bool) -> None:
    await panel.add(A, B)
    before = panel.driver.state
    for bad in ("missing.gcode", "a.gcode\nM112", "../outside.gcode", "notes.txt"):
        with pytest.raises((BadRequest, NotFound)):
            await panel.ask("POST", "job", filenames=[B, A, bad], reset=reset)
    assert panel.driver.state == before


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"filenames": 7},
        {"filenames": [A, 7]},
        {"filenames": [A], "reset": "perhaps"},
        {"filenames": [A] * (MOST_NAMES + 1)},
    ],
)
async def test_bad_words_are_refused(panel: Panel, args: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        await panel.ask("POST", "job", **args)
    assert panel.news() == []


async def test_a_file_that_is_gone_can_be_moved_but_not_multiplied(
    panel: Panel, gcodes: Path
) -> None:
    await panel.add(A, B)
    (gcodes / A).unlink()
    assert await panel.repost(B, A) == [B, A]
    with pytest.raises(NotFound, match=A):
        await panel.repost(B, A, A)


async def test_copies_are_dropped_by_id(panel: Panel) -> None:
    await panel.add(A, A, B)
    assert files(await panel.ask("DELETE", "job", job_ids=["1-1-0-1"])) == [A, B]
    assert files(await panel.ask("DELETE", "job", job_ids=["9-9-9-9"])) == [A, B]
    assert files(await panel.ask("DELETE", "job")) == [A, B]
    assert files(await panel.ask("DELETE", "job", all=True)) == []


async def test_a_copy_can_jump(panel: Panel) -> None:
    await panel.add(A, A, B)
    assert files(await panel.ask("POST", "jump", job_id="2-2-0-1")) == [B, A, A]
    with pytest.raises(NotFound):
        await panel.ask("POST", "jump", job_id="2-2-0-7")


# -- lists that are not fresh ---------------------------------------------------------


async def test_a_list_from_before_a_start_adds_nothing(panel: Panel) -> None:
    await panel.add(A, B, C)
    await panel.prints()
    panel.time += OLD_LIST
    assert await panel.repost(C, A, B) == [C, B]


async def test_a_count_that_is_raised_in_time_is_raised(panel: Panel) -> None:
    await panel.add(A, A, B)
    await panel.prints()
    panel.time += OLD_LIST + 1
    assert await panel.repost(A, A, B) == [A, A, B]
    assert await panel.repost(A, B) == [A, B]


async def test_a_list_from_before_a_failure_loses_nothing(panel: Panel) -> None:
    await panel.add(A, B, C)
    await panel.prints()
    await panel.ends(Outcome.FAILURE)
    assert await panel.repost(C, B) == [A, C, B]


async def test_the_panels_own_lists_are_taken_at_their_word(panel: Panel) -> None:
    await panel.add(A, B)
    assert await panel.repost(A, A, B) == [A, A, B]
    assert await panel.repost(A, B) == [A, B]
    assert await panel.repost(B, A) == [B, A]
    assert await panel.repost(A, B) == [A, B]


# -- start and pause -------------------------------------------------------------------


async def test_start_answers_the_bed_question_that_was_there_to_read(
    panel: Panel,
) -> None:
    await panel.add(A, A, A)
    await panel.prints()
    await panel.ends()
    assert (await panel.status())["queue_state"] == "paused"
    await panel.ask("POST", "start")
    assert panel.driver.state.control.phase is Phase.BLOCKED
    panel.time += READ_QUESTION
    await panel.repost(A, B, A)  # another next file is no other question
    assert (await panel.ask("POST", "start"))["queue_state"] == "starting"
    assert panel.driver.state.control.bed.by == "ann"


async def test_start_twice_in_a_hurry_does_not_clear_the_bed(panel: Panel) -> None:
    await panel.add(A, A)
    await panel.prints()
    await panel.ask("POST", "pause")
    await panel.ends()
    assert panel.driver.question is None
    panel.time += 100.0
    for _ in range(3):
        assert (await panel.ask("POST", "start"))["queue_state"] == "paused"
        panel.time += READ_QUESTION / 4
    assert panel.driver.question is not None


async def test_pause_lets_the_print_go_on(panel: Panel) -> None:
    await panel.add(A, B)
    await panel.prints()
    assert (await panel.status())["queue_state"] == "ready"
    assert (await panel.ask("POST", "pause"))["queue_state"] == "paused"
    assert panel.driver.state.control.phase is Phase.PRINTING


# -- what panels are told ------------------------------------------------------------


async def test_each_change_is_told_once_in_moonrakers_words(panel: Panel) -> None:
    await panel.add(A, B)
    assert panel.news() == [("jobs_added", [A, B], "paused")]
    await panel.repost(B, A)
    assert panel.news() == [("state_changed", [B, A], "paused")]
    await panel.repost(B, B, A)
    assert panel.news() == [("jobs_added", [B, B, A], "paused")]
    await panel.ask("DELETE", "job", job_ids=["2-2-0-2"])
    assert panel.news() == [("jobs_removed", [B, A], "paused")]
    await panel.prints()
    assert panel.news() == [
        ("job_loaded", [A], "starting"),
        ("state_changed", None, "ready"),
    ]
    await panel.ask("POST", "pause")
    assert panel.news() == [("state_changed", None, "paused")]


async def test_what_panels_do_not_show_is_not_told(panel: Panel) -> None:
    await panel.edit(AddJobs((NewJob((NewSet(A),), draft=True),), 0.0))
    await panel.edit(AddJobs((NewJob((NewSet(A),), hold=True),), 0.0))
    await panel.repost()
    assert panel.news() == []


async def test_a_copy_that_failed_is_not_told_as_added(panel: Panel) -> None:
    """Moonraker's power devices would switch the printer on again."""
    await panel.add(A)
    await panel.prints()
    panel.news()
    await panel.ends(Outcome.FAILURE)
    assert panel.news() == [("state_changed", [A], "paused")]
    await panel.edit(FollowFile(A, C))
    assert panel.news() == [("state_changed", [C], "paused")]


async def test_what_is_added_beyond_the_rows_is_told(panel: Panel) -> None:
    await panel.add(*[A] * 150)
    assert len(panel.news()[0][1] or []) == 100
    await panel.add(B)
    assert [action for action, _, _ in panel.news()] == ["jobs_added"]


async def test_nothing_is_told_before_the_panels_are_ours(gcodes: Path) -> None:
    panel = Panel(gcodes)
    await panel.driver.start()
    await panel.add(A)
    assert panel.news() == []
    panel.api.begin()
    await panel.add(B)
    assert panel.news() == [("jobs_added", [A, B], "paused")]
    await panel.driver.stop()


# -- Moonraker's insides --------------------------------------------------------------


class Insides:
    """What takeover looks at in Moonraker, as 0.9.3 to 0.11.0 have it."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.changes = itertools.count()
        numbers: dict[str, Any] = {}
        for path, methods in takeover.PATHS.items():
            one = SimpleNamespace(endpoint=path, callback=print, request_types=1)
            numbers.update((name, (1, one)) for name in methods)
        self.parts: dict[str, Any] = {
            "job_queue": SimpleNamespace(queue_job=self.queue_job),
            "application": SimpleNamespace(
                remove_endpoint=self.change,
                mutable_router=SimpleNamespace(add_handler=self.change),
                json_rpc=SimpleNamespace(get_method=numbers.get),
                route_prefix="",
            ),
            "klippy_connection": SimpleNamespace(
                remote_methods=dict.fromkeys(takeover.MACROS, print),
                unregister_method=self.change,
            ),
        }
        self.register_endpoint: Any = self.change
        self.register_remote_method: Any = self.change

    async def queue_job(
        self, filenames: Any, check_exists: Any, reset: Any, user: Any
    ) -> None: ...

    def change(self, *_: Any) -> None:
        next(self.changes)

    def lookup_component(self, name: str, default: Any = None) -> Any:
        return self.parts.get(name, default)

    def add_warning(self, text: str) -> None:
        self.warnings.append(text)


def _without_job_queue(inside: Insides) -> None:
    inside.parts.pop("job_queue")


def _without_queue_job(inside: Insides) -> None:
    inside.parts["job_queue"] = SimpleNamespace()


def _with_other_arguments(inside: Insides) -> None:
    inside.parts["job_queue"].queue_job = lambda filenames, where: None


def _without_a_method(inside: Insides) -> None:
    inside.parts["application"].json_rpc.get_method = lambda name: None


def _without_remove_endpoint(inside: Insides) -> None:
    del inside.parts["application"].remove_endpoint


def _without_macros(inside: Insides) -> None:
    inside.parts["klippy_connection"].remote_methods.clear()


@pytest.mark.parametrize(
    "spoil",
    [
        _without_job_queue,
        _without_queue_job,
        _with_other_arguments,
        _without_a_method,
        _without_remove_endpoint,
        _without_macros,
    ],
)
async def test_another_moonraker_is_left_untouched(panel: Panel, spoil: Any) -> None:
    inside = Insides()
    takeover.look(inside)
    spoil(inside)
    before = {name: vars(part).copy() for name, part in inside.parts.items()}

    async def macro(**_: Any) -> None: ...

    assert not takeover.install(inside, panel.api, macro, macro)
    assert next(inside.changes) == 0
    assert {name: vars(part) for name, part in inside.parts.items()} == before
    assert len(inside.warnings) == 1
    assert "leaves Moonraker's own job queue" in inside.warnings[0]


async def test_what_cannot_be_finished_is_put_back(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, part in (("http", "EndpointHandler"), ("routes", "rpc")):
        stub = SimpleNamespace(**{part: lambda *_: "ours"})  # these need Moonraker
        monkeypatch.setitem(sys.modules, f"moonraker_cp.api.{module}", stub)
    inside = Insides()
    theirs = inside.queue_job
    registered: dict[str, Any] = {}
    seen: list[Any] = []

    def register(path: str, kinds: Any, answer: Any) -> None:
        registered[path] = answer
        seen.append(answer)

    def register_method(name: str, method: Any) -> None:
        if method is not print:
            raise RuntimeError("no more methods")

    inside.register_endpoint = register
    inside.register_remote_method = register_method

    async def macro(**_: Any) -> None: ...

    assert not takeover.install(inside, panel.api, macro, macro)
    assert seen.count("ours") == len(takeover.PATHS)
    assert registered == dict.fromkeys(takeover.PATHS, print)
    assert inside.parts["job_queue"].queue_job == theirs
    assert "no more methods" in inside.warnings[0]
