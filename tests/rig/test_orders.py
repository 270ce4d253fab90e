"""The published orders, printed, with edits in between; two people who edit at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moonraker_cp.demo.client import Client, Notification, RpcError

from .queue import GCODE, HELD, SHORT, Queue

TINY = "G4 P50\n"
PREFIX = "server.continuousprint"


async def started(stack_factory: Any, *names: str, **options: Any) -> Queue:
    queue = Queue(await stack_factory(section=GCODE, **options))
    for name in names:
        queue.file(name, TINY)
    return queue


def order(queue: Queue) -> str:
    return "".join(name[0].upper() for name in queue.stack.done_printing())


@pytest.mark.parametrize(
    ("passes", "a", "b", "claimed"),
    [(1, 5, 5, "AAAAABBBBB"), (3, 1, 1, "ABABAB"), (2, 1, 4, "ABBBBABBBB")],
)
async def test_a_published_order(
    stack_factory: Any, passes: int, a: int, b: int, claimed: str
) -> None:
    queue = await started(stack_factory, "a.gcode", "b.gcode")
    sets = [{"path": "a.gcode", "count": a}, {"path": "b.gcode", "count": b}]
    await queue.call("jobs", name="AB", count=passes, sets=sets)
    await queue.start()
    await queue.phase("idle", timeout=120)
    assert order(queue) == claimed
    (job,) = (await queue.state())["jobs"]
    assert (job["copies_left"], job["passes_done"]) == (0, passes)
    assert await queue.outcomes() == [
        (f"{letter.lower()}.gcode", "success") for letter in claimed
    ]
    copies = [(run["pass"], run["set_id"]) for run in await queue.runs()]
    assert sorted(copies) == copies, "pass after pass, set after set"


async def hold(queue: Queue, **fields: Any) -> Any:
    """A job whose copy is in the printer, and stays there until it is released."""
    job = await queue.add("held.gcode", HELD, **fields)
    queue.file("b.gcode", TINY)
    await queue.start()
    await queue.printing("held.gcode")
    return job


async def only_job(queue: Queue) -> Any:
    (job,) = (await queue.state())["jobs"]
    return job


async def test_the_count_is_raised_and_lowered_during_a_print(
    stack_factory: Any,
) -> None:
    queue = await started(stack_factory)
    job = await hold(queue, count=2)
    one = job["sets"][0]["id"]
    for count in (5, 1, 3):
        await queue.call("set", id=one, count=count)
    await queue.call("job", id=job["id"], count=2)
    assert (await only_job(queue))["copies_left"] == 6
    await queue.call("job", id=job["id"], count=1)
    await queue.call("set", id=one, remaining=0)  # one of them is in the printer
    assert (await only_job(queue))["copies_left"] == 1
    await queue.release()
    await queue.phase("idle")
    assert await queue.outcomes() == [("held.gcode", "success")]
    job = await only_job(queue)
    assert (job["copies_left"], job["sets"][0]["completed"]) == (0, 1)


async def test_the_set_that_prints_is_removed(stack_factory: Any) -> None:
    queue = await started(stack_factory)
    job = await hold(queue, count=3)
    await queue.call("sets", job_id=job["id"], path="b.gcode", count=2)
    await queue.stack.client.delete(
        "/server/continuousprint/set", json={"id": job["sets"][0]["id"]}
    )
    await queue.release()
    await queue.phase("idle")
    assert order(queue) == "HBB"
    assert (await queue.runs())[0]["counted"] is False
    assert await queue.copies_left() == 0


async def test_the_set_that_prints_moves_and_its_job_is_copied(
    stack_factory: Any,
) -> None:
    queue = await started(stack_factory)
    job = await hold(queue, count=2)
    queue.file("held.gcode", TINY)  # the copies after it need no release
    other = await queue.add("b.gcode", TINY)
    await queue.call("job/copy", id=job["id"])
    moved = job["sets"][0]["id"]
    after = other["sets"][0]["id"]
    await queue.call("set/move", id=moved, job_id=other["id"], after=after)
    await queue.release()
    await queue.phase("idle")
    assert order(queue) == "HHHBH", "its copy, then b, then the one that was left"
    runs = await queue.runs()
    assert all(run["counted"] for run in runs)
    assert await queue.copies_left() == 0


async def test_a_job_removed_in_its_print_comes_back_one_copy_shorter(
    stack_factory: Any,
) -> None:
    queue = await started(stack_factory)
    job = await hold(queue, count=3)
    queue.file("held.gcode", TINY)
    await queue.stack.client.delete(
        "/server/continuousprint/jobs", json={"job_ids": [job["id"]]}
    )
    await queue.release()
    await queue.phase("idle")
    assert order(queue) == "H"
    await queue.call("removed/restore", job_ids=[job["id"]])
    await queue.reach(
        lambda s: s["phase"] == "idle" and not s["jobs"][0]["copies_left"]
    )
    assert order(queue) == "HHH", "three were ordered, three are printed"


async def test_two_people_edit_at_the_same_moment(stack_factory: Any) -> None:
    """One wins, the other is told; both see the same without reading all again."""
    queue = await started(stack_factory, "a.gcode", "b.gcode")
    for name in ("a.gcode", "b.gcode"):
        await queue.add(name, SHORT, draft=True)
    both = [queue.client, queue.stack.new_client()]
    await both[1].connect()
    marks = [len(one.notifications) for one in both]
    pictures = [await read(one) for one in both]
    seen = pictures[0]["revision"]
    answers = await asyncio.gather(
        *(
            one.rpc(f"{PREFIX}.job", id=1, note=f"by {index}", revision=seen)
            for index, one in enumerate(both)
        ),
        return_exceptions=True,
    )
    lost = [one for one in answers if isinstance(one, RpcError)]
    assert [one.code for one in lost] == [409]
    assert "Job 1" in str(lost[0])
    for one, picture, mark in zip(both, pictures, marks):
        await one.wait(lambda note: is_news(note, seen), since=mark)
        for note in one.notifications[mark:]:
            if is_news(note, picture["revision"]):
                fold(picture, note.params[0])
    assert pictures[0] == pictures[1] == await read(queue.client)


def is_news(note: Notification, revision: int) -> bool:
    """What came while the picture was read is in it already."""
    changed = note.method == "notify_continuousprint_changed"
    return changed and bool(note.params[0]["revision"] > revision)


async def read(client: Client) -> Any:
    state = await client.rpc(f"{PREFIX}.state")
    return {"revision": state["revision"], "jobs": state["jobs"]}


def fold(picture: Any, news: Any) -> None:
    """What a client does with a notification."""
    assert news["revision"] == picture["revision"] + 1, "none was missed"
    picture["revision"] = news["revision"]
    jobs = {job["id"]: job for job in picture["jobs"]}
    for job_id in news["removed"]:
        del jobs[job_id]
    jobs.update((job["id"], job) for job in news["jobs"])
    order = news.get("order", list(jobs))
    picture["jobs"] = [jobs[job_id] for job_id in order]
