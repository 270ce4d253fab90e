"""Jobs behind the page's back, as another client makes and changes them."""

from __future__ import annotations

from typing import Any

from ..rig.queue import SHORT, Payload, Queue


async def add(queue: Queue, path: str, text: str = SHORT, **fields: Any) -> Payload:
    """Queue.add() with any field, a name too."""
    queue.file(path, text)
    added = await queue.call("jobs", path=path, **fields)
    return dict(added["jobs"][0])


async def named(queue: Queue, name: str) -> Payload:
    return next(one for one in (await queue.state())["jobs"] if one["name"] == name)


async def remove(queue: Queue, *jobs: Payload) -> None:
    ids = [job["id"] for job in jobs]
    await queue.client.rpc("server.continuousprint.delete_jobs", job_ids=ids)


async def clean(queue: Queue) -> None:
    """For the next test: nothing in the queue, nothing on the bed, at rest."""
    await queue.stop()
    await queue.bed_clear()
    await remove(queue, *(await queue.state())["jobs"])
    # As cold as before Queue.release().
    await queue.stack.fault("temperature", name="extruder", celsius=22, hold=True)
