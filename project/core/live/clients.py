"""The connections that frames are written to. Delivering never waits: who does not read is dropped, not
queued.

A dropped page reconnects with a back-off and re-reads the feed, so nothing is lost by it; a hub that waited
for its slowest client would stop for everybody.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from typing import Any, Protocol

from project.core.edge.asgi import Send
from project.core.live.frames import LAST_CHUNK, Frame

WRITE_BUFFER_LIMIT = 256 * 1024
QUEUE_FRAMES = 64
CLOSE_TRY_LATER = 1013
# How long a page that was sent its last frame may take to read it before the connection is cut.
DISMISS_SECONDS = 5.0
TRANSPORT_EXTENSION = "vouchsafe.transport"


class Transport(Protocol):
    """What is used of an ``asyncio.Transport``."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def is_closing(self) -> bool: ...
    def get_write_buffer_size(self) -> int: ...
    def abort(self) -> None: ...


class Client(ABC):
    """One open page. ``acknowledged`` is the newest version that it confirmed to have painted; ``patched`` is False
    while it stands on the topic of another key, whose patches do not fit it.
    """

    __slots__ = ("acknowledged", "connection_id", "patched")

    def __init__(self, connection_id: str) -> None:
        self.connection_id = connection_id
        self.acknowledged = 0
        self.patched = True

    @abstractmethod
    def deliver(self, frame: Frame) -> bool:
        """Hand over a frame without waiting; False when the client is gone or too slow and must be
        forgotten.
        """

    @abstractmethod
    def drop(self) -> None:
        """End the connection now."""

    @abstractmethod
    def dismiss(self, frame: Frame, code: int) -> None:
        """Send a last frame and end the connection in order, a socket with this close code."""


class _TransportClient(Client):
    __slots__ = ("_transport",)

    def __init__(self, connection_id: str, transport: Transport) -> None:
        super().__init__(connection_id)
        self._transport = transport

    def _write(self, data: bytes) -> bool:
        transport = self._transport
        if transport.is_closing():
            return False
        if transport.get_write_buffer_size() > WRITE_BUFFER_LIMIT:
            transport.abort()
            return False
        transport.write(data)
        return True

    def drop(self) -> None:
        self._transport.abort()

    def _cut_later(self) -> None:
        asyncio.get_running_loop().call_later(DISMISS_SECONDS, self.drop)


class SocketClient(_TransportClient):
    """A WebSocket whose transport the server lends us; ``send`` is the server's own way to close it."""

    __slots__ = ("_send",)

    def __init__(self, connection_id: str, transport: Transport, send: Send) -> None:
        super().__init__(connection_id, transport)
        self._send = send

    def dismiss(self, frame: Frame, code: int) -> None:
        self.deliver(frame)
        close_soon(self._send, code)
        self._cut_later()

    def deliver(self, frame: Frame) -> bool:
        return self._write(frame.websocket)


class StreamClient(_TransportClient):
    """A server-sent event stream (chunked body) whose transport the server lends us."""

    __slots__ = ()

    def dismiss(self, frame: Frame, code: int) -> None:
        if self._write(frame.chunk + LAST_CHUNK):
            self._transport.close()
            self._cut_later()

    def deliver(self, frame: Frame) -> bool:
        return self._write(frame.chunk)


class QueueClient(Client):
    """A connection on a server that lends no transport: a bounded queue, emptied by the connection's own
    task.
    """

    __slots__ = ("_dropped", "_queue", "close_code")

    def __init__(self, connection_id: str) -> None:
        super().__init__(connection_id)
        self.close_code = CLOSE_TRY_LATER
        self._queue: asyncio.Queue[Frame | None] = asyncio.Queue(QUEUE_FRAMES)
        self._dropped = False

    def deliver(self, frame: Frame) -> bool:
        if self._dropped:
            return False
        if self._queue.full():
            self.drop()
            return False
        self._queue.put_nowait(frame)
        return True

    def drop(self) -> None:
        if not self._dropped:
            self._dropped = True
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(None)

    def dismiss(self, frame: Frame, code: int) -> None:
        if not self._dropped:
            self._dropped = True
            self.close_code = code
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(frame)
            self._queue.put_nowait(None)

    async def next(self) -> Frame | None:
        """The next frame; None when the client has been dropped."""
        return await self._queue.get()


_closing: set[asyncio.Task[None]] = set()


def close_soon(send: Send, code: int, frame: Frame | None = None) -> None:
    """Close a socket from outside its own task, after a last frame."""

    async def close() -> None:
        # Whoever was first (the page, the socket's own task, the server) has closed it already.
        with contextlib.suppress(OSError, RuntimeError):
            if frame is not None:
                await send({"type": "websocket.send", "text": frame.text})
            await send({"type": "websocket.close", "code": code})

    task = asyncio.create_task(close())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


def lent_transport(scope: Any) -> Transport | None:
    """The connection's transport, where the server puts it into the scope
    (:mod:`project.core.live.protocol`).
    """
    transport: Transport | None = (scope.get("extensions") or {}).get(TRANSPORT_EXTENSION)
    return transport
