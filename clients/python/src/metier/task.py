"""What a handler is given: its parameters, and the way to tell how far it is and to hear that it should stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any

from metier._feedback import Feedback
from metier.errors import Stopped


class StopCause(Enum):
    """Why a task should stop."""

    CANCELLED = "cancelled"
    """Someone cancelled its run."""
    TIMED_OUT = "timed_out"
    """The attempt took longer than allowed."""
    LEASE_LOST = "lease_lost"
    """Another worker may already work on it: what this one reports would not count."""
    SHUTDOWN = "shutdown"
    """The worker ends and its time to drain is over."""


class Stop:
    """Tells a task to stop, once: the first cause stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = threading.Event()
        self.cause: StopCause | None = None
        self.at = 0.0

    def tell(self, cause: StopCause) -> None:
        """Tells it, unless it was told before."""
        with self._lock:
            if self.cause is None:
                self.cause, self.at = cause, time.monotonic()
                self._told.set()

    def wait(self, seconds: float) -> StopCause | None:
        """Waits for it to be told; the cause, if it was."""
        self._told.wait(seconds)
        return self.cause


class Task:
    """One attempt of a task.

    It may run more than once: make effects outside idempotent with `idempotency_key`. A handler that takes longer
    than a second calls `check()` or `sleep()` a few times a second, or looks at `should_stop`.
    """

    def __init__(self, body: Mapping[str, Any], stop: Stop, feedback: Feedback, deadline: float) -> None:
        self.run_id: str = body["run"]
        """The id of its run."""
        self.run_number: int = body["run_number"]
        """The number of its run."""
        self.index: int = body["index"]
        """Its place in the run, from 0."""
        self.kind: str = body["kind"]["name"]
        """What it is."""
        self.attempt: int = body["attempt"]
        """1 for the first try."""
        self.parameters: Any = body["parameters"]
        """What it is about, as its kind's schema wants it."""
        self.correlation_id: str = body["correlation"]
        """One id through every log line; send it along in `x-correlation-id`."""
        self.token: str | None = body.get("token") or None
        """Short-lived rights of the one who submitted, where the kind names permissions."""
        self.owner: str | None = body.get("owner") or None
        """Whose run it is."""
        self._stop = stop
        self._feedback = feedback
        self._deadline = deadline

    @classmethod
    def alone(cls, parameters: object, *, timeout: float = 300.0) -> Task:
        """A task that nobody leased out: for testing a handler."""
        body = {"run": "alone", "run_number": 0, "index": 0, "kind": {"name": "alone"}, "attempt": 1}
        body |= {"parameters": parameters, "correlation": "alone"}
        return cls(body, Stop(), Feedback(lambda: None), time.monotonic() + timeout)

    @property
    def idempotency_key(self) -> str:
        """The same in every attempt of this task, another in every other task."""
        return f"{self.run_id}-{self.index}"

    @property
    def seconds_left(self) -> float:
        """Until the attempt times out."""
        return max(self._deadline - time.monotonic(), 0.0)

    @property
    def should_stop(self) -> bool:
        """Whether to end now. Cheap enough for inner loops."""
        return self._stop.cause is not None

    @property
    def stop_cause(self) -> StopCause | None:
        """Why to end now, if so."""
        return self._stop.cause

    def check(self) -> None:
        """Ends the handler, by raising `Stopped`, if it should stop."""
        if self._stop.cause is not None:
            raise Stopped(self._stop.cause)

    def sleep(self, seconds: float) -> None:
        """Waits, and ends the handler as `check` does as soon as it should stop."""
        self._stop.wait(seconds)
        self.check()

    def progress(self, fraction: float, message: str = "") -> None:
        """Says how far it is, 0 to 1. Only the latest is kept, so it may be called often."""
        self._feedback.progress(fraction, message)

    def log(self, text: str) -> None:
        """Keeps a line with the attempt."""
        self._feedback.output("log", text)

    def output(self, text: str, *, stream: str = "stdout") -> None:
        """Keeps what a program printed, `stdout` or `stderr`, with the attempt.

        What comes faster than it can be sent is counted and left out.
        """
        if stream not in ("stdout", "stderr", "log"):
            raise ValueError(f"{stream!r} is not stdout, stderr or log")
        self._feedback.output(stream, text)
