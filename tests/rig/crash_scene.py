"""What a story is set in: options, scripts and files, drawn from its seed.

Between them all stories pass everything that the wheel can do, but what is told in
APART, with the reason.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from .crash_truth import SWEEPING, SWEPT

SWEEP = (
    "bed_clearing: gcode\nbed_clearing_gcode:\n"
    f"  M118 {SWEEPING}\n  G4 P400\n  M118 {SWEPT}\n"
)
MANUAL = "bed_clearing: manual\n"
MATERIALS = "material_policy: block\n"
POWER = "power_device: printer\npower_off_below: 45\n"
DEVICE = "[power printer]\ntype: klipper_device\nobject_name: gcode_macro SUPPLY\n"
"""The supply of the motors: Klipper stays, whatever it says."""
SUPPLY = """
[gcode_macro SUPPLY]
variable_value: 0
gcode:
    SET_GCODE_VARIABLE MACRO=SUPPLY VARIABLE=value VALUE={params.VALUE}
"""
EXTRAS = (
    ("clear_after_last: True\n", 0.3),
    ("finish_gcode:\n  M118 finished\n  G4 P200\n", 0.5),
    ("verify_bed: printer.toolhead.max_velocity > 0\n", 0.4),
    ("pause_after_prints: 2\n", 0.2),
    ("on_failure_report: cancel\n", 0.4),
    (MATERIALS, 0.35),
    (POWER, 0.3),
)
"""Options, and how often a queue has them."""
POLICIES = ("stop", "stop", "hold", "retry")
COOL = "release_temperature: 40\n"
WARM = 50
HOOKS = (
    *("activated", "before_print", "print_started", "print_succeeded"),
    *("print_cancelled", "print_failed", "cool_down", "clear_bed", "verify_bed"),
    *("finish", "awaiting_material", "deactivated"),
)
APART = {
    "quiet hours": "they end with a minute of the clock, which no story waits for",
    "skip": "what is skipped is not printed: nobody could tell it from what is lost",
    "a stranger's print": "each print here has to have a run, or it was printed twice",
    "clear_after_failure": "each sweep here has to be over a part that was done",
}
"""What no story does, and why; each has tests of its own beside these."""


@dataclass(frozen=True)
class Scene:
    """options: of the queue. scripts: G-code by hook. bed: °C of every print, 0 for
    cold. bad: how likely a file fails until somebody mends it. whims: how often, of all
    looks at the printer, the person does what nobody has asked for.
    """

    options: str
    scripts: tuple[tuple[str, str], ...] = ()
    bed: int = 0
    bad: float = 0.0
    whims: float = 0.0

    @property
    def has_materials(self) -> bool:
        return MATERIALS in self.options

    @property
    def device(self) -> str:
        """Of Moonraker's."""
        return DEVICE if POWER in self.options else ""


def printer_cfg(text: str) -> str:
    """Nothing has to be hot to be extruded, nothing but a file extrudes, and there is a
    supply to switch."""
    text = text.replace("min_extrude_temp: 150", "min_extrude_temp: 0")
    return text.replace("printer.extruder.can_extrude", "False") + SUPPLY


def draw(rng: random.Random) -> Scene:
    """Three of ten stories are plain: only crashes disturb them."""
    if rng.random() < 0.3:
        return Scene(_options(rng, 0.5), _scripts(rng, 0.2))
    options = _options(rng, 1.0)
    for what in ("on_failure", "on_cancel"):
        options += f"{what}: {rng.choice(POLICIES)}\n"
    bed = 0
    if "gcode" in options and rng.random() < 0.5:
        options += COOL
        bed = WARM
    scripts = _scripts(rng, 0.4)
    return Scene(options, scripts, bed, rng.choice((0.0, 0.4)), 0.08)


def _options(rng: random.Random, more: float) -> str:
    text = SWEEP if rng.random() < 0.7 else MANUAL
    return text + "".join(line for line, p in EXTRAS if rng.random() < p * more)


def _scripts(rng: random.Random, often: float) -> tuple[tuple[str, str], ...]:
    return tuple(
        (hook, f"M118 {hook}\nG4 P{rng.choice((100, 1200))}")
        for hook in HOOKS
        if rng.random() < often
    )
