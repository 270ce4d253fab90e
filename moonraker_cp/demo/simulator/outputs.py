"""Outputs: pins that change at a clock, and fall back when the host is silent."""

from __future__ import annotations

from typing import Callable

from .dictionary import MISSED_DIGITAL, MISSED_PWM, PWM_MAX, pin_name
from .kernel import Handler, Kernel, Shutdown, Timer, lookup

# Told on every change: (pin name, duty 0..1, clock).
Listener = Callable[[str, float, int], None]


class Output:
    """One pin, digital or PWM; a value is a count of ticks out of `full`."""

    def __init__(
        self,
        kernel: Kernel,
        listener: Listener,
        pin: int,
        default: int,
        max_duration: int,
        *,
        full: int,
        missed: str,
    ) -> None:
        self._kernel = kernel
        self._listener = listener
        self._name = pin_name(pin)
        self._default = default
        self._max_duration = max_duration
        self._missed = missed
        self._full = full
        self._pending: list[Timer] = []
        self._deadline: Timer | None = None

    def set_cycle(self, ticks: int) -> None:
        """A digital pin becomes a soft PWM pin with this period."""
        self._full = ticks

    def queue(self, clock: int, value: int) -> None:
        when = self._kernel.expand(clock)
        self._kernel.expect_future(when)

        def change(clock: int) -> None:
            self._pending.remove(timer)
            self.set(clock, value)

        timer = self._kernel.at(when, change)
        self._pending.append(timer)

    def set(self, clock: int, value: int) -> None:
        # Without a cycle any count but 0 means on, as on the real pin.
        duty = value / self._full if self._full else float(bool(value))
        self._listener(self._name, min(1.0, duty), clock)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._max_duration and bool(value) != bool(self._default):
            end = self._kernel.patient(clock + self._max_duration)
            self._deadline = self._kernel.at(end, self._on_deadline)

    def fall_back(self, clock: int) -> None:
        """Go to the safe value, for good."""
        self.flush()
        self._listener(self._name, float(bool(self._default)), clock)

    def flush(self) -> None:
        """Forget what is still to come."""
        for timer in self._pending:
            timer.cancel()
        self._pending.clear()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self, _clock: int) -> None:
        raise Shutdown(self._missed)


class Outputs:
    """All output pins, and their commands."""

    def __init__(self, kernel: Kernel, listener: Listener) -> None:
        self._kernel = kernel
        self._listener = listener
        self._by_oid: dict[int, Output] = {}

    def commands(self) -> dict[str, Handler]:
        return {
            "config_digital_out": self._config_digital,
            "set_digital_out_pwm_cycle": self._set_cycle,
            "queue_digital_out": self._queue,
            "update_digital_out": self._update,
            "set_digital_out": self._set_plain,
            "config_pwm_out": self._config_pwm,
            "queue_pwm_out": self._queue,
            "set_pwm_out": self._set_plain_pwm,
        }

    def stop_all(self) -> None:
        now = self._kernel.now()
        for output in self._by_oid.values():
            output.fall_back(now)

    def _config_digital(
        self, oid: int, pin: int, value: int, default: int, max_duration: int
    ) -> None:
        self._by_oid[oid] = output = Output(
            self._kernel,
            self._listener,
            pin,
            default,
            max_duration,
            full=0,
            missed=MISSED_DIGITAL,
        )
        output.set(self._kernel.now(), value)

    def _config_pwm(
        self,
        oid: int,
        pin: int,
        _cycle_ticks: int,
        value: int,
        default: int,
        max_duration: int,
    ) -> None:
        self._by_oid[oid] = output = Output(
            self._kernel,
            self._listener,
            pin,
            default,
            max_duration,
            full=PWM_MAX,
            missed=MISSED_PWM,
        )
        output.set(self._kernel.now(), value)

    def _set_cycle(self, oid: int, ticks: int) -> None:
        lookup(self._by_oid, oid).set_cycle(ticks)

    def _queue(self, oid: int, clock: int, value: int) -> None:
        lookup(self._by_oid, oid).queue(clock, value)

    def _update(self, oid: int, value: int) -> None:
        output = lookup(self._by_oid, oid)
        output.flush()
        output.set(self._kernel.now(), value)

    def _set_plain(self, pin: int, value: int) -> None:
        self._listener(pin_name(pin), float(bool(value)), self._kernel.now())

    def _set_plain_pwm(self, pin: int, _cycle_ticks: int, value: int) -> None:
        self._listener(pin_name(pin), value / PWM_MAX, self._kernel.now())
