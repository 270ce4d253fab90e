"""[continuousprint] -> frozen Settings. The options themselves are in options.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .core.conditions import Strategy
from .core.decisions import BedClearing, Rules
from .core.failures import FailureRules, OnTrouble
from .core.hours import Hours, parse_hours
from .core.notices import Notice
from .core.spools import MaterialPolicy
from .options import OPTIONS, Default, Option

DAY = 24 * 3600.0


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
    failure_clients: tuple[str, ...] = ()
    timelapse_limit: float = 300.0
    notifiers: tuple[str, ...] = ()
    notices: frozenset[Notice] = frozenset(Notice)
    announcements: bool = True
    page_url: str = ""
    power_switch: bool = False


Values = Mapping[str, Default]


def read_settings(config: Any) -> Settings:
    """Read Moonraker's section. Raises BadSettings with advice."""
    return make_settings(read_values(config))


def read_values(config: Any) -> Values:
    """What is in force, by the options' names. Raises BadSettings for a word that is
    none of an option's choices."""
    return {option.name: _read(config, option) for option in OPTIONS}


def in_force(values: Values) -> tuple[tuple[Option, Default], ...]:
    """Every option and its value, in the table's order."""
    return tuple((option, values[option.name]) for option in OPTIONS)


def make_settings(values: Values) -> Settings:
    """Raises BadSettings with advice."""
    clearing = BedClearing(values["bed_clearing"])
    gcode = str(values["bed_clearing_gcode"]).strip()
    rules = _rules(values, clearing, gcode)
    _check_cooling(rules)
    return Settings(
        rules,
        uploads=str(values["queue_uploads"]),
        uploads_folder=str(values["queue_uploads_folder"]).strip(" /"),
        keep_removed=float(values["keep_removed_days"]) * DAY,
        keep_history=float(values["keep_history_days"]) * DAY,
        job_queue=str(values["job_queue"]),
        failure_clients=_words(values["failure_clients"]),
        timelapse_limit=float(values["timelapse_time_limit"]),
        notifiers=_words(values["notifiers"]),
        notices=_notices(values["notify_about"]),
        announcements=bool(values["announcements"]),
        page_url=_address("page_url", str(values["page_url"]).strip()),
        power_switch=bool(values["power_switch"]),
    )


def _rules(values: Values, clearing: BedClearing, gcode: str) -> Rules:
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
        failures=_failures(values),
        verify_expression=str(values["verify_bed"]).strip(),
        verify_url=_address("verify_bed_url", str(values["verify_bed_url"]).strip()),
        verify_limit=float(values["verify_bed_time_limit"]),
        material_policy=MaterialPolicy(values["material_policy"]),
        material_margin=float(values["material_margin"]) / 100,
        hours=_hours(str(values["quiet_hours"])),
        ends_before_quiet=bool(values["end_before_quiet_hours"]),
        pause_after=int(values["pause_after_prints"]),
        maintenance_hours=float(values["maintenance_hours"]),
        power_device=str(values["power_device"]).strip(),
        power_off_below=float(values["power_off_below"]),
    )


def _failures(values: Values) -> FailureRules:
    return FailureRules(
        on_failure=OnTrouble(values["on_failure"]),
        on_cancel=OnTrouble(values["on_cancel"]),
        retries=int(values["retries"]),
        retry_within=float(values["retry_minutes"]) * 60,
        stop_after=int(values["stop_after_failures"]),
        by_script=bool(values["clear_after_failure"]),
        cancel_on_report=values["on_failure_report"] == "cancel",
    )


def _hours(text: str) -> Hours:
    try:
        return parse_hours(text)
    except ValueError as error:
        raise BadSettings(f"[continuousprint] quiet_hours: {error}") from error


def _address(name: str, url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise BadSettings(
            # Not what it is: an address may hold a password, and this is logged.
            f"[continuousprint] {name} must begin with http:// or https://."
        )
    return url


def _words(text: Default) -> tuple[str, ...]:
    """What stands between commas or line breaks."""
    parts = str(text).replace("\n", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _notices(text: Default) -> frozenset[Notice]:
    names = _words(text)
    known = {one.value for one in Notice}
    for name in names:
        if name not in known:
            raise BadSettings(
                f"[continuousprint] notify_about has {name!r}; it must be of"
                f" {', '.join(sorted(known))}."
            )
    return frozenset(map(Notice, names))


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
