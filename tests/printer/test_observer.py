"""Klipper's status -> core events: recorded printers, and cases made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from moonraker_cp.core.events import (
    Event,
    Loss,
    PrintEnded,
    PrinterLost,
    PrinterSeen,
)
from moonraker_cp.core.model import Outcome
from moonraker_cp.core.printer import PrintState
from moonraker_cp.printer.observer import Observer

from .replay import FOLDER, Query, names, told, words

MID = ["seen standby", "started mid.gcode"]
MID_CANCELLED = [*MID, "ended mid.gcode cancelled", "calmed"]
MID_RESET = [*MID, "ended cancelled", "calmed"]  # a cancel that empties the name
RECONNECTED = ["lost by disconnect", "seen standby"]
SHORT = ["started short.gcode", "ended short.gcode success"]

RECORDED: dict[str, list[str]] = {
    "cancel_builtin": MID_CANCELLED,
    "cancel_during_heat": [
        "seen standby",
        "started hot.gcode",
        "ended hot.gcode cancelled",
        "calmed",
    ],
    "cancel_immediately": [*MID_CANCELLED, *MID_CANCELLED[1:]],
    "cancel_inside_file": [
        "seen standby",
        "started inlinecancel.gcode",
        "ended inlinecancel.gcode cancelled",
        "calmed",
    ],
    "cancel_macro_never_cancels": MID_RESET,
    "cancel_macro_no_pause_resume": MID_RESET,
    "cancel_macro_norename_cfg": ["seen stopped"],
    "cancel_macro_resetfile": MID_RESET,
    "cancel_renamed_macro": MID_CANCELLED,
    "cancel_while_paused": [*MID, "paused", *MID_CANCELLED[2:]],
    "config_error": ["seen stopped", "lost by disconnect", "seen stopped"],
    "filament_runout": [*MID, "paused", "calmed", "resumed", *MID_CANCELLED[2:]],
    "firmware_restart_midprint": [*MID, *RECONNECTED],
    "gcode_error_move": [
        "seen standby",
        "started moveerr.gcode",
        "ended moveerr.gcode failure",
        "calmed",
        *SHORT,
    ],
    "gcode_error_temp": [
        "seen standby",
        "started raise.gcode",
        "ended raise.gcode failure",
        "calmed",
    ],
    "gcode_unknown_command": [
        "seen standby",
        "started unknowncmd.gcode",
        "ended unknowncmd.gcode success",
    ],
    "heater_no_heat": ["seen standby", "started hot.gcode", "lost by shutdown"],
    "klippy_kill9_cold": [*MID, *RECONNECTED],
    "klippy_kill9_hot": [
        "seen standby",
        "started hot.gcode",
        "lost by disconnect",
        "seen stopped",
        *RECONNECTED,
    ],
    "m112_http": [
        *MID,
        "lost by shutdown",
        "lost by disconnect",
        "seen stopped",
        *RECONNECTED,
    ],
    "m112_in_file": ["seen standby", "started m112.gcode", "lost by shutdown"],
    "mcu_hang_2s": MID,
    "mcu_hang_2s_strict": [*MID, "lost by shutdown"],
    "mcu_loss": [*MID, "lost by shutdown", *RECONNECTED, *RECONNECTED, *SHORT],
    "mcu_loss_quick_restart": [*MID, "lost by shutdown", *RECONNECTED, *SHORT],
    "mcu_spontaneous_restart": [*MID, "lost by shutdown", *RECONNECTED],
    "moonraker_restart_midprint": [*MID, "seen printing", "ended mid.gcode success"],
    "normal_completion": ["seen standby", *SHORT, "calmed"],
    "pause_inside_file": [
        "seen standby",
        "started inlinepause.gcode",
        "paused",
        "ended inlinepause.gcode success",
    ],
    "pause_resume": [*MID, "paused", "calmed", "resumed", "ended mid.gcode success"],
    "restart_midprint": [*MID, *RECONNECTED],
    "start_missing_file": ["seen standby", *SHORT, "calmed"],
    "start_right_after_complete": ["seen standby", *SHORT, *SHORT, *SHORT],
    "start_while_printing": [*MID, "paused", "ended mid.gcode cancelled", *SHORT],
    "thermal_runaway": ["seen standby", "started hot.gcode", "lost by shutdown"],
    "thermistor_open": [*MID, "ended mid.gcode failure", "lost by shutdown"],
    "tiny_file": [
        "seen standby",
        *["started tiny.gcode", "ended tiny.gcode success"] * 2,
        *["started tinyerr.gcode", "ended tinyerr.gcode failure"] * 2,
    ],
}


def test_every_recording_is_replayed_and_small() -> None:
    assert sorted(RECORDED) == names()
    assert all(path.stat().st_size < 6000 for path in FOLDER.iterdir())


@pytest.mark.parametrize("query", list(Query))
@pytest.mark.parametrize("name", names())
def test_a_recording(name: str, query: Query) -> None:
    assert told(name, query) == RECORDED[name]


# -- by hand -----------------------------------------------------------------

Status = dict[str, dict[str, Any]]


def status(
    state: str = "standby", filename: str = "", seconds: float = 0.0, **stats: Any
) -> Status:
    """A whole status of a printer that is ready."""
    return {
        "webhooks": {"state": "ready", "state_message": "Printer is ready"},
        "print_stats": {
            "state": state,
            "filename": filename,
            "message": "",
            "total_duration": seconds,
            **stats,
        },
        "virtual_sdcard": {"is_active": state == "printing"},
        "idle_timeout": {"state": "Printing" if state == "printing" else "Ready"},
        "pause_resume": {"is_paused": state == "paused"},
        "heater_bed": {"temperature": 25.0},
    }


def observer(first: Status) -> Observer:
    """An observer that has seen this when it connected."""
    made = Observer()
    assert [words(e).split()[0] for e in made.connected(first, 0.0)] == ["seen"]
    return made


def tell(made: Observer, *updates: Status) -> list[str]:
    return [words(e) for update in updates for e in made.feed(update, 1.0)]


def test_the_same_update_twice_tells_nothing_new() -> None:
    made = observer(status())
    printing, ended = status("printing", "a.g", 1.0), status("complete", "a.g", 9.0)
    assert tell(made, printing, printing) == ["started a.g"]
    assert tell(made, ended, ended) == ["ended a.g success", "calmed"]


def test_a_print_replaced_by_another_file() -> None:
    made = observer(status("printing", "a.g", 5.0))
    update = {"print_stats": {"filename": "b.g", "total_duration": 0.2}}
    assert tell(made, update) == ["ended a.g cancelled", "started b.g"]


def test_a_print_replaced_by_the_same_file() -> None:
    """Its clock runs back: that is all there is to see."""
    made = observer(status("printing", "a.g", 5.0))
    update = {"print_stats": {"total_duration": 0.2}}
    assert tell(made, update) == ["ended a.g cancelled", "started a.g"]


def test_a_replaced_print_keeps_its_own_figures() -> None:
    made = observer(status("printing", "a.g", 5.0, filament_used=70.0))
    ended = made.feed(status("printing", "b.g", 0.2, filament_used=0.0), 1.0)[0]
    assert isinstance(ended, PrintEnded)
    assert (ended.look.filename, ended.look.filament_used) == ("a.g", 70.0)
    assert ended.message


def test_a_start_while_paused_discards_the_paused_print() -> None:
    made = observer(status("paused", "a.g", 5.0))
    update = status("printing", "b.g", 0.1)
    update["pause_resume"]["is_paused"] = True  # as on a real printer
    assert tell(made, update) == ["ended a.g cancelled", "started b.g"]
    assert made.look.pause_flag


def test_a_replacement_that_ended_within_one_update() -> None:
    made = observer(status("printing", "a.g", 5.0))
    assert tell(made, status("complete", "b.g", 0.1)) == [
        "ended a.g cancelled",
        "started b.g",
        "ended b.g success",
        "calmed",
    ]


def test_a_print_that_is_paused_at_first_sight() -> None:
    made = observer(status())
    assert tell(made, status("paused", "a.g", 1.0)) == ["started a.g", "paused"]


def test_a_strangers_tiny_file_twice() -> None:
    """Durations that differ by less than any printer can print in still differ."""
    made = observer(status())
    assert tell(made, status("complete", "a.g", 0.00048)) == [
        "started a.g",
        "ended a.g success",
    ]
    assert tell(made, {"print_stats": {"total_duration": 0.00049}}) == [
        "started a.g",
        "ended a.g success",
    ]


def test_our_tiny_file_twice_with_nothing_to_see() -> None:
    """Klipper shows the very same numbers again; its ok proves the second run."""
    made = observer(status("complete", "a.g", 0.0004))
    same = status("complete", "a.g", 0.0004)
    assert tell(made, same) == []
    events = made.start_accepted(same, 2.0, made.prints_seen)
    assert [words(e) for e in events] == ["started a.g", "ended a.g success"]


def test_the_query_is_answered_before_the_update() -> None:
    made = observer(status("complete", "a.g", 9.0))
    seen, update = made.prints_seen, status("printing", "a.g", 0.1)
    answered = made.start_accepted(update, 2.0, seen)
    assert [words(e) for e in answered] == ["started a.g"]
    assert tell(made, update) == []


def test_the_query_is_answered_after_the_update() -> None:
    made = observer(status("complete", "a.g", 9.0))
    seen, update = made.prints_seen, status("printing", "a.g", 0.1)
    assert tell(made, update) == ["started a.g"]
    assert made.start_accepted(update, 2.0, seen) == []


def test_the_query_comes_when_the_print_has_begun_and_ended() -> None:
    made = observer(status("complete", "a.g", 9.0))
    seen = made.prints_seen
    tell(made, status("printing", "a.g", 0.1), status("complete", "a.g", 0.3))
    assert made.start_accepted(status("complete", "a.g", 0.3), 2.0, seen) == []


def test_loaded_but_not_yet_printing_right_after_ok() -> None:
    """Standby with the file's name, or the card already read: it will begin."""
    for reading in (False, True):
        made = observer(status("complete", "old.g", 9.0))
        loaded = status("standby", "a.g")
        loaded["virtual_sdcard"]["is_active"] = reading
        assert made.start_accepted(loaded, 2.0, made.prints_seen) == []
        assert tell(made, status("printing", "a.g", 0.2)) == ["started a.g"]


def test_cancelled_and_reset_before_the_query() -> None:
    made = observer(status("complete", "old.g", 9.0))
    events = made.start_accepted(status("standby", ""), 2.0, made.prints_seen)
    assert [words(e) for e in events] == ["started", "ended cancelled"]


def test_standby_after_a_print_means_that_it_was_cancelled() -> None:
    made = observer(status("printing", "a.g", 5.0))
    (ended, _calmed) = made.feed(status("standby", ""), 1.0)
    assert isinstance(ended, PrintEnded)
    assert ended.outcome is Outcome.CANCELLED


def test_an_error_carries_klippers_words() -> None:
    made = observer(status("printing", "a.g", 5.0))
    update = status("error", "a.g", 6.0, message="Must home axis first")
    ended = made.feed(update, 1.0)[0]
    assert isinstance(ended, PrintEnded)
    assert (ended.outcome, ended.message) == (Outcome.FAILURE, "Must home axis first")


def test_a_state_of_print_stats_that_nobody_knows_ends_nothing() -> None:
    """A newer Klipper's word must not look like a cancelled print."""
    made = observer(status("printing", "a.g", 5.0))
    update: Status = {"print_stats": {"state": "purging", "total_duration": 6.0}}
    assert tell(made, update) == []
    assert made.look.has_print
    assert tell(made, status("complete", "a.g", 9.0))[0] == "ended a.g success"


def test_a_state_that_nobody_knows_at_first_sight_is_standby() -> None:
    made = observer(status("purging", "a.g"))
    assert made.look.state is PrintState.STANDBY


def test_a_printer_without_a_heated_bed() -> None:
    whole = status()
    del whole["heater_bed"]
    made = observer(whole)
    assert made.look.bed_temperature is None
    assert tell(made, status("printing", "a.g", 0.2)) == ["started a.g"]


def test_a_printer_that_tells_nearly_nothing() -> None:
    made = observer({"webhooks": {"state": "ready"}})
    assert made.look.idle_problem() == ""
    assert not made.look.has_print


def test_a_stopped_klipper_is_judged_before_its_print() -> None:
    made = observer(status("printing", "a.g", 5.0))
    update = status("paused", "a.g", 5.2)
    update["webhooks"] = {"state": "shutdown", "state_message": " Lost \n"}
    assert made.feed(update, 1.0) == [PrinterLost(Loss.SHUTDOWN, "Lost")]
    assert made.lost(Loss.SHUTDOWN, "Lost") == []
    assert tell(made, status("complete", "a.g", 6.0)) == []


def test_the_shutdown_event_before_its_update() -> None:
    made = observer(status("printing", "a.g", 5.0))
    assert made.lost(Loss.SHUTDOWN, "M112") == [PrinterLost(Loss.SHUTDOWN, "M112")]
    update = status("paused", "a.g", 5.2)
    update["webhooks"] = {"state": "shutdown", "state_message": "M112"}
    assert tell(made, update) == []
    assert not made.look.ready


def test_after_a_shutdown_only_a_new_connection_makes_it_ready() -> None:
    """An update that was under way still says ready; it must not be believed."""
    made = observer(status("printing", "a.g", 5.0))
    made.lost(Loss.SHUTDOWN, "M112")
    assert tell(made, {"print_stats": {"total_duration": 5.3}}) == []
    assert not made.look.ready


def test_calm_is_told_once_the_printer_stops_moving() -> None:
    made = observer(status())
    moving: Status = {"idle_timeout": {"state": "Printing"}}
    still: Status = {"idle_timeout": {"state": "Ready"}}
    assert tell(made, moving, still, still) == ["calmed"]


def test_a_connection_forgets_what_the_last_one_showed() -> None:
    made = observer(status("printing", "a.g", 5.0))
    made.lost(Loss.DISCONNECT, "Klipper")
    events: list[Event] = made.connected({"webhooks": {"state": "ready"}}, 2.0)
    assert isinstance(events[0], PrinterSeen)
    assert events[0].look.filename == ""
    assert tell(made, {"idle_timeout": {"state": "Ready"}}) == []


def test_a_name_that_is_not_utf8_can_be_stored() -> None:
    observer = Observer()
    stats = {"state": "printing", "filename": "W\udcfcrfel.gcode", "message": "\ud800"}
    observer.connected({"webhooks": {"state": "ready"}, "print_stats": stats}, 1.0)
    assert observer.look.filename == "W?rfel.gcode"
    assert observer.look.message == "?"
