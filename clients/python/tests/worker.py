"""A worker in a process of its own, for tests that kill it: what it is told to do is in its parameters."""

from __future__ import annotations

import logging
import os
import sys

from metier import Client, Task, Worker

logging.basicConfig(stream=sys.stderr, level=logging.INFO)
kind, drain = sys.argv[1], float(sys.argv[2])
worker = Worker(Client(), concurrency=2, drain=drain)


@worker.handler(kind, max_attempts=5, backoff=0.05)
def work(task: Task) -> dict[str, object]:
    """Says that it began, works as long as it is told, and says who it was."""
    task.progress(0.1, f"begun by {os.getpid()}")
    seconds = 0.0 if task.attempt > 1 and task.parameters.get("once") else float(task.parameters.get("seconds", 0))
    task.sleep(seconds)
    return {"by": os.getpid(), "attempt": task.attempt}


worker.run()
