"""The socket side: one place opens connections, and it opens them only to an address it has just checked.

Because the check sits inside ``connect_tcp`` there is no second look-up between check and use that a hostile
name server could answer differently (DNS rebinding). Host header, SNI and certificate check keep the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpcore
import httpx
from django.utils.translation import gettext as _

from .errors import OutgoingFailed, OutgoingTimeout
from .policy import OutgoingPolicy
from .resolver import Resolver, resolve

MAX_ADDRESSES_TRIED = 3


@dataclass
class Deadline:
    """A moment on the monotonic clock that every wait of one fetch shares."""

    seconds: float
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.at = time.monotonic() + self.seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left, not more than ``at_most``. Raises OutgoingTimeout when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise OutgoingTimeout("deadline", _("The other server took too long."))
        return left if at_most is None else min(left, at_most)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every read and write waits no longer than the whole fetch may: a server that sends one
    byte a second never runs into a per-read timeout, but it does run into this."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens TCP connections to checked addresses only."""

    def __init__(
        self,
        *,
        policy: OutgoingPolicy,
        resolver: Resolver,
        deadline: Deadline,
        connect_timeout: float,
        sockets: httpcore.NetworkBackend,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._deadline = deadline
        self._connect_timeout = connect_timeout
        self._sockets = sockets
        self.connected_to = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        name = host.strip("[]").lower()
        addresses = resolve(self._resolver, host=name, port=port, timeout=self._deadline.left(self._connect_timeout))
        # One private address among public ones is an attack or a mistake: the whole name is refused.
        for address in addresses:
            self._policy.check_address(address, host=name, port=port)
        failure: Exception | None = None
        for address in addresses[:MAX_ADDRESSES_TRIED]:
            try:
                stream = self._sockets.connect_tcp(
                    str(address),
                    port,
                    self._deadline.left(self._connect_timeout),
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self.connected_to = str(address)
            return _TimedStream(stream, self._deadline)
        raise OutgoingFailed("connect", _("The other server cannot be reached.")) from failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise OutgoingFailed("unix_socket", _("The other server cannot be reached."))


class _BodyStream(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        cast(Any, self._stream).close()


class GuardedTransport(httpx.BaseTransport):
    """httpx on a ``GuardedBackend``: no proxy, no environment, no connection kept for another request."""

    def __init__(self, *, backend: GuardedBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context, network_backend=backend, max_connections=1, max_keepalive_connections=0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=cast(httpx.SyncByteStream, request.stream),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_BodyStream(cast(Iterable[bytes], answer.stream)),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()
