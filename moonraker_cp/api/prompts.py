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
from urllib.parse import quote

from ..core.questions import LABELS, Answer, Question

Say = Callable[[str], None]

_END = "// action:prompt_end"
_IN_ADDRESSES = "%/:?#[]@!$&()*+,;="
_ANSWER = re.compile(r"// action:cp_answer (\d{1,18}) ([a-z_]{1,20})\s*\Z")
_STYLES = {
    Answer.BED_CLEAR: "primary",
    Answer.START: "primary",
    Answer.PRINT_AGAIN: "warning",
    Answer.RUN_SCRIPT: "warning",
    Answer.PRINT_ANYWAY: "warning",
    Answer.NOT_YET: "info",
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
        self._later: int | None = None

    def refresh(self, asked: Question | None) -> None:
        """Show the question that is asked now, or close the dialog."""
        is_later = asked is not None and asked.id == self._later
        wanted = asked if self._usable and not is_later else None
        if wanted == self._shown:
            return
        if self._shown is not None:
            self.say(_END)
        self._shown = wanted
        if wanted is not None:
            for line in prompt_lines(wanted):
                self.say(line)

    def set_usable(self, usable: bool, asked: Question | None) -> None:
        """Klipper is back: whatever dialog there was, its consoles forgot it."""
        self._usable = usable
        self._shown = None
        self._later = None
        self.refresh(asked)

    def put_off(self, question: int) -> None:
        """Somebody answers it later: its dialog closes everywhere, until the next."""
        self._later = question
        if self._shown is None or self._shown.id == question:
            self._shown = None
            self.close_stale()

    def close_stale(self) -> None:
        """An answer to an old question came: its dialog is still open somewhere."""
        if self._shown is None and self._usable:
            self.say(_END)


def prompt_lines(asked: Question) -> Iterator[str]:
    yield "// action:prompt_begin Continuous print"
    yield f"// action:prompt_text {plain(asked.text)}"
    yield f"// action:prompt_text {plain(asked.advice)}"
    if asked.next_path:
        yield f"// action:prompt_text Next in the queue: {plain(asked.next_path)}"
    if asked.picture:
        yield f"// action:prompt_text Picture: {address(asked.picture)}"
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


def address(url: str) -> str:
    """The same address, with nothing in it that could be markup, and to be copied."""
    return quote(url, safe=_IN_ADDRESSES)


def parse_answer(line: str) -> tuple[int, str] | None:
    """The question's number and the answer, when a console line is one."""
    match = _ANSWER.match(line)
    return None if match is None else (int(match[1]), match[2])
