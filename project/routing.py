"""Channels' routing of the sockets that the rooms have registered at the edge."""

from typing import Any

from channels.routing import URLRouter
from django.urls import re_path

from project.core.edge.asgi import Receive, Scope, Send
from project.core.edge.responses import error_response
from project.core.edge.routes import websocket_routes
from project.core.errors import ErrorCode
from project.core.live.sockets import refuse


class SocketRouter:
    """Builds Channels' router once every app is ready; an unknown path is refused with 404."""

    def __init__(self) -> None:
        self._router: URLRouter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._router is None:
            self._router = URLRouter([*_routes(), _route("", _unknown)])
        await self._router(scope, receive, send)


def _routes() -> list[Any]:
    return [_route(f"{route.pattern.removeprefix('/')}$", route.application) for route in websocket_routes()]


def _route(pattern: str, application: Any) -> Any:
    # Channels routes ASGI applications with the patterns that Django makes for views; no leading slash.
    return re_path(f"^{pattern}", application)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    response = error_response(ErrorCode.NOT_FOUND, "There is no socket at this address.", status=404)
    await refuse(scope, receive, send, response)
