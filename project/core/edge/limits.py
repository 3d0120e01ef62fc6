"""Token buckets in the process: a cheap guard of the paths that cost a query or a model."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from project.core.errors import ErrorCode, VouchsafeError

IPV6_PREFIX = 64


class TooManyRequests(VouchsafeError):
    """Who asks has had its share; ``retry_after`` in whole seconds goes out as ``Retry-After``."""

    code = ErrorCode.RATE_LIMITED
    status = 429

    def __init__(self, wait: float = 1.0, message: str = "Too many requests. Wait a moment, then try again.") -> None:
        super().__init__(message)
        self.retry_after = max(1, ceil(wait))


@lru_cache(maxsize=4_096)
def client_key(address: str) -> str:
    """Whom an address counts as: IPv4 by itself, IPv6 by its /64, the least that one subscriber is given.

    Whoever has a /64 can ask from 2^64 addresses, so a bucket for each would limit nobody. An IPv4 address in IPv6
    clothes (``::ffff:192.0.2.1``, on a dual-stack socket) is that IPv4 address.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]  # the path of a Unix socket, or what a proxy made up
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, IPV6_PREFIX), strict=False))


class TokenBuckets:
    """One bucket per key: ``burst`` tokens at most, ``rate`` new ones a second.

    Holds at most ``max_keys`` buckets; the one unused for longest makes room (and would be full again by
    then).
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        max_keys: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._max_keys = max_keys
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> float:
        """Take ``cost`` tokens. 0.0 when they were there, else the seconds to wait (``Retry-After``)."""
        now = self._clock()
        tokens, seen = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - seen) * self._rate)
        wait = 0.0 if tokens >= cost else (cost - tokens) / self._rate
        self._buckets[key] = (tokens - cost if not wait else tokens, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return wait

    def demand(self, key: str, cost: float = 1.0) -> None:
        """Take ``cost`` tokens or raise :class:`TooManyRequests`."""
        wait = self.take(key, cost)
        if wait > 0:
            raise TooManyRequests(wait)

    def clear(self) -> None:
        """Forget every bucket."""
        self._buckets.clear()
