"""[continuousprint] -> Settings: defaults, every option, advice for what is odd."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from moonraker_cp.core.conditions import Strategy
from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.failures import FailureRules, OnTrouble
from moonraker_cp.core.hours import parse_hours
from moonraker_cp.core.notices import Notice
from moonraker_cp.core.spools import MaterialPolicy
from moonraker_cp.options import OPTIONS
from moonraker_cp.settings import BadSettings, Settings, read_settings


class Section:
    """Moonraker's config section, as far as the settings use it."""

    def __init__(self, **values: str) -> None:
        self._values = values
        self.read: list[str] = []

    def get(self, name: str, default: str) -> str:
        self.read.append(name)
        return self._values.get(name, default)

    def getboolean(self, name: str, default: bool) -> bool:
        text = self.get(name, str(default)).lower()
        if text not in ("true", "false"):
            raise ValueError(f"{name} is no boolean")
        return text == "true"

    def getfloat(self, name: str, default: float, minval: float) -> float:
        value = float(self.get(name, str(default)))
        if value < minval:
            raise ValueError(f"{name} is below {minval}")
        return value


def rules(**values: str) -> Rules:
    return read_settings(Section(**values)).rules


def test_an_empty_section_is_the_default_of_the_rules() -> None:
    assert rules() == Rules()


def test_every_option_is_read_once_and_every_rule_can_be_set() -> None:
    section = Section()
    read_settings(section)
    assert section.read == [option.name for option in OPTIONS]
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)
    told = [*fields(Rules), *fields(FailureRules), *fields(Settings)]
    groups = {"rules", "failures"}
    assert len(OPTIONS) == len([one for one in told if one.name not in groups])


def test_every_option_is_understood() -> None:
    assert rules(
        bed_clearing="GCode",
        bed_clearing_gcode="\nG28\nM117 off\n",
        clear_after_last="True",
        release_temperature="27.5",
        release_temperatures="PLA: 30, petg : 45.5,\nPA-CF: 0",
        cooling_temperature="25",
        cooling_fan="0.5",
        cooling_timeout_action="Clear",
        cooling_time_limit="600",
        finish_gcode="  M84 ",
        start_means_bed_clear="true",
        strategy="Shortest_First",
        printer_profile=" MK3S ",
    ) == Rules(
        bed_clearing=BedClearing.GCODE,
        clearing_gcode="G28\nM117 off",
        finish_gcode="M84",
        clear_after_last=True,
        start_means_bed_clear=True,
        release_temperature=27.5,
        release_temperatures=(("pla", 30.0), ("petg", 45.5), ("pa-cf", 0.0)),
        cooling_temperature=25.0,
        cooling_fan=0.5,
        clear_when_expired=True,
        cooling_limit=600.0,
        strategy=Strategy.SHORTEST_FIRST,
        profile="MK3S",
    )


def test_every_option_about_what_happens_between_prints() -> None:
    assert rules(
        verify_bed=" printer.door.closed ",
        verify_bed_url=" https://camera.local/bed ",
        verify_bed_time_limit="12.5",
        on_failure="Retry",
        on_cancel="hold",
        retries="4",
        retry_minutes="1.5",
        stop_after_failures="0",
        clear_after_failure="true",
        on_failure_report="Cancel",
        material_policy="Block",
        material_margin="25",
        quiet_hours="22:00-07:00",
        end_before_quiet_hours="true",
        pause_after_prints="8",
        maintenance_hours="200.5",
        power_device=" printer ",
        power_off_below="45",
    ) == Rules(
        verify_expression="printer.door.closed",
        verify_url="https://camera.local/bed",
        verify_limit=12.5,
        failures=FailureRules(
            on_failure=OnTrouble.RETRY,
            on_cancel=OnTrouble.HOLD,
            retries=4,
            retry_within=90.0,
            stop_after=0,
            by_script=True,
            cancel_on_report=True,
        ),
        material_policy=MaterialPolicy.BLOCK,
        material_margin=0.25,
        hours=parse_hours("22:00-07:00"),
        ends_before_quiet=True,
        pause_after=8,
        maintenance_hours=200.5,
        power_device="printer",
        power_off_below=45.0,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quiet_hours": "25:00-07:00"}, "quiet_hours: "),
        ({"verify_bed_url": "ftp://camera"}, "must begin with http"),
        ({"page_url": "printer.local"}, "page_url.*must begin with http"),
        ({"notify_about": "needs_person, tea"}, "'tea'; it must be of"),
        ({"on_failure": "again"}, "'again'.*stop, skip, hold, retry"),
    ],
)
def test_what_cannot_be_used_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        rules(**values)


def test_what_the_core_does_not_decide_on() -> None:
    section = Section(
        queue_uploads="Draft",
        queue_uploads_folder="/from the slicer/",
        keep_removed_days="2",
        keep_history_days="365",
        timelapse_time_limit="900",
        notifiers="phone, workshop,",
        notify_about="needs_person\nqueue_blocked",
        announcements="False",
        page_url=" https://printers.example/queue/ ",
        power_switch="True",
    )
    read = read_settings(section)
    assert (read.timelapse_limit, read.notifiers) == (900.0, ("phone", "workshop"))
    assert (read.announcements, read.power_switch) == (False, True)
    assert read.page_url == "https://printers.example/queue/"
    assert read.notices == {Notice.NEEDS_PERSON, Notice.QUEUE_BLOCKED}
    assert (read.uploads, read.uploads_folder) == ("draft", "from the slicer")
    assert (read.keep_removed, read.keep_history) == (2 * 86400, 365 * 86400)


@pytest.mark.parametrize("script", ["", "  \n "])
def test_the_clearing_script_may_be_a_hooks(script: str) -> None:
    read = rules(bed_clearing="gcode", bed_clearing_gcode=script)
    assert (read.bed_clearing, read.clearing_gcode) == (BedClearing.GCODE, "")


def test_a_word_that_is_no_choice_is_answered_with_the_choices() -> None:
    with pytest.raises(BadSettings, match=r"'magic'.*manual, gcode"):
        rules(bed_clearing="magic")


def test_a_script_may_stay_while_a_person_clears_the_bed() -> None:
    assert rules(bed_clearing_gcode="G28").bed_clearing is BedClearing.MANUAL


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"release_temperatures": "PLA 30"}, "'PLA 30'.*PLA: 30, PETG: 45"),
        ({"release_temperatures": "PLA: 30, PETG: warm"}, "'PETG: warm'"),
        ({"release_temperatures": "PLA: -1"}, "'PLA: -1'"),
        ({"release_temperatures": ": 30"}, "': 30'"),
        ({"release_temperatures": "PLA: nan"}, "'PLA: nan'"),
        ({"cooling_fan": "128"}, "cooling_fan is 128.*0 to 1"),
        (
            {"release_temperature": "30", "cooling_temperature": "30"},
            "never cool to 30",
        ),
        (
            {"release_temperatures": "PLA: 28, PETG: 45", "cooling_temperature": "40"},
            "never cool to 28",
        ),
    ],
)
def test_cooling_that_could_not_work_is_refused(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadSettings, match=words):
        rules(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"release_temperature": "-1"},
        {"cooling_temperature": "-1"},
        {"cooling_fan": "-0.1"},
        {"cooling_time_limit": "0"},
        {"clear_after_last": "1"},
    ],
)
def test_limits_and_switches_are_moonrakers_to_refuse(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        rules(**values)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_says_what_it_means(option: Any) -> None:
    assert option.meaning.endswith(".")
    assert bool(option.unit) == isinstance(option.default, float)
    assert not option.choices or option.default in option.choices
