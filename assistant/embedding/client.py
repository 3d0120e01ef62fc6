"""The web process's side of the embedder: a vector in time, or None."""

from __future__ import annotations

import logging
import socket
import time
from pathlib import Path

from assistant.embedding.location import socket_path
from assistant.embedding.protocol import LENGTH, ProtocolError, Request, pack_request, unpack_vector

logger = logging.getLogger("assistant.embedding")

DEADLINE_SECONDS = 0.08
_LONGEST_ANSWER = 65_536


class PendingVector:
    """A question on its way through the embedder, while the caller does something else."""

    def __init__(self, text: str, *, language: str, path: Path | None = None, deadline: float) -> None:
        self._until = time.monotonic() + deadline
        self._peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.failure = ""
        try:
            self._peer.settimeout(_left(self._until))
            self._peer.connect(str(path or socket_path()))
            self._peer.sendall(pack_request(Request(text=text, language=language, until=self._until)))
        except OSError as error:
            self._fail(error)

    def result(self) -> tuple[float, ...] | None:
        """Return the vector, or None when none came in time; `failure` then names the error. Ends the request."""
        if self.failure:
            return None
        try:
            size = int(LENGTH.unpack(_receive(self._peer, LENGTH.size, self._until))[0])
            if not 0 < size <= _LONGEST_ANSWER:
                raise ProtocolError("no vector")
            return unpack_vector(_receive(self._peer, size, self._until))
        except (OSError, ProtocolError) as error:
            self._fail(error)
            return None
        finally:
            self._peer.close()

    def _fail(self, error: Exception) -> None:
        self.failure = type(error).__name__
        self._peer.close()
        logger.info("no vector for the question: %s", self.failure)


def question_vector(
    text: str, *, language: str, path: Path | None = None, deadline: float = DEADLINE_SECONDS
) -> PendingVector:
    """Ask the embedder for the vector of a question; at most `deadline` seconds pass until the result.

    Never raises: no embedder, a dead one, a slow one or a talkative stranger on the socket all give the result
    None, and the answer is then found by words alone.
    """
    return PendingVector(text, language=language, path=path, deadline=deadline)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _receive(peer: socket.socket, count: int, until: float) -> bytes:
    parts = b""
    while len(parts) < count:
        # What has arrived in time is taken, however late its reader comes for it.
        peer.settimeout(max(0.0, until - time.monotonic()))
        try:
            part = peer.recv(count - len(parts))
        except BlockingIOError:
            raise TimeoutError from None
        if not part:
            raise ConnectionError("the embedder closed the connection")
        parts += part
    return parts
