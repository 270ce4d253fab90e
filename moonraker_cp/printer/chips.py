"""What a print was of the queue, in Moonraker's history: "Clips, copy 3 of 10".

Fluidd shows the field as chips, Mainsail as a line; a list for both, as of spools.
Prints that the queue did not start have an empty one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Callable

from ..core.model import Run

if TYPE_CHECKING:
    from moonraker.server import Server

log = logging.getLogger(__name__)

COMPONENT = "history"
PROVIDER = "continuousprint"

FIELD = {
    "field_name": "queue",
    "provider": PROVIDER,
    "desc": "Print queue",
    "strategy": "collect",
    "units": "",
}


def chip(run: Run) -> str:
    """The job, or its file, and which copy it was to be."""
    words = [run.job_name or run.path.rpartition("/")[2]]
    if run.copies > 1:
        words.append(f"copy {run.copy} of {max(run.copy, run.copies)}")
    if run.pass_index:
        words.append(f"pass {run.pass_index + 1}")
    return ", ".join(words)


def register(
    server: Server,
    make_field: Callable[..., Any],
    run: Callable[[], Run | None],
    plain: Callable[[str], str],
) -> bool:
    """Whether Moonraker's history has the field now. For when components load.

    make_field: Moonraker's HistoryFieldData. run: the open one. Moonraker asks when a
    record begins; it keeps the answer until the record ends, its own end included.
    """
    history: Any = server.lookup_component(COMPONENT, None)

    def ask() -> list[str]:
        """Called by Moonraker's history, which an error of ours must not disturb."""
        try:
            begun, ours = history.current_job.filename, run()
            if ours is not None and ours.path == begun:
                return [plain(chip(ours))]
        except Exception:
            log.exception("A print's place in the queue is not in Moonraker's history.")
        return []

    try:
        history.register_auxiliary_field(make_field(**FIELD, reset_callback=ask))
    except Exception as error:  # no history, or another one than is known
        log.warning("Moonraker's history will not name copies: %r", error)
        return False
    return True
