"""Values in which every field differs from its default."""

from __future__ import annotations

from dataclasses import MISSING, fields

from moonraker_cp.core.failures import OnTrouble
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import (
    Bed,
    BedCause,
    BedState,
    Control,
    Job,
    Outcome,
    Phase,
    Reason,
    Run,
    Set,
    Tries,
)
from moonraker_cp.core.service import Service

SETS = (
    Set(
        id=11,
        path="sub/ü 'quoted' \"name\".gcode",
        count=3,
        remaining=5,
        completed=2,
        metadata='{"hash": "x"}',
        materials=("PLA_red_#ff0000", None, "PETG_blau_#0000ff"),
        profiles=("Generic", "ä"),
        release_temperature=28.5,
        on_failure=OnTrouble.HOLD,
        retries=0,
        spools=(7, None),
    ),
    Set(id=10, path="b.g", count=0, remaining=0),
)
JOB = Job(
    id=7,
    name="Job – 'sieben'; DROP TABLE",
    count=4,
    remaining=2,
    draft=True,
    created=1_700_000_000.25,
    owner="ann",
    sets=SETS,
    passes_done=2,
    hold=True,
    pinned=True,
    priority=-3,
    due=1_700_009_000.5,
    note="for Bob; ask first",
    revision=98,
)
OPEN_RUN = Run(
    id=21,
    job_id=7,
    set_id=11,
    job_name=JOB.name,
    path=SETS[0].path,
    pass_index=2,
    user="ann",
    opened=1_700_000_100.5,
    sent_clock=1234.5678,
    before="old.gcode|60.0000",
    accepted=True,
    start_clock=1234.75,
    started=1_700_000_101.0,
)
CLOSED_RUN = Run(
    id=20,
    job_id=7,
    set_id=10,
    job_name="Job",
    path="b.g",
    pass_index=1,
    user="bob",
    opened=1_700_000_000.5,
    sent_clock=1134.5678,
    before="old.gcode|60.0000",
    accepted=True,
    start_clock=1134.75,
    started=1_700_000_001.0,
    ended=1_700_000_061.5,
    outcome=Outcome.SUCCESS,
    reason="Klipper's words",
    counted=True,
    print_duration=55.5,
    total_duration=60.25,
    filament_used=123.75,
    copy=2,
    copies=3,
    retries=1,
    estimate=50.5,
    bed_temperature=61.5,
    nozzle_temperature=210.25,
    history_id="00002A",
    video="b_20231114.mp4",
    cleared=1_700_000_099.5,
    trouble="The nozzle prints in the air",
)
CONTROL = Control(
    revision=99,
    active=True,
    active_by="ann",
    phase=Phase.BLOCKED,
    phase_since=1_700_000_102.5,
    reason=Reason("print_failed", "Es brach ab.", "Do this.", 1_700_000_103.5, True),
    bed=Bed(BedState.OCCUPIED, BedCause.OWN_BAD, 1_700_000_104.5, "run 20", 904.5),
    ticket=41,
    run_id=21,
    finish_due=True,
    last_print="b.g|60.2500",
    order_revision=97,
    loaded=("PLA_red_#ff0000", None),
    bed_run=20,
    tries=(Tries(11, 2, 3, 1), Tries(10, 0, 1, 4)),
    last_job_id=70,
    last_set_id=110,
    last_run_id=21,
    due=(Hook.PRINT_FAILED, Hook.DEACTIVATED),
    hook=Hook.BEFORE_PRINT,
    prepared=11,
    last_path="b.g",
    counted_set=10,
    release=28.5,
    early_failures=("a.g", "b.g"),
    service=Service(3, 4000.5),
    not_before=1_700_000_200.5,
    awaits="11/2/3 red",
    anyway="11/2/3",
    powered_off=True,
)


def defaults_left(*values: Job | Set | Run | Control) -> set[str]:
    """Fields that no value sets: an example that says nothing about them."""
    left: set[str] = set()
    said: set[str] = set()
    for value in values:
        for one in fields(value):
            name = f"{type(value).__name__}.{one.name}"
            same = (
                one.default is not MISSING and getattr(value, one.name) == one.default
            )
            (left if same else said).add(name)
    return left - said
