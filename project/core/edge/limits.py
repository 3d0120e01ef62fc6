"""Token buckets in the process: a cheap guard of the paths that cost a query or a model."""

import time
from collections import OrderedDict
from collections.abc import Callable


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

    def clear(self) -> None:
        """Forget every bucket."""
        self._buckets.clear()
