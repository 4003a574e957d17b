"""The tests ask the installation that METIER_URL names, as METIER_API_KEY: `cargo xtask test` starts one.

The key needs the rights `tasks:claim` and `runs:*`, and every kind and queue. Leases last two seconds there.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from metier import Client, Worker

PATIENCE = 60.0


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


@pytest.fixture
def kind() -> str:
    """A kind of the test's own."""
    return f"test-{uuid.uuid4().hex}"


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """The worker runs beside the test and stops with it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the worker does not stop"
        assert not failures, failures


def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits for something that happens elsewhere."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
