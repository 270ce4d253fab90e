"""The property test is only as good as the broken machines that it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .mutants import MUTANTS, Mutant, mutated

QUICK = settings(
    max_examples=300,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

PATIENT = settings(QUICK, max_examples=2000)
"""A broken machine may live quietly for a while."""


def test_it_spares_the_core_as_it_is(tmp_path: Path) -> None:
    """A kill means something only beside a survivor."""
    with mutated(Mutant("nothing", ()), tmp_path) as sound:
        few = settings(QUICK, max_examples=50)
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            sound.PrinterStory, settings=few
        )


SHY = {
    "a copy may be recalled twice",
    "a bug leaves its run open for ever",
    "a job that failed is not put on hold",
    "a printer that we turned off once may always go away",
    "a script's veto is the last word of nobody",
    "a veto is not heard",
    "it is never the printer",
    "nobody is told that the script in the print is in doubt",
    "the wrong material is printed",
}
"""They live quietly for hundreds of random lives before they are found out."""

EACH = [
    pytest.param(
        mutant,
        id=mutant.name,
        marks=[pytest.mark.slow] if number % 3 == 2 or mutant.name in SHY else [],
    )
    for number, mutant in enumerate(MUTANTS)
]
"""The shy ones and every third of the others wait for the slow lane."""


@pytest.mark.parametrize("mutant", EACH)
def test_the_property_test_kills(mutant: Mutant, tmp_path: Path) -> None:
    with mutated(mutant, tmp_path) as broken:
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                broken.PrinterStory, settings=PATIENT
            )
        except Exception as error:
            words = str(error).splitlines()[:1] or [""]
            print(f"{mutant.name}: killed by {type(error).__name__}: {words[0]}")
            return
    pytest.fail(f"{mutant.name}: survived")
