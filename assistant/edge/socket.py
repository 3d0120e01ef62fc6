"""`WS /ws/a/{id}`: questions in, frames out; one question at a time."""

from __future__ import annotations

import contextlib
import logging

from assistant.edge.desk import desk, take_question
from assistant.edge.frames import error_frame, frames, question_in
from assistant.services import Frame
from project.core.edge.asgi import Receive, Scope, Send
from project.core.edge.limits import TooManyRequests
from project.core.edge.origins import origin_refused
from project.core.edge.requests import client_of, parse_json_object
from project.core.edge.responses import encode_json, refusal
from project.core.edge.runtime import runtime
from project.core.errors import InvalidInput, VouchsafeError
from project.core.live.clients import close_soon
from project.core.live.guests import CLOSE_ORIGIN_NOT_ALLOWED, REFUSED, Guest
from project.core.live.sockets import CLOSE_POLICY, CLOSE_TOO_BIG, refuse

logger = logging.getLogger("assistant")

MESSAGE_MAX_CHARACTERS = 4_000
MOST_REFUSALS = 20


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one page's conversation. Needs an `Origin` that the shop allows (X7)."""
    headers = dict(scope["headers"])
    origin, host = headers.get(b"origin"), headers.get(b"host", b"")
    client = client_of(scope)
    try:
        found = await desk(scope["url_route"]["kwargs"]["assistant_id"], client)
    except VouchsafeError as error:
        await refuse(scope, receive, send, refusal(error))
        return
    if found.cors(origin, host, required=True) is None:
        await refuse(scope, receive, send, origin_refused(origin))
        return
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    guest = runtime().guests.enter(
        found.admission(origin, host), lambda: close_soon(send, CLOSE_ORIGIN_NOT_ALLOWED, REFUSED)
    )
    try:
        await _converse(found.assistant.id, client, guest, receive, send)
    finally:
        runtime().guests.leave(guest)


async def _converse(assistant_id: str, client: str, guest: Guest, receive: Receive, send: Send) -> None:
    async def tell(frame: Frame) -> bool:
        """Send a frame; False to a page that is no longer let in, whose socket is being closed."""
        if guest.refused:
            return False
        await send({"type": "websocket.send", "text": encode_json(frame).decode()})
        return True

    refused = 0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None or len(text) > MESSAGE_MAX_CHARACTERS:
            await send({"type": "websocket.close", "code": CLOSE_TOO_BIG})
            return
        try:
            take_question(assistant_id, client)
            # The assistant itself may have changed since the socket was opened, and so may who is let in.
            found = await desk(assistant_id, client)
            if found.cors(guest.origin, guest.host, required=True) is None:
                await send({"type": "websocket.send", "text": REFUSED.text})
                await send({"type": "websocket.close", "code": CLOSE_ORIGIN_NOT_ALLOWED})
                return
            fields = question_in(parse_json_object(text.encode("utf-8", "replace")))
            async with contextlib.aclosing(frames(found.assistant, fields)) as made:
                async for frame in made:
                    if not await tell(frame):
                        return
        except VouchsafeError as error:
            refused += 1
            await tell(error_frame(error))
            if refused > MOST_REFUSALS and isinstance(error, TooManyRequests | InvalidInput):
                await send({"type": "websocket.close", "code": CLOSE_POLICY})
                return
        except Exception as error:
            logger.exception("an answer broke off")
            await tell(error_frame(error))
