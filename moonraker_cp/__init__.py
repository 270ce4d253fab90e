"""moonraker_cp: a continuous print queue for Klipper, as a Moonraker component.

Moonraker imports this package as ``moonraker.components.continuousprint`` and
calls `load_component`. Nothing else is imported here, so that the parts that
need no Moonraker (``moonraker_cp.core``) can be used and tested without it.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def load_component(config: Any) -> Any:
    """Moonraker's entry point: build the component from its config section."""
    from .component import ContinuousPrint

    return ContinuousPrint(config)
