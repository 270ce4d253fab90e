"""The rig itself: it starts, prints, fails on request and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import pytest

from moonraker_cp.demo import gcodes
from moonraker_cp.demo.client import Client, Status
from moonraker_cp.demo.stack import Stack, StackError

SMALL = """\
PRINT_START BED_TEMP=40 EXTRUDER_TEMP=160
G1 X50 Y50 Z5 F6000
G1 X100 Y100 F3000
G1 X50 Y50 F3000
PRINT_END
"""


def small_file(folder: Path, name: str = "small.gcode") -> Path:
    path = folder / name
    path.write_text(SMALL, "utf-8")
    return path


async def start_print(client: Client, source: Path) -> None:
    """Upload and start by Moonraker's own API, until klippy prints."""
    assert (await client.upload(source)).status == 201
    await client.subscribe(print_stats=None, webhooks=None)
    await client.rpc("printer.print.start", filename=source.name)
    await client.wait_status(is_("printing"))


def is_(state: str) -> Callable[[Status], bool]:
    return lambda status: status["print_stats"]["state"] == state


def shut_down(status: Status) -> bool:
    return bool(status["webhooks"]["state"] == "shutdown")


def alive(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def history(client: Client) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = (await client.rpc("server.history.list"))["jobs"]
    return jobs


async def test_prints_a_file_and_three_records_agree(
    stack_factory: Any, tmp_path: Path
) -> None:
    stack: Stack = await stack_factory()
    await start_print(stack.client, small_file(tmp_path))
    await stack.client.wait_status(is_("complete"), 60)

    assert await stack.wait_done_printing(1) == ["small.gcode"]
    assert stack.klippy_log_counts() == (1, 1)
    await stack.client.wait("notify_history_changed", since=0)
    await stack.client.wait(
        lambda note: (
            note.method == "notify_history_changed"
            and note.params[0]["action"] == "finished"
        ),
        since=0,
    )
    jobs = await history(stack.client)
    assert [(job["filename"], job["status"]) for job in jobs] == [
        ("small.gcode", "completed")
    ]


async def test_moonraker_reads_what_the_demo_files_say(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    for part in gcodes.PARTS:
        await stack.client.upload(gcodes.FOLDER / part.file)
        about = await stack.client.rpc("server.files.metadata", filename=part.file)
        assert about["slicer"] == "PrusaSlicer"
        assert about["layer_height"] == gcodes.LAYER
        assert about["layer_count"] == part.layers
        assert 15 <= about["estimated_time"] <= 40
        assert about["filament_total"] > 0
        assert [picture["width"] for picture in about["thumbnails"]] == [32, 300]


async def test_nothing_is_left_behind(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    pids = stack.pids
    assert set(pids) == {"simulator", "klippy", "moonraker"}
    await stack.stop()
    assert stack.pids == {}
    assert [name for name, pid in pids.items() if alive(pid)] == []
    assert not stack.data.mcu.is_symlink()


async def test_nothing_is_left_after_a_start_that_failed(
    tmp_path: Path,
) -> None:
    stack = Stack(tmp_path / "printer", printer_cfg="[no_such_module]")
    with pytest.raises(StackError, match="no_such_module"):
        await stack.start()
    assert stack.pids == {}


async def test_one_folder_is_for_one_stack(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    with pytest.raises(StackError, match="Another stack"):
        await Stack(stack.data.root).start()


async def test_a_second_start_on_the_same_folder_knows_the_first(
    stack_factory: Any, tmp_path: Path
) -> None:
    first: Stack = await stack_factory()
    await start_print(first.client, small_file(tmp_path))
    await first.wait_done_printing(1)
    await first.client.wait_status(is_("complete"), 60)
    await first.stop()

    second: Stack = await stack_factory()
    assert [job["filename"] for job in await history(second.client)] == ["small.gcode"]
    await start_print(second.client, small_file(tmp_path))
    assert await second.wait_done_printing(1) == ["small.gcode"]


async def test_two_stacks_side_by_side(stack_factory: Any, tmp_path: Path) -> None:
    one: Stack = await stack_factory("one")
    two: Stack = await stack_factory("two")
    assert one.port != two.port
    await start_print(one.client, small_file(tmp_path, "first.gcode"))
    await start_print(two.client, small_file(tmp_path, "second.gcode"))
    assert await one.wait_done_printing(1) == ["first.gcode"]
    assert await two.wait_done_printing(1) == ["second.gcode"]


async def test_a_fault_of_the_printer_reaches_klippy(
    stack_factory: Any, tmp_path: Path
) -> None:
    stack: Stack = await stack_factory()
    await start_print(stack.client, small_file(tmp_path))
    await stack.fault("shutdown", message="Timer too close")
    await stack.client.wait_status(shut_down)
    assert "Timer too close" in stack.klippy_log()

    await stack.client.rpc("printer.firmware_restart")
    await stack.client.wait("notify_klippy_ready", 30)
    assert stack.done_printing() == []


async def test_an_unknown_fault_is_an_error(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    with pytest.raises(StackError, match="unknown request"):
        await stack.fault("earthquake")


async def test_klippy_goes_on_while_moonraker_is_killed(
    stack_factory: Any, tmp_path: Path
) -> None:
    stack: Stack = await stack_factory()
    await start_print(stack.client, small_file(tmp_path))
    await stack.kill_moonraker()
    assert set(stack.pids) == {"simulator", "klippy"}
    await stack.start_moonraker()
    assert await stack.wait_done_printing(1) == ["small.gcode"]
    assert (await stack.client.get("/server/info")).status == 200


async def test_klippy_can_be_killed_and_started(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    await stack.kill_klippy()
    await stack.client.wait("notify_klippy_disconnected")
    await stack.start_klippy()
    await stack.client.rpc("printer.gcode.script", script="M118 still here")
    await stack.client.wait(
        lambda note: (
            note.method == "notify_gcode_response" and "still here" in note.params[0]
        )
    )


async def test_the_simulator_can_be_killed_and_started(stack_factory: Any) -> None:
    stack: Stack = await stack_factory()
    await stack.client.subscribe(webhooks=None)
    await stack.kill_simulator()
    await stack.client.wait_status(shut_down)
    await stack.start_simulator()
    await stack.client.rpc("printer.firmware_restart")
    await stack.client.wait("notify_klippy_ready", 30)


async def test_without_trust_only_the_key_opens(stack_factory: Any) -> None:
    stack: Stack = await stack_factory(trusted=False)
    anonymous = stack.new_client()
    assert (await anonymous.get("/printer/info")).status == 401
    with_key = stack.new_client(stack.api_key)
    assert (await with_key.get("/printer/info")).status == 200
    assert (await stack.client.get("/printer/info")).status == 200
