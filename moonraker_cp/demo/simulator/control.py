"""The control socket: faults on request, and what the simulator knows."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from pathlib import Path
from typing import Any, Callable

from .controller import Controller
from .heat import HeaterMode
from .pty_link import PtyLink

_MAX_LINE = 65536

Request = dict[str, Any]
Reply = dict[str, Any]


class Control:
    """What can be asked: one method an order."""

    def __init__(self, controller: Controller, link: PtyLink) -> None:
        self._controller = controller
        self._link = link
        self._orders: dict[str, Callable[[Request], Reply]] = {
            "status": self._status,
            "heater": self._heater,
            "temperature": self._temperature,
            "shutdown": self._shutdown,
            "reboot": self._reboot,
            "hang": self._hang,
            "unplug": self._unplug,
            "plug": self._plug,
            "runout": self._runout,
        }

    def answer(self, line: bytes) -> Reply:
        """One request, one reply; what is wrong with a request is said in it."""
        try:
            request = json.loads(line)
            order = self._orders.get(request["do"])
            if order is None:
                return {"error": f"unknown request; known: {', '.join(self._orders)}"}
            return order(request)
        except KeyError as missing:
            return {"error": f"missing or unknown: {missing}"}
        except (ValueError, TypeError) as problem:
            return {"error": str(problem)}

    def _status(self, _request: Request) -> Reply:
        controller, kernel = self._controller, self._controller.kernel
        counters = controller.counters
        positions = controller.positions()
        return {
            "ok": True,
            "uptime": round(kernel.uptime(), 3),
            "is_shutdown": controller.is_shutdown,
            "host_connected": self._link.host_there,
            "late": kernel.late,
            "latest": round(kernel.latest, 4),
            "blocks": counters.blocks,
            "resends": counters.resends,
            "garbage": counters.garbage,
            "resets": counters.resets,
            "temperatures": controller.heat.temperatures(kernel.now()),
            "steps": positions,
            "extruder_steps": positions.get("e", 0),
            "filament": controller.switches.filament_present,
        }

    def _heater(self, request: Request) -> Reply:
        mode = HeaterMode(request["mode"])
        now = self._controller.kernel.now()
        self._controller.heat.set_mode(request["name"], mode, now)
        return {"ok": True}

    def _temperature(self, request: Request) -> Reply:
        celsius = float(request["celsius"])
        now = self._controller.kernel.now()
        hold = bool(request.get("hold", False))
        self._controller.heat.set_celsius(request["name"], celsius, now, hold)
        return {"ok": True}

    def _shutdown(self, request: Request) -> Reply:
        self._controller.shut_down(request["message"])
        return {"ok": True}

    def _reboot(self, _request: Request) -> Reply:
        self._controller.reboot()
        return {"ok": True}

    def _hang(self, request: Request) -> Reply:
        self._controller.hang(float(request["seconds"]))
        return {"ok": True}

    def _unplug(self, request: Request) -> Reply:
        seconds = request.get("seconds")
        self._link.unplug(None if seconds is None else float(seconds))
        self._controller.lose_power()
        return {"ok": True}

    def _plug(self, _request: Request) -> Reply:
        self._link.plug()
        return {"ok": True}

    def _runout(self, request: Request) -> Reply:
        self._controller.set_filament(bool(request["present"]))
        return {"ok": True}


class ControlSocket:
    """Carries requests and replies as lines of JSON, for any number of clients."""

    def __init__(self, path: Path, control: Control) -> None:
        self._path = path
        self._control = control
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def open(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._listener.setblocking(False)

    def close(self) -> None:
        for client, _data in self._clients.values():
            client.close()
        self._clients.clear()
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def register(self, poll: select.poll) -> None:
        poll.register(self._listener, select.POLLIN)
        for fd in self._clients:
            poll.register(fd, select.POLLIN)

    def service(self, ready: dict[int, int]) -> None:
        if self._listener.fileno() in ready:
            with contextlib.suppress(BlockingIOError):
                client, _address = self._listener.accept()
                # Replies are short: a client that does not read its own is left.
                client.settimeout(0.2)
                self._clients[client.fileno()] = (client, bytearray())
        for fd in [fd for fd in ready if fd in self._clients]:
            if not self._serve(*self._clients[fd]):
                self._clients.pop(fd)[0].close()

    def _serve(self, client: socket.socket, data: bytearray) -> bool:
        """Answer the lines that are complete; False when the client is done."""
        try:
            received = client.recv(4096)
            data += received
            while b"\n" in data:
                end = data.index(b"\n")
                line = bytes(data[:end])
                del data[: end + 1]
                client.sendall(json.dumps(self._control.answer(line)).encode() + b"\n")
        except OSError:
            return False
        return bool(received) and len(data) < _MAX_LINE
