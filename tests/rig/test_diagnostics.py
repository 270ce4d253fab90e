"""The diagnostics of a real Moonraker that was killed in the middle of a print."""

from __future__ import annotations

import json
from typing import Any

from moonraker_cp.demo.stack import Stack

from .queue import HELD, PREFIX, Queue

SECRETS = ("hunter2", "t0ken", "h00k", "s3cret")
SECTION = """\
verify_bed_url: http://anna:hunter2@127.0.0.1:9/h00k?key=t0ken
page_url: http://printer.local/queue?t0ken
"""


async def test_decisions_outlive_a_kill_and_secrets_stay_away(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=SECTION))
    await queue.call("external", password="s3cret")
    await queue.call("hooks", hook="finish", scripts=[{"name": "x", "gcode": ";h00k"}])
    await queue.add("a.gcode", HELD, note="s3cret", metadata="t0ken")
    await queue.start()
    await queue.printing("a.gcode")
    await queue.stack.kill_moonraker()
    await queue.stack.start_moonraker()
    await queue.printing("a.gcode")
    reply = await queue.client.get(f"{PREFIX}/diagnostics")
    assert reply.status == 200, reply.body
    document = reply.body["result"]
    events = [one["event"] for one in reversed(document["decisions"])]
    crash = events.index("Moonraker has started: what ran before is in doubt.", 1)
    before = "\n".join(events[:crash])
    assert "added 1 job: a.gcode." in before
    assert "pressed Start" in before
    assert "Klipper has begun to print a.gcode." in before
    assert "first look: Klipper is ready" in "\n".join(events[crash:])
    assert [word for word in SECRETS if word in json.dumps(document)] == []
    key = queue.client.headers.get("X-Api-Key", "")
    assert not key or key not in json.dumps(document)
    versions = document["versions"]
    assert all(versions[name] for name in ("moonraker", "klipper", "python", "os"))
    assert document["printer"]["filename"] == "a.gcode"
    assert document["left_out"] == []
    log = queue.stack.data.logs / "moonraker.log"
    lines = log.read_text("utf-8", errors="replace")
    assert "added 1 job: a.gcode." in lines, "what a user did is in the log"
    assert "Run 1 of a.gcode was opened." in lines
    assert "s3cret" not in lines


async def decides(queue: Queue) -> list[dict[str, Any]]:
    """What people may see in the log, what they may not, and a stop."""
    await queue.add("a.gcode")
    refused = await queue.client.post(f"{PREFIX}/job/move", json={"id": 99})
    assert refused.status == 404, refused.body
    assert (await queue.start())["phase"] == "blocked", "Klipper is not there"
    reply = await queue.client.get(f"{PREFIX}/diagnostics")
    return list(reply.body["result"]["decisions"])


def lines_of(stack: Stack, decision: dict[str, Any]) -> list[str]:
    """Those in the log that say this decision, with all of its words."""
    stood = (
        f"({decision['before']} -> {decision['after']}, bed {decision['bed']},"
        f" revision {decision['revision']})"
    )
    words = [decision["event"], *decision["done"], decision["reason"], stood]
    return [
        line
        for line in stack.moonraker_log().splitlines()
        if all(word in line for word in words)
    ]


async def test_each_decision_is_one_line_of_a_log_that_is_to_say_all(
    moonraker_factory: Any,
) -> None:
    stack = await moonraker_factory("", verbose=True)
    decisions = await decides(Queue(stack))
    assert {one["level"] for one in decisions} == {"debug", "info", "warning"}
    assert {one["changed"] for one in decisions} == {True, False}
    # Written by another thread, in order.
    await stack.stop_moonraker()
    assert [len(lines_of(stack, one)) for one in decisions] == [1] * len(decisions)


async def test_else_the_log_says_what_people_want_to_know(
    moonraker_factory: Any,
) -> None:
    stack = await moonraker_factory("")
    decisions = await decides(Queue(stack))
    await stack.stop_moonraker()
    told = {one["level"]: len(lines_of(stack, one)) for one in decisions}
    assert told == {"debug": 0, "info": 1, "warning": 1}
