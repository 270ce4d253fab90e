"""The JSON Schema of every answer, each shape once, as payloads.py makes them.

A `Named` schema is one that others point to; `ref` is how. In the OpenAPI document it
stands once, under its name. Records allow no field that is not declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..core import conditions, model, outlook, questions
from ..core.failures import OnTrouble
from ..core.hooks import Hook

Schema = dict[str, Any]


@dataclass(frozen=True)
class Named:
    name: str
    schema: Schema = field(hash=False)
    note: str = ""

    @property
    def ref(self) -> Schema:
        return {"$ref": self}


def optional(schema: Schema) -> Schema:
    """That, or null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def listing(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def words(kind: type[Enum], note: str = "") -> Schema:
    return _noted({"type": "string", "enum": [one.value for one in kind]}, note)


def text(note: str = "") -> Schema:
    return _noted({"type": "string"}, note)


def whole(note: str = "", least: int | None = 0) -> Schema:
    bound = {} if least is None else {"minimum": least}
    return _noted({"type": "integer", **bound}, note)


def number(note: str = "") -> Schema:
    return _noted({"type": "number"}, note)


def truth(note: str = "") -> Schema:
    return _noted({"type": "boolean"}, note)


def time(note: str = "") -> Schema:
    words = f"{note}, in" if note else "In"
    return _noted({"type": "number"}, f"{words} seconds since the epoch.")


def record(fields: Schema, sometimes: Schema | None = None) -> Schema:
    """An object with all of those fields, and sometimes these."""
    return {
        "type": "object",
        "properties": {**fields, **(sometimes or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


def _noted(schema: Schema, note: str) -> Schema:
    return {**schema, "description": note} if note else schema


STALE: Schema = {
    **record(
        {
            "revision": whole("The queue's now."),
            "job_ids": listing(whole()),
            "order": truth("Jobs changed places."),
        }
    ),
    "description": "Of a change made from an old picture: what to look at again.",
}

ERROR = Named(
    "Error",
    record(
        {
            "error": record(
                {
                    "code": whole("The HTTP status, once more."),
                    "message": text("What is wrong and what to do, in one sentence."),
                },
                sometimes={"details": STALE},
            )
        }
    ),
)

# -- native ------------------------------------------------------------------

SHARED_SET: Schema = {
    "id": whole(),
    "path": text("Relative to the gcodes folder."),
    "count": whole("Copies in each pass."),
    "remaining": whole("Copies left in this pass."),
    "completed": whole("Good copies so far in this pass."),
    "metadata": optional(text("Kept for the program that sent it.")),
    "materials": listing(optional(text())),
    "profiles": listing(text()),
}
SET = Named(
    "Set",
    record(
        {
            **SHARED_SET,
            "release_temperature": optional(
                number("°C at which its parts let go; null: as the options say.")
            ),
            "on_failure": _noted(
                optional(words(OnTrouble)),
                "What follows a failure; null: as the options say.",
            ),
            "retries": optional(
                whole("Extra attempts at a copy; null: as the options say.")
            ),
            "spools": listing(optional(whole("Spoolman's id; null: any.", least=1))),
        }
    ),
    "One file of a job with its copies.",
)

JOB = Named(
    "Job",
    record(
        {
            "id": whole(),
            "name": text(),
            "count": whole("Passes; -1: without end.", least=model.ENDLESS),
            "remaining": whole("Passes left; this one is among them."),
            "passes_done": whole(),
            "draft": truth("Being edited, so not printed."),
            "hold": truth("Passed over until it is released."),
            "pinned": truth("Goes before all others, until its passes are done."),
            "priority": whole(least=None),
            "due": optional(time("When it should be finished")),
            "note": text(),
            "created": time(),
            "owner": text("Who added it; empty when not known."),
            "revision": whole("The queue's, when anything of this job changed last."),
            "copies_left": optional(
                whole("Copies still to print, over all passes; null: without end.")
            ),
            "sets": listing(SET.ref),
        }
    ),
    "Ordered sets, printed in a number of passes.",
)

RUN = Named(
    "Run",
    record(
        {
            "id": whole(),
            "job_id": whole(),
            "set_id": whole(),
            "job_name": text(),
            "path": text(),
            "pass": whole("Index of the job's pass, from 0."),
            "user": text(),
            "opened": time("When the start was decided"),
            "started": optional(time()),
            "ended": optional(time()),
            "outcome": optional(words(model.Outcome)),
            "reason": text("Why it did not end well; empty when it did."),
            "counted": truth("It made one of the copies asked for."),
            "print_duration": number("Seconds without pauses."),
            "total_duration": number("Seconds with pauses."),
            "filament_used": number("In mm."),
        }
    ),
    "One attempt at one file.",
)

REASON = Named(
    "Reason",
    record(
        {
            "code": text("For programs."),
            "text": text("What happened, for people."),
            "advice": text("What to do, for people."),
            "since": time(),
            "needs_start": truth("The bed's answer alone does not go on."),
            "picture": optional(text("The address of one that shows what is meant.")),
        }
    ),
    "Why the queue is blocked.",
)

QUESTION = Named(
    "Question",
    record(
        {
            "id": whole("Names the question in `answer`."),
            "next": optional(text("The file that would be next.")),
            "answers": listing(
                record({"answer": words(questions.Answer), "label": text()})
            ),
        }
    ),
    "What a person is asked, while the queue is blocked or waits for material.",
)

BED = Named(
    "Bed",
    record(
        {
            "state": words(model.BedState),
            "cause": words(model.BedCause, "Who or what made it so."),
            "since": time(),
            "by": text(),
        }
    ),
)

WAITS_FOR = Named(
    "WaitsFor",
    record(
        {
            "code": text("For programs."),
            "text": text("For people."),
            "advice": text("What a person can do about it; may be empty."),
            "since": optional(time()),
            "until": optional(time("When it ends by itself; null: nobody knows")),
        }
    ),
)

STEP = Named(
    "Step",
    record(
        {
            "what": words(outlook.What),
            "path": optional(text("Of the print that ends or starts.")),
            "job_id": optional(whole()),
            "expected": optional(time("When")),
        }
    ),
    "What happens next; the list ends with the next print that starts.",
)

PASSED_OVER = Named(
    "PassedOver",
    record({"job_id": whole(), "code": words(conditions.Obstacle), "why": text()}),
)

REVISION = whole("One more after every change.")
_COOLING: Schema = record(
    {
        "target": number("The bed is cold at this or less, in °C."),
        "temperature": optional(number("Of the bed, at this moment.")),
        "since": time(),
        "limit_at": time("When the queue waits no longer"),
        "expected": optional(time("When the bed is cold; null: not known")),
    }
)
_SERVICE: Schema = record(
    {"prints": whole("Good or bad."), "printing_seconds": number("Without pauses.")}
)

SUMMARY: Schema = {
    "revision": REVISION,
    "active": truth("A person told the queue to manage the printer."),
    "active_by": text(),
    "phase": words(model.Phase),
    "phase_since": time(),
    "status": text("One line for people."),
    "status_type": {"type": "string", "enum": ["NORMAL", "NEEDS_ACTION", "ERROR"]},
    "reason": optional(REASON.ref),
    "question": optional(QUESTION.ref),
    "bed": BED.ref,
    "run": optional({**RUN.ref, "description": "The run that is under way."}),
    "cooling": optional({**_COOLING, "description": "While the bed cools."}),
    "hook": _noted(
        optional(words(Hook)), "Whose scripts run, or may not have run through."
    ),
    "not_before": optional(time("No print begins earlier")),
    "service": {**_SERVICE, "description": "Since somebody looked after the printer."},
    "drafts": whole("How many jobs are drafts."),
    "waits_for": {**WAITS_FOR.ref, "description": "Why nothing prints, or what does."},
    "next": listing(STEP.ref),
    "chosen": optional(text("Why the next job is the next.")),
    "passed_over": {
        **listing(PASSED_OVER.ref),
        "description": "Why the first 50 jobs before the next one are not the next.",
    },
}

STATE = Named(
    "State", record({**SUMMARY, "jobs": listing(JOB.ref)}), "Everything visible."
)

CHANGED = Named(
    "Changed",
    record(
        {
            **SUMMARY,
            "jobs": optional(listing(JOB.ref)),
            "removed": listing(whole()),
        },
        sometimes={"order": listing(whole())},
    ),
    "The payload of `notify_continuousprint_changed`: the state with those jobs alone"
    " that changed. jobs: null when more than 50 did; ask for them. order: all ids,"
    " when jobs were moved.",
)

JOBS = Named("Jobs", record({"revision": REVISION, "jobs": listing(JOB.ref)}))
LISTED = Named(
    "Listed",
    record(
        {
            "revision": REVISION,
            "jobs": listing(JOB.ref),
            "total": whole("How many there are to page through."),
        },
        sometimes={"ids": listing(whole())},
    ),
    "ids: of all jobs in order, when asked with since.",
)
REMOVED = Named("Removed", record({"revision": REVISION, "removed": listing(whole())}))
RUNS = Named("Runs", record({"runs": listing(RUN.ref)}), "Newest first.")
VALUES = Named(
    "Values", {"type": "object"}, "What another program left; any JSON object."
)
MOONRAKER_ERROR = Named(
    "MoonrakerError",
    record(
        {"error": record({"code": whole(), "message": text(), "traceback": text()})}
    ),
    "What Moonraker itself says, for instance where this component is not loaded.",
)
DOCUMENT = Named("OpenApi", {"type": "object"}, "An OpenAPI 3.1 document.")
