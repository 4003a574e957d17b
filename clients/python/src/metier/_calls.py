"""The calls of the worker protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metier._transport import Transport

PATIENCE = 15.0
"""Seconds for an answer, beyond what the server was asked to wait."""
OUTPUT_PATIENCE = 5.0
"""Seconds that a task which has ended waits for its output to be taken."""


class Calls:
    """What one worker asks of the server. Nothing is repeated here."""

    def __init__(self, transport: Transport, worker: str, capabilities: Sequence[str]) -> None:
        self._transport = transport
        self._who = {"worker": worker, "capabilities": list(capabilities)}
        self.lease_seconds = 15.0
        self.heartbeat_seconds = 5.0

    def register(self, kinds: Sequence[Mapping[str, object]]) -> None:
        """Declares kinds, and hears how long a lease lasts."""
        answer = self._call("register", PATIENCE, kinds=kinds, **self._who)
        self.lease_seconds = max(answer["lease_ms"] / 1000, 1.0)
        # Whatever the server says, a heartbeat has to fit into the lease twice.
        self.heartbeat_seconds = min(max(answer["heartbeat_ms"] / 1000, 0.25), self.lease_seconds / 2)

    def claim(
        self, transport: Transport, kinds: Sequence[Mapping[str, object]], queues: Sequence[str], most: int, wait: float
    ) -> Any:
        """Leases up to `most` tasks, waiting up to `wait` seconds for a first one."""
        wish = {**self._who, "kinds": kinds, "queues": queues, "max_tasks": most, "wait_ms": round(wait * 1000)}
        return transport.call("POST", "/api/v1/worker/claim", wish, timeout=wait + PATIENCE)

    def heartbeat(
        self, lease: str, progress: Iterable[Mapping[str, object]], wait: float, patience: float = PATIENCE
    ) -> Any:
        """Renews a lease; with `wait`, answered early when a task should stop."""
        timeout = max(min(patience, wait + PATIENCE), 0.01)
        return self._call("heartbeat", timeout, lease=lease, progress=list(progress), wait_ms=round(wait * 1000))

    def output(self, lease: str, chunks: Sequence[Mapping[str, object]]) -> bool:
        """Keeps output; false where the lease has ended."""
        return bool(self._call("output", OUTPUT_PATIENCE, lease=lease, chunks=chunks)["accepted"])

    def complete(self, completions: Sequence[Mapping[str, object]]) -> list[bool]:
        """Reports outcomes; for each whether it counted."""
        answer = self._call("complete", PATIENCE, completions=completions)
        return [result["accepted"] for result in answer["results"]]

    def _call(self, name: str, timeout: float, **body: object) -> Any:
        return self._transport.call("POST", f"/api/v1/worker/{name}", body, timeout=timeout)
