"""JSON over HTTP, with connections that are used again. Safe to share between threads."""

from __future__ import annotations

import http.client
import json
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from metier.errors import Problem, Unreachable

USER_AGENT = "metier-python/0.1.0"
MOST_IDLE = 8


class Transport:
    """The way to one server. A request is sent once: whether to repeat it is for the caller to know."""

    def __init__(self, url: str, api_key: str, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:7400")
        self._parts = parts
        self._path = parts.path.rstrip("/")
        self._api_key = api_key
        self._tls = tls or (ssl.create_default_context() if parts.scheme == "https" else None)
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._busy: set[http.client.HTTPConnection] = set()
        self._closed = False

    def separate(self) -> Transport:
        """Another to the same server, which can be closed alone."""
        return Transport(self._parts.geturl(), self._api_key, self._tls)

    def close(self) -> None:
        """Ends every connection. A request under way fails with `Unreachable`."""
        with self._lock:
            self._closed = True
            connections = [*self._idle, *self._busy]
            self._idle.clear()
        for connection in connections:
            _end(connection)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Asks and answers the JSON of the answer.

        Raises `Problem` where the server refused, `Unreachable` where no whole answer came.
        """
        content = None if body is None else encoded(body)
        sent = {"Authorization": f"Bearer {self._api_key}", "User-Agent": USER_AGENT, **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        connection = self._take(timeout)
        try:
            self._open(connection)
            connection.request(method, self._path + path, content, sent)
            answer = connection.getresponse()
            text, status = answer.read(), answer.status
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            raise Unreachable(f"{method} {path}: {error or type(error).__name__}") from error
        except BaseException:
            # Interrupted: what the answer to the next request would be cannot be known.
            self._drop(connection)
            raise
        self._give_back(connection, reusable=not answer.will_close)
        return _read(status, text, answer.headers.get("Retry-After"))

    def _take(self, timeout: float) -> http.client.HTTPConnection:
        with self._lock:
            if self._closed:
                raise Unreachable("the connection was closed")
            connection = self._idle.pop() if self._idle else None
        if connection is not None and _is_stale(connection):
            connection.close()
            connection = None
        if connection is None:
            connection = self._connect()
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        with self._lock:
            self._busy.add(connection)
        return connection

    def _open(self, connection: http.client.HTTPConnection) -> None:
        if connection.sock is None:
            connection.connect()
        # Closing ends connections that are open, but not one that is just being made.
        if self._closed:
            raise Unreachable("the connection was closed")

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, context=self._tls)
        return http.client.HTTPConnection(host, port)

    def _give_back(self, connection: http.client.HTTPConnection, *, reusable: bool) -> None:
        with self._lock:
            self._busy.discard(connection)
            if reusable and not self._closed and len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _drop(self, connection: http.client.HTTPConnection) -> None:
        self._give_back(connection, reusable=False)


def encoded(value: object) -> bytes:
    """As JSON. `TypeError` or `ValueError` for what is not: a number that is none, a text that is not Unicode."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _is_stale(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has ended it: then there is something to read, the end."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _end(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is None:
        return
    try:
        # Unlike closing it, this wakes who waits for an answer.
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()


def _read(status: int, text: bytes, retry_after: str | None) -> Any:
    try:
        body = json.loads(text) if text else None
    except ValueError as error:
        if status < 400:
            raise Unreachable(f"the answer with status {status} is not JSON") from error
        body = None
    if status >= 400:
        after = float(retry_after) if retry_after and retry_after.isdigit() else None
        problem = body if isinstance(body, dict) else {"detail": "the answer gives no reason"}
        raise Problem(status, problem, after)
    return body
