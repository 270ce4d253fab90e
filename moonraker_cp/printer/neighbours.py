"""Moonraker's other components, as far as the queue has to do with them.

Notifier, moonraker-timelapse, [spoolman] and [power]: each may be there or not, and
none of them can hold the queue up for longer than the options say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..core.decisions import Decision, Rules, Situation
from ..core.events import Event, PowerOffDue, VideoMade, WaitMayEnd
from ..core.model import Phase, Run, Set, State
from ..core.notices import ENOUGH, Notice, Shortages, material_low, notices
from ..core.printer import Look
from ..core.spools import MaterialPolicy, Spools, shortages
from ..core.strategies import next_copy
from .notifier import Notifier
from .power import OffWhenCool
from .spoolman import SpoolWatcher
from .timelapse import Timelapse

if TYPE_CHECKING:
    from moonraker.server import Server


@dataclass(frozen=True)
class Wishes:
    """notifiers: names of [notifier] sections, which are told of these notices.
    timelapse_limit: how long a render is waited for, in seconds."""

    rules: Rules
    notifiers: tuple[str, ...] = ()
    notices: frozenset[Notice] = field(default_factory=lambda: frozenset(Notice))
    timelapse_limit: float = 300.0


class Neighbours:
    def __init__(
        self,
        server: Server,
        wishes: Wishes,
        post: Callable[[Event], None],
        situation: Callable[[], Situation],
    ) -> None:
        self._rules = wishes.rules
        self._post = post
        self._situation = situation
        self._notifier = Notifier(server, wishes.notifiers, wishes.notices)
        self._timelapse = Timelapse(
            server, self._on_video, self._look_again, wishes.timelapse_limit
        )
        self._watcher = SpoolWatcher(server, self._on_spools)
        self._low: Shortages = ENOUGH
        self._off: OffWhenCool | None = None

    @property
    def spools(self) -> Spools:
        return self._watcher.spools

    @property
    def rendering(self) -> bool:
        return self._timelapse.rendering

    def set_manual(self, manual: Spools) -> None:
        """What people say is loaded, by tool."""
        self._watcher.set_manual(manual)

    def stop(self) -> None:
        self._notifier.stop()
        self._timelapse.stop()
        self._watcher.stop()
        self._close_off()

    # -- what the queue did ------------------------------------------------------

    def follow(self, before: State, decision: Decision) -> None:
        after = decision.state
        for notice, text in notices(before, after, decision.runs):
            self._notifier.tell(notice, text)
        for run in decision.runs:
            if not run.is_open:
                self._watcher.look_again()
            elif before.run is None:
                self._tell_low(self._set_of(run))
        if after.control.awaits not in ("", before.control.awaits):
            here = self._situation()
            candidate = next_copy(here.state.jobs, here.conditions)
            self._tell_low(candidate.set if candidate is not None else None)
        self._watch_power(after)

    def _set_of(self, run: Run) -> Set | None:
        sets = (job.find_set(run.set_id) for job in self._situation().state.jobs)
        return next(filter(None, sets), None)

    def _tell_low(self, one: Set | None) -> None:
        """A print begins, or waits for material: what it lacks, or may lack."""
        if one is None or self._rules.material_policy is MaterialPolicy.OFF:
            return
        here = self._situation()
        margin = self._rules.material_margin
        found = shortages(one, here.files, here.spools, margin)
        low = Shortages(one.path, tuple(each.text for each in found))
        for notice, text in material_low(self._low, low):
            self._notifier.tell(notice, text)
        self._low = low

    # -- power ---------------------------------------------------------------------

    def look(self, look: Look) -> None:
        """The newest look at the printer."""
        if self._off is not None:
            known = look.ready
            bed = look.bed_temperature if known else None
            nozzle = look.nozzle_temperature if known else None
            self._off.look(bed, nozzle)

    def _watch_power(self, state: State) -> None:
        if not self._is_off_wanted(state):
            self._close_off()
        elif self._off is None:
            below = self._rules.power_off_below
            self._off = OffWhenCool(below, lambda: self._post(PowerOffDue()))
            self.look(self._situation().look)

    def _is_off_wanted(self, state: State) -> bool:
        """Tried once for each rest: a device that refuses is not asked for ever."""
        rules = self._rules
        if not rules.power_device or rules.power_off_below <= 0:
            return False
        rests = state.control.phase is Phase.IDLE
        return rests and next_copy(state.jobs, self._situation().conditions) is None

    def _close_off(self) -> None:
        if self._off is not None:
            self._off.close()
            self._off = None

    # -- what they say ---------------------------------------------------------------

    def _on_video(self, name: str, video: str) -> None:
        self._post(VideoMade(name, video, self._timelapse.began))

    def _on_spools(self, spools: Spools) -> None:  # noqa: ARG002 - read when decided
        self._look_again()

    def _look_again(self) -> None:
        self._post(WaitMayEnd())
