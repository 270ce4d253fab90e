"""What was ordered, by an account of its own: every copy that is to come, pass by pass.

It shares no sums with the package. The queue keeps two numbers for a set and two for
a job; here each pass to come is a list of its own, and each set has a tally. An edit
says which copies it orders and which it drops; always

    copies ordered = copies printed well + copies left + copies dropped
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from moonraker_cp.core.edits import (
    AddJobs,
    AddSet,
    CopyJob,
    Edit,
    EditJob,
    EditSet,
    FollowFile,
    MoveJob,
    MoveSet,
    NewSet,
    PrintNext,
    RemoveJobs,
    RemoveSet,
    ResetJobs,
    RestoreJobs,
    SkipSet,
)


class Refused(Exception):
    """The edit asks for something that is not there."""


@dataclass
class Tally:
    """Of one set, since it came into the queue."""

    ordered: int = 0
    good: int = 0
    dropped: int = 0

    @property
    def left(self) -> int:
        return self.ordered - self.good - self.dropped


@dataclass
class Line:
    """A set: which file, and how often in each pass."""

    id: int
    path: str
    each: int


@dataclass
class Card:
    """A job. to_come: for this pass and each later one, the copies left by set; an
    endless job shows one pass at a time."""

    id: int
    lines: list[Line]
    to_come: list[dict[int, int]] = field(default_factory=list)
    done: int = 0
    endless: bool = False
    draft: bool = False
    hold: bool = False
    pinned: bool = False

    def line(self, set_id: int) -> Line:
        for line in self.lines:
            if line.id == set_id:
                return line
        raise Refused

    def holds(self, set_id: int | None) -> bool:
        return any(line.id == set_id for line in self.lines)

    @property
    def wants(self) -> Line | None:
        """The set that is next in this pass."""
        if not self.to_come:
            return None
        return next((x for x in self.lines if self.to_come[0].get(x.id)), None)


@dataclass
class Ledger:
    cards: list[Card] = field(default_factory=list)
    trash: dict[int, Card] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)
    in_printer: int | None = None  # the set whose copy is being made
    last_job: int = 0
    last_set: int = 0

    # -- what is shown, what is next --------------------------------------------

    @property
    def next(self) -> tuple[Card, Line] | None:
        """The copy that everybody expects to be printed next."""
        in_front = sorted(self.cards, key=lambda card: not card.pinned)
        for card in in_front:
            line = None if card.draft or card.hold else card.wants
            if line is not None:
                return card, line
        return None

    # -- what the printer did ---------------------------------------------------

    def came_out_well(self) -> None:
        """A good copy, wherever edits have put its set meanwhile."""
        assert self.in_printer is not None
        set_id, self.in_printer = self.in_printer, None
        tally = self.tallies[set_id]
        tally.good += 1
        for card in (*self.cards, *self.trash.values()):
            if card.holds(set_id):
                card.to_come[0][set_id] -= 1
                self._turn_page(card)
                return
        tally.dropped -= 1  # its set was taken away, but this one copy was made

    def came_to_nothing(self) -> None:
        """Failed, cancelled, refused, or nobody can know."""
        self.in_printer = None

    # -- edits --------------------------------------------------------------------

    def edit(self, edit: Edit) -> None:
        """Raises Refused, and then nothing may change."""
        EDITS[type(edit)](self, edit)

    def add_jobs(self, edit: AddJobs) -> None:
        for new in edit.jobs:
            self.last_job += 1
            lines = [self._new_line(one) for one in new.sets]
            card = Card(self.last_job, lines, draft=new.draft, hold=new.hold)
            card.endless = new.count < 0
            self.cards.append(card)
            self._order_passes(card, max(new.count, 1))

    def remove_jobs(self, edit: RemoveJobs) -> None:
        gone = [self._card(job_id) for job_id in edit.job_ids]
        for card in gone:
            self.cards.remove(card)
            self.trash[card.id] = card

    def restore_jobs(self, edit: RestoreJobs) -> None:
        if any(job.id not in self.trash for job in edit.jobs):
            raise Refused
        for job in edit.jobs:
            card = self.trash.pop(job.id)
            card.pinned = False
            self.cards.append(card)

    def move_job(self, edit: MoveJob) -> None:
        card = self._card(edit.job_id)
        if edit.after_id != edit.job_id:
            where = None if edit.after_id is None else self._card(edit.after_id)
            self.cards.remove(card)
            place = 0 if where is None else self.cards.index(where) + 1
            self.cards.insert(place, card)

    def print_next(self, edit: PrintNext) -> None:
        card = self._card(edit.job_id)
        if card.draft or card.hold or card.wants is None:
            raise Refused
        for other in self.cards:
            other.pinned = other is card
        self.cards.remove(card)
        self.cards.insert(0, card)

    def copy_job(self, edit: CopyJob) -> None:
        old = self._card(edit.job_id)
        passes = 1 if old.endless else old.done + len(old.to_come)
        self.last_job += 1
        lines = [self._new_line(NewSet(one.path, one.each)) for one in old.lines]
        card = Card(self.last_job, lines, endless=old.endless)
        card.draft, card.hold = old.draft, old.hold
        self.cards.insert(self.cards.index(old) + 1, card)
        self._order_passes(card, passes)

    def edit_job(self, edit: EditJob) -> None:
        card = self._card(edit.job_id)
        card.draft = card.draft if edit.draft is None else edit.draft
        card.hold = card.hold if edit.hold is None else edit.hold
        if edit.count is not None and edit.remaining is not None:
            assert edit.count >= edit.remaining
            card.done = edit.count - edit.remaining
            self._set_passes(card, edit.remaining)
        elif edit.count == -1:
            self._set_passes(card, 1)
            card.endless = True
        elif edit.count is not None:
            self._set_passes(card, max(edit.count - card.done, 0))
        elif edit.remaining == 0 or (edit.remaining and not card.endless):
            self._set_passes(card, edit.remaining)

    def reset_jobs(self, edit: ResetJobs) -> None:
        for card in [self._card(job_id) for job_id in edit.job_ids]:
            passes = 1 if card.endless else card.done + len(card.to_come)
            self._drop_passes(card, 0)
            card.done = 0
            self._order_passes(card, passes)
            mine = self.in_printer
            if mine is not None and card.holds(mine) and not card.to_come[0][mine]:
                self._more(card, 0, mine, 1)

    def add_set(self, edit: AddSet) -> None:
        card = self._card(edit.job_id)
        line = self._new_line(edit.new)
        if line.each:
            self._reopen(card)
        card.lines.append(line)
        for index in range(len(card.to_come)):
            self._more(card, index, line.id, line.each)

    def remove_set(self, edit: RemoveSet) -> None:
        card = self._card(edit.job_id)
        line = card.line(edit.set_id)
        self._cut_out(card, line)

    def move_set(self, edit: MoveSet) -> None:
        card, target = self._card(edit.job_id), self._card(edit.to_job_id)
        line = card.line(edit.set_id)
        if edit.after_id == edit.set_id:
            raise Refused
        behind = None if edit.after_id is None else target.line(edit.after_id)
        if card is target:
            card.lines.remove(line)
        else:
            now = card.to_come[0].get(line.id, 0) if card.to_come else 0
            self._cut_out(card, line)
            if now:
                self._reopen(target)
            for index in range(len(target.to_come)):
                self._more(target, index, line.id, line.each if index else now)
        place = 0 if behind is None else target.lines.index(behind) + 1
        target.lines.insert(place, line)
        self._turn_page_after_edit(target)

    def edit_set(self, edit: EditSet) -> None:
        card = self._card(edit.job_id)
        line = card.line(edit.set_id)
        line.path = line.path if edit.path is None else edit.path
        now = card.to_come[0][line.id] if card.to_come else 0
        wish, old = now, line.each
        if edit.count is not None:
            wish, line.each = now + edit.count - old, edit.count
        if edit.remaining is not None:
            wish = edit.remaining
        wish = max(wish, int(line.id == self.in_printer))
        if wish > now:
            self._reopen(card)
        for index in range(len(card.to_come)):
            more = wish - now if index == 0 else line.each - old
            self._more(card, index, line.id, more)
        self._turn_page_after_edit(card)

    def skip_set(self, edit: SkipSet) -> None:
        card = self._card(edit.job_id)
        line = card.line(edit.set_id)
        if card.to_come:
            keep = int(line.id == self.in_printer)
            left = card.to_come[0][line.id]
            self._more(card, 0, line.id, min(keep - left, 0))
            self._turn_page_after_edit(card)

    def follow_file(self, edit: FollowFile) -> None:
        folder = edit.old + "/"
        for line in (line for card in self.cards for line in card.lines):
            if line.path == edit.old:
                line.path = edit.new
            elif edit.is_folder and line.path.startswith(folder):
                line.path = line.path.replace(edit.old, edit.new, 1)

    # -- small steps --------------------------------------------------------------

    def _card(self, job_id: int) -> Card:
        for card in self.cards:
            if card.id == job_id:
                return card
        raise Refused

    def _new_line(self, new: NewSet) -> Line:
        self.last_set += 1
        self.tallies[self.last_set] = Tally()
        return Line(self.last_set, new.path, new.count)

    def _more(self, card: Card, index: int, set_id: int, copies: int) -> None:
        """Order some copies in one pass, or drop some."""
        one = card.to_come[index]
        one[set_id] = one.get(set_id, 0) + copies
        assert one[set_id] >= 0
        self.tallies[set_id].ordered += max(copies, 0)
        self.tallies[set_id].dropped += max(-copies, 0)

    def _order_passes(self, card: Card, passes: int) -> None:
        for _ in range(passes):
            card.to_come.append({})
            for line in card.lines:
                self._more(card, -1, line.id, line.each)

    def _drop_passes(self, card: Card, keep: int) -> None:
        for one in card.to_come[keep:]:
            for set_id, copies in one.items():
                self.tallies[set_id].dropped += copies
        del card.to_come[keep:]

    def _set_passes(self, card: Card, wanted: int) -> None:
        """The pass whose copy is in the printer goes on."""
        card.endless = False
        wanted = max(wanted, int(card.holds(self.in_printer)))
        self._drop_passes(card, wanted)
        self._order_passes(card, wanted - len(card.to_come))
        card.pinned = card.pinned and wanted > 0

    def _reopen(self, card: Card) -> None:
        """A pass for copies that are added to a job which has none to come."""
        if not card.to_come:
            card.to_come.append({line.id: 0 for line in card.lines})
            card.done = max(card.done - 1, 0)

    def _cut_out(self, card: Card, line: Line) -> None:
        for one in card.to_come:
            self.tallies[line.id].dropped += one.pop(line.id, 0)
        card.lines.remove(line)
        self._turn_page_after_edit(card)

    def _turn_page_after_edit(self, card: Card) -> None:
        if any(line.each for line in card.lines):
            self._turn_page(card)

    def _turn_page(self, card: Card) -> None:
        if not card.to_come or any(card.to_come[0].values()):
            return
        del card.to_come[0]
        card.done += 1
        if card.endless:
            self._order_passes(card, 1)
        card.pinned = card.pinned and bool(card.to_come)


EDITS: dict[type, Callable[[Ledger, Any], None]] = {
    AddJobs: Ledger.add_jobs,
    RemoveJobs: Ledger.remove_jobs,
    RestoreJobs: Ledger.restore_jobs,
    MoveJob: Ledger.move_job,
    PrintNext: Ledger.print_next,
    CopyJob: Ledger.copy_job,
    EditJob: Ledger.edit_job,
    ResetJobs: Ledger.reset_jobs,
    AddSet: Ledger.add_set,
    RemoveSet: Ledger.remove_set,
    MoveSet: Ledger.move_set,
    EditSet: Ledger.edit_set,
    SkipSet: Ledger.skip_set,
    FollowFile: Ledger.follow_file,
}
