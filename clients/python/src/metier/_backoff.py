"""How long to wait before a failed call is made again."""

from __future__ import annotations

import random

FIRST = 0.1
LONGEST = 5.0


class Backoff:
    """Doubling waits with jitter: each is drawn between half of its length and all of it."""

    def __init__(self) -> None:
        self._failures = 0

    def failed(self, at_least: float | None = None) -> float:
        """The wait after one more failure, in seconds."""
        whole = min(FIRST * 2.0 ** min(self._failures, 16), LONGEST)
        self._failures += 1
        return max(whole * random.uniform(0.5, 1.0), min(at_least or 0.0, LONGEST))

    def succeeded(self) -> None:
        """The next wait is a short one again."""
        self._failures = 0
