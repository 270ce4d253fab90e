"""The documentation says what the code does: options, paths, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moonraker_cp.core.model import Phase
from moonraker_cp.options import OPTIONS, Option

from . import write_api_docs
from .draw_machine import draw

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def page(name: str) -> str:
    path = ROOT / name
    assert path.is_file(), f"{name} is missing"
    return path.read_text("utf-8")


# -- options --------------------------------------------------------------------


def rows(text: str) -> dict[str, list[str]]:
    """The table's rows by the option that each begins with."""
    cells = (line.split("|")[1:-1] for line in text.splitlines() if line[:1] == "|")
    return {row[0].strip(" `"): [cell.strip() for cell in row] for row in cells if row}


def shown(default: object) -> str:
    if default == "":
        return "(empty)"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_is_documented_with_default_and_unit(option: Option) -> None:
    row = rows(page("docs/configuration.md")).get(option.name)
    assert row is not None, f"no row for {option.name}"
    _, default, unit, meaning = row
    assert default == shown(option.default)
    assert unit == option.unit
    assert meaning
    for choice in option.choices:
        assert f"`{choice}`" in meaning


def test_no_option_is_documented_that_does_not_exist() -> None:
    names = set(rows(page("docs/configuration.md"))) - {"option", "---"}
    assert names == {option.name for option in OPTIONS}


# -- endpoints ------------------------------------------------------------------


CALLS = [
    (method, path)
    for one in write_api_docs.tables()
    for path in one.paths
    for method in one.calls
]


@pytest.mark.parametrize(("method", "path"), CALLS, ids=lambda value: str(value))
def test_a_call_is_documented(method: str, path: str) -> None:
    text = page("docs/api.md")
    if path.startswith("/api/plugin/"):  # the same calls, for the usual nginx
        assert f"`{path}`" in text
    else:
        assert f"`{method} {path}`" in text


def test_no_call_is_documented_that_does_not_exist() -> None:
    text = page("docs/api.md")
    said = re.findall(r"^#+ `(GET|POST|DELETE) (/[^`]+)`", text, re.MULTILINE)
    assert set(said) <= set(CALLS)


async def test_the_api_documents_are_those_of_the_tables() -> None:
    how = "python -m tests.write_api_docs"
    assert page("docs/openapi.json") == write_api_docs.document(), how
    assert page("docs/api.md") == await write_api_docs.page(), how


def test_the_phases_are_in_the_documentation() -> None:
    text = page("docs/api.md") + page("docs/glossary.md")
    assert [phase.value for phase in Phase if phase.value not in text] == []


# -- links ----------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    plain = (re.sub(r"[^\w\- ]", "", h.lower()) for h in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_links_inside_the_project_resolve(path: Path) -> None:
    for link in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{path.name} links to {link}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text("utf-8")), link


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/safety.md"])
def test_pages_that_the_code_points_to_exist(name: str) -> None:
    assert page(name).startswith("# ")


def test_the_drawn_state_machine_is_the_declared_one() -> None:
    drawn = (ROOT / "docs" / "state-machine.md").read_text("utf-8")
    assert drawn == draw(), "python -m tests.draw_machine > docs/state-machine.md"
