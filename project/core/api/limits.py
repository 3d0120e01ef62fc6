"""How much one key may ask: a token bucket per key, in each process."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from project.core.edge.limits import TokenBuckets, client_key

_buckets: dict[tuple[float, float], TokenBuckets] = {}


class KeyThrottle(BaseThrottle):
    """``API_RATE`` requests a second, ``API_BURST`` at once. A publishable key is in every shopper's browser, so
    there each address has a bucket of its own."""

    _wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller = request.user
        key = str(caller.key_id)  # type: ignore[union-attr]
        if caller.publishable:  # type: ignore[union-attr]
            key = f"{key} {client_key(request.META.get('REMOTE_ADDR', ''))}"
        self._wait = buckets().take(key)
        return self._wait == 0.0

    def wait(self) -> float | None:
        return self._wait


class VisitorThrottle(BaseThrottle):
    """For what needs no key: the view's own ``visitor_buckets``, one bucket for each network address."""

    _wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        limits: TokenBuckets = view.visitor_buckets  # type: ignore[attr-defined]
        self._wait = limits.take(client_key(request.META.get("REMOTE_ADDR", "")))
        return self._wait == 0.0

    def wait(self) -> float | None:
        return self._wait


def buckets() -> TokenBuckets:
    """The buckets for the rate in force."""
    rate, burst = float(settings.API_RATE), float(settings.API_BURST)
    return _buckets.setdefault((rate, burst), TokenBuckets(rate=rate, burst=burst))
