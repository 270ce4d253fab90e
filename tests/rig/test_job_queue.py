"""The front ends' own queue panels on a real Moonraker, with the requests they send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.client import Notification, RpcError
from moonraker_cp.demo.stack import Stack

from .queue import HELD, SHORT, Queue

CHANGED = "notify_job_queue_changed"
UPLOADS = "[file_manager]\n", "[file_manager]\nqueue_gcode_uploads: True\n"
MACROS = """
[gcode_macro START_QUEUE]
gcode:
  {action_call_remote_method("start_job_queue")}

[gcode_macro PAUSE_QUEUE]
gcode:
  {action_call_remote_method("pause_job_queue")}
"""


class Panel:
    """What Mainsail and Fluidd send over the websocket, and keep of the answers."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.queue = Queue(stack)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        answer = await self.stack.client.rpc(f"server.job_queue.{method}", **params)
        assert set(answer) == {"queued_jobs", "queue_state"}
        return dict(answer)

    async def rows(self) -> list[str]:
        return names(await self.ask("status"))

    async def state(self) -> str:
        return str((await self.ask("status"))["queue_state"])

    async def add(self, *files: str) -> list[str]:
        return names(await self.ask("post_job", filenames=list(files)))

    async def repost(self, *files: str) -> list[str]:
        answer = await self.ask("post_job", filenames=list(files), reset=True)
        return names(answer)

    async def told(self, since: int, **fields: Any) -> Notification:
        return await self.stack.client.wait(
            lambda one: (
                one.method == CHANGED and fields.items() <= one.params[0].items()
            ),
            since=since,
        )

    @property
    def heard(self) -> int:
        return len(self.stack.client.notifications)

    def files(self, text: str, *files: str) -> None:
        for name in files:
            self.queue.file(name, text)


def names(answer: dict[str, Any]) -> list[str]:
    return [row["filename"] for row in answer["queued_jobs"]]


A, B, C = "a.gcode", "b.gcode", "c 'x'.gcode"


async def test_panels_add_reorder_count_and_remove(stack_factory: Any) -> None:
    panel = Panel(await stack_factory(section=""))
    panel.files(SHORT, A, B, C)
    assert await panel.ask("status") == {"queued_jobs": [], "queue_state": "paused"}
    heard = panel.heard
    assert await panel.add(A, B) == [A, B]
    told = await panel.told(heard, action="jobs_added", queue_state="paused")
    assert names({"queued_jobs": told.params[0]["updated_queue"]}) == [A, B]
    assert await panel.add(C, C) == [A, B, C, C]  # Fluidd's Multiply
    assert await panel.repost(C, C, A, B) == [C, C, A, B]  # dragged
    assert await panel.repost(C, C, C, A, B) == [C, C, C, A, B]  # Mainsail's 3x
    assert await panel.repost(A, C, C, C, B) == [A, C, C, C, B]
    jobs = (await panel.queue.state())["jobs"]
    assert [(job["sets"][0]["path"], job["copies_left"]) for job in jobs] == [
        (A, 1),
        (C, 3),
        (B, 1),
    ]
    first = (await panel.ask("status"))["queued_jobs"][0]
    assert set(first) == {"filename", "job_id", "time_added", "time_in_queue"}
    answer = await panel.ask("delete_job", job_ids=[first["job_id"]])
    assert names(answer) == [C, C, C, B]
    assert names(await panel.ask("jump", job_id=last_id(answer))) == [B, C, C, C]
    with pytest.raises(RpcError, match=r"There is no file gone\.gcode"):
        await panel.repost("gone.gcode", B)
    assert names(await panel.ask("delete_job", all=True)) == []


def last_id(answer: dict[str, Any]) -> str:
    return str(answer["queued_jobs"][-1]["job_id"])


async def test_panels_over_http(stack_factory: Any) -> None:
    stack = await stack_factory(section="")
    panel = Panel(stack)
    panel.files(SHORT, A, B)
    path = "/server/job_queue"
    reply = await stack.client.post(f"{path}/job", json={"filenames": [A, B]})
    assert reply.status == 200
    assert names(reply.body["result"]) == [A, B]
    reply = await stack.client.get(f"{path}/status")
    assert names(reply.body["result"]) == [A, B]
    reply = await stack.client.post(f"{path}/job?filenames={A}&reset=true")
    assert names(reply.body["result"]) == [A]
    reply = await stack.client.post(f"{path}/jump", json={"job_id": "<1>"})
    assert reply.status == 404
    assert reply.body["error"]["message"] == "There is no queued copy <1>."
    reply = await stack.client.delete(f"{path}/job?all=true")
    assert reply.body["result"]["queued_jobs"] == []


async def test_a_panel_drives_the_queue(stack_factory: Any) -> None:
    """Start this job, a print that begins and one that ends between read and post."""
    stack = await stack_factory(section="", printer_cfg=MACROS)
    panel, queue = Panel(stack), Queue(stack)
    panel.files(SHORT, A, B, C)
    panel.files(HELD, "held.gcode")
    await panel.add(A, "held.gcode", B, B)
    heard = panel.heard
    # "Start this job": its name first, then start. The bed was never seen: it is clear.
    assert await panel.repost("held.gcode", A, B, B) == ["held.gcode", A, B, B]
    await panel.ask("start")
    await queue.printing("held.gcode")
    assert await panel.rows() == [A, B, B]
    await panel.told(heard, action="job_loaded", queue_state="starting")
    await panel.told(heard, action="state_changed", queue_state="ready")
    # Dragged in a list from before the start.
    assert await panel.repost("held.gcode", B, B, A) == [B, B, A]
    stale = await panel.rows()
    await queue.release()
    await queue.phase("blocked")
    assert await panel.state() == "paused"
    assert await panel.repost(*reversed(stale)) == [A, B, B]
    # Start is the answer, once the question was there to be read.
    await panel.ask("start")
    assert (await queue.state())["phase"] == "blocked"
    await started_by_a_person(panel)
    await stack.wait_done_printing(2)
    await queue.phase("blocked")
    assert await panel.rows() == [B, B]
    assert stack.done_printing() == ["held.gcode", A]
    assert await queue.outcomes() == [("held.gcode", "success"), (A, "success")]


async def started_by_a_person(panel: Panel) -> None:
    """Press Start until it is taken for an answer: people take their time."""
    for _ in range(100):
        answer = await panel.ask("start")
        if answer["queue_state"] != "paused":
            return
        # A G-code line is answered after everything that was sent before.
        await panel.stack.client.rpc("printer.gcode.script", script="G4 P200")
    raise AssertionError("Start was never taken for an answer")


async def test_macros_start_and_pause_the_queue(stack_factory: Any) -> None:
    stack = await stack_factory(section="", printer_cfg=MACROS)
    panel, queue = Panel(stack), Queue(stack)
    panel.files(f"PAUSE_QUEUE\n{HELD}", A)
    panel.files(SHORT, B)
    await panel.add(A, B)
    heard = panel.heard
    await stack.client.rpc("printer.gcode.script", script="START_QUEUE")
    await queue.reach(lambda state: bool(state["run"] and not state["active"]))
    await panel.told(heard, action="job_loaded", queue_state="starting")
    assert await panel.state() == "paused"
    await queue.release()
    await queue.phase("inactive")
    await stack.client.rpc("printer.gcode.script", script="START_QUEUE")
    await queue.nothing_starts()  # a macro has not looked at the bed
    assert await panel.rows() == [B]


async def test_an_upload_while_busy_lands_in_the_queue(
    stack_factory: Any, tmp_path: Path
) -> None:
    stack = await stack_factory(section="")
    await reconfigured(stack, *UPLOADS)
    panel, queue = Panel(stack), Queue(stack)
    for name, text in ((A, HELD), (B, SHORT)):
        (tmp_path / name).write_text(text, "utf-8")
    reply = await stack.client.upload(tmp_path / A, print_it=True)
    assert reply.body["print_started"], reply.body  # plain printing, not ours
    assert await panel.rows() == []
    # Moonraker refuses the next start by itself once it knows of this one.
    await stack.client.subscribe(print_stats=None)
    await stack.client.wait_status(lambda s: s["print_stats"]["state"] == "printing")
    heard = panel.heard
    reply = await stack.client.upload(tmp_path / B, name=f"sub/{B}", print_it=True)
    assert (reply.body["print_started"], reply.body["print_queued"]) == (False, True)
    await panel.told(heard, action="jobs_added")
    assert await panel.rows() == [f"sub/{B}"]
    assert len((await queue.state())["jobs"]) == 1
    await queue.release()
    await stack.wait_done_printing(1)
    assert await panel.rows() == [f"sub/{B}"]


async def test_left_alone_moonrakers_own_queue_is_there(stack_factory: Any) -> None:
    stack = await stack_factory(section="job_queue: leave")
    panel = Panel(stack)
    panel.files(SHORT, A, B)
    assert await panel.add(A, B) == [A, B]
    assert (await panel.queue.state())["jobs"] == []
    assert names(await panel.ask("delete_job", all=True)) == []
    warnings = (await stack.client.rpc("server.info"))["warnings"]
    assert not [one for one in warnings if "continuousprint" in one]
    # The same printer with our panels, and back: nothing is left behind.
    for old, new, ours in (("leave", "replace", 1), ("replace", "leave", 1)):
        await reconfigured(stack, f"job_queue: {old}", f"job_queue: {new}")
        await panel.add(A)
        assert await panel.rows() == [A]
        assert len((await panel.queue.state())["jobs"]) == ours


async def reconfigured(stack: Stack, old: str, new: str) -> None:
    """Moonraker, started again with another text in its configuration."""
    conf = stack.data.moonraker_conf
    text = conf.read_text("utf-8")
    assert old in text
    await stack.stop_moonraker()
    conf.write_text(text.replace(old, new), "utf-8")
    await stack.start_moonraker()
