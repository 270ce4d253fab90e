"""The dialog keeps in step with the question, and only where it can be answered."""

from __future__ import annotations

import pytest

from moonraker_cp.api.prompts import Prompts, parse_answer, plain, prompt_lines
from moonraker_cp.core.questions import Answer, Question

ASKED = Question(41, "a.gcode failed: <b>|no", "Clear it.", (Answer.BED_CLEAR,))
NEWER = Question(42, "Again.", "Clear it.", (Answer.BED_CLEAR, Answer.STOP))


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def prompts(lines: list[str]) -> Prompts:
    return Prompts(lines.append)


def test_nothing_is_said_without_respond(prompts: Prompts, lines: list[str]) -> None:
    prompts.refresh(ASKED)
    prompts.set_usable(False, ASKED)
    assert lines == []


def test_a_question_opens_is_not_repeated_and_closes(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    assert lines == list(prompt_lines(ASKED))
    prompts.refresh(ASKED)
    assert lines == list(prompt_lines(ASKED))
    prompts.refresh(NEWER)
    assert lines[len(list(prompt_lines(ASKED))) :] == [
        "// action:prompt_end",
        *prompt_lines(NEWER),
    ]
    prompts.refresh(None)
    assert lines[-1] == "// action:prompt_end"
    count = len(lines)
    prompts.refresh(None)
    assert len(lines) == count


def test_klipper_came_back_the_dialog_is_put_again(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    lines.clear()
    prompts.set_usable(True, ASKED)
    assert lines == list(prompt_lines(ASKED))


def test_an_old_answer_closes_only_a_dialog_that_nobody_needs(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    lines.clear()
    prompts.close_stale()
    assert lines == []
    prompts.refresh(None)
    lines.clear()
    prompts.close_stale()
    assert lines == ["// action:prompt_end"]


def test_a_button_and_its_echo_agree() -> None:
    button = next(line for line in prompt_lines(ASKED) if "footer_button" in line)
    label, gcode, style = button.partition("footer_button ")[2].split("|")
    assert (label, style) == ("Bed is clear, go on", "primary")
    message = gcode.partition('MSG="')[2].rstrip('"')
    assert parse_answer(f"// {message}") == (41, "bed_clear")


@pytest.mark.parametrize(
    "line",
    [
        "// action:cp_answer",
        "// action:cp_answer x clear",
        "// action:cp_answer 41 clear; DROP",
        "action:cp_answer 41 clear",
        "// action:prompt_footer_button a|action:cp_answer 1 stop|x",
        "// action:cp_answer 99999999999999999999 clear",
        "B:20.0 /0.0 T0:20.0 /0.0",
    ],
)
def test_other_lines_are_no_answers(line: str) -> None:
    assert parse_answer(line) is None


def test_hostile_text_is_one_line_of_letters() -> None:
    shown = plain("<script>\nalert(1)\n// action:prompt_end\x07&lt;" + "x" * 900)
    assert "<" not in shown
    assert ">" not in shown
    assert "\n" not in shown
    assert "\x07" not in shown
    assert len(shown) == 500
