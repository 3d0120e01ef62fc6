"""The embedder's wire format.

Request: 4 bytes length (big endian), then that many bytes of JSON `{"text": str, "language": str, "until": float |
null}`, where `until` is a reading of the system-wide monotonic clock after which nobody waits for the answer.
Answer: 4 bytes length, then that many bytes of little-endian float32; length 0 means "no vector".
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

LENGTH = struct.Struct("!I")
MAX_REQUEST = 16_384
"""Longest request in bytes: 300 characters of JSON-escaped text and some room."""


class ProtocolError(ValueError):
    """The peer sent something that is not the format above."""


@dataclass(frozen=True)
class Request:
    """A question to be embedded, and until when that is of use."""

    text: str
    language: str = ""
    until: float | None = None


def pack_request(request: Request) -> bytes:
    """Return the bytes of a request."""
    body = json.dumps({"text": request.text, "language": request.language, "until": request.until}).encode("ascii")
    return LENGTH.pack(len(body)) + body


def unpack_request(body: bytes) -> Request:
    """Return the request in `body` (without its length); raises ProtocolError."""
    try:
        data = json.loads(body)
        text, language, until = data["text"], data.get("language", ""), data.get("until")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProtocolError("not a request") from error
    if (
        not isinstance(text, str)
        or not isinstance(language, str)
        or isinstance(until, bool)
        or not isinstance(until, int | float | None)
    ):
        raise ProtocolError("not a request")
    return Request(text=text, language=language, until=until)


def request_size(buffer: bytes) -> int | None:
    """Return the length of the request that starts in `buffer`, None while unknown; raises ProtocolError."""
    if len(buffer) < LENGTH.size:
        return None
    size = int(LENGTH.unpack_from(buffer)[0])
    if not 0 < size <= MAX_REQUEST:
        raise ProtocolError("request too long")
    return size


def pack_vector(vector: list[float]) -> bytes:
    """Return the bytes of an answer; an empty list is the answer "no vector"."""
    return LENGTH.pack(4 * len(vector)) + struct.pack(f"<{len(vector)}f", *vector)


def unpack_vector(body: bytes) -> tuple[float, ...]:
    """Return the numbers in an answer's body; raises ProtocolError when it is no row of float32."""
    if len(body) % 4:
        raise ProtocolError("not a vector")
    return struct.unpack(f"<{len(body) // 4}f", body)
