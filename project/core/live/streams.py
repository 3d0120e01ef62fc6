"""Server-sent events on the hub: the same frames as the socket's, without an upgrade and with half the
memory.
"""

import asyncio

from project.core.edge.asgi import Header
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import NOSNIFF, VARY
from project.core.edge.runtime import runtime
from project.core.live.clients import QueueClient, StreamClient, lent_transport
from project.core.live.connections import new_connection_id
from project.core.live.frames import Frame
from project.core.live.hub import TopicSource

STREAMING_EXTENSION = "vouchsafe.streaming"
# The first thing on the wire: how long a browser waits before it connects again by itself.
OPENING = b"retry: 3000\n\n"


async def serve_stream(
    request: EdgeRequest, *, group: str, topic_name: str, source: TopicSource, headers: list[Header]
) -> None:
    """Keep an event stream on its topic until the page goes. ``headers``: those of the origin check."""
    hub = runtime().hub
    connection_id = new_connection_id(group)
    transport = lent_transport(request.scope)
    await source.prepared()  # refused before the stream begins, as any other request, when there is no such topic
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
    if transport is None or request.scope.get("http_version") != "1.1":
        queue = QueueClient(connection_id)
        topic = await hub.join(topic_name, source, queue)
        try:
            await _forward(queue, request)
        finally:
            hub.leave(topic, queue)
        return
    request.scope["extensions"][STREAMING_EXTENSION] = True
    stream = StreamClient(connection_id, transport)
    topic = await hub.join(topic_name, source, stream)
    try:
        await _until_gone(request)
    finally:
        hub.leave(topic, stream)


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
                break
            await request.send({"type": "http.response.body", "body": frame.event, "more_body": True})
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
