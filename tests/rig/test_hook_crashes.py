"""Moonraker is killed while a hook's script runs: no script runs twice by itself.

Every hook has a script that leaves a mark; the one that is tried also waits, inside
Klipper, until the test has killed Moonraker and started it again. Klipper carries that
script to its end, for it knows nothing of Moonraker's death.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from .endings import ENDLESS
from .hooks import (
    EVERY,
    HOLD,
    SWEPT,
    UNTIL_STARTED,
    answer,
    cleared,
    mark,
    marked,
    offered,
    printed,
    set_hooks,
    story,
    told,
    with_hooks,
)
from .queue import Payload, Queue, reason

PART = "part.gcode"
BAD = UNTIL_STARTED + "M104 T7 S200\n"
TEXTS = {"print_failed": BAD, "print_cancelled": ENDLESS}
HOT, COLD = 50.0, 25.0

BEGUN = ["activated -", *printed(PART)]
FAILED = [*BEGUN[:4], f"print_failed {PART}"]
CANCELLED = [*BEGUN[:4], f"print_cancelled {PART}"]
COOLED = [*BEGUN, f"cool_down {PART}"]
LAST = [*printed(PART), f"finish {PART}"]
DOUBT = "script_in_doubt"


@dataclass(frozen=True)
class Case:
    """until: the story at the kill; then: what follows when a person has answered;
    bed: as it is after the kill; reasons: of the block, one of these."""

    until: list[str]
    then: list[str]
    code: str = DOUBT
    bed: str = "occupied"
    count: int = 2


CASES = {
    "activated": Case(BEGUN[:1], [*printed(PART), *cleared(PART), *LAST], bed="clear"),
    "before_print": Case(
        BEGUN[:2], [*printed(PART)[1:], *cleared(PART), *LAST], bed="clear"
    ),
    "print_started": Case(BEGUN[:4], [*BEGUN[4:], *LAST]),
    "print_succeeded": Case(BEGUN, LAST),
    "print_failed": Case(FAILED, [*printed(PART), *cleared(PART), *LAST]),
    "print_cancelled": Case(CANCELLED, [f"activated {PART}", *LAST], count=1),
    "cool_down": Case(COOLED, LAST, code="restarted"),
    "clear_bed": Case([*BEGUN, f"clear_bed {PART}"], LAST, code="restarted"),
    "verify_bed": Case([*BEGUN, *cleared(PART)], LAST, code="restarted"),
    "finish": Case([*BEGUN, f"finish {PART}"], [], count=1),
}
BAD_ENDS = ("print_failed", "print_cancelled")
ONCE_MORE = ("activated", "before_print", "print_succeeded", "finish")


async def killed(stack_factory: Any, hook: str) -> tuple[Queue, Payload]:
    """Moonraker died while that script ran, and is back; the script runs still."""
    case = CASES[hook]
    cools = "release_temperature: 30\n" if hook == "cool_down" else ""
    queue = await with_hooks(stack_factory, SWEPT + cools)
    texts = marked(EVERY)
    texts[hook] = texts[hook].replace("\n", f"\n{HOLD}\n", 1)
    await set_hooks(queue, texts)
    if cools:
        await bed(queue, HOT)
    await queue.add(PART, TEXTS.get(hook, UNTIL_STARTED), count=case.count)
    await queue.start()
    if hook == "print_cancelled":
        await queue.stack.console.wait_for_line("mark print_started", 60)
        await queue.client.rpc("printer.print.cancel")
    await queue.stack.console.wait_for_line(f"mark {hook} ", 60)
    assert told(queue) == case.until
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    return queue, await back(queue, hook)


async def back(queue: Queue, hook: str) -> Payload:
    """The state that it comes to, while Klipper is held; of a print, when it ended."""
    if hook == "print_started":
        state = await queue.printing(PART)
        await queue.release()
    state = await queue.reach(
        lambda s: s["phase"] == "blocked" and reason(s) != "waiting_for_klipper"
    )
    if hook in ("print_failed", "print_cancelled"):
        queue.file(PART, UNTIL_STARTED)
    if hook == "cool_down":
        await bed(queue, COLD)
    return state


async def bed(queue: Queue, celsius: float) -> None:
    await queue.stack.fault("temperature", name="bed", celsius=celsius, hold=True)


async def three_starts(queue: Queue) -> None:
    for _ in range(3):
        await queue.start()


async def to_the_end(queue: Queue, hook: str, expected: list[str]) -> None:
    """A person says the bed is clear, if asked; what follows is this and no more."""
    if CASES[hook].bed == "occupied" and hook != "finish":
        assert (await queue.state())["phase"] == "blocked"
        await queue.bed_clear()
    await queue.phase("idle")
    assert await story(queue) == expected
    assert await queue.copies_left() == 0
    good = [run for run in await queue.runs() if run["counted"]]
    assert len(good) == CASES[hook].count


def _slow(*hooks: str) -> list[Any]:
    return [pytest.param(hook, marks=pytest.mark.slow) for hook in hooks]


IN_CI = (
    "before_print",
    "print_started",
    "print_succeeded",
    "clear_bed",
    "print_failed",
)


@pytest.mark.parametrize(
    "hook", [*IN_CI, *_slow(*(hook for hook in CASES if hook not in IN_CI))]
)
async def test_killed_while_it_runs(stack_factory: Any, hook: str) -> None:
    """Start, pressed three times while it still runs, has nothing run again."""
    case = CASES[hook]
    queue, state = await killed(stack_factory, hook)
    assert (reason(state), state["bed"]["state"]) == (case.code, case.bed)
    if case.code == DOUBT:
        assert re.search(rf"\b{hook} script\b", state["reason"]["text"])
    else:
        assert "run_script" not in offered(state["question"])
    await three_starts(queue)
    if hook != "print_started":
        assert told(queue) == case.until
        await queue.release()
    after = case.until + (BEGUN[4:] if hook == "print_started" else [])
    if case.bed == "occupied" and hook != "finish":
        await queue.nothing_starts()
        assert await story(queue) == after
    await to_the_end(queue, hook, case.until + case.then)


@pytest.mark.parametrize("hook", [*ONCE_MORE[:2], *_slow(*ONCE_MORE[2:], *BAD_ENDS)])
async def test_a_person_has_it_run_again(stack_factory: Any, hook: str) -> None:
    case = CASES[hook]
    queue, _ = await killed(stack_factory, hook)
    await queue.release()
    assert await story(queue) == case.until
    await answer(queue, "run_script")
    await queue.reach(lambda s: s["phase"] != "script")
    await to_the_end(queue, hook, [*case.until, case.until[-1], *case.then])


@pytest.mark.parametrize("hook", ["print_started", "print_succeeded"])
async def test_a_moment_that_is_over_is_not_offered_again(
    stack_factory: Any, hook: str
) -> None:
    """Of a print that went on, or once Start was pressed."""
    queue, _ = await killed(stack_factory, hook)
    if hook != "print_started":
        await three_starts(queue)
    state = await queue.state()
    assert state["phase"] == "blocked"
    assert "run_script" not in offered(state["question"])


async def test_what_ran_again_is_in_doubt_no_more(stack_factory: Any) -> None:
    queue, _ = await killed(stack_factory, "print_succeeded")
    await queue.release()
    await answer(queue, "run_script")
    state = await queue.phase("blocked")
    assert reason(state) == "bed_occupied"


async def test_killed_while_deactivated_runs(stack_factory: Any) -> None:
    """Nothing is to follow it, so nobody is asked; but it does not run again."""
    queue = await with_hooks(stack_factory)
    await set_hooks(queue, {"deactivated": f"{mark('deactivated')}\n{HOLD}"})
    await queue.start()
    await queue.phase("idle")
    await queue.stop()
    await queue.stack.console.wait_for_line("mark deactivated", 60)
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    state = await queue.reach(lambda s: s["phase"] != "script")
    assert (state["phase"], state["active"]) == ("inactive", False)
    await queue.stop()
    await queue.release()
    assert await story(queue) == ["deactivated"]
