"""OctoPrint's /api/job: each command in each state of the printer, and the shapes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import pytest

from moonraker_cp.api.octojob import JOB, NO_RESTART, JobApi, Posts, job_payload
from moonraker_cp.core.errors import Conflict, QueueError, Unavailable
from moonraker_cp.core.model import Outcome, Phase
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.printer.jobs import PATIENCE, PrintControls, PrintSeen

from ..fakes import READY, FakePrinter, in_virtual_time
from .rig import NATIVE, Api, Reply

PRINTING = replace(READY, state=PrintState.PRINTING, reading=True, filename="x.gcode")
PAUSED = replace(READY, state=PrintState.PAUSED, filename="x.gcode")
ENDED = replace(READY, state=PrintState.COMPLETE, filename="x.gcode")
ERROR = replace(READY, state=PrintState.ERROR, filename="x.gcode", message="oops")
SHUTDOWN = replace(PAUSED, ready=False, not_ready="Lost communication with MCU")


@dataclass
class Controls:
    """Does to the fake printer what Klipper does to a real one."""

    printer: FakePrinter
    sent: list[str] = field(default_factory=list)

    async def see(self) -> PrintSeen:
        return PrintSeen(self.printer.look)

    async def pause(self) -> None:
        self._show("pause", PrintState.PAUSED)

    async def resume(self) -> None:
        self._show("resume", PrintState.PRINTING)

    async def cancel(self) -> None:
        self.sent.append("cancel")
        self.printer.end(Outcome.CANCELLED)

    def _show(self, word: str, state: PrintState) -> None:
        self.sent.append(word)
        self.printer.look = replace(self.printer.look, state=state)


@dataclass
class Job:
    """/api/job as a client of one printer sees it."""

    api: Api
    controls: Controls

    async def post(self, args: Mapping[str, Any]) -> Reply:
        return await self._call("POST", args)

    async def say(self, command: str, action: str | None = None) -> Reply:
        args = {"command": command}
        return await self.post(args if action is None else {**args, "action": action})

    async def get(self) -> Any:
        return (await self._call("GET", {})).body

    async def _call(self, method: str, args: Mapping[str, Any]) -> Reply:
        call = JobApi(self.api.driver, self.controls).endpoint().calls[method]
        try:
            result = await call.reply(args, "ann")
        except QueueError as error:
            return Reply(error.status, {"error": str(error)})
        await self.api.quiet()
        assert (result is None) == (call.returns is None)
        return Reply(200 if call.returns else 204, json.loads(json.dumps(result)))


@pytest.fixture
def job(api: Api) -> Job:
    return Job(api, Controls(api.printer))


# -- the table of commands ----------------------------------------------------

# (what Klipper shows, command, action, status, what is sent to Klipper)
ROWS: list[tuple[Look, str, str | None, int, list[str]]] = [
    (PRINTING, "cancel", None, 204, ["cancel"]),
    (PAUSED, "cancel", None, 204, ["cancel"]),
    (PRINTING, "pause", None, 204, ["pause"]),
    (PRINTING, "pause", "toggle", 204, ["pause"]),
    (PRINTING, "pause", "pause", 204, ["pause"]),
    (PRINTING, "pause", "resume", 204, []),
    (PAUSED, "pause", None, 204, ["resume"]),
    (PAUSED, "pause", "toggle", 204, ["resume"]),
    (PAUSED, "pause", "pause", 204, []),
    (PAUSED, "pause", "resume", 204, ["resume"]),
    (PRINTING, "start", None, 409, []),
    (PAUSED, "start", None, 409, []),
    (PRINTING, "restart", None, 409, []),
    (PAUSED, "restart", None, 409, []),
    *(
        (look, command, None, 409, [])
        for look in (READY, ENDED, ERROR)
        for command in ("cancel", "pause", "restart")
    ),
    *(
        (SHUTDOWN, command, None, 409, [])
        for command in ("start", "cancel", "pause", "restart")
    ),
]


@pytest.mark.parametrize(("look", "command", "action", "status", "sent"), ROWS)
async def test_each_command_in_each_state(
    job: Job, look: Look, command: str, action: str | None, status: int, sent: list[str]
) -> None:
    job.api.printer.look = look
    before = job.api.driver.state.control
    reply = await job.say(command, action)
    assert (reply.status, job.controls.sent) == (status, sent), reply.body
    if status == 409:
        assert reply.message
        assert job.api.driver.state.control == before
        assert job.api.printer.actions == []


async def test_a_refusal_says_why(job: Job) -> None:
    job.api.printer.look = SHUTDOWN
    assert "Lost communication with MCU" in (await job.say("cancel")).message
    job.api.printer.look = PAUSED
    assert (await job.say("restart")).message == NO_RESTART
    job.api.printer.look = PRINTING
    assert "paused" in (await job.say("restart")).message


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"command": ""},
        {"command": "cancel now"},
        {"command": "stop"},
        {"command": None},
        {"command": ["cancel"]},
        {"command": 1},
        {"action": "pause"},
        {"command": "pause", "action": "stop"},
        {"command": "pause", "action": ""},
        {"command": "pause", "action": None},
        {"command": "pause", "action": True},
    ],
)
@pytest.mark.parametrize("look", [READY, PRINTING, SHUTDOWN])
async def test_words_that_are_off(
    job: Job, args: Mapping[str, Any], look: Look
) -> None:
    job.api.printer.look = look
    reply = await job.post(args)
    assert reply.status == 400
    assert "command" in reply.message or "action" in reply.message
    assert job.controls.sent == []


# -- with the queue -----------------------------------------------------------


async def queued(job: Job, bed: str = "clear") -> None:
    await job.api.post(NATIVE + "jobs", path="a.gcode", count=2)
    await job.api.post(NATIVE + "bed", state=bed)


def phase(job: Job) -> Phase:
    return job.api.driver.state.control.phase


async def test_start_starts_the_queue(job: Job) -> None:
    await queued(job)
    assert (await job.say("start")).status == 204
    assert job.api.driver.state.control.active_by == "ann"
    assert phase(job) is Phase.STARTING
    assert (await job.say("start")).status == 409


async def test_start_turns_no_occupied_bed_clear(job: Job) -> None:
    await queued(job, bed="occupied")
    for _ in range(3):
        assert (await job.say("start")).status == 204
        assert phase(job) is Phase.BLOCKED
    assert job.api.printer.actions == []


async def test_a_cancel_is_a_person_and_stops_the_queue(job: Job) -> None:
    await queued(job)
    await job.say("start")
    job.api.printer.begin()
    await job.api.quiet()
    assert phase(job) is Phase.PRINTING
    assert (await job.say("cancel")).status == 204
    control = job.api.driver.state.control
    assert (control.phase, control.active) == (Phase.BLOCKED, False)
    assert job.api.driver.state.jobs[0].copies_left == 2
    # What `restart` was told to do instead: the cancelled copy comes again.
    await job.api.post(NATIVE + "bed", state="clear")
    assert (await job.say("start")).status == 204
    run = job.api.driver.state.run
    assert run is not None
    assert run.path == "a.gcode"


async def test_a_start_that_was_sent_can_be_cancelled(job: Job) -> None:
    """Klipper, which still shows the old state, does the one after the other."""
    await queued(job)
    await job.say("start")
    assert phase(job) is Phase.STARTING
    assert not job.api.printer.look.has_print
    assert (await job.say("cancel")).status == 204
    assert job.controls.sent == ["cancel"]


# -- what GET shows -----------------------------------------------------------


async def test_nothing_is_known_of_no_print(job: Job) -> None:
    assert await job.get() == {
        "job": {
            "file": {"name": None, "path": None, "origin": None, "size": None},
            "estimatedPrintTime": None,
            "filament": {"length": None},
            "user": None,
        },
        "progress": {
            "completion": None,
            "filepos": None,
            "printTime": None,
            "printTimeLeft": None,
            "printTimeOrigin": None,
        },
        "state": "Operational",
    }


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (PrintSeen(READY), "Operational"),
        (PrintSeen(ENDED), "Operational"),
        (PrintSeen(ERROR), "Operational"),
        (PrintSeen(PRINTING), "Printing"),
        (PrintSeen(PAUSED), "Paused"),
        (PrintSeen(SHUTDOWN), "Error"),
        (PrintSeen(SHUTDOWN, connected=False), "Offline"),
    ],
)
def test_the_state_in_octoprints_words(seen: PrintSeen, state: str) -> None:
    payload = job_payload(seen)
    assert payload["state"] == state
    words = None if seen.look.ready else "Lost communication with MCU"
    assert payload.get("error") == words


def test_a_print_without_an_estimate_goes_on_as_it_went() -> None:
    look = replace(PRINTING, print_duration=30.4)
    progress = job_payload(PrintSeen(look, position=250, size=1000))["progress"]
    assert progress == {
        "completion": 25.0,
        "filepos": 250,
        "printTime": 30,
        "printTimeLeft": 91,
        "printTimeOrigin": "linear",
    }
    at_first = job_payload(PrintSeen(PRINTING, size=1000))["progress"]
    assert (at_first["printTimeLeft"], at_first["printTimeOrigin"]) == (None, None)


def test_a_print_may_take_longer_than_estimated() -> None:
    look = replace(PRINTING, print_duration=200.0)
    seen = PrintSeen(look, position=99, size=100, estimated_time=90.0)
    assert job_payload(seen)["progress"]["printTimeLeft"] == 0


def test_a_complete_print_is_complete() -> None:
    look = replace(ENDED, print_duration=60.0)
    progress = job_payload(PrintSeen(look, size=1000))["progress"]
    assert progress["completion"] == 100.0
    assert (progress["filepos"], progress["printTimeLeft"]) == (1000, 0)


def fields(value: Any) -> Any:
    """The names in a payload, or in a schema of one."""
    if isinstance(value, dict) and "additionalProperties" in value:
        value = value["properties"]
    elif not isinstance(value, dict) or "type" in value or "enum" in value:
        return None
    return {name: fields(inner) for name, inner in value.items()}


def test_the_schema_names_what_is_sent() -> None:
    sent = job_payload(PrintSeen(SHUTDOWN))
    assert fields(sent) == fields(JOB.schema)
    sometimes = set(sent) - set(JOB.schema["required"])
    assert sometimes == {"error"}


# -- Klipper, through Moonraker -----------------------------------------------

# As Klipper answers a query in the middle of a print.
STATUS: dict[str, dict[str, Any]] = {
    "webhooks": {"state": "ready", "state_message": "Printer is ready"},
    "print_stats": {
        "filename": "sub/ü.gcode",
        "total_duration": 45.2,
        "print_duration": 30.25,
        "filament_used": 120.5,
        "state": "printing",
        "message": "",
        "info": {"total_layer": None, "current_layer": None},
    },
    "virtual_sdcard": {"is_active": True, "file_position": 1200, "file_size": 4800},
    "idle_timeout": {"state": "Printing", "printing_time": 45.5},
    "pause_resume": {"is_paused": False},
    "heater_bed": {"temperature": 60.1},
}
METADATA = {"size": 4800, "estimated_time": 120, "filament_total": 480.25}


class MoonrakerError(Exception):
    """As Moonraker's: words and a status."""

    def __init__(self, words: str, status_code: int = 400) -> None:
        super().__init__(words)
        self.status_code = status_code


async def ok() -> str:
    return "ok"


async def never() -> str:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody answers this")


@dataclass
class Server:
    """Moonraker, as far as the controls use it. error: what each call raises."""

    error: type[Exception] = MoonrakerError
    failure: MoonrakerError | None = None
    answer: Callable[[], Awaitable[str]] = ok
    status: dict[str, dict[str, Any]] = field(default_factory=lambda: dict(STATUS))
    asked: list[str] = field(default_factory=list)

    def lookup_component(self, name: str) -> Server:
        assert name in ("klippy_apis", "file_manager")
        return self

    async def query_objects(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        if self.failure is not None:
            raise self.failure
        assert set(self.status) <= set(objects)
        return self.status

    def get_file_metadata(self, filename: str) -> dict[str, Any]:
        assert filename[0] != "/"  # Moonraker's own looks at the first letter too
        return dict(METADATA) if filename == "sub/ü.gcode" else {}

    async def pause_print(self) -> str:
        return await self._request("pause")

    async def resume_print(self) -> str:
        return await self._request("resume")

    async def cancel_print(self) -> str:
        return await self._request("cancel")

    async def _request(self, word: str) -> str:
        self.asked.append(word)
        if self.failure is not None:
            raise self.failure
        return await self.answer()


def controls(server: Server) -> PrintControls:
    return PrintControls(server)


async def test_a_real_answer_becomes_octoprints_job() -> None:
    seen = await controls(Server()).see()
    assert job_payload(seen, "ann") == {
        "job": {
            "file": {
                "name": "ü.gcode",
                "path": "sub/ü.gcode",
                "origin": "local",
                "size": 4800,
            },
            "estimatedPrintTime": 120,
            "filament": {"length": 480.25},
            "user": "ann",
        },
        "progress": {
            "completion": 25.0,
            "filepos": 1200,
            "printTime": 30,
            "printTimeLeft": 90,
            "printTimeOrigin": "analysis",
        },
        "state": "Printing",
    }


async def test_an_old_klipper_without_a_file_is_no_problem() -> None:
    server = Server(status={"webhooks": STATUS["webhooks"], "virtual_sdcard": {}})
    seen = await controls(server).see()
    assert (seen.look.ready, seen.look.has_print, seen.size) == (True, False, 0)


@pytest.mark.parametrize(
    ("status", "connected"), [(503, False), (400, True), (500, True)]
)
async def test_a_klipper_that_gives_no_status(status: int, connected: bool) -> None:
    server = Server(failure=MoonrakerError("Klippy Host not connected", status))
    seen = await controls(server).see()
    assert (seen.look.ready, seen.connected) == (False, connected)
    assert seen.look.not_ready == "Klippy Host not connected"


async def test_commands_go_through_moonrakers_own() -> None:
    server = Server()
    mine = controls(server)
    await mine.pause()
    await mine.resume()
    await mine.cancel()
    assert server.asked == ["pause", "resume", "cancel"]


async def test_what_klipper_refuses_is_a_conflict() -> None:
    words = "No registered callback for path 'pause_resume/cancel'"
    server = Server(failure=MoonrakerError(words))
    with pytest.raises(Conflict, match="No registered callback"):
        await controls(server).cancel()


async def test_a_klipper_that_goes_away_is_said_so() -> None:
    server = Server(failure=MoonrakerError("Klippy Disconnected", 503))
    with pytest.raises(Unavailable, match="Klippy Disconnected"):
        await controls(server).cancel()


@in_virtual_time
async def test_a_cancel_does_not_wait_for_a_bed_that_heats_up() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    await controls(Server(answer=never)).cancel()
    assert loop.time() - before == PATIENCE


# -- the router ---------------------------------------------------------------


@dataclass
class HttpRequest:
    method: str
    path: str


def test_only_a_post_to_the_very_path_is_ours() -> None:
    posts = Posts("/prefix/api/job")
    found = posts.match(HttpRequest("POST", "/prefix/api/job"))
    assert found == {}
    assert posts.match(HttpRequest("POST", "/prefix/api/job")) is not found
    for method, path in (
        ("GET", "/prefix/api/job"),
        ("OPTIONS", "/prefix/api/job"),
        ("DELETE", "/prefix/api/job"),
        ("POST", "/api/job"),
        ("POST", "/prefix/api/jobs"),
        ("POST", "/prefix/api/job/"),
    ):
        assert posts.match(HttpRequest(method, path)) is None, (method, path)
