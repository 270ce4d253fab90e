"""The simulated micro-controller under a real klippy: prints, faults, restarts."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from moonraker_cp.demo import envs

pytestmark = pytest.mark.rig

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "moonraker_cp" / "demo" / "assets" / "printer.cfg"
STEPS_PER_MM_E = 3200 / 33.5
STEPS_PER_MM_X = 80
WATCHED = {
    "webhooks": None,
    "print_stats": None,
    "pause_resume": None,
    "idle_timeout": ["state"],
    "toolhead": ["homed_axes"],
}

Status = dict[str, dict[str, Any]]

SQUARE = """
PRINT_START EXTRUDER_TEMP=190
M83
G1 X10 Y10 Z0.3 F6000
G1 X30 E2 F3000
G1 Y30 E2
G1 X10 E2
G1 Y10 E2
G2 X20 Y10 I5 J0 E1
PRINT_END
"""
LONG = "PRINT_START EXTRUDER_TEMP=180\nM83\nG1 X10 Y10 Z0.3 F6000\n" + (
    "G1 X60 E2 F1800\nG1 Y60 E2\nG1 X10 E2\nG1 Y10 E2\n" * 50
)


class Api:
    """A connection to klippy's own socket; keeps the merged status as it changes."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._changed = threading.Condition()
        self.status: Status = {}
        self.console: list[str] = []
        self.closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # klippy may have been first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def call(
        self, method: str, params: dict[str, Any] | None = None, timeout: float = 60
    ) -> dict[str, Any]:
        self.send(method, params)
        return self._answers.get(timeout=timeout)

    def send(self, method: str, params: dict[str, Any] | None = None) -> None:
        request = {"id": 1, "method": method, "params": params or {}}
        self._socket.sendall(json.dumps(request).encode() + b"\x03")

    def subscribe(self) -> None:
        self.call("gcode/subscribe_output", {"response_template": {"method": "line"}})
        answer = self.call(
            "objects/subscribe",
            {"objects": WATCHED, "response_template": {"method": "status"}},
        )
        self._merge(answer["result"]["status"])

    def wait(
        self, condition: Callable[[Status], object], what: str, timeout: float = 30
    ) -> None:
        """Until the status, as klippy tells it, fulfils a condition."""

        def is_so() -> bool:
            return bool(self.status) and bool(condition(self.status))

        with self._changed:
            fulfilled = self._changed.wait_for(is_so, timeout)
        assert fulfilled, f"{what} did not happen; status: {self.status}"

    def wait_closed(self, timeout: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, timeout)

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            *messages, rest = (rest + data).split(b"\x03")
            for message in messages:
                self._take(json.loads(message))
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method == "status":
            self._merge(message["params"]["status"])
        elif method == "line":
            with self._changed:
                self.console.append(message["params"]["response"])
                self._changed.notify_all()
        else:
            self._answers.put(message)

    def _merge(self, change: Status) -> None:
        with self._changed:
            for name, fields in change.items():
                self.status.setdefault(name, {}).update(fields)
            self._changed.notify_all()


class Rig:
    """A simulator, a klippy, and both of their sockets, in a folder of their own."""

    def __init__(
        self, folder: Path, klippy: list[str], thermal_speed: float = 20
    ) -> None:
        self.folder = folder
        self.log = folder / "klippy.log"
        self._klippy = klippy
        self._control = folder / "control"
        (folder / "gcodes").mkdir()
        config = TEMPLATE.read_text()
        config = config.replace("@SERIAL@", str(folder / "mcu"))
        config = config.replace("@GCODES@", str(folder / "gcodes"))
        config = envs.klippy_host().printer_cfg(config)
        (folder / "printer.cfg").write_text(config)
        self.simulator = subprocess.Popen(
            [
                *(sys.executable, "-m", "moonraker_cp.demo.simulator"),
                *("--pty", folder / "mcu", "--control", self._control),
                *("--thermal-speed", str(thermal_speed)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self.simulator.stdout is not None
        assert self.simulator.stdout.readline() == b"ready\n"

    def start_klippy(self, until: str = "ready") -> None:
        # Its own folder is not on klippy's path: the project is no part of klippy.
        self.klippy = subprocess.Popen(
            [
                *self._klippy,
                self.folder / "printer.cfg",
                *("-a", self.folder / "api", "-I", self.folder / "tty", "-l", self.log),
            ],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.connect(until)

    def connect(self, until: str = "ready", timeout: float = 40) -> None:
        """Connect again after a restart, and wait for a state of klippy's."""
        deadline = time.monotonic() + timeout
        state = "absent"
        while time.monotonic() < deadline:
            try:
                api = Api(self.folder / "api")
            except OSError:
                # There is no event for a socket that does not exist yet.
                time.sleep(0.05)
                continue
            try:
                while not api.closed and time.monotonic() < deadline:
                    state = api.call("info", timeout=5)["result"]["state"]
                    if state == until:
                        api.subscribe()
                        self.api = api
                        return
                    time.sleep(0.05)
            except (OSError, queue.Empty):
                pass  # it is just going away
            api.close()
        raise AssertionError(f"klippy is {state}, not {until}:\n{self.tail()}")

    def restart(self, command: str, until: str = "ready") -> None:
        self.api.send("gcode/script", {"script": command})
        self.api.wait_closed()
        self.api.close()
        self.connect(until)

    def kill_klippy(self) -> None:
        self.klippy.send_signal(signal.SIGKILL)
        self.klippy.wait()
        self.api.wait_closed()
        self.api.close()

    def run(self, script: str, timeout: float = 60) -> dict[str, Any]:
        return self.api.call("gcode/script", {"script": script}, timeout)

    def start_print(self, text: str) -> None:
        (self.folder / "gcodes" / "test.gcode").write_text(text)
        assert self.run("SDCARD_PRINT_FILE FILENAME=test.gcode") == {
            "id": 1,
            "result": {},
        }

    def ask(self, **request: Any) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(str(self._control))
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as lines:
                reply: dict[str, Any] = json.loads(lines.readline())
        return reply

    def fault(self, **request: Any) -> None:
        assert self.ask(**request) == {"ok": True}

    def shutdown_message(self, timeout: float = 30) -> str:
        self.api.wait(lambda s: is_state(s, "shutdown"), "a shutdown", timeout)
        return str(self.api.status["webhooks"]["state_message"])

    def tail(self) -> str:
        return self.log.read_text()[-3000:]

    def stop(self) -> None:
        if hasattr(self, "api"):
            self.api.close()
        if hasattr(self, "klippy"):
            self.klippy.kill()
            self.klippy.wait()
        self.simulator.terminate()
        assert self.simulator.wait(5) == 0
        if self.simulator.stdout is not None:
            self.simulator.stdout.close()
        assert not (self.folder / "mcu").is_symlink()
        assert not self._control.exists()


def is_state(status: Status, state: str) -> bool:
    return bool(status["webhooks"]["state"] == state)


def print_is(state: str) -> Callable[[Status], bool]:
    return lambda status: bool(status["print_stats"]["state"] == state)


def at_rest(status: Status) -> bool:
    return bool(status["idle_timeout"]["state"] != "Printing")


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    klippy = envs.klippy_host().command(envs.klippy_env())
    rig = Rig(tmp_path, klippy, getattr(request, "param", 20))
    try:
        rig.start_klippy()
        yield rig
    finally:
        rig.stop()


def test_homes_prints_and_every_extruder_step_arrives(rig: Rig) -> None:
    rig.run("G28")
    rig.api.wait(lambda s: s["toolhead"]["homed_axes"] == "xyz", "homing")
    before = rig.ask(do="status")["steps"]

    rig.start_print(SQUARE)
    rig.api.wait(print_is("complete"), "the end of the print")
    rig.api.wait(at_rest, "the end of motion")

    after = rig.ask(do="status")
    # 9 mm go out, 2 mm come back in PRINT_END.
    assert after["extruder_steps"] - before["e"] == pytest.approx(
        7 * STEPS_PER_MM_E, abs=2
    )
    # It homed at 0, which the simulator learned, and parked at X5.
    place = after["steps"]["x"]
    rig.run("G28 X\nG1 X0 F6000\nM400")
    zero = rig.ask(do="status")["steps"]["x"]
    assert abs(place - zero) == pytest.approx(5 * STEPS_PER_MM_X, abs=3)
    assert after["is_shutdown"] is False


def test_heats_and_cools(rig: Rig) -> None:
    rig.run("PRINT_START BED=55 HOTEND=200\nM106 S255")
    hot = rig.ask(do="status")["temperatures"]
    assert hot["bed"] == pytest.approx(55, abs=8)
    assert hot["extruder"] == pytest.approx(200, abs=25)
    rig.run("END_PRINT\nTEMPERATURE_WAIT SENSOR=heater_bed MAXIMUM=40")
    assert rig.ask(do="status")["temperatures"]["bed"] < 45


def test_pause_resume_and_cancel(rig: Rig) -> None:
    rig.start_print(LONG)
    rig.api.wait(print_is("printing"), "the start")
    rig.api.wait(lambda s: s["print_stats"]["filament_used"] > 0, "extrusion")
    rig.run("PAUSE")
    rig.api.wait(print_is("paused"), "the pause")
    rig.api.wait(lambda s: s["pause_resume"]["is_paused"], "is_paused")
    rig.api.wait(at_rest, "rest at the parking place")
    parked = rig.ask(do="status")["steps"]

    rig.run("RESUME")
    rig.api.wait(print_is("printing"), "the resumption")
    used = rig.api.status["print_stats"]["filament_used"]
    rig.api.wait(lambda s: s["print_stats"]["filament_used"] > used, "extrusion")
    rig.run("CANCEL_PRINT")
    rig.api.wait(print_is("cancelled"), "the cancellation")
    rig.api.wait(at_rest, "rest at the parking place")
    assert rig.ask(do="status")["steps"]["y"] == pytest.approx(parked["y"], abs=2)


def test_filament_runout_pauses_and_a_new_spool_is_seen(rig: Rig) -> None:
    rig.start_print(LONG)
    rig.api.wait(lambda s: s["print_stats"]["filament_used"] > 0, "extrusion")
    rig.fault(do="runout", present=False)
    rig.api.wait(print_is("paused"), "the pause")
    sensor = {"objects": {"filament_switch_sensor runout": ["filament_detected"]}}
    answer = rig.api.call("objects/query", sensor)["result"]["status"]
    assert answer == {"filament_switch_sensor runout": {"filament_detected": False}}
    rig.api.wait(lambda s: s["pause_resume"]["is_paused"], "is_paused")
    rig.fault(do="runout", present=True)
    rig.run("RESUME")
    rig.api.wait(print_is("printing"), "the resumption")


def test_a_shutdown_is_told_and_survived(rig: Rig) -> None:
    assert "known" in rig.ask(do="shutdown", message="because")["error"]
    rig.fault(do="shutdown", message="Timer too close")
    message = rig.shutdown_message()
    assert message.startswith("MCU 'mcu' shutdown: Timer too close")
    assert rig.ask(do="status")["is_shutdown"] is True
    # RESTART leaves the board as it is, FIRMWARE_RESTART resets it.
    rig.restart("RESTART", until="error")
    rig.restart("FIRMWARE_RESTART")
    assert rig.ask(do="status")["is_shutdown"] is False


def test_emergency_stop_reaches_the_board(rig: Rig) -> None:
    rig.api.call("emergency_stop")
    assert "Shutdown due to" in rig.shutdown_message()
    assert rig.ask(do="status")["is_shutdown"] is True
    rig.restart("FIRMWARE_RESTART")


def test_a_board_that_hangs_is_lost_and_comes_back(rig: Rig) -> None:
    rig.fault(do="hang", seconds=6)
    assert rig.shutdown_message().startswith("Lost communication with MCU 'mcu'")
    # A reset cannot reach a board that is deaf: the next klippy meets the old
    # configuration once it hears again, and needs a second restart.
    rig.restart("FIRMWARE_RESTART", until="error")
    rig.restart("FIRMWARE_RESTART")


def _has_used(goal: float) -> Callable[[Any], bool]:
    return lambda status: bool(status["print_stats"]["filament_used"] > goal)


# Sped up, the nozzle would be too cold to extrude after two seconds.
@pytest.mark.parametrize("rig", [1.0], indirect=True, ids=["real heat"])
def test_a_short_hang_is_bridged_by_resending(rig: Rig) -> None:
    rig.fault(do="temperature", name="extruder", celsius=200)
    rig.start_print(LONG)
    rig.api.wait(lambda s: s["print_stats"]["filament_used"] > 0, "extrusion")
    resends = rig.ask(do="status")["resends"]
    for _ in range(5):  # a late klippy may have had nothing to send in one of them
        rig.fault(do="hang", seconds=2)
        goal = rig.api.status["print_stats"]["filament_used"] + 20
        rig.api.wait(_has_used(goal), "progress")
        assert is_state(rig.api.status, "ready")
        if rig.ask(do="status")["resends"] > resends:
            return
    pytest.fail("Nothing was resent.")


def test_a_board_that_restarts_by_itself(rig: Rig) -> None:
    rig.fault(do="reboot")
    assert rig.shutdown_message(5).startswith("MCU 'mcu' spontaneous restart")
    rig.restart("FIRMWARE_RESTART")


def test_unplugged_for_good_until_plugged(rig: Rig) -> None:
    rig.fault(do="unplug", seconds=None)
    assert not (rig.folder / "mcu").is_symlink()
    assert rig.shutdown_message().startswith("Lost communication with MCU 'mcu'")
    rig.fault(do="plug")
    rig.restart("FIRMWARE_RESTART")


def test_unplugged_for_a_while(rig: Rig) -> None:
    rig.fault(do="unplug", seconds=1)
    assert rig.shutdown_message().startswith("Lost communication with MCU 'mcu'")
    assert (rig.folder / "mcu").is_symlink()
    rig.restart("FIRMWARE_RESTART")


def test_a_heater_that_fails_is_noticed(rig: Rig) -> None:
    rig.run("M109 S100")
    rig.fault(do="heater", name="extruder", mode="no_heat")
    message = rig.shutdown_message(60)
    assert message.startswith("Heater extruder not heating at expected rate")


def test_a_heater_that_is_stuck_runs_out_of_range(rig: Rig) -> None:
    rig.fault(do="heater", name="bed", mode="stuck_on")
    assert rig.shutdown_message(60).startswith("MCU 'mcu' shutdown: ADC out of range")


def test_an_open_sensor_is_out_of_range(rig: Rig) -> None:
    rig.fault(do="heater", name="extruder", mode="open")
    message = rig.shutdown_message()
    assert message.startswith("MCU 'mcu' shutdown: ADC out of range")
    rig.fault(do="heater", name="extruder", mode="normal")
    rig.restart("FIRMWARE_RESTART")


def test_the_configuration_survives_a_klippy_that_is_killed(rig: Rig) -> None:
    configuring = "Sending MCU 'mcu' printer configuration"
    assert rig.log.read_text().count(configuring) == 1
    rig.kill_klippy()
    rig.start_klippy()
    assert rig.log.read_text().count(configuring) == 1
    rig.run("G28 X")
    rig.restart("RESTART")
    assert rig.ask(do="status")["resets"] == 0
    rig.restart("FIRMWARE_RESTART")
    assert rig.ask(do="status")["resets"] == 1
    rig.run("G28 X")


def test_a_hot_board_without_a_host_shuts_itself_down(rig: Rig) -> None:
    rig.run("M104 S250\nTEMPERATURE_WAIT SENSOR=extruder MINIMUM=40")
    rig.kill_klippy()
    deadline = time.monotonic() + 6
    while not rig.ask(do="status")["is_shutdown"]:
        assert time.monotonic() < deadline, "the heater was left on"
        time.sleep(0.1)
    rig.start_klippy(until="error")
    rig.restart("FIRMWARE_RESTART")
