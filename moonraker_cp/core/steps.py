"""What comes next when nothing runs: the order of things between two prints.

A print ends -> its hook -> the bed cools -> the clearing script -> is the bed clear? ->
the hook before a print -> the next start. Each step is chosen from what is stored, so
that a turn may begin anywhere.
"""

from __future__ import annotations

from dataclasses import replace

from . import reasons
from .cooling import is_cold, release_of
from .decisions import BedClearing, ScriptKind, SetPower, VerifyBed, WatchCooling
from .holds import Hold, Wait, hold
from .hooks import Hook
from .model import BedCause, BedState, Phase, copy_key
from .service import due as service_due
from .strategies import Candidate, next_copy
from .turn import AFTER_PRINT, Turn

SWEPT = (BedCause.OWN_GOOD, BedCause.OWN_FAILED)
"""Parts that the clearing script may clear without asking."""


def advance(turn: Turn, *, calm: bool = False, prepared: bool = False) -> None:
    """Nothing runs: choose what happens next.

    calm: a script of ours has just ended, so nothing else moves.
    prepared: the preparing script has run; do not run it again.
    """
    if turn.shows_unknown_print:
        name = turn.look.filename
        turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
        turn.update(last_print=turn.look.fingerprint)
    if not turn.control.active:
        turn.let_bed_age()
    if fire_due(turn):
        return
    reason = turn.control.reason
    if not turn.control.active:
        if reason is not None and reason.code in AFTER_PRINT:
            turn.block(reason)  # nobody has been told
        else:
            turn.go(Phase.INACTIVE)
    elif turn.look.has_print:
        foreign_print(turn)
    elif reason is not None and reason.needs_start:
        turn.block(reason)
    else:
        candidate = next_copy(turn.jobs, turn.conditions)
        _next_step(turn, candidate, calm, prepared)


def fire_due(turn: Turn) -> bool:
    """Run the next hook whose moment has come, but the one that waits for a clear bed.

    One that Klipper cannot run now has missed its moment.
    """
    now = [h for h in turn.control.due if h is not Hook.ACTIVATED]
    if not now:
        return False
    if not turn.look.ready or turn.look.has_print:
        turn.drop_due(*now)
        return False
    hook = min(now, key=lambda each: each is Hook.DEACTIVATED)  # that comes last
    turn.drop_due(hook)
    turn.run_hook(hook)
    return True


def stop_managing(turn: Turn) -> None:
    """Nothing of ours runs, and management has stopped."""
    if not fire_due(turn):
        turn.go(Phase.INACTIVE)


def after_bad_end(turn: Turn) -> None:
    """Its hook first; then go on over its part, or ask."""
    if fire_due(turn):
        return
    reason = turn.control.reason
    assert reason is not None
    if turn.control.active and not reason.needs_start and _sweeps_failure(turn):
        turn.update(reason=None)
        advance(turn)
    else:
        turn.block(reason)


def _sweeps_failure(turn: Turn) -> bool:
    """Otherwise its words would be gone with nobody told."""
    is_next = next_copy(turn.jobs, turn.conditions) is not None
    wanted = is_next or turn.rules.clear_after_last
    by_policy = turn.control.bed.cause is BedCause.OWN_FAILED
    return by_policy and wanted and may_sweep(turn) and not is_foreign(turn)


def stop_cooling(turn: Turn) -> None:
    """Somebody prints, and nobody manages: it is theirs."""
    turn.update(ticket=turn.control.ticket + 1)
    turn.go(Phase.INACTIVE)


# -- the bed -------------------------------------------------------------------


def _next_step(
    turn: Turn, candidate: Candidate | None, calm: bool, prepared: bool
) -> None:
    bed = turn.control.bed
    if bed.state is BedState.CLEAR:
        if candidate is None:
            rest(turn)
        else:
            _start(turn, candidate, calm, prepared)
        return
    by_script = may_sweep(turn) and bed.cause in SWEPT
    if candidate is None and not (by_script and turn.rules.clear_after_last):
        rest(turn)
    elif by_script and turn.control.powered_off:
        power_on(turn)  # nothing is homed after it: a person is asked
    elif by_script:
        clear_bed(turn)
    else:
        ask_for_bed(turn)


def may_sweep(turn: Turn) -> bool:
    by_script = turn.rules.bed_clearing is BedClearing.GCODE
    return by_script and turn.has_scripts(Hook.CLEAR_BED)


def clear_bed(turn: Turn) -> None:
    """Cool first, when the part would not let go."""
    below = release_of(turn.rules, turn.control)
    if not below or is_cold(turn.look.bed_temperature, below):
        run_clearing(turn)
    elif turn.has_scripts(Hook.COOL_DOWN):
        turn.run_hook(Hook.COOL_DOWN)
    else:
        watch_cooling(turn)


def watch_cooling(turn: Turn) -> None:
    rules = turn.rules
    turn.go(Phase.COOLING)
    turn.act(
        WatchCooling(
            turn.ticket(),
            release_of(rules, turn.control),
            rules.cooling_limit,
            rules.cooling_temperature,
            rules.cooling_fan,
        )
    )


def run_clearing(turn: Turn) -> None:
    turn.run_hook(Hook.CLEAR_BED, Phase.CLEARING)


def verify_bed(turn: Turn, *, by_script: bool = True) -> None:
    """The clearing script has run: ask whatever may know better."""
    rules = turn.rules
    if by_script and turn.has_scripts(Hook.VERIFY_BED):
        turn.run_hook(Hook.VERIFY_BED, Phase.CLEARING)
    elif rules.verify_expression or rules.verify_url:
        turn.update(hook=Hook.VERIFY_BED)
        ask = (rules.verify_expression, rules.verify_url, rules.verify_limit)
        turn.act(VerifyBed(turn.ticket(), *ask))
    else:
        bed_is_cleared(turn)


def is_foreign(turn: Turn) -> bool:
    """Somebody printed on the bed meanwhile, or does."""
    return turn.control.bed.cause is BedCause.FOREIGN or turn.look.has_print


def bed_is_cleared(turn: Turn, *, calm: bool = True) -> None:
    """By the script; unless somebody printed on it meanwhile."""
    if not is_foreign(turn):
        turn.set_bed(BedState.CLEAR, BedCause.SCRIPT, "bed clearing")
    advance(turn, calm=calm)


def ask_for_bed(turn: Turn) -> None:
    """Keep the words of an earlier trouble: they are still unanswered."""
    old = turn.control.reason
    if old is None:
        turn.block(reasons.bed_occupied(turn.now))
    elif old.code == reasons.BED:
        if turn.control.phase is not Phase.BLOCKED:
            turn.block(old)  # else it is asked already, and stays as it is
    else:
        turn.block(replace(old, advice=reasons.CLEAR_BED))


# -- the next print ------------------------------------------------------------


def _start(turn: Turn, candidate: Candidate, calm: bool, prepared: bool) -> None:
    control = turn.control
    ready = control.prepared == candidate.set.id
    waited = ready and calm  # its script has just run: it waits no more
    wait = None if waited else hold(control, turn.rules, turn.conditions, candidate)
    service = service_due(
        control.service, turn.rules.pause_after, turn.rules.maintenance_hours
    )
    if wait is not None:
        _wait(turn, candidate, wait)
    elif control.powered_off:  # and if Klipper is still there, not for long
        power_on(turn)
    elif service is not None:
        turn.block(reasons.service(turn.now, service, control.service))
    elif turn.look.idle_problem(calm):
        turn.go(Phase.PREPARING)  # PrinterCalmed goes on from here
    elif turn.look.pause_flag and not prepared:
        # A pause flag that outlived its print would swallow the next PAUSE.
        turn.go(Phase.PREPARING)
        turn.send_script(ScriptKind.PREPARE, "CLEAR_PAUSE")
    elif Hook.ACTIVATED in control.due:
        _run_activated(turn)
    elif turn.has_scripts(Hook.BEFORE_PRINT) and not ready:
        turn.update(prepared=candidate.set.id)
        turn.run_hook(Hook.BEFORE_PRINT)
    else:
        turn.open_run(candidate, calm)


def _run_activated(turn: Turn) -> None:
    turn.drop_due(Hook.ACTIVATED)
    turn.run_hook(Hook.ACTIVATED)


def _wait(turn: Turn, candidate: Candidate, wait: Hold) -> None:
    """Idle, until it ends by itself; for material people are asked, once."""
    copy = copy_key(candidate.job, candidate.set)
    key = f"{copy} {wait.text}"
    if wait.wait is not Wait.MATERIAL:
        turn.go(Phase.IDLE)
        return
    before = turn.control.awaits
    is_new = before.split(" ")[0] != copy
    if before != key:
        turn.update(awaits=key)
        turn.ticket()  # an answer to an older question is void
    can_run = turn.look.ready and not turn.look.idle_problem(calm=True)
    if is_new and can_run and turn.has_scripts(Hook.AWAITING_MATERIAL):
        turn.run_hook(Hook.AWAITING_MATERIAL)
    else:
        turn.go(Phase.IDLE)


def rest(turn: Turn) -> None:
    """Nothing left to print: the finish scripts once, then idle."""
    clear = turn.control.bed.state is BedState.CLEAR
    if Hook.ACTIVATED in turn.control.due and clear and turn.look.ready:
        if turn.look.idle_problem():
            turn.go(Phase.PREPARING)  # PrinterCalmed goes on from here
        else:
            _run_activated(turn)
        return
    if turn.control.finish_due and turn.look.ready:
        turn.update(finish_due=False)
        if turn.has_scripts(Hook.FINISH):
            turn.run_hook(Hook.FINISH, Phase.FINISHING)
            return
    turn.update(awaits="")
    turn.go(Phase.IDLE)


def power_on(turn: Turn) -> None:
    """Blocked until Klipper is ready, which goes on without a person."""
    device = turn.rules.power_device
    # A person has pressed Start, or the queue has gone on all the time.
    turn.update(powered_off=False, reason=None)
    turn.block(reasons.powering(turn.now, device))
    turn.act(SetPower(turn.ticket(), device, on=True))


# -- somebody else's print -----------------------------------------------------


def foreign_print(turn: Turn, *, needs_start: bool = False) -> None:
    """A print that we did not start is left alone, and the bed is its own."""
    name = turn.look.filename
    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name or "another print")
    if turn.control.active:
        tell_foreign(turn, name, needs_start=needs_start)


def tell_foreign(turn: Turn, name: str, *, needs_start: bool = False) -> None:
    """Block because of it, unless the words of a trouble wait for an answer."""
    reason = turn.control.reason
    stale = (reasons.BED, reasons.FOREIGN, reasons.WAITING)
    if reason is None or reason.code in stale:
        needs_start = needs_start or (reason is not None and reason.needs_start)
        reason = reasons.foreign(turn.now, name)
    turn.block(replace(reason, needs_start=needs_start or reason.needs_start))
