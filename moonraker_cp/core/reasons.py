"""Why the queue is blocked: every sentence that a person may read, in one place.

Each says what happened and what to do; the code is for programs.
"""

from __future__ import annotations

from .model import Reason
from .service import Service

CLEAR_BED = (
    "Take the part off the bed, then say that the bed is clear; or stop the queue."
)
PRESS_START = "Look at the printer, then press Start."
CLEAR_AND_START = (
    "Look at the printer and clear the bed. Then say that the bed is clear and"
    " press Start."
)

BED = "bed_occupied"
FAILED = "print_failed"
CANCELLED = "print_cancelled"
ABORTED = "print_aborted"
FOREIGN = "foreign_print"
RESTARTED = "restarted"
FINISHED_AWAY = "finished_while_away"
LOST = "printer_lost"
WAITING = "waiting_for_klipper"
NOT_READY = "klipper_not_ready"
REFUSED = "start_refused"
SCRIPT = "script_failed"
COOLING = "cooling_timed_out"
DOUBT = "script_in_doubt"
NOT_CLEARED = "not_cleared"
VETO = "bed_not_verified"
PRINTER = "printer_in_doubt"
REPORTED = "failure_reported"
PLATE_STACK = "plate_stack"
MAINTENANCE = "maintenance"
POWERING = "powering"
BUG = "internal_error"
UNUSABLE = "tables_unusable"


def bed_occupied(now: float) -> Reason:
    text = "The bed has to be cleared before the next print."
    return Reason(BED, text, CLEAR_BED, now)


def failed(now: float, path: str, words: str, then: str = "") -> Reason:
    """then: what becomes of the copy, as a sentence."""
    text = f"{path} failed: {words or 'Klipper gave no reason'}"
    advice = " ".join(filter(None, (CLEAR_BED, "The copy was not counted.", then)))
    return Reason(FAILED, text, advice, now)


def failed_for_good(
    now: float, path: str, words: str, why: str, *, printer: bool
) -> Reason:
    """why: it is not tried again; printer: for the printer may be at fault."""
    code = PRINTER if printer else FAILED
    text = f"{path} failed: {words or 'Klipper gave no reason'}"
    advice = f"{CLEAR_AND_START} The copy was not counted. {why}"
    return Reason(code, text, advice, now, needs_start=True)


def cancelled(now: float, path: str) -> Reason:
    text = f"{path} was cancelled at the printer, so the queue has stopped."
    return Reason(CANCELLED, text, CLEAR_AND_START, now, needs_start=True)


def cancelled_goes_on(now: float, path: str, then: str) -> Reason:
    text = f"{path} was cancelled at the printer. {then}"
    return Reason(CANCELLED, text, CLEAR_BED, now)


def aborted(now: float, path: str, why: str) -> Reason:
    text = f"Nobody can tell how {path} ended: {why} The copy was not counted."
    return Reason(ABORTED, text, CLEAR_AND_START, now, needs_start=True)


def foreign(now: float, path: str) -> Reason:
    name = path or "Another file"
    text = f"{name} was started by somebody else; the queue leaves it alone."
    advice = "When it has ended, clear the bed and say so."
    return Reason(FOREIGN, text, advice, now)


def foreign_ended(now: float, path: str) -> Reason:
    name = path or "Another file"
    text = f"{name}, which the queue did not start, was printed."
    return Reason(FOREIGN, text, CLEAR_BED, now)


def restarted(now: float, what: str) -> Reason:
    text = f"{what} restarted while the queue was running, so the queue waits."
    return Reason(RESTARTED, text, PRESS_START, now, needs_start=True)


def never_started(now: float, path: str) -> Reason:
    text = f"{path} was asked for, but the start never reached Klipper."
    return Reason(RESTARTED, text, PRESS_START, now, needs_start=True)


def finished_away(now: float, path: str) -> Reason:
    text = f"{path} finished while Moonraker was away; the copy was counted."
    return Reason(FINISHED_AWAY, text, CLEAR_AND_START, now, needs_start=True)


def lost(now: float, words: str) -> Reason:
    text = f"The printer stopped: {words}"
    return Reason(LOST, text, CLEAR_AND_START, now, needs_start=True)


def lost_print(now: float, path: str, words: str) -> Reason:
    text = f"The printer stopped while {path} was printing: {words}"
    advice = CLEAR_AND_START + " The copy was not counted."
    return Reason(LOST, text, advice, now, needs_start=True)


def waiting(now: float, path: str, what: str) -> Reason:
    text = f"{what} while {path} was printing; waiting to see what became of it."
    return Reason(WAITING, text, "Bring Klipper back.", now, needs_start=True)


def not_ready(now: float, words: str) -> Reason:
    text = f"Klipper is not ready: {words}"
    advice = "Bring Klipper back, then press Start."
    return Reason(NOT_READY, text, advice, now, needs_start=True)


def refused(now: float, path: str, words: str) -> Reason:
    text = f"Klipper did not start {path}: {words}"
    advice = "Mend what it says or remove the job, then press Start."
    return Reason(REFUSED, text, advice, now, needs_start=True)


def held_back(now: float, path: str, words: str) -> Reason:
    """Nothing was asked of Klipper; the queue saw it first."""
    text = f"{path} was not started: {words}"
    return Reason(REFUSED, text, PRESS_START, now, needs_start=True)


def script_failed(now: float, kind: str, words: str) -> Reason:
    text = f"The {kind} script failed: {words}"
    advice = "Look at the printer. " + CLEAR_BED
    about_bed = kind in ("clearing", "verify_bed")
    return Reason(SCRIPT, text, advice, now, needs_start=not about_bed)


def script_in_doubt(now: float, hook: str, what: str) -> Reason:
    text = (
        f"{what} went away while the {hook} script ran: nobody can tell whether it ran"
        " through."
    )
    advice = "Look at the printer; then have it run again, or go on without it."
    return Reason(DOUBT, text, advice, now, needs_start=True)


def noted(now: float, words: str) -> Reason:
    """What was to be told after the print, before Moonraker was away."""
    return Reason(SCRIPT, words, CLEAR_AND_START, now, needs_start=True)


def not_cleared(now: float) -> Reason:
    text = "No clearing script applies to this part, so the bed was not cleared."
    return Reason(NOT_CLEARED, text, CLEAR_BED, now)


def not_verified(now: float, words: str, picture: str) -> Reason:
    text = f"The bed was cleared by script, but it does not count as clear: {words}"
    return Reason(VETO, text, CLEAR_BED, now, picture=picture)


def reported(now: float, path: str, who: str, words: str) -> Reason:
    text = f"{who or 'Somebody'} says that {path} fails: {words or 'no reason given'}"
    advice = "Look at the print, then cancel it, or resume it if all is well."
    return Reason(REPORTED, text, advice, now)


def service(now: float, what: str, made: Service) -> Reason:
    if what == MAINTENANCE:
        text = f"The printer has printed {made.seconds / 3600:.0f} hours."
        advice = "Do its maintenance, then press Start."
        return Reason(MAINTENANCE, text, advice, now, needs_start=True)
    prints = "print was" if made.prints == 1 else "prints were"
    text = f"{made.prints} {prints} made since a person was here."
    advice = "Empty the stack of plates or parts, then press Start."
    return Reason(PLATE_STACK, text, advice, now, needs_start=True)


def powering(now: float, device: str) -> Reason:
    text = f"{device} was turned on; the queue waits for Klipper."
    advice = "It goes on by itself when Klipper is ready."
    return Reason(POWERING, text, advice, now)


def no_power(now: float, device: str, words: str) -> Reason:
    text = f"{device} could not be turned on: {words}"
    advice = "Turn the printer on, then press Start."
    return Reason(NOT_READY, text, advice, now, needs_start=True)


def cooling_timed_out(now: float, below: float, temperature: str) -> Reason:
    text = (
        f"The bed did not cool to {below:g} °C in time (it reads {temperature}),"
        " so it was not cleared."
    )
    return Reason(COOLING, text, CLEAR_BED, now)


def bug(now: float, words: str) -> Reason:
    text = f"The queue met an error of its own and stopped: {words}"
    advice = (
        "Plain printing goes on. See moonraker.log, report it, clear the bed and"
        " press Start."
    )
    return Reason(BUG, text, advice, now, needs_start=True)


def unusable(now: float, words: str) -> Reason:
    """Of a queue that could not be opened at all."""
    text = f"The queue cannot be used: {words.rstrip('.')}."
    advice = (
        "Nothing that is stored was changed, and plain printing goes on. Restart"
        " Moonraker; if that does not help, restore a backup of its database."
    )
    return Reason(UNUSABLE, text, advice, now, needs_start=True)


# -- what a queue waits for that is not blocked --------------------------------

STOPPED = "stopped"
OTHER_PRINT = "other_print"
PRINTING = "printing"
PAUSED = "paused"
STARTING = "starting"
BUSY = "printer_busy"
COOLS = "cooling"
CLEARING = "clearing"
FINISHING = "finishing"
RUNS = "script"
NEXT = "next"
EMPTY = "queue_empty"
NOTHING = "nothing_to_print"

_NOTHING_TO_DO = "There is nothing to do."


def stopped(since: float, not_ready: str) -> Reason:
    text = "The queue is stopped."
    advice = f"{not_ready} Bring Klipper back, then press Start."
    return Reason(STOPPED, text, advice if not_ready else "Press Start.", since)


def other_print(since: float, path: str) -> Reason:
    name = path or "Another file"
    text = f"The queue is stopped, and {name} is printed without it."
    return Reason(OTHER_PRINT, text, "When it has ended, press Start.", since)


def printing(since: float, path: str) -> Reason:
    return Reason(PRINTING, f"{path} is printing.", _NOTHING_TO_DO, since)


def printing_last(since: float, path: str) -> Reason:
    text = f"{path} is printing. The queue is stopped, so nothing follows it."
    return Reason(PRINTING, text, "Press Start to go on after it.", since)


def paused(since: float, path: str) -> Reason:
    text = f"{path} is paused."
    return Reason(PAUSED, text, "Look at the printer, then resume or cancel.", since)


def starting(since: float, path: str) -> Reason:
    text = f"{path} was sent to Klipper, which has not begun it yet."
    return Reason(STARTING, text, _NOTHING_TO_DO, since)


def busy(since: float, path: str, words: str) -> Reason:
    text = f"{path} waits for the printer to come to rest. {words}".strip()
    advice = "It goes on by itself when nothing moves and no script runs."
    return Reason(BUSY, text, advice, since)


def cools(since: float, below: float, temperature: float | None) -> Reason:
    reads = "nothing" if temperature is None else f"{temperature:.1f} °C"
    text = f"The bed cools to {below:g} °C; it reads {reads}."
    advice = "There is nothing to do; or take the part off and say so."
    return Reason(COOLS, text, advice, since)


def clearing(since: float) -> Reason:
    return Reason(CLEARING, "The clearing script runs.", _NOTHING_TO_DO, since)


def script(since: float, hook: str) -> Reason:
    return Reason(RUNS, f"The {hook} script runs.", _NOTHING_TO_DO, since)


def finishing(since: float) -> Reason:
    return Reason(FINISHING, "The finish script runs.", _NOTHING_TO_DO, since)


def about_to_start(since: float, path: str) -> Reason:
    return Reason(NEXT, f"{path} is next.", _NOTHING_TO_DO, since)
