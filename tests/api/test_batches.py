"""Many jobs in one call: one look at each file, one revision, one notification."""

from __future__ import annotations

from moonraker_cp.api.native import NativeApi

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
