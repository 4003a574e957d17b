"""The threads that run handlers, and the one that watches over them.

The watch tells handlers whose time is up to stop, reports those that do not, gives back what was held too long,
and begins the heartbeats of leases that last.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from metier._attempt import GRACE, Attempt
from metier._lease import Lease, Phase
from metier._pace import Pace
from metier.task import StopCause, Task

log = logging.getLogger("metier")

Handler = Callable[[Task], object]

TICK = 0.1
FIRST_HEARTBEAT = 0.2
"""A claim of short tasks is over before this and needs no heartbeat."""
GATHER = 0.2
"""Seconds that progress and output gather before they are sent."""
LONGEST_HOLD = 1.0
"""Seconds after which a task that could not start is given back."""


class Crew:
    """Runs at most `slots` attempts at a time."""

    def __init__(self, slots: int, handlers: Mapping[tuple[str, int], Handler]) -> None:
        self._slots = slots
        self._handlers = handlers
        self._pace = Pace(slots)
        self._lock = threading.Lock()
        self._more_work = threading.Condition(self._lock)
        self._more_room = threading.Condition(self._lock)
        self._more_leases = threading.Condition(self._lock)
        self._more_to_tell = threading.Condition(self._lock)
        self._closed = threading.Event()
        self._held: deque[Attempt] = deque()
        self._leases: list[Lease] = []
        self._spoke: set[Lease] = set()
        self._running = 0

    def start(self) -> None:
        """From now on attempts are run."""
        for number in range(self._slots):
            threading.Thread(target=self._work, name=f"metier-task-{number}", daemon=True).start()
        threading.Thread(target=self._watch, name="metier-watch", daemon=True).start()
        threading.Thread(target=self._tell, name="metier-feedback", daemon=True).start()

    def wanted(self, patience: float) -> int:
        """Waits until there is room; for how many tasks there is."""
        with self._lock:
            self._more_room.wait_for(lambda: self._room() > 0, patience)
            return self._room()

    def add(self, lease: Lease, attempts: Sequence[Attempt]) -> None:
        """More to do."""
        with self._lock:
            self._leases.append(lease)
            self._held.extend(attempts)
            self._more_leases.notify()
            self._more_work.notify(len(attempts))

    def spoke(self, lease: Lease) -> None:
        """A handler has said something that is to be sent."""
        with self._lock:
            self._spoke.add(lease)
            self._more_to_tell.notify()

    def give_back(self) -> None:
        """Whatever has not begun goes back."""
        with self._lock:
            held = list(self._held)
            self._held.clear()
        for attempt in held:
            attempt.give_back()

    def unfinished(self) -> list[Attempt]:
        """What runs, or has yet to be given back."""
        with self._lock:
            leases = list(self._leases)
        attempts = (attempt for lease in leases for attempt in lease.attempts())
        return [attempt for attempt in attempts if attempt.phase is not Phase.ENDED]

    def close(self) -> None:
        """Ends the threads, but for those whose handler does not end."""
        self._closed.set()
        with self._lock:
            for condition in (self._more_work, self._more_leases, self._more_to_tell):
                condition.notify_all()

    def _room(self) -> int:
        return self._pace.wanted(self._running, len(self._held))

    def _work(self) -> None:
        while (attempt := self._next()) is not None:
            began = time.monotonic()
            ran = attempt.run(self._handlers.get(attempt.kind))
            with self._lock:
                self._running -= 1
                if ran:
                    self._pace.ran(time.monotonic() - began)
                self._more_room.notify()

    def _next(self) -> Attempt | None:
        with self._lock:
            self._more_work.wait_for(lambda: self._held or self._closed.is_set())
            if self._closed.is_set():
                return None
            self._running += 1
            self._more_room.notify()
            return self._held.popleft()

    def _watch(self) -> None:
        while not self._closed.is_set():
            with self._lock:
                self._leases = [lease for lease in self._leases if not lease.is_settled]
                self._more_leases.wait_for(lambda: self._leases or self._closed.is_set())
                leases = list(self._leases)
            for lease in leases:
                self._look_at(lease)
            self._closed.wait(TICK)

    def _look_at(self, lease: Lease) -> None:
        if lease.age >= FIRST_HEARTBEAT:
            lease.begin_heartbeats()
        now = time.monotonic()
        for attempt in lease.attempts():
            if attempt.phase is Phase.HELD and lease.age >= LONGEST_HOLD:
                self._give_up(attempt)
            if attempt.phase is Phase.RUNNING and now >= attempt.deadline:
                attempt.stop.tell(StopCause.TIMED_OUT)
            if attempt.phase is Phase.RUNNING and attempt.stop.cause and now - attempt.stop.at >= GRACE:
                log.error("the handler of %s does not stop as told; its slot is taken until it ends", attempt.kind[0])
                attempt.abandon()

    def _give_up(self, attempt: Attempt) -> None:
        attempt.give_back()
        with self._lock:
            self._pace.stalled()
            if attempt in self._held:
                self._held.remove(attempt)

    def _tell(self) -> None:
        """What handlers said, several times a second."""
        while not self._closed.is_set():
            with self._lock:
                self._more_to_tell.wait_for(lambda: self._spoke or self._closed.is_set())
            self._closed.wait(GATHER)
            with self._lock:
                spoke, self._spoke = self._spoke, set()
            for lease in spoke:
                lease.send_progress()
                lease.send_output()
