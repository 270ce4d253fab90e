"""What is done beside the wheel: it is done in the end, and holds nothing up."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from moonraker_cp.beside import Beside, Intake, Tidying, attempt
from moonraker_cp.core.decisions import Rules
from moonraker_cp.core.errors import NotFound
from moonraker_cp.mailbox import MOST_WAITING
from moonraker_cp.settings import DAY, Settings

from .driving import Rig
from .fakes import in_virtual_time
from .test_driver_load import answers, flood, on_a_slow_disk

# -- uploads -------------------------------------------------------------------


async def is_there(path: str) -> str:
    return path


def intake(rig: Rig) -> Intake:
    driver = rig.driver
    return Intake(is_there, driver.submit, lambda: driver.state, draft=False)


def queued(rig: Rig, path: str) -> int:
    jobs = rig.driver.state.jobs
    return sum(one.path == path for job in jobs for one in job.sets)


@in_virtual_time
async def test_an_upload_waits_until_the_mailbox_has_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = await on_a_slow_disk("a.g")
    sent = flood(rig, 2 * MOST_WAITING)
    await rig.quiet()  # and one of them has its turn
    sent += flood(rig, 1)
    await rig.quiet()
    await intake(rig).take("upload.g")
    await answers(sent)
    assert queued(rig, "upload.g") == 1
    (line,) = [one for one in caplog.messages if "upload.g will be queued" in one]
    assert "busy" in line


@in_virtual_time
async def test_an_upload_waits_until_the_disk_has_room() -> None:
    rig = await Rig().start()
    rig.store.failure = sqlite3.OperationalError("disk full")
    taking = asyncio.create_task(intake(rig).take("upload.g"))
    await asyncio.sleep(60.0)
    assert not taking.done()
    rig.store.failure = None
    await taking
    assert queued(rig, "upload.g") == 1


@in_virtual_time
async def test_an_upload_that_somebody_has_queued_meanwhile_is_there_once() -> None:
    rig = await Rig().start()
    rig.store.failure = sqlite3.OperationalError("disk full")
    taking = asyncio.create_task(intake(rig).take("upload.g"))
    await rig.quiet()
    rig.store.failure = None
    await rig.add("upload.g")
    await taking
    assert queued(rig, "upload.g") == 1


@in_virtual_time
async def test_an_upload_that_is_gone_again_is_not_waited_for() -> None:
    rig = await Rig().start()

    async def is_gone(path: str) -> str:
        raise NotFound(f"There is no file {path}.")

    taking = Intake(is_gone, rig.driver.submit, lambda: rig.driver.state, draft=False)
    with pytest.raises(NotFound):
        await taking.take("upload.g")


# -- the old is forgotten ------------------------------------------------------


class Records:
    """A clock, and how often the old was forgotten."""

    def __init__(self, settings: Settings) -> None:
        self.clock, self.jobs, self.runs = 50.0, 0, 0
        self.tidying = Tidying(settings, lambda: self.clock, self._jobs, self._runs)

    async def _jobs(self, before: float) -> int:
        self.jobs += 1
        return 0

    async def _runs(self, before: float) -> int:
        self.runs += 1
        return 0

    async def publish(self) -> None:
        """As the component does when something was stored."""
        if self.tidying.is_due():
            await self.tidying.tidy()


@pytest.mark.parametrize(
    ("settings", "jobs", "runs"),
    [
        (Settings(Rules()), 4, 0),
        (Settings(Rules(), keep_history=DAY), 4, 4),
        (Settings(Rules(), keep_removed=0.0), 1, 0),
    ],
    ids=["removed jobs", "history", "until the next start"],
)
async def test_the_old_is_forgotten_once_a_day(
    settings: Settings, jobs: int, runs: int
) -> None:
    records = Records(settings)
    await records.publish()
    assert records.jobs == 0, "not before the queue is read"
    await records.tidying.tidy()
    for _ in range(4 * 24 - 1):
        await records.publish()
        await records.publish()
        records.clock += DAY / 24
    assert (records.jobs, records.runs) == (jobs, runs)


# -- errors of ours ------------------------------------------------------------


async def broken() -> None:
    raise KeyError("ours")


@in_virtual_time
async def test_an_error_beside_the_queue_is_logged_and_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await attempt(broken())
    beside, rested = Beside(), asyncio.Event()

    async def rest() -> None:
        rested.set()

    beside.run(broken())
    beside.run(rest())
    await rested.wait()
    await asyncio.sleep(0)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    beside.cancel()
