"""Dependencies go one way: component -> {driver, api, printer, storage} -> core."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "moonraker_cp"
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
OURS = [name for name in FILES if not name.startswith("demo/")]

# The part that a file belongs to -> the parts whose modules it may import.
MAY_IMPORT = {
    "__init__.py": {"component.py"},
    "component.py": {
        *("beside.py", "driver.py", "settings.py"),
        *("api", "printer", "storage", "core"),
    },
    "beside.py": {"settings.py", "core"},
    "settings.py": {"options.py", "core"},
    "options.py": {"core"},
    "driver.py": {"mailbox.py", "slices.py", "core"},
    "slices.py": set(),
    "mailbox.py": {"core"},
    "core": {"core"},
    "api": {"api", "slices.py", "core"},
    "printer": {"printer", "core"},
    "storage": {"storage", "core"},
    "demo": {"demo"},
}
MOONRAKER = {
    *("component.py", "api/http.py"),
    *("printer/klipper.py", "printer/parts.py"),
}
TORNADO = {"api/http.py"}
JINJA = {"printer/render_child.py"}
# Where calls are registered. tests/rig/routes.py lists those of each of them.
ROUTES = {"api/routes.py", "api/takeover.py", "api/octojob.py", "api/pauses.py"}
ROUTERS = ("add_handler", "add_rules", "register_endpoint", "register_static")
MOST_LINES = 400
# the one file that knows the order of things
# The core's decisions are values: none of these may take part in them.
NOT_IN_CORE = {"asyncio", "logging", "random", "sqlite3", "threading", "time"}


def part(name: str) -> str:
    return name.split("/", 1)[0]


def tree(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text("utf-8"))


def imports(name: str, *, typed: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements, lazy ones too; typed: also those for type checkers."""
    stack: list[ast.AST] = [tree(name)]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            stack += [*node.orelse, *(node.body if typed else [])]
        else:
            stack += ast.iter_child_nodes(node)


def outside(name: str, *, typed: bool = False) -> set[str]:
    """Top-level packages that are imported by their absolute names."""
    found: set[str] = set()
    for node in imports(name, typed=typed):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def inside(name: str) -> set[str]:
    """Modules of this package that are imported, as paths in it."""
    found: set[str] = set()
    for node in imports(name, typed=True):
        if isinstance(node, ast.Import) or not node.level:
            continue
        folder = PACKAGE.joinpath(name).parents[node.level - 1]
        base = (
            folder.joinpath(*(node.module or "").split(".")) if node.module else folder
        )
        for alias in node.names:
            target = base / alias.name
            is_module = target.is_dir() or target.with_suffix(".py").is_file()
            chosen = target if is_module else base
            path = chosen if chosen.is_dir() else chosen.with_suffix(".py")
            found.add(path.relative_to(PACKAGE).as_posix())
    return found


def test_every_part_is_known() -> None:
    assert {part(name) for name in FILES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("name", FILES)
def test_imports_go_one_way(name: str) -> None:
    """Siblings meet only as constructor arguments."""
    strangers = {i for i in inside(name) if part(i) not in MAY_IMPORT[part(name)]}
    assert strangers == set()


@pytest.mark.parametrize("name", FILES)
def test_imports_inside_the_package_are_relative(name: str) -> None:
    """In production it is loaded as a package of another name."""
    assert "moonraker_cp" not in outside(name, typed=True)


@pytest.mark.parametrize("name", [n for n in FILES if part(n) == "core"])
def test_the_core_imports_the_standard_library_alone(name: str) -> None:
    standard = getattr(sys, "stdlib_module_names", outside(name, typed=True))
    assert outside(name, typed=True) <= set(standard) | {"__future__"}
    assert not outside(name, typed=True) & NOT_IN_CORE


@pytest.mark.parametrize("name", [n for n in FILES if part(n) == "core"])
def test_the_core_never_waits(name: str) -> None:
    waits = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    assert not [node for node in ast.walk(tree(name)) if isinstance(node, waits)]


@pytest.mark.parametrize("name", OURS)
def test_moonraker_is_met_at_the_edge_alone(name: str) -> None:
    allowed = {"moonraker"} if name in MOONRAKER else set()
    allowed |= {"tornado"} if name in TORNADO else set()
    allowed |= {"jinja2"} if name in JINJA else set()
    standard = getattr(sys, "stdlib_module_names", outside(name))
    assert outside(name) - set(standard) - {"__future__"} <= allowed


def test_the_package_can_be_imported_without_moonraker() -> None:
    assert outside("__init__.py") <= {"__future__", "typing"}


@pytest.mark.parametrize("name", FILES)
def test_files_are_short_enough_to_read(name: str) -> None:
    lines = len((PACKAGE / name).read_text("utf-8").splitlines())
    assert lines <= MOST_LINES


@pytest.mark.parametrize("name", OURS)
def test_nothing_prints(name: str) -> None:
    calls = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]
    names = {c.func.id for c in calls if isinstance(c.func, ast.Name)}
    assert not names & {"print", "breakpoint", "input"}


@pytest.mark.parametrize("name", FILES)
def test_every_file_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(name))


def test_calls_are_registered_where_their_rights_are_tested() -> None:
    found = {
        name
        for name in OURS
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr.startswith(ROUTERS)
    }
    assert found == ROUTES
