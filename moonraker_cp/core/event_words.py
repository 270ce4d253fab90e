"""What happened and what is sent, in words that a person reads. Pure.

The words name files, jobs and people. Values that a program has sent for its own use,
notes and scripts are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from . import decisions as d
from . import edits as e
from . import events as ev
from .printer import Look
from .set_edits import Keep

LONGEST = 300
"""Characters of one text; Klipper's words may be pages long."""

MOST_NAMED = 5
"""The most jobs or files that one sentence names."""


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text as one line of characters that print, and not too long."""
    line = " ".join(text[: 4 * longest].split())
    if not line.isprintable():
        line = "".join(char if char.isprintable() else "�" for char in line)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def ended(sentence: str) -> str:
    return sentence if sentence[-1:] in (".", "!", "?", "…", "") else f"{sentence}."


def some(names: Iterable[object]) -> str:
    """The first few of them, and how many more there are."""
    listed = [str(name) for name in names]
    shown = ", ".join(listed[:MOST_NAMED])
    more = len(listed) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def who(user: str) -> str:
    return user or "Somebody"


def _file(look: Look) -> str:
    return look.filename or "a file without a name"


def _words(text: str | None) -> str:
    return f": {text}" if text else "."


def _job(job_id: int, did: str) -> str:
    return f"{did} job {job_id}"


# -- edits: what somebody did, to be put behind a name --------------------------------

_EDITS: Mapping[type, Callable[[Any], str]] = {
    e.AddJobs: lambda a: (
        f"added {len(a.jobs)} job{'s' * (len(a.jobs) != 1)}:"
        f" {some(one.path for job in a.jobs[: MOST_NAMED + 1] for one in job.sets)}"
    ),
    e.RemoveJobs: lambda a: f"removed the jobs {some(sorted(a.job_ids))}",
    e.RestoreJobs: lambda a: f"brought back the jobs {some(j.id for j in a.jobs)}",
    e.MoveJob: lambda a: (
        f"moved job {a.job_id} "
        + ("to the front" if a.after_id is None else f"behind job {a.after_id}")
    ),
    e.PrintNext: lambda a: f"put job {a.job_id} next",
    e.CopyJob: lambda a: _job(a.job_id, "copied"),
    e.EditJob: lambda a: f"changed job {a.job_id} ({_changed(a, 'job_id')})",
    e.ResetJobs: lambda a: f"reset the jobs {some(sorted(a.job_ids))}",
    e.AddSet: lambda a: f"added {a.new.path} to job {a.job_id}",
    e.RemoveSet: lambda a: f"removed set {a.set_id} of job {a.job_id}",
    e.MoveSet: lambda a: f"moved set {a.set_id} of job {a.job_id} to {a.to_job_id}",
    e.EditSet: lambda a: (
        f"changed set {a.set_id} of job {a.job_id} ({_changed(a, 'job_id', 'set_id')})"
    ),
    e.SkipSet: lambda a: f"skipped set {a.set_id} of job {a.job_id}",
    e.PrintAgain: lambda a: f"wants another copy of set {a.set_id}",
    e.FollowFile: lambda a: f"renamed {a.old} to {a.new}",
    e.RewriteJob: lambda a: f"rewrote job {a.job.job_id} with {len(a.sets)} sets",
    e.Arrange: lambda a: f"arranged a panel's rows: {some(a.names)}",
    e.DropRows: lambda a: f"dropped {len(a.ids)} rows of a panel",
    e.DropAllRows: lambda _: "dropped all rows of a panel",
    e.RowFirst: lambda _: "put a panel's row first",
}


def _changed(edit: Any, *ids: str) -> str:
    """The names of the fields that it sets; their values may be notes."""
    given = (
        name
        for name, value in vars(edit).items()
        if name not in ids and value is not None and not isinstance(value, Keep)
    )
    return ", ".join(given) or "nothing"


def _edited(event: ev.Edited) -> str:
    if isinstance(event.edit, e.LookAgain):
        return "More became known of the queued files."
    return f"{who(event.user)} {_EDITS[type(event.edit)](event.edit)}."


# -- events ---------------------------------------------------------------------------


def _activated(event: ev.Activated) -> str:
    words = "said Start by a program" if event.by_program else "pressed Start"
    words += " and said that the bed is clear" * event.bed_clear
    return f"{who(event.user)} {words}{', for later' * (event.at is not None)}."


def _lost(event: ev.PrinterLost) -> str:
    if event.restarted:
        return "Moonraker has started: what ran before is in doubt."
    if event.kind is ev.Loss.SHUTDOWN:
        return f"Klipper has shut down{_words(event.message)}"
    return f"The connection to {event.message} was lost."


def _seen(look: Look) -> str:
    if not look.ready:
        return f"first look: Klipper is not ready{_words(look.not_ready)}"
    name = f" {look.filename}" if look.filename else ""
    return f"first look: Klipper is ready and shows {look.state.value}{name}."


def _script_ended(event: ev.ScriptEnded) -> str:
    if event.error is not None:
        return f"The action failed: {event.error}"
    return "The script ran through." if event.ran else "No script applied."


def _degrees(value: float | None) -> str:
    return "is not known" if value is None else f"is at {value:.1f} °C"


_EVENTS: Mapping[type, Callable[[Any], str]] = {
    ev.Activated: _activated,
    ev.Deactivated: lambda a: f"{who(a.user)} stopped the queue.",
    ev.BedSaid: lambda a: (
        f"{who(a.user)} said that the bed is {'clear' if a.clear else 'not clear'}."
    ),
    ev.ClearingAsked: lambda a: f"{who(a.user)} asked for the clearing script.",
    ev.Answered: lambda a: (
        f"{who(a.user)} answered question {a.question}: {a.answer.replace('_', ' ')}."
    ),
    ev.ScriptAsked: lambda a: f"{who(a.user)} asked for the script once more.",
    ev.CopyRecalled: lambda a: (
        f"{who(a.user)} said that the newest copy is bad{_words(a.reason)}"
    ),
    ev.PrintAnyway: lambda a: f"{who(a.user)} said to print with what is loaded.",
    ev.FailureReported: lambda a: (
        f"{who(a.user)} reported that the print fails{_words(a.text)}"
    ),
    ev.SkipAsked: lambda a: f"{who(a.user)} skipped what prints or is next.",
    ev.Edited: _edited,
    ev.PrinterSeen: lambda a: f"After an absence, a {_seen(a.look)}",
    ev.PrinterLost: _lost,
    ev.PrintStarted: lambda a: f"Klipper has begun to print {_file(a.look)}.",
    ev.PrintPaused: lambda a: f"{_file(a.look)} is paused.",
    ev.PrintResumed: lambda a: f"{_file(a.look)} goes on.",
    ev.PrintEnded: lambda a: (
        f"The print of {_file(a.look)} ended with {a.outcome.value}{_words(a.message)}"
    ),
    ev.PrinterCalmed: lambda _: "The printer came to rest.",
    ev.HistoryLinked: lambda a: f"Moonraker's history has a record of {a.path}.",
    ev.StartAnswered: lambda a: {
        ev.Answer.ACCEPTED: "Klipper accepted the start.",
        ev.Answer.REFUSED: f"The start was refused{_words(a.message)}",
        ev.Answer.NOT_SENT: f"The start was not sent{_words(a.message)}",
        ev.Answer.UNKNOWN: f"The start was never answered{_words(a.message)}",
    }[a.answer],
    ev.ScriptEnded: _script_ended,
    ev.BedVerified: lambda a: (
        f"The bed was verified: {'clear' if a.clear else 'not clear'}. {a.text}"
    ),
    ev.BedCooled: lambda a: f"The bed {_degrees(a.temperature)}, which is cold.",
    ev.CoolingExpired: lambda a: (
        f"The time to cool is over; the bed {_degrees(a.temperature)}."
    ),
    ev.WaitMayEnd: lambda _: "A wait may be over: the hour, a spool or a render.",
    ev.PowerOffDue: lambda _: "The printer has cooled and may be turned off.",
    ev.VideoMade: lambda a: f"A time-lapse of {a.name} was made.",
    ev.BugFound: lambda a: f"The queue met an error of its own: {a.text}",
}


def in_words(event: ev.Event) -> str:
    """One line that says what happened."""
    return ended(one_line(_EVENTS[type(event)](event)))


# -- actions --------------------------------------------------------------------------

_ACTIONS: Mapping[type, Callable[[Any], str]] = {
    d.SendStart: lambda a: f"The start of {a.path} was sent.",
    d.SendScript: lambda a: f"The script {a.kind.value} was sent.",
    d.RunHook: lambda a: (
        f"The scripts of {a.hook.value} were sent: {some(s.name for s in a.scripts)}."
    ),
    d.VerifyBed: lambda _: "It was asked whether the bed is clear.",
    d.CancelPrint: lambda _: "The print was told to cancel.",
    d.PausePrint: lambda _: "The print was told to pause.",
    d.SetPower: lambda a: f"{a.device} was told to turn {'on' if a.on else 'off'}.",
    d.WatchCooling: lambda a: (
        f"The bed has to cool to {a.below:g} °C within {a.limit:g} s."
    ),
    d.EndCooling: lambda _: "The cooling was ended.",
}


def sent(action: d.Action) -> str:
    """One line that says what was sent with a decision."""
    return one_line(_ACTIONS[type(action)](action))
