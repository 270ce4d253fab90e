"""What opens things is told nowhere: not in logs, not in answers, not in job files."""

from __future__ import annotations

import json
import zipfile
from typing import Any

from .queue import PREFIX
from .routes import routes
from .wire import Wire

CONF = """\
[notifier phone]
url: json://somebody:planted-notifier@127.0.0.1:9
events: complete

[power lamp]
type: tasmota
address: 127.0.0.1:9
password: planted-power

[spoolman]
server: http://somebody:planted-spoolman@127.0.0.1:9
"""
SECTION = """\
bed_clearing: gcode
bed_clearing_gcode: M117 {printer.toolhead.homed_axes}
verify_bed_url: http://somebody:planted-password@127.0.0.1:9/planted-path?k=planted-key
notifiers: phone
"""
CPQ = "/api/plugin/continuousprint"
JSON = {"Content-Type": "application/json"}


async def test_secrets_are_told_nowhere(moonraker_factory: Any) -> None:
    stack = await moonraker_factory(
        "force_logins: True\n", verbose=True, section=SECTION, moonraker_conf=CONF
    )
    wire, key = Wire(stack.url), {"X-Api-Key": stack.api_key}
    (stack.data.gcodes / "a.gcode").write_text("G28\n", "utf-8")
    begun = len(stack.moonraker_log())  # what Moonraker logs of its own files is its
    await open_with_everything(wire, stack.api_key)
    added = await wire.send(
        "POST", f"{PREFIX}/jobs", {**JSON, **key}, b'{"path": "a.gcode"}'
    )
    body = json.dumps({"id": added.json["result"]["jobs"][0]["id"]}).encode()
    answer = await wire.send("POST", f"{PREFIX}/job/export", {**JSON, **key}, body)
    with zipfile.ZipFile(stack.data.gcodes / answer.json["result"]["path"]) as archive:
        told = b"".join(archive.read(name) for name in archive.namelist())
    for method, path in await routes(stack):
        told += (await wire.send(method, path, key)).body
    wire.close()
    log = stack.moonraker_log()[begun:]
    assert (
        "GET /api/plugin/continuousprint/state" in log
    )  # it is as talkative as can be
    assert stack.api_key not in log
    assert stack.api_key.encode() not in told
    assert b"planted" not in told, told[told.index(b"planted") - 200 :][:300]
    for name in ("query", "path", "key", "password", "notifier"):
        assert f"planted-{name}" not in log, name


async def open_with_everything(wire: Wire, key: str) -> None:
    """In queries, where they are easily logged: let in, refused, and misspelt."""
    token = (await wire.send("GET", "/access/oneshot_token", {"X-Api-Key": key})).json
    for path, status in (
        (f"{CPQ}/state?apikey={key}", 200),
        (f"{CPQ}/set_active?active=perhaps&apikey={key}", 400),
        (f"{CPQ}/nothing?apikey=planted-elsewhere", 401),
        (f"{CPQ}/state?apikey=planted-query", 401),
        (f"{CPQ}/state?apikey={key}&%61pikey=planted-query", 401),
        (f"{PREFIX}/state?apikey={key}", 401),
        (f"{PREFIX}/state?token=planted-query", 401),
        (f"{PREFIX}/state?token={token['result']}", 200),
        (f"{PREFIX}/active?token=planted-query", 401),
    ):
        method = "POST" if "active" in path else "GET"
        answer = await wire.send(method, path)
        assert answer.status == status, (path, answer)
