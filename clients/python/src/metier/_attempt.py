"""One attempt: runs the handler and makes its one outcome, whoever says first how it ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from metier._feedback import Feedback, clean
from metier._lease import Lease, Phase
from metier._transport import encoded
from metier.errors import Permanent, Retryable, Skipped, Stopped
from metier.task import Stop, StopCause, Task

log = logging.getLogger("metier")

GRACE = 1.0
"""Seconds a handler may take to end once told to stop, before it is reported all the same."""
LARGEST_RESULT = 4 * 1024 * 1024
LONGEST_MESSAGE = 4000


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, as the server is told."""

    fields: Mapping[str, object]
    size: int = 500
    """About how many bytes it has."""


RELEASED = Outcome({"outcome": "released"})
CANCELLED = Outcome({"outcome": "cancelled"})
TIMED_OUT = Outcome({"outcome": "timed_out"})


class Attempt:
    """A claimed task. `report` is called once, with its outcome."""

    def __init__(
        self,
        body: Mapping[str, Any],
        lease: Lease,
        report: Callable[[Attempt, Outcome], None],
        changed: Callable[[Lease], None],
    ) -> None:
        self.task_id: int = body["id"]
        self.kind: tuple[str, int] = (body["kind"]["name"], body["kind"]["version"])
        self.lease = lease
        self.stop = Stop()
        self.feedback = Feedback(lambda: changed(lease))
        self.deadline = float("inf")
        self._body = body
        self._report = report
        self._lock = threading.Lock()
        self._phase = Phase.HELD

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self._phase

    def run(self, handler: Callable[[Task], object] | None) -> bool:
        """Runs the handler and reports how it ended; false where it did not begin."""
        with self._lock:
            if self._phase is not Phase.HELD:
                return False
            self._phase = Phase.RUNNING
        if handler is None:
            self.end(failed("misdelivered", f"the worker has no handler for {self.kind[0]}"))
            return False
        if self.stop.cause or not self.lease.is_alive:
            self.end(self._stopped())
            return False
        self.deadline = time.monotonic() + self._body["timeout_ms"] / 1000
        outcome = _perform(handler, Task(self._body, self.stop, self.feedback, self.deadline))
        if self.feedback.was_written:
            self.lease.send_output()
        self.end(self._stopped() if self.stop.cause else outcome)
        return True

    def give_back(self) -> None:
        """Reports that it has not begun, if so."""
        with self._lock:
            if self._phase is not Phase.HELD:
                return
            self._phase = Phase.ENDED
        self._report(self, RELEASED)

    def abandon(self) -> None:
        """Its handler was told to stop and does not: it is reported without it."""
        self.end(self._stopped())

    def end(self, outcome: Outcome) -> None:
        """Reports an outcome, unless another was reported before."""
        with self._lock:
            if self._phase is Phase.ENDED:
                return
            self._phase = Phase.ENDED
        self._report(self, outcome)

    def _stopped(self) -> Outcome:
        if self.stop.cause is StopCause.CANCELLED:
            return CANCELLED
        if self.stop.cause is StopCause.TIMED_OUT:
            return TIMED_OUT
        return failed("worker_shut_down", "the worker shut down before the task had ended")


def failed(code: str, message: str, *, outcome: str = "failed", **more: object) -> Outcome:
    """The outcome of a failure."""
    message = clean(message)[:LONGEST_MESSAGE]
    return Outcome({"outcome": outcome, "error_code": clean(code)[:100], "error_message": message, **more})


def _perform(handler: Callable[[Task], object], task: Task) -> Outcome:
    try:
        return _succeeded(handler(task))
    except Skipped as reason:
        return failed("skipped", str(reason), outcome="skipped")
    except Permanent as error:
        return failed(error.code, str(error), outcome="failed_permanent")
    except Retryable as error:
        after = 0 if error.after is None else max(round(error.after * 1000), 1)
        return failed(error.code, str(error), retry_after_ms=after)
    except Stopped:
        return failed("stopped_early", "the handler stopped without being told to")
    except BaseException as error:
        # SystemExit too: a handler that ends must not take its thread, and with it a slot, along.
        log.exception("the handler of %s raised, task %s of run %s", task.kind, task.index, task.run_number)
        return failed("handler_raised", f"{type(error).__name__}: {error}")


def _succeeded(result: object) -> Outcome:
    try:
        size = len(encoded(result))
    except (TypeError, ValueError, RecursionError) as error:
        return failed("result_not_json", f"the result cannot be written as JSON: {error}", outcome="failed_permanent")
    if size > LARGEST_RESULT:
        message = f"the result has {size} bytes as JSON; at most {LARGEST_RESULT} are kept"
        return failed("result_too_large", message, outcome="failed_permanent")
    return Outcome({"outcome": "succeeded", "result": result}, size)
