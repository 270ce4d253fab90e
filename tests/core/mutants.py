"""Hand-made mutants of the core: each breaks one promise, by replacing text."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import moonraker_cp.core

MODEL = ("world", "moments", "book", "wheel", "test_property")
CORE = Path(moonraker_cp.core.__file__).parent


@dataclass(frozen=True)
class Mutant:
    """What it breaks, and (file, old text, new text) for each place."""

    name: str
    edits: tuple[tuple[str, str, str], ...]


def _one(name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, ((file, old, new),))


_LAW = "not bed_is_clear or problem:"
_BED_OK = "if bed.state is BedState.CLEAR:\n        if candidate"

MUTANTS = [
    Mutant(
        "the bed is not looked at",
        (
            ("turn.py", _LAW, "problem:"),
            ("steps.py", _BED_OK, "if True:\n        if candidate"),
        ),
    ),
    Mutant(
        "the printer need not be idle",
        (
            ("turn.py", _LAW, "not bed_is_clear:"),
            ("steps.py", "elif turn.look.idle_problem(calm):", "elif False:"),
        ),
    ),
    _one(
        "a late answer is believed",
        "machine.py",
        "return ticket is not None and ticket != situation.state.control.ticket",
        "return False",
    ),
    _one(
        "a copy is counted twice",
        "turn.py",
        "job.copy_done(run.set_id))",
        "job.copy_done(run.set_id).copy_done(run.set_id))",
    ),
    _one(
        "a bad copy is counted",
        "turn.py",
        "outcome is Outcome.SUCCESS and self._count_copy",
        "self._count_copy",
    ),
    Mutant(
        "restart: COUNT and ABORTED swapped",
        (
            ("restart.py", 'Judgement(Verdict.COUNT, "")', "Judgement(_X, '')"),
            ("restart.py", "Verdict.ABORTED, _absent", "Verdict.COUNT, _absent"),
            (
                "restart.py",
                "\n\ndef judge(",
                "\n\n_X = Verdict.ABORTED\n\n\ndef judge(",
            ),
        ),
    ),
    Mutant(
        "an empty printer proves that a start never arrived",
        (
            (
                "restart.py",
                "return unseen and look.has_ended_print",
                "return look.filename == '' or unseen and look.has_ended_print",
            ),
            ("restart.py", "if look.total_duration >= TELLING:", "if True:"),
        ),
    ),
    _one(
        "every file of one line is told apart",
        "restart.py",
        "if look.total_duration >= TELLING:",
        "if True:",
    ),
    _one(
        "an old print is adopted whenever it began",
        "restart.py",
        "if look.has_print and _same_start(run, look):",
        "if look.has_print:",
    ),
    Mutant(
        "a failed print leaves the bed as it was",
        (
            (
                "reports.py",
                "    turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD,"
                ' f"run {run.id}")\n\n\ndef _on_printer_seen',
                "    turn.set_bed(BedState.CLEAR, BedCause.OWN_BAD, '')"
                "\n\n\ndef _on_printer_seen",
            ),
            (
                "bad_ends.py",
                "turn.set_bed(BedState.OCCUPIED, cause,",
                "turn.set_bed(BedState.CLEAR, cause,",
            ),
        ),
    ),
    Mutant(
        "a failed print is swept like a good one",
        (
            (
                "bad_ends.py",
                "BedCause.OWN_FAILED if goes_on and rules.by_script else"
                " BedCause.OWN_BAD",
                "BedCause.OWN_GOOD",
            ),
            (
                "steps.py",
                "by_policy = turn.control.bed.cause is BedCause.OWN_FAILED",
                "by_policy = True",
            ),
        ),
    ),
    _one(
        "a cancel does not stop management",
        "failures.py",
        "return _verdict(rules.on_cancel, rules,",
        "return _verdict(OnTrouble.RETRY, rules,",
    ),
    _one(
        "our part is swept although management has stopped since",
        "turn.py",
        "self.update(bed=replace(bed, cause=AGED[bed.cause]))",
        "pass",
    ),
    _one(
        "a trouble needs no Start",
        "steps.py",
        "elif reason is not None and reason.needs_start:",
        "elif False:",
    ),
    _one(
        "a new reason forgets that a Start is needed",
        "turn.py",
        "reason = replace(reason, needs_start=True)",
        "pass",
    ),
    _one(
        "the run stays open when the printer is lost",
        "reports.py",
        "_close_badly(turn, Outcome.FAILURE, event.message)\n        lost",
        "lost",
    ),
    _one(
        "Start makes every bed clear",
        "people.py",
        "if is_start and (unknown or turn.rules.start_means_bed_clear):",
        "if True:",
    ),
    _one(
        "a foreign print leaves the bed clear",
        "reports.py",
        "    turn.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)\n"
        "    if phase in (P.STARTING",
        "    if phase in (P.STARTING",
    ),
    _one(
        "a print that ended while nobody looked leaves the bed clear",
        "reports.py",
        "elif event.look.has_ended_print and _is_news(turn):",
        "elif False:",
    ),
    _one(
        "a script that failed has cleared the bed",
        "own_actions.py",
        "    if event.error is not None:  #",
        "    if event.error is not None and hook is not Hook.CLEAR_BED:  #",
    ),
    _one(
        "Stop is forgotten while a print runs",
        "people.py",
        "turn.update(active=False, not_before=0.0,",
        "turn.update(active=turn.run is not None, not_before=0.0,",
    ),
    _one(
        "a bug leaves its run open for ever",
        "people.py",
        "if has_bug(turn) and turn.look.ready and turn.run is not None:",
        "if False:",
    ),
    _one(
        "klippy's words are lost",
        "steps.py",
        "if reason is None or reason.code in stale:",
        "if True:",
    ),
    _one(
        "the next pass forgets a copy",
        "model.py",
        "replace(s, remaining=s.count, completed=0)",
        "replace(s, remaining=s.count - 1, completed=0)",
    ),
    # -- hooks ---------------------------------------------------------------------
    _one(
        "a hook that was fired is due still",
        "steps.py",
        "    turn.drop_due(hook)\n    turn.run_hook(hook)\n",
        "    turn.run_hook(hook)\n",
    ),
    _one(
        "the activated script runs before every print",
        "steps.py",
        "    turn.drop_due(Hook.ACTIVATED)\n",
        "",
    ),
    _one(
        "a script in doubt is forgotten at a restart",
        "reports.py",
        "if hook is None or hook not in REPEATABLE or",
        "if True or",
    ),
    _one(
        "a copy is prepared for the next one of its set, too",
        "turn.py",
        "            prepared=None,\n",
        "",
    ),
    _one(
        "a copy is never prepared enough",
        "steps.py",
        "        turn.update(prepared=candidate.set.id)\n",
        "",
    ),
    _one(
        "a script before a print need not run through",
        "own_actions.py",
        "turn.update(prepared=None)  #",
        "pass  #",
    ),
    _one(
        "a script that failed in a print is not told after it",
        "turn.py",
        "return reason.code in AFTER_PRINT",
        "return reason.code in AFTER_PRINT[1:]",
    ),
    _one(
        "the finish script has no end",
        "steps.py",
        "        turn.update(finish_due=False)\n",
        "",
    ),
    _one(
        "a hook fires into somebody's print",
        "steps.py",
        "if not turn.look.ready or turn.look.has_print:",
        "if not turn.look.ready:",
    ),
    # -- clearing ------------------------------------------------------------------
    _one(
        "a clearing script that did nothing has cleared the bed",
        "own_actions.py",
        "elif hook is Hook.CLEAR_BED and not event.ran:",
        "elif False:",
    ),
    _one(
        "a veto is not heard",
        "own_actions.py",
        "    if event.clear:\n        bed_is_cleared(",
        "    if True:\n        bed_is_cleared(",
    ),
    _one(
        "nobody verifies the bed",
        "own_actions.py",
        "Hook.CLEAR_BED: verify_bed,",
        "Hook.CLEAR_BED: bed_is_cleared,",
    ),
    # -- failures ------------------------------------------------------------------
    _one(
        "a job that failed is not put on hold",
        "bad_ends.py",
        "elif then is OnTrouble.HOLD:",
        "elif False:",
    ),
    _one(
        "what a detector says is ignored",
        "reports.py",
        "elif run.trouble:\n        end_badly",
        "elif False:\n        end_badly",
    ),
    _one(
        "a copy that was recalled is not owed",
        "set_edits.py",
        "remaining=one.remaining + 1, completed=done",
        "remaining=one.remaining, completed=done",
    ),
    _one(
        "a copy may be recalled twice",
        "people.py",
        "    turn.update(counted_set=None)\n",
        "",
    ),
    # -- waits ---------------------------------------------------------------------
    _one(
        "the wrong material is printed",
        "steps.py",
        "    if wait is not None:\n",
        "    if wait is not None and wait.wait is not Wait.MATERIAL:\n",
    ),
    _one(
        "a shortage is told again and again",
        "steps.py",
        'is_new = before.split(" ")[0] != copy',
        "is_new = True",
    ),
    _one(
        "no time is too early",
        "holds.py",
        "if control.not_before <= conditions.now:",
        "if True:",
    ),
    _one(
        "nobody waits for the time-lapse",
        "holds.py",
        "if not conditions.rendering:",
        "if True:",
    ),
    _one(
        "the plate stack is never empty",
        "service.py",
        "if 0 < pause_after <= service.prints:",
        "if False:",
    ),
    _one(
        "nobody is told that the script in the print is in doubt",
        "reports.py",
        "    if in_doubt:\n",
        "    if False:\n",
    ),
    _one(
        "a script's veto is the last word of nobody",
        "own_actions.py",
        "    if event.error is not None:  #",
        "    if event.error is not None and hook is not Hook.VERIFY_BED:  #",
    ),
    _one(
        "a copy is tried again without end",
        "failures.py",
        "if run.retries >= retries:",
        "if False:",
    ),
    _one(
        "it is never the printer",
        "failures.py",
        "if rules.stop_after and len(early)",
        "if False and len(early)",
    ),
    _one(
        "a printer that we turned off once may always go away",
        "reports.py",
        "    turn.update(powered_off=False)\n",
        "",
    ),
]


@contextmanager
def mutated(mutant: Mutant, folder: Path) -> Iterator[ModuleType]:
    """The property test, imported anew over a mutated copy of the core."""
    copy = folder / "moonraker_cp" / "core"
    shutil.copytree(CORE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy.parent / "__init__.py").write_text("")
    for file, old, new in mutant.edits:
        text = (copy / file).read_text()
        assert text.count(old) == 1, f"{mutant.name}: {file} has changed: {old!r}"
        (copy / file).write_text(text.replace(old, new))
    here = f"{__package__}."
    again = {here + name for name in MODEL}
    kept = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith("moonraker_cp") or name in again
    }
    for name in kept:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(here + "test_property")
    finally:
        sys.path.remove(str(folder))
        for name in list(sys.modules):
            if name.startswith("moonraker_cp") or name in again:
                del sys.modules[name]
        sys.modules.update(kept)
