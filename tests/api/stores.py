"""What people have set, in memory."""

from __future__ import annotations

from moonraker_cp.core.errors import Unavailable
from moonraker_cp.core.hooks import Hook, Hooks, Script
from moonraker_cp.core.spools import Spool, Spools, merged, with_row


class HookTable:
    """The scripts of hooks."""

    def __init__(self) -> None:
        self._scripts: dict[Hook, tuple[Script, ...]] = {}

    @property
    def hooks(self) -> Hooks:
        return self._scripts

    async def put(self, hook: Hook, scripts: tuple[Script, ...]) -> None:
        self._scripts[hook] = scripts


class SpoolTable:
    """A manual table of what is loaded, under Spoolman's spool."""

    def __init__(self, active: Spool | None = None) -> None:
        self.active = active
        self.manual: Spools = ()
        self.is_broken = False

    @property
    def spools(self) -> Spools:
        return merged(self.active, self.manual)

    async def set_manual(self, tool: int, spool: Spool | None) -> None:
        if self.is_broken:
            raise Unavailable("The database did not answer; try again.")
        self.manual = with_row(self.manual, tool, spool)
