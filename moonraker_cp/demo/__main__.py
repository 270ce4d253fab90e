"""python -m moonraker_cp.demo: a printer without hardware, and its queue at work."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from . import envs, gcodes
from .client import Client
from .processes import ProcessDied
from .screen import Screen
from .stack import Stack, StackError
from .view import OBJECTS, Body, QueueView, look

API = "/server/continuousprint"

# Shown in the terminal: the head gets out of the way and the bed comes forward, as
# on a printer that pushes its parts off.
SECTION = """\
bed_clearing: gcode
clear_after_last: True
bed_clearing_gcode:
  M117 Clearing the bed
  _HOME_IF_NEEDED
  G90
  G1 Z20 F1200
  G1 X110 Y215 F9000
  G1 Y20 F9000
  G1 Y215 F9000
  M117 The bed is clear
"""

# Screens flicker when they are drawn more often than one can read.
_REDRAW = 0.25


class DemoError(Exception):
    """The demo cannot go on; the text is for the person in front of it."""


class Demo:
    """One start of the demo on a stack that runs."""

    def __init__(self, stack: Stack, screen: Screen) -> None:
        self._stack = stack
        self._screen = screen
        self._client: Client = stack.client
        self._queue = QueueView()
        self._body = Body()
        self._seen = 0

    async def run(self, once: bool) -> None:
        await self._client.subscribe(**dict.fromkeys(OBJECTS))
        await self._read_state()
        await self._start_queue()
        await self._watch(once)

    async def _read_state(self) -> None:
        self._seen = len(self._client.notifications)
        status, body, _ = await self._client.get(f"{API}/state")
        if status != 200:
            raise DemoError(
                "Moonraker did not load the component; its log says why: "
                f"{self._stack.moonraker_log_path}"
            )
        self._queue.replace(body["result"])

    async def _start_queue(self) -> None:
        if self._queue.bed != "clear":
            # Not a guess: the simulated printer has just been made, and nothing of
            # an earlier start can lie on its bed.
            await self._post("bed", state="clear")
        for part in gcodes.PARTS:
            await self._check(await self._client.upload(gcodes.FOLDER / part.file))
            if self._queue.waiting(part.file):
                self._screen.say(f"{part.file} still waits in the queue.")
            else:
                await self._post("jobs", path=part.file)
        await self._post("active", active=True)
        await self._read_state()

    async def _post(self, name: str, **fields: Any) -> None:
        await self._check(await self._client.post(f"{API}/{name}", json=fields))

    async def _check(self, reply: Any) -> None:
        if reply.status >= 300:
            raise DemoError(f"Moonraker answered {reply.status}: {reply.body}")

    async def _watch(self, once: bool) -> None:
        while True:
            self._take_news()
            await self._find_body()
            printed = self._stack.done_printing()
            view = look(self._queue, self._client.status, printed, self._body)
            self._screen.show(view)
            if not self._client.connected:
                raise DemoError(
                    f"Moonraker has gone; see {self._stack.moonraker_log_path}"
                )
            if once and view.phase == "blocked":
                raise DemoError(f"The queue is blocked: {view.reason}")
            if once and view.phase == "idle" and not view.waiting:
                return
            await asyncio.sleep(_REDRAW)

    async def _find_body(self) -> None:
        name = self._client.status.get("print_stats", {}).get("filename", "")
        if not name or name == self._body.filename:
            return
        self._body = Body(name)
        path = f"/server/files/metadata?{urlencode({'filename': name})}"
        about = await self._client.get(path)
        if about.status == 200:
            found = about.body["result"]
            self._body = Body(
                name, found.get("gcode_start_byte", 0), found.get("gcode_end_byte", 0)
            )

    def _take_news(self) -> None:
        notes = self._client.notifications
        for note in notes[self._seen :]:
            if note.method == "notify_continuousprint_changed":
                self._queue.merge(note.params[0])
        self._seen = len(notes)

    async def summary(self) -> bool:
        """Who says what about the prints; whether klippy and both records agree."""
        printed = self._stack.done_printing()
        started, finished = self._stack.klippy_log_counts()
        reply = await self._client.get("/server/history/list?limit=20&order=desc")
        rows = reply.body["result"]["jobs"][: len(printed)][::-1]
        history = [(row["filename"], row["status"]) for row in rows]
        reply = await self._client.get(f"{API}/runs?limit=20")
        runs = reply.body["result"]["runs"][: len(printed)][::-1]
        ours = [(row["path"], row["outcome"]) for row in runs]
        say = self._screen.say
        say(f"klippy printed        {', '.join(printed)}")
        say(f"klippy's log          {started} started, {finished} finished in all")
        say("Moonraker's history   " + ", ".join(f"{n} {s}" for n, s in history))
        say("The queue's runs      " + ", ".join(f"{n} {o}" for n, o in ours))
        say(f"Left in the queue     {len(self._queue.waiting_files)}")
        return (
            bool(printed)
            and history == [(name, "completed") for name in printed]
            and ours == [(name, "success") for name in printed]
        )


async def run(arguments: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        envs.check_system()
        return await _run_stack(arguments)
    except (envs.EnvError, StackError, ProcessDied, DemoError) as error:
        print(error, file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        print("\nStopped; nothing of it runs any more.")
        # Ctrl-C is how a person ends the demo: only with --once it cuts it short.
        return 130 if arguments.once else 0


async def _run_stack(arguments: argparse.Namespace) -> int:
    stack = Stack(
        arguments.data,
        speed=arguments.speed,
        thermal_speed=arguments.thermal_speed,
        port=arguments.port,
        section=SECTION,
        moonraker=arguments.moonraker,
        say=lambda text: print(text, flush=True),
    )
    async with stack:
        screen = Screen(sys.stdout, stack.url)
        screen.say(f"Moonraker: {stack.url}  (data and logs: {stack.data.root})")
        screen.say(f"The queue's page: {stack.url}{API}/")
        demo = Demo(stack, screen)
        await demo.run(arguments.once)
        agreed = await demo.summary()
    return 0 if agreed else 1


def default_data() -> Path:
    if (envs.CHECKOUT / "pyproject.toml").is_file():
        return envs.CHECKOUT / ".demo"
    return envs.default_base() / "demo"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m moonraker_cp.demo",
        description="Starts a simulated printer with klippy and Moonraker, and "
        "prints three files from the queue.",
    )
    add = parser.add_argument
    add("--speed", type=float, default=1.0, help="the printer's clock (default 1)")
    add(
        "--thermal-speed",
        type=float,
        default=20.0,
        help="how much faster heaters heat and cool (default 20)",
    )
    add("--port", type=int, default=0, help="Moonraker's port (default: a free one)")
    add(
        "--data",
        type=Path,
        default=default_data(),
        help="the printer's data folder (default %(default)s)",
    )
    add("--moonraker", choices=envs.MOONRAKER_VERSIONS, help="Moonraker's version")
    add(
        "--once",
        action="store_true",
        help="end when the queue is empty, with a summary; exit code 0 if all is well",
    )
    return parser.parse_args(arguments)


def main() -> None:
    arguments = parse()
    code = 130
    with contextlib.suppress(KeyboardInterrupt):
        code = asyncio.run(run(arguments))
    sys.exit(code)


if __name__ == "__main__":
    main()
