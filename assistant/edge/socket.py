"""`WS /ws/a/{id}`: questions in, frames out; one question at a time."""

from __future__ import annotations

import contextlib
import logging

from assistant.edge.desk import TooManyQuestions, desk, take_question
from assistant.edge.frames import error_frame, frames, question_in
from project.core.edge.asgi import Receive, Scope, Send
from project.core.edge.origins import origin_refused
from project.core.edge.requests import client_of, parse_json_object
from project.core.edge.responses import encode_json, refusal
from project.core.errors import InvalidInput, VouchsafeError
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
            take_question(found.assistant.id, client)
            # Origins and the assistant itself may have changed since the socket was opened.
            found = await desk(found.assistant.id, client)
            if found.cors(origin, host, required=True) is None:
                await send({"type": "websocket.close", "code": CLOSE_POLICY})
                return
            fields = question_in(parse_json_object(text.encode("utf-8", "replace")))
            async with contextlib.aclosing(frames(found.assistant, fields)) as made:
                async for frame in made:
                    await send({"type": "websocket.send", "text": encode_json(frame).decode()})
        except VouchsafeError as error:
            refused += 1
            await send({"type": "websocket.send", "text": encode_json(error_frame(error)).decode()})
            if refused > MOST_REFUSALS and isinstance(error, TooManyQuestions | InvalidInput):
                await send({"type": "websocket.close", "code": CLOSE_POLICY})
                return
        except Exception as error:
            logger.exception("an answer broke off")
            await send({"type": "websocket.send", "text": encode_json(error_frame(error)).decode()})
