"""What a printer needs from time to time: fresh plates, and maintenance. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Run

HOUR = 3600.0


class Due(str, Enum):
    """What a person has to do before the next print."""

    PLATE_STACK = "plate_stack"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Service:
    """prints: runs, good or bad, since the plate stack was last changed. seconds: of
    printing since the last maintenance."""

    prints: int = 0
    seconds: float = 0.0


def after(run: Run, service: Service) -> Service:
    """With a run that was closed.

    A run of which nobody knows whether it began counts too: to look at the plates one
    print too early does no harm.
    """
    if run.is_open:
        return service
    return Service(service.prints + 1, service.seconds + max(run.print_duration, 0.0))


def due(service: Service, pause_after: int, maintenance_hours: float) -> Due | None:
    """What comes first; the limits in runs and in hours of printing, 0 for off."""
    if 0 < pause_after <= service.prints:
        return Due.PLATE_STACK
    if 0 < maintenance_hours * HOUR <= service.seconds:
        return Due.MAINTENANCE
    return None


def done(what: Due, service: Service) -> Service:
    """A person has done it: it is counted anew."""
    if what is Due.PLATE_STACK:
        return replace(service, prints=0)
    return replace(service, seconds=0.0)
