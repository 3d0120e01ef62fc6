"""What this process has ready of each widget, and how it gets what it has not: built once, whoever asks
meanwhile waits.

Belongs to the edge's runtime and its event loop. The warm path is two dictionary look-ups and no await.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from copy import copy
from functools import partial
from typing import Any

from project.core.edge.asgi import Header
from project.core.edge.limits import TokenBuckets
from project.core.edge.origins import OriginSet, cors_headers, may_ask
from project.core.edge.prepared import Prepared, PreparedStore, prepare
from project.core.edge.requests import EdgeRequest, parse_query
from project.core.edge.responses import NOSNIFF, VARY, encode_json
from project.core.edge.runtime import on_reset, runtime
from project.core.edge.singleflight import SingleFlight
from project.core.errors import VouchsafeError
from project.core.live.guests import Admission, Door
from widgets import patches
from widgets.building import Head, build_feed, known_key, load_head
from widgets.parameters import KEY_FIELDS
from widgets.placements import FeedKey

HEADS_KEPT = 5_000
ALIASES_PER_HEAD = 500
ORIGINS_PER_HEAD = 200
FEED_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"max-age=0, s-maxage=15, must-revalidate"),
    VARY,
    NOSNIFF,
)
EXPOSED = b"Vouchsafe-Lease, ETag, Age"


# Work that needs the database: heads of widgets this process has not met, parameters and feeds it has not.
_cold = TokenBuckets(rate=50, burst=300)
# Searches, further pages and the pages of walls.
_costly = TokenBuckets(rate=5, burst=60)
# What all visitors together may have built of one widget. Its default feed and the first page of its wall are free:
# they are built once per change, whoever asks.
_per_widget = TokenBuckets(rate=20, burst=400)


def take_costly(client: str) -> None:
    """Count a request that always needs the database. Raises
    :class:`~project.core.edge.limits.TooManyRequests`.
    """
    _costly.demand(client)


class WidgetDesk:
    """One widget as this process knows it: its head, who may ask, and what query strings mean."""

    __slots__ = ("_origins", "aliases", "allowed", "default", "head")

    def __init__(self, head: Head) -> None:
        self.head = head
        self.default = FeedKey(locale=head.widget.locale)
        self.allowed = OriginSet(head.origins)
        self.aliases: OrderedDict[bytes, FeedKey] = OrderedDict()
        self._origins: dict[tuple[bytes | None, bytes], list[Header]] = {}

    def cors(self, origin: bytes | None, host: bytes) -> list[Header] | None:
        """The headers that let the asking page read the answer; None when it may not ask."""
        asked = (origin, host)
        if asked in self._origins:
            return self._origins[asked]
        if not may_ask(origin, host, self.allowed):
            return None  # not kept: anybody can invent origins, of any length
        headers = cors_headers(origin, EXPOSED)
        if len(self._origins) >= ORIGINS_PER_HEAD:
            self._origins.clear()
        self._origins[asked] = headers
        return headers

    def admission(self, request: EdgeRequest) -> Admission:
        """That the asking page was let in; it stays for as long as the shop allows its origin."""
        widget_id = self.head.widget.id
        # Connections outlive desks, so nothing of this one goes along.
        again = partial(_door, widget_id)
        return Admission(widget_id, self.head.shop.id, request.origin, request.host, self.door, again)

    @property
    def door(self) -> Door:
        return Door(self.head.number, self.allowed)

    def learn(self, query_string: bytes, key: FeedKey) -> None:
        """Remember what a query string means."""
        self.aliases[query_string] = key
        if len(self.aliases) > ALIASES_PER_HEAD:
            self.aliases.popitem(last=False)


class Delivery:
    """All widgets that this process serves."""

    def __init__(self) -> None:
        self.store: PreparedStore[Any] = PreparedStore()
        self._desks: OrderedDict[str, WidgetDesk] = OrderedDict()
        self._flights: SingleFlight[WidgetDesk] = SingleFlight()
        self._keys: SingleFlight[FeedKey] = SingleFlight()

    def known_desk(self, widget_id: str) -> WidgetDesk | None:
        """The widget's desk if it is up to date."""
        desk = self._desks.get(widget_id)
        if desk is None or desk.head.number < runtime().view.number(desk.head.shop.id):
            return None
        return desk

    async def desk(self, widget_id: str, client: str = "") -> WidgetDesk:
        """The widget's desk. ``client``: who asks; counted when its request is the one that costs work.

        Raises :class:`NotFound` and :class:`TooManyRequests`.
        """
        desk = self.known_desk(widget_id)
        if desk is not None:
            return desk
        if client and widget_id not in self._desks and not self._flights.running(widget_id):
            _cold.demand(client)
        return await self._flights.run(widget_id, lambda: self._open(widget_id))

    async def _open(self, widget_id: str) -> WidgetDesk:
        try:
            head = await runtime().pool.run(lambda: load_head(widget_id))
        except VouchsafeError:
            self._desks.pop(widget_id, None)
            self.store.drop(widget_id)
            raise
        # What the database says now may be newer than the newest message.
        runtime().view.raise_to(head.shop.id, head.number)
        desk = WidgetDesk(head)
        self._desks[widget_id] = desk
        self._desks.move_to_end(widget_id)
        if len(self._desks) > HEADS_KEPT:
            dropped, _ = self._desks.popitem(last=False)
            self.store.drop(dropped)
        return desk

    async def key(self, desk: WidgetDesk, query_string: bytes, client: str = "") -> FeedKey:
        """What a page's parameters mean for this widget. Raises as :meth:`desk` does."""
        known = desk.aliases.get(query_string)
        if known is not None:
            return known
        query = parse_query(query_string)
        fields = {name: query.get(name, "")[:160] for name in KEY_FIELDS}
        if fields["product"]:
            flight = (desk.head.widget.id, desk.head.number, fields["product"], fields["category"], fields["locale"])
            if client and not self._keys.running(flight):
                _cold.demand(client)
            key = await self._keys.run(flight, lambda: runtime().pool.run(lambda: known_key(desk.head, **fields)))
        else:
            key = known_key(desk.head, **fields)
        desk.learn(query_string, key)
        return key

    async def feed(self, desk: WidgetDesk, key: FeedKey, client: str = "") -> Prepared[Any]:
        """The prepared feed of a key; ``payload`` is its JSON data. Raises as :meth:`desk` does."""

        async def build() -> Prepared[Any]:
            feed, stand = await runtime().pool.run(lambda: build_feed(desk.head, key))
            payload = feed.to_json()
            return prepare(
                number=stand.number,
                payload=payload,
                body=encode_json(payload),
                headers=FEED_HEADERS,
                ends_at=stand.ends_at,
                settled=stand.settled,
            )

        name = key.feed
        if client and key != desk.default and not self._is_awaited(desk, name):
            self._charge(desk, client, _cold)
        return await self.obtain(desk, name, build)

    async def wall_page(
        self, desk: WidgetDesk, name: str, build: Callable[[], Awaitable[Prepared[Any]]], client: str
    ) -> Prepared[Any]:
        """A page of the wall that is not its first, kept like feeds. Raises as :meth:`desk` does."""
        if not self._is_awaited(desk, name):
            self._charge(desk, client, _costly)
        return await self.obtain(desk, name, build)

    def _is_awaited(self, desk: WidgetDesk, key: str) -> bool:
        return self.store.is_awaited(desk.head.widget.id, key, runtime().view.number(desk.head.shop.id))

    def _charge(self, desk: WidgetDesk, client: str, buckets: TokenBuckets) -> None:
        """Have the visitor whose request costs a build pay for it, and the widget too: a visitor may be many."""
        buckets.demand(client)
        _per_widget.demand(desk.head.widget.id)

    async def obtain(self, desk: WidgetDesk, key: str, build: Callable[[], Awaitable[Prepared[Any]]]) -> Prepared[Any]:
        """What is ready under a key of the widget, or what ``build`` makes, once for all who ask meanwhile."""
        shop_id = desk.head.shop.id
        view = runtime().view
        ready = await self.store.obtain(desk.head.widget.id, key, lambda: view.number(shop_id), build)
        view.raise_to(shop_id, ready.number)
        return ready


class FeedTopic:
    """One key of one widget for the live hub (:class:`project.core.live.topics.TopicSource`)."""

    def __init__(self, desk: WidgetDesk, key: FeedKey) -> None:
        self.shop_id = desk.head.shop.id
        self.group = desk.head.widget.id
        self._key = key
        self._default = desk.default

    @property
    def name(self) -> str:
        return f"{self.group}|{self._key}"

    def fallback(self) -> "FeedTopic | None":
        """The topic of the widget's default key; None for that one itself."""
        if self._key == self._default:
            return None
        other = copy(self)
        other._key = self._default
        return other

    async def prepared(self) -> Prepared[Any]:
        """The feed that pages show, at least as new as this process's view."""
        desk = await delivery().desk(self.group)
        return await delivery().feed(desk, self._key)

    def difference(self, old: Any, new: Any) -> dict[str, Any] | None:
        return patches.difference(old, new)

    def removed(self, old: Any, new: Any) -> frozenset[str]:
        return patches.removed(old, new)


async def _door(widget_id: str) -> Door:
    """Whose pages the widget lets in, at least as new as this process's view. Raises :class:`NotFound`."""
    return (await delivery().desk(widget_id)).door


_delivery: Delivery | None = None


def delivery() -> Delivery:
    """This process's delivery, made with the first request of its event loop."""
    global _delivery
    if _delivery is None:
        _delivery = Delivery()
    return _delivery


def _forget() -> None:
    global _delivery
    _delivery = None
    _cold.clear()
    _costly.clear()
    _per_widget.clear()


on_reset(_forget)
