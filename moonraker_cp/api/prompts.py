"""The bed question as a dialog in Mainsail, Fluidd and KlipperScreen.

The three front ends show what Klipper's console says in lines `// action:prompt_…`;
Moonraker can say the same. A button sends RESPOND, whose console line comes back to us.
Footer buttons, because Fluidd leaves groups out. The dialog is modal and stays, also
over a page reload, until `prompt_end`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Callable

from ..core.questions import LABELS, Answer, Question

Say = Callable[[str], None]

_ANSWER = re.compile(r"// action:cp_answer (\d{1,18}) ([a-z_]{1,20})\s*\Z")
_STYLES = {
    Answer.BED_CLEAR: "primary",
    Answer.START: "primary",
    Answer.STOP: "error",
}


class Prompts:
    """Keeps the dialog in step with the question. say: puts a line on the console.

    Usable only while Klipper has [respond], without which a button could not answer.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self._usable = False
        self._shown: Question | None = None

    def refresh(self, asked: Question | None) -> None:
        """Show the question that is asked now, or close the dialog."""
        wanted = asked if self._usable else None
        if wanted == self._shown:
            return
        if self._shown is not None:
            self.say("// action:prompt_end")
        self._shown = wanted
        if wanted is not None:
            for line in prompt_lines(wanted):
                self.say(line)

    def set_usable(self, usable: bool, asked: Question | None) -> None:
        """Klipper is back: whatever dialog there was, its consoles forgot it."""
        self._usable = usable
        self._shown = None
        self.refresh(asked)

    def close_stale(self) -> None:
        """An answer to an old question came: its dialog is still open somewhere."""
        if self._shown is None:
            self.say("// action:prompt_end")


def prompt_lines(asked: Question) -> Iterator[str]:
    yield "// action:prompt_begin Continuous print"
    yield f"// action:prompt_text {plain(asked.text)}"
    yield f"// action:prompt_text {plain(asked.advice)}"
    if asked.next_path:
        yield f"// action:prompt_text Next in the queue: {plain(asked.next_path)}"
    for answer in asked.answers:
        gcode = f'RESPOND TYPE=command MSG="action:cp_answer {asked.id} {answer.value}"'
        style = _STYLES.get(answer, "secondary")
        label = LABELS[answer]
        yield f"// action:prompt_footer_button {label}|{gcode}|{style}"
    yield "// action:prompt_show"


def plain(text: str) -> str:
    """One line, with nothing in it that a front end may take for markup.

    File names and Klipper's words are hostile text; a dialog is no place for them to
    be anything but letters.
    """
    line = " ".join(text.split())
    line = "".join(char for char in line if char.isprintable())
    return line.replace("<", "‹").replace(">", "›").replace("&", "＆")[:500]


def parse_answer(line: str) -> tuple[int, str] | None:
    """The question's number and the answer, when a console line is one."""
    match = _ANSWER.match(line)
    return None if match is None else (int(match[1]), match[2])
