"""docs/compared.md: every row is there, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "compared.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-Z]\d+[a-c]?) \|(.*)\|$", PAGE, re.MULTILINE)
NUMBERS = {
    *(f"D{n}" for n in range(1, 31)),
    *(f"Q{n}" for n in range(1, 14)),
    *(f"S{n}" for n in range(1, 7)),
    *(f"P{n}" for n in range(1, 10)),
    *(f"G{n}" for n in range(1, 18)),
}
ON_THE_PRINTER = "tests/rig/"
NEEDS_NO_PRINTER = {"G5c", "G15"}  # what is asked and counted, not what moves


def test_every_row_is_there_once() -> None:
    names = [name for name, _ in ROWS]
    assert len(names) == len(set(names))
    assert set(names) >= NUMBERS


@pytest.mark.parametrize(("name", "rest"), ROWS, ids=[name for name, _ in ROWS])
def test_the_test_that_a_row_names_exists(name: str, rest: str) -> None:
    cells = [cell.strip() for cell in rest.split("|")]
    assert len(cells) == 3
    assert all(cells)
    file, _, test = cells[2].strip("`").partition("::")
    text = (ROOT / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {test}\(", text, re.MULTILINE), cells[2]
    if name.startswith("G") and name not in NEEDS_NO_PRINTER:
        assert file.startswith(ON_THE_PRINTER)
