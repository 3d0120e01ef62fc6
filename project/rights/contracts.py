"""What passes the gate and in which form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """Where content may be shown; a licence names its channels, and an unnamed one is no right."""

    SITE = "site"
    PRODUCT_PAGE = "product_page"
    EMAIL = "email"
    ORGANIC_SOCIAL = "organic_social"
    PAID_ADS = "paid_ads"
    PRINT = "print"
    IN_STORE = "in_store"
    RETAILER_SYNDICATION = "retailer_syndication"
    AI_ASSISTANT = "ai_assistant"


class Basis(StrEnum):
    """Why the shop may show something. ``submission``: granted when it was handed in."""

    REQUEST = "request"
    SUBMISSION = "submission"
    OWNED = "owned"
    SELF_ATTESTED = "self_attested"
    OPEN_LICENCE = "open_licence"


class RequestState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    GRANTED = "granted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NO_REPLY = "no_reply"


class LicenceState(StrEnum):
    """``preparing``: an import is still adding items; nothing shows by it yet."""

    PREPARING = "preparing"
    ACTIVE = "active"
    ENDED = "ended"


class EndReason(StrEnum):
    AUTHOR = "author"
    STAFF = "staff"
    SOURCE = "source"
    EXPIRED = "expired"
    ERASURE = "erasure"
    SUPERSEDED = "superseded"


class HoldReason(StrEnum):
    DISPUTE = "dispute"
    SOURCE_GONE = "source_gone"
    LEGAL = "legal"
    SOURCE_SETTING = "source_setting"


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


@dataclass(frozen=True)
class LicenceTerms:
    """What is granted. ``ends_at`` None: until withdrawn. ``modifications``: crop, caption, translate, overlay."""

    channels: tuple[Channel, ...]
    markets: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None = None
    modifications: tuple[str, ...] = ()
    terms_url: str = ""
    terms_version: str = ""


@dataclass(frozen=True)
class AuthorChoice:
    """What the author chose on the consent page."""

    channels: tuple[Channel, ...]
    credit_kind: str
    credit_name: str = ""


@dataclass(frozen=True)
class NewRequest:
    """A permission request right after its making; ``token`` goes into the author's link and is stored nowhere."""

    public_id: str
    token: str


@dataclass(frozen=True)
class RequestView:
    """What the author sees under their link."""

    public_id: str
    state: str
    shop_id: int
    shop_name: str
    item_id: str
    item_text: str
    item_title: str
    item_language: str
    item_media: tuple[PublishedMedia, ...]
    origin_url: str
    author_name: str
    author_handle: str
    channels: tuple[Channel, ...]
    markets: tuple[str, ...]
    days: int | None
    terms_version: str
    expires_at: datetime
    licence_id: str
    licence_ends_at: datetime | None
    granted_channels: tuple[Channel, ...] = field(default=())
    credit_kind: str = ""
    credit_name: str = ""
