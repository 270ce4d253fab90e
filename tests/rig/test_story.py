"""The main job, and the table of "what happens at Start and between prints"."""

from __future__ import annotations

from typing import Any

from .queue import BUSY, GCODE, LONG, PREFIX, Queue, reason

CHANGED = "notify_continuousprint_changed"


async def test_three_files_one_after_the_other(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    for name in ("a.gcode", "b.gcode", "c.gcode"):
        await queue.add(name)
    await queue.start()
    state = await queue.phase("idle", "blocked")
    assert state["phase"] == "idle"
    assert state["bed"]["state"] == "occupied", "the last part is still there"
    names = ["a.gcode", "b.gcode", "c.gcode"]
    assert queue.stack.done_printing() == names
    assert await queue.history() == [(name, "completed") for name in names]
    assert await queue.outcomes() == [(name, "success") for name in names]
    assert all(run["counted"] for run in await queue.runs())
    assert await queue.copies_left() == 0


async def test_every_change_is_seen_in_order_and_both_apis_agree(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    first = (await queue.state())["revision"]
    await queue.add("a.gcode", count=2)
    await queue.start()
    last = (await queue.phase("idle"))["revision"]
    seen = [n.params[0] for n in queue.client.notifications if n.method == CHANGED]
    seen = [one for one in seen if one["revision"] > first]  # none of the beginning
    assert [one["revision"] for one in seen] == list(range(first + 1, last + 1))
    over_http = (await queue.client.get(f"{PREFIX}/state")).body["result"]
    assert await queue.client.rpc("server.continuousprint.state") == over_http
    assert seen[-1]["bed"] == over_http["bed"]
    # Jobs travel when they change: the newest news of the job is how it is.
    news = [job for one in seen for job in one["jobs"]]
    assert news[-1] == over_http["jobs"][0]


async def test_manual_waits_for_a_person(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section="bed_clearing: manual"))
    await queue.add("a.gcode")
    await queue.add("b.gcode")
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "bed_occupied"
    assert state["status_type"] == "NEEDS_ACTION"
    await queue.nothing_starts()
    assert queue.stack.done_printing() == ["a.gcode"]
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]


async def test_manual_active_and_idle_asks_before_a_job_that_is_added(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=""))
    await queue.add("a.gcode")
    await queue.start()
    await queue.phase("idle")
    await queue.add("b.gcode")
    assert reason(await queue.state()) == "bed_occupied"
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]


async def test_gcode_active_and_idle_clears_before_a_job_that_is_added(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode")
    await queue.start()
    await queue.phase("idle")
    since = len(queue.client.notifications)
    await queue.add("b.gcode")
    await queue.stack.wait_done_printing(2)
    await queue.phase("idle")
    assert queue.phases(since)[:2] == ["clearing", "starting"]
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]


async def test_clear_after_last(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE + "clear_after_last: True\n"))
    await queue.add("a.gcode")
    await queue.start()
    state = await queue.phase("idle")
    assert state["bed"]["state"] == "clear"
    assert state["bed"]["cause"] == "script"


async def test_start_on_an_occupied_bed_never_runs_the_script_unasked(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", count=3)
    await queue.start()
    await queue.printing("a.gcode")
    await queue.stop()
    await queue.phase("inactive")
    state = await queue.nothing_starts()
    assert (reason(state), state["bed"]["state"]) == ("bed_occupied", "occupied")
    assert queue.stack.done_printing() == ["a.gcode"]
    # The three answers: stop, run bed clearing, the bed is clear.
    assert (await queue.stop())["phase"] == "inactive"
    await queue.nothing_starts()
    assert (await queue.call("bed/run_clearing"))["phase"] == "clearing"
    await queue.printing("a.gcode")
    await queue.stop()
    await queue.phase("inactive")
    await queue.start()
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode"] * 3
    assert await queue.copies_left() == 0


async def test_start_means_bed_clear_for_those_who_want_it(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section="start_means_bed_clear: True"))
    await queue.add("a.gcode", count=2)
    await queue.start()
    await queue.phase("blocked")
    await queue.start()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode"] * 2


async def test_a_failed_print_blocks_and_keeps_klippers_words(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("bad.gcode", "G28\nG1 X9999 F6000\n")
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "print_failed"
    assert "Move out of range" in state["reason"]["text"]
    assert state["status_type"] == "ERROR"
    assert await queue.outcomes() == [("bad.gcode", "failure")]
    assert await queue.copies_left() == 1
    state = await queue.nothing_starts()
    assert "Move out of range" in state["reason"]["text"], "kept until answered"
    queue.file("bad.gcode")  # mended
    await queue.bed_clear()
    await queue.phase("idle")
    assert await queue.copies_left() == 0


async def test_a_cancel_is_a_person_and_stops_management(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", LONG, count=2)
    await queue.start()
    await queue.printing("a.gcode")
    await queue.client.rpc("printer.print.cancel")
    state = await queue.phase("blocked")
    assert (reason(state), state["active"]) == ("print_cancelled", False)
    assert await queue.outcomes() == [("a.gcode", "cancelled")]
    assert await queue.copies_left() == 2
    await queue.nothing_starts()
    queue.file("a.gcode")
    await queue.bed_clear()
    await queue.phase("idle")
    assert await queue.copies_left() == 0


async def test_a_print_of_somebody_else_is_left_alone(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode")
    queue.file("theirs.gcode", BUSY)
    await queue.client.subscribe(print_stats=None)
    await queue.client.rpc("printer.print.start", filename="theirs.gcode")
    state = await queue.reach(lambda s: s["bed"]["cause"] == "foreign")
    assert state["phase"] == "inactive", "nobody asked us to manage"
    state = await queue.start()
    assert reason(state) == "foreign_print"
    reply = await queue.client.post(f"{PREFIX}/bed", json={"state": "clear"})
    assert reply.status == 409, "a bed with a print on it is not clear"
    await queue.client.wait_status(lambda s: s["print_stats"]["state"] == "complete")
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["theirs.gcode", "a.gcode"]


async def test_a_clearing_script_that_fails_leaves_the_bed_occupied(
    stack_factory: Any,
) -> None:
    section = "bed_clearing: gcode\nbed_clearing_gcode:\n  G90\n  G1 X9999 F6000\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("a.gcode", count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "script_failed"
    assert "Move out of range" in state["reason"]["text"]
    assert state["bed"]["state"] == "occupied"
    await queue.nothing_starts()
    await queue.bed_clear()
    await queue.reach(lambda s: s["jobs"][0]["copies_left"] == 0)
    assert queue.stack.done_printing() == ["a.gcode"] * 2


async def test_stop_during_a_print_and_start_again(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.add("a.gcode", BUSY)
    await queue.add("b.gcode")
    await queue.start()
    run = (await queue.printing("a.gcode"))["run"]
    stopped = await queue.stop()
    assert (stopped["active"], stopped["phase"]) == (False, "printing")
    again = await queue.start()
    assert again["run"]["id"] == run["id"]
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode", "b.gcode"]
    assert await queue.copies_left() == 0


async def test_drafts_wait_until_they_are_released(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    draft = await queue.add("a.gcode", draft=True)
    await queue.add("b.gcode")
    await queue.start()
    state = await queue.phase("idle")
    assert queue.stack.done_printing() == ["b.gcode"]
    assert (state["drafts"], state["jobs"][0]["copies_left"]) == (1, 1)
    await queue.call("job", id=draft["id"], draft=False)
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["b.gcode", "a.gcode"]


async def test_cooling_waits_for_the_sensor(stack_factory: Any) -> None:
    held = "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"  # until it is looked at
    section = f"bed_clearing: gcode\nbed_clearing_gcode: {held}\n"
    queue = Queue(await stack_factory(section=section + "release_temperature: 35\n"))
    await queue.add("warm.gcode", "M190 S50\nG4 P100\n", count=2)
    await queue.client.subscribe(heater_bed=["temperature", "target"])
    await queue.start()
    await queue.phase("cooling")
    await queue.client.wait_status(lambda s: s["heater_bed"]["target"] == 0)
    await queue.phase("clearing")
    assert queue.client.status["heater_bed"]["temperature"] <= 36
    await queue.release()
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["warm.gcode"] * 2


async def test_cooling_that_takes_too_long_asks(stack_factory: Any) -> None:
    section = GCODE + "release_temperature: 5\ncooling_time_limit: 1\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("a.gcode", count=2)
    await queue.start()
    state = await queue.phase("blocked")
    assert reason(state) == "cooling_timed_out"
    assert state["bed"]["state"] == "occupied"
