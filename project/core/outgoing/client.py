"""``fetch``: one request with its redirects, guarded from the URL to the last byte."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Final

import httpcore
import httpx
from django.utils.translation import gettext as _

from .body import ACCEPTED_ENCODING, read_body
from .contracts import Fetched, Limits
from .errors import OutgoingFailed, OutgoingRefused, OutgoingTimeout
from .policy import OutgoingPolicy, host_and_port
from .resolver import Resolver, system_resolver
from .transport import Deadline, GuardedBackend, GuardedTransport

USER_AGENT: Final = "Vouchsafe/0.1 (social proof with permission)"
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "host"})


class OutgoingClient:
    """A policy, a resolver and TLS settings. Holds no connection: every fetch opens and closes its own."""

    def __init__(
        self,
        *,
        policy: OutgoingPolicy,
        resolver: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
        sockets: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._sockets = sockets or httpcore.SyncBackend()
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        credentials: Mapping[str, str] | None = None,
        accept: Sequence[str] = ("application/json",),
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Fetched:
        """Fetch ``url``. Answers of any status are returned; the caller knows what they mean.

        ``credentials`` are headers that go to the first URL's origin and to no other. ``accept`` lists media
        types (``image/*`` allowed); a 2xx answer of another type is refused. Redirects are followed for GET
        and HEAD only. Raises OutgoingRefused, OutgoingFailed, OutgoingTooLarge, OutgoingTimeout.
        """
        open_headers = dict(headers or {})
        if any(name.lower() in _SECRET_HEADERS for name in open_headers):
            raise ValueError("secrets belong into credentials, which never leave the first origin")
        deadline = Deadline(limits.timeout)
        first = current = self._policy.check_url(url)
        for _hop in range(limits.max_redirects + 1):
            secret = dict(credentials or {}) if _origin(current) == _origin(first) else {}
            request = httpx.Request(
                method,
                current,
                headers={
                    **open_headers,
                    **secret,
                    "User-Agent": USER_AGENT,
                    "Accept": ", ".join(accept),
                    "Accept-Encoding": ACCEPTED_ENCODING,
                },
                content=content,
            )
            answer = self._send(request, accept=accept, limits=limits, deadline=deadline)
            if isinstance(answer, Fetched):
                return answer
            if current.scheme == "https" and answer.scheme != "https":
                raise OutgoingRefused("downgrade", _("The other server sent us on to an unsafe address."))
            current = answer
        raise OutgoingRefused("redirects", _("The other server sent us on too often."))

    def _send(
        self, request: httpx.Request, *, accept: Sequence[str], limits: Limits, deadline: Deadline
    ) -> Fetched | httpx.URL:
        """One hop: the answer, or the checked URL it sends us on to."""
        backend = GuardedBackend(
            policy=self._policy,
            resolver=self._resolver,
            deadline=deadline,
            connect_timeout=limits.connect_timeout,
            sockets=self._sockets,
        )
        request.extensions["timeout"] = httpx.Timeout(limits.timeout).as_dict()
        try:
            with GuardedTransport(backend=backend, ssl_context=self._ssl_context) as transport:
                response = transport.handle_request(request)
                try:
                    if response.status_code in REDIRECTS and request.method in ("GET", "HEAD"):
                        return self._next_url(request.url, response)
                    return _fetched(request, response, accept=accept, limits=limits, address=backend.connected_to)
                finally:
                    response.close()
        except httpcore.TimeoutException as error:
            raise OutgoingTimeout("deadline", _("The other server took too long.")) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError) as error:
            raise OutgoingFailed("exchange", _("The other server did not answer properly.")) from error

    def _next_url(self, current: httpx.URL, response: httpx.Response) -> httpx.URL:
        location = response.headers.get("location", "")
        try:
            joined = current.join(location)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise OutgoingRefused("redirect", _("The other server sent us on to no address.")) from error
        if not location or any(character <= " " or character == "\\" for character in location):
            raise OutgoingRefused("redirect", _("The other server sent us on to no address."))
        return self._policy.check_url(str(joined.copy_with(fragment=None)))


def fetch(
    url: str,
    *,
    method: str = "GET",
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
    accept: Sequence[str] = ("application/json",),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    allow_http: bool = False,
    hosts: Sequence[str] | None = None,
) -> Fetched:
    """``OutgoingClient.fetch`` under this installation's policy. ``hosts`` narrows it to those names."""
    client = OutgoingClient(policy=OutgoingPolicy.from_settings(allow_http=allow_http, hosts=hosts))
    return client.fetch(
        url,
        method=method,
        content=content,
        headers=headers,
        credentials=credentials,
        accept=accept,
        limits=limits,
    )


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return (url.scheme, *host_and_port(url))


def _fetched(
    request: httpx.Request, response: httpx.Response, *, accept: Sequence[str], limits: Limits, address: str
) -> Fetched:
    content_type = response.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    has_body = request.method != "HEAD" and response.status_code not in (204, 304)
    if response.is_success and has_body and not _acceptable(content_type, accept):
        raise OutgoingRefused("content_type", _("The other server sent another kind of file than asked for."))
    return Fetched(
        url=str(request.url),
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        content_type=content_type,
        body=read_body(response, max_bytes=limits.max_bytes) if has_body else b"",
        address=address,
    )


def _acceptable(content_type: str, accept: Sequence[str]) -> bool:
    kind = content_type.split("/", 1)[0]
    return "*/*" in accept or content_type in accept or f"{kind}/*" in accept
