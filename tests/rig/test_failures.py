"""Prints that fail or are cancelled, and the options that say what follows."""

from __future__ import annotations

from typing import Any

from .endings import (
    DWELL,
    ENDLESS,
    PART,
    balance,
    begin,
    check,
    klipper_comes_back,
    only_a_clear_bed_goes_on,
    order,
)
from .queue import GCODE, SHORT, Payload, Queue, reason

SWEPT = "swept the bed"
SWEEP = f"bed_clearing: gcode\nbed_clearing_gcode:\n  M118 {SWEPT}\n"
BY_SCRIPT = SWEEP + "clear_after_failure: True\n"
BAD = DWELL + "M104 T7 S200\n"
WORDS = "Extruder not configured"
EXTRUDES = "M83\nG1 E1 F300\n" + DWELL * 40


def swept(queue: Queue) -> int:
    """How often the clearing script ran, by klippy's own word."""
    return sum(SWEPT in line for line in queue.stack.console.lines)


async def ends(queue: Queue) -> Payload:
    """The first state in which nothing more happens by itself."""
    return await queue.phase("blocked", "idle", "inactive")


async def cancel(queue: Queue) -> None:
    await queue.client.rpc("printer.print.cancel")


async def set_bad_files(queue: Queue, *names: str) -> None:
    for name in names:
        await queue.add(name, BAD)


# -- on_failure ---------------------------------------------------------------------


async def test_tried_again_until_the_attempts_are_used_up(stack_factory: Any) -> None:
    section = BY_SCRIPT + "on_failure: retry\nretries: 2\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, BAD, count=2)
    await queue.add("next.gcode")
    state = await ends(queue)
    check(state, "print_failed", PART, WORDS)
    assert "It was tried 3 times." in state["reason"]["advice"]
    assert await queue.outcomes() == [(PART, "failure")] * 3
    assert swept(queue) == 2, "the last one is left to a person"
    assert await balance(queue, 3) == 3
    await queue.nothing_starts()
    queue.file(PART)
    await queue.bed_clear()
    await queue.phase("idle")
    assert await balance(queue, 3) == 0


async def test_the_second_attempt_is_good(stack_factory: Any) -> None:
    """By hand: the bed is asked about, and its answer is all that is needed."""
    section = "bed_clearing: manual\non_failure: retry\nretries: 1\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, BAD, count=1)
    state = await ends(queue)
    check(state, "print_failed", WORDS)
    assert "It is tried again (1 of 1)." in state["reason"]["advice"]
    await queue.nothing_starts()
    queue.file(PART)
    await queue.bed_clear()
    await queue.phase("idle")
    assert await queue.outcomes() == [(PART, "failure"), (PART, "success")]
    assert await balance(queue, 1) == 0


async def test_what_ran_for_long_is_not_tried_again(stack_factory: Any) -> None:
    section = BY_SCRIPT + "on_failure: retry\nretry_minutes: 0.01\n"
    queue = Queue(await stack_factory(section=section))
    await queue.client.subscribe(extruder=None)
    await queue.release()  # a nozzle that is hot enough to extrude
    await queue.client.wait_status(lambda s: s["extruder"]["temperature"] > 180)
    # Klipper reads ahead: it has to be past the dwell when it meets the bad line.
    await order(queue, EXTRUDES + "G4 P2000\nM400\n" + BAD)
    state = await ends(queue)
    assert "It is not tried again" in state["reason"]["advice"]
    assert await queue.outcomes() == [(PART, "failure")]
    assert swept(queue) == 0


async def test_the_set_is_skipped(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=BY_SCRIPT + "on_failure: skip\n"))
    sets = [
        {"path": queue.file("bad.gcode", BAD), "count": 3},
        {"path": queue.file("good.gcode"), "count": 1},
    ]
    await queue.call("jobs", sets=sets)
    await queue.start()
    state = await ends(queue)
    assert state["reason"] is None, state
    assert queue.stack.done_printing() == ["good.gcode"]
    ends_with = [("bad.gcode", "failure"), ("good.gcode", "success")]
    assert await queue.outcomes() == ends_with
    assert swept(queue) == 1
    assert [run["counted"] for run in await queue.runs()] == [False, True]
    assert await queue.copies_left() == 0


async def test_the_job_is_held(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=BY_SCRIPT + "on_failure: hold\n"))
    held = await queue.add("bad.gcode", BAD, count=2)
    await queue.add("good.gcode")
    await queue.start()
    state = await ends(queue)
    assert state["phase"] == "idle", state
    assert queue.stack.done_printing() == ["good.gcode"]
    assert [job["hold"] for job in state["jobs"] if job["copies_left"]] == [True]
    assert await queue.copies_left() == 2
    queue.file("bad.gcode")
    await queue.call("job", id=held["id"], hold=False)
    await queue.reach(lambda s: not any(job["copies_left"] for job in s["jobs"]))
    assert queue.stack.done_printing() == ["good.gcode", *["bad.gcode"] * 2]


async def test_the_option_to_clear_a_failed_print_is_needed(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=SWEEP + "on_failure: retry\n"))
    await order(queue, BAD)
    check(await ends(queue), "print_failed", WORDS)
    assert swept(queue) == 0
    await only_a_clear_bed_goes_on(queue)


async def test_it_may_be_the_printer(stack_factory: Any) -> None:
    section = BY_SCRIPT + "on_failure: skip\nstop_after_failures: 3\n"
    queue = Queue(await stack_factory(section=section))
    await set_bad_files(queue, "a.gcode", "b.gcode", "c.gcode")
    await queue.add("good.gcode")
    await queue.start()
    state = await ends(queue)
    check(state, "printer_in_doubt", "c.gcode", WORDS)
    assert "3 prints in a row failed early" in state["reason"]["advice"]
    assert swept(queue) == 2
    assert queue.stack.done_printing() == []
    await queue.nothing_starts()
    queue.file("c.gcode")
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["c.gcode", "good.gcode"]


# -- on_cancel ----------------------------------------------------------------------


async def test_a_cancelled_print_is_tried_again(stack_factory: Any) -> None:
    section = BY_SCRIPT + "on_cancel: retry\nretries: 1\n"
    queue = Queue(await stack_factory(section=section))
    await begin(queue, count=1)
    first = (await queue.state())["run"]["id"]
    await cancel(queue)
    state = await queue.reach(
        lambda s: s["phase"] == "printing" and s["run"]["id"] != first
    )
    assert state["active"]
    assert swept(queue) == 1
    await cancel(queue)
    state = await ends(queue)
    check(state, "print_cancelled", PART, active=False)
    assert await queue.outcomes() == [(PART, "cancelled")] * 2
    assert swept(queue) == 1
    await only_a_clear_bed_goes_on(queue, ordered=1)


async def test_a_cancelled_print_is_skipped(stack_factory: Any) -> None:
    section = "bed_clearing: manual\non_cancel: skip\n"
    queue = Queue(await stack_factory(section=section))
    await begin(queue)
    await queue.add("next.gcode")
    await cancel(queue)
    state = await ends(queue)
    check(state, "print_cancelled", PART)
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["next.gcode"]


# -- a fault of the machine is nobody's to try again ----------------------------------


async def test_no_policy_goes_on_after_a_thermal_fault(stack_factory: Any) -> None:
    """Klipper calls the print failed before it says that it has stopped."""
    section = BY_SCRIPT + "on_failure: retry\non_cancel: retry\n"
    queue = Queue(await stack_factory(section=section))
    await begin(queue)
    await queue.stack.fault("heater", name="extruder", mode="open")
    state = await queue.reach(lambda s: reason(s) == "printer_lost")
    check(state, "printer_lost", "ADC out of range")
    assert swept(queue) == 0
    assert "clearing" not in queue.phases(0)
    await queue.stack.fault("heater", name="extruder", mode="normal")
    await klipper_comes_back(queue)
    assert swept(queue) == 0
    assert len(queue.stack.prints()) == 1
    await only_a_clear_bed_goes_on(queue)


# -- detectors ------------------------------------------------------------------------


async def report(queue: Queue, words: str) -> Payload:
    body = {"reason": words, "source": "obico"}
    return dict(await queue.call("report_failure", **body))


async def test_a_reported_failure_pauses_and_a_person_decides(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=SWEEP))
    text = DWELL * 80
    await begin(queue, text)
    await report(queue, "spaghetti, 97 %")
    state = await queue.phase("paused")
    assert reason(state) == "failure_reported"
    assert "spaghetti, 97 %" in state["reason"]["text"]
    assert state["status_type"] == "NEEDS_ACTION"
    await queue.client.rpc("printer.print.resume")
    state = await queue.phase("printing")
    assert state["reason"] is None, "whoever resumes it has looked at it"
    await report(queue, "spaghetti again")
    await queue.phase("paused")
    await cancel(queue)
    state = await ends(queue)
    check(state, "print_failed", PART, "spaghetti again")
    assert await queue.outcomes() == [(PART, "failure")]
    assert (await queue.runs())[0]["reason"] == "spaghetti again"
    await only_a_clear_bed_goes_on(queue)
    assert swept(queue) == 1, "between the two good copies"


async def test_a_reported_failure_is_not_forgotten(stack_factory: Any) -> None:
    """Moonraker dies while the print is paused: the words wait for a person still."""
    queue = Queue(await stack_factory(section=SWEEP))
    await begin(queue)
    await report(queue, "spaghetti")
    await queue.phase("paused")
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    state = await queue.phase("paused")
    assert reason(state) == "failure_reported"
    await cancel(queue)
    check(await ends(queue), "print_failed", PART, "spaghetti")


async def test_a_reported_failure_is_tried_again(stack_factory: Any) -> None:
    section = BY_SCRIPT + "on_failure: retry\n"
    queue = Queue(await stack_factory(section=section))
    await begin(queue, ENDLESS, count=1)
    queue.file(PART, SHORT)  # for the next attempt; this one is open in klippy
    await report(queue, "spaghetti")
    await queue.reach(lambda s: s["jobs"][0]["copies_left"] == 0)
    assert await queue.outcomes() == [(PART, "failure"), (PART, "success")]
    assert swept(queue) == 1


async def test_a_report_without_a_print_is_refused(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=SWEEP))
    reply = await queue.client.post(
        "/server/continuousprint/report_failure", json={"reason": "spaghetti"}
    )
    assert reply.status == 409, reply.body
    assert (await queue.state())["reason"] is None


async def test_the_pause_of_a_camera_is_a_report(stack_factory: Any) -> None:
    """By the name that it gave; the same call of somebody else is a pause."""
    section = GCODE + "failure_clients: Camera\n"
    queue = Queue(await stack_factory(section=section))
    await order(queue, ENDLESS)
    await queue.printing(PART)
    await queue.client.rpc("printer.print.pause")
    assert (await queue.phase("paused"))["reason"] is None
    await queue.client.rpc("printer.print.resume")
    await queue.phase("printing")
    camera = queue.stack.new_client()
    await camera.connect()
    try:
        await camera.rpc(
            "server.connection.identify",
            client_name="camera",
            version="1",
            type="agent",
            url="http://camera.local",
        )
        await camera.rpc("printer.print.pause")
    finally:
        await camera.close()
    state = await queue.reach(
        lambda s: s["phase"] == "paused" and reason(s) == "failure_reported"
    )
    assert state["reason"]["text"].startswith("camera says that part.gcode fails")
    await queue.client.rpc("printer.print.cancel")
    await queue.phase("blocked")
    assert await queue.outcomes() == [(PART, "failure")]
