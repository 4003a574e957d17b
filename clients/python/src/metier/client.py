"""Submitting runs and following them."""

from __future__ import annotations

import os
import ssl
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

from metier._backoff import Backoff
from metier._transport import Transport
from metier.errors import Problem, RunFailed, Unreachable
from metier.models import Output, Run, TaskView

REQUEST_TIMEOUT = 65.0
"""The server answers everything within 60 seconds."""
FIRST_LOOK = 0.02
SLOWEST_LOOK = 1.0


class Client:
    """Asks one installation, with an API key or an access token. Safe to share between threads.

    A request that may be repeated without harm is repeated for up to `patience` seconds while the server is away.
    Submitting is such a request: every submission has an idempotency key.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        patience: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Without arguments, the environment says where (`METIER_URL`) and as whom (`METIER_API_KEY`)."""
        url = url or os.environ.get("METIER_URL") or "http://127.0.0.1:7400"
        api_key = api_key or os.environ.get("METIER_API_KEY")
        if not api_key:
            raise ValueError("an API key is needed: give one, or set METIER_API_KEY")
        self._patience = patience
        self.transport = Transport(url, api_key, tls)

    def close(self) -> None:
        """Ends every connection."""
        self.transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def enqueue(
        self,
        kind: str,
        parameters: object = None,
        *,
        version: int | None = None,
        queue: str | None = None,
        priority: int = 0,
        requires: Sequence[str] = (),
        delay: float | timedelta | None = None,
        run_at: datetime | None = None,
        max_attempts: int | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Submits one task. It is durable when this answers.

        It starts after `delay` seconds, or not before `run_at`, on a worker with the capabilities it `requires`. Submitting again under the same `idempotency_key`
        answers the first run; the second request has to be the same, so it needs `run_at` rather than `delay`.
        """
        wish = {"parameters": {} if parameters is None else parameters}
        options = _options(version, queue, priority, requires, _not_before(delay, run_at), max_attempts, timeout)
        return self._submit({"kind": kind, **wish, **options}, idempotency_key)

    def enqueue_many(
        self,
        kind: str,
        items: Iterable[object],
        *,
        version: int | None = None,
        queue: str | None = None,
        priority: int = 0,
        requires: Sequence[str] = (),
        delay: float | timedelta | None = None,
        run_at: datetime | None = None,
        max_attempts: int | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Submits one run with a task for each item: all of them or, where one is wrong, none."""
        wish = {"items": list(items)}
        options = _options(version, queue, priority, requires, _not_before(delay, run_at), max_attempts, timeout)
        return self._submit({"kind": kind, **wish, **options}, idempotency_key)

    def run(self, run: Run | str | int) -> Run:
        """One run as it is now, by id or number."""
        return Run.read(self._repeat("GET", _path(run)))

    def runs(
        self, *, state: Sequence[str] = (), kind: str | None = None, queue: str | None = None, page: int = 50
    ) -> Iterator[Run]:
        """Runs, newest first, read page by page as far as they are asked for."""
        wish = {"state": ",".join(state), "kind": kind, "queue": queue, "limit": page}
        return map(Run.read, self._pages("/api/v1/runs", wish))

    def cancel(self, run: Run | str | int) -> Run:
        """What waits ends at once, what runs is told to stop. `run_ended` where there is nothing left to cancel."""
        return Run.read(self.transport.call("POST", f"{_path(run)}/cancel", timeout=REQUEST_TIMEOUT))

    def retry(self, run: Run | str | int) -> Run:
        """Runs again what did not succeed of a run that has ended."""
        return Run.read(self.transport.call("POST", f"{_path(run)}/retry", timeout=REQUEST_TIMEOUT))

    def wait(self, run: Run | str | int, timeout: float | None = None) -> Run:
        """Waits until a run has ended, for `timeout` seconds at most: then `TimeoutError`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = FIRST_LOOK
        while not (found := self.run(run)).has_ended:
            left = SLOWEST_LOOK if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"run {found.number} is {found.state}: {found.reason or 'it has not ended'}")
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, SLOWEST_LOOK)
        return found

    def result(self, run: Run | str | int, timeout: float | None = None) -> Any:
        """Waits for a run of one task and answers what its handler gave; `RunFailed` where it did not succeed."""
        ended = self.wait(run, timeout)
        if ended.state != "succeeded":
            raise RunFailed(ended)
        return self.task(run, 0).result

    def results(self, run: Run | str | int) -> Iterator[tuple[int, Any]]:
        """The results there are, each with the index of its task, in order."""
        pages = self._pages(f"{_path(run)}/results", {"limit": 500})
        return ((found["index"], found["result"]) for found in pages)

    def tasks(self, run: Run | str | int, *, state: str | None = None) -> Iterator[TaskView]:
        """The tasks of a run, in order."""
        return map(TaskView.read, self._pages(f"{_path(run)}/tasks", {"state": state, "limit": 500}))

    def task(self, run: Run | str | int, index: int) -> TaskView:
        """One task with its attempts and its result."""
        return TaskView.read(self._repeat("GET", f"{_path(run)}/tasks/{index}"))

    def output(self, run: Run | str | int, index: int = 0, *, attempt: int | None = None) -> Iterator[Output]:
        """What the latest attempt of a task has written, or another attempt."""
        pages = self._pages(f"{_path(run)}/tasks/{index}/output", {"attempt": attempt, "limit": 500})
        return map(Output.read, pages)

    def _submit(self, wish: Mapping[str, object], idempotency_key: str | None) -> Run:
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return Run.read(self._repeat("POST", "/api/v1/runs", wish, headers))

    def _pages(self, path: str, wish: Mapping[str, object]) -> Iterator[Any]:
        wanted = {name: value for name, value in wish.items() if value not in (None, "")}
        while True:
            page = self._repeat("GET", f"{path}?{urlencode(wanted)}")
            yield from page["items"]
            if not page.get("next"):
                return
            wanted["after"] = page["next"]

    def _repeat(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        deadline, backoff = time.monotonic() + self._patience, Backoff()
        while True:
            try:
                return self.transport.call(method, path, body, timeout=REQUEST_TIMEOUT, headers=headers)
            except (Unreachable, Problem) as error:
                asked_for = error.retry_after if isinstance(error, Problem) else None
                pause = backoff.failed(asked_for)
                refused = isinstance(error, Problem) and not error.is_passing
                if refused or time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)


def _path(run: Run | str | int) -> str:
    return f"/api/v1/runs/{quote(str(run.id if isinstance(run, Run) else run), safe='')}"


def _not_before(delay: float | timedelta | None, run_at: datetime | None) -> str | None:
    if delay is not None:
        if run_at is not None:
            raise ValueError("give delay or run_at, not both")
        seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
        run_at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    if run_at is None:
        return None
    if run_at.tzinfo is None:
        raise ValueError("run_at needs a time zone")
    return run_at.isoformat()


def _options(
    version: int | None,
    queue: str | None,
    priority: int,
    requires: Sequence[str],
    run_at: str | None,
    max_attempts: int | None,
    timeout: float | None,
) -> dict[str, object]:
    options = {
        "kind_version": version,
        "queue": queue,
        "priority": priority,
        "requires": list(requires) or None,
        "run_at": run_at,
        "max_attempts": max_attempts,
        "timeout_ms": None if timeout is None else round(timeout * 1000),
    }
    return {name: value for name, value in options.items() if value is not None}
