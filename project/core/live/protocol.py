"""uvicorn's protocols, with two things added that only the protocol can give.

The connection's transport stands in ``scope["extensions"]``, so that the hub can write to it. And a GET
whose answer is ready is answered from the parser's callback, without the task, the queue and the checks
that a request costs otherwise: two thirds of what the warm feed would cost.

Run with ``--ws project.core.live.protocol:LiveWebSocketProtocol --http
project.core.live.protocol:LiveHttpProtocol`` and ``ws_per_message_deflate=False``. Under any other server
everything works through ASGI and bounded queues instead.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from project.core.edge.asgi import Header
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse, header_lines
from project.core.edge.routes import match_warm
from project.core.edge.runtime import is_running
from project.core.live.clients import TRANSPORT_EXTENSION
from project.core.live.streams import STREAMING_EXTENSION

# Pages send acknowledgements and questions, nothing larger.
MESSAGE_MAX_BYTES = 64 * 1024
# Whatever path is asked for is remembered with what answers it, so no long one is.
LONGEST_WARM_PATH = 256
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


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
    _heard_at = 0.0
    _idle_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.loop.time()
        super().data_received(data)

    def on_message_begin(self) -> None:
        # The scope is made where a request turns out to need one.
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        if self._may_answer_now():
            answer = self._warm_answer()
            if answer is not None:
                self._answered = True
                self.transport.write(_serialise(answer, self.server_state.default_headers))
                self.server_state.total_requests += 1
                if self._idle_timer is None:
                    self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)
                return
        self._make_scope()
        super().on_headers_complete()

    def _make_scope(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        extensions: Any = {TRANSPORT_EXTENSION: self.transport}
        self.scope["extensions"] = extensions

    def _close_if_idle(self) -> None:
        """Keep-alive of connections with warm answers: one timer that looks again, not a new one per answer. Where an
        answer of the long way is under way, or was the last, uvicorn's own timer is set or will be."""
        self._idle_timer = None
        if self.timeout_keep_alive_task is not None or (self.cycle is not None and not self.cycle.response_complete):
            return
        left = self.timeout_keep_alive - (self.loop.time() - self._heard_at)
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._close_if_idle)
        elif not self.transport.is_closing():
            self.transport.close()

    def _forget_idleness(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_idleness()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._forget_idleness()  # a socket may be silent
        super().handle_websocket_upgrade()

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
        if len(path) > LONGEST_WARM_PATH or b"%" in path or b"#" in query:
            return None
        found = match_warm(path.decode("latin-1"))
        if found is None or not is_running():
            return None
        warm, params = found
        scope = {"method": "GET", "headers": self.headers, "query_string": query, "client": self.client}
        request = EdgeRequest(scope, _nothing, _nothing, params)
        has_body = request.header(b"content-length") is not None or request.header(b"transfer-encoding") is not None
        return None if has_body else warm(request)


async def _nothing(*_: Any) -> Any:
    """A warm handler reads no body and writes no stream."""
    raise RuntimeError("A warm handler neither receives nor sends.")


def _serialise(answer: EdgeResponse, common: list[Header]) -> bytes:
    lines = answer.lines or header_lines(answer.headers)
    return b"".join((_STATUS_LINES[answer.status], header_lines(common), lines, b"\r\n", answer.body))
