"""A WebSocket on the hub, as a plain ASGI function behind Channels' routing."""

import asyncio
import json

from project.core.edge.asgi import Receive, Scope, Send
from project.core.edge.limits import TokenBuckets
from project.core.edge.responses import EdgeResponse
from project.core.edge.runtime import runtime
from project.core.errors import VouchsafeError
from project.core.live.clients import CLOSE_TRY_LATER, Client, QueueClient, SocketClient, lent_transport
from project.core.live.connections import new_connection_id
from project.core.live.guests import CLOSE_ORIGIN_NOT_ALLOWED, REFUSED, Admission
from project.core.live.topics import Topic, TopicSource

MESSAGE_MAX_CHARACTERS = 1_000
CLOSE_TOO_BIG = 1009
CLOSE_POLICY = 1008
_messages = TokenBuckets(rate=5, burst=30)


async def refuse(scope: Scope, receive: Receive, send: Send, response: EdgeResponse) -> None:
    """Answer a handshake with an HTTP error instead of a socket (X7)."""
    await receive()  # websocket.connect
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": CLOSE_POLICY})
        return
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


async def serve_socket(scope: Scope, receive: Receive, send: Send, admission: Admission, source: TopicSource) -> None:
    """Accept the socket, keep it on its topic until it ends or its page is no longer let in, take its
    acknowledgements.
    """
    hub = runtime().hub
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    connection_id = new_connection_id(admission.house)
    transport = lent_transport(scope)
    client: Client
    client = QueueClient(connection_id) if transport is None else SocketClient(connection_id, transport, send)
    try:
        topic = await hub.join(source, client)
    except VouchsafeError:
        await send({"type": "websocket.close", "code": CLOSE_TRY_LATER})
        return
    guest = runtime().guests.enter(admission, lambda: turn_away(topic, client))
    try:
        if isinstance(client, QueueClient):
            await _serve_queue(client, topic, receive, send)
        else:
            await _listen(client, topic, receive, send)
    finally:
        runtime().guests.leave(guest)
        hub.leave(topic, client)


def turn_away(topic: Topic, client: Client) -> None:
    """End the connection of a page that is no longer let in; no frame of the topic reaches it any more."""
    runtime().hub.leave(topic, client)
    client.dismiss(REFUSED, CLOSE_ORIGIN_NOT_ALLOWED)


async def _serve_queue(client: QueueClient, topic: Topic, receive: Receive, send: Send) -> None:
    """Without a lent transport: one task sends what the queue holds while this one listens."""

    async def forward() -> None:
        while (frame := await client.next()) is not None:
            await send({"type": "websocket.send", "text": frame.text})
        await send({"type": "websocket.close", "code": client.close_code})

    tasks = {
        asyncio.create_task(forward()),
        asyncio.create_task(_listen(client, topic, receive, send)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _listen(client: Client, topic: Topic, receive: Receive, send: Send) -> None:
    """Take acknowledgements until the page goes; anything else it may say is ignored, floods end the
    socket.
    """
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None or len(text) > MESSAGE_MAX_CHARACTERS:
            await send({"type": "websocket.close", "code": CLOSE_TOO_BIG})
            return
        if _messages.take(client.connection_id):
            await send({"type": "websocket.close", "code": CLOSE_POLICY})
            return
        version = acknowledged_version(text)
        if version is not None:
            runtime().hub.acknowledge(topic, client, version)


def acknowledged_version(text: str) -> int | None:
    """The version of ``{"type": "ack", "v": 8}``; None for anything else."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("type") != "ack":
        return None
    version = message.get("v")
    return version if type(version) is int else None
