"""A stand-in for moonraker-timelapse: the next print waits for its video, not for ever.

It says what docs/notifications.md writes of that component, when it is told to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo import envs

from .endings import PART, balance
from .queue import HELD, PREFIX, Queue
from .test_waits import SWEEP, all_printed, waiting, waits

TIMELAPSE = '''\
"""A stand-in for moonraker-timelapse, which says what it is told to say."""

EVENT = "timelapse:timelapse_event"


class Timelapse:
    def __init__(self, config):
        self.server = config.get_server()
        self.server.register_notification(EVENT)
        self.server.register_endpoint("/machine/timelapse/say", ["POST"], self.say)

    async def say(self, web_request):
        self.server.send_event(EVENT, web_request.get_args())


load_component = Timelapse
'''


@pytest.fixture
def with_timelapse(tmp_path: Path) -> Path:
    """Environments of links to the real ones, and the stand-in beside them: the real
    ones are shared, and Moonraker loads components from nowhere else."""
    base = tmp_path / "envs"
    base.mkdir()
    for env in envs.default_base().iterdir():
        if not env.name.startswith("moonraker-"):
            (base / env.name).symlink_to(env)
            continue
        python = next((env / "lib").iterdir()).name
        inner = ("lib", python, "site-packages", "moonraker", "components")
        _link(env, base / env.name, inner)
        component = base.joinpath(env.name, *inner, "timelapse.py")
        component.write_text(TIMELAPSE, "utf-8")
    return base


def _link(real: Path, copy: Path, inner: tuple[str, ...]) -> None:
    copy.mkdir()
    for each in real.iterdir():
        if inner and each.name == inner[0]:
            _link(each, copy / each.name, inner[1:])
        elif inner or each.name != "__pycache__":
            (copy / each.name).symlink_to(each)


async def rendering(stack_factory: Any, base: Path, more: str = "") -> Queue:
    """One of two copies is printed, and a video of it is being made."""
    stack = await stack_factory(
        section=SWEEP + more, moonraker_conf="[timelapse]", env_base=base
    )
    queue = Queue(stack)
    await queue.add(PART, HELD, count=2)
    await queue.start()
    await queue.printing(PART)
    await told(queue, status="started")
    await queue.release()
    return queue


async def told(queue: Queue, **news: str) -> None:
    await queue.client.rpc("machine.timelapse.say", action="render", **news)


async def videos(queue: Queue) -> list[str]:
    """Of each run, oldest first."""
    reply = await queue.client.get(f"{PREFIX}/history")
    return [run["video"] for run in reversed(reply.body["result"]["runs"])]


async def test_the_next_print_waits_for_the_video(
    stack_factory: Any, with_timelapse: Path
) -> None:
    queue = await rendering(stack_factory, with_timelapse)
    await waiting(queue, "timelapse")
    await told(queue, status="running", progress="50")
    await waiting(queue, "timelapse")
    video = "timelapse_part.mp4"
    await told(queue, status="success", printfile=PART, filename=video)
    await all_printed(queue)
    assert await videos(queue) == [video, ""]
    assert await balance(queue, 2) == 0


async def test_a_rendering_that_never_ends(
    stack_factory: Any, with_timelapse: Path
) -> None:
    more = "timelapse_time_limit: 6\n"
    queue = await rendering(stack_factory, with_timelapse, more)
    await queue.reach(waits("timelapse"))
    await all_printed(queue)
    assert await videos(queue) == ["", ""]
