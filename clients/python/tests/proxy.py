"""A network that can be cut: it stands between a client and the server, and remembers what was asked."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on, to and fro."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._answers_to_lose = 0
        self._asked = b""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """From now on nothing comes through."""
        with self._lock:
            self._is_cut = True
            connections, self._open = self._open, set()
        for connection in connections:
            _end(connection)

    def mend(self) -> None:
        """From now on everything comes through."""
        with self._lock:
            self._is_cut = False

    def lose_an_answer(self) -> None:
        """The next answer is lost, and its connection with it."""
        with self._lock:
            self._answers_to_lose += 1

    def asked(self, text: str) -> int:
        """How often requests contained this."""
        with self._lock:
            return self._asked.count(text.encode())

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._is_cut:
                    here.close()
                    continue
                there = socket.create_connection(self._server)
                self._open |= {here, there}
            threading.Thread(target=self._pass, args=(here, there, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(there, here, False), daemon=True).start()

    def _pass(self, here: socket.socket, there: socket.socket, asking: bool) -> None:
        try:
            while content := here.recv(65536):
                with self._lock:
                    if asking:
                        self._asked += content
                    elif self._answers_to_lose:
                        self._answers_to_lose -= 1
                        break
                there.sendall(content)
        except OSError:
            pass
        _end(here)
        _end(there)


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
