"""Heat: what heaters do to temperatures, and what thermistors make of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

from .dictionary import ADC_MAX, ADC_OUT_OF_RANGE, CLOCK_FREQ, pin_name
from .kernel import WORD, Handler, Kernel, Shutdown, Timer, lookup

_KELVIN = 273.15
_SENSOR_LAG = 0.8  # seconds


class HeaterMode(Enum):
    """What is broken about a heater."""

    NORMAL = "normal"
    NO_HEAT = "no_heat"
    STUCK_ON = "stuck_on"
    OPEN = "open"  # the sensor's wire


@dataclass(frozen=True)
class Thermistor:
    """The beta curve: resistance at 25 degrees, against a pull-up."""

    beta: float = 3950.0
    r25: float = 100_000.0
    pull_up: float = 4_700.0

    def adc(self, celsius: float) -> int:
        warmth = 1.0 / (celsius + _KELVIN) - 1.0 / (25.0 + _KELVIN)
        resistance = self.r25 * math.exp(self.beta * warmth)
        return round(ADC_MAX * resistance / (self.pull_up + resistance))


@dataclass
class Body:
    """Something that is heated: first order, with a sensor that lags behind."""

    name: str
    heater_pin: str
    sensor_pin: str
    rise: float  # degrees over ambient at full power, in the end
    tau: float  # seconds
    ambient: float
    speed: float
    thermistor: Thermistor = field(default_factory=Thermistor)
    mode: HeaterMode = HeaterMode.NORMAL
    duty: float = 0.0
    _clock: int = 0

    def __post_init__(self) -> None:
        self.celsius = self.sensed = self.ambient

    def advance(self, clock: int) -> None:
        """Let time pass with the duty as it was."""
        seconds = max(0, clock - self._clock) / CLOCK_FREQ * self.speed
        self._clock = max(self._clock, clock)
        duty = {HeaterMode.NO_HEAT: 0.0, HeaterMode.STUCK_ON: 1.0}.get(
            self.mode, self.duty
        )
        goal = self.ambient + self.rise * duty
        self.celsius += (goal - self.celsius) * -math.expm1(-seconds / self.tau)
        self.sensed += (self.celsius - self.sensed) * -math.expm1(
            -seconds / _SENSOR_LAG
        )

    def set_celsius(self, celsius: float, hold: bool) -> None:
        """hold: something from outside keeps it there; else it drifts back."""
        self.celsius = self.sensed = celsius
        if hold:
            self.ambient = celsius

    def adc(self) -> int:
        if self.mode is HeaterMode.OPEN:
            return ADC_MAX
        return self.thermistor.adc(self.sensed)


class Heat:
    """The bodies of this printer; they outlive every reset of the firmware."""

    def __init__(self, ambient: float, speed: float) -> None:
        self._ambient = ambient
        self.bodies = {
            "extruder": Body(
                "extruder",
                "HOTEND_HEATER",
                "HOTEND_SENSOR",
                rise=380.0,
                tau=130.0,
                ambient=ambient,
                speed=speed,
            ),
            "bed": Body(
                "bed",
                "BED_HEATER",
                "BED_SENSOR",
                rise=130.0,
                tau=220.0,
                ambient=ambient,
                speed=speed,
            ),
        }

    def set_output(self, pin: str, duty: float, clock: int) -> None:
        for body in self.bodies.values():
            if body.heater_pin == pin:
                body.advance(clock)
                body.duty = duty

    def set_mode(self, name: str, mode: HeaterMode, clock: int) -> None:
        body = self.bodies[name]
        body.advance(clock)
        body.mode = mode

    def set_celsius(self, name: str, celsius: float, clock: int, hold: bool) -> None:
        body = self.bodies[name]
        body.advance(clock)
        body.set_celsius(celsius, hold)

    def adc(self, pin: str, clock: int) -> int:
        """What a sensor reads; a pin without a body is a sensor of the room."""
        for body in self.bodies.values():
            if body.sensor_pin == pin:
                body.advance(clock)
                return body.adc()
        return Thermistor().adc(self._ambient)

    def temperatures(self, clock: int) -> dict[str, float]:
        for body in self.bodies.values():
            body.advance(clock)
        return {name: round(body.celsius, 2) for name, body in self.bodies.items()}


@dataclass
class AnalogIn:
    """One ADC pin and what the host wants to know of it."""

    pin: str
    sample_count: int = 0
    rest_ticks: int = 0
    low: int = 0
    high: int = 0
    range_check_count: int = 0
    out_of_range: int = 0
    timer: Timer | None = None


class AnalogInputs:
    """All ADC pins, and their commands."""

    def __init__(self, kernel: Kernel, heat: Heat) -> None:
        self._kernel = kernel
        self._heat = heat
        self._by_oid: dict[int, AnalogIn] = {}

    def commands(self) -> dict[str, Handler]:
        return {"config_analog_in": self._config, "query_analog_in": self._query}

    def _config(self, oid: int, pin: int) -> None:
        self._by_oid[oid] = AnalogIn(pin_name(pin))

    def _query(
        self,
        oid: int,
        clock: int,
        _sample_ticks: int,
        sample_count: int,
        rest_ticks: int,
        low: int,
        high: int,
        range_check_count: int,
    ) -> None:
        adc = lookup(self._by_oid, oid)
        if adc.timer is not None:
            adc.timer.cancel()
            adc.timer = None
        adc.sample_count = sample_count
        adc.rest_ticks = rest_ticks
        adc.low, adc.high = low, high
        adc.range_check_count = range_check_count
        adc.out_of_range = 0
        if sample_count:

            def sample(clock: int) -> None:
                self._sample(oid, adc, clock)
                adc.timer = self._kernel.at(clock + adc.rest_ticks, sample)
                self._check(adc)

            adc.timer = self._kernel.at(self._kernel.expand(clock), sample)

    def _sample(self, oid: int, adc: AnalogIn, clock: int) -> None:
        value = self._heat.adc(adc.pin, clock) * adc.sample_count
        next_clock = (clock + adc.rest_ticks) % WORD
        self._kernel.respond("analog_in_state", oid, next_clock, value)
        adc.out_of_range = 0 if adc.low <= value <= adc.high else adc.out_of_range + 1

    def _check(self, adc: AnalogIn) -> None:
        if adc.range_check_count and adc.out_of_range >= adc.range_check_count:
            # The timer is set by now: reports go on while shut down.
            adc.out_of_range = 0
            raise Shutdown(ADC_OUT_OF_RANGE)
