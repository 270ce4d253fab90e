"""What the tests of hooks share: scripts that leave a mark, and the story they tell.

The story is klippy's own: its console, read past Moonraker and past the component. It
has the marks and the prints in the order in which Klipper carried them out, so that a
script that ran twice, or never, shows there whatever our books say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .queue import Payload, Queue

EVERY = (
    *("activated", "before_print", "print_started", "print_succeeded"),
    *("print_cancelled", "print_failed", "cool_down", "clear_bed", "verify_bed"),
    *("finish", "awaiting_material", "deactivated"),
)
HOLD = "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"
"""Keeps a script, and whatever comes after it, until Queue.release."""
MACRO = """
[gcode_macro UNTIL_STARTED]
variable_begun: 0
gcode:
    {% if not begun|int %}
    G4 P200
    {% endif %}
"""
UNTIL_STARTED = "UNTIL_STARTED\n" * 800
"""A print that lasts until its print_started has run, however slow the computer is."""
SWEPT = "bed_clearing: gcode\n"
"""The scripts of clear_bed are set over the API, as all others."""
ABOUT = "{file.name if file else '-'}"

_LINE = re.compile(
    r"^echo: mark (?P<mark>.+)$"
    r"|^File opened: ?(?P<opened>.*) Size: ?\d+$"
    r"|^(?P<done>Done printing file)$"
)


def mark(words: str) -> str:
    """A line that is seen in the console when Klipper carries it out."""
    return f"M118 mark {words}"


def marked(hooks: Iterable[str]) -> dict[str, str]:
    """For each hook a script that says its name and the file that it is about."""
    return {hook: f"{mark(f'{hook} {ABOUT}')}\n{_begun(hook)}" for hook in hooks}


def _begun(hook: str) -> str:
    begun = {"before_print": 0, "print_started": 1}.get(hook)
    if begun is None:
        return ""
    return f"SET_GCODE_VARIABLE MACRO=UNTIL_STARTED VARIABLE=begun VALUE={begun}"


async def with_hooks(stack_factory: Any, section: str = SWEPT) -> Queue:
    """A queue whose printer knows UNTIL_STARTED."""
    return Queue(await stack_factory(section=section, printer_cfg=_with_macro))


def _with_macro(text: str) -> str:
    return text + MACRO


def script(name: str, *lines: str, condition: str = "") -> Payload:
    return {"name": name, "gcode": "\n".join(lines), "condition": condition}


async def set_hook(queue: Queue, hook: str, *scripts: Payload) -> Any:
    return await queue.call("hooks", hook=hook, scripts=list(scripts))


async def set_hooks(queue: Queue, texts: Mapping[str, str]) -> None:
    """One script for each; none of them may have anything wrong."""
    for hook, text in texts.items():
        saved = await set_hook(queue, hook, script(hook, text))
        errors = [one for one in saved["findings"] if one["severity"] == "error"]
        assert errors == []


async def story(queue: Queue) -> list[str]:
    """Marks, "open FILE" and "done FILE", after all that Klipper was told so far."""
    await queue.client.rpc("printer.gcode.script", script="M400")
    return told(queue)


def told(queue: Queue) -> list[str]:
    """The same, as far as Klipper has got; what it holds back is still to come."""
    found: list[str] = []
    name = ""
    for line in queue.stack.console.lines:
        match = _LINE.match(line)
        if match is None:
            continue
        if match["opened"] is not None:
            name = match["opened"]
            found.append(f"open {name}")
        else:
            found.append(f"done {name}" if match["done"] else match["mark"])
    return found


def printed(name: str) -> list[str]:
    """The story of one copy, from the moment at which the bed is clear."""
    hooks = (f"print_started {name}", f"done {name}", f"print_succeeded {name}")
    return [f"before_print {name}", f"open {name}", *hooks]


def cleared(name: str) -> list[str]:
    return [f"clear_bed {name}", f"verify_bed {name}"]


async def answer(queue: Queue, word: str) -> Payload:
    """Give this answer to the question that is asked."""
    asked = (await queue.state())["question"]
    assert word in offered(asked), asked
    return dict(await queue.call("answer", question=asked["id"], answer=word))


def offered(question: Payload) -> list[str]:
    return [one["answer"] for one in question["answers"]]
