"""What becomes of tasks when their worker dies, is cut off, sleeps, or is told to end. Against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import PATIENCE, until, working
from metier import Client, StopCause, Task, Worker
from proxy import Proxy
from test_client import submitted, submitted_kind


class Process:
    """A worker of its own, ended with the test."""

    def __init__(self, kind: str, drain: float = 10.0) -> None:
        program = Path(__file__).with_name("worker.py")
        self.process = subprocess.Popen([sys.executable, program, kind, str(drain)], stderr=subprocess.PIPE, text=True)
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


def begun(client: Client, run: str, process: Process, index: int = 0) -> None:
    message = f"begun by {process.process.pid}"
    until(lambda: client.task(run, index).progress_message == message)


def test_the_tasks_of_a_killed_worker_run_elsewhere(client: Client, kind: str) -> None:
    with Process(kind) as first:
        submitted_kind(client, kind)
        run = client.enqueue_many(kind, [{"seconds": PATIENCE, "once": True}] * 2).id
        begun(client, run, first, 1)
        first.process.send_signal(signal.SIGKILL)
        first.ended()
        with Process(kind) as second:
            assert client.wait(run, PATIENCE).state == "succeeded"
            for index in range(2):
                task = client.task(run, index)
                assert [attempt.state for attempt in task.attempts] == ["lost", "succeeded"]
                assert task.result == {"by": second.process.pid, "attempt": 2}


def test_a_worker_that_is_told_to_end_finishes_what_runs_and_leaves_the_rest(client: Client, kind: str) -> None:
    with Process(kind) as first:
        submitted_kind(client, kind)
        run = client.enqueue_many(kind, [{"seconds": 1.0}] * 4).id
        begun(client, run, first, 1)
        first.process.send_signal(signal.SIGTERM)
        assert first.ended() == 0, first.said
        counts = client.run(run).tasks
        assert (counts["succeeded"], counts["ready"]) == (2, 2)
        with Process(kind):
            assert client.wait(run, PATIENCE).state == "succeeded"
    assert [client.task(run, index).attempt for index in range(4)] == [1] * 4


def test_what_outlasts_the_drain_is_stopped_and_tried_again_elsewhere(client: Client, kind: str) -> None:
    with Process(kind, drain=0.2) as first:
        submitted_kind(client, kind)
        run = client.enqueue(kind, {"seconds": PATIENCE, "once": True}).id
        begun(client, run, first)
        first.process.send_signal(signal.SIGTERM)
        assert first.ended() == 0, first.said
        assert client.task(run, 0).error_code == "worker_shut_down"
        with Process(kind):
            assert client.wait(run, PATIENCE).state == "succeeded"


def test_a_second_signal_ends_the_waiting(client: Client, kind: str) -> None:
    with Process(kind, drain=PATIENCE) as first:
        submitted_kind(client, kind)
        run = client.enqueue(kind, {"seconds": PATIENCE, "once": True}).id
        begun(client, run, first)
        first.process.send_signal(signal.SIGTERM)
        until(lambda: any("stops" in line for line in first.said))
        first.process.send_signal(signal.SIGTERM)
        assert first.ended() == 0, first.said
        assert client.task(run, 0).error_code == "worker_shut_down"


def test_a_worker_that_slept_through_its_lease_reports_nothing(client: Client, kind: str) -> None:
    with Process(kind) as first:
        submitted_kind(client, kind)
        run = client.enqueue(kind, {"seconds": 1.0}).id
        begun(client, run, first)
        first.process.send_signal(signal.SIGSTOP)
        with Process(kind) as second:
            assert client.result(run, PATIENCE)["by"] == second.process.pid
            first.process.send_signal(signal.SIGCONT)
            until(lambda: any("it runs elsewhere" in line for line in first.said))
            assert not any("refused" in line for line in first.said), first.said
    # Its claim waited at the server while it slept, so it may have been given the task again, and lost it again.
    *lost, last = [attempt.state for attempt in client.task(run, 0).attempts]
    assert ({*lost}, last) == ({"lost"}, "succeeded")


def test_a_worker_that_is_cut_off_stops_and_reports_nothing_under_its_old_lease(client: Client, kind: str) -> None:
    proxy, causes = Proxy(os.environ["METIER_URL"]), []
    worker = Worker(Client(proxy.url), concurrency=1)

    @worker.handler(kind, backoff=0.05)
    def once(task: Task) -> str:
        if task.attempt == 1 and task.parameters.get("blocks"):
            try:
                task.sleep(PATIENCE)
            finally:
                causes.append(task.stop_cause)
        return f"attempt {task.attempt}"

    with working(worker):
        submitted_kind(client, kind)
        run = client.enqueue(kind, {"blocks": True}).id
        until(lambda: client.run(run).tasks["running"])
        reports = proxy.asked("/worker/complete")
        proxy.cut()
        until(lambda: causes == [StopCause.LEASE_LOST])
        proxy.mend()
        assert client.result(run, PATIENCE) == "attempt 2"
    assert proxy.asked("/worker/complete") == reports + 1
    assert [attempt.state for attempt in client.task(run, 0).attempts] == ["lost", "succeeded"]
    proxy.close()


def test_a_report_whose_answer_was_lost_is_told_again_harmlessly(
    client: Client, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy, go_on = Proxy(os.environ["METIER_URL"]), threading.Event()
    worker = Worker(Client(proxy.url), concurrency=1)

    @worker.handler(kind)
    def waits(task: Task) -> str:
        assert go_on.wait(PATIENCE)
        proxy.cut()
        threading.Timer(0.5, proxy.mend).start()
        return "done"

    with working(worker):
        run = submitted(client, kind)
        until(lambda: client.run(run).tasks["running"])
        go_on.set()
        assert client.result(run, PATIENCE) == "done"
    assert client.task(run, 0).attempt == 1
    assert "cannot report" in caplog.text
    proxy.close()
