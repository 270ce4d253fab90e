"""Homing: endstops that learn where they are, and the stop that they trigger."""

from __future__ import annotations

from .dictionary import CLOCK_FREQ
from .kernel import WORD, Handler, Kernel, Timer, lookup
from .steppers import Stepper, Steppers

# The simulator knows nothing of the mechanics. The first homing of an axis
# travels this many steps and finds the switch; from then on it stays there.
# Where several motors share an axis (CoreXY, two for Z), their sum is its place.
_FIRST_TRAVEL = 400

# How many times the firmware's quarter of a second the host may stay silent.
_PATIENCE = 100.0

# For how many seconds of the printer's time motion may be overdue that the host has
# planned and not sent yet. Meanwhile no clock beyond the known motion is reported, or
# the host would think that the whole move had been made and no switch had closed.
_OVERDUE = 60


class TriggerSync:
    """One trsync: stops its steppers once, on a switch, a timeout or the host."""

    def __init__(self, kernel: Kernel, oid: int) -> None:
        self._kernel = kernel
        self._oid = oid
        self.steppers: list[Stepper] = []
        self._armed = False
        self._reason = 0
        self._expire_reason = 0
        self._report_ticks = 0
        self._report: Timer | None = None
        self._expire: Timer | None = None

    def start(self, report_clock: int, report_ticks: int, expire_reason: int) -> None:
        self.cancel()
        self.steppers = []
        self._reason = 0
        self._armed = report_ticks > 0
        self._expire_reason = expire_reason
        self._report_ticks = report_ticks
        if self._armed:
            clock = self._kernel.expand(report_clock)
            self._report = self._kernel.at(clock, self._on_report)

    def set_timeout(self, clock: int) -> None:
        if self._expire is not None:
            self._expire.cancel()
        self._expire = None
        if self._armed:
            due = self._kernel.patient(self._kernel.expand(clock), _PATIENCE)
            self._expire = self._kernel.at(due, self._on_expire)

    def trigger(self, reason: int, clock: int) -> None:
        if not self._armed:
            return
        self._armed = False
        self._reason = reason
        for stepper in self.steppers:
            stepper.stop(clock)

    def end(self, reason: int) -> None:
        """The host has enough: stop if nothing did yet, and say what did."""
        self.trigger(reason, self._kernel.now())
        self.cancel()
        self._send_state(0)

    def cancel(self) -> None:
        for timer in (self._report, self._expire):
            if timer is not None:
                timer.cancel()
        self._report = self._expire = None

    def _on_report(self, clock: int) -> None:
        self._send_state(self._until_known(clock))
        self._report = self._kernel.at(clock + self._report_ticks, self._on_report)

    def _until_known(self, clock: int) -> int:
        known = max((each.last_step for each in self.steppers), default=clock)
        overdue = clock - known
        is_late = self._armed and 0 < overdue < _OVERDUE * CLOCK_FREQ
        return known if is_late and not self._kernel.strict else clock

    def _on_expire(self, clock: int) -> None:
        self.trigger(self._expire_reason, clock)

    def _send_state(self, clock: int) -> None:
        self._kernel.respond(
            "trsync_state",
            self._oid,
            int(self._armed),
            self._reason,
            clock & 0xFFFFFFFF,
        )


class Endstop:
    """A switch that looks only at motion after homing has started."""

    def __init__(self, kernel: Kernel, oid: int) -> None:
        self._kernel = kernel
        self._oid = oid
        self._signs: dict[Stepper, int] = {}  # which way its motors home, once seen
        self._place = 0  # the progress in that direction at which the switch closes
        self._closed_level = 1
        self._sync: TriggerSync | None = None
        self._reason = 0
        self._start = 0
        self._rest_ticks = 0
        self._next_clock = 0
        self._timer: Timer | None = None

    def home(
        self, clock: int, rest_ticks: int, level: int, sync: TriggerSync, reason: int
    ) -> None:
        self.disarm()
        self._closed_level = level
        self._sync = sync
        self._reason = reason
        self._start = self._kernel.expand(clock)
        self._rest_ticks = rest_ticks
        self._next_clock = self._start
        for stepper in sync.steppers:
            stepper.watcher = self
        self._timer = self._kernel.at(self._start, self._on_start)

    def disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._sync is not None:
            for stepper in self._sync.steppers:
                stepper.watcher = None
            self._sync = None

    def moves_added(self) -> None:
        """Find the clock at which what is queued now runs into the switch."""
        if self._sync is None:
            return
        self._learn(self._sync.steppers)
        clock = self._reach()
        if clock is not None:
            # Moves are only ever appended: what was found does not change.
            for stepper in self._sync.steppers:
                stepper.watcher = None
            self._schedule(clock)

    def level(self, clock: int) -> int:
        return self._closed_level if self._is_closed(clock) else 1 - self._closed_level

    def send_state(self) -> None:
        self._kernel.respond(
            "endstop_state",
            self._oid,
            int(self._sync is not None),
            self._next_clock % WORD,
            self.level(self._kernel.now()),
        )

    def _learn(self, steppers: list[Stepper]) -> None:
        if self._signs:
            return
        signs = {each: each.first_sign(self._start) or 0 for each in steppers}
        if all(signs.values()):
            self._signs = signs
            self._place = self._progress(self._start) + len(signs) * _FIRST_TRAVEL

    def _progress(self, clock: int) -> int:
        return sum(sign * each.position(clock) for each, sign in self._signs.items())

    def _is_closed(self, clock: int) -> bool:
        return bool(self._signs) and self._progress(clock) >= self._place

    def _reach(self) -> int | None:
        """When the motion that is queued gets to the switch, if it does."""
        if len(self._signs) == 1:
            ((stepper, sign),) = self._signs.items()
            return stepper.reach(self._place * sign, sign, self._start)
        low = self._start
        high = min((each.last_step for each in self._signs), default=low)
        if high <= low or self._progress(high) < self._place:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if self._progress(middle) < self._place:
                low = middle
            else:
                high = middle
        return high

    def _schedule(self, clock: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._kernel.at(clock, self._on_closed)

    def _on_start(self, clock: int) -> None:
        self._timer = None
        if self._is_closed(clock):
            self._on_closed(clock)
        else:
            self.moves_added()

    def _on_closed(self, clock: int) -> None:
        self._timer = None
        if self._sync is not None:
            # The host subtracts the rest again to learn when it happened.
            self._next_clock = clock + self._rest_ticks
            self._sync.trigger(self._reason, clock)


class Homing:
    """All endstops and trsyncs, and their commands."""

    def __init__(self, kernel: Kernel, steppers: Steppers) -> None:
        self._kernel = kernel
        self._steppers = steppers
        self._syncs: dict[int, TriggerSync] = {}
        self._endstops: dict[int, Endstop] = {}

    def commands(self) -> dict[str, Handler]:
        return {
            "config_trsync": self._config_trsync,
            "trsync_start": self._trsync_start,
            "trsync_set_timeout": self._trsync_set_timeout,
            "trsync_trigger": self._trsync_trigger,
            "stepper_stop_on_trigger": self._stop_on_trigger,
            "config_endstop": self._config_endstop,
            "endstop_home": self._endstop_home,
            "endstop_query_state": self._endstop_query_state,
        }

    def stop_all(self) -> None:
        for endstop in self._endstops.values():
            endstop.disarm()
        for sync in self._syncs.values():
            sync.cancel()

    def _config_trsync(self, oid: int) -> None:
        self._syncs[oid] = TriggerSync(self._kernel, oid)

    def _trsync_start(self, oid: int, clock: int, ticks: int, reason: int) -> None:
        lookup(self._syncs, oid).start(clock, ticks, reason)

    def _trsync_set_timeout(self, oid: int, clock: int) -> None:
        lookup(self._syncs, oid).set_timeout(clock)

    def _trsync_trigger(self, oid: int, reason: int) -> None:
        lookup(self._syncs, oid).end(reason)

    def _stop_on_trigger(self, oid: int, sync_oid: int) -> None:
        sync = lookup(self._syncs, sync_oid)
        sync.steppers.append(self._steppers.get(oid))

    def _config_endstop(self, oid: int, _pin: int, _pull_up: int) -> None:
        self._endstops[oid] = Endstop(self._kernel, oid)

    def _endstop_home(
        self,
        oid: int,
        clock: int,
        _sample_ticks: int,
        sample_count: int,
        rest_ticks: int,
        level: int,
        sync_oid: int,
        reason: int,
    ) -> None:
        endstop = lookup(self._endstops, oid)
        if not sample_count:
            endstop.disarm()
            return
        endstop.home(clock, rest_ticks, level, lookup(self._syncs, sync_oid), reason)

    def _endstop_query_state(self, oid: int) -> None:
        lookup(self._endstops, oid).send_state()
