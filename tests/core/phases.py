"""One plausible story for each phase: where the rows of the arrow table begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Callable

from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.edits import RemoveJobs
from moonraker_cp.core.events import (
    Activated,
    BugFound,
    ClearingAsked,
    Edited,
    Loss,
    PowerOffDue,
    PrinterCalmed,
    PrinterLost,
    PrintPaused,
)
from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.hooks import Hook
from moonraker_cp.core.model import Bed, BedCause, BedState, Outcome, Phase
from moonraker_cp.core.printer import PrintState
from moonraker_cp.core.spools import MaterialPolicy, Spool

from .story import GCODE, MANUAL, NOW, Story, fresh, printing, with_bed

FINISH = replace(MANUAL, finish_gcode="PARK")
GCODE_FINISH = replace(GCODE, finish_gcode="PARK")
COOL = replace(GCODE, release_temperature=30.0)
COOL_ANYWAY = replace(COOL, clear_when_expired=True)
COOL_LAST = replace(COOL, clear_after_last=True)
COOL_FINISH = replace(COOL_LAST, finish_gcode="PARK")
VERIFY = replace(GCODE, verify_expression="switch")
POWER = replace(MANUAL, power_device="psu", power_off_below=50.0)
MATERIAL = replace(MANUAL, material_policy=MaterialPolicy.BLOCK)
MATERIAL_FINISH = replace(MATERIAL, finish_gcode="PARK")
PLA, PETG = Spool("PLA", 1, None), Spool("PETG", 2, None)
OLD_PART = Bed(BedState.OCCUPIED, BedCause.OWN_OLD, 0.0, "run 1")


# -- nothing runs -------------------------------------------------------------


def inactive(*paths: str, rules: Rules = MANUAL) -> Story:
    return fresh(*(paths or ("a", "b")), rules=rules)


def inactive_over_a_part(rules: Rules = MANUAL) -> Story:
    return with_bed(inactive(rules=rules), OLD_PART)


def idle(rules: Rules = MANUAL) -> Story:
    story = fresh(rules=rules).start()
    return story.script_ends() if rules.power_device else story


def idle_over_our_part(rules: Rules = MANUAL) -> Story:
    """The last print of the queue ended well and lies there still."""
    return printing("a", rules=rules).print_ends()


def waits_for_calm(rules: Rules = MANUAL) -> Story:
    """A job waits, the bed is clear, but somebody homes the printer."""
    story = fresh("a", rules=rules)
    story.see(busy=True)
    return story.start()


def waits_after_a_print(rules: Rules = FINISH) -> Story:
    """Bed cleared while the printer still moves: the next job waits for calm."""
    story = printing("a", "b", rules=rules).print_ends()
    story.see(busy=True)
    return story.bed_is_clear()


def calm(story: Story) -> Story:
    story.see(busy=False)
    return story.tell(PrinterCalmed(story.look))


def calm_unseen(story: Story) -> Story:
    """The newest look is calm; the event that says so is still in the mailbox."""
    story.see(busy=False)
    return story


def flagged(story: Story) -> Story:
    """A pause flag outlived its print."""
    story.see(pause_flag=True)
    return story


def busy(story: Story) -> Story:
    story.see(busy=True)
    return story


def stopped(story: Story) -> Story:
    """Klipper has stopped; the event that says so is still in the mailbox."""
    story.see(ready=False, not_ready="Shutdown")
    return story


def taken(story: Story, path: str = "x") -> Story:
    """Somebody's print has begun; the event that says so is in the mailbox."""
    story.see(state=PrintState.PRINTING, filename=path, reading=True)
    return story


def printed(story: Story, path: str = "x") -> Story:
    """Somebody's print has ended already; both events are in the mailbox."""
    story.see(state=PrintState.COMPLETE, filename=path, total_duration=1.0)
    return story


def without_jobs(story: Story) -> Story:
    ids = frozenset(job.id for job in story.state.jobs)
    return story.tell(Edited(RemoveJobs(ids), "ann"))


# -- a copy has to wait -------------------------------------------------------


def awaiting(*paths: str, rules: Rules = MATERIAL, after: str = "") -> Story:
    """File a is for PETG, and PLA is loaded. after: a file that is printed before."""
    names = paths or ("a", "b")
    story = fresh(*((after, *names) if after else names), rules=rules)
    story.files, story.spools = {"a": FileFacts(materials=("PETG",))}, (PLA,)
    story.start()
    return story.prints().bed_is_clear() if after else story


def reloaded(story: Story) -> Story:
    """The right spool is in; the event that says so is still in the mailbox."""
    story.spools = (PETG,)
    return story


def early(*paths: str, rules: Rules = MANUAL) -> Story:
    """Started, but not to begin before an hour has passed."""
    story = fresh(*(paths or ("a", "b")), rules=rules)
    return story.tell(Activated("ann", at=NOW + story.clock + 3600.0))


def in_time(story: Story) -> Story:
    """The hour has come; the event that says so is still in the mailbox."""
    story.skipped += 3600.0
    return story


def rendering(story: Story) -> Story:
    """A time-lapse is being made."""
    story.rendering = True
    return story


# -- the printer is switched --------------------------------------------------


def power_off(story: Story) -> Story:
    """The queue is done, and the printer has cooled."""
    return story.tell(PowerOffDue())


def switched_off() -> Story:
    return power_off(idle(POWER))


def gone_dark() -> Story:
    return switched_off().klippy_vanishes()


def powering(*paths: str) -> Story:
    """Start on a printer that is off: it was turned on, and is not there yet."""
    story = fresh(*paths, rules=POWER)
    story.see(ready=False, not_ready="Klipper is not connected.")
    return story.start()


# -- something is out ---------------------------------------------------------


def starting(*paths: str, rules: Rules = MANUAL) -> Story:
    return fresh(*(paths or ("a", "b")), rules=rules).start()


def paused(*paths: str, rules: Rules = MANUAL) -> Story:
    story = printing(*(paths or ("a", "b")), rules=rules)
    story.see(state=PrintState.PAUSED, reading=False, pause_flag=True)
    return story.tell(PrintPaused(story.look))


def preparing(rules: Rules = MANUAL) -> Story:
    return flagged(fresh("a", "b", rules=rules)).start()


def warm(story: Story) -> Story:
    story.see(bed_temperature=60.0)
    return story


def cooling(*paths: str, rules: Rules = COOL) -> Story:
    return warm(printing(*(paths or ("a", "b")), rules=rules)).print_ends()


def cooling_on_request(rules: Rules = COOL) -> Story:
    """Management is stopped; a person asked for the bed to be cleared."""
    return warm(inactive_over_a_part(rules)).tell(ClearingAsked("ann"))


def cooling_after_restart() -> Story:
    """Asked for while the queue waits for a Start."""
    story = with_bed(inactive("a", rules=COOL), OLD_PART).start()
    return warm(story.moonraker_restarts()).tell(ClearingAsked("ann"))


def clearing(*paths: str, rules: Rules = GCODE) -> Story:
    return printing(*(paths or ("a", "b")), rules=rules).print_ends()


def clearing_on_request() -> Story:
    return inactive_over_a_part(GCODE).tell(ClearingAsked("ann"))


def finishing(rules: Rules = FINISH) -> Story:
    return printing("a", rules=rules).print_ends()


def ended(*paths: str, rules: Rules = MANUAL) -> Story:
    """A print ended well, and the script for that runs."""
    story = printing(*(paths or ("a", "b")), rules=rules)
    return story.has(Hook.PRINT_SUCCEEDED).print_ends()


def before_print(*paths: str, rules: Rules = MANUAL) -> Story:
    story = fresh(*(paths or ("a", "b")), rules=rules)
    return story.has(Hook.BEFORE_PRINT).start()


def cool_down(*paths: str, rules: Rules = COOL) -> Story:
    story = warm(printing(*(paths or ("a", "b")), rules=rules))
    return story.has(Hook.COOL_DOWN).print_ends()


def deactivated() -> Story:
    """Stopped, and the script for that runs."""
    return idle().has(Hook.DEACTIVATED).stop()


def verifying(*paths: str, rules: Rules = VERIFY) -> Story:
    """The clearing script has run; a switch is asked whether the bed is clear."""
    return clearing(*paths, rules=rules).script_ends()


# -- a person has to look -----------------------------------------------------


def bed_asked(*paths: str, rules: Rules = MANUAL) -> Story:
    """Print a ended well, b waits for the bed."""
    return printing(*(paths or ("a", "b")), rules=rules).print_ends()


def failed(rules: Rules = MANUAL) -> Story:
    return printing("a", "b", rules=rules).print_ends(Outcome.FAILURE, "Too cold")


def restarted() -> Story:
    """Moonraker came back; the bed is clear, but nobody has pressed Start."""
    return idle().moonraker_restarts().add("a")


def waiting(*paths: str, rules: Rules = MANUAL) -> Story:
    """Moonraker is back and has not yet looked at the printer."""
    story = printing(*(paths or ("a", "b")), rules=rules)
    return story.tell(PrinterLost(Loss.DISCONNECT, "Moonraker"))


def in_doubt() -> Story:
    """Moonraker is back; its start may still wait inside Klipper."""
    return starting("a").moonraker_is_back()


def in_doubt_and_stopped() -> Story:
    """The same for a second print, after a Stop."""
    story = printing("a", "b").print_ends().bed_is_clear().stop()
    return story.moonraker_is_back()


def finished_away(*paths: str, rules: Rules = MANUAL) -> Story:
    """The print ended well while Moonraker was away; a Start is needed."""
    story = printing(*paths, rules=rules)
    story.clock += 60
    story.see(state=PrintState.COMPLETE, reading=False, busy=False)
    return story.moonraker_restarts()


def bug_in_print() -> Story:
    return printing("a", "b").tell(BugFound("KeyError"))


def foreign() -> Story:
    """Somebody's print runs on our printer."""
    return idle().print_begins("x")


def foreign_over_a_queue() -> Story:
    """The queue waits behind somebody's print."""
    return idle().print_begins("x").add("a")


ONE_OF_EACH: Mapping[Phase, Callable[[], Story]] = {
    Phase.INACTIVE: inactive,
    Phase.IDLE: idle,
    Phase.PREPARING: preparing,
    Phase.STARTING: starting,
    Phase.PRINTING: lambda: printing("a", "b"),
    Phase.PAUSED: paused,
    Phase.COOLING: cooling,
    Phase.CLEARING: clearing,
    Phase.FINISHING: finishing,
    Phase.SCRIPT: ended,
    Phase.BLOCKED: bed_asked,
}
