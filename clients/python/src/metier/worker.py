"""A worker: claims tasks of the kinds it has handlers for, runs them, and reports how they ended."""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from metier._attempt import Attempt
from metier._backoff import Backoff
from metier._calls import Calls
from metier._crew import Crew, Handler
from metier._lease import Lease
from metier._reports import Reporter
from metier._transport import Transport
from metier.client import Client
from metier.errors import Problem, Unreachable
from metier.task import StopCause

log = logging.getLogger("metier")

H = TypeVar("H", bound=Handler)

CLAIM_WAIT = 20.0
CLAIM_GRACE = 0.25
"""Seconds for a claim that is just being answered: what it brings is given back."""
REPORT_PATIENCE = 6.0
"""Seconds the last outcomes may take to be told."""


class Worker:
    """Runs up to `concurrency` tasks at a time, each handler on a thread.

    The client's key needs the right `tasks:claim`, and has to name the kinds and the queues.
    """

    def __init__(
        self,
        client: Client,
        *,
        concurrency: int = 4,
        queues: Sequence[str] = (),
        capabilities: Sequence[str] = (),
        drain: float = 10.0,
        name: str | None = None,
    ) -> None:
        """Takes from `queues`, or all that the key may, what requires no more than its `capabilities`.

        A stop waits `drain` seconds for what runs.
        """
        if not 1 <= concurrency <= 1000:
            raise ValueError("concurrency is 1 to 1000")
        self._name = name or f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._queues = list(queues)
        self._drain = drain
        self._kinds: list[dict[str, object]] = []
        self._handlers: dict[tuple[str, int], Handler] = {}
        self._claims: Transport = client.transport.separate()
        self._calls = Calls(client.transport, self._name, capabilities)
        self._reporter = Reporter(self._calls)
        self._crew = Crew(concurrency, self._handlers)
        # Unlike an event, it may be told something from within a signal handler.
        self._orders: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._stopping = threading.Event()

    @property
    def name(self) -> str:
        """What the installation calls it: unique for each start."""
        return self._name

    def handler(
        self,
        kind: str,
        *,
        version: int = 1,
        description: str = "",
        schema: Mapping[str, object] | None = None,
        permissions: Sequence[str] = (),
        timeout: float | None = None,
        max_attempts: int | None = None,
        backoff: float | None = None,
        max_backoff: float | None = None,
    ) -> Callable[[H], H]:
        """Declares a kind, and the function under this line as its handler.

        `schema` is the JSON Schema of one item; submissions are held against it. `timeout` and `backoff` are in
        seconds. What the function returns is the task's result. To fail it raises `Retryable` or `Permanent`.
        """
        declared = {
            "name": kind,
            "version": version,
            "description": description,
            "parameter_schema": schema,
            "permissions": list(permissions),
            "timeout_ms": _milliseconds(timeout),
            "max_attempts": max_attempts,
            "backoff_ms": _milliseconds(backoff),
            "max_backoff_ms": _milliseconds(max_backoff),
        }

        def add(function: H) -> H:
            if (kind, version) in self._handlers:
                raise ValueError(f"{kind} version {version} has a handler already")
            self._kinds.append({name: value for name, value in declared.items() if value is not None})
            self._handlers[kind, version] = function
            return function

        return add

    def run(self) -> None:
        """Works until `stop` is called or, on the main thread, until SIGTERM or SIGINT. To be called once.

        What has not begun is then given back. What runs may go on for `drain` seconds, then it is told to stop and
        reported as failed, to be tried again elsewhere. A second signal ends the waiting.
        """
        if not self._handlers:
            raise ValueError("a worker needs a handler")
        with self._signals():
            if not self._register():
                return
            self._reporter.start()
            self._crew.start()
            claiming = threading.Thread(target=self._claim, name="metier-claim", daemon=True)
            claiming.start()
            log.info("%s works on %s", self._name, ", ".join(name for name, _ in self._handlers))
            failure: BaseException | None = None
            try:
                failure = self._orders.get()
            finally:
                self._shut_down(claiming)
        if failure is not None:
            raise failure

    def stop(self) -> None:
        """Asks it to end, from any thread or signal handler. Asked twice, it waits for nothing."""
        self._orders.put(None)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        names = (signal.SIGTERM, signal.SIGINT)
        before = [signal.signal(name, lambda *_: self.stop()) for name in names]
        try:
            yield
        finally:
            for name, handler in zip(names, before):
                signal.signal(name, handler or signal.SIG_DFL)

    def _register(self) -> bool:
        """False when told to stop before the server was there."""
        backoff = Backoff()
        while True:
            try:
                self._calls.register(self._kinds)
                return True
            except (Unreachable, Problem) as error:
                if isinstance(error, Problem) and not error.is_passing:
                    raise
                pause = backoff.failed()
                log.warning("cannot register, trying again in %.1f s: %s", pause, error)
            try:
                self._orders.get(timeout=pause)
                return False
            except queue.Empty:
                pass

    def _claim(self) -> None:
        kinds = [{"name": name, "version": version} for name, version in self._handlers]
        backoff = Backoff()
        try:
            while not self._stopping.is_set():
                if (most := self._crew.wanted(patience=0.1)) == 0:
                    continue
                try:
                    self._take(self._calls.claim(self._claims, kinds, self._queues, most, CLAIM_WAIT))
                    backoff.succeeded()
                except (Unreachable, Problem) as error:
                    if not self._stopping.is_set():
                        self._recover(error, backoff)
        except BaseException as error:
            self._orders.put(error)

    def _recover(self, error: Unreachable | Problem, backoff: Backoff) -> None:
        pause = backoff.failed(error.retry_after if isinstance(error, Problem) else None)
        log.warning("cannot claim, trying again in %.1f s: %s", pause, error)
        self._stopping.wait(pause)
        if isinstance(error, Problem) and error.code == "unknown_kind":
            # The installation is not the one it was, such as after a restore.
            try:
                self._calls.register(self._kinds)
            except (Unreachable, Problem) as again:
                log.warning("cannot register: %s", again)

    def _take(self, claimed: Mapping[str, Any]) -> None:
        if not claimed["tasks"]:
            return
        lease = Lease(claimed["lease"], self._calls)
        attempts = [Attempt(body, lease, self._reporter.add, self._crew.spoke) for body in claimed["tasks"]]
        for attempt in attempts:
            lease.add(attempt)
        self._crew.add(lease, attempts)

    def _shut_down(self, claiming: threading.Thread) -> None:
        self._stopping.set()
        log.info("%s stops", self._name)
        claiming.join(CLAIM_GRACE)
        self._claims.close()
        claiming.join(CLAIM_GRACE)
        self._crew.give_back()
        if not self._finished_within(self._drain):
            for attempt in self._crew.unfinished():
                attempt.stop.tell(StopCause.SHUTDOWN)
            self._finished_within(float("inf"))
        if not self._reporter.flush(REPORT_PATIENCE):
            log.error("some outcomes could not be told; their tasks run elsewhere when the lease ends")
        self._crew.close()
        self._reporter.close()

    def _finished_within(self, seconds: float) -> bool:
        """Whether nothing is left; gives up early when asked to stop once more."""
        end = time.monotonic() + seconds
        while self._crew.unfinished():
            left = end - time.monotonic()
            if left <= 0:
                return False
            try:
                self._orders.get(timeout=min(left, 0.02))
                return False
            except queue.Empty:
                pass
        return True


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
