"""The ASGI application in front of Django: edge routes first, sockets to Channels, everything else to
Django.
"""

import logging
from typing import Any

from project.core.edge import files
from project.core.edge.asgi import Application, Receive, Scope, Send
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse, error_response, refusal, send_response
from project.core.edge.routes import Match, match, register_http
from project.core.edge.runtime import ensure_started, is_running, shut_down
from project.core.errors import ErrorCode, VouchsafeError

logger = logging.getLogger(__name__)

register_http("GET", files.PATTERN, files.serve_embed_file)


class EdgeApplication:
    """``django`` answers HTTP that no edge route fits, ``sockets`` is Channels' router."""

    def __init__(self, django: Application, sockets: Application) -> None:
        self._django = django
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            found = match(scope["method"], scope["path"])
            if found is None:
                await self._django(scope, receive, send)
                return
            if not is_running():
                await ensure_started()
            await _answer(found, scope, receive, send)
        elif kind == "websocket":
            if not is_running():
                await ensure_started()
            await self._sockets(scope, receive, send)
        elif kind == "lifespan":
            await _live(receive, send)
        else:
            raise ValueError(f"No application for ASGI scope type {kind!r}")


async def _answer(found: Match | list[str], scope: Scope, receive: Receive, send: Send) -> None:
    if isinstance(found, list):
        allow = ", ".join(found).encode()
        response = error_response(
            ErrorCode.METHOD_NOT_ALLOWED,
            "This method is not allowed here.",
            status=405,
            headers=[(b"allow", allow)],
        )
        await send_response(response, send)
        return
    started = _Started(send)
    request = EdgeRequest(scope, receive, started, found.params)
    try:
        result: Any = found.route.handler(request)
        if not isinstance(result, EdgeResponse):
            result = await result
    except VouchsafeError as error:
        result = refusal(error)
    except Exception:
        logger.exception("edge.handler_failed", extra={"route": found.route.pattern})
        result = error_response(ErrorCode.INTERNAL, "Something went wrong here. Try again later.", status=500)
    if result is not None and not started.begun:
        await send_response(result, send)


class _Started:
    """``send`` that knows whether the answer has begun: after that an error can only end the connection."""

    __slots__ = ("_send", "begun")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Any) -> None:
        self.begun = True
        await self._send(message)


async def _live(receive: Receive, send: Send) -> None:
    """ASGI lifespan: the runtime lives exactly as long as the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await ensure_started()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await shut_down()
            await send({"type": "lifespan.shutdown.complete"})
            return
