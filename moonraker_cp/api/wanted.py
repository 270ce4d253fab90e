"""What the native calls take, and the longer words about them on the API page."""

from __future__ import annotations

from ..core.job_edits import MAX_JOBS, MAX_NOTE, MAX_PRIORITY
from ..core.model import ENDLESS, MAX_COPIES, BedState
from ..core.questions import Answer
from .params import (
    Boolean,
    Choice,
    Integer,
    Line,
    Listing,
    Number,
    Param,
    Record,
    Text,
    Texts,
)

MAX_RUNS = 500
"""The most runs that one call lists."""

MAX_BATCH = 1000
"""The most jobs that one call adds, and sets that one job is made of."""

PRIORITY = Integer(-MAX_PRIORITY, MAX_PRIORITY)
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
_SETS = Listing(
    Record("NewSet", SET, "A set must be an object with path."), MAX_BATCH, "sets"
)
JOB = (
    Param("path", Text(), f"{_PATH} For a job of one set."),
    Param("count", Integer(ENDLESS, MAX_COPIES), _PASSES, default=1),
    *_MATERIALS,
    Param("sets", _SETS, "The files of the job, in their order.", nullable=True),
    Param("name", Line(), "Empty: the job is named by its number.", default=""),
    Param("draft", Boolean(), "Wait until it is released.", default=False),
    Param("hold", Boolean(), "Pass it over until it is released.", default=False),
    Param("priority", PRIORITY, "Higher goes first, by that strategy.", default=0),
    Param("due", Number(0), "When it should be done.", default=None, nullable=True),
    Param("note", Text(MAX_NOTE), "For people.", default=""),
)
JOBS = Listing(
    Record("NewJob", JOB, "A job must be an object with path or sets."),
    MAX_BATCH,
    "jobs",
)

CLEAR = BedState.CLEAR.value
START = (
    Param("active", Boolean(), "true: Start. false: stop after the print.", True),
    Param(
        "bed",
        Choice((CLEAR,)),
        "Beside active=true: the sender's word that the bed is clear.",
        nullable=True,
    ),
)
BED = Choice((CLEAR, BedState.OCCUPIED.value))
ANSWERS = Choice(tuple(one.value for one in Answer))
IDS = "Ids, also as a text with commas."

STATE_PROSE = """\
`question` is what a person is asked while the queue is blocked; its answers go to
[`answer`](#post-servercontinuousprintanswer). `phase` and the other words are in the
[glossary](glossary.md). `reason` is there while the queue is blocked: `code` is for
programs, `text` and `advice` for people; `needs_start` says that the bed's answer alone
does not go on. Codes: `bed_occupied`, `print_failed`, `print_cancelled`,
`print_aborted`, `foreign_print`, `restarted`, `finished_while_away`, `printer_lost`,
`waiting_for_klipper`, `klipper_not_ready`, `start_refused`, `script_failed`,
`cooling_timed_out`, `internal_error`.
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
| `run_clearing` | run the clearing script, then go on |
| `start` | go on; offered when the bed is clear already |
| `skip` | drop the copies left, in this pass, of the set that would be next |
| `stop` | stop management |
"""
