"""Bad prints: one that fails while it is printed, and one that was counted already."""

from __future__ import annotations

from typing import Any

from ..core.events import CopyRecalled, FailureReported
from . import payloads, schemas
from .endpoint import Call, Endpoint, Request, Wheel, table
from .native import PREFIX, STORED
from .params import Param, Remark

REASON = Remark(500)
SOURCE = Remark(100)

REPORT_PROSE = """\
For detectors, and whoever looks at the camera. The print is paused and a person asked,
or it is cancelled, as `on_failure_report`, `on_failure` and the set say
([configuration](configuration.md)). Either way it is a failure when it ends, unless
somebody resumes it. Refused with 409 while the queue prints nothing.
"""
AGAIN_PROSE = """\
The copy is left to be printed once more, and its run becomes a failure. It is no Start,
and says nothing about the bed. Refused with 409 when there is no such copy: the newest
print did not end well, was taken back already, or one is under way.
"""


class FailuresApi:
    def __init__(self, driver: Wheel) -> None:
        self._driver = driver

    def endpoints(self) -> tuple[Endpoint, ...]:
        why = Param("reason", REASON, "What is wrong, for people.", False, "", True)
        who = "Who says so, as a program's name; left out: the user of the call."
        source = Param("source", SOURCE, who, False, "", True)
        return table(
            PREFIX,
            (
                "POST report_failure",
                Call(
                    self.report,
                    "Say that the print under way fails.",
                    (why, source),
                    schemas.STATE,
                    (409, STORED),
                    {"reason": "Spaghetti", "source": "detector"},
                    REPORT_PROSE,
                ),
            ),
            (
                "POST print_again",
                Call(
                    self.again,
                    "Say that the newest copy, which was counted, is bad after all.",
                    (why,),
                    schemas.STATE,
                    (409, STORED),
                    {"reason": "The first layer came off."},
                    AGAIN_PROSE,
                ),
            ),
        )

    async def report(self, request: Request) -> Any:
        user = request.args["source"] or request.user
        return await self._told(FailureReported(request.args["reason"] or "", user))

    async def again(self, request: Request) -> Any:
        why = request.args["reason"] or ""
        return await self._told(CopyRecalled(request.user, why))

    async def _told(self, event: FailureReported | CopyRecalled) -> Any:
        await self._driver.submit(event)
        return await payloads.newest(self._driver)
