"""What the integration tests say to the queue, and wait for, in few words."""

from __future__ import annotations

from typing import Any, Callable

from moonraker_cp.demo.stack import Stack

PREFIX = "/server/continuousprint"
SHORT = "G28 X Y\nG1 X20 Y20 F6000\nG4 P300\n"
LONG = "G28\n" + "G1 X20 Y20 F1200\nG1 X120 Y20 F1200\n" * 40
BUSY = "G4 P300\n" * 24
# Prints until the test lets it end (Queue.release), however slow the computer is.
HELD = "G4 P100\nTEMPERATURE_WAIT SENSOR=extruder MINIMUM=100\nG4 P100\n"
GCODE = "bed_clearing: gcode\nbed_clearing_gcode:\n  M117 clearing\n"

Payload = dict[str, Any]
Check = Callable[[Payload], bool]


class Queue:
    """One printer's queue, seen by one client."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = stack.client

    def file(self, name: str, text: str = SHORT) -> str:
        path = self.stack.data.gcodes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return name

    async def call(self, endpoint: str, **body: Any) -> Any:
        """POST to a native endpoint; any answer but 200 fails the test."""
        reply = await self.client.post(f"{PREFIX}/{endpoint}", json=body)
        assert reply.status == 200, reply.body
        return reply.body["result"]

    async def add(self, name: str, text: str = SHORT, **fields: Any) -> Payload:
        """Write a file and queue it; the job as it was stored."""
        path = self.file(name, text)
        result = await self.call("jobs", path=path, **fields)
        job: Payload = result["jobs"][0]
        return job

    async def start(self, **fields: Any) -> Payload:
        return dict(await self.call("active", active=True, **fields))

    async def stop(self) -> Payload:
        return dict(await self.call("active", active=False))

    async def bed_clear(self) -> Payload:
        return dict(await self.call("bed", state="clear"))

    async def state(self) -> Payload:
        reply = await self.client.get(f"{PREFIX}/state")
        assert reply.status == 200, reply.body
        return dict(reply.body["result"])

    async def runs(self) -> list[Payload]:
        """Oldest first."""
        reply = await self.client.get(f"{PREFIX}/runs")
        return list(reversed(reply.body["result"]["runs"]))

    async def outcomes(self) -> list[tuple[str, str | None]]:
        return [(run["path"], run["outcome"]) for run in await self.runs()]

    async def history(self) -> list[tuple[str, str]]:
        """Moonraker's own history, oldest first."""
        jobs = (await self.client.rpc("server.history.list"))["jobs"]
        return [(job["filename"], job["status"]) for job in reversed(jobs)]

    async def reach(self, check: Check, timeout: float = 60.0) -> Payload:
        """The state, once it fits; now, or after a notification to come."""
        since = len(self.client.notifications)
        state = await self.state()
        while not check(state):
            try:
                await self.client.wait(
                    "notify_continuousprint_changed", timeout=timeout, since=since
                )
            except TimeoutError as error:
                now = await self.state()
                raise AssertionError(f"stuck; state: {state}, now: {now}") from error
            since = len(self.client.notifications)
            state = await self.state()
        return state

    def phases(self, since: int) -> list[str]:
        """Those that were told in notifications, each time another one began."""
        told = [
            note.params[0]["phase"]
            for note in self.client.notifications[since:]
            if note.method == "notify_continuousprint_changed"
        ]
        return [new for old, new in zip(["", *told], told) if new != old]

    async def release(self) -> None:
        """Let a HELD print go on to its end."""
        # Held there: a short peak may pass between two readings of klippy.
        await self.stack.fault("temperature", name="extruder", celsius=200, hold=True)

    async def phase(self, *names: str, timeout: float = 60.0) -> Payload:
        return await self.reach(lambda s: s["phase"] in names, timeout)

    async def printing(self, path: str) -> Payload:
        return await self.reach(
            lambda s: s["phase"] == "printing" and s["run"]["path"] == path
        )

    async def copies_left(self) -> int:
        return sum(job["copies_left"] for job in (await self.state())["jobs"])

    async def nothing_starts(self, times: int = 3) -> Payload:
        """Press Start again and again: the printer is not asked to print."""
        started = len(self.stack.prints())
        for _ in range(times):
            await self.start()
        # A G-code line is answered after whatever was sent before it.
        await self.client.rpc("printer.gcode.script", script="M400")
        state = await self.state()
        assert state["phase"] == "blocked"
        assert state["run"] is None
        assert len(self.stack.prints()) == started
        return state


def reason(state: Payload) -> str:
    return str(state["reason"]["code"]) if state["reason"] else ""
