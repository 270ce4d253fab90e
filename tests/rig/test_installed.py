"""What install.sh writes, read by a real Moonraker and a real Klipper."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo import envs
from moonraker_cp.demo.stack import Stack

from .queue import Queue

ROOT = Path(__file__).parents[2]


def install(stack: Stack, env: envs.Env, *args: str) -> str:
    """As the printer's owner; the link is there already."""
    command = ["sh", str(ROOT / "install.sh"), "--moonraker", str(env.path)]
    command += ["--instance", str(stack.data.root), *args]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": str(stack.data.root)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def restarted(stack: Stack) -> None:
    await stack.stop_moonraker()
    await stack.stop_klippy()
    await stack.start_klippy(wait_ready=False)
    await stack.start_moonraker()


async def test_moonraker_and_klipper_take_what_was_added(
    stack_factory: Any, request: pytest.FixtureRequest
) -> None:
    version = request.config.getoption("--moonraker")
    env = envs.moonraker_env(version, request.config.getoption("--moonraker-python"))
    camera = "[webcam Bed]\nstream_url: /webcam/?action=stream\n"
    stack: Stack = await stack_factory(moonraker_conf=camera)
    files = [stack.data.moonraker_conf, stack.data.printer_cfg]
    before = [path.read_bytes() for path in files]
    parts = ["--macros", "--mainsail", "--fluidd"]
    await asyncio.to_thread(install, stack, env, "--yes", *parts)

    await restarted(stack)
    info = await stack.client.rpc("server.info")
    # Those about paths are of this Klipper, which came by pip.
    assert [w for w in info["warnings"] if "Supplied path" not in w] == []
    assert info["failed_components"] == []
    assert "continuousprint" in info["components"]
    cameras = (await stack.client.rpc("server.webcams.list"))["webcams"]
    assert [each["name"] for each in cameras] == ["Bed", "Continuous print"]
    assert cameras[1]["service"] == "iframe"
    assert cameras[1]["stream_url"].endswith(f":{stack.port}/server/continuousprint/")
    objects = (await stack.client.rpc("printer.objects.list"))["objects"]
    assert "gcode_macro CPQ_START" in objects

    queue = Queue(stack)
    await queue.add("first.gcode")
    await stack.client.rpc("printer.gcode.script", script="CPQ_START")
    await queue.reach(lambda state: stack.done_printing() == ["first.gcode"])

    await asyncio.to_thread(install, stack, env, "--uninstall")
    assert [path.read_bytes() for path in files] == before
    assert not (stack.data.root / "config" / ".theme").exists()
    await restarted(stack)
    objects = (await stack.client.rpc("printer.objects.list"))["objects"]
    assert "gcode_macro CPQ_START" not in objects


def has_origin() -> bool:
    command = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_origin(), reason="this checkout was cloned from nowhere")
async def test_the_update_manager_takes_its_section(
    stack_factory: Any, request: pytest.FixtureRequest
) -> None:
    version = request.config.getoption("--moonraker")
    env = envs.moonraker_env(version, request.config.getoption("--moonraker-python"))
    stack: Stack = await stack_factory(
        section="", moonraker_conf="[update_manager]\nenable_system_updates: False\n"
    )
    await asyncio.to_thread(install, stack, env, "--update-manager")
    await restarted(stack)
    info = await stack.client.rpc("server.info")
    assert info["failed_components"] == []
    assert [each for each in info["warnings"] if "continuousprint" in each] == []
    config = (await stack.client.rpc("server.config"))["config"]
    section = config["update_manager continuousprint"]
    assert section["type"] == "git_repo"
    assert section["managed_services"] == ["moonraker"]
    assert section["is_system_service"] is False
    assert Path(section["path"]) == ROOT
