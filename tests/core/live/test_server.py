"""The hub behind a real server: sockets and streams, with lent transports and without."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from project.core.edge import routes
from project.core.edge.application import EdgeApplication
from project.core.edge.origins import OriginSet
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse, json_response
from project.core.edge.runtime import runtime
from project.core.errors import Conflict, NotFound
from project.core.live import clients
from project.core.live.guests import Admission, Door
from project.core.live.sockets import serve_socket
from project.core.live.streams import serve_stream
from project.routing import SocketRouter
from tests.core.live.pages import SHOP, World
from tests.core.live.serving import Served, serving

pytestmark = pytest.mark.django_db(transaction=True)

PAGE, OTHER_PAGE = "https://shop.example", "https://other.example"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A topic at /live-test/events and /ws/live-test, and handlers that fail in every way."""
    monkeypatch.setattr(routes, "_http", dict(routes._http))
    monkeypatch.setattr(routes, "_websocket", dict(routes._websocket))
    world = World(("a",))

    def admission(request: EdgeRequest) -> Admission:
        return Admission("wid_t", SHOP, request.origin, request.host, Door(world.number, world.allowed), door)

    async def door() -> Door:
        return Door(world.number, world.allowed)

    async def stream(request: EdgeRequest) -> None:
        await serve_stream(request, admission(request), world, headers=[])

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await serve_socket(scope, receive, send, admission(EdgeRequest(scope, receive, send, {})), world)

    async def echo(request: EdgeRequest) -> EdgeResponse:
        return json_response(await request.json(limit=100))

    def refused(request: EdgeRequest) -> EdgeResponse:
        raise Conflict("Somebody else was first.")

    async def broken(request: EdgeRequest) -> EdgeResponse:
        raise RuntimeError("secret detail")

    routes.register_http("GET", r"/live-test/events", stream)
    routes.register_http("POST", r"/live-test/echo", echo)
    routes.register_http("GET", r"/live-test/refused", refused)
    routes.register_http("GET", r"/live-test/broken", broken)
    routes.register_websocket(r"/ws/live-test", socket)
    return world


async def django(scope: Any, receive: Any, send: Any) -> None:
    """Stands behind the edge: answers what no edge route fits."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


@pytest.fixture(params=[True, False], ids=["lent transport", "queues"])
async def served(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with serving(EdgeApplication(django, SocketRouter()), lends_transport=request.param) as place:
        yield place


async def frame(socket: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


async def tell(world: World, *items: str) -> None:
    world.change(*items)
    runtime().view.raise_to(world.shop_id, world.number)


async def test_a_socket_is_greeted_gets_patches_and_acknowledges(world: World, served: Served) -> None:
    async with connect(f"{served.ws}/ws/live-test") as socket:
        hello = await frame(socket)
        assert (hello["type"], hello["v"]) == ("hello", 1)
        await tell(world, "b")
        assert await frame(socket) == {"type": "patch", "from": 1, "to": 2, "items": ["b"]}
        await socket.send(json.dumps({"type": "ack", "v": 2}))
        await socket.send("not json")
        await socket.send(json.dumps({"type": "ack", "v": "2"}))
        page = next(iter(runtime().hub._topics[world.name].clients))
        async with asyncio.timeout(5):
            while page.acknowledged != 2:
                await asyncio.sleep(0.005)
    async with asyncio.timeout(5):
        while runtime().hub.connection_count:
            await asyncio.sleep(0.005)


async def test_a_stream_carries_the_same_frames(world: World, served: Served) -> None:
    async with httpx.AsyncClient() as client, client.stream("GET", f"{served.http}/live-test/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line async for line in answer.aiter_lines() if line.startswith("data: "))
        hello = json.loads((await anext(lines))[6:])
        assert (hello["type"], hello["v"]) == ("hello", 1)
        await tell(world, "b", "ø🧥")
        assert json.loads((await anext(lines))[6:])["items"] == ["b", "ø🧥"]


async def test_a_socket_whose_page_is_no_longer_allowed_is_told_so_and_closed(world: World, served: Served) -> None:
    async with (
        connect(f"{served.ws}/ws/live-test", additional_headers={"Origin": PAGE}) as gone,
        connect(f"{served.ws}/ws/live-test", additional_headers={"Origin": OTHER_PAGE}) as staying,
    ):
        await frame(gone)
        await frame(staying)
        world.allowed = OriginSet([OTHER_PAGE])
        await tell(world, "secret")
        assert await frame(gone) == {"type": "refused", "code": "origin_not_allowed"}
        with pytest.raises(ConnectionClosed) as closed:
            await frame(gone)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
        assert (await frame(staying))["items"] == ["secret"]
        assert runtime().hub.connection_count == 1


async def test_a_stream_whose_page_is_no_longer_allowed_is_told_so_and_ends(world: World, served: Served) -> None:
    async with (
        httpx.AsyncClient(headers={"Origin": PAGE}) as client,
        client.stream("GET", f"{served.http}/live-test/events") as answer,
    ):
        lines = (line async for line in answer.aiter_lines() if line.startswith("data: "))
        await anext(lines)
        world.allowed = OriginSet([OTHER_PAGE])
        await tell(world, "secret")
        async with asyncio.timeout(5):
            rest = [json.loads(line[6:]) async for line in lines]
        assert rest == [{"type": "refused", "code": "origin_not_allowed"}]
    assert runtime().hub.connection_count == 0


async def test_what_is_not_there_is_refused_before_a_stream_begins(world: World, served: Served) -> None:
    world.failures = [NotFound("There is no such widget.")]
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{served.http}/live-test/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_socket_to_nowhere_is_refused(world: World, served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{served.ws}/ws/elsewhere")
    assert refused.value.response.status_code == 404


async def test_overlong_and_binary_messages_end_the_socket(world: World, served: Served) -> None:
    for message in ("x" * 2_000, b"\x00\x01"):
        async with connect(f"{served.ws}/ws/live-test") as socket:
            await frame(socket)
            await socket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                await frame(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009


async def flood(socket: ClientConnection) -> None:
    for _ in range(200):
        await socket.send("{}")
    await frame(socket)


async def test_a_flood_of_messages_ends_the_socket(world: World, served: Served) -> None:
    async with connect(f"{served.ws}/ws/live-test") as socket:
        await frame(socket)
        with pytest.raises(ConnectionClosed) as closed:
            await flood(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_pages_that_never_read_do_not_hold_up_the_others(
    world: World, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "WRITE_BUFFER_LIMIT", 20_000)
    async with (
        connect(f"{served.ws}/ws/live-test") as reader,
        connect(f"{served.ws}/ws/live-test", max_queue=1, close_timeout=0.05) as sleeper,
    ):
        await frame(reader)
        sleeper.transport.pause_reading()
        text = "x" * 25_000
        for number in range(400):
            await tell(world, f"{number}{text}")
            assert (await frame(reader))["type"] == "patch"
            if runtime().hub.connection_count == 1:
                break
        assert runtime().hub.connection_count == 1


async def test_the_server_stops_although_pages_are_connected(world: World) -> None:
    async with serving(EdgeApplication(django, SocketRouter())) as place:
        socket = await connect(f"{place.ws}/ws/live-test")
        client = httpx.AsyncClient()
        request = client.build_request("GET", f"{place.http}/live-test/events")
        answer = await client.send(request, stream=True)
        await frame(socket)
    with pytest.raises(ConnectionClosed):
        await frame(socket)
    await answer.aclose()
    await client.aclose()


async def test_errors_have_one_shape_and_say_nothing_of_the_inside(world: World, served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.http) as client:
        refused = await client.get("/live-test/refused")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        broken = await client.get("/live-test/broken")
        assert (broken.status_code, broken.json()["error"]["code"]) == (500, "internal")
        assert "secret" not in broken.text
        wrong = await client.put("/live-test/echo")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
        assert (await client.post("/live-test/echo", content=b"{}")).json() == {}
        assert (await client.post("/live-test/echo", content=b"[]")).status_code == 400
        assert (await client.post("/live-test/echo", content=b"nope")).status_code == 400
        assert (await client.post("/live-test/echo", content=b'"' + b"x" * 200 + b'"')).status_code == 413
        assert (await client.get("/elsewhere")).status_code == 299
        assert (await client.get("/live-test/none")).status_code == 299


async def test_parts_of_a_body_are_counted_together(world: World, served: Served) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 30

    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{served.http}/live-test/echo", content=parts())
    assert answer.status_code == 413
