"""The adapter on a small working Moonraker: subscriptions, starts, scripts, silence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, Callable, cast

import pytest

from moonraker_cp.core.decisions import (
    Action,
    Rules,
    RunHook,
    ScriptKind,
    SendScript,
    SendStart,
    Situation,
    WatchCooling,
)
from moonraker_cp.core.events import (
    Answer,
    BedCooled,
    BugFound,
    CoolingExpired,
    Event,
    Loss,
    PrintEnded,
    PrinterCalmed,
    PrinterLost,
    PrinterSeen,
    PrintStarted,
    ScriptEnded,
    StartAnswered,
)
from moonraker_cp.core.guard import obstacle
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.model import Control, Outcome, Phase, Run, State
from moonraker_cp.core.printer import Look
from moonraker_cp.printer.cooling import STAYS_COLD
from moonraker_cp.printer.klipper import KlipperPrinter
from moonraker_cp.printer.settling import PATIENCE
from moonraker_cp.printer.side_actions import SideActions
from tests.fakes import in_virtual_time

Status = dict[str, dict[str, Any]]


class ServerError(Exception):
    def __init__(self, message: str, status_code: int = 400) -> None:
        super().__init__(message)
        self.status_code = status_code


class AsTheyStand:
    """Scripts without templates."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted

    async def prepare_hook(self, action: RunHook) -> str | None:
        return "\n".join(one.gcode for one in action.scripts) or None

    def is_wanted(self, ticket: int) -> bool:
        return self._is_wanted()


def eject(ticket: int) -> RunHook:
    return RunHook(ticket, Hook.CLEAR_BED, (Script("eject", "EJECT"),))


def _nothing_known() -> Situation:
    return Situation(State(), Look(), Rules(), 0.0, 0.0)


class Moonraker:
    """Klipper behind Moonraker: one status, told to whoever subscribed."""

    error = ServerError

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.sent: list[str] = []
        self.fails: dict[str, ServerError] = {}
        self.bug: Exception | None = None
        self.queries = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.answers_late = False  # with what was so when it was asked
        self.started = asyncio.Event()  # done with a Klipper that came back
        self.started.set()
        self.state_message = "Klipper says so"
        self.status: Status = {
            "webhooks": {"state": "ready", "state_message": "Printer is ready"},
            "print_stats": {"state": "standby", "filename": "", "total_duration": 0.0},
            "virtual_sdcard": {"is_active": False},
            "idle_timeout": {"state": "Idle"},
            "pause_resume": {"is_paused": False},
            "heater_bed": {"temperature": 60.0},
        }
        self._handlers: dict[str, Callable[..., Awaitable[None]]] = {}
        self._subscriber: Callable[[Status, float], Awaitable[None]] | None = None
        self.printer = KlipperPrinter(
            cast(Any, self),
            self.events.append,
            lambda: asyncio.get_running_loop().time(),
            scripts=AsTheyStand(lambda: self.wanted),
            others=SideActions(
                cast(Any, self), self.events.append, cast(Any, None), _nothing_known
            ),
            obstacle=self._obstacle,
        )
        before = Look().fingerprint
        self.run = Run(1, 1, 1, "", "a.gcode", 0, "", 0.0, 0.0, before)
        self.wanted = True  # whatever script it is
        self.control = Control(phase=Phase.STARTING, active=True, run_id=1, ticket=7)

    def _obstacle(self, action: Action) -> Event | None:
        """As the queue says: it waits for the start with that ticket."""
        state = State(self.control, run=self.run)
        now = Situation(state, self.printer.look, Rules(), 0.0, 0.0)
        return obstacle(action, now)

    # What Moonraker's server gives a component.

    def lookup_component(self, name: str) -> Any:
        assert name in ("klippy_apis", "klippy_connection")
        return self

    def register_event_handler(
        self, event: str, handler: Callable[..., Awaitable[None]]
    ) -> None:
        self._handlers[event] = handler

    # klippy_connection.

    async def wait_started(self, timeout: float) -> bool:
        await asyncio.wait_for(self.started.wait(), timeout)
        return True

    # klippy_apis.

    async def subscribe_objects(self, objects: Any, callback: Any) -> Status:
        self._fail("subscribe")
        self._subscriber = callback
        return self.status

    async def query_objects(self, objects: Any) -> Status:
        self.queries += 1
        asked = dict(self.status)
        await self.answers.wait()
        self._fail("query")
        return asked if self.answers_late else self.status

    async def start_print(self, filename: str, user: Any = None) -> str:
        self.sent.append(f"start {filename}")
        self._fail("start")
        return "ok"

    async def run_gcode(self, script: str) -> str:
        self.sent.append(script)
        if self.bug is not None:
            raise self.bug
        self._fail("gcode")
        return "ok"

    def _fail(self, call: str) -> None:
        if call in self.fails:
            raise self.fails[call]

    # What happens.

    async def fire(self, event: str, *args: Any) -> None:
        await self._handlers[f"server:klippy_{event}"](*args)

    async def tell(self, **changes: dict[str, Any]) -> None:
        """Klipper's status changes."""
        await self.change(changes, arrives=True)

    async def change(self, changes: Status, *, arrives: bool) -> None:
        """The same; the update may be swallowed on its way."""
        delta: Status = {name: dict(fields) for name, fields in changes.items()}
        for name, fields in delta.items():
            self.status[name] = {**self.status[name], **fields}
        if arrives and self._subscriber is not None:
            await self._subscriber(delta, asyncio.get_running_loop().time())

    async def tell_late(self, eventtime: float, **changes: dict[str, Any]) -> None:
        """An update of what was so then, and is not any more."""
        assert self._subscriber is not None
        await self._subscriber(dict(changes), eventtime)

    def told(self) -> list[Event]:
        events = list(self.events)
        self.events.clear()
        return events

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


async def connected() -> Moonraker:
    moonraker = Moonraker()
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    moonraker.events.clear()
    return moonraker


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


PRINTING: Status = {
    "print_stats": {"state": "printing", "filename": "a.gcode", "total_duration": 0.2},
    "virtual_sdcard": {"is_active": True},
    "idle_timeout": {"state": "Printing"},
}
COMPLETE: Status = {
    "print_stats": {"state": "complete", "total_duration": 9.0},
    "virtual_sdcard": {"is_active": False},
}


@in_virtual_time
async def test_the_first_look_and_a_dropped_connection() -> None:
    moonraker = Moonraker()
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    seen = moonraker.told()[0]
    assert isinstance(seen, PrinterSeen)
    assert seen.look.ready
    await moonraker.fire("disconnect")
    assert moonraker.told() == [PrinterLost(Loss.DISCONNECT, "Klipper")]
    await moonraker.tell(**PRINTING)
    assert moonraker.told() == [], "nothing is believed until the next first look"


@in_virtual_time
async def test_a_klipper_that_gives_no_status_is_not_ready() -> None:
    moonraker = Moonraker()
    moonraker.fails["subscribe"] = ServerError("Printer is not ready")
    await moonraker.fire("started", "error")
    await moonraker.settle()
    seen = moonraker.told()[0]
    assert isinstance(seen, PrinterSeen)
    assert (seen.look.ready, seen.look.not_ready) == (False, "Klipper says so")


@in_virtual_time
async def test_ready_but_no_status_is_asked_again() -> None:
    moonraker = Moonraker()
    moonraker.fails["subscribe"] = ServerError("Timed out")
    await moonraker.fire("started", "ready")
    await moonraker.settle()
    assert moonraker.told() == [], "never said to be ready without a look"
    moonraker.fails.clear()
    await asyncio.sleep(2.0)
    assert kinds(moonraker.told()) == [PrinterSeen]


@in_virtual_time
async def test_gone_again_before_the_first_look() -> None:
    moonraker = Moonraker()
    moonraker.fails["subscribe"] = ServerError("Klippy Disconnected", 503)
    await moonraker.fire("started", "ready")
    await moonraker.fire("disconnect")
    await asyncio.sleep(5.0)
    assert moonraker.told() == []
    assert not moonraker.printer.look.ready


@in_virtual_time
async def test_a_bug_in_an_action_is_told() -> None:
    moonraker = await connected()
    moonraker.bug = KeyError("x")
    moonraker.printer.perform(eject(8))
    await moonraker.settle()
    assert moonraker.told() == [BugFound("KeyError: 'x'")]


@in_virtual_time
async def test_an_ending_that_was_swallowed_is_asked_for() -> None:
    moonraker = await connected()
    await moonraker.tell(**PRINTING)
    assert kinds(moonraker.told()) == [PrintStarted]
    await moonraker.change(COMPLETE, arrives=False)
    # Temperatures go on arriving; they are no news about the print.
    for _ in range(6):
        await asyncio.sleep(1.0)
        await moonraker.tell(heater_bed={"temperature": 59.0})
    ended = moonraker.told()[0]
    assert isinstance(ended, PrintEnded)
    assert ended.outcome is Outcome.SUCCESS


@in_virtual_time
async def test_calm_that_was_swallowed_is_asked_for() -> None:
    moonraker = await connected()
    await moonraker.tell(idle_timeout={"state": "Printing", "printing_time": 1.0})
    await moonraker.change({"idle_timeout": {"state": "Ready"}}, arrives=False)
    await asyncio.sleep(5.0)
    assert kinds(moonraker.told()) == [PrinterCalmed]


@in_virtual_time
async def test_a_klipper_that_hangs_is_asked_once() -> None:
    """For hours, perhaps: each question more would be answered at its end."""
    moonraker = await connected()
    await moonraker.tell(**PRINTING)
    moonraker.told()
    moonraker.answers.clear()
    tasks = len(asyncio.all_tasks())
    await asyncio.sleep(8 * 3600.0)
    assert (moonraker.queries, len(asyncio.all_tasks())) == (1, tasks + 1)
    await moonraker.change(COMPLETE, arrives=False)
    moonraker.answers.set()
    await moonraker.settle()
    assert kinds(moonraker.told()) == [PrintEnded]
    await moonraker.tell(**PRINTING)
    await asyncio.sleep(5.0)
    assert moonraker.queries > 1, "one that answers again is asked again"


@in_virtual_time
async def test_nothing_is_asked_while_the_printer_rests() -> None:
    moonraker = await connected()
    moonraker.fails["query"] = ServerError("asked")
    loop = asyncio.get_running_loop()
    await asyncio.sleep(60.0)
    assert moonraker.told() == []
    assert not getattr(loop, "_scheduled", []), "no timer of ours"


@in_virtual_time
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ServerError("Unable to open file"), Answer.REFUSED),
        (ServerError("Klippy Disconnected", 503), Answer.UNKNOWN),
    ],
)
async def test_a_start_that_fails(error: ServerError, answer: Answer) -> None:
    moonraker = await connected()
    moonraker.fails["start"] = error
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert moonraker.told() == [StartAnswered(7, answer, str(error))]


@in_virtual_time
async def test_a_start_is_followed_by_one_look() -> None:
    moonraker = await connected()
    moonraker.status["print_stats"] = {
        "state": "complete",
        "filename": "a.gcode",
        "total_duration": 0.0,
    }
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert kinds(moonraker.told()) == [StartAnswered, PrintStarted, PrintEnded]


async def starting_early() -> Moonraker:
    """A start, while Moonraker is not done yet with a Klipper that has come back."""
    moonraker = await connected()
    moonraker.started.clear()
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert moonraker.sent == []
    return moonraker


@in_virtual_time
async def test_a_start_waits_until_moonraker_follows_klipper() -> None:
    moonraker = await starting_early()
    moonraker.started.set()
    await moonraker.settle()
    assert moonraker.sent == ["start a.gcode"]
    assert moonraker.told()[0] == StartAnswered(7, Answer.ACCEPTED)


@in_virtual_time
async def test_a_start_does_not_wait_for_ever() -> None:
    moonraker = await starting_early()
    await asyncio.sleep(PATIENCE + 1.0)
    assert moonraker.sent == ["start a.gcode"]


@in_virtual_time
async def test_a_start_that_waits_is_not_sent_to_a_klipper_that_went_away() -> None:
    moonraker = await starting_early()
    await moonraker.fire("disconnect")
    await moonraker.fire("started", "ready")
    moonraker.control = replace(moonraker.control, phase=Phase.BLOCKED)
    moonraker.started.set()
    await moonraker.settle()
    assert moonraker.sent == []
    assert kinds(moonraker.told()) == [PrinterLost, PrinterSeen, StartAnswered]


@in_virtual_time
async def test_a_start_that_waits_is_not_sent_after_a_stop() -> None:
    moonraker = await starting_early()
    moonraker.control = replace(moonraker.control, active=False)
    moonraker.started.set()
    await moonraker.settle()
    assert moonraker.sent == []
    words = "Stop was pressed before it was sent."
    assert moonraker.told() == [StartAnswered(7, Answer.NOT_SENT, words)]


@in_virtual_time
async def test_a_start_that_asked_first_is_not_sent_after_a_stop() -> None:
    moonraker = await connected()
    await asyncio.sleep(60.0)
    moonraker.answers.clear()
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    moonraker.control = replace(moonraker.control, active=False)
    moonraker.answers.set()
    await moonraker.settle()
    assert moonraker.sent == []


@in_virtual_time
async def test_a_sweep_that_asked_first_is_not_sent_when_the_queue_went_on() -> None:
    moonraker = await connected()
    await asyncio.sleep(60.0)
    moonraker.answers.clear()
    moonraker.printer.perform(eject(8))
    await moonraker.settle()
    moonraker.wanted = False
    moonraker.answers.set()
    await moonraker.settle()
    assert (moonraker.sent, moonraker.told()) == ([], [])


@in_virtual_time
@pytest.mark.parametrize(
    ("then", "words"),
    [
        ([], "The printer is busy with a.gcode."),
        ([COMPLETE], "Another print was made meanwhile."),
    ],
    ids=["prints", "has printed"],
)
async def test_a_start_that_waits_gives_way_to_a_strangers_print(
    then: list[Status], words: str
) -> None:
    moonraker = await starting_early()
    for status in (PRINTING, *then):
        await moonraker.tell(**status)
    moonraker.started.set()
    await moonraker.settle()
    assert moonraker.sent == []
    assert StartAnswered(7, Answer.NOT_SENT, words) in moonraker.told()


@in_virtual_time
async def test_scripts_end_with_klippers_words() -> None:
    moonraker = await connected()
    moonraker.printer.perform(eject(8))
    await moonraker.settle()
    assert moonraker.sent == ["M400\nEJECT\nM400"]
    moonraker.fails["gcode"] = ServerError("Must home axis first")
    moonraker.printer.perform(eject(9))
    await moonraker.settle()
    assert moonraker.told() == [ScriptEnded(8), ScriptEnded(9, "Must home axis first")]


@in_virtual_time
async def test_a_barrier_looks_before_it_ends() -> None:
    moonraker = await connected()
    await moonraker.change(PRINTING, arrives=False)
    moonraker.printer.perform(SendScript(8, ScriptKind.BARRIER, ""))
    await moonraker.settle()
    assert kinds(moonraker.told()) == [PrintStarted, ScriptEnded]


@in_virtual_time
async def test_a_barrier_without_a_look_does_not_end() -> None:
    moonraker = await connected()
    moonraker.fails["query"] = ServerError("Timed out")
    moonraker.printer.perform(SendScript(8, ScriptKind.BARRIER, ""))
    await asyncio.sleep(5.0)
    assert moonraker.told() == [], "an old look must not judge"
    moonraker.fails.clear()
    await asyncio.sleep(2.0)
    assert moonraker.told() == [ScriptEnded(8)]


@in_virtual_time
async def test_cooling_waits_for_the_sensor_and_not_for_ever() -> None:
    moonraker = await connected()
    moonraker.printer.perform(WatchCooling(3, 30.0, 100.0))
    await moonraker.settle()
    assert moonraker.sent == ["M140 S0\nSET_IDLE_TIMEOUT"]
    await moonraker.tell(heater_bed={"temperature": 30.1})
    await moonraker.tell(heater_bed={"temperature": None})
    assert moonraker.told() == []
    await moonraker.tell(heater_bed={"temperature": 29.9})
    await asyncio.sleep(STAYS_COLD + 0.1)
    assert moonraker.told() == [BedCooled(3, 29.9)]
    moonraker.printer.perform(WatchCooling(4, 20.0, 100.0))
    await asyncio.sleep(101.0)
    assert moonraker.told() == [CoolingExpired(4, 29.9)]


@in_virtual_time
async def test_a_newer_action_disowns_the_cooling() -> None:
    moonraker = await connected()
    moonraker.printer.perform(WatchCooling(3, 30.0, 100.0))
    await moonraker.settle()
    moonraker.printer.perform(SendStart(4, "a.gcode", ""))
    await moonraker.settle()
    moonraker.events.clear()
    await moonraker.tell(heater_bed={"temperature": 20.0})
    await asyncio.sleep(200.0)
    assert moonraker.told() == []


@in_virtual_time
async def test_after_the_last_word_nothing_is_told() -> None:
    moonraker = await connected()
    await moonraker.tell(**PRINTING)
    moonraker.events.clear()
    moonraker.printer.stop()
    await moonraker.fire("disconnect")
    await asyncio.sleep(10.0)
    assert moonraker.told() == []


@in_virtual_time
async def test_an_update_that_an_answer_has_overtaken_is_no_other_print() -> None:
    moonraker = await connected()
    await asyncio.sleep(1.0)
    moonraker.status = {**moonraker.status, **PRINTING}
    moonraker.status["print_stats"] = {
        **PRINTING["print_stats"],
        "total_duration": 0.75,
    }
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert kinds(moonraker.told()) == [StartAnswered, PrintStarted]
    await moonraker.tell_late(0.9, print_stats={"total_duration": 0.5})
    await moonraker.settle()
    assert moonraker.told() == []
    await asyncio.sleep(1.0)
    await moonraker.tell(**COMPLETE)
    (ended,) = moonraker.told()
    assert isinstance(ended, PrintEnded)
    assert ended.outcome is Outcome.SUCCESS


@in_virtual_time
async def test_an_answer_that_an_update_has_overtaken_is_no_other_print() -> None:
    moonraker = await connected()
    await moonraker.tell(**PRINTING)
    assert kinds(moonraker.told()) == [PrintStarted]
    moonraker.answers.clear()
    moonraker.answers_late = True
    await asyncio.sleep(3.0)  # Klipper was silent, and is asked
    assert moonraker.queries == 1
    await moonraker.tell(print_stats={"total_duration": 5.0})
    moonraker.answers.set()
    await moonraker.settle()
    assert moonraker.told() == []
    assert moonraker.queries == 2, "asked anew, for nobody knows which was first"
    await moonraker.tell(**COMPLETE)
    (ended,) = moonraker.told()
    assert isinstance(ended, PrintEnded)
    assert ended.outcome is Outcome.SUCCESS


@in_virtual_time
async def test_a_late_update_with_an_ending_in_it_is_not_lost() -> None:
    """It may be newer than the answer: then the next answer says so, too."""
    moonraker = await connected()
    await moonraker.tell(**PRINTING)
    moonraker.told()
    await asyncio.sleep(3.0)  # Klipper was silent, and was asked
    await moonraker.change(COMPLETE, arrives=False)
    await moonraker.tell_late(0.5, **COMPLETE)
    await moonraker.settle()
    assert [one for one in kinds(moonraker.told()) if one is PrintEnded] == [PrintEnded]


@in_virtual_time
async def test_an_older_update_that_another_one_has_overtaken_is_asked_about() -> None:
    """Moonraker tells us of the answers to others, too, by what was before."""
    moonraker = await connected()
    await asyncio.sleep(1.0)
    await moonraker.tell(**PRINTING)
    assert kinds(moonraker.told()) == [PrintStarted]
    await moonraker.tell_late(0.9, print_stats={"state": "standby", "filename": ""})
    await moonraker.settle()
    assert (moonraker.told(), moonraker.queries) == ([], 1)


@in_virtual_time
async def test_a_print_whose_beginning_was_swallowed_is_asked_for() -> None:
    moonraker = await connected()
    await asyncio.sleep(1.0)
    await moonraker.change(PRINTING, arrives=False)
    await asyncio.sleep(0.25)
    await moonraker.tell(print_stats={"total_duration": 0.5})
    await moonraker.settle()
    assert kinds(moonraker.told()) == [PrintStarted]


@in_virtual_time
async def test_a_start_after_a_long_rest_is_not_sent_onto_a_print_unseen() -> None:
    moonraker = await connected()
    await moonraker.change({**PRINTING, **COMPLETE}, arrives=False)
    moonraker.status["print_stats"] = {
        "state": "complete",
        "filename": "theirs.gcode",
        "total_duration": 9.0,
    }
    await asyncio.sleep(60.0)
    moonraker.printer.perform(SendStart(7, "a.gcode", ""))
    await moonraker.settle()
    assert moonraker.sent == []
    began, ended, answered = moonraker.told()
    assert isinstance(began, PrintStarted)
    assert isinstance(ended, PrintEnded)
    assert isinstance(answered, StartAnswered)
    assert answered.answer is Answer.NOT_SENT


@in_virtual_time
async def test_a_sweep_after_a_long_rest_is_not_sent_into_a_print_unseen() -> None:
    moonraker = await connected()
    await moonraker.change(PRINTING, arrives=False)
    await asyncio.sleep(60.0)
    moonraker.printer.perform(eject(8))
    await moonraker.settle()
    assert moonraker.sent == []
    began, ended = moonraker.told()
    assert isinstance(began, PrintStarted)
    assert isinstance(ended, ScriptEnded)
    assert ended.error == "a.gcode is on the printer."
