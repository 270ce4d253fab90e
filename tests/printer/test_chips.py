"""Which copy a print was, in Moonraker's history."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from moonraker_cp.api.prompts import plain
from moonraker_cp.core.model import Run
from moonraker_cp.printer.chips import FIELD, chip, register

RUN = Run(
    id=1,
    job_id=1,
    set_id=1,
    job_name="Clips",
    path="parts/clip.gcode",
    pass_index=0,
    user="ann",
    opened=0.0,
    sent_clock=0.0,
    copy=3,
    copies=10,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Clips, copy 3 of 10"),
        ({"job_name": ""}, "clip.gcode, copy 3 of 10"),
        ({"copy": 1, "copies": 1}, "Clips"),
        ({"pass_index": 1}, "Clips, copy 3 of 10, pass 2"),
        ({"copy": 11}, "Clips, copy 11 of 11"),
    ],
)
def test_a_print_is_named_by_its_job_and_copy(
    changes: dict[str, Any], words: str
) -> None:
    assert chip(replace(RUN, **changes)) == words


@dataclass
class PrinterJob:
    filename: str


@dataclass
class History:
    """Moonraker's, with the fields that others registered."""

    fields: list[dict[str, Any]] = field(default_factory=list)
    current_job: Any = None

    def register_auxiliary_field(self, new: dict[str, Any]) -> None:
        self.fields.append(new)

    def begins(self, filename: str) -> Any:
        """What is asked of the field for a record that begins."""
        self.current_job = PrinterJob(filename)
        return self.fields[0]["reset_callback"]()


def registered(history: Any, run: Run | None) -> bool:
    class Server:
        def lookup_component(self, name: str, default: Any) -> Any:
            assert name == "history"
            return history or default

    server: Any = Server()
    return register(server, dict, lambda: run, plain)


@pytest.mark.parametrize(
    ("run", "filename", "chips"),
    [
        (RUN, "parts/clip.gcode", ["Clips, copy 3 of 10"]),
        (None, "parts/clip.gcode", []),
        (RUN, "other.gcode", []),
    ],
)
def test_only_a_print_of_the_queue_is_named(
    run: Run | None, filename: str, chips: list[str]
) -> None:
    history = History()
    assert registered(history, run)
    assert history.begins(filename) == chips
    (declared,) = history.fields
    assert {name: declared[name] for name in FIELD} == FIELD
    assert declared["units"] == "", "Mainsail writes it behind the value"


def test_a_name_is_no_markup() -> None:
    history = History()
    registered(history, replace(RUN, job_name="<b>x</b>"))
    (words,) = history.begins(RUN.path)
    assert not set("<>&") & set(words)


def test_an_error_of_ours_disturbs_no_history(
    caplog: pytest.LogCaptureFixture,
) -> None:
    history = History()
    registered(history, RUN)
    with caplog.at_level(logging.ERROR):
        assert history.fields[0]["reset_callback"]() == [], "no job is known"
    assert "not in Moonraker's history" in caplog.text


@pytest.mark.parametrize("history", [None, object()])
def test_without_a_history_that_takes_fields_there_are_none(history: Any) -> None:
    assert not registered(history, RUN)
