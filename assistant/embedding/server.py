"""The embedder: one process, one thread, one Unix socket, vectors of questions.

Apart from the web processes because the model is native code: when it dies, nothing but the vector of one
question is lost. The supervisor starts it again.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from assistant.embedding.protocol import (
    LENGTH,
    ProtocolError,
    Request,
    pack_vector,
    request_size,
    unpack_request,
)

logger = logging.getLogger("assistant.embedder")

MAX_CONNECTIONS = 256
IDLE_SECONDS = 10.0
_REMEMBERED_QUESTIONS = 512


class AlreadyRunning(RuntimeError):
    """Another embedder answers on the same socket."""


class EmbedderServer:
    """Answers requests one after the other; a slow or silent peer holds up nobody."""

    def __init__(self, *, path: Path) -> None:
        self._path = path
        self._embed: Callable[[str, str], list[float]] = lambda text, language: []
        self._connections: dict[socket.socket, _Connection] = {}
        self._stopping = False
        self._wake_in: socket.socket | None = None

    def bind(self) -> None:
        """Listen on the path, readable by this user only; raises AlreadyRunning."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_stale(self._path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._path))
        os.chmod(self._path, 0o600)
        listener.listen(64)
        listener.setblocking(False)
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def embed_with(self, embed: Callable[[str, str], list[float]]) -> None:
        """Answer with `embed(text, language)` from now on; before, every answer is "no vector"."""
        self._embed = lru_cache(maxsize=_REMEMBERED_QUESTIONS)(embed)

    def stop(self) -> None:
        """Make `serve` return; safe in a signal handler and from another thread."""
        self._stopping = True
        if self._wake_in is not None:
            self._wake_in.send(b"x")

    def serve(self) -> None:
        """Answer until `stop` is called, then remove the socket."""
        try:
            while not self._stopping:
                for key, _ in self._selector.select(timeout=IDLE_SECONDS if self._connections else None):
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj is not self._wake_out and isinstance(key.fileobj, socket.socket):
                        self._read(key.fileobj)
                self._drop_idle()
        finally:
            self._close()

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except OSError:
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            peer.close()
            return
        peer.setblocking(False)
        self._connections[peer] = _Connection()
        self._selector.register(peer, selectors.EVENT_READ)

    def _read(self, peer: socket.socket) -> None:
        connection = self._connections[peer]
        try:
            data = peer.recv(65_536)
            if not data:
                self._drop(peer)
                return
            for request in connection.feed(data):
                peer.sendall(self._answer(request))
        except (OSError, ProtocolError):
            self._drop(peer)

    def _answer(self, request: Request) -> bytes:
        if request.until is not None and time.monotonic() > request.until:
            return pack_vector([])
        try:
            return pack_vector(self._embed(request.text, request.language))
        except Exception:
            # A replaceable class may fail in ways of its own; the caller goes on without a vector. The text
            # of the question is the visitor's and stays out of the log.
            logger.exception("a question could not be embedded")
            return pack_vector([])

    def _drop(self, peer: socket.socket) -> None:
        self._connections.pop(peer, None)
        self._selector.unregister(peer)
        peer.close()

    def _drop_idle(self) -> None:
        now = time.monotonic()
        for peer, connection in list(self._connections.items()):
            if now - connection.since > IDLE_SECONDS:
                self._drop(peer)

    def _close(self) -> None:
        for peer in list(self._connections):
            self._drop(peer)
        self._selector.close()
        self._listener.close()
        if self._wake_in is not None:
            self._wake_in.close()
        self._wake_out.close()
        self._path.unlink(missing_ok=True)


class _Connection:
    """What has arrived from one peer and is not yet a whole request."""

    def __init__(self) -> None:
        self._buffer = b""
        self.since = time.monotonic()

    def feed(self, data: bytes) -> list[Request]:
        self._buffer += data
        self.since = time.monotonic()
        whole = []
        while (size := request_size(self._buffer)) is not None and len(self._buffer) >= LENGTH.size + size:
            whole.append(unpack_request(self._buffer[LENGTH.size : LENGTH.size + size]))
            self._buffer = self._buffer[LENGTH.size + size :]
        return whole


def _remove_stale(path: Path) -> None:
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise AlreadyRunning(f"another embedder is listening on {path}")
