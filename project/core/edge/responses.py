"""Answers of the edge, and the one error shape."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from project.core.edge.asgi import Header, Send
from project.core.edge.limits import TooManyRequests
from project.core.errors import ErrorCode, VouchsafeError, error_body

NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
NO_STORE: Header = (b"cache-control", b"no-store")
VARY: Header = (b"vary", b"Origin, Accept-Encoding")
JSON_TYPE: Header = (b"content-type", b"application/json; charset=utf-8")


@dataclass(slots=True)
class EdgeResponse:
    """A whole answer: status, headers with ``content-length`` where there is a body, and the body's bytes.

    ``lines``: the same headers as they stand on the wire (RFC 9112 §5), where they were written beforehand. Not frozen:
    one is made per request of the warm path, and a frozen one costs three times as much to make.
    """

    status: int
    headers: list[Header]
    body: bytes = b""
    lines: bytes = b""


def header_lines(headers: Iterable[Header]) -> bytes:
    """Headers as they stand on the wire: a line each, with the line's end (RFC 9112 §5)."""
    return b"".join([part for name, value in headers for part in (name, b": ", value, b"\r\n")])


async def send_response(response: EdgeResponse, send: Send) -> None:
    """Write an answer to the ASGI server."""
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})


def encode_json(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(data: Any, *, status: int = 200, headers: Iterable[Header] = ()) -> EdgeResponse:
    """A JSON answer that no cache keeps unless ``headers`` carry a ``cache-control`` of their own."""
    body = encode_json(data)
    own = list(headers)
    if not any(name == b"cache-control" for name, _ in own):
        own.append(NO_STORE)
    return EdgeResponse(status, [JSON_TYPE, (b"content-length", str(len(body)).encode()), NOSNIFF, *own], body)


def error_response(
    code: ErrorCode,
    message: str,
    *,
    status: int,
    fields: Mapping[str, list[str]] | None = None,
    headers: Iterable[Header] = (),
) -> EdgeResponse:
    """``{"error": {"code", "message", "fields"?}}``; ``Vary`` is set because the answer may depend on the
    origin.
    """
    return json_response(error_body(code, message, fields), status=status, headers=[VARY, *headers])


def refusal(error: VouchsafeError, headers: Iterable[Header] = ()) -> EdgeResponse:
    """The answer for an error raised in a handler."""
    told = list(headers)
    if isinstance(error, TooManyRequests):
        told.append((b"retry-after", str(error.retry_after).encode()))
    return error_response(error.code, error.message, status=error.status, fields=error.fields, headers=told)
