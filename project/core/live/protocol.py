"""uvicorn's protocols, with two things added that only the protocol can give.

The connection's transport stands in ``scope["extensions"]``, so that the hub can write to it. And a GET
whose answer is ready is answered from the parser's callback, without the task, the queue and the checks
that a request costs otherwise: two thirds of what the warm feed would cost.

Run with ``--ws project.core.live.protocol:LiveWebSocketProtocol --http
project.core.live.protocol:LiveHttpProtocol`` and ``ws_per_message_deflate=False``. Under any other server
everything works through ASGI and bounded queues instead.
"""

from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from project.core.edge.asgi import Header
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse
from project.core.edge.routes import match_warm
from project.core.edge.runtime import is_running
from project.core.live.clients import TRANSPORT_EXTENSION
from project.core.live.streams import STREAMING_EXTENSION

# Pages send acknowledgements and questions, nothing larger.
MESSAGE_MAX_BYTES = 64 * 1024
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_BODY_HEADERS = frozenset((b"content-length", b"transfer-encoding"))


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    """Lends the socket's transport to the application."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn.max_message_size = MESSAGE_MAX_BYTES

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task was made just now and has not run yet; a refused handshake has no scope.
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][TRANSPORT_EXTENSION] = self.transport


class LiveHttpProtocol(HttpToolsProtocol):
    """Answers what is ready at once, lends the transport, and ends event streams when the server stops."""

    # Whether the request that the parser is in has been answered already.
    _answered = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: Any = {TRANSPORT_EXTENSION: self.transport}
        self.scope["extensions"] = extensions

    def on_headers_complete(self) -> None:
        if self._may_answer_now():
            answer = self._warm_answer()
            if answer is not None:
                self._answered = True
                self.transport.write(_serialise(answer, self.server_state.default_headers))
                self.on_response_complete()
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._answered:
            self._answered = False
        else:
            super().on_message_complete()

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle is not None and STREAMING_EXTENSION in self.cycle.scope.get("extensions", {}):
            self.transport.close()

    def _may_answer_now(self) -> bool:
        """A plain GET on a connection that owes no earlier answer and is not clogged."""
        parser = self.parser
        return (
            parser.get_method() == b"GET"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.root_path
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )

    def _warm_answer(self) -> EdgeResponse | None:
        path, _, query = self.url.partition(b"?")
        if b"%" in path or b"#" in query:
            return None
        found = match_warm(path.decode("latin-1"))
        if found is None or not is_running() or any(name in _BODY_HEADERS for name, _value in self.headers):
            return None
        warm, params = found
        scope = {"method": "GET", "headers": self.headers, "query_string": query, "client": self.client}
        return warm(EdgeRequest(scope, _nothing, _nothing, params))


async def _nothing(*_: Any) -> Any:
    """A warm handler reads no body and writes no stream."""
    raise RuntimeError("A warm handler neither receives nor sends.")


def _serialise(answer: EdgeResponse, common: list[Header]) -> bytes:
    head = [_STATUS_LINES[answer.status]]
    for name, value in (*common, *answer.headers):
        head += (name, b": ", value, b"\r\n")
    head += (b"\r\n", answer.body)
    return b"".join(head)
