"""What follows a print that ended badly, by the options and its set. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Run, Set

EARLY = 600.0
"""Seconds into a print within which a failure is early, when no option says."""

MOST_REMEMBERED = 20
"""How many early failures in a row are kept."""


class OnTrouble(str, Enum):
    """What becomes of the copy, its set and its job."""

    STOP = "stop"  # ask; the same copy is next
    SKIP = "skip"  # drop what is left of the set in this pass, and go on
    HOLD = "hold"  # put the job on hold, and go on with the next
    RETRY = "retry"  # the same copy again, up to a number of extra attempts


@dataclass(frozen=True)
class FailureRules:
    """retries: extra attempts at one copy. retry_within: seconds into a print; what
    fails later is not tried again; 0: whenever. stop_after: early failures in a row, of
    two files or more, that are taken for the printer's fault; 0: never. by_script: the
    clearing script may clear a failed print. cancel_on_report: a failure that somebody
    reports cancels the print; otherwise it is paused.
    """

    on_failure: OnTrouble = OnTrouble.STOP
    on_cancel: OnTrouble = OnTrouble.STOP
    retries: int = 2
    retry_within: float = 0.0
    stop_after: int = 3
    by_script: bool = False
    cancel_on_report: bool = False

    @property
    def early(self) -> float:
        return self.retry_within or EARLY


@dataclass(frozen=True)
class Verdict:
    """words: a sentence that says what becomes of the copy. blames_printer: nothing is
    tried before a person has looked at it."""

    then: OnTrouble
    words: str
    blames_printer: bool = False


def judge_failure(
    rules: FailureRules, one: Set | None, run: Run, early: tuple[str, ...]
) -> Verdict:
    """early: `note_failure` with this run. one: its set; None when that is gone."""
    if rules.stop_after and len(early) >= rules.stop_after and len(set(early)) > 1:
        words = f"{len(early)} prints in a row failed early, so it may be the printer."
        return Verdict(OnTrouble.STOP, words, blames_printer=True)
    then = rules.on_failure
    if one is not None and one.on_failure is not None:
        then = one.on_failure
    retries = rules.retries if one is None or one.retries is None else one.retries
    return _verdict(then, rules, retries, run)


def judge_cancel(rules: FailureRules, run: Run) -> Verdict:
    """A cancel at the printer is a person's, whatever the set says of failures."""
    return _verdict(rules.on_cancel, rules, rules.retries, run)


def note_failure(
    rules: FailureRules, run: Run, early: tuple[str, ...]
) -> tuple[str, ...]:
    """The early failures in a row, with this one."""
    if run.print_duration > rules.early:
        return ()
    return (*early, run.path)[-MOST_REMEMBERED:]


def _verdict(then: OnTrouble, rules: FailureRules, retries: int, run: Run) -> Verdict:
    if then is OnTrouble.RETRY:
        return _retry(rules, retries, run)
    return Verdict(then, _WORDS[then])


def _retry(rules: FailureRules, retries: int, run: Run) -> Verdict:
    if rules.retry_within and run.print_duration > rules.retry_within:
        after = f"{run.print_duration / 60:.0f} minutes"
        return Verdict(OnTrouble.STOP, f"It is not tried again, for it ran {after}.")
    if run.retries >= retries:
        tried = f"{run.retries + 1} times" if run.retries else "once"
        return Verdict(OnTrouble.STOP, f"It was tried {tried}.")
    words = f"It is tried again ({run.retries + 1} of {retries})."
    return Verdict(OnTrouble.RETRY, words)


_WORDS = {
    OnTrouble.STOP: "",
    OnTrouble.SKIP: "What is left of this set in this pass is skipped.",
    OnTrouble.HOLD: "Its job is on hold.",
}
