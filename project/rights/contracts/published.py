"""What passes the gate and in which form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from project.rights.contracts.codes import Channel


@dataclass(frozen=True)
class Audience:
    """To whom something would be shown: which shop, where, in which countries (``*`` = worldwide), when.

    ``also`` names further channels that must be licensed as well (a summary inside a widget needs two).
    """

    shop_id: int
    channel: Channel
    markets: tuple[str, ...]
    at: datetime
    also: tuple[Channel, ...] = ()

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (self.channel, *self.also)


@dataclass(frozen=True)
class Credit:
    """How the author is named. ``kind``: name, handle, organisation or customer (no name known or wanted);
    ``detail`` is what else the author let be said, such as an age."""

    kind: str
    name: str
    detail: str
    url: str


@dataclass(frozen=True)
class PublishedProduct:
    id: str
    name: str
    url: str
    image_url: str
    category: str
    handle: str
    external_id: str


@dataclass(frozen=True)
class PublishedSource:
    kind: str
    name: str
    in_json_ld: bool


@dataclass(frozen=True)
class PublishedMedia:
    """A picture on our own server. A published item has those that staff has seen and approved, and no others."""

    id: str
    file: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class PublishedItem:
    """An item that passed the gate for one audience. ``pk`` is for joins inside widgets and assistant only.

    ``text`` is the author's, unaltered; offsets into it are code points of version ``version``. ``disclosure`` and
    ``verification`` are codes of :mod:`project.content.rules`. ``shown_until`` is when the right ends (None: open).
    """

    pk: int
    id: str
    kind: str
    title: str
    text: str
    version: int
    language: str
    rating: int | None
    helpful: int
    credit: Credit
    disclosure: str
    verification: str
    occurred_at: datetime | None
    received_at: datetime
    product: PublishedProduct | None
    source: PublishedSource
    origin_url: str
    media: tuple[PublishedMedia, ...]
    facts: Mapping[str, Any]
    shown_until: datetime | None


@dataclass(frozen=True)
class GateQuery:
    """What is wanted of the published items. Empty values mean no restriction.

    ``order``: ``newest`` (by the source's date; undated last, among themselves by when they came on show),
    ``helpful``, ``highest``, ``lowest``, or ``given`` (as ``item_ids`` are listed). ``cursor`` is what an earlier page
    returned. ``first_party``: only what structured data may claim as the shop's own (the source's policy says so).
    """

    product_id: str = ""
    category: str = ""
    kinds: tuple[str, ...] = ()
    item_ids: tuple[str, ...] | None = None
    ratings: tuple[int, ...] = ()
    search: str = ""
    first_party: bool = False
    order: str = "newest"
    limit: int = 20
    cursor: str = ""


@dataclass(frozen=True)
class Page:
    items: tuple[PublishedItem, ...]
    next_cursor: str


@dataclass(frozen=True)
class Aggregate:
    """Counts over everything published that fits, never over a page. ``average`` is unrounded; None without ratings."""

    total: int
    rated: int
    average: Decimal | None
    histogram: Mapping[int, int]
    first: datetime | None
    last: datetime | None
