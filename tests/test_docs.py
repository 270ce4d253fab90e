"""The documentation says what the code does: options, paths, links, recipes, site."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import jinja2
import pytest
import yaml  # type: ignore[import-untyped]

from moonraker_cp.core.decisions import Rules, Situation
from moonraker_cp.core.hooks import Hook, Script
from moonraker_cp.core.model import Phase, State
from moonraker_cp.core.printer import Look
from moonraker_cp.demo.stack import Stack
from moonraker_cp.options import OPTIONS, Option
from moonraker_cp.printer import library
from moonraker_cp.settings import read_settings

from . import draw_machine, write_api_docs
from .api.scene import scene
from .scripting import COMMANDS, Klippy, scripts
from .test_settings import Section

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
    how = "python -m tests.draw_machine"
    assert draw_machine.PAGE.read_text("utf-8") == draw_machine.draw(), how
    assert draw_machine.PICTURE.read_text("utf-8") == draw_machine.picture(), how


# -- the site -------------------------------------------------------------------


def test_every_page_is_in_the_navigation_once() -> None:
    listed = re.findall(r"^ +- .+: (\S+\.md)$", page("mkdocs.yml"), re.MULTILINE)
    pages = [str(path.relative_to(ROOT / "docs")) for path in ROOT.glob("docs/**/*.md")]
    assert sorted(listed) == sorted(pages)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it; any warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir"]
    done = subprocess.run([*build, folder], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_is_whole(site: Path) -> None:
    sketches = [path.name for path in library.FOLDER.glob("*.svg")]
    assert sketches
    for name in (
        "index.html",
        "openapi.json",
        *(f"images/clearing/{s}" for s in sketches),
    ):
        assert (site / name).is_file(), name


LOADED = re.compile(
    r"<(?:script|img|iframe|link|source)\b[^>]*?\b(?:src|href)=\"?([^\s\">]+)"
)


def test_the_site_calls_no_other_host(site: Path) -> None:
    seen = 0
    for path in site.rglob("*.html"):
        loaded = LOADED.findall(path.read_text("utf-8"))
        seen += len(loaded)
        assert [one for one in loaded if re.match(r"(https?:)?//", one)] == [], path
    assert seen
    for path in site.rglob("*.css"):
        text = path.read_text("utf-8")
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", text), path


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_a_list_begins_after_an_empty_line(path: Path) -> None:
    """GitHub does without; the site would make it a paragraph."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    assert re.findall(r"^(?![-*#| ]|\d+\.)\S.*\n(?:[-*]|1\.) .*$", text, re.M) == []


# -- recipes --------------------------------------------------------------------


class Block(NamedTuple):
    """A fenced block. title: the file, or for a script the hook, that it is for."""

    kind: str
    title: str
    text: str

    def sections(self) -> dict[str, dict[str, str]]:
        """As Moonraker and Klipper read their files."""
        parser = configparser.RawConfigParser(delimiters=(":", "="), strict=True)
        parser.read_string(self.text)
        return {name: dict(parser[name]) for name in parser.sections()}


FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
BLOCKS = [Block(*found) for found in FENCE.findall(page("docs/recipes.md"))]
QUEUE = "continuousprint"


def blocks(kind: str, title: str = "") -> list[Block]:
    found = [one for one in BLOCKS if one.kind == kind and one.title.endswith(title)]
    assert found, f"no {kind} block for {title}"
    return found


def test_every_recipe_is_of_a_kind_that_is_tested() -> None:
    hooks = {hook.value for hook in Hook}
    for one in BLOCKS:
        files = {"ini": ("moonraker.conf", "printer.cfg"), "sh": ("",)}
        files.update(yaml=("configuration.yaml",), jinja=tuple(hooks))
        assert one.kind in files, one
        assert one.title.rpartition("/")[2] in files[one.kind], one
    assert len(BLOCKS) == page("docs/recipes.md").count("\n```") // 2


def test_the_queue_takes_the_options_of_the_recipes() -> None:
    known = {option.name for option in OPTIONS}
    for one in blocks("ini", "moonraker.conf"):
        options = one.sections().get(QUEUE)
        if options is not None:
            assert set(options) <= known, one
            read_settings(Section(**options))


async def test_the_scripts_of_the_recipes_pass_the_check() -> None:
    macros = {
        name.split()[1]
        for one in blocks("ini", "printer.cfg")
        for name in one.sections()
        if name.startswith("gcode_macro ")
    }
    klippy = Klippy()
    klippy.status["gcode"] = {"commands": {key: {} for key in (*COMMANDS, *macros)}}
    settings: dict[str, Any] = {f"gcode_macro {name.lower()}": {} for name in macros}
    klippy.status["configfile"] = {"settings": settings}
    here = Situation(State(), Look(ready=True), Rules(), now=1.0, clock=1.0)
    for one in blocks("jinja"):
        script = Script(one.title, one.text.strip())
        report = await scripts(klippy, lambda: here).check((script,), Hook(one.title))
        assert report.gcode
        assert report.findings == (), one


def test_the_library_makes_the_scripts_of_the_recipes() -> None:
    found = re.findall(r"library/script\?([^'\s]+)'", page("docs/recipes.md"))
    assert found
    for query in found:
        given: dict[str, object] = dict(parse_qsl(query, strict_parsing=True))
        assert library.find(str(given.pop("name"))).script(given)


def test_a_script_is_written_as_an_option_can_hold_it() -> None:
    program = re.search(r"python3 -c '\n(.*?)'\n", page("docs/recipes.md"), re.S)
    assert program is not None
    script = library.find("bed_slinger_push").script({})
    answer = json.dumps({"result": {"script": script}})
    run = [sys.executable, "-c", program[1]]
    done = subprocess.run(run, input=answer, capture_output=True, text=True, check=True)
    text = f"[{QUEUE}]\nbed_clearing: gcode\n{done.stdout}"
    options = Block("ini", "", text).sections()[QUEUE]
    read = read_settings(Section(**options)).rules.clearing_gcode
    assert [line.strip() for line in read.splitlines()] == [
        line.strip() for line in script.splitlines()
    ]


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Home Assistant's: with secrets."""


Loader.add_constructor("!secret", lambda loader, node: loader.construct_scalar(node))


def home_assistant() -> dict[str, Any]:
    """All of its blocks as one configuration."""
    whole: dict[str, Any] = {}
    for one in blocks("yaml"):
        whole.update(yaml.load(one.text, Loader))
    return whole


async def test_home_assistant_reads_the_state(tmp_path: Path) -> None:
    (rest,) = home_assistant()["rest"]
    async with scene(tmp_path) as api:
        body = (await api.get(rest["resource"].partition(":7125")[2])).body
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    shown = {
        one["name"]: environment.from_string(one["value_template"]).render(
            value_json={"result": body}
        )
        for one in (*rest["sensor"], *rest["binary_sensor"])
    }
    assert shown == {
        "Print queue": body["phase"],
        "Print queue copies left": str(sum(one["copies_left"] for one in body["jobs"])),
        "Print queue needs a person": "True",
    }
    assert set(rest["sensor"][0]["json_attributes"]) <= set(body)


@pytest.mark.parametrize("name", sorted(home_assistant()["rest_command"]))
async def test_home_assistant_commands_are_taken(name: str, tmp_path: Path) -> None:
    command = home_assistant()["rest_command"][name]
    path = command["url"].partition(":7125")[2]
    assert ("POST", path) in CALLS
    async with scene(tmp_path) as api:
        before = (await api.get("/server/continuousprint/state")).body["revision"]
        reply = await api.post(path, **json.loads(command["payload"]))
    assert reply.status == 200, reply
    assert reply.body["revision"] > before


GUIDES = ("README.md", "docs/quick-start.md", "docs/recipes.md", "docs/migration.md")


@pytest.mark.parametrize("name", GUIDES)
def test_calls_in_guides_exist(name: str) -> None:
    text = page(name)
    paths = {path for _, path in CALLS} | {f"/server/{QUEUE}/"}  # the page's own
    said = re.findall(rf"(/server/{QUEUE}/[a-z_/]*)", text)
    assert [path for path in said if path not in paths] == []
    methods = {
        one.rpc_method(method)
        for one in write_api_docs.tables()
        for method in one.calls
        if one.native
    }
    said = re.findall(rf'"(server\.{QUEUE}\.[a-z_.]+)"', text)
    assert [method for method in said if method not in methods] == []


ORDER = re.compile(
    r"curl -X POST \S+?(/server/\S+)[^']*-H '[^']+'[\\\s]*-d '([^']+)'", re.S
)
ORDERS = [
    pytest.param(*found, id=f"{path.name}-{number}")
    for path in PAGES
    if path.name != "api.md"  # written from answers
    for number, found in enumerate(ORDER.findall(path.read_text("utf-8")))
]


@pytest.mark.parametrize(("path", "body"), ORDERS)
async def test_an_order_in_the_pages_is_taken(
    path: str, body: str, tmp_path: Path
) -> None:
    """Each curl that posts a JSON body, in a queue whose print runs."""
    async with scene(tmp_path) as api:
        if path.endswith("/report_failure"):
            await api.post("/server/continuousprint/active", active=True, bed="clear")
            api.printer.begin()
            await api.quiet()
        reply = await api.post(path, **json.loads(body))
    assert reply.status == 200, reply


@pytest.mark.rig
async def test_moonraker_and_klipper_take_the_recipes(tmp_path: Path) -> None:
    """Their sections, on the real ones; each macro is run once."""
    conf = "".join(one.text for one in blocks("ini", "moonraker.conf"))
    parts = [part for part in re.split(r"^(?=\[)", conf, flags=re.M) if part]
    # The queue's own is tested above; Moonraker has a [file_manager] already.
    extra = "".join(
        part for part in parts if not part.startswith((f"[{QUEUE}]", "[file_manager]"))
    ).replace("broker.local", "127.0.0.1")
    cfg = "".join(one.text for one in blocks("ini", "printer.cfg"))
    own = (ROOT / "moonraker_cp" / "macros" / "continuousprint.cfg").read_text("utf-8")
    cfg = cfg.replace("[include continuousprint.cfg]", own)
    cfg = cfg.replace("pin: ^!", "pin: ^")  # the simulated pins are low: not pressed
    macros = re.findall(r"^\[gcode_macro (\w+)\]", cfg.replace(own, ""), re.M)
    assert macros
    stack = Stack(
        tmp_path / "printer",
        speed=4.0,
        section="bed_clearing: manual",
        moonraker_conf=extra,
        printer_cfg=cfg,
    )
    async with stack:
        reply = await stack.client.get("/server/info")
        info = reply.body["result"]
        assert info["failed_components"] == []
        assert [one for one in info["warnings"] if "Unparsed" in one] == []
        for gcode in ("G28", *macros):
            await stack.client.rpc("printer.gcode.script", script=gcode)
        store = await stack.client.rpc("server.gcode_store", count=1000)
    said = [one["message"] for one in store["gcode_store"]]
    assert [line for line in said if line.startswith("!!") or "nknown" in line] == []
