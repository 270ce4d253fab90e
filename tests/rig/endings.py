"""What the tests of the endings share: a print that goes on, and the sums at the end.

The sums use klippy's own console (`Stack.done_printing`), never the queue's word.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from moonraker_cp.demo.stack import StackError

from .queue import SHORT, Payload, Queue, reason

PART = "part.gcode"
DWELL = "G4 P200\n"
"""A line that takes 50 ms on a printer whose clock runs four times as fast."""
ENDLESS = DWELL * 3000
SECONDS = DWELL * 60

Edit = Callable[[str], str]


async def order(queue: Queue, text: str, count: int = 2) -> None:
    """Two copies of one file, and Start."""
    await queue.add(PART, text, count=count)
    await queue.start()


async def begin(queue: Queue, text: str = ENDLESS, count: int = 2) -> None:
    """The same, and the first of them prints."""
    await order(queue, text, count)
    await queue.printing(PART)


def check(
    state: Payload,
    code: str,
    *words: str,
    active: bool = True,
    bed: str = "occupied",
    status_type: str = "ERROR",
) -> None:
    """Blocked for this reason, told in words that a person understands."""
    assert state["phase"] == "blocked", state
    assert (reason(state), state["active"]) == (code, active), state["reason"]
    assert state["bed"]["state"] == bed
    assert state["status_type"] == status_type
    assert state["run"] is None
    for word in words:
        assert word in state["reason"]["text"], state["reason"]
    assert state["reason"]["text"] in state["status"]
    assert state["reason"]["advice"] in state["status"]


async def balance(queue: Queue, ordered: int, *foreign: str) -> int:
    """Copies ordered = copies that klippy finished + copies left; these are told."""
    done = [name for name in queue.stack.done_printing() if name not in foreign]
    counted = [run for run in await queue.runs() if run["counted"]]
    left = await queue.copies_left()
    assert ordered == len(done) + left, (done, left, await queue.outcomes())
    assert [run["path"] for run in counted] == done
    return left


async def only_a_clear_bed_goes_on(
    queue: Queue, *foreign: str, ordered: int = 2, text: str = SHORT
) -> None:
    """Start, pressed three times, starts nothing; the word about the bed does."""
    left = await balance(queue, ordered, *foreign)
    state = await queue.nothing_starts()
    assert state["bed"]["state"] == "occupied"
    assert state["active"], "a person has pressed Start"
    queue.file(PART, text)
    await queue.bed_clear()
    await queue.phase("idle")
    assert await balance(queue, ordered, *foreign) == 0
    assert (await queue.outcomes())[-left:] == [(PART, "success")] * left
    assert (await queue.state())["reason"] is None


def with_macro(name: str, *lines: str) -> Edit:
    """An edit of printer.cfg: this macro, in place of the one of that name."""
    body = "".join(f"    {line}\n" for line in lines)
    return with_section(f"gcode_macro {name}", f"[gcode_macro {name}]\n{body}")


def without(*sections: str) -> Edit:
    """An edit of printer.cfg: these sections are not there."""

    def edit(text: str) -> str:
        for section in sections:
            text = with_section(section, "")(text)
        return text

    return edit


def with_section(name: str, new: str) -> Edit:
    """An edit of printer.cfg: this text in place of the section of that name."""
    pattern = re.compile(rf"^\[{re.escape(name)}\]\n.*?(?=^\[|\Z)", re.M | re.S)

    def edit(text: str) -> str:
        text, found = pattern.subn(lambda _: new, text)
        assert found == 1, f"no [{name}] in printer.cfg"
        return text

    return edit


async def gcode(queue: Queue, script: str) -> Any:
    return await queue.client.rpc("printer.gcode.script", script=script)


NOT_RESET = "Failed automated reset of MCU"
"""klippy gives its controller 15 ms to be told; a busy computer may take longer."""


async def klipper_comes_back(queue: Queue, command: str = "firmware_restart") -> bool:
    """Restart it as a person does: again, when the first one did not do.

    True if the first one did.
    """
    try:
        await restart(queue, command)
    except StackError:
        await restart(queue, command)
        return False
    return True


async def restart(queue: Queue, command: str) -> None:
    since = len(queue.client.notifications)
    await queue.client.rpc(f"printer.{command}")
    await queue.client.wait("notify_klippy_disconnected", since=since)
    await queue.stack.wait_klippy_ready()
