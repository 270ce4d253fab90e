"""Klipper says nothing, though the printer is at work: then it has to be asked."""

from __future__ import annotations

import asyncio
from typing import Callable

QUIET = 2.0
"""Seconds without news, while the printer is at work, after which Klipper is asked.

Moonraker can swallow an update for us: while another component subscribes, ours is not
on its list. An ending that was missed would otherwise be waited for for ever.
"""


class Silence:
    """A timer that runs only while news is expected.

    expected: whether updates never cease now. too_long: called after each QUIET seconds
    without any.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        expected: Callable[[], bool],
        too_long: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._expected = expected
        self._too_long = too_long
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def broken(self) -> None:
        """There was news."""
        self._heard = self._clock()

    def listen(self) -> None:
        if self._timer is None and self._expected():
            self._timer = asyncio.get_running_loop().call_later(QUIET, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if self._clock() - self._heard >= QUIET:
            self._too_long()
        self.listen()
