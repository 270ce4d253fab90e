"""Whether the web page behind a request may change something: Origin and Host.

A browser sends the Origin of the page with every request that changes something, and no
page can forge it. Two kinds of pages of other sites are refused:

- Their Origin is not the host that the request is sent to.
- It is that host, by a name that the page's owner has pointed at the printer for a
  moment (DNS rebinding). For the browser they are then one site. Such a name has to be
  one that its owner can hand out, so names that nobody can are let in, and so is https:
  the browser has seen a certificate for the name, which the owner's server has and the
  printer has not.

Programs send no Origin, and are let in. Whoever shows a key or a login is let in by any
name: another site's page has none of its own.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .endpoint import name_of

FOREIGN = "This Origin may not change anything here (see cors_domains)."
UNKNOWN_NAME = (
    "A web page may not change anything under this host name, which could be anybody's."
    " Open the printer by its IP address or its name in your own network, log in, or"
    " add this Origin to cors_domains in [authorization] of moonraker.conf."
)

NOBODYS = frozenset(
    (
        *("local", "localhost", "localdomain", "lan", "home", "home.arpa"),
        *("internal", "intranet", "private", "corp"),
        "fritz.box",  # every FRITZ!Box's; its maker owns it
    )
)
"""Names below these are given by a router or a computer, and sold to nobody."""

RESOLVER = Path("/etc/resolv.conf")
"""Where a computer keeps the domains of its own network."""


def refusal(request: Any, user: Any, listed: bool) -> str:
    """Why this request may not change anything; "" when it may.

    request: Tornado's. user: Moonraker's. listed: the Origin is in cors_domains.
    """
    origin = request.headers.get("Origin")
    if origin is None or listed:
        return ""
    if not is_same_host(origin, request.host):
        return FOREIGN
    if is_known(user) or is_verified(request, origin) or is_own(request.host):
        return ""
    return UNKNOWN_NAME


def is_same_host(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:  # no origin at all, such as "http://["
        return False


def is_known(user: Any) -> bool:
    """By a key or a login, and not by the address alone."""
    return name_of(user) != ""


def is_verified(request: Any, origin: str) -> bool:
    """The page was loaded by https, and so was this sent. One that was loaded by https
    could send a form without it; but a form has no headers of its page's choice."""
    headers = request.headers
    said = (request.protocol, headers.get("X-Scheme"), headers.get("X-Forwarded-Proto"))
    secure = any((one or "").partition(",")[0].strip() == "https" for one in said)
    return secure and urlsplit(origin).scheme == "https"


def is_own(host: str) -> bool:
    """Whether nobody else can have this name, as far as anybody can tell."""
    name = _name(host)
    if not name:
        return False
    if "." not in name or _is_address(name):  # no name without a dot is sold
        return True
    if name == socket.gethostname().lower():
        return True
    return _is_below(name, NOBODYS) or _is_below(name, _own_domains())


def _name(host: str) -> str:
    """Without port, brackets and the last dot, in small letters."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_below(name: str, domains: Iterable[str]) -> bool:
    return any(name.endswith(f".{one}") for one in domains)


def _own_domains() -> list[str]:
    """Those that this computer's own network has, by its router or by hand."""
    try:
        text = RESOLVER.read_text("utf-8", errors="replace")
    except OSError:
        return []
    return domains(text)


def domains(resolver: str) -> list[str]:
    """The domains in the text of a resolv.conf; the last line of them counts."""
    found: list[str] = []
    for line in resolver.splitlines():
        word, *names = line.split() or [""]
        if word in ("search", "domain"):
            found = [one.strip(".").lower() for one in names]
    return [one for one in found if one]
