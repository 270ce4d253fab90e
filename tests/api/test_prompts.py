"""The dialog keeps in step with the question, and only where it can be answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moonraker_cp.api.prompts import (
    Prompts,
    address,
    parse_answer,
    plain,
    prompt_lines,
)
from moonraker_cp.core.questions import LABELS, Answer, Question

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


def test_not_yet_closes_the_dialog_until_the_next_question(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    lines.clear()
    prompts.put_off(ASKED.id)
    assert lines == ["// action:prompt_end"]
    lines.clear()
    prompts.refresh(ASKED)  # some other change of the queue
    assert lines == []
    prompts.refresh(NEWER)
    assert lines == list(prompt_lines(NEWER))


def test_not_yet_to_an_older_question_leaves_the_newer_dialog(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    prompts.refresh(NEWER)
    lines.clear()
    prompts.put_off(ASKED.id)
    prompts.refresh(NEWER)
    assert lines == []


def test_what_was_put_off_is_asked_again_when_klipper_is_back(
    prompts: Prompts, lines: list[str]
) -> None:
    prompts.set_usable(True, ASKED)
    prompts.put_off(ASKED.id)
    lines.clear()
    prompts.set_usable(True, ASKED)
    assert lines == list(prompt_lines(ASKED))


def test_without_respond_nothing_is_closed(prompts: Prompts, lines: list[str]) -> None:
    prompts.refresh(ASKED)
    prompts.put_off(ASKED.id)
    prompts.close_stale()
    assert lines == []


def test_a_picture_is_its_address(prompts: Prompts, lines: list[str]) -> None:
    url = "http://cam:8080/?action=snapshot&n=2"
    prompts.set_usable(True, replace(ASKED, picture=url))
    assert f"// action:prompt_text Picture: {url}" in lines
    assert address("/a b<i>\"'`ü") == "/a%20b%3Ci%3E%22%27%60%C3%BC"


def test_every_answer_has_a_label_and_a_style_that_front_ends_know() -> None:
    asked = replace(ASKED, answers=tuple(Answer))
    buttons = [one for one in prompt_lines(asked) if "footer_button" in one]
    shown = [one.partition("footer_button ")[2].split("|") for one in buttons]
    styles = {"primary", "secondary", "info", "warning", "error"}
    assert [label for label, _, _ in shown] == [LABELS[one] for one in Answer]
    assert {style for _, _, style in shown} <= styles
    messages = [gcode.partition('MSG="')[2].rstrip('"') for _, gcode, _ in shown]
    echoed = [parse_answer(f"// {one}") for one in messages]
    assert echoed == [(41, one.value) for one in Answer]


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


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\r", "\v", "\x1c", "\x85", "\u2028", "\0"]
)
def test_a_hostile_name_breaks_no_line_of_the_dialog(end: str) -> None:
    """Front ends read each console line by itself, from its first letter on."""
    evil = f"{end}// action:prompt_footer_button Print|M112|error{end}"
    name = f"a{evil}// action:prompt_end{end}<img src=x onerror=alert(1)>&lt;.gcode"
    asked = replace(ASKED, text=name, advice=name, next_path=name, picture=evil)
    lines = list(prompt_lines(asked))
    kinds = [line.partition("// action:prompt_")[2].split(" ")[0] for line in lines]
    assert kinds == ["begin", *["text"] * 4, "footer_button", "show"]
    assert lines[-2:] == list(prompt_lines(ASKED))[-2:], "the buttons are ours"
    for line in lines:
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        assert not set("<>") & set(line)
        assert "&lt;" not in line
