"""The parts of the simulated firmware, one by one, under a clock that we turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moonraker_cp.demo.simulator.codec import Block, BlockReader, frame, get_int
from moonraker_cp.demo.simulator.control import Control
from moonraker_cp.demo.simulator.controller import Controller, Options
from moonraker_cp.demo.simulator.dictionary import (
    CLOCK_FREQ,
    COMMAND_BY_NAME,
    PINS,
    RESPONSE_BY_NAME,
    SHUTDOWN_TEXTS,
    TEXT_IDS,
)
from moonraker_cp.demo.simulator.heat import Body, HeaterMode, Thermistor
from moonraker_cp.demo.simulator.pty_link import PtyLink

RESPONSE_BY_ID = {message.ident: message for message in RESPONSE_BY_NAME.values()}

Answer = tuple[str, dict[str, Any]]


class Host:
    """Talks to a controller in whole commands; time passes only in `sleep`."""

    def __init__(self, **options: Any) -> None:
        self.time = 100.0
        self.wire = bytearray()
        self.board = Controller(
            self.wire.extend, Options(**options), monotonic=lambda: self.time
        )
        self.seq = 0
        self._reader = BlockReader()

    @property
    def clock(self) -> int:
        return self.board.kernel.now()

    def send(self, name: str, *values: int) -> list[Answer]:
        payload = COMMAND_BY_NAME[name].encode(values)
        self.board.receive(frame(self.seq, payload))
        self.seq = (self.seq + 1) & 0x0F
        return self.heard()

    def sleep(self, seconds: float) -> list[Answer]:
        self.time += seconds
        self.board.run_timers()
        return self.heard()

    def heard(self) -> list[Answer]:
        answers = []
        for block in self._reader.feed(bytes(self.wire)):
            assert isinstance(block, Block)
            if block.payload:
                ident, pos = get_int(block.payload, 0)
                message = RESPONSE_BY_ID[ident]
                values, end = message.decode(block.payload, pos)
                assert end == len(block.payload)
                answers.append((message.name, dict(zip(message.names, values))))
        self.wire.clear()
        return [answer for answer in answers if answer[0] != "stats"]


@pytest.fixture
def host() -> Host:
    return Host()


def position(host: Host, oid: int = 0) -> int:
    ((name, values),) = host.send("stepper_get_position", oid)
    assert name == "stepper_position"
    return int(values["pos"])


def with_stepper(host: Host) -> Host:
    host.send("config_stepper", 0, PINS["E_STEP"], PINS["E_DIR"], 0, 40)
    host.send("reset_step_clock", 0, 0)
    host.send("set_next_step_dir", 0, 1)
    return host


class TestLine:
    def test_one_acknowledgement_a_batch_and_one_for_what_is_out_of_turn(
        self, host: Host
    ) -> None:
        nothing = COMMAND_BY_NAME["debug_nop"].encode(())
        host.board.receive(frame(0, nothing) + frame(1, nothing))
        assert bytes(host.wire) == frame(2)
        host.wire.clear()
        host.board.receive(frame(7, nothing))
        assert bytes(host.wire) == frame(2)
        assert host.board.counters.resends == 1

    def test_unknown_commands_shut_down(self, host: Host) -> None:
        host.board.receive(frame(0, b"\x5f"))
        ((name, values),) = host.heard()
        assert name == "shutdown"
        assert values["static_string_id"] == TEXT_IDS["Invalid command"]

    def test_deaf_and_mute_while_it_hangs(self, host: Host) -> None:
        host.board.hang(2)
        host.send("get_clock")
        assert not host.sleep(1.9)
        host.seq = 0
        host.sleep(0.2)
        assert [name for name, _ in host.send("get_clock")] == ["clock"]

    def test_the_clock_is_longer_than_a_word(self, host: Host) -> None:
        host.sleep(1000)
        ((_, uptime),) = host.send("get_uptime")
        assert (uptime["high"], uptime["clock"]) == divmod(1000 * CLOCK_FREQ, 1 << 32)

    def test_a_reset_forgets_the_configuration(self, host: Host) -> None:
        host.send("finalize_config", 0xDEADBEEF)
        ((_, config),) = host.send("get_config")
        assert (config["is_config"], config["crc"]) == (1, 0xDEADBEEF)
        assert host.send("reset") == []
        host.sleep(0.01)
        host.send("get_config")  # deaf: it boots
        host.seq = 0
        host.sleep(0.1)
        ((_, config),) = host.send("get_config")
        assert (config["is_config"], config["crc"]) == (0, 0)


class TestSteppers:
    def test_steps_at_an_even_pace(self, host: Host) -> None:
        with_stepper(host)
        host.send("reset_step_clock", 0, host.clock)
        host.send("queue_step", 0, CLOCK_FREQ // 100, 10, 0)
        assert position(host) == 0
        host.sleep(0.055)
        assert position(host) == 5
        host.sleep(10)
        assert position(host) == 10

    def test_acceleration_and_direction(self, host: Host) -> None:
        with_stepper(host)
        host.send("reset_step_clock", 0, host.clock)
        host.send("queue_step", 0, 200_000, 5, 20_000)  # at 10, 21, 33, 46, 60 ms
        host.send("set_next_step_dir", 0, 0)
        host.send("queue_step", 0, 400_000, 2, 0)  # at 80, 100 ms
        seen = []
        for milliseconds in range(0, 120, 5):
            seen.append((milliseconds, position(host)))
            host.sleep(0.005)
        assert dict(seen)[45] == 3
        assert [dict(seen)[t] for t in (5, 15, 25, 35, 50, 65, 85, 105)] == [
            *(0, 1, 2, 3, 4, 5, 4, 3)
        ]

    def test_the_first_step_after_a_long_rest(self, host: Host) -> None:
        with_stepper(host)
        host.send("reset_step_clock", 0, host.clock)
        host.send("queue_step", 0, 1000, 1, 0)
        host.sleep(500)  # more than twice around the 32 bits
        interval = (host.clock + CLOCK_FREQ // 10 - 1000) & 0xFFFFFFFF
        host.send("queue_step", 0, interval, 1, 0)
        assert position(host) == 1
        host.sleep(0.101)
        assert position(host) == 2
        assert host.board.kernel.late == 0

    def test_late_steps_are_counted_or_fatal(self) -> None:
        for strict in (False, True):
            host = with_stepper(Host(strict=strict))
            host.sleep(1)
            host.send("reset_step_clock", 0, host.clock)
            host.sleep(0.5)
            answers = host.send("queue_step", 0, 1000, 1, 0)
            assert host.board.kernel.late == 1
            assert bool(answers) is strict
            if strict:
                assert answers[0][1]["static_string_id"] == TEXT_IDS["Timer too close"]


class TestHoming:
    def home(self, host: Host, steps: int, level: int = 1) -> list[Answer]:
        start = host.clock + CLOCK_FREQ // 10
        host.send("reset_step_clock", 0, start & 0xFFFFFFFF)
        host.send("trsync_start", 1, start, CLOCK_FREQ * 75 // 1000, 4)
        host.send("stepper_stop_on_trigger", 0, 1)
        host.send("trsync_set_timeout", 1, start + CLOCK_FREQ * 30)
        host.send("endstop_home", 2, start, 20, 4, 2000, level, 1, 1)
        host.send("queue_step", 0, 20_000, steps, 0)
        answers = host.sleep(0.1 + steps * 0.001 + 0.2)
        host.send("endstop_home", 2, 0, 0, 0, 0, 0, 0, 0)
        return answers

    def configured(self, host: Host) -> Host:
        with_stepper(host)
        host.send("config_trsync", 1)
        host.send("config_endstop", 2, PINS["X_STOP"], 1)
        return host

    def test_the_switch_is_learned_and_stays(self, host: Host) -> None:
        self.configured(host)
        states = [v for name, v in self.home(host, 2000) if name == "trsync_state"]
        assert states[0]["can_trigger"] == 1
        assert (states[-1]["can_trigger"], states[-1]["trigger_reason"]) == (0, 1)
        assert position(host) == 400
        ((_, state),) = host.send("endstop_query_state", 2)
        assert (state["homing"], state["pin_value"]) == (0, 1)

        # Away from it, and home again from somewhere else.
        host.send("trsync_trigger", 1, 2)
        host.send("reset_step_clock", 0, host.clock & 0xFFFFFFFF)
        host.send("set_next_step_dir", 0, 0)
        host.send("queue_step", 0, 20_000, 1000, 0)
        host.sleep(1.1)
        assert position(host) == -600
        ((_, state),) = host.send("endstop_query_state", 2)
        assert state["pin_value"] == 0
        host.send("set_next_step_dir", 0, 1)
        self.home(host, 3000)
        assert position(host) == 400

    def test_two_motors_share_an_axis(self, host: Host) -> None:
        """On a CoreXY the switch of X stays, wherever Y is: it is at a sum of steps."""
        for oid, name in enumerate("XY"):
            pins = PINS[f"{name}_STEP"], PINS[f"{name}_DIR"]
            host.send("config_stepper", oid, *pins, 0, 40)
        host.send("config_trsync", 2)
        host.send("config_endstop", 3, PINS["X_STOP"], 1)
        self.home_both(host, 2000)
        assert [position(host, oid) for oid in (0, 1)] == [400, 400]

        # 300 steps away from the switch, and 1000 along the other axis.
        host.send("trsync_trigger", 2, 2)
        self.move_both(host, host.clock, -300 - 1000, -300 + 1000)
        host.sleep(1.5)
        ((_, state),) = host.send("endstop_query_state", 3)
        assert state["pin_value"] == 0
        self.home_both(host, 2000)
        assert [position(host, oid) for oid in (0, 1)] == [-600, 1400]

    def move_both(self, host: Host, clock: int, *steps: int) -> None:
        for oid, count in enumerate(steps):
            host.send("reset_step_clock", oid, clock & 0xFFFFFFFF)
            host.send("set_next_step_dir", oid, int(count > 0))
            host.send("queue_step", oid, 20_000, abs(count), 0)

    def home_both(self, host: Host, steps: int) -> None:
        start = host.clock + CLOCK_FREQ // 10
        host.send("trsync_start", 2, start, CLOCK_FREQ * 75 // 1000, 4)
        for oid in (0, 1):
            host.send("stepper_stop_on_trigger", oid, 2)
        host.send("trsync_set_timeout", 2, start + CLOCK_FREQ * 30)
        host.send("endstop_home", 3, start, 20, 4, 2000, 1, 2, 1)
        self.move_both(host, start, steps, steps)
        host.sleep(0.1 + steps * 0.001 + 0.2)
        host.send("endstop_home", 3, 0, 0, 0, 0, 0, 0, 0)

    def test_a_late_look_does_not_move_the_stop(self, host: Host) -> None:
        self.configured(host)
        self.home(host, 450)  # all is over before the timers are looked at
        assert position(host) == 400

    def test_steps_sent_after_the_stop_are_void(self, host: Host) -> None:
        self.configured(host)
        self.home(host, 2000)
        host.send("queue_step", 0, 20_000, 100, 0)
        host.sleep(1)
        assert position(host) == 400

    @pytest.mark.parametrize(("strict", "steps"), [(True, 250), (False, 1000)])
    def test_without_a_sign_of_the_host_it_stops(
        self, strict: bool, steps: int
    ) -> None:
        host = Host(strict=strict)  # a lenient board waits for a busy computer
        self.configured(host)
        host.send("reset_step_clock", 0, host.clock)
        host.send("trsync_start", 1, host.clock, CLOCK_FREQ, 4)
        host.send("stepper_stop_on_trigger", 0, 1)
        host.send("trsync_set_timeout", 1, host.clock + CLOCK_FREQ // 4)
        host.send("queue_step", 0, 20_000, 1000, 0)
        host.sleep(25.5)
        assert position(host) == steps
        answers = host.send("trsync_trigger", 1, 2)
        assert answers == [
            (
                "trsync_state",
                {"oid": 1, "can_trigger": 0, "trigger_reason": 4, "clock": 0},
            )
        ]

    @pytest.mark.parametrize("strict", [True, False])
    def test_motion_that_is_overdue_is_not_told_as_made(self, strict: bool) -> None:
        """Else a host that was late thinks that no switch closed on the whole way."""
        host = Host(strict=strict)
        self.configured(host)
        start = host.clock
        host.send("reset_step_clock", 0, start)
        host.send("trsync_start", 1, start, CLOCK_FREQ // 20, 4)
        host.send("stepper_stop_on_trigger", 0, 1)
        host.send("queue_step", 0, 20_000, 100, 0)
        told = [values["clock"] for _, values in host.sleep(1)]
        known = (start + 100 * 20_000) & 0xFFFFFFFF
        assert len(told) > 10
        assert (max(told) > known) is strict


class TestOutputs:
    def test_a_heater_without_an_update_is_a_shutdown(self, host: Host) -> None:
        cycle = CLOCK_FREQ // 10
        pin = PINS["HOTEND_HEATER"]
        host.send("config_digital_out", 0, pin, 0, 0, 3 * CLOCK_FREQ)
        host.send("set_digital_out_pwm_cycle", 0, cycle)
        host.send("queue_digital_out", 0, host.clock + CLOCK_FREQ, cycle // 2)
        host.sleep(0.9)
        assert host.board.heat.bodies["extruder"].duty == 0
        host.sleep(0.2)
        assert host.board.heat.bodies["extruder"].duty == 0.5
        assert host.sleep(2.8) == []
        ((name, values),) = host.sleep(0.2)
        text = "Missed scheduling of next digital out event"
        assert (name, values["static_string_id"]) == ("shutdown", TEXT_IDS[text])
        assert host.board.heat.bodies["extruder"].duty == 0
        ((name, values),) = host.send("update_digital_out", 0, 1)
        assert (name, values["static_string_id"]) == ("is_shutdown", TEXT_IDS[text])

    def test_off_needs_no_update(self, host: Host) -> None:
        host.send("config_digital_out", 0, PINS["BED_HEATER"], 0, 0, 3 * CLOCK_FREQ)
        host.send("queue_digital_out", 0, host.clock + 1000, 1)
        host.sleep(1)
        host.send("queue_digital_out", 0, host.clock + 1000, 0)
        assert host.sleep(10) == []


class TestHeat:
    def body(self) -> Body:
        return Body("x", "H", "S", rise=380, tau=130, ambient=22, speed=1)

    def test_warms_towards_its_end_and_cools_again(self) -> None:
        body = self.body()
        body.duty = 1.0
        body.advance(130 * CLOCK_FREQ)
        assert body.celsius == pytest.approx(22 + 380 * 0.632, abs=0.2)
        body.duty = 0.0
        body.advance(5000 * CLOCK_FREQ)
        assert body.celsius == pytest.approx(22, abs=0.1)

    def test_the_steps_do_not_matter(self) -> None:
        one, many = self.body(), self.body()
        one.duty = many.duty = 0.7
        one.advance(60 * CLOCK_FREQ)
        for second in range(61):
            many.advance(second * CLOCK_FREQ)
        assert many.celsius == pytest.approx(one.celsius)

    @pytest.mark.parametrize(
        ("mode", "warm"), [(HeaterMode.NO_HEAT, False), (HeaterMode.STUCK_ON, True)]
    )
    def test_broken_heaters(self, mode: HeaterMode, warm: bool) -> None:
        body = self.body()
        body.mode, body.duty = mode, 0.0 if warm else 1.0
        body.advance(60 * CLOCK_FREQ)
        assert (body.celsius > 100) is warm

    def test_the_thermistor_at_its_reference(self) -> None:
        assert Thermistor().adc(25) == round(4095 * 100_000 / 104_700)

    def test_an_open_wire_is_out_of_range_and_reports_go_on(self, host: Host) -> None:
        rest = CLOCK_FREQ * 3 // 10
        host.send("config_analog_in", 0, PINS["HOTEND_SENSOR"])
        host.send("query_analog_in", 0, host.clock + 1, 20, 8, rest, 500, 32000, 4)
        (first,) = host.sleep(0.1)
        assert first[0] == "analog_in_state"
        host.board.heat.set_mode("extruder", HeaterMode.OPEN, host.clock)
        names = [name for name, _ in host.sleep(2.05)]
        assert names.count("shutdown") == 1
        assert names.index("shutdown") == 4
        assert len(names) == 8


class TestButtons:
    def test_a_change_is_told_until_it_is_taken(self, host: Host) -> None:
        host.send("config_buttons", 0, 1)
        host.send("buttons_add", 0, 0, PINS["FILAMENT_SWITCH"], 0)
        rest = CLOCK_FREQ // 500
        answers = host.send("buttons_query", 0, host.clock, rest, 50, 0)
        full = ("buttons_state", {"oid": 0, "ack_count": 0, "state": b"\x01"})
        assert answers == [full]
        assert host.sleep(0.11) == [full]
        host.send("buttons_ack", 0, 1)
        assert host.sleep(1) == []
        host.board.set_filament(False)
        empty = ("buttons_state", {"oid": 0, "ack_count": 1, "state": b"\x00"})
        assert host.heard() == [empty]


class TestControl:
    def ask(self, host: Host, **request: Any) -> dict[str, Any]:
        control = Control(host.board, PtyLink(Path("unused")))
        return control.answer(json.dumps(request).encode())

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"[]",
            b"{}",
            b'{"do": "dance"}',
            b'{"do": "heater", "name": "bed", "mode": "cold"}',
            b'{"do": "heater", "name": "chamber", "mode": "normal"}',
            b'{"do": "hang"}',
            b'{"do": "shutdown", "message": "no such text"}',
        ],
    )
    def test_what_is_wrong_is_said(self, host: Host, line: bytes) -> None:
        control = Control(host.board, PtyLink(Path("unused")))
        assert set(control.answer(line)) == {"error"}

    def test_status_and_temperature(self, host: Host) -> None:
        reply = self.ask(host, do="temperature", name="bed", celsius=60)
        assert reply == {"ok": True}
        status = self.ask(host, do="status")
        assert status["temperatures"] == {"bed": 60.0, "extruder": 22.0}
        assert status["is_shutdown"] is False

    def test_a_held_temperature_does_not_drift_back(self, host: Host) -> None:
        for name, hold in (("bed", False), ("extruder", True)):
            self.ask(host, do="temperature", name=name, celsius=60, hold=hold)
        clock = host.board.kernel.now() + 60 * CLOCK_FREQ
        warmth = host.board.heat.temperatures(clock)
        assert warmth["bed"] < 58
        assert warmth["extruder"] == 60.0

    @pytest.mark.parametrize("text", SHUTDOWN_TEXTS)
    def test_every_known_shutdown(self, host: Host, text: str) -> None:
        assert self.ask(host, do="shutdown", message=text) == {"ok": True}
        assert self.ask(host, do="status")["is_shutdown"] is True
        ((name, values),) = host.heard()
        assert (name, values["static_string_id"]) == ("shutdown", TEXT_IDS[text])
