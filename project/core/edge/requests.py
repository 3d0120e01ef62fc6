"""An HTTP request at the edge: what handlers need of the ASGI scope, read lazily."""

import json
from typing import Any
from urllib.parse import parse_qsl

from project.core.edge.asgi import Receive, Scope, Send
from project.core.edge.limits import client_key
from project.core.errors import ErrorCode, InvalidInput, VouchsafeError

QUERY_MAX_BYTES = 2_000
QUERY_MAX_FIELDS = 20


class BodyTooLarge(VouchsafeError):
    """The request's body is over the handler's limit."""

    code = ErrorCode.TOO_LARGE
    status = 413


class EdgeRequest:
    """One request. ``params`` are the groups of the route's pattern."""

    __slots__ = ("_headers", "params", "receive", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, params: dict[str, str]) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.params = params
        self._headers: dict[bytes, bytes] | None = None

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def query_string(self) -> bytes:
        query: bytes = self.scope["query_string"]
        return query

    def header(self, name: bytes) -> bytes | None:
        """The first header of this lower-case name."""
        if self._headers is None:
            self._headers = dict(reversed(self.scope["headers"]))  # the first of a name comes last and stays
        return self._headers.get(name)

    @property
    def origin(self) -> bytes | None:
        """The ``Origin`` header as sent; None where there is none."""
        return self.header(b"origin")

    @property
    def host(self) -> bytes:
        return self.header(b"host") or b""

    @property
    def accepts_gzip(self) -> bool:
        """Whether the client takes gzip (``gzip;q=0`` is a refusal, RFC 9110 §12.5.3)."""
        return takes_gzip(self.header(b"accept-encoding"))

    @property
    def client(self) -> str:
        """Whom rate limits count the peer as (:func:`~project.core.edge.limits.client_key`); one bucket for all
        peers on a Unix socket.
        """
        return client_of(self.scope)

    def query(self) -> dict[str, str]:
        """The query's fields, the first value of each. Raises :class:`InvalidInput` for an overlong query."""
        return parse_query(self.query_string)

    async def body(self, limit: int) -> bytes:
        """The whole body in bytes. Raises :class:`BodyTooLarge` above ``limit`` without reading on."""
        declared = self.header(b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > limit:
            raise BodyTooLarge(f"The body may have at most {limit} bytes.")
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise InvalidInput("The request ended before its body did.")
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise BodyTooLarge(f"The body may have at most {limit} bytes.")
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    async def json(self, limit: int) -> dict[str, Any]:
        """The body as a JSON object. Raises :class:`InvalidInput` when it is none."""
        return parse_json_object(await self.body(limit))


def client_of(scope: Scope) -> str:
    """Whom rate limits count the peer of a request or socket as."""
    client = scope.get("client")
    return client_key(str(client[0])) if client else "local"


def takes_gzip(accept_encoding: bytes | None) -> bool:
    """Whether an ``Accept-Encoding`` header admits gzip."""
    if accept_encoding is None or b"gzip" not in accept_encoding:
        return False
    for part in accept_encoding.split(b","):
        coding, _, parameters = part.partition(b";")
        if coding.strip() == b"gzip":
            return parameters.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def parse_query(query_string: bytes) -> dict[str, str]:
    """``b"a=1&b=2"`` to fields, the first value of each. Raises :class:`InvalidInput` above the limits."""
    if not query_string:
        return {}
    if len(query_string) > QUERY_MAX_BYTES:
        raise InvalidInput(f"The query may have at most {QUERY_MAX_BYTES} bytes.")
    try:
        pairs = parse_qsl(
            query_string.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=QUERY_MAX_FIELDS
        )
    except ValueError:
        raise InvalidInput(f"The query may have at most {QUERY_MAX_FIELDS} fields.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value.replace("\x00", ""))
    return fields


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Bytes to a JSON object. Raises :class:`InvalidInput` when they are none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise InvalidInput("The body is not a JSON object.")
    return value
