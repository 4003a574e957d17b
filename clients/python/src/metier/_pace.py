"""How many tasks to hold beyond those that run.

Short tasks would spend their time in claims, so a worker holds as many as it can work off in a moment; long ones
are left to other workers.
"""

from __future__ import annotations

MOST = 256
LOOK_AHEAD = 0.05
"""Seconds of work to hold."""
WEIGHT = 0.125
"""Share of a new duration in the average."""


class Pace:
    """Learns from how long tasks ran."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._average: float | None = None

    def ran(self, seconds: float) -> None:
        """A task ran this long."""
        average = seconds if self._average is None else self._average
        self._average = average + (seconds - average) * WEIGHT

    def stalled(self) -> None:
        """Tasks that were held did not get to run in time: nothing is held until one has ended again."""
        self._average = None

    def wanted(self, running: int, held: int) -> int:
        """How many tasks to ask for now; 0 while enough are held."""
        ahead = 0 if self._average is None else min(int(self._slots * LOOK_AHEAD / max(self._average, 1e-6)), MOST)
        ahead = max(ahead - self._slots, 0)
        if held > ahead // 2:
            return 0
        return min(max(self._slots - running + ahead - held, 0), MOST)
