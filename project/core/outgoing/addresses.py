"""Which IP addresses belong to the public internet. Pure.

Sources: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates), RFC 6598
(carrier-grade NAT), RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), and the addresses at
which cloud providers serve machine metadata.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; holds Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform address: public by number, internal by nature
        "169.254.0.0/16",  # link-local; holds most clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; holds Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and 255.255.255.255
    )
)

# IPv6 is the other way round: only 2000::/3 is handed out to the internet, so everything outside it is
# refused (loopback, mapped, NAT64, unique local, link-local, multicast ...) and these parts inside it too.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo (2001::/32), ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address of anyone's choice
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

# What an allow-listed host may be: a machine of one's own, never link-local or metadata.
_OWN = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_METADATA = tuple(ipaddress.ip_network(network) for network in ("fd00:ec2::/32", "fd20:ce::/32"))


def is_public(address: Address) -> bool:
    """Whether ``address`` may be reached by anyone's URL. A scoped IPv6 address (``%eth0``) never may."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def is_own(address: Address) -> bool:
    """Whether ``address`` is a loopback or private one that ``VOUCHSAFE_OUTGOING_ALLOW`` may admit."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    if any(address in network for network in _METADATA):
        return False
    return any(address in network for network in _OWN)


def parse_literal(host: str) -> Address | None:
    """The address that ``host`` spells canonically (without brackets), else None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def looks_numeric(host: str) -> bool:
    """Whether a resolver might read ``host`` as an IPv4 number: decimal, octal, hex, or with parts left out.

    The rule is the URL standard's "ends in a number": no public name has a last label like ``1`` or ``0x7f``.
    """
    last = host.rstrip(".").rsplit(".", 1)[-1].lower()
    if last.isdigit():
        return True
    return last.startswith("0x") and all(character in "0123456789abcdef" for character in last[2:])
