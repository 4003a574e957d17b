"""What the API tells of runs and tasks. Fields and states that this version does not know do no harm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TaskState = str
"""`waiting`, `ready`, `running`, `succeeded`, `failed`, `timed_out`, `cancelled`, `skipped`; others may come."""

_FRACTION = re.compile(r"\.(\d+)")


def moment(text: str | None) -> datetime | None:
    """A time of the API. Before 3.11, Python reads neither `Z` nor fractions that are not of 3 or 6 digits."""
    if text is None:
        return None
    padded = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)
    return datetime.fromisoformat(padded.replace("Z", "+00:00"))


@dataclass(frozen=True)
class Run:
    """One execution of a kind over a list of items: a task for each."""

    id: str
    number: int
    """Counts the runs of the installation. Good wherever an id is."""
    state: str
    """`queued`, `running`, `waiting`, `cancelling`, `succeeded`, `partial`, `failed`, `timed_out`, `cancelled`;
    others may come."""
    reason: str | None
    """Why it waits or failed, in one sentence."""
    kind: str
    kind_version: int
    queue: str
    priority: int
    epoch: int
    """1, and one more with each retry."""
    size: int
    """How many tasks it has."""
    tasks: Mapping[TaskState, int]
    """How many of its tasks are in each state."""
    max_attempts: int
    timeout: float
    """Longest attempt, in seconds."""
    correlation_id: str
    """One id through every log line."""
    created_at: datetime | None
    run_at: datetime | None
    """It starts no earlier."""
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it is open."""
        return self.ended_at is not None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Run:
        """From the API's JSON."""
        same = ("id", "number", "state", "queue", "priority", "epoch", "size", "max_attempts", "correlation_id")
        return cls(
            **{name: body[name] for name in same},
            created_at=moment(body.get("created_at")),
            run_at=moment(body.get("run_at")),
            started_at=moment(body.get("started_at")),
            ended_at=moment(body.get("ended_at")),
            reason=body.get("reason"),
            kind=body["kind"]["name"],
            kind_version=body["kind"]["version"],
            tasks=body["tasks"],
            timeout=body["timeout_ms"] / 1000,
        )


@dataclass(frozen=True)
class Attempt:
    """One try of a task that has ended."""

    number: int
    state: str
    """`succeeded`, `failed`, `timed_out`, `cancelled`, `skipped` or `lost`."""
    is_final: bool
    """Whether it is the task's one recorded outcome in its epoch."""
    worker: str | None
    error_code: str | None
    error_message: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Attempt:
        """From the API's JSON."""
        error = body.get("error") or {}
        same = {name: body[name] for name in ("number", "state", "is_final")}
        return cls(
            **same, worker=body.get("worker"), error_code=error.get("code"), error_message=error.get("message")
        )


@dataclass(frozen=True)
class TaskView:
    """A task of a run, seen from outside."""

    index: int
    """Its place in the run, from 0."""
    state: TaskState
    attempt: int
    """Its current or latest attempt, from 1."""
    parameters: Any
    worker: str | None
    """Who works on it, or did last."""
    progress: float | None
    """0 to 1, while it runs and has said so."""
    progress_message: str | None
    error_code: str | None
    error_message: str | None
    result: Any
    """What its handler gave; only where one task was asked for."""
    attempts: tuple[Attempt, ...]
    """Its ended attempts; only where one task was asked for."""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> TaskView:
        """From the API's JSON."""
        error, progress = body.get("error") or {}, body.get("progress") or {}
        same = {name: body[name] for name in ("index", "state", "attempt", "parameters")}
        return cls(
            **same,
            worker=body.get("worker"),
            progress=progress["thousandths"] / 1000 if progress else None,
            progress_message=progress.get("message"),
            error_code=error.get("code"),
            error_message=error.get("message"),
            result=body.get("result"),
            attempts=tuple(Attempt.read(attempt) for attempt in body.get("attempts", [])),
        )


@dataclass(frozen=True)
class Output:
    """A piece of what an attempt wrote."""

    stream: str
    """`stdout`, `stderr` or `log`."""
    text: str
    written_at: datetime | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Output:
        """From the API's JSON."""
        return cls(stream=body["stream"], text=body["text"], written_at=moment(body["written_at"]))
