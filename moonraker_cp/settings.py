"""[continuousprint] -> frozen Settings; each option once.

The table is the documentation's source too: docs/configuration.md is checked
against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from .core.conditions import Strategy
from .core.decisions import BedClearing, Rules

Default = Union[str, bool, float]
DAY = 24 * 3600.0


@dataclass(frozen=True)
class Option:
    """One option: unit is "" for text and switches; choices only for text."""

    name: str
    default: Default
    unit: str
    meaning: str
    choices: tuple[str, ...] = ()
    least: float = 0.0


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
        " runs. Required with bed_clearing: gcode.",
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
)


class BadSettings(ValueError):
    """An option that cannot be used; its text says which and what is wanted."""


@dataclass(frozen=True)
class Settings:
    """keep_removed, keep_history: in seconds; 0 as the options say."""

    rules: Rules
    uploads: str = "off"
    uploads_folder: str = ""
    keep_removed: float = 30 * DAY
    keep_history: float = 0.0
    job_queue: str = "replace"


def read_settings(config: Any) -> Settings:
    """Read Moonraker's section. Raises BadSettings with advice."""
    values = {option.name: _read(config, option) for option in OPTIONS}
    clearing = BedClearing(values["bed_clearing"])
    gcode = str(values["bed_clearing_gcode"]).strip()
    if clearing is BedClearing.GCODE and not gcode:
        raise BadSettings(
            "[continuousprint] bed_clearing is gcode, but bed_clearing_gcode is"
            " empty. Say there how the part gets off the bed, or use"
            " bed_clearing: manual."
        )
    rules = _rules(values, clearing, gcode)
    _check_cooling(rules)
    return Settings(
        rules,
        uploads=str(values["queue_uploads"]),
        uploads_folder=str(values["queue_uploads_folder"]).strip(" /"),
        keep_removed=float(values["keep_removed_days"]) * DAY,
        keep_history=float(values["keep_history_days"]) * DAY,
        job_queue=str(values["job_queue"]),
    )


def _rules(values: Mapping[str, Default], clearing: BedClearing, gcode: str) -> Rules:
    return Rules(
        bed_clearing=clearing,
        clearing_gcode=gcode,
        finish_gcode=str(values["finish_gcode"]).strip(),
        clear_after_last=bool(values["clear_after_last"]),
        start_means_bed_clear=bool(values["start_means_bed_clear"]),
        release_temperature=float(values["release_temperature"]),
        release_temperatures=_by_material(str(values["release_temperatures"])),
        cooling_temperature=float(values["cooling_temperature"]),
        cooling_fan=float(values["cooling_fan"]),
        cooling_limit=float(values["cooling_time_limit"]),
        clear_when_expired=values["cooling_timeout_action"] == "clear",
        strategy=Strategy(values["strategy"]),
        profile=str(values["printer_profile"]).strip(),
    )


def _by_material(text: str) -> tuple[tuple[str, float], ...]:
    """ "PLA: 30, PETG: 45", with commas or line breaks between them."""
    found: dict[str, float] = {}
    for part in filter(str.strip, text.replace("\n", ",").split(",")):
        name, _, value = (each.strip() for each in part.partition(":"))
        try:
            degrees = float(value)
        except ValueError:
            degrees = -1.0
        if not name or not 0 <= degrees < float("inf"):
            raise BadSettings(
                f"[continuousprint] release_temperatures has {part.strip()!r}; write"
                " a material and its temperature in °C, as in PLA: 30, PETG: 45."
            )
        found[name.casefold()] = degrees
    return tuple(found.items())


def _check_cooling(rules: Rules) -> None:
    if rules.cooling_fan > 1:
        raise BadSettings(
            f"[continuousprint] cooling_fan is {rules.cooling_fan:g}; it must be from"
            " 0 to 1, 1 for full speed."
        )
    release = (rules.release_temperature, *dict(rules.release_temperatures).values())
    coldest = min((one for one in release if one > 0), default=None)
    if coldest is not None and rules.cooling_temperature >= coldest:
        raise BadSettings(
            f"[continuousprint] cooling_temperature is {rules.cooling_temperature:g},"
            f" so the bed would never cool to {coldest:g} °C. Make it lower than every"
            " release temperature."
        )


def _read(config: Any, option: Option) -> Default:
    if isinstance(option.default, bool):
        return bool(config.getboolean(option.name, option.default))
    if isinstance(option.default, float):
        return float(config.getfloat(option.name, option.default, minval=option.least))
    text = str(config.get(option.name, option.default))
    if option.choices and text.lower() not in option.choices:
        raise BadSettings(
            f"[continuousprint] {option.name} is {text!r}; it must be one of"
            f" {', '.join(option.choices)}."
        )
    return text.lower() if option.choices else text
