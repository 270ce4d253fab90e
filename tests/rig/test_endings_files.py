"""Files that fail, that are not there, that hold one line; and prints of others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .endings import (
    DWELL,
    ENDLESS,
    PART,
    SECONDS,
    balance,
    begin,
    check,
    gcode,
    only_a_clear_bed_goes_on,
    order,
)
from .queue import GCODE, SHORT, Payload, Queue, reason

THEIRS = "theirs.gcode"
HELD_BACK = ("Another print", "busy with", "is moving")
"""What our own last look may see of a print that began in the same moment."""
FAILING = {
    "move_out_of_range": ("G28 X Y\nG1 X9999 F6000\n", "Move out of range"),
    "not_homed": ("M84\nG1 X10 F6000\n", "Must home axis first"),
    "cold_extrusion": ("M83\nG1 E5 F300\n", "Extrude below minimum temp"),
    "missing_heater": ("M104 T7 S200\n", "Extruder not configured"),
    "reset_inside": ("SDCARD_RESET_FILE\n", "cannot be run from the sdcard"),
    "too_hot": ("M104 S999\n", "Requested temperature (999.0) out of range"),
}


@pytest.mark.parametrize("text", [DWELL * 20, ""], ids=["later", "at_once"])
async def test_a_gcode_error_fails_the_copy(stack_factory: Any, text: str) -> None:
    """One file after the other, on one printer: each in its own words."""
    queue = Queue(await stack_factory(section=GCODE))
    for number, (bad, words) in enumerate(FAILING.values(), 1):
        if number == 1:
            await order(queue, text + bad + DWELL, count=len(FAILING))
        else:
            queue.file(PART, text + bad + DWELL)
            await queue.nothing_starts()
            await queue.bed_clear()
        state = await told(queue, words)
        check(state, "print_failed", PART, words)
        assert await queue.outcomes() == [(PART, "failure")] * number
        assert await balance(queue, len(FAILING)) == len(FAILING)
    await only_a_clear_bed_goes_on(queue, ordered=len(FAILING))


async def told(queue: Queue, words: str) -> Payload:
    return await queue.reach(
        lambda s: s["reason"] is not None and words in s["reason"]["text"]
    )


async def test_an_unknown_command_is_no_error(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, "M9999\n@pause\nNO_SUCH_MACRO X=1\n" + DWELL)
    await queue.phase("idle", "blocked")
    assert await queue.outcomes() == [(PART, "success")] * 2
    assert await balance(queue, 2) == 0


@pytest.mark.parametrize("text", ["; nothing\n", "", "M117 hello"])
async def test_a_file_of_one_line_counts_every_copy(
    stack_factory: Any, text: str
) -> None:
    """From the second on, Klipper's status looks as if nothing had happened."""
    queue = Queue(await stack_factory(section=GCODE))
    await order(queue, text, count=2)
    await queue.phase("idle", "blocked")
    assert queue.stack.done_printing() == [PART] * 2
    await queue.add(PART, text, count=10)
    await queue.phase("idle", "blocked")
    assert queue.stack.done_printing() == [PART] * 12
    assert await queue.outcomes() == [(PART, "success")] * 12
    assert await balance(queue, 12) == 0


def is_missing(state: Any, path: str) -> bool:
    """Whether the state says of a job that its file is missing, and which."""
    return any(
        one["code"] == "file_missing" and path in one["why"]
        for one in state["passed_over"]
    )


async def test_a_file_that_was_deleted_is_named_and_wedges_nothing(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add(PART, count=2)
    (queue.stack.data.gcodes / PART).unlink()
    await queue.reach(lambda s: is_missing(s, PART))
    for _ in range(2):  # no wedge: asked again, it says the same again
        await queue.start()
        state = await queue.phase("idle")
        assert state["waits_for"]["code"] == "file_missing"
        assert is_missing(state, PART)
        assert queue.stack.prints() == []
        assert await balance(queue, 2) == 2
    await queue.add("next.gcode")  # the others go on
    await queue.reach(lambda s: s["phase"] == "idle" and not left(s, 1))
    queue.file(PART)  # it is there again
    await queue.reach(lambda s: s["phase"] == "idle" and not left(s, 0))
    assert queue.stack.done_printing() == ["next.gcode", PART, PART]
    assert await balance(queue, 3) == 0


def left(state: Any, job: int) -> int:
    return int(state["jobs"][job]["copies_left"])


async def test_a_file_that_is_deleted_between_two_copies(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await begin(queue, SECONDS)
    (queue.stack.data.gcodes / PART).unlink()
    state = await queue.phase("idle")
    assert is_missing(state, PART)
    assert await queue.outcomes() == [(PART, "success")]
    assert await balance(queue, 2) == 1
    queue.file(PART)
    await queue.reach(lambda s: s["phase"] == "idle" and not left(s, 0))
    assert await balance(queue, 2) == 0


async def test_somebody_else_starts_at_the_same_moment(stack_factory: Any) -> None:
    """Theirs came first by a hair: Klipper refuses ours and nothing is hurt."""
    queue = Queue(await stack_factory(section=GCODE))
    queue.file(THEIRS, SECONDS)
    await queue.add(PART, count=2)
    theirs = queue.client.rpc("printer.print.start", filename=THEIRS)
    await asyncio.gather(theirs, queue.start())  # theirs is written first
    await queue.reach(lambda s: s["bed"]["cause"] == "foreign")
    state = await queue.phase("blocked")
    assert reason(state) in ("start_refused", "foreign_print"), state["reason"]
    if reason(state) == "start_refused":  # by Klipper, or by our own last look
        check(state, "start_refused", PART)
        words = state["reason"]["text"]
        assert any(known in words for known in ("SD busy", *HELD_BACK)), words
    assert await balance(queue, 2, THEIRS) == 2
    await queue.nothing_starts()
    await queue.stack.wait_done_printing(1)
    await queue.client.subscribe(print_stats=None)
    await queue.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    await only_a_clear_bed_goes_on(queue, THEIRS)
    assert queue.stack.done_printing() == [THEIRS, PART, PART]


async def test_somebody_else_starts_while_the_bed_is_cleared(
    stack_factory: Any,
) -> None:
    """Their file is loaded in the moment in which our script has ended."""
    section = "bed_clearing: gcode\nbed_clearing_gcode:\n  G4 P4000\n"
    queue = Queue(await stack_factory(section=section))
    queue.file(THEIRS, SECONDS)
    await order(queue, DWELL)
    await queue.phase("clearing")
    await queue.client.rpc("printer.print.start", filename=THEIRS)
    state = await queue.phase("blocked")
    # Whoever was told first: the start, the script's own lines, or the queue.
    found = ("start_refused", "script_failed", "foreign_print")
    assert reason(state) in found, state["reason"]
    await queue.reach(lambda s: s["bed"]["cause"] == "foreign")
    assert await balance(queue, 2, THEIRS) == 1
    await queue.stack.wait_done_printing(2)
    await queue.client.subscribe(print_stats=None)
    await queue.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == [PART, THEIRS, PART]
    assert await balance(queue, 2, THEIRS) == 0


async def test_a_print_that_somebody_else_has_paused_survives_start(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    queue.file(THEIRS, SECONDS)
    await queue.add(PART, count=2)
    await queue.client.subscribe(print_stats=None, pause_resume=None)
    await queue.client.rpc("printer.print.start", filename=THEIRS)
    await queue.client.rpc("printer.print.pause")
    await queue.client.wait_status(lambda s: s["pause_resume"]["is_paused"])
    await queue.reach(lambda s: s["bed"]["cause"] == "foreign")
    state = await queue.nothing_starts()
    check(state, "foreign_print", THEIRS, status_type="NEEDS_ACTION")
    assert [each.filename for each in queue.stack.prints()] == [THEIRS]
    await queue.client.rpc("printer.print.resume")
    await queue.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    assert queue.stack.done_printing() == [THEIRS], "it went on where it was"
    await only_a_clear_bed_goes_on(queue, THEIRS)


async def test_somebody_else_replaces_our_paused_print(stack_factory: Any) -> None:
    """Klipper accepts that and forgets ours: our copy is not counted."""
    queue = Queue(await stack_factory(section=GCODE))
    queue.file(THEIRS, SECONDS)
    await queue.client.subscribe(print_stats=None)
    await begin(queue)
    await queue.client.rpc("printer.print.pause")
    await queue.phase("paused")
    await queue.client.rpc("printer.print.start", filename=THEIRS)
    await queue.reach(lambda s: s["bed"]["cause"] == "foreign")
    state = await queue.phase("blocked")
    assert state["run"] is None
    assert (await queue.outcomes())[0][1] in ("cancelled", "aborted")
    assert await balance(queue, 2, THEIRS) == 2
    await queue.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    await only_a_clear_bed_goes_on(queue, THEIRS)


async def test_a_flag_of_a_pause_that_outlived_its_print_is_cleared(
    stack_factory: Any,
) -> None:
    """It would swallow the next PAUSE."""
    queue = Queue(await stack_factory(section=GCODE))
    await queue.client.subscribe(pause_resume=None)
    await gcode(queue, "PAUSE")
    await queue.client.wait_status(lambda s: s["pause_resume"]["is_paused"])
    await begin(queue, ENDLESS)
    await queue.client.rpc("printer.print.pause")
    await queue.phase("paused")
    await queue.client.rpc("printer.print.cancel")
    await queue.phase("blocked")
    await only_a_clear_bed_goes_on(queue, text=SHORT)
