"""Hooks on a real Klipper: each at its moment, once, in order, and under conditions."""

from __future__ import annotations

from typing import Any

import pytest

from .endings import DWELL, ENDLESS, check
from .hooks import (
    EVERY,
    SWEPT,
    UNTIL_STARTED,
    cleared,
    mark,
    marked,
    printed,
    script,
    set_hook,
    set_hooks,
    story,
    with_hooks,
)
from .queue import GCODE, Queue, reason

A, B = "a.gcode", "b.gcode"
LINES = DWELL * 40
TALL = ";FLAVOR:Marlin\n;MAXZ:12.5\n;Generated with Cura_SteamEngine 5.4.0\n" + LINES
BAD = UNTIL_STARTED + "M104 T7 S200\n"
HOT = 50.0
WRONG = "SET_HEATER_TEMPERATURE HEATER=oven TARGET=0"
"""Klipper refuses it, for a reason that no check can know."""


async def everywhere(stack_factory: Any, section: str = "") -> Queue:
    """A queue with a mark in every hook."""
    queue = await with_hooks(stack_factory, SWEPT + section)
    await set_hooks(queue, marked(EVERY))
    return queue


async def height_known(queue: Queue, path: str) -> None:
    """Wait until Moonraker has read the file, and the queue what was found."""
    changed = "notify_continuousprint_changed"
    while True:
        since = len(queue.client.notifications)
        script = "M117 {file.object_height}"
        told = await queue.call("scripts/simulate", script=script, path=path)
        if "None" not in told["gcode"]:
            return
        await queue.client.wait(changed, since=since)


async def at_rest(queue: Queue) -> None:
    """Wait until Klipper says that nothing moves and no script runs."""
    await queue.client.subscribe(idle_timeout=None)
    await queue.client.wait_status(lambda s: s["idle_timeout"]["state"] != "Printing")


# -- moments --------------------------------------------------------------------------


async def test_a_whole_life(stack_factory: Any) -> None:
    queue = await everywhere(stack_factory)
    await queue.add(A, UNTIL_STARTED)
    await queue.add(B, UNTIL_STARTED)
    await queue.start()
    await queue.phase("idle")
    life = ["activated -", *printed(A), *cleared(A), *printed(B), f"finish {B}"]
    assert await story(queue) == life
    await queue.stop()
    await queue.phase("inactive")
    life.append(f"deactivated {B}")
    assert await story(queue) == life
    await queue.stop()  # has been said
    await queue.bed_clear()
    assert await story(queue) == life
    await at_rest(queue)
    await queue.start()
    await queue.phase("idle")
    assert await story(queue) == [*life, f"activated {B}"]
    assert await queue.history() == [(A, "completed"), (B, "completed")]


async def test_a_print_that_fails(stack_factory: Any) -> None:
    queue = await everywhere(stack_factory)
    await queue.add(A, BAD)
    await queue.add(B, UNTIL_STARTED)
    await queue.start()
    check(await queue.phase("blocked"), "print_failed", A)
    begun = ["activated -", f"before_print {A}", f"open {A}", f"print_started {A}"]
    failed = [*begun, f"print_failed {A}"]
    await queue.nothing_starts()
    assert await story(queue) == failed
    queue.file(A, UNTIL_STARTED)
    await queue.bed_clear()
    await queue.phase("idle")
    rest = [*printed(A), *cleared(A), *printed(B), f"finish {B}"]
    assert await story(queue) == failed + rest


async def test_a_print_that_is_cancelled(stack_factory: Any) -> None:
    """A cancel is a person's, so management stops, after the hook of the cancel."""
    queue = await everywhere(stack_factory)
    await queue.add(A, ENDLESS)
    await queue.start()
    await queue.stack.console.wait_for_line("mark print_started", 60)
    await queue.client.rpc("printer.print.cancel")
    await queue.stack.console.wait_for_line("mark deactivated", 60)
    state = await queue.phase("blocked", "inactive")
    assert not state["active"]
    begun = ["activated -", f"before_print {A}", f"open {A}", f"print_started {A}"]
    ended = [*begun, f"print_cancelled {A}", f"deactivated {A}"]
    assert await story(queue) == ended
    queue.file(A, UNTIL_STARTED)
    await queue.nothing_starts()
    assert await story(queue) == ended, "the bed is not clear: Start has to wait"
    await queue.bed_clear()
    await queue.phase("idle")
    again = [f"activated {A}", *printed(A), f"finish {A}"]
    assert await story(queue) == ended + again


async def test_a_cancel_is_told_still_when_deactivated_has_run(
    stack_factory: Any,
) -> None:
    queue = await with_hooks(stack_factory)
    await set_hooks(queue, marked(["deactivated"]))
    await queue.add(A, ENDLESS)
    await queue.start()
    await queue.printing(A)
    await queue.client.rpc("printer.print.cancel")
    await queue.stack.console.wait_for_line("mark deactivated", 60)
    state = await queue.phase("blocked", "inactive")
    check(state, "print_cancelled", A, active=False)


async def test_stop_while_it_prints(stack_factory: Any) -> None:
    """What a Stop stands for waits until the print has ended; Start takes it back."""
    queue = await everywhere(stack_factory)
    await queue.add(A, UNTIL_STARTED, count=2)
    await queue.start()
    await queue.stack.console.wait_for_line("mark print_started", 60)
    await queue.stop()
    await queue.start()
    await queue.stop()
    await queue.phase("inactive")
    ended = ["activated -", *printed(A), f"deactivated {A}"]
    assert await story(queue) == ended


async def test_cool_down(stack_factory: Any) -> None:
    """Only when the queue has to wait for the bed, and before it does."""
    queue = await everywhere(stack_factory, "release_temperature: 30\n")
    bed = {"name": "bed", "hold": True}
    await queue.stack.fault("temperature", celsius=HOT, **bed)
    await queue.add(A, UNTIL_STARTED, count=3)
    await queue.start()
    await queue.phase("cooling")
    assert (await story(queue))[-1] == f"cool_down {A}"
    await queue.stack.fault("temperature", celsius=25, **bed)
    await queue.phase("idle")
    life = [*printed(A), f"cool_down {A}", *cleared(A), *printed(A), *cleared(A)]
    assert await story(queue) == ["activated -", *life, *printed(A), f"finish {A}"]


async def test_a_veto(stack_factory: Any) -> None:
    """An error of verify_bed: the bed was swept, but nothing is printed on it."""
    queue = await everywhere(stack_factory)
    veto = script("Look", mark("looked"), "{fail('The plate is gone')}")
    await set_hook(queue, "verify_bed", veto)
    await queue.add(A, UNTIL_STARTED, count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert "The plate is gone" in state["reason"]["text"]
    assert state["bed"]["state"] == "occupied"
    swept = ["activated -", *printed(A), f"clear_bed {A}"]
    await queue.nothing_starts()
    assert await story(queue) == swept
    await queue.bed_clear()
    await queue.phase("idle")
    assert await story(queue) == [*swept, *printed(A), f"finish {A}"]


async def test_awaiting_material(stack_factory: Any) -> None:
    """Said once, however often somebody looks; then it goes on by itself."""
    queue = await everywhere(stack_factory, "material_policy: block\n")
    await queue.call("materials", tool=0, material="ABS")
    await queue.add(A, UNTIL_STARTED, materials=["PLA"])
    await queue.start()
    waits = ["activated -", f"awaiting_material {A}"]
    await queue.stack.console.wait_for_line("mark awaiting_material", 60)
    await queue.phase("idle")
    for _ in range(3):
        await queue.start()
    await queue.add(B, UNTIL_STARTED, draft=True)  # other turns, with the same spool
    assert waits[1:] == [m for m in await story(queue) if m != "activated -"]
    await queue.call("materials", tool=0, material="PLA_red")
    await queue.stack.wait_done_printing(1)
    await queue.phase("idle")
    assert sorted((await story(queue))[:2]) == sorted(waits)
    assert (await story(queue))[2:] == [*printed(A), f"finish {A}"]


async def test_print_started_is_sent_between_the_lines(stack_factory: Any) -> None:
    queue = await with_hooks(stack_factory, GCODE)
    await set_hooks(queue, marked(["print_started"]))
    count = 800
    lines = [f"{mark(str(n))}\nUNTIL_STARTED\n" for n in range(count)]
    await queue.add(A, "".join(lines))
    await queue.start()
    await queue.phase("idle")
    seen = await story(queue)
    place = seen.index(f"print_started {A}")
    assert 1 < place < len(seen) - 1, seen
    del seen[place]
    expected = [f"open {A}", *(str(n) for n in range(count)), f"done {A}"]
    assert seen == expected, "no line is lost, and none is read twice"
    assert await queue.outcomes() == [(A, "success")]


# -- conditions -----------------------------------------------------------------------


async def test_conditions_choose_among_the_scripts_of_a_hook(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    tall = "file.object_height and file.object_height >= 10"
    await set_hook(
        queue,
        "before_print",
        script("Always", mark("always")),
        script("True", mark("true"), condition="1 + 1 == 2"),
        script("False", mark("false"), condition="1 + 1 == 3"),
        script("Tall", mark("tall {file.object_height}"), condition=tall),
        script("Last", mark("last"), condition="set.path == 'a.gcode'"),
    )
    await set_hook(queue, "finish", script("No", mark("no"), condition="False"))
    await queue.add(A, TALL)
    await height_known(queue, A)
    await queue.add(B, LINES)
    await queue.start()
    await queue.phase("idle")
    first = ["always", "true", "tall 12.5", "last", f"open {A}", f"done {A}"]
    assert await story(queue) == [*first, "always", "true", f"open {B}", f"done {B}"]


async def test_no_condition_of_clear_bed_is_true(stack_factory: Any) -> None:
    """Nothing has cleared the bed, so it is not clear."""
    queue = Queue(await stack_factory(section=SWEPT))
    low = script("Low", mark("low"), condition="file.object_height < 5")
    high = script("High", mark("high"), condition="file.object_height > 50")
    await set_hook(queue, "clear_bed", low, high)
    await set_hooks(queue, marked(["verify_bed"]))
    await queue.add(A, TALL, count=2)
    await height_known(queue, A)
    await queue.start()
    state = await queue.phase("blocked")
    assert (reason(state), state["bed"]["state"]) == ("not_cleared", "occupied")
    await queue.nothing_starts()
    once = [f"open {A}", f"done {A}"]
    assert await story(queue) == once, "there is nothing to verify"
    await queue.bed_clear()
    await queue.phase("idle")
    assert await story(queue) == once * 2


async def test_a_condition_that_cannot_be_evaluated(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    fine = script("Fine", mark("fine"))
    wrong = script("Wrong", mark("wrong"), condition="file.object_height > 5")
    await set_hook(queue, "before_print", fine, wrong)
    await queue.add(A, LINES)  # of no slicer, so nobody knows its height
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    for word in ("before_print", "Wrong", "condition"):
        assert word in state["reason"]["text"], state["reason"]
    assert await story(queue) == [], "not even the one before it was sent"
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed", "the print needs it still"
    await set_hook(queue, "before_print", fine)
    await queue.start()
    await queue.phase("idle")
    assert await story(queue) == ["fine", f"open {A}", f"done {A}"]


# -- errors ---------------------------------------------------------------------------


async def test_a_misspelt_line_is_named_and_nothing_is_sent(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    first = script("First", mark("first"), mark("second"))
    await set_hook(queue, "before_print", first, script("Light", "M400", "LIHGT ON=1"))
    await queue.add(A, LINES)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    words = "Light, line 2: Klipper does not know LIHGT."
    assert words in state["reason"]["text"], state["reason"]
    assert await story(queue) == []


@pytest.mark.parametrize("hook", ["activated", "print_succeeded", "finish"])
async def test_a_line_that_klipper_refuses_ends_the_hook_there(
    stack_factory: Any, hook: str
) -> None:
    """No check can know it; what came before it has run, and runs no second time."""
    queue = Queue(await stack_factory(section=SWEPT))
    await set_hooks(queue, marked(["clear_bed"]))
    await set_hook(queue, hook, script("Oven", mark("before"), WRONG, mark("after")))
    await queue.add(A, LINES)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    for word in (hook.replace("finish", "finishing"), "oven"):
        assert word in state["reason"]["text"], state["reason"]
    copies = [f"open {A}", f"done {A}"]
    after = {"activated": ["before"]}.get(hook, [*copies, "before"])
    assert await story(queue) == after
    for _ in range(3):
        await queue.start()
    await queue.phase("idle")
    assert (await story(queue)).count("before") == 1
    assert queue.stack.done_printing() == [A]
    assert await queue.outcomes() == [(A, "success")]


async def test_print_started_that_fails_is_told_when_the_print_has_ended(
    stack_factory: Any,
) -> None:
    queue = await with_hooks(stack_factory)
    await set_hooks(queue, marked(["clear_bed"]))
    begun = marked(["print_started"])["print_started"]
    await set_hook(queue, "print_started", script("Oven", begun, WRONG))
    await queue.add(A, UNTIL_STARTED, count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    assert "oven" in state["reason"]["text"], state["reason"]
    assert await queue.outcomes() == [(A, "success")], "it is no fault of the print"
    assert await story(queue) == [f"open {A}", f"print_started {A}", f"done {A}"]


# -- accounts -------------------------------------------------------------------------


async def test_scripts_are_no_prints(stack_factory: Any) -> None:
    """In no history, and what they extrude is in no account of a print."""
    queue = Queue(await stack_factory(section=SWEPT))
    await queue.stack.fault("temperature", name="extruder", celsius=200, hold=True)
    purge = ("G28", "M83", "G1 E5 F300", "M400", mark("purged"))
    for hook in ("activated", "before_print", "print_succeeded", "clear_bed", "finish"):
        await set_hook(queue, hook, script("Purge", *purge))
    await queue.add(A, "M83\nG1 E2 F300\n" + LINES, count=2)
    await queue.start()
    await queue.phase("idle")
    assert (await story(queue)).count("purged") == 7
    listed = (await queue.client.rpc("server.history.list"))["jobs"]
    used = [(job["filename"], round(job["filament_used"], 3)) for job in listed]
    assert used == [(A, 2.0)] * 2
    totals = (await queue.client.rpc("server.history.totals"))["job_totals"]
    assert totals["total_jobs"] == 2
    assert totals["total_filament_used"] == pytest.approx(4.0, abs=0.001)
    assert [round(run["filament_used"], 3) for run in await queue.runs()] == [2.0] * 2
