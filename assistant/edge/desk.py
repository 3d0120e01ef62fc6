"""One assistant as this process knows it: who it is and who may ask. Re-read when the shop's number rises."""

from __future__ import annotations

import gc
import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache, partial

from django.utils import timezone

from assistant.audience import audience_of
from assistant.contracts import AssistantFacts
from assistant.selectors import assistant_by_public_id
from project.core.edge.asgi import Header
from project.core.edge.lease import lease_seconds
from project.core.edge.limits import TokenBuckets, TooManyRequests
from project.core.edge.moments import published_at
from project.core.edge.origins import OriginSet, cors_headers, may_ask
from project.core.edge.responses import VARY
from project.core.edge.runtime import on_reset, runtime
from project.core.edge.singleflight import SingleFlight
from project.core.errors import NotFound, VouchsafeError
from project.core.live.guests import Admission, Door
from project.core.lookups import shop_of_public_id
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate
from project.shops.selectors import allowed_origins, shop_facts

DESKS_KEPT = 2_000
EXPOSED = b"ETag, Retry-After, Vouchsafe-Lease"

# Questions cost some 50 ms of one core each, and money where a model is configured.
_per_visitor = TokenBuckets(rate=0.5, burst=10)
_per_assistant = TokenBuckets(rate=10, burst=100)
_cold = TokenBuckets(rate=50, burst=300)
# Configurations for a product: a visitor can make up products, and each costs ten searches the first time.
_configs_per_visitor = TokenBuckets(rate=5, burst=60)
_configs_per_assistant = TokenBuckets(rate=20, burst=200)
# One open panel asks four times a minute whether its quotes still stand; many may be behind one address.
_looks = TokenBuckets(rate=20, burst=200)


class TooManyQuestions(TooManyRequests):
    """The visitor or the assistant has had its share."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait, "Too many questions. Wait a moment, then try again.")


@dataclass(frozen=True, slots=True)
class Desk:
    """An assistant, the publication number it was read at, the origins that may ask it, and the shop's language.

    `steady_until`: monotonic time up to which the clock alone changes nothing of what passed under that number.
    """

    assistant: AssistantFacts
    number: int
    origins: OriginSet
    locale: str
    steady_until: float = math.inf

    def admission(self, origin: bytes | None, host: bytes) -> Admission:
        """That the asking page was let in; it stays for as long as the shop allows its origin."""
        again = partial(_door, self.assistant.id)
        return Admission(self.assistant.id, self.assistant.shop_id, origin, host, self.door, again)

    @property
    def door(self) -> Door:
        return Door(self.number, self.origins)

    def cors(self, origin: bytes | None, host: bytes, *, required: bool = False) -> list[Header] | None:
        """Return the headers for the asking page, None when it may not ask."""
        if not may_ask(origin, host, self.origins, required=required):
            return None
        return [*cors_headers(origin, EXPOSED), VARY]

    def lease(self, version: int) -> int:
        """Whole seconds for which quotes that passed under `version` may go on; 0 when rows must be looked at."""
        if version != self.number:
            return 0
        left = self.steady_until - time.monotonic()
        return lease_seconds(runtime().view.age(), None if math.isinf(left) else left)


_desks: OrderedDict[str, Desk] = OrderedDict()
_flights: SingleFlight[Desk] = SingleFlight()


async def desk(assistant_id: str, client: str = "") -> Desk:
    """Return the desk of an assistant; raises NotFound and TooManyRequests.

    `client`: who asks; counted when its request is the one that costs work.
    """
    known = _desks.get(assistant_id)
    if known is not None and known.number >= runtime().view.number(known.assistant.shop_id):
        return known
    if client and not _flights.running(assistant_id):
        _cold.demand(client)
    return await _flights.run(assistant_id, lambda: _opened(assistant_id))


async def _door(assistant_id: str) -> Door:
    return (await desk(assistant_id)).door


async def _opened(assistant_id: str) -> Desk:
    try:
        opened = await runtime().pool.run(lambda: _open(assistant_id))
    except VouchsafeError:
        _desks.pop(assistant_id, None)
        raise
    runtime().view.raise_to(opened.assistant.shop_id, opened.number)
    _desks[assistant_id] = opened
    _desks.move_to_end(assistant_id)
    if len(_desks) > DESKS_KEPT:
        _desks.popitem(last=False)
    return opened


@lru_cache(maxsize=1)
def _warm() -> None:
    """Load with the first page that shows an assistant what the first question would wait for."""
    import assistant.answers.extractive  # noqa: F401

    # Answers make thousands of short-lived rows; without this the collector walks everything that importing has
    # left behind each time it looks at them, some 100 ms.
    gc.collect()
    gc.freeze()


def _open(assistant_id: str) -> Desk:
    _warm()
    shop_id = shop_of_public_id(assistant_id)
    if shop_id is None:
        raise NotFound("There is no such assistant.")
    with shop_scope(shop_id):
        # The number first: what changes after it raises it, and the desk is read again.
        number = publication_number(shop_id)
        assistant = assistant_by_public_id(assistant_id)
        origins, locale = OriginSet(allowed_origins()), shop_facts(shop_id).locale
        return Desk(assistant, number, origins, locale, _steady_until(assistant, number))


def _steady_until(assistant: AssistantFacts, number: int) -> float:
    """In the past when a right has begun or ended since the number was given out: it then tells nothing."""
    now = timezone.now()
    since = published_at(assistant.shop_id, number) or now
    change = gate.next_change(audience_of(assistant.shop_id, markets=assistant.markets, at=since))
    return math.inf if change is None else time.monotonic() + (change - now).total_seconds()


def take_config(assistant_id: str, client: str) -> None:
    """Count a configuration that must be made for a visitor; raises TooManyRequests."""
    _configs_per_visitor.demand(client)
    _configs_per_assistant.demand(assistant_id)


def take_question(assistant_id: str, client: str) -> None:
    """Count a question of a visitor; raises TooManyQuestions."""
    wait = _per_visitor.take(f"{assistant_id}|{client}") or _per_assistant.take(assistant_id)
    if wait:
        raise TooManyQuestions(wait)


def take_look(client: str) -> None:
    """Count a look at quotes; raises TooManyRequests."""
    _looks.demand(client)


def forget_limits() -> None:
    """Begin all limits anew."""
    for buckets in (_per_visitor, _per_assistant, _cold, _configs_per_visitor, _configs_per_assistant, _looks):
        buckets.clear()


@on_reset
def _forget() -> None:
    global _flights
    _desks.clear()
    _flights = SingleFlight()
    forget_limits()
