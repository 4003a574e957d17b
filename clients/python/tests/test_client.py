"""Submitting runs and following them, against a real server."""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from conftest import PATIENCE, working
from metier import Client, Permanent, Problem, RunFailed, Task, Unreachable, Worker
from proxy import Proxy

SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}


def doubler(client: Client, kind: str) -> Worker:
    worker = Worker(client)

    @worker.handler(kind, description="Doubles", schema=SCHEMA)
    def double(task: Task) -> int:
        return int(task.parameters["number"]) * 2

    return worker


def declared(client: Client, kind: str) -> None:
    """The kind is known, and nobody works on it."""
    with working(doubler(client, kind)):
        client.result(submitted(client, kind), PATIENCE)


def submitted(client: Client, kind: str) -> str:
    """A run, as soon as the kind is known."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return client.enqueue(kind, {"number": 1}).id
        except Problem as problem:
            assert problem.code == "unknown_kind" and time.monotonic() < end
            time.sleep(0.02)


def test_the_result_of_one_task_is_waited_for(client: Client, kind: str) -> None:
    with working(doubler(client, kind)):
        submitted(client, kind)
        run = client.enqueue(kind, {"number": 21}, max_attempts=2, timeout=7.5)
        assert client.result(run, PATIENCE) == 42
        ended = client.run(run)
        assert (ended.state, ended.kind, ended.size, ended.max_attempts) == ("succeeded", kind, 1, 2)
        assert ended.timeout == 7.5 and ended.has_ended and ended.tasks["succeeded"] == 1
        assert ended.created_at is not None and ended.created_at.tzinfo is not None


def test_many_items_are_one_run_with_a_result_each_in_order(client: Client, kind: str) -> None:
    with working(doubler(client, kind)):
        submitted(client, kind)
        run = client.wait(client.enqueue_many(kind, ({"number": number} for number in range(700))), PATIENCE)
        assert (run.state, run.size) == ("succeeded", 700)
        assert list(client.results(run)) == [(number, number * 2) for number in range(700)]
        assert [task.index for task in client.tasks(run, state="succeeded")] == list(range(700))
    assert client.enqueue_many(kind, []).state == "succeeded"


def test_a_key_submits_once(client: Client, kind: str) -> None:
    declared(client, kind)
    key = str(uuid.uuid4())
    first = client.enqueue(kind, {"number": 1}, idempotency_key=key)
    assert client.enqueue(kind, {"number": 1}, idempotency_key=key).id == first.id
    with pytest.raises(Problem) as refused:
        client.enqueue(kind, {"number": 2}, idempotency_key=key)
    assert (refused.value.status, refused.value.code) == (409, "idempotency_key_reused")


def test_a_submission_whose_answer_was_lost_is_made_once(client: Client, kind: str) -> None:
    declared(client, kind)
    proxy = Proxy(os.environ["METIER_URL"])
    with Client(proxy.url) as shaky:
        proxy.lose_an_answer()
        run = shaky.enqueue(kind, {"number": 1}, queue=kind)
        assert proxy.asked("POST /api/v1/runs ") == 2
        assert [found.id for found in client.runs(queue=kind)] == [run.id]
    proxy.close()


def test_a_run_starts_after_its_delay_and_in_its_queue(client: Client, kind: str) -> None:
    declared(client, kind)
    run = client.enqueue(kind, {"number": 1}, delay=timedelta(hours=1), queue="later", priority=5)
    assert (run.state, run.queue, run.priority) == ("queued", "later", 5)
    assert run.run_at is not None and timedelta(minutes=59) < run.run_at - datetime.now(timezone.utc)
    assert "starts at" in (client.run(run).reason or "")
    with pytest.raises(ValueError, match="not both"):
        client.enqueue(kind, {"number": 1}, delay=1, run_at=datetime.now(timezone.utc))
    with pytest.raises(ValueError, match="time zone"):
        client.enqueue(kind, {"number": 1}, run_at=datetime(2030, 1, 1))
    with pytest.raises(TimeoutError, match="starts at"):
        client.wait(run, timeout=0.1)


def test_higher_priority_goes_first(client: Client, kind: str) -> None:
    declared(client, kind)
    low, high = (client.enqueue(kind, {"number": 1}, priority=priority) for priority in (-10, 10))
    with working(doubler(client, kind)):
        ended = [client.wait(run, PATIENCE) for run in (low, high)]
    began = [run.started_at for run in ended]
    assert began[1] is not None and began[0] is not None and began[1] <= began[0]


def test_a_run_goes_to_a_worker_that_can_do_what_it_requires(client: Client, kind: str) -> None:
    plain, able = Worker(client), Worker(client, capabilities=["ink", "paper"])
    plain.handler(kind)(lambda task: "plain")
    able.handler(kind)(lambda task: "able")
    with working(plain):
        client.wait(submitted(client, kind), PATIENCE)
        run = client.enqueue(kind, requires=["ink"])
        assert client.result(client.enqueue(kind), PATIENCE) == "plain"
        assert client.run(run).state == "queued"
        with working(able):
            assert client.result(run, PATIENCE) == "able"


def test_runs_are_listed_by_state_and_cancelled(client: Client, kind: str) -> None:
    declared(client, kind)
    runs = [client.enqueue(kind, {"number": number}) for number in range(5)]
    assert client.cancel(runs[0]).state == "cancelled"
    queued = [run.id for run in client.runs(state=["queued"], kind=kind, page=2)]
    assert queued == [run.id for run in reversed(runs[1:])]
    assert client.run(runs[0].number).state == "cancelled"
    with pytest.raises(Problem) as refused:
        client.cancel(runs[0])
    assert refused.value.code == "run_ended"


def test_a_retry_runs_again_what_did_not_succeed(client: Client, kind: str) -> None:
    worker, broken = Worker(client), {3}

    @worker.handler(kind)
    def fragile(task: Task) -> str:
        if task.index in broken:
            raise Permanent("no_ink", "the pen is empty")
        return "written"

    with working(worker):
        run = client.wait(client.enqueue_many(submitted_kind(client, kind), [{}] * 5), PATIENCE)
        assert (run.state, run.tasks["failed"]) == ("partial", 1)
        failed = client.task(run, 3)
        assert (failed.error_code, failed.error_message) == ("no_ink", "the pen is empty")
        broken.clear()
        assert client.retry(run).epoch == 2
        assert client.wait(run, PATIENCE).state == "succeeded"
        assert client.task(run, 3).result == "written"


def submitted_kind(client: Client, kind: str) -> str:
    client.wait(submitted(client, kind), PATIENCE)
    return kind


def test_a_run_that_failed_has_no_result_and_says_why(client: Client, kind: str) -> None:
    worker = Worker(client)

    @worker.handler(kind)
    def fails(task: Task) -> None:
        raise Permanent("no_ink", "the pen is empty")

    with working(worker), pytest.raises(RunFailed, match="the pen is empty") as raised:
        client.result(submitted(client, kind), PATIENCE)
    assert raised.value.run.state == "failed"


def test_a_refusal_names_each_wrong_field_and_changes_nothing(client: Client, kind: str) -> None:
    declared(client, kind)
    with pytest.raises(Problem) as refused:
        client.enqueue_many(kind, [{"number": 1}, {"number": "one"}, {}])
    problem = refused.value
    assert (problem.status, problem.code) == (400, "invalid_parameters")
    assert [violation["field"] for violation in problem.violations] == ["/items/1/number", "/items/2"]
    assert problem.correlation_id and not problem.is_passing
    assert len(list(client.runs(kind=kind))) == 1
    with pytest.raises(Problem, match="not_found"):
        client.run("01a20173-28d8-7de6-8176-3f0aa59d5879")
    with pytest.raises(Problem, match="token_invalid"):
        Client(api_key="mtr_wrong").run(1)
    with pytest.raises(ValueError):
        client.enqueue(kind, {"number": float("nan")})


def test_a_server_that_is_away_is_waited_for_and_then_given_up(client: Client, kind: str) -> None:
    proxy = Proxy(os.environ["METIER_URL"])
    proxy.cut()
    with Client(proxy.url, patience=0.3) as lost, pytest.raises(Unreachable):
        lost.run(1)
    proxy.close()
    with pytest.raises(ValueError, match="not an address"):
        Client("127.0.0.1:7400")
