"""One question to a local socket that speaks JSON."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

LINE = b"\n"
"""How the simulator's control socket ends a message."""
ETX = b"\x03"
"""How klippy's and Moonraker's sockets do."""

_LONGEST = 1 << 24


async def ask(
    socket: Path, request: dict[str, Any], end: bytes, timeout: float = 10.0
) -> dict[str, Any]:
    """Send the request and return its answer, past any notifications."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=_LONGEST)
    try:
        writer.write(json.dumps(request).encode() + end)
        while True:
            message = await asyncio.wait_for(reader.readuntil(end), timeout)
            answer: dict[str, Any] = json.loads(message[: -len(end)])
            if answer.get("id") == request.get("id"):
                return answer
    except asyncio.IncompleteReadError:
        raise ConnectionError(f"{socket} was closed before it answered") from None
    finally:
        writer.close()
