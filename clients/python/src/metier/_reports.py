"""Telling how attempts ended. What gathers while one report is under way goes with the next.

An outcome is told again until it is answered, as long as its lease lasts. Under a lease that has ended nothing is
reported: another worker has the task.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from metier._attempt import Attempt, Outcome, failed
from metier._backoff import Backoff
from metier._calls import Calls
from metier.errors import Problem, Unreachable

log = logging.getLogger("metier")

MOST = 256
MOST_BYTES = 4 * 1024 * 1024

Report = tuple[Attempt, Outcome]


class Reporter:
    """Sends outcomes on a thread of its own."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._changed = threading.Condition()
        self._waiting: deque[Report] = deque()
        self._under_way = 0
        self._alone = 0
        self._closed = False

    def start(self) -> None:
        """From now on outcomes are sent."""
        threading.Thread(target=self._send_all, name="metier-reporter", daemon=True).start()

    def add(self, attempt: Attempt, outcome: Outcome) -> None:
        """Another outcome to tell."""
        with self._changed:
            self._waiting.append((attempt, outcome))
            self._changed.notify_all()

    def flush(self, patience: float) -> bool:
        """Waits until every outcome was told or given up."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._under_way, patience)

    def close(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _send_all(self) -> None:
        backoff = Backoff()
        while (batch := self._take()) is not None:
            try:
                accepted = self._calls.complete([_completion(report) for report in batch]) if batch else []
            except (Unreachable, Problem) as error:
                pause = backoff.failed()
                log.warning("cannot report %d outcomes, trying again in %.1f s: %s", len(batch), pause, error)
                self._failed(batch, error)
                self._pause(pause)
                continue
            backoff.succeeded()
            self._answered(batch, accepted)

    def _take(self) -> list[Report] | None:
        """The next batch, without those whose lease has ended; `None` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            batch: list[Report] = []
            size, most = 0, 1 if self._alone else MOST
            while self._waiting and len(batch) < most and size < MOST_BYTES:
                report = self._waiting.popleft()
                size += report[1].size
                batch.append(report)
            self._alone = max(self._alone - 1, 0)
            self._under_way = len(batch)
        alive = [report for report in batch if report[0].lease.is_alive]
        for attempt, _ in batch:
            if not attempt.lease.is_alive:
                log.warning("the lease of task %d ended before it was reported: it runs elsewhere", attempt.task_id)
                attempt.lease.settle(attempt.task_id)
        return alive

    def _answered(self, batch: list[Report], accepted: list[bool]) -> None:
        for (attempt, _), was_accepted in zip(batch, accepted):
            if not was_accepted:
                log.warning("the outcome of task %d came too late and was refused", attempt.task_id)
            attempt.lease.settle(attempt.task_id)
        self._done([])

    def _failed(self, batch: list[Report], error: Unreachable | Problem) -> None:
        """They go again. Where the server will never take them, one by one: so the broken one is found."""
        is_broken = isinstance(error, Problem) and not error.is_passing and error.status not in (401, 403)
        if is_broken and len(batch) == 1:
            self._done([_instead(batch[0], error)])
            return
        if is_broken:
            self._alone = len(batch)
        self._done(batch)

    def _done(self, again: list[Report]) -> None:
        with self._changed:
            self._waiting.extendleft(reversed(again))
            self._under_way = 0
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._closed, max(end - time.monotonic(), 0.0))


def _completion(report: Report) -> dict[str, object]:
    attempt, outcome = report
    return {"lease": attempt.lease.token, "task": attempt.task_id, **outcome.fields}


def _instead(report: Report, error: Unreachable | Problem) -> Report:
    """The server says what is wrong with the outcome; that is what the one who submitted should see."""
    attempt, _ = report
    return attempt, failed("outcome_refused", str(error), outcome="failed_permanent")
