"""What front ends show of the queue by themselves, on a real Moonraker.

Its page, its switch, its announcements, its chips in the history.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any, Callable

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from moonraker_cp import __version__
from moonraker_cp.api.pages import FOR_EVER, FRESH, policy
from moonraker_cp.demo.client import RpcError
from moonraker_cp.demo.stack import Stack
from moonraker_cp.options import OPTIONS
from moonraker_cp.printer.announcer import FEED
from moonraker_cp.printer.chips import PROVIDER
from moonraker_cp.printer.switch import NAME

from .queue import BUSY, GCODE, HELD, PREFIX, SHORT, Payload, Queue, reason

MANUAL = "bed_clearing: manual\n"
FAILS = "G28 X Y\nTHERE_IS_NO_SUCH_COMMAND\nM104 S9000\n"
SCRIPT = b"document.title = 'q'\n" * 200

# The page is built elsewhere; here Moonraker is given another one.
HOOK = '''
"""Gives the component the folder of a page that a test has made."""
import importlib.machinery, os, pathlib, sys

NAME = "moonraker.components.continuousprint.component"

class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != NAME:
            return None
        spec = super().find_spec(name, path, target)
        run = spec.loader.exec_module
        def exec_module(module):
            run(module)
            module.BUILT = pathlib.Path(os.environ["TEST_PAGE"])
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder)
'''


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page is looked for; nothing is there."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK, "utf-8")
    folder = tmp_path / "page"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))
    monkeypatch.setenv("TEST_PAGE", str(folder))
    return folder


def build(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><p>the page", "utf-8")
    (folder / "assets" / "app-1a2b.js").write_bytes(SCRIPT)
    (folder / "secret.txt").write_text("not in assets", "utf-8")


async def fetch(stack: Stack, path: str, method: str = "GET", **headers: str) -> Any:
    """As a browser that has no key; nothing is unpacked or followed."""
    request = HTTPRequest(
        stack.url + path,
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=b"" if method == "POST" else None,
        follow_redirects=False,
        decompress_response=False,
    )
    reply: HTTPResponse = await AsyncHTTPClient().fetch(request, raise_error=False)
    return reply


# -- the page ----------------------------------------------------------------------


async def test_the_page_is_open_and_nothing_else_is(
    stack_factory: Any, built: Path
) -> None:
    build(built)
    stack = await stack_factory(section="", trusted=False)
    page = await fetch(stack, f"{PREFIX}/")
    assert (page.code, page.body) == (200, b"<!doctype html><p>the page")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == FRESH
    assert page.headers["Content-Security-Policy"] == policy("127.0.0.1:1")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    asset = await fetch(stack, f"{PREFIX}/assets/app-1a2b.js")
    assert (asset.code, asset.body) == (200, SCRIPT)
    assert asset.headers["Cache-Control"] == FOR_EVER
    assert asset.headers["X-Content-Type-Options"] == "nosniff"
    # A key that is wrong is nobody's business here.
    assert (await fetch(stack, f"{PREFIX}/", X_Api_Key="0" * 32)).code == 200
    for path in ("state", "settings", "jobs", "openapi"):
        assert (await fetch(stack, f"{PREFIX}/{path}")).code == 401, path


async def test_a_browser_gets_it_packed_and_only_once(
    stack_factory: Any, built: Path
) -> None:
    build(built)
    stack = await stack_factory(section="")
    for path in (f"{PREFIX}/", f"{PREFIX}/assets/app-1a2b.js"):
        plain = await fetch(stack, path)
        packed = await fetch(stack, path, Accept_Encoding="gzip")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(packed.body)).read()
        assert unpacked == plain.body
        head = await fetch(stack, path, "HEAD", Accept_Encoding="gzip")
        assert (head.code, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(packed.body))
        tag = plain.headers["Etag"]
        again = await fetch(stack, path, If_None_Match=tag)
        assert (again.code, again.body) == (304, b"")
        assert (await fetch(stack, path, If_None_Match='W/"old"')).code == 200
    assert len((await fetch(stack, path, Accept_Encoding="gzip")).body) < 200


async def test_the_page_is_found_without_its_slash_and_with_a_prefix(
    stack_factory: Any, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(built)
    stack = await stack_factory(section="")
    await finds_the_page(stack)
    conf = stack.data.moonraker_conf
    text = conf.read_text("utf-8")
    conf.write_text(
        text.replace("[server]\n", "[server]\nroute_prefix: one\n"), "utf-8"
    )
    plain = Stack.url.fget  # type: ignore[attr-defined]
    await stack.stop_moonraker()
    monkeypatch.setattr(Stack, "url", property(lambda self: plain(self) + "/one"))
    await stack.start_moonraker()
    await finds_the_page(stack)


async def finds_the_page(stack: Stack) -> None:
    reply = await fetch(stack, f"{PREFIX}?from=here")
    assert reply.code == 302
    assert reply.headers["Location"] == "continuousprint/?from=here"
    for path in ("/", "/assets/app-1a2b.js", "/state"):
        assert (await fetch(stack, f"{PREFIX}{path}")).code == 200, path


NO_FILES = (
    *("none.js", "..%2fsecret.txt", "%2e%2e%2findex.html", "..", "%00", "index.html/"),
    *("..%5csecret.txt", "%2fetc%2fpasswd", "%ff", "app-1a2b.js%00.css", ""),
)


async def test_what_is_no_file_of_the_page_is_not_found(pages: Stack) -> None:
    for name in NO_FILES:
        reply = await fetch(pages, f"{PREFIX}/assets/{name}")
        assert reply.code in (400, 404), name
        assert b"not in assets" not in reply.body
        assert b"<p>the page" not in reply.body


@pytest.fixture
async def pages(stack_factory: Any, built: Path) -> Stack:
    build(built)
    stack: Stack = await stack_factory(section="")
    return stack


async def test_the_page_takes_no_changes(pages: Stack) -> None:
    for path in (f"{PREFIX}/", f"{PREFIX}/assets/app-1a2b.js"):
        reply = await fetch(pages, path, "POST")
        assert (reply.code, reply.headers["Allow"]) == (405, "GET, HEAD")
        assert b"Traceback" not in reply.body


async def test_a_page_that_is_missing_says_what_to_do(
    stack_factory: Any, built: Path
) -> None:
    stack = await stack_factory(section="")
    reply = await fetch(stack, f"{PREFIX}/")
    assert reply.code == 503
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert b"Update moonraker_cp or install it again." in reply.body
    assert (await fetch(stack, f"{PREFIX}/state")).code == 200
    build(built)
    assert (await fetch(stack, f"{PREFIX}/")).code == 200


# -- the settings ----------------------------------------------------------------------


async def test_the_options_in_force_over_every_transport(stack_factory: Any) -> None:
    stack = await stack_factory(
        section=f"{MANUAL}retries: 5\nverify_bed_url: http://ann:pw@camera.local/x\n"
    )
    result = await stack.client.rpc("server.continuousprint.settings")
    reply = await stack.client.get(f"{PREFIX}/settings")
    assert reply.body == {"result": result}
    assert result["version"] == __version__
    found = {one["name"]: one for one in result["options"]}
    assert list(found) == [option.name for option in OPTIONS]
    assert (found["retries"]["value"], found["retries"]["changed"]) == (5.0, True)
    assert found["bed_clearing"]["changed"] is False
    assert found["verify_bed_url"]["value"] == "http://camera.local/…"


# -- the switch ------------------------------------------------------------------------

SWITCH = GCODE + "power_switch: True\n"
LAMP = """
[power lamp]
type: http
on_url: http://127.0.0.1:9/on
off_url: http://127.0.0.1:9/off
status_url: http://127.0.0.1:9/status
response_template:
  {% set _ = http_request.last_response() %}
  off
"""


async def turn(queue: Queue, action: str) -> str:
    call = "machine.device_power.post_device"
    result = await queue.client.rpc(call, device=NAME, action=action)
    return str(result[NAME])


async def devices(queue: Queue) -> dict[str, Payload]:
    found = (await queue.client.rpc("machine.device_power.devices"))["devices"]
    return {one["device"]: one for one in found}


def switched(queue: Queue) -> list[str]:
    """The states of the switch that everybody was told, in order."""
    notes = queue.client.notifications
    told = [n.params[0] for n in notes if n.method == "notify_power_changed"]
    return [one["status"] for one in told if one["device"] == NAME]


async def until_switched(queue: Queue, *states: str) -> None:
    while switched(queue) != list(states):
        assert switched(queue) == list(states)[: len(switched(queue))]
        since = len(queue.client.notifications)
        if switched(queue) != list(states):
            await queue.client.wait("notify_power_changed", since=since)


@pytest.mark.parametrize("others", ["", LAMP], ids=["alone", "beside others"])
async def test_the_switch_starts_and_stops_after_the_print(
    stack_factory: Any, others: str
) -> None:
    queue = Queue(await stack_factory(section=SWITCH, moonraker_conf=others))
    known = await devices(queue)
    assert list(known)[-1] == NAME
    assert ("lamp" in known) is bool(others)
    assert known[NAME]["status"] == "off"
    assert known[NAME]["locked_while_printing"] is False
    await queue.add("a.gcode", HELD, count=2)
    assert await turn(queue, "on") == "on"
    # It is no word about a bed that nobody has looked at.
    state = await queue.reach(lambda s: reason(s) == "bed_occupied")
    assert (state["active"], state["bed"]["state"]) == (True, "unknown")
    assert not queue.stack.prints()
    await queue.bed_clear()
    state = await queue.printing("a.gcode")
    assert (state["active"], state["active_by"]) == (True, "power switch")
    assert await turn(queue, "off") == "off"
    state = await queue.state()
    assert (state["active"], state["phase"]) == (False, "printing"), "it goes on"
    await queue.release()
    await queue.phase("inactive")
    assert queue.stack.done_printing() == ["a.gcode"]
    assert await queue.copies_left() == 1
    await until_switched(queue, "on", "off")


async def test_the_switch_follows_what_others_do(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=SWITCH))
    await queue.start()
    await until_switched(queue, "on")
    assert (await devices(queue))[NAME]["status"] == "on"
    await queue.stop()
    await until_switched(queue, "on", "off")
    assert await turn(queue, "toggle") == "on"
    status = await queue.client.rpc_params("machine.device_power.status", {NAME: None})
    assert status == {NAME: "on"}
    off = await queue.client.rpc_params("machine.device_power.off", {NAME: None})
    assert off == {NAME: "off"}
    await until_switched(queue, "on", "off", "on", "off")


async def test_the_switch_answers_no_question_about_the_bed(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=MANUAL + "power_switch: True\n"))
    await queue.add("a.gcode", SHORT, count=2)
    await queue.start(bed="clear")
    await queue.reach(lambda s: reason(s) == "bed_occupied")
    for action in ("off", "on", "on", "on"):
        await turn(queue, action)
    state = await queue.reach(lambda s: reason(s) == "bed_occupied")
    assert (state["phase"], state["bed"]["state"]) == ("blocked", "occupied")
    assert len(queue.stack.prints()) == 1


async def test_without_the_option_there_is_no_switch(stack_factory: Any) -> None:
    stack = await stack_factory(section=GCODE)
    with pytest.raises(RpcError, match="Method not found"):
        await stack.client.rpc("machine.device_power.devices")


# -- announcements ------------------------------------------------------------------


async def announced(queue: Queue) -> list[Payload]:
    found = await queue.client.rpc("server.announcements.list")
    return [one for one in found["entries"] if one["feed"] == FEED]


async def until_announced(
    queue: Queue, fits: Callable[[list[Payload]], bool]
) -> list[Payload]:
    while True:
        since = len(queue.client.notifications)
        found = await announced(queue)
        if fits(found):
            return found
        await queue.client.wait("notify_announcement_update", since=since)


def one(found: list[Payload]) -> bool:
    return len(found) == 1


def none(found: list[Payload]) -> bool:
    return not found


async def test_a_question_is_announced_and_taken_back(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=MANUAL))
    await queue.add("a.gcode", SHORT, count=2)
    await queue.start(bed="clear")
    (entry,) = await until_announced(queue, one)
    state = await queue.state()
    assert reason(state) == "bed_occupied"
    assert state["reason"]["text"] in entry["description"]
    assert entry["url"].startswith("http://")
    assert entry["url"].endswith(f"{PREFIX}/")
    assert (entry["priority"], entry["dismissed"]) == ("normal", False)
    await queue.bed_clear()
    await until_announced(queue, none)


async def test_a_hostile_name_is_announced_as_letters(stack_factory: Any) -> None:
    section = MANUAL + "page_url: https://printers.example/queue/\n"
    queue = Queue(await stack_factory(section=section))
    await queue.add("<img src=x onerror=alert(1)>&amp.gcode", FAILS)
    await queue.start(bed="clear")
    (entry,) = await until_announced(queue, one)
    assert entry["priority"] == "high"
    assert entry["url"] == "https://printers.example/queue/"
    assert not set("<>&") & set(entry["description"])
    assert "onerror" in entry["description"]


async def restart(queue: Queue, how: str) -> None:
    stack = queue.stack
    await (stack.stop_moonraker if how == "stopped" else stack.kill_moonraker)()
    await stack.start_moonraker()


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_restarts_pile_up_no_announcements(stack_factory: Any, how: str) -> None:
    queue = Queue(await stack_factory(section=MANUAL))
    await queue.add("a.gcode", SHORT, count=2)
    await queue.start(bed="clear")
    (before,) = await until_announced(queue, one)
    call = "server.announcements.dismiss"
    await queue.client.rpc(call, entry_id=before["entry_id"])
    for _ in range(2):
        await restart(queue, how)
        await queue.phase("blocked")
        (entry,) = await until_announced(queue, one)
        same = entry["description"] == before["description"]
        assert entry["dismissed"] is same, "until something else is asked"
    assert (await queue.state())["reason"]["text"] in entry["description"]
    await queue.stop()
    await until_announced(queue, none)
    await restart(queue, how)
    assert await announced(queue) == []


async def test_announcements_that_are_not_wanted_are_not_made(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=MANUAL))
    await queue.add("a.gcode", SHORT, count=2)
    await queue.start(bed="clear")
    await until_announced(queue, one)
    queue.stack.options.section = MANUAL + "announcements: False\n"
    queue.stack.write_configs()
    await restart(queue, "stopped")
    assert (await queue.phase("blocked"))["question"]
    await until_announced(queue, none)


# -- chips --------------------------------------------------------------------------


async def chips(queue: Queue) -> list[tuple[str, str, Any]]:
    """File, status and chips of Moonraker's records, oldest first."""
    jobs = (await queue.client.rpc("server.history.list"))["jobs"]
    return [
        (
            job["filename"],
            job["status"],
            [
                field["value"]
                for field in job["auxiliary_data"]
                if field["provider"] == PROVIDER
            ],
        )
        for job in reversed(jobs)
    ]


async def test_copies_of_the_queue_are_named_in_the_history(
    stack_factory: Any,
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    queue.file("own.gcode")
    path = queue.file("sub/a.gcode")
    await queue.call("jobs", path=path, count=2, name="<Clips>")
    await queue.start(bed="clear")
    await queue.reach(lambda s: s["phase"] == "idle" and not s["run"])
    await queue.stop()
    await queue.client.rpc("printer.print.start", filename="own.gcode")
    await queue.stack.wait_done_printing(3)
    await queue.client.wait(ended("own.gcode"), since=0)
    assert await chips(queue) == [
        ("sub/a.gcode", "completed", [["‹Clips›, copy 1 of 2"]]),
        ("sub/a.gcode", "completed", [["‹Clips›, copy 2 of 2"]]),
        ("own.gcode", "completed", [[]]),
    ]


def ended(name: str) -> Callable[[Any], bool]:
    def fits(note: Any) -> bool:
        if note.method != "notify_history_changed":
            return False
        news = note.params[0]
        return bool(news["action"] == "finished" and news["job"]["filename"] == name)

    return fits


@pytest.mark.parametrize(
    ("how", "status"), [("stopped", "server_exit"), ("killed", "interrupted")]
)
async def test_a_restart_in_a_print_keeps_its_name(
    stack_factory: Any, how: str, status: str
) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    path = queue.file("a.gcode", HELD)
    await queue.call("jobs", path=path, count=1, name="Clip")
    path = queue.file("b.gcode", BUSY)
    await queue.call("jobs", path=path, count=2, name="Tags")
    await queue.start(bed="clear")
    await queue.client.wait("notify_history_changed", since=0)
    await restart(queue, how)
    await queue.release()
    await queue.client.wait(ended("b.gcode"), since=0)
    await queue.stop()
    assert (await chips(queue))[:2] == [
        ("a.gcode", status, [["Clip"]]),
        ("b.gcode", "completed", [["Tags, copy 1 of 2"]]),
    ]
