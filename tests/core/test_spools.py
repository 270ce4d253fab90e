"""What is loaded against what a copy needs: right, wrong, or not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonraker_cp.core.files import FileFacts, Files
from moonraker_cp.core.model import Materials, Set
from moonraker_cp.core.spools import (
    MaterialPolicy,
    Shortage,
    Spool,
    Spools,
    merged,
    obstacle,
    shortages,
    with_row,
)

MARGIN = 0.1
PLA = Spool("PLA_red_#ff0000", None, 500.0)
ROLL = Spool("PLA__#1a1a1a", 7, 500.0, "Prusament Galaxy Black")
ONE = Set(1, "a.gcode", 1, 1)


def file(*materials: str | None, weight: float | None = 100.0) -> Files:
    return {"a.gcode": FileFacts(materials=materials, filament_weight=weight)}


def lacks(
    spools: Spools,
    files: Files,
    wants: Materials = (),
    ids: tuple[int | None, ...] = (),
) -> list[tuple[int, bool]]:
    one = replace(ONE, materials=wants, spools=ids)
    return [(s.tool, s.certain) for s in shortages(one, files, spools, MARGIN)]


def text(spools: Spools, files: Files, wants: Materials = ()) -> str:
    (found,) = shortages(replace(ONE, materials=wants), files, spools, MARGIN)
    return found.text


# -- the material --------------------------------------------------------------------

Lacks = list[tuple[int, bool]]
FITS: Lacks = []
WRONG: Lacks = [(0, True)]
UNKNOWN: Lacks = [(0, False)]


@pytest.mark.parametrize(
    ("wanted", "loaded", "answer"),
    [
        ("PLA", "PLA", FITS),
        ("pla", " PLA ", FITS),
        ("PLA", "PLA_red_#ff0000", FITS),
        ("PLA", "PETG", WRONG),
        ("PLA", "PETG_red_#ff0000", WRONG),
        ("PLA", "", UNKNOWN),
        # A variant may do where the plain type is asked for, not the other way round.
        ("PLA", "PLA+", UNKNOWN),
        ("PLA", "PLA-CF", UNKNOWN),
        ("PLA", "PLA Silk", UNKNOWN),
        ("PLA-CF", "PLA", WRONG),
        ("PET", "PETG", WRONG),
        ("PLA_red", "PLA_red", FITS),
        ("PLA_red", "PLA_Red_#ff0000", FITS),
        ("PLA_red", "PLA_blue", WRONG),
        ("PLA_red", "PLA", UNKNOWN),
        ("PLA_red", "PLA__#ff0000", UNKNOWN),
        ("PLA_red", "PETG", WRONG),
        # Where both have a code, the names of colours do not matter.
        ("PLA_red_#ff0000", "PLA_fire_#FF0000", FITS),
        ("PLA_red_#ff0000", "PLA__#ff0000", FITS),
        ("PLA_red_#ff0000", "PLA_#ff0000ff", FITS),
        ("PLA_red_#ff0000", "PLA_red_#ee0000", WRONG),
        ("PLA__#ff0000", "PLA_red", UNKNOWN),
        ("_red", "PETG_red", FITS),
    ],
)
def test_a_material_is_right_wrong_or_not_known(
    wanted: str, loaded: str, answer: Lacks
) -> None:
    spools = (Spool(loaded, None, 500.0),)
    assert lacks(spools, file(wanted)) == answer, "as the file was sliced"
    words = "the set's word goes before the file's"
    assert lacks(spools, file("ABS"), (wanted,)) == answer, words


def test_a_colour_may_be_in_the_name_on_the_box() -> None:
    assert lacks((ROLL,), file(), ("PLA_black",)) == FITS
    assert lacks((ROLL,), file(), ("PLA_galaxy black",)) == FITS
    assert lacks((ROLL,), file(), ("PLA_lack",)) == UNKNOWN
    assert lacks((ROLL,), file(), ("PLA_red_#ff0000",)) == WRONG


def test_nothing_is_known_of_an_empty_tool() -> None:
    assert lacks((), file("PLA")) == UNKNOWN
    assert lacks((None, PLA), file("PLA")) == UNKNOWN


def test_a_tool_for_which_nothing_is_asked_is_no_matter() -> None:
    assert lacks((), file()) == FITS
    assert lacks((), {}) == FITS, "a file that was not read yet"
    assert lacks((replace(PLA, remaining=None),), file()) == FITS
    assert lacks((PLA, Spool("PETG", None, 0.0)), file("PLA", None)) == FITS
    assert lacks((PLA,), file(None, "PETG")) == [(1, False)]


def test_each_tool_is_looked_at() -> None:
    spools = (PLA, Spool("ABS", None, 500.0), None)
    files = file("PLA", "PETG", "TPU")
    assert lacks(spools, files) == [(1, True), (2, False)]


# -- the spool -----------------------------------------------------------------------


def test_a_spool_that_was_asked_for_is_right_whatever_is_said_of_it() -> None:
    assert lacks((ROLL,), file("PETG"), ("ABS",), (7,)) == FITS
    assert lacks((Spool("", 7, 500.0),), file("PLA"), (), (7,)) == FITS


def test_another_spool_is_wrong_even_of_the_same_material() -> None:
    assert lacks((ROLL,), file("PLA"), (), (8,)) == WRONG


def test_a_roll_without_an_id_may_be_the_one() -> None:
    assert lacks((PLA,), file("PLA"), (), (7,)) == UNKNOWN
    assert lacks((), file("PLA"), (), (7,)) == UNKNOWN


def test_the_right_spool_may_hold_too_little() -> None:
    assert lacks((replace(ROLL, remaining=50.0),), file(), (), (7,)) == WRONG


def test_a_spool_for_another_tool() -> None:
    files = file("PLA", "PLA")
    assert lacks((PLA, ROLL), files, (), (None, 7)) == FITS
    assert lacks((PLA, ROLL), files, (), (None, 8)) == [(1, True)]


# -- the weight ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "answer"),
    [(110.0, FITS), (109.9, WRONG), (0.0, WRONG), (None, UNKNOWN)],
)
@pytest.mark.parametrize("materials", [("PLA",), (None, "PLA")])
def test_one_tool_needs_all_of_the_weight_and_its_margin(
    materials: tuple[str | None, ...],
    left: float | None,
    answer: Lacks,
) -> None:
    tool = len(materials) - 1
    spools = (*[None] * tool, replace(PLA, remaining=left))
    assert lacks(spools, file(*materials)) == [(tool, sure) for _, sure in answer]


def test_of_several_tools_nobody_knows_which_takes_how_much() -> None:
    files, little = file("PLA", "PLA"), replace(PLA, remaining=60.0)
    assert lacks((PLA, little), files) == [(1, False)]
    assert lacks((PLA, PLA), files) == FITS


def test_a_file_that_takes_nobody_knows_how_much() -> None:
    assert lacks((PLA,), file("PLA", weight=None)) == UNKNOWN
    assert lacks((PLA,), {}, ("PLA",)) == UNKNOWN
    assert lacks((PLA,), file(weight=None)) == FITS, "nothing is asked"


def test_a_file_that_does_not_name_its_materials() -> None:
    """It takes one tool where there is no other; else nobody knows which."""
    little = replace(PLA, remaining=60.0)
    assert lacks((little,), file()) == WRONG
    assert lacks((little, PLA), file()) == UNKNOWN
    assert lacks((little, little), file(), (None, "PLA")) == [(1, False)]
    assert lacks((PLA, replace(ROLL, remaining=1.0)), file(), (), (None, 7)) == [
        (1, False)
    ]


def test_of_a_wrong_roll_nobody_asks_the_weight() -> None:
    assert lacks((Spool("PETG", None, 1.0),), file("PLA")) == WRONG
    assert lacks((Spool("", 7, 1.0),), file("PLA")) == [(0, False), (0, True)]


# -- what is said --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spools", "files", "wants", "said"),
    [
        (
            (Spool("PETG_blue", None, 1.0),),
            file("PLA"),
            ("PLA_red_#ff0000",),
            "Tool 0 needs PLA red #ff0000, but PETG blue is loaded.",
        ),
        (
            (),
            file("PLA"),
            (),
            "Tool 0 needs PLA; what is loaded is not known.",
        ),
        (
            (ROLL,),
            file("PETG"),
            (),
            "Tool 0 needs PETG, but spool 7 (PLA #1a1a1a Prusament Galaxy Black) is"
            " loaded.",
        ),
        (
            (Spool("", 7, 500.0),),
            file("PETG"),
            (),
            "Tool 0 needs PETG; it is not known whether spool 7 is that.",
        ),
        (
            (Spool("PLA", 7, 109.9),),
            file("PLA"),
            (),
            "Tool 0 needs 110 g, but only 109 g are left of spool 7 (PLA).",
        ),
        (
            (Spool("PLA", None, None),),
            file("PLA"),
            (),
            "Tool 0 may run out: how much is left in it is not known.",
        ),
        (
            (PLA,),
            file("PLA", weight=None),
            (),
            "Tool 0 may run out: how much the file takes is not known.",
        ),
        (
            (PLA, replace(PLA, material="PLA", remaining=60.0)),
            file("PLA", "PLA"),
            (),
            "Tool 1 may run out: 60 g are left of PLA, and the file takes up to 110 g"
            " of it.",
        ),
    ],
)
def test_the_words(spools: Spools, files: Files, wants: Materials, said: str) -> None:
    assert text(spools, files, wants) == said


# -- what blocks ---------------------------------------------------------------------


def test_only_what_is_certain_blocks_and_only_where_it_was_chosen() -> None:
    spools = (None, Spool("ABS", None, 500.0))
    files = file("PLA", "PETG")
    found = {
        policy: obstacle(ONE, files, spools, policy, MARGIN)
        for policy in MaterialPolicy
    }
    wrong = Shortage("Tool 1 needs PETG, but ABS is loaded.", 1, True)
    assert found == {
        MaterialPolicy.OFF: None,
        MaterialPolicy.WARN: None,
        MaterialPolicy.BLOCK: wrong,
    }
    assert obstacle(ONE, files, (), MaterialPolicy.BLOCK, MARGIN) is None


MATERIALS = st.sampled_from(["", "PLA", "PLA_red", "PLA__#ff0000", "PETG", "_", "#"])
ROLLS = st.builds(
    Spool,
    MATERIALS,
    st.none() | st.integers(1, 3),
    st.none() | st.floats(0, 300),
    st.sampled_from(["", "Fire Red"]),
)
TABLES = st.lists(st.none() | ROLLS, max_size=3).map(tuple)


@given(
    TABLES,
    st.lists(st.none() | MATERIALS, max_size=3),
    st.lists(st.none() | MATERIALS, max_size=3).map(tuple),
    st.lists(st.none() | st.integers(1, 3), max_size=3).map(tuple),
    st.none() | st.floats(0, 300),
)
def test_what_nobody_knows_never_blocks(
    spools: Spools,
    sliced_for: list[str | None],
    wants: Materials,
    ids: tuple[int | None, ...],
    weight: float | None,
) -> None:
    one = replace(ONE, materials=wants, spools=ids)
    files = file(*sliced_for, weight=weight)
    blind = tuple(roll and Spool("", None, None) for roll in spools)
    for unknown in (blind, ()):
        assert not any(s.certain for s in shortages(one, files, unknown, MARGIN))
    found = shortages(one, files, spools, MARGIN)
    for shortage in found:
        assert shortage.text.endswith(".")
        assert f"Tool {shortage.tool} " in shortage.text
    tools = [shortage.tool for shortage in found if shortage.certain]
    assert len(tools) == len(set(tools)), "one certain word for each tool"


# -- the table -----------------------------------------------------------------------


def test_spoolmans_spool_is_tool_0s() -> None:
    assert merged(None, ()) == ()
    assert merged(None, (PLA, None)) == (PLA,)
    assert merged(ROLL, ()) == (ROLL,)
    assert merged(ROLL, (PLA, None, PLA)) == (ROLL, None, PLA)


def test_a_row_is_put_and_taken() -> None:
    table = with_row((), 2, PLA)
    assert table == (None, None, PLA)
    assert with_row(table, 0, ROLL) == (ROLL, None, PLA)
    assert with_row(table, 2, None) == ()
