"""Options of every test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("the stack under the integration tests")
    group.addoption("--moonraker", help="Moonraker's version, as 0.10.0")
    group.addoption("--moonraker-python", help="the Python that Moonraker runs on")
    group.addoption("--real-gcodes", help="a folder of files that slicers made")
