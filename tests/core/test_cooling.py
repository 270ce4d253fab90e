"""Cooling: how cold, how long, when, and that it always ends."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from moonraker_cp.core import reasons
from moonraker_cp.core.cooling import cold_at, progress, release_temperature
from moonraker_cp.core.decisions import EndCooling, Rules, Situation, WatchCooling
from moonraker_cp.core.events import CoolingExpired
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.forecast import Forecast, HistoryFacts
from moonraker_cp.core.model import BedState, Materials, Phase
from moonraker_cp.core.outlook import choice_to_come, outlook

from . import phases as at
from .arrows import Row
from .story import GCODE, Story, fresh, printing
from .test_arrows import NAMES, ROWS, SOURCES

FANNED = replace(at.COOL, cooling_fan=0.5, cooling_temperature=25.0)
BY_MATERIAL = replace(at.COOL, release_temperatures=(("petg", 45.0), ("tpu", 0.0)))

LEAVING = [
    pytest.param(row, id=name)
    for row, source, name in zip(ROWS, SOURCES, NAMES)
    if source is Phase.COOLING and row.target is not Phase.COOLING
]


def of(material: str) -> Story:
    """A print whose file says what it is made of."""
    story = fresh("a", "b", rules=BY_MATERIAL)
    story.files = {"a": FileFacts(materials=(material,))}
    return story.start().our_print_begins()


# -- that it ends ---------------------------------------------------------------


@pytest.mark.parametrize("row", LEAVING)
def test_whoever_leaves_cooling_ends_it_first(row: Row) -> None:
    ticket = row.before().state.control.ticket
    _, story = row.tell()
    assert story.sent[0] == EndCooling(ticket)
    assert len([one for one in story.sent if isinstance(one, EndCooling)]) == 1


def test_there_are_many_ways_to_leave_it() -> None:
    assert len(LEAVING) > 15


def test_whoever_stays_does_not_end_it() -> None:
    for row, source in zip(ROWS, SOURCES):
        if source is not Phase.COOLING or row.target is Phase.COOLING:
            _, story = row.tell()
            assert not [one for one in story.sent if isinstance(one, EndCooling)]


def test_what_was_turned_on_is_turned_off() -> None:
    story = at.cooling(rules=FANNED)
    ticket = story.state.control.ticket
    assert story.sent == [WatchCooling(ticket, 30.0, 3600.0, 25.0, 0.5)]
    assert story.stop().sent == [EndCooling(ticket, fan=True)]


def test_the_answer_to_an_end_changes_nothing() -> None:
    """It may come back as a script that failed: somebody's print was in the way."""
    story = at.cooling(rules=FANNED)
    story.print_begins("x")
    before = story.state
    (end,) = story.sent
    assert story.state.control.ticket != end.ticket
    assert story.script_ends("x is on the printer.").state == before


# -- the limit ------------------------------------------------------------------


def expires(story: Story, temperature: float | None) -> Story:
    return story.tell(CoolingExpired(story.state.control.ticket, temperature))


def test_a_bed_that_stays_warm_is_held_or_cleared_as_the_option_says() -> None:
    held = expires(at.cooling(), 41.25)
    assert (held.phase, held.why) == (Phase.BLOCKED, reasons.COOLING)
    assert "30 °C" in held.words
    assert "41.2 °C" in held.words
    assert expires(at.cooling(rules=at.COOL_ANYWAY), 41.25).phase is Phase.CLEARING


def test_a_sensor_that_is_silent_or_broken_is_held_in_any_case() -> None:
    for temperature, words in ((None, "reads nothing"), (-91.0, "reads -91.0 °C")):
        story = expires(at.cooling(rules=at.COOL_ANYWAY), temperature)
        assert (story.phase, story.scripts) == (Phase.BLOCKED, [])
        assert words in story.words


def test_what_no_bed_can_read_is_not_cold() -> None:
    for temperature in (None, -91.0):
        story = printing("a", "b", rules=at.COOL)
        story.see(bed_temperature=temperature)
        assert story.print_ends().phase is Phase.COOLING


def test_a_sensor_that_fails_blocks_with_klippers_words() -> None:
    story = at.cooling().klippy_stops("ADC out of range")
    assert (story.phase, story.why) == (Phase.BLOCKED, reasons.LOST)
    assert "ADC out of range" in story.words
    assert story.bed[0] is BedState.OCCUPIED
    assert [type(one) for one in story.sent] == [EndCooling]


# -- how cold -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loaded", "degrees"),
    [
        ((), 30.0),
        ((None,), 30.0),
        (("PLA",), 30.0),
        (("PETG",), 45.0),
        (("petg_Red_#ff0000",), 45.0),
        (("PETG", None), 45.0),
        (("PETG", "PLA"), 30.0),
        (("TPU",), 0.0),
        (("TPU", "PETG"), 45.0),
        (("PETG-CF",), 30.0),
    ],
)
def test_the_materials_of_the_newest_print_say_how_cold(
    loaded: Materials, degrees: float
) -> None:
    assert release_temperature(BY_MATERIAL, loaded) == degrees


def test_no_material_is_waited_for_where_none_is_named() -> None:
    only_petg = Rules(release_temperatures=(("petg", 45.0),))
    assert release_temperature(only_petg, ()) == 0.0
    assert release_temperature(only_petg, ("PLA",)) == 0.0


def test_the_threshold_of_the_material_is_watched_told_and_foretold() -> None:
    story = at.warm(of("PETG_red")).print_ends()
    (watch,) = story.sent
    assert isinstance(watch, WatchCooling)
    assert watch.below == 45.0
    here = situation(story)
    assert "cools to 45 °C" in outlook(here, choice_to_come(here)).text
    assert "did not cool to 45 °C" in expires(story, 60.0).words


def test_a_bed_that_is_cold_enough_for_its_material_is_cleared_at_once() -> None:
    story = of("PETG")
    story.see(bed_temperature=44.0)
    assert story.print_ends().phase is Phase.CLEARING


# -- when -----------------------------------------------------------------------


def situation(story: Story, cold_at: float | None = None) -> Situation:
    now = 1_700_000_000.0 + story.clock
    look, rules = story.look, story.rules
    return Situation(story.state, look, rules, now, story.clock, cold_at=cold_at)


def test_progress_is_told_while_it_cools_and_never_else() -> None:
    story = at.cooling()
    now = 1_700_000_000.0 + story.clock
    known = progress(situation(story, cold_at=story.clock + 90))
    assert known is not None
    assert (known.target, known.temperature) == (30.0, 60.0)
    assert (known.since, known.limit_at) == (now, now + 3600)
    assert known.expected == now + 90
    story.see(bed_temperature=None)
    unknown = progress(situation(story))
    assert unknown is not None
    assert (unknown.temperature, unknown.expected) == (None, None)
    others = [one() for one in at.ONE_OF_EACH.values()]
    told = {one.phase for one in others if progress(situation(one)) is not None}
    assert told == {Phase.COOLING}


def test_the_outlook_knows_when_the_script_runs() -> None:
    story = at.cooling()
    here = situation(story, cold_at=story.clock + 90)
    forecast = Forecast(here, HistoryFacts(clearing_seconds=600.0))
    sweeps, starts = outlook(here, choice_to_come(here), forecast).steps
    assert sweeps.expected == here.now + 90
    assert starts.expected == here.now + 600
    slow = replace(here, cold_at=story.clock + 700)
    _, starts = outlook(slow, choice_to_come(slow), forecast).steps
    assert starts.expected is None, "it takes longer than it did so far"


def bed(seconds: float, ambient: float = 20.0, noise: float = 0.0) -> list[tuple]:  # type: ignore[type-arg]
    """80 °C at clock 1000, cooling with a time constant of ten minutes."""
    return [
        (1000.0 + t, ambient + 60 * math.exp(-t / 600) + noise * math.sin(t * 1.7))
        for t in range(0, int(seconds) + 1, 2)
    ]


COLD = 1000.0 + 600 * math.log(60 / 10)
"""When that bed is at 30 °C."""


def test_the_curve_of_cooling_is_followed_to_its_end() -> None:
    for seconds in (120, 300, 900):
        assert cold_at(bed(seconds), 30.0) == pytest.approx(COLD, abs=1.0)
    assert cold_at(bed(900, noise=0.05), 30.0) == pytest.approx(COLD, rel=0.05)


def test_before_the_curve_can_be_seen_a_line_does() -> None:
    expected = cold_at(bed(20), 30.0)
    assert expected is not None
    assert 1000 + 300 < expected < COLD, "a bed cools slower and slower"
    straight = [(float(t), 60.0 - t / 10) for t in range(0, 101, 2)]
    assert cold_at(straight, 30.0) == pytest.approx(300.0)


def test_what_nobody_can_know_is_not_made_up() -> None:
    assert cold_at([], 30.0) is None
    assert cold_at([(1000.0, 60.0)], 30.0) is None
    assert cold_at(bed(4), 30.0) is None, "too early"
    assert cold_at(bed(900, ambient=35.0), 30.0) is None, "the room is too warm"
    held = [(float(t), 45.0 + 0.1 * (t % 3)) for t in range(300)]
    assert cold_at(held, 30.0) is None
    heated = [(float(t), 45.0 + t / 10) for t in range(100)]
    assert cold_at(heated, 30.0) is None


def test_a_cold_bed_is_cold_now() -> None:
    assert cold_at([(1000.0, 30.0)], 30.0) == 1000.0
    assert cold_at(bed(1500), 30.0) == 2500.0


def test_what_earlier_prints_left_in_the_tools_is_no_matter() -> None:
    """After ABS, a file that names no material cools as any other does."""
    rules = replace(
        GCODE, release_temperature=28.0, release_temperatures=(("abs", 50),)
    )
    story = fresh("a", "b", rules=rules)
    story.files = {"a": FileFacts(materials=("ABS",)), "b": FileFacts()}
    story.start().our_print_begins()
    assert story.state.control.release == 50.0
    at.warm(story).print_ends().bed_is_clear().our_print_begins()
    assert story.state.control.loaded == ("ABS",)
    assert story.state.control.release == 28.0
