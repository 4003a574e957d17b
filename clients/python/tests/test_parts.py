"""Parts that need no server."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from metier import StopCause, Stopped, Task
from metier._backoff import LONGEST, Backoff
from metier._feedback import CAPACITY, Feedback
from metier._pace import Pace
from metier.models import moment


def test_waits_double_with_jitter_up_to_the_longest() -> None:
    backoff = Backoff()
    waits = [backoff.failed() for _ in range(12)]
    assert 0.05 <= waits[0] <= 0.1 and 0.4 <= waits[3] <= 0.8
    assert all(wait <= LONGEST for wait in waits)
    backoff.succeeded()
    assert backoff.failed() <= 0.1 and backoff.failed(at_least=3.0) == 3.0


@pytest.mark.parametrize("text", ["2026-11-22T04:10:54Z", "2026-11-22T04:10:54.0Z", "2026-11-22T04:10:54.000000000+00:00"])
def test_times_are_read_however_many_digits_they_have(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 22, 4, 10, 54, tzinfo=timezone.utc)


def test_output_beyond_the_capacity_is_counted_and_told_of() -> None:
    feedback = Feedback(lambda: None)
    feedback.output("stdout", "x" * CAPACITY)
    feedback.output("stdout", "too much")
    *kept, last = feedback.take_output()
    assert sum(len(piece["text"]) for piece in kept) == CAPACITY
    assert last["text"].startswith("8 characters")
    assert feedback.take_output() == []


def test_only_the_latest_progress_is_sent() -> None:
    feedback = Feedback(lambda: None)
    feedback.progress(0.1, "one")
    feedback.progress(5.0, "two")
    assert feedback.take_progress() == {"thousandths": 1000, "message": "two"}
    assert feedback.take_progress() is None


def test_short_tasks_are_held_and_long_ones_left_to_others() -> None:
    pace = Pace(4)
    assert pace.wanted(running=0, held=0) == 4
    pace.ran(0.00001)
    assert pace.wanted(running=4, held=0) > 200 and pace.wanted(running=4, held=200) == 0
    pace.stalled()
    pace.ran(1.0)
    assert pace.wanted(running=1, held=0) == 3


def test_a_handler_is_tested_with_a_task_that_nobody_leased_out() -> None:
    task = Task.alone({"text": "to be"})
    assert task.parameters == {"text": "to be"} and task.attempt == 1 and task.seconds_left > 200
    task.progress(0.5)
    task.check()
    task._stop.tell(StopCause.CANCELLED)
    task._stop.tell(StopCause.TIMED_OUT)
    with pytest.raises(Stopped) as stopped:
        task.sleep(60)
    assert stopped.value.cause is StopCause.CANCELLED
