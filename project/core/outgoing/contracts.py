"""What goes into an outgoing request and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one ``fetch`` may take, all redirects together.

    ``max_bytes`` holds for the body as it arrives and as it unpacks. ``timeout`` is in seconds and covers
    everything: names, connecting, TLS, headers, body. ``max_redirects`` counts the hops after the first.
    """

    max_bytes: int = 2_000_000
    timeout: float = 15.0
    connect_timeout: float = 5.0
    max_redirects: int = 3


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A whole answer. ``url`` is the last one after redirects, ``headers`` have lower-case names,
    ``content_type`` is the bare media type in lower case, ``address`` the IP that answered."""

    url: str
    status: int
    headers: Mapping[str, str]
    content_type: str
    body: bytes = field(repr=False)
    address: str
