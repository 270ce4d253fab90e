"""Klipper's console: macros' remote methods, and answers to the dialogs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from moonraker_cp.api.console import ConsoleApi
from moonraker_cp.api.prompts import prompt_lines
from moonraker_cp.core.decisions import PausePrint, Rules
from moonraker_cp.core.model import Outcome
from moonraker_cp.core.questions import Answer
from moonraker_cp.core.spools import MaterialPolicy, Spool

from .rig import NATIVE, Api

MACROS = Path(__file__).parents[2] / "moonraker_cp" / "macros" / "continuousprint.cfg"
BLOCKS = Rules(material_policy=MaterialPolicy.BLOCK)


class Console(Api):
    """run: a macro's remote method. said: what the console showed since."""

    def __init__(self, gcodes: Path, rules: Rules | None = None) -> None:
        super().__init__(gcodes, rules)
        self.console = ConsoleApi(self.driver, self.native, self.prompts)

    async def run(self, method: str, **args: str) -> str:
        self.lines.clear()
        await self.console.remote_methods()[f"continuousprint_{method}"](**args)
        await self.quiet()
        return self.said

    @property
    def said(self) -> str:
        return "\n".join(line for line in self.lines if "action:" not in line)

    async def click(self, answer: Answer, question: int | None = None) -> None:
        """A button of the dialog, as its console line comes back."""
        asked = self.driver.question
        number = asked.id if question is None and asked else question
        self.lines.clear()
        await self.console.on_line(f"// action:cp_answer {number} {answer.value}")
        await self.quiet()

    async def printing(self) -> None:
        await self.run("add", path="a.gcode", count="3")
        await self.run("bed_clear")
        await self.run("start")
        self.printer.begin()
        await self.quiet()

    async def ends(self, outcome: Outcome = Outcome.SUCCESS) -> None:
        self.printer.end(outcome)
        await self.quiet()

    @property
    def left(self) -> int | None:
        return self.driver.state.jobs[0].copies_left


@pytest_asyncio.fixture
async def console(gcodes: Path) -> AsyncIterator[Console]:
    made = Console(gcodes)
    await made.start()
    yield made
    await made.driver.stop()


def test_every_macro_calls_a_remote_method_that_is_there(console: Console) -> None:
    text = MACROS.read_text("utf-8")
    called = re.findall(r'action_call_remote_method\("(\w+)"', text)
    assert set(called) <= set(console.console.remote_methods())
    names = re.findall(r"^\[gcode_macro (\w+)\]$", text, re.MULTILINE)
    assert len(names) == len(called)
    assert {"CPQ_FAIL", "CPQ_RETRY"} <= set(names)


async def test_a_print_that_fails(console: Console) -> None:
    await console.printing()
    said = await console.run("fail", reason="spaghetti")
    assert said.endswith("Printing a.gcode (it is said to fail: spaghetti)")
    assert isinstance(console.printer.actions[-1], PausePrint)
    assert console.driver.state.control.reason is not None
    assert console.driver.state.control.reason.text.startswith("console says")
    await console.run("fail", reason="blob\n of doom", source="obico")
    assert console.driver.state.control.reason.text.startswith("obico says")
    assert console.driver.state.run is not None
    assert console.driver.state.run.trouble == "blob of doom"


async def test_without_a_print_the_newest_copy_is_bad(console: Console) -> None:
    await console.printing()
    await console.ends()
    assert console.left == 2
    await console.run("fail", reason="It came off the bed.")
    assert console.left == 3
    assert console.store.runs[1].reason == "It came off the bed."
    assert (await console.run("fail")).startswith("!! ")
    assert console.left == 3


async def test_retry_prints_a_counted_copy_again(console: Console) -> None:
    await console.printing()
    await console.ends()
    assert "Starting a.gcode" in await console.run("retry")
    assert console.left == 3


async def test_retry_of_what_was_not_counted_says_that_the_bed_is_clear(
    console: Console,
) -> None:
    await console.printing()
    await console.ends(Outcome.FAILURE)
    assert "Starting a.gcode" in await console.run("retry")
    assert console.left == 3


async def test_retry_when_nothing_is_asked(console: Console) -> None:
    await console.printing()
    before = console.driver.state
    assert (await console.run("retry")).startswith("!! Continuous print: Nobody asks")
    assert console.driver.state is before


async def test_retry_over_a_bed_that_is_clear_presses_no_start(
    console: Console,
) -> None:
    await console.run("add", path="a.gcode")
    await console.run("bed_clear")
    await console.run("start")
    console.printer.refuse()
    await console.quiet()
    asked = console.driver.question
    assert asked is not None
    assert Answer.START in asked.answers
    sent = len(console.printer.actions)
    assert (await console.run("retry")).startswith("!! ")
    assert len(console.printer.actions) == sent


async def test_print_anyway(gcodes: Path) -> None:
    console = Console(gcodes, BLOCKS)
    await console.start()
    await console.spool_table.set_manual(0, Spool("PLA", None, None))
    await console.post(NATIVE + "jobs", path="a.gcode", materials=["PETG"])
    assert (await console.run("print_anyway")).startswith("!! ")
    await console.run("bed_clear")
    assert "Awaiting material" in await console.run("start")
    assert "Starting a.gcode" in await console.run("print_anyway")
    await console.driver.stop()


async def test_not_yet_closes_every_dialog_until_the_next_question(
    console: Console,
) -> None:
    await console.printing()
    await console.run("add", path="b.gcode")
    console.prompts.set_usable(True, None)
    await console.ends()
    asked = console.driver.question
    assert asked is not None
    assert console.lines[-1] == "// action:prompt_show"
    before = console.driver.state.control
    await console.click(Answer.NOT_YET)
    assert console.driver.state.control == before
    assert "// action:prompt_end" in console.lines
    assert "// action:prompt_show" not in console.lines
    await console.click(Answer.SKIP, asked.id)  # a dialog that was slow to close
    assert console.driver.question is not None
    newer = list(prompt_lines(console.driver.question))
    assert [one for one in console.lines if "action:" in one] == newer


async def test_the_first_answer_wins_and_the_others_close(console: Console) -> None:
    await console.printing()
    console.prompts.set_usable(True, None)
    await console.ends()
    asked = console.driver.question
    assert asked is not None
    await console.click(Answer.PRINT_AGAIN)
    assert console.lines[0] == "// action:prompt_end"
    await console.click(Answer.NOT_YET, asked.id)
    assert console.lines[0].startswith("!! ")
    assert console.lines[-1] == "// action:prompt_end"
    assert console.printer.log.count("start a.gcode") == 2
