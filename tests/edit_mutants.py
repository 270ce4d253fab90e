"""Hand-made mutants of the edits: each loses, doubles or misplaces a copy."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import moonraker_cp

PACKAGE = Path(moonraker_cp.__file__).parent
PARTS = ("core", "storage")
HERE = __package__
AGAIN = {
    f"{HERE}.{name}"
    for name in (
        "fakes",
        "ledger",
        "storage.thread",
        "test_edits_property",
        "workshop",
    )
}


@dataclass(frozen=True)
class Mutant:
    """What it breaks, and the one place where, as text."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = [
    Mutant(
        "an edit takes the copy in the printer away",
        "core/editing.py",
        "return 1 if one.id == self.printing else 0",
        "return 0",
    ),
    Mutant(
        "a pass is taken from under its print",
        "core/job_edits.py",
        "1 if desk.prints(job) and job.remaining > 0 else 0",
        "0",
    ),
    Mutant(
        "a raised job count forgets what was printed",
        "core/job_edits.py",
        "left = self.count - done",
        "left = self.count",
    ),
    Mutant(
        "a job that was done gets passes without copies",
        "core/job_edits.py",
        "return changed.refilled() if job.remaining <= 0 else changed",
        "return changed",
    ),
    Mutant(
        "a job that was ended keeps its copies for later",
        "core/job_edits.py",
        "return _ended(changed)",
        "return changed",
    ),
    Mutant(
        "a reset keeps the passes that are done",
        "core/job_edits.py",
        "replace(job, remaining=passes, passes_done=0)",
        "replace(job, remaining=job.remaining, passes_done=0)",
    ),
    Mutant(
        "a copied job shares what was printed",
        "core/job_edits.py",
        "(*jobs[:place], _as_new(new), *jobs[place:])",
        "(*jobs[:place], new, *jobs[place:])",
    ),
    Mutant(
        "a copied job shares its sets",
        "core/job_edits.py",
        "sets=tuple(replace(one, id=desk.next_set()) for one in old.sets),",
        "sets=old.sets,",
    ),
    Mutant(
        "two jobs are pinned",
        "core/job_edits.py",
        "free = tuple(replace(j, pinned=False) if j.pinned else j for j in jobs)",
        "free = jobs",
    ),
    Mutant(
        "a moved set leaves a copy of itself behind",
        "core/set_edits.py",
        "return put(put(jobs, without(job, one)), settled(placed))",
        "return put(jobs, settled(placed))",
    ),
    Mutant(
        "a moved set is filled again",
        "core/set_edits.py",
        "return (one, *rest)\n",
        "return (replace(one, remaining=one.count), *rest)\n",
    ),
    Mutant(
        "a changed count says nothing about this pass",
        "core/set_edits.py",
        "left = one.remaining + count - one.count",
        "left = one.remaining",
    ),
    Mutant(
        "a set for a job that was done waits for ever",
        "core/set_edits.py",
        "            job = job.reopened()\n        return put(jobs, replace(job,",
        "            pass\n        return put(jobs, replace(job,",
    ),
    Mutant(
        "a pass with nothing left does not end",
        "core/editing.py",
        "return job.with_pass_settled() if any(one.count for one in job.sets) else job",
        "return job",
    ),
    Mutant(
        "a file inside a moved folder stays behind",
        "core/set_edits.py",
        "if self.is_folder and one.path.startswith(inside):",
        "if False:",
    ),
    Mutant(
        "an insertion is not told to the store",
        "core/edits.py",
        "kept_before != kept_after or added_inside",
        "kept_before != kept_after",
    ),
    Mutant(
        "a removed job is forgotten by the stamp on the others",
        "core/edits.py",
        "fresh.get(job.id, job) for job in jobs",
        "fresh[job.id] for job in jobs if job.id in fresh",
    ),
    Mutant(
        "an old picture is good enough",
        "core/people.py",
        "if changed or order:",
        "if order:",
    ),
    Mutant(
        "an old picture of the order is good enough",
        "core/people.py",
        "if changed or order:",
        "if changed:",
    ),
    Mutant(
        "a copy is counted where its set was, not where it is",
        "core/turn.py",
        "job = job_of_set(self.jobs, run.set_id)",
        "job = next(j for j in self.jobs if j.id == run.job_id)",
    ),
]


@contextmanager
def mutated(mutant: Mutant | None, folder: Path) -> Iterator[ModuleType]:
    """The property test, imported anew over a mutated copy of the package."""
    package = folder / "moonraker_cp"
    for part in PARTS:
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE / part, package / part, ignore=without)
    for name in ("driver.py", "mailbox.py", "slices.py"):
        shutil.copy(PACKAGE / name, package)
    (package / "__init__.py").write_text("")
    if mutant is not None:
        _mutate(package / mutant.file, mutant)
    kept = {
        name: module
        for name, module in sys.modules.items()
        if name.split(".")[0] == "moonraker_cp" or name in AGAIN
    }
    for name in kept:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(f"{HERE}.test_edits_property")
    finally:
        sys.path.remove(str(folder))
        for name in list(sys.modules):
            if name.split(".")[0] == "moonraker_cp" or name in AGAIN:
                del sys.modules[name]
        sys.modules.update(kept)


def _mutate(file: Path, mutant: Mutant) -> None:
    text = file.read_text()
    found = text.count(mutant.old)
    assert found == 1, f"{mutant.name}: {file.name} has changed: {mutant.old!r}"
    file.write_text(text.replace(mutant.old, mutant.new))
