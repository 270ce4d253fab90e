"""Stacks for tests: simulated printer, real klippy, real Moonraker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, Callable

import pytest

from moonraker_cp.demo.stack import Stack

StackFactory = Callable[..., Awaitable[Stack]]

# The printer's clock runs four times as fast as ours; more, and klippy is too late.
SPEED = 4.0
THERMAL_SPEED = 30.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.rig)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failure says where the logs of its stacks are, and how they end."""
    report: pytest.TestReport = yield
    if report.when == "call" and report.failed:
        for stack in getattr(item, "stacks", []):
            report.sections.append((f"stack in {stack.data.root}", _logs(stack)))
    return report


def _logs(stack: Stack) -> str:
    parts = []
    for path in sorted(stack.data.logs.iterdir()):
        lines = path.read_text("utf-8", errors="replace").splitlines()
        # klippy writes one of these every second.
        kept = [line for line in lines if not line.startswith("Stats ")]
        parts += [f"--- {path}", *kept[-40:]]
    return "\n".join(parts)


@pytest.fixture
async def stack_factory(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[StackFactory]:
    """await stack_factory(name=…, **options) starts a stack; all end with the test."""
    stacks: list[Stack] = []
    request.node.stacks = stacks

    async def start(name: str = "printer", **options: Any) -> Stack:
        chosen = {
            "speed": SPEED,
            "thermal_speed": THERMAL_SPEED,
            "moonraker": request.config.getoption("--moonraker"),
            "python": request.config.getoption("--moonraker-python"),
            **options,
        }
        stack = Stack(tmp_path / name, **chosen)
        stacks.append(stack)
        await stack.start()
        return stack

    yield start
    for stack in stacks:
        await stack.stop()


class Alone(Stack):
    """Moonraker without a printer; authorization: lines of that section."""

    def __init__(self, root: Path, authorization: str, **options: Any) -> None:
        super().__init__(root, **options)
        self._authorization = authorization

    def write_configs(self) -> None:
        super().write_configs()
        conf = self.data.moonraker_conf
        head = "[authorization]\n"
        text = conf.read_text("utf-8").replace(head, head + self._authorization)
        conf.write_text(text, "utf-8")


@pytest.fixture
async def moonraker_factory(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[StackFactory]:
    """await moonraker_factory(authorization=…, **options) starts Moonraker alone, for
    what is decided before anybody looks for Klipper. authorization: that section."""
    stacks: list[Stack] = []
    request.node.stacks = stacks

    async def start(authorization: str, verbose: bool = False, **options: Any) -> Stack:
        chosen = {
            "section": "",
            "trusted": False,
            "moonraker": request.config.getoption("--moonraker"),
            "python": request.config.getoption("--moonraker-python"),
            **options,
        }
        stack = Alone(tmp_path / f"moonraker-{len(stacks)}", authorization, **chosen)
        stacks.append(stack)
        await stack._prepare()
        stack._moonraker.command += ["-v"] * verbose
        await stack.start_moonraker(wait_ready=False)
        return stack

    yield start
    for stack in stacks:
        await stack.stop()
