"""What goes wrong: between client and server, and in a handler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metier.models import Run
    from metier.task import StopCause


class MetierError(Exception):
    """Everything this package raises, but what a handler raises itself."""


class Unreachable(MetierError):
    """There was no answer. Whether the request had an effect is not known."""


class Problem(MetierError):
    """The server refused a request. Decide by `code`, which is stable; `detail` is for people."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        """HTTP status."""
        self.code = str(body.get("code", "unknown"))
        """Stable name of the reason, such as `unknown_kind`."""
        self.detail = str(body.get("detail", ""))
        """One sentence about it."""
        self.violations: Sequence[Mapping[str, Any]] = body.get("violations", [])
        """Each wrong field, with its message."""
        self.correlation_id: str | None = body.get("correlation_id")
        """Finds the request in the server's log."""
        self.retry_after = retry_after
        """Seconds after which the server wants to be asked again, if it said so."""
        super().__init__(f"{self.code} ({status}): {self.detail}")

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later: the server is busy, stopping, or something it needs is away."""
        return self.status in (408, 429) or self.status >= 500


class RunFailed(MetierError):
    """A run whose result was waited for ended without one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        """The run as it ended."""
        super().__init__(f"run {run.number} ended as {run.state}: {run.reason or 'no reason is given'}")


class Retryable(Exception):
    """Raised by a handler: this attempt failed, another may succeed.

    It is tried again after the backoff of its kind, or not before `after` seconds. Every other exception that leaves
    a handler counts as one of these, with the code `handler_raised`.
    """

    def __init__(self, code: str, message: str, *, after: float | None = None) -> None:
        self.code = code
        """Stable name of the reason."""
        self.after = after
        """Seconds until the next attempt."""
        super().__init__(message)


class Permanent(Exception):
    """Raised by a handler: trying again cannot help. The task has failed."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        """Stable name of the reason."""
        super().__init__(message)


class Skipped(Exception):
    """Raised by a handler: there was nothing to do. Counts as neither success nor failure."""


class Stopped(Exception):
    """Raised by `Task.check` and `Task.sleep` when the task should stop. Let it pass through the handler."""

    def __init__(self, cause: StopCause) -> None:
        self.cause = cause
        """Why."""
        super().__init__(cause.value)
