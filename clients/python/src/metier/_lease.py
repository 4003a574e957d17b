"""One lease: the tasks of one claim, kept alive by heartbeats until each has been settled.

One heartbeat is always waiting, so that the server can answer it the moment a task should stop. The lease is over
when the server says so, or when it could not be renewed for as long as it lasts: then what still runs under it is
told to stop, and no outcome of it is reported any more.
"""

from __future__ import annotations

import logging
import threading
import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from metier._backoff import Backoff
from metier._calls import Calls
from metier.errors import Problem, Unreachable
from metier.task import StopCause

if TYPE_CHECKING:
    from metier._attempt import Attempt

log = logging.getLogger("metier")

LEAST_INTERVAL = 0.25
"""Seconds between heartbeats, should the server answer each at once."""
MOST_CHUNKS = 64
"""Pieces of output in one call: 1 MiB at most."""


class Phase(Enum):
    """Where an attempt is."""

    HELD = 1
    RUNNING = 2
    ENDED = 3


class Lease:
    """The attempts of one claim. Made when the claim was answered: it began no earlier than that was sent."""

    def __init__(self, token: str, calls: Calls) -> None:
        self.token = token
        self._calls = calls
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._settled = threading.Event()
        self._beating = False
        self._lost = False
        self._since = time.monotonic()
        self._expires = self._since + calls.lease_seconds
        self._open: dict[int, Attempt] = {}

    def add(self, attempt: Attempt) -> None:
        """Another attempt under this lease."""
        self._open[attempt.task_id] = attempt

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._since

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open under it."""
        return self._settled.is_set()

    @property
    def is_alive(self) -> bool:
        """Whether what is reported under it can still count."""
        return not self._lost and time.monotonic() < self._expires

    def attempts(self) -> list[Attempt]:
        """Those that are open."""
        with self._lock:
            return list(self._open.values())

    def settle(self, task_id: int) -> None:
        """The outcome of a task was answered or given up."""
        with self._lock:
            self._open.pop(task_id, None)
            if not self._open:
                self._settled.set()

    def begin_heartbeats(self) -> None:
        """From now on it is renewed, on a thread of its own, until it is settled or lost."""
        if not self._beating:
            self._beating = True
            threading.Thread(target=self._keep, name="metier-heartbeat", daemon=True).start()

    def send_progress(self) -> None:
        """Tells how far its tasks are."""
        progress = self._take_progress()
        if not progress or not self.is_alive:
            return
        try:
            self._obey(self._calls.heartbeat(self.token, progress, wait=0.0))
        except (Unreachable, Problem) as error:
            log.debug("a word on progress was lost, the next one will do: %s", error)

    def send_output(self) -> None:
        """Sends what its tasks have written, in order."""
        with self._sending:
            taken = ((attempt.task_id, attempt.feedback.take_output()) for attempt in self.attempts())
            chunks = [{"task": task_id, **piece} for task_id, pieces in taken for piece in pieces]
            for start in range(0, len(chunks), MOST_CHUNKS):
                try:
                    if not (self.is_alive and self._calls.output(self.token, chunks[start : start + MOST_CHUNKS])):
                        log.warning("output came after the end of its lease")
                        return
                except (Unreachable, Problem) as error:
                    log.warning("output was lost: %s", error)

    def _keep(self) -> None:
        backoff = Backoff()
        while not self._settled.is_set():
            began = time.monotonic()
            left = self._expires - began
            if self._lost or left <= 0:
                break
            try:
                answer = self._calls.heartbeat(self.token, self._take_progress(), self._calls.heartbeat_seconds, left)
            except (Unreachable, Problem) as error:
                pause = backoff.failed()
                log.warning("cannot renew a lease, trying again in %.1f s: %s", pause, error)
                self._settled.wait(min(pause, max(self._expires - time.monotonic(), 0.0)))
                continue
            if not answer["alive"]:
                break
            backoff.succeeded()
            self._expires = began + self._calls.lease_seconds
            self._obey(answer)
            self._settled.wait(LEAST_INTERVAL - (time.monotonic() - began))
        self._lose()

    def _lose(self) -> None:
        self._lost = True
        # The server forgets a lease with its last outcome, whose answer may still be under way.
        running = [attempt for attempt in self.attempts() if attempt.phase is not Phase.ENDED]
        if running:
            log.warning("lost a lease: %d tasks are stopped and go to another worker", len(running))
        for attempt in running:
            attempt.stop.tell(StopCause.LEASE_LOST)

    def _obey(self, answer: dict[str, Any]) -> None:
        with self._lock:
            told = [(self._open.get(stop["task"]), stop["reason"]) for stop in answer["stop"]]
        for attempt, reason in told:
            if attempt is not None:
                attempt.stop.tell(StopCause.TIMED_OUT if reason == "timed_out" else StopCause.CANCELLED)

    def _take_progress(self) -> list[dict[str, Any]]:
        taken = ((attempt.task_id, attempt.feedback.take_progress()) for attempt in self.attempts())
        return [{"task": task_id, **progress} for task_id, progress in taken if progress is not None]
