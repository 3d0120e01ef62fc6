"""Which URLs and addresses an outgoing request may go to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from .addresses import Address, is_own, is_public, looks_numeric, parse_literal
from .errors import OutgoingRefused

MAX_URL_LENGTH: Final = 4096
PORTS: Final = {"https": frozenset({443, 8443}), "http": frozenset({80, 8080})}

# Names that are answered inside a network only (RFC 6761, 6762, 8375, 9476 and ICANN's .internal).
_INTERNAL_SUFFIXES: Final = frozenset(
    ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private")
    + ("arpa", "alt", "onion", "test", "example", "invalid")
)
_LABEL: Final = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_ALLOW_ENTRY: Final = re.compile(r"^(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+):(?P<port>[0-9]{1,5})$")


def parse_allow(entries: Iterable[str]) -> frozenset[tuple[str, int]]:
    """``["127.0.0.1:8002"]`` as pairs. Raises ValueError for an entry that is not ``host:port``."""
    pairs = set()
    for entry in entries:
        match = _ALLOW_ENTRY.match(entry.strip().lower())
        if match is None or not 0 < int(match["port"]) < 65536:
            raise ValueError(f"{entry!r} is not host:port")
        pairs.add((match["host"].strip("[]"), int(match["port"])))
    return frozenset(pairs)


@dataclass(frozen=True, kw_only=True)
class OutgoingPolicy:
    """``allow``: (host, port) pairs that may be private and may speak plain http. ``allow_http``: plain http
    to public hosts. ``hosts``: when not None, the only hosts that may be reached besides ``allow``."""

    allow: frozenset[tuple[str, int]] = frozenset()
    allow_http: bool = False
    hosts: frozenset[str] | None = None

    @classmethod
    def from_settings(cls, *, allow_http: bool = False, hosts: Iterable[str] | None = None) -> OutgoingPolicy:
        """The policy of this installation (``VOUCHSAFE_OUTGOING_ALLOW``)."""
        return cls(
            allow=parse_allow(settings.VOUCHSAFE_OUTGOING_ALLOW),
            allow_http=allow_http,
            hosts=None if hosts is None else frozenset(host.lower() for host in hosts),
        )

    def check_url(self, url: str) -> httpx.URL:
        """The parsed URL, free of what two parsers may read differently. Raises OutgoingRefused."""
        parsed = _parse(url)
        host, port = host_and_port(parsed)
        if self.is_allowed(host, port):
            return parsed
        if parsed.scheme != "https" and not self.allow_http:
            raise OutgoingRefused("scheme", _("Only https addresses can be fetched."))
        if port not in PORTS[parsed.scheme]:
            raise OutgoingRefused("port", _("That port cannot be fetched from."))
        _check_host(host)
        if self.hosts is not None and host not in self.hosts:
            raise OutgoingRefused("host", _("That host does not belong to this source."))
        return parsed

    def check_address(self, address: Address, *, host: str, port: int) -> None:
        """Raises OutgoingRefused unless a connection for ``host`` may be opened to ``address``."""
        if is_public(address) or (self.is_allowed(host, port) and is_own(address)):
            return
        raise OutgoingRefused("address", _("That address is not on the public internet."))

    def is_allowed(self, host: str, port: int) -> bool:
        """Whether the installation's allow list names this host and port."""
        return (host, port) in self.allow


def host_and_port(url: httpx.URL) -> tuple[str, int]:
    """Host as it goes on the wire (ASCII, lower case, no brackets) and the port, default filled in."""
    host = url.raw_host.decode("ascii").lower().strip("[]")
    default = 443 if url.scheme == "https" else 80
    return host, default if url.port is None else url.port


def _parse(url: str) -> httpx.URL:
    if not url or len(url) > MAX_URL_LENGTH:
        raise OutgoingRefused("length", _("That is not a web address."))
    # Whitespace, control characters and backslashes are where URL parsers disagree with each other.
    if any(character <= " " or character == "\\" or "\x7f" <= character <= "\x9f" for character in url):
        raise OutgoingRefused("characters", _("That is not a web address."))
    try:
        parsed = httpx.URL(url)
        parsed.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise OutgoingRefused("syntax", _("That is not a web address.")) from error
    if parsed.scheme not in PORTS or not parsed.host:
        raise OutgoingRefused("scheme", _("Only https addresses can be fetched."))
    if parsed.userinfo or "@" in url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]:
        raise OutgoingRefused("credentials", _("A web address with a user name in it cannot be fetched."))
    return parsed


def _check_host(host: str) -> None:
    literal = parse_literal(host)
    if literal is not None:
        if not is_public(literal):
            raise OutgoingRefused("address", _("That address is not on the public internet."))
        return
    if looks_numeric(host):
        raise OutgoingRefused("numeric_host", _("That is not a web address."))
    labels = host.removesuffix(".").split(".")
    if len(labels) < 2 or labels[-1] in _INTERNAL_SUFFIXES:
        raise OutgoingRefused("internal_host", _("That name is not on the public internet."))
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise OutgoingRefused("syntax", _("That is not a web address."))
