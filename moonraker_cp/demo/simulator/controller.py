"""The firmware as a whole: takes blocks, runs commands and timers, fails, resets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable

from .buttons import Buttons, Switches
from .codec import Block, BlockReader, Value, frame, get_int
from .dictionary import (
    ALLOWED_IN_SHUTDOWN,
    CLOCK_FREQ,
    COMMAND_BY_ID,
    COMMAND_REQUEST,
    INVALID_COMMAND,
    MOVE_COUNT,
    NOT_CONFIGURED,
    RESPONSE_BY_NAME,
    STATS_SUMSQ_BASE,
    TEXT_IDS,
    dictionary_blob,
)
from .heat import AnalogInputs, Heat
from .homing import Homing
from .kernel import WORD, Handler, Kernel, Shutdown
from .outputs import Outputs
from .steppers import Steppers

_STATS_SECONDS = 5.0
_RESET_DELAY = 0.002  # the acknowledgement of `reset` goes out first
_BOOT_SECONDS = 0.05


@dataclass(frozen=True)
class Options:
    """What a simulated printer can be told at its start."""

    speed: float = 1.0
    thermal_speed: float = 1.0
    ambient: float = 22.0
    strict: bool = False


@dataclass
class Counters:
    """What has happened on the line since the process started."""

    blocks: int = 0
    resends: int = 0  # blocks out of turn, which the host has to send again
    garbage: int = 0
    resets: int = 0


class Controller:
    """One micro-controller; `write` takes the bytes for the host."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        options: Options,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self.kernel = Kernel(
            self._respond,
            speed=options.speed,
            strict=options.strict,
            monotonic=monotonic,
        )
        self.heat = Heat(options.ambient, options.thermal_speed)
        self.switches = Switches()
        self.counters = Counters()
        self._dictionary = dictionary_blob()
        self._reader = BlockReader()
        self._next_seq = 0
        self._deaf_until = 0
        self._mute_until = 0
        self._boot()

    # The line

    def receive(self, data: bytes) -> None:
        """Take bytes from the host: run what is in turn, acknowledge once."""
        if self.kernel.now() < self._deaf_until:
            self._reader.clear()
            return
        advanced = False
        for item in self._reader.feed(data):
            if not isinstance(item, Block):
                self.counters.garbage += 1
                self._acknowledge()
            elif item.seq != self._next_seq:
                # The same acknowledgement twice is what asks for a resend.
                self.counters.resends += 1
                self._acknowledge()
            else:
                self.counters.blocks += 1
                self._next_seq = (item.seq + 1) & 0x0F
                advanced = True
                self._run_payload(item.payload)
        if advanced:
            self._acknowledge()

    def host_left(self) -> None:
        """Half a block of a host that is gone must not spoil the next one's."""
        self._reader.clear()

    def run_timers(self) -> None:
        while True:
            timer = self.kernel.pop_due()
            if timer is None:
                return
            if timer.action is None:
                continue
            try:
                timer.action(timer.clock)
            except Shutdown as reason:
                self._shut_down(str(reason))

    # Faults from outside

    def shut_down(self, text: str) -> None:
        if text not in TEXT_IDS:
            raise ValueError(f"no such shutdown message; known: {sorted(TEXT_IDS)}")
        self._shut_down(text)

    def reboot(self) -> None:
        """A reset that nobody asked for: brown-out, watchdog, loose plug."""
        # Told with the sequence number of the life before, or the host would
        # drop it as a block out of turn, and only find out by a timeout.
        self._respond("starting", ())
        self._reset(0)

    def lose_power(self) -> None:
        """The plug was pulled, and the board lived on its current."""
        self._reset(0)

    def hang(self, seconds: float) -> None:
        """Hear and say nothing for a while; what was queued is still done."""
        self._deaf_until = self._mute_until = self.kernel.ahead(seconds)

    def set_filament(self, present: bool) -> None:
        self.switches.filament_present = present
        self._buttons.look()

    @property
    def is_shutdown(self) -> bool:
        return self._shutdown_id is not None

    def positions(self) -> dict[str, int]:
        return self._steppers.positions()

    # Life and death

    def _boot(self) -> None:
        self._next_seq = 0
        self._crc: int | None = None
        self._shutdown_id: int | None = None
        self._steppers = Steppers(self.kernel)
        self._homing = Homing(self.kernel, self._steppers)
        self._outputs = Outputs(self.kernel, self.heat.set_output)
        self._buttons = Buttons(self.kernel, self.switches)
        self._handlers: dict[str, Handler] = {
            "identify": self._identify,
            "get_uptime": self._get_uptime,
            "get_clock": self._get_clock,
            "get_config": self._get_config,
            "emergency_stop": self._emergency_stop,
            "clear_shutdown": self._clear_shutdown,
            "reset": self._on_reset,
            "debug_nop": self._nothing,
            "allocate_oids": self._nothing,
            "finalize_config": self._finalize,
            **self._steppers.commands(),
            **self._homing.commands(),
            **self._outputs.commands(),
            **AnalogInputs(self.kernel, self.heat).commands(),
            **self._buttons.commands(),
        }
        self.kernel.at(self.kernel.ahead(_STATS_SECONDS), self._send_stats)

    def _reset(self, _clock: int) -> None:
        self._outputs.stop_all()
        self.kernel.cancel_all()
        self._reader.clear()
        self.counters.resets += 1
        self._boot()
        self._deaf_until = max(self._deaf_until, self.kernel.ahead(_BOOT_SECONDS))

    def _shut_down(self, text: str) -> None:
        if self._shutdown_id is not None:
            return
        self._shutdown_id = TEXT_IDS[text]
        clock = self.kernel.now()
        self._homing.stop_all()
        self._steppers.stop_all()
        self._outputs.stop_all()
        self._respond("shutdown", (clock % WORD, self._shutdown_id))

    # Blocks out

    def _acknowledge(self) -> None:
        self._emit(b"")

    def _respond(self, name: str, values: tuple[Value, ...]) -> None:
        self._emit(RESPONSE_BY_NAME[name].encode(values))

    def _emit(self, payload: bytes) -> None:
        if self.kernel.now() >= self._mute_until:
            self._write(frame(self._next_seq, payload))

    # Commands in

    def _run_payload(self, payload: bytes) -> None:
        pos = 0
        while pos < len(payload):
            try:
                ident, pos = get_int(payload, pos)
                command = COMMAND_BY_ID[ident]
                values, pos = command.decode(payload, pos)
            except (IndexError, KeyError):
                self._shut_down(INVALID_COMMAND)
                return
            if (
                self._shutdown_id is not None
                and command.name not in ALLOWED_IN_SHUTDOWN
            ):
                self._respond("is_shutdown", (self._shutdown_id,))
                continue
            try:
                self._handlers[command.name](*values)
            except Shutdown as reason:
                self._shut_down(str(reason))

    def _identify(self, offset: int, count: int) -> None:
        piece = self._dictionary[offset : offset + count]
        self._respond("identify_response", (offset, piece))

    def _get_uptime(self) -> None:
        now = self.kernel.now()
        self._respond("uptime", (now // WORD, now % WORD))

    def _get_clock(self) -> None:
        self._respond("clock", (self.kernel.now() % WORD,))

    def _get_config(self) -> None:
        self._respond(
            "config",
            (
                int(self._crc is not None),
                self._crc or 0,
                int(self.is_shutdown),
                MOVE_COUNT,
            ),
        )

    def _finalize(self, crc: int) -> None:
        self._crc = crc

    def _emergency_stop(self) -> None:
        raise Shutdown(COMMAND_REQUEST)

    def _clear_shutdown(self) -> None:
        if self._crc is None:
            raise Shutdown(NOT_CONFIGURED)
        self._shutdown_id = None

    def _on_reset(self) -> None:
        self.kernel.at(self.kernel.ahead(_RESET_DELAY), self._reset)

    def _nothing(self, *_values: int) -> None:
        pass

    def _send_stats(self, clock: int) -> None:
        # A load that looks like a board at rest: 5000 tasks of 200 ticks.
        count, each = 5000, 200
        sumsq = count * each * each // STATS_SUMSQ_BASE
        self._respond("stats", (count, count * each, sumsq))
        self.kernel.at(clock + int(_STATS_SECONDS * CLOCK_FREQ), self._send_stats)
