"""Scripts made ready: what they can name, what stops them, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from moonraker_cp.core.decisions import Rules, ScriptKind, SendScript, Situation
from moonraker_cp.core.events import Event, ScriptEnded
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Phase,
    Set,
    State,
)
from moonraker_cp.core.printer import Look, PrintState
from moonraker_cp.core.records import PathStats
from moonraker_cp.printer import render as rendering
from moonraker_cp.printer.context import EXAMPLE, context
from moonraker_cp.printer.klipper import KlipperPrinter
from moonraker_cp.printer.scripts import ScriptRefused, Scripts

from ..scripting import Klippy, KlippyError, scripts
from ..storage.examples import CLOSED_RUN
from .test_klipper import Moonraker

RUN = replace(
    CLOSED_RUN, id=7, job_id=3, set_id=4, path="a/clip.gcode", job_name="Clips"
)
JOB = Job(
    3, "Clips", 5, 4, False, 0.0, sets=(Set(4, "a/clip.gcode", 2, 1, 1),), passes_done=1
)
CONTROL = Control(
    active=True,
    active_by="ann",
    phase=Phase.CLEARING,
    bed=Bed(BedState.OCCUPIED, BedCause.OWN_GOOD, 5.0, "Clips"),
    ticket=9,
    bed_run=7,
    last_run_id=7,
)
HERE = Situation(
    State(CONTROL, (JOB,)),
    Look(ready=True, bed_temperature=41.5),
    Rules(),
    now=10.0,
    clock=10.0,
    files={"a/clip.gcode": FileFacts(object_height=12.5, materials=("PLA",))},
)
EVERYTHING = """\
{job.name} {job.count} {job.remaining} {job.copies_left} {set.path} {set.count}
{run.id} {run.outcome} {run.copy_number}/{run.copies} {run.pass}
{file.name} {file.folder} {file.object_height} {file.materials[0]} {file.slicer}
{history.runs} {history.print_duration} {history.ratio}
{queue.jobs} {queue.copies_left} {queue.drafts} {queue.phase}
{bed.state} {bed.temperature} {external.operator} {user} {params}"""


class World:
    """A queue in a situation, and a Klipper."""

    def __init__(self, here: Situation = HERE) -> None:
        self.here = here
        self.klippy = Klippy()
        self.stats = {"a/clip.gcode": PathStats("a/clip.gcode", 3, 100.0, 1.5)}
        self.scripts = scripts(
            self.klippy,
            lambda: self.here,
            external=lambda: {"operator": "bob"},
            runs=self._runs,
            stats=self._stats,
        )

    async def _runs(self, limit: int) -> tuple[Any, ...]:
        return (replace(RUN, id=8, path="late.gcode"), RUN)[:limit]

    async def _stats(self, paths: Iterable[str]) -> Mapping[str, PathStats]:
        return {path: self.stats[path] for path in paths if path in self.stats}

    async def prepare(self, gcode: str, kind: ScriptKind = ScriptKind.CLEARING) -> str:
        return await self.scripts.prepare(SendScript(9, kind, gcode))

    async def refusal(self, gcode: str) -> str:
        with pytest.raises(ScriptRefused) as caught:
            await self.prepare(gcode)
        return str(caught.value)


async def test_all_that_a_script_can_name() -> None:
    world = World()
    world.klippy.status["gcode"] = {}  # the text is no G-code
    text = await world.prepare("".join(f"M117 {x}\n" for x in EVERYTHING.splitlines()))
    assert text.splitlines() == [
        "M117 Clips 5 4 7 a/clip.gcode 2",
        f"M117 7 {RUN.outcome.value if RUN.outcome else ''}"
        f" {RUN.copy}/{RUN.copies} {RUN.pass_index}",
        "M117 clip.gcode a 12.5 PLA ",
        "M117 3 100.0 1.5",
        "M117 1 7 0 clearing",
        "M117 occupied 41.5 bob ann {}",
    ]


def test_every_name_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "scripts.md").read_text("utf-8")
    for name, value in context(EXAMPLE, HERE, {}).items():
        names = (
            [f"{name}.{one}" for one in value] if isinstance(value, dict) else [name]
        )
        assert [one for one in names or [name] if f"`{one}`" not in text] == []


async def test_scripts_are_about_the_run_on_the_bed_or_the_last_one() -> None:
    world = World(replace(HERE, state=State(replace(CONTROL, last_run_id=8), (JOB,))))
    assert await world.prepare("M117 {run.path}") == "M117 a/clip.gcode"
    finish = await world.prepare("M117 {run.path}", ScriptKind.FINISH)
    assert finish == "M117 late.gcode"
    nothing = World(replace(HERE, state=State(replace(CONTROL, bed_run=None), (JOB,))))
    script = "M117 {% if run %}ours{% else %}foreign{% endif %}"
    assert await nothing.prepare(script) == "M117 foreign"


async def test_a_job_that_was_removed_is_known_by_its_run() -> None:
    world = World(replace(HERE, state=State(CONTROL)))
    assert (
        await world.prepare("M117 {job.name} {set.path}") == "M117 Clips a/clip.gcode"
    )


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("M400\nEJECT_PRT", "line 2: Klipper does not know EJECT_PRT. Did you mean"),
        ("M190 R27", "line 1: M190 R27 turns the bed off and waits for nothing."),
        ("M400\n{% if %}", "line 2: Expected an expression"),
        ("M400\n{printer.toolhead.homed}", "line 2: printer.toolhead has no homed;"),
        ("{% if job %}\nWRONG_{job.id}\n{% endif %}", "line 2: Klipper does not know"),
    ],
)
async def test_an_error_stops_a_script(script: str, words: str) -> None:
    assert (await World().refusal(script)).startswith(words)


async def test_a_warning_does_not() -> None:
    assert await World().prepare("G1 X999") == "G1 X999"


async def test_a_plain_script_asks_klipper_once() -> None:
    world = World()
    for _ in range(3):
        assert await world.prepare("G28\nEJECT_PART") == "G28\nEJECT_PART"
    assert len(world.klippy.asked) == 1


async def test_before_it_is_refused_klipper_is_asked_again() -> None:
    world = World()
    await world.prepare("G28")
    world.klippy.status["gcode"]["commands"]["NEW_MACRO"] = {}
    assert await world.prepare("NEW_MACRO") == "NEW_MACRO"


async def test_a_klipper_that_does_not_answer_stops_no_plain_script() -> None:
    world = World()
    world.klippy.failure = KlippyError("Timed out")
    assert await world.prepare("WHAT_EVER") == "WHAT_EVER"
    assert "Timed out" in await world.refusal("{printer.toolhead.homed_axes}")


async def test_an_older_klipper_is_asked_for_its_help() -> None:
    world = World()
    world.klippy.status["gcode"] = {}
    world.klippy.help = {"SET_PIN": "Set it"}
    report = await world.scripts.check("SET_PIN PIN=a\nEJECT_PRT")
    assert report.ok
    assert [one.code for one in report.findings] == [
        "commands_not_known",
        "unknown_command",
    ]


async def test_a_long_script_is_checked_beside_the_loop() -> None:
    script = "G28\n" * 3000 + "EJECT_PRT"
    assert "line 3001" in await World().refusal(script)


# -- in the adapter ----------------------------------------------------------------


class Bench:
    """The adapter with real scripts. gate: what a rendering waits for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World()
        self.moonraker = Moonraker()
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()
        self.events: list[Event] = []
        self.printer = KlipperPrinter(
            cast(Any, self.moonraker),
            self.events.append,
            lambda: 0.0,
            self.world.scripts,
        )
        query = self.world.klippy.get_object_list

        async def held() -> list[str]:
            self.reached.set()
            await self.gate.wait()
            return await query()

        monkeypatch.setattr(self.world.klippy, "get_object_list", held)

    async def begin(self, gcode: str) -> None:
        await self.moonraker.fire("started", "ready")
        self.events.clear()
        self.printer.perform(SendScript(9, ScriptKind.CLEARING, gcode))

    async def finish(self) -> None:
        self.gate.set()
        while self.printer._tasks:
            await asyncio.wait(set(self.printer._tasks))


TEMPLATE = "G1 X{printer.toolhead.axis_maximum.x}"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


async def test_what_is_sent_is_what_was_rendered(bench: Bench) -> None:
    await bench.begin(TEMPLATE)
    await bench.finish()
    assert bench.moonraker.sent == ["M400\nG1 X220.0\nM400"]
    assert bench.events == [ScriptEnded(9)]


async def test_nothing_is_sent_of_a_script_with_an_error(bench: Bench) -> None:
    await bench.begin("G28\nEJECT_PRT")
    await bench.finish()
    assert bench.moonraker.sent == []
    (ended,) = bench.events
    assert isinstance(ended, ScriptEnded)
    assert ended.error is not None
    assert "line 2: Klipper does not know EJECT_PRT." in ended.error


async def test_a_script_that_is_no_longer_wanted_is_not_sent(bench: Bench) -> None:
    await bench.begin(TEMPLATE)
    await bench.reached.wait()
    control = replace(CONTROL, ticket=10)
    bench.world.here = replace(HERE, state=State(control, (JOB,)))
    await bench.finish()
    assert (bench.moonraker.sent, bench.events) == ([], [])


async def test_a_print_that_began_meanwhile_is_left_alone(bench: Bench) -> None:
    await bench.begin(TEMPLATE)
    await bench.reached.wait()
    await bench.moonraker.tell(
        print_stats={"state": "printing", "filename": "theirs.gcode"},
        virtual_sdcard={"is_active": True},
    )
    assert bench.printer.look.state is PrintState.PRINTING
    await bench.finish()
    assert bench.moonraker.sent == []
    assert ScriptEnded(9, "theirs.gcode is on the printer.") in bench.events


async def test_our_own_scripts_are_sent_as_they_are(bench: Bench) -> None:
    bench.world.klippy.status["gcode"]["commands"] = {"G1": {}}
    await bench.moonraker.fire("started", "ready")
    bench.printer.perform(SendScript(9, ScriptKind.PREPARE, "CLEAR_PAUSE"))
    await bench.finish()
    assert bench.moonraker.sent == ["CLEAR_PAUSE"]


# -- what people are told -------------------------------------------------------------


async def test_configured_scripts_are_reviewed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    configured = {
        "bed_clearing_gcode": "G28\nEJECT<b>",
        "finish_gcode": "M190 S27\nM117 {job.name}",
    }
    await world.scripts.review(configured)
    (warning,) = world.klippy.warnings.items()
    assert warning[0] == "continuousprint_bed_clearing_gcode"
    assert "line 2: Klipper does not know EJECT&lt;b&gt;." in warning[1]
    assert "finish_gcode: line 1: M190 S27 waits for cooling" in caplog.text
    await world.scripts.review({**configured, "bed_clearing_gcode": "EJECT_PART"})
    assert world.klippy.warnings == {}


async def test_a_klipper_that_is_gone_is_no_fault_of_a_script() -> None:
    world = World()
    world.klippy.failure = KlippyError("Klippy Host not connected", 503)
    await world.scripts.review({"finish_gcode": "M117 {printer.toolhead.homed_axes}"})
    assert world.klippy.warnings == {}


async def test_people_may_try_few_scripts_at_a_time(bench: Bench) -> None:
    trying: Scripts = bench.world.scripts
    tries = [asyncio.ensure_future(trying.check(TEMPLATE)) for _ in range(5)]
    await bench.reached.wait()
    bench.gate.set()
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in results) == 2
    assert (await trying.check(TEMPLATE)).ok


def test_the_limits_of_the_package_are_those_that_are_documented() -> None:
    limits = rendering.LIMITS
    assert (limits.wall, rendering.LONGEST) == (5.0, 65536)
