"""Tables and their named migrations, applied in order, each once.

They live beside Moonraker's own tables, so that its backups cover them.
"""

from __future__ import annotations

import sqlite3

MIGRATIONS_TABLE = "continuousprint_migrations"
MIGRATIONS_PROTOTYPE = f"""
    {MIGRATIONS_TABLE} (
        name TEXT PRIMARY KEY NOT NULL,
        applied REAL NOT NULL
    )
"""

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001_queue_runs_control",
        (
            """CREATE TABLE continuousprint_jobs (
                id INTEGER PRIMARY KEY,
                position INTEGER NOT NULL,
                name TEXT NOT NULL,
                count INTEGER NOT NULL,
                remaining INTEGER NOT NULL,
                draft INTEGER NOT NULL,
                created REAL NOT NULL,
                owner TEXT NOT NULL
            )""",
            """CREATE INDEX continuousprint_jobs_position
                ON continuousprint_jobs (position)""",
            """CREATE TABLE continuousprint_sets (
                id INTEGER PRIMARY KEY,
                job_id INTEGER NOT NULL,
                position INTEGER NOT NULL,
                path TEXT NOT NULL,
                count INTEGER NOT NULL,
                remaining INTEGER NOT NULL,
                completed INTEGER NOT NULL,
                metadata TEXT,
                materials TEXT NOT NULL,
                profiles TEXT NOT NULL
            )""",
            """CREATE INDEX continuousprint_sets_job
                ON continuousprint_sets (job_id, position)""",
            """CREATE TABLE continuousprint_runs (
                id INTEGER PRIMARY KEY,
                job_id INTEGER NOT NULL,
                set_id INTEGER NOT NULL,
                job_name TEXT NOT NULL,
                path TEXT NOT NULL,
                pass_index INTEGER NOT NULL,
                user TEXT NOT NULL,
                opened REAL NOT NULL,
                sent_clock REAL NOT NULL,
                before TEXT NOT NULL,
                accepted INTEGER NOT NULL,
                start_clock REAL,
                started REAL,
                ended REAL,
                outcome TEXT,
                reason TEXT NOT NULL,
                counted INTEGER NOT NULL,
                print_duration REAL NOT NULL,
                total_duration REAL NOT NULL,
                filament_used REAL NOT NULL
            )""",
            """CREATE UNIQUE INDEX continuousprint_runs_one_open
                ON continuousprint_runs (outcome IS NULL) WHERE outcome IS NULL""",
            """CREATE TABLE continuousprint_control (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                revision INTEGER NOT NULL,
                active INTEGER NOT NULL,
                active_by TEXT NOT NULL,
                phase TEXT NOT NULL,
                phase_since REAL NOT NULL,
                reason TEXT,
                bed_state TEXT NOT NULL,
                bed_cause TEXT NOT NULL,
                bed_since REAL NOT NULL,
                bed_by TEXT NOT NULL,
                ticket INTEGER NOT NULL,
                run_id INTEGER,
                finish_due INTEGER NOT NULL,
                last_print TEXT NOT NULL,
                last_job_id INTEGER NOT NULL,
                last_set_id INTEGER NOT NULL,
                last_run_id INTEGER NOT NULL
            )""",
        ),
    ),
    (
        "0002_edits_history",
        (
            *(
                f"ALTER TABLE continuousprint_jobs ADD COLUMN {column}"
                for column in (
                    "passes_done INTEGER NOT NULL DEFAULT 0",
                    "hold INTEGER NOT NULL DEFAULT 0",
                    "pinned INTEGER NOT NULL DEFAULT 0",
                    "priority INTEGER NOT NULL DEFAULT 0",
                    "due REAL",
                    "note TEXT NOT NULL DEFAULT ''",
                    "revision INTEGER NOT NULL DEFAULT 0",
                    "removed REAL",
                )
            ),
            """UPDATE continuousprint_jobs
                SET passes_done = MAX(count - remaining, 0)""",
            *(
                f"ALTER TABLE continuousprint_control ADD COLUMN {column}"
                for column in (
                    "order_revision INTEGER NOT NULL DEFAULT 0",
                    "bed_run INTEGER",
                    "tries TEXT NOT NULL DEFAULT '[]'",
                    "loaded TEXT NOT NULL DEFAULT '[]'",
                )
            ),
            *(
                f"ALTER TABLE continuousprint_runs ADD COLUMN {column}"
                for column in (
                    "copy INTEGER NOT NULL DEFAULT 0",
                    "copies INTEGER NOT NULL DEFAULT 0",
                    "retries INTEGER NOT NULL DEFAULT 0",
                    "estimate REAL",
                    "bed_temperature REAL",
                    "nozzle_temperature REAL",
                    "history_id TEXT NOT NULL DEFAULT ''",
                    "video TEXT NOT NULL DEFAULT ''",
                    "cleared REAL",
                )
            ),
            # Two of them hold all that totals need, so that the rows stay unread.
            """CREATE INDEX continuousprint_runs_path
                ON continuousprint_runs (path, ended, outcome, print_duration,
                    total_duration, filament_used, estimate)""",
            """CREATE INDEX continuousprint_runs_job
                ON continuousprint_runs (job_id, ended, outcome, print_duration,
                    total_duration, filament_used, estimate)""",
            """CREATE INDEX continuousprint_runs_ended
                ON continuousprint_runs (ended)""",
            """CREATE INDEX continuousprint_runs_outcome
                ON continuousprint_runs (outcome, ended)""",
            """CREATE INDEX continuousprint_jobs_removed
                ON continuousprint_jobs (removed)""",
        ),
    ),
    (
        "0003_hooks",
        (
            """CREATE TABLE continuousprint_scripts (
                id INTEGER PRIMARY KEY,
                hook TEXT NOT NULL,
                position INTEGER NOT NULL,
                name TEXT NOT NULL,
                gcode TEXT NOT NULL,
                condition TEXT NOT NULL
            )""",
            """CREATE UNIQUE INDEX continuousprint_scripts_name
                ON continuousprint_scripts (hook, name)""",
        ),
    ),
    (
        "0004_between_prints",
        (
            """CREATE TABLE continuousprint_spools (
                tool INTEGER PRIMARY KEY,
                material TEXT NOT NULL,
                remaining REAL
            )""",
            *(
                f"ALTER TABLE continuousprint_sets ADD COLUMN {column}"
                for column in (
                    "release_temperature REAL",
                    "on_failure TEXT",
                    "retries INTEGER",
                    "spools TEXT NOT NULL DEFAULT '[]'",
                )
            ),
            """ALTER TABLE continuousprint_runs
                ADD COLUMN trouble TEXT NOT NULL DEFAULT ''""",
            *(
                f"ALTER TABLE continuousprint_control ADD COLUMN {column}"
                for column in (
                    "due TEXT NOT NULL DEFAULT '[]'",
                    "hook TEXT",
                    "prepared INTEGER",
                    "last_path TEXT NOT NULL DEFAULT ''",
                    "counted_set INTEGER",
                    "release REAL",
                    "early_failures TEXT NOT NULL DEFAULT '[]'",
                    "service TEXT NOT NULL DEFAULT '{}'",
                    "not_before REAL NOT NULL DEFAULT 0",
                    "awaits TEXT NOT NULL DEFAULT ''",
                    "anyway TEXT NOT NULL DEFAULT ''",
                    "powered_off INTEGER NOT NULL DEFAULT 0",
                )
            ),
        ),
    ),
    (
        "0005_decisions",
        # A ring: a slot is written again 500 decisions later, so it cannot grow.
        (
            """CREATE TABLE continuousprint_decisions (
                slot INTEGER PRIMARY KEY,
                revision INTEGER NOT NULL,
                entry TEXT NOT NULL
            )""",
        ),
    ),
    (
        "0006_bed_clock",
        (
            """ALTER TABLE continuousprint_control
                ADD COLUMN bed_clock REAL NOT NULL DEFAULT 0""",
        ),
    ),
)


def migrate(conn: sqlite3.Connection, now: float) -> list[str]:
    """Apply what is missing; returns the names applied.

    Runs inside the caller's transaction, so that an upgrade is whole or not at all.
    """
    done = {row[0] for row in conn.execute(f"SELECT name FROM {MIGRATIONS_TABLE}")}  # noqa: S608 - our own names  # nosec B608
    applied = []
    for name, statements in MIGRATIONS:
        if name in done:
            continue
        for statement in statements:
            conn.execute(statement)
        conn.execute(
            f"INSERT INTO {MIGRATIONS_TABLE} (name, applied) VALUES (?, ?)",  # noqa: S608 - our own names  # nosec B608
            (name, now),
        )
        applied.append(name)
    return applied
