"""Server-sent events on the hub: the same frames as the socket's, without an upgrade and with half the
memory.
"""

import asyncio

from project.core.edge.asgi import Header
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import NOSNIFF, VARY
from project.core.edge.runtime import runtime
from project.core.live.clients import Client, QueueClient, StreamClient, lent_transport
from project.core.live.connections import new_connection_id
from project.core.live.frames import Frame
from project.core.live.guests import Admission
from project.core.live.sockets import turn_away
from project.core.live.topics import TopicSource

STREAMING_EXTENSION = "vouchsafe.streaming"
# The first thing on the wire: how long a browser waits before it connects again by itself.
OPENING = b"retry: 3000\n\n"


async def serve_stream(
    request: EdgeRequest, admission: Admission, source: TopicSource, *, headers: list[Header]
) -> None:
    """Keep an event stream on its topic until the page goes or is no longer let in. ``headers``: those of the origin
    check.
    """
    hub = runtime().hub
    # Refused before the stream begins, as any other request, when there is no such topic or no room for one more.
    await source.prepared()
    hub.make_room(source)
    await request.send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
                VARY,
                NOSNIFF,
                *headers,
            ],
        }
    )
    await request.send({"type": "http.response.body", "body": OPENING, "more_body": True})
    connection_id = new_connection_id(admission.house)
    transport = lent_transport(request.scope)
    client: Client
    if transport is None or request.scope.get("http_version") != "1.1":
        client = QueueClient(connection_id)
    else:
        request.scope["extensions"][STREAMING_EXTENSION] = True
        client = StreamClient(connection_id, transport)
    topic = await hub.join(source, client)
    guest = runtime().guests.enter(admission, lambda: turn_away(topic, client))
    try:
        if isinstance(client, QueueClient):
            await _forward(client, request)
        else:
            await _until_gone(request)
    finally:
        runtime().guests.leave(guest)
        hub.leave(topic, client)


async def _until_gone(request: EdgeRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _forward(client: QueueClient, request: EdgeRequest) -> None:
    gone = asyncio.create_task(_until_gone(request))
    try:
        while not gone.done():
            following = asyncio.create_task(client.next())
            await asyncio.wait({gone, following}, return_when=asyncio.FIRST_COMPLETED)
            frame: Frame | None = following.result() if following.done() else None
            if frame is None:
                following.cancel()
                await request.send({"type": "http.response.body", "body": b"", "more_body": False})
                break
            await request.send({"type": "http.response.body", "body": frame.event, "more_body": True})
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
