"""Handlers and what becomes of their tasks, against a real server."""

from __future__ import annotations

import threading
import time

import pytest
from conftest import PATIENCE, until, working
from metier import Client, Permanent, Problem, Retryable, Run, Skipped, StopCause, Stopped, Task, Worker
from test_client import submitted, submitted_kind

PROMISED = 2.0
"""Seconds within which a cancel or a timeout reaches the work."""


def test_progress_log_and_output_are_seen_while_it_runs_and_after(client: Client, kind: str) -> None:
    worker, go_on = Worker(client), threading.Event()

    @worker.handler(kind)
    def talks(task: Task) -> str:
        task.progress(0.5, "half way")
        task.log("hello \0 \ud800 wörld")
        task.output("x" * 20_000, stream="stderr")
        assert go_on.wait(PATIENCE)
        task.output("bye")
        return task.idempotency_key

    with working(worker):
        run = submitted(client, kind)
        until(lambda: client.task(run, 0).progress == 0.5)
        assert client.task(run, 0).progress_message == "half way"
        until(lambda: len(list(client.output(run))) > 1)
        go_on.set()
        assert client.result(run, PATIENCE) == f"{run}-0"
    pieces = list(client.output(run))
    assert (pieces[0].stream, pieces[0].text) == ("log", "hello \ufffd ? wörld")
    assert "".join(piece.text for piece in pieces if piece.stream == "stderr") == "x" * 20_000
    assert pieces[-1].text == "bye"


def test_a_cancel_reaches_a_handler_that_waits_and_one_that_computes(client: Client, kind: str) -> None:
    worker, causes = Worker(client), []

    @worker.handler(kind)
    def endless(task: Task) -> None:
        try:
            while True:
                task.sleep(PATIENCE) if task.index == 0 else task.check()
        except Stopped as stopped:
            causes.append(stopped.cause)
            raise

    with working(worker):
        for _ in range(2):
            run = client.cancel(submitted(client, kind))
        run = client.enqueue_many(kind, [{}, {}])
        until(lambda: client.run(run).tasks["running"] == 2)
        began = time.monotonic()
        client.cancel(run)
        assert client.wait(run, PATIENCE).state == "cancelled"
        assert time.monotonic() - began < PROMISED
        until(lambda: causes.count(StopCause.CANCELLED) >= 2)


def test_a_timeout_ends_the_attempt_also_of_a_handler_that_does_not_listen(client: Client, kind: str) -> None:
    worker, release, causes = Worker(client, drain=0.1), threading.Event(), []

    @worker.handler(kind, timeout=0.5, max_attempts=1)
    def slow(task: Task) -> None:
        if task.parameters.get("listens"):
            try:
                task.sleep(PATIENCE)
            finally:
                causes.append(task.stop_cause)
        release.wait(PATIENCE)

    with working(worker):
        release.set()
        client.wait(submitted(client, kind), PATIENCE)
        release.clear()
        for parameters in ({"listens": True}, {}):
            run = client.enqueue(kind, parameters)
            until(lambda: client.run(run).started_at)
            began = time.monotonic()
            assert client.wait(run, PATIENCE).state == "timed_out"
            assert time.monotonic() - began < PROMISED + 0.5
        assert causes == [StopCause.TIMED_OUT]
        release.set()


def test_failures_are_tried_again_unless_they_are_permanent(client: Client, kind: str) -> None:
    worker, tries = Worker(client), []

    @worker.handler(kind, backoff=0.01, max_backoff=0.01, max_attempts=3)
    def fails(task: Task) -> str:
        tries.append((task.index, task.attempt))
        match task.index, task.attempt:
            case 0, 1:
                raise Retryable("away", "come back later", after=0.01)
            case 1, _:
                raise Permanent("no_ink", "the pen is empty")
            case 2, _:
                raise KeyError("a bug")
            case 3, _:
                raise SystemExit(3)
            case 4, _:
                raise Skipped("nothing to do")
        return "done"

    with working(worker):
        submitted_kind(client, kind)
        tries.clear()
        run = client.wait(client.enqueue_many(kind, [{}] * 6), PATIENCE)
    assert dict(run.tasks) | {} == {**dict(run.tasks), "succeeded": 2, "failed": 3, "skipped": 1}
    assert sorted(tries) == [(0, 1), (0, 2), (1, 1), *((2, n) for n in (1, 2, 3)), *((3, n) for n in (1, 2, 3)), (4, 1), (5, 1)]
    first = client.task(run, 0)
    assert [attempt.error_code for attempt in first.attempts] == ["away", None]
    assert (client.task(run, 1).error_code, client.task(run, 1).attempt) == ("no_ink", 1)
    assert client.task(run, 2).error_message == "KeyError: 'a bug'"


def test_results_that_cannot_be_kept_fail_for_good_and_say_so(client: Client, kind: str) -> None:
    worker = Worker(client)
    results: list[object] = [object(), float("inf"), "x" * 5_000_000, "\ud800", {"fine": "å" * 2_000_000}, None]

    @worker.handler(kind)
    def gives(task: Task) -> object:
        return results[task.index]

    with working(worker):
        client.wait(submitted(client, kind), PATIENCE)
        run = client.wait(client.enqueue_many(kind, [{}] * len(results)), PATIENCE)
    codes = [task.error_code for task in client.tasks(run)]
    assert codes == ["result_not_json", "result_not_json", "result_too_large", "result_not_json", None, None]
    assert dict(client.results(run)) == {4: results[4], 5: None}


def test_a_name_and_a_kind_that_the_server_refuses_end_the_worker_with_the_reason(client: Client) -> None:
    worker = Worker(client)
    worker.handler("Not a kind!")(lambda task: None)
    with pytest.raises(Problem, match="name must be"):
        worker.run()
    with pytest.raises(ValueError, match="needs a handler"):
        Worker(client).run()


def test_as_many_run_at_a_time_as_there_are_slots(client: Client, kind: str) -> None:
    worker, lock, running, most = Worker(client, concurrency=3), threading.Lock(), [0], [0]

    @worker.handler(kind)
    def counts(task: Task) -> None:
        if task.parameters:
            return
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        until(lambda: most[0] >= 3)
        task.sleep(0.005)
        with lock:
            running[0] -= 1

    with working(worker):
        submitted_kind(client, kind)
        assert client.wait(client.enqueue_many(kind, [{}] * 30), PATIENCE).state == "succeeded"
    assert most == [3]


def test_held_tasks_are_given_back_when_those_before_them_take_long(client: Client, kind: str) -> None:
    workers, release, ran = [Worker(client, concurrency=1) for _ in range(2)], threading.Event(), []

    def work(task: Task, place: int) -> None:
        ran.append(place)
        if task.parameters.get("blocks"):
            release.wait(PATIENCE)

    for place, worker in enumerate(workers):
        worker.handler(kind)(lambda task, place=place: work(task, place))
    with working(workers[0]):
        run: Run = client.wait(client.enqueue_many(submitted_kind(client, kind), [{}] * 200), PATIENCE)
        run = client.enqueue_many(kind, [{}, {"blocks": True}, *[{}] * 20])
        until(lambda: client.run(run).tasks["running"])
        with working(workers[1]):
            until(lambda: client.run(run).tasks["succeeded"] == 21)
            release.set()
            assert client.wait(run, PATIENCE).state == "succeeded"
    attempts = [len(task.attempts) for task in (client.task(run, index) for index in range(22))]
    assert attempts == [1] * 22, "giving back uses up no attempt"


def test_a_thousand_tasks(client: Client, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    worker = Worker(client, concurrency=8)

    @worker.handler(kind)
    def nothing(task: Task) -> int:
        return task.index

    with working(worker):
        submitted_kind(client, kind)
        began = time.monotonic()
        run = client.wait(client.enqueue_many(kind, [{}] * 1000), PATIENCE)
        took = time.monotonic() - began
        assert run.state == "succeeded"
    assert [result for _, result in client.results(run)] == list(range(1000))
    with capsys.disabled():
        print(f"\nPython: 1,000 tasks in {took:.2f} s, {1000 / took:.0f} a second")
