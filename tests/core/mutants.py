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

CORE = Path(moonraker_cp.core.__file__).parent


@dataclass(frozen=True)
class Mutant:
    """What it breaks, and (file, old text, new text) for each place."""

    name: str
    edits: tuple[tuple[str, str, str], ...]


def _one(name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, ((file, old, new),))


_LAW = "not bed_is_clear or problem:"
_BED_OK = "if bed.state is BedState.CLEAR:\n            if candidate"

MUTANTS = [
    Mutant(
        "the bed is not looked at",
        (
            ("turn.py", _LAW, "problem:"),
            ("turn.py", _BED_OK, "if True:\n            if candidate"),
        ),
    ),
    Mutant(
        "the printer need not be idle",
        (
            ("turn.py", _LAW, "not bed_is_clear:"),
            ("turn.py", "if self.look.idle_problem(calm):", "if False:"),
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
    _one(
        "a failed print leaves the bed as it was",
        "reports.py",
        'turn.set_bed(BedState.OCCUPIED, BedCause.OWN_BAD, f"run {run.id}")\n\n\n'
        "def _on_printer_seen",
        'turn.set_bed(BedState.CLEAR, BedCause.OWN_BAD, f"run {run.id}")\n\n\n'
        "def _on_printer_seen",
    ),
    _one(
        "a failed print is swept like a good one",
        "reports.py",
        "        _close_badly(turn, Outcome.FAILURE, event.message)\n"
        "        turn.block(reasons.failed(turn.now, run.path, event.message))",
        "        turn.close_run(Outcome.FAILURE, event.message)\n"
        "        turn.set_bed(BedState.OCCUPIED, BedCause.OWN_GOOD, '')\n"
        "        turn.advance()",
    ),
    _one(
        "a cancel does not stop management",
        "reports.py",
        "        turn.update(active=False)\n"
        "        turn.block(reasons.cancelled(turn.now, run.path))",
        "        turn.advance()",
    ),
    _one(
        "our part is swept although management has stopped since",
        "turn.py",
        "self.update(bed=replace(bed, cause=BedCause.OWN_OLD))",
        "pass",
    ),
    _one(
        "a trouble needs no Start",
        "turn.py",
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
        "_close_badly(turn, Outcome.FAILURE, event.message)\n"
        "        turn.block(reasons.lost_print",
        "turn.block(reasons.lost_print",
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
        "reports.py",
        "    if event.error is not None:  #",
        "    if event.error is not None and phase is not P.CLEARING:  #",
    ),
    _one(
        "Stop is forgotten while a print runs",
        "people.py",
        'nothing follows it."""\n    turn.update(active=False)',
        'nothing follows it."""\n    turn.update(active=turn.run is not None)',
    ),
    _one(
        "a bug leaves its run open for ever",
        "people.py",
        "if has_bug(turn) and turn.look.ready and turn.run is not None:",
        "if False:",
    ),
    _one(
        "klippy's words are lost",
        "turn.py",
        "if reason is None or reason.code in stale:",
        "if True:",
    ),
    _one(
        "the next pass forgets a copy",
        "model.py",
        "replace(s, remaining=s.count, completed=0)",
        "replace(s, remaining=s.count - 1, completed=0)",
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
    again = {here + name for name in ("world", "book", "wheel", "test_property")}
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
