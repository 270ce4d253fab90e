"""What is loaded, by Moonraker's real [spoolman] and a server that speaks Spoolman."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any, Callable

import pytest

from ..spoolman_server import DENSITY, DIAMETER, SpoolmanServer, spool
from .queue import GCODE, PREFIX, Queue

pytestmark = pytest.mark.slow  # beside what CI has time for

MATERIALS = f"{PREFIX}/materials"
EXTRUDED = 80.0
"""mm of filament that EXTRUDES takes."""
EXTRUDES = "G28\nM109 S200\nM83\nG1 E40 F600\nG1 E40 F600\nM400\n"
GRAMS = EXTRUDED * DENSITY / 1000 * math.pi / 4 * DIAMETER**2

Tools = list[dict[str, Any]]


@pytest.fixture
async def spoolman() -> AsyncIterator[SpoolmanServer]:
    async with SpoolmanServer() as server:
        server.put(spool(7))
        server.put(spool(8, material="PETG", color_hex="0000FF"))
        yield server


async def with_spoolman(stack_factory: Any, spoolman: SpoolmanServer) -> Queue:
    conf = f"[spoolman]\nserver: {spoolman.url}\nsync_rate: 1\n"
    queue = Queue(await stack_factory(section=GCODE, moonraker_conf=conf))
    await spoolman.connected()
    return queue


async def choose(queue: Queue, spool_id: int | None) -> None:
    said = {} if spool_id is None else {"spool_id": spool_id}
    await queue.client.rpc("server.spoolman.post_spool_id", **said)


async def loaded(
    queue: Queue, check: Callable[[Tools], bool], timeout: float = 30.0
) -> Tools:
    """What is loaded, once it fits. Nobody is told of it but the wheel."""
    tools: Tools = []
    deadline = asyncio.get_running_loop().time() + timeout
    while asyncio.get_running_loop().time() < deadline:
        reply = await queue.client.get(MATERIALS)
        assert reply.status == 200, reply.body
        tools = reply.body["result"]["tools"]
        if check(tools):
            return tools
        await asyncio.sleep(0.05)
    raise AssertionError(f"stuck: {tools}")


def holds(**row: Any) -> Callable[[Tools], bool]:
    """Tool 0's row has these values."""
    return lambda tools: bool(tools) and row.items() <= tools[0].items()


async def test_the_active_spool_is_what_is_loaded(
    stack_factory: Any, spoolman: SpoolmanServer
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    assert await loaded(queue, lambda tools: tools == []) == []
    await choose(queue, 7)
    (red,) = await loaded(queue, holds(spool_id=7))
    assert red == {
        "tool": 0,
        "material": "PLA__#ff0000",
        "name": "Polymaker Fire Red",
        "spool_id": 7,
        "remaining": 1000.0,
        "source": "spoolman",
    }
    refused = await queue.client.post(MATERIALS, json={"tool": 0, "material": "ABS"})
    assert refused.status == 409, refused.body
    await choose(queue, 8)
    await loaded(queue, holds(spool_id=8, material="PETG__#0000ff"))
    await choose(queue, None)
    await loaded(queue, lambda tools: tools == [])


async def test_less_is_left_after_a_print_of_ours(
    stack_factory: Any, spoolman: SpoolmanServer
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    await choose(queue, 7)
    await loaded(queue, holds(remaining=1000.0))
    await queue.add("extrudes.gcode", EXTRUDES)
    await queue.start()
    await queue.phase("idle")
    (row,) = await loaded(queue, lambda tools: tools[0]["remaining"] != 1000.0)
    assert row["remaining"] == pytest.approx(1000.0 - GRAMS, abs=0.02)
    await spoolman.until(lambda: spoolman.spools[7]["used_length"] > EXTRUDED - 1)
    assert spoolman.spools[7]["remaining_weight"] == pytest.approx(
        row["remaining"], abs=0.02
    )


async def test_a_spool_that_is_deleted_is_not_loaded_any_more(
    stack_factory: Any, spoolman: SpoolmanServer
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    await queue.call("materials", tool=0, material="ABS", remaining=5)
    await choose(queue, 7)
    await loaded(queue, holds(spool_id=7, material="PLA__#ff0000"))
    spoolman.delete(7)
    await loaded(queue, holds(source="manual", material="ABS", remaining=5.0))
    # One that was deleted while nobody was there to hear of it.
    await choose(queue, 8)
    await loaded(queue, holds(spool_id=8, material="PETG__#0000ff"))
    await spoolman.stop()
    del spoolman.spools[8]
    await spoolman.start()
    await loaded(queue, holds(source="manual", material="ABS"))


async def test_spoolman_goes_and_comes_back(
    stack_factory: Any, spoolman: SpoolmanServer
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    await choose(queue, 7)
    await loaded(queue, holds(spool_id=7, remaining=1000.0))
    since = len(queue.client.notifications)
    await spoolman.stop()
    await queue.client.wait("notify_spoolman_status_changed", since=since)
    await loaded(queue, holds(material="PLA__#ff0000", remaining=1000.0))
    await choose(queue, 8)
    await loaded(queue, holds(spool_id=8, material=None, remaining=None))
    await spoolman.start()
    await loaded(queue, holds(spool_id=8, material="PETG__#0000ff"))

    # Moonraker begins where Spoolman is not: the spool's id is all that is known.
    await spoolman.stop()
    await queue.stack.stop_moonraker()
    await queue.stack.start_moonraker()
    queue = Queue(queue.stack)
    await loaded(queue, holds(spool_id=8, material=None, remaining=None))
    await spoolman.start()
    await loaded(queue, holds(spool_id=8, material="PETG__#0000ff"))


async def test_a_spoolman_that_never_answers_holds_nobody_up(
    stack_factory: Any, spoolman: SpoolmanServer
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    spoolman.hold()
    asked = spoolman.asked
    await choose(queue, 7)
    await spoolman.until(lambda: spoolman.asked > asked)
    clock = asyncio.get_running_loop().time
    for _ in range(20):
        before = clock()
        await queue.state()
        assert clock() - before < 1.0
    await loaded(queue, holds(spool_id=7, material=None, remaining=None))
    spoolman.release()
    await choose(queue, 8)
    await loaded(queue, holds(spool_id=8, material="PETG__#0000ff"))


@pytest.mark.parametrize("fault", ["500", "no JSON", "no spool"])
async def test_a_spoolman_that_answers_nonsense(
    stack_factory: Any, spoolman: SpoolmanServer, fault: str
) -> None:
    queue = await with_spoolman(stack_factory, spoolman)
    if fault == "500":
        spoolman.fail = 500
    else:
        spoolman.raw = b"<html>" if fault == "no JSON" else b"[1]"
    await choose(queue, 7)
    await loaded(queue, holds(spool_id=7, material=None, remaining=None))
    await queue.add("plain.gcode")
    await queue.start()
    await queue.phase("idle")
    assert await queue.outcomes() == [("plain.gcode", "success")]


async def test_without_spoolman_people_say_what_is_loaded(stack_factory: Any) -> None:
    queue = Queue(await stack_factory(section=GCODE))
    await queue.call("materials", tool=0, material="PLA_red", remaining=420)
    rpc = await queue.client.rpc(
        "server.continuousprint.post_materials", tool=2, material="TPU"
    )
    assert [one["material"] for one in rpc["tools"]] == ["PLA_red", None, "TPU"]
    await queue.stack.stop_moonraker()
    await queue.stack.start_moonraker()
    queue = Queue(queue.stack)
    assert (await queue.client.get(MATERIALS)).body["result"] == rpc, "it is stored"
    await queue.call("materials", tool=2, material=None)
    await loaded(queue, lambda tools: [t["remaining"] for t in tools] == [420.0])
