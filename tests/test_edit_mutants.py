"""The random edits are only as good as the broken edits that they find."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .edit_mutants import MUTANTS, Mutant, mutated

QUICK = settings(
    max_examples=200,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What a broken driver logs is no news."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_it_spares_the_edits_as_they_are(tmp_path: Path) -> None:
    """A kill means something only beside a survivor."""
    with mutated(None, tmp_path) as sound:
        few = settings(QUICK, max_examples=3)
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            sound.EditsStory, settings=few
        )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_random_edits_kill(mutant: Mutant, tmp_path: Path) -> None:
    with mutated(mutant, tmp_path) as broken:
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                broken.EditsStory, settings=QUICK
            )
        except Exception as error:
            words = str(error).splitlines()[:1] or [""]
            print(f"{mutant.name}: killed by {type(error).__name__}: {words[0]}")
            return
    pytest.fail(f"{mutant.name}: survived")
