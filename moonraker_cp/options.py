"""The options of [continuousprint], each once.

The table is the documentation's source too: docs/configuration.md is checked against
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from .core.conditions import Strategy
from .core.failures import OnTrouble
from .core.notices import Notice
from .core.spools import MaterialPolicy

Default = Union[str, bool, float]


@dataclass(frozen=True)
class Option:
    """One option: unit is "" for text and switches; choices only for text. secret: an
    address that may hold a password."""

    name: str
    default: Default
    unit: str
    meaning: str
    choices: tuple[str, ...] = ()
    least: float = 0.0
    secret: bool = False


OPTIONS: tuple[Option, ...] = (
    Option(
        "bed_clearing",
        "manual",
        "",
        "How the bed gets clear after a good print: a person does it and says so,"
        " or the script below does it.",
        choices=("manual", "gcode"),
    ),
    Option(
        "bed_clearing_gcode",
        "",
        "",
        "The G-code that gets the part off the bed. Motion has ended before it"
        " runs. Scripts of the clear_bed hook run after it.",
    ),
    Option(
        "clear_after_last",
        False,
        "",
        "Also clear the bed by script after the last print of the queue.",
    ),
    Option(
        "release_temperature",
        0.0,
        "°C",
        "Before the clearing script runs, turn the bed off and wait until its"
        " sensor reads this or less. 0: do not wait.",
    ),
    Option(
        "release_temperatures",
        "",
        "",
        "The same for parts of some materials, as in PLA: 30, PETG: 45. The materials"
        " of the newest print count; of several, the lowest temperature.",
    ),
    Option(
        "cooling_temperature",
        0.0,
        "°C",
        "Hold the bed at this temperature while it cools, instead of turning it off."
        " It must be below every release temperature. 0: off.",
    ),
    Option(
        "cooling_fan",
        0.0,
        "0 to 1",
        "How fast the part fan runs while the bed cools; it is turned off after that."
        " 0: it is left alone.",
    ),
    Option(
        "cooling_time_limit",
        3600.0,
        "seconds",
        "How long to wait for that; the option below says what happens then.",
        least=1.0,
    ),
    Option(
        "cooling_timeout_action",
        "hold",
        "",
        "What happens when the bed did not cool in time: hold the queue and ask, or"
        " clear the bed as warm as it is. A bed whose sensor cannot be read is held"
        " in any case.",
        choices=("hold", "clear"),
    ),
    Option(
        "finish_gcode",
        "",
        "",
        "The G-code to run once when nothing is left to print. The last part may"
        " still be on the bed.",
    ),
    Option(
        "start_means_bed_clear",
        False,
        "",
        "Every Start is taken for a person's word that the bed is clear, as in"
        " OctoPrint's Continuous Print. Only for printers that nobody starts"
        " from afar.",
    ),
    Option(
        "strategy",
        Strategy.IN_ORDER.value,
        "",
        "Which job is next: the first of the queue, the one that needs the fewest"
        " material changes, the shortest, or by priority and then due date.",
        choices=tuple(one.value for one in Strategy),
    ),
    Option(
        "printer_profile",
        "",
        "",
        "The kind of printer this is, as slicers name it. Files that were sliced for"
        " another kind are passed over. Empty: all files are for this printer.",
    ),
    Option(
        "queue_uploads",
        "off",
        "",
        "What becomes of G-code files that arrive by upload: nothing, a job that waits"
        " to be released, or one that is ready to print.",
        choices=("off", "draft", "ready"),
    ),
    Option(
        "queue_uploads_folder",
        "",
        "",
        "Only files that arrive in this folder of the gcodes folder, or below it, are"
        " queued. Empty: all of them.",
    ),
    Option(
        "keep_removed_days",
        30.0,
        "days",
        "How long removed jobs can be brought back. 0: until Moonraker starts again.",
    ),
    Option(
        "keep_history_days",
        0.0,
        "days",
        "How long runs stay in the history. 0: for ever.",
    ),
    Option(
        "job_queue",
        "replace",
        "",
        "Whether the job queue panels of Mainsail and Fluidd show and drive this queue,"
        " or Moonraker's own is left as it is.",
        choices=("replace", "leave"),
    ),
    Option(
        "verify_bed",
        "",
        "",
        "An expression of Klipper's objects that has to be true after the clearing"
        " script, or the bed does not count as clear.",
    ),
    Option(
        "verify_bed_url",
        "",
        "",
        "The address of a program that is asked the same, over HTTP: see verify.md.",
        secret=True,
    ),
    Option(
        "verify_bed_time_limit",
        30.0,
        "seconds",
        "How long that program may take; no answer in time is a no.",
        least=1.0,
    ),
    Option(
        "on_failure",
        OnTrouble.STOP.value,
        "",
        "What becomes of a copy that failed: ask and leave it next, skip what is left"
        " of its set in this pass, put its job on hold, or try it again. The bed has to"
        " be cleared in any case.",
        choices=tuple(one.value for one in OnTrouble),
    ),
    Option(
        "on_cancel",
        OnTrouble.STOP.value,
        "",
        "The same for a print that somebody cancelled at the printer; stop also stops"
        " the queue.",
        choices=tuple(one.value for one in OnTrouble),
    ),
    Option(
        "retries",
        2.0,
        "attempts",
        "How often one copy is tried again.",
    ),
    Option(
        "retry_minutes",
        0.0,
        "minutes",
        "Only what failed within so much of its print is tried again. 0: whenever it"
        " failed.",
    ),
    Option(
        "stop_after_failures",
        3.0,
        "prints",
        "So many early failures in a row, of two files or more, are taken for the"
        " printer's fault: nothing is tried before a person has looked. 0: never.",
    ),
    Option(
        "clear_after_failure",
        False,
        "",
        "The clearing script may also clear a failed print, when the queue goes on"
        " after it. Loose filament may be anywhere: a person is safer.",
    ),
    Option(
        "on_failure_report",
        "pause",
        "",
        "What a failure that a detector, macro or program reports does to the print"
        " that runs: pause it and ask, or cancel it. It is cancelled in any case when"
        " the options above go on by themselves.",
        choices=("pause", "cancel"),
    ),
    Option(
        "failure_clients",
        "",
        "",
        "Names of Moonraker's clients, as moonraker-obico, whose pause reports a"
        " failure, with commas between. Everybody else's pause is a pause.",
    ),
    Option(
        "material_policy",
        MaterialPolicy.OFF.value,
        "",
        "What happens when the material that a print needs is not loaded, or not"
        " enough of it: nothing, a notification, or the queue waits for it. What is"
        " not known never blocks.",
        choices=tuple(one.value for one in MaterialPolicy),
    ),
    Option(
        "material_margin",
        10.0,
        "percent",
        "How much more than a file needs has to be left on its spool.",
    ),
    Option(
        "quiet_hours",
        "",
        "",
        "When no print begins, as in 22:00-07:00 or Mon-Fri 22:00-06:30, Sat, Sun"
        " 00:00-24:00. See when.md.",
    ),
    Option(
        "end_before_quiet_hours",
        False,
        "",
        "Also do not begin a print that would last into them, by its estimate.",
    ),
    Option(
        "pause_after_prints",
        0.0,
        "prints",
        "Stop and ask for a person after so many prints, as when a stack of plates is"
        " used up. 0: never.",
    ),
    Option(
        "maintenance_hours",
        0.0,
        "hours",
        "Stop and ask for maintenance after so many hours of printing. 0: never.",
    ),
    Option(
        "power_device",
        "",
        "",
        "The name of one of Moonraker's [power] devices: turned on before the first"
        " print.",
    ),
    Option(
        "power_off_below",
        0.0,
        "°C",
        "Turn that device off when the queue is done and bed and nozzle are at this or"
        " less. 0: never.",
    ),
    Option(
        "timelapse_time_limit",
        300.0,
        "seconds",
        "How long the next print waits while moonraker-timelapse makes its video. 0: it"
        " does not wait.",
    ),
    Option(
        "notifiers",
        "",
        "",
        "Names of Moonraker's [notifier] sections that are told what happens, with"
        " commas between them.",
    ),
    Option(
        "notify_about",
        ", ".join(one.value for one in Notice),
        "",
        "What they are told, with commas between. Programs are told everything.",
    ),
    Option(
        "announcements",
        True,
        "",
        "While the queue asks for a person, an announcement says so behind the bell of"
        " Mainsail and Fluidd.",
    ),
    Option(
        "page_url",
        "",
        "",
        "The address of the queue's page as your browsers reach it, for links to it."
        " Empty: made of this computer's address and Moonraker's port.",
    ),
    Option(
        "power_switch",
        False,
        "",
        "A switch named Continuous print beside Moonraker's power devices: on is Start,"
        " off is Stop.",
    ),
)
