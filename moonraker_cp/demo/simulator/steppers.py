"""Steppers: a queue of moves whose position is computed when somebody asks."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from .dictionary import CLOCK_FREQ, STEPPER_ACTIVE, pin_name
from .kernel import WORD, Handler, Kernel, Shutdown, lookup

# Finished moves are kept this long, so that a stop in the recent past (the
# process was late to notice an endstop) can still be placed exactly.
_HISTORY = CLOCK_FREQ


class Move(NamedTuple):
    """Steps at base + k*interval + add*k*(k-1)/2 for k = 1 .. steps."""

    base: int
    interval: int
    steps: int
    add: int
    sign: int

    def step_clock(self, k: int) -> int:
        return self.base + k * self.interval + self.add * k * (k - 1) // 2

    @property
    def end(self) -> int:
        return self.step_clock(self.steps)

    def done_by(self, clock: int) -> int:
        """How many of the steps have been made at a clock."""
        low, high = 0, self.steps
        while low < high:
            middle = (low + high + 1) // 2
            if self.step_clock(middle) <= clock:
                low = middle
            else:
                high = middle - 1
        return low


class Stepper:
    """One motor."""

    def __init__(self, kernel: Kernel, oid: int, pin: int) -> None:
        self._kernel = kernel
        self.oid = oid
        self.pin = pin
        self.moves: deque[Move] = deque()
        self.settled = 0  # the position before the first move of the queue
        self.last_step = 0  # the clock of the newest one that was sent
        self._sign = -1
        self._needs_reset = False
        self.watcher: StepWatcher | None = None

    def queue(self, interval: int, count: int, add: int) -> None:
        if self._needs_reset or not count:
            # After a stop the host's moves that are still on their way are void.
            return
        # The interval is what is left of the distance in 32 bits: after a long
        # rest only the clock of the first step, read near now, means anything.
        first = self._kernel.expand((self.last_step + interval) % WORD)
        self._kernel.expect_future(first)
        move = Move(first - interval, interval, count, add, self._sign)
        self.last_step = move.end
        self.moves.append(move)
        self._forget(self._kernel.now() - _HISTORY)
        if self.watcher is not None:
            self.watcher.moves_added()

    def set_direction(self, direction: int) -> None:
        self._sign = 1 if direction else -1

    def reset_clock(self, clock: int) -> None:
        if self.moves and self.moves[-1].end > self._kernel.now():
            if self._kernel.strict:
                raise Shutdown(STEPPER_ACTIVE)
            self.stop(self._kernel.now())
        self.last_step = clock
        self._needs_reset = False

    def position(self, clock: int) -> int:
        return self.settled + sum(m.sign * m.done_by(clock) for m in self.moves)

    def stop(self, clock: int) -> None:
        """Stand still from a clock on, and ignore what was sent for later."""
        self.settled = self.position(clock)
        self.moves.clear()
        self._needs_reset = True

    def reach(self, target: int, sign: int, since: int) -> int | None:
        """When motion after a clock first brings the position to a target."""
        position = self.settled
        for move in self.moves:
            done = move.done_by(since)
            missing = (target - position) * sign
            if move.sign == sign and done < move.steps and missing <= move.steps:
                return move.step_clock(max(missing, done + 1))
            position += move.sign * move.steps
        return None

    def first_sign(self, since: int) -> int | None:
        """The direction of the first step after a clock, if one is queued."""
        for move in self.moves:
            if move.end > since:
                return move.sign
        return None

    def _forget(self, clock: int) -> None:
        while self.moves and self.moves[0].end <= clock:
            move = self.moves.popleft()
            self.settled += move.sign * move.steps


class StepWatcher(Protocol):
    """Somebody who wants to know that a stepper has got more to do."""

    def moves_added(self) -> None: ...


class Steppers:
    """All motors, and their commands."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._by_oid: dict[int, Stepper] = {}

    def commands(self) -> dict[str, Handler]:
        return {
            "config_stepper": self._config,
            "queue_step": self._queue_step,
            "set_next_step_dir": self._set_direction,
            "reset_step_clock": self._reset_clock,
            "stepper_get_position": self._get_position,
        }

    def get(self, oid: int) -> Stepper:
        return lookup(self._by_oid, oid)

    def positions(self) -> dict[str, int]:
        """Where every motor is now, by the name of its axis."""
        now = self._kernel.now()
        return {
            pin_name(s.pin).replace("_STEP", "").lower(): s.position(now)
            for s in self._by_oid.values()
        }

    def stop_all(self) -> None:
        now = self._kernel.now()
        for stepper in self._by_oid.values():
            stepper.stop(now)

    def _config(self, oid: int, step_pin: int, *_rest: int) -> None:
        self._by_oid[oid] = Stepper(self._kernel, oid, step_pin)

    def _queue_step(self, oid: int, interval: int, count: int, add: int) -> None:
        self.get(oid).queue(interval, count, add)

    def _set_direction(self, oid: int, direction: int) -> None:
        self.get(oid).set_direction(direction)

    def _reset_clock(self, oid: int, clock: int) -> None:
        self.get(oid).reset_clock(clock)

    def _get_position(self, oid: int) -> None:
        position = self.get(oid).position(self._kernel.now())
        self._kernel.respond("stepper_position", oid, position)
