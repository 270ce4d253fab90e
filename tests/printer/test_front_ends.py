"""The page's whole address, as the computer can know it."""

from __future__ import annotations

from typing import Any

import pytest

from moonraker_cp.printer.front_ends import page_address


class Server:
    def __init__(self, address: str, ip: str, prefix: str) -> None:
        parts = {
            "machine": type("Machine", (), {"public_ip": ip})(),
            "application": type("App", (), {"route_prefix": prefix})(),
        }
        self.lookup_component = lambda name, default=None: parts.get(name, default)
        self._address = address

    def get_host_info(self) -> dict[str, Any]:
        return {"hostname": "voron", "address": self._address, "port": 7125}


@pytest.mark.parametrize(
    ("address", "ip", "prefix", "url"),
    [
        ("0.0.0.0", "10.0.0.7", "", "http://10.0.0.7:7125"),
        ("0.0.0.0", "", "", "http://voron:7125"),
        ("::", "fe80::7", "", "http://[fe80::7]:7125"),
        ("10.0.0.9", "10.0.0.7", "", "http://10.0.0.9:7125"),
        ("127.0.0.1", "10.0.0.7", "", "http://10.0.0.7"),
        ("localhost", "", "/printer1", "http://voron/printer1"),
    ],
)
def test_the_page_has_a_whole_address(
    address: str, ip: str, prefix: str, url: str
) -> None:
    found = page_address(Server(address, ip, prefix))
    assert found == f"{url}/server/continuousprint/"
