"""Asks another program, over HTTP, whether the bed is clear. See docs/verify.md.

Only a plain yes is a yes: whatever else is answered, or nothing, leaves the bed to a
person.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LONGEST = 64 * 1024
"""Bytes that an answer may have."""

LONGEST_TEXT = 500
LONGEST_ADDRESS = 2000
"""Characters."""

PATIENCE = 1.0
"""Seconds after the timeout until nobody waits for Moonraker's client any more: it
counts anew for a request that had to queue or was sent on."""


@dataclass(frozen=True)
class Verdict:
    """text: for people, one line; when the bed is not clear, why. picture: an address
    (http or https) or a path on the printer's own web server; "" for none."""

    clear: bool
    text: str
    picture: str = ""


async def ask(
    server: Any, url: str, timeout: float, body: Mapping[str, object]
) -> Verdict:
    """POST the body as JSON, and judge the answer; timeout in seconds.

    server: Moonraker's. It never raises for what the other program does.
    """
    name = _name(url)
    if not name:
        return Verdict(
            False,
            "The bed was not verified: the address to ask has to begin with http:// or"
            " https:// and a host's name, and has no spaces.",
        )
    request = server.lookup_component("http_client").request(
        "POST",
        url,
        dict(body),
        connect_timeout=timeout,
        request_timeout=timeout,
    )
    try:
        answer = await asyncio.wait_for(request, timeout + PATIENCE)
    except asyncio.TimeoutError:
        return _refusal(name, f"did not answer within {timeout:g} seconds")
    trouble = _trouble(url, answer)
    return _refusal(name, trouble) if trouble else _judge(name, answer.content)


def _name(url: str) -> str:
    """Host and port, without a user's name and password; "" if it cannot be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    if not url.isprintable() or " " in url:  # it goes into the request as it is
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host if port is None else f"{host}:{port}"


def _trouble(url: str, answer: Any) -> str:
    """Why Moonraker's response is no answer; "" if it may be one."""
    error = answer.error
    if error is not None and getattr(error, "response", None) is None:
        return f"gave no answer ({str(error) or type(error).__name__})"
    if answer.final_url != url:
        return "sent the question on to another address: set that one"
    if not 200 <= answer.status_code < 300:
        return f"answered with the HTTP status {answer.status_code}"
    if len(answer.content) > LONGEST:
        return f"answered with more than {LONGEST // 1024} kB"
    return ""


def _judge(name: str, content: bytes) -> Verdict:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return _refusal(name, "did not answer in JSON")
    if not isinstance(answer, dict) or not isinstance(answer.get("clear"), bool):
        return _refusal(name, 'did not answer {"clear": true} or {"clear": false}')
    message, picture = answer.get("message") or "", answer.get("picture") or ""
    if not isinstance(message, str) or not isinstance(picture, str):
        return _refusal(name, "answered with a message or picture that is not text")
    clear, text = answer["clear"], _plain(message)
    if not clear and not text:
        text = f"{name} says that the bed is not clear."
    return Verdict(clear, text, picture if _is_address(picture) else "")


def _refusal(name: str, what: str) -> Verdict:
    return Verdict(False, _plain(f"The bed was not verified: {name} {what}."))


def _plain(text: str) -> str:
    """One line of printable characters, not too long."""
    line = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _is_address(picture: str) -> bool:
    """Front ends show it: nothing that a browser would run."""
    if not picture.isprintable() or " " in picture or len(picture) > LONGEST_ADDRESS:
        return False
    try:
        return urlsplit(picture).scheme in ("", "http", "https")
    except ValueError:
        return False
