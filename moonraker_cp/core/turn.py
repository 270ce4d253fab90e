"""One turn of the wheel in the making: what the handlers of `machine` use.

A turn starts from a situation and collects the next state and the actions. It
holds the law in one place: `open_run` is the only way to start a print.
"""

from __future__ import annotations

from dataclasses import replace

from . import reasons
from .cooling import release_temperature
from .decisions import (
    Action,
    Decision,
    EndCooling,
    Link,
    Recall,
    RunHook,
    ScriptKind,
    SendScript,
    SendStart,
    Situation,
    Video,
)
from .edits import Edit, Jobs, desk_of, difference, job_of_set, put, stamped
from .errors import Conflict, NotFound
from .failures import note_failure
from .hooks import Hook
from .materials import loaded_after, needs
from .model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Outcome,
    Phase,
    Reason,
    Run,
    Set,
    State,
)
from .printer import Look
from .scripts import scripts_of
from .service import after as serviced
from .strategies import Candidate, next_copy
from .tries import after, tries_so_far

AFTER_PRINT = (reasons.SCRIPT, reasons.DOUBT, reasons.REPORTED)
"""Reasons that are kept while a print runs, and asked about when it has ended."""

AGED = {
    BedCause.OWN_GOOD: BedCause.OWN_OLD,
    BedCause.OWN_FAILED: BedCause.OWN_BAD,
}
"""What a bed becomes when management stops."""


NOTHING_PENDING: dict[str, object] = {
    "finish_due": False,
    "due": (),
    "not_before": 0.0,
    "awaits": "",
    "prepared": None,
}
"""What a queue that is stopped has forgotten."""


class LawBroken(AssertionError):
    """Our own bug: a handler tried to start a print that must not start."""


class Turn:
    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self.look: Look = situation.look
        self.rules = situation.rules
        self._hooks = situation.hooks
        self.conditions = situation.conditions
        self.now = situation.now
        self.clock = situation.clock
        self.control: Control = situation.state.control
        self.jobs: Jobs = situation.state.jobs
        self.run: Run | None = situation.state.run
        self._old = situation.state
        self._files_before = situation.files_before
        self._runs: list[Run] = []
        self._dropped: int | None = None
        self._actions: list[Action] = []
        self._cleared: tuple[int, float] | None = None
        self.link: Link | None = None
        self.recall: Recall | None = None
        self.video: Video | None = None
        self.news = False

    # -- the result -----------------------------------------------------------

    @property
    def state(self) -> State:
        """The state as it stands in the middle of the turn."""
        return State(self.control, self.jobs, self.run)

    @property
    def situation(self) -> Situation:
        """The same with everything beside it."""
        return replace(self._situation, state=self.state)

    def decision(self) -> Decision:
        self._renew_question()
        state = self.state
        edit = difference(self._old.jobs, self.jobs)
        decision = Decision(
            state,
            edit,
            tuple(self._runs),
            self._dropped,
            self._all_actions(),
            self.now,
            self._cleared,
            self.link,
            self.news,
            self.recall,
            self.video,
        )
        if not decision.changes(self._old):
            return decision
        revision = self._old.control.revision + 1
        control = replace(self.control, revision=revision)
        if edit.reordered:
            control = replace(control, order_revision=revision)
        jobs, edit = stamped(self._old.jobs, self.jobs, edit, revision)
        return replace(decision, state=State(control, jobs, self.run), edit=edit)

    def _all_actions(self) -> tuple[Action, ...]:
        """Whoever leaves cooling, whichever way, also ends what it turned on."""
        old = self._old.control
        if old.phase is not Phase.COOLING or self.control.phase is Phase.COOLING:
            return tuple(self._actions)
        end = EndCooling(old.ticket, fan=self.rules.cooling_fan > 0)
        return (end, *self._actions)

    def _renew_question(self) -> None:
        """What is asked has changed: an answer to the old question is void."""
        old, new = self._old.control, self.control
        if old.phase is not Phase.BLOCKED or new.phase is not Phase.BLOCKED:
            return
        powers = new.reason is not None and new.reason.code == reasons.POWERING
        if self.run is None and new.ticket == old.ticket and not powers:
            asks_other = (old.reason, old.bed) != (new.reason, new.bed)
            if asks_other or self._is_next_another():
                self.update(ticket=new.ticket + 1)

    def _is_next_another(self) -> bool:
        """Whether the copy that would be next is of another set than before."""
        files, conditions = self._files_before, self.conditions
        if files is None and self.jobs is self._old.jobs:
            return False
        before = conditions if files is None else replace(conditions, files=files)
        old, new = next_copy(self._old.jobs, before), next_copy(self.jobs, conditions)
        return (old and old.set.id) != (new and new.set.id)

    # -- small steps ----------------------------------------------------------

    def update(self, **fields: object) -> None:
        self.control = replace(self.control, **fields)  # type: ignore[arg-type]

    def go(self, phase: Phase) -> None:
        """Enter a phase that needs nobody; a reason that still waits stays."""
        before = self.control.phase
        if phase is not before:
            self.update(phase=phase, phase_since=self.now)
        if phase not in (Phase.PRINTING, Phase.PAUSED):
            self.update(hook=None)
        if phase is Phase.INACTIVE:
            self.let_bed_age()
            self.update(**NOTHING_PENDING)
        reason = self.control.reason
        if reason is not None and not _outlives(reason, before, phase):
            self.update(reason=None)

    def block(self, reason: Reason) -> None:
        """Stop and ask; any action that is still out is disowned.

        A Start that was needed before is needed still.
        """
        old = self.control.reason
        if old is not None and old.needs_start:
            reason = replace(reason, needs_start=True)
        if self.control.phase is not Phase.BLOCKED:
            self.update(phase=Phase.BLOCKED, phase_since=self.now)
        self.update(reason=reason, ticket=self.control.ticket + 1)
        if reason.code not in (reasons.DOUBT, reasons.WAITING):
            self.update(hook=None)
        self.let_bed_age()

    def let_bed_age(self) -> None:
        """Management stopped: from now on no script clears without an answer."""
        bed = self.control.bed
        if bed.cause in AGED:
            self.update(bed=replace(bed, cause=AGED[bed.cause]))

    def set_bed(self, state: BedState, cause: BedCause, by: str) -> None:
        bed = self.control.bed
        if (bed.state, bed.cause) == (state, cause) and state is not BedState.CLEAR:
            return
        changed = Bed(state, cause, self.now, by, self.clock)
        self.update(bed=changed, bed_run=self._run_on_bed(state, cause))
        if cause is BedCause.FOREIGN:
            self.update(prepared=None)  # who knows how that print left the printer

    def _run_on_bed(self, state: BedState, cause: BedCause) -> int | None:
        """Whose part lies there now; when it leaves, that is noted for its run."""
        control = self.control
        if state is BedState.CLEAR:
            if control.bed_run is not None:
                self._cleared = (control.bed_run, self.now)
            return None
        if cause in (BedCause.OWN_GOOD, BedCause.OWN_BAD, BedCause.OWN_FAILED):
            return control.last_run_id
        return control.bed_run if cause is BedCause.PERSON else None

    def edit(self, edit: Edit) -> None:
        desk = desk_of(self.state)  # its revision is still the old one
        self.jobs = edit.apply(self.jobs, desk)
        self.update(last_job_id=desk.job, last_set_id=desk.set)

    @property
    def shows_unknown_print(self) -> bool:
        """A print of somebody else ended; the event that says so is still to come."""
        is_new = self.look.fingerprint != self.control.last_print
        return self.look.has_ended_print and is_new

    def refuse_bed_word_during_print(self) -> None:
        """A bed with a print on it is not clear, whoever says so."""
        if self.run is not None or self.look.has_print:
            name = self.run.path if self.run else self.look.filename
            raise Conflict(
                f"{name or 'A print'} is on the printer, so the bed cannot be clear."
                " Say it again when the print has ended."
            )

    # -- actions --------------------------------------------------------------

    def ticket(self) -> int:
        """The number of a new action; answers to older ones are late from now on."""
        self.update(ticket=self.control.ticket + 1)
        return self.control.ticket

    def act(self, action: Action) -> None:
        self._actions.append(action)

    def send_script(self, kind: ScriptKind, gcode: str) -> None:
        self.act(SendScript(self.ticket(), kind, gcode))

    def has_scripts(self, hook: Hook) -> bool:
        return bool(scripts_of(self.rules, self._hooks, hook))

    def run_hook(self, hook: Hook, phase: Phase = Phase.SCRIPT) -> None:
        """Send its scripts: from here on it has fired, whatever becomes of them."""
        self.go(phase)
        self.update(hook=hook)
        scripts = scripts_of(self.rules, self._hooks, hook)
        self.act(RunHook(self.ticket(), hook, scripts))

    def drop_due(self, *hooks: Hook) -> None:
        """Their moment has passed, or is taken back."""
        self.update(due=tuple(h for h in self.control.due if h not in hooks))

    def note_due(self, hook: Hook) -> None:
        """Its moment has come; without scripts there is nothing to note."""
        if self.has_scripts(hook) and hook not in self.control.due:
            self.update(due=(*self.control.due, hook))

    # -- runs -----------------------------------------------------------------

    def open_run(self, candidate: Candidate, calm: bool) -> None:
        """Open a run and ask for its start: the law is checked here."""
        control = self.control
        problem = self.look.idle_problem(calm)
        if self.shows_unknown_print:
            problem = f"{self.look.filename} was printed meanwhile."
        bed_is_clear = control.bed.state is BedState.CLEAR
        if not control.active or self.run is not None or not bed_is_clear or problem:
            raise LawBroken(
                f"start of {candidate.set.path} refused: active={control.active},"
                f" run={self.run and self.run.id}, bed={control.bed.state.value},"
                f" printer: {problem or 'idle'}"
            )
        job, one = candidate.job, candidate.set
        run_id = control.last_run_id + 1
        facts = self.conditions.files.get(one.path)
        self.run = Run(
            id=run_id,
            job_id=job.id,
            set_id=one.id,
            job_name=job.name,
            path=one.path,
            pass_index=job.passes_done,
            copy=one.completed + 1,
            copies=one.count,
            retries=tries_so_far(job, one, control.tries),
            estimate=facts.estimated_time if facts else None,
            user=control.active_by,
            opened=self.now,
            sent_clock=self.clock,
            before=self.look.fingerprint,
        )
        self._runs.append(self.run)
        self.update(
            last_run_id=run_id,
            run_id=run_id,
            finish_due=True,
            loaded=loaded_after(control.loaded, needs(one, self.conditions.files)),
            release=self._release_of(one),
            prepared=None,
            last_path=one.path,
            counted_set=None,
            awaits="",
            anyway="",
            not_before=0.0,
        )
        self.go(Phase.STARTING)
        self.act(SendStart(self.ticket(), one.path, self.run.user))

    def _release_of(self, one: Set) -> float:
        """Of its own materials: what earlier prints left in the tools is no matter."""
        if one.release_temperature is not None:
            return one.release_temperature
        return release_temperature(self.rules, needs(one, self.conditions.files))

    def change_run(self, **fields: object) -> None:
        assert self.run is not None
        self.run = replace(self.run, **fields)  # type: ignore[arg-type]
        self._runs = [r for r in self._runs if r.id != self.run.id] + [self.run]

    def close_run(self, outcome: Outcome, why: str = "", *, begun: bool = True) -> Run:
        """Close the open run, once; a good copy is counted in the same turn.

        begun: False when it is proven that nothing was printed.
        """
        assert self.run is not None
        counted = outcome is Outcome.SUCCESS and self._count_copy(self.run)
        why = why or self.run.reason
        self.change_run(ended=self.now, outcome=outcome, reason=why, counted=counted)
        closed, self.run = self.run, None
        control = self.control
        self.update(
            run_id=None,
            hook=None,
            ticket=control.ticket + 1,
            tries=after(closed, control.tries),
            counted_set=closed.set_id if counted else None,
        )
        if begun:
            self._note_figures(closed)
        return closed

    def _note_figures(self, closed: Run) -> None:
        """What it says of the printer."""
        early = self.control.early_failures
        if closed.outcome is Outcome.SUCCESS:
            early = ()
        elif closed.outcome is Outcome.FAILURE:
            early = note_failure(self.rules.failures, closed, early)
        service = serviced(closed, self.control.service)
        self.update(service=service, early_failures=early)

    def drop_run(self) -> None:
        """Forget a run that was proven never to have reached the printer."""
        assert self.run is not None
        self._dropped, self.run = self.run.id, None
        self.update(run_id=None, ticket=self.control.ticket + 1)

    def _count_copy(self, run: Run) -> bool:
        try:  # wherever an edit has put the set meanwhile
            job = job_of_set(self.jobs, run.set_id)
        except NotFound:
            return False  # removed while it printed: the run keeps the record
        self.jobs = put(self.jobs, job.copy_done(run.set_id))
        return True


def _outlives(reason: Reason, before: Phase, after: Phase) -> bool:
    """Whether it waits to be told, or answered, after this move.

    Clearing on request answers the bed, not the need of a Start. What is to be told
    after a script, or after the print that runs, is not told yet; a script that a
    person's answer has led to, is.
    """
    if after is Phase.SCRIPT:
        return before is not Phase.BLOCKED or reason.needs_start
    if after in (Phase.PRINTING, Phase.PAUSED):
        return reason.code in AFTER_PRINT
    return after in (Phase.COOLING, Phase.CLEARING) and reason.needs_start
