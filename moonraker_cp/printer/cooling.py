"""Waiting for a cold bed, on the host: Klipper's G-code is never held."""

from __future__ import annotations

import asyncio
from typing import Callable

from ..core.cooling import Sample, cold_at, is_cold
from ..core.decisions import WatchCooling
from ..core.events import BedCooled, CoolingExpired, Event

DEFAULT_IDLE_TIMEOUT = 600.0
"""Klipper's, in seconds, when nobody configured one."""

STAY_AWAKE = "SET_IDLE_TIMEOUT"
"""Without a value it keeps the timeout that is set, and begins to count anew.

So the motors keep their place as long as somebody is there to say it; nothing is
changed that a crash could leave behind, and heaters go off on time after one.
"""

FAN_OFF = "M107"

STAYS_COLD = 3.0
"""Seconds for which the sensor has to read cold: one whose wire breaks passes through
every temperature on its way down, and Klipper notices within these seconds."""

MOST_SAMPLES = 240


def begin(action: WatchCooling) -> str:
    """The G-code that begins the cooling."""
    lines = [f"M140 S{action.hold:g}"]
    if action.fan:
        lines.append(f"M106 S{round(action.fan * 255)}")
    return "\n".join((*lines, STAY_AWAKE))


class Cooling:
    """One wait: ends with BedCooled or CoolingExpired, or is closed before."""

    def __init__(
        self,
        action: WatchCooling,
        post: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._action = action
        self._post = post
        self._clock = clock
        self._temperature: float | None = None
        self._samples: list[Sample] = []
        self._step = 1.0  # seconds between two samples
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(action.limit, self._expire)
        self._waker: asyncio.TimerHandle | None = None
        self._believer: asyncio.TimerHandle | None = None
        self.is_open = True

    @property
    def cold_at(self) -> float | None:
        """The clock at which the bed is expected to be cold; None: not known."""
        return cold_at(self._samples, self._action.below)

    def look(self, temperature: float | None) -> None:
        """The newest reading; the same one may be told again."""
        if not self.is_open:
            return
        self._temperature = temperature
        if temperature is not None:
            self._note((self._clock(), temperature))
        if not is_cold(temperature, self._action.below):
            self._cancel(self._believer)
            self._believer = None
        elif self._believer is None:
            self._believer = self._loop.call_later(STAYS_COLD, self._believe)

    def _believe(self) -> None:
        self.close()
        if self._temperature is not None:
            self._post(BedCooled(self._action.ticket, self._temperature))

    def _note(self, sample: Sample) -> None:
        """Few and evenly spaced, however long it takes."""
        if self._samples and sample[0] - self._samples[-1][0] < self._step:
            return
        self._samples.append(sample)
        if len(self._samples) > MOST_SAMPLES:
            self._samples = self._samples[::2]
            self._step *= 2

    def keep_awake(self, idle_timeout: float, say: Callable[[], None]) -> None:
        """Call `say` in time before each end of the idle timeout, in seconds."""
        if self.is_open and idle_timeout > 0:
            wait = idle_timeout / 2
            self._waker = self._loop.call_later(wait, self._wake, idle_timeout, say)

    def _wake(self, idle_timeout: float, say: Callable[[], None]) -> None:
        say()
        self.keep_awake(idle_timeout, say)

    def close(self) -> None:
        self.is_open = False
        for timer in (self._timer, self._waker, self._believer):
            self._cancel(timer)

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

    def _expire(self) -> None:
        if self._believer is not None:  # cold at last: see whether it stays so
            self._timer = self._loop.call_later(STAYS_COLD, self._expire)
            return
        self.close()
        self._post(CoolingExpired(self._action.ticket, self._temperature))
