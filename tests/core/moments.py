"""The moments of hooks, as the model sees them: how often each may be sent now.

A moment comes by what people did and the printer showed. It is used up when the
scripts are sent, and it may pass without that.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Outcome

OF_END = {
    Outcome.SUCCESS: Hook.PRINT_SUCCEEDED,
    Outcome.FAILURE: Hook.PRINT_FAILED,
    Outcome.CANCELLED: Hook.PRINT_CANCELLED,
}
OF_CLEARING = (Hook.COOL_DOWN, Hook.CLEAR_BED, Hook.VERIFY_BED)
ASKED_ABOUT = {Hook.ACTIVATED, Hook.BEFORE_PRINT, Hook.FINISH, *OF_END.values()}
"""Nobody else can tell whether these ran: of the bed people are asked anyway."""

FIRST = {Hook.ACTIVATED, *OF_END.values()}
"""No print starts before their scripts were sent, when their moment came."""


@dataclass
class Moments:
    """set_ones: the hooks that have scripts. out: the one whose answer is awaited.
    prepared: the set whose next copy had its script before it."""

    set_ones: frozenset[Hook]
    here: set[Hook] = field(default_factory=set)
    must: set[Hook] = field(default_factory=set)  # those that nothing prevents
    out: Hook | None = None
    beside: bool = False  # the script of a print's begin is awaited
    doubt: Hook | None = None
    prepared: int | None = None
    awaited: tuple[int, int, str] | None = None  # the shortage that was told last

    def come(self, *hooks: Hook) -> None:
        self.here |= self.set_ones & set(hooks)
        self.must |= self.here & FIRST & set(hooks)

    def clearing_comes(self) -> None:
        self.come(*OF_CLEARING)

    def end_comes(self, outcome: Outcome) -> None:
        self.come(OF_END[outcome])

    def pass_by(self, *hooks: Hook) -> None:
        self.here -= set(hooks)
        self.must -= set(hooks)

    def printer_is_lost(self) -> None:
        """What waited for the printer is too late; what was out is in doubt."""
        self.here &= {Hook.ACTIVATED, Hook.FINISH}
        self.must &= self.here
        if self.out in ASKED_ABOUT:
            self.doubt = self.out
        self.out, self.beside = None, False

    def printer_is_taken(self) -> None:
        """By somebody's print: what had to be sent at once may be too late."""
        self.must &= {Hook.ACTIVATED}
        self.prepared = None

    def asked_again(self) -> None:
        assert self.doubt in ASKED_ABOUT, "a script runs again that was not in doubt"
        if self.doubt is Hook.BEFORE_PRINT:
            self.prepared = None
        else:
            self.here.add(self.doubt)
        self.doubt = None

    def sent(self, hook: Hook, set_id: int | None) -> None:
        """set_id: of the copy that is next."""
        assert hook in self.set_ones, f"{hook.value}: there is no script"
        if hook is Hook.BEFORE_PRINT:
            assert set_id is not None, "a script before no print"
            assert self.prepared != set_id, "before_print was sent twice"
            self.prepared = set_id
        elif hook is not Hook.AWAITING_MATERIAL:
            assert hook in self.here, f"{hook.value} was sent without its moment"
            self.here.remove(hook)
        self.must.discard(hook)
        if hook is Hook.PRINT_STARTED:
            self.beside = True
        else:
            self.out = hook

    def lack_told(self, lack: tuple[int, int, str]) -> None:
        assert self.awaited != lack, "a shortage was told twice"
        self.awaited = lack

    def ended(self, hook: Hook | None, *, well: bool) -> bool:
        """A script's end; False when nobody awaits it."""
        if hook is Hook.PRINT_STARTED:
            awaited, self.beside = self.beside, False
            return awaited
        if hook is not self.out or hook is None:
            return False
        self.out = None
        if hook is Hook.BEFORE_PRINT and not well:
            self.prepared = None
        return True

    def print_starts(self, set_id: int) -> None:
        if Hook.BEFORE_PRINT in self.set_ones:
            assert self.prepared == set_id, "a print without the script before it"
        assert not self.must, f"a print before {sorted(self.must)}"
        self.prepared = self.awaited = None
        self.come(Hook.FINISH)
