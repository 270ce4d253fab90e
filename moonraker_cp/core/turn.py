"""One turn of the wheel in the making: what the handlers of `machine` use.

A turn starts from a situation and collects the next state and the actions. It
holds the law in one place: `open_run` is the only way to start a print.
"""

from __future__ import annotations

from dataclasses import replace

from . import reasons
from .cooling import is_cold, release_temperature
from .decisions import (
    Action,
    BedClearing,
    Decision,
    EndCooling,
    Link,
    ScriptKind,
    SendScript,
    SendStart,
    Situation,
    WatchCooling,
)
from .edits import Desk, Edit, Jobs, difference, job_of_set, put, stamped
from .errors import Conflict, NotFound
from .materials import loaded_after, needs
from .model import Bed, BedCause, BedState, Control, Outcome, Phase, Reason, Run, State
from .printer import Look
from .strategies import Candidate, next_copy
from .tries import after, tries_so_far


class LawBroken(AssertionError):
    """Our own bug: a handler tried to start a print that must not start."""


class Turn:
    def __init__(self, situation: Situation) -> None:
        self.look: Look = situation.look
        self.rules = situation.rules
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
        self.news = False

    # -- the result -----------------------------------------------------------

    @property
    def state(self) -> State:
        """The state as it stands in the middle of the turn."""
        return State(self.control, self.jobs, self.run)

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
        if self.run is None and new.ticket == old.ticket:
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
        if phase is not self.control.phase:
            self.update(phase=phase, phase_since=self.now)
        if phase is Phase.INACTIVE:
            self._let_bed_age()
            self.update(finish_due=False)
        reason = self.control.reason
        if reason is not None and not self._reason_outlives(phase, reason):
            self.update(reason=None)

    def _reason_outlives(self, phase: Phase, reason: Reason) -> bool:
        """Clearing on request answers the bed, not the need of a Start."""
        clearing = phase in (Phase.COOLING, Phase.CLEARING)
        return clearing and reason.needs_start

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
        self._let_bed_age()

    def _let_bed_age(self) -> None:
        """Management stopped: from now on no script clears without an answer."""
        bed = self.control.bed
        if bed.cause is BedCause.OWN_GOOD:
            self.update(bed=replace(bed, cause=BedCause.OWN_OLD))

    def set_bed(self, state: BedState, cause: BedCause, by: str) -> None:
        bed = self.control.bed
        if (bed.state, bed.cause) == (state, cause) and state is not BedState.CLEAR:
            return
        self.update(
            bed=Bed(state, cause, self.now, by), bed_run=self._run_on_bed(state, cause)
        )

    def _run_on_bed(self, state: BedState, cause: BedCause) -> int | None:
        """Whose part lies there now; when it leaves, that is noted for its run."""
        control = self.control
        if state is BedState.CLEAR:
            if control.bed_run is not None:
                self._cleared = (control.bed_run, self.now)
            return None
        if cause in (BedCause.OWN_GOOD, BedCause.OWN_BAD):
            return control.last_run_id
        return control.bed_run if cause is BedCause.PERSON else None

    def edit(self, edit: Edit) -> None:
        control = self.control
        printing = self.run.set_id if self.run else None
        revision = self._old.control.revision + 1
        desk = Desk(control.last_job_id, control.last_set_id, printing, revision)
        self.jobs = edit.apply(self.jobs, desk)
        self.update(last_job_id=desk.job, last_set_id=desk.set)

    def refuse_bed_word_during_print(self) -> None:
        """A bed with a print on it is not clear, whoever says so."""
        if self.run is not None or self.look.has_print:
            name = self.run.path if self.run else self.look.filename
            raise Conflict(
                f"{name or 'A print'} is on the printer, so the bed cannot be clear."
                " Say it again when the print has ended."
            )

    # -- runs -----------------------------------------------------------------

    def open_run(self, candidate: Candidate, calm: bool) -> None:
        """Open a run and ask for its start: the law is checked here."""
        control = self.control
        problem = self.look.idle_problem(calm)
        if self._shows_unknown_print():
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
        loaded = loaded_after(control.loaded, needs(one, self.conditions.files))
        self.update(last_run_id=run_id, run_id=run_id, finish_due=True, loaded=loaded)
        self.go(Phase.STARTING)
        self._actions.append(SendStart(self._ticket(), one.path, self.run.user))

    def change_run(self, **fields: object) -> None:
        assert self.run is not None
        self.run = replace(self.run, **fields)  # type: ignore[arg-type]
        self._runs = [r for r in self._runs if r.id != self.run.id] + [self.run]

    def close_run(self, outcome: Outcome, why: str = "") -> Run:
        """Close the open run, once; a good copy is counted in the same turn."""
        assert self.run is not None
        counted = outcome is Outcome.SUCCESS and self._count_copy(self.run)
        self.change_run(ended=self.now, outcome=outcome, reason=why, counted=counted)
        closed, self.run = self.run, None
        self.update(run_id=None, ticket=self.control.ticket + 1)
        self.update(tries=after(closed, self.control.tries))
        return closed

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

    # -- what comes next ------------------------------------------------------

    def advance(self, *, calm: bool = False, prepared: bool = False) -> None:
        """Nothing runs: choose what happens next.

        calm: a script of ours has just ended, so nothing else moves.
        prepared: the preparing script has run; do not run it again.
        """
        if self._shows_unknown_print():
            name = self.look.filename
            self.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name)
            self.update(last_print=self.look.fingerprint)
        reason = self.control.reason
        if not self.control.active:
            self.go(Phase.INACTIVE)
        elif self.look.has_print:
            self.foreign_print()
        elif reason is not None and reason.needs_start:
            self.block(reason)
        else:
            candidate = next_copy(self.jobs, self.conditions)
            self._next_step(candidate, calm, prepared)

    def _shows_unknown_print(self) -> bool:
        """A print of somebody else ended; the event that says so is still to come."""
        ended = self.look.has_ended_print
        return ended and self.look.fingerprint != self.control.last_print

    def _next_step(
        self, candidate: Candidate | None, calm: bool, prepared: bool
    ) -> None:
        bed = self.control.bed
        if bed.state is BedState.CLEAR:
            if candidate is None:
                self.rest()
            else:
                self._start(candidate, calm, prepared)
            return
        by_script = (
            self.rules.bed_clearing is BedClearing.GCODE
            and bed.cause is BedCause.OWN_GOOD
        )
        if candidate is None and not (by_script and self.rules.clear_after_last):
            self.rest()
        elif by_script:
            self.clear_bed()
        else:
            self.ask_for_bed()

    def _start(self, candidate: Candidate, calm: bool, prepared: bool) -> None:
        if self.look.idle_problem(calm):
            self.go(Phase.PREPARING)  # PrinterCalmed goes on from here
        elif self.look.pause_flag and not prepared:
            # A pause flag that outlived its print would swallow the next PAUSE.
            self.go(Phase.PREPARING)
            self.send_script(ScriptKind.PREPARE, "CLEAR_PAUSE")
        else:
            self.open_run(candidate, calm)

    def rest(self) -> None:
        """Nothing left to print: the finish script once, then idle."""
        if self.control.finish_due and self.look.ready:
            self.update(finish_due=False)
            if self.rules.finish_gcode:
                self.go(Phase.FINISHING)
                self.send_script(ScriptKind.FINISH, self.rules.finish_gcode)
                return
        self.go(Phase.IDLE)

    def clear_bed(self) -> None:
        rules = self.rules
        below = release_temperature(rules, self.control.loaded)
        if not below or is_cold(self.look.bed_temperature, below):
            self.run_clearing()
            return
        self.go(Phase.COOLING)
        watch = WatchCooling(
            self._ticket(),
            below,
            rules.cooling_limit,
            rules.cooling_temperature,
            rules.cooling_fan,
        )
        self._actions.append(watch)

    def run_clearing(self) -> None:
        self.go(Phase.CLEARING)
        self.send_script(ScriptKind.CLEARING, self.rules.clearing_gcode)

    def send_script(self, kind: ScriptKind, gcode: str) -> None:
        self._actions.append(SendScript(self._ticket(), kind, gcode))

    def ask_for_bed(self) -> None:
        """Keep the words of an earlier trouble: they are still unanswered."""
        old = self.control.reason
        if old is None:
            self.block(reasons.bed_occupied(self.now))
        elif old.code == reasons.BED:
            if self.control.phase is not Phase.BLOCKED:
                self.block(old)  # else it is asked already, and stays as it is
        else:
            self.block(replace(old, advice=reasons.CLEAR_BED))

    def foreign_print(self, *, needs_start: bool = False) -> None:
        """A print that we did not start is left alone, and the bed is its own."""
        name = self.look.filename
        self.set_bed(BedState.OCCUPIED, BedCause.FOREIGN, name or "another print")
        if self.control.active:
            self.tell_foreign(name, needs_start=needs_start)

    def tell_foreign(self, name: str, *, needs_start: bool = False) -> None:
        """Block because of it, unless the words of a trouble wait for an answer."""
        reason = self.control.reason
        stale = (reasons.BED, reasons.FOREIGN, reasons.WAITING)
        if reason is None or reason.code in stale:
            needs_start = needs_start or (reason is not None and reason.needs_start)
            reason = reasons.foreign(self.now, name)
        self.block(replace(reason, needs_start=needs_start or reason.needs_start))

    def _ticket(self) -> int:
        self.update(ticket=self.control.ticket + 1)
        return self.control.ticket
