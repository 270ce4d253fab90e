"""Simulated printer, real klippy and real Moonraker, started and stopped together.

`Stack` is what the demo shows and what the integration tests run against: it can
also end, kill and restart each part, and ask the simulator for faults.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import re
import sys
from collections.abc import Awaitable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from . import envs, printer_data, sockets
from .client import Client
from .console import Console, Print
from .options import Options
from .printer_data import PrinterData
from .processes import Child, ProcessDied

_PORT_TRIES = 3


class StackError(Exception):
    """A part did not come up; the text says which, why, and where its log is."""


class Stack:
    """async with Stack(folder, speed=4) as stack: …"""

    def __init__(self, root: Path, **options: Any) -> None:
        self.options = Options(**options)
        self.data = PrinterData.create(Path(root))
        self.port = self.options.port
        self.client: Client
        self.console = Console(self.data.logs / "console.log")
        self._clients: list[Client] = []
        self._host = envs.klippy_host()
        self._api_key = ""
        self._lock: IO[str] | None = None
        self._simulator: Child
        self._klippy: Child
        self._moonraker: Child

    # --- everything together ---

    async def __aenter__(self) -> Stack:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start all three and wait until klippy is ready and Moonraker knows it."""
        self._lock_folder()
        try:
            await self._prepare()
            await self.start_simulator()
            # Side by side: each of the two waits for the other one by itself.
            await self.start_klippy(wait_ready=False)
            await self.start_moonraker(wait_ready=True)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop whatever runs. Safe at any time, and more than once."""
        for client in self._clients:
            with contextlib.suppress(Exception):
                await client.close()
        self._clients.clear()
        with contextlib.suppress(Exception):
            await self.console.detach()
        # Moonraker first: it writes its last words while klippy is still there.
        for name in ("_moonraker", "_klippy", "_simulator"):
            child: Child | None = getattr(self, name, None)
            if child is not None:
                await child.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _lock_folder(self) -> None:
        # Two printers on one folder would share sockets, database and logs.
        lock = (self.data.root / ".stack.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackError(f"Another stack runs on {self.data.root}") from None
        self._lock = lock

    async def _prepare(self) -> None:
        say, base = self.options.say, self.options.env_base
        # In a thread: the first time takes a minute and must not stop the loop.
        self.moonraker_env = await asyncio.to_thread(
            envs.moonraker_env, self.options.moonraker, self.options.python, base, say
        )
        klippy_env = await asyncio.to_thread(
            envs.klippy_env, self.options.klippy_python, base, say, self._host.name
        )
        self.port = self.port or printer_data.free_port()
        self.write_configs()
        data = self.data
        options = self.options
        simulator = [sys.executable, "-m", "moonraker_cp.demo.simulator"]
        simulator += ["--pty", str(data.mcu), "--control", str(data.simulator_socket)]
        simulator += ["--speed", str(options.speed)]
        simulator += ["--thermal-speed", str(options.thermal_speed)]
        simulator += ["--strict"] * options.strict
        self._simulator = self._child("simulator", simulator)
        klippy = [*self._host.command(klippy_env), str(data.printer_cfg)]
        klippy += ["-a", str(data.klippy_socket), "-I", str(data.klippy_tty)]
        klippy += ["-l", str(self.klippy_log_path)]
        self._klippy = self._child("klippy", klippy)
        moonraker = [str(self.moonraker_env.python), "-m", "moonraker"]
        moonraker += ["-d", str(data.root), "-c", str(data.moonraker_conf)]
        moonraker += ["-u", str(data.moonraker_socket)]
        moonraker += ["-l", str(self.moonraker_log_path)]
        self._moonraker = self._child("moonraker", moonraker)
        self.client = self.new_client()

    def _child(self, name: str, command: list[str]) -> Child:
        output = self.data.logs / f"{name}.out"
        # The simulator is imported from here, wherever the caller was started.
        return Child(name, command, output, envs.CHECKOUT, self.data.temp)

    def write_configs(self) -> None:
        """Write printer.cfg and moonraker.conf from the options as they are now."""
        options, data = self.options, self.data
        printer = printer_data.printer_cfg(data, options.printer_cfg)
        data.printer_cfg.write_text(self._host.printer_cfg(printer), "utf-8")
        conf = printer_data.moonraker_conf(
            data, self.port, options.section, options.trusted, options.moonraker_conf
        )
        data.moonraker_conf.write_text(conf, "utf-8")

    # --- the simulated printer ---

    async def start_simulator(self) -> None:
        self.data.simulator_socket.unlink(missing_ok=True)
        # A link that a killed simulator left may lead to somebody else's terminal.
        self.data.mcu.unlink(missing_ok=True)
        await self._simulator.start()
        await self._until(
            self._simulator,
            lambda: self.data.simulator_socket.exists() and self.data.mcu.exists(),
            "ready",
        )

    async def stop_simulator(self) -> None:
        await self._simulator.stop()

    async def kill_simulator(self) -> None:
        await self._simulator.kill()

    async def fault(self, do: str, **request: Any) -> dict[str, Any]:
        """Ask the simulator for something, e.g. fault("heater", …) or fault("hang")."""
        socket = self.data.simulator_socket
        answer = await sockets.ask(socket, {"do": do, **request}, sockets.LINE)
        if "error" in answer:
            raise StackError(f"simulator: {answer['error']}")
        return answer

    # --- klippy ---

    async def start_klippy(self, wait_ready: bool = True) -> None:
        """Start klippy; with wait_ready, until Moonraker calls it ready."""
        self.data.klippy_socket.unlink(missing_ok=True)
        await self._klippy.start()
        await self._until(
            self._klippy, self.data.klippy_socket.exists, "listening on its socket"
        )
        await self._attach_console()
        if wait_ready:
            await self.wait_klippy_ready()

    async def _attach_console(self) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.options.start_timeout
        # klippy binds the socket a moment before it listens.
        while not await _succeeds(self.console.attach(self.data.klippy_socket)):
            if not self._klippy.running or clock() > deadline:
                raise StackError(f"klippy: {self.klippy_log()[-2000:]}")
            await asyncio.sleep(0.02)

    async def stop_klippy(self) -> None:
        await self._klippy.stop()

    async def kill_klippy(self) -> None:
        await self._klippy.kill()

    async def wait_klippy_ready(self) -> None:
        """Wait for Moonraker's word; klippy in `error` is an exception."""
        since = len(self.client.notifications)
        deadline = asyncio.get_running_loop().time() + self.options.start_timeout
        while True:
            info = await self.client.rpc("server.info")
            state = info["klippy_state"]
            if state == "ready" and info["klippy_connected"]:
                return
            if state == "error":
                about = await self.client.rpc("printer.info")
                raise StackError(
                    f"klippy is not ready: {about.get('state_message')}\n"
                    f"--- {self.klippy_log_path}"
                )
            left = deadline - asyncio.get_running_loop().time()
            try:
                # An `error` has no notification of its own: look again in a second.
                await self.client.wait("notify_klippy_ready", min(left, 1.0), since)
            except TimeoutError:
                if left <= 1.0:
                    raise StackError(
                        f"klippy is still {state} after "
                        f"{self.options.start_timeout:g} s\n"
                        f"--- {self.klippy_log_path}\n{self.klippy_log()[-2000:]}"
                    ) from None
                continue
            since = len(self.client.notifications)

    # --- Moonraker ---

    async def start_moonraker(self, wait_ready: bool = True) -> None:
        """Start Moonraker and open `client`; with wait_ready, until klippy is ready."""
        for left in reversed(range(_PORT_TRIES)):
            self.data.moonraker_socket.unlink(missing_ok=True)
            await self._moonraker.start()
            try:
                # Moonraker listens on its socket after all components are loaded
                # and right before it listens on the port.
                await self._until(
                    self._moonraker, self.data.moonraker_socket.exists, "listening"
                )
                await self._open_client()
                break
            except StackError:
                await self._moonraker.kill()
                # Only a port of our own choice may be changed, and only before
                # anybody was told about it.
                if not left or self.options.port or self.client.notifications:
                    raise
                self.port = printer_data.free_port()
                self.write_configs()
        if wait_ready:
            await self.wait_klippy_ready()
            await self._wait_sensors()

    async def _wait_sensors(self) -> None:
        # When klippy gets ready, Moonraker subscribes to its sensors, and its other
        # subscriptions miss what changes until that is answered: a print that was
        # started in this moment has no name in Moonraker's history.
        clock = asyncio.get_running_loop().time
        deadline = clock() + 5.0
        while not await self.client.rpc("server.temperature_store"):
            if clock() > deadline:
                return
            await asyncio.sleep(0.05)

    async def _open_client(self) -> None:
        if not self._api_key:
            self._api_key = await self._ask_api_key()
        self.client.base_url = self.url
        if not self.options.trusted:
            self.client.headers = {"X-Api-Key": self._api_key}
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.options.start_timeout
        while not await _succeeds(self.client.connect()):
            if not self._moonraker.running or clock() > deadline:
                raise StackError(self._moonraker_failure())
            await asyncio.sleep(0.02)

    async def _ask_api_key(self) -> str:
        """Moonraker trusts whoever may open its socket, and tells its key there."""
        call = {"jsonrpc": "2.0", "method": "access.get_api_key", "id": 1}
        try:
            answer = await sockets.ask(self.data.moonraker_socket, call, sockets.ETX)
        except OSError:
            raise StackError(self._moonraker_failure()) from None
        return str(answer["result"])

    def _moonraker_failure(self) -> str:
        log = self.moonraker_log()[-3000:]
        return f"Moonraker did not start\n--- {self.moonraker_log_path}\n{log}"

    async def stop_moonraker(self) -> None:
        await self._moonraker.stop()

    async def kill_moonraker(self) -> None:
        await self._moonraker.kill()

    # --- what tests look at ---

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_key(self) -> str:
        return self._api_key

    def new_client(self, api_key: str | None = None) -> Client:
        """A client that is closed with the stack; without a key, an anonymous one."""
        headers = {"X-Api-Key": api_key} if api_key else {}
        client = Client(self.url, headers)
        self._clients.append(client)
        return client

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of what runs."""
        children = (self._simulator, self._klippy, self._moonraker)
        return {child.name: child.pid for child in children if child.pid is not None}

    @property
    def klippy_log_path(self) -> Path:
        return self.data.logs / "klippy.log"

    @property
    def moonraker_log_path(self) -> Path:
        return self.data.logs / "moonraker.log"

    def klippy_log(self) -> str:
        return _read(self.klippy_log_path)

    def moonraker_log(self) -> str:
        return _read(self.moonraker_log_path)

    def prints(self) -> list[Print]:
        """Every file that klippy opened since the stack was started, in order."""
        return self.console.prints

    def done_printing(self) -> list[str]:
        """The names of those that klippy printed to their end, in order."""
        return [each.filename for each in self.prints() if each.finished]

    async def wait_done_printing(self, count: int, timeout: float = 120.0) -> list[str]:
        await self.console.wait_for_prints(count, timeout)
        return self.done_printing()

    def klippy_log_counts(self) -> tuple[int, int]:
        """Prints started and finished after klippy's log, of all starts so far."""
        log = self.klippy_log()
        started = re.findall(r"^Starting SD card print \(position 0\)", log, re.M)
        finished = re.findall(r"^Finished SD card print", log, re.M)
        return len(started), len(finished)

    async def _until(self, child: Child, check: Any, what: str) -> None:
        try:
            await child.until(check, self.options.start_timeout, what)
        except ProcessDied as error:
            raise StackError(str(error)) from None


async def _succeeds(attempt: Awaitable[None]) -> bool:
    """Whether the other side was there to be connected to."""
    try:
        await attempt
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
