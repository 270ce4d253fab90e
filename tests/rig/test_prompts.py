"""The bed question where people are: one question, every channel, first answer wins."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

import pytest

from moonraker_cp.demo.printer_data import PRINTER_CFG

from .queue import SHORT, Queue, reason

MACROS = PRINTER_CFG.parents[2] / "macros" / "continuousprint.cfg"
BUTTON = re.compile(r"// action:prompt_footer_button (.+)\|(RESPOND .+)\|(\w+)$")
SECTION = "bed_clearing: gcode\nbed_clearing_gcode: M117 x\n"

# What the three front ends send for a click: the same call, with ids of their own.
CLICKS: dict[str, Callable[[str], dict[str, Any]]] = {
    "mainsail": lambda gcode: {
        "jsonrpc": "2.0",
        "method": "printer.gcode.script",
        "params": {"script": gcode},
        "id": 184,
    },
    "fluidd": lambda gcode: {
        "id": 4057,
        "jsonrpc": "2.0",
        "method": "printer.gcode.script",
        "params": {"script": gcode},
    },
    "klipperscreen": lambda gcode: {
        "jsonrpc": "2.0",
        "method": "printer.gcode.script",
        "params": {"script": gcode},
        "id": 77,
    },
}
CHANNELS = (*CLICKS, "macro", "api", "cpq")


class Screen:
    """The dialog as a front end shows it, from the console lines it is sent."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    @property
    def lines(self) -> list[str]:
        notes = self._queue.client.notifications
        return [n.params[0] for n in notes if n.method == "notify_gcode_response"]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def is_open(self) -> bool:
        shown = [
            line.rpartition("prompt_")[2] for line in self.lines if "prompt_" in line
        ]
        return bool(shown) and shown[-1] == "show"

    @property
    def buttons(self) -> dict[str, str]:
        """Label -> G-code, of the newest dialog."""
        last = self.text.rpartition("prompt_begin")[2]
        found = (BUTTON.match(line) for line in last.splitlines())
        return {match[1]: match[2] for match in found if match}

    async def wait(self, is_open: bool) -> None:
        while self.is_open is not is_open:
            since = len(self._queue.client.notifications)
            if self.is_open is not is_open:
                await self._queue.client.wait("notify_gcode_response", since=since)


@pytest.fixture
async def queue(stack_factory: Any) -> Queue:
    macros = MACROS.read_text("utf-8")
    return Queue(await stack_factory(section=SECTION, printer_cfg=macros))


async def stop_over_a_part(queue: Queue) -> None:
    """A queue that asks: a copy was printed, then somebody pressed Stop and Start."""
    await queue.printing("a.gcode")
    await queue.stop()
    await queue.phase("inactive")
    assert reason(await queue.start()) == "bed_occupied"


async def click(queue: Queue, front_end: str, gcode: str) -> None:
    socket = queue.client._socket
    assert socket is not None
    await socket.write_message(json.dumps(CLICKS[front_end](gcode)))


async def answer(queue: Queue, screen: Screen, channel: str) -> None:
    """Say through this channel that the bed is clear."""
    if channel in CLICKS:
        await click(queue, channel, screen.buttons["Bed is clear, go on"])
    elif channel == "macro":
        await queue.client.rpc("printer.gcode.script", script="CPQ_BED_CLEAR")
    elif channel == "api":
        number = (await queue.state())["question"]["id"]
        await queue.call("answer", question=number, answer="bed_clear")
    else:
        form = {"active": "true", "bed": "clear"}
        reply = await queue.client.post("/plugin/continuousprint/set_active", form=form)
        assert reply.status == 200


async def test_each_channel_answers_and_the_others_close(queue: Queue) -> None:
    await queue.add("a.gcode", SHORT + "G4 P600\n", count=len(CHANNELS) + 1)
    await queue.start()
    for channel in CHANNELS:
        await stop_over_a_part(queue)
        screen = Screen(queue)
        await screen.wait(is_open=True)
        stale = screen.buttons["Stop the queue"]
        await answer(queue, screen, channel)
        await queue.phase("printing", "starting", "preparing")
        await screen.wait(is_open=False)
        # A second browser, whose dialog was open too, clicks a moment later.
        since = len(queue.client.notifications)
        await click(queue, "mainsail", stale)
        await queue.client.wait(
            lambda n: "answered already" in str(n.params), since=since
        )
        assert (await queue.state())["active"], "the late answer changed nothing"
    await queue.phase("idle")
    assert await queue.copies_left() == 0


async def test_the_dialog_is_put_again_when_klipper_or_moonraker_returns(
    queue: Queue,
) -> None:
    await queue.add("a.gcode", count=2)
    await queue.start()
    await stop_over_a_part(queue)
    await Screen(queue).wait(is_open=True)
    await queue.stack.kill_moonraker()
    queue.client.notifications.clear()
    queue.client.cursor = 0
    await queue.stack.start_moonraker()
    screen = Screen(queue)
    await screen.wait(is_open=True)
    assert {"Bed is clear, go on", "Run bed clearing", "Stop the queue"} <= set(
        screen.buttons
    )
    await click(queue, "fluidd", screen.buttons["Run bed clearing"])
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["a.gcode"] * 2
    assert not screen.is_open


async def test_hostile_names_are_letters_in_the_dialog(queue: Queue) -> None:
    name = "<img src=x onerror=alert(1)>&amp'\"|x|.gcode"
    await queue.add(name, "G28\nG1 X9999 F6000\n")
    await queue.start()
    await queue.phase("blocked")
    screen = Screen(queue)
    await screen.wait(is_open=True)
    assert "‹img src=x" in screen.text
    assert "<img" not in screen.text.rpartition("prompt_begin")[2]
    assert set(screen.buttons) >= {"Bed is clear, go on", "Skip the next file"}
    await click(queue, "klipperscreen", screen.buttons["Skip the next file"])
    await queue.reach(lambda s: s["jobs"][0]["copies_left"] == 0)


async def test_macros_drive_the_queue(queue: Queue) -> None:
    async def say(line: str) -> None:
        await queue.client.rpc("printer.gcode.script", script=line)

    queue.file("b.gcode")
    await say('CPQ_ADD FILE="b.gcode" COUNT=3')
    await queue.reach(lambda s: len(s["jobs"]) == 1)
    await say("CPQ_ADD FILE=missing.gcode")
    await queue.client.wait(lambda n: "There is no file missing" in str(n.params))
    await say("CPQ_ADD FILE=b.gcode COUNT=-1")
    await queue.client.wait(lambda n: "!! Continuous print: count" in str(n.params))
    await say("CPQ_STATUS")
    await queue.client.wait(lambda n: "Continuous print: Inactive" in str(n.params))
    await say("CPQ_START")
    await queue.printing("b.gcode")
    await say("CPQ_SKIP")
    await queue.phase("idle")
    assert queue.stack.done_printing() == ["b.gcode"]
    await say("CPQ_STOP")
    state = await queue.phase("inactive")
    assert [job["copies_left"] for job in state["jobs"]] == [0]
