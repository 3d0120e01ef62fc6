"""uvicorn's protocols with the connection's transport in ``scope["extensions"]``, so that the hub can write
to it.

Run with ``--ws project.core.live.protocol:LiveWebSocketProtocol --http
project.core.live.protocol:LiveHttpProtocol`` and ``ws_per_message_deflate=False``. Under any other server
everything works through bounded queues instead.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from project.core.live.clients import TRANSPORT_EXTENSION
from project.core.live.streams import STREAMING_EXTENSION


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    """Lends the socket's transport to the application."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task was made just now and has not run yet; a refused handshake has no scope.
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][TRANSPORT_EXTENSION] = self.transport


class LiveHttpProtocol(HttpToolsProtocol):
    """Lends the connection's transport to the application, and ends event streams when the server stops."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: Any = {TRANSPORT_EXTENSION: self.transport}
        self.scope["extensions"] = extensions

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and STREAMING_EXTENSION in self.cycle.scope.get("extensions", {}):
            self.transport.close()
