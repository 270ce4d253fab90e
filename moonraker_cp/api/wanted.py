"""What the native calls take, and the longer words about them on the API page."""

from __future__ import annotations

from ..core.failures import OnTrouble
from ..core.job_edits import MAX_JOBS, MAX_NOTE, MAX_PRIORITY
from ..core.model import ENDLESS, MAX_COPIES, BedState
from ..core.questions import Answer
from ..core.set_edits import MAX_RELEASE, MAX_RETRIES
from .params import (
    Batch,
    Boolean,
    Choice,
    Integer,
    Line,
    Listing,
    Number,
    Param,
    Params,
    Record,
    Rolls,
    Text,
    Texts,
)

MAX_RUNS = 500
"""The most runs that one call lists."""

MAX_BATCH = 1000
"""The most jobs that one call adds, and sets that one job is made of."""

PRIORITY = Integer(-MAX_PRIORITY, MAX_PRIORITY)
DUE = Number(0, 253_402_300_799.0)
"""Until the end of the year 9999, where calendars end."""

REVISION = Param(
    "revision",
    Integer(0),
    "The queue's, as you saw it: 409 when what you change has changed since.",
    nullable=True,
)
PAGE = (
    Param("since", Integer(0), "Only jobs that changed after it.", nullable=True),
    Param("offset", Integer(0), "How many to leave out.", default=0),
    Param("limit", Integer(1, MAX_JOBS), "The most.", nullable=True),
)
_PATH = "A G-code file, relative to the gcodes folder."
_COPIES = Integer(0, MAX_COPIES)
_PASSES = "Copies of that file; with sets, passes, where -1 is without end."
_MATERIALS = (
    Param("materials", Texts(nulls=True), "What it needs, by tool.", default=()),
    Param("profiles", Texts(), "The kinds of printer it is for.", default=()),
)
SET = (
    Param("path", Text(), _PATH, required=True),
    Param("count", _COPIES, "Copies in each pass.", default=1),
    *_MATERIALS,
)
OWN: Params = (
    Param(
        "release_temperature",
        Number(0, MAX_RELEASE),
        "°C at which its parts let go, 0: they need not cool; null: as the options"
        " say.",
        nullable=True,
    ),
    Param(
        "on_failure",
        Choice(tuple(one.value for one in OnTrouble)),
        "What follows a failure; null: as the options say.",
        nullable=True,
    ),
    Param(
        "retries",
        Integer(0, MAX_RETRIES),
        "Extra attempts at a copy; null: as the options say.",
        nullable=True,
    ),
    Param("spools", Rolls(), "Spoolman's ids that it needs, by tool; null: any."),
)
"""What CPQ's sets do not have."""

NEW_SET = (*SET, *OWN)
_SETS = Listing(
    Record("NewSet", NEW_SET, "A set must be an object with path."), MAX_BATCH, "sets"
)
JOB = (
    Param("path", Text(), f"{_PATH} For a job of one set."),
    Param("count", Integer(ENDLESS, MAX_COPIES), _PASSES, default=1),
    *_MATERIALS,
    *OWN,
    Param("sets", _SETS, "The files of the job, in their order.", nullable=True),
    Param("name", Line(), "Empty: the job is named by its number.", default=""),
    Param("draft", Boolean(), "Wait until it is released.", default=False),
    Param("hold", Boolean(), "Pass it over until it is released.", default=False),
    Param("priority", PRIORITY, "Higher goes first, by that strategy.", default=0),
    Param("due", DUE, "When it should be done.", default=None, nullable=True),
    Param("note", Text(MAX_NOTE), "For people.", default=""),
)
JOBS = Batch(
    Record("NewJob", JOB, "A job must be an object with path or sets."),
    MAX_BATCH,
    "jobs",
)

CLEAR = BedState.CLEAR.value
BED = Choice((CLEAR, BedState.OCCUPIED.value))
ANSWERS = Choice(tuple(one.value for one in Answer))
IDS = "Ids, also as a text with commas."

STATE_PROSE = """\
`question` is what a person is asked while the queue is blocked or waits for material;
its answers go to [`answer`](#post-servercontinuousprintanswer). `phase` and the other
words are in the [glossary](glossary.md). `reason` is there while the queue is blocked,
and while a print is under way of which somebody says that it fails: `code` is for
programs, `text` and `advice` for people; `needs_start` says that the bed's answer alone
does not go on. Codes: `bed_occupied`, `print_failed`, `print_cancelled`,
`print_aborted`, `foreign_print`, `restarted`, `finished_while_away`, `printer_lost`,
`waiting_for_klipper`, `klipper_not_ready`, `start_refused`, `script_failed`,
`script_in_doubt`, `cooling_timed_out`, `not_cleared`, `bed_not_verified`,
`printer_in_doubt`, `failure_reported`, `plate_stack`, `maintenance`, `powering`,
`internal_error`, `tables_unusable`.

`waits_for` says at any time what the queue waits for, and `until` when that ends by
itself, as with the codes `start_time` and `quiet_hours`. An idle queue may also wait
for `awaiting_material` and `timelapse`.

A detector that watches the camera looks at `phase`: what it sees matters while that is
`printing`. In any other phase a hand or a script may be in the picture.
"""
LIST_PROSE = """\
A client that knows the queue at some revision asks with `since`: it gets the jobs that
changed after it, and `ids` of all jobs in their order, which tells what was removed or
moved. `total` counts the jobs that there are to page through.
"""
REMOVE_PROSE = """\
The copy in the printer goes on, and its run is kept. Removed jobs can be
[brought back](#post-servercontinuousprintremovedrestore) until they are purged.
"""
ADD_PROSE = """\
A job is one file by `path`, ready to print unless `draft` is true; or several sets,
where `count` is the number of passes:

    {"name": "Boxes", "count": 5, "sets": [{"path": "box.gcode"},
                                            {"path": "lid.gcode", "count": 2}]}

or up to 1000 jobs at once: `{"jobs": [{…}, {…}]}`. Answers with the new jobs.
"""
ANSWER_PROSE = """\
With an id that is not asked any more, 409 and nothing changes. A question gets a new id
whenever its words, the bed or the next file change.

| answer | means |
|---|---|
| `bed_clear` | the bed is clear, go on (it is a Start too) |
| `print_again` | the same, but the copy that was on it is bad and is printed again |
| `run_clearing` | run the clearing script, then go on |
| `start` | go on; offered when the bed is clear already |
| `run_script` | nobody knows whether a script ran through: run it again, then go on |
| `print_anyway` | print this one copy with what is loaded |
| `not_yet` | nothing changes; the dialogs of this question close |
| `skip` | drop the copies left, in this pass, of the set that would be next |
| `stop` | stop management |
"""
