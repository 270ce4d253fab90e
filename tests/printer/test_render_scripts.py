"""Scripts made ready: what they can name, what stops them, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from moonraker_cp.core.decisions import (
    Action,
    Rules,
    RunHook,
    ScriptKind,
    SendScript,
    Situation,
)
from moonraker_cp.core.events import Event, ScriptEnded
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.guard import obstacle
from moonraker_cp.core.hooks import Hook, Script
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
from moonraker_cp.printer.scripts import ScriptRefused, Scripts, compose

from ..scripting import Klippy, KlippyError, scripts
from ..storage.examples import CLOSED_RUN
from .test_klipper import Moonraker

RUN = replace(
    CLOSED_RUN, id=7, job_id=3, set_id=4, path="a/clip.gcode", job_name="Clips"
)
LATE = replace(RUN, id=8, path="late.gcode")
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
{history.runs} {history.print_duration} {history.ratio} {history.good}/{history.ended}
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
        return (LATE, RUN)[:limit]

    async def _stats(self, paths: Iterable[str]) -> Mapping[str, PathStats]:
        return {path: self.stats[path] for path in paths if path in self.stats}

    async def send(self, hook: Hook, *scripts: Script) -> str | None:
        return await self.scripts.prepare_hook(RunHook(9, hook, scripts))

    async def prepare(self, gcode: str, hook: Hook = Hook.CLEAR_BED) -> str:
        text = await self.send(hook, Script("", gcode))
        assert text is not None
        return text

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
        "M117 3 100.0 1.5 1/1",
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


OPEN = replace(RUN, id=9, path="open.gcode", outcome=None, ended=None)
SCRIPT = "M117 {% if job %}{file.path} {run and run.id}{% else %}nothing{% endif %}"


@pytest.mark.parametrize(
    ("hook", "resting", "printing"),
    [
        (Hook.BEFORE_PRINT, "a/clip.gcode None", "open.gcode 9"),
        (Hook.PRINT_STARTED, "a/clip.gcode None", "open.gcode 9"),
        (Hook.AWAITING_MATERIAL, "a/clip.gcode None", "open.gcode 9"),
        (Hook.PRINT_SUCCEEDED, "late.gcode 8", "late.gcode 8"),
        (Hook.PRINT_CANCELLED, "late.gcode 8", "late.gcode 8"),
        (Hook.PRINT_FAILED, "late.gcode 8", "late.gcode 8"),
        (Hook.COOL_DOWN, "a/clip.gcode 7", "a/clip.gcode 7"),
        (Hook.CLEAR_BED, "a/clip.gcode 7", "a/clip.gcode 7"),
        (Hook.VERIFY_BED, "a/clip.gcode 7", "a/clip.gcode 7"),
        (Hook.ACTIVATED, "late.gcode 8", "late.gcode 8"),
        (Hook.DEACTIVATED, "late.gcode 8", "late.gcode 8"),
        (Hook.FINISH, "late.gcode 8", "late.gcode 8"),
    ],
)
async def test_what_each_hook_is_about(hook: Hook, resting: str, printing: str) -> None:
    control = replace(CONTROL, last_run_id=8)
    world = World(replace(HERE, state=State(control, (JOB,))))
    assert await world.prepare(SCRIPT, hook) == f"M117 {resting}"
    world.here = replace(HERE, state=State(control, (JOB,), OPEN))
    assert await world.prepare(SCRIPT, hook) == f"M117 {printing}"


@pytest.mark.parametrize(
    ("hook", "state"),
    [
        (Hook.CLEAR_BED, State(replace(CONTROL, bed_run=None), (JOB,))),
        (Hook.FINISH, State(replace(CONTROL, last_run_id=0), (JOB,))),
        (Hook.BEFORE_PRINT, State(CONTROL)),
    ],
)
async def test_a_script_about_nothing_we_know(hook: Hook, state: State) -> None:
    assert await World(replace(HERE, state=state)).prepare(SCRIPT, hook) == (
        "M117 nothing"
    )


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
    report = await world.scripts.check((Script("", "SET_PIN PIN=a\nEJECT_PRT"),))
    assert report.ok
    assert [one.code for one in report.findings] == [
        "commands_not_known",
        "unknown_command",
    ]


async def test_a_long_script_is_checked_beside_the_loop() -> None:
    script = "G28\n" * 3000 + "EJECT_PRT"
    assert "line 3001" in await World().refusal(script)


# -- several scripts, with conditions ----------------------------------------------


async def test_scripts_run_in_order_those_whose_condition_is_true() -> None:
    world = World()
    gcode = await world.send(
        Hook.CLEAR_BED,
        Script("first", "G28\nG90"),
        Script("tall", "M117 tall", "file.object_height > 20"),
        Script("flat", "M117 {file.name}", "{ file.object_height <= 20 }"),
        Script("braces", "M117 no", "{'a': false}.a"),
    )
    assert gcode == "G28\nG90\nM117 clip.gcode"


async def test_no_true_condition_is_no_script() -> None:
    assert await World().send(Hook.FINISH, Script("a", "G28", "false")) is None
    assert await World().send(Hook.FINISH) is None
    assert await World().send(Hook.FINISH, Script("a", "", "true")) == ""


async def test_a_script_that_is_not_wanted_may_be_wrong_for_this_print() -> None:
    script = Script("tall", "G1 Z{run.none.at_all}", "file.object_height > 99")
    assert await World().send(Hook.CLEAR_BED, script) is None


async def test_scripts_of_a_hook_share_what_they_set() -> None:
    gcode = await World().send(
        Hook.CLEAR_BED,
        Script("count", "{% set shared.rows = 2 %}{% set mine = 1 %}"),
        Script("rows", "M117 {shared.rows}", "shared.rows > 1"),
        Script("more", "M117 more", "shared.more is defined or mine is defined"),
    )
    assert gcode == "\nM117 2"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("file.object_height", True),
        ("run.started and not run.counted", False),
        ("none", False),
        ("0", False),
        ("[]", False),
        ("external.operator == 'bob'", True),
        ("'testval' in external and external.testval", False),
        ("'False'", False),
        ("' 0 '", False),
        ("''", False),
        ("'off'", False),
        ("'Yes'", True),
        ("printer.toolhead.homed_axes == ''", True),
        ("'probe' in printer", False),
        ("  ", True),
    ],
)
async def test_when_a_condition_is_true(condition: str, wanted: bool) -> None:
    gcode = await World().send(Hook.CLEAR_BED, Script("a", "G28", condition))
    assert (gcode == "G28") is wanted


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("file.object_hight > 2", "file has no object_hight; it has"),
        ("nothing", "nothing is not defined"),
        ("set.metadata + 2", "TypeError"),
        ("external.operator", "the text 'bob' is neither true nor false; compare it"),
        ("file.name.endswith", "a builtin_function_or_method is neither true nor"),
        ("file.__class__", "this is not allowed in a script"),
        ("1 2", "it is more than one expression"),
        ("{job.id} > {set.id}", "it is more than one expression"),
        ("{% if job %}true{% endif %}", "unexpected '%'"),
        ("job.id >", "unexpected 'end of template'"),
        ("1 / 0", "ZeroDivisionError"),
        ("'x' * 10000000000", "memory"),
    ],
)
async def test_a_condition_that_nobody_can_evaluate_stops_the_hook(
    condition: str, words: str
) -> None:
    scripts = Script("home", "G28"), Script("sweep", "G1 X{1}", condition)
    with pytest.raises(ScriptRefused) as caught:
        await World().send(Hook.CLEAR_BED, *scripts)
    assert str(caught.value).startswith("sweep: its condition cannot be evaluated: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("gcode", "words"),
    [
        ("G28\nEJECT_PRT", "sweep, line 2: Klipper does not know EJECT_PRT."),
        ("\n\nEJECT_PRT", "sweep, line 3: Klipper does not know EJECT_PRT."),
        ("G28\n{% if %}", "sweep, line 2: Expected an expression"),
        ("G28\n{jobb}", "sweep, line 2: jobb is not defined."),
        ("{% for a in range(20000) %}G28\n{% endfor %}", "sweep: it makes more G-code"),
        ("G28\n" * 20000, "sweep: it is longer than 65536 characters."),
    ],
)
async def test_errors_name_the_script_and_its_line(gcode: str, words: str) -> None:
    scripts = (
        Script("home", "G28\n\nG90\n"),
        Script("skipped", "G90\n", "false"),
        Script("sweep", gcode),
        Script("last", "G28\nG90"),
    )
    with pytest.raises(ScriptRefused) as caught:
        await World().send(Hook.CLEAR_BED, *scripts)
    assert str(caught.value).startswith(words)


async def test_a_script_may_refuse_by_itself() -> None:
    world = World()
    for script in (
        Script("sweep", "G28\n{% if true %}{fail('too hot')}{% endif %}"),
        Script("sweep", "G28", "fail('too hot')"),
    ):
        (one,) = (await world.scripts.check((script,))).findings
        assert (one.code, one.text, one.script) == ("refused", "too hot.", "sweep")
        with pytest.raises(ScriptRefused, match=r"^sweep(, line 2)?: too hot\."):
            await world.send(Hook.CLEAR_BED, script)


@pytest.mark.parametrize("condition", ["", "true"])
async def test_all_scripts_of_a_hook_have_one_limit(condition: str) -> None:
    half = "G28\n" * 10000
    scripts = (Script("a", half, condition), Script("b", half, condition))
    with pytest.raises(ScriptRefused, match=r"65536|more G-code"):
        await World().send(Hook.CLEAR_BED, *scripts)


async def test_what_an_earlier_script_homed_is_homed_in_the_next() -> None:
    scripts = Script("home", "G28"), Script("sweep", "G1 X10")
    assert (await World().scripts.check(scripts)).findings == ()
    (one,) = (await World().scripts.check(scripts[1:])).findings
    assert (one.script, one.line, one.code) == ("sweep", 1, "not_homed")


def test_what_is_sent_around_scripts() -> None:
    around = {hook for hook in Hook if compose(hook, "G28") == "M400\nG28\nM400"}
    assert around == {*Hook} - {Hook.PRINT_STARTED}
    assert compose(Hook.PRINT_STARTED, "M117 begun") == "M117 begun"
    assert compose(ScriptKind.PREPARE, "CLEAR_PAUSE") == "CLEAR_PAUSE"
    assert compose(ScriptKind.BARRIER, "") == "M400"


# -- what an expression says of the printer --------------------------------------------


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("printer.heater_bed.temperature < 70", (True, "True")),
        ("{printer.heater_bed.target}", (False, "0.0")),
        ('printer["gcode_button plate"].state == "PRESSED"', (False, "False")),
        ("run.path", None),
        ('printer["gcode_button plate"].state', None),
        ("printer.no_such.value", None),
        ("printer.", None),
        ("", None),
    ],
)
async def test_a_verdict(expression: str, verdict: tuple[bool, str] | None) -> None:
    world = World()
    world.klippy.status["gcode_button plate"] = {"state": "RELEASED"}
    if verdict is not None:
        assert await world.scripts.verdict(expression) == verdict
        return
    with pytest.raises(ScriptRefused) as caught:
        await world.scripts.verdict(expression)
    assert expression in str(caught.value)


async def test_no_verdict_without_klipper() -> None:
    world = World()
    world.klippy.failure = KlippyError("Timed out")
    with pytest.raises(ScriptRefused, match="Timed out"):
        await world.scripts.verdict("printer.heater_bed.temperature < 70")


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
            scripts=self.world.scripts,
            others=cast(Any, None),
            obstacle=self._obstacle,
        )
        query = self.world.klippy.get_object_list

        async def held() -> list[str]:
            self.reached.set()
            await self.gate.wait()
            return await query()

        monkeypatch.setattr(self.world.klippy, "get_object_list", held)

    def _obstacle(self, action: Action) -> Event | None:
        now = Situation(State(), self.printer.look, Rules(), 0.0, 0.0)
        return obstacle(action, now)

    async def begin(self, gcode: str) -> None:
        await self.moonraker.fire("started", "ready")
        self.events.clear()
        script = Script("sweep", gcode)
        self.printer.perform(RunHook(9, Hook.CLEAR_BED, (script,)))

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
    assert "sweep, line 2: Klipper does not know EJECT_PRT." in ended.error


async def test_a_hook_that_wants_no_script_sends_nothing(bench: Bench) -> None:
    await bench.moonraker.fire("started", "ready")
    script = Script("sweep", "EJECT_PART", "false")
    bench.printer.perform(RunHook(9, Hook.CLEAR_BED, (script,)))
    await bench.finish()
    assert bench.moonraker.sent == []


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
    script = Script("", TEMPLATE)
    tries = [asyncio.ensure_future(trying.check((script,))) for _ in range(5)]
    await bench.reached.wait()
    bench.gate.set()
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in results) == 2
    assert (await trying.check((script,))).ok


def test_the_limits_of_the_package_are_those_that_are_documented() -> None:
    limits = rendering.LIMITS
    assert (limits.wall, rendering.LONGEST) == (5.0, 65536)
