"""The table of the slow lane names tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .slow_lane import SLOW_LANE

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("file", sorted(SLOW_LANE))
def test_each_name_is_a_test_with_a_sibling_in_ci(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in tree.body if isinstance(node, functions)}
    named = [name.partition("[")[0] for name in SLOW_LANE[file]]
    assert set(named) <= found
    whole = {name for name in SLOW_LANE[file] if "[" not in name}
    tests = {name for name in found if name.startswith("test_")}
    assert tests - whole, "the file would be empty in CI"
