"""What can happen, in the past tense. Each is handled once, in order.

People and clients send the first group, the printer's adapter the second, and
finished actions the third; those carry the ticket of their action.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Union

from .edits import Edit
from .model import Outcome
from .printer import Look


@dataclass(frozen=True)
class Activated:
    """A person or client said Start. bed_clear: and that the bed is clear. at: no
    print is to start earlier, in seconds since the epoch. by_program: perhaps nobody
    has looked at the printer, so it is never taken for a word about the bed."""

    user: str
    bed_clear: bool = False
    at: float | None = None
    by_program: bool = False


@dataclass(frozen=True)
class Deactivated:
    user: str


@dataclass(frozen=True)
class BedSaid:
    """A person's word about the bed."""

    clear: bool
    user: str


@dataclass(frozen=True)
class ClearingAsked:
    """A person answered the bed question with "run bed clearing"."""

    user: str


@dataclass(frozen=True)
class Answered:
    """A person's answer to the question with that number (see `questions`)."""

    question: int
    answer: str
    user: str


@dataclass(frozen=True)
class ScriptAsked:
    """A person answered that a hook's scripts, of which nobody knows whether they ran
    through, are to run again."""

    user: str


@dataclass(frozen=True)
class CopyRecalled:
    """A person says that the newest copy, which was counted, is bad after all."""

    user: str
    reason: str = ""


@dataclass(frozen=True)
class PrintAnyway:
    """A person says that the next copy is to be printed with what is loaded."""

    user: str


@dataclass(frozen=True)
class FailureReported:
    """Somebody who watches the print says that it fails: a detector, or a person.

    pauses: whoever says so pauses it, too.
    """

    text: str
    user: str
    pauses: bool = False


@dataclass(frozen=True)
class SkipAsked:
    """Drop what is left, in this pass, of the set that prints or is next."""

    user: str


@dataclass(frozen=True)
class Edited:
    """revision: of the queue as the sender saw it; None: whatever it is now."""

    edit: Edit
    user: str
    revision: int | None = None


@dataclass(frozen=True)
class PrinterSeen:
    """The first look after Moonraker or Klipper came back."""

    look: Look


class Loss(str, Enum):
    SHUTDOWN = "shutdown"  # Klipper is there, but stopped: a print is over
    DISCONNECT = "disconnect"  # no connection: a print may go on


@dataclass(frozen=True)
class PrinterLost:
    """restarted: Moonraker itself was away, so that more is in doubt."""

    kind: Loss
    message: str
    restarted: bool = False


@dataclass(frozen=True)
class PrintStarted:
    look: Look


@dataclass(frozen=True)
class PrintPaused:
    look: Look


@dataclass(frozen=True)
class PrintResumed:
    look: Look


@dataclass(frozen=True)
class PrintEnded:
    look: Look
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class HistoryLinked:
    """Moonraker's history has begun a record of a print; began: when, wall clock."""

    history_id: str
    path: str
    began: float


@dataclass(frozen=True)
class PrinterCalmed:
    """The printer stopped moving and runs no script."""

    look: Look


class Answer(str, Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # Klipper said no: nothing was started
    NOT_SENT = "not_sent"  # held back by ourselves: it never reached Klipper
    UNKNOWN = "unknown"  # the connection dropped before the answer


@dataclass(frozen=True)
class StartAnswered:
    ticket: int
    answer: Answer
    message: str = ""


@dataclass(frozen=True)
class ScriptEnded:
    """A script's end: error is Klipper's words, None when it ran through. ran: False
    when the conditions of all of a hook's scripts said no."""

    ticket: int
    error: str | None = None
    ran: bool = True


@dataclass(frozen=True)
class BedVerified:
    """What was asked says whether the bed is clear; text, picture: to be shown."""

    ticket: int
    clear: bool
    text: str = ""
    picture: str = ""


@dataclass(frozen=True)
class BedCooled:
    ticket: int
    temperature: float


@dataclass(frozen=True)
class CoolingExpired:
    """The time limit passed; temperature is None when it is not known."""

    ticket: int
    temperature: float | None


@dataclass(frozen=True)
class WaitMayEnd:
    """Something that a wait depends on has changed: the hour, the spools, a render."""


@dataclass(frozen=True)
class PowerOffDue:
    """The queue is done and the printer has cooled."""


@dataclass(frozen=True)
class VideoMade:
    """A time-lapse of a print. name: the file's, without its folder; video: a path
    below the timelapse root; began: when rendering did, in seconds since the epoch."""

    name: str
    video: str
    began: float


@dataclass(frozen=True)
class BugFound:
    """Our own code raised: nothing is done until a person has looked.

    in_request: only a request was lost by it, nothing that the printer did.
    """

    text: str
    in_request: bool = False


Event = Union[
    Activated,
    Deactivated,
    BedSaid,
    ClearingAsked,
    Answered,
    ScriptAsked,
    CopyRecalled,
    PrintAnyway,
    FailureReported,
    SkipAsked,
    Edited,
    PrinterSeen,
    PrinterLost,
    PrintStarted,
    PrintPaused,
    PrintResumed,
    PrintEnded,
    PrinterCalmed,
    HistoryLinked,
    StartAnswered,
    ScriptEnded,
    BedVerified,
    BedCooled,
    CoolingExpired,
    WaitMayEnd,
    PowerOffDue,
    VideoMade,
    BugFound,
]
