"""Many jobs in one call: one look at each file, one revision, one notification."""

from __future__ import annotations

import asyncio
from typing import Any

from moonraker_cp.api.native import SLICE, NativeApi

from .rig import Api


async def test_each_file_is_looked_at_once(api: Api) -> None:
    looked: list[str] = []

    async def check(path: str) -> str:
        looked.append(path)
        return path

    native = NativeApi(api.driver, api.store, check)
    calls = {f"{m} {e.path}": c for e in native.endpoints() for m, c in e.calls.items()}
    add = calls["POST /server/continuousprint/jobs"]
    wanted = [{"path": f"part{index % 3}.gcode"} for index in range(300)]
    published = len(api.published)
    answer = await add.reply({"jobs": wanted}, "ann")
    assert looked == ["part0.gcode", "part1.gcode", "part2.gcode"]
    assert [one["revision"] for one in answer["jobs"]] == [answer["revision"]] * 300
    assert len(api.published) == published + 1
    assert [job.revision for job in api.driver.state.jobs] == [answer["revision"]] * 300


async def test_others_are_served_while_a_batch_is_built(
    api: Api, monkeypatch: Any
) -> None:
    """Between its parts; what is decided and stored of it is one turn of the wheel."""

    async def check(path: str) -> str:
        return path

    turns, seen = 0, []
    submit = api.driver.submit

    async def submitted(event: Any) -> Any:
        seen.append(turns)
        return await submit(event)

    monkeypatch.setattr(api.driver, "submit", submitted)
    native = NativeApi(api.driver, api.store, check)
    calls = {f"{m} {e.path}": c for e in native.endpoints() for m, c in e.calls.items()}
    wanted = [{"path": f"part{index}.gcode"} for index in range(4 * SLICE)]
    add = calls["POST /server/continuousprint/jobs"].reply({"jobs": wanted}, "ann")
    adding = asyncio.ensure_future(add)
    before = api.driver.state.control.revision
    while not adding.done():
        await asyncio.sleep(0)
        turns += 1
    assert seen[0] >= 4
    assert (await adding)["revision"] == before + 1
