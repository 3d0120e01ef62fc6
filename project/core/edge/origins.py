"""Who may ask from a browser: exact scheme, host and port; a wildcard stands for one label (standards, §7).

``Origin`` is no authentication (a program writes what it likes): it keeps other people's *pages* out, and
goes together with rate limits.
"""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from project.core.edge.asgi import Header
from project.core.edge.responses import VARY, EdgeResponse, error_response
from project.core.errors import ErrorCode

_DEFAULT_PORTS = {"http": 80, "https": 443}
PREFLIGHT_SECONDS = b"600"


def normalise_origin(value: str) -> str | None:
    """``HTTPS://Shop.Example:443`` → ``https://shop.example``; None for anything that is not a web origin."""
    try:
        parts = urlsplit(value.strip())
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), parts.hostname
    if scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        return None
    if parts.path or parts.query or parts.fragment:
        return None
    if ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


class OriginSet:
    """The origins that one shop allows, ready to be asked once per request."""

    __slots__ = ("_exact", "_wildcards")

    def __init__(self, origins: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._wildcards: set[tuple[str, str]] = set()
        for origin in origins:
            scheme, _, rest = origin.partition("://")
            if rest.startswith("*."):
                tail = normalise_origin(f"{scheme}://{rest[2:]}")
                if tail is not None:
                    self._wildcards.add((scheme.lower(), tail.partition("://")[2]))
                continue
            exact = normalise_origin(origin)
            if exact is not None:
                self._exact.add(exact)

    def __eq__(self, other: object) -> bool:
        """Whether both let in the same pages."""
        if not isinstance(other, OriginSet):
            return NotImplemented
        return self._exact == other._exact and self._wildcards == other._wildcards

    __hash__ = None  # type: ignore[assignment]

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may ask. ``null`` is nobody's origin and never allowed."""
        if origin in self._exact:
            return True
        if not self._wildcards:
            return False
        scheme, _, rest = origin.partition("://")
        label, _, tail = rest.partition(".")
        return bool(label) and (scheme, tail) in self._wildcards


@lru_cache(maxsize=256)
def _own(origin: str, host: str, public_url: str, allowed_hosts: tuple[str, ...]) -> bool:
    if origin == normalise_origin(public_url):
        return True
    if origin.partition("://")[2] != host.lower():
        return False
    # The page was served by this very host: believed only for hosts that this installation answers for, or a
    # foreign name that resolves to this machine would count as our own.
    return validate_host(split_domain_port(host)[0], allowed_hosts)


def is_own_origin(origin: str, host: str) -> bool:
    """Whether the page that asks is one of our own (studio preview, hosted wall)."""
    return _own(origin, host, settings.PUBLIC_URL, tuple(settings.ALLOWED_HOSTS))


# A name of 253 characters, a scheme and a port fit; whatever is longer is nobody's and is kept nowhere.
LONGEST_HEADER = 300


def may_ask(origin: bytes | None, host: bytes, allowed: OriginSet, *, required: bool = False) -> bool:
    """The rule of public GETs and, with ``required``, of sockets (X7).

    Without an ``Origin`` a GET is served (no page of another site can read it without sending one) and a
    socket is refused, for browsers always send it there. ``null`` is refused: every sandboxed or local page
    has it.
    """
    if len(origin or b"") > LONGEST_HEADER or len(host) > LONGEST_HEADER:
        return False
    if origin is None:
        return not required
    text = origin.decode("latin-1")
    return allowed.allows(text) or is_own_origin(text, host.decode("latin-1"))


def cors_headers(origin: bytes | None, expose: bytes = b"") -> list[Header]:
    """What lets the page of an allowed origin read the answer; nothing for a request without ``Origin``."""
    if origin is None:
        return []
    headers: list[Header] = [(b"access-control-allow-origin", origin)]
    if expose:
        headers.append((b"access-control-expose-headers", expose))
    return headers


def origin_refused(origin: bytes | None) -> EdgeResponse:
    """403 without ``Access-Control-Allow-Origin``: the browser shows the page nothing of it."""
    named = (origin or b"none").decode("latin-1")[:200]
    return error_response(
        ErrorCode.ORIGIN_NOT_ALLOWED,
        f"The origin {named} is not allowed here. Allow it in the studio under Settings, Allowed origins.",
        status=403,
    )


def preflight(origin: bytes | None, host: bytes, allowed: OriginSet, methods: bytes) -> EdgeResponse:
    """The answer to a CORS preflight (Fetch standard, CORS-preflight fetch) for JSON posts of allowed
    origins.
    """
    if origin is None or not may_ask(origin, host, allowed):
        return origin_refused(origin)
    return EdgeResponse(
        204,
        [
            *cors_headers(origin),
            (b"access-control-allow-methods", methods),
            (b"access-control-allow-headers", b"content-type, accept"),
            (b"access-control-max-age", PREFLIGHT_SECONDS),
            VARY,
        ],
    )
