"""Options of every test run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from . import slow_lane

# How fast examples are made says something of the machine, nothing of the project.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("the stack under the integration tests")
    group.addoption("--moonraker", help="Moonraker's version, as 0.10.0")
    group.addoption("--moonraker-python", help="the Python that Moonraker runs on")
    group.addoption("--real-gcodes", help="a folder of files that slicers made")
    group.addoption(
        "--minutes", type=float, default=10.0, help="how long what is held is watched"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow_lane.mark(items)  # before pytest looks who is meant by -m
    # The others are done beside it; begun last, all workers would wait for it.
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)
