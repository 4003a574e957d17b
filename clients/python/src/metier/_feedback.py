"""What a handler said and how far it got, until it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

CAPACITY = 256 * 1024
"""Most unsent characters of one task."""
PIECE = 4 * 1024
"""Characters in one piece: 16 KiB at most, which the server keeps whole."""
MESSAGE = 1000


class Feedback:
    """Written by a handler, read by whoever sends. `changed` is called whenever there is something to send."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._progress: tuple[int, str] | None = None
        self._pieces: list[dict[str, Any]] = []
        self._unsent = 0
        self._dropped = 0
        self._wrote = False

    def progress(self, fraction: float, message: str) -> None:
        """How far it is; an earlier word that was not sent yet is forgotten."""
        with self._lock:
            self._progress = (round(min(max(fraction, 0.0), 1.0) * 1000), clean(message)[:MESSAGE])
        self._changed()

    def output(self, stream: str, text: str) -> None:
        """Keeps a text, or counts it where too much is unsent."""
        at = datetime.now(timezone.utc).isoformat()
        with self._lock:
            self._wrote = True
            if self._unsent + len(text) > CAPACITY:
                self._dropped += len(text)
            else:
                self._unsent += len(text)
                self._pieces.extend({"stream": stream, "text": piece, "at": at} for piece in _pieces(clean(text)))
        self._changed()

    @property
    def was_written(self) -> bool:
        """Whether there ever was output; some of it may just be on its way."""
        return self._wrote

    def take_progress(self) -> dict[str, Any] | None:
        """The latest word on progress, if it was not sent yet."""
        with self._lock:
            taken, self._progress = self._progress, None
        return None if taken is None else {"thousandths": taken[0], "message": taken[1]}

    def take_output(self) -> list[dict[str, Any]]:
        """Everything unsent; what did not fit is told of in a last piece."""
        with self._lock:
            pieces, dropped = self._pieces, self._dropped
            self._pieces, self._unsent, self._dropped = [], 0, 0
        if dropped:
            text = f"{dropped} characters of output are missing: they came faster than they could be sent"
            pieces.append({"stream": "log", "text": text})
        return pieces


def clean(text: str) -> str:
    """What can be kept of a text: no half of a pair of surrogates, which is not Unicode, and no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))
