"""A state as clients see it, with an idle printer."""

from __future__ import annotations

from moonraker_cp.core.decisions import BedClearing, Rules, Situation
from moonraker_cp.core.model import State
from moonraker_cp.core.view import View

from ..fakes import READY

RULES = Rules(bed_clearing=BedClearing.GCODE)


def view(state: State) -> View:
    return View(Situation(state, READY, RULES, 1.7e9, 1000.0))
