"""What the demo knows of queue and printer, merged from Moonraker's notifications."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .client import Status

Payload = dict[str, Any]

# What the terminal shows of the printer.
OBJECTS = (
    "webhooks",
    "print_stats",
    "virtual_sdcard",
    "display_status",
    "extruder",
    "heater_bed",
)


@dataclass
class QueueView:
    """The component's state: one full answer, then the changes."""

    summary: Payload = field(default_factory=dict)
    jobs: dict[int, Payload] = field(default_factory=dict)

    def replace(self, state: Payload) -> None:
        self.summary = state
        self.jobs = {job["id"]: job for job in state.get("jobs", [])}

    def merge(self, change: Payload) -> None:
        if change.get("revision", 0) < self.revision:
            return
        self.summary = {**self.summary, **change}
        for job in change.get("jobs", []):
            self.jobs[job["id"]] = job
        for number in change.get("removed", []):
            self.jobs.pop(number, None)

    @property
    def revision(self) -> int:
        return int(self.summary.get("revision", 0))

    @property
    def active(self) -> bool:
        return bool(self.summary.get("active"))

    @property
    def phase(self) -> str:
        return str(self.summary.get("phase", "unknown"))

    @property
    def bed(self) -> str:
        return str((self.summary.get("bed") or {}).get("state", "unknown"))

    @property
    def reason(self) -> Payload | None:
        return self.summary.get("reason") or None

    @property
    def run(self) -> Payload | None:
        return self.summary.get("run") or None

    def waiting(self, path: str) -> int:
        """Copies of this file that are still to be printed."""
        return sum(
            _copies_left(job, part)
            for job in self.jobs.values()
            for part in job["sets"]
            if part["path"] == path
        )

    @property
    def waiting_files(self) -> list[tuple[str, int]]:
        """Every file that waits, with its copies, in order; not the one in print."""
        counts: dict[str, int] = {}
        run = self.run
        for job in self.jobs.values():
            for part in job["sets"]:
                left = _copies_left(job, part)
                if run and run["set_id"] == part["id"]:
                    left -= 1
                if left > 0:
                    counts[part["path"]] = counts.get(part["path"], 0) + left
        return list(counts.items())


def _copies_left(job: Payload, part: Payload) -> int:
    if job["remaining"] <= 0:
        return 0
    return int((job["remaining"] - 1) * part["count"] + part["remaining"])


@dataclass(frozen=True)
class View:
    """One moment, as the terminal shows it."""

    phase: str
    active: bool
    bed: str
    file: str
    progress: float
    layer: str
    hotend: tuple[float, float]
    bed_heat: tuple[float, float]
    message: str
    waiting: tuple[tuple[str, int], ...]
    printed: tuple[str, ...]
    reason: str
    advice: str


@dataclass(frozen=True)
class Body:
    """Which bytes of a file are G-code; a picture may be half of a small file."""

    filename: str = ""
    start: int = 0
    end: int = 0

    def progress(self, sdcard: dict[str, Any]) -> float:
        if self.end <= self.start:
            return float(sdcard.get("progress") or 0.0)
        done = (sdcard.get("file_position") or 0) - self.start
        return min(max(done / (self.end - self.start), 0.0), 1.0)


def look(
    queue: QueueView, status: Status, printed: list[str], body: Body | None = None
) -> View:
    """Put the moment together; whatever is not known yet is blank."""
    stats = status.get("print_stats", {})
    sdcard = status.get("virtual_sdcard", {})
    webhooks = status.get("webhooks", {})
    info = stats.get("info") or {}
    printing = stats.get("state") in ("printing", "paused")
    layer = ""
    if printing and info.get("total_layer"):
        layer = f"{info.get('current_layer') or 0}/{info['total_layer']}"
    reason = queue.reason or {}
    text = str(reason.get("text", ""))
    if webhooks.get("state") not in (None, "ready"):
        text = text or str(webhooks.get("state_message", "")).strip()
    return View(
        phase=queue.phase,
        active=queue.active,
        bed=queue.bed,
        file=str(stats.get("filename", "")) if printing else "",
        progress=(body or Body()).progress(sdcard) if printing else 0.0,
        layer=layer,
        hotend=_heat(status.get("extruder", {})),
        bed_heat=_heat(status.get("heater_bed", {})),
        message=str(status.get("display_status", {}).get("message") or ""),
        waiting=tuple(queue.waiting_files),
        printed=tuple(printed),
        reason=text,
        advice=str(reason.get("advice", "")),
    )


def _heat(heater: dict[str, Any]) -> tuple[float, float]:
    return float(heater.get("temperature", 0.0)), float(heater.get("target", 0.0))
