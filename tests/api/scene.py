"""The queue that every call is asked with its own example, for the API page.

Two jobs: 1 "Clips" (set 1), of which one copy was good and one failed, so that a
question is open; 2 "Boxes", a draft (sets 2 and 3). Job 3 was removed. A job file
boxes.gjob lies among the G-code files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.api.octojob import PATH as JOB_PATH
from moonraker_cp.core.decisions import BedClearing, Rules
from moonraker_cp.core.model import Outcome

from .rig import NATIVE, Api, Reply

FILES = ("clip.gcode", "box.gcode", "lid.gcode")
NOW = 1_700_001_200.0
REFUSED = frozenset((("POST", "/plugin/continuousprint/automation/edit"),))
"""Calls that no example can make succeed."""

AGAIN = f"{NATIVE}print_again"
ABOUT_A_PRINT = (JOB_PATH, f"{NATIVE}report_failure", AGAIN)

BOXES = {
    "name": "Boxes",
    "count": 5,
    "draft": True,
    "sets": [{"path": "box.gcode"}, {"path": "lid.gcode", "count": 2}],
}


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Api]:
    """folder: for the G-code files. Time stands still, but for the printer's."""
    for name in FILES:
        (folder / name).write_text("G28\n", "utf-8")
    rules = Rules(bed_clearing=BedClearing.GCODE, clearing_gcode="CLEAR_BED")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: NOW)
        api = Api(folder, rules, user="anna")
        await api.start()
        await _play(api)
        (folder / await _exported(api, 2)).rename(folder / "boxes.gjob")
        yield api
        await api.driver.stop()


async def _play(api: Api) -> None:
    clips = {"path": "clip.gcode", "count": 3, "name": "Clips"}
    for job in (clips, BOXES, {"path": "lid.gcode"}):
        assert (await api.post(f"{NATIVE}jobs", **job)).status == 200
    assert (await api.delete(f"{NATIVE}jobs", job_ids=[3])).status == 200
    assert (await api.post(f"{NATIVE}external", operator="anna")).status == 200
    assert (await api.post(f"{NATIVE}active", active=True, bed="clear")).status == 200
    for outcome, words in (
        (Outcome.SUCCESS, ""),
        (Outcome.FAILURE, "Heater extruder not heating at expected rate"),
    ):
        api.printer.begin()
        await api.quiet()
        api.printer.end(outcome, words)
        await api.quiet()
        if outcome is Outcome.SUCCESS:
            api.printer.script_ends()
            await api.quiet()


async def _exported(api: Api, job_id: int) -> str:
    reply = await api.post(f"{NATIVE}job/export", id=job_id)
    return str(reply.body["path"])


async def ask(api: Api, method: str, path: str) -> tuple[dict[str, Any], Reply]:
    """The call with its own example, and what it answers."""
    if path in ABOUT_A_PRINT:
        await api.post(f"{NATIVE}active", active=True, bed="clear")
        api.printer.begin()
        await api.quiet()
    if path == AGAIN:
        api.printer.end()
        await api.quiet()
    sent = dict(api.endpoints[path].calls[method].example)
    if "question" in sent and api.driver.question is not None:
        sent["question"] = api.driver.question.id
    return sent, await api.call(method, path, sent)
