"""Frames as bytes, read back by independent implementations of the protocols."""

import asyncio
from typing import Any

import pytest
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from project.core.live import clients
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
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.buffer += data

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True


async def stuck(message: Any) -> None:
    """A server's ``send`` to a page that reads nothing."""
    await asyncio.Event().wait()


def client_on(wire: Wire, kind: str) -> SocketClient | StreamClient:
    return SocketClient("id", wire, stuck) if kind == "socket" else StreamClient("id", wire)


@pytest.mark.parametrize("kind", ["socket", "stream"])
def test_a_client_over_the_write_buffer_limit_is_dropped(kind: str) -> None:
    wire = Wire()
    client = client_on(wire, kind)
    frame = Frame({"text": "x" * 50_000})
    delivered = 0
    while client.deliver(frame):
        delivered += 1
    assert wire.closed
    assert WRITE_BUFFER_LIMIT < len(wire.buffer) < WRITE_BUFFER_LIMIT + 60_000
    assert not client.deliver(frame)


@pytest.mark.parametrize("kind", ["socket", "stream"])
async def test_a_page_that_does_not_read_its_dismissal_is_cut_off(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "DISMISS_SECONDS", 0.01)
    wire = Wire()
    client_on(wire, kind).dismiss(Frame({"type": "refused"}), 4403)
    assert b'{"type":"refused"}' in wire.buffer
    async with asyncio.timeout(5):
        while not wire.aborted:
            await asyncio.sleep(0)


async def test_a_dismissed_queue_gives_its_last_frame_and_nothing_else() -> None:
    client = QueueClient("id")
    for number in range(QUEUE_FRAMES):
        client.deliver(Frame({"n": number}))
    last = Frame({"type": "refused"})
    client.dismiss(last, 4403)
    assert not client.deliver(Frame({"n": 99}))
    assert [await client.next(), await client.next(), client.close_code] == [last, None, 4403]


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
