"""A frame, encoded once for all connections that it goes to."""

import json
from functools import cached_property
from typing import Any

# What ends a chunked body.
LAST_CHUNK = b"0\r\n\r\n"


class Frame:
    """One JSON message to pages: as text, as a WebSocket frame, as a server-sent event, as a chunk of one."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def websocket(self) -> bytes:
        """An unmasked, uncompressed text frame (RFC 6455 §5.2); legal with and without permessage-deflate."""
        payload = self.text.encode()
        size = len(payload)
        if size < 126:
            return bytes((0x81, size)) + payload
        if size < 65_536:
            return b"\x81\x7e" + size.to_bytes(2, "big") + payload
        return b"\x81\x7f" + size.to_bytes(8, "big") + payload

    @cached_property
    def event(self) -> bytes:
        """One server-sent event; JSON text has no raw line breaks, so one ``data`` line carries it."""
        return b"data: " + self.text.encode() + b"\n\n"

    @cached_property
    def chunk(self) -> bytes:
        """The event as one chunk of a chunked body (RFC 9112 §7.1), for writing past the server."""
        return b"%x\r\n%b\r\n" % (len(self.event), self.event)
