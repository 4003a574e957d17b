"""A client for Metier: submit runs, follow them, and work on their tasks.

`Client` asks the API; `Worker` claims tasks and runs handlers. Both are synchronous and use threads: what is put
into a queue mostly calls libraries that block, and the standard library, which is all this needs, blocks too.
"""

from metier.client import Client
from metier.errors import MetierError, Permanent, Problem, Retryable, RunFailed, Skipped, Stopped, Unreachable
from metier.models import Attempt, Output, Run, TaskState, TaskView
from metier.task import StopCause, Task
from metier.worker import Worker

__all__ = [
    "Attempt",
    "Client",
    "MetierError",
    "Output",
    "Permanent",
    "Problem",
    "Retryable",
    "Run",
    "RunFailed",
    "Skipped",
    "StopCause",
    "Stopped",
    "Task",
    "TaskState",
    "TaskView",
    "Unreachable",
    "Worker",
]
