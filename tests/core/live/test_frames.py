"""Frames as bytes, read back by independent implementations of the protocols."""

import pytest
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from project.core.live.clients import (
    QUEUE_FRAMES,
    WRITE_BUFFER_LIMIT,
    QueueClient,
    SocketClient,
    StreamClient,
)
from project.core.live.frames import Frame


@pytest.mark.parametrize("size", [0, 1, 100, 125, 200, 65_000, 70_000])
def test_a_websocket_client_reads_the_text_back(size: int) -> None:
    frame = Frame({"text": "ø🧥" * (size // 6)})
    client = Protocol(Side.CLIENT, state=State.OPEN)
    client.receive_data(frame.websocket)
    (event,) = client.events_received()
    assert event.opcode is Opcode.TEXT
    assert bytes(event.data).decode() == frame.text


def test_an_event_is_one_line_of_data_however_the_text_breaks() -> None:
    frame = Frame({"text": "one\ntwo\r\nthree"})
    assert frame.event.count(b"\n") == 2
    assert frame.event.startswith(b"data: {")
    assert frame.event.endswith(b"}\n\n")
    size, _, rest = frame.chunk.partition(b"\r\n")
    assert rest == frame.event + b"\r\n"
    assert int(size, 16) == len(frame.event)


class Wire:
    """A transport whose reader takes nothing."""

    def __init__(self) -> None:
        self.buffer = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.buffer += data

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def abort(self) -> None:
        self.closed = True


@pytest.mark.parametrize("kind", [SocketClient, StreamClient])
def test_a_client_over_the_write_buffer_limit_is_dropped(kind: type[SocketClient]) -> None:
    wire = Wire()
    client = kind("id", wire)
    frame = Frame({"text": "x" * 50_000})
    delivered = 0
    while client.deliver(frame):
        delivered += 1
    assert wire.closed
    assert WRITE_BUFFER_LIMIT < len(wire.buffer) < WRITE_BUFFER_LIMIT + 60_000
    assert not client.deliver(frame)


async def test_a_queue_that_is_not_emptied_ends_its_client() -> None:
    client = QueueClient("id")
    frame = Frame({"n": 1})
    assert all(client.deliver(frame) for _ in range(QUEUE_FRAMES))
    assert not client.deliver(frame)
    assert await client.next() is None


async def test_a_queue_gives_frames_in_order() -> None:
    client = QueueClient("id")
    frames = [Frame({"n": number}) for number in range(3)]
    for frame in frames:
        client.deliver(frame)
    assert [await client.next() for _ in frames] == frames
