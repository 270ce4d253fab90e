"""Which web pages may change something: by their Origin and the Host they call."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.api import origin
from moonraker_cp.api.origin import FOREIGN, UNKNOWN_NAME, domains, refusal

RESOLV = (
    "nameserver 192.168.1.1\ndomain old.example\nsearch Printers.example. lab.test\n"
)


@dataclass(frozen=True)
class Request:
    """The parts of Tornado's that are looked at."""

    host: str
    headers: dict[str, str] = field(default_factory=dict)
    protocol: str = "http"


@dataclass(frozen=True)
class User:
    username: str


TRUSTED = User("_TRUSTED_USER_")


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(RESOLV, "utf-8")
    monkeypatch.setattr(origin, "RESOLVER", resolver)
    monkeypatch.setattr(socket, "gethostname", lambda: "Voron.mine.example")


def same(host: str, **headers: str) -> Request:
    return Request(host, {"Origin": f"http://{host}", **headers})


@pytest.mark.parametrize(
    "host",
    [
        *("192.168.1.5", "192.168.1.5:7125", "8.8.8.8:80", "[::1]:7125", "[fd00::5]"),
        *("localhost:7125", "printer.localhost", "voron", "VORON:80", "voron."),
        *("mainsailos.local", "mainsail.local:7125", "printer.lan", "a.b.lan"),
        *("printer.fritz.box", "printer.home.arpa", "x.internal", "x.home"),
        *("voron.mine.example", "VORON.mine.example.:7125"),
        *("voron.printers.example", "voron.floor.lab.test:80"),
    ],
)
def test_a_name_that_nobody_else_can_have_is_let_in(host: str) -> None:
    assert refusal(same(host), TRUSTED, listed=False) == ""


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "evil.example:7125",
            "EVIL.example.",
            "192.168.1.5.evil.example",
        ),
        *("local.evil.example", "evil.example.com", "evilocal.com", "xlan.net"),
        *("evil-fritz.box", "fritz.box.evil.example", "xn--80ak6aa92e.com"),
        *("printers.example", "evilprinters.example", "old.example", "x.old.example"),
        *("mine.example", "1.2.3.4.5", "evil.example:x"),
    ],
)
def test_a_name_that_anybody_can_have_is_not(host: str) -> None:
    assert refusal(same(host), TRUSTED, listed=False) == UNKNOWN_NAME
    assert refusal(same(host), None, listed=False) == UNKNOWN_NAME
    assert refusal(same(host), TRUSTED, listed=True) == ""
    assert refusal(same(host), User("anna"), listed=False) == ""
    assert refusal(same(host), User("_API_KEY_USER_"), listed=False) == ""
    assert refusal(Request(host), TRUSTED, listed=False) == ""  # no browser


@pytest.mark.parametrize(
    "sent",
    [
        *("http://evil.example", "null", "", "http://", "http://[", "voron.local"),
        *("http://voron.local:8080", "http://voron.local.evil.example", "file://"),
        *("http://voron.local@evil.example", "http://evil.example/voron.local"),
    ],
)
def test_another_site_s_page_is_refused_whoever_asks(sent: str) -> None:
    request = Request("voron.local", {"Origin": sent})
    for user in (TRUSTED, User("anna"), None):
        assert refusal(request, user, listed=False) == FOREIGN
    assert refusal(request, TRUSTED, listed=True) == ""


HTTPS = {"Origin": "https://my.domain.example"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("my.domain.example", HTTPS, "https"), ""),
        (Request("my.domain.example", {**HTTPS, "X-Forwarded-Proto": "https"}), ""),
        (Request("my.domain.example", {**HTTPS, "X-Scheme": "https"}), ""),
        # One proxy behind another: the inner one was called without https.
        (
            Request(
                "my.domain.example",
                {**HTTPS, "X-Scheme": "http", "X-Forwarded-Proto": "https,http"},
            ),
            "",
        ),
        (Request("my.domain.example", HTTPS), UNKNOWN_NAME),
        (
            Request("my.domain.example", {**HTTPS, "X-Forwarded-Proto": "http"}),
            UNKNOWN_NAME,
        ),
        # A page without https may add any header to a call, but not change its Origin.
        (same("my.domain.example", **{"X-Forwarded-Proto": "https"}), UNKNOWN_NAME),
        (
            Request(
                "my.domain.example", {"Origin": "http://my.domain.example"}, "https"
            ),
            UNKNOWN_NAME,
        ),
    ],
)
def test_https_proves_a_name(request_: Any, words: str) -> None:
    assert refusal(request_, TRUSTED, listed=False) == words


def test_the_last_line_of_the_resolver_counts_and_none_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert domains(RESOLV) == ["printers.example", "lab.test"]
    assert domains("search .\n") == []
    assert domains("# search evil.example\nsearch\n\n") == []
    monkeypatch.setattr(origin, "RESOLVER", tmp_path / "none")
    assert refusal(same("voron.lan"), TRUSTED, listed=False) == ""
    assert refusal(same("voron.printers.example"), TRUSTED, listed=False) != ""
