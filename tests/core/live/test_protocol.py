"""Answers from the parser's callback: what is answered so, what takes the long way, and that both keep in order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from project.core.edge import routes
from project.core.edge.application import EdgeApplication
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse
from project.routing import SocketRouter
from tests.core.live.serving import Served, serving

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """A route with a warm and a long way that say which one it was."""

    def __init__(self) -> None:
        self.ready = True
        self.release = asyncio.Event()
        self.release.set()

    def warm(self, request: EdgeRequest) -> EdgeResponse | None:
        return _answer(b"warm " + request.query_string) if self.ready else None

    async def cold(self, request: EdgeRequest) -> EdgeResponse:
        await self.release.wait()
        return _answer(b"cold " + request.query_string)


def _answer(body: bytes) -> EdgeResponse:
    return EdgeResponse(200, [(b"content-length", str(len(body)).encode())], body)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(routes, "_http", dict(routes._http))
    counted = Counted()
    routes.register_http("GET", r"/warm-test/x", counted.cold, warm=counted.warm)
    routes.register_http("GET", r"/warm-test/slow", counted.cold)
    return counted


async def django(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def served(counted: Counted) -> AsyncIterator[Served]:
    async with serving(EdgeApplication(django, SocketRouter())) as place:
        yield place


class Wire:
    """A connection that is written and read byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, served: Served) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", served.port))

    def send(self, *lines: str, body: str = "") -> None:
        self.writer.write(("\r\n".join([*lines, "Host: testserver", "", ""]) + body).encode())

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            size = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")), 0)
            return int(lines[0].split()[1]), await self.reader.readexactly(size)


@pytest.fixture
async def wire(served: Served) -> AsyncIterator[Wire]:
    wire = await Wire.open(served)
    yield wire
    wire.writer.close()


async def test_many_requests_on_one_connection_are_answered_in_order(wire: Wire, counted: Counted) -> None:
    for number in range(5):
        wire.send(f"GET /warm-test/x?{number} HTTP/1.1")
        assert await wire.answer() == (200, b"warm %d" % number)
    for number in range(5):
        wire.send(f"GET /warm-test/x?{number} HTTP/1.1")
    assert [await wire.answer() for _ in range(5)] == [(200, b"warm %d" % number) for number in range(5)]


async def test_what_is_ready_does_not_overtake_what_is_not(wire: Wire, counted: Counted) -> None:
    counted.release.clear()
    wire.send("GET /warm-test/slow?1 HTTP/1.1")
    wire.send("GET /warm-test/x?2 HTTP/1.1")
    wire.send("GET /elsewhere HTTP/1.1")
    wire.send("GET /warm-test/x?3 HTTP/1.1")
    await asyncio.sleep(0)
    counted.release.set()
    answers = [await wire.answer() for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 404, 200]
    assert [body[5:] for _, body in answers] == [b"1", b"2", b"", b"3"]


async def test_what_is_not_ready_takes_the_long_way(wire: Wire, counted: Counted) -> None:
    counted.ready = False
    wire.send("GET /warm-test/x?1 HTTP/1.1")
    assert await wire.answer() == (200, b"cold 1")
    counted.ready = True
    wire.send("GET /warm-test/x?2 HTTP/1.1")
    assert await wire.answer() == (200, b"warm 2")


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /warm-test/x?1 HTTP/1.1", "Connection: close"),
        ("GET /warm-test/x?1 HTTP/1.0",),
        ("GET /warm-test/x?1 HTTP/1.1", "Content-Length: 3"),
        ("GET /warm-test/%78?1 HTTP/1.1",),
    ],
)
async def test_what_is_out_of_the_ordinary_takes_the_long_way(
    wire: Wire, counted: Counted, lines: tuple[str, ...]
) -> None:
    wire.send(*lines, body="abc" if "Content-Length: 3" in lines else "")
    assert await wire.answer() == (200, b"cold 1")
    if lines[-1] == "Connection: close" or "1.0" in lines[0]:
        assert await wire.reader.read() == b""
    else:
        wire.send("GET /warm-test/x?2 HTTP/1.1")
        assert await wire.answer() == (200, b"warm 2")


async def test_head_has_no_body(wire: Wire, counted: Counted) -> None:
    wire.send("HEAD /warm-test/x?1 HTTP/1.1")
    async with asyncio.timeout(5):
        head = await wire.reader.readuntil(b"\r\n\r\n")
    assert b"content-length: 6" in head
    wire.send("GET /warm-test/x?2 HTTP/1.1")
    assert await wire.answer() == (200, b"warm 2")


async def test_every_answer_is_dated(wire: Wire, counted: Counted) -> None:
    for path in ("x", "slow"):
        wire.send(f"GET /warm-test/{path} HTTP/1.1")
        async with asyncio.timeout(5):
            head = await wire.reader.readuntil(b"\r\n\r\n")
            assert b"\r\ndate: " in head.lower()
            await wire.reader.readexactly(5)


PING, PONG = b"\x89\x80\x00\x00\x00\x00", b"\x8a\x00"


@pytest.fixture
async def hasty(counted: Counted) -> AsyncIterator[Served]:
    """A server that soon closes a connection that asks nothing."""
    async with serving(EdgeApplication(django, SocketRouter()), keep_alive=0.2) as place:
        yield place


async def _an_idle_connection_has_been_closed(served: Served) -> None:
    wire = await Wire.open(served)
    wire.send("GET /warm-test/x?idle HTTP/1.1")
    assert await wire.answer() == (200, b"warm idle")
    async with asyncio.timeout(5):
        assert await wire.reader.read() == b""
    wire.writer.close()


async def test_a_connection_that_asks_no_more_is_closed_and_one_that_waits_for_its_answer_is_not(
    hasty: Served, counted: Counted
) -> None:
    wire = await Wire.open(hasty)
    wire.send("GET /warm-test/x?1 HTTP/1.1")
    assert await wire.answer() == (200, b"warm 1")
    counted.release.clear()
    wire.send("GET /warm-test/slow?2 HTTP/1.1")
    await _an_idle_connection_has_been_closed(hasty)
    counted.release.set()
    assert await wire.answer() == (200, b"cold 2")
    async with asyncio.timeout(5):
        assert await wire.reader.read() == b""
    wire.writer.close()


async def test_a_socket_on_a_connection_that_had_a_ready_answer_may_be_silent(
    hasty: Served, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    monkeypatch.setattr(routes, "_websocket", dict(routes._websocket))
    routes.register_websocket(r"/ws/warm-test", silent)
    wire = await Wire.open(hasty)
    wire.send("GET /warm-test/x?1 HTTP/1.1")
    assert await wire.answer() == (200, b"warm 1")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    wire.send(
        "GET /ws/warm-test HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key
    )
    assert (await wire.answer())[0] == 101
    await _an_idle_connection_has_been_closed(hasty)
    wire.writer.write(PING)
    async with asyncio.timeout(5):
        assert await wire.reader.readexactly(2) == PONG
    wire.writer.close()
