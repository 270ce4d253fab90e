"""What becomes known of files between two prints, as the driver hears of it."""

from __future__ import annotations

from moonraker_cp.core.files import FileFacts
from moonraker_cp.core.model import Outcome, Phase
from moonraker_cp.core.questions import Answer, Question

from .driving import Rig, printing
from .fakes import in_virtual_time


def asked(rig: Rig) -> Question:
    question = rig.driver.question
    assert question is not None
    return question


async def asked_for_the_bed(*paths: str) -> Rig:
    """The first of the files is printed; its part is on the bed."""
    rig = await printing(*paths)
    rig.printer.end(Outcome.SUCCESS)
    await rig.quiet()
    assert rig.phase is Phase.BLOCKED
    return rig


@in_virtual_time
async def test_news_of_other_files_leave_the_question_as_it_is() -> None:
    """Else every upload would close the dialog under somebody's finger."""
    rig = await asked_for_the_bed("a.gcode", "b.gcode", "c.gcode")
    question = asked(rig)
    assert question.next_path == "b.gcode"
    told = len(rig.published)
    await rig.learn(a=True, b=True, c=False)
    assert asked(rig) == question
    assert len(rig.published) > told, "clients hear of c, all the same"
    await rig.add("d.gcode")
    assert asked(rig) == question


@in_virtual_time
async def test_news_of_the_next_file_make_a_new_question() -> None:
    """An answer to the old one would skip a file that nobody was asked about."""
    rig = await asked_for_the_bed("a.gcode", "b.gcode", "c.gcode")
    question = asked(rig)
    await rig.learn(b=False)
    assert asked(rig).next_path == "c.gcode"
    assert asked(rig).id != question.id
    await rig.learn(c=False)
    assert rig.phase is Phase.IDLE, "nothing is left, so nobody is asked"
    await rig.learn(c=True)
    assert asked(rig).next_path == "c.gcode"


@in_virtual_time
async def test_a_question_after_trouble_follows_the_files_too() -> None:
    rig = await printing("a.gcode", "b.gcode")
    rig.printer.end(Outcome.FAILURE)
    await rig.quiet()
    question = asked(rig)
    await rig.learn(a=True)
    assert asked(rig) == question
    await rig.learn(a=False)
    assert (asked(rig).next_path, asked(rig).id) != ("a.gcode", question.id)
    assert asked(rig).next_path == "b.gcode"
    assert Answer.SKIP in asked(rig).answers


@in_virtual_time
async def test_facts_count_from_their_event_on() -> None:
    """A copy that became printable unannounced is no reason for a turn to start it."""
    rig = await Rig(files={"a.gcode": FileFacts(exists=False)}).start()
    await rig.add("a.gcode")
    await rig.activate()
    assert rig.phase is Phase.IDLE
    rig.files = {"a.gcode": FileFacts()}
    await rig.activate()
    assert rig.driver.state.run is None
    await rig.learn(a=True)
    assert rig.driver.state.run is not None


@in_virtual_time
async def test_a_file_that_went_while_nobody_looked_is_asked_for_and_refused() -> None:
    """After a restart Start may come before the first look at the files."""
    rig = await Rig().start()
    await rig.add("a.gcode", "b.gcode")
    await rig.activate()
    rig.printer.refuse("Unable to open file")
    await rig.quiet()
    assert rig.phase is Phase.BLOCKED
    await rig.learn(a=False)
    assert asked(rig).next_path == "b.gcode"
    await rig.activate()
    assert rig.driver.state.run is not None
    assert rig.driver.state.run.path == "b.gcode"
    assert rig.driver.state.jobs[0].sets[0].remaining == 1, "it is not lost"
