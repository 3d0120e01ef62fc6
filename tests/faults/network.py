"""The network between a shop's visitor and Vouchsafe, which a test can cut."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65_536


class Network:
    """Passes TCP connections on to a port of this machine, until it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passing: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._whole = True
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def origin(self) -> str:
        """Where Vouchsafe is found through this network."""
        return f"http://localhost:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End every connection, and every new one as soon as it is made."""
        with self._lock:
            self._whole = False
            ends, self._passing = self._passing, set()
        for end in ends:
            _end(end)

    def mend(self) -> None:
        """Let new connections through again."""
        with self._lock:
            self._whole = True

    def close(self) -> None:
        """For good."""
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    def _accept(self) -> None:
        with suppress(OSError):  # The listener was closed.
            while True:
                near, _address = self._listener.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        with self._lock:
            whole = self._whole
            if whole:
                self._passing |= {near, far}
        if not whole:
            _end(near)
            _end(far)
        other = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
        other.start()
        _pass_on(near, far)
        other.join()
        with self._lock:
            self._passing -= {near, far}
        near.close()
        far.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    _end(target)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def network(target: int) -> Iterator[Network]:
    """A network for the duration of the block."""
    made = Network(target)
    try:
        yield made
    finally:
        made.close()
