"""What every part of the firmware stands on: the clock, timers, and a way to fail."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Mapping
from typing import Callable, TypeVar

from .codec import Value
from .dictionary import CLOCK_FREQ, INVALID_OID, TIMER_TOO_CLOSE

WORD = 1 << 32
HALF_WORD = 1 << 31

T = TypeVar("T")

# A command's arguments have the types that its format string says; the table of
# handlers cannot express that, the handlers' own signatures do.
Handler = Callable[..., None]
Action = Callable[[int], None]
Send = Callable[[str, "tuple[Value, ...]"], None]


class Shutdown(Exception):
    """The firmware stops everything, for the reason given."""


class Timer:
    """One thing to be done at a clock; cancelled by forgetting what to do."""

    __slots__ = ("action", "clock")

    def __init__(self, clock: int, action: Action) -> None:
        self.clock = clock
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


# A quarter of a second, the shortest time that firmware gives a host.
_LEAST_PATIENCE = CLOCK_FREQ // 4


class Kernel:
    """The clock in 64 bits, the heap of timers, and the way out to the host."""

    def __init__(
        self,
        send: Send,
        *,
        speed: float = 1.0,
        strict: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._monotonic = monotonic
        self._started = monotonic()
        self._rate = CLOCK_FREQ * speed
        self._patience = max(1.0, speed)
        self.strict = strict
        self._heap: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self.late = 0
        self.latest = 0.0

    def now(self) -> int:
        return int((self._monotonic() - self._started) * self._rate)

    def uptime(self) -> float:
        return self._monotonic() - self._started

    def expand(self, clock: int) -> int:
        """The full clock that lies nearest to now for the 32 bits on the wire."""
        now = self.now()
        distance = (clock - now) & (WORD - 1)
        return now + distance - (WORD if distance >= HALF_WORD else 0)

    def at(self, clock: int, action: Action) -> Timer:
        timer = Timer(clock, action)
        heapq.heappush(self._heap, (clock, next(self._order), timer))
        return timer

    def ahead(self, seconds: float) -> int:
        """The clock in so many seconds of a person's time, whatever the speed."""
        return self.now() + int(seconds * self._rate)

    def patient(self, deadline: int, times: float = 1.0) -> int:
        """A deadline for the host, put off as far as a busy computer needs.

        At speed 4 klippy would have a quarter of the real time to answer in; and
        computers that run simulators are often shared and late, hence `times`.
        """
        if self.strict:
            return deadline
        now = self.now()
        left = max(deadline - now, _LEAST_PATIENCE)  # it may have come late itself
        return now + int(left * self._patience * times)

    def cancel_all(self) -> None:
        self._heap.clear()

    def next_due(self) -> float | None:
        """Seconds until the next timer, or None when there is none."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        if not self._heap:
            return None
        return max(0.0, (self._heap[0][0] - self.now()) / self._rate)

    def pop_due(self) -> Timer | None:
        """Take the next timer whose clock has come."""
        if not self._heap or self._heap[0][0] > self.now():
            return None
        return heapq.heappop(self._heap)[2]

    def respond(self, name: str, *values: Value) -> None:
        self._send(name, values)

    def expect_future(self, clock: int) -> None:
        """Real firmware cannot do a thing late; by default we do, and count it."""
        behind = self.now() - clock
        if behind <= 0:
            return
        self.late += 1
        self.latest = max(self.latest, behind / self._rate)
        if self.strict:
            raise Shutdown(TIMER_TOO_CLOSE)


def lookup(table: Mapping[int, T], oid: int) -> T:
    """The object that the host configured under a number."""
    if oid not in table:
        raise Shutdown(INVALID_OID)
    return table[oid]
