"""huey on SQLite with fsync, measured: `python main.py huey RUNS TASKS` prints its figures as JSON.

What is measured, and in which order, stands in ../rust/src/measure.rs; every language does the same. huey has no call
that enqueues many, and it takes a task off its list before the handler runs: at most once.
"""

import json
import sys
import threading
import time

from huey import SqliteHuey
from huey.consumer import Consumer

PICKUPS = 300
handled: list[tuple[float, float]] = []
queue = SqliteHuey("bench", filename="huey.db", results=False, fsync=True)


@queue.task()
def noop(sent: float) -> None:
    """Does nothing but remember when."""
    now = time.time()
    handled.append((now, now - sent))


class Worker(Consumer):
    """Consumer of this process: signals stay with the program."""

    def _set_signal_handlers(self) -> None:
        pass


def measure(runs: int, tasks: int) -> dict[str, float | None]:
    """Measures `runs` single enqueues, the drain of those and of so many more tasks, and the pickup."""
    start = time.perf_counter()
    for _ in range(runs):
        noop(time.time())
    single = runs / (time.perf_counter() - start)
    for _ in range(tasks):
        noop(time.time())
    worker = Worker(queue, workers=2, initial_delay=0.01, max_delay=0.1, backoff=1.15)
    threading.Thread(target=worker.run, daemon=True).start()
    handled_by_now(runs + tasks)
    moments = [when for when, _ in handled]
    drain = len(moments) / (max(moments) - min(moments))
    half, most = pickup()
    return {"one": single, "bulk": None, "drain": drain, "pickup_p50": half, "pickup_p99": most, "memory": resident()}


def pickup() -> tuple[float, float]:
    """Milliseconds from enqueue to handler at 100 a second: the median, and 99 of 100."""
    handled.clear()
    start = time.perf_counter()
    for sent in range(PICKUPS):
        time.sleep(max(0.0, start + sent / 100 - time.perf_counter()))
        noop(time.time())
    handled_by_now(PICKUPS)
    waits = sorted(wait * 1_000 for _, wait in handled)
    return waits[len(waits) // 2], waits[len(waits) * 99 // 100]


def handled_by_now(expected: int) -> None:
    """Waits until that many tasks were handled."""
    patience = time.monotonic() + 120
    while len(handled) < expected:
        if time.monotonic() > patience:
            sys.exit(f"two minutes were not enough for {expected} tasks")
        time.sleep(0.005)


def resident() -> float:
    """Memory of this process, MB."""
    with open("/proc/self/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1_024


print(json.dumps(measure(int(sys.argv[2]), int(sys.argv[3]))), flush=True)
