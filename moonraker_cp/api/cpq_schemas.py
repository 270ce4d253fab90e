"""The JSON Schema of CPQ's answers, as cpq_payloads.py makes them."""

from __future__ import annotations

from .schemas import (
    SHARED_SET,
    SUMMARY,
    Named,
    Schema,
    listing,
    optional,
    record,
    text,
    truth,
    whole,
)

_FLAT = record(
    {
        "name": text("The file's name without its folder."),
        "path": text(),
        "sd": truth("Always false."),
        "job": text(),
        "run": whole("Index of the job's pass, from 0."),
        "start_ts": optional(whole("In seconds since the epoch.")),
        "end_ts": optional(whole("In seconds since the epoch.")),
        "result": {"enum": ["success", "failure", "aborted", None]},
        "retries": whole("Always 0."),
    }
)

_V1: Schema = {
    "active": truth(),
    "status": text("One line for people."),
    "queue": listing(_FLAT),
    "queue_left_out": optional(
        whole("How many prints to come the list does not show; null: without end.")
    ),
}

SET = Named(
    "CpqSet",
    record(
        {
            **SHARED_SET,
            "sd": truth("Always false."),
            "rank": whole("Its place in the job, from 0."),
        }
    ),
)

JOB = Named(
    "CpqJob",
    record(
        {
            "id": whole(),
            "queue": text(),
            "name": text(),
            "count": whole(),
            "remaining": whole(),
            "draft": truth(),
            "acquired": truth("One of its copies is in the printer."),
            "created": whole("In seconds since the epoch."),
            "sets": listing(SET.ref),
        }
    ),
)

_QUEUE = record(
    {
        "name": text(),
        "strategy": text(),
        "addr": optional(text()),
        "active_set": optional(whole("The set that prints.")),
        "rank": whole(),
        "peers": {"type": "array"},
        "jobs": listing(JOB.ref),
    }
)

_V2: Schema = {
    "active": truth(),
    "status": text("One line for people."),
    "statusType": SUMMARY["status_type"],
    "profile": text(),
    "queues": listing(_QUEUE),
}

V1 = Named("CpqState1", record(_V1), "The flat queue of CPQ 1.x.")
V2 = Named("CpqState2", record(_V2), "The queues of CPQ 2.x.")
BOTH = Named("CpqState", record({**_V1, **_V2}), "Both state objects in one.")
ADDED = Named("CpqAdded", record({"job_id": whole(), "set_": SET.ref}))
OK = Named("CpqOk", {"const": "OK"})
