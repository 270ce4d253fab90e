"""Bugs that are planted in the product, to see that the crash harness finds them.

Each is a text in a module that is replaced when Moonraker imports it; the files
themselves stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """In these modules of the package, each `old` is replaced by `new`."""

    changes: tuple[tuple[str, str, str], ...]


BUGS = {
    "the bed is not looked at": Bug(
        (
            ("core.steps", "    if bed.state is BedState.CLEAR:\n", "    if True:\n"),
            ("core.turn", "bed_is_clear = control", "bed_is_clear = True or control"),
        )
    ),
    "a copy is counted before its end": Bug(
        (
            (
                "core.turn",
                "counted = outcome is Outcome.SUCCESS and ",
                "counted = outcome is not Outcome.CANCELLED and ",
            ),
        )
    ),
    "a copy counts twice": Bug(
        (
            (
                "core.turn",
                "self._count_copy(self.run)\n",
                "self._count_copy(self.run) and self._count_copy(self.run)\n",
            ),
        )
    ),
    "a good print is booked as a bad one": Bug(
        (
            (
                "core.turn",
                "        counted = outcome is Outcome.SUCCESS and ",
                "        if outcome is Outcome.SUCCESS and self.now % 3 > 2:\n"
                "            outcome = Outcome.ABORTED\n"
                "        counted = outcome is Outcome.SUCCESS and ",
            ),
        )
    ),
    "a good copy is printed again": Bug(
        (
            (
                "core.turn",
                "counted = outcome is Outcome.SUCCESS and ",
                "counted = outcome is Outcome.SUCCESS and self.now % 3 > 1 and ",
            ),
        )
    ),
    "what could not be stored is taken for stored": Bug(
        (
            (
                "driver",
                "                if is_request:\n",
                "                if is_request:\n"
                "                    return decision\n"
                "                if is_request:\n",
            ),
        )
    ),
    "a run in doubt is taken for one that never was": Bug(
        (
            (
                "core.restart",
                "return Judgement(Verdict.ABORTED, _absent(run, look))",
                "return Judgement(Verdict.NEVER_WAS, _absent(run, look))",
            ),
        )
    ),
    "the start is sent before it is stored": Bug(
        (
            (
                "driver",
                "await self._store.commit(decision)\n",
                "for one in decision.actions:\n"
                "                    self._perform(one)\n"
                "                decision = replace(decision, actions=())\n"
                "                await self._store.commit(decision)\n",
            ),
            (
                "driver",
                "run is not None and look.fingerprint",
                "run is not None and False and look.fingerprint",
            ),
        )
    ),
    "a restart asks nobody": Bug(
        (
            (
                "core.reports",
                "    turn.block(_with_doubt(turn, reason, event) or reason)\n",
                "    turn.block(replace(reason, needs_start=False))\n"
                "    turn.update(reason=None)\n",
            ),
            (
                "core.reports",
                "    elif _was_powered_on(turn):\n",
                "    elif turn.control.active:\n",
            ),
        )
    ),
}
